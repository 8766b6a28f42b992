//! What is carried from one snapshot to the next: grades and benchmarks of the latest years. Figures are those of
//! `evaluate.rs`'s county, by hand.

use std::fs;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;

use crate::evaluate::{FIRMS, county};
use crate::province::{Province, Snapshot, integers, mujun, texts, told};

/// Wan yuan of tax and revenue of the owners of 15 mu each, by year: the third pays more every year.
const YEARS: [(&str, [u32; 3], [u32; 3]); 4] = [
    ("2021", [150, 15, 750], [1500, 300, 900]),
    ("2022", [150, 60, 750], [1500, 300, 900]),
    ("2023", [150, 90, 750], [1500, 300, 900]),
    ("2024", [150, 300, 750], [1800, 600, 1500]),
];

/// The county with those years in its ledgers.
fn years() -> Province {
    let [lessor, _, third, fourth] = FIRMS;
    let province = county("", "");
    let ledger = |file: &str, years: [(&str, [u32; 3]); 4]| {
        let lines = years.iter().flat_map(|(year, amounts)| {
            [lessor, third, fourth].into_iter().zip(amounts).map(move |(firm, wan)| format!("{firm},{year},{wan}\n"))
        });
        fs::write(province.path(file), format!("uscc,year,wan\n{}", lines.collect::<String>())).unwrap();
    };
    ledger("tax.csv", YEARS.map(|(year, taxes, _)| (year, taxes)));
    ledger("output.csv", YEARS.map(|(year, _, revenues)| (year, revenues)));
    for mapping in ["tax.toml", "output.toml"] {
        province.edit(mapping, "period = { const = \"2024\" }", "period = { from = \"year\" }");
    }
    province
}

/// Judges those years.
fn judge(province: &Province, years: &str) {
    let text = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("periods = ")).unwrap().to_owned();
    province.edit("pipeline.toml", &line, &format!("periods = [{years}]"));
}

/// Year, grade and total of the third firm, as history has them.
fn grades(snapshot: &Snapshot) -> Vec<(String, String, f64)> {
    let rows: RecordBatch = snapshot.table("history/grade.parquet");
    let totals = rows.column_by_name("total").unwrap().as_primitive::<Float64Type>().clone();
    let [firms, periods, grades] = ["uscc", "period", "grade"].map(|column| texts(&rows, column));
    let own = (0..rows.num_rows()).filter(|row| firms[*row] == FIRMS[2]);
    own.map(|row| (periods[row].clone(), grades[row].clone(), (totals.value(row) * 1e6).round() / 1e6)).collect()
}

/// Standings, sorted.
fn standings(snapshot: &Snapshot) -> Vec<String> {
    let mut standings = texts(&snapshot.table("bi/enterprise_evaluation.parquet"), "standing");
    standings.sort();
    standings
}

fn grade(year: &str, grade: &str, total: f64) -> (String, String, f64) {
    (year.to_owned(), grade.to_owned(), (total * 1e6).round() / 1e6)
}

/// Exact value and members of the revenue benchmarks of a year.
fn benchmark(snapshot: &Snapshot, year: &str) -> Vec<(String, Option<i64>)> {
    let rows = snapshot.table("bi/benchmark.parquet");
    let [periods, indicators, exact] = ["period", "indicator_id", "exact"].map(|column| texts(&rows, column));
    let n = integers(&rows, "n");
    let own = (0..rows.num_rows()).filter(|row| periods[*row] == year && indicators[*row] == "revenue");
    own.map(|row| (exact[row].clone(), n[row])).collect()
}

#[test]
fn the_three_latest_years_are_kept_while_the_judged_one_moves() {
    let province = years();
    for (at, (year, ..)) in YEARS.iter().enumerate() {
        judge(&province, &format!("\"{year}\""));
        let snapshot = province.run("store");
        assert_eq!(grades(&snapshot).len(), (at + 1).min(3), "{year}");
    }
    // Tax 4, 6 and 20 wan yuan a mu of 10, times 60; revenue 20 a mu of a mean of 60, in 2024 40 of 86⅔, times 40.
    let third = 40.0 / 3.0;
    let kept = [
        grade("2022", "D", 24.0 + third),
        grade("2023", "C", 36.0 + third),
        grade("2024", "A", 120.0 + 40.0 * 40.0 * 3.0 / 260.0),
    ];
    let last = province.snapshot("store");
    assert_eq!(grades(&last), kept);
    // A line a year that is not judged, the latest first.
    let explained =
        mujun().args(["explain", FIRMS[2], "--lang", "zh", "--store"]).arg(province.path("store")).output().unwrap();
    let text = String::from_utf8(explained.stdout).unwrap();
    let line =
        |year: &str| text.lines().position(|line| line.trim().starts_with(&format!("{year} 西湖区 330106"))).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[line("2023")].ends_with("C，第 3 名，共 3 家，总分 49.3333（暂定）"), "{text}");
    assert!(lines[line("2022")].ends_with("D，第 3 名，共 3 家，总分 37.3333（暂定）"), "{text}");
    assert!(line("2023") + 1 == line("2022") && !text.contains("\n    2021"), "{text}");
    // Again: nothing is published, and history stays as it is.
    let (files, output) = (last.files(), province.run_with("store", |_| {}));
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing changed"), "{}", told(&output));
    assert_eq!(province.snapshot("store").files(), files);
    // A year that is judged again takes the place of what was kept of it; fewer years are kept if the pipeline says so.
    province.edit("tax.csv", &format!("{},2023,90", FIRMS[2]), &format!("{},2023,150", FIRMS[2]));
    judge(&province, "\"2023\", \"2024\"");
    let again = province.run("store");
    assert_eq!(grades(&again), [kept[0].clone(), grade("2023", "B", 60.0 + third), kept[2].clone()]);
    province.edit("pipeline.toml", "periods = [", "history = { periods = 2 }\nperiods = [");
    assert_eq!(grades(&province.run("store")), grades(&again)[1..]);
    // What was carried over is named, what was judged is not.
    let manifest = |snapshot: &Snapshot| -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(snapshot.folder.join("manifest.json")).unwrap()).unwrap()
    };
    assert!(manifest(&again)["history"]["history/grade.parquet"].is_string());
    assert_eq!(manifest(&province.snapshot("store"))["history"], serde_json::json!({}));
}

#[test]
fn last_years_mean_is_historys_where_that_year_is_not_judged() {
    let province = years();
    province.edit("own.toml", "{ mean = true, by", "{ multiple_of_last_mean = 2, by");
    judge(&province, "\"2023\", \"2024\"");
    let together = province.run("together");
    // Of 2023, 27,000,000 yuan on 45 mu: 60 wan yuan a mu, twice; three firms.
    let rows = together.table("bi/benchmark.parquet");
    let row = texts(&rows, "indicator_id").iter().position(|id| id == "revenue").unwrap();
    let value = rows.column_by_name("value").unwrap().as_primitive::<Float64Type>().value(row);
    assert!((value - 120.0).abs() < 1e-9, "{value}");
    let expected = benchmark(&together, "2024");
    assert_eq!((expected.len(), expected[0].1), (1, Some(3)));
    // 20 of 10 wan yuan, times 60, and 40 of 120, times 40.
    assert_eq!(grades(&together).last(), Some(&grade("2024", "A", 120.0 + 40.0 / 3.0)));
    judge(&province, "\"2023\"");
    let first = province.run("apart");
    assert_eq!(benchmark(&first, "2023"), []);
    judge(&province, "\"2024\"");
    let second = province.run("apart");
    assert_eq!(benchmark(&second, "2024"), expected);
    assert_eq!(grades(&second).last(), grades(&together).last());
    assert_eq!(province.run("apart").id, second.id);
    // Without history there is no such mean; a folder of it makes up for that.
    let alone = province.run("alone");
    assert_eq!(benchmark(&alone, "2024"), []);
    assert_eq!(standings(&alone), ["excluded", "not_judged", "not_judged", "not_judged"]);
    let seeded = province.run_with("seeded", |command| {
        command.arg("--history").arg(first.folder.join("history"));
    });
    assert_eq!(seeded.status.code(), Some(0), "{}", told(&seeded));
    assert_eq!(province.snapshot("seeded").files_but_origins(), second.files_but_origins());
    assert_eq!(province.run("seeded").id, second.id);
    // Another column is another mean.
    province.edit("own.toml", "column = \"revenue_wan_per_mu\"", "column = \"value_added_wan_per_mu\"");
    assert_eq!(benchmark(&province.run("apart"), "2024"), []);
}

#[test]
fn a_history_that_is_damaged_or_none_stops_the_run() {
    let province = years();
    judge(&province, "\"2023\"");
    let first = province.run("store");
    let current = fs::read(province.path("store/CURRENT")).unwrap();
    judge(&province, "\"2024\"");
    let refused = |store: &str, history: Option<&Path>, code: i32, expected: &[&str]| {
        let output = province.run_with(store, |command| {
            command.args(history.map(|folder| format!("--history={}", folder.display())));
        });
        let told = told(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(expected.iter().all(|part| told.contains(part)), "{told}");
        assert!(!told.contains(FIRMS[2]), "{told}");
    };
    let kept = first.folder.join("history");
    refused("store", Some(&kept), 3, &["the store has a snapshot", "leave --history out"]);
    refused("new", Some(&province.path("in")), 3, &["neither grade.parquet nor benchmark.parquet"]);
    let copy = province.path("copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(kept.join("benchmark.parquet"), copy.join("grade.parquet")).unwrap();
    refused("new", Some(&copy), 3, &["copy/grade.parquet: no history_grade table", "it has no column uscc (Utf8)"]);
    fs::write(copy.join("grade.parquet"), "no").unwrap();
    refused("new", Some(&copy), 3, &["copy/grade.parquet", "it is no Parquet file"]);
    assert!(!province.path("new/CURRENT").exists());
    let grades = kept.join("grade.parquet");
    let whole = fs::read(&grades).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() / 3] ^= 1;
    fs::write(&grades, bytes).unwrap();
    refused("store", None, 1, &["history/grade.parquet", "restore the file from a copy, or remove CURRENT"]);
    assert_eq!(fs::read(province.path("store/CURRENT")).unwrap(), current);
    fs::write(&grades, whole).unwrap();
    province.run("store");
}

/// Values of a column of a table where another has that text.
fn flags(snapshot: &Snapshot, path: &str, flag: &str, (column, text): (&str, &str)) -> Vec<bool> {
    let rows = snapshot.table(path);
    let flags = rows.column_by_name(flag).unwrap().as_boolean().clone();
    let chosen = texts(&rows, column).into_iter().zip(flags.iter()).filter(|(found, _)| found == text);
    chosen.map(|(_, flag)| flag.unwrap()).collect()
}

/// What `mujun policy freeze` prints.
fn freeze(province: &Province, more: &[&str]) -> std::process::Output {
    let mut command = mujun();
    command.args(["policy", "freeze"]).arg(province.path("own.toml"));
    command.arg("--store").arg(province.path("store")).args(more).output().unwrap()
}

const RULE: &str = "[[rule]]\nid = \"tax_per_mu_bottom_quantile\"\nclause = \"二(二)\"\nkind = \"low_efficiency\"\nseverity = 1\n\
                    when = { column = \"tax_wan_per_mu\", op = \"<=\", value_of = { quantile = \"0.4\", by = [\"county_code\"] } }\n\n[[evaluation]]";

#[test]
fn a_frozen_benchmark_stays_when_taxes_rise_and_is_not_provisional() {
    let province = years();
    judge(&province, "\"2024\"");
    province.edit("own.toml", "[[evaluation]]", RULE);
    let tax = "column = \"tax_wan_per_mu\"\nweight = 60\nbenchmark = { value = \"10\", unit = \"wan_yuan/mu\" }";
    let mean = "column = \"tax_wan_per_mu\"\nweight = 60\nbenchmark = { mean = true }";
    province.edit("own.toml", tax, mean);
    let moving = province.run("store");
    let printed = freeze(&province, &["--period", "2024"]);
    assert!(printed.status.success(), "{}", told(&printed));
    let frozen = String::from_utf8(printed.stdout).unwrap();
    // Two of the group, one of the rule: 80/3 of three firms; of the parcels, 20 and 50, the ⌈0.4 × 2⌉-th: the tenant's tax is not known.
    assert_eq!(frozen.matches("of = ").count(), 3, "{frozen}");
    assert!(frozen.contains(r#"class = "", value = "26.666666666666668 wan_yuan/mu", n = 3, statistic = "mean of tax_wan_per_mu", exact = "#), "{frozen}");
    let of_rule = r#"{ of = "rule[tax_per_mu_bottom_quantile]", period = "2024", class = "330106", value = "20 wan_yuan/mu", n = 2, statistic = "quantile 0.4 of tax_wan_per_mu by county_code""#;
    assert!(frozen.contains(of_rule), "{frozen}");
    fs::create_dir(province.path("frozen")).unwrap();
    fs::write(province.path("frozen/2024.toml"), &frozen).unwrap();
    province.edit("own.toml", "format = 1\n", "format = 1\nfrozen = \"frozen/2024.toml\"\n");
    // The same data, judged alike, but no more provisional.
    let pinned = province.run("store");
    let rule = ("rule_id", "tax_per_mu_bottom_quantile");
    for (snapshot, is_frozen) in [(&moving, false), (&pinned, true)] {
        assert_eq!(flags(snapshot, "bi/benchmark.parquet", "is_frozen", ("set_id", "own")), [is_frozen; 2]);
        assert_eq!(flags(snapshot, "bi/rule_benchmark.parquet", "is_frozen", rule), [is_frozen]);
        let ranked = flags(snapshot, "bi/enterprise_evaluation.parquet", "is_provisional", ("standing", "ranked"));
        assert_eq!(ranked, [!is_frozen; 3]);
        assert_eq!(flags(snapshot, "bi/parcel_finding.parquet", "is_provisional", rule), [!is_frozen]);
    }
    assert_eq!(grades(&pinned), grades(&moving));
    assert_eq!(pinned.low(), moving.low());
    // Two firms pay ten times as much: the mean would be 710/3, and the quantile 200.
    province.edit("tax.csv", &format!("{},2024,750", FIRMS[3]), &format!("{},2024,7500", FIRMS[3]));
    province.edit("tax.csv", &format!("{},2024,300", FIRMS[2]), &format!("{},2024,3000", FIRMS[2]));
    let after = province.run("store");
    let exact = |snapshot: &Snapshot| texts(&snapshot.table("bi/benchmark.parquet"), "exact");
    assert_eq!(exact(&after), exact(&pinned));
    let of_rules = |snapshot: &Snapshot| texts(&snapshot.table("bi/rule_benchmark.parquet"), "exact");
    assert_eq!(of_rules(&after), of_rules(&pinned));
    assert_eq!(integers(&after.table("bi/benchmark.parquet"), "n"), [Some(3), Some(3)]);
    province.edit("own.toml", "frozen = \"frozen/2024.toml\"\n", "");
    let moved = province.run("store");
    assert!(exact(&moved) != exact(&pinned) && of_rules(&moved) != of_rules(&pinned));
}

#[test]
fn a_class_that_a_frozen_file_lacks_is_not_judged_and_told() {
    let province = years();
    judge(&province, "\"2024\"");
    province.run("store");
    let frozen = String::from_utf8(freeze(&province, &[]).stdout).unwrap();
    fs::write(province.path("2024.toml"), frozen.replace("class = \"330106\"", "class = \"330108\"")).unwrap();
    province.edit("own.toml", "format = 1\n", "format = 1\nfrozen = \"2024.toml\"\n");
    let snapshot = province.run("store");
    assert_eq!(standings(&snapshot), ["excluded", "not_judged", "not_judged", "not_judged"]);
    let issues = snapshot.table("quality/issues.parquet");
    let row = texts(&issues, "code").iter().position(|code| code == "frozen_class").unwrap();
    assert_eq!(texts(&issues, "id")[row], "own: evaluation[all].indicator[revenue] 330106");
    assert_eq!((texts(&issues, "period")[row].as_str(), integers(&issues, "count")[row]), ("2024", Some(3)));
    // In a year that the file does not have it is computed.
    judge(&province, "\"2023\"");
    let other = province.run("store");
    assert_eq!(flags(&other, "bi/benchmark.parquet", "is_frozen", ("indicator_id", "revenue")), [false]);
}

#[test]
fn a_frozen_file_that_does_not_fit_the_set_is_refused_before_data_is_read() {
    let province = years();
    judge(&province, "\"2024\"");
    province.run("store");
    let frozen = String::from_utf8(freeze(&province, &[]).stdout).unwrap();
    province.edit("own.toml", "format = 1\n", "format = 1\nfrozen = \"f.toml\"\n");
    let refused = |text: &str, line: usize, expected: &str| {
        fs::write(province.path("f.toml"), text).unwrap();
        let output = province.run_with("new", |_| {});
        let told = told(&output);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains(&format!("f.toml:{line}: ")) && told.contains(expected), "{told}");
        assert!(!province.path("new/stages").exists(), "{told}");
    };
    let exact = frozen.split("exact = \"").nth(1).unwrap().split('"').next().unwrap();
    for (from, to, line, expected) in [
        ("set = \"own\"", "set = \"other\"", 3, "it pins benchmarks of set `other`, not of `own`"),
        ("format = 1", "format = 2", 2, "this version reads frozen files of format 1"),
        ("indicator[revenue]", "indicator[tax]", 5, "`evaluation[all].indicator[tax]` is no computed benchmark"),
        ("indicator[revenue]", "indicator[revenu]", 5, "did you mean `evaluation[all].indicator[revenue]`?"),
        ("mean of", "quantile 0.5 of", 5, "and the set asks for the mean of revenue_wan_per_mu by county_code now"),
        ("\"2024\"", "\"2O24\"", 5, "is not a period"),
        ("class = \"330106\"", "class = \"\"", 5, "`class` is empty where"),
        (exact, "0/1", 5, "is not above 0"),
        (exact, "1/0", 5, "`exact` is not a ratio"),
        (exact, "3/1", 5, "but `exact` comes to 20 wan_yuan/mu"),
        ("n = 3", "n = 0", 5, "`n` is 0"),
        ("n = 3", "m = 3", 5, "unknown field `m`"),
    ] {
        assert!(frozen.contains(from), "{frozen}");
        refused(&frozen.replacen(from, to, 1), line, expected);
    }
    let entry = frozen.lines().find(|line| line.contains("of = ")).unwrap();
    refused(&frozen.replace(entry, &format!("{entry}\n{entry}")), 6, "stands twice");
    refused("format = 1\nset = \"own\"\nbenchmark = []", 3, "it pins nothing");
    // The set is changed, the file is not.
    fs::write(province.path("f.toml"), &frozen).unwrap();
    province.edit("own.toml", "{ mean = true, by", "{ share_of_mean = \"0.8\", by");
    refused(
        &frozen,
        5,
        "was the mean of revenue_wan_per_mu by county_code, and the set asks for the share_of_mean 0.8",
    );
    fs::remove_file(province.path("f.toml")).unwrap();
    let output = province.run_with("new", |_| {});
    assert!(told(&output).contains("own.toml:2: no file"), "{}", told(&output));
}
