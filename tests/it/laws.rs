//! Land and findings of a province with shapes as counties draw them; `properties` has the laws over small ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::province::{Province, integers, texts};

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
