//! What is refused is told without amounts and without identifiers of enterprises. (That it is refused: `truth`.)

use std::fs;

use crate::province::{Province, records, texts};

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
    for record in records(&province.path("store")) {
        told.push_str(&record.to_string());
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
