//! Neighbours as others publish them: `libpysal`'s `.gal` lists, where their folder is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gdal::Dataset;
use gdal::vector::LayerAccess;
use geo::{BoundingRect, Coord, LinesIter, MultiPolygon};
use mujun::geometry::adjacency::{Bounds, near_pairs};
use mujun::geometry::gap::gap_m;
use mujun::geometry::validity::settle;
use mujun::geometry::wkb;

/// What makes two polygons neighbours.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// They touch.
    Queen,
    /// They share a piece of boundary.
    Rook,
}

/// The polygons of a shapefile with their ids (a field, or the position from 1), scaled so that they lie within
/// a degree: these lists know no coordinate system.
fn polygons(path: &Path, id: Option<&str>) -> Vec<(i64, MultiPolygon)> {
    let dataset = Dataset::open(path).unwrap();
    let mut layer = dataset.layer(0).unwrap();
    let extent = layer.get_extent().unwrap();
    let size = (extent.MaxX - extent.MinX).max(extent.MaxY - extent.MinY);
    let field = id.map(|name| layer.defn().field_index(name).unwrap());
    let mut polygons = Vec::new();
    for (at, feature) in layer.features().enumerate() {
        let id =
            field.map_or(i64::try_from(at).unwrap() + 1, |field| feature.field_as_integer64(field).unwrap().unwrap());
        let mut raw = wkb::decode(&feature.geometry().unwrap().wkb().unwrap()).unwrap();
        for coord in raw.0.iter_mut().flatten().flatten() {
            *coord = Coord { x: (coord.x - extent.MinX) / size, y: (coord.y - extent.MinY) / size };
        }
        polygons.push((id, settle(raw).unwrap().geometry));
    }
    polygons
}

/// Whether two polygons share a piece of boundary: an edge of one lies along an edge of the other.
fn share_a_piece(a: &MultiPolygon, b: &MultiPolygon) -> bool {
    const NEAR: f64 = 2e-9;
    a.lines_iter().any(|left| {
        let (dx, dy) = (left.end.x - left.start.x, left.end.y - left.start.y);
        let length = dx.hypot(dy);
        b.lines_iter().any(|right| {
            let along = |point: Coord| ((point.x - left.start.x) * dx + (point.y - left.start.y) * dy) / length;
            let aside = |point: Coord| ((point.x - left.start.x) * dy - (point.y - left.start.y) * dx).abs() / length;
            let (from, to) = (along(right.start), along(right.end));
            let overlap = from.max(to).min(length) - from.min(to).max(0.0);
            aside(right.start) < NEAR && aside(right.end) < NEAR && overlap > NEAR
        })
    })
}

fn neighbours(polygons: &[(i64, MultiPolygon)], rule: Rule) -> BTreeSet<(i64, i64)> {
    let bounds: Vec<Bounds> = polygons.iter().map(|(_, shape)| Bounds::of(shape).unwrap()).collect();
    let mut pairs = BTreeSet::new();
    // A millimetre: corners that a T-junction's rounding left a tenth of one apart still touch.
    for (a, b) in near_pairs(&bounds, 0.001) {
        let ((left, a), (right, b)) = (&polygons[a as usize], &polygons[b as usize]);
        if gap_m(a, b) <= 0.001 && (rule == Rule::Queen || share_a_piece(a, b)) {
            pairs.insert((*left.min(right), *left.max(right)));
        }
    }
    pairs
}

/// The pairs of a `.gal` file: a header, then for each polygon its id and count, and a line of neighbours.
fn listed(path: &Path) -> BTreeSet<(i64, i64)> {
    let text = fs::read_to_string(path).unwrap();
    let mut numbers = text.lines().skip(1).flat_map(str::split_whitespace).map(|number| number.parse::<i64>().unwrap());
    let mut lists: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    while let (Some(id), Some(count)) = (numbers.next(), numbers.next()) {
        lists.insert(id, numbers.by_ref().take(usize::try_from(count).unwrap()).collect());
    }
    let pairs = lists.iter().flat_map(|(id, others)| others.iter().map(move |other| (*id.min(other), *id.max(other))));
    pairs.collect()
}

#[test]
fn neighbours_are_those_that_libpysal_lists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/contiguity");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    for (name, list, rule, id, count) in [
        ("columbus", "columbus.gal", Rule::Queen, None, 118),
        ("10740", "10740_rook.gal", Rule::Rook, None, 501),
        ("stl_hom", "stl_hom_rook.gal", Rule::Rook, None, 199),
        ("sids2", "sids2.gal", Rule::Rook, Some("FIPSNO"), 231),
    ] {
        let polygons = polygons(&folder.join(name).with_extension("shp"), id);
        assert!(polygons.iter().all(|(_, shape)| shape.bounding_rect().is_some()));
        let (found, expected) = (neighbours(&polygons, rule), listed(&folder.join(list)));
        assert_eq!(expected.len(), count, "{list}");
        assert_eq!(found, expected, "{name}");
    }
}
