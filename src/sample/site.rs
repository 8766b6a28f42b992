//! The plan of one industrial district: strips of two rows of lots back to back, lanes between the strips and between
//! the blocks of a strip. Within a block neighbours share every vertex of their common edges.

use geo::Coord;

use super::draw::Draw;
use super::oddity::{Kind, Shape};
use super::parameters::Parameters;

/// The district while it is laid out, in metres from its corner.
struct Site<'a> {
    draw: &'a mut Draw,
    parameters: &'a Parameters,
    nodes: Vec<Coord>,
    lots: Vec<Placed>,
    wanted: usize,
    block: usize,
    /// Narrowest and widest lane, m.
    lanes: (f64, f64),
}

/// A lot by the numbers of its nodes.
struct Placed {
    block: usize,
    ring: Vec<usize>,
    /// Nodes on the lane.
    front: usize,
    is_lower: bool,
}

/// The usual lots of a district, in metres from its corner.
#[must_use]
pub fn lay_out(parameters: &Parameters, lots: usize, lanes: (f64, f64), draw: &mut Draw) -> Vec<Shape> {
    let (nodes, placed) = (Vec::new(), Vec::with_capacity(lots));
    let mut site = Site { draw, parameters, nodes, lots: placed, wanted: lots, block: 0, lanes };
    site.lay_out();
    let nodes = site.nodes;
    let shape = |lot: Placed| Shape {
        block: lot.block,
        rings: vec![lot.ring.into_iter().map(|node| nodes[node]).collect()],
        front: lot.front,
        is_lower: lot.is_lower,
        kind: Kind::Usual,
    };
    site.lots.into_iter().map(shape).collect()
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
        self.draw.between(self.lanes.0, self.lanes.1)
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
            let node = place(at, self.draw);
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
            ring.extend(&front);
            ring.push(row.lane[lot + 1]);
            ring.extend(&bends[lot + 1]);
            ring.extend(back.iter().rev());
            ring.extend(bends[lot].iter().rev());
            if !is_lower {
                ring.reverse();
            }
            self.lots.push(Placed { block: self.block, ring, front: front.len() + 2, is_lower });
        }
    }
}
