//! The ellipsoidal area of a small ring on CGCS2000, for the registered area that a certificate shows.

use geo::Coord;

const A: f64 = 6_378_137.0;
const F: f64 = 1.0 / 298.257_222_101;

/// Area in m² of an open or closed ring in degrees: the shoelace in the ellipsoidal cylindrical equal-area
/// plane (longitude, authalic q), which TD/T 1055's sum equals.
#[must_use]
pub fn ring_m2(ring: &[Coord]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    let q0 = authalic(origin.y);
    let plane: Vec<(f64, f64)> =
        ring.iter().map(|point| ((point.x - origin.x).to_radians(), authalic(point.y) - q0)).collect();
    let next = plane.iter().cycle().skip(1);
    let twice: f64 = plane.iter().zip(next).map(|(p, q)| p.0 * q.1 - q.0 * p.1).sum();
    (twice / 2.0).abs() * A * A / 2.0
}

/// Snyder's q (authalic latitude before scaling) of a latitude in degrees.
fn authalic(latitude: f64) -> f64 {
    let e2 = F * (2.0 - F);
    let e = libm::sqrt(e2);
    let sine = libm::sin(latitude.to_radians());
    (1.0 - e2) * (sine / (1.0 - e2 * sine * sine) + libm::atanh(e * sine) / e)
}

/// Metres per degree of longitude and of latitude at a latitude in degrees.
#[must_use]
pub fn metres_per_degree(latitude: f64) -> (f64, f64) {
    let e2 = F * (2.0 - F);
    let (sine, cosine) = libm::sincos(latitude.to_radians());
    let w2 = 1.0 - e2 * sine * sine;
    let normal = A / libm::sqrt(w2);
    (normal * cosine * 1_f64.to_radians(), normal * (1.0 - e2) / w2 * 1_f64.to_radians())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_square_has_its_sides_area() {
        let (east, north) = metres_per_degree(30.0);
        let (dx, dy) = (100.0 / east, 100.0 / north);
        let ring = [(0.0, 0.0), (dx, 0.0), (dx, dy), (0.0, dy)].map(|(x, y)| Coord { x: 120.0 + x, y: 30.0 + y });
        assert!((ring_m2(&ring) - 10_000.0).abs() < 0.2);
    }

    #[test]
    fn a_square_degree_is_the_sum_of_its_small_cells() {
        let ring = [(120.0, 30.0), (121.0, 30.0), (121.0, 31.0), (120.0, 31.0)].map(Coord::from);
        let cells = (0..1000).map(|at| metres_per_degree(30.0 + (f64::from(at) + 0.5) / 1000.0));
        let sum: f64 = cells.map(|(east, north)| east * north / 1000.0).sum();
        assert!((ring_m2(&ring) / sum - 1.0).abs() < 1e-6);
    }
}
