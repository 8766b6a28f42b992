//! A stage whose output changes must say so: its version constant goes up, or this fails.
//! `MUJUN_BLESS=1` writes the golden file anew after a deliberate change.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::province::Province;

/// By step: its code version and a digest of all it left.
fn digests(store: &Path) -> BTreeMap<String, (u64, String)> {
    let mut digests = BTreeMap::new();
    for step in fs::read_dir(store.join("stages")).unwrap() {
        let step = step.unwrap();
        let (mut version, mut hashes) = (0, Vec::new());
        for key in fs::read_dir(step.path()).unwrap() {
            for build in fs::read_dir(key.unwrap().path()).unwrap() {
                let record = fs::read_to_string(build.unwrap().path().join("part.json")).unwrap();
                let record: Value = serde_json::from_str(&record).unwrap();
                version = record["made_of"]["code"].as_u64().unwrap();
                for artifact in record["artifacts"].as_array().unwrap() {
                    hashes.push(format!("{} {} {}", artifact["table"], artifact["part"], artifact["hash"]));
                }
            }
        }
        hashes.sort();
        let digest = blake3::hash(hashes.join("\n").as_bytes()).to_hex()[..16].to_owned();
        digests.insert(step.file_name().to_string_lossy().into_owned(), (version, digest));
    }
    digests
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
