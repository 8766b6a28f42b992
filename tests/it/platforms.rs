//! Platforms over two counties, of which one delivers zones: who belongs where, and what follows, by hand.

use std::fs;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};

use crate::explain::golden;
use crate::province::{Snapshot, decimals, integers, mujun, texts, told};
use crate::scratch::Scratch;
use crate::zones::{collection, rect, run};

const POLICY: &str = r#"format = 1
id = "own"
extends = "zhejiang.toml"
valid_from = 2023-03-15

[[evaluation]]
id = "inside"
label = "平台内"
replaces = ["above_scale", "below_scale"]
when = { column = "platform_id", op = "!=", value = "none" }
cap = 2
floor = 0
[[evaluation.indicator]]
id = "tax"
column = "tax_wan_per_mu"
weight = 100
benchmark = { value = 10, unit = "wan_yuan/mu" }
[evaluation.grades]
scores = { A = 90, B = 60, C = 40 }

[[evaluation]]
id = "outside"
label = "平台外"
when = { column = "platform_id", op = "=", value = "none" }
cap = 2
floor = 0
[[evaluation.indicator]]
id = "tax"
column = "tax_wan_per_mu"
weight = 100
benchmark = { value = 10, unit = "wan_yuan/mu" }
[evaluation.grades]
scores = { A = 90, B = 60, C = 40 }

[[evaluation]]
id = "platform"
subject = "platform"
label = "产业平台"
when = { column = "kind", op = "=", value = "platform" }
cap = 2
floor = 0
[[evaluation.indicator]]
id = "tax"
column = "tax_wan_per_mu"
weight = 100
benchmark = { value = 10, unit = "wan_yuan/mu" }
[[evaluation.veto]]
id = "worst"
label = "D档用地过多"
best = "C"
when = { column = "grade_d_land_share", op = ">", value = "0.2" }
[evaluation.grades]
scores = { A = 90, B = 60, C = 40 }

[[evaluation]]
id = "micro_park"
subject = "platform"
label = "小微企业园"
when = { column = "kind", op = "=", value = "micro_park" }
cap = 2
floor = 0
[[evaluation.indicator]]
id = "tax"
column = "tax_wan_per_mu"
weight = 100
benchmark = { mean = true }
[evaluation.grades]
scores = { A = 90, B = 60, C = 40 }
"#;

/// Within a platform; half within; mostly outside, leasing a little inside; its lessor, in platform and park; beyond the county's
/// border, in the platform; beyond it, outside.
const FIRMS: [&str; 6] = [
    "91330106MAH9QPYM2R",
    "91330782MAC1DD2W0U",
    "91331002MA5D30B20Q",
    "91330106MA2A01012P",
    "91330108MA2B02030A",
    "91330108MA2C030506",
];

/// A parcel of 30 or 45 mu, as wide as that is long at that place.
fn parcel(county: &str, number: u32, west: f64, mu: u32) -> String {
    let (id, area) = (format!("{county}001001GB{number:05}"), mu * 2_000 / 3);
    // 0.0019° by 0.001° are 20,271 m²: within the 5 % that registered and measured area may differ.
    let width = 1.9 * f64::from(mu) / 30.0;
    rect(&format!(r#""county":"{county}","id":"{id}","area":{area},"use":"1001""#), [west, 0.0, west + width, 1.0])
}

fn platform(id: &str, kind: &str, dates: &str, place: [f64; 4]) -> String {
    rect(&format!(r#""id":"{id}","kind":"{kind}","class":"开发区","name":"{id}号"{dates}"#), place)
}

fn source(table: &str, file: &str, county: &str) -> String {
    format!(
        "\n[[source]]\nid = \"{table}\"\ntable = \"{table}\"\npath = \"{file}\"\nmapping = \"{table}.toml\"\n{county}\n"
    )
}

const TAXES: &str = "330106,91330106MAH9QPYM2R,2023,300\n330106,91330106MAH9QPYM2R,2024,300\n330106,91330782MAC1DD2W0U,2024,600\n\
330106,91331002MA5D30B20Q,2024,100\n330106,91330106MA2A01012P,2024,150\n330108,91330108MA2B02030A,2024,90\n330108,91330108MA2C030506,2024,10\n";

fn province(taxes: &str) -> Scratch {
    let folder = Scratch::new();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/policy/zhejiang.toml");
    fs::copy(base, folder.path().join("zhejiang.toml")).unwrap();
    write("own.toml", POLICY);
    let mapping = |table: &str, fields: &str| write(&format!("{table}.toml"), &format!("format = 1\n{fields}"));
    write(
        "parcel.geojson",
        &collection(&[
            parcel("330106", 1, 0.0, 30),
            parcel("330106", 2, 2.0, 30),
            parcel("330106", 3, 10.0, 30),
            parcel("330106", 4, 30.0, 30),
            parcel("330106", 5, 32.0, 45),
            parcel("330108", 1, 5.0, 30),
            parcel("330108", 2, 20.0, 30),
        ]),
    );
    mapping(
        "parcel",
        "[fields]\nparcel_id = { from = \"id\" }\nuse_code = { from = \"use\" }\nregistered_area_m2 = { from = \"area\", unit = \"m2\" }\n",
    );
    let [inside, across, outside, lessor, beyond, apart] = FIRMS;
    let firms: Vec<String> = FIRMS.iter().map(|firm| format!("330106,{firm}\n")).collect();
    write("enterprise.csv", &format!("county,uscc\n{}", firms.concat()));
    let firm = "[fields]\nuscc = { from = \"uscc\" }\n";
    mapping("enterprise", firm);
    write(
        "occupancy.csv",
        &format!(
            "county,parcel,uscc,right,lessor,m2\n330106,330106001001GB00001,{inside},owned,,\n330106,330106001001GB00002,{across},owned,,\n\
             330106,330106001001GB00004,{across},owned,,\n330106,330106001001GB00003,{lessor},owned,,\n\
             330106,330106001001GB00003,{outside},leased,{lessor},10000\n330106,330106001001GB00005,{outside},owned,,\n\
             330108,330108001001GB00001,{beyond},owned,,\n330108,330108001001GB00002,{apart},owned,,\n"
        ),
    );
    mapping(
        "occupancy",
        &format!(
            "{firm}parcel_id = {{ from = \"parcel\" }}\nright = {{ from = \"right\" }}\nbasis = {{ const = \"land\" }}\n\
             lessor_uscc = {{ from = \"lessor\" }}\namount_m2 = {{ from = \"m2\", unit = \"m2\" }}\n"
        ),
    );
    write("tax.csv", &format!("county,uscc,period,wan\n{taxes}"));
    mapping(
        "tax",
        &format!(
            "{firm}period = {{ from = \"period\" }}\nkind = {{ const = \"vat\" }}\ntax_yuan = {{ from = \"wan\", unit = \"wan_yuan\" }}\n"
        ),
    );
    write(
        "zone.geojson",
        &collection(&[
            // Until 2023 it ends before the border.
            platform("1", "platform", r#","from":"2010-01-01","to":"2023-12-31""#, [-1.0, -1.0, 4.5, 2.0]),
            platform("1", "platform", r#","from":"2024-01-01""#, [-1.0, -1.0, 8.0, 2.0]),
            platform("2", "platform", r#","from":"2010-01-01""#, [9.0, -1.0, 15.0, 2.0]),
            platform("1", "micro_park", r#","from":"2024-01-01","built":"2022-06-30""#, [10.0, 0.0, 11.9, 1.0]),
        ]),
    );
    mapping(
        "zone",
        "[fields]\nzone_id = { from = \"id\" }\nkind = { from = \"kind\" }\nclass = { from = \"class\" }\nname = { from = \"name\" }\n\
         valid_from = { from = \"from\" }\nvalid_to = { from = \"to\" }\nbuilt = { from = \"built\" }\n",
    );
    let by_field = "county_field = \"county\"";
    write(
        "pipeline.toml",
        &format!(
            "format = 1\nname = \"platforms\"\nstore = \"store\"\nperiods = [\"2023\", \"2024\"]\nas_of = \"2025-01-31\"\n\
             policy = [\"own.toml\"]\n{}{}{}{}{}",
            source("parcel", "parcel.geojson", by_field),
            source("enterprise", "enterprise.csv", by_field),
            source("occupancy", "occupancy.csv", by_field),
            source("tax", "tax.csv", by_field),
            source("zone", "zone.geojson", "county = \"330106\""),
        ),
    );
    folder
}

/// The rows of a table by an id and a period.
fn row(rows: &RecordBatch, id: &str, value: &str, period: &str) -> usize {
    let (ids, periods) = (texts(rows, id), texts(rows, "period"));
    (0..ids.len()).find(|row| ids[*row] == value && periods[*row] == period).unwrap()
}

/// Group and grade of each firm.
fn groups(snapshot: &Snapshot, period: &str) -> Vec<(String, String)> {
    let rows = snapshot.table("bi/enterprise_evaluation.parquet");
    let (groups, standings, grades) = (texts(&rows, "evaluation_id"), texts(&rows, "standing"), texts(&rows, "grade"));
    let of = |firm: &&str| {
        let row = row(&rows, "uscc", firm, period);
        let group = if groups[row].is_empty() { &standings[row] } else { &groups[row] };
        (group.clone(), grades[row].clone())
    };
    FIRMS.iter().map(of).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect()
}

#[test]
fn an_enterprise_belongs_where_most_of_its_land_is() {
    let folder = province(TAXES);
    let snapshot = run(&folder, "store");
    // 300/30, 600/60 (as much inside as outside: inside), 100/60, 150/15, 90/30 a mu, of 10. The county beyond the border
    // delivers no zones: who lies in none of a neighbour's may lie in one of its own.
    assert_eq!(
        groups(&snapshot, "2024"),
        pairs(&[
            ("inside", "A"),
            ("inside", "A"),
            ("outside", "D"),
            ("inside", "A"),
            ("inside", "D"),
            ("group_unknown", "")
        ])
    );
    // The platform did not reach over the border yet.
    assert_eq!(
        groups(&snapshot, "2023"),
        pairs(&[
            ("inside", "A"),
            ("inside", ""),
            ("outside", ""),
            ("inside", ""),
            ("group_unknown", ""),
            ("group_unknown", "")
        ])
    );
    let members = snapshot.table("bi/platform_enterprise.parquet");
    let told = texts(&members, "platform_id").into_iter().zip(texts(&members, "uscc")).zip(texts(&members, "period"));
    let told: Vec<_> = told.map(|((platform, firm), period)| format!("{platform} {firm} {period}")).collect();
    let [inside, across, _, lessor, beyond, _] = FIRMS;
    assert_eq!(
        told,
        [
            format!("330106:micro_park:1 {lessor} 2024"),
            format!("330106:platform:1 {inside} 2023"),
            format!("330106:platform:1 {inside} 2024"),
            format!("330106:platform:1 {across} 2023"),
            format!("330106:platform:1 {across} 2024"),
            format!("330106:platform:1 {beyond} 2024"),
            format!("330106:platform:2 {lessor} 2023"),
            format!("330106:platform:2 {lessor} 2024"),
        ]
    );
}

#[test]
fn a_platform_is_what_its_enterprises_are_together() {
    let folder = province(TAXES);
    let snapshot = run(&folder, "store");
    let rows = snapshot.table("bi/platform_evaluation.parquet");
    let told = |id: &str, period: &str| {
        let row = row(&rows, "platform_id", id, period);
        let total = rows.column_by_name("total").unwrap().as_primitive::<Float64Type>();
        let rank = rows.column_by_name("rank").unwrap().as_primitive::<Int64Type>();
        (
            texts(&rows, "standing")[row].clone(),
            total.is_valid(row).then(|| total.value(row)),
            rank.is_valid(row).then(|| rank.value(row)),
            format!("{}{}", texts(&rows, "grade_by_total")[row], texts(&rows, "grade")[row]),
            decimals(&rows, "tax_yuan")[row],
        )
    };
    // (300 + 600 + 90) wan on 30 + 60 + 30 mu: 8.25 of 10. A quarter of that land is graded D: the veto leaves C.
    let first = ("ranked".to_owned(), Some(82.5), Some(2), "BC".to_owned(), Some(990_000_000));
    assert_eq!(told("330106:platform:1", "2024"), first);
    // The lessor alone, 150 on 15; of the park it is the mean too.
    let second = ("ranked".to_owned(), Some(100.0), Some(1), "AA".to_owned(), Some(150_000_000));
    assert_eq!(told("330106:platform:2", "2024"), second);
    assert_eq!(told("330106:micro_park:1", "2024"), second);
    // In 2023 one of two told its tax: a part of the sum, which does not reach the cap. Of the second nobody did.
    let lacking = |tax| ("not_judged".to_owned(), None, None, String::new(), tax);
    assert_eq!(told("330106:platform:1", "2023"), lacking(Some(300_000_000)));
    assert_eq!(told("330106:platform:2", "2023"), lacking(None));
    assert_eq!(rows.num_rows(), 5, "the park was not there in 2023");
    let items = snapshot.table("bi/platform_indicator.parquet");
    assert_eq!(texts(&items, "completeness"), ["complete", "lower_bound", "complete", "none", "complete"]);
    // The benchmark of the park stands beside the enterprises'.
    let benchmarks = snapshot.table("bi/benchmark.parquet");
    let of_park = row(&benchmarks, "evaluation_id", "micro_park", "2024");
    assert_eq!(
        (texts(&benchmarks, "method")[of_park].as_str(), integers(&benchmarks, "n")[of_park]),
        ("mean", Some(1))
    );
}

#[test]
fn a_platform_is_summed_up_by_its_parcels_and_enterprises() {
    let folder = province(TAXES);
    let snapshot = run(&folder, "store");
    let rows = snapshot.table("bi/platform_summary.parquet");
    let count = |name: &str, row: usize| integers(&rows, name)[row].unwrap();
    let mu = |name: &str, row: usize| rows.column_by_name(name).unwrap().as_primitive::<Float64Type>().value(row);
    // Three parcels of 30 mu, one beyond the border. Of the second firm's 600, half fall on its parcel outside.
    let first = row(&rows, "platform_id", "330106:platform:1", "2024");
    let counts = ["parcels", "industrial_parcels", "judged", "not_judged", "low", "enterprises", "grade_a", "grade_d"];
    assert_eq!(counts.map(|name| count(name, first)), [3, 3, 3, 0, 1, 3, 2, 1]);
    assert_eq!(decimals(&rows, "rated_tax_yuan")[first], Some(690_000_000));
    for (name, expected) in [
        ("land_mu", 90.0),
        ("rated_land_mu", 90.0),
        ("low_mu", 30.0),
        ("tax_wan_per_mu", 690.0 / 90.0),
        ("enterprise_mu", 120.0),
        ("grade_a_mu", 90.0),
        ("grade_b_mu", 0.0),
        ("grade_d_mu", 30.0),
    ] {
        assert!((mu(name, first) - expected).abs() < 1e-9, "{name}: {} {expected}", mu(name, first));
    }
    // 150 of the lessor, and 15 of the 60 mu's 100 of its tenant, on 30 mu: low. The tenant does not belong to it.
    let second = row(&rows, "platform_id", "330106:platform:2", "2024");
    assert_eq!(counts.map(|name| count(name, second)), [1, 1, 1, 0, 1, 1, 1, 0]);
    assert!((mu("tax_wan_per_mu", second) - 175.0 / 30.0).abs() < 1e-9);
    // The year before: two parcels, and no tax of the second.
    let before = row(&rows, "platform_id", "330106:platform:1", "2023");
    assert_eq!(counts.map(|name| count(name, before)), [2, 2, 1, 1, 0, 2, 1, 0]);
    assert_eq!(count("ungraded", before), 1);
    assert!((mu("rated_land_mu", before) - 30.0).abs() < 1e-9);

    let known = snapshot.table("bi/dim_platform.parquet");
    let ids = ["330106:micro_park:1", "330106:platform:1", "330106:platform:2"];
    assert_eq!(texts(&known, "platform_id"), ids);
    assert_eq!(texts(&known, "name"), ["1号", "1号", "2号"]);
    let from = known.column_by_name("valid_from").unwrap().as_primitive::<arrow::datatypes::Date32Type>();
    assert_eq!(from.value_as_date(1).unwrap().to_string(), "2024-01-01");
    assert_eq!(known.column_by_name("built").unwrap().null_count(), 2);
}

#[test]
fn doubt_and_refusals_leave_open_what_they_may_change() {
    // An occupancy row of the first firm is lost: its land is in doubt, so it may belong elsewhere, and its platform's land is
    // in doubt with it.
    let folder = province(TAXES);
    let path = |name: &str| folder.path().join(name);
    let occupancy = fs::read_to_string(path("occupancy.csv")).unwrap();
    let lost = format!("330106,330106001001GB00004,{},leased,,many\n", FIRMS[0]);
    fs::write(path("occupancy.csv"), format!("{occupancy}{lost}")).unwrap();
    let snapshot = run(&folder, "lost");
    let found = groups(&snapshot, "2024");
    assert_eq!(found[0], ("group_unknown".to_owned(), String::new()));
    let rows = snapshot.table("bi/platform_evaluation.parquet");
    let doubtful = rows.column_by_name("is_land_doubtful").unwrap().as_boolean();
    let [first, second] = ["1", "2"].map(|id| row(&rows, "platform_id", &format!("330106:platform:{id}"), "2024"));
    assert_eq!((doubtful.value(first), doubtful.value(second)), (true, false));
    assert_eq!([first, second].map(|row| texts(&rows, "standing")[row].clone()), ["not_judged", "ranked"]);
    fs::write(path("occupancy.csv"), occupancy).unwrap();

    // A zone that cannot be read may have been the third firm's platform; who lies in one still does.
    let zones = fs::read_to_string(path("zone.geojson")).unwrap();
    let bad = r#"{"type":"Feature","properties":{"id":"9","kind":"platform"},"geometry":{"type":"LineString","coordinates":[[120.1,30.2],[120.2,30.2]]}}"#;
    fs::write(path("zone.geojson"), zones.replacen("\"features\":[", &format!("\"features\":[{bad},"), 1)).unwrap();
    let found = groups(&run(&folder, "refused"), "2024");
    assert_eq!((found[0].0.as_str(), found[2].0.as_str()), ("inside", "group_unknown"));
}

#[test]
fn without_zones_or_their_policy_nothing_is_known_of_platforms() {
    let folder = province(TAXES);
    let path = |name: &str| folder.path().join(name);
    // A set that does not say how parcels are counted.
    let base = fs::read_to_string(path("zhejiang.toml")).unwrap();
    let (head, rest) = base.split_once("[zones.platform]").unwrap();
    let (_, tail) = rest.split_once("[zones.micro_park]").unwrap();
    fs::write(path("zhejiang.toml"), format!("{head}[zones.micro_park]{tail}")).unwrap();
    let snapshot = run(&folder, "silent");
    assert!(groups(&snapshot, "2024").iter().all(|(group, _)| group == "group_unknown"));
    let rows = snapshot.table("bi/platform_summary.parquet");
    assert_eq!(integers(&rows, "parcels"), [Some(1), Some(0), Some(0), Some(0), Some(0)], "only the park's");
    fs::write(path("zhejiang.toml"), base).unwrap();

    let pipeline = fs::read_to_string(path("pipeline.toml")).unwrap();
    let (without, _) = pipeline.split_once("\n[[source]]\nid = \"zone\"").unwrap();
    fs::write(path("pipeline.toml"), without).unwrap();
    let snapshot = run(&folder, "without");
    assert!(groups(&snapshot, "2024").iter().all(|(group, _)| group == "group_unknown"));
    for name in ["platform_evaluation", "platform_summary", "platform_enterprise", "dim_platform"] {
        assert!(!snapshot.folder.join(format!("bi/{name}.parquet")).exists(), "{name}");
    }
}

/// Totals of the first and second platform in 2024.
fn totals(snapshot: &Snapshot) -> [Option<f64>; 2] {
    let rows = snapshot.table("bi/platform_evaluation.parquet");
    let totals = rows.column_by_name("total").unwrap().as_primitive::<Float64Type>().clone();
    ["1", "2"].map(|id| {
        let row = row(&rows, "platform_id", &format!("330106:platform:{id}"), "2024");
        totals.is_valid(row).then(|| totals.value(row))
    })
}

#[test]
fn last_years_mean_of_platforms_is_historys_where_that_year_is_not_judged() {
    let [_, across, _, lessor, ..] = FIRMS;
    let folder = province(&format!("{TAXES}330106,{across},2023,300\n330106,{lessor},2023,150\n"));
    let edit = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(folder.path().join(name), text.replacen(from, to, 1)).unwrap();
    };
    // Of the platforms' group alone.
    let group = POLICY.split("id = \"platform\"\n").nth(1).unwrap();
    let multiple = group.replacen("{ value = 10, unit = \"wan_yuan/mu\" }", "{ multiple_of_last_mean = 2 }", 1);
    edit("own.toml", group, &multiple);
    // In 2023 300 + 300 on 30 + 60 mu, and 150 on 15: twice 750 / 105 is 100 / 7. In 2024 990 on 120 and 150 on 15 mu: of
    // 100 / 7, 8.25 is 57.75 % and 10 is 70 %.
    let together = run(&folder, "together");
    let [first, second] = totals(&together).map(Option::unwrap);
    assert!((first - 57.75).abs() < 1e-9 && (second - 70.0).abs() < 1e-9, "{first} {second}");
    edit("pipeline.toml", "periods = [\"2023\", \"2024\"]", "periods = [\"2024\"]");
    assert_eq!(totals(&run(&folder, "alone")), [None, None]);
    edit("pipeline.toml", "periods = [\"2024\"]", "periods = [\"2023\"]");
    let kept = run(&folder, "apart").table("history/benchmark.parquet");
    let of_platforms = row(&kept, "evaluation_id", "platform", "2023");
    assert_eq!(integers(&kept, "mean_n")[of_platforms], Some(2));
    edit("pipeline.toml", "periods = [\"2023\"]", "periods = [\"2024\"]");
    let apart = run(&folder, "apart");
    assert_eq!(totals(&apart), totals(&together));
    assert_eq!(run(&folder, "apart").id, apart.id);
}

#[test]
fn a_platform_is_explained_by_formulas() {
    let folder = province(TAXES);
    run(&folder, "store");
    let explain = |id: &str, arguments: &[&str]| {
        let store = folder.path().join("store");
        let output = mujun().args(["explain", id, "--store"]).arg(store).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &told(&output))
    };
    let (code, text) = explain("330106:platform:1", &["--show-amounts", "--lang", "en", "--period", "2024"]);
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "platform 330106:platform:1",
        "indicator tax: tax_wan_per_mu [wan_yuan/mu]: 8.25 / 10 × 100 = 82.50",
        "benchmark: given by the set",
        "tax: 990 wan_yuan (complete); 990 wan_yuan / 120.00 mu = 8.25 wan_yuan/mu",
        "rank: 2 of 2 ranked by this set in this group",
        "grade: C, by the veto",
        "next grade: A: the least total that has it is 100.00: 100.00 - 82.50 = 17.50 points more, all else equal; the veto holds all the same",
        "parcels: 3, of them 3 industrial with 90.0000 mu",
        "low-efficiency: 1 with 30.0000 mu, of 3 judged",
        "tax per mu, of parcels whose tax is complete: 690 wan_yuan / 90.00 mu = 7.67 wan_yuan/mu",
        "enterprises graded A: 2, 90.0000 mu",
        "enterprises graded D: 1, 30.0000 mu",
        "enterprises counted in 2024, with all their land in the county",
        "91330782MAC1DD2W0U: land 60.0000 mu, tax 600 wan_yuan (complete), grade A",
        "91330108MA2B02030A: land 30.0000 mu, tax 90 wan_yuan (complete), grade D; in 滨江区 330108",
        "these 3 together: land 120.0000 mu, tax 990 wan_yuan (complete)",
    ] {
        assert!(text.lines().any(|told| told.trim().starts_with(line)), "{line}: {text}");
    }
    assert!(!text.contains("2023"), "{text}");
    // Without being asked for, no amount is told, nor what one follows from.
    for arguments in [&["--lang", "zh"][..], &["--output", "json"]] {
        let (_, hidden) = explain("330106:platform:1", arguments);
        for amount in ["990", "690", "8.25", "7.67", "7.66"] {
            assert!(!hidden.contains(amount), "{amount}: {hidden}");
        }
        assert!(hidden.contains("***"), "{hidden}");
        assert!(FIRMS.iter().all(|firm| !hidden.contains(firm)), "{hidden}");
    }
    let (_, chinese) = explain("330106:micro_park:1", &["--lang", "zh", "--period", "2024"]);
    for words in
        ["小微企业园 330106:micro_park:1", "1 个平台的均值", "建成日期: 2022-06-30", "A 档企业: 1 家，15.0000 亩"]
    {
        assert!(chinese.contains(words), "{words}: {chinese}");
    }
    let (code, text) = explain("330106:platform:9", &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("no platform 330106:platform:9"), "{text}");
}

/// The first platform, drawn round three parcels, is smaller than what its enterprises have.
#[test]
fn a_platforms_explanation_stays_as_it_is() {
    let folder = province(TAXES);
    let path = folder.path().join("zone.geojson");
    let zones = fs::read_to_string(&path).unwrap();
    let [wide, tight] = [[-1.0, -1.0, 8.0, 2.0], [0.0, 0.0, 6.9, 1.0]]
        .map(|place| platform("1", "platform", r#","from":"2024-01-01""#, place));
    assert!(zones.contains(&wide));
    fs::write(&path, zones.replace(&wide, &tight)).unwrap();
    run(&folder, "store");
    for (name, arguments) in [
        ("platform.zh", &["--show-amounts", "--lang", "zh"][..]),
        ("platform.en", &["--lang", "en", "--period", "2024"]),
        ("platform.json", &["--lang", "en", "--period", "2024", "--output", "json", "--show-amounts"]),
    ] {
        let store = folder.path().join("store");
        let output = mujun().args(["explain", "330106:platform:1", "--store"]).arg(store).args(arguments).output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        // The snapshot's id follows the build.
        let text = match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(told) => serde_json::to_string_pretty(&told["explanation"]).unwrap() + "\n",
            Err(_) => text,
        };
        golden(name, &text);
    }
}
