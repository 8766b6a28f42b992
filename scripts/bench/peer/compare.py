"""Compares a peer's results with ours, parcel by parcel, before anybody's time is told.

usage: python -m peer.compare SNAPSHOT OUT     exit 1 when anything differs
"""

import sys
from pathlib import Path

import polars as pl

AREA_CM2, AREA_SHARE = 1, 5e-9
# Where a crossing was repaired it gets a vertex of its own, which ours has on the grid of 1e-9°.
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


def blocks(snapshot):
    """Each low parcel with the smallest parcel of its block."""
    member = pl.read_parquet(snapshot / "bi/block_member.parquet", columns=["block_id", "parcel_id"])
    return member.with_columns(pl.col("parcel_id").min().over("block_id").alias("block_id"))


def main(snapshot, out):
    failed = 0

    def tell(what, of, differing, shown=()):
        nonlocal failed
        failed += differing > 0
        print(f"  {what:<32} {of:>10,} compared  {differing:>8,} differ", *shown)

    mine, other = ours(snapshot), pl.read_parquet(out / "yields.parquet")
    both = mine.join(other, on=KEY, how="full", coalesce=False, suffix="_peer")
    lonely = both.filter(pl.col("parcel_id").is_null() | pl.col("parcel_id_peer").is_null())
    tell("parcels and periods", len(both), len(lonely), lonely["parcel_id"].head(2))
    both = mine.join(other, on=KEY, suffix="_peer")
    for what, (left, right) in SAME.items():
        right = right + "_peer" if left == right else right
        differing = both.filter(pl.col(left).ne_missing(pl.col(right)))
        shown = differing.select("parcel_id", left, right).head(2).rows()
        tell(what, len(both), len(differing), shown if len(shown) else ())
    columns = ["parcel_id", "area_cm2", "block_id"]
    figures = pl.read_parquet(out / "parcels.parquet", columns=columns)
    issues = pl.read_parquet(snapshot / "quality/issues.parquet").filter(pl.col("code") == "geometry_repaired")
    latest = mine.filter(pl.col("period") == pl.col("period").max())
    both = latest.join(figures, on="parcel_id", suffix="_peer").with_columns(
        off=(pl.col("area_cm2") - pl.col("area_cm2_peer")).abs(),
        is_repaired=pl.col("parcel_id").is_in(issues["id"].implode()),
    )
    bound = AREA_CM2 + AREA_SHARE * pl.col("area_cm2")
    whole, repaired = both.filter(~pl.col("is_repaired")), both.filter("is_repaired")
    off = whole.filter(pl.col("off") > bound)
    tell("area, cm² (1 + 5e-9)", len(whole), len(off), [f"largest {whole['off'].max()}"])
    off = repaired.filter(pl.col("off") > REPAIRED_CM2)
    tell(f"area of repaired, {REPAIRED_CM2} cm²", len(repaired), len(off), [f"largest {repaired['off'].max()}"])
    members = blocks(snapshot)
    theirs = figures.filter(pl.col("block_id").is_not_null()).select("parcel_id", "block_id")
    both = members.join(theirs, on="parcel_id", how="full", coalesce=True, suffix="_peer")
    differing = both.filter(pl.col("block_id").ne_missing(pl.col("block_id_peer")))
    tell("block of each low parcel", len(both), len(differing), differing.head(2).rows())
    counts = members["block_id"].n_unique(), len(pl.read_parquet(out / "blocks.parquet", columns=["block_id"]))
    tell("blocks", counts[0], abs(counts[0] - counts[1]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
