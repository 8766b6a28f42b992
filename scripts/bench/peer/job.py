"""The job that the peers do, read from a pipeline file: sources with their mappings, periods, policy; and its phases.

Only what the bench pipelines use is read; anything else is refused, so that no peer is timed on another job than ours.
"""

import json
import resource
import sys
import time
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

# Units in the smallest one of their dimension: fen, cm², Wh, g, dm³, kJ.
UNITS = {
    "yuan": 100,
    "wan_yuan": 10**6,
    "yi_yuan": 10**10,
    "m2": 10**4,
    "ha": 10**8,
    "kwh": 1000,
    "wan_kwh": 10**7,
    "t": 10**6,
    "kg": 1000,
    "m3": 1000,
    "gj": 10**6,
    "mj": 1000,
}
CM2_PER_MU = Fraction(20_000_000, 3)

PARCEL_ID = "[0-9]{12}[GJZ][A-Z][0-9]{5}"

# A year as bits: itself, its quarters, its months. A year is there when one of these is.
ANNUAL, QUARTERS, MONTHS = 0b1, 0b11110, 0b1_1111_1111_1110_0000

# The plane for distances: about the province's middle. Its scale at x is 1 + x²/2R², up to 7e-4: what a pair of parcels
# seems apart there is divided by it.
PLANE = "+proj=tmerc +lat_0=29 +lon_0=120.5 +ellps=GRS80 +units=m +no_defs +type=crs"
EQUAL_AREA = "+proj=cea +ellps=GRS80 +units=m +no_defs +type=crs"
LON_LAT = "EPSG:4490"
RADIUS_M = 6_371_000
MOST_SCALE = 1.001


def refuse(what):
    sys.exit(f"peers: {what}: not part of the peers' job")


@dataclass
class Source:
    id: str
    table: str
    files: list[str]
    county: str | None
    county_field: str | None
    encoding: str
    crs: str | None
    layer: str | None
    fields: dict

    def name(self, column):
        """The delivered name of a canonical column; none: not delivered."""
        return self.fields.get(column, {}).get("from")

    def size(self, column):
        """Smallest units in the unit of a column."""
        return UNITS[self.fields[column]["unit"]]

    def values(self, column):
        """Delivered text -> canonical text."""
        return self.fields[column].get("values", {})


@dataclass
class Policy:
    industrial: list[str]
    max_area_difference: Fraction
    counted_kinds: list[str]
    factors: dict[str, Fraction]  # grams of standard coal (equivalent) in a smallest unit of the carrier
    max_sum: Fraction
    gap_m: float
    quantile: Fraction


@dataclass
class Job:
    out: Path
    periods: list[str]
    policy: Policy
    sources: list[Source]
    phases: list[tuple] = field(default_factory=list)

    def of(self, table):
        return [source for source in self.sources if source.table == table]

    def alike(self, table):
        """The sources of a ledger in groups that one reader can read at once."""
        groups = {}
        for source in self.of(table):
            key = json.dumps([source.fields, source.encoding, source.county_field], sort_keys=True)
            groups.setdefault(key, []).append(source)
        return list(groups.values())

    @contextmanager
    def phase(self, name):
        """Times a phase: wall and CPU seconds of all threads, and the peak of memory up to its end."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        self.phases.append((name, wall, cpu, peak))

    def finish(self, rejected):
        """Prints the phases, and how many parcel rows were refused for what."""
        print(f"{'phase':<20}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}")
        for name, wall, cpu, peak in self.phases:
            print(f"{name:<20}{wall:>10.2f}{cpu:>10.2f}{peak:>10.0f}")
        print("refused: " + ", ".join(f"{rows} {reason}" for reason, rows in sorted(rejected.items())))


def number(text):
    return Fraction(Decimal(text))


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def read_source(folder, entry):
    mapping = load(folder / entry["mapping"])
    if mapping.get("ids", "official") != "official" or entry.get("absent", "unknown") != "unknown":
        refuse(f"{entry['id']}: external ids or absent = zero")
    duplicates = mapping.get("duplicates", "reject")
    if duplicates != ("sum" if entry["table"] == "tax" else "reject"):
        refuse(f"{entry['id']}: duplicates = {duplicates!r}")
    files = sorted(str(file) for file in folder.glob(entry["path"]))
    if entry["table"] == "parcel" and (len(files) != 1 or "valid_to" in mapping["fields"]):
        refuse(f"{entry['id']}: several files, or parcels that end")
    if entry["table"] != "parcel" and not all(file.endswith(".csv") for file in files):
        refuse(f"{entry['id']}: a ledger that is not CSV")
    encoding = entry.get("encoding", "auto")
    return Source(
        id=entry["id"],
        table=entry["table"],
        files=files or refuse(f"{entry['id']}: no file"),
        county=entry.get("county"),
        county_field=entry.get("county_field"),
        encoding="utf-8" if encoding == "auto" else encoding,
        crs=None if entry.get("crs", "declared") == "declared" else entry["crs"],
        layer=entry.get("layer"),
        fields=mapping["fields"],
    )


def read_policy(path):
    policy = load(path)
    rules = [rule for rule in policy["rule"] if rule["kind"] == "low_efficiency"]
    tests = [test for rule in rules for test in rule["when"]["all"] if test["column"] != "is_industrial"]
    value = tests[0].get("value_of", {}) if len(tests) == 1 else {}
    if policy["land_basis"] != "registered" or value.get("by") != ["county_code"] or "quantile" not in value:
        refuse(f"{path.name}: other than one rule of a county's quantile on registered land")
    if tests[0]["column"] != "tax_wan_per_mu" or tests[0]["op"] != "<":
        refuse(f"{path.name}: another test than tax_wan_per_mu <")
    # A thousand grams a kgce, and a thousand smallest units in each unit that factors are given for.
    if any(UNITS[carrier["unit"]] != 1000 for carrier in policy["energy"].values()):
        refuse(f"{path.name}: a factor for another unit")
    return Policy(
        industrial=policy["land"]["industrial_codes"],
        max_area_difference=number(policy["land"]["max_area_difference"]),
        counted_kinds=policy["tax"]["counted_kinds"],
        factors={carrier: number(its["equivalent"]) for carrier, its in policy["energy"].items()},
        max_sum=number(policy["occupancy"]["max_sum"]),
        gap_m=float(policy["blocks"]["gap_m"]),
        quantile=number(value["quantile"]),
    )


def read_job():
    """The job named on the command line: PIPELINE.toml OUT."""
    pipeline, out = map(Path, sys.argv[1:])
    text, folder = load(pipeline), pipeline.parent
    if len(text["policy"]) != 1:
        refuse("several policy files")
    out.mkdir(parents=True, exist_ok=True)
    sources = [read_source(folder, entry) for entry in text["source"]]
    for table in ("parcel", "tax", "energy"):
        counties = [source.county for source in sources if source.table == table]
        if None in counties or len(set(counties)) != len(counties):
            refuse(f"{table}: a county field, or several deliveries for one county")
    return Job(out, text["periods"], read_policy(folder / text["policy"][0]), sources)
