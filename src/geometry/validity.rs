//! From rings as delivered to a geometry that is valid on the grid.

use geo::coordinate_position::{CoordPos, CoordinatePosition, coord_pos_relative_to_ring};
use geo::dimensions::Dimensions;
use geo::{BoundingRect, Coord, LineString, MultiPolygon, Polygon, Relate};

use super::grid::{Node, Polygons, cross, signed_area};
use super::simple::{Boundary, boundary};
use super::wkb::RawPolygons;
use super::{overlay, rings};
use crate::domain::RejectCode;

/// A valid geometry on the grid, shells counter-clockwise and holes clockwise, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// Never empty.
    pub geometry: MultiPolygon,
    /// A ring's last point was not its first.
    pub ring_closed: bool,
    /// The geometry was invalid: a ring had collapsed, or it was rebuilt by the odd-even rule.
    pub repaired: bool,
}

/// Rounding after a repair can break it again where its crossings lie within a grid unit; a second pass settles that.
const REPAIRS: usize = 3;

/// Rounds, closes, cleans, orients and, if need be, repairs.
///
/// # Errors
/// `GeometryNotFinite`, `CoordinatesOutside` (lon ±180, lat ±90), `GeometryCollapsed` when nothing is left,
/// `GeometryInvalid` when repair fails.
pub fn settle(raw: RawPolygons) -> Result<Settled, RejectCode> {
    let (mut ring_closed, mut repaired) = (false, false);
    let mut nodes = Vec::new();
    let mut polygons = Vec::with_capacity(raw.0.len());
    for raw_rings in raw.0 {
        let mut shell = None;
        let mut holes = Vec::new();
        for (position, ring) in raw_rings.into_iter().enumerate() {
            to_nodes(&ring, &mut nodes)?;
            let closed = nodes.len() > 1 && nodes.first() == nodes.last();
            let kept = tidy(&mut nodes, position == 0);
            ring_closed |= kept && !closed;
            repaired |= !kept;
            if kept {
                let line = closed_line(&nodes, ring);
                if position == 0 { shell = Some(line) } else { holes.push(line) }
            } else if position == 0 {
                break;
            }
        }
        polygons.extend(shell.map(|shell| Polygon::new(shell, holes)));
    }
    let mut geometry = MultiPolygon(polygons);
    for _ in 0..REPAIRS {
        if geometry.0.is_empty() {
            return Err(RejectCode::GeometryCollapsed);
        }
        if is_valid(&geometry) {
            return Ok(Settled { geometry, ring_closed, repaired });
        }
        repaired = true;
        geometry = from_nodes(overlay::odd_even(&to_polygons(&geometry)));
    }
    Err(RejectCode::GeometryInvalid)
}

/// Whether the geometry is valid by OGC 06-103r4 as doubles see it: simple rings that do not cross, holes in their
/// shell, parts apart, interiors connected. Rings must be closed and free of repeated points.
/// Stricter than `geo`'s `is_valid` only in that it finds interiors cut in two by holes that touch in a circle.
#[must_use]
pub fn is_valid(geometry: &MultiPolygon) -> bool {
    if rings(geometry).any(|ring| ring.0.len() < 4 || ring.0.first() != ring.0.last()) {
        return false;
    }
    match boundary(geometry) {
        Boundary::Crossing => false,
        Boundary::Free => geometry.iter().all(holes_nest_freely) && apart(geometry, false),
        Boundary::Touching => geometry.iter().all(holes_nest) && apart(geometry, true),
    }
}

/// For rings that do not touch: each hole lies in the shell and in no other hole.
fn holes_nest_freely(polygon: &Polygon) -> bool {
    let holds = |ring: &LineString, inner: &LineString| {
        inner.0.first().is_some_and(|point| coord_pos_relative_to_ring(*point, ring) == CoordPos::Inside)
    };
    let holes = polygon.interiors();
    holes.iter().enumerate().all(|(i, hole)| {
        holds(polygon.exterior(), hole) && holes.iter().enumerate().all(|(j, other)| i == j || !holds(other, hole))
    })
}

/// For rings that may touch: each hole lies in the shell, meets other rings in points only, and no chain of
/// touching rings closes on itself, which would cut the interior in two.
fn holes_nest(polygon: &Polygon) -> bool {
    if polygon.interiors().is_empty() {
        return true;
    }
    let area = |ring: &LineString| Polygon::new(ring.clone(), Vec::new());
    let shell = area(polygon.exterior());
    let holes: Vec<_> = polygon.interiors().iter().map(area).collect();
    let nested = holes.iter().enumerate().all(|(i, hole)| {
        let matrix = shell.relate(hole);
        matrix.is_contains()
            && matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) != Dimensions::OneDimensional
            && holes[..i].iter().all(|other| !boxes_meet(hole, other) || meet_in_points(hole, other))
    });
    nested && !touches_close(polygon)
}

/// Whether rings and the vertices they share form a circle.
fn touches_close(polygon: &Polygon) -> bool {
    let mut vertices: Vec<(Node, usize)> = Vec::new();
    for (ring, points) in std::iter::once(polygon.exterior()).chain(polygon.interiors()).enumerate() {
        vertices.extend(points.0.iter().skip(1).map(|point| (Node::from(*point), ring)));
    }
    vertices.sort_unstable();
    let mut group: Vec<usize> = (0..=polygon.interiors().len()).collect();
    for same in vertices.chunk_by(|a, b| a.0 == b.0) {
        for pair in same.windows(2) {
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
    polygons.iter().enumerate().all(|(i, a)| {
        polygons[..i].iter().all(|b| !boxes_meet(a, b) || if may_touch { meet_in_points(a, b) } else { disjoint(a, b) })
    })
}

/// For polygons whose rings do not touch.
fn disjoint(a: &Polygon, b: &Polygon) -> bool {
    let within = |inner: &Polygon, outer: &Polygon| {
        inner.exterior().0.first().is_some_and(|point| outer.coordinate_position(point) == CoordPos::Inside)
    };
    !within(a, b) && !within(b, a)
}

fn meet_in_points(a: &Polygon, b: &Polygon) -> bool {
    let matrix = a.relate(b);
    matrix.get(CoordPos::Inside, CoordPos::Inside) != Dimensions::TwoDimensional
        && matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) != Dimensions::OneDimensional
}

fn boxes_meet(a: &Polygon, b: &Polygon) -> bool {
    let (Some(a), Some(b)) = (a.bounding_rect(), b.bounding_rect()) else { return false };
    a.min().x <= b.max().x && b.min().x <= a.max().x && a.min().y <= b.max().y && b.min().y <= a.max().y
}

/// Rounds a ring as delivered to the grid.
fn to_nodes(ring: &[Coord], nodes: &mut Vec<Node>) -> Result<(), RejectCode> {
    nodes.clear();
    for coord in ring {
        if !(coord.x.is_finite() && coord.y.is_finite()) {
            return Err(RejectCode::GeometryNotFinite);
        }
        if coord.x.abs() > 180.0 || coord.y.abs() > 90.0 {
            return Err(RejectCode::CoordinatesOutside);
        }
        nodes.push(Node::from(*coord));
    }
    Ok(())
}

/// Drops repeated points and a closing one and orients the ring; false when it has no area to enclose.
fn tidy(ring: &mut Vec<Node>, is_shell: bool) -> bool {
    ring.dedup();
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let area = signed_area(ring);
    // A figure of eight may have no signed area, yet its points do not lie on one line.
    if area == 0 && (ring.len() < 3 || ring.iter().all(|point| cross(ring[0], ring[1], *point) == 0)) {
        return false;
    }
    if (area > 0) != is_shell {
        ring.reverse();
    }
    true
}

/// The ring in degrees, closed, in the memory of `line`.
fn closed_line(ring: &[Node], mut line: Vec<Coord>) -> LineString {
    line.clear();
    line.extend(ring.iter().chain(ring.first()).map(|node| Coord::from(*node)));
    LineString(line)
}

/// The grid points of a settled geometry.
pub(super) fn to_polygons(geometry: &MultiPolygon) -> Polygons {
    let ring = |line: &LineString| line.0.iter().skip(1).map(|coord| Node::from(*coord)).collect();
    let polygon = |p: &Polygon| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect();
    geometry.iter().map(polygon).collect()
}

/// A geometry of tidied, oriented, closed rings; rings that have collapsed are left out.
pub(super) fn from_nodes(polygons: Polygons) -> MultiPolygon {
    let polygon = |rings: Vec<Vec<Node>>| {
        let mut rings = rings.into_iter();
        let line = |mut ring: Vec<Node>, is_shell| tidy(&mut ring, is_shell).then(|| closed_line(&ring, Vec::new()));
        let shell = line(rings.next()?, true)?;
        Some(Polygon::new(shell, rings.filter_map(|ring| line(ring, false)).collect()))
    };
    polygons.into_iter().filter_map(polygon).collect()
}
