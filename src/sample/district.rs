//! One industrial district on the Earth: its lots, what they are used for, how well their enterprises do.

use geo::Coord;

use super::area;
use super::blocks::{self, Part};
use super::draw::Draw;
use super::oddity::{self, Counts, Kind, Shape};
use super::parameters::Parameters;
use super::plan::DistrictPlan;
use super::{site, touch};

/// What the logarithm of tax per mu is less by in a poor district.
const POOR: f64 = -2.5;
/// Room that slivers need beyond the lots.
const BRIM_M: f64 = 80.0;

/// A parcel as the land itself shows it, before anybody delivers it.
#[derive(Debug, Clone)]
pub struct Lot {
    /// Open outer ring, counter-clockwise, in degrees on the 1e-9° grid.
    pub ring: Vec<Coord>,
    /// Open rings of its holes, clockwise.
    pub holes: Vec<Vec<Coord>>,
    /// What it is.
    pub kind: Kind,
    /// Middle of its outer vertices.
    pub centre: Coord,
    /// Area on the certificate, m², 2 decimals.
    pub registered_m2: f64,
    /// What stands on it.
    pub role: Role,
    /// How well its enterprises do: the logarithm that the district and the block add to the tax per mu.
    pub level: f64,
    /// What it is to a block that is laid out on purpose.
    pub part: Option<Part>,
}

/// What a lot is used for and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Industrial, one owner.
    Owned,
    /// Industrial, of the same owner as the owned lot before it.
    SameOwner,
    /// Industrial, one owner who holds nothing else: how well it does is planned, and no defect touches it.
    Planned,
    /// Industrial, let in part to that many tenants.
    Let(u32),
    /// Industrial, nobody there.
    Vacant,
    /// Warehouse with an owner.
    Warehouse,
    /// Housing; nobody occupies it.
    Housing,
}

impl Role {
    /// Whether any occupancy row names the lot.
    #[must_use]
    pub const fn is_occupied(self) -> bool {
        !matches!(self, Self::Vacant | Self::Housing)
    }
}

/// A district's lots, and which of them lie within 20 m of each other.
#[derive(Debug)]
pub struct District {
    /// The lots.
    pub lots: Vec<Lot>,
    /// Pairs of lots, the smaller number first.
    pub near: Vec<(usize, usize)>,
    /// The plane on which it is laid out.
    pub plane: Plane,
}

/// A district's plane, in metres from its centre.
#[derive(Debug)]
pub struct Plane {
    /// Outer rings of the usual lots.
    pub lots: Vec<Vec<Coord>>,
    /// Its place on the Earth.
    pub on_earth: OnEarth,
}

/// The district: a function of the plan, the parameters and the seed.
#[must_use]
pub fn district(plan: &DistrictPlan, parameters: &Parameters) -> District {
    let mut draw = Draw::of(parameters.province.seed, "district", plan.stream.0, plan.stream.1);
    let odd = Counts::draw(parameters, plan.parcels, &mut draw);
    let mut shapes = site::lay_out(parameters, plan.parcels - odd.total(), plan.lanes(parameters), &mut draw);
    fit(&mut shapes, plan.radius_m);
    oddity::plant(&mut shapes, odd, parameters, &mut draw);
    let near = touch::near(&shapes.iter().map(|shape| shape.rings.as_slice()).collect::<Vec<_>>());
    let on_earth = OnEarth::of(plan, &mut draw);
    let usual = shapes.iter().filter(|shape| shape.kind == Kind::Usual);
    let plane = Plane { lots: usual.map(|shape| shape.rings[0].clone()).collect(), on_earth };
    let tax = &parameters.tax;
    let poor = if draw.chance(parameters.districts.poor_share) { POOR } else { 0.0 };
    let district_level = poor + tax.sigma * libm::sqrt(tax.district_variance) * draw.normal();
    let blocks = shapes.iter().map(|shape| shape.block + 1).max().unwrap_or(0);
    let levels: Vec<f64> =
        (0..blocks).map(|_| district_level + tax.sigma * libm::sqrt(tax.block_variance) * draw.normal()).collect();
    let lots = shapes.into_iter().map(|shape| {
        let mut rings =
            shape.rings.iter().map(|ring| ring.iter().map(|point| plane.on_earth.place(*point)).collect::<Vec<_>>());
        let ring = rings.next().unwrap_or_default();
        let holes: Vec<Vec<Coord>> = rings.collect();
        let measured = area::ring_m2(&ring) - holes.iter().map(|hole| area::ring_m2(hole)).sum::<f64>();
        let error = parameters.parcels.registered_error;
        let registered = measured * (1.0 + draw.between(-error, error));
        let role = role(parameters, &mut draw);
        Lot {
            centre: oddity::middle(&ring),
            registered_m2: (registered * 100.0).round() / 100.0,
            role: if matches!(shape.kind, Kind::Usual | Kind::Enclave | Kind::Double) { role } else { Role::Vacant },
            level: levels[shape.block],
            part: None,
            kind: shape.kind,
            ring,
            holes,
        }
    });
    let mut lots: Vec<Lot> = lots.collect();
    // Nobody's judgement hangs on a gap too close to call: one of the two is land that is not judged.
    for (_, lot) in &near.doubtful {
        lots[*lot].role = Role::Housing;
    }
    lay_blocks(plan, parameters, &near.pairs, &mut lots);
    District { lots, near: near.pairs, plane }
}

/// Lays out the blocks that are due: their lots pay little, those beside them much.
fn lay_blocks(plan: &DistrictPlan, parameters: &Parameters, near: &[(usize, usize)], lots: &mut [Lot]) {
    let mut draw = Draw::of(parameters.province.seed, "block", plan.stream.0, plan.stream.1);
    let is_free = lots.iter().map(|lot| lot.kind == Kind::Usual && lot.role != Role::Housing).collect();
    let section = &parameters.blocks;
    for (lot, part) in lots.iter_mut().zip(blocks::choose(&plan.due, is_free, near, &mut draw)) {
        let Some(part) = part else { continue };
        lot.part = Some(part);
        let wan = if part.is_low() { section.member_wan_per_mu } else { section.beside_wan_per_mu };
        match (part, lot.role) {
            // Warehouses, housing and empty lots are never low.
            (Part::Beside, Role::Warehouse | Role::Housing | Role::Vacant) => continue,
            (Part::Between(_), _) if draw.chance(0.5) => lot.role = Role::Housing,
            _ => lot.role = Role::Planned,
        }
        lot.level = libm::log(wan / parameters.tax.median_wan_per_mu);
    }
}

fn role(parameters: &Parameters, draw: &mut Draw) -> Role {
    if draw.chance(parameters.parcels.other_use_share) {
        return if draw.chance(0.5) { Role::Warehouse } else { Role::Housing };
    }
    let section = &parameters.occupancy;
    let shares = [section.vacant_share, section.let_share, section.same_owner_share];
    let rest = 1.0 - shares.iter().sum::<f64>();
    match draw.weighted(&[shares[0], shares[1], shares[2], rest]) {
        0 => Role::Vacant,
        1 => Role::Let(draw.whole(2, section.tenants_most)),
        2 => Role::SameOwner,
        _ => Role::Owned,
    }
}

/// Centres the plane figure and, if it must be, shrinks it into a circle.
fn fit(shapes: &mut [Shape], radius_m: f64) {
    let points = || shapes.iter().flat_map(|shape| shape.rings.iter().flatten());
    let low = points()
        .fold(Coord { x: f64::MAX, y: f64::MAX }, |low, point| Coord { x: low.x.min(point.x), y: low.y.min(point.y) });
    let high = points().fold(low, |high, point| Coord { x: high.x.max(point.x), y: high.y.max(point.y) });
    let middle = (low + high) / 2.0;
    let reach = points().map(|point| (point.x - middle.x).hypot(point.y - middle.y)).fold(1.0, f64::max);
    let scale = ((radius_m - BRIM_M) / reach).min(1.0);
    for point in shapes.iter_mut().flat_map(|shape| shape.rings.iter_mut().flatten()) {
        *point = (*point - middle) * scale;
    }
}

/// How a plane lies on the Earth: where its centre is, sine and cosine of its turn, metres per degree.
#[derive(Debug)]
pub struct OnEarth {
    centre: Coord,
    turn: (f64, f64),
    metres: (f64, f64),
}

impl OnEarth {
    fn of(plan: &DistrictPlan, draw: &mut Draw) -> Self {
        let turn = libm::sincos(draw.between(0.0, std::f64::consts::PI));
        Self { centre: plan.centre, turn, metres: area::metres_per_degree(plan.centre.y) }
    }

    /// Lays a point of the plane onto the Earth, on the grid.
    #[must_use]
    pub fn place(&self, at: Coord) -> Coord {
        let Self { centre, turn: (sine, cosine), metres: (east, north) } = self;
        let on_grid = |degrees: f64| (degrees * 1e9).round() / 1e9;
        Coord {
            x: on_grid(centre.x + (at.x * cosine - at.y * sine) / east),
            y: on_grid(centre.y + (at.x * sine + at.y * cosine) / north),
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::relate::Relate;
    use geo::{LineString, Polygon, Validation};

    use super::*;

    /// Lots without anything odd.
    fn usual(parcels: usize, serial: u64) -> Vec<Lot> {
        let mut parameters = Parameters::default();
        let section = &mut parameters.parcels;
        for share in [
            &mut section.sliver_share,
            &mut section.enclave_share,
            &mut section.double_share,
            &mut section.layer_share,
            &mut section.junction_share,
            &mut section.detailed_share,
            &mut section.hole_share,
        ] {
            *share = 0.0;
        }
        sample(&parameters, parcels, serial)
    }

    fn sample(parameters: &Parameters, parcels: usize, serial: u64) -> Vec<Lot> {
        let plan = DistrictPlan {
            centre: Coord { x: 120.1, y: 29.3 },
            radius_m: 1_400.0,
            parcels,
            stream: (330_106, serial),
            ..DistrictPlan::default()
        };
        district(&plan, parameters).lots
    }

    #[test]
    fn lots_are_valid_share_edges_and_do_not_overlap() {
        for serial in 0..3 {
            let polygons: Vec<Polygon> = usual(120, serial)
                .into_iter()
                .map(|lot| Polygon::new(LineString::from(lot.ring), Vec::new()))
                .collect();
            assert_eq!(polygons.len(), 120);
            assert!(polygons.iter().all(Validation::is_valid));
            let mut beside = 0;
            for (at, a) in polygons.iter().enumerate() {
                for b in &polygons[..at] {
                    let relation = a.relate(b);
                    assert!(!relation.is_overlaps() && !relation.is_within() && !relation.is_contains());
                    beside += u32::from(relation.is_touches());
                }
            }
            assert!(beside > 120, "{beside} neighbours");
        }
    }

    #[test]
    fn odd_lots_are_valid_and_all_there() {
        let mut parameters = Parameters::default();
        let section = &mut parameters.parcels;
        section.sliver_share = 0.1;
        section.enclave_share = 0.1;
        section.double_share = 0.1;
        section.layer_share = 0.1;
        section.hole_share = 0.3;
        section.junction_share = 0.3;
        section.detailed_share = 0.3;
        section.bends = 1.0;
        let (mut kinds, mut holes, mut most) = (std::collections::BTreeMap::new(), 0, 0);
        for serial in 0..6 {
            let lots = sample(&parameters, 150, serial);
            assert_eq!(lots.len(), 150);
            for lot in lots {
                let ring = |ring: &Vec<Coord>| LineString::new(ring.clone());
                let polygon = Polygon::new(ring(&lot.ring), lot.holes.iter().map(ring).collect());
                assert!(polygon.is_valid(), "{:?}", lot.kind);
                *kinds.entry(format!("{:?}", lot.kind)).or_insert(0) += 1;
                holes += lot.holes.len();
                most = most.max(lot.ring.len());
            }
        }
        let kinds: Vec<&str> = kinds.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["Above", "Below", "Double", "Enclave", "Sliver", "Usual"]);
        assert!(holes > 100 && (40..=62).contains(&most), "{holes} holes, at most {most} corners");
    }

    #[test]
    fn sizes_are_as_asked_for() {
        let mut mu: Vec<f64> =
            (0..40).flat_map(|serial| usual(150, serial)).map(|lot| lot.registered_m2 * 3.0 / 2000.0).collect();
        mu.sort_by(f64::total_cmp);
        let median = mu[mu.len() / 2];
        assert!((7.0..13.0).contains(&median), "{median}");
        assert!(mu[0] > 0.25 && mu[mu.len() - 1] < 300.0, "{} to {}", mu[0], mu[mu.len() - 1]);
        assert!(mu[mu.len() / 20] < 4.5 && mu[mu.len() * 19 / 20] > 22.0);
    }

    #[test]
    fn corners_are_between_four_and_sixty() {
        let lots: Vec<Lot> = (0..20).flat_map(|serial| usual(150, serial)).collect();
        assert!(lots.iter().all(|lot| (4..=60).contains(&lot.ring.len())));
        assert!(lots.iter().filter(|lot| lot.ring.len() > 12).count() < lots.len() / 100);
    }
}
