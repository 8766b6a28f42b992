"""Ledgers, one amount an enterprise, county, year and kind; and marks."""

import polars as pl

from ..codes import mended_usccs
from ..job import ANNUAL, MONTHS, QUARTERS, UNITS
from .session import ALWAYS, amount, code, col, day, job, judged, lit, policy, sound, text_column, when


def csv(table, columns):
    """The rows of a ledger as a lazy frame of `county` and `columns`, which give expressions for a source."""
    frames = []
    for sources in job.alike(table):
        source, files = sources[0], [file for source in sources for file in source.files]
        counties = {file: source.county for source in sources for file in source.files}
        if source.encoding == "utf-8":
            rows = pl.scan_csv(files, infer_schema=False, include_file_paths="file")
        else:
            read = (pl.read_csv(file, infer_schema=False, encoding=source.encoding) for file in files)
            rows = pl.concat(rows.with_columns(file=lit(file)) for rows, file in zip(read, files)).lazy()
        county = code(source.county_field) if source.county_field else col("file").replace_strict(counties)
        frames.append(rows.select(county=county, **columns(source)))
    return pl.concat(frames)


def values(source, column):
    return col(source.name(column)).replace_strict(source.values(column), default=None, return_dtype=pl.String)


def read_enterprises():
    """The occupancy rows as they are, and the enterprises that are registered or occupy: `e` is their key."""

    def occupancy(it):
        dates = {name: text_column(it, name) for name in ("valid_from", "valid_to")}
        return {
            "id": code(it.name("parcel_id")),
            "uscc": code(it.name("uscc")),
            "right_kind": values(it, "right"),
            "basis": values(it, "basis"),
            "lessor": code(it.name("lessor_uscc")),
            "amount": amount(it.name("amount_m2"), it.size("amount_m2")),
            "is_amount_there": col(it.name("amount_m2")).is_not_null(),
            "is_date_bad": pl.any_horizontal(text.is_not_null() & day(text).is_null() for text in dates.values()),
            "valid_from": day(dates["valid_from"]).fill_null(ALWAYS),
            "valid_to": day(dates["valid_to"]),
        }

    rights, register = pl.collect_all(
        [csv("occupancy", occupancy), csv("enterprise", lambda it: {"uscc": code(it.name("uscc"))})]
    )
    known = pl.concat([register.select("uscc"), rights.select("uscc")]).unique().drop_nulls()
    return rights, known.filter(sound(known["uscc"])).with_columns(e=pl.int_range(pl.len(), dtype=pl.UInt32))


def period(name):
    """The year and the bit of its quarter or month; null where it is unreadable."""
    given = col(name).str.strip_chars()
    bits = {"": ANNUAL} | {f"Q{quarter}": 1 << quarter for quarter in range(1, 5)}
    bits |= {f"-{month:02}": 1 << (4 + month) for month in range(1, 13)}
    finer = given.str.slice(4).str.to_uppercase()
    slot = finer.replace_strict(bits, default=None, return_dtype=pl.Int32)
    return {"y": when(slot.is_not_null()).then(given.str.head(4).cast(pl.Int16, strict=False)), "slot": slot}


def read_ledger(table, kind, measure, size, enterprises):
    """The rows of judged years by the enterprise's key, or by the code that nobody has (`stranger`)."""

    def columns(it):
        return {
            "uscc": code(it.name("uscc")),
            **period(it.name("period")),
            "kind": values(it, kind).cast(pl.Categorical),
            "amount": amount(it.name(measure), size(it)),
        }

    rows = csv(table, columns).filter(col("y").is_null() | col("y").is_in(judged["y"].implode()))
    # Few counties: as categories they are compared as numbers.
    rows = rows.with_columns(col("county").cast(pl.Categorical)).join(enterprises.lazy(), on="uscc", how="left")
    rows = rows.with_columns(stranger=when(col("e").is_null()).then("uscc")).drop("uscc")
    return rows.collect(engine="streaming")


def carrier_size(source):
    by = source.fields["quantity"]["unit_by"]
    sizes = {key: UNITS[unit] for key, unit in by["values"].items()}
    return col(by["column"]).replace_strict(sizes, default=None, return_dtype=pl.Int64)


def settle_ledger(rows, is_bad, sums_duplicates):
    """One amount an enterprise, county, year and kind; and whom (e, y) a lost row may have been about."""
    key = ["county", "e", "y", "kind"]
    is_bad = col("y").is_null() | col("kind").is_null() | col("amount").is_null() | is_bad
    known = rows.filter(col("e").is_not_null())
    good = known.lazy().filter(~is_bad)
    if sums_duplicates:
        good = good.with_columns(is_one=lit(True))
    else:
        # Equal rows of one key count once, differing ones not at all.
        good = good.group_by(*key, "slot").agg(col("amount").min(), is_one=col("amount").min() == col("amount").max())
    settled = (
        good.group_by(key)
        .agg(
            col("amount").filter("is_one").sum(),
            slots=col("slot").filter("is_one").bitwise_or(),
            is_one=col("is_one").all(),
        )
        .collect(engine="streaming")
    )
    slots = col("slots")
    grains = pl.sum_horizontal((slots & grain != 0).cast(pl.Int8) for grain in (ANNUAL, QUARTERS, MONTHS))
    is_whole = col("is_one") & slots.is_in([ANNUAL, QUARTERS, MONTHS]).fill_null(False)
    marks = pl.concat([known.filter(is_bad).select("e", "y"), settled.filter(~is_whole).select("e", "y")]).unique()
    return settled.filter(grains == 1).drop("slots", "is_one"), marks


def in_grams(energy):
    """Grams of standard coal of each quantity, halves away from zero."""
    kind = col("kind").cast(pl.String)
    factors = policy.factors.items()
    above = kind.replace_strict({carrier: it.numerator for carrier, it in factors}, return_dtype=pl.Int64)
    below = kind.replace_strict({carrier: it.denominator for carrier, it in factors}, return_dtype=pl.Int64)
    return energy.with_columns(amount=(2 * col("amount") * above + below) // (2 * below))


def misspelt(strangers, enterprises):
    """Of strangers (code, …) those one character away from an enterprise, with its `e`."""
    words = strangers["code"].unique().drop_nulls().to_list()
    pairs = pl.DataFrame(mended_usccs(words), schema={"code": pl.String, "uscc": pl.String}, orient="row")
    return pairs.join(enterprises, on="uscc").join(strangers, on="code").drop("code", "uscc").unique()
