#!/usr/bin/env python3
"""Writes county_bounds.csv: the box around each county's outline, in degrees, 3 decimals."""

import json
from pathlib import Path

FOLDER = Path(__file__).parent


def points(coordinates):
    if isinstance(coordinates[0], (int, float)):
        yield coordinates
    else:
        for part in coordinates:
            yield from points(part)


def main():
    outlines = json.loads((FOLDER / "zhejiang_county.geojson").read_text(encoding="utf-8"))
    lines = ["code,west,south,east,north"]
    for feature in sorted(outlines["features"], key=lambda feature: feature["properties"]["code"]):
        lons, lats = zip(*((point[0], point[1]) for point in points(feature["geometry"]["coordinates"])))
        edges = (min(lons), min(lats), max(lons), max(lats))
        lines.append(",".join([feature["properties"]["code"], *(f"{edge:.3f}" for edge in edges)]))
    (FOLDER / "county_bounds.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
