//! Overlay on the grid, by `geo`'s boolean operations. They compute on 32-bit integers scaled by a power of two to
//! the input's extent; counted in grid units from a local origin, points of up to 1° extent keep their place
//! exactly, and only crossings are rounded. Points in the middle of straight edges are dropped.

use geo::bool_ops::{BooleanOps, FillRule, OpType, unary_union};
use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::grid::{Node, Polygons};

/// What the rings enclose an odd number of times: the repair of invalid polygons
/// (as `ST_MakeValid` and Ledoux et al. 2014 read them).
pub(super) fn odd_even(polygons: &Polygons) -> Polygons {
    let origin = origin(polygons.iter());
    let nothing: MultiPolygon = MultiPolygon(Vec::new());
    let result = local(polygons, origin).boolean_op_with_fill_rule(&nothing, OpType::Union, FillRule::EvenOdd);
    global(&result, origin)
}

/// The union of geometries, each with shells counter-clockwise and holes clockwise.
pub(super) fn union(members: &[&Polygons]) -> Polygons {
    let origin = origin(members.iter().copied().flatten());
    let members: Vec<_> = members.iter().map(|member| local(member, origin)).collect();
    global(&unary_union(&members), origin)
}

/// The lower left corner.
fn origin<'a>(polygons: impl Iterator<Item = &'a Vec<Vec<Node>>>) -> Node {
    let nodes = polygons.flatten().flatten();
    let corner = |a: Node, b: &Node| Node { lon: a.lon.min(b.lon), lat: a.lat.min(b.lat) };
    nodes.fold(Node { lon: i64::MAX, lat: i64::MAX }, corner)
}

#[expect(clippy::cast_precision_loss, reason = "360e9 units are far below 2^53")]
fn local(polygons: &Polygons, origin: Node) -> MultiPolygon {
    let coord = |node: &Node| Coord { x: (node.lon - origin.lon) as f64, y: (node.lat - origin.lat) as f64 };
    let line = |ring: &Vec<Node>| LineString(ring.iter().chain(ring.first()).map(coord).collect());
    let polygon = |rings: &Vec<Vec<Node>>| {
        let mut rings = rings.iter().map(line);
        Some(Polygon::new(rings.next()?, rings.collect()))
    };
    polygons.iter().filter_map(polygon).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "offsets within the input's extent")]
fn global(geometry: &MultiPolygon, origin: Node) -> Polygons {
    let node = |c: &Coord| Node { lon: origin.lon + c.x.round() as i64, lat: origin.lat + c.y.round() as i64 };
    let ring = |line: &LineString| line.0.iter().skip(1).map(node).collect();
    let polygon = |p: &Polygon| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect();
    geometry.iter().map(polygon).collect()
}
