//! Map over counties with a halo: pairs of targets whose gap is at most `gap_m`.

use arrow::array::{Array, Float64Array, RecordBatch};
use geo::MultiPolygon;
use rayon::prelude::*;

use super::super::StageError;
use crate::fault::{self, Fault};
use crate::geometry::adjacency::{Bounds, expand, near_pairs};
use crate::geometry::gap::gap_m;
use crate::geometry::wkb;
use crate::table::{block_edge, block_target, column};

/// The columns that [`reach`] reads.
pub const REACH_COLUMNS: &[&str] = &["min_lon", "min_lat", "max_lon", "max_lat"];

/// The box around a county's targets, grown by the gap: what another county's targets must meet to be its halo.
///
/// # Errors
/// Never by the data.
pub fn reach(targets: &RecordBatch, gap: f64) -> Result<Option<Bounds>, StageError> {
    let edge = |name| column::<Float64Array>(targets, &block_target::TABLE, name);
    let (west, south, east, north) = (edge("min_lon")?, edge("min_lat")?, edge("max_lon")?, edge("max_lat")?);
    let boxes = (0..targets.num_rows()).map(|row| Bounds {
        min_lon: west.value(row),
        min_lat: south.value(row),
        max_lon: east.value(row),
        max_lat: north.value(row),
    });
    Ok(boxes.reduce(Bounds::around).map(|all| expand(all, gap)))
}

fn bounds(rows: &block_target::View<'_>, row: usize) -> Bounds {
    Bounds {
        min_lon: rows.min_lon.value(row),
        min_lat: rows.min_lat.value(row),
        max_lon: rows.max_lon.value(row),
        max_lat: rows.max_lat.value(row),
    }
}

/// The edges that `county` owns: those whose smaller id is one of its targets. `halo` holds the targets of
/// counties within reach.
///
/// # Errors
/// When a geometry is not ours.
pub fn edges(own: &RecordBatch, halo: &[RecordBatch], gap: f64) -> Result<RecordBatch, StageError> {
    let halo = if fault::is_on(Fault::BorderIgnored) { &[] } else { halo };
    let batches: Vec<&RecordBatch> = std::iter::once(own).chain(halo).collect();
    let views: Result<Vec<_>, _> = batches.iter().map(|batch| block_target::View::of(batch)).collect();
    let views = views?;
    let reach = reach(own, gap)?;
    let mut candidates = Vec::new();
    for (at, view) in views.iter().enumerate() {
        for row in 0..view.parcel_id.len() {
            let bounds = bounds(view, row);
            if at == 0 || reach.is_some_and(|reach| reach.meets(&bounds)) {
                candidates.push((at, row, bounds));
            }
        }
    }
    let boxes: Vec<Bounds> = candidates.iter().map(|(_, _, bounds)| *bounds).collect();
    let geometries: Option<Vec<MultiPolygon>> =
        candidates.par_iter().map(|(at, row, _)| wkb::read(views[*at].geometry.value(*row))).collect();
    let geometries = geometries.ok_or(StageError::Law { law: "geometry", what: "a target is not WKB".into() })?;
    let id = |candidate: u32| {
        let (at, row, _) = candidates[candidate as usize];
        (views[at].parcel_id.value(row), at)
    };
    let mut edges: Vec<(&str, &str, f64)> = near_pairs(&boxes, gap)
        .into_par_iter()
        .filter_map(|(left, right)| {
            let (smaller, greater) = if id(left) <= id(right) { (left, right) } else { (right, left) };
            if id(smaller).1 != 0 {
                return None;
            }
            let distance = gap_m(&geometries[smaller as usize], &geometries[greater as usize]);
            (distance <= gap).then(|| (id(smaller).0, id(greater).0, distance))
        })
        .collect();
    edges.sort_unstable_by(|left, right| (left.0, left.1).cmp(&(right.0, right.1)));
    let mut rows = block_edge::Builder::default();
    for (smaller, greater, distance) in edges {
        rows.block_id.append_value("");
        rows.parcel_id.append_value(smaller);
        rows.other_id.append_value(greater);
        rows.gap_m.append_value(distance);
    }
    Ok(rows.finish()?)
}
