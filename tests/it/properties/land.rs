//! Law 3 by plain code: parcels are rectangles of a lattice, so areas, overlaps and gaps are sums over its cells.
#![expect(clippy::cast_precision_loss, reason = "grid units and cm² of a small province are far below 2^53")]

use std::collections::{BTreeMap, BTreeSet};

use super::deliver::{ORIGIN, STEP};
use super::small::{Plot, Shape, Small};
use super::{Checked, accepted_plots};
use crate::province::{Snapshot, integers, texts};
use proptest::prelude::*;

/// m² between the equator and a parallel, per radian of longitude, on CGCS2000: the closed form of TD/T 1055.
fn zone(lat_units: i64) -> f64 {
    let (a, f) = (6_378_137.0_f64, 1.0 / 298.257_222_101_f64);
    let e = (f * (2.0 - f)).sqrt();
    let s = (lat_units as f64 / 1e9).to_radians().sin();
    a * a / 2.0 * (1.0 - e * e) * (s / (1.0 - e * e * s * s) + (e * s).atanh() / e)
}

/// cm² of the lattice's cells in row `south`.
fn cell_cm2(south: i64) -> f64 {
    let lat = |row: i64| ORIGIN[1] + STEP[1] * row;
    (STEP[0] as f64 / 1e9).to_radians() * (zone(lat(south + 1)) - zone(lat(south))) * 1e4
}

/// The cells of a rectangle.
fn cells(plot: &Plot) -> impl Iterator<Item = (i64, i64)> {
    let [west, south, width, height] = plot.at;
    (west..west + width).flat_map(move |x| (south..south + height).map(move |y| (x, y)))
}

/// Ellipsoidal area in cm²; a twisted rectangle is half of it.
fn area_cm2(plot: &Plot) -> f64 {
    let whole: f64 = cells(plot).map(|(_, y)| cell_cm2(y)).sum();
    if plot.shape == Shape::Twisted { whole / 2.0 } else { whole }
}

/// Every accepted parcel is published once, in its county, with its area.
pub fn parcels_are_measured(small: &Small, snapshot: &Snapshot) -> Checked {
    let expected = accepted_plots(small);
    let cards = snapshot.table("bi/parcel_card.parquet");
    let ids = texts(&cards, "parcel_id");
    prop_assert_eq!(ids.iter().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    let yields = snapshot.table("bi/parcel_yield.parquet");
    let rows = texts(&yields, "parcel_id").into_iter().zip(texts(&yields, "county_code"));
    for ((id, county), area) in rows.zip(integers(&yields, "area_cm2")) {
        let plot = expected[&id];
        prop_assert_eq!(&county, super::small::COUNTIES[plot.county]);
        let apart = (area.unwrap_or_default() as f64 - area_cm2(plot)).abs();
        // A twisted rectangle's crossing is rounded to the grid, and the cells' areas to doubles.
        let allowed = if plot.shape == Shape::Twisted { 200_000.0 } else { 2.0 };
        prop_assert!(apart <= allowed, "{id}: {apart} cm²");
    }
    let mut in_files = BTreeSet::new();
    for county in super::small::COUNTIES {
        let path = format!("geo/parcels/{county}.parquet");
        if snapshot.folder.join(&path).is_file() {
            in_files.extend(texts(&snapshot.table(&path), "parcel_id"));
        }
    }
    prop_assert_eq!(in_files.iter().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    Ok(())
}

/// No parcel lies in two blocks, blocks are what lies within 20 m of each other, and their areas are their members'.
pub fn blocks_are_what_lies_together(small: &Small, snapshot: &Snapshot) -> Checked {
    let plots = accepted_plots(small);
    let members = snapshot.table("bi/block_member.parquet");
    let ids = texts(&members, "parcel_id");
    let distinct: BTreeSet<String> = ids.iter().cloned().collect();
    prop_assert_eq!(distinct.len(), ids.len(), "a parcel lies in two blocks");
    prop_assert_eq!(&distinct, &snapshot.low());
    let mut blocks: BTreeMap<String, (BTreeSet<String>, i64, i64)> = BTreeMap::new();
    let areas = integers(&members, "area_cm2").into_iter().zip(integers(&members, "basis_cm2"));
    for ((block, id), (area, basis)) in texts(&members, "block_id").into_iter().zip(ids).zip(areas) {
        let block = blocks.entry(block).or_default();
        block.0.insert(id);
        block.1 += area.unwrap_or_default();
        block.2 += basis.unwrap_or_default();
    }
    let table = snapshot.table("bi/block.parquet");
    prop_assert_eq!(texts(&table, "block_id"), blocks.keys().cloned().collect::<Vec<_>>());
    let column = |name: &str| -> Vec<i64> { integers(&table, name).into_iter().flatten().collect() };
    let (member, basis) = (column("member_cm2"), column("basis_cm2"));
    let (outline, overlap) = (column("outline_cm2"), column("overlap_cm2"));
    for (row, (id, (parcels, area, on_basis))) in blocks.iter().enumerate() {
        prop_assert_eq!((member[row], basis[row]), (*area, *on_basis), "{}", id);
        let allowed = i64::try_from(parcels.len()).unwrap() + area / 1_000_000_000;
        let apart = (outline[row] - (area - overlap[row])).abs();
        prop_assert!(apart <= allowed, "{id}: outline and members less overlap are {apart} cm² apart");
        if parcels.iter().all(|parcel| plots[parcel].shape != Shape::Twisted) {
            let mut times: BTreeMap<(i64, i64), f64> = BTreeMap::new();
            parcels
                .iter()
                .flat_map(|parcel| cells(plots[parcel]))
                .for_each(|cell| *times.entry(cell).or_default() += 1.0);
            let repeated: f64 = times.iter().map(|((_, y), times)| (times - 1.0) * cell_cm2(*y)).sum();
            let apart = (overlap[row] as f64 - repeated).abs();
            prop_assert!(apart <= 2.0 * parcels.len() as f64, "{id}: overlap is {apart} cm² off");
        }
    }
    // Triangles leave a rectangle's sides: then gaps are not the lattice's.
    if distinct.iter().all(|id| plots[id].shape != Shape::Twisted) {
        let published: BTreeSet<BTreeSet<String>> = blocks.into_values().map(|(parcels, ..)| parcels).collect();
        prop_assert_eq!(published, together(&distinct, &plots));
    }
    Ok(())
}

/// Parcels joined where they overlap, touch, or are one step (18 m) apart in one direction alone: a diagonal is 25 m.
fn together(low: &BTreeSet<String>, plots: &BTreeMap<String, &Plot>) -> BTreeSet<BTreeSet<String>> {
    let is_near = |a: &str, b: &str| {
        let ([west, south, width, height], [x, y, wide, high]) = (plots[a].at, plots[b].at);
        let across = (x - west - width).max(west - x - wide).max(0);
        let along = (y - south - height).max(south - y - high).max(0);
        across + along <= 1
    };
    let mut blocks: Vec<BTreeSet<String>> = Vec::new();
    for id in low {
        let (near, apart): (Vec<_>, Vec<_>) =
            blocks.into_iter().partition(|block| block.iter().any(|other| is_near(id, other)));
        blocks = apart;
        blocks.push(near.into_iter().flatten().chain([id.clone()]).collect());
    }
    blocks.into_iter().collect()
}
