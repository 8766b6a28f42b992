//! What parcels and zones share, by PROJ: both are laid into the cylindrical equal-area plane, where their sides are
//! straight. What a ring of a zone and a parcel share is the parcel's land below the sides that run west, less that below
//! those that run east.

use gdal::cpl::CslStringList;
use gdal::errors::GdalError;
use gdal::spatial_ref::CoordTransform;
use gdal::vector::Geometry;
use geo::Coord;

use super::area::{self, RELATIVE, ROUNDING_M2};
use super::rows::days;
use super::{Accepted, County, Rows};
use crate::domain::ParcelLayer;
use crate::sample::SampleError;
use crate::sample::defect::{Fate, Planted};
use crate::sample::parameters::Parameters;
use crate::sample::zones::{Feature, Kind, name};
use crate::table::truth::{parcel_zone, zone, zone_defect};

/// How far a shared area may lie from the truth: the same, and what a metre of the parcel's outline adds.
const SHARED_M2: f64 = 2e-4;
const SHARED_PER_M: f64 = 5e-6;
/// Where sides cross, the crossing is rounded to the grid of 0.1 mm: what a metre of outline adds.
const CROSSED_PER_M: f64 = 1e-4;
/// What is less is rounding.
const LEAST_M2: f64 = 1e-6;

/// The demo policy's `[zones]`: half of the parcel, or of the micro-park.
const MIN_SHARE: f64 = 0.5;
/// The demo policy's order of platforms.
const PLATFORMS: [&str; 3] = ["高新区", "开发区", "特色小镇"];

/// A polygon in the plane: outer rings counter-clockwise, holes clockwise.
struct Shape {
    rings: Vec<Vec<Coord>>,
    low: Coord,
    high: Coord,
    perimeter: f64,
    is_crossed: bool,
}

impl Shape {
    /// Of closed or open rings in degrees, the outer one first.
    fn of<'a>(
        rings: impl Iterator<Item = &'a Vec<Coord>>,
        is_crossed: bool,
        to_plane: &CoordTransform,
    ) -> Result<Self, GdalError> {
        let mut polygons: Vec<Vec<Vec<Coord>>> = vec![rings.cloned().collect()];
        if is_crossed && let Some(ring) = polygons[0].first() {
            let valid = area::polygon(ring)?.make_valid(&CslStringList::new())?;
            polygons.clear();
            collect(&valid, &mut polygons);
        }
        let (mut all, mut perimeter) = (Vec::new(), 0.0);
        for polygon in polygons {
            for (at, ring) in polygon.into_iter().enumerate() {
                let (mut x, mut y): (Vec<f64>, Vec<f64>) = ring.iter().map(|point| (point.x, point.y)).unzip();
                to_plane.transform_coords(&mut x, &mut y, &mut [])?;
                let mut ring: Vec<Coord> = x.into_iter().zip(y).map(|(x, y)| Coord { x, y }).collect();
                if (doubled(&ring) > 0.0) != (at == 0) {
                    ring.reverse();
                }
                perimeter += sides(&ring).map(|(a, b)| (b.x - a.x).hypot(b.y - a.y)).sum::<f64>();
                all.push(ring);
            }
        }
        let points = || all.iter().flatten();
        let low = |of: fn(&Coord) -> f64| points().map(of).fold(f64::INFINITY, f64::min);
        let high = |of: fn(&Coord) -> f64| points().map(of).fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = ((low(|it| it.x), low(|it| it.y)), (high(|it| it.x), high(|it| it.y)));
        Ok(Self { low: low.into(), high: high.into(), rings: all, perimeter, is_crossed })
    }

    fn area(&self) -> f64 {
        self.rings.iter().map(|ring| doubled(ring) / 2.0).sum()
    }

    fn crossed_m2(&self) -> f64 {
        if self.is_crossed { CROSSED_PER_M * self.perimeter } else { 0.0 }
    }

    fn is_apart(&self, other: &Self) -> bool {
        self.high.x < other.low.x || other.high.x < self.low.x || self.high.y < other.low.y || other.high.y < self.low.y
    }

    /// What it shares with a zone, m².
    fn shared(&self, zone: &Self) -> f64 {
        let mut sum = 0.0;
        for (a, b) in zone.rings.iter().flat_map(|ring| sides(ring)) {
            let (west, east, sign) = if a.x < b.x { (a, b, -1.0) } else { (b, a, 1.0) };
            // A vertical side has nothing below it.
            if east.x <= west.x || east.x <= self.low.x || self.high.x <= west.x || a.y.max(b.y) <= self.low.y {
                continue;
            }
            sum += sign * self.rings.iter().map(|ring| doubled(&below(ring, west, east)) / 2.0).sum::<f64>();
        }
        sum
    }
}

/// The polygons of a geometry, each as its rings.
fn collect(geometry: &Geometry, polygons: &mut Vec<Vec<Vec<Coord>>>) {
    let parts = || (0..geometry.geometry_count()).map(|at| geometry.get_geometry(at));
    if geometry.geometry_name() != "POLYGON" {
        return parts().for_each(|part| collect(&part, polygons));
    }
    let ring = |part: gdal::vector::GeometryRef<'_>| {
        let mut points = Vec::new();
        part.get_points(&mut points);
        points.into_iter().map(|(x, y, _)| Coord { x, y }).collect()
    };
    polygons.push(parts().map(ring).collect());
}

/// A ring's sides.
fn sides(ring: &[Coord]) -> impl Iterator<Item = (Coord, Coord)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Twice the area of a ring, about its first point; negative if it runs clockwise.
fn doubled(ring: &[Coord]) -> f64 {
    let origin = ring.first().copied().unwrap_or_default();
    sides(ring).map(|(a, b)| (a - origin, b - origin)).map(|(a, b)| a.x * b.y - b.x * a.y).sum()
}

/// The piece of a ring that lies below the line between two points and between their eastings (Sutherland–Hodgman).
fn below(ring: &[Coord], west: Coord, east: Coord) -> Vec<Coord> {
    let slope = (east.y - west.y) / (east.x - west.x);
    let piece = cut(ring, |point| point.x - west.x);
    let piece = cut(&piece, |point| east.x - point.x);
    cut(&piece, |point| west.y + (point.x - west.x) * slope - point.y)
}

/// The piece of a ring where a linear function is not negative.
fn cut(ring: &[Coord], of: impl Fn(Coord) -> f64) -> Vec<Coord> {
    let mut piece = Vec::with_capacity(ring.len() + 4);
    for (a, b) in sides(ring) {
        let (at_a, at_b) = (of(a), of(b));
        if at_a >= 0.0 {
            piece.push(a);
        }
        if (at_a < 0.0) != (at_b < 0.0) {
            piece.push(a + (b - a) * (at_a / (at_a - at_b)));
        }
    }
    piece
}

/// A zone that must be accepted.
struct Known<'a> {
    feature: &'a Feature,
    shape: Shape,
    area: f64,
}

/// What a parcel and a zone share.
struct Pair<'a> {
    zone: &'a Known<'a>,
    m2: f64,
    bound: f64,
}

/// The zones of a county, what its parcels share with these and with those of districts over its border, and the zones'
/// defects.
///
/// # Errors
/// What GDAL refuses.
pub(super) fn tables(county: &County<'_>, accepted: &[Accepted<'_>]) -> Result<Rows, SampleError> {
    let year = county.parameters.pipeline.last_year();
    let refused = |source: GdalError| SampleError::Embedded { what: format!("zones: {source}") };
    let (own, foreign) = county.zones;
    let first = own.iter().chain(foreign).find_map(|feature| feature.rings[0].first());
    let to_plane = area::to_plane(first.map_or(120.0, |point| point.x)).map_err(refused)?;
    let (own, foreign) = (known(own, &to_plane).map_err(refused)?, known(foreign, &to_plane).map_err(refused)?);
    let mut zones = zone::Builder::default();
    for known in &own {
        append(known, county.plan.county.code.as_str(), year, &mut zones);
    }
    let mut in_force: Vec<&Known<'_>> =
        own.iter().chain(&foreign).filter(|it| it.feature.zone.holds_in(year)).collect();
    in_force.sort_by_key(|it| it.feature.district);
    let mut rows = parcel_zone::Builder::default();
    for it in accepted.iter().filter(|it| it.layer == ParcelLayer::Surface) {
        let shape = Shape::of(it.feature.rings(), it.feature.is_crossed, &to_plane).map_err(refused)?;
        let start = in_force.partition_point(|zone| zone.feature.district < it.parcel.place.0);
        let there = in_force[start..].iter().take_while(|zone| zone.feature.district == it.parcel.place.0);
        let pairs: Vec<Pair<'_>> = there
            .filter(|zone| !shape.is_apart(&zone.shape))
            .map(|zone| {
                let bound = SHARED_M2 + SHARED_PER_M * shape.perimeter + shape.crossed_m2();
                let crossed = if zone.shape.is_crossed { CROSSED_PER_M * shape.perimeter } else { 0.0 };
                Pair { zone, m2: shape.shared(&zone.shape), bound: bound + crossed }
            })
            .filter(|pair| pair.m2 > LEAST_M2)
            .collect();
        for pair in &pairs {
            rows.parcel_id.append_value(&it.parcel.id);
            rows.zone_id.append_value(&pair.zone.feature.id);
            rows.shared_m2.append_value(pair.m2);
            rows.bound_m2.append_value(pair.bound);
            rows.is_assigned.append_option(is_assigned(pair, &pairs, it.area.m2, county.parameters));
        }
    }
    Ok(vec![(&zone::TABLE, zones.finish()?), (&parcel_zone::TABLE, rows.finish()?)])
}

/// The zones that must be accepted.
fn known<'a>(features: &'a [Feature], to_plane: &CoordTransform) -> Result<Vec<Known<'a>>, GdalError> {
    let accepted = features.iter().filter(|feature| feature.fate == Fate::Accepted);
    let known = accepted.map(|feature| {
        let shape = Shape::of(feature.rings.iter(), feature.is_crossed, to_plane)?;
        Ok(Known { feature, area: shape.area(), shape })
    });
    known.collect()
}

fn append(known: &Known<'_>, county: &str, year: u16, rows: &mut zone::Builder) {
    let Known { feature, shape, area } = known;
    let zone = &feature.zone;
    rows.zone_id.append_value(&feature.id);
    rows.valid_from.append_option(zone.from.map(days));
    rows.valid_to.append_option(zone.to.map(days));
    rows.county_code.append_value(county);
    rows.kind.append_value(zone.kind.names().1);
    rows.name.append_value(name(feature));
    rows.class.append_option(zone.class);
    rows.built.append_option(zone.built.map(days));
    rows.is_in_force.append_value(zone.holds_in(year));
    rows.area_m2.append_value(*area);
    rows.bound_m2.append_value(ROUNDING_M2 + RELATIVE * area + shape.crossed_m2());
}

/// Whether the demo policy counts the parcel to the pair's zone; none where that is too close to call, and for barriers, of
/// which the policy does not say how.
fn is_assigned(pair: &Pair<'_>, pairs: &[Pair<'_>], parcel_m2: f64, parameters: &Parameters) -> Option<bool> {
    let kind = |pair: &Pair<'_>| pair.zone.feature.zone.kind;
    if parameters.pipeline.policy != "zhejiang" || kind(pair) == Kind::Barrier {
        return None;
    }
    let mut reached = Vec::new();
    for other in pairs.iter().filter(|other| kind(other) == kind(pair)) {
        let of = if kind(pair) == Kind::MicroPark { parcel_m2.min(other.zone.area) } else { parcel_m2 };
        let over = other.m2 - MIN_SHARE * of;
        if over.abs() <= other.bound {
            return None;
        }
        if over > 0.0 {
            reached.push(other);
        }
    }
    let rank = |pair: &Pair<'_>| {
        let place = PLATFORMS.iter().position(|class| pair.zone.feature.zone.class == Some(class));
        place.unwrap_or(PLATFORMS.len())
    };
    let order = |a: &&&Pair<'_>, b: &&&Pair<'_>| {
        let id = |pair: &Pair<'_>| pair.zone.feature.id.clone();
        rank(a).cmp(&rank(b)).then(b.m2.total_cmp(&a.m2)).then_with(|| id(a).cmp(&id(b)))
    };
    let Some(chosen) = reached.iter().min_by(order) else { return Some(false) };
    let is_close = |other: &&&Pair<'_>| {
        let apart = (other.m2 - chosen.m2).abs();
        rank(other) == rank(chosen) && apart > 0.0 && apart <= other.bound
    };
    reached.iter().find(is_close).is_none().then_some(std::ptr::eq(*chosen, pair))
}

/// The planted defects of zones as rows.
///
/// # Errors
/// Never in practice.
pub fn defects(planted: &[Planted]) -> Result<Rows, SampleError> {
    let mut rows = zone_defect::Builder::default();
    for defect in planted.iter().filter(|defect| defect.table == "zone") {
        rows.source_id.append_value(&defect.source);
        rows.file.append_value(&defect.file);
        rows.row.append_value(defect.row.unwrap_or_default() as i64);
        rows.code.append_value(defect.code);
        rows.zone_id.append_value(defect.about.as_deref().unwrap_or_default());
    }
    Ok(vec![(&zone_defect::TABLE, rows.finish()?)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(rings: &[&[(f64, f64)]]) -> Shape {
        let rings: Vec<Vec<Coord>> = rings.iter().map(|ring| ring.iter().copied().map(Coord::from).collect()).collect();
        let points = rings.concat();
        let low = points.iter().fold(points[0], |low, it| Coord { x: low.x.min(it.x), y: low.y.min(it.y) });
        let high = points.iter().fold(points[0], |high, it| Coord { x: high.x.max(it.x), y: high.y.max(it.y) });
        Shape { rings, low, high, perimeter: 0.0, is_crossed: false }
    }

    /// An L of 3 × 3 less its upper right 2 × 2, with 5 left.
    const L: &[(f64, f64)] = &[(0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0)];

    #[test]
    fn shared_land_by_hand() {
        let parcel = shape(&[L]);
        for (name, zone, expected) in [
            ("all of it", shape(&[&[(-1.0, -1.0), (9.0, -1.0), (9.0, 9.0), (-1.0, 9.0)]]), 5.0),
            ("its own outline", shape(&[L]), 5.0),
            ("the notch", shape(&[&[(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)]]), 0.0),
            ("above", shape(&[&[(0.0, 3.0), (3.0, 3.0), (3.0, 4.0), (0.0, 4.0)]]), 0.0),
            // 2 × 1 of the foot and 0.5 × 2 of the leg.
            ("half of the leg", shape(&[&[(0.5, 0.0), (2.5, 0.0), (2.5, 9.0), (0.5, 9.0)]]), 3.0),
            // Less the hole's quarter of the foot.
            (
                "round a hole",
                shape(&[
                    &[(-1.0, -1.0), (9.0, -1.0), (9.0, 9.0), (-1.0, 9.0)],
                    &[(2.0, 0.5), (2.0, 2.0), (2.5, 2.0), (2.5, 0.5)],
                ]),
                4.75,
            ),
            // Below the line from (0, 0) to (4, 2): a triangle of 3 × 1.5 less its piece above 1, from x = 2 on.
            ("below a slope", shape(&[&[(0.0, 0.0), (0.0, -9.0), (4.0, -9.0), (4.0, 2.0)]]), 2.25 - 0.25),
        ] {
            assert!((parcel.shared(&zone) - expected).abs() < 1e-12, "{name}: {}", parcel.shared(&zone));
        }
    }
}
