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
    // The frame of the nearest points: the first one may lie a kilometre off.
    let frame = Frame::at(nearest_middle(edge, other, &frame));
    segments2(edge.map(|c| frame.project(c)), other.map(|c| frame.project(c))).sqrt()
}

/// The middle, in degrees, between the nearest points of two segments that do not cross.
fn nearest_middle(a: [Coord; 2], b: [Coord; 2], frame: &Frame) -> Coord {
    let nearest = |point: Coord, line: [Coord; 2]| {
        let on = line[0] + (line[1] - line[0]) * foot(frame.project(point), line.map(|c| frame.project(c)));
        let off = frame.project(point) - frame.project(on);
        (off.x * off.x + off.y * off.y, (point + on) / 2.0)
    };
    let ends = [nearest(a[0], b), nearest(a[1], b), nearest(b[0], a), nearest(b[1], a)];
    ends.into_iter().fold((f64::INFINITY, a[0]), |best, end| if end.0 < best.0 { end } else { best }).1
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
    let off = point - segment[0] - (segment[1] - segment[0]) * foot(point, segment);
    off.x * off.x + off.y * off.y
}

/// Where on a segment, from 0 to 1, it is nearest to a point.
fn foot(point: Coord, segment: [Coord; 2]) -> f64 {
    let (along, from) = (segment[1] - segment[0], point - segment[0]);
    let length2 = along.x * along.x + along.y * along.y;
    if length2 > 0.0 { ((from.x * along.x + from.y * along.y) / length2).clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::grid;
    use super::*;
    use geo::{Distance, Geodesic, LineString, Point, Polygon, wkt};
    use proptest::prelude::*;

    /// A quadrilateral of about `size` metres, turned by `turn` radians about its centre.
    fn quad(lon: f64, lat: f64, size: f64, turn: f64) -> MultiPolygon {
        let frame = Frame::at(Coord { x: lon, y: lat });
        let corner = |i: i32| {
            let (sin, cos) = libm::sincos(turn + f64::from(i) * std::f64::consts::FRAC_PI_2);
            Coord { x: grid::round(lon + size * cos / frame.lon_m), y: grid::round(lat + size * sin / frame.lat_m) }
        };
        MultiPolygon(vec![Polygon::new(LineString((0..=4).map(|i| corner(i % 4)).collect()), Vec::new())])
    }

    /// The least geodesic distance between points on the two boundaries, a coarse search made finer.
    fn karney(a: &MultiPolygon, b: &MultiPolygon) -> f64 {
        let edges = |g: &MultiPolygon| g.0[0].exterior().lines().collect::<Vec<_>>();
        let at = |line: &geo::Line, t: f64| Point::from(line.start + line.delta() * t);
        let mut best = f64::INFINITY;
        for e in edges(a) {
            for f in edges(b) {
                // Straight edges: the least lies at an end of one of them.
                for (p, line) in [(at(&e, 0.0), f), (at(&e, 1.0), f), (at(&f, 0.0), e), (at(&f, 1.0), e)] {
                    let distance = |t: f64| Geodesic.distance(p, at(&line, t));
                    let (mut low, mut high) = (0.0, 1.0);
                    for _ in 0..60 {
                        let third = (high - low) / 3.0;
                        if distance(low + third) < distance(high - third) { high -= third } else { low += third }
                    }
                    best = best.min(distance(low));
                }
            }
        }
        best
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn the_gap_is_karneys_across_zone_seams_and_symmetric(
            seam in prop::sample::select(vec![118.5, 121.5]),
            lat in 27.0..31.5,
            (size_a, size_b) in (20.0..800.0, 20.0..800.0),
            (turn_a, turn_b) in (0.0..1.5, 0.0..1.5),
            (apart, north) in (0.0..60.0, -300.0..300.0),
        ) {
            let frame = Frame::at(Coord { x: seam, y: lat });
            let west = quad(seam - size_a / frame.lon_m, lat, size_a, turn_a);
            let east = quad(seam + (size_b + apart) / frame.lon_m, lat + north / frame.lat_m, size_b, turn_b);
            let gap = gap_m(&west, &east);
            prop_assert_eq!(gap.to_bits(), gap_m(&east, &west).to_bits());
            let truth = karney(&west, &east);
            prop_assert!((gap - truth).abs() <= 1e-4 + 1e-6 * truth, "{} {}", gap, truth);
        }
    }

    #[test]
    fn touching_overlapping_and_nested_have_no_gap() {
        let square = wkt!(MULTIPOLYGON(((120. 30.,120.01 30.,120.01 30.01,120. 30.01,120. 30.))));
        let hole = wkt!(MULTIPOLYGON(((120. 30.,120.01 30.,120.01 30.01,120. 30.01,120. 30.),
            (120.002 30.002,120.002 30.008,120.008 30.008,120.008 30.002,120.002 30.002))));
        let corner = wkt!(MULTIPOLYGON(((120.01 30.01,120.02 30.01,120.02 30.02,120.01 30.01))));
        let across = wkt!(MULTIPOLYGON(((119.99 30.004,120.02 30.004,120.02 30.005,119.99 30.005,119.99 30.004))));
        let within = wkt!(MULTIPOLYGON(((120.004 30.004,120.006 30.004,120.006 30.006,120.004 30.004))));
        for other in [&square, &corner, &across, &within] {
            assert!(gap_m(&square, other) <= 0.0);
        }
        // Inside the hole, 0.002° of longitude from its eastern edge.
        assert!((gap_m(&hole, &within) - 0.002 * Frame::at(Coord { x: 120.0, y: 30.0 }).lon_m).abs() < 0.02);
        assert!(gap_m(&square, &MultiPolygon(Vec::new())).is_infinite());
    }
}
