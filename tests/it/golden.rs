//! A stage whose output changes must say so: its version constant goes up, or this fails.
//! `MUJUN_BLESS=1` writes the golden file anew after a deliberate change.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::province::{Province, records};

/// By step: its code version and a digest of all it left.
fn digests(store: &Path) -> BTreeMap<String, (u64, String)> {
    let mut steps: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
    for record in records(store) {
        let step = record["made_of"]["step"].as_str().unwrap().to_owned();
        let (version, hashes) = steps.entry(step).or_default();
        *version = record["made_of"]["code"].as_u64().unwrap();
        for artifact in record["artifacts"].as_array().unwrap() {
            hashes.push(format!("{} {} {}", artifact["table"], artifact["part"], artifact["hash"]));
        }
    }
    let digest = |(step, (version, mut hashes)): (String, (u64, Vec<String>))| {
        hashes.sort();
        (step, (version, blake3::hash(hashes.join("\n").as_bytes()).to_hex()[..16].to_owned()))
    };
    steps.into_iter().map(digest).collect()
}

#[test]
fn a_changed_output_needs_a_changed_version() {
    let province = Province::new(800, 1);
    province.run("store");
    let now = digests(&province.path("store"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/stages.json");
    if std::env::var_os("MUJUN_BLESS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&now).unwrap() + "\n").unwrap();
    }
    let golden: BTreeMap<String, (u64, String)> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(golden.keys().collect::<Vec<_>>(), now.keys().collect::<Vec<_>>());
    for (step, (version, digest)) in &now {
        let (before, expected) = &golden[step];
        assert!(
            digest == expected || version > before,
            "{step} leaves other rows than before: raise its version (now {version}) and bless the golden file"
        );
        assert!(version == before, "{step} has a new version: bless the golden file (MUJUN_BLESS=1)");
    }
}
