//! The sample as a whole: what is written, read back with GDAL and from the CSV files.

use crate::scratch::Scratch;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::util::display::array_value_to_string;
use chrono::NaiveDate;
use gdal::Dataset;
use gdal::vector::LayerAccess;
use geo::{Area, Coord, LineString, Polygon, Validation};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::domain::{IssueCode, ParcelId, RejectCode, Uscc};

fn made(parcels: u64, defect_share: f64) -> (Scratch, Summary) {
    let folder = Scratch::new();
    let mut parameters = Parameters::of(parcels, 7);
    parameters.defects.share = defect_share;
    let defects = &mut parameters.defects;
    defects.unknown_parcel_share = 0.005;
    for share in [
        &mut defects.incomplete_year_share,
        &mut defects.period_overlap_share,
        &mut defects.duplicate_key_share,
        &mut defects.negative_occupancy_share,
        &mut defects.excess_occupancy_share,
        &mut defects.stray_share,
    ] {
        *share = defect_share;
    }
    let summary = generate(&parameters, folder.path()).unwrap();
    (folder, summary)
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// A planted defect: table, file, row, code, parcel, period; what it has not is empty.
type Defect = [String; 6];

fn defects(folder: &Path) -> Vec<Defect> {
    let file = std::fs::File::open(folder.join("truth/defect.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let mut found = Vec::new();
    for batch in reader.map(Result::unwrap) {
        let text = |name: &str, row| array_value_to_string(batch.column_by_name(name).unwrap(), row).unwrap();
        found.extend(
            (0..batch.num_rows())
                .map(|row| ["table", "file", "row", "code", "parcel_id", "period"].map(|column| text(column, row))),
        );
    }
    found
}

/// FID, parcel code, registered area and well-known binary of every feature; none for the null geometries, which the
/// list of defects tells.
fn features(folder: &Path, file: &str) -> Vec<(u64, String, f64, Option<Vec<u8>>)> {
    let planted = defects(folder);
    let nulls = planted.iter().filter(|defect| defect[1] == file && defect[3] == "geometry_missing");
    let nulls: BTreeSet<u64> = nulls.map(|defect| defect[2].parse().unwrap()).collect();
    let dataset = Dataset::open(folder.join(file)).unwrap();
    let mut layer = dataset.layer(0).unwrap();
    let is_shapefile = Path::new(file).extension().is_some_and(|extension| extension == "shp");
    let tells_encoding = !is_shapefile || folder.join(file).with_extension("cpg").exists();
    let is_local = layer.defn().field_index("DKBH").is_ok();
    let read = |feature: gdal::vector::Feature| {
        let fid = feature.fid().unwrap();
        let wkb = (!nulls.contains(&fid)).then(|| feature.geometry().unwrap().wkb().unwrap());
        let id = feature.field_as_string(0).unwrap().unwrap();
        let unit = if is_local { 1e4 } else { 1.0 };
        let area = feature.field_as_double(1).unwrap().unwrap() * unit;
        let holder = feature.field_as_string(4).unwrap().unwrap();
        assert!(holder.contains("示例") || !tells_encoding, "{holder}");
        (fid, id, area, wkb)
    };
    layer.features().map(read).collect()
}

fn is_parcels(file: &str) -> bool {
    let file = Path::new(file);
    file.file_stem().is_some_and(|stem| stem == "parcel")
        && file
            .extension()
            .is_some_and(|extension| ["gpkg", "shp", "fgb", "geojson"].iter().any(|known| extension == *known))
}

/// Rows of a Parquet file of texts.
fn texts(path: &Path) -> Vec<Vec<String>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap().build().unwrap();
    let mut rows = Vec::new();
    for batch in reader.map(Result::unwrap) {
        let row = |at| batch.columns().iter().map(|column| array_value_to_string(column, at).unwrap()).collect();
        rows.extend((0..batch.num_rows()).map(row));
    }
    rows
}

/// Lines of a CSV file, decoded.
fn lines(path: &Path) -> Vec<Vec<String>> {
    let bytes = std::fs::read(path).unwrap();
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::GB18030.decode(error.as_bytes()).0.into_owned(),
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_same_seed_gives_the_same_files() {
    let (first, summary) = made(600, 0.01);
    let (second, again) = made(600, 0.01);
    assert_eq!(summary, again);
    let files = files(first.path());
    assert_eq!(files, self::files(second.path()));
    for file in files {
        if is_parcels(&file) {
            assert_eq!(features(first.path(), &file), features(second.path(), &file), "{file}");
        }
        let bytes = |folder: &Path| std::fs::read(folder.join(&file)).unwrap();
        assert!(bytes(first.path()) == bytes(second.path()), "{file} differs");
    }
}

#[test]
fn one_parcel_is_enough_and_a_second_run_replaces_the_first() {
    let folder = Scratch::new();
    for parcels in [200, 1] {
        let summary = generate(&Parameters::of(parcels, 1), folder.path()).unwrap();
        let files = files(folder.path());
        let read: usize =
            files.iter().filter(|file| is_parcels(file)).map(|file| features(folder.path(), file).len()).sum();
        assert_eq!(read, summary.features);
    }
}

/// The list of those above scale is left out besides: it is made of output, where there is any.
#[test]
fn output_can_be_left_out_and_moves_nothing() {
    left_out(&["output", "enterprise-scale"], |parameters| {
        parameters.output.reporting_share = 0.0;
        parameters.enterprise_scale.listed_share = 0.0;
    });
}

#[test]
fn lists_can_be_left_out_and_move_nothing() {
    left_out(&["enterprise-scale"], |parameters| parameters.enterprise_scale.listed_share = 0.0);
    left_out(&["violation"], |parameters| parameters.violation.share = 0.0);
    left_out(&["tag"], |parameters| parameters.tag.share = 0.0);
    left_out(&["project"], |parameters| parameters.project.share = 0.0);
    left_out(&["emission"], |parameters| parameters.emission.share = 0.0);
    left_out(&["enterprise-link"], |parameters| parameters.enterprise_link.share = 0.0);
}

#[test]
fn zones_can_be_left_out_and_move_nothing() {
    left_out(&["zone"], |parameters| parameters.zones.share = 0.0);
}

#[test]
fn zones_of_all_kinds_lie_over_the_districts_with_their_defects() {
    let (folder, _) = made(2_400, 0.0);
    let read = |table: &str, columns: &[&str]| -> Vec<Vec<String>> {
        let file = std::fs::File::open(folder.path().join(format!("truth/{table}.parquet"))).unwrap();
        let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap);
        let text = |batch: &RecordBatch, name: &str, row| {
            array_value_to_string(batch.column_by_name(name).unwrap(), row).unwrap()
        };
        let rows = |batch: RecordBatch| -> Vec<Vec<String>> {
            (0..batch.num_rows()).map(|row| columns.iter().map(|name| text(&batch, name, row)).collect()).collect()
        };
        batches.flat_map(rows).collect()
    };
    let distinct = |rows: &[Vec<String>], at: usize| rows.iter().map(|row| row[at].clone()).collect::<BTreeSet<_>>();
    let zones = read("zone", &["kind", "is_in_force", "class", "zone_id"]);
    assert_eq!(distinct(&zones, 0).len(), zones::Kind::ALL.len());
    assert_eq!(distinct(&zones, 1).len(), 2);
    let versions = zones.iter().filter(|zone| zone[3] == zones[zones.len() - 1][3]).count();
    assert!(distinct(&zones, 3).len() < zones.len() && versions <= 3);
    let platforms: Vec<_> = zones.iter().filter(|zone| zone[0] == "platform").cloned().collect();
    assert_eq!(distinct(&platforms, 2), ["开发区", "特色小镇", "高新区"].map(str::to_owned).into());
    let codes = ["duplicate_key", "geometry_repaired", "id_missing", "superseded", "value_unknown", "zones_overlap"];
    assert_eq!(distinct(&read("zone_defect", &["code"]), 0), codes.map(str::to_owned).into());

    // A parcel lies in all uses of the plan together, or outside; slivers, halves and parcels over a border occur.
    let pairs = read("parcel_zone", &["parcel_id", "zone_id", "shared_m2"]);
    assert!(pairs.iter().any(|pair| pair[0][..6] != pair[1][..6]), "no zone reaches over a border");
    let areas: BTreeMap<String, f64> = read("parcel_area", &["parcel_id", "area_m2"])
        .into_iter()
        .map(|row| (row[0].clone(), row[1].parse().unwrap()))
        .collect();
    let share = |pair: &Vec<String>| pair[2].parse::<f64>().unwrap() / areas[&pair[0]];
    let occurs = |least: f64, most: f64| pairs.iter().any(|pair| (least..most).contains(&share(pair)));
    assert!(occurs(0.0, 0.03) && occurs(0.03, 0.5) && occurs(0.5, 0.97) && occurs(0.97, 0.999));
    let mut planned: BTreeMap<&str, f64> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair[1].contains(":plan_use:")) {
        *planned.entry(&pair[0]).or_default() += share(pair);
    }
    assert!(planned.len() > 2_000 && planned.values().all(|share| *share < 1.0 + 1e-6));
    assert!(planned.values().filter(|share| **share > 1.0 - 1e-6).count() > 2_000);
}

/// Makes a sample with and without what a change leaves out, sources of those names: no other file moves.
fn left_out(names: &[&str], change: impl FnOnce(&mut Parameters)) {
    let (with, without) = (Scratch::new(), Scratch::new());
    let mut parameters = Parameters::of(600, 1);
    generate(&parameters, with.path()).unwrap();
    change(&mut parameters);
    generate(&parameters, without.path()).unwrap();
    let is_of = |file: &String| names.iter().any(|name| file.replace('_', "-").contains(name));
    let (mut only, both): (Vec<String>, Vec<String>) = files(with.path()).into_iter().partition(is_of);
    assert_eq!(both, files(without.path()));
    only.retain(|file| file.starts_with("in/"));
    // A shapefile is several files.
    let only: BTreeSet<_> = only.iter().map(|file| Path::new(file).with_extension("")).collect();
    assert_eq!(only.len(), 2 * names.len());
    for file in both.iter().filter(|file| file.starts_with("in/")) {
        let bytes = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert!(bytes(with.path()) == bytes(without.path()), "{file}");
    }
    let pipeline = std::fs::read_to_string(without.path().join("pipeline.toml")).unwrap();
    assert!(names.iter().all(|name| !pipeline.contains(name)));
}

#[test]
fn threads_change_nothing() {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let (first, _) = alone.install(|| made(600, 0.01));
    let (second, _) = made(600, 0.01);
    for file in [
        "in/enterprise.csv",
        "in/occupancy.csv",
        "truth/defect.parquet",
        "truth/parcel_period.parquet",
        "pipeline.toml",
    ] {
        assert!(std::fs::read(first.path().join(file)).unwrap() == std::fs::read(second.path().join(file)).unwrap());
    }
}

#[test]
fn registers_are_sound() {
    let (folder, summary) = made(2_400, 0.0);
    let planted = defects(folder.path());
    let bad: BTreeSet<usize> = planted
        .iter()
        .filter(|defect| defect[3] == "parcel_unknown")
        .map(|defect| defect[2].parse().unwrap())
        .collect();
    let enterprises = lines(&folder.path().join("in/enterprise.csv"));
    assert_eq!(enterprises.len(), summary.enterprises + 1);
    let known: BTreeSet<&str> = enterprises[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(known.len(), summary.enterprises);
    assert!(known.iter().all(|id| Uscc::parse(id).is_ok()));

    let mut parcels = BTreeMap::new();
    for file in files(folder.path()).iter().filter(|file| is_parcels(file)) {
        for (_, id, area, _) in features(folder.path(), file) {
            assert!(ParcelId::parse(&id).is_ok(), "{id}");
            parcels.insert(id, area);
        }
    }
    assert_eq!(parcels.len(), 2_400);
    let mut held: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let occupancy = lines(&folder.path().join("in/occupancy.csv"));
    for (at, row) in occupancy.iter().enumerate().skip(1) {
        assert!(known.contains(row[1].as_str()) && (row[4].is_empty() || known.contains(row[4].as_str())));
        assert_eq!(parcels.contains_key(&row[0]), !bad.contains(&(at + 1)), "line {}", at + 1);
        held.entry(&row[1]).or_default().insert(&row[0][..6]);
    }
    assert!(held.values().any(|counties| counties.len() > 1), "nobody owns in two counties");
    assert!(occupancy.iter().any(|row| row[3] == "建筑") && occupancy.iter().any(|row| !row[7].is_empty()));
}

#[test]
fn every_planted_defect_lies_where_the_list_says() {
    let (folder, _) = made(2_400, 0.004);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut read: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for [table, file, row, code, parcels, period] in &defects(folder.path()) {
        *found.entry(format!("{table} {code}")).or_default() += 1;
        let path = folder.path().join(file);
        let known = RejectCode::ALL.iter().map(|code| code.as_str());
        let known: Vec<_> = known.chain(IssueCode::ALL.iter().map(|code| code.as_str())).collect();
        assert!(
            known.contains(&code.as_str())
                || ["superseded", "accepted", "stray", "missing_row"].contains(&code.as_str())
        );
        if table == "parcel" {
            let features = features(folder.path(), file);
            let fid: u64 = row.parse().unwrap();
            let (_, id, area, wkb) = features.iter().find(|feature| feature.0 == fid).unwrap();
            let same = features.iter().filter(|(_, other, ..)| other == id).count();
            match code.as_str() {
                "parcel_id_malformed" => assert!(ParcelId::parse(id).is_err()),
                "geometry_missing" => assert!(wkb.is_none()),
                "parcel_id_duplicate" | "superseded" => assert_eq!(same, 2),
                "ring_closed" => {
                    let ring = ring(wkb.as_ref().unwrap());
                    assert!(ring.first() != ring.last(), "{file} {fid}");
                }
                "geometry_repaired" => {
                    let ring = LineString::new(ring(wkb.as_ref().unwrap()));
                    assert!(!Polygon::new(ring, Vec::new()).is_valid(), "{file} {fid}");
                }
                "area_difference" => {
                    let ring = LineString::new(ring(wkb.as_ref().unwrap()));
                    let measured = Polygon::new(ring, Vec::new()).unsigned_area();
                    // Degrees are no metres: there only the list is checked.
                    assert!(measured < 1.0 || *area > 1.05 * measured, "{file} {fid}");
                }
                _ => assert!(parcels == id),
            }
            continue;
        }
        if ["missing_row", "year_incomplete"].contains(&code.as_str()) {
            assert!(row.is_empty() && !period.is_empty());
            continue;
        }
        let at: usize = row.parse().unwrap();
        let all = read
            .entry(file.clone())
            .or_insert_with(|| if file.ends_with(".parquet") { texts(&path) } else { lines(&path) });
        is_spoilt(&all[at - 1], all, [code, file, parcels], table == "output");
        if !["occupancy", "project"].contains(&table.as_str()) {
            assert_eq!(all[at - 1][2], *period);
        }
    }
    let kinds: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        [
            "energy amount_unreadable",
            "energy duplicate_key",
            "energy period_overlap",
            "energy year_incomplete",
            "occupancy occupancy_excess",
            "occupancy occupancy_negative",
            "occupancy parcel_unknown",
            "output amount_missing",
            "output amount_unreadable",
            "output period_overlap",
            "output uscc_bad_check",
            "output year_incomplete",
            "parcel accepted",
            "parcel area_difference",
            "parcel geometry_missing",
            "parcel geometry_repaired",
            "parcel parcel_id_duplicate",
            "parcel parcel_id_malformed",
            "parcel parcel_id_two_counties",
            "parcel ring_closed",
            "parcel superseded",
            "project date_unreadable",
            "project parcel_id_malformed",
            "project uscc_bad_check",
            "project value_unknown",
            "tax amount_unreadable",
            "tax id_not_uscc",
            "tax missing_row",
            "tax period_overlap",
            "tax stray",
            "tax uscc_bad_check",
            "tax uscc_malformed",
            "tax value_unknown",
            "tax year_incomplete",
        ]
    );
}

/// Checks that a line of a register or ledger shows the defect of that code, in that file, of that parcel. Output has no
/// column of kinds.
fn is_spoilt(line: &[String], all: &[Vec<String>], [code, file, parcel]: [&String; 3], is_output: bool) {
    let kind = |row: &[String]| if is_output { String::new() } else { row[3].clone() };
    match code.as_str() {
        "amount_unreadable" => assert!(line[if is_output { 3 } else { 4 }].parse::<f64>().is_err()),
        "amount_missing" => assert!(line[3..].iter().all(String::is_empty)),
        "uscc_bad_check" | "uscc_malformed" | "id_not_uscc" => {
            assert_eq!(Uscc::parse(&line[0]).unwrap_err().as_str(), code);
        }
        "value_unknown" => assert!(["水利建设基金", "绿化"].contains(&line[3].as_str())),
        "date_unreadable" => assert!(line[4].parse::<NaiveDate>().is_err()),
        "parcel_id_malformed" => assert!(ParcelId::parse(&line[6]).is_err()),
        "parcel_unknown" => assert!(line[0] != *parcel && line[0].len() == 19),
        "occupancy_negative" | "occupancy_excess" => {
            assert!(line[0] == *parcel && line[2] == "自有" && !line[5].is_empty());
        }
        "duplicate_key" => {
            let key = |row: &[String]| [0, 2, 3].map(|column| row[column].clone());
            assert_eq!(all.iter().filter(|row| key(row) == key(line)).count(), 2);
        }
        "period_overlap" => {
            let key = |row: &[String]| [row[0].clone(), kind(row), row[2][..4].to_owned()];
            let of_key = all[1..].iter().filter(|row| key(row) == key(line));
            assert_eq!(of_key.map(|row| row[2].len()).collect::<BTreeSet<_>>().len(), 2);
        }
        // The identifier holds the county of the register.
        "stray" => assert_ne!(line[0][2..8], file[3..9]),
        other => panic!("{other}"),
    }
}

/// The points of a little-endian polygon of one ring, exactly as written.
fn ring(wkb: &[u8]) -> Vec<Coord> {
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap());
    wkb[13..].chunks_exact(16).map(|point| Coord { x: number(&point[..8]), y: number(&point[8..]) }).collect()
}

#[test]
fn an_earlier_sample_is_replaced_whole_and_nothing_else_touched() {
    let folder = Scratch::new();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("mine.txt"), "mine").unwrap();
    let refused = generate(&Parameters::of(200, 1), folder.path());
    assert!(matches!(refused, Err(SampleError::Occupied { .. })), "{refused:?}");
    // A pipeline of somebody's own is none of a sample's, nor is a copy of one without the truth.
    for text in ["format = 1\n", "# Written by `mujun sample` for 200 parcels and seed 1.\nformat = 1\n"] {
        std::fs::write(path("pipeline.toml"), text).unwrap();
        assert!(generate(&Parameters::of(200, 1), folder.path()).is_err(), "{text}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    std::fs::remove_file(path("pipeline.toml")).unwrap();
    std::fs::remove_file(path("mine.txt")).unwrap();

    generate(&Parameters::of(200, 1), folder.path()).unwrap();
    std::fs::write(path("mine.txt"), "mine").unwrap();
    for name in ["in/000000.csv", "truth/old.parquet", "sources/old.toml", "policy/old.toml"] {
        std::fs::write(path(name), "old").unwrap();
    }
    generate(&Parameters::of(200, 1), folder.path()).unwrap();
    assert!(path("mine.txt").exists());
    // What was interrupted at once is a sample's already.
    let begun = Scratch::new();
    std::fs::create_dir(begun.path().join("truth")).unwrap();
    std::fs::copy(path("pipeline.toml"), begun.path().join("pipeline.toml")).unwrap();
    generate(&Parameters::of(200, 1), begun.path()).unwrap();
    for name in ["in/000000.csv", "truth/old.parquet", "sources/old.toml", "policy/old.toml"] {
        assert!(!path(name).exists(), "{name}");
    }
}
