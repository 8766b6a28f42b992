"""The job, and how delivered columns become expressions."""

from datetime import date

import numpy as np
import polars as pl
import pyproj

from ..codes import is_uscc
from ..job import PARCEL_ID, read_job

col, lit, when = pl.col, pl.lit, pl.when
job = read_job()
policy = job.policy
judged = pl.DataFrame(
    {"y": [int(year) for year in job.periods], "last": [date(int(year), 12, 31) for year in job.periods]},
    schema={"y": pl.Int16, "last": pl.Date},
)
ALWAYS = date(1, 1, 1)
IS_PARCEL_ID = f"^{PARCEL_ID}(.{{9}})?$"
NONE = lit(None, pl.String)


def transform(points, source, target):
    """Coordinates (n × 2) of one system in another, x first."""
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def text_column(source, column):
    name = source.name(column)
    return col(name) if name else NONE


def code(name):
    """An identifier as people type it."""
    text = col(name).str.strip_chars().str.to_uppercase()
    return when(text != "").then(text)


def day(text):
    text = text.str.replace_all("/", "-", literal=True)
    return pl.coalesce(text.str.to_date("%Y-%m-%d", strict=False), text.str.to_date("%Y%m%d", strict=False))


def amount(name, size):
    """Delivered text in smallest units; null where it is no number. Rounded twice, since 68.475 yuan is a tie that a
    double misses by its last bit."""
    number = col(name).str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    return (number * size).round(4).round(0, mode="half_away_from_zero").cast(pl.Int64, strict=False)


def sound(codes):
    return pl.Series(is_uscc(codes.to_arrow()))
