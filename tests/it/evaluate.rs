//! Enterprises of one small county, evaluated by a set whose figures are worked out by hand.

use std::fs;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};

use crate::province::{Province, Snapshot, texts};
use crate::scratch::Scratch;

const PIPELINE: &str = r#"format = 1
name = "small"
store = "store"
periods = ["2024"]
as_of = "2025-01-31"
policy = ["own.toml"]
"#;

/// Two groups: who holds land of its own or leases it, and who is evaluated as its lessor.
const POLICY: &str = r#"format = 1
id = "own"
extends = "zhejiang.toml"
valid_from = 2023-03-15

[[evaluation]]
id = "all"
label = "全部工业企业"
replaces = ["above_scale", "below_scale"]
when = { column = "land_mu", op = ">", value = 0, unit = "mu" }
cap = 2
floor = 0

[[evaluation.exclude]]
id = "tenant"
label = "无自有用地"
when = { column = "owns_land", op = "=", value = false }
graded = "owner"

[[evaluation.indicator]]
id = "tax"
column = "tax_wan_per_mu"
weight = 60
benchmark = { value = "10", unit = "wan_yuan/mu" }

[[evaluation.indicator]]
id = "revenue"
column = "revenue_wan_per_mu"
weight = 40
benchmark = { mean = true, by = ["county_code"] }

[[evaluation.adjust]]
id = "tenants"
points = -5
per = { column = "tenants", above = 0 }
most = 0

[evaluation.grades]
scores = { A = 120, B = 60, C = 40 }
"#;

/// Firms: one that lets half of its land, its tenant, and two others.
pub const FIRMS: [&str; 4] = ["91330106MAH9QPYM2R", "91330782MAC1DD2W0U", "91331002MA5D30B20Q", "91330106MA2A01012P"];

/// A parcel of so many steps of 20 m by 100 m from there, as `GeoJSON`.
fn parcel(number: u32, from: u32, steps: u32) -> String {
    // At 30.2° N, 20 m are 0.0002077° east and 100 m 0.000902° north.
    let lon = |step: u32| 120.1 + f64::from(step) * 0.000_207_7;
    let (west, east, south, north) = (lon(from), lon(from + steps), 30.2, 30.200_902);
    let (id, area) = (format!("330106001001GB{number:05}"), steps * 2_000);
    format!(
        r#"{{"type":"Feature","properties":{{"ZDDM":"{id}","ZDMJ":"{area}","TDYT":"1001"}},"geometry":{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}"#
    )
}

pub fn source(table: &str, file: &str) -> String {
    let id = table.replace('_', "-");
    format!(
        "\n[[source]]\nid = \"{id}\"\ntable = \"{table}\"\npath = \"{file}\"\nmapping = \"{table}.toml\"\ncounty = \"330106\"\n"
    )
}

/// The county with those taxes and outputs.
pub fn county(taxes: &str, outputs: &str) -> Province {
    let province = Province { folder: Scratch::new() };
    let write = |name: &str, text: &str| fs::write(province.path(name), text).unwrap();
    // 30, 15 and 15 mu.
    let features = [parcel(1, 0, 10), parcel(2, 12, 5), parcel(3, 18, 5)].join(",");
    write("parcel.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#));
    let [lessor, tenant, third, fourth] = FIRMS;
    write("enterprise.csv", &format!("uscc\n{}\n", FIRMS.join("\n")));
    write(
        "occupancy.csv",
        &format!(
            "parcel_id,uscc,right,lessor,m2\n330106001001GB00001,{lessor},owned,,\n\
             330106001001GB00001,{tenant},leased,{lessor},10000\n330106001001GB00002,{third},owned,,\n\
             330106001001GB00003,{fourth},owned,,\n"
        ),
    );
    write("tax.csv", &format!("uscc,wan\n{taxes}"));
    write("output.csv", &format!("uscc,wan\n{outputs}"));
    let mapping =
        |table: &str, fields: &str| write(&format!("{table}.toml"), &format!("format = 1\n[fields]\n{fields}"));
    mapping(
        "parcel",
        "parcel_id = { from = \"ZDDM\" }\nregistered_area_m2 = { from = \"ZDMJ\", unit = \"m2\" }\nuse_code = { from = \"TDYT\" }",
    );
    mapping("enterprise", "uscc = { from = \"uscc\" }");
    mapping(
        "occupancy",
        "parcel_id = { from = \"parcel_id\" }\nuscc = { from = \"uscc\" }\nright = { from = \"right\" }\nbasis = { const = \"land\" }\n\
         lessor_uscc = { from = \"lessor\" }\namount_m2 = { from = \"m2\", unit = \"m2\" }",
    );
    mapping(
        "tax",
        "uscc = { from = \"uscc\" }\nperiod = { const = \"2024\" }\nkind = { const = \"vat\" }\ntax_yuan = { from = \"wan\", unit = \"wan_yuan\" }",
    );
    mapping(
        "output",
        "uscc = { from = \"uscc\" }\nperiod = { const = \"2024\" }\nrevenue_yuan = { from = \"wan\", unit = \"wan_yuan\" }",
    );
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/policy/zhejiang.toml");
    fs::copy(base, province.path("zhejiang.toml")).unwrap();
    write("own.toml", POLICY);
    let sources = ["enterprise", "occupancy", "tax", "output"].map(|table| source(table, &format!("{table}.csv")));
    write("pipeline.toml", &format!("{PIPELINE}{}{}", source("parcel", "parcel.geojson"), sources.concat()));
    province
}

/// Standing, total, rank and grade of each firm.
pub fn told(snapshot: &Snapshot) -> Vec<(String, Option<f64>, Option<i64>, String)> {
    let rows: RecordBatch = snapshot.table("bi/enterprise_evaluation.parquet");
    let [firms, standings, grades] = ["uscc", "standing", "grade"].map(|column| texts(&rows, column));
    let totals = rows.column_by_name("total").unwrap().as_primitive::<Float64Type>().clone();
    let ranks = rows.column_by_name("rank").unwrap().as_primitive::<Int64Type>().clone();
    let of = |firm: &&str| {
        let row = firms.iter().position(|one| one == firm).unwrap();
        let (total, rank) = (totals.iter().nth(row).unwrap(), ranks.iter().nth(row).unwrap());
        (standings[row].clone(), total, rank, grades[row].clone())
    };
    FIRMS.iter().map(of).collect()
}

pub fn ranked(total: f64, rank: i64, grade: &str) -> (String, Option<f64>, Option<i64>, String) {
    ("ranked".to_owned(), Some(total), Some(rank), grade.to_owned())
}

#[test]
fn points_ranks_and_grades_are_those_worked_out_by_hand() {
    let [lessor, tenant, third, fourth] = FIRMS;
    // On 15 mu each: tax 10, 20, 1 and 50 wan yuan a mu. Revenue 100, none told, 20 and 60 a mu, so the owners' mean is 60.
    let taxes = format!("{lessor},150\n{tenant},300\n{third},15\n{fourth},750\n");
    let outputs = format!("{lessor},1500\n{third},300\n{fourth},900\n");
    let found = told(&county(&taxes, &outputs).run("store"));
    // 10/10 × 60 + 100/60 × 40 − 5 for the tenant = 121.666…
    let lessors = 60.0 + 200.0 / 3.0 - 5.0;
    assert_eq!(found[0].0, "ranked");
    assert!((found[0].1.unwrap() - lessors).abs() < 1e-9, "{found:?}");
    assert_eq!((found[0].2, found[0].3.as_str()), (Some(2), "A"));
    // The tenant has no land of its own: its lessor's grade.
    assert_eq!((found[1].0.as_str(), found[1].2, found[1].3.as_str()), ("excluded", None, "A"));
    // 1/10 × 60 + 20/60 × 40 = 19.333…
    assert!((found[2].1.unwrap() - (6.0 + 40.0 / 3.0)).abs() < 1e-9);
    assert_eq!((found[2].2, found[2].3.as_str()), (Some(3), "D"));
    // 50/10 × 60 = 300, held at twice 60; + 60/60 × 40.
    assert_eq!(found[3], ranked(160.0, 1, "A"));
}

#[test]
fn what_is_missing_gives_no_grade_and_never_a_worse_one() {
    let [lessor, tenant, third, fourth] = FIRMS;
    let taxes = format!("{lessor},150\n{tenant},300\n{third},15\n{fourth},750\n");
    // The third's revenue cannot be read, the lessor's was not told: the mean is the fourth's.
    let found = told(&county(&taxes, &format!("{third},30O\n{fourth},900\n")).run("store"));
    for firm in [0, 2] {
        assert_eq!((found[firm].0.as_str(), found[firm].1, found[firm].3.as_str()), ("not_judged", None, ""));
    }
    assert_eq!((found[1].0.as_str(), found[1].3.as_str()), ("excluded", ""));
    assert_eq!(found[3], ranked(160.0, 1, "A"));
}

#[test]
fn what_a_lost_row_of_the_register_told_leaves_open_who_is_excluded() {
    let [lessor, tenant, third, fourth] = FIRMS;
    let ledger = |wan: u32| FIRMS.map(|firm| format!("{firm},{wan}\n")).concat();
    let province = county(&ledger(150), &ledger(300));
    let write = |name: &str, text: &str| fs::write(province.path(name), text).unwrap();
    write(
        "enterprise.toml",
        "format = 1\n[fields]\nuscc = { from = \"uscc\" }\nproduction_since = { from = \"since\" }",
    );
    // Nobody told of the lessor since when it produces: the set ranks it. The third is new, whatever is lost.
    let new = "[[evaluation.exclude]]\nid = \"new\"\nlabel = \"投产不满两年\"\ngraded = \"apart\"\nmissing = \"not_met\"\n\
        when = { column = \"years_in_production\", op = \"<\", value = 2 }\n";
    write("own.toml", &POLICY.replacen("[[evaluation.indicator]]", &format!("{new}\n[[evaluation.indicator]]"), 1));
    let of_third = |since: &str, store: &str| {
        write("enterprise.csv", &format!("uscc,since\n{lessor},\n{tenant},\n{third},{since}\n{fourth},2001-01-01\n"));
        told(&province.run(store))
    };
    let told = of_third("2024-03-01", "store");
    assert_eq!((told[2].0.as_str(), told[2].3.as_str()), ("excluded", "T"));
    assert_eq!((told[0].0.as_str(), told[3].0.as_str()), ("ranked", "ranked"));
    let lost = of_third("2024-13-45", "lost");
    assert_eq!((lost[2].0.as_str(), lost[2].2, lost[2].3.as_str()), ("exclusion_unknown", None, ""));
    assert_eq!((lost[0].clone(), lost[3].clone()), (told[0].clone(), told[3].clone()));
}

#[test]
fn lists_part_groups_and_bar_grades() {
    let [lessor, tenant, third, fourth] = FIRMS;
    let taxes = format!("{lessor},150\n{tenant},300\n{third},300\n{fourth},750\n");
    let outputs = format!("{lessor},1500\n{tenant},1500\n{third},1500\n{fourth},900\n");
    let province = county(&taxes, &outputs);
    let write = |name: &str, text: &str| fs::write(province.path(name), text).unwrap();
    write("enterprise_scale.csv", &format!("uscc\n{lessor}\n{third}\n"));
    write(
        "enterprise_scale.toml",
        "format = 1\n[fields]\nuscc = { from = \"uscc\" }\nperiod = { const = \"2024\" }\nscale = { const = \"above\" }",
    );
    write("violation.csv", &format!("uscc,date\n{third},2024-05-06\n{lessor},2023-05-06\n"));
    write(
        "violation.toml",
        "format = 1\n[fields]\nuscc = { from = \"uscc\" }\nfield = { const = \"safety\" }\ndate = { from = \"date\" }",
    );
    let veto = "[[evaluation.veto]]\nid = \"safety\"\nlabel = \"安全\"\nbest = \"D\"\nmissing = \"not_met\"\n\
                when = { column = \"safety_violations\", op = \">\", value = 0 }\n\n[evaluation.grades]";
    province.edit("own.toml", "[evaluation.grades]", veto);
    province.edit(
        "own.toml",
        "when = { column = \"land_mu\", op = \">\", value = 0, unit = \"mu\" }",
        "when = { column = \"is_above_scale\", op = \"=\", value = true }",
    );
    // The list is complete: who is not on it is below scale, and no group takes it in.
    let scale = source("enterprise_scale", "enterprise_scale.csv") + "absent = \"zero\"\n";
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    write("pipeline.toml", &(pipeline + &scale + &source("violation", "violation.csv")));
    let found = told(&province.run("store"));
    for firm in [1, 3] {
        assert_eq!((found[firm].0.as_str(), found[firm].3.as_str()), ("group_none", ""));
    }
    // Both make 100 a mu: 60 + 40 − 5 = 95, and 20/10 × 60 + 40 = 160, but for the violation of the year.
    assert_eq!(found[0], ranked(95.0, 2, "B"));
    assert_eq!(found[2], ranked(160.0, 1, "D"));
    // A list that may be incomplete tells nothing of who is not on it.
    province.edit("pipeline.toml", "absent = \"zero\"\n", "");
    let found = told(&province.run("store"));
    assert_eq!((found[3].0.as_str(), found[3].3.as_str()), ("group_unknown", ""));
    assert_eq!(found[2], ranked(160.0, 1, "D"));
}

#[test]
fn what_is_paid_where_nothing_is_held_counts_where_the_land_is() {
    let [lessor, _, third, fourth] = FIRMS;
    // The third pays 150 in another county, where it holds nothing, and is on no list of its own; that one is complete.
    let province =
        county(&format!("{lessor},150\n{fourth},750\n"), &format!("{lessor},1500\n{third},300\n{fourth},900\n"));
    let write = |name: &str, text: &str| fs::write(province.path(name), text).unwrap();
    write("elsewhere.csv", &format!("uscc,wan\n{third},150\n"));
    let elsewhere =
        source("tax", "elsewhere.csv").replace("\"tax\"\ntable", "\"elsewhere\"\ntable").replace("330106", "330110");
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let complete = source("tax", "tax.csv");
    let pipeline = pipeline.replace(&complete, &(complete.clone() + "absent = \"zero\"\n"));
    write("pipeline.toml", &(pipeline + &elsewhere));
    let snapshot = province.run("store");
    let found = told(&snapshot);
    // 150 on 15 mu: 10/10 × 60, and 20/60 × 40 = 13.333…; as one that paid nothing it would have 13.333… alone, and a D.
    assert!((found[2].1.unwrap() - (60.0 + 40.0 / 3.0)).abs() < 1e-9, "{found:?}");
    assert_eq!((found[2].2, found[2].3.as_str()), (Some(3), "B"));
    // It stands in one county, once.
    let rows = snapshot.table("bi/enterprise_evaluation.parquet");
    let is_third = |uscc: &&String| uscc.as_str() == third;
    assert_eq!(texts(&rows, "uscc").iter().filter(is_third).count(), 1);
}

#[test]
fn land_is_on_the_basis_that_the_set_names() {
    let [lessor, tenant, third, fourth] = FIRMS;
    let taxes = format!("{lessor},150\n{tenant},300\n{third},15\n{fourth},750\n");
    let province = county(&taxes, &format!("{fourth},900\n"));
    // Registered are 19,000 m², of which the tenant leases 10,000; about 20,000 are measured, which is more than 5 % off.
    province.edit("parcel.geojson", "\"ZDMJ\":\"20000\"", "\"ZDMJ\":\"19000\"");
    province.edit("own.toml", "valid_from = 2023-03-15", "valid_from = 2023-03-15\nland_basis = \"ellipsoidal\"");
    let snapshot = province.run("store");
    let number = |table: &str, column: &str, at: &str, id: &str| {
        let rows = snapshot.table(table);
        let row = texts(&rows, at).iter().position(|one| one == id).unwrap();
        rows.column_by_name(column).unwrap().as_primitive::<Float64Type>().value(row)
    };
    let measured = number("bi/parcel_yield.parquet", "area_mu", "parcel_id", "330106001001GB00001");
    let land = |firm| number("bi/enterprise_evaluation.parquet", "land_mu", "uscc", firm);
    // 10,000 and 9,000 of 19,000 m², to the nearest cm².
    assert!((land(tenant) - measured * 10.0 / 19.0).abs() < 1e-6, "{} of {measured}", land(tenant));
    assert!((land(lessor) - measured * 9.0 / 19.0).abs() < 1e-6);
    assert!((land(lessor) + land(tenant) - measured).abs() < 1e-6);
}

#[test]
fn summaries_tell_of_enterprises_where_a_set_evaluates_them() {
    let [lessor, tenant, third, fourth] = FIRMS;
    let taxes = format!("{lessor},150\n{tenant},300\n{third},15\n{fourth},750\n");
    let province = county(&taxes, &format!("{lessor},1500\n{third},300\n"));
    let double = |rows: &RecordBatch, name: &str| rows[name].as_primitive::<Float64Type>().iter().next().unwrap();
    let whole = |rows: &RecordBatch, name: &str| rows[name].as_primitive::<Int64Type>().iter().next().unwrap();
    let snapshot = province.run("store");
    let industries = snapshot.table("bi/industry_summary.parquet");
    // The register tells no industry: one row each for the province, the city and the county.
    assert_eq!(texts(&industries, "division_code"), ["33", "3301", "330106"]);
    assert_eq!(texts(&industries, "industry_code"), ["unknown"; 3]);
    // 1,215 wan yuan on 4 × 15 mu; two tell revenue, which is too few.
    assert_eq!((whole(&industries, "tax_n"), double(&industries, "tax_wan_per_mu")), (Some(4), Some(20.25)));
    assert_eq!((whole(&industries, "revenue_n"), double(&industries, "revenue_wan_per_mu")), (Some(2), None));
    assert_eq!(whole(&snapshot.table("bi/division_summary.parquet"), "enterprises"), Some(4));
    province.edit("pipeline.toml", "as_of =", "summaries = { min_enterprises = 2 }\nas_of =");
    let industries = province.run("store").table("bi/industry_summary.parquet");
    // 1,800 on 30 mu; of 1, 10, 20, 50 wan yuan of tax a mu the median is the second, with two on either side.
    assert_eq!(double(&industries, "revenue_wan_per_mu"), Some(60.0));
    assert_eq!(
        (double(&industries, "tax_wan_per_mu_p50"), double(&industries, "tax_wan_per_mu_p10")),
        (Some(10.0), None)
    );
    // A set without groups evaluates nobody.
    let policy = fs::read_to_string(province.path("zhejiang.toml")).unwrap();
    fs::write(province.path("own.toml"), policy.split("[[evaluation]]").next().unwrap()).unwrap();
    let snapshot = province.run("store");
    assert_eq!(snapshot.table("bi/industry_summary.parquet").num_rows(), 0);
    assert_eq!(whole(&snapshot.table("bi/division_summary.parquet"), "enterprises"), None);
    assert!(texts(&snapshot.table("bi/dim_industry.parquet"), "name").contains(&"汽车制造业".to_owned()));
}
