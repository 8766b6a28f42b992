//! Whether a geometry is valid, as readers see it.

use geo::coordinate_position::{CoordPos, CoordinatePosition, coord_pos_relative_to_ring};
use geo::dimensions::Dimensions;
use geo::{LineString, MultiPolygon, Polygon, PreparedGeometry, Relate};

use super::adjacency::{Bounds, near_pairs};
use super::rings;
use super::simple::{Boundary, Touch, boundary};

/// Whether the geometry is valid by OGC 06-103r4 as doubles see it: simple rings that do not cross, holes in their
/// shell, parts apart, interiors connected. Rings must be closed and free of repeated points.
/// A ring that touches itself exactly on the grid may show daylight in doubles; what readers see decides.
/// Stricter than `geo`'s `is_valid` only in that it finds interiors cut in two by rings that touch in a circle.
#[must_use]
pub fn is_valid(geometry: &MultiPolygon) -> bool {
    if rings(geometry).any(|ring| ring.0.len() < 4 || ring.0.first() != ring.0.last()) {
        return false;
    }
    match boundary(geometry) {
        Boundary::Crossing => false,
        Boundary::Simple(touches) if touches.is_empty() => {
            geometry.iter().all(holes_nest_freely) && apart(geometry, false)
        }
        Boundary::Simple(touches) => {
            geometry.iter().all(holes_nest) && apart(geometry, true) && !touches_close(geometry, &touches)
        }
    }
}

/// For rings that do not touch: each hole lies in the shell and in no other hole.
fn holes_nest_freely(polygon: &Polygon) -> bool {
    let encloses = |ring: &LineString, inner: &LineString| {
        inner.0.first().is_some_and(|point| coord_pos_relative_to_ring(*point, ring) == CoordPos::Inside)
    };
    let holes = polygon.interiors();
    holes.iter().all(|hole| encloses(polygon.exterior(), hole))
        && near(holes.iter()).all(|(a, b)| !encloses(&holes[a], &holes[b]) && !encloses(&holes[b], &holes[a]))
}

/// For rings that may touch: each hole lies in the shell and meets other rings in points only.
fn holes_nest(polygon: &Polygon) -> bool {
    if polygon.interiors().is_empty() {
        return true;
    }
    let area = |ring: &LineString| Polygon::new(ring.clone(), Vec::new());
    let shell = area(polygon.exterior());
    let shell = PreparedGeometry::from(&shell);
    let holes: Vec<_> = polygon.interiors().iter().map(area).collect();
    let in_shell = |hole: &Polygon| {
        let matrix = shell.relate(hole);
        matrix.is_contains() && matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) != Dimensions::OneDimensional
    };
    holes.iter().all(in_shell) && near(polygon.interiors().iter()).all(|(a, b)| meet_in_points(&holes[a], &holes[b]))
}

/// Whether rings of one polygon, each touching the next, form a circle, which cuts the interior in two.
fn touches_close(geometry: &MultiPolygon, touches: &[Touch]) -> bool {
    let rings_of = |(at, polygon): (usize, &Polygon)| std::iter::repeat_n(at, 1 + polygon.interiors().len());
    let polygon_of: Vec<usize> = geometry.iter().enumerate().flat_map(rings_of).collect();
    let mut group: Vec<usize> = (0..polygon_of.len()).collect();
    for point in touches.chunk_by(|a, b| a.0 == b.0) {
        // Rings of one polygon stand side by side.
        for pair in point.windows(2).filter(|pair| polygon_of[pair[0].1] == polygon_of[pair[1].1]) {
            let (a, b) = (root(&mut group, pair[0].1), root(&mut group, pair[1].1));
            if a == b {
                return true;
            }
            group[a] = b;
        }
    }
    false
}

/// The representative of `item` in a forest of disjoint sets.
pub(super) fn root(group: &mut [usize], mut item: usize) -> usize {
    while group[item] != item {
        group[item] = group[group[item]];
        item = group[item];
    }
    item
}

/// Whether no two polygons overlap or touch along a line.
fn apart(geometry: &MultiPolygon, may_touch: bool) -> bool {
    let polygons = &geometry.0;
    if polygons.len() < 2 {
        return true;
    }
    near(polygons.iter().map(Polygon::exterior)).all(|(a, b)| {
        let (a, b) = (&polygons[a], &polygons[b]);
        if may_touch { meet_in_points(a, b) } else { !starts_within(a, b) && !starts_within(b, a) }
    })
}

fn starts_within(inner: &Polygon, outer: &Polygon) -> bool {
    inner.exterior().0.first().is_some_and(|point| outer.coordinate_position(point) == CoordPos::Inside)
}

fn meet_in_points(a: &Polygon, b: &Polygon) -> bool {
    let matrix = a.relate(b);
    matrix.get(CoordPos::Inside, CoordPos::Inside) != Dimensions::TwoDimensional
        && matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) != Dimensions::OneDimensional
}

/// Pairs of rings whose boxes meet.
fn near<'a>(rings: impl Iterator<Item = &'a LineString>) -> impl Iterator<Item = (usize, usize)> {
    let bounds: Vec<Bounds> = rings.filter_map(|ring| Bounds::of_points(&ring.0)).collect();
    near_pairs(&bounds, 0.0).into_iter().map(|(a, b)| (a as usize, b as usize))
}
