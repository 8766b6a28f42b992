"""Amounts on parcels, and verdicts."""

import polars as pl

from ..job import CM2_PER_MU
from .occupancy import apportion
from .session import NONE, col, judged, lit, policy, when


def allocate(ledger, occupants, places, ids):
    """(p, e, y, amount): each row of the ledger over its enterprise's parcels in its county, else over all of them, by
    land. Where the enterprise has one parcel there, nothing needs to be split."""
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
        n=pl.len(),
        p=col("p").first(),
        whole=col("land").sum(),
        is_open=col("land").null_count() > 0,
    )
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
    yields = (
        parcels.join(judged, how="cross")
        .filter(col("valid_from") <= col("last"))
        .join(summed, on=["p", "y"], how="left")
    )
    yields = yields.join(marked_parcels.with_columns(is_marked=True), on="p", how="left")

    def completeness(measure):
        is_whole = (col(f"{measure}_complete") == col("enterprises")) & col("is_marked").is_null()
        word = when(col(f"{measure}_some").fill_null(0) == 0).then(lit("none")).when(is_whole).then(lit("complete"))
        return word.otherwise(lit("lower_bound"))

    def known(measure):
        return when(col(f"{measure}_some") > 0).then(measure)

    per_mu = col("land") * (1e6 * CM2_PER_MU.denominator / CM2_PER_MU.numerator)
    return yields.select(
        "p",
        "id",
        "county",
        "y",
        "is_surface",
        "land",
        tax=known("tax"),
        energy=known("energy"),
        enterprises=col("enterprises").fill_null(0),
        is_industrial=pl.any_horizontal(col("use_code").str.starts_with(it) for it in policy.industrial).fill_null(
            False
        ),
        is_doubtful=(difference > col("area") * bound.numerator).fill_null(False),
        tax_completeness=completeness("tax"),
        energy_completeness=completeness("energy"),
        tax_wan_per_mu=when(col("land") > 0).then(known("tax") / per_mu),
        energy_tce_per_mu=when(col("land") > 0).then(known("energy") / per_mu),
    )


def judge(yields):
    """The yields with `judgement`: below the county's quantile of tax per mu, by exact ratios."""
    q = policy.quantile
    can_be = col("is_industrial") & col("is_surface")
    population = yields.filter(can_be & (col("tax_completeness") == "complete") & ~col("is_doubtful"))
    nth = (q.numerator * pl.len() + q.denominator - 1) // q.denominator
    threshold = (
        population.sort("county", "y", col("tax") / col("land"), "id")
        .group_by("county", "y")
        .agg(col("tax", "land").gather(nth - 1).first().name.prefix("at_"))
    )
    below = col("tax").cast(pl.Int128) * col("at_land") < col("at_tax").cast(pl.Int128) * col("land")
    word = (
        when(~can_be)
        .then(NONE)
        .when(col("is_doubtful") | (col("tax_completeness") == "none") | col("at_land").is_null())
        .then(lit("not_judged"))
        .when(~below)
        .then(lit("not_low"))
        .when(col("tax_completeness") == "complete")
        .then(lit("low"))
        .otherwise(lit("not_judged"))
    )
    return yields.join(threshold, on=["county", "y"], how="left").with_columns(judgement=word)
