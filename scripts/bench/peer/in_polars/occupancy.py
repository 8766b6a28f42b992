"""Who occupies what, and what lost rows may have been about."""

import polars as pl

from ..codes import near_parcel_ids
from .session import IS_PARCEL_ID, col, judged, lit, policy, sound, when


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
        (col("since") <= col("last"))
        & (col("valid_from") <= col("last"))
        & (col("valid_to").is_null() | (col("last") <= col("valid_to")))
    ).with_columns(
        held=when(col("amount").is_null())
        .then(land)
        .when(land == 0)
        .then(0)
        .when(col("basis") == "land")
        .then("amount")
        .when(floor > 0)
        .then(by_floor.cast(pl.Int64)),
    )
    whole_sum = when(col("held").null_count() == 0).then(col("held").sum())
    own = held.group_by("p", "e", "y").agg(col("county").first(), col("whole").first(), land=whole_sum)
    let = (
        held.filter(col("lessor_e").is_not_null())
        .group_by("p", col("lessor_e").alias("e"), "y")
        .agg(let=whole_sum, is_let=lit(True))
    )
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
        left_on=[col("id").str.head(19), "county"],
        right_on=["parcel", "county"],
        how="left",
    ).with_row_index("row")
    lessors = rights["lessor"].unique().drop_nulls()
    lessors = lessors.filter(sound(lessors))
    is_bad = (
        col("e").is_null()
        | ~col("id").str.contains(IS_PARCEL_ID).fill_null(False)
        | col("right_kind").is_null()
        | col("basis").is_null()
        | (col("lessor").is_not_null() & ~col("lessor").is_in(lessors.implode()))
        | (col("is_amount_there") & col("amount").is_null())
        | (~col("is_amount_there") & (col("right_kind") == "leased"))
        | (col("amount") < 0).fill_null(False)
        | col("is_date_bad")
        | col("p").is_null()
    )
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
    excess = (
        land.group_by("p", "y")
        .agg(
            is_over=(col("land").null_count() == 0)
            & (col("whole").first() > 0)
            & (col("land").sum() * bound.denominator > col("whole").first() * bound.numerator)
        )
        .filter("is_over")
        .select("p", "y")
    )
    over = land.join(excess, on=["p", "y"], how="semi").join(enterprises, on="e")
    over = over.with_columns(total="whole", weight="land", whole=col("land").sum().over("p", "y"))
    scaled = apportion(over, ["p", "y"], "uscc").select("p", "e", "county", "y", land="part")
    occupants = land.join(excess, on=["p", "y"], how="anti").select("p", "e", "county", "y", "land")
    return pl.concat([occupants, scaled]), pl.concat([rights.filter("is_bad"), clash, lost], how="diagonal")


def marks_of_occupancy(lost, delivered_ids, parcels, occupants):
    """What lost occupancy rows may have been about: the parcels they name or those one character away, else the whole
    county; and the enterprises they name with all that occupy these."""
    # What is recognised as another register's number is nobody's misspelling.
    is_foreign = col("uscc").str.contains("^[0-9]{15}$").fill_null(False)
    named = lost.filter((col("id").is_not_null() | col("e").is_null()) & ~is_foreign)
    named = named.select("county", col("id").fill_null("")).unique()
    exact = named.join(parcels.select("id", "p"), left_on=col("id").str.head(19), right_on="id")
    unknown = named.join(delivered_ids, on="id", how="anti")
    others = [(county, id, other) for county, id in unknown.iter_rows() for other in near_parcel_ids(id)]
    others = pl.DataFrame(others, schema={"county": pl.String, "id": pl.String, "other": pl.String}, orient="row")
    near = others.join(parcels.select("id", "p"), left_on="other", right_on="id")
    counties = unknown.join(near, on=["county", "id"], how="anti").select("county").unique()
    marked = pl.concat(
        [exact.select("p"), near.select("p"), parcels.join(counties, on="county", how="semi").select("p")]
    ).unique()
    on_it = occupants.join(marked, on="p", how="semi").select("e")
    whole = occupants.join(counties, on="county", how="semi").select("e")
    return marked, pl.concat([lost.select("e").drop_nulls(), on_it, whole]).unique()
