//! Real parcels (Cambridge, Massachusetts), where their folder is there.

use std::path::Path;
use std::process::Command;

use crate::province::texts;
use crate::scratch::Scratch;

#[test]
fn real_parcels_come_through() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("../shared/data/parcels_cambridge");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let scratch = Scratch::new();
    let output = Command::new(root.join("scripts/real"))
        .arg(&folder)
        .arg(scratch.path())
        .env("MUJUN", env!("CARGO_BIN_EXE_mujun"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let snapshot = scratch.path().join("store/latest");
    let rejects = mujun::store::parquet::read(&snapshot.join("quality/rejects.parquet")).unwrap();
    let missing = texts(&rejects, "code").iter().filter(|code| *code == "geometry_missing").count();
    assert_eq!(missing, 1, "one null geometry, by independent tools");
    let issues = mujun::store::parquet::read(&snapshot.join("quality/issues.parquet")).unwrap();
    let repaired = texts(&issues, "code").iter().filter(|code| *code == "geometry_repaired").count();
    assert_eq!(repaired, 30, "37 invalid geometries by GEOS, 7 of them of repeated ids, which are refused");
    let cards = mujun::store::parquet::read(&snapshot.join("bi/parcel_card.parquet")).unwrap();
    let enterprises = arrow::array::AsArray::as_primitive::<arrow::datatypes::Int32Type>(
        cards.column_by_name("enterprises").unwrap(),
    )
    .clone();
    let occupied = enterprises.iter().filter(|count| count.unwrap() > 0).count();
    assert_eq!(occupied, 12_969, "parcels with an unrepeated id and ledger rows, by independent tools");
}
