//! `mujun policy`: what is shipped is right by its worked cases, and what is wrong is told.

use std::fs;
use std::path::{Path, PathBuf};

use crate::province::{mujun, told};
use crate::scratch::Scratch;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

/// What the command prints, and its exit code.
fn policy(arguments: &[&str], files: &[impl AsRef<Path>]) -> (String, Option<i32>) {
    let mut command = mujun();
    command.arg("policy").args(arguments).args(files.iter().map(AsRef::as_ref));
    let output = command.output().unwrap();
    (format!("{}{}", String::from_utf8_lossy(&output.stdout), told(&output)), output.status.code())
}

#[test]
fn every_set_is_in_order_and_its_cases_come_out() {
    for set in files("pipelines/policy").into_iter().chain(files("tests/policy")) {
        let (text, code) = policy(&["check"], &[&set]);
        assert_eq!(code, Some(0), "{text}");
    }
    let cases: Vec<_> = files("pipelines/policy/cases").into_iter().chain(files("tests/policy/cases")).collect();
    let (text, code) = policy(&["test"], &cases);
    assert_eq!(code, Some(0), "{text}");
    let count =
        |line: &str| line.rsplit_once(" cases,").and_then(|(left, _)| left.rsplit(' ').next()?.parse::<u32>().ok());
    assert!(text.lines().filter_map(count).sum::<u32>() >= 40, "{text}");
}

#[test]
fn a_case_that_comes_out_otherwise_is_told_with_what_came_out() {
    let folder = Scratch::new();
    let set = root().join("pipelines/policy/huangyan-2022.toml");
    let path = folder.path().join("cases.toml");
    let text = format!(
        "format = 1\nset = \"{}\"\n[[case]]\nid = \"one\"\n[[case.firm]]\nid = \"甲\"\nin = {{ is_above_scale = false, \
         tax_wan_per_mu = \"11.5932\", tax_yuan_per_kwh = 0 }}\nexpect.total = 51\nexpect.grade = \"A\"\n",
        set.display()
    );
    fs::write(&path, &text).unwrap();
    let (told, code) = policy(&["test"], &[&path]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("cases.toml: line 8: one 甲: total: expected 51, got 50\n"), "{told}");
    assert!(told.contains("cases.toml: line 9: one 甲: grade: expected A, got B\n"), "{told}");
    for (from, to, words) in [
        (
            "tax_wan_per_mu",
            "tax_per_mu",
            "cases.toml:7: unknown column `tax_per_mu`\n  hint: did you mean `tax_wan_per_mu`?",
        ),
        ("expect.total = 51", "expect.points = { tax_mu = 1 }", "cases.toml:8: the set has no indicator `tax_mu`"),
        ("format = 1", "format = 2", "cases.toml:1: `format` is 2"),
        ("expect.total", "expect.sum", "cases.toml:8: unknown field `sum`"),
        ("\"11.5932\"", "\"eleven\"", "cases.toml:7: `tax_wan_per_mu`: not a decimal number"),
    ] {
        fs::write(&path, text.replace(from, to)).unwrap();
        let (told, code) = policy(&["test"], &[&path]);
        assert_eq!(code, Some(3), "{told}");
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn every_bad_file_is_told_and_sets_that_clash() {
    let folder = Scratch::new();
    let good = fs::read_to_string(root().join("pipelines/policy/zhejiang.toml")).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let weight = write("weight.toml", &good.replacen("weight = 30", "weight = 31", 1));
    let column = write("column.toml", &good.replacen("\"rd_share\"\nweight", "\"rd_shore\"\nweight", 1));
    let (text, code) = policy(&["check"], &[&weight, &column]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("weight.toml:") && text.contains("add up to 101, not 100"), "{text}");
    assert!(text.contains("column.toml:") && text.contains("did you mean `rd_share`?"), "{text}");
    let (one, other) =
        (write("one.toml", &good), write("other.toml", &good.replace("id = \"zhejiang\"", "id = \"other\"")));
    let (text, code) = policy(&["check"], &[&one, &other]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("equally specific for everywhere"), "{text}");
}

#[test]
fn the_set_in_force_is_shown_with_where_each_number_stands() {
    let set = root().join("pipelines/policy/huangyan-2022.toml");
    let show =
        |period: &str| policy(&["show", "--county", "331003", "--period", period, "--as-of", "2024-01-31"], &[&set]);
    let (text, code) = show("2022");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("# huangyan-2022 judges 331003 in 2022\n"), "{text}");
    let line = |of: &Path, part: &str| {
        fs::read_to_string(of).unwrap().lines().position(|line| line.contains(part)).unwrap() + 1
    };
    let place = |key: &str, value: &str, of: &Path, part: &str| {
        let expected = format!("{key} = {value}\t# ");
        let shown = text.lines().find(|shown| shown.starts_with(&expected)).unwrap_or_else(|| panic!("{key}: {text}"));
        let name = of.file_name().unwrap().to_str().unwrap();
        assert!(shown.ends_with(&format!("{name}:{}", line(of, part))), "{shown}");
    };
    let key = "evaluation[above_scale].indicator[tax_per_mu].benchmark.value";
    place(key, "\"24.097\"", &set, "24.097");
    place("blocks.gap_m", "20", &root().join("pipelines/policy/zhejiang.toml"), "gap_m");
    assert!(!text.contains("[above_scale].veto"), "the province's group is replaced whole: {text}");
    // The set it extends judges every other period.
    assert!(show("2023").0.starts_with("# zhejiang judges 331003 in 2023\n"));
    let (text, code) = policy(&["show", "--county", "331003", "--period", "2022", "--as-of", "2023-09-24"], &[&set]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("law from 2023-09-25"), "{text}");
}
