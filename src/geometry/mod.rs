//! Geometry of parcels: decoding, validity on the 1e-9° grid, ellipsoidal area, Hilbert order,
//! adjacency, dissolve and zones. Pure computation, no I/O. Axis order is lon, lat in degrees throughout;
//! kernels use `libm`, because the platform's sine differs by CPU.

pub mod adjacency;
pub mod area;
mod bands;
mod chain;
pub mod contact;
mod coverage;
pub mod dissolve;
pub mod ellipsoid;
pub mod gap;
pub mod gauss_kruger;
pub mod grid;
pub mod hilbert;
pub mod interior;
mod noding;
mod overlay;
pub mod projection;
mod simple;
pub mod valid;
pub mod validity;
pub mod wkb;
pub mod zones;

pub use projection::Projection;

use geo::{Coord, LineString, MultiPolygon};

/// The rings of all polygons, shells and holes alike.
pub(crate) fn rings(geometry: &MultiPolygon) -> impl Iterator<Item = &LineString> {
    geometry.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
}

/// A total order on geometries by their coordinates: what makes results independent of the order of arguments.
pub(crate) fn canonical_order(a: &MultiPolygon, b: &MultiPolygon) -> std::cmp::Ordering {
    let key = |c: &Coord| (c.x, c.y);
    let (mut left, mut right) =
        (rings(a).flat_map(|r| r.0.iter().map(key)), rings(b).flat_map(|r| r.0.iter().map(key)));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, Some(_)) => return std::cmp::Ordering::Less,
            (Some(_), None) => return std::cmp::Ordering::Greater,
            (Some(l), Some(r)) => match l.0.total_cmp(&r.0).then(l.1.total_cmp(&r.1)) {
                std::cmp::Ordering::Equal => {}
                order => return order,
            },
        }
    }
}
