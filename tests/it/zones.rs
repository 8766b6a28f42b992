//! Zones in two formats and from two counties over three parcels: figures by hand.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Float64Type;

use crate::province::{Snapshot, decimals, mujun, texts, told};
use crate::scratch::Scratch;

const PIPELINE: &str = r#"format = 1
name = "zones"
store = "store"
periods = ["2023", "2024"]
as_of = "2025-01-31"
policy = ["zhejiang.toml"]
parts = { max_rows = 100 }

[[source]]
id = "parcel"
table = "parcel"
path = "parcel.geojson"
mapping = "parcel.toml"
county = "330106"
[[source]]
id = "enterprise"
table = "enterprise"
path = "enterprise.csv"
mapping = "enterprise.toml"
county = "330106"
[[source]]
id = "occupancy"
table = "occupancy"
path = "occupancy.csv"
mapping = "occupancy.toml"
county = "330106"
[[source]]
id = "tax"
table = "tax"
path = "tax.csv"
mapping = "tax.toml"
county = "330106"
"#;

const SOURCES: &str = r#"
[[source]]
id = "plan"
table = "zone"
path = "plan.geojson"
mapping = "plan.toml"
county = "330106"
[[source]]
id = "lines"
table = "zone"
path = "lines.gpkg"
mapping = "lines.toml"
county = "330106"
[[source]]
id = "platform"
table = "zone"
path = "platform.geojson"
mapping = "lines.toml"
county_field = "XZQDM"
"#;

/// Land of one parcel: 0.002° by 0.001° from 30.25° N, ΔL times the zone between the parallels, 21338.3652 m².
const AREA_CM2: i128 = 213_383_652;

/// A point in thousandths of a degree.
fn corner((x, y): (f64, f64)) -> String {
    format!("[{:.6},{:.6}]", 120.1 + x / 1e3, 30.25 + y / 1e3)
}

fn feature(properties: &str, shape: &str, rings: &[&[(f64, f64)]]) -> String {
    let rings: Vec<String> =
        rings.iter().map(|ring| ring.iter().copied().map(corner).collect::<Vec<_>>().join(",")).collect();
    let coordinates = match shape {
        "Polygon" => format!("[[{}]]", rings.join("],[")),
        _ => format!("[{}]", rings.join(",")),
    };
    format!(
        r#"{{"type":"Feature","properties":{{{properties}}},"geometry":{{"type":"{shape}","coordinates":{coordinates}}}}}"#
    )
}

/// A rectangle from south-west to north-east.
pub fn rect(properties: &str, [west, south, east, north]: [f64; 4]) -> String {
    feature(properties, "Polygon", &[&[(west, south), (east, south), (east, north), (west, north), (west, south)]])
}

pub fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

/// Three parcels of two by one thousandth of a degree, the first two side by side, the third apart.
pub fn small() -> Scratch {
    let folder = Scratch::new();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("pipeline.toml", PIPELINE);
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/policy/zhejiang.toml");
    fs::copy(policy, folder.path().join("zhejiang.toml")).unwrap();
    let parcels = [(1, 0.0), (2, 2.0), (3, 10.0)].map(|(number, west)| {
        rect(&format!(r#""id":"330106001001GB0000{number}","use":"1001""#), [west, 0.0, west + 2.0, 1.0])
    });
    write("parcel.geojson", &collection(&parcels));
    write("parcel.toml", "format = 1\n[fields]\nparcel_id = { from = \"id\" }\nuse_code = { from = \"use\" }\n");
    write("enterprise.csv", "uscc\n91330106MAH9QPYM2R\n");
    write("enterprise.toml", "format = 1\n[fields]\nuscc = { from = \"uscc\" }\n");
    write("occupancy.csv", "parcel,uscc\n330106001001GB00001,91330106MAH9QPYM2R\n");
    let rights = "right = { const = \"owned\" }\nbasis = { const = \"land\" }\n";
    let keys = "format = 1\n[fields]\nparcel_id = { from = \"parcel\" }\nuscc = { from = \"uscc\" }\n";
    write("occupancy.toml", &format!("{keys}{rights}"));
    write("tax.csv", "uscc,period,tax\n91330106MAH9QPYM2R,2024,1000\n");
    write(
        "tax.toml",
        "format = 1\n[fields]\nuscc = { from = \"uscc\" }\nperiod = { from = \"period\" }\nkind = { const = \"vat\" }\ntax_yuan = { from = \"tax\", unit = \"yuan\" }\n",
    );
    folder
}

/// Adds the zones.
fn deliver(folder: &Scratch) {
    let path = |name: &str| folder.path().join(name);
    fs::write(path("pipeline.toml"), format!("{PIPELINE}{SOURCES}")).unwrap();
    let plan = [
        rect(r#""BH":"1","YT":"1001""#, [-1.0, -1.0, 2.5, 2.0]),
        rect(r#""BH":"2","YT":"0701""#, [2.5, -1.0, 5.0, 2.0]),
        // Two that differ and carry one number.
        rect(r#""BH":"3","YT":"0701""#, [20.0, 0.0, 21.0, 1.0]),
        rect(r#""BH":"3","YT":"1001""#, [20.0, 0.0, 21.0, 1.0]),
    ];
    fs::write(path("plan.geojson"), collection(&plan)).unwrap();
    fs::write(
        path("plan.toml"),
        "format = 1\n[fields]\nzone_id = { from = \"BH\" }\nkind = { const = \"plan_use\" }\nclass = { from = \"YT\" }\n",
    )
    .unwrap();
    let lines = [
        rect(r#""BH":"1","LB":"小微企业园","MC":"园","JC":"2021-05-01""#, [10.5, 0.25, 11.0, 0.75]),
        // A bow-tie, of which the eastern half lies in the third parcel.
        feature(
            r#""BH":"1","LB":"永久基本农田""#,
            "Polygon",
            &[&[(9.0, 0.0), (11.0, 1.0), (11.0, 0.0), (9.0, 1.0), (9.0, 0.0)]],
        ),
        feature(r#""BH":"1","LB":"工业控制线""#, "LineString", &[&[(0.0, 0.0), (1.0, 1.0)]]),
        rect(r#""BH":"2","LB":"工业控制线","ZZ":"2023-06-30""#, [-1.0, -1.0, 20.0, 2.0]),
        rect(r#""BH":"1","LB":"道路""#, [1.9, -1.0, 2.1, 2.0]),
        rect(r#""BH":"1","LB":"城镇开发边界""#, [10.0, 0.0, 11.5, 1.0]),
        rect(r#""BH":"2","LB":"城镇开发边界""#, [10.0, 0.0, 12.0, 1.0]),
        rect(r#""BH":"4","LB":"城镇开发边界""#, [0.0, 0.0, 2.0, 1.0]),
        rect(r#""BH":"3","LB":"城镇开发边界""#, [0.0, 0.0, 2.0, 1.0]),
    ];
    fs::write(path("lines.geojson"), collection(&lines)).unwrap();
    let made = Command::new("ogr2ogr")
        .args(["-f", "GPKG", "-nlt", "GEOMETRY"])
        .args([path("lines.gpkg"), path("lines.geojson")])
        .status()
        .unwrap();
    assert!(made.success());
    let platforms = [
        rect(r#""XZQDM":"330106","BH":"1","LB":"平台","DJ":"开发区""#, [-1.0, -1.0, 5.0, 2.0]),
        rect(r#""XZQDM":"330106","BH":"2","LB":"平台","DJ":"高新区""#, [0.5, 0.0, 2.0, 1.0]),
        rect(
            r#""XZQDM":"330108","BH":"1","LB":"平台","DJ":"特色小镇","MC":"","JC":"","ZZ":"""#,
            [10.5, 0.0, 13.0, 1.0],
        ),
    ];
    fs::write(path("platform.geojson"), collection(&platforms)).unwrap();
    let mapping = r#"format = 1
[fields]
zone_id  = { from = "BH" }
kind     = { from = "LB", values = { "小微企业园" = "micro_park", "永久基本农田" = "farmland", "工业控制线" = "control_line", "道路" = "barrier", "城镇开发边界" = "urban_boundary", "平台" = "platform" } }
name     = { from = "MC" }
built    = { from = "JC" }
valid_to = { from = "ZZ" }
"#;
    fs::write(path("lines.toml"), mapping).unwrap();
    let platform = format!("{mapping}class    = {{ from = \"DJ\" }}\n");
    fs::write(path("platform.toml"), platform).unwrap();
    let pipeline = fs::read_to_string(path("pipeline.toml")).unwrap();
    let (head, tail) = pipeline.split_once("id = \"platform\"").unwrap();
    let tail = tail.replace("lines.toml", "platform.toml");
    fs::write(path("pipeline.toml"), format!("{head}id = \"platform\"{tail}")).unwrap();
}

pub fn run(folder: &Scratch, store: &str) -> Snapshot {
    let store = folder.path().join(store);
    let output =
        mujun().arg("run").arg(folder.path().join("pipeline.toml")).arg("--store").arg(&store).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let current: serde_json::Value = serde_json::from_str(&fs::read_to_string(store.join("CURRENT")).unwrap()).unwrap();
    let id = current["snapshot"].as_str().unwrap().to_owned();
    Snapshot { folder: store.join("snapshots").join(&id), id }
}

#[test]
fn parcels_are_counted_to_the_zones_they_lie_in() {
    let folder = small();
    let without = run(&folder, "without");
    for path in ["geo/zones.parquet", "bi/parcel_zone.parquet", "lineage/zone.parquet"] {
        assert!(!without.folder.join(path).exists(), "{path} without a source of zones");
    }
    deliver(&folder);
    let snapshot = run(&folder, "store");

    let shared = snapshot.table("bi/parcel_zone.parquet");
    let (parcels, zones) = (texts(&shared, "parcel_id"), texts(&shared, "zone_id"));
    let column = |name: &str| shared.column_by_name(name).unwrap().as_primitive::<Float64Type>().values().to_vec();
    let (of_parcel, of_zone) = (column("parcel_share"), column("zone_share"));
    let assigned = shared.column_by_name("is_assigned").unwrap().as_boolean();
    let assigned: Vec<Option<bool>> = assigned.iter().collect();
    let (yes, no) = (Some(true), Some(false));
    let expected = [
        ("1", "330106:barrier:1", 0.05, 0.1 / 0.6, None),
        // Both platforms hold most of it: the higher rank goes first.
        ("1", "330106:plan_use:1", 1.0, 2.0 / 10.5, yes),
        ("1", "330106:platform:1", 1.0, 2.0 / 18.0, no),
        ("1", "330106:platform:2", 0.75, 1.0, yes),
        // As much in both: the first id.
        ("1", "330106:urban_boundary:3", 1.0, 1.0, yes),
        ("1", "330106:urban_boundary:4", 1.0, 1.0, no),
        ("2", "330106:barrier:1", 0.05, 0.1 / 0.6, None),
        ("2", "330106:plan_use:1", 0.25, 0.5 / 10.5, no),
        ("2", "330106:plan_use:2", 0.75, 1.5 / 7.5, yes),
        ("2", "330106:platform:1", 1.0, 2.0 / 18.0, yes),
        // The eastern half of the bow-tie.
        ("3", "330106:farmland:1", 0.25, 0.5, no),
        // An eighth of the parcel, but all of the park.
        ("3", "330106:micro_park:1", 0.125, 1.0, yes),
        // Most land.
        ("3", "330106:urban_boundary:1", 0.75, 1.0, no),
        ("3", "330106:urban_boundary:2", 1.0, 1.0, yes),
        // From another county's row.
        ("3", "330108:platform:1", 0.75, 1.5 / 2.5, yes),
    ];
    let expected = expected.map(|(parcel, zone, of_parcel, of_zone, is_assigned)| {
        (format!("330106001001GB0000{parcel}"), zone.to_owned(), of_parcel, of_zone, is_assigned)
    });
    assert_eq!(parcels.len(), expected.len(), "{zones:?}");
    for (at, (parcel, zone, parcel_share, zone_share, is_assigned)) in expected.iter().enumerate() {
        assert_eq!((&parcels[at], &zones[at], assigned[at]), (parcel, zone, *is_assigned));
        assert!((of_parcel[at] - parcel_share).abs() < 1e-6, "{zone}: {} {parcel_share}", of_parcel[at]);
        // Of two strips of like width the southern one is a little larger.
        assert!((of_zone[at] - zone_share).abs() < 2e-5, "{zone}: {} {zone_share}", of_zone[at]);
    }
    let land = decimals(&shared, "overlap_m2");
    assert_eq!(land[1], Some(AREA_CM2));
    assert!((land[3].unwrap() - AREA_CM2 * 3 / 4).abs() <= 1);

    let scene = snapshot.table("geo/zones.parquet");
    let kinds: BTreeMap<String, String> = texts(&scene, "zone_id").into_iter().zip(texts(&scene, "class")).collect();
    assert_eq!(kinds.len(), 12, "the line that ended in 2023 is left out: {kinds:?}");
    assert_eq!(kinds["330106:platform:2"], "高新区");
    assert_eq!(scene.column_by_name("built").unwrap().null_count(), 11);

    let rejects = snapshot.table("quality/rejects.parquet");
    let told: Vec<(String, String)> = texts(&rejects, "source_id").into_iter().zip(texts(&rejects, "code")).collect();
    let of = |source: &str, code: &str| told.iter().filter(|it| it.0 == source && it.1 == code).count();
    assert_eq!((of("plan", "duplicate_key"), of("lines", "geometry_not_polygon"), told.len()), (2, 1, 3), "{told:?}");
    let issues = snapshot.table("quality/issues.parquet");
    let told = texts(&issues, "table").into_iter().zip(texts(&issues, "code")).zip(texts(&issues, "id"));
    let told: Vec<(String, String)> =
        told.filter(|((table, _), _)| table == "zone").map(|((_, code), id)| (code, id)).collect();
    assert_eq!(
        told,
        [
            ("geometry_repaired", "330106:farmland:1"),
            ("zones_overlap", "330106:platform:1"),
            ("zones_overlap", "330106:platform:2"),
        ]
        .map(|(code, id)| (code.to_owned(), id.to_owned()))
    );
    assert_eq!(snapshot.table("lineage/zone.parquet").num_rows(), 13);

    // However parts are cut.
    let pipeline = fs::read_to_string(folder.path().join("pipeline.toml")).unwrap();
    fs::write(folder.path().join("pipeline.toml"), pipeline.replace("max_rows = 100", "max_rows = 1")).unwrap();
    assert_eq!(run(&folder, "cut").files(), snapshot.files());
}

#[test]
fn a_threshold_of_zones_reruns_the_overlay_and_what_reads_platforms() {
    let folder = small();
    deliver(&folder);
    run(&folder, "store");
    let policy = fs::read_to_string(folder.path().join("zhejiang.toml")).unwrap();
    let changed = policy.replace("[\"高新区\", \"开发区\"", "[\"开发区\", \"高新区\"");
    assert_ne!(policy, changed);
    fs::write(folder.path().join("zhejiang.toml"), changed).unwrap();
    let [pipeline, store] = ["pipeline.toml", "store"].map(|name| folder.path().join(name));
    let output = mujun().arg("plan").arg(pipeline).arg("--store").arg(store).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let reruns: Vec<&str> = told.lines().filter(|line| line.contains(" run ")).collect();
    let reads = [
        "overlay",
        "names",
        "evaluate.",
        "summaries.platform",
        "summaries.enterprises",
        "summaries.divisions",
        "summaries.industries",
    ];
    assert!(reruns.iter().all(|line| reads.iter().any(|step| line.starts_with(step))), "{told}");
    let shared = run(&folder, "store").table("bi/parcel_zone.parquet");
    let assigned = shared.column_by_name("is_assigned").unwrap().as_boolean();
    assert_eq!((assigned.value(2), assigned.value(3)), (true, false));
}
