//! Writes a small province as a pipeline with its files.
#![expect(clippy::cast_precision_loss, reason = "grid units are far below 2^53")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use serde_json::{Value, json};

use super::balance::cells;
use super::entries::{Entry, Flaw};
use super::small::{COUNTIES, DELIVERED, Firm, Plot, Right, Shape, Small, code};

/// The lattice's south-west corner and step, in 1e-9°: 18.0 m east and 18.0 m north.
pub const ORIGIN: [i64; 2] = [121_498_000_000, 29_900_000_000];
pub const STEP: [i64; 2] = [186_520, 162_380];

/// The coordinate systems in which the counties deliver.
const CRS: [u32; 3] = [4490, 4528, 4529];

/// What a ledger is, beside its rows.
pub struct Ledger {
    pub table: &'static str,
    pub kinds: [&'static str; 3],
    /// How a source of this delivery takes several rows of one key.
    pub duplicates: [&'static str; 3],
}

pub const TAX: Ledger = Ledger {
    table: "tax",
    kinds: ["vat", "income", "deed"],
    duplicates: ["\"sum\"", "\"reject\"", "{ keep = \"highest\", of = \"tax_yuan\" }"],
};

pub const ENERGY: Ledger =
    Ledger { table: "energy", kinds: ["electricity", "raw_coal", "peat"], duplicates: ["\"reject\""; 3] };

/// Its kinds say which measures a row tells.
pub const OUTPUT: Ledger = Ledger {
    table: "output",
    kinds: ["all", "no revenue", "no value added"],
    duplicates: ["\"sum\"", "\"reject\"", "{ keep = \"highest\", of = \"revenue_yuan\" }"],
};

/// Rows of a part, and in which order rows stand in their files; neither decides what is published.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form {
    pub max_rows: Option<u32>,
    pub order: Option<u64>,
}

/// The id of a source.
pub fn source_id(table: &str, county: usize, delivery: usize) -> String {
    format!("{table}-{}-{}", COUNTIES[county], ["a", "b", "c"][delivery])
}

/// Writes all files below `folder`.
pub fn deliver(small: &Small, form: Form, folder: &Path) {
    fs::create_dir_all(folder.join("in")).unwrap();
    let mut pipeline = String::from(
        "format = 1\nname = \"small\"\nstore = \"store\"\nperiods = [\"2023\", \"2024\"]\nas_of = \"2025-01-31\"\n\
         policy = [\"policy.toml\"]\n",
    );
    if let Some(max_rows) = form.max_rows {
        writeln!(pipeline, "parts = {{ max_rows = {max_rows} }}").unwrap();
    }
    fs::write(folder.join("policy.toml"), POLICY).unwrap();
    let mut source = |id: &str, table: &str, file: &str, mapping: &str, more: &str| {
        fs::write(folder.join(format!("{id}.toml")), mapping).unwrap();
        write!(
            pipeline,
            "\n[[source]]\nid = \"{id}\"\ntable = \"{table}\"\npath = \"in/{file}\"\nmapping = \"{id}.toml\"\n{more}"
        )
        .unwrap();
    };
    let write = |file: &str, header: &str, mut lines: Vec<String>| {
        form.arrange(&mut lines);
        lines.insert(0, header.to_owned());
        fs::write(folder.join("in").join(file), lines.join("\n") + "\n").unwrap();
    };

    write("enterprise.csv", "county,uscc,name", small.firms.iter().map(firm_line).collect());
    source("enterprise", "enterprise", "enterprise.csv", ENTERPRISE, "county_field = \"county\"\n");
    write("occupancy.csv", OCCUPANCY_HEADER, small.rights.iter().map(right_line).collect());
    source("occupancy", "occupancy", "occupancy.csv", OCCUPANCY, "county_field = \"county\"\n");
    for county in 0..COUNTIES.len() {
        for delivery in 0..DELIVERED.len() {
            let common = |more: &str| {
                format!("county = \"{}\"\ndelivered = \"{}\"\n{more}", COUNTIES[county], DELIVERED[delivery])
            };
            let plots = small.plots.iter().filter(|plot| (plot.county, plot.delivery) == (county, delivery));
            let mut features: Vec<String> = plots.map(|plot| feature(plot, CRS[county]).to_string()).collect();
            if !features.is_empty() {
                form.arrange(&mut features);
                let (id, crs) = (source_id("parcel", county, delivery), format!("crs = \"EPSG:{}\"\n", CRS[county]));
                let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n"));
                fs::write(folder.join(format!("in/{id}.geojson")), text).unwrap();
                let duplicates = ["\"reject\"", "{ keep = \"highest\", of = \"registered_area_m2\" }"][delivery];
                let mapping = PARCEL.replace("DUPLICATES", duplicates);
                source(&id, "parcel", &format!("{id}.geojson"), &mapping, &common(&crs));
            }
            for (ledger, entries, mapping) in [
                (&TAX, &small.taxes, TAX_MAPPING),
                (&ENERGY, &small.energies, ENERGY_MAPPING),
                (&OUTPUT, &small.outputs, OUTPUT_MAPPING),
            ] {
                let own = entries.iter().filter(|entry| (entry.county, entry.delivery) == (county, delivery));
                let lines: Vec<String> = own.map(|entry| entry_line(ledger, entry)).collect();
                if !lines.is_empty() {
                    let id = source_id(ledger.table, county, delivery);
                    let is_output = ledger.table == OUTPUT.table;
                    let columns = if is_output { "revenue,value_added,rd,staff" } else { "amount" };
                    write(&format!("{id}.csv"), &format!("uscc,period,kind,{columns}"), lines);
                    let mapping = mapping.replace("DUPLICATES", ledger.duplicates[delivery]);
                    source(&id, ledger.table, &format!("{id}.csv"), &mapping, &common(""));
                }
            }
        }
    }
    fs::write(folder.join("pipeline.toml"), pipeline).unwrap();
}

impl Form {
    fn arrange(self, lines: &mut [String]) {
        if let Some(order) = self.order {
            lines.sort_by_cached_key(|line| *blake3::hash(format!("{order}{line}").as_bytes()).as_bytes());
        }
    }
}

fn firm_line(firm: &Firm) -> String {
    format!("{},{},示例{}", COUNTIES[firm.county], firm.flaw.code(&code(firm.number)), firm.number)
}

const OCCUPANCY_HEADER: &str = "county,parcel,uscc,right,basis,amount,lessor";

fn right_line(right: &Right) -> String {
    let extra = if right.flaw == Flaw::Extra { ",?" } else { "" };
    format!(
        "{},{},{},{},{},{},{}{extra}",
        COUNTIES[right.county],
        right.flaw.parcel(&right.parcel),
        right.flaw.code(&code(right.firm)),
        if right.is_owned { "owned" } else { "leased" },
        if right.is_floor { "floor" } else { "land" },
        right.flaw.amount(right.amount.map(|amount| amount.to_string()).unwrap_or_default()),
        right.lessor.map(code).unwrap_or_default(),
    )
}

fn entry_line(ledger: &Ledger, entry: &Entry) -> String {
    let kind = if entry.flaw == Flaw::Kind { "其他" } else { ledger.kinds[entry.kind] };
    let extra = if entry.flaw == Flaw::Extra { ",?" } else { "" };
    let decimal = |thousandths: i64| {
        let sign = if thousandths < 0 { "-" } else { "" };
        format!("{sign}{}.{:03}", thousandths.abs() / 1_000, thousandths.abs() % 1_000)
    };
    let amounts: Vec<String> = cells(ledger, entry)
        .into_iter()
        .enumerate()
        .map(|(at, thousandths)| {
            let amount = thousandths.map(decimal).unwrap_or_default();
            // Of several amounts only the first cannot be read; the others are lost with it.
            if at > 0 && entry.flaw != Flaw::NoAmount { amount } else { entry.flaw.amount(amount) }
        })
        .collect();
    let code = entry.flaw.code(&code(entry.firm));
    format!("{code},{},{kind},{}{extra}", entry.span.text(), amounts.join(","))
}

/// Corners of a rectangle in 1e-9°, from the south-west, counter-clockwise.
pub fn corners([west, south, width, height]: [i64; 4]) -> [[i64; 2]; 4] {
    let corner = |x: i64, y: i64| [ORIGIN[0] + STEP[0] * x, ORIGIN[1] + STEP[1] * y];
    let (east, north) = (west + width, south + height);
    [corner(west, south), corner(east, south), corner(east, north), corner(west, north)]
}

fn feature(plot: &Plot, epsg: u32) -> Value {
    let mut ring = corners(plot.at).to_vec();
    match plot.shape {
        Shape::Twisted => ring.swap(1, 2),
        Shape::Collapsed => ring.iter_mut().for_each(|corner| corner[1] = ORIGIN[1]),
        Shape::Sound | Shape::Unclosed | Shape::Absent => {}
    }
    if plot.shape != Shape::Unclosed {
        ring.push(ring[0]);
    }
    let geometry = match plot.shape {
        Shape::Absent => Value::Null,
        _ => json!({ "type": "Polygon", "coordinates": [places(&ring, epsg)] }),
    };
    let area = |m2: Option<i64>| m2.map(|m2| m2.to_string());
    json!({
        "type": "Feature",
        "properties": {
            "id": plot.id,
            "use": if plot.is_industrial { "1001" } else { "0701" },
            "registered": area(plot.registered),
            "floor": area(plot.floor),
        },
        "geometry": geometry,
    })
}

/// Points in a county's coordinates.
fn places(ring: &[[i64; 2]], epsg: u32) -> Vec<[f64; 2]> {
    let system = |code| {
        let mut system = SpatialRef::from_epsg(code).unwrap();
        system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        system
    };
    let degrees = |units: i64| units as f64 / 1e9;
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = ring.iter().map(|[lon, lat]| (degrees(*lon), degrees(*lat))).unzip();
    if epsg != 4490 {
        let operation = CoordTransform::new(&system(4490), &system(epsg)).unwrap();
        operation.transform_coords(&mut x, &mut y, &mut []).unwrap();
    }
    x.into_iter().zip(y).map(|(x, y)| [x, y]).collect()
}

const PARCEL: &str = r#"format = 1
duplicates = DUPLICATES
[fields]
parcel_id          = { from = "id" }
registered_area_m2 = { from = "registered", unit = "m2" }
floor_area_m2      = { from = "floor", unit = "m2" }
use_code           = { from = "use" }
"#;

const ENTERPRISE: &str = r#"format = 1
[fields]
uscc = { from = "uscc" }
name = { from = "name" }
"#;

const OCCUPANCY: &str = r#"format = 1
[fields]
parcel_id   = { from = "parcel" }
uscc        = { from = "uscc" }
right       = { from = "right" }
basis       = { from = "basis" }
lessor_uscc = { from = "lessor" }
amount_m2   = { from = "amount", unit = "m2" }
"#;

const TAX_MAPPING: &str = r#"format = 1
duplicates = DUPLICATES
[fields]
uscc     = { from = "uscc" }
period   = { from = "period" }
kind     = { from = "kind" }
tax_yuan = { from = "amount", unit = "yuan" }
"#;

const ENERGY_MAPPING: &str = r#"format = 1
duplicates = DUPLICATES
[fields]
uscc     = { from = "uscc" }
period   = { from = "period" }
carrier  = { from = "kind", values = { "electricity" = "electricity", "raw_coal" = "raw_coal", "peat" = "peat" }, otherwise = "reject" }
quantity = { from = "amount", unit_by = { column = "kind", values = { "electricity" = "kwh", "raw_coal" = "t", "peat" = "kg" } } }
"#;

const OUTPUT_MAPPING: &str = r#"format = 1
duplicates = DUPLICATES
[fields]
uscc             = { from = "uscc" }
period           = { from = "period" }
revenue_yuan     = { from = "revenue", unit = "yuan" }
value_added_yuan = { from = "value_added", unit = "yuan" }
rd_yuan          = { from = "rd", unit = "yuan" }
staff            = { from = "staff", unit = "person" }
"#;

/// Rules with fixed figures, so that benchmarks are fixed.
/// The benchmarks and the scores that grades begin at are given, so that nobody's grade hangs on another's figures.
const POLICY: &str = r#"format = 1
id = "small"
illustrative = true
valid_from = 2023-03-15
valid_to = 2028-03-14
land_basis = "registered"
[land]
industrial_codes = ["1001"]
max_area_difference = "0.05"
[tax]
counted_kinds = ["vat", "income"]
[energy.electricity]
unit = "kwh"
calorific = "0.1229"
equivalent = "0.30"
[energy.raw_coal]
unit = "kg"
calorific = "0.7143"
equivalent = "0.7143"
[occupancy]
max_sum = "1.02"
min_share = "0.5"
[blocks]
gap_m = 20
snap_m = "0.002"
[[evaluation]]
id = "all"
label = "工业企业"
when = { column = "land_mu", op = ">", value = 0, unit = "mu" }
cap = 2
floor = 0
[[evaluation.indicator]]
id = "tax"
column = "tax_wan_per_mu"
weight = 50
benchmark = { value = "10", unit = "wan_yuan/mu" }
[[evaluation.indicator]]
id = "revenue"
column = "revenue_wan_per_mu"
weight = 50
benchmark = { value = "100", unit = "wan_yuan/mu" }
[evaluation.grades]
scores = { A = 90, B = 60, C = 20 }
[[rule]]
id = "tax_per_mu_low"
clause = "二(二)"
kind = "low_efficiency"
severity = 2
measure = "改造提升"
when = { all = [
    { column = "is_industrial", op = "=", value = true },
    { column = "tax_wan_per_mu", op = "<", value = 10, unit = "wan_yuan/mu" },
] }
[[rule]]
id = "revenue_per_mu_low"
clause = "二(二)"
kind = "low_efficiency"
severity = 1
measure = "改造提升"
when = { all = [
    { column = "is_industrial", op = "=", value = true },
    { column = "revenue_wan_per_mu", op = "<", value = 4, unit = "wan_yuan/mu" },
] }
[[rule]]
id = "value_added_low"
clause = "二(二)"
kind = "low_efficiency"
severity = 1
measure = "改造提升"
when = { all = [
    { column = "is_industrial", op = "=", value = true },
    { any = [
        { column = "value_added_wan_per_mu", op = "<", value = 1, unit = "wan_yuan/mu" },
        { column = "value_added_wan_per_tce", op = "<", value = 2, unit = "wan_yuan/tce" },
    ] },
] }
"#;
