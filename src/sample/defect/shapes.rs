//! Shapes and codes as hands spoil them.

use gdal::cpl::CslStringList;
use geo::{Coord, LineString, Polygon, Validation};

use crate::sample::draw::Draw;
use crate::sample::occupancy::Parcel;
use crate::sample::oddity;
use crate::sample::truth::area;

/// How much a bow tie changes the area at least: its parcel is then certainly not judged.
const BOW_TIE_CHANGE: f64 = 0.1;

/// The ring with two neighbouring corners exchanged, so that it crosses itself and encloses clearly more or less.
pub fn bow_tie(ring: &[Coord]) -> Option<Vec<Coord>> {
    let whole = valid_area(ring)?;
    let swapped = (0..ring.len()).map(|at| {
        let mut ring = ring.to_vec();
        let next = (at + 1) % ring.len();
        ring.swap(at, next);
        ring.push(ring[0]);
        ring
    });
    let is_tied = |ring: &Vec<Coord>| {
        !Polygon::new(LineString::new(ring.clone()), Vec::new()).is_valid()
            && valid_area(ring).is_some_and(|area| (area / whole - 1.0).abs() > BOW_TIE_CHANGE)
    };
    swapped.into_iter().find(is_tied)
}

/// Area of the ring in square degrees, made valid.
fn valid_area(ring: &[Coord]) -> Option<f64> {
    let polygon = area::polygon(ring).ok()?;
    Some(polygon.make_valid(&CslStringList::new()).ok()?.area())
}

/// The ring with a trip of some 20 m out of its first corner and back.
pub fn spike(parcel: &Parcel) -> Vec<Coord> {
    let (ring, corner) = (&parcel.lot.ring, parcel.lot.ring[0]);
    let out = corner - parcel.lot.centre;
    let tip = on_grid(corner + out * (0.0002 / out.x.hypot(out.y)));
    [corner, tip].into_iter().chain(ring.iter().copied()).chain([corner]).collect()
}

/// The ring drawn in towards its middle.
pub fn shrunk(ring: &[Coord]) -> Vec<Coord> {
    let centre = oddity::middle(ring);
    let inner = |point: &Coord| on_grid(centre + (*point - centre) * 0.9);
    ring.iter().chain(ring.first()).map(inner).collect()
}

fn on_grid(point: Coord) -> Coord {
    Coord { x: (point.x * 1e9).round() / 1e9, y: (point.y * 1e9).round() / 1e9 }
}

/// A parcel code as hands spoil it: a character lost, a letter for a digit, a feature letter that is none.
pub fn malformed(id: &str, draw: &mut Draw) -> String {
    match draw.index(3) {
        0 => id[..18].to_owned(),
        1 => format!("{}O{}", &id[..6], &id[7..]),
        _ => id.replace('G', "Q"),
    }
}
