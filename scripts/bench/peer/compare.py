"""Compares a peer's results with ours, parcel by parcel, before anybody's time is told.

usage: python -m peer.compare SNAPSHOT OUT     exit 1 when anything differs
"""

import sys
from pathlib import Path

import polars as pl
import pyproj
import shapely

from .job import EQUAL_AREA, LON_LAT

AREA_CM2, AREA_SHARE = 1, 5e-9
# A crossing that is repaired, or dissolved, becomes a vertex, which ours has on the grid of 1e-9°; for each parcel.
REPAIRED_CM2 = 200
KEY = ["parcel_id", "period"]
# Ours, the peer's.
SAME = {
    "land": ("land_cm2", "land"),
    "enterprises": ("enterprises", "enterprises"),
    "tax, fen": ("tax_fen", "tax_fen"),
    "completeness of tax": ("tax_completeness", "tax_completeness"),
    "energy, g": ("energy_equivalent_g", "energy_g"),
    "completeness of energy": ("energy_completeness", "energy_completeness"),
    "verdict": ("judgement", "judgement"),
}


def ours(snapshot):
    yields = pl.read_parquet(snapshot / "bi/parcel_yield.parquet")
    status = pl.read_parquet(snapshot / "bi/parcel_rule_status.parquet", columns=[*KEY, "judgement"])
    # Decimals of yuan: whole fen once the point is gone.
    fen = (pl.col("tax_yuan") * 100).cast(pl.Int64).alias("tax_fen")
    return yields.with_columns(fen).join(status, on=KEY, how="left")


def members(snapshot):
    """Each low parcel with its block, ours (`own_id`) and as the peers name it: by its smallest parcel."""
    member = pl.read_parquet(snapshot / "bi/block_member.parquet", columns=["block_id", "parcel_id"])
    return member.with_columns(own_id="block_id", block_id=pl.col("parcel_id").min().over("block_id"))


def outline_area(path):
    """Each block's outline in cm² of the equal-area plane."""
    rows = pl.read_parquet(path, columns=["block_id", "geometry"])
    plane = pyproj.Transformer.from_crs(LON_LAT, EQUAL_AREA, always_xy=True)
    shapes = shapely.from_wkb(rows["geometry"].to_numpy())
    area = shapely.area(shapely.transform(shapes, plane.transform, interleaved=False))
    return rows.select("block_id").with_columns(outline_cm2=area * 1e4)


def main(snapshot, out):
    failed = 0

    def tell(what, of, differing, note):
        nonlocal failed
        failed += differing > 0
        print(f"{what:<36} {of:>10,} compared  {differing:>8,} differ  {note}".rstrip())

    def shown(differing, *columns):
        return "; ".join(map(str, differing.select(columns).head(2).rows()))

    mine, other = ours(snapshot), pl.read_parquet(out / "yields.parquet")
    figures = pl.read_parquet(out / "parcels.parquet", columns=["parcel_id", "area_cm2", "block_id"])
    latest = mine.filter(pl.col("period") == pl.col("period").max())
    for what, left, right, key in [("parcels and periods", mine, other, KEY), ("parcels", latest, figures, KEY[:1])]:
        left, right = left.select(key), right.select(key)
        lonely = pl.concat([left.join(right, on=key, how="anti"), right.join(left, on=key, how="anti")])
        doubled = len(right) - right.n_unique()
        tell(what, len(left), len(lonely) + doubled, shown(lonely, *key))

    both = mine.join(other, on=KEY, suffix="_peer")
    for what, (left, right) in SAME.items():
        right = right + "_peer" if left == right else right
        differing = both.filter(pl.col(left).ne_missing(pl.col(right)))
        tell(what, len(both), len(differing), shown(differing, "parcel_id", left, right))
    for what, name in {
        "tax per mu, to 1e-12": "tax_wan_per_mu",
        "energy per mu, to 1e-12": "energy_tce_per_mu",
    }.items():
        left, right = pl.col(name), pl.col(name + "_peer")
        is_near = ((left - right).abs() <= 1e-12 * left.abs()) | (left.is_null() & right.is_null())
        differing = both.filter(~is_near.fill_null(False))
        tell(what, len(both), len(differing), shown(differing, "parcel_id", left, right))

    repaired = pl.read_parquet(snapshot / "quality/issues.parquet").filter(pl.col("code") == "geometry_repaired")
    both = latest.join(figures, on="parcel_id", suffix="_peer").with_columns(
        off=(pl.col("area_cm2") - pl.col("area_cm2_peer")).abs(),
        is_repaired=pl.col("parcel_id").is_in(repaired["id"].implode()),
    )
    bound = pl.when("is_repaired").then(REPAIRED_CM2).otherwise(AREA_CM2 + AREA_SHARE * pl.col("area_cm2"))
    for what, rows in [("area", both.filter(~pl.col("is_repaired"))), ("area of repaired", both.filter("is_repaired"))]:
        tell(what, len(rows), len(rows.filter(pl.col("off") > bound)), f"largest {rows['off'].max()} cm²")

    member = members(snapshot)
    theirs = figures.filter(pl.col("block_id").is_not_null()).select("parcel_id", "block_id")
    both = member.join(theirs, on="parcel_id", how="full", coalesce=True, suffix="_peer")
    differing = both.filter(pl.col("block_id").ne_missing(pl.col("block_id_peer")))
    tell(
        "block of each low parcel",
        len(both),
        len(differing),
        shown(differing, "parcel_id", "block_id", "block_id_peer"),
    )
    block = pl.read_parquet(snapshot / "bi/block.parquet", columns=["block_id", "parcels", "outline_cm2"])
    block = block.join(member.unique("own_id"), left_on="block_id", right_on="own_id", suffix="_named")
    theirs = outline_area(out / "blocks.parquet")
    both = block.join(theirs, left_on="block_id_named", right_on="block_id", how="full", suffix="_peer").with_columns(
        off=(pl.col("outline_cm2") - pl.col("outline_cm2_peer")).abs()
    )
    bound = REPAIRED_CM2 * pl.col("parcels") + AREA_SHARE * pl.col("outline_cm2")
    differing = both.filter(~(pl.col("off") <= bound).fill_null(False))
    tell("outline area of each block", len(both), len(differing), f"largest {both['off'].max():.1f} cm²")
    print("Left out: nothing. What unreadable rows may have been about is marked by the peers as by us.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
