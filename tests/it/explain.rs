//! `mujun explain`: its numbers reproduce its points, it tells what the tables tell, and nothing leaks unless it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use serde_json::Value;

use crate::province::{Province, Snapshot, integers, mujun, texts, told};

/// Groups that every firm of the sample falls into, with all that an explanation has to tell.
const EVALUATIONS: &str = r#"
[[evaluation]]
id = "large"
label = "用地大户"
when = { column = "land_mu", op = ">", value = 10, unit = "mu" }
cap = 2
floor = 0
[[evaluation.indicator]]
id = "tax_per_mu"
column = "tax_wan_per_mu"
weight = "32.5"
benchmark = { mean = true, by = ["county_code"] }
[[evaluation.indicator]]
id = "value_added_per_mu"
column = "value_added_wan_per_mu"
weight = "17.5"
benchmark = { value = "31.7", unit = "wan_yuan/mu" }
missing = "group_mean"
[[evaluation.indicator]]
id = "value_added_per_tce"
column = "value_added_wan_per_tce"
weight = 20
benchmark = { quantile = "0.5" }
missing = "zero"
[[evaluation.indicator]]
id = "value_added_per_person"
column = "value_added_wan_per_person"
weight = 20
benchmark = { simple_mean = true }
missing = "spread"
[[evaluation.indicator]]
id = "rd_share"
column = "rd_share"
weight = 10
benchmark = { mean = true }
missing = "spread"
[[evaluation.coefficient]]
id = "landed"
label = "自有用地"
factor = "1.05"
when = { column = "owns_land", op = "=", value = true }
[[evaluation.coefficient]]
id = "taxpayer"
factor = "1.1"
of = "tax_per_mu"
when = { column = "tax_yuan", op = ">", value = 300, unit = "wan_yuan" }
missing = "not_met"
[[evaluation.adjust]]
id = "tenants"
label = "每户承租企业"
points = "-1.5"
per = { column = "tenants", above = 0 }
least = -6
most = 0
[[evaluation.veto]]
id = "idle"
label = "税收过低"
best = "C"
when = { column = "tax_wan_per_mu", op = "<", value = 4, unit = "wan_yuan/mu" }
missing = "not_met"
[evaluation.grades]
shares = { A = "0.20", B = "0.60", C = "0.15", D = "0.05" }

[[evaluation]]
id = "small"
label = "小微用地户"
when = { column = "land_mu", op = "<=", value = 10, unit = "mu" }
cap = 2
floor = 0
[[evaluation.exclude]]
id = "lessee"
label = "无自有用地"
when = { column = "owns_land", op = "=", value = false }
graded = "apart"
[[evaluation.indicator]]
id = "tax_per_mu"
column = "tax_wan_per_mu"
weight = 60
benchmark = { mean = true, by = ["county_code"] }
[[evaluation.indicator]]
id = "tax_per_kwh"
column = "tax_yuan_per_kwh"
weight = 40
benchmark = { mean = true, by = ["county_code"] }
missing = "zero"
[evaluation.grades]
scores = { A = 120, B = 60, C = 30 }
"#;

struct Sample {
    province: Province,
    snapshot: Snapshot,
}

impl Sample {
    fn new() -> Self {
        let province = Province::new(500, 3);
        let path = province.path("policy/zhejiang.toml");
        let policy = fs::read_to_string(&path).unwrap();
        let rules = &policy[..policy.find("[[evaluation]]").unwrap()];
        let platforms = &policy[policy.find("# Platforms and micro-parks").unwrap()..];
        fs::write(&path, format!("{rules}{EVALUATIONS}\n{platforms}")).unwrap();
        let snapshot = province.run("store");
        Self { province, snapshot }
    }

    fn explain(&self, id: &str, arguments: &[&str]) -> String {
        let output = mujun()
            .args(["explain", id, "--store"])
            .arg(self.province.path("store"))
            .args(arguments)
            .env("LANG", "C")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Exit code and what is told on stderr.
    fn refusal(&self, store: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let output =
            mujun().arg("explain").args(arguments).arg("--store").arg(self.province.path(store)).output().unwrap();
        assert!(output.stdout.is_empty());
        (output.status.code(), told(&output))
    }

    /// Some enterprises: of each group, county, way in which an item came about and grade, two.
    fn enterprises(&self) -> Vec<String> {
        let items = self.snapshot.table("bi/enterprise_indicator.parquet");
        let rows = self.snapshot.table("bi/enterprise_evaluation.parquet");
        let mut chosen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let adjusted = rows.column_by_name("adjustment_points").unwrap().as_primitive::<Float64Type>();
        let adjusted: Vec<bool> = adjusted.iter().map(|points| points.is_some_and(|points| points < 0.0)).collect();
        let keys = [
            (&items, ["evaluation_id", "indicator_id", "origin"], None),
            (&rows, ["evaluation_id", "grade_by_total", "grade"], None),
            (&rows, ["evaluation_id", "standing", "grade"], Some(&adjusted)),
        ];
        for (table, columns, flags) in keys {
            let (codes, columns) = (texts(table, "uscc"), columns.map(|column| texts(table, column)));
            for row in 0..table.num_rows() {
                let key = columns.each_ref().map(|column| column[row].as_str()).join(" ");
                let of = chosen.entry(format!("{key} {:?}", flags.map(|flags| flags[row]))).or_default();
                if of.len() < 2 {
                    of.insert(codes[row].clone());
                }
            }
        }
        let chosen: BTreeSet<String> = chosen.into_values().flatten().collect();
        chosen.into_iter().collect()
    }
}

/// The words between which a formula stands.
fn clauses(line: &str) -> Vec<String> {
    let line = line
        .replace(", held", "; held")
        .replace(", raised", "; raised")
        .replace("，封", "；封")
        .replace("，保", "；保");
    let parts =
        line.split(['；', '：', '，', '（', '(']).flat_map(|part| part.split("; ")).flat_map(|part| part.split(": "));
    parts.map(str::to_owned).collect()
}

fn number(token: &str) -> Option<f64> {
    token
        .parse()
        .ok()
        .filter(|_| token.starts_with(|first: char| first.is_ascii_digit() || first == '-') && token != "-")
}

/// What a pocket calculator makes of it, from left to right; none if there is nothing to work out.
fn worked_out(formula: &str) -> Option<f64> {
    let (mut result, mut operator, mut is_formula) = (None, "+", false);
    for token in formula.split_whitespace() {
        if let Some(number) = number(token) {
            let before: f64 = result.unwrap_or(0.0);
            result = Some(match operator {
                "+" => before + number,
                "-" => before - number,
                "×" => before * number,
                _ => before / number,
            });
        } else if ["+", "-", "×", "/"].contains(&token) {
            (operator, is_formula) = (token, true);
        }
    }
    result.filter(|_| is_formula)
}

/// Checks every formula of a text to the last printed digit; how many there were.
fn check_arithmetic(text: &str) -> usize {
    let mut seen = 0;
    for clause in text.lines().flat_map(clauses) {
        let Some((formula, result)) = clause.split_once(" = ") else { continue };
        let Some(expected) = worked_out(formula) else { continue };
        let result = result.split_whitespace().find(|token| number(token).is_some()).unwrap();
        let places = result.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let half = 0.5 / 10_f64.powi(i32::try_from(places).unwrap());
        let difference = (expected - number(result).unwrap()).abs();
        assert!(difference <= half * 1.000_001 + expected.abs() * 1e-13, "{clause}: {expected}\n{text}");
        seen += 1;
    }
    seen
}

/// Checks that what is printed of a platform's enterprises adds up to what is printed of all; how many sums there were.
fn check_sums(text: &str) -> usize {
    let after = |line: &str, word: &str| {
        let number = line.split_once(word)?.1.split_whitespace().next()?;
        number.parse::<f64>().ok()
    };
    let (mut land, mut tax, mut seen) = (0.0, 0.0, 0);
    for line in text.lines().map(str::trim) {
        if line.starts_with("enterprises counted in") {
            (land, tax) = (0.0, 0.0);
        } else if line.starts_with("these ") {
            let sum = after(line, "land ").unwrap();
            assert!((land - sum).abs() < 0.000_051, "{land}: {text}");
            if let Some(sum) = after(line, "tax ") {
                assert!((tax - sum).abs() < 1e-6, "{tax}: {text}");
            }
            seen += 1;
        } else if line.contains(": land ") {
            land += after(line, ": land ").unwrap();
            tax += after(line, ", tax ").unwrap_or(0.0);
        }
    }
    seen
}

#[test]
fn printed_numbers_reproduce_printed_points() {
    let sample = Sample::new();
    let enterprises = sample.enterprises();
    let mut all = String::new();
    for id in &enterprises {
        let text = sample.explain(id, &["--show-amounts", "--lang", "en"]);
        let chinese = sample.explain(id, &["--show-amounts", "--lang", "zh"]);
        assert_eq!(check_arithmetic(&text), check_arithmetic(&chinese), "{chinese}");
        all.push_str(&text);
    }
    assert!(check_arithmetic(&all) > 100, "{all}");
    for words in [
        "× 32.5 × 1.1 = ",
        " × 1.05",
        "held at the cap of",
        "raised to the floor of 0.0",
        "the mean points of those",
        "no points, as the set says",
        "is spread over the other items",
        "× 100 / ",
        "bonus or penalty 每户承租企业 (tenants): -3\n",
        "coefficient 自有用地 (landed): × 1.05\n",
        "coefficient taxpayer: × 1.1\n",
        " - 3 = ",
        "用地大户 (large) (set ",
        "excluded: 无自有用地 (lessee)",
        "vetoes: 税收过低 (idle)",
        "C, by the veto",
        "T: apart",
        "next grade: ",
        "≥ ",
        "nobody in this county and group has a better one",
        "quantile 0.5 of ",
        "given by the set",
    ] {
        assert!(all.contains(words), "nobody's explanation has `{words}`: {all}");
    }
    let platforms = texts(&sample.snapshot.table("bi/dim_platform.parquet"), "platform_id");
    let of_platforms: Vec<String> =
        platforms.iter().take(20).map(|id| sample.explain(id, &["--show-amounts", "--lang", "en"])).collect();
    assert!(of_platforms.iter().map(|text| check_arithmetic(text)).sum::<usize>() > 1);
    assert!(of_platforms.iter().map(|text| check_sums(text)).sum::<usize>() > 1);
    let findings = sample.snapshot.table("bi/parcel_finding.parquet");
    let parcels: BTreeSet<String> = texts(&findings, "parcel_id").into_iter().collect();
    let of_parcels: usize =
        parcels.iter().take(20).map(|id| check_arithmetic(&sample.explain(id, &["--show-amounts"]))).sum();
    assert!(of_parcels > 20);
}

/// The facts of that id below a section.
fn facts<'a>(section: &'a Value, id: &str, found: &mut Vec<&'a Value>) {
    found.extend(section["facts"].as_array().unwrap().iter().filter(|fact| fact["id"] == id));
    section["sections"].as_array().unwrap().iter().for_each(|section| facts(section, id, found));
}

#[test]
fn ranks_grades_and_the_way_to_the_next_are_the_tables() {
    let sample = Sample::new();
    let rows = sample.snapshot.table("bi/enterprise_evaluation.parquet");
    let [codes, counties, periods, groups, grades, by_total] =
        ["uscc", "county_code", "period", "evaluation_id", "grade", "grade_by_total"]
            .map(|column| texts(&rows, column));
    let totals: Vec<Option<f64>> = rows.column_by_name("total").unwrap().as_primitive::<Float64Type>().iter().collect();
    let ranks = integers(&rows, "rank");
    let mut ways = 0;
    for id in sample.enterprises().into_iter().step_by(3) {
        let own: Vec<usize> = (0..rows.num_rows()).filter(|row| codes[*row] == id).collect();
        let told: Value = serde_json::from_str(&sample.explain(&id, &["--output", "json"])).unwrap();
        assert_eq!(told["snapshot"], sample.snapshot.id.as_str());
        let sections: Vec<&Value> = told["explanation"]["sections"].as_array().unwrap().iter().collect();
        let sections: Vec<&Value> = sections.into_iter().filter(|section| section["id"] == "evaluation").collect();
        assert_eq!(sections.len(), own.len());
        for (section, row) in sections.into_iter().zip(own) {
            let fact = |id: &str| {
                let mut found = Vec::new();
                facts(section, id, &mut found);
                found.first().map_or(Value::Null, |fact| fact["value"].clone())
            };
            assert_eq!(fact("county_code"), counties[row].as_str());
            assert_eq!(fact("period"), periods[row].as_str());
            assert_eq!(fact("grade").as_str().unwrap_or_default(), grades[row]);
            assert_eq!(fact("rank")["rank"].as_i64(), ranks[row]);
            let peers = || {
                (0..rows.num_rows()).filter(|peer| {
                    (&counties[*peer], &periods[*peer], &groups[*peer]) == (&counties[row], &periods[row], &groups[row])
                })
            };
            let better = peers().filter(|peer| !by_total[*peer].is_empty() && by_total[*peer] < by_total[row]);
            let nearest = better.map(|peer| by_total[peer].clone()).max();
            let least =
                peers().filter(|peer| Some(&by_total[*peer]) == nearest.as_ref()).filter_map(|peer| totals[peer]);
            let Some(least) = least.reduce(f64::min).filter(|_| totals[row].is_some()) else { continue };
            assert_eq!(fact("next_grade")["grade"].as_str(), nearest.as_deref());
            assert!((fact("next_grade")["least_total"].as_f64().unwrap() - least).abs() < 0.006);
            ways += 1;
        }
    }
    assert!(ways > 5, "only {ways} could reach a better grade");
}

#[test]
fn nothing_leaks_unless_it_is_asked_for() {
    let sample = Sample::new();
    let register = texts(&sample.snapshot.table("bi/enterprise.parquet"), "uscc");
    let findings = sample.snapshot.table("bi/parcel_finding.parquet");
    let parcels: BTreeSet<String> = texts(&findings, "parcel_id").into_iter().collect();
    let ids = sample.enterprises().into_iter().step_by(4).chain(parcels.into_iter().take(12));
    let mut amounts_seen = 0;
    for id in ids {
        let shown = sample.explain(&id, &["--show-amounts"]);
        // What is divided: a value, or an amount; not points to which other items' weights are spread (× 100 / weights).
        let is_quotient = |clause: &String| clause.contains(" / ") && clause.contains(" = ");
        let quotients = shown.lines().flat_map(clauses).filter(is_quotient);
        let quotients = quotients.filter(|clause| !clause.contains(" × 100 / "));
        let dividend = |clause: String| {
            let token = clause.split_whitespace().find(|token| number(token).is_some()).map(str::to_owned);
            token.filter(|token| token.len() > 5)
        };
        let amounts: BTreeSet<String> = quotients.filter_map(dividend).collect();
        for arguments in [&["--lang", "zh"][..], &["--output", "json"], &[]] {
            let hidden = sample.explain(&id, arguments);
            assert!(hidden.contains("***"), "{hidden}");
            for code in register.iter().filter(|code| **code != id) {
                assert!(!hidden.contains(code.as_str()), "another's code");
            }
            let tokens: BTreeSet<&str> =
                hidden.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).collect();
            for amount in &amounts {
                assert!(!tokens.contains(amount.as_str()), "{amount} of {id}: {hidden}");
            }
        }
        amounts_seen += amounts.len();
    }
    assert!(amounts_seen > 20, "only {amounts_seen} amounts were looked for");
}

#[test]
fn explanations_stay_as_they_are() {
    let sample = Sample::new();
    let rows = sample.snapshot.table("bi/enterprise_evaluation.parquet");
    let (codes, groups, vetoes) = (texts(&rows, "uscc"), texts(&rows, "evaluation_id"), texts(&rows, "vetoes"));
    let grades = texts(&rows, "grade_by_total");
    let is_telling = |row: &usize| groups[*row] == "large" && vetoes[*row].is_empty() && grades[*row] == "B";
    let enterprise = &codes[(0..rows.num_rows()).find(is_telling).unwrap()];
    let findings = texts(&sample.snapshot.table("bi/parcel_finding.parquet"), "parcel_id");
    let shares = texts(&sample.snapshot.table("bi/parcel_enterprise.parquet"), "parcel_id");
    let is_shared = |id: &&String| shares.iter().filter(|other| other == id).count() > 3;
    let parcel = findings.iter().find(is_shared).unwrap();
    for (name, id, arguments) in [
        ("enterprise.zh", enterprise, &["--show-amounts", "--lang", "zh"][..]),
        ("enterprise.en", enterprise, &["--period", "2024", "--lang", "en"]),
        ("parcel.zh", parcel, &["--lang", "zh"]),
        ("parcel.en", parcel, &["--show-amounts", "--lang", "en", "--period", "2024"]),
    ] {
        let text = sample.explain(id, arguments);
        golden(name, &text);
    }
}

/// The explanation is the one that is kept; `MUJUN_BLESS=1` keeps another.
pub fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/explain.{name}.txt"));
    if std::env::var_os("MUJUN_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{name}; MUJUN_BLESS=1 after a deliberate change");
}

fn numbers(rows: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    rows.column_by_name(column).unwrap().as_primitive::<Float64Type>().iter().collect()
}

#[test]
fn a_year_has_its_quarters_among_its_source_rows() {
    let sample = Sample::new();
    let lineage = sample.snapshot.table("lineage/tax.parquet");
    let (firms, periods) = (texts(&lineage, "uscc"), texts(&lineage, "period"));
    let at = periods.iter().position(|period| period == "2024Q1").unwrap();
    let told = |year: &str| {
        let text = sample.explain(&firms[at], &["--period", year, "--output", "json"]);
        let value: Value = serde_json::from_str(&text).unwrap();
        let mut found = Vec::new();
        facts(&value["explanation"], "source", &mut found);
        found.iter().map(|fact| fact["value"]["period"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(told("2024").contains(&"2024Q1".to_owned()));
    assert!(!told("2023").contains(&"2024Q1".to_owned()));
}

/// From the sum of the items, what multiplies it and what is added, the total follows; from what comes before an item's cap
/// and floor, and from these, its points.
#[test]
fn what_is_published_of_an_evaluation_makes_its_points_and_total() {
    let sample = Sample::new();
    let table = |name: &str| sample.snapshot.table(&format!("bi/{name}.parquet"));
    let keys = |rows: &RecordBatch| {
        let columns = ["uscc", "county_code", "period"].map(|column| texts(rows, column));
        (0..rows.num_rows()).map(|row| columns.each_ref().map(|column| column[row].clone())).collect::<Vec<_>>()
    };
    let adjustments = table("enterprise_adjustment");
    let (ids, of) = (texts(&adjustments, "item_id"), texts(&adjustments, "indicator_id"));
    let (factors, points) = (numbers(&adjustments, "factor"), numbers(&adjustments, "points"));
    let mut applied: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (row, key) in keys(&adjustments).into_iter().enumerate() {
        applied.entry(key).or_default().push(row);
    }
    let rows = table("enterprise_evaluation");
    let (sums, totals) = (numbers(&rows, "item_points"), numbers(&rows, "total"));
    let (mut multiplied, mut added) = (0, 0);
    for (row, key) in keys(&rows).iter().enumerate() {
        let (Some(sum), Some(total)) = (sums[row], totals[row]) else { continue };
        let own = applied.get(key).map_or(&[][..], Vec::as_slice);
        let on_sum = own.iter().filter(|at| of[**at].is_empty());
        let factor: f64 = on_sum.clone().filter_map(|at| factors[*at]).product();
        let bonus: f64 = on_sum.filter_map(|at| points[*at]).sum();
        assert!((sum * factor + bonus - total).abs() < 1e-9, "{sum} × {factor} + {bonus}, not {total}");
        multiplied += usize::from(factor > 1.0);
        added += usize::from(bonus < 0.0);
    }
    assert!(multiplied > 100 && added > 5, "{multiplied} {added}");
    let said = table("evaluation_item");
    let names = ["evaluation_id", "kind", "item_id"].map(|column| texts(&said, column));
    let at: BTreeMap<_, _> =
        (0..said.num_rows()).map(|row| (names.each_ref().map(|column| column[row].as_str()).join(" "), row)).collect();
    let items = table("enterprise_indicator");
    let (groups, indicators, origins) =
        (texts(&items, "evaluation_id"), texts(&items, "indicator_id"), texts(&items, "origin"));
    let (floors, caps) = (numbers(&said, "floor"), numbers(&said, "cap"));
    let (values, benchmarks, weights) =
        (numbers(&items, "value"), numbers(&items, "benchmark"), numbers(&items, "weight"));
    let (raw, scored) = (numbers(&items, "raw_points"), numbers(&items, "points"));
    let mut held = 0;
    for (row, key) in keys(&items).iter().enumerate().filter(|(row, _)| origins[*row] == "value") {
        let own = applied.get(key).map_or(&[][..], Vec::as_slice);
        let factor: f64 = own.iter().filter(|at| of[**at] == indicators[row]).filter_map(|at| factors[*at]).product();
        let before = values[row].unwrap() / benchmarks[row].unwrap() * weights[row].unwrap() * factor;
        assert!((before - raw[row].unwrap()).abs() < 1e-6 * before.abs().max(1.0), "{before}, not {:?}", raw[row]);
        // Of these groups only the large one spreads weights, over its other items.
        if groups[row] == "small" {
            let said = at[&format!("small indicator {}", indicators[row])];
            let expected = raw[row].unwrap().clamp(floors[said].unwrap(), caps[said].unwrap());
            assert!((expected - scored[row].unwrap()).abs() < 1e-12);
            held += usize::from(scored[row] != raw[row]);
        }
    }
    assert!(held > 10 && ids.iter().any(|id| id == "taxpayer"), "{held}");
    // Of the sets as they are written above: 2 × 32.5 = 65.
    let number = |column: &str, item: &str| numbers(&said, column)[at[item]];
    let text = |column: &str, item: &str| texts(&said, column)[at[item]].clone();
    let tax = "large indicator tax_per_mu";
    assert_eq!(["weight", "floor", "cap"].map(|column| number(column, tax)), [Some(32.5), Some(0.0), Some(65.0)]);
    assert_eq!(
        ["column", "unit", "label"].map(|column| text(column, tax)),
        ["tax_wan_per_mu", "wan_yuan/mu", "亩均税收"]
    );
    assert_eq!(text("benchmark", tax), "mean by county_code");
    assert_eq!(text("benchmark", "large indicator value_added_per_mu"), "31.7 wan_yuan/mu");
    let tenants = "large adjust tenants";
    assert_eq!(["points", "floor", "cap"].map(|column| number(column, tenants)), [Some(-1.5), Some(-6.0), Some(0.0)]);
    assert_eq!(["column", "label"].map(|column| text(column, tenants)), ["tenants", "每户承租企业"]);
    assert_eq!(integers(&said, "above")[at[tenants]], Some(0));
    let taxpayer = "large coefficient taxpayer";
    assert_eq!((number("factor", taxpayer), text("indicator_id", taxpayer)), (Some(1.1), "tax_per_mu".to_owned()));
    assert_eq!(text("grade", "large veto idle"), "C");
    assert_eq!(text("grade", "small exclusion lessee"), "apart");
    assert_eq!(text("label", "small group small"), "小微用地户");
    assert_eq!(text("condition", "small group small"), "land_mu <= 10 mu");
}

#[test]
fn what_is_not_there_is_told_without_telling_a_code() {
    let sample = Sample::new();
    let parcel = texts(&sample.snapshot.table("bi/parcel_card.parquet"), "parcel_id").remove(0);
    let wrong = format!("{}99999", &parcel[..14]);
    let unknown = mujun::domain::Uscc::with_check(b"91330000MA0000000").unwrap().as_str().to_owned();
    let misspelt = format!("{}0", &unknown[..17]);
    let misspelt = if misspelt == unknown { format!("{}1", &unknown[..17]) } else { misspelt };
    let near = format!("{}{}", &parcel[..18], if parcel.ends_with('9') { '8' } else { '9' });
    for (store, arguments, code, words) in [
        ("store", &[unknown.as_str()][..], 1, "no enterprise of that code in snapshot"),
        ("store", &[&misspelt], 3, "The check character does not fit"),
        ("store", &["33010600100200123"], 3, "of 17 characters"),
        ("store", &[&wrong], 1, "no parcel"),
        ("store", &[&parcel, "--period", "2019"], 1, "does not judge 2019; it judges 2023, 2024"),
        ("store", &[&parcel, "--period", "20191"], 3, "is not a period"),
        ("nowhere", &[&parcel], 3, "no snapshot is published there; publish one"),
    ] {
        let (exit, told) = sample.refusal(store, arguments);
        assert_eq!(exit, Some(code), "{told}");
        assert!(told.contains(words), "{told}");
        assert!(!told.contains(&unknown) && !told.contains(&misspelt), "{told}");
    }
    let known = texts(&sample.snapshot.table("bi/parcel_card.parquet"), "parcel_id");
    if !known.contains(&near) {
        let (_, told) = sample.refusal("store", &[&near]);
        assert!(told.contains("hint: there is"), "{told}");
    }
    let chinese = mujun()
        .args(["explain", &parcel, "--store"])
        .arg(sample.province.path("store"))
        .env("LANG", "zh_CN.UTF-8")
        .output()
        .unwrap();
    assert!(String::from_utf8(chinese.stdout).unwrap().starts_with(&format!("宗地 {parcel}")));
}
