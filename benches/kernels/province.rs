//! Parcels of a sample province, without files.

use gdal::vector::Geometry;
use geo::{Coord, MultiPolygon};
use mujun::geometry::validity::settle;
use mujun::geometry::wkb::{self, RawPolygons};
use mujun::sample::Parameters;
use mujun::sample::district::district;
use mujun::sample::plan::Plan;

/// The rings of about 2,000 parcels by district, not closed, on the grid.
pub fn districts() -> Vec<Vec<Vec<Coord>>> {
    let mut parameters = Parameters::default();
    parameters.province.parcels = 2_000;
    let plan = Plan::new(&parameters).unwrap();
    let rings = |plan| district(plan, &parameters).lots.into_iter().map(|lot| lot.ring).collect();
    plan.districts.iter().map(rings).collect()
}

/// The same parcels, settled.
pub fn parcels() -> Vec<MultiPolygon> {
    districts().into_iter().flatten().map(|ring| settled(vec![ring])).collect()
}

/// One polygon of rings, settled.
pub fn settled(rings: Vec<Vec<Coord>>) -> MultiPolygon {
    settle(RawPolygons(vec![rings])).unwrap().geometry
}

/// Each as well-known binary.
pub fn encoded(geometry: &MultiPolygon) -> Vec<u8> {
    let mut bytes = Vec::new();
    wkb::encode(geometry, &mut bytes);
    bytes
}

/// Each as GEOS takes it, through GDAL.
pub fn gdal(geometry: &MultiPolygon) -> Geometry {
    Geometry::from_wkb(&encoded(geometry)).unwrap()
}
