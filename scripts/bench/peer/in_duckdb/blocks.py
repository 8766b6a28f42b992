"""Blocks: `target`, `member`, `block`."""

import numpy as np
import pyarrow as pa

from ..components import components
from ..job import LON_LAT, MOST_SCALE, PLANE, RADIUS_M
from .session import db, job, policy


def find_blocks():
    """`member` (p, block): low parcels of the latest year within the gap of each other, by their smallest id."""
    latest, gap = job.periods[-1], policy.gap_m
    db.execute(f"""
        CREATE TABLE target AS
        SELECT p, id, (row_number() OVER (ORDER BY id)) - 1 AS t, parcel.area, parcel.geom,
            ST_Transform(parcel.geom, '{LON_LAT}', '{PLANE}', true) AS plane
        FROM parcel JOIN verdict USING (p) WHERE y = {latest} AND judgement = 'low';
        -- By itself: with another condition beside it, the join would not go through the R-tree.
        CREATE TABLE pair AS
        SELECT a.t AS a, b.t AS b, a.plane AS plane_a, b.plane AS plane_b
        FROM target a JOIN target b ON ST_DWithin(a.plane, b.plane, {gap * MOST_SCALE});
    """)
    near = db.sql(f"""
        SELECT a, b FROM pair WHERE a < b AND ST_Distance(plane_a, plane_b)
            <= {gap} * (1 + pow((ST_XMin(plane_a) + ST_XMax(plane_a)) / 2 / {RADIUS_M}, 2) / 2)
    """).fetchnumpy()
    (count,) = db.sql("SELECT count(*) FROM target").fetchone()
    label = components(count, near["a"], near["b"])
    db.register("label", pa.table({"t": np.arange(count), "first": label}))
    db.execute("""
        CREATE TABLE member AS
        SELECT target.p, head.id AS block FROM label JOIN target USING (t) JOIN target head ON head.t = first;
        CREATE TABLE block AS
        SELECT block, count(*) AS parcels, sum(area)::BIGINT AS area, ST_Union_Agg(geom) AS geom
        FROM member JOIN target USING (p) GROUP BY block;
    """)
