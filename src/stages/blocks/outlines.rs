//! Map over blocks: areas, tax and the dissolved outline of each.

use arrow::array::{Array, RecordBatch};
use geo::MultiPolygon;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use super::super::StageError;
use super::super::completeness::Completeness;
use super::super::order::value;
use super::super::quality::Issues;
use crate::domain::{IssueCode, Map, Ratio, SquareMetres, per_mu};
use crate::geometry::dissolve::{Dissolved, dissolve};
use crate::geometry::{interior, wkb};
use crate::table::{block, block_member, block_target};

/// A parcel as a member of a block.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Parcel.
    pub parcel_id: &'a str,
    /// Its county.
    pub county: &'a str,
    /// Ellipsoidal area.
    pub area: SquareMetres,
    /// Area on the set's basis.
    pub basis: SquareMetres,
}

/// The county of most mu among members; ties to the smaller code.
pub(super) fn home<'a>(members: impl Iterator<Item = (&'a str, SquareMetres)>) -> &'a str {
    let mut land: BTreeMap<&str, SquareMetres> = BTreeMap::new();
    for (county, area) in members {
        let entry = land.entry(county).or_insert(SquareMetres::ZERO);
        *entry = *entry + area;
    }
    let most = land.into_iter().max_by(|left, right| left.1.cmp(&right.1).then_with(|| right.0.cmp(left.0)));
    most.map_or("", |(county, _)| county)
}

/// The blocks whose members these are (sorted by block), with outlines; and remarks.
///
/// # Errors
/// When a member is no target, or a law of land is broken: mistakes in the program.
pub fn outlines(
    members: &RecordBatch,
    targets: &[RecordBatch],
    snap_m: f64,
) -> Result<(RecordBatch, RecordBatch), StageError> {
    let rows = block_member::View::of(members)?;
    let views: Result<Vec<_>, _> = targets.iter().map(block_target::View::of).collect();
    let views = views?;
    let mut place: Map<&str, (usize, usize)> = Map::default();
    for (at, view) in views.iter().enumerate() {
        for row in 0..view.parcel_id.len() {
            place.insert(view.parcel_id.value(row), (at, row));
        }
    }
    let all: Vec<usize> = (0..members.num_rows()).collect();
    let groups: Vec<&[usize]> = all.chunk_by(|a, b| rows.block_id.value(*a) == rows.block_id.value(*b)).collect();
    let broken = |what: &str| StageError::Law { law: "land", what: what.to_owned() };
    let dissolved: Result<Vec<Dissolved>, StageError> = groups
        .par_iter()
        .map(|group| {
            let shapes: Option<Vec<MultiPolygon>> = group
                .iter()
                .map(|row| {
                    let (at, target) = *place.get(rows.parcel_id.value(*row))?;
                    wkb::read(views[at].geometry.value(target))
                })
                .collect();
            let shapes = shapes.ok_or_else(|| broken("a block's member is no target"))?;
            Ok(dissolve(&shapes.iter().collect::<Vec<_>>(), snap_m))
        })
        .collect();
    let mut out = block::Builder::default();
    let mut issues = Issues::default();
    for (group, shape) in groups.iter().zip(dissolved?) {
        let figures: Vec<(usize, usize)> =
            group.iter().filter_map(|row| place.get(rows.parcel_id.value(*row)).copied()).collect();
        let member = |row: &usize| (rows.county_code.value(*row), SquareMetres::from_cm2(rows.area_cm2.value(*row)));
        let block = Block {
            id: rows.block_id.value(group[0]),
            period: rows.period.value(group[0]),
            county: home(group.iter().map(member)),
            counties: group.iter().map(|row| rows.county_code.value(*row)).collect(),
            members: group.len(),
            area: group.iter().map(|row| member(row).1).sum(),
            basis: group.iter().map(|row| SquareMetres::from_cm2(rows.basis_cm2.value(*row))).sum(),
            tax: figures.iter().map(|(at, row)| value(views[*at].tax_fen, *row).unwrap_or(0)).sum(),
            completeness: together(figures.iter().map(|(at, row)| views[*at].tax_completeness.value(*row))),
        };
        if !shape.is_merged {
            issues.note("block", block.county, IssueCode::BlockUndissolved, Some(block.id), Some(block.period));
        }
        append(&mut out, &block, &shape);
    }
    Ok((out.finish()?, issues.finish()?))
}

struct Block<'a> {
    id: &'a str,
    period: &'a str,
    county: &'a str,
    counties: BTreeSet<&'a str>,
    members: usize,
    area: SquareMetres,
    basis: SquareMetres,
    tax: i64,
    completeness: Completeness,
}

/// The completeness of a sum over members.
fn together<'a>(members: impl Iterator<Item = &'a str>) -> Completeness {
    let all: Vec<Completeness> = members.map(Completeness::named).collect();
    if all.iter().all(|one| *one == Completeness::Complete) {
        Completeness::Complete
    } else if all.iter().all(|one| *one == Completeness::None) {
        Completeness::None
    } else {
        Completeness::LowerBound
    }
}

fn append(out: &mut block::Builder, block: &Block<'_>, shape: &Dissolved) {
    let inside = interior::interior_point(&shape.outline);
    let members = i32::try_from(block.members).unwrap_or(i32::MAX);
    let mut geometry = Vec::new();
    wkb::encode(&shape.outline, &mut geometry);
    let is_complete = block.completeness == Completeness::Complete;
    let yielded = per_mu(block.tax, block.basis).filter(|_| is_complete);
    out.block_id.append_value(block.id);
    out.period.append_value(block.period);
    out.county_code.append_value(block.county);
    out.county_codes.append_value(block.counties.iter().copied().collect::<Vec<_>>().join(","));
    out.parcels.append_value(members);
    out.targets.append_value(members);
    out.member_mu.append_value(block.area.mu().0);
    out.overlap_mu.append_value(shape.overlap_area.mu().0);
    out.outline_mu.append_value(shape.outline_area.mu().0);
    out.basis_mu.append_value(block.basis.mu().0);
    out.member_cm2.append_value(block.area.cm2());
    out.overlap_cm2.append_value(shape.overlap_area.cm2());
    out.outline_cm2.append_value(shape.outline_area.cm2());
    out.basis_cm2.append_value(block.basis.cm2());
    out.tax_yuan.append_option((block.completeness != Completeness::None).then_some(i128::from(block.tax)));
    out.tax_completeness.append_value(block.completeness.as_str());
    out.tax_wan_per_mu.append_option(yielded.map(Ratio::to_f64));
    out.lon.append_value(inside.x);
    out.lat.append_value(inside.y);
    out.geometry.append_value(&geometry);
}
