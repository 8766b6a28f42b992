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
