#!/usr/bin/env python3
"""Simplifies the county outlines so that neighbours keep sharing their borders exactly.

    simplify.py FULL.geojson > zhejiang_county.geojson

Rings are cut into arcs where three outlines meet, each arc is simplified once (Douglas-Peucker, TOLERANCE
degrees) and rounded to 4 decimals, and the outlines are put together again. Where two simplified arcs
touch or cross, both are done again with half the tolerance. Islets smaller than LEAST square degrees
(0.1 km2) are dropped, but never a county's largest ring.
"""
import json
import sys
from collections import defaultdict

TOLERANCE, LEAST, CELL = 0.0014, 1e-5, 200


def simplified(arc, tolerance):
    """The points that Douglas-Peucker keeps, on the grid of 4 decimals as whole numbers; ends always stay."""
    keep, todo = {0, len(arc) - 1}, [(0, len(arc) - 1)]
    while todo:
        first, last = todo.pop()
        (ax, ay), (bx, by) = arc[first], arc[last]
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        far, at = tolerance, None
        for i in range(first + 1, last):
            px, py = arc[i][0] - ax, arc[i][1] - ay
            t = max(0, min(1, (px * dx + py * dy) / square)) if square else 0
            distance = ((px - t * dx) ** 2 + (py - t * dy) ** 2) ** 0.5
            if distance > far:
                far, at = distance, i
        if at is not None:
            keep.add(at)
            todo += [(first, at), (at, last)]
    points = [(round(arc[i][0] * 1e4), round(arc[i][1] * 1e4)) for i in sorted(keep)]
    return [point for i, point in enumerate(points) if i == 0 or point != points[i - 1]]


def area(ring):
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:]))) / 2


def side(a, b, c):
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (cross > 0) - (cross < 0)


def on(a, b, c):
    """Whether c lies on the segment a-b."""
    return side(a, b, c) == 0 and min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def meet(p, q):
    """Whether two segments have a point in common that is not an end of both."""
    a, b = p
    c, d = q
    if {a, b} == {c, d}:
        return True
    if {a, b} & {c, d}:
        return any(on(a, b, x) for x in q if x not in p) or any(on(c, d, x) for x in p if x not in q)
    return (side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)) or any(
        (on(a, b, c), on(a, b, d), on(c, d, a), on(c, d, b)))


def clashes(lines):
    """The arcs of which two segments meet, in each other or in themselves."""
    cells, bad = defaultdict(list), set()
    for key, line in lines.items():
        for segment in zip(line, line[1:]):
            (ax, ay), (bx, by) = segment
            for x in range(min(ax, bx) // CELL, max(ax, bx) // CELL + 1):
                for y in range(min(ay, by) // CELL, max(ay, by) // CELL + 1):
                    cells[x, y].append((key, segment))
    for members in cells.values():
        for i, (key, p) in enumerate(members):
            for other, q in members[:i]:
                if (key != other or p != q) and meet(p, q):
                    bad |= {key, other}
    return bad


def rings_of(feature):
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        assert len(polygon) == 1, "an outline with a hole"
        yield [tuple(point) for point in polygon[0]]


def arcs_of(ring, nodes):
    """The ring's arcs, each as (key, is it reversed); both outlines of a border give the same key."""
    points = ring[:-1]
    anchors = [i for i, point in enumerate(points) if point in nodes]
    if len(anchors) < 2:
        # An island: cut at two far points, found without regard to where the ring starts.
        anchors = sorted({points.index(min(points)), points.index(max(points)), *anchors})
    for at, start in enumerate(anchors):
        end = anchors[(at + 1) % len(anchors)]
        arc = tuple(points[start : end + 1] if end > start else points[start:] + points[: end + 1])
        yield min(arc, arc[::-1]), arc[::-1] < arc


collection = json.load(open(sys.argv[1], encoding="utf-8"))
neighbours = defaultdict(set)
for feature in collection["features"]:
    for ring in rings_of(feature):
        for a, b in zip(ring, ring[1:]):
            neighbours[a].add(b)
            neighbours[b].add(a)
nodes = {point for point, others in neighbours.items() if len(others) > 2}
outlines = []
for feature in collection["features"]:
    rings = sorted(rings_of(feature), key=area, reverse=True)
    kept = [ring for i, ring in enumerate(rings) if i == 0 or area(ring) >= LEAST]
    outlines.append([list(arcs_of(ring, nodes)) for ring in kept])

tolerance = {key: TOLERANCE for rings in outlines for ring in rings for key, _ in ring}
lines = {key: simplified(key, TOLERANCE) for key in tolerance}
while bad := clashes(lines):
    print(f"{len(bad)} arcs again", file=sys.stderr)
    for key in bad:
        tolerance[key] /= 2
        lines[key] = simplified(key, tolerance[key])

features = []
for feature, rings in zip(collection["features"], outlines):
    polygons = []
    for ring in rings:
        points = []
        for key, is_reversed in ring:
            points += (lines[key][::-1] if is_reversed else lines[key])[:-1]
        polygons.append([[[x / 1e4, y / 1e4] for x, y in points + points[:1]]])
    features.append({"type": "Feature", "properties": feature["properties"],
                     "geometry": {"type": "MultiPolygon", "coordinates": polygons}})

sys.stdout.write('{"type":"FeatureCollection","name":"zhejiang_county","features":[\n')
sys.stdout.write(",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features))
sys.stdout.write("\n]}\n")
