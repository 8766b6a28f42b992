"""Turns the assessors' table into the ledgers that `mujun` reads. Standard library only.

    real_ledgers.py FOLDER OUT

Nothing is cleaned: every assessment row is passed on, also the 42 of -1 dollar and the one without a lot number,
so that the pipeline, not this script, says what is wrong with them. Written into OUT:

enterprise.csv  one row for each lot number (ML): each lot stands in for the one firm that holds it
occupancy.csv   each of them owns the land of its lot, for the lots that some feature of the layer carries. The row
                without a lot number and the 46 lots that the layer lacks are left out: by the pipeline's rules an
                occupancy of a parcel that nobody knows makes every parcel of the county uncertain, and nothing
                could be judged. What they are assessed at stays in tax.csv and shows as unallocated
tax.csv         one row for each assessment: ML, 2014, TotalAppraisedParcelValue
lot.csv         one row for each lot: its registered area in square metres and its land use code, for the parcels

A condominium has one row for its land (use code 199) and one for each flat, whose LandArea is 0. Of 13,022 lots
2,119 are like that; 26 others say the same area on two or three rows, and 9 say different ones. The largest LandArea
is the lot's in all three cases (summing would count 35 lots twice), and the use code is that of the first row which
states it. A LandArea of 0 is not an area: it is left empty.
"""

import csv
import json
import sys
from collections import OrderedDict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

# The international foot is 0.3048 m: this is exact.
SQUARE_METRES = Decimal("0.09290304")
PLACES = Decimal("0.0001")


def square_metres(square_feet):
    """Exact, rounded half up to 1e-4 square metres, the unit in which areas are counted."""
    return (square_feet * SQUARE_METRES).quantize(PLACES, ROUND_HALF_UP)


def lots(rows):
    """Lot number -> (registered square metres or None, use code, address), in the file's order."""
    found = OrderedDict()
    for row in rows:
        area = Decimal(row["LandArea"] or "0")
        known = found.get(row["ML"])
        if known is None or area > known[0]:
            found[row["ML"]] = (area, row["UseCode"], row["Location"])
    return OrderedDict(
        (lot, (square_metres(area) if area > 0 else None, use, address)) for lot, (area, use, address) in found.items()
    )


def write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    print(f"  {path.name:<16}{count:>8,} rows")


def main(folder, out):
    with open(folder / "TaxFY14.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(folder / "ASSESSING_ParcelsFY2014.topojson", encoding="utf-8") as file:
        layer = json.load(file)["objects"]["ASSESSING_ParcelsFY2014"]["geometries"]
    mapped = {feature["properties"].get("ML") for feature in layer}
    found = lots(rows)
    write(out / "enterprise.csv", ["ML", "Location"], ((lot, address) for lot, (_, _, address) in found.items()))
    write(
        out / "occupancy.csv",
        ["ML_PARCEL", "ML_OWNER", "RIGHT", "BASIS"],
        ((lot, lot, "owned", "land") for lot in found if lot and lot in mapped),
    )
    write(
        out / "tax.csv",
        ["ML", "YEAR", "KIND", "VALUE"],
        ((row["ML"], "2014", "assessed", row["TotalAppraisedParcelValue"]) for row in rows),
    )
    write(
        out / "lot.csv",
        ["ML", "AREA_M2", "USE_CODE"],
        ((lot, "" if area is None else area, use) for lot, (area, use, _) in found.items() if lot),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
