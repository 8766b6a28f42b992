//! The lists that enterprises stand on, what they emit and what they promised: read, settled, refused, balanced and published like the other ledgers.

use std::fmt::Write as _;
use std::fs;

use arrow::array::{AsArray, RecordBatch};
use mujun::store::cache::StageCache;

use crate::province::{Province, Snapshot, integers, mujun, texts, told};

/// What a county delivers of one of them: name, mapping, more keys of its source, header and lines; `A` to `F` stand for
/// enterprises, `!A` for A's code with a character that no code has.
struct Delivery {
    table: &'static str,
    mapping: &'static str,
    more: &'static str,
    lines: &'static [&'static str],
}

const DELIVERIES: [Delivery; 5] = [
    Delivery {
        table: "enterprise_scale",
        mapping: "[fields]\nuscc = { from = \"代码\" }\nperiod = { from = \"年度\" }\nscale = { const = \"above\" }\n",
        more: "absent = \"zero\"\n",
        // A line twice is one; a quarter is no year; the year 2019 was not asked for.
        lines: &["代码,年度", "A,2024", "B,2024", "A,2024", "C,2024Q1", "!D,2024", "E,2019", "F,2023"],
    },
    Delivery {
        table: "violation",
        mapping: "duplicates = { keep = \"highest\", of = \"serious\" }\n[fields]\nuscc = { from = \"代码\" }\n\
                  field = { from = \"领域\", values = { \"安全\" = \"safety\", \"环保\" = \"environment\" }, otherwise = \"reject\" }\n\
                  date = { from = \"日期\" }\nserious = { from = \"严重\", values = { \"是\" = \"yes\", \"否\" = \"no\" } }\n",
        more: "",
        // Of two lines of one day, the serious one; 消防 is no field of the mapping; without a date there is no year.
        lines: &[
            "代码,领域,日期,严重",
            "A,安全,2024-03-05,否",
            "A,安全,2024/3/5,是",
            "B,环保,2023-07-01,否",
            "C,消防,2024-07-01,是",
            "D,安全,,是",
            "E,安全,2019-12-31,是",
        ],
    },
    Delivery {
        table: "tag",
        mapping: "[fields]\nuscc = { from = \"代码\" }\nperiod = { from = \"年度\" }\n\
                  tag = { from = \"名单\", values = { \"高新\" = \"high_tech\", \"重点\" = \"key\" }, otherwise = \"reject\" }\n",
        more: "",
        lines: &["代码,年度,名单", "A,2024,高新", "A,2024,重点", "B,2023,高新", "C,2024,专精特新", "D,2024-05,高新"],
    },
    Delivery {
        table: "emission",
        mapping: "[fields]\nuscc = { from = \"代码\" }\nperiod = { from = \"期间\" }\n\
                  pollutant = { from = \"污染物\", values = { \"二氧化硫\" = \"so2\", \"化学需氧量\" = \"cod\" }, otherwise = \"reject\" }\n\
                  quantity = { from = \"排放量\", unit_by = { column = \"污染物\", values = { \"二氧化硫\" = \"t\", \"化学需氧量\" = \"kg\" } } }\n",
        more: "",
        lines: &[
            "代码,期间,污染物,排放量",
            "A,2024Q1,二氧化硫,0.5",
            "A,2024Q2,二氧化硫,0.25",
            "A,2024Q3,二氧化硫,0",
            "A,2024Q4,二氧化硫,0.25",
            "A,2024,化学需氧量,12.5",
            "B,2024-01,二氧化硫,3",
            "C,2024,二氧化硫,?",
            "D,2024,二氧化硫,-1",
        ],
    },
    Delivery {
        table: "project",
        mapping: "[fields]\nuscc = { from = \"代码\" }\nproject_id = { from = \"项目\" }\nparcel_id = { from = \"宗地\" }\n\
                  obligation = { from = \"事项\", values = { \"开工\" = \"start\", \"竣工\" = \"completion\", \"税收\" = \"tax\" }, otherwise = \"reject\" }\n\
                  due_date = { from = \"约定\" }\nmet = { from = \"履约\", values = { \"是\" = \"yes\", \"否\" = \"no\" } }\n\
                  met_on = { from = \"履约日\" }\n",
        more: "",
        // A line twice is one; 绿化 is no obligation; a code of two letters is no parcel's; without a day nothing is due.
        lines: &[
            "代码,项目,宗地,事项,约定,履约,履约日",
            "A,P1,,竣工,2024-06-30,,2024-05-01",
            "A,P1,,税收,2023-12-31,否,",
            "A,P1,,开工,2025-03-01,是,2024-12-01",
            "B,P2,,开工,2023-03-01,是,2024-05-01",
            "B,P2,,开工,2023-03-01,是,2024-05-01",
            "C,P3,,绿化,2024-01-01,,",
            "!D,P4,,开工,2024-01-01,,",
            "E,P5,GB,开工,2024-01-01,,",
            "F,P6,,开工,,是,",
            "F,P6,,竣工,2024-12-31,,",
        ],
    },
];

/// A sample province without the lists and emissions of its own.
fn province(parcels: u32) -> Province {
    let province = Province::new(parcels, 2);
    let pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let is_own = |source: &&str| DELIVERIES.iter().any(|it| source.contains(&format!("table = \"{}\"", it.table)));
    let others: Vec<&str> = pipeline.split("\n[[source]]").filter(|source| !is_own(source)).collect();
    fs::write(province.path("pipeline.toml"), others.join("\n[[source]]")).unwrap();
    province
}

/// Delivers all four for the county of the first enterprises of the register; gives it and them.
fn deliver(province: &Province) -> (String, Vec<String>) {
    let register = fs::read_to_string(province.path("in/enterprise.csv")).unwrap();
    let rows: Vec<Vec<&str>> = register.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let county = *rows[0].last().unwrap();
    let mut firms: Vec<String> = rows.iter().take(6).map(|row| row[0].to_owned()).collect();
    assert!(rows.iter().take(6).all(|row| *row.last().unwrap() == county));
    firms.sort_unstable();
    let mut pipeline = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    for Delivery { table, mapping, more, lines } in DELIVERIES {
        let line = |line: &&str| {
            let (firm, rest) = line.split_once(',').unwrap();
            let at = |letter: &str| firms[usize::from(letter.as_bytes()[0] - b'A')].as_str();
            match (firm.strip_prefix('!'), firm) {
                (Some(letter), _) => format!("{}I,{rest}", &at(letter)[..17]),
                (None, "代码") => (*line).to_owned(),
                (None, letter) => format!("{},{rest}", at(letter)),
            }
        };
        fs::write(province.path(&format!("in/{table}.csv")), lines.iter().map(line).collect::<Vec<_>>().join("\n"))
            .unwrap();
        fs::write(province.path(&format!("sources/{table}-own.toml")), format!("format = 1\n{mapping}")).unwrap();
        write!(
            pipeline,
            "\n[[source]]\nid = \"{}\"\ntable = \"{table}\"\npath = \"in/{table}.csv\"\nmapping = \"sources/{table}-own.toml\"\n\
             county = \"{county}\"\ndelivered = \"2025-01-20\"\n{more}",
            id(table)
        )
        .unwrap();
    }
    fs::write(province.path("pipeline.toml"), pipeline).unwrap();
    (county.to_owned(), firms)
}

fn id(table: &str) -> String {
    format!("{}-own", table.replace('_', "-"))
}

/// Columns side by side, row for row.
fn rows(batch: &RecordBatch, columns: &[&str]) -> Vec<Vec<String>> {
    let columns: Vec<Vec<String>> = columns.iter().map(|column| texts(batch, column)).collect();
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
}

/// What the latest build of a task left of a table, labels as text.
fn left(province: &Province, step: &str, key: &str, table: &'static mujun::table::Table) -> RecordBatch {
    let build = StageCache::of(&province.path("store")).newest(step, key).unwrap();
    let artifact = build.artifacts.iter().find(|artifact| artifact.table == table.name).unwrap();
    let (rows, schema) = (artifact.read(None).unwrap(), table.published_schema());
    let columns = rows.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| arrow::compute::cast(column, field.data_type()).unwrap()).collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

/// What the evaluation leaves, and the summaries of it.
const EVALUATED: [&str; 8] = [
    "bi/enterprise_adjustment",
    "bi/enterprise_evaluation",
    "bi/enterprise_indicator",
    "bi/benchmark",
    "bi/platform_",
    "bi/division_summary",
    "bi/industry_summary",
    "history/",
];

#[test]
fn lists_are_taken_refused_balanced_and_published() {
    let province = province(600);
    let before = province.run("before");
    let (county, firms) = deliver(&province);
    let snapshot = province.run("store");
    let [a, b, f] = [0, 1, 5].map(|at: usize| firms[at].as_str());
    let own = |table: &str, columns: &[&str]| -> Vec<Vec<String>> {
        let rows = rows(&snapshot.table(table), columns).into_iter();
        rows.filter(|row| firms.contains(&row[0]) && row[1] == county).collect()
    };

    let scale = own("bi/enterprise_scale.parquet", &["uscc", "county_code", "period", "scale"]);
    assert_eq!(scale, [[a, &county, "2024", "above"], [b, &county, "2024", "above"], [f, &county, "2023", "above"]]);
    let violations = own("bi/violation.parquet", &["uscc", "county_code", "period", "field"]);
    assert_eq!(violations, [[a, &county, "2024", "safety"], [b, &county, "2023", "environment"]]);
    let tags = own("bi/tag.parquet", &["uscc", "county_code", "period", "tag"]);
    assert_eq!(
        tags,
        [[a, &county, "2024", "high_tech"], [a, &county, "2024", "key"], [b, &county, "2023", "high_tech"]]
    );
    let violations = snapshot.table("bi/violation.parquet");
    let serious = violations.column_by_name("is_serious").unwrap().as_boolean().clone();
    let is_serious =
        |firm: &str| serious.value(texts(&violations, "uscc").iter().position(|uscc| uscc == firm).unwrap());
    assert_eq!([is_serious(a), is_serious(b)], [true, false]);
    for table in ["enterprise_scale", "violation", "tag"] {
        let schema = snapshot.table(&format!("bi/{table}.parquet")).schema();
        assert!(["source_id", "delivered", "file", "row"].iter().all(|name| schema.column_with_name(name).is_none()));
    }

    // Years in grams; a month of twelve is a lower bound.
    let emission = left(&province, "ledgers.settle", &format!("emission-{county}"), &mujun::table::emission::TABLE);
    let sums =
        rows(&emission, &["uscc", "period", "pollutant", "unit"]).into_iter().zip(integers(&emission, "quantity"));
    let expected = [([a, "cod"], 12_500), ([a, "so2"], 1_000_000), ([b, "so2"], 3_000_000)];
    let expected =
        expected.map(|([firm, kind], g)| (vec![firm.into(), "2024".into(), kind.into(), "g".into()], Some(g)));
    assert_eq!(sums.collect::<Vec<_>>(), expected);
    let issues = rows(&snapshot.table("quality/issues.parquet"), &["table", "county_code", "code", "period"]);
    assert!(issues.contains(&["emission", &county, "year_incomplete", "2024"].map(str::to_owned).to_vec()));

    let obligations = own("bi/project.parquet", &["uscc", "county_code", "obligation", "period", "state"]);
    let states = |firm: &str, obligation: &str| -> Vec<String> {
        let of = obligations.iter().filter(|row| row[0] == firm && row[2] == obligation);
        of.map(|row| format!("{} {}", row[3], row[4])).collect()
    };
    assert_eq!(states(a, "completion"), ["2023 not_due", "2024 met"]);
    assert_eq!(states(a, "tax"), ["2023 not_met", "2024 not_met"]);
    assert_eq!(states(a, "start"), ["2023 not_due", "2024 not_due"]);
    assert_eq!(states(b, "start"), ["2023 not_met", "2024 met_late"]);
    assert_eq!(states(f, "completion"), ["2023 not_due", "2024 unknown"]);
    assert_eq!(obligations.len(), 10);

    codes_and_sums_are_right(&snapshot);
    marks_name_their_list(&province, &firms);

    let lineage = snapshot.table("lineage/violation.parquet");
    let told = rows(&lineage, &["uscc", "field", "source_id"]).into_iter().zip(integers(&lineage, "row"));
    let told: Vec<_> = told.filter(|(row, _)| row[2] == id("violation")).collect();
    let row = |firm: &str, field: &str| [firm, field, "violation-own"].map(str::to_owned).to_vec();
    assert_eq!(told, [(row(a, "safety"), Some(3)), (row(b, "environment"), Some(4))]);
    // The evaluation counts them; nothing else moves.
    let (before, after) = (before.files(), snapshot.files());
    let moves = |path: &&String| {
        path.starts_with("quality/")
            || ["dictionary.json", "manifest.json"].contains(&path.as_str())
            || EVALUATED.iter().any(|evaluated| path.starts_with(evaluated))
            || DELIVERIES.iter().any(|it| path.contains(it.table))
    };
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before.keys().filter(|path| !moves(path)).all(|path| before[path] == after[path]));
    assert_ne!(before["lineage/emission.parquet"], after["lineage/emission.parquet"]);
}

fn codes_and_sums_are_right(snapshot: &Snapshot) {
    let rejects = snapshot.table("quality/rejects.parquet");
    let told = rows(&rejects, &["source_id", "code"]).into_iter().zip(integers(&rejects, "row"));
    let told: Vec<String> = told
        .filter(|(row, _)| row[0].ends_with("-own"))
        .map(|(row, line)| format!("{} {} {}", row[0], line.unwrap(), row[1]))
        .collect();
    assert_eq!(
        told,
        [
            "emission-own 8 amount_unreadable",
            "emission-own 9 amount_out_of_range",
            "enterprise-scale-own 5 period_not_year",
            "enterprise-scale-own 6 uscc_bad_check",
            "project-own 7 value_unknown",
            "project-own 8 uscc_bad_check",
            "project-own 9 parcel_id_malformed",
            "project-own 10 field_missing",
            "tag-own 5 value_unknown",
            "tag-own 6 period_not_year",
            "violation-own 5 value_unknown",
            "violation-own 6 field_missing",
        ]
    );
    let sums = snapshot.table("quality/reconciliation.parquet");
    let columns = ["read", "accepted", "rejected", "superseded", "out_of_scope", "allocated"];
    let numbers = columns.map(|column| integers(&sums, column));
    let keys = rows(&sums, &["source_id", "period", "measure"]);
    let of = |source: &str, period: &str, measure: &str| {
        let at = keys.iter().position(|key| key[..] == [source, period, measure]).unwrap();
        numbers.each_ref().map(|numbers| numbers[at])
    };
    let [zero, none] = [Some(0), None];
    assert_eq!(of("enterprise-scale-own", "2024", "rows"), [Some(5), Some(2), Some(2), Some(1), zero, none]);
    assert_eq!(of("enterprise-scale-own", "2019", "rows"), [Some(1), zero, zero, zero, Some(1), none]);
    assert_eq!(of("violation-own", "2024", "rows"), [Some(3), Some(1), Some(1), Some(1), zero, none]);
    assert_eq!(of("violation-own", "", "rows"), [Some(1), zero, Some(1), zero, zero, none]);
    // What was promised has no period.
    assert_eq!(of("project-own", "", "rows"), [Some(10), Some(5), Some(4), Some(1), zero, none]);
    // The row below zero is refused with its amount. Nothing falls on parcels.
    let [read, accepted] = [3_012_500, 4_012_500].map(Some);
    assert_eq!(of("emission-own", "2024", "g"), [read, accepted, Some(-1_000_000), zero, zero, none]);
}

/// A lost row leaves its enterprise in doubt of that list alone.
fn marks_name_their_list(province: &Province, firms: &[String]) {
    let marks = left(province, "allocate.marks", "all", &mujun::table::settled_mark::TABLE);
    let told = rows(&marks, &["measure", "scope", "id", "period"]);
    let is_marked = |measure: &str, firm: usize, period: &str| {
        told.iter().any(|row| row[..] == [measure, "enterprise", firms[firm].as_str(), period])
    };
    for (measure, firm, period) in [
        ("enterprise_scale", 2, "2024"),
        ("enterprise_scale", 3, "2024"),
        ("violation", 2, "2024"),
        // Its year is unknown.
        ("violation", 3, ""),
        ("tag", 2, "2024"),
        ("tag", 3, "2024"),
        ("project", 2, ""),
        ("project", 4, ""),
        ("project", 5, ""),
        ("emission", 1, "2024"),
        ("emission", 2, "2024"),
        ("emission", 3, "2024"),
    ] {
        assert!(is_marked(measure, firm, period), "{measure} {firm}");
    }
    assert!(!is_marked("enterprise_scale", 0, "2024") && !is_marked("all", 2, "2024"));
}

#[test]
fn what_a_list_cannot_say_is_refused() {
    for (table, from, to, words) in [
        ("enterprise_scale", "\"above\"", "\"abov\"", "did you mean `above`?"),
        ("tag", "\"key\"", "\"keys\"", "did you mean `key`?"),
        ("violation", "\"environment\"", "\"fire\"", "values are safety, environment"),
        ("project", "\"completion\"", "\"complete\"", "did you mean `completion`?"),
        ("emission", "column = \"污染物\"", "column = \"期间\"", "only the field mapped as `pollutant` decides a unit"),
        ("emission", "\"kg\"", "\"kwh\"", "cannot be measured in kwh"),
    ] {
        let province = province(200);
        deliver(&province);
        province.edit(&format!("sources/{table}-own.toml"), from, to);
        let output = mujun().arg("plan").arg(province.path("pipeline.toml")).output().unwrap();
        let told = told(&output);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains(&format!("{table}-own.toml:")) && told.contains(words), "{told}");
    }
}
