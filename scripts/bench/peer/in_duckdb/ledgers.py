"""Ledgers: `right_row`, `enterprise`, `tax_year`, `energy_year`, `mark`."""

import pyarrow as pa
import pyarrow.csv

from ..codes import mended_usccs
from ..job import ANNUAL, MONTHS, QUARTERS, UNITS
from .session import amount, case, code, column, date, db, is_date_bad, job, policy, table_of, text, union


def csv(table, columns):
    """The rows of a ledger as `(county, columns …)`; `columns` maps a name to SQL, given the source."""
    parts = []
    for number, sources in enumerate(job.alike(table)):
        source, files = sources[0], [file for source in sources for file in source.files]
        counties = {file: text(source.county) for source in sources for file in source.files}
        if source.encoding == "utf-8":
            read = f"read_csv({files}, header = true, all_varchar = true, filename = true)"
            county = case("filename", counties)
        else:
            # DuckDB's CSV reader knows other encodings by an extension that must be fetched: Arrow's reader knows them.
            tables = [read_encoded(file, source.encoding, counties[file]) for file in files]
            name = f"{table}_{number}"
            db.register(name, pa.concat_tables(tables))
            read, county = name, "filename"
        county = code(source.county_field) if source.county_field else county
        chosen = ", ".join(f"{sql(source)} AS {name}" for name, sql in columns.items())
        parts.append(f"SELECT {county} AS county, {chosen} FROM {read}")
    return union(parts)


def read_encoded(file, encoding, county):
    options = pyarrow.csv.ReadOptions(encoding=encoding)
    names = pyarrow.csv.open_csv(file, read_options=options).schema.names
    convert = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, quoted_strings_can_be_null=True
    )
    table = pyarrow.csv.read_csv(file, read_options=options, convert_options=convert)
    return table.append_column("filename", pa.array([county.strip("'")] * len(table)))


def read_enterprises():
    """`right_row`, the occupancy rows as they are; `enterprise`, who is registered or occupies: `e` is its key."""
    occupancy = {
        "id": lambda it: code(it.name("parcel_id")),
        "uscc": lambda it: code(it.name("uscc")),
        "right_kind": lambda it: case(column(it.name("right")), quoted(it.values("right"))),
        "basis": lambda it: case(column(it.name("basis")), quoted(it.values("basis"))),
        "lessor": lambda it: code(it.name("lessor_uscc")),
        "amount": lambda it: amount(it.name("amount_m2"), it.size("amount_m2")),
        "is_amount_there": lambda it: f"{column(it.name('amount_m2'))} IS NOT NULL",
        "valid_from": lambda it: f"coalesce({date(it.name('valid_from'))}, DATE '0001-01-01')",
        "valid_to": lambda it: date(it.name("valid_to")),
        "is_date_bad": lambda it: f"{is_date_bad(it.name('valid_from'))} OR {is_date_bad(it.name('valid_to'))}",
    }
    db.execute(f"""
        CREATE TABLE right_row AS {csv("occupancy", occupancy)};
        CREATE TABLE enterprise AS SELECT uscc FROM (
            SELECT DISTINCT uscc FROM ({csv("enterprise", {"uscc": lambda it: code(it.name("uscc"))})})
            UNION SELECT uscc FROM right_row)
        WHERE is_uscc(uscc);
    """)


def quoted(values):
    return {key: text(value) for key, value in values.items()}


def period(name):
    """The year and the bit of its quarter or month; null where it is unreadable."""
    given, finer = f"trim({column(name)})", f"trim({column(name)})[5:]"
    bits = {"": ANNUAL} | {f"Q{quarter}": 1 << quarter for quarter in range(1, 5)}
    bits |= {f"-{month:02}": 1 << (4 + month) for month in range(1, 13)}
    return f"TRY_CAST({given}[:4] AS SMALLINT)", case(f"upper({finer})", bits)


def read_ledger(table, kind, measure, sizes):
    """`<table>_row`: the rows of judged years by the enterprise's key, or by the code that nobody has (`stranger`)."""
    columns = {
        "uscc": lambda it: code(it.name("uscc")),
        "y": lambda it: period(it.name("period"))[0],
        "slot": lambda it: period(it.name("period"))[1],
        "kind": lambda it: case(column(it.name(kind)), kinds(it.values(kind))),
        "amount": lambda it: amount(it.name(measure), sizes(it)),
    }
    db.execute(f"""
        CREATE TABLE {table}_row AS
        SELECT county, enterprise.rowid AS e, CASE WHEN enterprise.uscc IS NULL THEN ledger.uscc END AS stranger,
            CASE WHEN slot IS NOT NULL THEN y END AS y, slot, kind, amount
        FROM ({csv(table, columns)}) AS ledger LEFT JOIN enterprise USING (uscc)
        WHERE y IS NULL OR slot IS NULL OR y IN (SELECT y FROM judged);
    """)


KINDS = {}


def kinds(values):
    """Canonical words as small numbers, the same in all sources."""
    return {key: KINDS.setdefault(value, len(KINDS)) for key, value in values.items()}


def carrier_sizes(source):
    by = source.fields["quantity"]["unit_by"]
    return "(" + case(column(by["column"]), {key: UNITS[unit] for key, unit in by["values"].items()}) + ")"


def settle_ledgers():
    """`tax_year` and `energy_year`: one amount an enterprise, county, year and kind, in fen and grams of standard coal;
    `mark`: whom a lost row may have been about."""
    is_whole = f"slots IN ({ANNUAL}, {QUARTERS}, {MONTHS})"
    grains = " + ".join(f"(slots & {grain} <> 0)::INTEGER" for grain in (ANNUAL, QUARTERS, MONTHS))
    good = "e IS NOT NULL AND y IS NOT NULL AND kind IS NOT NULL AND amount IS NOT NULL"
    for table, rows in {
        "tax": f"SELECT *, true AS is_one FROM tax_row WHERE {good}",
        # Equal rows of one key count once, differing ones not at all.
        "energy": f"""SELECT county, e, y, slot, kind, min(amount) AS amount, min(amount) = max(amount) AS is_one
            FROM energy_row WHERE {good} AND amount >= 0 GROUP BY county, e, y, slot, kind""",
    }.items():
        db.execute(f"""
            CREATE TABLE {table}_sum AS
            SELECT county, e, y, kind, coalesce(sum(amount) FILTER (is_one), 0)::BIGINT AS amount,
                bit_or(slot) FILTER (is_one) AS slots, bool_and(is_one) AS is_one
            FROM ({rows}) GROUP BY county, e, y, kind;
        """)
    factors = {KINDS[carrier]: factor for carrier, factor in policy.factors.items() if carrier in KINDS}
    grams = {
        kind: f"(2 * amount * {it.numerator} + {it.denominator}) // {2 * it.denominator}"
        for kind, it in factors.items()
    }
    counted = ", ".join(str(KINDS[kind]) for kind in policy.counted_kinds if kind in KINDS)
    kept = f"slots IS NOT NULL AND {grains} = 1"
    db.execute(f"""
        CREATE VIEW tax_year AS
        SELECT county, e, y, kind, amount FROM tax_sum WHERE {kept} AND kind IN ({counted});
        CREATE TABLE energy_year AS
        SELECT county, e, y, kind, ({case("kind", grams)})::BIGINT AS amount FROM energy_sum WHERE {kept};

        CREATE TABLE mark (e BIGINT, measure VARCHAR, y SMALLINT);
        CREATE TABLE stranger AS
        SELECT DISTINCT 'tax' AS measure, stranger AS code, y FROM tax_row WHERE stranger IS NOT NULL
        UNION ALL SELECT DISTINCT 'energy', stranger, y FROM energy_row WHERE stranger IS NOT NULL
        UNION ALL SELECT DISTINCT 'all', uscc, NULL::SMALLINT FROM right_row
            WHERE uscc NOT IN (SELECT uscc FROM enterprise);
    """)
    for table, is_bad in {"tax": "amount IS NULL", "energy": "amount IS NULL OR amount < 0"}.items():
        db.execute(f"""
            INSERT INTO mark SELECT DISTINCT e, '{table}', y FROM {table}_row
            WHERE e IS NOT NULL AND (y IS NULL OR kind IS NULL OR {is_bad});
            INSERT INTO mark SELECT DISTINCT e, '{table}', y FROM {table}_sum WHERE NOT is_one OR NOT {is_whole};
        """)
    mark_misspelt()
    # What is held only in memory is given back.
    db.execute("DROP TABLE tax_row; DROP TABLE energy_row; DROP TABLE energy_sum;")


def mark_misspelt():
    """Marks who is one character away from an unreadable code."""
    words = db.sql("SELECT DISTINCT code FROM stranger WHERE code IS NOT NULL").fetchall()
    table_of("mended", ["code", "uscc"], mended_usccs([word for (word,) in words]))
    db.execute("""
        INSERT INTO mark SELECT DISTINCT enterprise.rowid, measure, y
        FROM mended JOIN enterprise USING (uscc) JOIN stranger USING (code);
    """)
