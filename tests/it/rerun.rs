//! What a second run does: nothing, or only what a change asks for.

use std::collections::BTreeSet;

use crate::province::{Province, mujun, told};

fn plan(province: &Province) -> String {
    let output = mujun()
        .arg("plan")
        .arg(province.path("pipeline.toml"))
        .arg("--store")
        .arg(province.path("store"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Steps that `plan` would run, with the reasons.
fn steps(plan: &str) -> BTreeSet<String> {
    plan.lines()
        .filter(|line| line.contains(" run "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect()
}

#[test]
fn nothing_changed_means_nothing_is_done() {
    let province = Province::new(1000, 3);
    assert!(plan(&province).contains("never built"));
    assert!(!province.path("store").exists(), "plan wrote something");
    let first = province.run("store");
    let before = first.files();
    let output = province.run_with("store", |_| {});
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing changed"), "{}", told(&output));
    assert_eq!(before, province.snapshot("store").files());
    assert!(plan(&province).contains("nothing would run"));
}

#[test]
fn a_threshold_reruns_the_verdict_and_what_follows() {
    let province = Province::new(1000, 3);
    let before = province.run("store");
    province.edit("policy/zhejiang.toml", "value = 10, unit", "value = 40, unit");
    let planned = plan(&province);
    let steps = steps(&planned);
    assert!(planned.contains("policy changed (2023 rules, 2024 rules)"), "{planned}");
    assert!(steps.contains("identify.judge") && steps.contains("blocks.targets"), "{planned}");
    for kept in ["cadastre.read", "ledgers.read", "allocate.local", "yields"] {
        assert!(!steps.contains(kept), "{kept} would run: {planned}");
    }
    let after = province.run("store");
    assert_ne!(before.id, after.id);
    assert!(before.low().is_subset(&after.low()) && before.low().len() < after.low().len());
}

#[test]
fn a_comment_reruns_nothing_and_a_file_only_its_own() {
    let province = Province::new(1000, 3);
    let before = province.run("store");
    province.edit("policy/zhejiang.toml", "format = 1", "# a remark\nformat = 1");
    assert!(plan(&province).contains("nothing would run"));
    // A line that adds no row: the file is read again, and its equal outcome stops the cascade.
    let county = std::fs::read_dir(province.path("in"))
        .unwrap()
        .filter_map(std::result::Result::ok)
        .find(|entry| entry.path().is_dir())
        .unwrap();
    let tax = county.path().join("tax.csv");
    let mut bytes = std::fs::read(&tax).unwrap();
    bytes.extend_from_slice(b"\n\n");
    std::fs::write(&tax, bytes).unwrap();
    let planned = plan(&province);
    let name = county.file_name();
    assert!(planned.contains(&format!("file changed (tax-{}/tax.csv)", name.to_str().unwrap())), "{planned}");
    let output = province.run_with("store", |command| {
        command.args(["--output", "json"]);
    });
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let built: Vec<(&str, u64)> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["step"].as_str().unwrap(), step["built"].as_u64().unwrap()))
        .filter(|(step, built)| *built > 0 && *step != "publish")
        .collect();
    assert_eq!(built, [("ledgers.settle", 1)]);
    assert_eq!(before.id, province.snapshot("store").id);
}
