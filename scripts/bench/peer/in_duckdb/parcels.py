"""Parcels: `feature`, `parcel`."""

import pyogrio

from ..job import EQUAL_AREA, LON_LAT, PARCEL_ID
from .session import column, date, db, is_date_bad, job, text, union


def layer(source):
    """What to read a delivery from, its shapes, and their CRS, as SQL."""
    file, shape = source.files[0], "geom"
    if file.endswith(".gpkg"):
        name = f", layer = {text(source.layer)}" if source.layer else ""
        read = f"ST_Read({text(file)}{name})"
    else:
        read, shape = decoded(source)
    return read, shape, text(source.crs) if source.crs else f"ST_CRS({shape})"


def decoded(source):
    # The spatial extension's GDAL cannot decode what is not UTF-8; pyogrio's can.
    columns = [it["from"] for it in source.fields.values()]
    encoding = None if source.encoding == "utf-8" else source.encoding
    meta, table = pyogrio.read_arrow(source.files[0], layer=source.layer, columns=columns, encoding=encoding)
    name = source.id.replace("-", "_")
    db.register(name, table)
    return name, meta["geometry_name"] or "wkb_geometry"


def features(source):
    """One delivery as rows of canonical columns."""
    read, shape, crs = layer(source)
    id = f"upper(trim({column(source.name('parcel_id'))}))"

    def area(name):
        name = source.name(name)
        return f"nullif(round({column(name)} * {source.size('registered_area_m2')})::BIGINT, 0)" if name else "NULL"

    return f"""
        SELECT {text(source.county)} AS county,
            CASE WHEN regexp_full_match({id}, '{PARCEL_ID}(.{{9}})?') THEN left({id}, 19) END AS id,
            {area("registered_area_m2")} AS registered, {area("floor_area_m2")} AS floor,
            {column(source.name("use_code"))} AS use_code, {column(source.name("right_kind"))} AS right_kind,
            {column(source.name("holder_name"))} AS holder, {column(source.name("address"))} AS address,
            {date(source.name("valid_from"))} AS valid_from, {is_date_bad(source.name("valid_from"))} AS is_date_bad,
            {shape}::GEOMETRY AS geom, {crs} AS crs
        FROM {read}"""


def read_parcels():
    """`feature` has every delivered row and why it is refused; `parcel` those that stay, with `p` for a key."""
    db.execute("""
        CREATE MACRO closed(shape) AS CASE WHEN ST_IsClosed(ST_ExteriorRing(shape)) THEN shape
            WHEN ST_GeometryType(shape) = 'POLYGON' THEN ST_MakePolygon(
                ST_MakeLine(list_append(
                    list_transform(range(1, ST_NPoints(ST_ExteriorRing(shape)) + 1),
                        lambda i: ST_PointN(ST_ExteriorRing(shape), i::INTEGER)),
                    ST_StartPoint(ST_ExteriorRing(shape)))),
                list_transform(range(1, ST_NInteriorRings(shape) + 1),
                    lambda i: ST_InteriorRingN(shape, i::INTEGER)))
            ELSE shape END;
        CREATE MACRO repaired(shape) AS
            CASE WHEN ST_IsValid(shape) THEN shape ELSE ST_CollectionExtract(ST_MakeValid(shape), 3) END;
    """)
    db.execute(f"""
        -- Read first and transformed then: each scan would make a transformation of its own.
        CREATE TABLE delivered AS {union(map(features, job.of("parcel")))};
        CREATE TABLE feature AS
        WITH valid AS (
            SELECT * EXCLUDE (crs) REPLACE (repaired(ST_Transform(closed(geom), crs, '{LON_LAT}', true)) AS geom)
            FROM delivered),
        measured AS (
            SELECT *, round(ST_Area(ST_Transform(geom, '{LON_LAT}', '{EQUAL_AREA}', true)) * 1e4)::BIGINT AS area
            FROM valid)
        SELECT *, CASE WHEN id IS NULL THEN 'parcel_id_malformed' WHEN geom IS NULL THEN 'geometry_missing'
            WHEN area = 0 THEN 'geometry_collapsed' WHEN registered < 0 OR floor < 0 THEN 'amount_out_of_range'
            WHEN is_date_bad THEN 'date_unreadable' END AS reason
        FROM measured;
        DROP TABLE delivered;

        -- An id twice: the same row once more, or another one, or another county's.
        CREATE TABLE repeated AS
        SELECT id, min(rowid) AS first, CASE WHEN count(DISTINCT county) > 1 THEN 'parcel_id_two_counties'
            WHEN count(DISTINCT hash(registered, floor, use_code, right_kind, holder, address, valid_from, geom)) > 1
            THEN 'parcel_id_duplicate' ELSE 'superseded' END AS reason
        FROM feature WHERE reason IS NULL
            AND id IN (SELECT id FROM feature WHERE reason IS NULL GROUP BY id HAVING count(*) > 1)
        GROUP BY id;
        UPDATE feature SET reason = repeated.reason FROM repeated
        WHERE feature.id = repeated.id AND feature.reason IS NULL
            AND NOT (repeated.reason = 'superseded' AND feature.rowid = first);

        CREATE VIEW parcel AS
        SELECT rowid AS p, id, county, use_code, registered, floor, area, geom,
            coalesce(valid_from, DATE '0001-01-01') AS valid_from,
            CASE WHEN id[14] IN ('S', 'X') THEN 0 ELSE coalesce(registered, area) END AS land,
            id[14] NOT IN ('S', 'X') AS is_surface
        FROM feature WHERE reason IS NULL;
    """)
