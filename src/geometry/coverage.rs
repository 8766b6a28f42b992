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
#[derive(Clone, Copy)]
pub(super) struct Edge {
    west: Coord,
    east: Coord,
    member: usize,
    /// How many times more often the rings wind round what is north of it than round what is south.
    winding: i32,
}

impl Edge {
    /// The edge between two points of the plane; none if it is vertical, for it bounds no length.
    pub(super) fn new(a: Coord, b: Coord, member: usize) -> Option<Self> {
        let (west, east, winding) = if a.x < b.x { (a, b, 1) } else { (b, a, -1) };
        (west.x < east.x).then_some(Self { west, east, member, winding })
    }

    fn at(&self, x: f64) -> f64 {
        self.west.y + (self.east.y - self.west.y) * ((x - self.west.x) / (self.east.x - self.west.x))
    }
}

/// Measures valid geometries, shells counter-clockwise and holes clockwise: what a straight edge between degrees makes
/// overlap in the plane is still inside. Exact but for rounding: about 1e-15 of the extent squared.
pub(super) fn measure(members: &[&MultiPolygon], plane: &Plane) -> Coverage {
    let edges = members.iter().enumerate().flat_map(|(member, geometry)| edges(member, geometry, plane)).collect();
    sweep(edges, &vec![&[][..]; members.len()], (f64::NEG_INFINITY, f64::INFINITY))
}

/// A geometry's edges.
pub(super) fn edges(member: usize, geometry: &MultiPolygon, plane: &Plane) -> Vec<Edge> {
    let mut edges = Vec::new();
    for ring in rings(geometry) {
        let points: Vec<Coord> = ring.0.iter().map(|coord| plane.project(*coord)).collect();
        edges.extend(points.windows(2).filter_map(|pair| Edge::new(pair[0], pair[1], member)));
    }
    edges
}

/// The area in m² that two geometries share, from all edges of the first (member 0), those of the second (member 1) that
/// lie in the first's box, and how often the second winds round what is just south of that box: from where on eastward
/// how much more often.
pub(super) fn shared(edges: Vec<Edge>, south: &[(f64, i32)]) -> f64 {
    let first = edges.iter().filter(|edge| edge.member == 0);
    let all = (f64::INFINITY, f64::NEG_INFINITY);
    let range = first.fold(all, |range, edge| (range.0.min(edge.west.x), range.1.max(edge.east.x)));
    sweep(edges, &[&[], south], range).repeated
}

/// Measures what lies within a range of eastings. Of each member, `south` tells the windings below all its edges.
fn sweep(mut edges: Vec<Edge>, south: &[&[(f64, i32)]], range: (f64, f64)) -> Coverage {
    edges.sort_by(|a, b| a.west.x.total_cmp(&b.west.x));
    let mut cuts = crossings(&edges);
    cuts.extend(edges.iter().flat_map(|edge| [edge.west.x, edge.east.x]));
    cuts.extend(south.iter().flat_map(|member| member.iter().map(|(x, _)| *x)));
    cuts.retain(|x| range.0 <= *x && *x <= range.1);
    cuts.sort_unstable_by(f64::total_cmp);
    cuts.dedup();

    let mut coverage = Coverage::default();
    let mut windings = vec![0; south.len()];
    let mut active: Vec<&Edge> = Vec::new();
    let mut heights: Vec<(f64, &Edge)> = Vec::new();
    let mut coming = edges.iter().peekable();
    for slab in cuts.windows(2) {
        let (west, east) = (slab[0], slab[1]);
        while let Some(edge) = coming.next_if(|edge| edge.west.x <= west) {
            active.push(edge);
        }
        active.retain(|edge| edge.east.x > west);
        let middle = west + (east - west) / 2.0;
        heights.clear();
        heights.extend(active.iter().map(|edge| (edge.at(middle), *edge)));
        heights.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.member.cmp(&b.1.member)));
        for (winding, member) in windings.iter_mut().zip(south) {
            *winding = member.iter().take_while(|(x, _)| *x <= west).map(|(_, more)| more).sum();
        }
        let mut depth: f64 = windings.iter().map(|winding| if *winding > 0 { 1.0 } else { 0.0 }).sum();
        let mut below = heights.first().map_or(0.0, |lowest| lowest.0);
        let (mut once, mut again) = (0.0, 0.0);
        for (height, edge) in &heights {
            if depth > 0.0 {
                once += height - below;
                again += (height - below) * (depth - 1.0);
            }
            let winding = &mut windings[edge.member];
            let was_inside = *winding > 0;
            *winding += edge.winding;
            match (was_inside, *winding > 0) {
                (false, true) => depth += 1.0,
                (true, false) => depth -= 1.0,
                _ => {}
            }
            below = *height;
        }
        coverage.covered += once * (east - west);
        coverage.repeated += again * (east - west);
    }
    coverage
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
