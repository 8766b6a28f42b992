//! The distance between two parcels, on the tangent frame where they are nearest,
//! so that it knows nothing of 3-degree zones and their seams.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{Coord, MultiPolygon};

use super::adjacency::Bounds;
use super::ellipsoid::Frame;
use super::{canonical_order, rings};

/// Metres between two geometries: 0 when they touch or overlap, infinity when one is empty.
/// The same bits for (a, b) and (b, a). True to 1e-6 of itself where the gap is small against the Earth.
#[must_use]
pub fn gap_m(a: &MultiPolygon, b: &MultiPolygon) -> f64 {
    let (a, b) = if canonical_order(a, b).is_le() { (a, b) } else { (b, a) };
    let (Some(box_a), Some(box_b)) = (Bounds::of(a), Bounds::of(b)) else { return f64::INFINITY };
    let frame = Frame::at(box_a.between(&box_b));
    let (mut near_a, near_b) = (edges(a, &frame), edges(b, &frame));
    let all_b = near_b.iter().fold(Rect::EMPTY, |all, edge| all.with(&edge.rect));
    near_a.sort_by(|e, f| e.rect.distance2(&all_b).total_cmp(&f.rect.distance2(&all_b)));

    let mut best = f64::INFINITY;
    let mut nearest = None;
    for edge in &near_a {
        if edge.rect.distance2(&all_b) >= best {
            break;
        }
        for other in &near_b {
            if edge.rect.distance2(&other.rect) < best {
                let distance2 = segments2(edge.line, other.line);
                if distance2 < best {
                    best = distance2;
                    nearest = Some((edge.degrees, other.degrees));
                }
            }
        }
    }
    let Some((edge, other)) = nearest else { return f64::INFINITY };
    if best == 0.0 || (box_a.meets(&box_b) && (holds(a, b) || holds(b, a))) {
        return 0.0;
    }
    // The pair's own frame: the first one may lie a kilometre off.
    let middle = |line: [Coord; 2]| (line[0] + line[1]) / 2.0;
    let frame = Frame::at((middle(edge) + middle(other)) / 2.0);
    segments2(edge.map(|c| frame.project(c)), other.map(|c| frame.project(c))).sqrt()
}

/// Whether a part of `inner` lies in `outer`, their boundaries being apart.
fn holds(outer: &MultiPolygon, inner: &MultiPolygon) -> bool {
    let inside = |point: &Coord| outer.coordinate_position(point) == CoordPos::Inside;
    inner.iter().any(|polygon| polygon.exterior().0.first().is_some_and(inside))
}

struct Edge {
    degrees: [Coord; 2],
    line: [Coord; 2],
    rect: Rect,
}

fn edges(geometry: &MultiPolygon, frame: &Frame) -> Vec<Edge> {
    let mut edges = Vec::with_capacity(rings(geometry).map(|ring| ring.0.len()).sum());
    for ring in rings(geometry) {
        let mut points = ring.0.iter().map(|coord| (*coord, frame.project(*coord)));
        let Some(mut last) = points.next() else { continue };
        for next in points {
            let (a, b) = (last.1, next.1);
            let rect = Rect {
                min: Coord { x: a.x.min(b.x), y: a.y.min(b.y) },
                max: Coord { x: a.x.max(b.x), y: a.y.max(b.y) },
            };
            edges.push(Edge { degrees: [last.0, next.0], line: [a, b], rect });
            last = next;
        }
    }
    edges
}

#[derive(Clone, Copy)]
struct Rect {
    min: Coord,
    max: Coord,
}

impl Rect {
    const EMPTY: Self = Self {
        min: Coord { x: f64::INFINITY, y: f64::INFINITY },
        max: Coord { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY },
    };

    fn with(self, other: &Self) -> Self {
        Self {
            min: Coord { x: self.min.x.min(other.min.x), y: self.min.y.min(other.min.y) },
            max: Coord { x: self.max.x.max(other.max.x), y: self.max.y.max(other.max.y) },
        }
    }

    fn distance2(&self, other: &Self) -> f64 {
        let x = (self.min.x - other.max.x).max(other.min.x - self.max.x).max(0.0);
        let y = (self.min.y - other.max.y).max(other.min.y - self.max.y).max(0.0);
        x * x + y * y
    }
}

/// Squared distance of two segments.
fn segments2(a: [Coord; 2], b: [Coord; 2]) -> f64 {
    let side = |line: [Coord; 2], p: Coord| {
        let (d, e) = (line[1] - line[0], p - line[0]);
        d.x * e.y - d.y * e.x
    };
    if side(a, b[0]) * side(a, b[1]) < 0.0 && side(b, a[0]) * side(b, a[1]) < 0.0 {
        return 0.0;
    }
    point2(a[0], b).min(point2(a[1], b)).min(point2(b[0], a)).min(point2(b[1], a))
}

/// Squared distance of a point from a segment.
pub(super) fn point2(point: Coord, segment: [Coord; 2]) -> f64 {
    let (along, from) = (segment[1] - segment[0], point - segment[0]);
    let length2 = along.x * along.x + along.y * along.y;
    let t = if length2 > 0.0 { ((from.x * along.x + from.y * along.y) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let off = from - along * t;
    off.x * off.x + off.y * off.y
}
