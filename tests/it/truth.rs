//! A whole run on a province, compared with what is true of it: row for row, fen for fen, verdict for verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use arrow::util::display::array_value_to_string;
use mujun::domain::{IssueCode, RejectCode};

use crate::province::{Province, Snapshot, decimals, integers, mujun, texts};
use crate::scratch::Scratch;

/// The truth of one sample beside the snapshot that a run on it published.
struct Compared {
    truth: PathBuf,
    snapshot: Snapshot,
}

impl Compared {
    fn truth(&self, table: &str) -> RecordBatch {
        mujun::store::parquet::read(&self.truth.join(format!("{table}.parquet"))).unwrap()
    }

    fn all(&self) {
        self.rows_are_taken_and_refused();
        self.defects_are_found();
        self.balances_agree();
        self.areas_agree();
        self.figures_and_verdicts_agree();
        if self.truth.join("output.parquet").exists() {
            self.output_agrees();
        }
        self.lists_agree();
        self.blocks_agree();
        if self.truth.join("zone.parquet").exists() {
            self.zones_agree();
            self.shared_land_agrees();
        }
    }

    /// Lists are taken as they are, emissions with their years; what they sum to, the balances tell.
    fn lists_agree(&self) {
        for (table, columns) in [
            ("enterprise_scale", &["uscc", "county_code", "period", "scale"][..]),
            ("violation", &["uscc", "county_code", "period", "field", "date", "is_serious"]),
            ("tag", &["uscc", "county_code", "period", "tag"]),
            ("enterprise_link", &["uscc", "county_code", "related_uscc", "kind", "valid_from"]),
            (
                "project",
                &[
                    "project_id",
                    "county_code",
                    "uscc",
                    "parcel_id",
                    "obligation",
                    "period",
                    "due_date",
                    "state",
                    "is_under_construction",
                ],
            ),
        ] {
            if self.truth.join(format!("{table}.parquet")).exists() {
                let published = self.snapshot.table(&format!("bi/{table}.parquet"));
                same(table, rows(&self.truth(table), columns), rows(&published, columns));
            }
        }
        if self.truth.join("emission.parquet").exists() {
            self.years_are_taken("emission", &["uscc", "county_code", "pollutant"]);
        }
    }

    /// Every row that must be accepted is, and no other.
    fn rows_are_taken_and_refused(&self) {
        for (table, key) in [
            ("parcel", &["parcel_id", "valid_from"][..]),
            ("enterprise", &["uscc"]),
            ("occupancy", &["parcel_id", "uscc", "right", "valid_from"]),
        ] {
            let lineage = self.snapshot.table(&format!("lineage/{table}.parquet"));
            same(table, rows(&self.truth(table), key), rows(&lineage, key));
        }
        for (table, kind) in [("tax", "kind"), ("energy", "carrier")] {
            self.years_are_taken(table, &["uscc", "county_code", kind]);
        }
        let enterprise = ["uscc", "county_code", "name", "industry_code"];
        let published = self.snapshot.table("bi/enterprise.parquet");
        same("enterprise", rows(&self.truth("enterprise"), &enterprise), rows(&published, &enterprise));
    }

    /// Of every row that must be accepted: the lineage tells each delivered one, the truth years.
    fn years_are_taken(&self, table: &str, key: &[&str]) {
        let lineage = self.snapshot.table(&format!("lineage/{table}.parquet"));
        let keys = rows(&lineage, key).into_iter().zip(texts(&lineage, "period"));
        let mut found: Vec<String> = keys.map(|(key, period)| format!("{key} {}", &period[..4])).collect();
        found.sort_unstable();
        found.dedup();
        same(table, rows(&self.truth(table), &[key, &["period"]].concat()), found);
    }

    /// Every defect lies under its code, and nothing else is refused.
    fn defects_are_found(&self) {
        let planted = self.truth("defect");
        let mut codes = texts(&planted, "code");
        let is_reject = |code: &str| RejectCode::ALL.iter().any(|known| known.as_str() == code);
        let columns = ["source_id", "row", "code"];
        let (mut all, mut about) = (rows(&planted, &columns), rows(&planted, &["code", "parcel_id"]));
        if self.truth.join("zone_defect.parquet").exists() {
            let zones = self.truth("zone_defect");
            codes.extend(texts(&zones, "code"));
            all.extend(rows(&zones, &columns));
            about.extend(rows(&zones, &["code", "zone_id"]));
        }
        let rejects = all.into_iter().zip(&codes).filter(|(_, code)| is_reject(code)).map(|(row, _)| row).collect();
        same("rejects", rejects, rows(&self.snapshot.table("quality/rejects.parquet"), &["source_id", "row", "code"]));

        let issues = rows(&self.snapshot.table("quality/issues.parquet"), &["code", "id"]);
        for code in [IssueCode::RingClosed, IssueCode::GeometryRepaired, IssueCode::ZonesOverlap].map(IssueCode::as_str)
        {
            let of_code = |rows: &[String]| rows.iter().filter(|row| row.starts_with(code)).cloned().collect();
            same(code, of_code(&about), of_code(&issues));
        }
        self.remarks_agree(&planted);
        let found = |row: &String| issues.contains(row);
        let doubtful = IssueCode::AreaDifference.as_str();
        assert!(about.iter().filter(|row| row.starts_with(doubtful)).all(found), "{doubtful}");
        // What is odd and must be taken is.
        let taken = |row: &String| row.ends_with(" stray");
        let strays: Vec<String> = rows(&planted, &["source_id", "row", "code"]).into_iter().filter(taken).collect();
        let lineage = rows(&self.snapshot.table("lineage/tax.parquet"), &["source_id", "row"]);
        let accepted: HashSet<String> = lineage.into_iter().map(|row| row + " stray").collect();
        assert!(strays.iter().all(|row| accepted.contains(row)), "a stray was not taken");
        let kinds = counted(codes);
        assert!(kinds.values().sum::<i64>() < 1000 || kinds.len() >= 22, "only these kinds were planted: {kinds:?}");
    }

    /// The remarks that follow from occupancy and ledgers are made, as often as they must be, and each planted defect
    /// that must get one has it.
    fn remarks_agree(&self, planted: &RecordBatch) {
        let published = self.snapshot.table("quality/issues.parquet");
        let codes = [IssueCode::YearIncomplete, IssueCode::OccupancyExcess].map(IssueCode::as_str);
        let of_codes = |batch: &RecordBatch| -> Vec<String> {
            let rows = rows(batch, &["table", "county_code", "code", "id", "period", "count"]).into_iter();
            rows.zip(texts(batch, "code"))
                .filter(|(_, code)| codes.contains(&code.as_str()))
                .map(|(row, _)| row)
                .collect()
        };
        let truth = self.truth("issue");
        same("remarks", of_codes(&truth), of_codes(&published));
        let about = |batch: &RecordBatch, id: &str| rows(batch, &["table", "code", id]).into_iter();
        let remarked: HashSet<String> = about(&truth, "id").collect();
        assert!(about(planted, "parcel_id").filter(|row| row.contains(codes[1])).all(|row| remarked.contains(&row)));
        let years =
            counted(rows(planted, &["table", "code", "period"]).into_iter().filter(|row| row.contains(codes[0])));
        let mut remarks: BTreeMap<String, i64> = BTreeMap::new();
        let keys = rows(&truth, &["table", "code", "period"]).into_iter();
        keys.zip(integers(&truth, "count")).for_each(|(key, count)| *remarks.entry(key).or_default() += count.unwrap());
        assert!(years.iter().all(|(year, count)| remarks.get(year) >= Some(count)), "{years:?} in {remarks:?}");
    }

    /// Laws 1 and 2, with numbers that were known before.
    fn balances_agree(&self) {
        let columns = ["source_id", "period", "measure", "read", "accepted", "rejected", "superseded", "out_of_scope"];
        let published = self.snapshot.table("quality/reconciliation.parquet");
        same("sums", rows(&self.truth("sums"), &columns), rows(&published, &columns));
    }

    #[expect(clippy::cast_precision_loss, reason = "areas are far below 2^52 cm²")]
    fn areas_agree(&self) {
        let truth = self.truth("parcel_area");
        let number = |column: &str| truth.column_by_name(column).unwrap().as_primitive::<Float64Type>().clone();
        let (areas, bounds) = (number("area_m2"), number("bound_m2"));
        let mut published = BTreeMap::new();
        for entry in std::fs::read_dir(self.snapshot.folder.join("geo/parcels")).unwrap() {
            let batch = mujun::store::parquet::read(&entry.unwrap().path()).unwrap();
            published.extend(texts(&batch, "parcel_id").into_iter().zip(decimals(&batch, "area_m2")));
        }
        assert_eq!(published.len(), truth.num_rows());
        for (row, id) in texts(&truth, "parcel_id").into_iter().enumerate() {
            let area = published[&id].unwrap() as f64 / 1e4;
            let off = (area - areas.value(row)).abs();
            assert!(off <= bounds.value(row), "{id}: {area} m², {off} m² from the truth, {}", bounds.value(row));
        }
    }

    /// Every zone that must be accepted is, and those in force are published as they are.
    #[expect(clippy::cast_precision_loss, reason = "areas are far below 2^52 cm²")]
    fn zones_agree(&self) {
        let truth = self.truth("zone");
        let lineage = self.snapshot.table("lineage/zone.parquet");
        // A first day that is not told is the first of all.
        let versions = |batch: &RecordBatch| -> Vec<String> {
            rows(batch, &["zone_id", "valid_from"]).iter().map(|row| row.replace("0001-01-01", "")).collect()
        };
        same("zones", versions(&truth), versions(&lineage));
        let is_in_force = truth.column_by_name("is_in_force").unwrap().as_boolean();
        let in_force = arrow::compute::filter_record_batch(&truth, is_in_force).unwrap();
        let published = self.snapshot.table("geo/zones.parquet");
        let columns = ["zone_id", "county_code", "kind", "name", "class", "built", "valid_to"];
        same("zones in force", rows(&in_force, &columns), rows(&published, &columns));
        let areas: HashMap<String, Option<i128>> =
            texts(&published, "zone_id").into_iter().zip(decimals(&published, "area_m2")).collect();
        let number = |column: &str| in_force.column_by_name(column).unwrap().as_primitive::<Float64Type>().clone();
        let (m2, bounds) = (number("area_m2"), number("bound_m2"));
        for (row, id) in texts(&in_force, "zone_id").into_iter().enumerate() {
            let off = (areas[&id].unwrap() as f64 / 1e4 - m2.value(row)).abs();
            assert!(off <= bounds.value(row), "{id}: {off} m² from the truth, {}", bounds.value(row));
        }
    }

    /// Every parcel shares with every zone what it must, no pair is missing and none is made up, and it is counted to those
    /// that the policy says.
    #[expect(clippy::cast_precision_loss, reason = "areas are far below 2^52 cm²")]
    fn shared_land_agrees(&self) {
        let (truth, published) = (self.truth("parcel_zone"), self.snapshot.table("bi/parcel_zone.parquet"));
        let assigned = |batch: &RecordBatch| batch.column_by_name("is_assigned").unwrap().as_boolean().clone();
        let (keys, counted) = (rows(&published, &["parcel_id", "zone_id"]), assigned(&published));
        let told = decimals(&published, "overlap_m2").into_iter().zip(&counted);
        let mut found: HashMap<String, _> = keys.into_iter().zip(told).collect();
        let number = |column: &str| truth.column_by_name(column).unwrap().as_primitive::<Float64Type>().clone();
        let (shared, bounds, counted) = (number("shared_m2"), number("bound_m2"), assigned(&truth));
        for (row, key) in rows(&truth, &["parcel_id", "zone_id"]).into_iter().enumerate() {
            let bound = bounds.value(row);
            let Some((m2, is_assigned)) = found.remove(&key) else {
                assert!(shared.value(row) <= bound, "{key}: {} m² are missing", shared.value(row));
                continue;
            };
            let m2 = m2.unwrap() as f64 / 1e4;
            let off = (m2 - shared.value(row)).abs();
            assert!(off <= bound, "{key}: {m2} m², {off} m² from the truth, {bound}");
            if counted.is_valid(row) {
                assert_eq!(is_assigned, Some(counted.value(row)), "{key}: {m2} m²");
            }
            // The policy counts nothing to a barrier.
            assert_eq!(is_assigned.is_none(), key.contains(":barrier:"), "{key}: {m2} m²");
        }
        assert!(found.is_empty(), "pairs that share nothing: {:?}", found.keys().take(8));
    }

    /// What falls on each parcel, how much of it is known, and whether it is low.
    fn figures_and_verdicts_agree(&self) {
        let told = |batch: &RecordBatch, columns: &[&str], numbers: [Vec<String>; 2]| -> Vec<String> {
            let rows = rows(batch, columns).into_iter().zip(&numbers[0]).zip(&numbers[1]);
            rows.map(|((row, fen), grams)| format!("{row} {fen} {grams}")).collect()
        };
        let columns = ["parcel_id", "period", "enterprises", "tax_completeness", "energy_completeness"];
        let integer = |batch: &RecordBatch, column: &str| -> Vec<String> {
            integers(batch, column).into_iter().map(|value| format!("{value:?}")).collect()
        };
        let (truth, yields) = (self.truth("parcel_period"), self.snapshot.table("bi/parcel_yield.parquet"));
        let fen = decimals(&yields, "tax_yuan").into_iter().map(|value| format!("{value:?}")).collect();
        let known = told(&truth, &columns, [integer(&truth, "tax_fen"), integer(&truth, "energy_g")]);
        same("figures", known, told(&yields, &columns, [fen, integer(&yields, "energy_equivalent_g")]));

        // Status is told of surface parcels.
        let columns = ["parcel_id", "period", "judgement"];
        let surface: Vec<String> = texts(&self.truth("parcel"), "parcel_id")
            .into_iter()
            .zip(texts(&self.truth("parcel"), "layer"))
            .filter(|(_, layer)| layer == "surface")
            .map(|(id, _)| id)
            .collect();
        let surface: HashSet<String> = surface.into_iter().collect();
        let judged = rows(&truth, &columns).into_iter().zip(texts(&truth, "parcel_id"));
        let judged = judged.filter(|(_, id)| surface.contains(id)).map(|(row, _)| row).collect();
        same("verdicts", judged, rows(&self.snapshot.table("bi/parcel_rule_status.parquet"), &columns));
    }

    /// Output is taken, and what falls on each parcel and on each enterprise there is right, and how much of it is known.
    fn output_agrees(&self) {
        self.years_are_taken("output", &["uscc", "county_code"]);
        for (table, published, key) in [
            ("parcel_output", "bi/parcel_yield.parquet", &["parcel_id", "period"][..]),
            ("enterprise_output", "bi/parcel_enterprise.parquet", &["parcel_id", "uscc", "period"]),
        ] {
            let (truth, published) = (self.truth(table), self.snapshot.table(published));
            for measure in ["revenue", "value_added"] {
                let completeness = format!("{measure}_completeness");
                let columns = [key, &[&completeness]].concat();
                let fen = integers(&truth, &format!("{measure}_fen")).into_iter().map(|fen| fen.map(i128::from));
                let told = |rows: Vec<String>, fen: Vec<Option<i128>>| -> Vec<String> {
                    rows.into_iter().zip(fen).map(|(row, fen)| format!("{row} {fen:?}")).collect()
                };
                let known = told(rows(&truth, &columns), fen.collect());
                let found = decimals(&published, &format!("{measure}_yuan"));
                same(&format!("{table} {measure}"), known, told(rows(&published, &columns), found));
            }
        }
    }

    /// The same low parcels lie together. Blocks have numbers; the truth names them by their smallest parcel.
    fn blocks_agree(&self) {
        let members = self.snapshot.table("bi/block_member.parquet");
        let (blocks, parcels) = (texts(&members, "block_id"), texts(&members, "parcel_id"));
        let mut smallest: BTreeMap<&String, &String> = BTreeMap::new();
        for (block, parcel) in blocks.iter().zip(&parcels) {
            let entry = smallest.entry(block).or_insert(parcel);
            *entry = (*entry).min(parcel);
        }
        let found = blocks.iter().zip(&parcels).map(|(block, parcel)| format!("{parcel} {}", smallest[block]));
        same("blocks", rows(&self.truth("block_member"), &["parcel_id", "block"]), found.collect());
        self.planned_blocks_are_found(&blocks, &parcels);
    }

    /// Blocks that were laid out are what was laid out, and no more; what hangs by one parcel would fall apart without it.
    fn planned_blocks_are_found(&self, blocks: &[String], parcels: &[String]) {
        let planned = self.truth("planned_block");
        let of: HashMap<&String, &String> = parcels.iter().zip(blocks).collect();
        let mut published: HashMap<&String, BTreeSet<&String>> = HashMap::new();
        for (parcel, block) in parcels.iter().zip(blocks) {
            published.entry(block).or_default().insert(parcel);
        }
        let (names, ids, parts) = (texts(&planned, "block"), texts(&planned, "parcel_id"), texts(&planned, "part"));
        let mut members: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
        let mut links: BTreeMap<&String, &String> = BTreeMap::new();
        for ((name, id), part) in names.iter().zip(&ids).zip(&parts) {
            match part.as_str() {
                "between" => assert!(!of.contains_key(id), "{id} is low"),
                part => {
                    members.entry(name).or_default().insert(id);
                    links.extend((part == "link").then_some((name, id)));
                }
            }
        }
        for (name, members) in &members {
            let block = of.get(*members.first().unwrap());
            let found = block.map(|block| &published[*block]);
            assert_eq!(found, Some(members), "{name}");
        }
        let edges = self.snapshot.table("bi/block_edge.parquet");
        let mut near: HashMap<String, Vec<String>> = HashMap::new();
        for (a, b) in texts(&edges, "parcel_id").into_iter().zip(texts(&edges, "other_id")) {
            near.entry(a.clone()).or_default().push(b.clone());
            near.entry(b).or_default().push(a);
        }
        for (name, link) in links {
            let start = members[name].iter().find(|id| **id != link).unwrap();
            let (mut seen, mut todo) = (HashSet::from([link, *start]), vec![*start]);
            while let Some(id) = todo.pop() {
                todo.extend(near[id].iter().filter(|other| seen.insert(other)));
            }
            assert!(seen.len() < members[name].len(), "{name} holds together without {link}");
        }
    }
}

/// How often each occurs.
fn counted(these: impl IntoIterator<Item = String>) -> BTreeMap<String, i64> {
    these.into_iter().fold(BTreeMap::new(), |mut counts, this| {
        *counts.entry(this).or_default() += 1;
        counts
    })
}

/// Each row's values of those columns.
fn rows(batch: &RecordBatch, columns: &[&str]) -> Vec<String> {
    let columns: Vec<_> = columns.iter().map(|name| batch.column_by_name(name).unwrap()).collect();
    let value = |column: &&arrow::array::ArrayRef, row| array_value_to_string(column, row).unwrap();
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|column| value(column, row)).collect::<Vec<_>>().join(" "))
        .collect()
}

/// Fails with the first rows that only one side has.
fn same(what: &str, mut truth: Vec<String>, mut found: Vec<String>) {
    truth.sort_unstable();
    found.sort_unstable();
    if truth == found {
        return;
    }
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|row| those.binary_search(row).is_err()).take(8).cloned().collect()
    };
    panic!(
        "{what}: {} rows are true, {} were found\nonly true: {:#?}\nonly found: {:#?}",
        truth.len(),
        found.len(),
        only(&truth, &found),
        only(&found, &truth)
    );
}

fn run(pipeline: &Path, store: &Path, change: impl FnOnce(&mut Command)) -> Snapshot {
    let mut command = mujun();
    command.arg("run").arg(pipeline).arg("--store").arg(store);
    change(&mut command);
    let output = command.output().unwrap();
    // 2: published, with warnings.
    assert!(matches!(output.status.code(), Some(0 | 2)), "{}", String::from_utf8_lossy(&output.stderr));
    let current = std::fs::read_to_string(store.join("CURRENT")).unwrap();
    let current: serde_json::Value = serde_json::from_str(&current).unwrap();
    let id = current["snapshot"].as_str().unwrap().to_owned();
    Snapshot { folder: store.join("snapshots").join(&id), id }
}

#[test]
fn small_provinces_are_found_as_they_are() {
    for (parcels, seed) in [(40, 1), (600, 2), (2400, 3), (4000, 5)] {
        let province = Province::new(parcels, seed);
        let snapshot = province.run("store");
        Compared { truth: province.path("truth"), snapshot }.all();
    }
}

/// `MUJUN_TRUTH` names the folder of a sample.
#[test]
#[ignore = "for large samples: MUJUN_TRUTH=sample cargo test --release --test it a_sample -- --ignored"]
fn a_sample_is_found_as_it_is() {
    let sample = PathBuf::from(std::env::var_os("MUJUN_TRUTH").expect("MUJUN_TRUTH names no sample"));
    let store = Scratch::new();
    let snapshot = run(&sample.join("pipeline.toml"), store.path(), |_| {});
    Compared { truth: sample.join("truth"), snapshot }.all();
}
