//! What enterprises make, on their parcels: what is not told is missing, whatever the sender says of absent rows.

use std::collections::BTreeMap;
use std::fs;

use crate::province::{Province, Snapshot, decimals, texts};

/// A county's output of 2024, which replaces the sample's.
const SOURCE: &str = r#"
[[source]]
id = "output-own"
table = "output"
path = "in/output-own.csv"
mapping = "sources/output-own.toml"
county = "COUNTY"
delivered = "2025-01-20"
absent = "zero"
"#;

const MAPPING: &str = r#"format = 1
[fields]
uscc             = { from = "统一社会信用代码" }
period           = { from = "所属期" }
revenue_yuan     = { from = "营业收入", unit = "wan_yuan" }
value_added_yuan = { from = "工业增加值", unit = "wan_yuan" }
"#;

const RULE: &str = r#"
[[rule]]
id = "value_added_low"
clause = "二(二)"
kind = "low_efficiency"
severity = 1
measure = "改造提升"
when = { all = [
    { column = "is_industrial", op = "=", value = true },
    { column = "value_added_wan_per_mu", op = "<", value = 1000000, unit = "wan_yuan/mu" },
] }
"#;

/// Enterprises of one county that are alone on one parcel, with it.
fn alone(snapshot: &Snapshot) -> (String, Vec<(String, String)>) {
    let shares = snapshot.table("bi/parcel_enterprise.parquet");
    let periods = texts(&shares, "period");
    let [parcels, enterprises, counties] = ["parcel_id", "uscc", "county_code"].map(|column| texts(&shares, column));
    let rows: Vec<usize> = (0..shares.num_rows()).filter(|row| periods[*row] == "2024").collect();
    let count = |of: &[String], text: &String| rows.iter().filter(|row| of[**row] == *text).count();
    let is_alone = |row: &usize| count(&parcels, &parcels[*row]) == 1 && count(&enterprises, &enterprises[*row]) == 1;
    let county = counties[rows[0]].clone();
    let alone = rows.iter().filter(|row| counties[**row] == county && is_alone(row));
    (county.clone(), alone.map(|row| (enterprises[*row].clone(), parcels[*row].clone())).collect())
}

/// Value and completeness of a measure in 2024, by parcel.
fn figures(snapshot: &Snapshot, measure: &str) -> BTreeMap<String, (Option<i128>, String)> {
    let yields = snapshot.table("bi/parcel_yield.parquet");
    let (periods, parcels) = (texts(&yields, "period"), texts(&yields, "parcel_id"));
    let amounts = decimals(&yields, &format!("{measure}_yuan"));
    let completeness = texts(&yields, &format!("{measure}_completeness"));
    let rows = (0..yields.num_rows()).filter(|row| periods[*row] == "2024");
    rows.map(|row| (parcels[row].clone(), (amounts[row], completeness[row].clone()))).collect()
}

#[test]
fn what_is_not_told_is_missing() {
    let province = Province::new(600, 2);
    let (county, alone) = alone(&province.run("before"));
    assert!(alone.len() >= 5, "too few enterprises are alone");
    let lines = [
        ("2024", "100", "-5"),
        // Neither the empty cell nor the sender's word on absent rows makes it nothing.
        ("2024", "200", ""),
        // Three quarters of four.
        ("2024Q1", "10", "1"),
        ("2024Q2", "10", "1"),
        ("2024Q3", "10", "1"),
        ("2024", "300", "?"),
    ];
    let firms = [0, 1, 2, 2, 2, 3];
    let line = |((period, revenue, value_added), firm): (&(&str, &str, &str), usize)| {
        format!("{},{period},{revenue},{value_added}", alone[firm].0)
    };
    let header = "统一社会信用代码,所属期,营业收入,工业增加值".to_owned();
    let file: Vec<String> = std::iter::once(header).chain(lines.iter().zip(firms).map(line)).collect();
    fs::write(province.path("in/output-own.csv"), file.join("\n")).unwrap();
    fs::write(province.path("sources/output-own.toml"), MAPPING).unwrap();
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    fs::write(province.path("pipeline.toml"), pipeline + &SOURCE.replace("COUNTY", &county)).unwrap();
    let policy = fs::read_to_string(province.path("policy/zhejiang.toml")).unwrap();
    fs::write(province.path("policy/zhejiang.toml"), policy + RULE).unwrap();
    let snapshot = province.run("store");
    let (revenue, value_added) = (figures(&snapshot, "revenue"), figures(&snapshot, "value_added"));
    let of = |figures: &BTreeMap<String, (Option<i128>, String)>, firm: usize| {
        let (amount, completeness) = figures[&alone[firm].1].clone();
        (amount.map(|fen| fen / 1_000_000), completeness)
    };
    let [complete, bound, none] = ["complete", "lower_bound", "none"].map(str::to_owned);
    assert_eq!(
        [0, 1, 2, 3, 4].map(|firm| of(&revenue, firm)),
        [
            (Some(100), complete.clone()),
            (Some(200), complete.clone()),
            (Some(30), bound.clone()),
            // Refused, and so not absent. Who is absent made nothing.
            (Some(0), bound.clone()),
            (Some(0), complete.clone()),
        ]
    );
    assert_eq!(
        [0, 1, 2, 3, 4].map(|firm| of(&value_added, firm)),
        [
            (Some(-5), complete.clone()),
            (None, none.clone()),
            (Some(3), bound.clone()),
            (Some(0), bound),
            (Some(0), complete),
        ]
    );
    // Everybody is below that figure, but a part of value added bounds nothing.
    let findings = snapshot.table("bi/parcel_finding.parquet");
    let [parcels, rules, periods] = ["parcel_id", "rule_id", "period"].map(|column| texts(&findings, column));
    let of_2024 = (0..findings.num_rows()).filter(|row| periods[*row] == "2024" && rules[*row] == "value_added_low");
    let found: Vec<&String> = of_2024.map(|row| &parcels[row]).collect();
    let is_low = |firm: usize| found.contains(&&alone[firm].1);
    assert_eq!([0, 1, 2, 3, 4].map(is_low), [true, false, false, false, true]);

    // A list without a measure says nothing of it, complete or not.
    province.edit("sources/output-own.toml", "value_added_yuan = { from = \"工业增加值\", unit = \"wan_yuan\" }\n", "");
    let snapshot = province.run("store");
    let value_added = figures(&snapshot, "value_added");
    assert_eq!(
        [0, 1, 2, 3, 4].map(|firm| of(&value_added, firm).1),
        [none.clone(), none.clone(), none.clone(), none.clone(), none]
    );
    let coverage = snapshot.table("bi/rule_coverage.parquet");
    let told = texts(&coverage, "county_code").into_iter().zip(texts(&coverage, "period"));
    let told: Vec<_> = told.zip(texts(&coverage, "rule_id")).zip(texts(&coverage, "missing")).collect();
    let key = ((county, "2024".to_owned()), "value_added_low".to_owned());
    assert!(told.contains(&(key, "output.value_added_yuan".to_owned())));
}
