//! How much land several geometries cover, and how much of it more than once: integrals over vertical slabs between
//! all vertices and crossings. A length is measured where a line cuts the geometries, so no topology is built,
//! and nearly coincident edges can only cost an error of their own tiny distance.

use geo::{Coord, MultiPolygon};

use super::ellipsoid::Plane;
use super::rings;

/// Areas in m² in the equal-area plane.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Coverage {
    /// Covered at least once.
    pub covered: f64,
    /// Σ (times covered − 1) over what is covered.
    pub repeated: f64,
}

/// An edge from west to east.
struct Edge {
    west: Coord,
    east: Coord,
    member: usize,
}

impl Edge {
    fn at(&self, x: f64) -> f64 {
        self.west.y + (self.east.y - self.west.y) * ((x - self.west.x) / (self.east.x - self.west.x))
    }
}

/// Measures valid geometries. Exact but for rounding: about 1e-15 of the extent squared.
pub(super) fn measure(members: &[&MultiPolygon], plane: &Plane) -> Coverage {
    let edges = edges(members, plane);
    let mut cuts = crossings(&edges);
    cuts.extend(edges.iter().flat_map(|edge| [edge.west.x, edge.east.x]));
    cuts.sort_unstable_by(f64::total_cmp);
    cuts.dedup();

    let mut coverage = Coverage::default();
    let mut inside = vec![false; members.len()];
    let mut active: Vec<&Edge> = Vec::new();
    let mut heights: Vec<(f64, usize)> = Vec::new();
    let mut coming = edges.iter().peekable();
    for slab in cuts.windows(2) {
        let (west, east) = (slab[0], slab[1]);
        active.retain(|edge| edge.east.x > west);
        while let Some(edge) = coming.next_if(|edge| edge.west.x <= west) {
            active.push(edge);
        }
        let middle = west + (east - west) / 2.0;
        heights.clear();
        heights.extend(active.iter().map(|edge| (edge.at(middle), edge.member)));
        heights.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut depth, mut below) = (0.0, 0.0);
        let (mut once, mut again) = (0.0, 0.0);
        for (height, member) in &heights {
            if depth > 0.0 {
                once += height - below;
                again += (height - below) * (depth - 1.0);
            }
            inside[*member] = !inside[*member];
            depth += if inside[*member] { 1.0 } else { -1.0 };
            below = *height;
        }
        coverage.covered += once * (east - west);
        coverage.repeated += again * (east - west);
    }
    coverage
}

/// All edges that are not vertical, from west to east.
fn edges(members: &[&MultiPolygon], plane: &Plane) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (member, geometry) in members.iter().enumerate() {
        for ring in rings(geometry) {
            let points: Vec<Coord> = ring.0.iter().map(|coord| plane.project(*coord)).collect();
            for pair in points.windows(2).filter(|pair| pair[0].x.total_cmp(&pair[1].x).is_ne()) {
                let (west, east) = if pair[0].x < pair[1].x { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
                edges.push(Edge { west, east, member });
            }
        }
    }
    edges.sort_by(|a, b| a.west.x.total_cmp(&b.west.x));
    edges
}

/// Where edges of different members cross.
fn crossings(edges: &[Edge]) -> Vec<f64> {
    let mut cuts = Vec::new();
    for (i, a) in edges.iter().enumerate() {
        for b in edges[i + 1..].iter().take_while(|b| b.west.x < a.east.x) {
            let apart =
                a.west.y.max(a.east.y) < b.west.y.min(b.east.y) || b.west.y.max(b.east.y) < a.west.y.min(a.east.y);
            if a.member == b.member || apart {
                continue;
            }
            let (west, east) = (b.west.x, a.east.x.min(b.east.x));
            let (before, after) = (a.at(west) - b.at(west), a.at(east) - b.at(east));
            if before * after < 0.0 {
                cuts.push(west + (east - west) * (before / (before - after)));
            }
        }
    }
    cuts
}
