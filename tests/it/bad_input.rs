//! What bad input gets: one message that names file, line, key or source, the right exit code, and nothing published.

use std::fs;

use crate::province::{Province, mujun, told};

/// Runs after a change; asserts the exit code and what is told; nothing may be published.
fn refused(change: impl FnOnce(&Province), exit: i32, words: &[&str]) {
    let province = Province::new(600, 2);
    change(&province);
    let output = province.run_with("store", |_| {});
    let told = told(&output);
    assert_eq!(output.status.code(), Some(exit), "{told}");
    for word in words {
        assert!(told.contains(word), "{word:?} is not in: {told}");
    }
    assert!(!province.path("store/CURRENT").exists());
    if exit == 3 {
        assert!(!province.path("store").exists(), "something was written");
    }
}

#[test]
fn a_bad_pipeline_is_told_with_line_and_way_out() {
    refused(
        |it| it.edit("pipeline.toml", "periods =", "perids ="),
        3,
        &["pipeline.toml:5", "unknown field `perids`", "did you mean `periods`"],
    );
    refused(
        |it| it.edit("pipeline.toml", "as_of = \"2025-01-31\"", "as_of = 20250131"),
        3,
        &["pipeline.toml:6", "invalid type"],
    );
    refused(|it| it.edit("pipeline.toml", "\"2024\"]", "\"2024Q1\"]"), 3, &["pipeline.toml:5", "is not a year"]);
    refused(
        |it| it.edit("pipeline.toml", "in/enterprise.csv", "nowhere/enterprise.csv"),
        3,
        &["pipeline.toml:", "does not exist"],
    );
    refused(|it| it.edit("pipeline.toml", "id = \"occupancy\"", "id = \"enterprise\""), 3, &["stands twice"]);
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprse\""),
        3,
        &["did you mean `enterprise`"],
    );
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprise\"\nmode = \"delta\""),
        3,
        &["mode = \"delta\" is not supported yet"],
    );
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprise\"\non_failure = \"last_good\""),
        3,
        &["on_failure = \"last_good\" is not supported yet"],
    );
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprise\"\nformat = \"xlsx\""),
        3,
        &["format `xlsx` is not supported yet"],
    );
    refused(
        |it| it.edit("pipeline.toml", "as_of =", "gates = { low_efficiency_mu_change = 0.1 }\nas_of ="),
        3,
        &["`gates` is not supported yet"],
    );
}

#[test]
fn a_bad_mapping_is_told_with_line_and_way_out() {
    refused(
        |it| it.edit("sources/enterprise.toml", "industry_code", "industry_cod"),
        3,
        &["enterprise.toml:", "did you mean `industry_code`"],
    );
    refused(
        |it| it.edit("sources/occupancy.toml", "unit = \"m2\"", "unit = \"kwh\""),
        3,
        &["occupancy.toml:", "cannot be measured in kwh"],
    );
    refused(|it| it.edit("sources/occupancy.toml", "unit = \"m2\"", "unit = \"acre\""), 3, &["unknown unit `acre`"]);
    refused(
        |it| it.edit("sources/parcel.toml", "parcel_id  ", "parcel_idd  "),
        3,
        &["parcel.toml:", "did you mean `parcel_id`"],
    );
}

#[test]
fn a_bad_policy_is_told_with_line_and_way_out() {
    refused(
        |it| it.edit("policy/zhejiang.toml", "unit = \"wan_yuan/mu\"", "unit = \"wan_yuan/tce\""),
        3,
        &["zhejiang.toml:", "tax_wan_per_mu"],
    );
    refused(
        |it| it.edit("policy/zhejiang.toml", "column = \"tax_wan_per_mu\"", "column = \"tax_per_mu\""),
        3,
        &["zhejiang.toml:", "tax_wan_per_mu"],
    );
    refused(
        |it| it.edit("policy/zhejiang.toml", "valid_from = 2023-03-15", "valid_from = 2026-03-15"),
        3,
        &["2026-03-15"],
    );
}

#[test]
fn a_bad_source_stops_the_run_and_says_which() {
    refused(
        |it| fs::remove_file(it.path("in/enterprise.csv")).unwrap(),
        1,
        &["source enterprise failed", "no file matches"],
    );
    refused(
        |it| fs::write(it.path("in/enterprise.csv"), "a,b\n1,2\n").unwrap(),
        1,
        &["source enterprise failed", "no field", "fields are: a, b"],
    );
    refused(
        |it| {
            let text = fs::read_to_string(it.path("in/enterprise.csv")).unwrap();
            fs::write(it.path("in/enterprise.csv"), text.lines().next().unwrap()).unwrap();
        },
        1,
        &["source enterprise failed", "no row was accepted"],
    );
    refused(
        |it| {
            for county in fs::read_dir(it.path("in")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
                let file = county.path().join("parcel.gpkg");
                if file.is_file() {
                    let bytes = fs::read(&file).unwrap();
                    fs::write(&file, &bytes[..bytes.len() / 3]).unwrap();
                    return;
                }
            }
            panic!("no GeoPackage in the sample");
        },
        1,
        &["source parcel-", "parcel.gpkg", "GeoPackage"],
    );
    refused(
        |it| {
            let header = encode_gbk("统一社会信用代码,企业名称\n");
            fs::write(it.path("in/enterprise.csv"), header).unwrap();
        },
        1,
        &["source enterprise failed", "encoding", "gb18030"],
    );
}

fn encode_gbk(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn a_bound_passed_warns_or_stops() {
    refused(
        |it| it.edit("pipeline.toml", "stop = { rejected_share = 0.20 }", "stop = { rejected_share = 0.0001 }"),
        1,
        &["rows rejected, more than 0.0001", "`stop`"],
    );
    let province = Province::new(600, 2);
    province.edit("pipeline.toml", "warn = { rejected_share = 0.05 }", "warn = { rejected_share = 0.0001 }");
    let output = province.run_with("store", |_| {});
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("warning: source"));
    province.snapshot("store");
}

#[test]
fn a_held_store_is_another_runs() {
    let province = Province::new(600, 2);
    let _lock = mujun::store::lock::Lock::take(&province.path("store")).unwrap();
    let output = province.run_with("store", |_| {});
    assert_eq!(output.status.code(), Some(4), "{}", told(&output));
}

#[test]
fn usage_errors_are_bad_input() {
    assert_eq!(mujun().arg("rnu").output().unwrap().status.code(), Some(3));
    assert_eq!(mujun().args(["run", "/nowhere/pipeline.toml"]).output().unwrap().status.code(), Some(3));
    assert_eq!(mujun().arg("--help").output().unwrap().status.code(), Some(0));
    assert_eq!(mujun().args(["sample", "--parcels", "0", "/tmp/mujun-none"]).output().unwrap().status.code(), Some(3));
}
