//! Which parcels lie near each other: candidate pairs by their boxes, then [`gap_m`] and [`contact`].

use geo::{Coord, MultiPolygon};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTreeBuilder, RTreeIndex};
use rayon::prelude::*;

pub use super::contact::{Contact, TOUCH_M, contact};
use super::ellipsoid::{A, E2, Frame};
pub use super::gap::gap_m;

/// A box in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Western edge.
    pub min_lon: f64,
    /// Southern edge.
    pub min_lat: f64,
    /// Eastern edge.
    pub max_lon: f64,
    /// Northern edge.
    pub max_lat: f64,
}

impl Bounds {
    /// The box of a geometry; none when it is empty.
    #[must_use]
    pub fn of(geometry: &MultiPolygon) -> Option<Self> {
        Self::all(geometry.iter().flat_map(|polygon| polygon.exterior().0.iter().copied()))
    }

    /// The box of points; none when there are none.
    #[must_use]
    pub fn of_points(points: &[Coord]) -> Option<Self> {
        Self::all(points.iter().copied())
    }

    pub(super) fn all(mut points: impl Iterator<Item = Coord>) -> Option<Self> {
        let first = points.next()?;
        let start = Self { min_lon: first.x, min_lat: first.y, max_lon: first.x, max_lat: first.y };
        Some(points.fold(start, |all, p| Self {
            min_lon: all.min_lon.min(p.x),
            min_lat: all.min_lat.min(p.y),
            max_lon: all.max_lon.max(p.x),
            max_lat: all.max_lat.max(p.y),
        }))
    }

    /// Whether the boxes share a point.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.min_lon <= other.max_lon
            && other.min_lon <= self.max_lon
            && self.min_lat <= other.max_lat
            && other.min_lat <= self.max_lat
    }

    /// The box around both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        Self {
            min_lon: self.min_lon.min(other.min_lon),
            min_lat: self.min_lat.min(other.min_lat),
            max_lon: self.max_lon.max(other.max_lon),
            max_lat: self.max_lat.max(other.max_lat),
        }
    }

    /// The middle.
    #[must_use]
    pub fn centre(&self) -> Coord {
        Coord { x: f64::midpoint(self.min_lon, self.max_lon), y: f64::midpoint(self.min_lat, self.max_lat) }
    }

    /// The middle of what two boxes share, or of the gap between them.
    pub(super) fn between(&self, other: &Self) -> Coord {
        Coord {
            x: f64::midpoint(self.min_lon.max(other.min_lon), self.max_lon.min(other.max_lon)),
            y: f64::midpoint(self.min_lat.max(other.min_lat), self.max_lat.min(other.max_lat)),
        }
    }
}

/// The box grown by at least `metres` on every side, anywhere on the ellipsoid.
#[must_use]
pub fn expand(bounds: Bounds, metres: f64) -> Bounds {
    // The meridian is most curved at the equator: there a degree has the fewest metres.
    let lat = (metres / (A * (1.0 - E2))).to_degrees();
    let (min_lat, max_lat) = (bounds.min_lat - lat, bounds.max_lat + lat);
    let furthest = Coord { x: 0.0, y: min_lat.abs().max(max_lat.abs()).min(90.0) };
    let lon = metres / Frame::at(furthest).lon_m.max(1.0);
    Bounds { min_lon: bounds.min_lon - lon, min_lat, max_lon: bounds.max_lon + lon, max_lat }
}

/// Pairs (i, j), i < j, sorted, of boxes that may be within `gap_m` metres: every true pair is among them.
/// Boxes must be finite.
///
/// # Panics
/// With more than 2^32 boxes.
#[must_use]
pub fn near_pairs(bounds: &[Bounds], gap_m: f64) -> Vec<(u32, u32)> {
    /// Below this, handing work to other threads costs more than the work.
    const FEW: usize = 1_024;
    /// Up to this, a tree costs more than looking at all of them.
    const VERY_FEW: usize = 8;
    if bounds.len() < 2 {
        return Vec::new();
    }
    #[expect(clippy::expect_used, reason = "a proven bound, documented above")]
    let count = u32::try_from(bounds.len()).expect("parcels of a part are far fewer than 2^32");
    if bounds.len() <= VERY_FEW {
        let pairs_of = |i: u32| {
            let reach = expand(bounds[i as usize], gap_m);
            (i + 1..count).filter(move |j| reach.meets(&bounds[*j as usize])).map(move |j| (i, j))
        };
        return (0..count).flat_map(pairs_of).collect();
    }
    let mut builder = RTreeBuilder::<f64>::new(count);
    for b in bounds {
        builder.add(b.min_lon, b.min_lat, b.max_lon, b.max_lat);
    }
    let tree = builder.finish::<HilbertSort>();
    let pairs_of = |i: u32| {
        let b = expand(bounds[i as usize], gap_m);
        let mut near = tree.search(b.min_lon, b.min_lat, b.max_lon, b.max_lat);
        near.retain(|j| *j > i);
        near.sort_unstable();
        near.into_iter().map(move |j| (i, j))
    };
    if bounds.len() < FEW {
        (0..count).flat_map(pairs_of).collect()
    } else {
        (0..count).into_par_iter().flat_map_iter(pairs_of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Distance, Geodesic, Point};
    use proptest::prelude::*;

    fn any_box() -> impl Strategy<Value = Bounds> {
        (120.0..120.01, 30.0..30.01, 0.0..0.002, 0.0..0.002).prop_map(|(lon, lat, width, height)| Bounds {
            min_lon: lon,
            min_lat: lat,
            max_lon: lon + width,
            max_lat: lat + height,
        })
    }

    proptest! {
        #[test]
        fn near_pairs_are_all_and_only_boxes_within_reach(
            boxes in prop::collection::vec(any_box(), 0..60),
            gap in 0.0..100.0,
        ) {
            let mut expected = Vec::new();
            for (i, a) in (0..).zip(&boxes) {
                for (j, b) in (0..).zip(&boxes) {
                    if i < j && expand(*a, gap).meets(b) {
                        expected.push((i, j));
                    }
                }
            }
            prop_assert_eq!(near_pairs(&boxes, gap), expected);
        }

        #[test]
        fn a_box_grows_by_at_least_what_is_asked(lon in -179.0..179.0, lat in -85.0..85.0, metres in 0.1..1000.0) {
            let grown = expand(Bounds { min_lon: lon, min_lat: lat, max_lon: lon, max_lat: lat }, metres);
            let at = |x, y| Geodesic.distance(Point::new(lon, lat), Point::new(x, y));
            for side in [at(grown.max_lon, lat), at(grown.min_lon, lat), at(lon, grown.max_lat), at(lon, grown.min_lat)] {
                prop_assert!(side >= metres * 0.999_999 && side <= metres * 1.02, "{}", side);
            }
        }
    }

    #[test]
    fn many_boxes_give_the_pairs_of_few_whatever_the_threads() {
        let at = |i: u32| {
            let (lon, lat) = (120.0 + f64::from(i % 50) * 0.001, 30.0 + f64::from(i / 50) * 0.001);
            Bounds { min_lon: lon, min_lat: lat, max_lon: lon + 0.000_9, max_lat: lat + 0.000_9 }
        };
        let boxes: Vec<Bounds> = (0..2_000).map(at).collect();
        let pairs = near_pairs(&boxes, 20.0);
        // A lattice of 50 × 40, each box with its eight neighbours.
        assert_eq!(pairs.len(), 49 * 40 + 50 * 39 + 2 * 49 * 39);
        assert!(pairs.is_sorted());
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(one.install(|| near_pairs(&boxes, 20.0)), pairs);
    }
}
