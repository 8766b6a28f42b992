//! Every defect that the sample plants is found, at its row, under its code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::province::{Province, texts};

#[test]
fn planted_defects_are_found_where_they_are() {
    let province = Province::new(4000, 5);
    let snapshot = province.run("store");
    let rejects = snapshot.table("quality/rejects.parquet");
    let rows =
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Int64Type>(rejects.column_by_name("row").unwrap())
            .clone();
    let mut found: BTreeMap<(String, String, i64), BTreeSet<String>> = BTreeMap::new();
    let names = texts(&rejects, "source_id").into_iter().zip(texts(&rejects, "file"));
    for (((source, file), code), row) in names.zip(texts(&rejects, "code")).zip(rows.iter()) {
        found.entry((source, file, row.unwrap())).or_default().insert(code);
    }
    let issues = snapshot.table("quality/issues.parquet");
    let issues: BTreeSet<(String, String)> = texts(&issues, "code").into_iter().zip(texts(&issues, "id")).collect();

    let planted = fs::read_to_string(province.path("defects.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(planted.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|field| field == name).unwrap();
    let (table, file, row, code, parcel) = (at("table"), at("file"), at("row"), at("code"), at("parcel_id"));
    let mut checked: BTreeMap<String, usize> = BTreeMap::new();
    for record in reader.records() {
        let record = record.unwrap();
        let code = record[code].to_owned();
        *checked.entry(code.clone()).or_default() += 1;
        if code == "missing_row" || code == "superseded" || code == "accepted" {
            continue;
        }
        let is_reject = mujun::domain::RejectCode::ALL.iter().any(|known| known.as_str() == code);
        if is_reject {
            let path = &record[file];
            let mut steps = path.rsplit('/');
            let (name, county) = (steps.next().unwrap(), steps.next().unwrap_or_default());
            let source =
                if county.len() == 6 { format!("{}-{county}", &record[table]) } else { record[table].to_owned() };
            let codes = found.get(&(source.clone(), name.to_owned(), record[row].parse().unwrap()));
            assert!(
                codes.is_some_and(|codes| codes.contains(&code)),
                "{source} {path}:{} should be {code}, is {codes:?}",
                &record[row]
            );
        } else {
            let parcels: Vec<&str> = record[parcel].split(';').collect();
            assert!(
                parcels.iter().any(|parcel| issues.contains(&(code.clone(), (*parcel).to_owned()))),
                "{code} of {parcels:?} is no issue"
            );
        }
    }
    assert!(checked.len() >= 12, "only these kinds were planted: {checked:?}");
}

#[test]
fn rejects_and_records_tell_no_secrets() {
    let province = Province::new(2000, 7);
    let output = province.run_with("store", |_| {});
    let snapshot = province.snapshot("store");
    let rejects = fs::read(snapshot.folder.join("quality/rejects.parquet")).unwrap();
    let mut told = String::from_utf8_lossy(&output.stderr).into_owned();
    told.push_str(&String::from_utf8_lossy(&output.stdout));
    for entry in fs::read_dir(province.path("store/runs")).unwrap() {
        told.push_str(&fs::read_to_string(entry.unwrap().path().join("run.json")).unwrap());
    }
    let batch = snapshot.table("quality/rejects.parquet");
    for column in batch.columns() {
        if let Some(column) = arrow::array::AsArray::as_string_opt::<i32>(column) {
            for text in column.iter().flatten() {
                told.push_str(text);
                told.push('\n');
            }
        }
    }
    let enterprises = texts(&snapshot.table("bi/enterprise.parquet"), "uscc");
    assert!(enterprises.len() > 1000 && !rejects.is_empty());
    let leaked: Vec<_> = enterprises.iter().filter(|uscc| told.contains(uscc.as_str())).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}
