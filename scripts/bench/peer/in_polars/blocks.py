"""Blocks."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import shapely

from ..components import components
from ..job import LON_LAT, MOST_SCALE, PLANE, RADIUS_M
from .session import col, job, policy, transform


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
