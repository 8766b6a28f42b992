//! The area of parcels by PROJ: the shoelace in the ellipsoidal cylindrical equal-area plane.

use gdal::cpl::CslStringList;
use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, CoordTransformOptions, SpatialRef};
use gdal::vector::Geometry;
use geo::Coord;

use crate::sample::defect::Feature;
use crate::sample::vector::polygon_wkb;

/// An area in m², and how far a right one may lie from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// m².
    pub m2: f64,
    /// m².
    pub bound: f64,
}

/// Half of the last published digit, and what PROJ and the kernel may differ by.
pub(super) const ROUNDING_M2: f64 = 0.6e-4;
pub(super) const RELATIVE: f64 = 5e-9;
/// Where sides cross, the crossing is rounded to the grid of 0.1 mm.
const CROSSED_M2: f64 = 0.05;

/// The areas of features with a ring; those without have none.
///
/// # Errors
/// What GDAL refuses.
pub fn areas(features: &[&Feature]) -> Result<Vec<Option<Area>>, GdalError> {
    let points: Vec<Coord> = features.iter().flat_map(|feature| feature.rings()).flatten().copied().collect();
    let middle = points.first().map_or(120.0, |point| point.x);
    let to_plane = to_plane(middle)?;
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.iter().map(|point| (point.x, point.y)).unzip();
    to_plane.transform_coords(&mut x, &mut y, &mut [])?;
    let mut at = 0;
    let mut areas = Vec::with_capacity(features.len());
    for feature in features {
        let Some(ring) = &feature.ring else {
            areas.push(None);
            continue;
        };
        let sizes = feature.rings().map(|ring| {
            let here = at..at + ring.len();
            at = here.end;
            shoelace(&x[here.clone()], &y[here])
        });
        let sizes: Vec<f64> = sizes.collect();
        let (outer, inner) = (sizes[0], &sizes[1..]);
        areas.push(Some(if feature.is_crossed {
            let valid = polygon(ring)?.make_valid(&CslStringList::new())?;
            Area { m2: valid.transform(&to_plane)?.area(), bound: CROSSED_M2 }
        } else {
            let holes: f64 = inner.iter().sum();
            let m2 = outer - holes;
            Area { m2, bound: ROUNDING_M2 + RELATIVE * m2 }
        }));
    }
    Ok(areas)
}

/// From degrees to the equal-area plane about a meridian.
///
/// # Errors
/// What GDAL refuses.
pub(super) fn to_plane(meridian: f64) -> Result<CoordTransform, GdalError> {
    let mut degrees = SpatialRef::from_proj4("+proj=longlat +ellps=GRS80 +no_defs")?;
    degrees.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    // Told the operation, PROJ need not look for one, which takes milliseconds in each county.
    let operation = format!(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cea +lon_0={meridian} +ellps=GRS80"
    );
    let mut options = CoordTransformOptions::new()?;
    options.set_coordinate_operation(&operation, false)?;
    CoordTransform::new_with_options(&degrees, &degrees, &options)
}

/// Area of a ring, about its first point.
fn shoelace(x: &[f64], y: &[f64]) -> f64 {
    let count = x.len();
    let at = |place: usize| (x[place % count] - x[0], y[place % count] - y[0]);
    let twice: f64 = (0..count)
        .map(|place| {
            let ((x1, y1), (x2, y2)) = (at(place), at(place + 1));
            x1 * y2 - x2 * y1
        })
        .sum();
    (twice / 2.0).abs()
}

/// A polygon of one ring, closed if it is not.
///
/// # Errors
/// What GDAL refuses.
pub fn polygon(ring: &[Coord]) -> Result<Geometry, GdalError> {
    let mut closed = ring.to_vec();
    if ring.first() != ring.last() {
        closed.extend(ring.first());
    }
    let mut wkb = Vec::new();
    polygon_wkb(&[&closed], &mut wkb);
    Geometry::from_wkb(&wkb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(ring: &[(f64, f64)]) -> Feature {
        Feature {
            parcel: 0,
            id: String::new(),
            registered_m2: 0.0,
            ring: Some(ring.iter().copied().map(Coord::from).collect()),
            holes: Vec::new(),
            is_crossed: false,
            fate: crate::sample::defect::Fate::Accepted,
        }
    }

    #[test]
    fn a_square_and_its_bow_tie() {
        let square = feature(&[(120.0, 30.0), (120.001, 30.0), (120.001, 30.001), (120.0, 30.001), (120.0, 30.0)]);
        let mut tie = feature(&[(120.0, 30.0), (120.001, 30.0), (120.0, 30.001), (120.001, 30.001), (120.0, 30.0)]);
        tie.is_crossed = true;
        let areas = areas(&[&square, &tie]).unwrap();
        let [Some(square), Some(tie)] = areas.as_slice() else { panic!() };
        // 96.486 m by 110.852 m at 30.0005° N.
        assert!((square.m2 / (96.4860 * 110.8525) - 1.0).abs() < 1e-4, "{}", square.m2);
        assert!((tie.m2 / square.m2 - 0.5).abs() < 1e-5);
    }
}
