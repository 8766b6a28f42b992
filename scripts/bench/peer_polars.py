"""The job in polars, with shapely, pyogrio and pyproj for the shapes. Run by scripts/bench/peers.

usage: peer_polars.py PIPELINE.toml OUT
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from peer_job import (
    ANNUAL, CM2_PER_MU, EQUAL_AREA, LON_LAT, MONTHS, MOST_SCALE, PARCEL_ID, PLANE, QUARTERS, RADIUS_M, UNITS, read_job,
)  # fmt: skip
from peer_tools import components, is_uscc, mended_usccs, other_parcel_ids

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
    """Delivered text in smallest units; null where it is no number."""
    number = col(name).str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)
    return (number * size).round(0, mode="half_away_from_zero").cast(pl.Int64, strict=False)


# Parcels.


def features(source):
    """One delivery as (rows, shapes): canonical columns, and shapes in lon/lat that are valid or missing."""
    wanted = [it["from"] for it in source.fields.values()]
    encoding = None if source.encoding == "utf-8" else source.encoding
    meta, table = pyogrio.read_arrow(source.files[0], layer=source.layer, columns=wanted, encoding=encoding)
    wkb = table[meta["geometry_name"] or "wkb_geometry"]
    wkb = (wkb.combine_chunks().storage if isinstance(wkb.type, pa.ExtensionType) else wkb).to_numpy(zero_copy_only=False)
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
        reason=when(col("id").is_null()).then(lit("parcel_id_malformed"))
        .when(pl.Series(shapely.is_missing(shapes))).then(lit("geometry_missing"))
        .when(col("area") == 0).then(lit("geometry_collapsed"))
        .when((col("registered") < 0) | (col("floor") < 0)).then(lit("amount_out_of_range"))
        .when(col("is_date_there") & col("valid_from").is_null()).then(lit("date_unreadable")),
    )  # fmt: skip
    # An id twice: the same row once more, or another one, or another county's.
    twice = rows.filter(col("reason").is_null()).filter(col("id").is_duplicated())
    twice = twice.with_columns(pl.Series("wkb", shapely.to_wkb(shapes[twice["p"].to_numpy()]), dtype=pl.Binary))
    said = ["registered", "floor", "use_code", "right_kind", "holder_name", "address", "valid_from", "wkb"]
    twice = twice.with_columns(
        counties=col("county").n_unique().over("id"), ways=pl.struct(said).hash().n_unique().over("id")
    ).select(
        "p",
        again=when(col("counties") > 1).then(lit("parcel_id_two_counties"))
        .when(col("ways") > 1).then(lit("parcel_id_duplicate"))
        .when(~col("p").is_first_distinct() | (col("p") != col("p").min().over("id"))).then(lit("superseded")),
    )  # fmt: skip
    rows = rows.join(twice, on="p", how="left", maintain_order="left").with_columns(
        pl.coalesce("reason", "again").alias("reason")
    )
    parcels = rows.filter(col("reason").is_null()).select(
        "p", "id", "county", "use_code", "registered", "floor", "area",
        col("valid_from").fill_null(ALWAYS),
        is_surface=~col("id").str.slice(13, 1).is_in(["S", "X"]),
        land=when(col("id").str.slice(13, 1).is_in(["S", "X"])).then(0).otherwise(pl.coalesce("registered", "area")),
    )  # fmt: skip
    refused = rows.filter(col("reason").is_not_null()).group_by("reason").len().sort("reason")
    return rows.select("id").drop_nulls(), parcels, shapes, dict(refused.iter_rows())


# Ledgers.


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
        # Few counties: as categories they are compared as numbers.
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


def sound(codes):
    return pl.Series(is_uscc(codes.to_arrow()))


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
    rows = rows.with_columns(col("county").cast(pl.Categorical)).join(enterprises.lazy(), on="uscc", how="left")
    rows = rows.with_columns(stranger=when(col("e").is_null()).then("uscc")).drop("uscc")
    return rows.collect(engine="streaming")


def carrier_size(source):
    by = source.fields["quantity"]["unit_by"]
    sizes = {key: UNITS[unit] for key, unit in by["values"].items()}
    return col(by["column"]).replace_strict(sizes, default=None, return_dtype=pl.Int64)


def any_of(slots, bits):
    return slots & bits != 0


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
        good = good.group_by(*key, "slot").agg(
            col("amount").min(), is_one=col("amount").min() == col("amount").max()
        )
    settled = good.group_by(key).agg(
        col("amount").filter("is_one").sum(),
        slots=col("slot").filter("is_one").bitwise_or(),
        is_one=col("is_one").all(),
    ).collect(engine="streaming")  # fmt: skip
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


# Who occupies what.


def apportion(rows, group, tie):
    """Largest remainder: each row's `part` of `total` by `weight` of its group's `whole`."""
    product = col("total").abs().cast(pl.Int128) * col("weight")
    rows = rows.with_columns(part=(product // col("whole")).cast(pl.Int64))
    rows = rows.with_columns(rest=(product - col("part").cast(pl.Int128) * col("whole")).cast(pl.Int64))
    rows = rows.sort([*group, "rest", tie], descending=[False] * len(group) + [True, False])
    left = col("total").abs() - col("part").sum().over(group)
    rank = pl.int_range(pl.len()).over(group)
    return rows.with_columns(part=col("total").sign() * (col("part") + (rank < left)))


def occupied(rights, parcels):
    """Land (cm²) of each enterprise on each parcel at the end of each judged year: what it holds less what it lets."""
    land, floor = col("whole"), col("floor")
    by_floor = (2 * col("amount").cast(pl.Int128) * land + floor) // (2 * floor)
    held = rights.join(parcels.select("p", "floor", whole="land", since="valid_from"), on="p").join(judged, how="cross")
    held = held.filter(
        (col("since") <= col("last")) & (col("valid_from") <= col("last"))
        & (col("valid_to").is_null() | (col("last") <= col("valid_to")))
    ).with_columns(
        held=when(col("amount").is_null()).then(land).when(land == 0).then(0)
        .when(col("basis") == "land").then("amount").when(floor > 0).then(by_floor.cast(pl.Int64)),
    )  # fmt: skip
    whole_sum = when(col("held").null_count() == 0).then(col("held").sum())
    own = held.group_by("p", "e", "y").agg(col("county").first(), col("whole").first(), land=whole_sum)
    let = held.filter(col("lessor_e").is_not_null()).group_by("p", col("lessor_e").alias("e"), "y").agg(let=whole_sum, is_let=lit(True))
    land = when(col("is_let").is_null()).then("land").otherwise(col("land") - col("let"))
    return own.join(let, on=["p", "e", "y"], how="left").with_columns(land=land).drop("let", "is_let")


def settle_occupancy(rights, parcels, enterprises):
    """The occupants (p, e, county, y, land), and the rows that were lost."""
    e = enterprises.select("uscc", "e")
    rights = rights.join(e, on="uscc", how="left").join(
        e.rename({"uscc": "lessor", "e": "lessor_e"}), on="lessor", how="left"
    )
    rights = rights.join(
        parcels.select(col("id").alias("parcel"), "county", "p"),
        left_on=[col("id").str.head(19), "county"], right_on=["parcel", "county"], how="left",
    ).with_row_index("row")  # fmt: skip
    lessors = rights["lessor"].unique().drop_nulls()
    lessors = lessors.filter(sound(lessors))
    is_bad = (
        col("e").is_null() | ~col("id").str.contains(IS_PARCEL_ID).fill_null(False) | col("right_kind").is_null()
        | col("basis").is_null() | (col("lessor").is_not_null() & ~col("lessor").is_in(lessors.implode()))
        | (col("is_amount_there") & col("amount").is_null()) | (~col("is_amount_there") & (col("right_kind") == "leased"))
        | (col("amount") < 0).fill_null(False) | col("is_date_bad") | col("p").is_null()
    )  # fmt: skip
    rights = rights.with_columns(is_bad=is_bad.fill_null(True))
    # A key twice: equal rows count once, differing ones not at all.
    key = ["p", "e", "right_kind", "valid_from"]
    said = [*key, "valid_to", "basis", "lessor", "amount"]
    good = rights.filter(~col("is_bad")).unique(said, keep="first")
    clash = good.filter(pl.struct(key).is_duplicated())
    good = good.join(clash, on="row", how="anti")
    land = occupied(good, parcels)
    # Who lets more than it holds loses its rows on the parcel.
    negative = land.filter(col("land") < 0).select("p", "e").unique()
    lost = good.join(negative, on=["p", "e"], how="semi")
    left = good.join(negative, on=["p", "e"], how="anti").join(negative, on="p", how="semi")
    land = pl.concat([land.join(negative, on="p", how="anti"), occupied(left, parcels)])
    land = land.filter(~((col("land") == 0) & (col("whole") != 0)).fill_null(False))
    bound = policy.max_sum
    excess = land.group_by("p", "y").agg(
        is_over=(col("land").null_count() == 0) & (col("whole").first() > 0)
        & (col("land").sum() * bound.denominator > col("whole").first() * bound.numerator)
    ).filter("is_over").select("p", "y")  # fmt: skip
    over = land.join(excess, on=["p", "y"], how="semi").join(enterprises, on="e")
    over = over.with_columns(total="whole", weight="land", whole=col("land").sum().over("p", "y"))
    scaled = apportion(over, ["p", "y"], "uscc").select("p", "e", "county", "y", land="part")
    occupants = land.join(excess, on=["p", "y"], how="anti").select("p", "e", "county", "y", "land")
    return pl.concat([occupants, scaled]), pl.concat([rights.filter("is_bad"), clash, lost], how="diagonal")


def marks_of_occupancy(lost, delivered_ids, parcels, occupants):
    """What lost occupancy rows may have been about: the parcels they name or those one character away, else the whole
    county; and the enterprises they name with all that occupy these."""
    named = lost.filter(col("id").is_not_null() | col("uscc").is_null()).select("county", col("id").fill_null("")).unique()
    exact = named.join(parcels.select("id", "p"), left_on=col("id").str.head(19), right_on="id")
    unknown = named.join(delivered_ids, on="id", how="anti")
    others = [(county, id, other) for county, id in unknown.iter_rows() for other in other_parcel_ids(id)]
    others = pl.DataFrame(others, schema={"county": pl.String, "id": pl.String, "other": pl.String}, orient="row")
    near = others.join(parcels.select("id", "p"), left_on="other", right_on="id")
    counties = unknown.join(near, on=["county", "id"], how="anti").select("county").unique()
    marked = pl.concat([
        exact.select("p"), near.select("p"), parcels.join(counties, on="county", how="semi").select("p")
    ]).unique()  # fmt: skip
    on_it = occupants.join(marked, on="p", how="semi").select("e")
    whole = occupants.join(counties, on="county", how="semi").select("e")
    return marked, pl.concat([lost.select("e").drop_nulls(), on_it, whole]).unique()


# Amounts on parcels.


def allocate(ledger, occupants, places, ids):
    """(p, e, y, amount): each row of the ledger over its enterprise's parcels in its county, else over all of them, by land.
    Where the enterprise has one parcel there, nothing needs to be split."""
    placed = ledger.join(places, on=["county", "e", "y"], how="left")
    can_split = ~col("is_open") & (col("whole") > 0)
    one = placed.filter((col("n") == 1) & can_split).select("p", "e", "y", "amount")
    split = placed.filter((col("n") > 1) & can_split | col("n").is_null()).drop("p").with_row_index("row")
    land = occupants.select("p", "county", "e", "y", weight="land")
    several = split.filter(col("n").is_not_null()).join(land, on=["county", "e", "y"])
    everywhere = places.group_by("e", "y").agg(col("is_open").any(), col("whole").sum()).filter(can_split)
    strays = split.filter(col("n").is_null()).drop("whole").join(everywhere, on=["e", "y"])
    strays = strays.join(land.drop("county"), on=["e", "y"])
    columns = ["row", "p", "e", "y", "weight", "whole", col("amount").alias("total")]
    split = pl.concat([several.select(columns), strays.select(columns)]).join(ids, on="p")
    split = apportion(split, ["row"], "id").select("p", "e", "y", amount="part")
    return pl.concat([one, split]).group_by("p", "e", "y").agg(col("amount").sum())


def sum_up(parcels, occupants, ledgers, marks, marked_parcels):
    """What falls on each parcel in each judged year, and how much of it is there."""
    occupants = occupants.with_columns(col("county").cast(pl.Categorical))
    places = occupants.group_by("county", "e", "y").agg(
        n=pl.len(), p=col("p").first(), whole=col("land").sum(), is_open=col("land").null_count() > 0,
    )  # fmt: skip
    beside, sums = occupants, [pl.len().alias("enterprises")]
    for measure, ledger in ledgers.items():
        shares = allocate(ledger, occupants, places, parcels.select("p", "id")).rename({"amount": measure})
        marked = marks[measure].with_columns(lit(True).alias(f"{measure}_marked"))
        beside = beside.join(shares, on=["p", "e", "y"], how="left").join(marked, on=["e", "y"], how="left")
        some = col(measure).is_not_null()
        sums += [
            col(measure).sum().alias(measure),
            some.sum().alias(f"{measure}_some"),
            (some & col(f"{measure}_marked").is_null()).sum().alias(f"{measure}_complete"),
        ]
    summed = beside.group_by("p", "y").agg(sums)
    bound = policy.max_area_difference
    difference = (col("registered") - col("area")).abs() * bound.denominator
    yields = parcels.join(judged, how="cross").filter(col("valid_from") <= col("last")).join(summed, on=["p", "y"], how="left")
    yields = yields.join(marked_parcels.with_columns(is_marked=True), on="p", how="left")

    def completeness(measure):
        is_whole = (col(f"{measure}_complete") == col("enterprises")) & col("is_marked").is_null()
        word = when(col(f"{measure}_some").fill_null(0) == 0).then(lit("none")).when(is_whole).then(lit("complete"))
        return word.otherwise(lit("lower_bound"))

    def known(measure):
        return when(col(f"{measure}_some") > 0).then(measure)

    per_mu = col("land") * (1e6 * CM2_PER_MU.denominator / CM2_PER_MU.numerator)
    return yields.select(
        "p", "id", "county", "y", "is_surface", "land", tax=known("tax"), energy=known("energy"),
        enterprises=col("enterprises").fill_null(0),
        is_industrial=pl.any_horizontal(col("use_code").str.starts_with(it) for it in policy.industrial).fill_null(False),
        is_doubtful=(difference > col("area") * bound.numerator).fill_null(False),
        tax_completeness=completeness("tax"), energy_completeness=completeness("energy"),
        tax_wan_per_mu=when(col("land") > 0).then(known("tax") / per_mu),
        energy_tce_per_mu=when(col("land") > 0).then(known("energy") / per_mu),
    )  # fmt: skip


def judge(yields):
    """The yields with `judgement`: below the county's quantile of tax per mu, by exact ratios."""
    q = policy.quantile
    can_be = col("is_industrial") & col("is_surface")
    population = yields.filter(can_be & (col("tax_completeness") == "complete") & ~col("is_doubtful"))
    nth = (q.numerator * pl.len() + q.denominator - 1) // q.denominator
    threshold = population.sort("county", "y", col("tax") / col("land"), "id").group_by("county", "y").agg(
        col("tax", "land").gather(nth - 1).first().name.prefix("at_")
    )  # fmt: skip
    below = col("tax").cast(pl.Int128) * col("at_land") < col("at_tax").cast(pl.Int128) * col("land")
    word = (
        when(~can_be).then(NONE)
        .when(col("is_doubtful") | (col("tax_completeness") == "none") | col("at_land").is_null()).then(lit("not_judged"))
        .when(~below).then(lit("not_low"))
        .when(col("tax_completeness") == "complete").then(lit("low"))
        .otherwise(lit("not_judged"))
    )  # fmt: skip
    return yields.join(threshold, on=["county", "y"], how="left").with_columns(judgement=word)


# Blocks.


def find_blocks(yields, shapes):
    """(p, block), and (block, parcels, shape): low parcels of the latest year that lie within the gap of each other, by
    their smallest id."""
    low = yields.filter((col("y") == int(job.periods[-1])) & (col("judgement") == "low")).select("p", "id").sort("id")
    targets = shapes[low["p"].to_numpy()]
    plane = shapely.set_coordinates(targets.copy(), transform(shapely.get_coordinates(targets), LON_LAT, PLANE))
    left, right = shapely.STRtree(plane).query(plane, "dwithin", policy.gap_m * MOST_SCALE)
    left, right = left[left < right], right[left < right]
    box = shapely.bounds(plane[left])
    scale = 1 + ((box[:, 0] + box[:, 2]) / 2 / RADIUS_M) ** 2 / 2
    near = shapely.distance(plane[left], plane[right]) <= policy.gap_m * scale
    label = components(len(low), left[near], right[near])
    members = low.with_columns(block=low["id"].gather(label))
    order = np.argsort(label, kind="stable")
    first, starts, counts = np.unique(label[order], return_index=True, return_counts=True)
    outlines = targets[first]
    several = np.flatnonzero(counts > 1)
    groups = [targets[order[starts[at] : starts[at] + counts[at]]] for at in several]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outlines[several] = list(pool.map(shapely.union_all, groups))
    blocks = pl.DataFrame({"block_id": low["id"].gather(first), "parcels": counts})
    return members.select("p", "block"), blocks, outlines


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
        "p", "y", parcel_id="id", period=col("y").cast(pl.String), county_code="county", land="land",
        enterprises="enterprises", tax_fen="tax", tax_completeness="tax_completeness", tax_wan_per_mu="tax_wan_per_mu",
        energy_g="energy", energy_completeness="energy_completeness", energy_tce_per_mu="energy_tce_per_mu",
        judgement="judgement",
    )  # fmt: skip
    figures.drop("p", "y").sort("parcel_id", "period").write_parquet(job.out / "yields.parquet")
    latest = figures.filter(col("y") == int(job.periods[-1])).join(
        parcels.select("p", "use_code", area_cm2="area", registered_cm2="registered"), on="p"
    ).join(members.rename({"block": "block_id"}), on="p", how="left")  # fmt: skip
    write_geoparquet(latest.drop("p", "y"), shapes[latest["p"].to_numpy()], job.out / "parcels.parquet")
    write_geoparquet(blocks, outlines, job.out / "blocks.parquet")


def main():
    with job.phase("parcels"):
        delivered_ids, parcels, shapes, rejected = read_parcels()
    with job.phase("ledgers: read"):
        rights, enterprises = read_enterprises()
        taxes = read_ledger("tax", "kind", "tax_yuan", lambda it: it.size("tax_yuan"), enterprises)
        energies = read_ledger("energy", "carrier", "quantity", carrier_size, enterprises)
    with job.phase("ledgers: settle"):
        strangers = [
            rows.filter(col("stranger").is_not_null()).select(code="stranger", measure=lit(measure), y="y").unique()
            for measure, rows in (("tax", taxes), ("energy", energies))
        ]
        taxes, tax_marks = settle_ledger(taxes, lit(False), True)
        energies, energy_marks = settle_ledger(energies, col("amount") < 0, False)
        taxes, energies = taxes.filter(col("kind").is_in(policy.counted_kinds)), in_grams(energies)
    with job.phase("occupancy"):
        occupants, lost = settle_occupancy(rights, parcels, enterprises)
        marked_parcels, marked_enterprises = marks_of_occupancy(lost, delivered_ids, parcels, occupants)
        unread = lost.filter(col("e").is_null() & col("uscc").is_not_null())
        unread = unread.select(code="uscc", measure=lit("all"), y=lit(None, pl.Int16)).unique()
        near = misspelt(pl.concat([*strangers, unread]), enterprises)
        whole = marked_enterprises.with_columns(y=lit(None, pl.Int16))
        marks = {}
        for measure, own in (("tax", tax_marks), ("energy", energy_marks)):
            found = near.filter(col("measure").is_in([measure, "all"])).select("e", "y")
            all_marks = pl.concat([own.select("e", "y"), found, whole])
            of_all = all_marks.filter(col("y").is_null()).select("e").join(judged.select("y"), how="cross")
            marks[measure] = pl.concat([all_marks.filter(col("y").is_not_null()), of_all]).unique()
    with job.phase("allocate and yield"):
        yields = sum_up(parcels, occupants, {"tax": taxes, "energy": energies}, marks, marked_parcels)
    with job.phase("judge"):
        yields = judge(yields)
    with job.phase("blocks"):
        members, blocks, outlines = find_blocks(yields, shapes)
    with job.phase("write"):
        write(parcels, shapes, yields, members, blocks, outlines)
    job.finish(rejected)


main()
