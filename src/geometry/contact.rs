//! How two parcels meet: whether their shared boundary consists of the same grid edges, and so cancels exactly.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::kernels::Orientation;
use geo::{Coord, MultiPolygon};

use super::adjacency::{Bounds, expand};
use super::ellipsoid::Frame;
use super::gap::point2;
use super::rings;
use super::simple::orientation;

/// Boundaries this near, in metres, are meant to be one: twice what two surveys of a corner may differ by rounding.
pub const TOUCH_M: f64 = 0.002;

/// How two valid geometries meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contact {
    /// They share no point and are further apart than [`TOUCH_M`].
    Apart,
    /// Interiors are disjoint, and every shared piece of boundary is an identical grid edge or a shared vertex.
    Clean,
    /// Interiors intersect, or a vertex of one lies within [`TOUCH_M`] of the inside of the other's edge.
    Overlapping,
}

/// Classifies how `a` and `b` meet; symmetric.
#[must_use]
pub fn contact(a: &MultiPolygon, b: &MultiPolygon) -> Contact {
    let (Some(box_a), Some(box_b)) = (Bounds::of(a), Bounds::of(b)) else { return Contact::Apart };
    let (near_a, near_b) = (expand(box_a, TOUCH_M), expand(box_b, TOUCH_M));
    if !near_a.meets(&near_b) {
        return Contact::Apart;
    }
    let frame = Frame::at(near_a.between(&near_b));
    let (mut side_a, mut side_b) = (Side::new(a, &near_b, &frame), Side::new(b, &near_a, &frame));
    for e in &mut side_a.edges {
        for f in &mut side_b.edges {
            if e.is_far_from(f) {
                continue;
            }
            if e.start == f.end && e.end == f.start {
                (e.is_shared, f.is_shared) = (true, true);
            } else if e.entangled(f) {
                return Contact::Overlapping;
            }
            e.note_touch(f);
            f.note_touch(e);
        }
    }
    let touching = side_a.touches() || side_b.touches();
    if side_a.enters(b) || side_b.enters(a) {
        Contact::Overlapping
    } else if touching {
        Contact::Clean
    } else {
        Contact::Apart
    }
}

/// An edge in degrees and, on the local frame, in metres.
struct Edge {
    start: Coord,
    end: Coord,
    line: [Coord; 2],
    ring: usize,
    /// The other geometry has this edge, the other way round.
    is_shared: bool,
    /// An end of it is a vertex of the other geometry.
    touches: bool,
}

impl Edge {
    fn is_far_from(&self, other: &Self) -> bool {
        let ([a, b], [c, d]) = (self.line, other.line);
        a.x.max(b.x) + TOUCH_M < c.x.min(d.x)
            || c.x.max(d.x) + TOUCH_M < a.x.min(b.x)
            || a.y.max(b.y) + TOUCH_M < c.y.min(d.y)
            || c.y.max(d.y) + TOUCH_M < a.y.min(b.y)
    }

    /// Whether two edges cross, run the same way on the same side, or one ends on the other.
    fn entangled(&self, other: &Self) -> bool {
        (self.start == other.start && self.end == other.end)
            || self.is_near_end_of(other)
            || other.is_near_end_of(self)
            || self.crosses(other)
    }

    /// Whether an end of `other` lies on this edge, yet is none of its ends.
    fn is_near_end_of(&self, other: &Self) -> bool {
        [(other.start, other.line[0]), (other.end, other.line[1])].into_iter().any(|(coord, point)| {
            coord != self.start && coord != self.end && point2(point, self.line) <= TOUCH_M * TOUCH_M
        })
    }

    fn crosses(&self, other: &Self) -> bool {
        let opposite = |a: Coord, b: Coord, c: Coord, d: Coord| {
            let (left, right) = (orientation(a, b, c), orientation(a, b, d));
            left != right && left != Orientation::Collinear && right != Orientation::Collinear
        };
        opposite(self.start, self.end, other.start, other.end) && opposite(other.start, other.end, self.start, self.end)
    }

    fn note_touch(&mut self, other: &Self) {
        let ends = [other.start, other.end];
        self.touches |= ends.contains(&self.start) || ends.contains(&self.end);
    }
}

/// One geometry, seen from the other.
struct Side<'a> {
    geometry: &'a MultiPolygon,
    /// The edges near the other's box.
    edges: Vec<Edge>,
}

impl<'a> Side<'a> {
    fn new(geometry: &'a MultiPolygon, window: &Bounds, frame: &Frame) -> Self {
        let is_near = |a: Coord, b: Coord| {
            window.meets(&Bounds {
                min_lon: a.x.min(b.x),
                min_lat: a.y.min(b.y),
                max_lon: a.x.max(b.x),
                max_lat: a.y.max(b.y),
            })
        };
        let mut edges = Vec::new();
        for (ring, points) in rings(geometry).enumerate() {
            for pair in points.0.windows(2) {
                let (start, end) = (pair[0], pair[1]);
                if is_near(start, end) {
                    let line = [frame.project(start), frame.project(end)];
                    edges.push(Edge { start, end, line, ring, is_shared: false, touches: false });
                }
            }
        }
        Self { geometry, edges }
    }

    fn touches(&self) -> bool {
        self.edges.iter().any(|edge| edge.touches)
    }

    /// Whether the boundary runs through the inside of `other`, given that it meets the other's only in vertices
    /// and shared edges: then a stretch between two such vertices is inside or outside as a whole.
    fn enters(&self, other: &MultiPolygon) -> bool {
        let inside = |point: Coord| other.coordinate_position(&point) == CoordPos::Inside;
        let leaves_a_touch = |edge: &&Edge| edge.touches && !edge.is_shared;
        if self.edges.iter().filter(leaves_a_touch).any(|edge| inside((edge.start + edge.end) / 2.0)) {
            return true;
        }
        let mut touched: Vec<usize> = self.edges.iter().filter(|edge| edge.touches).map(|edge| edge.ring).collect();
        touched.dedup();
        rings(self.geometry)
            .enumerate()
            .filter(|(ring, _)| touched.binary_search(ring).is_err())
            .any(|(_, points)| points.0.first().is_some_and(|point| inside(*point)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::validity::settle;
    use super::super::wkb::RawPolygons;
    use super::*;
    use geo::dimensions::Dimensions;
    use geo::{LineString, Polygon, Relate};
    use proptest::prelude::*;

    /// Polygons of rings in units of 1e-4° (about 10 m) about 120° E 30° N.
    fn shape(polygons: &[&[&[(f64, f64)]]]) -> MultiPolygon {
        let coord = |p: &(f64, f64)| Coord {
            x: super::super::grid::round(120.0 + p.0 * 1e-4),
            y: super::super::grid::round(30.0 + p.1 * 1e-4),
        };
        let ring = |ring: &&[(f64, f64)]| LineString(ring.iter().chain(ring.first()).map(coord).collect());
        let polygon = |rings: &&[&[(f64, f64)]]| Polygon::new(ring(&rings[0]), rings[1..].iter().map(ring).collect());
        polygons.iter().map(polygon).collect()
    }

    fn rect(west: f64, south: f64, east: f64, north: f64) -> MultiPolygon {
        shape(&[&[&[(west, south), (east, south), (east, north), (west, north)]]])
    }

    #[test]
    fn contacts_are_told_apart() {
        let square = rect(0.0, 0.0, 4.0, 4.0);
        let holed = shape(&[&[
            &[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)],
            &[(1.0, 1.0), (1.0, 3.0), (3.0, 3.0), (3.0, 1.0)],
        ]]);
        let mm = 1e-4; // 1 mm in these units
        for (name, a, b, expected) in [
            ("far", &square, rect(9.0, 0.0, 12.0, 4.0), Contact::Apart),
            ("a centimetre off", &square, rect(4.0 + 10.0 * mm, 0.0, 8.0, 4.0), Contact::Apart),
            ("identical edge", &square, rect(4.0, 0.0, 8.0, 4.0), Contact::Clean),
            ("one corner", &square, rect(4.0, 4.0, 8.0, 8.0), Contact::Clean),
            ("T-junction", &square, rect(4.0, 1.0, 8.0, 3.0), Contact::Overlapping),
            ("vertex a millimetre off", &square, rect(4.0 + mm, 1.0, 8.0, 3.0), Contact::Overlapping),
            ("corner a millimetre off", &square, rect(4.0 + mm, 4.0, 8.0, 8.0), Contact::Overlapping),
            ("overlap", &square, rect(3.0, 1.0, 8.0, 3.0), Contact::Overlapping),
            ("same", &square, square.clone(), Contact::Overlapping),
            ("within", &square, rect(1.0, 1.0, 2.0, 2.0), Contact::Overlapping),
            ("enclave", &holed, rect(1.0, 1.0, 3.0, 3.0), Contact::Clean),
            ("in the hole", &holed, rect(1.5, 1.5, 2.5, 2.5), Contact::Apart),
            ("hole filled", &holed, square.clone(), Contact::Overlapping),
            ("through two corners", &square, shape(&[&[&[(0.0, 0.0), (4.0, 4.0), (5.0, 9.0)]]]), Contact::Overlapping),
            (
                "along two edges round a corner",
                &square,
                shape(&[&[&[(4.0, 0.0), (8.0, 0.0), (8.0, 8.0), (0.0, 8.0), (0.0, 4.0), (4.0, 4.0)]]]),
                Contact::Clean,
            ),
        ] {
            assert_eq!(contact(a, &b), expected, "{name}");
            assert_eq!(contact(&b, a), expected, "{name}, turned");
        }
    }

    fn vertices(geometry: &MultiPolygon) -> &[Coord] {
        &geometry.0[0].exterior().0
    }

    /// Whether the point lies on the inside of an edge.
    fn is_junction(point: Coord, geometry: &MultiPolygon) -> bool {
        geometry.0[0].exterior().lines().any(|line| {
            let ends = [line.start, line.end];
            point2(point, ends) < 1e-20 && !ends.contains(&point)
        })
    }

    fn lattice() -> impl Strategy<Value = MultiPolygon> {
        prop::collection::vec((0..6, 0..6), 3..7).prop_filter_map("valid", |points| {
            let points: Vec<(f64, f64)> = points.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
            let raw = shape(&[&[&points]]).0[0].exterior().0.clone();
            let settled = settle(RawPolygons(vec![vec![raw]])).ok()?;
            // Doubles may see daylight where a ring touches itself on the grid; leave such rings out.
            let geometry = settled.geometry;
            let touches_itself = vertices(&geometry).iter().any(|point| is_junction(*point, &geometry));
            (!settled.repaired && !touches_itself).then_some(geometry)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        /// DE-9IM is the truth for insides; a touch is clean when every vertex on the other's boundary is its vertex.
        #[test]
        fn contact_agrees_with_relate(a in lattice(), b in lattice()) {
            let matrix = a.relate(&b);
            let on = |g: &MultiPolygon, other: &MultiPolygon| vertices(g).iter().any(|p| is_junction(*p, other));
            let junctions = on(&a, &b) || on(&b, &a);
            let expected = if matrix.get(CoordPos::Inside, CoordPos::Inside) == Dimensions::TwoDimensional || junctions {
                Contact::Overlapping
            } else if matrix.is_disjoint() {
                Contact::Apart
            } else {
                Contact::Clean
            };
            prop_assert_eq!(contact(&a, &b), expected);
            prop_assert_eq!(contact(&b, &a), expected);
        }
    }
}
