//! Coordinate systems: from what a file declares to lon/lat in EPSG:4490, by a real operation or not at all.

use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, CoordTransformOptions, SpatialRef};

use super::SourceError;
use super::places::Places;
use crate::fault::{self, Fault};
use crate::geometry::Projection;

/// Degrees beyond a system's area of use that are still taken: a county reaches into the next zone.
const TOLERANCE_DEGREES: f64 = 1.0;

/// The operation from a source's coordinates to lon/lat in EPSG:4490.
pub struct ToLonLat {
    /// None where the coordinates are lon/lat already (4490, or 4326 by declared identity).
    operation: Option<CoordTransform>,
    /// Where the source's system is used: west, south, east, north, in degrees.
    area: Option<[f64; 4]>,
    /// Where points were brought before, if the operation asks for nothing but the point.
    places: Option<Places>,
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
            return Ok(Self { operation: Some(operation), area: None, places: None });
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
            return Ok(Self { operation: None, area, places: None });
        }
        let mut options = CoordTransformOptions::new().map_err(broken)?;
        options.set_ballpark_allowed(false).map_err(broken)?;
        let operation = CoordTransform::new_with_options(&source, &target, &options).map_err(broken)?;
        // Between other systems PROJ may choose among operations, by all the points of a shape.
        let is_conversion = is_datum(&base, 4326) || is_datum(&base, 4490);
        Ok(Self { operation: Some(operation), area, places: is_conversion.then(Places::default) })
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

impl Projection for ToLonLat {
    fn to_lon_lat(&mut self, x: &mut [f64], y: &mut [f64]) -> bool {
        if fault::is_on(Fault::SwappedAxis) {
            x.swap_with_slice(y);
        }
        if let Some(operation) = &self.operation {
            let transform = |x: &mut [f64], y: &mut [f64]| operation.transform_coords(x, y, &mut []).is_ok();
            let is_done = match &mut self.places {
                Some(places) => places.bring(x, y, transform),
                None => transform(x, y),
            };
            if !is_done {
                return false;
            }
        }
        let inside = |lon: f64, lat: f64| {
            self.area.is_none_or(|[west, south, east, north]| {
                (west - TOLERANCE_DEGREES..=east + TOLERANCE_DEGREES).contains(&lon)
                    && (south - TOLERANCE_DEGREES..=north + TOLERANCE_DEGREES).contains(&lat)
            })
        };
        x.iter().zip(y.iter()).all(|(lon, lat)| lon.is_finite() && lat.is_finite() && inside(*lon, *lat))
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
