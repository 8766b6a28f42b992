"""Compares what `mujun` published of the real parcels with what other tools say of the same files.

    real_check.py FOLDER OUT SNAPSHOT

Geometry is read by GDAL through pyogrio and judged by GEOS; areas are the shoelace in PROJ's ellipsoidal equal-area
plane, and Karney's geodesic ones; sums are Python's integers over the raw table. Only the `mujun` column comes from
the pipeline; the few repaired shapes have no area in the file, so for the verdicts theirs is taken from there.
`recorded` is what was established before this project read the files; `other tools` is found anew at each run.
Exit 1 when any differ.
"""

import csv
import math
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyproj import CRS, Geod, Transformer

COUNTY = "990106"
SQUARE_METRES_PER_FOOT = Fraction("0.09290304")
MU = Fraction(2000, 3)
INDUSTRIAL = {"316", "0316", "0406"}  # Besides the state's class 4.

rows = []


def compare(fact, other, found, recorded=None, *, agrees=None):
    if agrees is None:
        agrees = other == found and recorded in (None, other)
    rows.append((fact, recorded, other, found, agrees))


def shown(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def table(snapshot, path, columns=None):
    return pq.read_table(snapshot / path, columns=columns).to_pylist()


def median(values):
    return float(np.median(values))


def as_bytes(shape):
    """WKB, or nothing for what is null or empty."""
    return None if shape is None or shape.is_empty else shapely.to_wkb(shape)


def as_parts(shape):
    """The shape with its parts, rings and vertices in one order, a single polygon as a multipolygon of one."""
    return shapely.normalize(shapely.multipolygons(shapely.get_parts(shape)))


def nearest_rank(values, share):
    """The ⌈qn⌉-th of the sorted values."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


PLANE = Transformer.from_crs(4490, CRS("+proj=cea +ellps=GRS80 +lon_0=-71.11"), always_xy=True)


def rings(shape):
    for part in shapely.get_parts(shape):
        yield part.exterior, 1
        for hole in part.interiors:
            yield hole, -1


def plane_area(shape):
    """Square metres by the shoelace in the equal-area plane, from a local origin."""
    total = 0.0
    for ring, sign in rings(shape):
        x, y = PLANE.transform(*np.asarray(ring.coords).T)
        x, y = x - x[0], y - y[0]
        total += sign * abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) / 2)
    return total


def geodesic_bound(geod, shape):
    """How far the geodesic area may lie from the plane's.

    A straight line of the plane at an angle t to the parallel has the geodesic curvature
    cos t (1 + 2 sin² t) tan lat / R, at most sqrt 2 times tan lat / R, and an arc of curvature k and length L cuts off
    k L³ / 12. The constant is the noise of Karney's sums.
    """
    bound = 0.003
    for ring, _ in rings(shape):
        lon, lat = np.asarray(ring.coords).T
        _, _, length = geod.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
        bound += math.sqrt(2) / 12 * float((length**3 * np.tan(np.radians(np.abs(lat[1:])))).sum()) / 6378137
    return bound


def components(geometries, gap):
    """Groups of geometries whose distance is at most `gap`, as a set of frozen sets of positions."""
    tree = shapely.STRtree(geometries)
    parent = list(range(len(geometries)))

    def root(at):
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for left, right in tree.query(geometries, predicate="dwithin", distance=gap).T:
        parent[root(left)] = root(right)
    groups = defaultdict(set)
    for at in range(len(geometries)):
        groups[root(at)].add(at)
    return {frozenset(group) for group in groups.values()}


def main(folder, out, snapshot):
    raw = pyogrio.read_dataframe(folder / "ASSESSING_ParcelsFY2014.topojson", columns=["id", "ML"])
    copied = pyogrio.read_dataframe(out / "parcel.gpkg", layer="ZD", columns=["GIS_ID", "ML"])
    with open(folder / "TaxFY14.csv", encoding="utf-8-sig", newline="") as file:
        assessments = list(csv.DictReader(file))
    geod = Geod(ellps="GRS80")

    reconciliation = {
        (row["table"], row["measure"]): row for row in table(snapshot, "quality/reconciliation.parquet")
    }
    rejects = Counter((row["table"], row["code"]) for row in table(snapshot, "quality/rejects.parquet"))
    issues = table(snapshot, "quality/issues.parquet")
    cards = {row["parcel_id"]: row for row in table(snapshot, "bi/parcel_card.parquet")}
    yields = {row["parcel_id"]: row for row in table(snapshot, "bi/parcel_yield.parquet")}
    shares = table(snapshot, "bi/parcel_enterprise.parquet")
    members = table(snapshot, "bi/block_member.parquet")
    geo = pq.read_table(
        snapshot / f"geo/parcels/{COUNTY}.parquet", columns=["parcel_id", "area_m2", "geometry"]
    ).to_pydict()
    published = dict(zip(geo["parcel_id"], shapely.from_wkb(geo["geometry"])))
    published_area = dict(zip(geo["parcel_id"], map(float, geo["area_m2"])))

    # The file as it is.
    geometry = raw.geometry.array
    is_missing = np.array([shape is None or shape.is_empty for shape in geometry])
    is_invalid = ~is_missing & ~shapely.is_valid(np.asarray(geometry))
    has_lot = raw["ML"].notna().to_numpy()
    compare("features", len(raw), reconciliation["parcel", "rows"]["read"], 13116)
    # The one missing shape is an empty polygon to some drivers and null to others.
    by_id = dict(zip(copied["GIS_ID"], map(as_bytes, copied.geometry.array)))
    untouched = sum(by_id[key] == as_bytes(shape) for key, shape in zip(raw["id"], geometry))
    compare("shapes unchanged in the GeoPackage", len(raw), untouched)
    compare("features without a shape", int(is_missing.sum()), rejects["parcel", "geometry_missing"], 1)
    compare("features without ML", int((~has_lot).sum()), rejects["parcel", "parcel_id_missing"], 1)
    # Keys.
    usable = ~is_missing & has_lot
    count = Counter(raw["ML"][usable])
    repeated = sum(times for times in count.values() if times > 1)
    compare("features of a repeated ML", repeated, rejects["parcel", "parcel_id_duplicate"])
    first = dict(zip(raw["ML"][usable], np.asarray(geometry)[usable]))
    single = {lot: first[lot] for lot, times in count.items() if times == 1}
    valid = dict(zip(raw["ML"][usable], ~is_invalid[usable]))
    compare("parcels", len(single), len(cards))
    # Invalid shapes of repeated MLs are refused with them; the others are repaired, with a remark on each.
    refused = sum(1 for lot in raw["ML"][usable & is_invalid] if count[lot] > 1)
    repaired = sum(row["count"] for row in issues if row["code"] == "geometry_repaired")
    compare("invalid shapes (repaired, or refused for their ML)", int(is_invalid.sum()), repaired + refused, 37)
    compare("the same parcels", True, {f"{COUNTY}:{lot}" for lot in single} == set(cards))

    # Ledgers.
    value, land, use = Counter(), {}, {}
    for row in assessments:
        lot, feet = row["ML"], Fraction(row["LandArea"])
        value[lot] += int(row["TotalAppraisedParcelValue"])
        if lot not in land or feet > land[lot]:
            land[lot], use[lot] = feet, row["UseCode"]
    compare("assessment rows", len(assessments), reconciliation["tax", "rows"]["read"], 27528)
    compare("dollars read", sum(value.values()), reconciliation["tax", "fen"]["read"] // 100)
    rated = {lot for lot in single if lot in value}
    compare("parcels of one ML with ledger rows", len(rated), len({row["parcel_id"] for row in shares}), 12969)
    compare("dollars on parcels", sum(value[lot] for lot in rated), int(sum(row["tax_yuan"] for row in shares)))
    wrong = sum(yields[f"{COUNTY}:{lot}"]["tax_yuan"] != value[lot] for lot in rated)
    compare("parcels whose dollars differ", 0, wrong)
    registered = {lot: land[lot] * SQUARE_METRES_PER_FOOT for lot in rated if land[lot] > 0}
    off = 0
    for lot in single:
        found = yields[f"{COUNTY}:{lot}"]["registered_mu"]
        if lot not in registered:
            off += found is not None
        else:
            off += found is None or abs(found * float(MU) - float(registered[lot])) > 1e-4
    compare("parcels whose registered area differs (> 1e-4 m²)", 0, off)

    # Areas and shapes.
    measured = {lot: plane_area(shape) for lot, shape in single.items() if valid[lot]}
    other = median([measured[lot] / float(registered[lot]) for lot in registered if valid[lot]])
    found = [yields[f"{COUNTY}:{lot}"] for lot in registered if valid[lot]]
    found = median([row["area_mu"] / row["registered_mu"] for row in found])
    # Coordinates are rounded to 0.1 mm on reading: 1e-5 of a small lot.
    agrees = abs(other - found) < 1e-5 and round(other, 3) == 1.005
    compare("median measured / registered", other, found, 1.005, agrees=agrees)
    other, found = sum(measured.values()), sum(published_area[f"{COUNTY}:{lot}"] for lot in measured)
    compare("m² of the valid ones", round(other), round(found), agrees=abs(other - found) < 1e-8 * other)
    worst = max(abs(plane_area(shape) - published_area[key]) for key, shape in published.items())
    compare("largest difference to the plane's area, m²", "≤ 0.0002", f"{worst:.5f}", agrees=worst <= 2e-4)
    worst = max(
        abs(abs(geod.geometry_area_perimeter(shape)[0]) - published_area[key]) / geodesic_bound(geod, shape)
        for key, shape in published.items()
    )
    compare("largest difference to Karney's, of its bound", "≤ 1", worst, agrees=worst <= 1)
    compare("published shapes invalid by GEOS", 0, int((~shapely.is_valid(list(published.values()))).sum()))
    moved = sum(
        not shapely.equals_exact(as_parts(shape), as_parts(published[f"{COUNTY}:{lot}"]), 1e-9)
        for lot, shape in single.items()
        if valid[lot]
    )
    compare("valid shapes that moved by more than 1e-9°", 0, moved)

    # Verdicts, from the raw table and the plane's areas.
    judged, per_mu = [], {}
    for lot in sorted(registered):
        if not (use[lot].startswith("4") or use[lot] in INDUSTRIAL):
            continue
        # A repaired shape has no area of its own in the file.
        area = measured.get(lot, published_area[f"{COUNTY}:{lot}"])
        if abs(area - float(registered[lot])) <= 0.1 * area:
            judged.append(lot)
            per_mu[lot] = Fraction(value[lot], 10000) / (registered[lot] / MU)
    bottom = nearest_rank(per_mu.values(), Fraction(1, 5))
    low = {lot for lot in judged if per_mu[lot] < 100 or per_mu[lot] < bottom}
    found = {key for key, row in cards.items() if row["judgement"] == "low"}
    decided = sum(row["judgement"] in ("low", "not_low") for row in cards.values())
    compare("industrial parcels judged", len(judged), decided)
    compare("low-efficiency parcels", len(low), len(found))
    compare("the same ones", True, {f"{COUNTY}:{lot}" for lot in low} == found)

    # Blocks: low parcels at most 20 m apart, in a local plane. Members that are not low are left out.
    plane = Transformer.from_crs(4490, CRS("+proj=laea +lat_0=42.38 +lon_0=-71.11 +ellps=GRS80"), always_xy=True)
    keys = sorted(f"{COUNTY}:{lot}" for lot in low)
    flat = shapely.transform(np.array([published[key] for key in keys]), plane.transform, interleaved=False)
    groups = {frozenset(keys[at] for at in group) for group in components(flat, 20.0)}
    blocks = defaultdict(set)
    for row in members:
        if row["role"] == "target":
            blocks[row["block_id"]].add(row["parcel_id"])
    compare("blocks of low parcels within 20 m", len(groups), len(blocks))
    compare("the same blocks", True, groups == {frozenset(block) for block in blocks.values()})

    widths = [max(len(shown(row[at])) for row in rows) for at in range(4)]
    heads = ("fact", "recorded", "other tools", "mujun")
    widths = [max(width, len(head)) for width, head in zip(widths, heads)]
    print("  ".join([heads[0].ljust(widths[0]), *(head.rjust(width) for head, width in zip(heads[1:], widths[1:]))]))
    for fact, recorded, other, found, agrees in rows:
        cells = [shown(value).rjust(width) for value, width in zip((recorded, other, found), widths[1:])]
        print("  ".join([fact.ljust(widths[0]), *cells, "" if agrees else "DIFFERS"]).rstrip())
    for name, code in sorted(rejects):
        print(f"refused: {name:<11}{code:<22}{rejects[name, code]:>6,}")
    remarks = Counter()
    for row in issues:
        remarks[row["code"]] += row["count"]
    for code, times in sorted(remarks.items()):
        print(f"remarked: {code:<32}{times:>6,}")
    failed = sum(not row[4] for row in rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
