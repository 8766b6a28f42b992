"""What is published."""

from ..job import CM2_PER_MU
from .session import db, job


def write():
    """`parcels.parquet` (the latest year), `yields.parquet` (all), `blocks.parquet`."""
    per_mu = f"land * {CM2_PER_MU.denominator} * 1e6 / {CM2_PER_MU.numerator}"
    to = "(FORMAT parquet, COMPRESSION zstd)"
    db.execute(f"""
        CREATE VIEW figures AS
        SELECT p, y, id AS parcel_id, y::VARCHAR AS period, county AS county_code, land, enterprises,
            tax AS tax_fen, tax_completeness, CASE WHEN land > 0 THEN tax / ({per_mu}) END AS tax_wan_per_mu,
            energy AS energy_g, energy_completeness,
            CASE WHEN land > 0 THEN energy / ({per_mu}) END AS energy_tce_per_mu, judgement
        FROM yield LEFT JOIN verdict USING (p, y);
        COPY (SELECT * EXCLUDE (p, y) FROM figures ORDER BY parcel_id, period) TO '{job.out}/yields.parquet' {to};
        COPY (
            SELECT figures.* EXCLUDE (p, y), feature.use_code, feature.area AS area_cm2,
                feature.registered AS registered_cm2, block AS block_id, feature.geom AS geometry
            FROM figures JOIN feature ON feature.rowid = p LEFT JOIN member USING (p) WHERE y = {job.periods[-1]})
        TO '{job.out}/parcels.parquet' {to};
        COPY (SELECT block AS block_id, parcels, area AS area_cm2, geom AS geometry FROM block)
        TO '{job.out}/blocks.parquet' {to};
    """)
