"""The job in DuckDB with its spatial extension: SQL driven from Python. Run by scripts/bench/peers.

usage: peer_duckdb.py PIPELINE.toml OUT
"""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyogrio
from duckdb_extensions import import_extension
from peer_job import (
    ANNUAL, CM2_PER_MU, EQUAL_AREA, LON_LAT, MONTHS, MOST_SCALE, PARCEL_ID, PLANE, QUARTERS, RADIUS_M, UNITS, read_job,
)  # fmt: skip
from peer_tools import components, is_uscc, mended_usccs, other_parcel_ids

job = read_job()
policy = job.policy
db = duckdb.connect()
import_extension("spatial", con=db)
db.execute("LOAD spatial; SET preserve_insertion_order = false; SET enable_progress_bar = false")


def text(value):
    return "'" + str(value).replace("'", "''") + "'"


def column(name):
    return '"' + name.replace('"', '""') + '"' if name else "NULL::VARCHAR"


def texts(values):
    return "(" + ", ".join(map(text, values)) + ")"


def case(subject, pairs):
    """A CASE from a mapping's values; what is not listed is null."""
    return f"CASE {subject} " + " ".join(f"WHEN {text(key)} THEN {value}" for key, value in pairs.items()) + " END"


def union(parts):
    return " UNION ALL ".join(parts)


def code(name):
    """An identifier as people type it."""
    return f"nullif(upper(trim({column(name)})), '')"


def amount(name, size):
    """Delivered text in smallest units; null where it is no number."""
    return f"round(TRY_CAST(replace({column(name)}, ',', '') AS DOUBLE) * {size})::BIGINT"


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
    """A view of rows of texts."""
    arrays = [pa.array(column, pa.string()) for column in zip(*rows)] or [pa.array([], pa.string())] * len(columns)
    db.register(name, pa.table(arrays, names=columns))


# Parcels.


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
        measured AS (SELECT *, round(ST_Area(ST_Transform(geom, '{LON_LAT}', '{EQUAL_AREA}', true)) * 1e4)::BIGINT AS area FROM valid)
        SELECT *, CASE WHEN id IS NULL THEN 'parcel_id_malformed' WHEN geom IS NULL THEN 'geometry_missing'
            WHEN area = 0 THEN 'geometry_collapsed' WHEN registered < 0 OR floor < 0 THEN 'amount_out_of_range'
            WHEN is_date_bad THEN 'date_unreadable' END AS reason
        FROM measured;
        DROP TABLE delivered;

        -- An id twice: the same row once more, or another one, or another county's.
        CREATE TABLE twice AS
        SELECT id, min(rowid) AS first, CASE WHEN count(DISTINCT county) > 1 THEN 'parcel_id_two_counties'
            WHEN count(DISTINCT hash(registered, floor, use_code, right_kind, holder, address, valid_from, geom)) > 1
            THEN 'parcel_id_duplicate' ELSE 'superseded' END AS reason
        FROM feature WHERE reason IS NULL
            AND id IN (SELECT id FROM feature WHERE reason IS NULL GROUP BY id HAVING count(*) > 1)
        GROUP BY id;
        UPDATE feature SET reason = twice.reason FROM twice
        WHERE feature.id = twice.id AND feature.reason IS NULL
            AND NOT (twice.reason = 'superseded' AND feature.rowid = first);

        CREATE VIEW parcel AS
        SELECT rowid AS p, id, county, use_code, registered, floor, area, geom,
            coalesce(valid_from, DATE '0001-01-01') AS valid_from,
            CASE WHEN id[14] IN ('S', 'X') THEN 0 ELSE coalesce(registered, area) END AS land,
            id[14] NOT IN ('S', 'X') AS is_surface
        FROM feature WHERE reason IS NULL;
    """)


# Ledgers.


def csv(table, columns):
    """The rows of a ledger as `(county, columns …)`; `columns` maps a name to SQL, given the source."""
    parts = []
    for number, sources in enumerate(job.alike(table)):
        source, files = sources[0], [file for source in sources for file in source.files]
        counties = {file: text(source.county) for source in sources for file in source.files}
        if source.encoding == "utf-8":
            read = f"read_csv({files}, header = true, all_varchar = true, union_by_name = false, filename = true)"
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
    grams = {kind: f"(2 * amount * {it.numerator} + {it.denominator}) // {2 * it.denominator}" for kind, it in factors.items()}
    counted = [KINDS[kind] for kind in policy.counted_kinds if kind in KINDS]
    kept = f"slots IS NOT NULL AND {grains} = 1"
    db.execute(f"""
        CREATE VIEW tax_year AS
        SELECT county, e, y, kind, amount FROM tax_sum WHERE {kept} AND kind IN {tuple(counted)};
        CREATE TABLE energy_year AS
        SELECT county, e, y, kind, ({case("kind", grams)})::BIGINT AS amount FROM energy_sum WHERE {kept};

        CREATE TABLE mark (e BIGINT, measure VARCHAR, y SMALLINT);
        CREATE TABLE stranger AS
        SELECT DISTINCT 'tax' AS measure, stranger AS code, y FROM tax_row WHERE stranger IS NOT NULL
        UNION ALL SELECT DISTINCT 'energy', stranger, y FROM energy_row WHERE stranger IS NOT NULL
        UNION ALL SELECT DISTINCT 'all', uscc, NULL::SMALLINT FROM right_row
            WHERE uscc NOT IN (SELECT uscc FROM enterprise);
    """)
    for table in ("tax", "energy"):
        db.execute(f"""
            INSERT INTO mark SELECT DISTINCT e, '{table}', y FROM {table}_row
            WHERE e IS NOT NULL AND (y IS NULL OR kind IS NULL OR amount IS NULL {"OR amount < 0" * (table == "energy")});
            INSERT INTO mark SELECT DISTINCT e, '{table}', y FROM {table}_sum WHERE NOT is_one OR NOT {is_whole};
        """)
    mark_misspelt()


def mark_misspelt():
    """Marks who is one character away from an unreadable code."""
    words = db.sql("SELECT DISTINCT code FROM stranger WHERE code IS NOT NULL").fetchall()
    table_of("mended", ["code", "uscc"], mended_usccs([word for (word,) in words]))
    db.execute("""
        INSERT INTO mark SELECT DISTINCT enterprise.rowid, measure, y
        FROM mended JOIN enterprise USING (uscc) JOIN stranger USING (code);
    """)


# Who occupies what.


def apportion(source, group, tie, carried):
    """Largest remainder: each row's part of `total` by `weight` of the group's `whole`; ties by `tie`."""
    product = "abs(total)::HUGEINT * weight"
    return f"""
        SELECT {carried}, sign(total) * (part + (row_number() OVER (PARTITION BY {group} ORDER BY rest DESC, {tie})
            <= abs(total) - sum(part) OVER (PARTITION BY {group}))::BIGINT)::BIGINT AS part
        FROM (SELECT *, ({product} - part::HUGEINT * whole)::BIGINT AS rest
            -- Dividing 128 bits is slow and seldom needed.
            FROM (SELECT *, CASE WHEN abs(total)::DOUBLE * weight < 9e18 THEN abs(total) * weight // whole
                ELSE ({product} // whole)::BIGINT END AS part FROM ({source})))"""


def occupied(rows):
    """Land (cm²) of each enterprise on each parcel at the end of each judged year: what it holds less what it lets."""
    return f"""
        WITH held AS (
            SELECT r.p, r.e, r.lessor_e, r.county, y, parcel.land AS whole,
                CASE WHEN amount IS NULL THEN parcel.land WHEN parcel.land = 0 THEN 0 WHEN basis = 'land' THEN amount
                    ELSE ((2 * amount::HUGEINT * parcel.land + floor) // (2 * floor))::BIGINT END AS held
            FROM {rows} r JOIN parcel USING (p)
            JOIN judged ON parcel.valid_from <= last AND r.valid_from <= last AND (r.valid_to IS NULL OR last <= r.valid_to)),
        own AS (
            SELECT p, e, county, y, any_value(whole) AS whole,
                CASE WHEN count(held) = count(*) THEN sum(held)::BIGINT END AS held FROM held GROUP BY p, e, county, y),
        let AS (
            SELECT p, lessor_e AS e, y, CASE WHEN count(held) = count(*) THEN sum(held)::BIGINT END AS held
            FROM held WHERE lessor_e IS NOT NULL GROUP BY p, lessor_e, y)
        SELECT own.p, own.e, own.county, y, own.whole,
            CASE WHEN let.p IS NULL THEN own.held ELSE own.held - let.held END AS land
        FROM own LEFT JOIN let USING (p, e, y)"""


def settle_occupancy():
    """`occupant` (p, e, county, y, land), `parcel_mark` and `county_mark`."""
    well_formed = f"regexp_full_match(r.id, '{PARCEL_ID}(.{{9}})?')"
    db.execute(f"""
        CREATE TABLE right_read AS
        SELECT r.*, enterprise.rowid AS e, lessor.rowid AS lessor_e, parcel.p,
            enterprise.rowid IS NULL OR NOT coalesce({well_formed}, false) OR r.right_kind IS NULL OR r.basis IS NULL
            OR (r.lessor IS NOT NULL AND NOT is_uscc(r.lessor)) OR (is_amount_there AND amount IS NULL)
            OR (NOT is_amount_there AND r.right_kind = 'leased') OR coalesce(amount < 0, false) OR is_date_bad
            OR parcel.p IS NULL AS is_bad
        FROM right_row r LEFT JOIN enterprise USING (uscc) LEFT JOIN enterprise AS lessor ON r.lessor = lessor.uscc
        LEFT JOIN parcel ON left(r.id, 19) = parcel.id AND r.county = parcel.county;

        -- A key twice: equal rows count once, differing ones not at all.
        CREATE TABLE right_key AS
        SELECT p, e, right_kind, valid_from, min(rowid) AS first,
            count(DISTINCT hash(valid_to, basis, lessor, amount)) > 1 AS is_bad
        FROM right_read WHERE NOT is_bad GROUP BY ALL HAVING count(*) > 1;
        DELETE FROM right_read USING right_key k
        WHERE NOT right_read.is_bad AND right_read.p = k.p AND right_read.e = k.e AND right_read.right_kind = k.right_kind
            AND right_read.valid_from = k.valid_from AND NOT k.is_bad AND right_read.rowid <> k.first;
        UPDATE right_read SET is_bad = true FROM right_key k
        WHERE right_read.p = k.p AND right_read.e = k.e AND right_read.right_kind = k.right_kind
            AND right_read.valid_from = k.valid_from AND k.is_bad;

        CREATE VIEW right_good AS SELECT * FROM right_read WHERE NOT is_bad;
        CREATE TABLE occupied AS {occupied("right_good")};
        -- Who lets more than it holds loses its rows on the parcel.
        CREATE TABLE negative AS SELECT DISTINCT p, e FROM occupied WHERE land < 0;
        UPDATE right_read SET is_bad = true FROM negative n WHERE right_read.p = n.p AND right_read.e = n.e;
        CREATE VIEW right_left AS SELECT * FROM right_good WHERE p IN (SELECT p FROM negative);
        DELETE FROM occupied WHERE p IN (SELECT p FROM negative);
        INSERT INTO occupied {occupied("right_left")};
        DELETE FROM occupied WHERE land = 0 AND whole <> 0;
    """)
    bound = policy.max_sum
    excess = f"""
        SELECT p, y FROM occupied GROUP BY p, y HAVING count(land) = count(*) AND any_value(whole) > 0
            AND sum(land)::HUGEINT * {bound.denominator} > any_value(whole)::HUGEINT * {bound.numerator}"""
    scaled = f"""SELECT p, o.e, county, y, o.whole AS total, land AS weight, uscc,
            sum(land) OVER (PARTITION BY p, y)::BIGINT AS whole
        FROM occupied o JOIN ({excess}) USING (p, y) JOIN enterprise ON enterprise.rowid = o.e"""
    db.execute(f"""
        CREATE TABLE scaled AS {apportion(scaled, "p, y", "uscc", "p, e, county, y")};
        UPDATE occupied SET land = part FROM scaled s WHERE occupied.p = s.p AND occupied.e = s.e AND occupied.y = s.y;
        CREATE VIEW occupant AS SELECT p, e, county, y, land FROM occupied;
    """)
    mark_occupancy()


def mark_occupancy():
    """What a lost occupancy row may have been about: its enterprise, the parcel it names or those one character away, else
    the whole county; and all that occupy these."""
    db.execute(f"""
        INSERT INTO mark SELECT DISTINCT e, 'all', NULL FROM right_read WHERE is_bad AND e IS NOT NULL;
        CREATE TABLE named AS SELECT DISTINCT county, coalesce(id, '') AS id FROM right_read
            WHERE is_bad AND (id IS NOT NULL OR uscc IS NULL);
        CREATE TABLE unknown AS FROM named WHERE id NOT IN (SELECT id FROM feature WHERE id IS NOT NULL);
    """)
    unknown = db.sql("FROM unknown").fetchall()
    others = [(county, id, other) for county, id in unknown for other in other_parcel_ids(id)]
    table_of("other", ["county", "id", "other"], others)
    db.execute("""
        CREATE TABLE named_near AS
        SELECT n.county, n.id, parcel.p FROM named n JOIN parcel ON left(n.id, 19) = parcel.id
        UNION ALL SELECT DISTINCT o.county, o.id, parcel.p FROM other o JOIN parcel ON o.other = parcel.id;
        CREATE TABLE parcel_mark AS SELECT DISTINCT p FROM named_near;
        CREATE TABLE county_mark AS SELECT DISTINCT county FROM unknown
            WHERE (county, id) NOT IN (SELECT (county, id) FROM named_near);
        INSERT INTO mark SELECT DISTINCT e, 'all', NULL FROM occupant
            WHERE p IN (FROM parcel_mark) OR county IN (FROM county_mark);
    """)


# Amounts on parcels.


def allocate(table):
    """`<table>_share` (p, e, y, amount, is_open): each row of the ledger over its enterprise's parcels in its county, else
    over all of them, by land. Where the enterprise has one parcel there, nothing needs to be split."""
    several = """
        SELECT l, o.p, o.e, o.y, amount AS total, o.land AS weight, whole, id
        FROM split JOIN occupant o USING (county, e, y) JOIN parcel ON o.p = parcel.p WHERE n > 1
        UNION ALL
        SELECT l, o.p, o.e, o.y, amount, o.land, a.whole, id
        FROM split JOIN (SELECT e, y, sum(whole)::BIGINT AS whole FROM place GROUP BY e, y HAVING NOT bool_or(is_open) AND sum(whole) > 0) a
            USING (e, y) JOIN occupant o USING (e, y) JOIN parcel ON o.p = parcel.p WHERE n IS NULL"""
    db.execute(f"""
        CREATE TABLE {table}_share AS
        WITH placed AS (SELECT l.*, n, is_split, whole, p FROM {table}_year l LEFT JOIN place USING (county, e, y)),
        split AS (SELECT county, e, y, amount, n, whole, row_number() OVER () AS l
            FROM placed WHERE n IS NULL OR (n > 1 AND is_split)),
        share AS (
            SELECT p, e, y, amount FROM placed WHERE n = 1 AND is_split
            UNION ALL
            SELECT p, e, y, part FROM ({apportion(several, "l", "id", "p, e, y")}))
        SELECT p, e, y, sum(amount)::BIGINT AS amount FROM share GROUP BY p, e, y;
    """)


def sum_up():
    """`yield`: what falls on each parcel in each judged year, and how much of it is there."""
    db.execute("""
        CREATE TABLE place AS
        SELECT county, e, y, count(*) AS n, any_value(p) AS p, sum(land)::BIGINT AS whole,
            count(land) = count(*) AND whole > 0 AS is_split, count(land) < count(*) AS is_open
        FROM occupant GROUP BY county, e, y;
    """)
    allocate("tax")
    allocate("energy")
    completeness = "CASE WHEN {0}_some = 0 THEN 'none' WHEN {0}_complete = enterprises AND NOT is_marked THEN 'complete' ELSE 'lower_bound' END"

    def marked(measure):
        return f"""SELECT DISTINCT e, judged.y, true AS is_marked FROM mark JOIN judged ON mark.y IS NULL OR mark.y = judged.y
            WHERE measure IN ('{measure}', 'all')"""

    bound = policy.max_area_difference
    starts = " OR ".join(f"starts_with(use_code, {text(listed)})" for listed in policy.industrial)
    db.execute(f"""
        CREATE TABLE yield AS
        WITH marked_parcel AS (
            SELECT p FROM parcel_mark UNION SELECT p FROM parcel WHERE county IN (FROM county_mark)),
        summed AS (
            SELECT o.p, y, count(*) AS enterprises,
                sum(tax.amount)::BIGINT AS tax, count(tax.amount) AS tax_some,
                count(tax.amount) FILTER (mt.is_marked IS NULL) AS tax_complete,
                sum(energy.amount)::BIGINT AS energy, count(energy.amount) AS energy_some,
                count(energy.amount) FILTER (me.is_marked IS NULL) AS energy_complete
            FROM occupant o LEFT JOIN tax_share tax USING (p, e, y) LEFT JOIN energy_share energy USING (p, e, y)
            LEFT JOIN ({marked("tax")}) mt USING (e, y) LEFT JOIN ({marked("energy")}) me USING (e, y)
            GROUP BY o.p, y),
        beside AS (
            SELECT parcel.p, id, county, judged.y, coalesce({starts}, false) AS is_industrial, is_surface,
                land, coalesce(abs(registered - area)::HUGEINT * {bound.denominator} > area::HUGEINT * {bound.numerator},
                    false) AS is_doubtful,
                coalesce(enterprises, 0) AS enterprises, coalesce(tax_some, 0) AS tax_some, tax_complete, tax,
                coalesce(energy_some, 0) AS energy_some, energy_complete, energy, marked_parcel.p IS NOT NULL AS is_marked
            FROM parcel JOIN judged ON parcel.valid_from <= last LEFT JOIN summed USING (p, y)
            LEFT JOIN marked_parcel USING (p))
        SELECT p, id, county, y, is_industrial, is_surface, is_doubtful, land, enterprises,
            tax, {completeness.format("tax")} AS tax_completeness,
            energy, {completeness.format("energy")} AS energy_completeness
        FROM beside;
    """)


def judge():
    """`verdict` (p, y, judgement): below the county's quantile of tax per mu, by exact ratios."""
    q = policy.quantile
    below = "tax::HUGEINT * t.land < t.tax::HUGEINT * yield.land".replace("tax::", "yield.tax::", 1)
    db.execute(f"""
        CREATE TABLE threshold AS
        SELECT county, y, tax, land FROM (
            SELECT county, y, tax, land, count(*) OVER (PARTITION BY county, y) AS n,
                row_number() OVER (PARTITION BY county, y ORDER BY tax / land, id) AS rank
            FROM yield
            WHERE is_industrial AND is_surface AND tax_completeness = 'complete' AND NOT is_doubtful)
        WHERE rank = ({q.numerator} * n + {q.denominator - 1}) // {q.denominator};
        CREATE TABLE verdict AS
        SELECT p, yield.y, CASE WHEN is_doubtful OR tax_completeness = 'none' OR t.land IS NULL THEN 'not_judged'
            WHEN NOT ({below}) THEN 'not_low' WHEN tax_completeness = 'complete' THEN 'low' ELSE 'not_judged' END AS judgement
        FROM yield LEFT JOIN threshold t USING (county, y) WHERE is_industrial AND is_surface;
    """)


# Blocks.


def find_blocks():
    """`member` (p, block): low parcels of the latest year that lie within the gap of each other, by their smallest id."""
    latest, gap = job.periods[-1], policy.gap_m
    db.execute(f"""
        CREATE TABLE target AS
        SELECT p, id, (row_number() OVER (ORDER BY id)) - 1 AS t, parcel.area, parcel.geom,
            ST_Transform(parcel.geom, '{LON_LAT}', '{PLANE}', true) AS plane
        FROM parcel JOIN verdict USING (p) WHERE y = {latest} AND judgement = 'low';
        -- By itself: with another condition beside it, the join would not go through the R-tree.
        CREATE TABLE pair AS
        SELECT a.t AS a, b.t AS b, a.plane AS plane_a, b.plane AS plane_b
        FROM target a JOIN target b ON ST_DWithin(a.plane, b.plane, {gap * MOST_SCALE});
    """)
    near = db.sql(f"""
        SELECT a, b FROM pair WHERE a < b AND ST_Distance(plane_a, plane_b)
            <= {gap} * (1 + pow((ST_XMin(plane_a) + ST_XMax(plane_a)) / 2 / {RADIUS_M}, 2) / 2)
    """).fetchnumpy()
    (count,) = db.sql("SELECT count(*) FROM target").fetchone()
    label = components(count, near["a"], near["b"])
    db.register("label", pa.table({"t": np.arange(count), "first": label}))
    db.execute("""
        CREATE TABLE member AS
        SELECT target.p, head.id AS block FROM label JOIN target USING (t) JOIN target head ON head.t = first;
        CREATE TABLE block AS
        SELECT block, count(*) AS parcels, sum(area)::BIGINT AS area, ST_Union_Agg(geom) AS geom
        FROM member JOIN target USING (p) GROUP BY block;
    """)


def write():
    """`parcels.parquet` (the latest year), `yields.parquet` (all), `blocks.parquet`."""
    mu = CM2_PER_MU
    per_mu = f"land * {mu.denominator} * 1e6 / {mu.numerator}"
    figures = f"""
        id AS parcel_id, y::VARCHAR AS period, county AS county_code, land, enterprises, tax AS tax_fen, tax_completeness,
        CASE WHEN land > 0 THEN tax / ({per_mu}) END AS tax_wan_per_mu, energy AS energy_g, energy_completeness,
        CASE WHEN land > 0 THEN energy / ({per_mu}) END AS energy_tce_per_mu, judgement"""
    latest, to = f"y = {job.periods[-1]}", "(FORMAT parquet, COMPRESSION zstd)"
    db.execute(f"""
        COPY (SELECT {figures} FROM yield LEFT JOIN verdict USING (p, y) ORDER BY id, y) TO '{job.out}/yields.parquet' {to};
        COPY (SELECT {figures.replace("id AS", "yield.id AS").replace("county AS", "yield.county AS").replace("land,", "yield.land,", 1)},
                use_code, area AS area_cm2, registered AS registered_cm2, block AS block_id, geom AS geometry
            FROM (SELECT * FROM yield WHERE {latest}) AS yield JOIN feature ON feature.rowid = p
            LEFT JOIN verdict USING (p, y) LEFT JOIN member USING (p))
        TO '{job.out}/parcels.parquet' {to};
        COPY (SELECT block AS block_id, parcels, area AS area_cm2, geom AS geometry FROM block)
        TO '{job.out}/blocks.parquet' {to};
    """)


with job.phase("parcels"):
    read_parcels()
with job.phase("ledgers: read"):
    read_enterprises()
    read_ledger("tax", "kind", "tax_yuan", lambda it: it.size("tax_yuan"))
    read_ledger("energy", "carrier", "quantity", carrier_sizes)
with job.phase("ledgers: settle"):
    settle_ledgers()
with job.phase("occupancy"):
    settle_occupancy()
with job.phase("allocate and yield"):
    sum_up()
with job.phase("judge"):
    judge()
with job.phase("blocks"):
    find_blocks()
with job.phase("write"):
    write()
rejected = db.sql("SELECT reason, count(*) FROM feature WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason").fetchall()
job.finish(dict(rejected))
