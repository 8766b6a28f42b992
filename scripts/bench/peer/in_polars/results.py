"""What is published."""

import json

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from ..job import LON_LAT
from .session import col, job


def write_geoparquet(frame, shapes, path):
    """One GeoParquet 1.1 file: WKB, the CRS as PROJJSON."""
    kinds = sorted({shapely.geometry.base.GEOMETRY_TYPES[kind] for kind in np.unique(shapely.get_type_id(shapes))})
    geometry = {"encoding": "WKB", "geometry_types": kinds, "crs": pyproj.CRS(LON_LAT).to_json_dict()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    table = frame.to_arrow().append_column("geometry", pa.array(shapely.to_wkb(shapes)))
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path, compression="zstd")


def write(parcels, shapes, yields, members, blocks, outlines):
    """`parcels.parquet` (the latest year), `yields.parquet` (all), `blocks.parquet`."""
    figures = yields.select(
        "p",
        "y",
        parcel_id="id",
        period=col("y").cast(pl.String),
        county_code="county",
        land="land",
        enterprises="enterprises",
        tax_fen="tax",
        tax_completeness="tax_completeness",
        tax_wan_per_mu="tax_wan_per_mu",
        energy_g="energy",
        energy_completeness="energy_completeness",
        energy_tce_per_mu="energy_tce_per_mu",
        judgement="judgement",
    )
    figures.drop("p", "y").sort("parcel_id", "period").write_parquet(job.out / "yields.parquet")
    latest = (
        figures.filter(col("y") == int(job.periods[-1]))
        .join(parcels.select("p", "use_code", area_cm2="area", registered_cm2="registered"), on="p")
        .join(members.rename({"block": "block_id"}), on="p", how="left")
    )
    write_geoparquet(latest.drop("p", "y"), shapes[latest["p"].to_numpy()], job.out / "parcels.parquet")
    write_geoparquet(blocks, outlines, job.out / "blocks.parquet")
