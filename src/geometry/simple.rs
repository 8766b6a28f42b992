//! Whether boundaries are simple: one sweep over all edges of a geometry, with exact orientation predicates.
//! `geo`'s own check compares every edge with every other, which a ring of 100,000 vertices turns into minutes.

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo::{Coord, MultiPolygon};

use super::grid::Node;
use super::rings;

/// What the edges of a geometry do to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Boundary {
    /// Rings are simple, and meet each other in these touches only: sorted, each ring once a point.
    Simple(Vec<Touch>),
    /// A ring crosses, touches or retraces itself, or two rings cross.
    Crossing,
}

/// A point where a ring meets another, and the ring: its place in [`rings`].
pub(super) type Touch = (Node, usize);

/// The sign of `(b − a) × (c − a)`, exactly.
pub(super) fn orientation(a: Coord, b: Coord, c: Coord) -> Orientation {
    RobustKernel::orient2d(a, b, c)
}

struct Edge {
    start: Coord,
    end: Coord,
    min: Coord,
    max: Coord,
    ring: u32,
    at: u32,
    last: u32,
}

/// Classifies the boundary of closed rings without repeated points.
pub(super) fn boundary(geometry: &MultiPolygon) -> Boundary {
    let edges = edges(geometry);
    let mut order: Vec<&Edge> = edges.iter().collect();
    order.sort_unstable_by(|a, b| a.min.x.total_cmp(&b.min.x));
    let mut touches = Vec::new();
    for (i, edge) in order.iter().enumerate() {
        for other in order[i + 1..].iter().take_while(|other| other.min.x <= edge.max.x) {
            if other.min.y > edge.max.y || edge.min.y > other.max.y {
                continue;
            }
            let is_crossing = if edge.ring == other.ring {
                self_meets(edge, other)
            } else {
                match meet(edge, other) {
                    Meet::Apart => false,
                    Meet::Touch => {
                        note_touch(edge, other, &mut touches);
                        false
                    }
                    Meet::Cross => true,
                }
            };
            if is_crossing {
                return Boundary::Crossing;
            }
        }
    }
    touches.sort_unstable();
    touches.dedup();
    Boundary::Simple(touches)
}

#[expect(clippy::cast_possible_truncation, reason = "vertices are capped at a million")]
fn edges(geometry: &MultiPolygon) -> Vec<Edge> {
    let mut edges = Vec::with_capacity(rings(geometry).map(|ring| ring.0.len()).sum());
    for (ring, points) in rings(geometry).enumerate() {
        let last = points.0.len().saturating_sub(2) as u32;
        for (at, pair) in points.0.windows(2).enumerate() {
            let (start, end) = (pair[0], pair[1]);
            let min = Coord { x: start.x.min(end.x), y: start.y.min(end.y) };
            let max = Coord { x: start.x.max(end.x), y: start.y.max(end.y) };
            edges.push(Edge { start, end, min, max, ring: ring as u32, at: at as u32, last });
        }
    }
    edges
}

/// Whether two edges of one ring meet elsewhere than where one follows the other.
fn self_meets(a: &Edge, b: &Edge) -> bool {
    let follows = |first: &Edge, next: &Edge| next.at == first.at + 1 || (first.at == first.last && next.at == 0);
    match (follows(a, b), follows(b, a)) {
        (true, _) => spike(a.start, a.end, b.end),
        (false, true) => spike(b.start, b.end, a.end),
        (false, false) => meet(a, b) != Meet::Apart,
    }
}

/// Whether the ring turns back on itself at `v`.
fn spike(u: Coord, v: Coord, w: Coord) -> bool {
    let (back, on) = (u - v, w - v);
    back.x * on.x + back.y * on.y > 0.0 && orientation(u, v, w) == Orientation::Collinear
}

#[derive(PartialEq, Eq)]
enum Meet {
    Apart,
    Touch,
    Cross,
}

/// How two edges with overlapping boxes meet. An overlap along a line counts as touching.
fn meet(a: &Edge, b: &Edge) -> Meet {
    let (b1, b2) = (orientation(a.start, a.end, b.start), orientation(a.start, a.end, b.end));
    if b1 == b2 {
        // Collinear edges with overlapping boxes share a point.
        return if b1 == Orientation::Collinear { Meet::Touch } else { Meet::Apart };
    }
    let (a1, a2) = (orientation(b.start, b.end, a.start), orientation(b.start, b.end, a.end));
    if a1 == a2 {
        return Meet::Apart;
    }
    if [a1, a2, b1, b2].contains(&Orientation::Collinear) { Meet::Touch } else { Meet::Cross }
}

/// Notes, for both rings, the ends of each edge that lie on the other.
fn note_touch(a: &Edge, b: &Edge, touches: &mut Vec<Touch>) {
    for (point, edge) in [(a.start, b), (a.end, b), (b.start, a), (b.end, a)] {
        let is_beside = (edge.min.x..=edge.max.x).contains(&point.x) && (edge.min.y..=edge.max.y).contains(&point.y);
        if is_beside && orientation(edge.start, edge.end, point) == Orientation::Collinear {
            touches.extend([a.ring, b.ring].map(|ring| (Node::from(point), ring as usize)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn a_ring_of_a_hundred_thousand_vertices_takes_no_minutes() {
        let n = 100_000;
        let mut ring: Vec<Coord> = (0..n)
            .map(|i| {
                let (sin, cos) = libm::sincos(std::f64::consts::TAU * f64::from(i) / f64::from(n));
                Coord { x: cos, y: sin }
            })
            .collect();
        ring.push(ring[0]);
        let circle = MultiPolygon(vec![geo::Polygon::new(geo::LineString(ring), Vec::new())]);
        let start = std::time::Instant::now();
        assert_eq!(boundary(&circle), Boundary::Simple(Vec::new()));
        assert!(start.elapsed().as_secs() < 5);
    }

    #[test]
    fn boundaries_are_told_apart() {
        let touching = |x: i64, y: i64| {
            let point = Node { lon: x * 1_000_000_000, lat: y * 1_000_000_000 };
            Boundary::Simple(vec![(point, 0), (point, 1)])
        };
        for (geometry, expected) in [
            (wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 0.)))), Boundary::Simple(Vec::new())),
            (wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 0.)),((4. 4.,5. 4.,5. 5.,4. 4.)))), touching(4, 4)),
            (wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 0.)),((4. 2.,5. 4.,5. 5.,4. 2.)))), touching(4, 2)),
            (wkt!(MULTIPOLYGON(((0. 0.,4. 0.,4. 4.,0. 0.)),((3. 2.,5. 1.,5. 3.,3. 2.)))), Boundary::Crossing),
            (wkt!(MULTIPOLYGON(((0. 0.,4. 4.,4. 0.,0. 4.,0. 0.)))), Boundary::Crossing),
            (wkt!(MULTIPOLYGON(((0. 0.,4. 0.,6. 0.,4. 0.,4. 4.,0. 0.)))), Boundary::Crossing),
            (wkt!(MULTIPOLYGON(((0. 0.,6. 0.,4. 0.,4. 4.,0. 0.)))), Boundary::Crossing),
        ] {
            assert_eq!(boundary(&geometry), expected, "{geometry:?}");
        }
    }
}
