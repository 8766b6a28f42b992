//! Coordinate systems: from what a file declares to lon/lat in EPSG:4490, by a real operation or not at all.

use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, CoordTransformOptions, SpatialRef};

use super::SourceError;
use crate::fault::{self, Fault};
use crate::geometry::Projection;
use crate::geometry::gauss_kruger::GaussKruger;

/// Degrees beyond a system's area of use that are still taken: a county reaches into the next zone.
const TOLERANCE_DEGREES: f64 = 1.0;

/// The operation from a source's coordinates to lon/lat in EPSG:4490.
pub struct ToLonLat {
    operation: Operation,
    /// Where the source's system is used: west, south, east, north, in degrees.
    area: Option<[f64; 4]>,
}

enum Operation {
    /// The coordinates are lon/lat already (4490, or 4326 by declared identity).
    Identity,
    /// A zone of CGCS2000, by our own series.
    Zone(GaussKruger),
    /// Any other system.
    Proj(CoordTransform),
}

impl ToLonLat {
    /// The operation for a file whose source says `wanted` (`declared`, `EPSG:n` or a PROJ pipeline)
    /// and whose own declaration is `declared`.
    ///
    /// # Errors
    /// When there is no system, or PROJ knows only a ballpark operation.
    pub fn new(wanted: &str, declared: Option<SpatialRef>, path: &Path) -> Result<Self, SourceError> {
        let fail = |why: String| SourceError::Crs { path: path.to_owned(), why };
        let broken =
            |_| SourceError::Crs { path: path.to_owned(), why: "PROJ has no operation to EPSG:4490".to_owned() };
        let geographic = |code| {
            let mut system = SpatialRef::from_epsg(code)?;
            system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            Ok::<_, gdal::errors::GdalError>(system)
        };
        if wanted.starts_with("+proj=pipeline") {
            let target = geographic(4490).map_err(broken)?;
            let mut options = CoordTransformOptions::new().map_err(broken)?;
            options.set_coordinate_operation(wanted, false).map_err(|_| fail("the PROJ pipeline is refused".into()))?;
            let operation = CoordTransform::new_with_options(&target, &target, &options)
                .map_err(|_| fail("the PROJ pipeline is refused".into()))?;
            return Ok(Self { operation: Operation::Proj(operation), area: None });
        }
        let mut source = match wanted {
            "declared" => declared.ok_or_else(|| fail("the file declares no coordinate system".into()))?,
            text => SpatialRef::from_definition(text).map_err(|_| fail(format!("crs = \"{text}\" is unknown")))?,
        };
        source.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let area = source
            .area_of_use()
            .map(|area| [area.west_lon_degree, area.south_lat_degree, area.east_lon_degree, area.north_lat_degree]);
        let base = if source.is_geographic() { source.clone() } else { source.geog_cs().map_err(broken)? };
        let target = if is_datum(&base, 4326) { geographic(4326) } else { geographic(4490) }.map_err(broken)?;
        if source.is_geographic() && (is_datum(&source, 4326) || is_datum(&source, 4490)) {
            return Ok(Self { operation: Operation::Identity, area });
        }
        let mut options = CoordTransformOptions::new().map_err(broken)?;
        options.set_ballpark_allowed(false).map_err(broken)?;
        let operation = CoordTransform::new_with_options(&source, &target, &options).map_err(broken)?;
        let zone = zone(&source).filter(|zone| is_datum(&base, 4490) && agrees(zone, &operation));
        Ok(Self { operation: zone.map_or(Operation::Proj(operation), Operation::Zone), area })
    }
}

/// Whether a geographic system is the one of that EPSG code, by code or by name.
fn is_datum(system: &SpatialRef, code: i32) -> bool {
    let named = match code {
        4326 => &["WGS 84", "GCS_WGS_1984", "WGS_1984"][..],
        _ => &[
            "China Geodetic Coordinate System 2000",
            "GCS_China_Geodetic_Coordinate_System_2000",
            "CGCS2000",
            "China_2000",
        ],
    };
    system.auth_code().is_ok_and(|found| found == code)
        || system.name().is_some_and(|name| named.contains(&name.as_str()))
}

/// The zone that a transverse Mercator system is, by its parameters.
fn zone(system: &SpatialRef) -> Option<GaussKruger> {
    let projection = system.get_attr_value("PROJECTION", 0).ok()??;
    let parameter = |name| system.get_proj_param(name).ok().flatten();
    (projection == "Transverse_Mercator").then_some(GaussKruger {
        central_meridian: parameter("central_meridian")?,
        false_easting: parameter("false_easting")?,
        false_northing: parameter("false_northing")?,
    })
}

/// Whether PROJ brings points all over the zone to where the series does: units, axes, scale and ellipsoid are as assumed.
fn agrees(zone: &GaussKruger, operation: &CoordTransform) -> bool {
    let points = [(-150e3, 2e6), (0.0, 3e6), (20e3, 3.5e6), (150e3, 5e6)];
    points.iter().all(|(east, north)| {
        let (easting, northing) = (zone.false_easting + east, zone.false_northing + north);
        let (mut lon, mut lat) = ([easting], [northing]);
        let is_done = operation.transform_coords(&mut lon, &mut lat, &mut []).is_ok();
        let near = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-11;
        let ours = zone.lon_lat(easting, northing);
        is_done && ours.is_some_and(|ours| near(ours.0, lon[0]) && near(ours.1, lat[0]))
    })
}

impl Projection for ToLonLat {
    fn to_lon_lat(&mut self, x: &mut [f64], y: &mut [f64]) -> bool {
        if fault::is_on(Fault::SwappedAxis) {
            x.swap_with_slice(y);
        }
        let is_done = match &self.operation {
            Operation::Identity => true,
            Operation::Zone(zone) => x.iter_mut().zip(y.iter_mut()).all(|(x, y)| {
                let point = zone.lon_lat(*x, *y);
                point.is_some_and(|point| {
                    (*x, *y) = point;
                    true
                })
            }),
            Operation::Proj(operation) => operation.transform_coords(x, y, &mut []).is_ok(),
        };
        let inside = |lon: f64, lat: f64| {
            self.area.is_none_or(|[west, south, east, north]| {
                (west - TOLERANCE_DEGREES..=east + TOLERANCE_DEGREES).contains(&lon)
                    && (south - TOLERANCE_DEGREES..=north + TOLERANCE_DEGREES).contains(&lat)
            })
        };
        is_done && x.iter().zip(y.iter()).all(|(lon, lat)| lon.is_finite() && lat.is_finite() && inside(*lon, *lat))
    }
}

/// The versions of GDAL and PROJ, which decide what is read.
#[must_use]
pub fn library_versions() -> String {
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    // SAFETY: writes three integers to valid places.
    #[expect(unsafe_code, reason = "the binding has no safe way to PROJ's version")]
    unsafe {
        gdal_sys::OSRGetPROJVersion(&raw mut major, &raw mut minor, &raw mut patch);
    }
    format!("GDAL {} PROJ {major}.{minor}.{patch}", gdal::version::version_info("RELEASE_NAME"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(crs: &str) -> Operation {
        ToLonLat::new(crs, None, Path::new("parcel.shp")).unwrap().operation
    }

    #[test]
    fn zones_of_cgcs2000_are_brought_by_the_series_and_nothing_else_is() {
        // All of EPSG's zones of six and three degrees, with and without their number.
        for code in 4491..=4554 {
            assert!(matches!(operation(&format!("EPSG:{code}")), Operation::Zone(_)), "{code}");
        }
        let of_a_city = "PROJCS[\"city\",GEOGCS[\"GCS_China_Geodetic_Coordinate_System_2000\",DATUM[\"D_China_2000\",\
             SPHEROID[\"CGCS2000\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],\
             PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",50000.0],PARAMETER[\"False_Northing\",-3000000.0],\
             PARAMETER[\"Central_Meridian\",120.6666666666667],PARAMETER[\"Scale_Factor\",SCALE],\
             PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]";
        let Operation::Zone(zone) = operation(&of_a_city.replace("SCALE", "1.0")) else { panic!("by PROJ") };
        assert_eq!((zone.false_easting, zone.false_northing), (50_000.0, -3_000_000.0));
        assert!(matches!(operation(&of_a_city.replace("SCALE", "0.9999")), Operation::Proj(_)));
        // UTM zone 51 of WGS 84, and degrees.
        assert!(matches!(operation("EPSG:32651"), Operation::Proj(_)));
        assert!(matches!(operation("EPSG:4490"), Operation::Identity));
    }
}
