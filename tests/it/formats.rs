//! The same deliveries in other formats give the same figures.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use crate::province::{Province, integers, texts};
use crate::zones::{run, small};

/// Files that neither name sources nor tell how a file holds a shape: FlatGeobuf closes every ring, and `ogr2ogr`
/// leaves out features without one.
fn figures(province: &Province, store: &str) -> std::collections::BTreeMap<String, String> {
    let mut files = province.snapshot(store).files_but_origins();
    files.retain(|path, _| !path.starts_with("quality/"));
    files
}

#[test]
fn parcels_may_come_as_flatgeobuf_or_geojson() {
    let province = Province::new(1500, 6);
    province.run("gpkg");
    for (format, driver) in [("fgb", "FlatGeobuf"), ("geojson", "GeoJSON")] {
        let text = fs::read_to_string(province.path("pipeline.toml")).unwrap();
        let mut changed = 0;
        for county in fs::read_dir(province.path("in")).unwrap().flatten().map(|entry| entry.path()) {
            let file = county.join("parcel.gpkg");
            if !file.is_file() {
                continue;
            }
            // An index would change the order of features and refuses those without a shape.
            let options = if format == "fgb" { "SPATIAL_INDEX=NO" } else { "COORDINATE_PRECISION=15" };
            let status = Command::new("ogr2ogr")
                .args(["-f", driver, "-lco", options, "-nln", "ZD"])
                .arg(county.join(format!("parcel.{format}")))
                .arg(&file)
                .status()
                .unwrap();
            assert!(status.success());
            changed += 1;
        }
        assert!(changed > 0);
        fs::write(province.path(&format!("{format}.toml")), text.replace("parcel.gpkg", &format!("parcel.{format}")))
            .unwrap();
        let mut command = crate::province::mujun();
        command.arg("run").arg(province.path(&format!("{format}.toml"))).arg("--store").arg(province.path(format));
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", crate::province::told(&output));
        assert_eq!(figures(&province, "gpkg"), figures(&province, format), "{format}");
    }
}

#[test]
fn ledgers_may_come_as_parquet() {
    let province = Province::new(1500, 6);
    province.run("csv");
    let mut text = fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let mut converted = 0;
    for county in fs::read_dir(province.path("in")).unwrap().flatten().map(|entry| entry.path()) {
        let file = county.join("tax.csv");
        let Ok(lines) = fs::read_to_string(&file) else { continue };
        let mut reader = csv::Reader::from_reader(lines.trim_start_matches('\u{feff}').as_bytes());
        let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let columns: Vec<ArrayRef> = (0..names.len())
            .map(|at| Arc::new(StringArray::from_iter_values(records.iter().map(|record| &record[at]))) as ArrayRef)
            .collect();
        let fields: Vec<Field> = names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
        mujun::store::parquet::write(&county.join("tax.parquet"), &batch.schema(), [&batch]).unwrap();
        let county = county.file_name().unwrap().to_string_lossy().into_owned();
        text = text.replace(&format!("in/{county}/tax.csv"), &format!("in/{county}/tax.parquet"));
        converted += 1;
    }
    assert!(converted > 1);
    fs::write(province.path("pipeline.toml"), text).unwrap();
    province.run("parquet");
    assert_eq!(figures(&province, "csv"), figures(&province, "parquet"));
}

/// README and dictionary say how rows are counted: here the second of each file is refused.
#[test]
fn rejected_rows_are_counted_as_their_format_counts_them() {
    let folder = small();
    let path = |name: &str| folder.path().join(name);
    let parcels = fs::read_to_string(path("parcel.geojson")).unwrap();
    let (first, others) = parcels.split_once("},{\"type\":\"Feature\"").unwrap();
    let bad = first[first.find("{\"type\":\"Feature\",").unwrap()..].replace("330106001001GB00001", "330106");
    let parcels = format!("{first}}},{bad}}},{{\"type\":\"Feature\"{others}");
    fs::write(path("parcel.geojson"), &parcels).unwrap();
    let mut number = 70;
    let numbered = parcels.split("\"type\":\"Feature\",").map(ToOwned::to_owned).reduce(|whole, next| {
        number += 1;
        format!("{whole}\"type\":\"Feature\",\"id\":{number},{next}")
    });
    fs::write(path("numbered.geojson"), numbered.unwrap()).unwrap();
    for (driver, file) in [("GPKG", "parcel.gpkg"), ("ESRI Shapefile", "parcel.shp"), ("FlatGeobuf", "parcel.fgb")] {
        let mut command = Command::new("ogr2ogr");
        command.args(["-f", driver]).arg(path(file)).arg(path("parcel.geojson"));
        if driver == "FlatGeobuf" {
            command.args(["-lco", "SPATIAL_INDEX=NO"]);
        }
        assert!(command.status().unwrap().success(), "{driver}");
    }
    let lines = ["91330106MAH9QPYM2R,2024,1000", "91330106MAH9QPYM2R,2023,ten"];
    fs::write(path("tax.csv"), format!("uscc,period,tax\n{}\n", lines.join("\n"))).unwrap();
    let fields: Vec<Field> = ["uscc", "period", "tax"].map(|name| Field::new(name, DataType::Utf8, true)).into();
    let columns = (0..3).map(|at| {
        Arc::new(StringArray::from_iter_values(lines.map(|line| line.split(',').nth(at).unwrap()))) as ArrayRef
    });
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.collect()).unwrap();
    mujun::store::parquet::write(&path("tax.parquet"), &batch.schema(), [&batch]).unwrap();
    let pipeline = fs::read_to_string(path("pipeline.toml")).unwrap();
    for (parcels, taxes, rows) in [
        ("parcel.geojson", "tax.csv", [1, 3]),
        ("numbered.geojson", "tax.parquet", [72, 2]),
        ("parcel.gpkg", "tax.csv", [2, 3]),
        ("parcel.shp", "tax.csv", [1, 3]),
        ("parcel.fgb", "tax.csv", [1, 3]),
    ] {
        let changed = pipeline.replace("parcel.geojson", parcels).replace("tax.csv", taxes);
        fs::write(path("pipeline.toml"), changed).unwrap();
        let rejects = run(&folder, &format!("store of {parcels}")).table("quality/rejects.parquet");
        let told: Vec<_> = texts(&rejects, "source_id").into_iter().zip(integers(&rejects, "row")).collect();
        let expected = [("parcel".to_owned(), Some(rows[0])), ("tax".to_owned(), Some(rows[1]))];
        assert_eq!(told, expected, "{parcels} {taxes}");
    }
}
