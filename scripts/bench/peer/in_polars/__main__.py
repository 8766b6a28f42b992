"""The job in polars, with shapely, pyogrio and pyproj for the shapes. Run by scripts/bench/peers.

usage: python -m peer.in_polars PIPELINE.toml OUT
"""

import polars as pl

from .blocks import find_blocks
from .ledgers import carrier_size, in_grams, misspelt, read_enterprises, read_ledger, settle_ledger
from .occupancy import marks_of_occupancy, settle_occupancy
from .parcels import read_parcels
from .results import write
from .session import col, job, judged, lit, policy
from .yields import judge, sum_up


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
