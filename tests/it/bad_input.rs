//! What bad input gets: one message that names file, line, key or source, the right exit code, and nothing published.

use std::fs;

use crate::evaluate::{FIRMS, county};
use crate::province::{Province, mujun, told};

/// Runs after a change; asserts the exit code and what is told; nothing may be published.
fn refused(change: impl FnOnce(&Province), exit: i32, words: &[&str]) {
    let province = Province::new(600, 2);
    change(&province);
    let output = province.run_with("store", |_| {});
    let told = told(&output);
    assert_eq!(output.status.code(), Some(exit), "{told}");
    for word in words {
        assert!(told.contains(word), "{word:?} is not in: {told}");
    }
    assert!(!province.path("store/CURRENT").exists());
    if exit == 3 {
        assert!(!province.path("store").exists(), "something was written");
    }
}

#[test]
fn a_county_that_no_list_has_is_told() {
    let tax = format!("{},1\n", FIRMS[0]);
    let province = county(&tax, &tax);
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let run = |store: &str| told(&province.run_with(store, |_| {}));
    assert!(!run("right").contains("no county is known"));
    let (before, tax) = pipeline.split_once("id = \"tax\"").unwrap();
    let wrong = format!("{before}id = \"tax\"{}", tax.replacen("330106", "330183", 1));
    fs::write(province.path("pipeline.toml"), wrong).unwrap();
    let told = run("wrong");
    assert!(told.contains("note: no county is known under 330183: "), "{told}");
}

#[test]
fn a_bad_pipeline_is_told_with_line_and_way_out() {
    refused(
        |it| it.edit("pipeline.toml", "periods =", "perids ="),
        3,
        &["pipeline.toml:5", "unknown field `perids`", "did you mean `periods`"],
    );
    refused(
        |it| it.edit("pipeline.toml", "as_of = \"2025-01-31\"", "as_of = 20250131"),
        3,
        &["pipeline.toml:6", "invalid type"],
    );
    refused(|it| it.edit("pipeline.toml", "\"2024\"]", "\"2024Q1\"]"), 3, &["pipeline.toml:5", "is not a year"]);
    refused(
        |it| it.edit("pipeline.toml", "in/enterprise.csv", "nowhere/enterprise.csv"),
        3,
        &["pipeline.toml:", "does not exist"],
    );
    refused(|it| it.edit("pipeline.toml", "id = \"occupancy\"", "id = \"enterprise\""), 3, &["stands twice"]);
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprse\""),
        3,
        &["did you mean `enterprise`"],
    );
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprise\"\nmode = \"delta\""),
        3,
        &["mode = \"delta\" is not supported yet"],
    );
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprise\"\non_failure = \"last_good\""),
        3,
        &["on_failure = \"last_good\" is not supported yet"],
    );
    refused(
        |it| it.edit("pipeline.toml", "table = \"enterprise\"", "table = \"enterprise\"\nformat = \"xlsx\""),
        3,
        &["format `xlsx` is not supported yet"],
    );
    refused(
        |it| it.edit("pipeline.toml", "as_of =", "summaries = { min_enterprises = 0 }\nas_of ="),
        3,
        &["pipeline.toml:6", "min_enterprises must be at least 1"],
    );
    refused(
        |it| it.edit("pipeline.toml", "as_of =", "gates = { low_efficiency_mu_change = 0.1 }\nas_of ="),
        3,
        &["`gates` is not supported yet"],
    );
}

#[test]
fn a_bad_mapping_is_told_with_line_and_way_out() {
    refused(
        |it| it.edit("sources/enterprise.toml", "industry_code", "industry_cod"),
        3,
        &["enterprise.toml:", "did you mean `industry_code`"],
    );
    refused(
        |it| it.edit("sources/occupancy.toml", "unit = \"m2\"", "unit = \"kwh\""),
        3,
        &["occupancy.toml:", "cannot be measured in kwh"],
    );
    refused(|it| it.edit("sources/occupancy.toml", "unit = \"m2\"", "unit = \"acre\""), 3, &["unknown unit `acre`"]);
    refused(
        |it| it.edit("sources/parcel.toml", "parcel_id  ", "parcel_idd  "),
        3,
        &["parcel.toml:", "did you mean `parcel_id`"],
    );
    let nothing = "format = 1\n[fields]\nuscc = { from = \"统一社会信用代码\" }\nperiod = { from = \"所属期\" }\n";
    refused(
        |it| fs::write(it.path("sources/output-wan-yuan.toml"), nothing).unwrap(),
        3,
        &["output-wan-yuan.toml:2", "output needs one at least", "revenue_yuan, value_added_yuan, rd_yuan, staff"],
    );
}

/// What is wrong in a pipeline, its mappings and its policy; each says on its line what is to be told of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "pipeline.toml",
        "periods = [\"2023\", \"2024\"]",
        "periods = [\"2023\", \"2024Q1\"] # wrong: periods: `2024Q1` is not a year",
    ),
    ("pipeline.toml", "as_of = \"2025-01-31\"", "as_off = \"2025-01-31\" # wrong: unknown field `as_off`"),
    ("pipeline.toml", "id = \"occupancy\"", "id = \"enterprise\" # wrong: id = \"enterprise\" stands twice"),
    (
        "pipeline.toml",
        "table = \"enterprise\"",
        "table = \"enterprse\" # wrong: table = \"enterprse\": there is no such table",
    ),
    ("sources/occupancy.toml", "unit = \"m2\" }", "unit = \"acre\" } # wrong: unknown unit `acre`"),
    ("sources/occupancy.toml", "uscc  ", "usc = { from = \"x\" } # wrong: occupancy has no column `usc`\nuscc  "),
    ("sources/parcel.toml", "[fields]", "duplicate = \"merge\" # wrong: unknown field `duplicate`\n[fields]"),
    ("policy/zhejiang.toml", "severity = 2", "severity = 12 # wrong: `severity` is 1 to 9"),
];

#[test]
fn all_mistakes_of_all_files_are_told_by_run_and_plan() {
    let province = Province::new(600, 2);
    for (path, from, to) in MISTAKES {
        let text = fs::read_to_string(province.path(path)).unwrap();
        assert!(text.contains(from), "{path} lacks {from}");
        fs::write(province.path(path), text.replacen(from, to, 1)).unwrap();
    }
    let mut expected = Vec::new();
    for path in ["pipeline.toml", "policy/zhejiang.toml", "sources/occupancy.toml", "sources/parcel.toml"] {
        for (line, text) in (1..).zip(fs::read_to_string(province.path(path)).unwrap().lines()) {
            let wrong = text.split_once("# wrong: ").map(|(_, words)| words);
            expected.extend(wrong.map(|words| format!("error: {}:{line}: {words}", province.path(path).display())));
        }
    }
    assert_eq!(expected.len(), MISTAKES.len());
    for command in ["run", "plan"] {
        let mut program = mujun();
        program.arg(command).arg(province.path("pipeline.toml")).arg("--store").arg(province.path("store"));
        let output = program.output().unwrap();
        let told = told(&output);
        assert_eq!(output.status.code(), Some(3), "{told}");
        let lines: Vec<&str> = told.lines().filter(|line| !line.starts_with("  hint: ")).collect();
        assert_eq!(lines.len(), expected.len(), "{told}");
        for (line, expected) in lines.iter().zip(&expected) {
            assert!(line.starts_with(expected.as_str()), "{line}\n{expected}");
        }
    }
    assert!(!province.path("store").exists());
}

#[test]
fn a_bad_policy_is_told_with_line_and_way_out() {
    refused(
        |it| it.edit("policy/zhejiang.toml", "unit = \"wan_yuan/mu\"", "unit = \"wan_yuan/tce\""),
        3,
        &["zhejiang.toml:", "tax_wan_per_mu"],
    );
    refused(
        |it| it.edit("policy/zhejiang.toml", "column = \"tax_wan_per_mu\"", "column = \"tax_per_mu\""),
        3,
        &["zhejiang.toml:", "tax_wan_per_mu"],
    );
    refused(
        |it| it.edit("policy/zhejiang.toml", "valid_from = 2023-03-15", "valid_from = 2026-03-15"),
        3,
        &["2026-03-15"],
    );
}

#[test]
fn a_bad_source_stops_the_run_and_says_which() {
    refused(
        |it| fs::remove_file(it.path("in/enterprise.csv")).unwrap(),
        1,
        &["source enterprise failed", "no file matches"],
    );
    refused(
        |it| fs::write(it.path("in/enterprise.csv"), "a,b\n1,2\n").unwrap(),
        1,
        &["source enterprise failed", "no field", "fields are: a, b"],
    );
    refused(
        |it| {
            let text = fs::read_to_string(it.path("in/enterprise.csv")).unwrap();
            fs::write(it.path("in/enterprise.csv"), text.lines().next().unwrap()).unwrap();
        },
        1,
        &["source enterprise failed", "no row was accepted"],
    );
    refused(
        |it| {
            for county in fs::read_dir(it.path("in")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
                let file = county.path().join("parcel.gpkg");
                if file.is_file() {
                    let bytes = fs::read(&file).unwrap();
                    fs::write(&file, &bytes[..bytes.len() / 3]).unwrap();
                    return;
                }
            }
            panic!("no GeoPackage in the sample");
        },
        1,
        &["source parcel-", "parcel.gpkg", "GeoPackage"],
    );
    refused(
        |it| {
            let text = fs::read_to_string(it.path("in/enterprise.csv")).unwrap();
            fs::write(it.path("in/enterprise.csv"), text.replace(',', ";")).unwrap();
        },
        1,
        &["source enterprise failed", "parted by ';'"],
    );
    refused(
        |it| {
            let header = encode_gbk("统一社会信用代码,企业名称\n");
            fs::write(it.path("in/enterprise.csv"), header).unwrap();
        },
        1,
        &["source enterprise failed", "encoding", "gb18030"],
    );
}

fn encode_gbk(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn a_bound_passed_warns_or_stops() {
    refused(
        |it| it.edit("pipeline.toml", "stop = { rejected_share = 0.20 }", "stop = { rejected_share = 0.0001 }"),
        1,
        &["rows rejected, more than 0.0001", "`stop`"],
    );
    let province = Province::new(600, 2);
    province.edit("pipeline.toml", "warn = { rejected_share = 0.05 }", "warn = { rejected_share = 0.0001 }");
    let output = province.run_with("store", |_| {});
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("warning: source"));
    province.snapshot("store");
}

#[test]
fn a_held_store_is_another_runs() {
    let province = Province::new(600, 2);
    let _lock = mujun::store::lock::Lock::take(&province.path("store")).unwrap();
    let output = province.run_with("store", |_| {});
    assert_eq!(output.status.code(), Some(4), "{}", told(&output));
}

#[test]
fn usage_errors_are_bad_input() {
    assert_eq!(mujun().arg("rnu").output().unwrap().status.code(), Some(3));
    assert_eq!(mujun().args(["run", "/nowhere/pipeline.toml"]).output().unwrap().status.code(), Some(3));
    assert_eq!(mujun().arg("--help").output().unwrap().status.code(), Some(0));
    assert_eq!(mujun().args(["sample", "--parcels", "0", "/tmp/mujun-none"]).output().unwrap().status.code(), Some(3));
}

/// The first county with a tax file in UTF-8, and that file.
fn tax_file(province: &Province) -> (String, String) {
    let mut counties: Vec<String> = fs::read_dir(province.path("in"))
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.len() == 6 && fs::read_to_string(province.path(&format!("in/{name}/tax.csv"))).is_ok())
        .collect();
    counties.sort();
    let county = counties.remove(0);
    (county.clone(), format!("in/{county}/tax.csv"))
}

#[test]
fn an_unclosed_quote_is_told_and_swallows_nothing() {
    refused(
        |it| {
            let (_, file) = tax_file(it);
            let text = fs::read_to_string(it.path(&file)).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines[4] = format!("\"{}", lines[4]);
            lines[7].push('"');
            fs::write(it.path(&file), lines.join("\n")).unwrap();
        },
        1,
        &["source tax-", "the quoted field at line 5"],
    );
}

#[test]
fn values_in_the_place_of_a_header_stay_secret() {
    let province = Province::new(600, 2);
    let (_, file) = tax_file(&province);
    let text = fs::read_to_string(province.path(&file)).unwrap();
    let (_, rows) = text.split_once('\n').unwrap();
    fs::write(province.path(&file), rows).unwrap();
    let output = province.run_with("store", |_| {});
    let told = told(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("is there a header?"), "{told}");
    let secrets = rows.lines().next().unwrap().split(',').filter(|field| field.chars().any(|c| c.is_ascii_digit()));
    assert!(secrets.clone().count() >= 2);
    for secret in secrets {
        assert!(!told.contains(secret), "{secret} is told: {told}");
    }
}

#[test]
fn rows_of_windows_files_are_named_by_their_lines() {
    let province = Province::new(600, 2);
    let (county, file) = tax_file(&province);
    let text = fs::read_to_string(province.path(&file)).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = lines[0].split(',').position(|field| field.contains("税额")).unwrap();
    let judged = lines.iter().position(|line| line.contains(",2024,")).unwrap();
    let mut fields: Vec<String> = lines[judged].split(',').map(str::to_owned).collect();
    fields[at] = "abc".to_owned();
    lines[judged] = fields.join(",");
    let line = i64::try_from(judged).unwrap() + 1;
    fs::write(province.path(&file), lines.join("\r\n") + "\r\n").unwrap();
    let output = province.run_with("store", |_| {});
    let snapshot = province.snapshot("store");
    let rejects = snapshot.table("quality/rejects.parquet");
    // At the end of the run each source is told with how many of its rows were refused, and mostly why.
    let (ids, codes) = (crate::province::texts(&rejects, "source_id"), crate::province::texts(&rejects, "code"));
    let own: Vec<&String> =
        ids.iter().zip(&codes).filter(|(id, _)| **id == format!("tax-{county}")).map(|(_, code)| code).collect();
    let unreadable = own.iter().filter(|code| **code == "amount_unreadable").count();
    let told = told(&output);
    let told_of = told.lines().find(|line| line.starts_with(&format!("note: source tax-{county}: "))).unwrap();
    let start = format!("note: source tax-{county}: {} of {} rows rejected (", own.len(), lines.len() - 1);
    assert!(told_of.starts_with(&start) && told_of.contains(&format!("amount_unreadable {unreadable}")), "{told_of}");
    assert!(told.contains("; see quality/rejects.parquet"), "{told}");
    let rows =
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(rejects.column_by_name("row").unwrap());
    let sources = crate::province::texts(&rejects, "source_id");
    let source = format!("tax-{county}");
    assert!(rows.iter().zip(sources).any(|(row, id)| row == Some(line) && id == source), "line {line} of {source}");
}

#[test]
fn what_two_sources_both_deliver_is_told() {
    let province = Province::new(600, 2);
    let (county, file) = tax_file(&province);
    fs::copy(province.path(&file), province.path("in/tax2.csv")).unwrap();
    let text = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let source = text.split("[[source]]").find(|source| source.contains(&format!("id = \"tax-{county}\""))).unwrap();
    let copy = source.replace(&format!("tax-{county}"), "tax-copy").replace(&file, "in/tax2.csv");
    fs::write(province.path("pipeline.toml"), format!("{text}\n[[source]]{copy}")).unwrap();
    let output = province.run_with("store", |_| {});
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains(&format!("county {county}: delivery_tie")), "{}", told(&output));
}

#[test]
fn a_wrong_zone_is_told() {
    let province = Province::new(600, 2);
    let text = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let mut is_changed = false;
    let changed: Vec<String> = text
        .split("[[source]]")
        .map(|source| {
            let wanted = !is_changed && source.contains("table = \"parcel\"");
            let zone = source.lines().find(|line| line.starts_with("crs = ")).map(str::to_owned);
            if !wanted || zone.is_some() {
                return source.to_owned();
            }
            is_changed = true;
            source.replace("table = \"parcel\"", "table = \"parcel\"\ncrs = \"EPSG:4550\"")
        })
        .collect();
    assert!(is_changed);
    fs::write(province.path("pipeline.toml"), changed.join("[[source]]")).unwrap();
    let output = province.run_with("store", |_| {});
    let told = told(&output);
    // Either nothing of the file can be placed, or all of it is remarked on.
    assert!(told.contains("division_far") || told.contains("coordinates_outside"), "{told}");
    assert_ne!(output.status.code(), Some(0));
}

#[test]
fn a_misspelt_kind_of_tax_is_bad_input() {
    refused(
        |it| {
            for file in fs::read_dir(it.path("sources")).unwrap().flatten() {
                let text = fs::read_to_string(file.path()).unwrap();
                fs::write(file.path(), text.replace("\"income\"", "\"incme\"")).unwrap();
            }
        },
        3,
        &["has no value `incme`", "did you mean `income`"],
    );
}

/// A source of zones and its mapping are added.
fn zones(province: &Province, file: &str, mapping: &str) {
    fs::write(province.path(file), "{}").unwrap();
    fs::write(province.path("sources/plan.toml"), format!("format = 1\n{mapping}")).unwrap();
    let keys = format!("id = \"plan\"\ntable = \"zone\"\npath = \"{file}\"\nmapping = \"sources/plan.toml\"");
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    fs::write(province.path("pipeline.toml"), format!("{pipeline}\n[[source]]\n{keys}\ncounty = \"330106\"\n"))
        .unwrap();
}

#[test]
fn a_bad_source_of_zones_is_told_with_line_and_way_out() {
    let mapping =
        |more: &str| format!("[fields]\nzone_id = {{ from = \"BH\" }}\nkind = {{ const = \"plan_use\" }}\n{more}");
    for (file, mapping, exit, words) in [
        ("plan.csv", mapping(""), 3, &["pipeline.toml:", "zones need a vector format, not csv"][..]),
        ("plan.geojson", mapping("").replace("plan_use", "plan_uses"), 3, &["plan.toml:4", "did you mean `plan_use`?"]),
        ("plan.geojson", mapping("").replace("zone_id", "parcel_id"), 3, &["plan.toml:3", "zone has no column"]),
        ("plan.geojson", "[fields]\nzone_id = { from = \"BH\" }\n".to_owned(), 3, &["lacks `kind`, which zone needs"]),
        ("plan.geojson", format!("ids = \"official\"\n{}", mapping("")), 3, &["plan.toml:2", "no official codes"]),
        ("plan.geojson", format!("duplicates = \"sum\"\n{}", mapping("")), 3, &["plan.toml:2", "for ledgers"]),
        ("plan.geojson", mapping("built = { from = \"JC\", unit = \"mu\" }\n"), 3, &["plan.toml:5", "has no unit"]),
        ("plan.geojson", mapping(""), 1, &["source plan failed", "plan.geojson", "GeoJSON"]),
    ] {
        refused(|it| zones(it, file, &mapping), exit, words);
    }
    refused(
        |it| it.edit("policy/zhejiang.toml", "[zones.micro_park]", "[zones.micropark]"),
        3,
        &["zhejiang.toml:", "no zones of kind `micropark`", "did you mean `micro_park`?"],
    );
}
