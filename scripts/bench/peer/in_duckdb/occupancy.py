"""Who occupies what: `occupant`, `parcel_mark`, `county_mark`."""

from ..codes import near_parcel_ids
from ..job import PARCEL_ID
from .session import db, policy, table_of


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
            JOIN judged ON parcel.valid_from <= last AND r.valid_from <= last AND last <= coalesce(r.valid_to, last)),
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
        CREATE TABLE twice AS
        SELECT unnest(list(rowid)) AS row, min(rowid) AS first,
            count(DISTINCT hash(valid_to, basis, lessor, amount)) > 1 AS do_differ
        FROM right_read WHERE NOT is_bad GROUP BY p, e, right_kind, valid_from HAVING count(*) > 1;
        UPDATE right_read SET is_bad = true FROM twice WHERE right_read.rowid = row AND do_differ;
        DELETE FROM right_read USING twice WHERE right_read.rowid = row AND NOT do_differ AND row <> first;

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
    """Marks what a lost row may have been about: its enterprise; the parcel it names or those one character away, else
    the whole county; and all that occupy these."""
    db.execute("""
        INSERT INTO mark SELECT DISTINCT e, 'all', NULL FROM right_read WHERE is_bad AND e IS NOT NULL;
        CREATE TABLE named AS SELECT DISTINCT county, coalesce(id, '') AS id FROM right_read
            WHERE is_bad AND (id IS NOT NULL OR e IS NULL)
                -- What is recognised as another register's number is nobody's misspelling.
                AND NOT coalesce(regexp_full_match(uscc, '[0-9]{15}'), false);
        CREATE TABLE unknown AS FROM named WHERE id NOT IN (SELECT id FROM feature WHERE id IS NOT NULL);
    """)
    unknown = db.sql("FROM unknown").fetchall()
    others = [(county, id, other) for county, id in unknown for other in near_parcel_ids(id)]
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
