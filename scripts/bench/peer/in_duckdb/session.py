"""The connection, and how delivered text becomes SQL."""

import duckdb
import pyarrow as pa
from duckdb_extensions import import_extension

from ..codes import is_uscc
from ..job import read_job

job = read_job()
policy = job.policy
db = duckdb.connect()
import_extension("spatial", con=db)
db.execute("LOAD spatial; SET preserve_insertion_order = false; SET enable_progress_bar = false")


def text(value):
    return "'" + str(value).replace("'", "''") + "'"


def column(name):
    return '"' + name.replace('"', '""') + '"' if name else "NULL::VARCHAR"


def case(subject, pairs):
    """A CASE from a mapping's values; what is not listed is null."""
    return f"CASE {subject} " + " ".join(f"WHEN {text(key)} THEN {value}" for key, value in pairs.items()) + " END"


def union(parts):
    return " UNION ALL ".join(parts)


def code(name):
    """An identifier as people type it."""
    return f"nullif(upper(trim({column(name)})), '')"


def amount(name, size):
    """Delivered text in smallest units; null where it is no number. Rounded twice, since 68.475 yuan is a tie that a
    double misses by its last bit."""
    return f"round(round(TRY_CAST(replace({column(name)}, ',', '') AS DOUBLE) * {size}, 4))::BIGINT"


def date(name):
    day = f"{column(name)}::VARCHAR"
    return f"coalesce(TRY_CAST({day} AS DATE), TRY_STRPTIME({day}, '%Y%m%d')::DATE)"


def is_date_bad(name):
    return f"({column(name)} IS NOT NULL AND {date(name)} IS NULL)" if name else "false"


db.create_function("is_uscc", is_uscc, ["VARCHAR"], "BOOLEAN", type="arrow", null_handling="special")
db.execute(f"""
    CREATE TABLE judged AS SELECT y, make_date(y, 12, 31) AS last
    FROM (SELECT unnest({[int(year) for year in job.periods]})::SMALLINT AS y);
""")


def table_of(name, columns, rows):
    """A view of rows of texts, which lives as long as the connection."""
    arrays = [pa.array(column, pa.string()) for column in zip(*rows)] or [pa.array([], pa.string())] * len(columns)
    db.register(name, pa.table(arrays, names=columns))
