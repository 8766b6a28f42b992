//! The 1e-9° grid (0.1 mm) on which every coordinate lies: only on it do
//! lon/lat → zone → lon/lat round trips agree, and edges cancel exactly.

use geo::Coord;

/// Grid units in a degree.
const UNITS: f64 = 1e9;

/// A point of the grid, in units of 1e-9°. Ordered by longitude, then latitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Longitude in 1e-9°.
    pub lon: i64,
    /// Latitude in 1e-9°.
    pub lat: i64,
}

/// Polygons of rings of grid points, shell first, rings not closed by a repeated point.
pub type Polygons = Vec<Vec<Vec<Node>>>;

/// Degrees to the nearest grid unit, halves away from zero. `degrees` is finite and within ±360.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "360e9 fits i64")]
pub fn units(degrees: f64) -> i64 {
    (degrees * UNITS).round() as i64
}

/// Grid units to the nearest double in degrees.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "360e9 is far below 2^53")]
pub fn degrees(units: i64) -> f64 {
    units as f64 / UNITS
}

/// Degrees rounded to the grid.
#[must_use]
pub fn round(value: f64) -> f64 {
    degrees(units(value))
}

impl From<Coord> for Node {
    fn from(coord: Coord) -> Self {
        Self { lon: units(coord.x), lat: units(coord.y) }
    }
}

impl From<Node> for Coord {
    fn from(node: Node) -> Self {
        Self { x: degrees(node.lon), y: degrees(node.lat) }
    }
}

/// `(b − a) × (c − a)`, exactly: above zero when `c` is to the left of `a → b`.
#[must_use]
pub fn cross(a: Node, b: Node, c: Node) -> i128 {
    let across = |p: i64, q: i64, r: i64, s: i64| i128::from(p - q) * i128::from(r - s);
    across(b.lon, a.lon, c.lat, a.lat) - across(b.lat, a.lat, c.lon, a.lon)
}

/// Twice the signed area of an unclosed ring in square grid units, exactly; counter-clockwise is positive.
#[must_use]
pub fn signed_area(ring: &[Node]) -> i128 {
    ring.first().map_or(0, |first| ring.windows(2).map(|pair| cross(*first, pair[0], pair[1])).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_idempotent_and_half_away_from_zero() {
        for value in [0.0, 120.123_456_789_4, 120.123_456_789_6, -0.000_000_000_5, 180.0, 30.1] {
            let once = round(value);
            assert_eq!(once.to_bits(), round(once).to_bits(), "{value}");
        }
        assert_eq!(units(120.123_456_789_4), 120_123_456_789);
        assert_eq!(units(-0.000_000_000_5), -1);
        assert_eq!(round(30.1).to_bits(), 30.1_f64.to_bits());
    }

    #[test]
    fn area_of_a_unit_square() {
        let ring = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(lon, lat)| Node { lon, lat });
        assert_eq!(signed_area(&ring), 2);
        let reversed: Vec<_> = ring.into_iter().rev().collect();
        assert_eq!(signed_area(&reversed), -2);
    }
}
