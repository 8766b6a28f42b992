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
fn what_a_case_lacks_is_told_as_the_reason() {
    let folder = Scratch::new();
    let path = folder.path().join("cases.toml");
    let set = root().join("tests/policy/together.toml");
    let case = |more: &str| {
        let text = format!("format = 1\nset = \"{}\"\n[[case]]\nid = \"one\"\n{more}\n", set.display());
        fs::write(&path, text).unwrap();
        policy(&["test"], &[&path])
    };
    let firm = |values: &str| {
        case(&format!(
            "period = \"2024\"\n[[case.firm]]\nid = \"甲\"\n{values}\nexpect = {{ group = \"firms\", total = 1, grade = \"A\" }}"
        ))
    };
    for (values, reasons) in [
        (
            "in.is_above_scale = false",
            &["group: expected firms, got none (firms: is_above_scale = true does not hold)"][..],
        ),
        ("", &["group: expected firms, got unknown (firms: is_above_scale = true is not known)"]),
        (
            "in = { is_above_scale = true, tax_wan_per_mu = \">= 1\" }",
            &[
                "total: expected 1, got none (tax_per_mu: tax_wan_per_mu is known in part only; rd: rd_share is not known)",
                "grade: expected A, got none (tax_per_mu: ",
            ],
        ),
        (
            "in = { is_above_scale = true, tax_wan_per_mu = 20, rd_share = \"0.03\" }",
            &["grade: expected A, got none (`safety`: safety_violations > 0 ratio is not known)"],
        ),
        // Of one branch nobody told the violations; of another the tax.
        (
            "of = [{ land_mu = 3, tax_yuan = 1, rd_yuan = 1, revenue_yuan = 1, is_above_scale = true, safety_violations = 0 }, { land_mu = 3 }]",
            &[
                "total: expected 1, got none (tax_per_mu: tax_wan_per_mu is known in part only; rd: rd_share is not known)",
            ],
        ),
    ] {
        let (text, code) = firm(values);
        assert_eq!(code, Some(1), "{text}");
        assert!(reasons.iter().all(|reason| text.contains(&format!(": one 甲: {reason}"))), "{text}");
    }
    let two =
        "[[case.firm]]\nid = \"甲\"\nof = [{ land_mu = 3 }]\nexpect = {}\n[[case.firm]]\nid = \"乙\"\nexpect = {}";
    let both = two.replace("id = \"乙\"", "id = \"乙\"\nof = [{}]");
    for (more, words) in [
        ("[[case.firm]]\nid = \"甲\"\nexpect = {}".to_owned(), "cases.toml:4: the set pins benchmarks by period"),
        (format!("period = \"2024\"\n{two}"), "cases.toml:11: `乙` has no `of`, and others have"),
        (both.replacen("land_mu", "land_m", 1), "unknown column `land_m`\n  hint: did you mean `land_mu`?"),
        (
            both.replacen("expect", "in.tax_wan_per_mu = 3\nexpect", 1),
            "where figures are summed, give its parts in `of`",
        ),
        (both.replacen("expect", "in.land_mu = 60\nexpect", 1), "`land_mu` is summed: give it in `of`"),
        (both.replacen("expect", "before = {}\nexpect", 1), "`before` does not go with `of`"),
        (both.replacen("land_mu = 3", "grade = \"d\"", 1), "`grade` is one of A, B, C, D, apart"),
        (
            "period = \"2024\"\nbenchmarks.firms.tax_per_mu = 3\n[[case.firm]]\nid = \"甲\"\nexpect = {}".to_owned(),
            "the set pins the benchmark of `tax_per_mu`",
        ),
    ] {
        let (text, code) = case(&more);
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains(words), "{words}: {text}");
    }
    // A set that evaluates each by itself has no groups.
    let path = folder.path().join("alone.toml");
    let set = root().join("pipelines/policy/huangyan-2022.toml");
    let text = format!(
        "format = 1\nset = \"{}\"\n[[case]]\nid = \"one\"\n[[case.firm]]\nid = \"甲\"\nof = [{{ land_mu = 3 }}, {{ land_mu = 3 }}]\nexpect = {{}}\n",
        set.display()
    );
    fs::write(&path, text).unwrap();
    let (text, code) = policy(&["test"], &[&path]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("alone.toml:6: the set evaluates nobody together"), "{text}");
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

/// The way two groups may overlap is told with its place, and is no mistake.
#[test]
fn groups_that_may_overlap_are_told_with_their_place() {
    let folder = Scratch::new();
    let path = folder.path().join("overlap.toml");
    let good = fs::read_to_string(root().join("pipelines/policy/zhejiang.toml")).unwrap();
    let below = "when = { column = \"is_above_scale\", op = \"=\", value = false }";
    let text = good.replacen(below, "when = { column = \"is_key\", op = \"=\", value = true } # both", 1);
    fs::write(&path, &text).unwrap();
    let (told, code) = policy(&["check"], &[&path]);
    let line = text.lines().position(|line| line.ends_with("# both")).unwrap() + 1;
    assert_eq!(code, Some(0), "{told}");
    // Groups stand by id: below_scale after above_scale.
    assert!(told.contains(&format!("note: {}:{line}: an enterprise could fall into both", path.display())), "{told}");
}

/// What is written wrong in the province's set; each says on its line what is to be told of it.
const MISTAKES: &[(&str, &str)] = &[
    ("land_basis = \"registered\"\n", "land_bases = \"registred\" # wrong: unknown field `land_bases`\n"),
    ("max_area_difference = \"0.05\"", "max_area_difference = \"5%\" # wrong: `max_area_difference`: not a decimal"),
    ("unit = \"kwh\"", "unit = \"kw\" # wrong: unknown unit"),
    ("severity = 2", "severity = \"high\" # wrong: invalid type: string \"high\", expected i64"),
    (
        "value = 10, unit = \"wan_yuan/mu\" }",
        "value = 10, unit = \"tce/mu\" } # wrong: `tax_wan_per_mu` is in wan_yuan/mu",
    ),
    ("label = \"规上工业企业\"\n", ""),
    ("[[evaluation]]\n", "[[evaluation]] # wrong: missing field `label`\n"),
    ("graded = \"apart\"", "graded = \"E\" # wrong: `graded` is apart, owner, A, B, C or D"),
    (
        "column = \"value_added_wan_per_mu\"\nweight = 20",
        "column = \"value_added_per_mu\" # wrong: unknown column\nweight = 21",
    ),
    ("id = \"value_added_per_tce\"", "id = \"tax_per_mu\" # wrong: two indicators with the id `tax_per_mu`"),
    (
        "\"rd_share\"\nweight = 10",
        "\"rd_share\"\nweight = 10 # wrong: the weights of `above_scale` add up to 101, not 100",
    ),
    (
        "when = { column = \"wage_violations\", op = \">\", value = 0 }",
        "when = { column = \"is_above_scale\", op = \"=\", value = false } # wrong: no enterprise of the group can meet this",
    ),
    ("C = \"0.15\", D = \"0.05\" }", "C = \"0.15\", D = \"0.5\" } # wrong: the shares add up to 1.45, not 1"),
    ("graded = \"apart\"", "graded = \"apart\"\nreson = \"new\" # wrong: unknown field `reson`"),
];

/// A file of many mistakes, and a child of it: each is told with its line, in order, and nothing else.
#[test]
fn all_mistakes_of_all_files_are_told_in_order() {
    let folder = Scratch::new();
    let good = fs::read_to_string(root().join("pipelines/policy/zhejiang.toml")).unwrap();
    let mut bad = good;
    for (from, to) in MISTAKES {
        assert!(bad.contains(from), "{from}");
        bad = bad.replacen(from, to, 1);
    }
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let base = write("base.toml", &bad);
    // Of what it would have from its parent nothing is missed.
    let child = "format = 1\nid = \"child\"\nextends = \"base.toml\"\n[blocks]\ngap_m = -1\n[[rule]]\nid = \"low\"\n\
                 clause = \"二(二)\"\nkind = \"low\"\nseverity = 2\nwhen = { column = \"land_mu\", op = \"=<\", value = 1 }\n";
    let child = write("child.toml", child);
    let (text, code) = policy(&["check"], &[&child, &base]);
    assert_eq!(code, Some(3), "{text}");
    let told: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    let lines = bad.lines().enumerate().filter_map(|(at, line)| {
        let (_, told) = line.split_once("# wrong: ")?;
        Some(format!("base.toml:{}: {told}", at + 1))
    });
    let mut wanted: Vec<String> = lines.collect();
    // The land basis is told twice: its key, and, read as the key that was meant, its value.
    wanted.insert(1, wanted[0].replace("unknown field `land_bases`", "unknown land basis `registred`"));
    assert_eq!(wanted.len(), MISTAKES.len());
    wanted.extend(
        ["child.toml:5: `gap_m` is at least 0", "child.toml:9: unknown kind `low`", "child.toml:11: unknown op `=<`"]
            .map(ToOwned::to_owned),
    );
    assert_eq!(told.len(), wanted.len(), "{text}");
    for (told, wanted) in told.iter().zip(&wanted) {
        let told = told.strip_prefix(&format!("{}/", folder.path().display())).unwrap();
        assert!(told.starts_with(wanted), "{told}, not {wanted}");
    }
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
    let (json, code) = policy(
        &["show", "--county", "331003", "--period", "2022", "--as-of", "2024-01-31", "--output", "json"],
        &[&set],
    );
    assert_eq!(code, Some(0), "{json}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!([&json["set_id"], &json["period"]], ["huangyan-2022", "2022"]);
    // Both say the same, in the same order.
    let settings = json["settings"].as_array().unwrap();
    let shown: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(settings.len(), shown.len());
    for (setting, shown) in settings.iter().zip(shown) {
        let of = |key: &str| setting[key].as_str().unwrap();
        assert!(shown.starts_with(&format!("{} = ", of("key"))), "{shown}: {setting}");
        assert!(shown.ends_with(&format!("\t# {}:{}", of("file"), setting["line"])), "{shown}: {setting}");
    }
    let value = |key: &str| &settings.iter().find(|setting| setting["key"] == key).unwrap()["value"];
    assert_eq!(value(key), "24.097");
    assert_eq!(value("blocks.gap_m"), 20);
    assert_eq!(value("land.industrial_codes"), &serde_json::json!(["0601", "1001"]));
    assert_eq!(value("evaluation[above_scale].when")["column"], "is_above_scale");
    // The set it extends judges every other period.
    assert!(show("2023").0.starts_with("# zhejiang judges 331003 in 2023\n"));
    let (text, code) = policy(&["show", "--county", "331003", "--period", "2022", "--as-of", "2023-09-24"], &[&set]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("law from 2023-09-25"), "{text}");
}

#[test]
fn a_county_or_year_that_there_is_not_is_refused_with_those_that_there_are() {
    let set = |name: &str| root().join("pipelines/policy").join(name);
    let show = |county: &str, period: &str, set: &Path| {
        policy(&["show", "--county", county, "--period", period, "--as-of", "2029-01-31"], &[set])
    };
    let folder = Scratch::new();
    let zone = folder.path().join("zone.toml");
    let text = format!(
        "format = 1\nid = \"zone\"\nextends = \"{}\"\ncounties = [\"330190\"]\nperiods = [\"2021\"]\n",
        set("zhejiang.toml").display()
    );
    fs::write(&zone, text).unwrap();
    for (county, period, set, words) in [
        ("330199", "2024", &set("zhejiang.toml"), "there is no county 330199; there are 330102 上城区, 330105 拱墅区"),
        ("999999", "2024", &set("zhejiang.toml"), "there is no county 999999; there are 3301 杭州市, 3302 宁波市"),
        // Law from 2023-03-15 to 2028-03-14: it may judge the year before.
        ("330106", "2021", &set("zhejiang.toml"), "no policy set is meant for 2021: `zhejiang` names no `periods`"),
        ("330106", "2029", &set("zhejiang.toml"), "is law from 2023-03-15 to 2028-03-14"),
        ("331003", "2020", &set("huangyan-2022.toml"), "no policy set is meant for 2020"),
    ] {
        let (text, code) = show(county, period, set);
        assert_eq!(code, Some(3), "{text}");
        assert!(text.starts_with("error: ") && text.contains(words), "{text}");
    }
    for (county, period, set, id) in [
        ("330106", "2022", &set("zhejiang.toml"), "zhejiang"),
        ("330106", "2028", &set("zhejiang.toml"), "zhejiang"),
        // A set's own periods, and a functional zone's code that it names.
        ("331003", "2021", &set("huangyan-2021.toml"), "huangyan-2021"),
        ("330190", "2021", &zone, "zone"),
    ] {
        let (text, code) = show(county, period, set);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.starts_with(&format!("# {id} judges {county} in {period}\n")), "{text}");
    }
    // Where no set takes in the place and period, those that there are are told.
    let base = fs::read_to_string(set("zhejiang.toml")).unwrap();
    fs::write(&zone, base.replacen("id = \"zhejiang\"", "id = \"zhejiang\"\nperiods = [\"2023\", \"2024\"]", 1))
        .unwrap();
    let (text, code) = show("330106", "2022", &zone);
    assert_eq!(code, Some(3), "{text}");
    assert!(
        text.contains("no policy set judges 330106 in 2022; there are `zhejiang` (everywhere; 2023 2024)"),
        "{text}"
    );
}
