//! Ellipsoidal area by TD/T 1055: the shoelace in the plane of (longitude, authalic zone),
//! about a local meridian and parallel so that the sum stays small and exact.

use geo::{LineString, MultiPolygon};

use super::ellipsoid::zone_at;
use crate::domain::SquareMetres;

/// Ellipsoidal area in cm², rounded once, halves away from zero.
#[must_use]
pub fn area(geometry: &MultiPolygon) -> SquareMetres {
    round(area_m2(geometry))
}

/// Ellipsoidal area in m²: shells less holes, whatever their orientation.
#[must_use]
pub fn area_m2(geometry: &MultiPolygon) -> f64 {
    geometry
        .iter()
        .map(|polygon| {
            let holes: f64 = polygon.interiors().iter().map(|hole| ring_m2(hole).abs()).sum();
            ring_m2(polygon.exterior()).abs() - holes
        })
        .sum()
}

/// m² to cm², halves away from zero.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the whole Earth is 5.1e18 cm²")]
pub fn round(m2: f64) -> SquareMetres {
    SquareMetres::from_cm2((m2 * 1e4).round() as i64)
}

/// Signed area of a closed ring in m², counter-clockwise positive; one sine a vertex.
fn ring_m2(ring: &LineString) -> f64 {
    let Some((first, rest)) = ring.0.split_first() else { return 0.0 };
    let zone = zone_at(first.y);
    let (mut x, mut y, mut twice) = (0.0, 0.0, 0.0);
    for coord in rest {
        let (next_x, next_y) = (coord.x - first.x, zone_at(coord.y) - zone);
        twice += x * next_y - next_x * y;
        (x, y) = (next_x, next_y);
    }
    twice.to_radians() / 2.0
}
