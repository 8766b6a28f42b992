"""Parcels and their shapes."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pyarrow as pa
import pyogrio
import shapely

from ..job import EQUAL_AREA, LON_LAT
from .session import ALWAYS, IS_PARCEL_ID, col, day, job, lit, text_column, transform, when


def features(source):
    """One delivery as (rows, shapes): canonical columns, and shapes in lon/lat that are valid or missing."""
    wanted = [it["from"] for it in source.fields.values()]
    encoding = None if source.encoding == "utf-8" else source.encoding
    meta, table = pyogrio.read_arrow(source.files[0], layer=source.layer, columns=wanted, encoding=encoding)
    wkb = table[meta["geometry_name"] or "wkb_geometry"]
    wkb = (wkb.combine_chunks().storage if isinstance(wkb.type, pa.ExtensionType) else wkb).to_numpy(
        zero_copy_only=False
    )
    shapes = shapely.from_wkb(wkb, on_invalid="fix")
    points = transform(shapely.get_coordinates(shapes), source.crs or meta["crs"], LON_LAT)
    # Round trips between zones differ in the last bits: to the grid of 0.1 mm.
    shapes = shapely.set_coordinates(shapes, np.round(points, 9))
    is_invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[is_invalid] = [polygons(shape) for shape in shapely.make_valid(shapes[is_invalid])]
    plane = shapely.set_coordinates(shapes.copy(), transform(shapely.get_coordinates(shapes), LON_LAT, EQUAL_AREA))
    area = np.nan_to_num(np.round(shapely.area(plane) * 1e4)).astype(np.int64)
    id = text_column(source, "parcel_id").str.strip_chars().str.to_uppercase()

    def land(name):
        size = source.size(name) if source.name(name) else 0
        count = (text_column(source, name).cast(pl.Float64) * size).round(0, mode="half_away_from_zero").cast(pl.Int64)
        return when(count != 0).then(count)

    rows = pl.from_arrow(table.select([name for name in wanted])).select(
        lit(source.county).alias("county"),
        when(id.str.contains(IS_PARCEL_ID)).then(id.str.slice(0, 19)).alias("id"),
        land("registered_area_m2").alias("registered"),
        land("floor_area_m2").alias("floor"),
        *(text_column(source, name).alias(name) for name in ("use_code", "right_kind", "holder_name", "address")),
        day(text_column(source, "valid_from").cast(pl.String)).alias("valid_from"),
        (text_column(source, "valid_from").is_not_null()).alias("is_date_there"),
        pl.Series("area", area),
    )
    return rows, shapes


def polygons(shape):
    """What of a repaired shape is land."""
    parts = shapely.get_parts(shape)
    parts = parts[shapely.get_dimensions(parts) == 2]
    return parts[0] if len(parts) == 1 else shapely.multipolygons(shapely.get_parts(parts))


def read_parcels():
    """All ids delivered, the parcels that stay (`p` is their place among the shapes), the shapes, and why rows went."""
    # Shapely, PROJ and GDAL let go of the interpreter's lock, so counties run side by side.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows, shapes = zip(*pool.map(features, job.of("parcel")))
    rows, shapes = pl.concat(rows), np.concatenate(shapes)
    rows = rows.with_columns(
        p=pl.int_range(pl.len()),
        reason=when(col("id").is_null())
        .then(lit("parcel_id_malformed"))
        .when(pl.Series(shapely.is_missing(shapes)))
        .then(lit("geometry_missing"))
        .when(col("area") == 0)
        .then(lit("geometry_collapsed"))
        .when((col("registered") < 0) | (col("floor") < 0))
        .then(lit("amount_out_of_range"))
        .when(col("is_date_there") & col("valid_from").is_null())
        .then(lit("date_unreadable")),
    )
    # An id twice: the same row once more, or another one, or another county's.
    twice = rows.filter(col("reason").is_null()).filter(col("id").is_duplicated())
    twice = twice.with_columns(pl.Series("wkb", shapely.to_wkb(shapes[twice["p"].to_numpy()]), dtype=pl.Binary))
    said = ["registered", "floor", "use_code", "right_kind", "holder_name", "address", "valid_from", "wkb"]
    twice = twice.with_columns(
        counties=col("county").n_unique().over("id"), ways=pl.struct(said).hash().n_unique().over("id")
    ).select(
        "p",
        again=when(col("counties") > 1)
        .then(lit("parcel_id_two_counties"))
        .when(col("ways") > 1)
        .then(lit("parcel_id_duplicate"))
        .when(~col("p").is_first_distinct() | (col("p") != col("p").min().over("id")))
        .then(lit("superseded")),
    )
    rows = rows.join(twice, on="p", how="left", maintain_order="left").with_columns(
        pl.coalesce("reason", "again").alias("reason")
    )
    parcels = rows.filter(col("reason").is_null()).select(
        "p",
        "id",
        "county",
        "use_code",
        "registered",
        "floor",
        "area",
        col("valid_from").fill_null(ALWAYS),
        is_surface=~col("id").str.slice(13, 1).is_in(["S", "X"]),
        land=when(col("id").str.slice(13, 1).is_in(["S", "X"])).then(0).otherwise(pl.coalesce("registered", "area")),
    )
    refused = rows.filter(col("reason").is_not_null()).group_by("reason").len().sort("reason")
    return rows.select("id").drop_nulls(), parcels, shapes, dict(refused.iter_rows())
