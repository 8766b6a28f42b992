//! The same deliveries in other formats give the same figures.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use crate::province::Province;

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
