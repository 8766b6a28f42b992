"""Amounts on parcels: `yield`, `threshold`, `verdict`."""

from .occupancy import apportion
from .session import db, policy, text


def allocate(table):
    """`<table>_share` (p, e, y, amount): each row of the ledger over its enterprise's parcels in its county, else over
    all of them, by land. Where the enterprise has one parcel there, nothing needs to be split."""
    several = """
        SELECT l, o.p, o.e, o.y, amount AS total, o.land AS weight, whole, id
        FROM split JOIN occupant o USING (county, e, y) JOIN parcel ON o.p = parcel.p WHERE n > 1
        UNION ALL
        SELECT l, o.p, o.e, o.y, amount, o.land, a.whole, id
        FROM split JOIN everywhere a USING (e, y) JOIN occupant o USING (e, y) JOIN parcel ON o.p = parcel.p
        WHERE n IS NULL"""
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
    db.execute("""
        CREATE VIEW everywhere AS SELECT e, y, sum(whole)::BIGINT AS whole FROM place
        GROUP BY e, y HAVING NOT bool_or(is_open) AND sum(whole) > 0;
    """)
    allocate("tax")
    allocate("energy")

    def completeness(measure):
        return f"""CASE WHEN {measure}_some = 0 THEN 'none'
            WHEN {measure}_complete = enterprises AND NOT is_marked THEN 'complete' ELSE 'lower_bound' END"""

    def marked(measure):
        return f"""SELECT DISTINCT e, judged.y, true AS is_marked
            FROM mark JOIN judged ON mark.y IS NULL OR mark.y = judged.y WHERE measure IN ('{measure}', 'all')"""

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
                land, coalesce(enterprises, 0) AS enterprises, coalesce(
                    abs(registered - area)::HUGEINT * {bound.denominator} > area::HUGEINT * {bound.numerator},
                    false) AS is_doubtful,
                coalesce(tax_some, 0) AS tax_some, tax_complete, tax,
                coalesce(energy_some, 0) AS energy_some, energy_complete, energy,
                marked_parcel.p IS NOT NULL AS is_marked
            FROM parcel JOIN judged ON parcel.valid_from <= last LEFT JOIN summed USING (p, y)
            LEFT JOIN marked_parcel USING (p))
        SELECT p, id, county, y, is_industrial, is_surface, is_doubtful, land, enterprises,
            tax, {completeness("tax")} AS tax_completeness,
            energy, {completeness("energy")} AS energy_completeness
        FROM beside;
    """)


def judge():
    """`verdict` (p, y, judgement): below the county's quantile of tax per mu, by exact ratios."""
    q = policy.quantile
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
            WHEN yield.tax::HUGEINT * t.land >= t.tax::HUGEINT * yield.land THEN 'not_low'
            WHEN tax_completeness = 'complete' THEN 'low' ELSE 'not_judged' END AS judgement
        FROM yield LEFT JOIN threshold t USING (county, y) WHERE is_industrial AND is_surface;
    """)
