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
    area_by(geometry, |ring| ring_m2(ring.0.iter().map(|coord| (coord.x, zone_at(coord.y)))))
}

/// The same by what each ring's [`ring_m2`] is found to be.
pub(super) fn area_by(geometry: &MultiPolygon, mut ring_m2: impl FnMut(&LineString) -> f64) -> f64 {
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

/// Signed area of a closed ring in m², counter-clockwise positive: of each vertex its longitude and the [`zone_at`] of its
/// latitude.
pub(super) fn ring_m2(mut vertices: impl Iterator<Item = (f64, f64)>) -> f64 {
    let Some((lon, zone)) = vertices.next() else { return 0.0 };
    let (mut x, mut y, mut twice) = (0.0, 0.0, 0.0);
    for (next_lon, next_zone) in vertices {
        let (next_x, next_y) = (next_lon - lon, next_zone - zone);
        twice += x * next_y - next_x * y;
        (x, y) = (next_x, next_y);
    }
    twice.to_radians() / 2.0
}

#[cfg(test)]
mod tests {
    use super::super::ellipsoid::{A, B, E2, Frame};
    use super::super::grid;
    use super::*;
    use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
    use geo::{Coord, GeodesicArea, Polygon};
    use proptest::prelude::*;

    /// A star-shaped polygon about a centre, radii in metres, on the grid.
    fn star(lon: f64, lat: f64, radii: &[f64]) -> MultiPolygon {
        let step = std::f64::consts::TAU / f64::from(u32::try_from(radii.len()).unwrap());
        let at = |(i, radius): (u32, &f64)| {
            let (sin, cos) = libm::sincos(step * f64::from(i));
            let x = lon + radius * cos / (111_320.0 * libm::cos(lat.to_radians()));
            Coord { x: grid::round(x), y: grid::round(lat + radius * sin / 110_900.0) }
        };
        let mut points: Vec<Coord> = (0..).zip(radii).map(at).collect();
        points.push(points[0]);
        MultiPolygon(vec![Polygon::new(LineString(points), Vec::new())])
    }

    #[expect(clippy::many_single_char_names, reason = "the names of the standard")]
    /// TD/T 1055 as it is written, edge by edge, about the meridian of the first point.
    fn td_t_1055(ring: &LineString) -> f64 {
        let (e2, e4, e6, e8) = (E2, E2 * E2, E2 * E2 * E2, E2 * E2 * E2 * E2);
        let a = 1.0 + 3.0 / 6.0 * e2 + 30.0 / 80.0 * e4 + 35.0 / 112.0 * e6 + 630.0 / 2304.0 * e8;
        let b = 1.0 / 6.0 * e2 + 15.0 / 80.0 * e4 + 21.0 / 112.0 * e6 + 420.0 / 2304.0 * e8;
        let c = 3.0 / 80.0 * e4 + 7.0 / 112.0 * e6 + 180.0 / 2304.0 * e8;
        let d = 1.0 / 112.0 * e6 + 45.0 / 2304.0 * e8;
        let e = 5.0 / 2304.0 * e8;
        let l0 = ring.0[0].x;
        let edge = |pair: &[Coord]| {
            let (b1, b2) = (pair[0].y.to_radians(), pair[1].y.to_radians());
            let dl = ((pair[0].x - l0) + (pair[1].x - l0)).to_radians() / 2.0;
            let (db, bm) = (b2 - b1, f64::midpoint(b1, b2));
            let term = |n: f64| libm::sin(n / 2.0 * db) * libm::cos(n * bm);
            2.0 * B * B * dl * (a * term(1.0) - b * term(3.0) + c * term(5.0) - d * term(7.0) + e * term(9.0))
        };
        ring.0.windows(2).map(edge).sum::<f64>()
    }

    thread_local! {
        /// Degrees to PROJ's ellipsoidal cylindrical equal-area plane about a meridian and parallel of Zhejiang.
        static CEA: CoordTransform = {
            let mut degrees = SpatialRef::from_epsg(4490).unwrap();
            degrees.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            let plane = "+proj=cea +ellps=GRS80 +lon_0=120.5 +lat_ts=30 +units=m +type=crs";
            CoordTransform::new(&degrees, &SpatialRef::from_definition(plane).unwrap()).unwrap()
        };
    }

    fn proj_cea(ring: &LineString) -> f64 {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = ring.0.iter().map(|c| (c.x, c.y)).unzip();
        CEA.with(|cea| cea.transform_coords(&mut x, &mut y, &mut [])).unwrap();
        let (x0, y0) = (x[0], y[0]);
        let twice: f64 = (1..x.len()).map(|i| (x[i - 1] - x0) * (y[i] - y0) - (x[i] - x0) * (y[i - 1] - y0)).sum();
        twice / 2.0
    }

    #[test]
    fn a_square_by_hand_less_its_hole() {
        // One second of arc at 30° N is 26.8017 m by 30.7923 m.
        let s = 1.0 / 3600.0;
        let square = |lon: f64, lat: f64, side: f64| {
            LineString(
                [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
                    .map(|(x, y)| Coord { x: lon + x * side, y: lat + y * side })
                    .to_vec(),
            )
        };
        let whole = MultiPolygon(vec![Polygon::new(square(120.0, 30.0, s), Vec::new())]);
        assert!((area_m2(&whole) - 26.801_7 * 30.792_3).abs() < 0.05, "{}", area_m2(&whole));
        let holed =
            MultiPolygon(vec![Polygon::new(square(120.0, 30.0, s), vec![square(120.000_1, 30.000_1, s / 2.0)])]);
        assert!((area_m2(&holed) / area_m2(&whole) - 0.75).abs() < 1e-6);
        assert_eq!(round(0.000_05).cm2(), 1);
        assert_eq!(round(-0.000_05).cm2(), -1);
        assert_eq!(area(&MultiPolygon(Vec::new())).cm2(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn the_standard_proj_and_karney_agree(
            lon in 118.0..123.0,
            lat in 27.0..31.5,
            size in 1.0..3.4_f64,
            shape in prop::collection::vec(0.4..1.0, 3..24),
        ) {
            let radius = libm::pow(10.0, size); // 10 m … 2.5 km: shapes of 20 m … 5 km
            let radii: Vec<f64> = shape.iter().map(|share| share * radius).collect();
            let geometry = star(lon, lat, &radii);
            let ours = area_m2(&geometry);
            let ring = geometry.0[0].exterior();

            let standard = td_t_1055(ring);
            prop_assert!((ours - standard).abs() <= 5e-9 * ours, "TD/T 1055: {ours} {standard}");
            let proj = proj_cea(ring);
            prop_assert!((ours - proj).abs() <= 5e-9 * ours, "PROJ: {ours} {proj}");

            let karney = geometry.geodesic_area_unsigned();
            let frame = Frame::at(Coord { x: lon, y: lat });
            let length3: f64 = ring.0.windows(2).map(|pair| {
                let side = frame.project(pair[1]) - frame.project(pair[0]);
                libm::pow(side.x * side.x + side.y * side.y, 1.5)
            }).sum();
            // A straight edge of azimuth α in this plane has geodesic curvature sin α (1 + 2 cos² α) tan φ / R, at most
            // √2 tan φ / R; between it and the geodesic lie L³/12 times that.
            let northernmost = lat + radius / 110_000.0;
            let bound = 2_f64.sqrt() / 12.0 * length3 * libm::tan(northernmost.to_radians()) / A + 0.003;
            prop_assert!((ours - karney).abs() <= bound, "Karney: {ours} {karney} {bound}");
        }
    }
}
