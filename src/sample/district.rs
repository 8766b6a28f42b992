//! One industrial district: strips of two rows of lots back to back, lanes between the strips and between the
//! blocks of a strip. Within a block neighbours share every vertex of their common edges.

use geo::Coord;

use super::area;
use super::draw::Draw;
use super::parameters::Parameters;
use super::plan::DistrictPlan;

/// A parcel as the land itself shows it, before anybody delivers it.
#[derive(Debug, Clone)]
pub struct Lot {
    /// Open ring, counter-clockwise, in degrees on the 1e-9° grid.
    pub ring: Vec<Coord>,
    /// Middle of its vertices.
    pub centre: Coord,
    /// Area on the certificate, m², 2 decimals.
    pub registered_m2: f64,
    /// What stands on it.
    pub role: Role,
    /// How well its enterprises do: the logarithm that the district and the block add to the tax per mu.
    pub level: f64,
}

/// What a lot is used for and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Industrial, one owner.
    Owned,
    /// Industrial, of the same owner as the owned lot before it.
    SameOwner,
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

/// The district's lots: a function of the plan, the parameters and the seed.
#[must_use]
pub fn lots(plan: &DistrictPlan, parameters: &Parameters) -> Vec<Lot> {
    let mut site = Site {
        draw: Draw::of(parameters.province.seed, "district", plan.stream.0, plan.stream.1),
        parameters,
        nodes: Vec::new(),
        lots: Vec::with_capacity(plan.parcels),
        wanted: plan.parcels,
        block: 0,
    };
    site.lay_out();
    let mut draw = site.draw;
    let points = place(&site.nodes, plan, &mut draw);
    let tax = &parameters.tax;
    let district_level = tax.sigma * libm::sqrt(tax.district_variance) * draw.normal();
    let blocks = site.lots.last().map_or(0, |(block, _)| block + 1);
    let levels: Vec<f64> =
        (0..blocks).map(|_| district_level + tax.sigma * libm::sqrt(tax.block_variance) * draw.normal()).collect();
    let lots = site.lots.into_iter().map(|(block, nodes)| {
        let ring: Vec<Coord> = nodes.into_iter().map(|node| points[node]).collect();
        let centre = ring.iter().copied().fold(Coord::zero(), |sum, point| sum + point) / ring.len() as f64;
        let error = parameters.parcels.registered_error;
        let registered = area::ring_m2(&ring) * (1.0 + draw.between(-error, error));
        Lot {
            centre,
            registered_m2: (registered * 100.0).round() / 100.0,
            role: role(parameters, &mut draw),
            level: levels[block],
            ring,
        }
    });
    lots.collect()
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

/// Turns, centres and, if it must be, shrinks the plane figure into the district's circle; then onto the grid.
fn place(nodes: &[Coord], plan: &DistrictPlan, draw: &mut Draw) -> Vec<Coord> {
    let low = nodes
        .iter()
        .fold(Coord { x: f64::MAX, y: f64::MAX }, |low, node| Coord { x: low.x.min(node.x), y: low.y.min(node.y) });
    let high = nodes.iter().fold(low, |high, node| Coord { x: high.x.max(node.x), y: high.y.max(node.y) });
    let middle = (low + high) / 2.0;
    let reach = nodes.iter().map(|node| (node.x - middle.x).hypot(node.y - middle.y)).fold(1.0, f64::max);
    let scale = (plan.radius_m / reach).min(1.0);
    let (sine, cosine) = libm::sincos(draw.between(0.0, std::f64::consts::PI));
    let (east, north) = area::metres_per_degree(plan.centre.y);
    let on_grid = |degrees: f64| (degrees * 1e9).round() / 1e9;
    let placed = nodes.iter().map(|node| {
        let at = (*node - middle) * scale;
        Coord {
            x: on_grid(plan.centre.x + (at.x * cosine - at.y * sine) / east),
            y: on_grid(plan.centre.y + (at.x * sine + at.y * cosine) / north),
        }
    });
    placed.collect()
}

/// The district while it is laid out, in metres from its corner.
struct Site<'a> {
    draw: Draw,
    parameters: &'a Parameters,
    nodes: Vec<Coord>,
    /// Block and ring of node indices.
    lots: Vec<(usize, Vec<usize>)>,
    wanted: usize,
    block: usize,
}

/// A row of lots: their widths from the block's left end on.
struct Row {
    cuts: Vec<f64>,
    /// Where the lane-side ends of the cuts lie.
    lane: Vec<usize>,
    /// Where their other ends lie, on the spine between the two rows.
    spine: Vec<usize>,
}

impl Site<'_> {
    fn missing(&self) -> usize {
        self.wanted - self.lots.len()
    }

    fn lay_out(&mut self) {
        // Of the variance of a lot's size 2/3 lie between strips, which have one depth, and 1/3 within.
        let between = self.parameters.parcels.sigma * libm::sqrt(2.0 / 3.0);
        // A strip of small lots holds more of them: over all lots the median is lower than over all strips.
        let median = self.parameters.parcels.median_mu * libm::exp(between * between / 2.0);
        let side = (self.wanted as f64 * self.parameters.parcels.mean_m2() * 1.15).sqrt();
        let mut v = 0.0;
        while self.missing() > 0 {
            let least = self.parameters.parcels.least_mu.max(self.parameters.parcels.median_mu / 12.0);
            let mu = self.draw.lognormal(median, between);
            let typical = mu.clamp(least, self.parameters.parcels.most_mu) * 2000.0 / 3.0;
            let depth = 1.1 * typical.sqrt();
            self.strip(v, side, depth, typical);
            v += 2.0 * depth + self.lane();
        }
    }

    fn lane(&mut self) -> f64 {
        self.draw.between(self.parameters.districts.lane_least_m, self.parameters.districts.lane_most_m)
    }

    fn strip(&mut self, v: f64, length: f64, depth: f64, typical: f64) {
        let mut u = 0.0;
        while u < length && self.missing() > 0 {
            let target = self.draw.between(4.0, 9.0) * depth;
            let target = target.min((length - u).max(depth));
            u += self.block(u, v, target, depth, typical) + self.lane();
        }
    }

    /// One block of two rows, about `target` long; gives its true length.
    fn block(&mut self, u: f64, v: f64, target: f64, depth: f64, typical: f64) -> f64 {
        let mut rows = Vec::with_capacity(2);
        let mut left = self.missing();
        for _ in 0..2 {
            let cuts = self.cuts(target, depth, typical, left);
            left -= cuts.len() - 1;
            if cuts.len() > 1 {
                rows.push(Row { cuts, lane: Vec::new(), spine: Vec::new() });
            }
        }
        let length = rows.iter().filter_map(|row| row.cuts.last().copied()).fold(0.0, f64::max);
        let jitter = 0.03 * depth;
        for (at, row) in rows.iter_mut().enumerate() {
            let edge = if at == 0 { v } else { v + 2.0 * depth };
            let inwards = if at == 0 { jitter } else { -jitter };
            for (cut, base) in row.cuts.iter().enumerate() {
                let at = u + base + self.shift(cut, row.cuts.len(), jitter);
                row.lane.push(self.nodes.len());
                self.nodes.push(Coord { x: at, y: edge + inwards * self.draw.unit() });
            }
        }
        let spine = self.spine(&mut rows, u, v + depth, depth);
        for (at, row) in rows.iter().enumerate() {
            self.row(row, &spine, at == 0, depth);
        }
        self.block += 1;
        length
    }

    /// How far a cut's end may stray: the outermost ones only inwards, so that cross lanes keep their width.
    fn shift(&mut self, cut: usize, cuts: usize, jitter: f64) -> f64 {
        match cut {
            0 => self.draw.between(0.0, jitter),
            last if last + 1 == cuts => self.draw.between(-jitter, 0.0),
            _ => self.draw.between(-jitter, jitter),
        }
    }

    /// Where a row is cut, from 0 on: lots of lognormal area, none slimmer than a third of its depth.
    fn cuts(&mut self, target: f64, depth: f64, typical: f64, left: usize) -> Vec<f64> {
        let within = self.parameters.parcels.sigma * libm::sqrt(1.0 / 3.0);
        let least = (self.parameters.parcels.least_mu * 2000.0 / 3.0 * 1.08).max(0.4 * depth * depth);
        let most = (self.parameters.parcels.most_mu * 2000.0 / 3.0 * 0.92).min(3.0 * depth * depth);
        let mut cuts = vec![0.0];
        let mut end = 0.0;
        while cuts.len() <= left && end < target {
            end += self.draw.lognormal(typical, within).clamp(least, most.max(least)) / depth;
            cuts.push(end);
        }
        cuts
    }

    /// The line between the two rows: the ends of both rows' cuts and some points between, ascending.
    fn spine(&mut self, rows: &mut [Row], u: f64, v: f64, depth: f64) -> Vec<usize> {
        let jitter = 0.03 * depth;
        let mut bases: Vec<(f64, usize)> = Vec::new();
        for row in rows.iter_mut() {
            let earlier = bases.clone();
            for (cut, base) in row.cuts.iter().enumerate() {
                // Cuts that nearly meet do meet: four lots touch in one point.
                let near = earlier.iter().find(|(other, _)| (other - base).abs() < 0.1 * depth);
                let node = if let Some((_, node)) = near {
                    *node
                } else {
                    let x = u + base + self.shift(cut, row.cuts.len(), jitter);
                    self.nodes.push(Coord { x, y: v + self.draw.between(-jitter, jitter) });
                    bases.push((*base, self.nodes.len() - 1));
                    self.nodes.len() - 1
                };
                row.spine.push(node);
            }
        }
        let mut spine: Vec<usize> = bases.into_iter().map(|(_, node)| node).collect();
        spine.sort_by(|a, b| self.nodes[*a].x.total_cmp(&self.nodes[*b].x));
        let mut full = Vec::with_capacity(spine.len() * 2);
        for (at, node) in spine.iter().enumerate() {
            full.push(*node);
            if let Some(next) = spine.get(at + 1) {
                let (a, b) = (self.nodes[*node], self.nodes[*next]);
                if b.x - a.x > 0.3 * depth {
                    let bends = self.bends(a, b);
                    for bend in &bends {
                        self.nodes[*bend].y += self.draw.between(-jitter, jitter);
                    }
                    full.extend(bends);
                }
            }
        }
        full
    }

    /// New nodes between two, in their order: mostly none or one, never more than a dozen.
    fn bends(&mut self, a: Coord, b: Coord) -> Vec<usize> {
        let more = self.parameters.parcels.bends / (1.0 + self.parameters.parcels.bends);
        let count = (0..12).take_while(|_| self.draw.chance(more)).count();
        let place = |at: usize, draw: &mut Draw| {
            // Clear of both ends, so that the bends of two lines that meet there stay apart.
            let part = 0.15 + 0.7 * (at as f64 + draw.between(0.3, 0.7)) / count as f64;
            a + (b - a) * part
        };
        for at in 0..count {
            let node = place(at, &mut self.draw);
            self.nodes.push(node);
        }
        (self.nodes.len() - count..self.nodes.len()).collect()
    }

    /// The rings of one row's lots.
    fn row(&mut self, row: &Row, spine: &[usize], is_lower: bool, depth: f64) {
        let jitter = 0.03 * depth;
        let mut bends = Vec::with_capacity(row.cuts.len());
        for (cut, (lane, spine)) in row.lane.iter().zip(&row.spine).enumerate() {
            let (a, b) = (self.nodes[*lane], self.nodes[*spine]);
            let bent = self.bends(a, b);
            for node in &bent {
                self.nodes[*node].x += self.shift(cut, row.cuts.len(), jitter);
            }
            bends.push(bent);
        }
        for lot in 0..row.cuts.len() - 1 {
            let (a, b) = (self.nodes[row.lane[lot]], self.nodes[row.lane[lot + 1]]);
            let front = self.bends(a, b);
            for node in &front {
                // Inwards, never into the lane.
                self.nodes[*node].y += self.draw.between(0.0, jitter) * if is_lower { 1.0 } else { -1.0 };
            }
            let position = |node| spine.iter().position(|other| *other == node).unwrap_or_default();
            let back = &spine[position(row.spine[lot])..=position(row.spine[lot + 1])];
            // From the left lane corner along the lane, up the right cut, back along the spine, down the left cut.
            let mut ring = vec![row.lane[lot]];
            ring.extend(front);
            ring.push(row.lane[lot + 1]);
            ring.extend(&bends[lot + 1]);
            ring.extend(back.iter().rev());
            ring.extend(bends[lot].iter().rev());
            if !is_lower {
                ring.reverse();
            }
            self.lots.push((self.block, ring));
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::relate::Relate;
    use geo::{LineString, Polygon, Validation};

    use super::*;

    fn sample(parcels: usize, serial: u64) -> Vec<Lot> {
        let plan = DistrictPlan {
            centre: Coord { x: 120.1, y: 29.3 },
            radius_m: 1_400.0,
            parcels,
            host: 0,
            guest: None,
            stream: (330_106, serial),
        };
        lots(&plan, &Parameters::default())
    }

    #[test]
    fn lots_are_valid_share_edges_and_do_not_overlap() {
        for serial in 0..3 {
            let polygons: Vec<Polygon> = sample(120, serial)
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
    fn sizes_are_as_asked_for() {
        let mut mu: Vec<f64> =
            (0..40).flat_map(|serial| sample(150, serial)).map(|lot| lot.registered_m2 * 3.0 / 2000.0).collect();
        mu.sort_by(f64::total_cmp);
        let median = mu[mu.len() / 2];
        assert!((7.0..13.0).contains(&median), "{median}");
        assert!(mu[0] > 0.4 && mu[mu.len() - 1] < 150.0, "{} to {}", mu[0], mu[mu.len() - 1]);
        assert!(mu[mu.len() / 20] < 4.5 && mu[mu.len() * 19 / 20] > 22.0);
    }

    #[test]
    fn corners_are_between_four_and_sixty() {
        let lots: Vec<Lot> = (0..20).flat_map(|serial| sample(150, serial)).collect();
        assert!(lots.iter().all(|lot| (4..=60).contains(&lot.ring.len())));
        assert!(lots.iter().filter(|lot| lot.ring.len() > 12).count() < lots.len() / 100);
    }
}
