//! A point inside a parcel: what decides its county and where a label goes.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{Area, Centroid, Coord, InteriorPoint, MultiPolygon, Polygon};

use super::grid;

/// A point of the grid strictly inside the geometry's largest polygon wherever it has one near the middle:
/// the centroid, else the middle of the widest chord half-way up. Zero for an empty geometry.
#[must_use]
pub fn interior_point(geometry: &MultiPolygon) -> Coord {
    let Some(polygon) = largest(geometry) else { return Coord::zero() };
    let chord = || polygon.interior_point().map(Coord::from);
    let candidates = polygon.centroid().map(Coord::from).into_iter().chain(std::iter::once_with(chord).flatten());
    let mut last = polygon.exterior().0.first().copied().unwrap_or_default();
    for candidate in candidates {
        last = Coord { x: grid::round(candidate.x), y: grid::round(candidate.y) };
        if polygon.coordinate_position(&last) == CoordPos::Inside {
            return last;
        }
    }
    last
}

/// The largest polygon, the first of equals.
fn largest(geometry: &MultiPolygon) -> Option<&Polygon> {
    if let [only] = geometry.0.as_slice() {
        return Some(only);
    }
    let mut found: Option<(f64, &Polygon)> = None;
    for polygon in geometry {
        let area = polygon.unsigned_area();
        if found.is_none_or(|(best, _)| area > best) {
            found = Some((area, polygon));
        }
    }
    found.map(|(_, polygon)| polygon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    fn inside(geometry: &MultiPolygon) -> bool {
        geometry.coordinate_position(&interior_point(geometry)) == CoordPos::Inside
    }

    #[test]
    fn a_convex_parcel_has_its_centroid() {
        let square = wkt!(MULTIPOLYGON(((120. 30.,120.002 30.,120.002 30.002,120. 30.002,120. 30.))));
        assert_eq!(interior_point(&square), Coord { x: 120.001, y: 30.001 });
    }

    #[test]
    fn a_centroid_outside_or_in_a_hole_is_not_taken() {
        let horseshoe = wkt!(MULTIPOLYGON(((0. 0.,3. 0.,3. 3.,2. 3.,2. 1.,1. 1.,1. 3.,0. 3.,0. 0.))));
        let ring = wkt!(MULTIPOLYGON(((0. 0.,3. 0.,3. 3.,0. 3.,0. 0.),(1. 1.,1. 2.,2. 2.,2. 1.,1. 1.))));
        assert!(inside(&horseshoe) && inside(&ring));
    }

    #[test]
    fn the_largest_part_decides() {
        let parts = wkt!(MULTIPOLYGON(((9. 9.,9.1 9.,9.1 9.1,9. 9.)),((0. 0.,2. 0.,2. 2.,0. 2.,0. 0.))));
        assert_eq!(interior_point(&parts), Coord { x: 1.0, y: 1.0 });
    }
}
