//! The CGCS2000 ellipsoid (GB/T 30168; its axis and flattening are those of EPSG:4490) and its two local planes:
//! the equal-area one (areas add up in it) and the tangent one (distances are true near its origin).

use geo::Coord;

use crate::fault::{self, Fault};

/// Semi-major axis in metres.
pub const A: f64 = 6_378_137.0;
/// Flattening.
pub const F: f64 = 1.0 / 298.257_222_101;
/// First eccentricity squared.
pub const E2: f64 = F * (2.0 - F);
/// Semi-minor axis in metres.
pub const B: f64 = A * (1.0 - F);

/// Area in m² between the equator and the parallel of sine `sin_lat`, per radian of longitude:
/// `b² Σ (n+1)/(2n+1) e²ⁿ s²ⁿ⁺¹`, half the authalic q of Snyder (1987, eq. 3-12) times a².
/// The first term left out is below 1e-17 of the whole.
#[must_use]
pub fn zone(sin_lat: f64) -> f64 {
    let t = E2 * sin_lat * sin_lat;
    let series = 1.0
        + t * (2.0 / 3.0
            + t * (3.0 / 5.0
                + t * (4.0 / 7.0 + t * (5.0 / 9.0 + t * (6.0 / 11.0 + t * (7.0 / 13.0 + t * (8.0 / 15.0)))))));
    B * B * sin_lat * series
}

/// [`zone`] of a latitude in degrees; one sine.
#[must_use]
pub fn zone_at(lat: f64) -> f64 {
    zone(libm::sin(lat.to_radians()))
}

/// Radius of curvature in the meridian, metres.
#[must_use]
pub fn meridian_radius(sin_lat: f64) -> f64 {
    let w2 = 1.0 - E2 * sin_lat * sin_lat;
    A * (1.0 - E2) / (w2 * w2.sqrt())
}

/// Radius of curvature in the prime vertical, metres.
#[must_use]
pub fn prime_vertical_radius(sin_lat: f64) -> f64 {
    A / (1.0 - E2 * sin_lat * sin_lat).sqrt()
}

/// A cylindrical equal-area plane about a local origin, in metres, true to scale at the origin's parallel.
/// Areas in it are TD/T 1055 ellipsoidal areas.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    lon: f64,
    zone: f64,
    radius: f64,
}

impl Plane {
    /// The plane about `origin` (degrees).
    #[must_use]
    pub fn at(origin: Coord) -> Self {
        let sin = libm::sin(origin.y.to_radians());
        let cos = (1.0 - sin * sin).sqrt().max(1e-6);
        Self { lon: origin.x, zone: zone(sin), radius: prime_vertical_radius(sin) * cos }
    }

    /// Degrees to metres.
    #[must_use]
    pub fn project(&self, coord: Coord) -> Coord {
        self.project_zone(coord.x, zone_at(coord.y))
    }

    /// The same from a longitude in degrees and the [`zone_at`] of a latitude, where that is known.
    #[must_use]
    pub fn project_zone(&self, lon: f64, zone: f64) -> Coord {
        Coord { x: (lon - self.lon).to_radians() * self.radius, y: (zone - self.zone) / self.radius }
    }
}

/// A local tangent frame: metres east and north of its origin.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    origin: Coord,
    /// Metres in a degree of longitude.
    pub lon_m: f64,
    /// Metres in a degree of latitude.
    pub lat_m: f64,
}

impl Frame {
    /// The frame that touches the ellipsoid at `origin` (degrees).
    #[must_use]
    pub fn at(origin: Coord) -> Self {
        let sin = if fault::is_on(Fault::GapAtEquator) { 0.0 } else { libm::sin(origin.y.to_radians()) };
        let cos = (1.0 - sin * sin).max(0.0).sqrt();
        Self {
            origin,
            lon_m: (prime_vertical_radius(sin) * cos).to_radians(),
            lat_m: meridian_radius(sin).to_radians(),
        }
    }

    /// Degrees to metres.
    #[must_use]
    pub fn project(&self, coord: Coord) -> Coord {
        Coord { x: (coord.x - self.origin.x) * self.lon_m, y: (coord.y - self.origin.y) * self.lat_m }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The closed form: q = (1−e²)[s/(1−e²s²) + atanh(es)/e], zone = a²q/2.
    fn closed(s: f64) -> f64 {
        let e = E2.sqrt();
        A * A / 2.0 * (1.0 - E2) * (s / (1.0 - E2 * s * s) + libm::atanh(e * s) / e)
    }

    #[test]
    fn the_series_is_the_closed_form() {
        for i in -100..=100 {
            let s = f64::from(i) / 100.0;
            assert!((zone(s) - closed(s)).abs() <= 1e-15 * A * A, "{s}");
        }
    }

    #[test]
    fn the_whole_ellipsoid_has_its_known_area() {
        // GRS80 surface: 510 065 621.7 km² (Moritz 2000).
        let km2 = 2.0 * std::f64::consts::PI * (zone(1.0) - zone(-1.0)) / 1e6;
        assert!((km2 - 510_065_621.7).abs() < 0.1, "{km2}");
    }

    #[test]
    fn both_planes_are_true_to_scale_at_the_origin() {
        let origin = Coord { x: 120.0, y: 30.0 };
        let near = Coord { x: 120.000_01, y: 30.000_01 };
        let (plane, frame) = (Plane::at(origin).project(near), Frame::at(origin).project(near));
        assert!((plane.x - frame.x).abs() < 1e-6 && (plane.y - frame.y).abs() < 1e-6);
        assert!((frame.y - 1.108_524).abs() < 1e-4 && (frame.x - 0.964_862).abs() < 1e-4, "{frame:?}");
    }
}
