"""Checks of a published snapshot through other people's readers; see scripts/verify_readers.

A check raises AssertionError with what is wrong; its return value is what it looked at.
"""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import blake3
import duckdb
import geopandas
import jsonschema
import numpy as np
import pandas
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj
import referencing
import referencing.jsonschema
import shapely
from duckdb_extensions import import_extension

FLAT = ("bool", "int32", "int64", "double", "string", "date32[day]")
# As the dictionary writes them.
TYPES = {"utf8": "string", "date32": "date32[day]", "wkb": "binary"}
MU_CM2 = Fraction(20_000_000, 3)
# What is balanced but stays with the enterprise.
STAYS = ("rd_fen", "staff")
BOX = ("xmin", "ymin", "xmax", "ymax")

CHECKS = []


def check(name):
    def add(function):
        CHECKS.append((name, function))
        return function

    return add


class Skipped(Exception):
    """The check cannot be made here."""


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def none_of(problems, message):
    """Fails with the first few of `problems`, if there are any."""
    problems = list(problems)
    expect(not problems, f"{message}: {len(problems):,}, as {'; '.join(map(str, problems[:3]))}")


class Snapshot:
    def __init__(self, folder, schema):
        # Once: `latest` may move on while the checks run.
        self.folder = folder.resolve()
        self.schema = schema
        self.manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        self.dictionary = json.loads((self.folder / "dictionary.json").read_text(encoding="utf-8"))
        self.paths = sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.parquet"))
        self.read = cache(self.read)
        self.geometry = cache(self.geometry)

    def read(self, path):
        # The file by itself: pyarrow's datasets would take a folder of the path for a partition.
        return pq.ParquetFile(self.folder / path).read()

    def rows(self, path, columns=None):
        table = self.read(path)
        return (table.select(columns) if columns else table).to_pylist()

    def geo(self):
        return [path for path in self.paths if path.startswith("geo/")]

    def bi(self):
        return [path for path in self.paths if path.startswith("bi/")]

    def geometry(self, path):
        return shapely.from_wkb(self.read(path)["geometry"].to_pylist())

    def geo_metadata(self, path):
        return json.loads(pq.read_metadata(self.folder / path).metadata[b"geo"])

    def described(self):
        """Path -> the dictionary's entry, for every published table."""
        found = {}
        for entry in self.dictionary["tables"]:
            pattern = re.sub(r"<[a-z_]+>", "[^/]+", entry["path"].replace(".", r"\."))
            for path in self.paths:
                if re.fullmatch(pattern, path):
                    found[path] = entry
        return found


# What is published is what the manifest says.


@check("manifest: sizes and BLAKE3 are true, no file is left out")
def manifest(it):
    listed = {entry["path"]: entry for entry in it.manifest["files"]}
    there = {str(path.relative_to(it.folder)) for path in it.folder.rglob("*") if path.is_file()} - {"manifest.json"}
    expect(there == set(listed), f"listed or there, not both: {sorted(there ^ set(listed))[:3]}")
    for path, entry in listed.items():
        file = it.folder / path
        expect(file.stat().st_size == entry["bytes"], f"{path}: {file.stat().st_size} bytes, not {entry['bytes']}")
        found = blake3.blake3().update_mmap(file).hexdigest() if entry["bytes"] else blake3.blake3(b"").hexdigest()
        expect(found == entry["blake3"], f"{path}: another BLAKE3")
        if path.endswith(".parquet"):
            found = pq.read_metadata(file).num_rows
            expect(found == entry["rows"], f"{path}: {found} rows, not {entry['rows']}")
    return f"{len(listed)} files"


@check("manifest: the snapshot's id is that of its files, and CURRENT's hash that of the manifest")
def identity(it):
    files = sorted(
        [entry["path"], entry["blake3"], entry["rows"]]
        for entry in it.manifest["files"]
        if not entry["path"].startswith(("changes/", "report/"))
    )
    text = json.dumps(files, separators=(",", ":"), ensure_ascii=False)
    found = blake3.blake3(text.encode()).hexdigest()[:16]
    expect(found == it.manifest["snapshot"] == it.folder.name, f"{found}, {it.manifest['snapshot']}, {it.folder.name}")
    current = it.folder.parent.parent / "CURRENT"
    if not current.is_file():
        return found
    current = json.loads(current.read_text(encoding="utf-8"))
    if current["snapshot"] == found:
        bytes_ = (it.folder / "manifest.json").read_bytes()
        expect(current["manifest_blake3"] == blake3.blake3(bytes_).hexdigest(), "CURRENT names another manifest")
    return found


@check("dictionary: tables, columns, types, nullability and labels are the files'")
def dictionary(it):
    described = it.described()
    none_of(sorted(set(it.paths) - set(described)), "not described")
    missing = {entry["path"] for entry in it.dictionary["tables"]} - {entry["path"] for entry in described.values()}
    # A table of shapes has no file where it has no rows to cut by county.
    none_of(sorted(path for path in missing if "<" not in path), "described but not published")
    count = 0
    for path, entry in described.items():
        fields = list(pq.read_schema(it.folder / path))
        if path.startswith("geo/"):
            expect(fields[-1].name == "bbox", f"{path}: the last column is {fields[-1].name}")
        names = [column["name"] for column in entry["columns"]]
        expect([field.name for field in fields] == names, f"{path}: {[field.name for field in fields]}, not {names}")
        for field, column in zip(fields, entry["columns"]):
            where, count = f"{path} {field.name}", count + 1
            kind = str(field.type).replace(" not null", "")
            if pa.types.is_decimal(field.type):
                kind = kind.replace("decimal128(", "decimal(").replace(", ", ",")
            expect(kind == TYPES.get(column["type"], column["type"]), f"{where}: {kind}, not {column['type']}")
            expect(field.nullable == column["nullable"], f"{where}: nullable is {field.nullable}")
            said = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
            for key in ("label", "meaning", "unit"):
                expect(said.get(key, "") == column[key], f"{where}: {key} {said.get(key)!r}, not {column[key]!r}")
            expect(column["label"] and column["meaning"], f"{where}: no label or meaning")
            expect(re.fullmatch(r"[a-z][a-z0-9_]*", field.name), f"{where}: not snake_case")
        expect(set(entry["key"]) <= set(names), f"{path}: the key {entry['key']} is not among the columns")
    return f"{len(described)} files, {count} columns"


@check("bi: only bool, int32, int64, double, decimal(18, ≤ 4), utf8, date32")
def flat(it):
    for path in it.bi():
        for field in pq.read_schema(it.folder / path):
            kind = field.type
            is_decimal = pa.types.is_decimal128(kind) and kind.precision == 18 and 0 <= kind.scale <= 4
            expect(str(kind) in FLAT or is_decimal, f"{path} {field.name}: {kind}")
    return f"{len(it.bi())} tables"


@check("bi: each table is sorted by its key")
def ordered(it):
    for path, entry in it.described().items():
        if path.startswith("bi/"):
            # Code points sort as UTF-8's bytes do.
            keys = list(zip(*(it.read(path)[name].to_pylist() for name in entry["key"])))
            wrong = (pair for pair in zip(keys, keys[1:]) if not pair[0] < pair[1])
            none_of(wrong, f"{path}: out of order or repeated")
    return f"{len(it.bi())} tables"


@check("every table is unique by its key")
def unique(it):
    keys = defaultdict(Counter)
    for path, entry in it.described().items():
        # A table cut into several files is one table.
        keys[entry["path"]].update(zip(*(it.read(path)[name].to_pylist() for name in entry["key"])))
    for path, times in keys.items():
        none_of((key for key, count in times.items() if count > 1), f"{path}: repeated")
    return f"{len(keys)} tables"


# Every reader reads the same.


def same(path, reader, found, table):
    expect(found.num_rows == table.num_rows, f"{path}: {reader} reads {found.num_rows} rows of {table.num_rows}")
    expect(found.column_names == table.column_names, f"{path}: {reader} reads the columns {found.column_names}")
    for name in table.column_names:
        expected = table[name].combine_chunks()
        column = found[name].combine_chunks()
        if column.type != expected.type:
            column = column.cast(expected.type)
        if not column.equals(expected):
            at = next(at for at in range(len(expected)) if column[at] != expected[at])
            raise AssertionError(f"{path} {name}: {reader} reads another value in row {at}")


def each_file(read, reader):
    def run(it):
        values = 0
        for path in it.paths:
            table = it.read(path)
            same(path, reader, read(it.folder / path), table)
            values += table.num_rows * table.num_columns
        return f"{len(it.paths)} files, {values:,} values"

    return run


def read_pandas(path):
    frame = pandas.read_parquet(path, dtype_backend="numpy_nullable", partitioning=None)
    return pa.Table.from_pandas(frame, schema=pq.read_schema(path), preserve_index=False)


def read_polars(path):
    return polars.read_parquet(path, use_pyarrow=False, hive_partitioning=False).to_arrow()


def read_duckdb(path):
    with duckdb.connect() as connection:
        # Shapes as the bytes that are stored; what the spatial extension makes of them is checked below.
        connection.execute("SET enable_geoparquet_conversion = false")
        connection.execute("SET preserve_insertion_order = true")
        return connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).to_arrow_table()


check("pandas reads every row and value as pyarrow does")(each_file(read_pandas, "pandas"))
check("polars reads every row and value as pyarrow does")(each_file(read_polars, "polars"))
check("DuckDB reads every row and value as pyarrow does")(each_file(read_duckdb, "DuckDB"))


@check("no number is NaN or infinite")
def finite(it):
    for path in it.paths:
        for field in pq.read_schema(it.folder / path):
            if pa.types.is_floating(field.type):
                expect(pc.all(pc.is_finite(it.read(path)[field.name])).as_py() is not False, f"{path} {field.name}")
    return f"{len(it.paths)} files"


# Shapes.


@check("geo: metadata keep the GeoParquet schema")
def schema(it):
    if it.schema is None:
        raise Skipped("no schema was given")
    rules = json.loads(it.schema.read_text(encoding="utf-8"))
    abroad = sorted(set(re.findall(r'"\$ref": "(https?://[^"#]+)', json.dumps(rules))))
    local = Path(pyproj.datadir.get_data_dir()) / "projjson.schema.json"
    resources, note = [], "CRS against PROJ's own schema"
    for url in abroad:
        if local.is_file():
            contents = json.loads(local.read_text(encoding="utf-8"))
            # The copy names the version it is; it is asked for by the one the schema was written against.
            contents.pop("$id", None)
        else:
            contents, note = {"type": "object"}, "PROJ's schema is not installed: any object passes as a CRS"
        specification = referencing.jsonschema.DRAFT7
        resources.append((url, referencing.Resource.from_contents(contents, default_specification=specification)))
    registry = referencing.Registry().with_resources(resources)
    validator = jsonschema.Draft7Validator(rules, registry=registry)
    for path in it.geo():
        error = next(validator.iter_errors(it.geo_metadata(path)), None)
        expect(error is None, f"{path}: {error and error.json_path}: {error and error.message[:200]}")
    return f"{len(it.geo())} files; {note}"


@check("geo: geoparquet-io's checks of the specification, covering, compression and order pass")
def validated(it):
    files = sum(path.startswith("geo/parcels/") for path in it.geo())
    program = Path(sys.executable).with_name("gpio")
    for place, told in (("geo/parcels", f"{files} passed ({files} files checked)"), ("geo/blocks.parquet", "checks passed")):
        command = [program, "check", "all", "--all-files", it.folder / place]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        expect(done.returncode == 0 and told in done.stdout, f"{place}: {done.stdout[-300:]}{done.stderr[-300:]}")
    return f"{files + 1} files"


@check("geo: CRS is EPSG:4490 (CGCS2000), longitude first, as GeoPandas and pyproj read it")
def crs(it):
    for path in it.geo():
        found = geopandas.read_parquet(it.folder / path).crs
        expect(found is not None and found.to_epsg() == 4490, f"{path}: {found}")
        expect("2000" in found.name, f"{path}: {found.name}")
        expect(found.equals(pyproj.CRS.from_epsg(4490)), f"{path}: not PROJ's EPSG:4490")
        name = found.name
    return f"{len(it.geo())} files; {name}"


@check("geo: GeoPandas and DuckDB spatial read the stored WKB, byte for byte")
def shapes(it):
    count = 0
    with duckdb.connect() as connection:
        import_extension("spatial", con=connection)
        connection.execute("LOAD spatial")
        for path in it.geo():
            stored = it.read(path)["geometry"].to_pylist()
            frame = geopandas.read_parquet(it.folder / path)
            expect(list(shapely.to_wkb(frame.geometry.array, byte_order=1)) == stored, f"{path}: GeoPandas")
            kind, found = connection.execute(
                "SELECT any_value(typeof(geometry)), list(ST_AsWKB(geometry)) FROM read_parquet(?)",
                [str(it.folder / path)],
            ).fetchone()
            expect(kind is None or kind.startswith("GEOMETRY"), f"{path}: DuckDB takes the shapes for {kind}")
            expect([bytes(shape) for shape in found or []] == stored, f"{path}: DuckDB")
            count += len(stored)
    return f"{count:,} shapes"


@check("geo: every shape is valid by GEOS, not empty, and wound as declared")
def valid(it):
    count = 0
    for path in it.geo():
        found = it.geometry(path)
        none_of(np.flatnonzero(~shapely.is_valid(found)), f"{path}: invalid rows")
        none_of(np.flatnonzero(shapely.is_empty(found)), f"{path}: empty rows")
        parts = shapely.get_parts(found)
        expect(shapely.is_ccw(shapely.get_exterior_ring(parts)).all(), f"{path}: an outer ring is clockwise")
        all_rings = np.concatenate([shapely.get_rings(part)[1:] for part in parts if part.interiors] or [[]])
        expect(not len(all_rings) or not shapely.is_ccw(all_rings).any(), f"{path}: a hole is counterclockwise")
        column = it.geo_metadata(path)["columns"]["geometry"]
        types = sorted(set(geopandas.GeoSeries(found).geom_type))
        expect(sorted(column["geometry_types"]) == types, f"{path}: {types}, declared {column['geometry_types']}")
        expect(column["orientation"] == "counterclockwise", f"{path}: orientation {column['orientation']}")
        count += len(found)
    return f"{count:,} shapes"


@check("geo: bbox covers its shape, tightly; the file's bbox covers all")
def covering(it):
    count = 0
    for path in it.geo():
        column = it.geo_metadata(path)["columns"]["geometry"]
        expect(column["covering"]["bbox"] == {edge: ["bbox", edge] for edge in BOX}, f"{path}: covering")
        found = it.geometry(path)
        if not len(found):
            continue
        edges = shapely.bounds(found)
        box = it.read(path)["bbox"].combine_chunks()
        stored = np.column_stack([box.field(edge).to_numpy().astype(float) for edge in BOX])
        inside = (stored[:, :2] <= edges[:, :2]).all() and (stored[:, 2:] >= edges[:, 2:]).all()
        expect(inside, f"{path}: a shape leaves its box")
        # One step of float32 at 180°.
        expect(np.abs(stored - edges).max() <= 1.6e-5, f"{path}: a box is wider than float32 makes it")
        whole = np.concatenate([edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)])
        expect(np.array_equal(whole, column["bbox"]), f"{path}: the file's bbox is {column['bbox']}, not {whole}")
        count += len(found)
    return f"{count:,} boxes"


@check("geo: area_m2 is the area in PROJ's ellipsoidal equal-area plane")
def areas(it):
    plane = pyproj.CRS("+proj=cea +ellps=GRS80 +lon_0=120")
    onto = pyproj.Transformer.from_crs(4490, plane, always_xy=True)
    count, worst = 0, 0.0
    for path in it.geo():
        table = it.read(path)
        if "area_m2" not in table.column_names or not table.num_rows:
            continue
        found = shapely.area(shapely.transform(it.geometry(path), onto.transform, interleaved=False))
        stored = table["area_m2"].cast(pa.float64()).to_numpy()
        difference = np.abs(found - stored) - 5e-9 * found
        worst = max(worst, float(difference.max()))
        expect(worst <= 2e-4, f"{path}: {worst} m² apart")
        count += len(found)
    return f"{count:,} areas, at most {worst * 1e4:.1f} cm² apart"


# The laws.


@check("law 1, rows: read = accepted + rejected + superseded + out of scope")
def law_rows(it):
    balances = [row for row in it.rows("quality/reconciliation.parquet") if row["measure"] == "rows"]
    expect(balances, "no balance of rows")
    for row in balances:
        parts = row["accepted"] + row["rejected"] + row["superseded"] + row["out_of_scope"]
        expect(row["read"] == parts, f"{row['source_id']} {row['period']}: {row['read']}, not {parts}")
    refused = Counter()
    for row in balances:
        refused[row["source_id"]] += row["rejected"]
    # A row may be refused for several reasons.
    rejects = {(row["source_id"], row["file"], row["row"]) for row in it.rows("quality/rejects.parquet")}
    listed = Counter(source for source, _, _ in rejects)
    for source in sorted(refused.keys() | listed.keys()):
        counts = refused[source], listed[source]
        expect(counts[0] == counts[1], f"{source}: {counts[0]} rejects counted, {counts[1]} listed")
    read = sum(row["read"] for row in balances)
    return f"{len(balances)} balances, {read:,} rows, {sum(refused.values()):,} rejected"


@check("law 2, amounts: read + corrections = all outcomes; accepted = allocated + unallocated, with reasons")
def law_amounts(it):
    balances = [row for row in it.rows("quality/reconciliation.parquet") if row["measure"] != "rows"]
    expect(any(row["measure"] == "fen" for row in balances), "no balance of money")
    for row in balances:
        where = f"{row['source_id']} {row['period']} {row['measure']}"
        parts = row["accepted"] + row["rejected"] + row["superseded"] + row["out_of_scope"]
        expect(row["read"] + row["corrections"] == parts, f"{where}: {row['read']} + {row['corrections']}, not {parts}")
        if row["allocated"] is None and row["unallocated"] is None:
            stays = row["accepted"] == 0 or row["measure"] in STAYS or row["table"] == "emission"
            expect(stays, f"{where}: {row['accepted']} accepted, nothing said of its allocation")
            continue
        parts = (row["allocated"] or 0) + (row["unallocated"] or 0)
        expect(row["accepted"] == parts, f"{where}: {row['accepted']} accepted, {parts} allocated or not")
        reasons = dict(reason.rsplit(":", 1) for reason in (row["unallocated_reasons"] or "").split(",") if reason)
        parts = sum(map(int, reasons.values()))
        expect(parts == (row["unallocated"] or 0), f"{where}: reasons for {parts} of {row['unallocated']}")
    return f"{len(balances)} balances"


def allocated_and_found(it, measure, column):
    """Fen by year: what is balanced as allocated, and what stands with enterprises on parcels."""
    given, found = Counter(), Counter()
    for row in it.rows("quality/reconciliation.parquet"):
        if row["measure"] == measure:
            given[row["period"][:4]] += row["allocated"] or 0
    for row in it.rows("bi/parcel_enterprise.parquet", ["period", column]):
        found[row["period"][:4]] += int((row[column] or Decimal(0)) * 100)
    return given, found


@check("money: no more tax on parcels than was allocated, in any year")
def allocated(it):
    given, found = allocated_and_found(it, "fen", "tax_yuan")
    # Kinds that the policy does not count are allocated too, but stand on no parcel's bill.
    none_of((f"{year}: {found[year]} of {given[year]} fen" for year in found if found[year] > given[year]), "too much")
    return ", ".join(f"{year}: {found[year] / max(given[year], 1):.2%} counted" for year in sorted(found))


@check("money: as much revenue and value added on parcels as was allocated, in every year")
def allocated_output(it):
    for name in ("revenue", "value_added"):
        given, found = allocated_and_found(it, f"{name}_fen", f"{name}_yuan")
        years = given.keys() | found.keys()
        none_of((f"{name} {year}: {found[year]} of {given[year]} fen" for year in years if found[year] != given[year]),
                "another sum")
    return f"{len(years)} years"


@check("money: Σ parcel_enterprise = parcel_yield of tax, revenue and value added, to the fen")
def parcels_money(it):
    return "; ".join(parcels_sum(it, column) for column in ("tax_yuan", "revenue_yuan", "value_added_yuan"))


def parcels_sum(it, column):
    shares, unknown = Counter(), set()
    for row in it.rows("bi/parcel_enterprise.parquet", ["parcel_id", "period", column]):
        key = (row["parcel_id"], row["period"])
        if row[column] is None:
            unknown.add(key)
        else:
            shares[key] += row[column]
    total, count = Decimal(0), 0
    rows = {
        (row["parcel_id"], row["period"]): row[column]
        for row in it.rows("bi/parcel_yield.parquet", ["parcel_id", "period", column])
    }
    none_of(sorted((shares.keys() | unknown) - rows.keys()), "shares of a parcel that has no yield")
    for key, amount in rows.items():
        if amount is None:
            expect(key not in shares, f"{key} {column}: null, but its enterprises have {shares.get(key)}")
        else:
            expect(shares[key] == amount, f"{key} {column}: {amount}, its enterprises have {shares[key]}")
            total, count = total + amount, count + 1
    return f"{column} of {count:,} parcels and years, {total:,}"


def is_mu_of(row, name):
    """Whether NAME_mu is NAME_cm2 in mu, to the precision of a double."""
    count = row[f"{name}_cm2"]
    return abs(Fraction(row[f"{name}_mu"]) * MU_CM2 - count) <= Fraction(abs(count), 10**14)


@check("law 3, land: no parcel in two blocks; members add up to their block exactly")
def law_land(it):
    blocks = {row["block_id"]: row for row in it.rows("bi/block.parquet")}
    members = it.rows("bi/block_member.parquet")
    none_of((key for key, times in Counter(row["parcel_id"] for row in members).items() if times > 1), "in two blocks")
    by_block = defaultdict(list)
    for row in members:
        by_block[row["block_id"]].append(row)
        for name in ("area", "basis"):
            expect(is_mu_of(row, name), f"{row['parcel_id']}: {name}_mu is not {name}_cm2")
    none_of(sorted(by_block.keys() ^ blocks.keys()), "blocks without members, or the other way")
    for key, block in blocks.items():
        own = by_block[key]
        area, basis = sum(row["area_cm2"] for row in own), sum(row["basis_cm2"] for row in own)
        expect(block["parcels"] == len(own), f"{key}: {block['parcels']} parcels, {len(own)} members")
        targets = sum(row["role"] == "target" for row in own)
        expect(block["targets"] == targets, f"{key}: {block['targets']} targets, {targets} members are")
        expect(block["member_cm2"] == area, f"{key}: member_cm2 {block['member_cm2']}, members {area}")
        expect(block["basis_cm2"] == basis, f"{key}: basis_cm2 {block['basis_cm2']}, members {basis}")
        apart = abs(block["outline_cm2"] - (area - block["overlap_cm2"]))
        expect(apart <= 1e-9 * area + len(own), f"{key}: outline is {apart} cm² from members less overlap")
        for name in ("member", "overlap", "outline", "basis"):
            expect(is_mu_of(block, name), f"{key}: {name}_mu is not {name}_cm2")
    cards = {row["parcel_id"]: row["block_id"] for row in it.rows("bi/parcel_card.parquet", ["parcel_id", "block_id"])}
    inside = {row["parcel_id"]: row["block_id"] for row in members}
    expect({key: block for key, block in cards.items() if block} == inside, "parcel_card names other blocks")
    return f"{len(blocks):,} blocks, {len(members):,} members"


@check("blocks: the published outline has the block's area, but for snapping")
def outlines(it):
    if "geo/blocks.parquet" not in it.paths:
        raise Skipped("no blocks are published")
    plane = pyproj.CRS("+proj=cea +ellps=GRS80 +lon_0=120")
    onto = pyproj.Transformer.from_crs(4490, plane, always_xy=True)
    blocks = {row["block_id"]: row for row in it.rows("bi/block.parquet", ["block_id", "outline_cm2"])}
    keys = it.read("geo/blocks.parquet")["block_id"].to_pylist()
    expect(set(keys) == set(blocks), "geo/blocks and bi/block hold other blocks")
    if not keys:
        return "none"
    flat_ = shapely.transform(it.geometry("geo/blocks.parquet"), onto.transform, interleaved=False)
    worst = 0.0
    for key, area, length in zip(keys, shapely.area(flat_), shapely.length(flat_)):
        # 2 mm along the whole outline, doubled since the plane stretches lengths.
        apart = abs(area - blocks[key]["outline_cm2"] / 1e4)
        worst = max(worst, apart)
        expect(apart <= 0.004 * length + 1e-9 * area, f"{key}: {apart} m² apart")
    return f"{len(keys):,} outlines, at most {worst:.4f} m² apart"


@check("zones: parcel and zone share what GEOS finds in the equal-area plane, and no pair is missing")
def zones(it):
    if "bi/parcel_zone.parquet" not in it.paths:
        raise Skipped("no source delivers zones")
    onto = pyproj.Transformer.from_crs(4490, pyproj.CRS("+proj=cea +ellps=GRS80 +lon_0=120"), always_xy=True)

    def flat(path):
        # Straight edges between degrees bend in the plane: parts that touched may overlap there, by some mm.
        shapes = shapely.transform(it.geometry(path), onto.transform, interleaved=False)
        return shapely.make_valid(shapes, method="structure", keep_collapsed=False)

    zones, zone_ids = flat("geo/zones.parquet"), it.read("geo/zones.parquet")["zone_id"].to_pylist()
    tree = shapely.STRtree(zones)
    told = {
        (row["parcel_id"], row["zone_id"]): float(row["overlap_m2"])
        for row in it.rows("bi/parcel_zone.parquet", ["parcel_id", "zone_id", "overlap_m2"])
    }
    worst, count = 0.0, len(told)
    for path in (path for path in it.geo() if path.startswith("geo/parcels/")):
        parcels, rows = flat(path), it.rows(path, ["parcel_id", "layer"])
        for at, zone in zip(*tree.query(parcels)):
            if rows[at]["layer"] == "surface":
                key = (rows[at]["parcel_id"], zone_ids[zone])
                apart = abs(shapely.area(shapely.intersection(parcels[at], zones[zone])) - told.pop(key, 0.0))
                expect(apart <= 2e-4 + 5e-6 * shapely.length(parcels[at]), f"{key}: {apart} m² apart")
                worst = max(worst, apart)
    none_of(sorted(told), "pairs that do not meet")
    return f"{count:,} pairs, at most {worst:.5f} m² apart"


@check("findings: a parcel is low exactly where a low_efficiency rule holds")
def findings(it):
    latest = it.manifest["periods"][-1]
    held = {
        row["parcel_id"]
        for row in it.rows("bi/parcel_finding.parquet", ["parcel_id", "period", "kind"])
        if row["period"] == latest and row["kind"] == "low_efficiency"
    }
    rows = it.rows("bi/parcel_card.parquet", ["parcel_id", "is_industrial", "judgement", "is_low_efficiency_computed"])
    low = {row["parcel_id"] for row in rows if row["judgement"] == "low"}
    none_of(sorted(low ^ held), "low or found, not both")
    for row in rows:
        word = {"low": True, "not_low": False}.get(row["judgement"])
        expect(row["is_low_efficiency_computed"] is word, f"{row['parcel_id']}: {row['judgement']}")
        expect(row["judgement"] is None or row["is_industrial"], f"{row['parcel_id']}: judged off industrial land")
    return f"{len(low):,} of {len(rows):,} parcels"


@check("summaries: counties add up to cities and the province, and to the cards")
def summaries(it):
    latest = it.manifest["periods"][-1]
    rows = it.rows("bi/division_summary.parquet")
    counts = ("parcels", "industrial_parcels", "judged", "not_judged", "low")
    for period in sorted({row["period"] for row in rows}):
        levels = defaultdict(list)
        for row in rows:
            if row["period"] == period:
                levels[row["level"]].append(row)
        for level in ("city", "province"):
            for whole in levels[level]:
                parts = [row for row in levels["county"] if row["division_code"].startswith(whole["division_code"])]
                for name in (*counts, "tax_yuan"):
                    found, where = sum(row[name] or 0 for row in parts), f"{whole['division_code']} {period} {name}"
                    expect(found == (whole[name] or 0), f"{where}: {whole[name]}, not {found}")
        for row in levels["county"]:
            together = row["judged"] + row["not_judged"]
            expect(together == row["industrial_parcels"], f"{row['division_code']}: {together} judged or not")
    cards = defaultdict(Counter)
    for row in it.rows("bi/parcel_card.parquet", ["county_code", "judgement"]):
        cards[row["county_code"]].update(["parcels", row["judgement"] or "none"])
    for row in rows:
        if row["level"] == "county" and row["period"] == latest:
            own = cards.pop(row["division_code"], Counter())
            told = {"parcels": row["parcels"], "low": row["low"], "not_judged": row["not_judged"]}
            for name, count in told.items():
                expect(own[name] == count, f"{row['division_code']} {name}: {count}, but {own[name]} cards")
    none_of(sorted(cards), "counties with cards and no summary")
    return f"{len(rows)} rows"


def levels(county):
    return county[:2], county[:4], county


def fen(yuan):
    return int(yuan * 100)


def cm2(mu):
    return round(Fraction(mu) * MU_CM2)


def same_double(found, expected, where):
    """Whether a published double is that exact ratio, to a few steps; none is null."""
    if expected is None or found is None:
        expect(found is None and expected is None, f"{where}: {found}, not {expected and float(expected)}")
    else:
        expect(abs(Fraction(found) - expected) <= abs(expected) / 10**14, f"{where}: {found}, not {float(expected)}")


def nearest_rank(values, tenths, least):
    """Where as many as `least` lie on either side of it, itself counted."""
    rank = -(-tenths * len(values) // 10)
    is_told = rank >= max(least, 1) and len(values) - rank + 1 >= least
    return sorted(values)[rank - 1] if is_told else None


def per_mu(above, below):
    """万元/亩 of fen and cm², tonnes/亩 of grams."""
    return Fraction(above * 20, below * 3) if below else None


@check("summaries: value added and energy of divisions are what their parcels have, divided once")
def division_amounts(it):
    names = ("value_added_land", "value_added", "energy_land", "energy", "both_value_added", "both_energy")
    sums = defaultdict(Counter)
    industrial = {(row["parcel_id"], row["period"]) for row in it.rows("bi/parcel_rule_status.parquet")}
    for row in it.rows("bi/parcel_yield.parquet"):
        if not row["is_industrial"] or (row["parcel_id"], row["period"]) not in industrial:
            continue
        land, is_made = row["land_cm2"], row["value_added_completeness"] == "complete"
        is_used = row["energy_completeness"] == "complete"
        made = fen(row["value_added_yuan"]) if is_made else 0
        used = row["energy_equivalent_g"] if is_used else 0
        is_both = is_made and used > 0
        terms = land * is_made, made, land * is_used, used, made * is_both, used * is_both
        for code in levels(row["county_code"]):
            sums[code, row["period"]].update(dict(zip(names, terms)))
    rows = it.rows("bi/division_summary.parquet")
    for row in rows:
        own, where = sums[row["division_code"], row["period"]], f"{row['division_code']} {row['period']}"
        for name in ("value_added", "energy"):
            found = cm2(row[f"{name}_land_mu"])
            expect(found == own[f"{name}_land"], f"{where}: {name}_land_mu is {found} cm², not {own[f'{name}_land']}")
        amounts = fen(row["rated_value_added_yuan"]), fen(row["energy_value_added_yuan"])
        expect(amounts == (own["value_added"], own["both_value_added"]), f"{where}: {amounts} fen")
        tonnes = [round(row[name] * 1e6) for name in ("rated_energy_tce", "value_added_energy_tce")]
        expect(tonnes == [own["energy"], own["both_energy"]], f"{where}: {tonnes} g")
        per_tce = Fraction(own["both_value_added"], own["both_energy"]) if own["both_energy"] else None
        same_double(row["value_added_wan_per_mu"], per_mu(own["value_added"], own["value_added_land"]), where)
        same_double(row["energy_tce_per_mu"], per_mu(own["energy"], own["energy_land"]), where)
        same_double(row["value_added_wan_per_tce"], per_tce, where)
    return f"{len(rows)} rows"


class Enterprises:
    """What evaluations tell of a division's enterprises."""

    def __init__(self):
        self.counts, self.taxes = Counter(), []

    def add(self, row):
        standing = row["standing"]
        name = standing if standing in ("ranked", "excluded", "group_none") else "not_judged"
        land = cm2(row["land_mu"])
        terms = {"enterprises": 1, name: 1, "land": land, "evaluated": int(standing != "group_none")}
        if row["grade"]:
            terms |= {f"grade_{row['grade'].lower()}": 1, f"grade_{row['grade'].lower()}_mu": land}
        self.counts.update(terms)
        if row["tax_completeness"] == "complete" and not row["is_land_doubtful"] and land > 0:
            self.taxes.append((fen(row["tax_yuan"]), land))

    def check(self, row, where, names):
        """Counts, grades and land, and the deciles of tax per mu."""
        for name, own in names["counts"].items():
            expect(row[name] == self.counts[own], f"{where} {name}: {row[name]}, not {self.counts[own]}")
        for name, own in names["land"].items():
            expect(cm2(row[name]) == self.counts[own], f"{where} {name}: {row[name]}, not {self.counts[own]} cm²")
        expect(row[names["n"]] == len(self.taxes), f"{where}: {row[names['n']]} rated, not {len(self.taxes)}")

    def check_deciles(self, row, where, prefix, least):
        values = [per_mu(*one) for one in self.taxes]
        for tenths in range(1, 10):
            name = f"{prefix}tax_wan_per_mu_p{tenths}0"
            same_double(row[name], nearest_rank(values, tenths, least), f"{where} {name}")


GRADES = {f"grade_{grade}": f"grade_{grade}" for grade in "abcdt"}
GRADES_MU = {f"grade_{grade}_mu": f"grade_{grade}_mu" for grade in "abcdt"}


@check("summaries: enterprises, grades, land and tax per mu of divisions and industries are those of the evaluations")
def enterprises(it):
    least = it.manifest["min_enterprises"]
    industries = {row["uscc"]: row["industry_code"] for row in it.rows("bi/enterprise.parquet")}
    by_code = {row["industry_code"]: row["industry_division"] for row in it.rows("bi/dim_industry.parquet")}
    by_division, by_industry = defaultdict(Enterprises), defaultdict(Enterprises)
    for row in it.rows("bi/enterprise_evaluation.parquet"):
        if row["standing"] == "member":
            continue  # Its head's row has the sums.
        industry = by_code.get(industries.get(row["uscc"])) or "unknown"
        for code in levels(row["county_code"]):
            by_division[code, row["period"]].add(row)
            by_industry[code, industry, row["period"]].add(row)
    names = {
        "counts": {"enterprises": "enterprises", "evaluated": "evaluated", "ranked": "ranked",
                   "not_judged_enterprises": "not_judged", "excluded": "excluded"} | GRADES,
        "land": {"enterprise_mu": "land"} | GRADES_MU,
        "n": "enterprise_tax_n",
    }
    for row in it.rows("bi/division_summary.parquet"):
        key = row["division_code"], row["period"]
        if row["enterprises"] is None:
            expect(key not in by_division, f"{key}: evaluated, and nothing told")
            continue
        by_division[key].check(row, key, names)
        by_division[key].check_deciles(row, key, "enterprise_", least)
    names = {
        "counts": {name: name for name in ("enterprises", "evaluated", "ranked", "not_judged", "excluded")} | GRADES,
        "land": {"land_mu": "land"} | GRADES_MU,
        "n": "tax_n",
    }
    rows = it.rows("bi/industry_summary.parquet")
    told = {(row["division_code"], row["industry_code"], row["period"]) for row in rows}
    none_of(sorted(by_industry.keys() - told), "evaluated, and no row")
    hidden = 0
    for row in rows:
        key = row["division_code"], row["industry_code"], row["period"]
        own = by_industry[key]
        own.check(row, key, names)
        if row["rated_tax_yuan"] is None:
            hidden += row["tax_n"] > 0
            expect(all(row[f"tax_wan_per_mu_p{tenths}0"] is None for tenths in range(1, 10)), f"{key}: deciles")
            continue
        expect(row["tax_n"] >= least, f"{key}: told of {row['tax_n']} enterprises")
        tax, land = (sum(one) for one in zip(*own.taxes))
        expect(fen(row["rated_tax_yuan"]) == tax, f"{key}: {row['rated_tax_yuan']} yuan, not {tax} fen")
        expect(cm2(row["tax_land_mu"]) == land, f"{key}: {row['tax_land_mu']} mu, not {land} cm²")
        same_double(row["tax_wan_per_mu"], per_mu(tax, land), key)
        own.check_deciles(row, key, "", least)
    return f"{len(rows)} industries, the tax of {hidden} withheld"


@check("summaries: what an industry's divisions leave over of the one above is about enough enterprises, or nothing")
def withheld(it):
    least = it.manifest["min_enterprises"]
    rows = {(row["division_code"], row["industry_code"], row["period"]): row
            for row in it.rows("bi/industry_summary.parquet")}
    measures = {"tax": "rated_tax_yuan", "revenue": "rated_revenue_yuan", "value_added": "rated_value_added_yuan",
                "energy": "energy_value_added_yuan", "emission": "emission_value_added_yuan", "rd": "rated_rd_yuan",
                "staff": "staff_value_added_yuan"}
    parts = defaultdict(list)
    for (code, industry, period), row in rows.items():
        parts[code[:-2], industry, period].append(row)
        is_hidden = any(row[f"{name}_n"] and row[amount] is None for name, amount in measures.items())
        expect(row["is_suppressed"] == is_hidden, f"{code} {industry} {period}: is_suppressed")
    for key, row in rows.items():
        for name, amount in measures.items():
            if len(key[0]) == 6:
                continue
            own = parts[key]
            expect(row[f"{name}_n"] == sum(part[f"{name}_n"] for part in own), f"{key} {name}_n: not the parts' sum")
            told = [part[amount] for part in own if part[amount] is not None]
            rest = sum(part[f"{name}_n"] for part in own if part[amount] is None)
            if row[amount] is None:
                expect(not told, f"{key} {name}: a part is told and the whole is not")
            elif rest == 0:
                expect(sum(told) == row[amount], f"{key} {amount}: {row[amount]}, not {sum(told)}")
            else:
                expect(rest >= least, f"{key} {amount}: the difference is about {rest} enterprises")
    return f"{len(rows)} rows, {sum(row['is_suppressed'] for row in rows.values())} withhold something"


def main(folder, schema=None):
    it = Snapshot(Path(folder), Path(schema) if schema else None)
    print(f"snapshot {it.manifest['snapshot']} of {it.manifest['pipeline']}, {len(it.paths)} tables; "
          f"duckdb {duckdb.__version__}, polars {polars.__version__}, pandas {pandas.__version__}, "
          f"pyarrow {pa.__version__}, geopandas {geopandas.__version__}, GEOS {shapely.geos_version_string}")
    outcomes = Counter()
    for name, function in CHECKS:
        try:
            outcome, detail = "passed", function(it)
        except Skipped as reason:
            outcome, detail = "skipped", reason
        except AssertionError as problem:
            outcome, detail = "FAILED", problem
        except Exception as error:  # A reader that cannot read is a failed check, not the end of the others.
            outcome, detail = "FAILED", f"{type(error).__name__}: {error}"
        outcomes[outcome] += 1
        print(f"{outcome:<8}{name}\n        {detail}", flush=True)
    skipped = f", {outcomes['skipped']} skipped" if outcomes["skipped"] else ""
    print(f"{outcomes['passed']} passed, {outcomes['FAILED']} failed{skipped}")
    return 1 if outcomes["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
