//! Gauss–Krüger zones of CGCS2000, from plane to degrees, by Krüger's series in the third flattening (Karney 2011,
//! «Transverse Mercator with an accuracy of a few nanometers», eq. 11, 15, 36): the same on every CPU and with every
//! version of PROJ.

use super::ellipsoid::{A, F};

/// Third flattening.
const N: f64 = F / (2.0 - F);

/// Metres of a quarter meridian's radian: `a / (1 + n) (1 + n²/4 + n⁴/64)`; the next term is below 1e-19.
const RECTIFYING_RADIUS: f64 = A / (1.0 + N) * (1.0 + N * N / 4.0 + N * N * N * N / 64.0);

/// β of the series from the plane to the conformal sphere. Here and below terms under 1e-15 are left out.
const BETA: [f64; 4] = [
    N * (1.0 / 2.0 - N * (2.0 / 3.0 - N * (37.0 / 96.0 - N * (1.0 / 360.0 + N * (81.0 / 512.0))))),
    N * N * (1.0 / 48.0 + N * (1.0 / 15.0 - N * (437.0 / 1440.0 - N * (46.0 / 105.0)))),
    N * N * N * (17.0 / 480.0 - N * (37.0 / 840.0 + N * (209.0 / 4480.0))),
    N * N * N * N * (4397.0 / 161_280.0 - N * (11.0 / 504.0)),
];

/// δ of the series from conformal to geodetic latitude.
const DELTA: [f64; 5] = [
    N * (2.0 - N * (2.0 / 3.0 + N * (2.0 - N * (116.0 / 45.0 + N * (26.0 / 45.0))))),
    N * N * (7.0 / 3.0 - N * (8.0 / 5.0 + N * (227.0 / 45.0 - N * (2704.0 / 315.0)))),
    N * N * N * (56.0 / 15.0 - N * (136.0 / 35.0 + N * (1262.0 / 105.0))),
    N * N * N * N * (4279.0 / 630.0 - N * (332.0 / 35.0)),
    N * N * N * N * N * (4174.0 / 315.0),
];

/// Radians from the central meridian up to which the series is taken, some 1900 km: no zone is used so far out.
const WIDEST: f64 = 0.3;

/// A zone: scale 1 on its central meridian, northings from the equator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaussKruger {
    /// Central meridian in degrees.
    pub central_meridian: f64,
    /// Easting of the central meridian in metres, with the zone's number in front or without.
    pub false_easting: f64,
    /// Northing of the equator in metres.
    pub false_northing: f64,
}

impl GaussKruger {
    /// Longitude and latitude in degrees of a point in metres; none where it is too far from the meridian, or no number.
    #[must_use]
    pub fn lon_lat(&self, easting: f64, northing: f64) -> Option<(f64, f64)> {
        let xi = (northing - self.false_northing) / RECTIFYING_RADIUS;
        let eta = (easting - self.false_easting) / RECTIFYING_RADIUS;
        if !(eta.abs() <= WIDEST && xi.abs() <= std::f64::consts::FRAC_PI_2) {
            return None;
        }
        let (sine, cosine) = libm::sincos(xi);
        let along = Angle { sine, cosine, sign: -1.0 };
        let growth = libm::exp(eta);
        let (sine, cosine) = ((growth - 1.0 / growth) / 2.0, f64::midpoint(growth, 1.0 / growth));
        let across = Angle { sine, cosine, sign: 1.0 };
        let (north, east) = to_sphere(along.doubled(), across.doubled());
        let (along, across) = (along.less(north), across.less(east));

        let lon = libm::atan(across.sine / along.cosine);
        // The conformal latitude's sine and cosine are these two by the root of the third.
        let (up, out) = (along.sine, (across.sine * across.sine + along.cosine * along.cosine).sqrt());
        let whole = 1.0 + across.sine * across.sine;
        let twice = Angle { sine: 2.0 * up * out / whole, cosine: 1.0 - 2.0 * up * up / whole, sign: -1.0 };
        let lat = libm::atan(up / out) + to_ellipsoid(twice);
        Some((self.central_meridian + lon.to_degrees(), lat.to_degrees()))
    }
}

/// Sine and cosine of an angle (sign −1), or the hyperbolic ones (sign 1).
#[derive(Clone, Copy)]
struct Angle {
    sine: f64,
    cosine: f64,
    sign: f64,
}

impl Angle {
    fn doubled(self) -> Self {
        let Self { sine, cosine, sign } = self;
        Self { sine: 2.0 * sine * cosine, cosine: 1.0 + 2.0 * sign * sine * sine, sign }
    }

    /// Of an angle that is less by a small one. Of a thousandth of a radian, which is what the series takes away, what is
    /// left out is below 1e-20.
    fn less(self, small: f64) -> Self {
        let square = self.sign * small * small;
        let sine = small * (1.0 + square / 6.0 * (1.0 + square / 20.0));
        let cosine = 1.0 + square / 2.0 * (1.0 + square / 12.0);
        Self {
            sine: self.sine * cosine - self.cosine * sine,
            cosine: self.cosine * cosine - self.sign * self.sine * sine,
            sign: self.sign,
        }
    }
}

/// What the series takes away northward and eastward, in radians, of twice the angles in the plane: Clenshaw's sum of
/// `β sin 2j(ξ + iη)`.
fn to_sphere(along: Angle, across: Angle) -> (f64, f64) {
    let (real, imaginary) = (2.0 * along.cosine * across.cosine, -2.0 * along.sine * across.sine);
    let (mut this, mut last) = ((0.0, 0.0), (0.0, 0.0));
    for beta in BETA.iter().rev() {
        let (re, im) = (real * this.0 - imaginary * this.1, real * this.1 + imaginary * this.0);
        (this, last) = ((beta + re - last.0, im - last.1), this);
    }
    let (north, east) = (along.sine * across.cosine, along.cosine * across.sine);
    (north * this.0 - east * this.1, north * this.1 + east * this.0)
}

/// What geodetic latitude has beyond the conformal one, in radians, of twice the latter: Clenshaw's sum of `δ sin 2jχ`.
fn to_ellipsoid(twice: Angle) -> f64 {
    let (mut this, mut last) = (0.0, 0.0);
    for delta in DELTA.iter().rev() {
        (this, last) = (delta + 2.0 * twice.cosine * this - last, this);
    }
    twice.sine * this
}

#[cfg(test)]
mod tests {
    use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
    use proptest::prelude::*;

    use super::*;

    thread_local! {
        /// PROJ's way from degrees to zone 40 with its number.
        static FORWARD: CoordTransform = {
            let [degrees, zone] = [4490, 4528].map(|code| {
                let mut system = SpatialRef::from_epsg(code).unwrap();
                system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
                system
            });
            CoordTransform::new(&degrees, &zone).unwrap()
        };
    }

    const ZONE_40: GaussKruger =
        GaussKruger { central_meridian: 120.0, false_easting: 40_500_000.0, false_northing: 0.0 };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Out to 9° from the meridian, three times a zone's width.
        #[test]
        fn what_proj_brings_there_comes_back(lon in 111.0..129.0, lat in -89.0..89.0) {
            let (mut x, mut y) = ([lon], [lat]);
            FORWARD.with(|forward| forward.transform_coords(&mut x, &mut y, &mut [])).unwrap();
            let (back_lon, back_lat) = ZONE_40.lon_lat(x[0], y[0]).unwrap();
            // 8-digit eastings are told to 7e-9 m; near the pole a metre is many degrees of longitude.
            let metres = ((back_lon - lon) * libm::cos(lat.to_radians())).abs().max((back_lat - lat).abs()) * 111_320.0;
            prop_assert!(metres < 2e-8, "{lon} {lat}: {back_lon} {back_lat}, {metres} m");
        }
    }

    #[test]
    fn the_quarter_meridian_has_its_known_length() {
        // GRS80: 10 001 965.729 m from the equator to the pole (Moritz 2000).
        assert!((RECTIFYING_RADIUS * std::f64::consts::FRAC_PI_2 - 10_001_965.729).abs() < 1e-3);
        let (lon, lat) = ZONE_40.lon_lat(40_500_000.0, 10_001_965.729).unwrap();
        assert!((lat - 90.0).abs() < 1e-8 && lon.is_finite(), "{lon} {lat}");
    }

    #[test]
    fn points_that_no_zone_has_are_refused() {
        for (x, y) in [(500_000.0, 3e6), (45e6, 3e6), (f64::NAN, 3e6), (40.5e6, f64::INFINITY), (40.5e6, 1.1e7)] {
            assert_eq!(ZONE_40.lon_lat(x, y), None, "{x} {y}");
        }
    }
}
