//! Law 4: the same inputs give the same bytes.

use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};

use crate::province::{Province, Snapshot};
use crate::scratch::Scratch;

#[test]
fn bytes_do_not_depend_on_how_a_run_is_made() {
    let province = Province::new(2000, 7);
    let first = province.run("a");
    assert_eq!(first.files(), province.run("b").files(), "two stores");
    for threads in ["1", "2", "5"] {
        let store = format!("threads-{threads}");
        let output = province.run_with(&store, |command| {
            command.args(["--threads", threads]);
        });
        assert!(output.status.success());
        assert_eq!(first.files(), province.snapshot(&store).files(), "{threads} threads");
    }
    let output = province.run_with("place", |command| {
        command.env("TZ", "America/Lima").env("LANG", "tr_TR.UTF-8").env("LC_ALL", "tr_TR.UTF-8");
    });
    assert!(output.status.success());
    assert_eq!(first.files(), province.snapshot("place").files(), "TZ and LANG");
}

#[test]
fn bytes_do_not_depend_on_how_parts_are_cut() {
    let province = Province::new(2000, 7);
    let whole = province.run("whole");
    for max_rows in [97, 20] {
        let text = fs::read_to_string(province.path("pipeline.toml")).unwrap();
        let (head, sources) = text.split_once("[[source]]").unwrap();
        let head = head.split("parts =").next().unwrap();
        fs::write(
            province.path("pipeline.toml"),
            format!("{head}parts = {{ max_rows = {max_rows} }}\n\n[[source]]{sources}"),
        )
        .unwrap();
        let store = format!("cut-{max_rows}");
        let cut = province.run(&store);
        let parts = fs::read_dir(province.path(&format!("{store}/stages/yields"))).unwrap().count();
        let counties = fs::read_dir(whole.folder.join("geo/parcels")).unwrap().count();
        assert!(parts > 2 * counties, "counties were cut into only {parts} parts");
        assert_eq!(whole.files(), cut.files(), "max_rows = {max_rows}");
    }
}

/// Blocks, the scene and the platforms of parcels are of the latest period: of that which the pipeline names last.
#[test]
fn sums_do_not_depend_on_the_order_of_periods() {
    let province = Province::new(500, 7);
    let first = province.run("a");
    let text = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let (before, rest) = text.split_once("periods = [").unwrap();
    let (periods, rest) = rest.split_once(']').unwrap();
    let reversed: Vec<&str> = periods.split(", ").collect::<Vec<_>>().into_iter().rev().collect();
    assert!(reversed.len() > 1);
    let text = format!("{before}periods = [{}]{rest}", reversed.join(", "));
    fs::write(province.path("pipeline.toml"), text).unwrap();
    let second = province.run("b");
    let sums = |snapshot: &Snapshot| {
        let path = snapshot.folder.join("bi/division_summary.parquet");
        let rows = mujun::store::parquet::read(&path).unwrap();
        let (blocks, block_mu) =
            (rows.schema().index_of("blocks").unwrap(), rows.schema().index_of("block_mu").unwrap());
        let others: Vec<usize> = (0..rows.num_columns()).filter(|at| ![blocks, block_mu].contains(at)).collect();
        rows.project(&others).unwrap()
    };
    assert_eq!(sums(&first), sums(&second));
    for file in ["parcel_yield", "parcel_enterprise", "parcel_finding", "parcel_rule_status", "enterprise_evaluation"] {
        let file = format!("bi/{file}.parquet");
        assert_eq!(first.files()[&file], second.files()[&file], "{file}");
    }
}

#[test]
fn a_file_does_not_show_the_batches_that_it_was_written_from() {
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100_000));
    let whole = RecordBatch::try_new(schema.clone(), vec![ids]).unwrap();
    let folder = Scratch::new();
    let hash = |name: &str, batches: &[RecordBatch]| {
        mujun::store::parquet::write(&folder.path().join(name), &schema, batches).unwrap().hash
    };
    // Row groups end at 65,536 rows.
    let cut = [whole.slice(0, 777), whole.slice(777, 30_000), whole.slice(30_777, 69_223)];
    assert_eq!(hash("whole", std::slice::from_ref(&whole)), hash("cut", &cut));
}

/// Deterministic shuffle of a CSV's data lines.
fn shuffle(text: &str, seed: u64) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let header = lines.remove(0);
    let key = |line: &&str| blake3::hash(format!("{seed}{line}").as_bytes()).to_hex().to_string();
    lines.sort_by_cached_key(key);
    format!("{header}\n{}\n", lines.join("\n"))
}

#[test]
fn bytes_do_not_depend_on_the_order_of_rows() {
    let province = Province::new(2000, 7);
    let first = province.run("a");
    let mut shuffled = 0;
    let mut folders = vec![province.path("in")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let (true, Ok(text)) =
                (path.extension().is_some_and(|extension| extension == "csv"), fs::read_to_string(&path))
            {
                fs::write(&path, shuffle(&text, 3)).unwrap();
                shuffled += 1;
            }
        }
    }
    assert!(shuffled > 2);
    reverse_features(&province);
    let second = province.run("b");
    assert_eq!(first.files_but_origins(), second.files_but_origins());
    assert_ne!(first.files()["lineage/tax.parquet"], second.files()["lineage/tax.parquet"]);
}

/// Rewrites every GeoPackage with its features in reverse order.
fn reverse_features(province: &Province) {
    for entry in fs::read_dir(province.path("in")).unwrap() {
        let file = entry.unwrap().path().join("parcel.gpkg");
        if file.is_file() {
            let reversed = file.with_file_name("reversed.gpkg");
            let status = std::process::Command::new("ogr2ogr")
                .args(["-f", "GPKG", "-sql", "SELECT * FROM ZD ORDER BY rowid DESC", "-nln", "ZD", "-unsetFid"])
                .arg(&reversed)
                .arg(&file)
                .status()
                .unwrap();
            assert!(status.success());
            fs::rename(reversed, file).unwrap();
        }
    }
}
