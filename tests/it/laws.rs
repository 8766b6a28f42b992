//! Laws 1 to 3 on a whole run, checked from what is published.

use std::collections::{BTreeMap, BTreeSet};

use crate::province::{Province, decimals, integers, texts};

#[test]
fn rows_and_money_balance_and_every_source_is_there() {
    let province = Province::new(3000, 11);
    let snapshot = province.run("store");
    let balance = snapshot.table("quality/reconciliation.parquet");
    let of = |column| integers(&balance, column);
    let (measures, sources) = (texts(&balance, "measure"), texts(&balance, "source_id"));
    let mut money = 0;
    for row in 0..balance.num_rows() {
        let at = |column| of(column)[row].unwrap_or(0);
        let accounted = at("accepted") + at("rejected") + at("superseded") + at("out_of_scope");
        assert_eq!(at("read") + at("corrections"), accounted, "{} {}", sources[row], measures[row]);
        if measures[row] == "fen" {
            assert_eq!(at("accepted"), at("allocated") + at("unallocated"), "{}", sources[row]);
            money += at("allocated");
        }
    }
    let pipeline = std::fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let declared = pipeline.matches("[[source]]").count();
    assert_eq!(sources.iter().collect::<BTreeSet<_>>().len(), declared);

    // What was allocated is what parcels hold: counted kinds only, so at most that.
    let shares = snapshot.table("bi/parcel_enterprise.parquet");
    let held: i128 = decimals(&shares, "tax_yuan").into_iter().flatten().sum();
    assert!(held > 0 && held <= i128::from(money), "{held} of {money} fen");
    let yields = snapshot.table("bi/parcel_yield.parquet");
    let mut by_parcel: BTreeMap<(String, String), i128> = BTreeMap::new();
    let keys = texts(&shares, "parcel_id").into_iter().zip(texts(&shares, "period"));
    for (key, fen) in keys.zip(decimals(&shares, "tax_yuan")) {
        *by_parcel.entry(key).or_default() += fen.unwrap_or(0);
    }
    let keys = texts(&yields, "parcel_id").into_iter().zip(texts(&yields, "period"));
    for (key, fen) in keys.zip(decimals(&yields, "tax_yuan")) {
        assert_eq!(fen.unwrap_or(0), by_parcel.get(&key).copied().unwrap_or(0), "{key:?}");
    }
}

#[test]
fn rejected_rows_are_as_many_as_rejects() {
    let province = Province::new(3000, 11);
    let snapshot = province.run("store");
    let balance = snapshot.table("quality/reconciliation.parquet");
    let rejected: i64 = integers(&balance, "rejected")
        .into_iter()
        .zip(texts(&balance, "measure"))
        .filter(|(_, measure)| measure == "rows")
        .filter_map(|(rejected, _)| rejected)
        .sum();
    let rejects = snapshot.table("quality/rejects.parquet");
    assert!(rejected > 50);
    assert_eq!(usize::try_from(rejected).unwrap(), rejects.num_rows());
}

#[test]
fn no_parcel_lies_in_two_blocks_and_areas_agree() {
    let province = Province::new(3000, 11);
    let snapshot = province.run("store");
    let members = snapshot.table("bi/block_member.parquet");
    let parcels = texts(&members, "parcel_id");
    assert_eq!(parcels.iter().collect::<BTreeSet<_>>().len(), parcels.len());
    assert_eq!(parcels.iter().cloned().collect::<BTreeSet<_>>(), snapshot.low());

    let mut sums: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    let areas = integers(&members, "area_cm2").into_iter().zip(integers(&members, "basis_cm2"));
    for (block, (area, basis)) in texts(&members, "block_id").into_iter().zip(areas) {
        let sum = sums.entry(block).or_default();
        *sum = (sum.0 + area.unwrap(), sum.1 + basis.unwrap(), sum.2 + 1);
    }
    let blocks = snapshot.table("bi/block.parquet");
    assert!(blocks.num_rows() > 50);
    let of = |column| integers(&blocks, column);
    for (row, block) in texts(&blocks, "block_id").into_iter().enumerate() {
        let at = |column| of(column)[row].unwrap();
        let (area, basis, count) = sums[&block];
        assert_eq!((at("member_cm2"), at("basis_cm2")), (area, basis), "{block}");
        let apart = (at("outline_cm2") - (area - at("overlap_cm2"))).abs();
        assert!(apart <= area / 1_000_000_000 + count, "{block}: {apart} cm²");
    }
}

#[test]
fn every_finding_says_why() {
    let province = Province::new(2000, 7);
    let snapshot = province.run("store");
    let findings = snapshot.table("bi/parcel_finding.parquet");
    assert!(findings.num_rows() > 100);
    for column in ["rule_id", "clause", "basis", "kind", "column", "unit"] {
        assert!(texts(&findings, column).iter().all(|text| !text.is_empty()), "{column}");
    }
    let doubles = |column: &str| {
        arrow::array::AsArray::as_primitive::<arrow::datatypes::Float64Type>(findings.column_by_name(column).unwrap())
            .clone()
    };
    for (figure, threshold) in doubles("figure").iter().zip(doubles("threshold").iter()) {
        assert!(figure.unwrap() < threshold.unwrap());
    }
}

#[test]
fn ledgers_of_a_county_without_parcels_still_balance() {
    let province = Province::new(2000, 7);
    let text = std::fs::read_to_string(province.path("pipeline.toml")).unwrap();
    let mut sources: Vec<&str> = text.split("[[source]]").collect();
    let at = sources.iter().position(|source| source.contains("table = \"parcel\"")).unwrap();
    let lost = sources.remove(at).lines().find(|line| line.starts_with("county")).unwrap().to_owned();
    let text = sources.join("[[source]]").replace("stop = { rejected_share = 0.20 }", "");
    std::fs::write(province.path("pipeline.toml"), text).unwrap();
    let output = province.run_with("store", |_| {});
    // The occupants of the lost parcels are rejected: more than the warning bound allows.
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let balance = province.snapshot("store").table("quality/reconciliation.parquet");
    let county = lost.split('"').nth(1).unwrap();
    let unallocated: i64 = integers(&balance, "unallocated")
        .into_iter()
        .zip(texts(&balance, "source_id"))
        .filter(|(_, source)| *source == format!("tax-{county}"))
        .filter_map(|(fen, _)| fen)
        .sum();
    assert!(unallocated > 0);
}

#[test]
fn lineage_lists_every_accepted_row_once() {
    let province = Province::new(3000, 11);
    let snapshot = province.run("store");
    let balance = snapshot.table("quality/reconciliation.parquet");
    for (table, path) in [("tax", "lineage/tax"), ("energy", "lineage/energy"), ("occupancy", "lineage/occupancy")] {
        let accepted: i64 = integers(&balance, "accepted")
            .into_iter()
            .zip(texts(&balance, "table").into_iter().zip(texts(&balance, "measure")))
            .filter(|(_, (of, measure))| of == table && measure == "rows")
            .filter_map(|(accepted, _)| accepted)
            .sum();
        let lineage = snapshot.table(&format!("{path}.parquet"));
        assert_eq!(lineage.num_rows(), usize::try_from(accepted).unwrap(), "{table}");
    }
}
