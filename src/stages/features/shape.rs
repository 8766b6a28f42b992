//! A feature's shape: brought to lon/lat, valid on the grid, measured and placed.

use geo::Coord;

use crate::domain::{RejectCode, SquareMetres};
use crate::geometry::adjacency::Bounds;
use crate::geometry::validity::{Settled, settle};
use crate::geometry::{Projection, area, hilbert, interior, wkb};

/// A valid shape and what is told of it.
pub struct Shape<'a> {
    /// Ellipsoidal area, above zero.
    pub area: SquareMetres,
    /// Hilbert index of the box's centre.
    pub hilbert: u32,
    /// Its box.
    pub bounds: Bounds,
    /// A point inside.
    pub inside: Coord,
    /// Well-known binary.
    pub wkb: &'a [u8],
    /// Whether a ring had to be closed.
    pub ring_closed: bool,
    /// Whether it had to be repaired.
    pub repaired: bool,
}

/// Appends a [`Shape`] and its origin to the columns that all tables of read features have.
macro_rules! append_shape {
    ($rows:expr, $shape:expr, $origin:expr) => {{
        let (rows, shape, (file, row)) = ($rows, $shape, $origin);
        rows.area_cm2.append_value(shape.area.cm2());
        rows.hilbert.append_value(i64::from(shape.hilbert));
        rows.min_lon.append_value(shape.bounds.min_lon);
        rows.min_lat.append_value(shape.bounds.min_lat);
        rows.max_lon.append_value(shape.bounds.max_lon);
        rows.max_lat.append_value(shape.bounds.max_lat);
        rows.lon.append_value(shape.inside.x);
        rows.lat.append_value(shape.inside.y);
        rows.geometry.append_value(shape.wkb);
        rows.ring_closed.append_value(shape.ring_closed);
        rows.repaired.append_value(shape.repaired);
        rows.file.append_value(file);
        rows.row.append_value(row);
    }};
}

pub(in super::super) use append_shape;

impl<'a> Shape<'a> {
    /// What is told of a settled geometry, whose bytes are put into `bytes`.
    pub(super) fn of(settled: &Settled, bytes: &'a mut Vec<u8>) -> Result<Self, RejectCode> {
        let geometry = &settled.geometry;
        let bounds = Bounds::of(geometry).ok_or(RejectCode::GeometryCollapsed)?;
        let area = area::area(geometry);
        if area <= SquareMetres::ZERO {
            return Err(RejectCode::GeometryCollapsed);
        }
        bytes.clear();
        wkb::encode(geometry, bytes);
        let centre = bounds.centre();
        Ok(Self {
            area,
            hilbert: hilbert::index(centre.x, centre.y),
            bounds,
            inside: interior::interior_point(geometry),
            wkb: bytes,
            ring_closed: settled.ring_closed,
            repaired: settled.repaired,
        })
    }
}

/// Memory that is used for one shape after another.
#[derive(Default)]
pub(super) struct Scratch {
    x: Vec<f64>,
    y: Vec<f64>,
    wkb: Vec<u8>,
}

impl Scratch {
    /// The delivered shape in lon/lat, valid on the grid.
    pub fn shape(&mut self, bytes: &[u8], projection: &mut dyn Projection) -> Result<Shape<'_>, RejectCode> {
        let mut raw = wkb::decode(bytes)?;
        let Self { x, y, wkb } = self;
        x.clear();
        y.clear();
        for coord in raw.0.iter().flatten().flatten() {
            if !(coord.x.is_finite() && coord.y.is_finite()) {
                return Err(RejectCode::GeometryNotFinite);
            }
            x.push(coord.x);
            y.push(coord.y);
        }
        if !projection.to_lon_lat(x, y) {
            return Err(RejectCode::CoordinatesOutside);
        }
        let transformed = x.iter().zip(y.iter());
        for (coord, (lon, lat)) in raw.0.iter_mut().flatten().flatten().zip(transformed) {
            (coord.x, coord.y) = (*lon, *lat);
        }
        Shape::of(&settle(raw)?, wkb)
    }
}
