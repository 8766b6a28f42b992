//! How a stage asks for coordinates to be brought to lon/lat, without knowing a projection library.

/// An operation from a source's coordinates to lon/lat in EPSG:4490, degrees.
pub trait Projection {
    /// Transforms in place; false if a point cannot be transformed, or lies where the source's system is not used.
    fn to_lon_lat(&mut self, x: &mut [f64], y: &mut [f64]) -> bool;
}
