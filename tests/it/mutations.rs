//! The tests are tested: each deliberate fault of `src/fault.rs` is switched on, and some test must fail.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use mujun::fault::{Fault, VARIABLE};

use crate::scratch::Scratch;

/// What is run under a fault, until a test fails: the quick and sharp first. The golden file tells any change, wanted or
/// not, and so proves nothing.
struct Tests {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
    cases: Option<&'static str>,
}

/// The unit tests' program: this one knows only its own.
fn unit_tests() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args([
            "test",
            "--release",
            "--locked",
            "--features",
            "faults",
            "--lib",
            "--no-run",
            "--message-format",
            "json",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let messages = built.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    let mut programs =
        messages.filter_map(|message: serde_json::Value| message["executable"].as_str().map(PathBuf::from));
    programs.next_back().unwrap()
}

/// The first test that fails.
fn caught(tests: &Tests, fault: Fault, folder: &Path) -> Option<String> {
    let mut command = Command::new(&tests.program);
    command
        .args(tests.arguments)
        .env(VARIABLE, fault.name())
        .env("TMPDIR", folder)
        .env("PROPTEST_RNG_SEED", "1")
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(cases) = tests.cases {
        command.env("PROPTEST_CASES", cases);
    }
    let mut running = command.spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map_while(Result::ok);
    let failed = |line: String| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    let first = lines.find_map(failed);
    let _ = running.kill();
    let _ = running.wait();
    first.map(|test| format!("{} {test}", tests.name))
}

#[test]
#[cfg_attr(not(feature = "faults"), ignore = "needs the feature `faults`: scripts/mutations")]
fn every_fault_is_caught() {
    let of_program = std::env::current_exe().unwrap();
    let all = [
        Tests { name: "unit", program: unit_tests(), arguments: &[], cases: None },
        Tests { name: "it", program: of_program.clone(), arguments: &["properties::"], cases: Some("32") },
        Tests {
            name: "it",
            program: of_program,
            arguments: &["--skip", "properties::", "--skip", "mutations::", "--skip", "golden::"],
            cases: None,
        },
    ];
    let mut survivors = Vec::new();
    for fault in Fault::ALL {
        let (folder, start) = (Scratch::new(), Instant::now());
        let test = all.iter().find_map(|tests| caught(tests, *fault, folder.path()));
        let told = test.as_deref().unwrap_or("SURVIVES");
        println!("{:<22} {:>5.1} s  {told}", fault.name(), start.elapsed().as_secs_f64());
        survivors.extend(test.is_none().then(|| format!("{}: {}", fault.name(), fault.meaning())));
    }
    assert!(survivors.is_empty(), "no test catches these faults:\n{}", survivors.join("\n"));
}

#[test]
fn every_fault_is_in_one_place() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    for fault in Fault::ALL {
        assert_eq!(text.matches(&format!("is_on(Fault::{fault:?})")).count(), 1, "{fault:?}");
    }
}
