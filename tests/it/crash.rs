//! Law 5: killed anywhere, the next run resumes and ends in the same bytes.

use std::process::Stdio;
use std::time::Duration;

use crate::province::{Province, mujun};

#[test]
fn a_killed_run_is_resumed_to_the_same_bytes() {
    let province = Province::new(3000, 9);
    let whole = province.run("whole");
    for (at, wait) in [20_u64, 60, 120, 200, 300, 420, 560].into_iter().enumerate() {
        let store = format!("killed-{at}");
        let mut child = mujun()
            .arg("run")
            .arg(province.path("pipeline.toml"))
            .arg("--store")
            .arg(province.path(&store))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        let _ = child.wait();
        if province.path(&store).join("CURRENT").exists() {
            assert_eq!(province.snapshot(&store).files(), whole.files(), "published whole or not at all");
        }
        assert_eq!(province.run(&store).files(), whole.files(), "killed after {wait} ms");
    }
}

#[test]
fn latest_follows_current_even_if_a_run_died_between_the_two() {
    let province = Province::new(600, 9);
    let snapshot = province.run("store");
    std::fs::remove_file(province.path("store/latest")).unwrap();
    std::os::unix::fs::symlink("snapshots/0000000000000000", province.path("store/latest")).unwrap();
    province.run("store");
    let target = std::fs::read_link(province.path("store/latest")).unwrap();
    assert_eq!(target.file_name().unwrap().to_string_lossy(), snapshot.id);
}

/// Some stage's table of the store.
fn stage_table(province: &Province, step: &str) -> std::path::PathBuf {
    let only = |folder: std::path::PathBuf| std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let build = only(only(province.path(&format!("store/stages/{step}"))));
    std::fs::read_dir(build).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.ends_with("tables")).unwrap()
}

#[test]
fn a_damaged_cache_is_never_published() {
    let province = Province::new(600, 9);
    let first = province.run("store");
    let table = stage_table(&province, "yields");
    let mut bytes = std::fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).unwrap();
    let output = province.run_with("store", |_| {});
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("is damaged; remove the folder it lies in"), "{told}");
    std::fs::remove_dir_all(table.parent().unwrap()).unwrap();
    assert_eq!(province.run("store").files(), first.files());
}

#[test]
fn a_damaged_snapshot_is_published_anew() {
    let province = Province::new(600, 9);
    let first = province.run("store");
    let files = first.files();
    std::fs::write(first.folder.join("bi/parcel_card.parquet"), "gone").unwrap();
    assert_eq!(province.run("store").files(), files);
    // Without its folder the history of earlier years is lost with it, which nobody should find out later.
    std::fs::remove_dir_all(&first.folder).unwrap();
    let output = province.run_with("store", |_| {});
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("manifest.json: the snapshot that CURRENT names is damaged"), "{told}");
    std::fs::remove_file(province.path("store/CURRENT")).unwrap();
    assert_eq!(province.run("store").files(), files);
}
