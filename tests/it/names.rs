//! Names of a policy set that no row has, while rows have others: both sides are told, and what has no factor is not zero.

use std::collections::BTreeSet;
use std::fs;

use crate::province::{Province, Snapshot, integers, texts, told};

/// Rows of `quality/issues` of that code: table and id, county, rows.
fn issues(snapshot: &Snapshot, code: &str) -> Vec<(String, String, i64)> {
    let issues = snapshot.table("quality/issues.parquet");
    let (codes, counties) = (texts(&issues, "code"), texts(&issues, "county_code"));
    let names = texts(&issues, "table").into_iter().zip(texts(&issues, "id"));
    let rows = names.zip(counties).zip(codes).zip(integers(&issues, "count"));
    rows.filter(|((_, found), _)| found == code)
        .map(|((((table, id), county), _), rows)| (format!("{table} {id}"), county, rows.unwrap()))
        .collect()
}

/// Parcels and years of which energy is known whole.
fn whole(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let yields = snapshot.table("bi/parcel_yield.parquet");
    let keys = texts(&yields, "parcel_id").into_iter().zip(texts(&yields, "period"));
    let known = keys.zip(texts(&yields, "energy_completeness"));
    known.filter(|(_, known)| known == "complete").map(|(key, _)| key).collect()
}

#[test]
fn a_name_that_no_row_has_is_told_with_those_that_rows_have() {
    let province = Province::new(600, 2);
    let right = province.run("right");
    assert!(issues(&right, "policy_name_unused").is_empty() && issues(&right, "policy_name_lacking").is_empty());

    let policy = "policy/zhejiang.toml";
    for (from, to) in [
        ("[energy.raw_coal]", "[energy.raw_cole]"),
        ("[emission.so2]", "[emission.so_2]"),
        ("\"开发区\"", "\"开发区区\""),
        ("[\"0601\", \"1001\"]", "[\"0601\", \"1010\"]"),
    ] {
        province.edit(policy, from, to);
    }
    let output = province.run_with("wrong", |_| {});
    let told = told(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    for words in [
        "warning: energy: the policy names raw_cole, which no accepted row has (in a unit that fits), while ",
        "warning: emission: the policy names so_2, ",
        "warning: zone: the policy names platform 开发区区, ",
        "warning: parcel: the policy names 1010, ",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    let wrong = province.snapshot("wrong");
    let unused: Vec<String> = issues(&wrong, "policy_name_unused").into_iter().map(|(name, ..)| name).collect();
    // A province of this size has no 高新区.
    let expected =
        ["emission so_2", "energy raw_cole", "parcel 1010", "zone platform 开发区区", "zone platform 高新区"];
    assert_eq!(unused, expected);
    let lacking = issues(&wrong, "policy_name_lacking");
    let rows_of = |name: &str| lacking.iter().filter(|(one, ..)| one == name).map(|(.., rows)| *rows).sum::<i64>();
    for (table, column, name) in [("energy", "carrier", "raw_coal"), ("emission", "pollutant", "so2")] {
        let origins = wrong.table(&format!("lineage/{table}.parquet"));
        // Quarters of a year are one row by then.
        let years = texts(&origins, "period").into_iter().map(|period| period[..4].to_owned());
        let rows = texts(&origins, "uscc").into_iter().zip(years).zip(texts(&origins, column));
        let rows = rows.zip(texts(&origins, "county_code")).map(|((key, one), county)| ((key, county), one));
        let rows: BTreeSet<_> = rows.filter(|(_, one)| one == name).collect();
        let rows = rows.len();
        assert!(rows > 0 && rows_of(&format!("{table} {name}")) == i64::try_from(rows).unwrap(), "{rows} {lacking:?}");
    }
    assert!(rows_of("zone platform 开发区") > 0 && rows_of("parcel 1001") > 0, "{lacking:?}");

    // Coal has no factor by now: what burns it is known as a lower bound, not as its other carriers alone.
    let energy = wrong.table("lineage/energy.parquet");
    let rows = texts(&energy, "uscc").into_iter().zip(texts(&energy, "period")).zip(texts(&energy, "carrier"));
    let burns: BTreeSet<(String, String)> =
        rows.filter(|(_, carrier)| carrier == "raw_coal").map(|(key, _)| key).collect();
    let shares = wrong.table("bi/parcel_enterprise.parquet");
    let places = texts(&shares, "uscc").into_iter().zip(texts(&shares, "period")).zip(texts(&shares, "parcel_id"));
    let on_coal: BTreeSet<(String, String)> = places
        .filter(|((uscc, period), _)| burns.contains(&(uscc.clone(), period.clone())))
        .map(|((_, period), parcel)| (parcel, period))
        .collect();
    assert!(whole(&right).intersection(&on_coal).count() > 0);
    assert_eq!(whole(&wrong).intersection(&on_coal).count(), 0);
}

#[test]
fn a_name_that_no_row_has_is_no_matter_where_rows_lack_none() {
    let province = Province::new(600, 2);
    let policy = fs::read_to_string(province.path("policy/zhejiang.toml")).unwrap();
    let peat = "[energy.peat]\nunit = \"t\"\ncalorific = \"0.4\"\nequivalent = \"0.4\"\n[energy.electricity]";
    assert!(policy.contains("[energy.electricity]") && policy.contains("\"1001\"]"));
    let changed = policy.replace("[energy.electricity]", peat).replace("\"1001\"]", "\"1001\", \"1101\"]");
    fs::write(province.path("policy/zhejiang.toml"), changed).unwrap();
    assert!(issues(&province.run("store"), "policy_name_unused").is_empty());
}
