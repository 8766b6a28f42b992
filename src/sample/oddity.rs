//! What is odd about some land: slivers in lanes, holes and enclaves, one piece registered twice, rights above and
//! below the ground, corners that meet a straight side, boundaries surveyed point by point.

use geo::Coord;

use super::draw::Draw;
use super::parameters::Parameters;

/// A lot on the plane on which its district is laid out, in metres.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Number of its block.
    pub block: usize,
    /// Open rings: the outer one counter-clockwise, then the holes clockwise.
    pub rings: Vec<Vec<Coord>>,
    /// Points of the outer ring on the lane: its first ones in a lower row, its last ones in an upper row.
    pub front: usize,
    /// Whether it stands in the lower row of its block.
    pub is_lower: bool,
    /// What it is.
    pub kind: Kind,
}

/// What a lot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A lot of a row.
    Usual,
    /// A narrow strip between a lot and its lane.
    Sliver,
    /// A lot in the hole of another.
    Enclave,
    /// A second registration of land that a lot has already, or of a part of it.
    Double,
    /// Above the ground.
    Above,
    /// Below the ground.
    Below,
}

/// How many lots of a district are odd.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    slivers: usize,
    enclaves: usize,
    doubles: usize,
    layers: usize,
}

impl Counts {
    /// Draws them for a district of so many lots: the shares, rounded at random, together never more than half.
    pub fn draw(parameters: &Parameters, lots: usize, draw: &mut Draw) -> Self {
        let section = &parameters.parcels;
        let mut count = |share: f64| ((share * lots as f64 + draw.unit()).floor() as usize).min(lots / 8);
        Self {
            slivers: count(section.sliver_share),
            enclaves: count(section.enclave_share),
            doubles: count(section.double_share),
            layers: count(section.layer_share),
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(self) -> usize {
        self.slivers + self.enclaves + self.doubles + self.layers
    }
}

/// Adds the odd lots behind the usual ones, and makes some of these odd.
pub fn plant(shapes: &mut Vec<Shape>, counts: Counts, parameters: &Parameters, draw: &mut Draw) {
    let section = &parameters.parcels;
    let usual = shapes.len();
    let mut order: Vec<usize> = (0..usual).collect();
    draw.shuffle(&mut order);
    let mut victims = order.into_iter();
    for at in victims.by_ref().take(counts.slivers) {
        // Two of them face to face leave a lane between them.
        let width = draw.between(0.1, 0.35) * parameters.districts.lane_least_m;
        shapes.push(sliver(&shapes[at], width));
    }
    for at in victims.by_ref().take(counts.enclaves) {
        let inner = scaled(&shapes[at].rings[0], draw.between(0.25, 0.45));
        shapes[at].rings.push(inner.iter().rev().copied().collect());
        shapes.push(other(&shapes[at], inner, Kind::Enclave));
    }
    for at in victims.by_ref().take(counts.doubles) {
        // The whole lot or a part: from 1 % of its area on.
        let scale = if draw.chance(0.3) { 1.0 } else { draw.between(0.1, 1.0) };
        let ring = scaled(&shapes[at].rings[0], scale);
        shapes.push(other(&shapes[at], ring, Kind::Double));
    }
    for at in victims.by_ref().take(counts.layers) {
        let ring = scaled(&shapes[at].rings[0], draw.between(0.5, 1.0));
        let kind = if draw.chance(0.5) { Kind::Above } else { Kind::Below };
        shapes.push(other(&shapes[at], ring, kind));
    }
    for at in victims {
        if draw.chance(section.hole_share) {
            let hole = scaled(&shapes[at].rings[0], draw.between(0.08, 0.2));
            shapes[at].rings.push(hole.into_iter().rev().collect());
        }
    }
    for shape in &mut shapes[..usual] {
        if draw.chance(section.junction_share) {
            // The neighbour has no corner there.
            let side = draw.index(shape.rings[0].len());
            divide(&mut shape.rings[0], side, &[draw.between(0.2, 0.8)]);
        }
        if draw.chance(section.detailed_share) {
            detail(&mut shape.rings[0], draw.whole(12, 60) as usize, draw);
        }
    }
}

/// A strip of that width along the lot's front.
fn sliver(lot: &Shape, width: f64) -> Shape {
    let ring = &lot.rings[0];
    let mut front: Vec<Coord> =
        if lot.is_lower { ring[..lot.front].to_vec() } else { ring[ring.len() - lot.front..].to_vec() };
    // Counter-clockwise, a lower row's front runs to the right and an upper row's to the left, both with the lane on
    // the right hand: the strip has it the other way round.
    let out = Coord { x: 0.0, y: if lot.is_lower { -width } else { width } };
    let ends = [front[0] + out, front[front.len() - 1] + out];
    front.reverse();
    front.extend(ends);
    other(lot, front, Kind::Sliver)
}

fn other(lot: &Shape, ring: Vec<Coord>, kind: Kind) -> Shape {
    Shape { block: lot.block, rings: vec![ring], front: lot.front, is_lower: lot.is_lower, kind }
}

/// The ring drawn in towards the middle of its points; the very same for a scale of 1.
fn scaled(ring: &[Coord], scale: f64) -> Vec<Coord> {
    if scale >= 1.0 {
        return ring.to_vec();
    }
    let middle = middle(ring);
    ring.iter().map(|point| middle + (*point - middle) * scale).collect()
}

/// Middle of some points.
#[must_use]
pub fn middle(points: &[Coord]) -> Coord {
    points.iter().copied().fold(Coord::zero(), |sum, point| sum + point) / points.len().max(1) as f64
}

/// Puts points onto a side of the ring, at those ascending parts of it.
fn divide(ring: &mut Vec<Coord>, side: usize, parts: &[f64]) {
    let (start, end) = (ring[side], ring[(side + 1) % ring.len()]);
    let points = parts.iter().map(|part| start + (end - start) * *part).collect::<Vec<_>>();
    ring.splice((side + 1)..=side, points);
}

/// Puts points onto the sides until the ring has so many.
fn detail(ring: &mut Vec<Coord>, points: usize, draw: &mut Draw) {
    let missing = points.saturating_sub(ring.len());
    let mut more = vec![0_usize; ring.len()];
    for _ in 0..missing {
        more[draw.index(ring.len())] += 1;
    }
    for (side, more) in more.into_iter().enumerate().rev() {
        let parts: Vec<f64> = (1..=more).map(|at| at as f64 / (more + 1) as f64).collect();
        divide(ring, side, &parts);
    }
}

#[cfg(test)]
mod tests {
    use geo::{Area, LineString, Polygon, Validation};

    use super::*;

    fn lot(is_lower: bool) -> Shape {
        let mut ring: Vec<Coord> =
            [(0.0, 0.0), (30.0, 1.0), (60.0, 0.0), (60.0, 50.0), (0.0, 50.0)].map(Coord::from).to_vec();
        if !is_lower {
            // The same land, seen from the other side.
            ring = ring.iter().rev().map(|point| Coord { x: point.x, y: -point.y }).collect();
        }
        Shape { block: 0, rings: vec![ring], front: 3, is_lower, kind: Kind::Usual }
    }

    fn polygon(ring: &[Coord]) -> Polygon {
        Polygon::new(LineString::new(ring.to_vec()), Vec::new())
    }

    #[test]
    fn a_sliver_lies_between_lot_and_lane() {
        for is_lower in [true, false] {
            let strip = polygon(&sliver(&lot(is_lower), 2.0).rings[0]);
            assert!(strip.is_valid() && (strip.signed_area() - 150.0).abs() < 1e-9, "{strip:?}");
        }
    }

    #[test]
    fn a_ring_with_more_points_is_the_same_land() {
        let mut ring = lot(true).rings[0].clone();
        detail(&mut ring, 40, &mut Draw::of(1, "detail", 0, 0));
        divide(&mut ring, 39, &[0.5]);
        assert_eq!(ring.len(), 41);
        assert!((polygon(&ring).signed_area() - polygon(&lot(true).rings[0]).signed_area()).abs() < 1e-9);
    }
}
