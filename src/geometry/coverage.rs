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
    let mut all = Outline::default();
    for (member, geometry) in members.iter().enumerate() {
        for ring in rings(geometry) {
            let points: Vec<Coord> = ring.0.iter().map(|coord| plane.project(*coord)).collect();
            all.add(&points, member);
        }
    }
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let mut sweep = Sweep { edges: all.edges, cuts: all.eastings, range, ..Sweep::default() };
    sweep.run(&vec![&[][..]; members.len()])
}

/// Edges, and the eastings of their ends.
#[derive(Default)]
pub(super) struct Outline {
    edges: Vec<Edge>,
    eastings: Vec<f64>,
}

impl Outline {
    /// Adds a ring's points in the plane.
    pub(super) fn add(&mut self, ring: &[Coord], member: usize) {
        self.edges.extend(ring.windows(2).filter_map(|pair| Edge::new(pair[0], pair[1], member)));
        self.eastings.extend(ring.iter().skip(1).map(|point| point.x));
    }

    /// From west to east: what is sorted is sorted again sooner.
    pub(super) fn sort(&mut self) {
        self.edges.sort_by(|a, b| a.west.x.total_cmp(&b.west.x));
        self.eastings.sort_unstable_by(f64::total_cmp);
        self.eastings.dedup();
    }
}

/// A sweep over slabs. Its lists are kept from one to the next.
#[derive(Default)]
pub(super) struct Sweep {
    edges: Vec<Edge>,
    /// Where slabs begin and end.
    cuts: Vec<f64>,
    /// What lies between these eastings is measured.
    range: (f64, f64),
    /// Of each member, how often it winds round where the sweep is.
    windings: Vec<i32>,
    /// The edges in the slab by their numbers, each with its northing in the middle, from south to north.
    active: Vec<(f64, usize)>,
}

impl Sweep {
    /// Begins with all edges of a first geometry (member 0), sorted.
    pub(super) fn begin(&mut self, first: &Outline) {
        self.edges.clone_from(&first.edges);
        self.cuts.clone_from(&first.eastings);
        let [west, east] = [first.eastings.first(), first.eastings.last()].map(|x| x.copied().unwrap_or(0.0));
        self.range = (west, east);
    }

    /// Adds edges of the second (member 1) that lie in the first's box.
    pub(super) fn add(&mut self, edges: impl Iterator<Item = Edge>) {
        for edge in edges {
            let (start, end) = if edge.winding > 0 { (edge.west.x, edge.east.x) } else { (edge.east.x, edge.west.x) };
            // Of two edges that follow each other one end is enough.
            if self.cuts.last() != Some(&start) {
                self.cuts.push(start);
            }
            self.cuts.push(end);
            self.edges.push(edge);
        }
    }

    /// The area in m² that both share, by how often the second winds round what is just south of the first's box: from where
    /// on eastward how much more often.
    pub(super) fn shared(&mut self, south: &[(f64, i32)]) -> f64 {
        self.cuts.extend(south.iter().map(|(x, _)| *x));
        self.run(&[&[], south]).repeated
    }

    /// Measures what the edges cover. Of each member, `south` tells the windings below all its edges.
    fn run(&mut self, south: &[&[(f64, i32)]]) -> Coverage {
        let Self { edges, cuts, range, windings, active } = self;
        edges.sort_by(|a, b| a.west.x.total_cmp(&b.west.x));
        crossings(edges, |x| cuts.push(x));
        cuts.retain(|x| range.0 <= *x && *x <= range.1);
        // Mostly in order already, but for a few at the end.
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();

        let mut coverage = Coverage::default();
        windings.resize(south.len(), 0);
        active.clear();
        let mut coming = 0;
        for slab in cuts.windows(2) {
            let (west, east) = (slab[0], slab[1]);
            active.retain(|(_, at)| edges[*at].east.x > west);
            while coming < edges.len() && edges[coming].west.x <= west {
                if edges[coming].east.x > west {
                    active.push((0.0, coming));
                }
                coming += 1;
            }
            let middle = west + (east - west) / 2.0;
            for (height, at) in active.iter_mut() {
                *height = edges[*at].at(middle);
            }
            // Those that go on mostly lie as they did.
            active.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(edges[a.1].member.cmp(&edges[b.1].member)));
            for (winding, member) in windings.iter_mut().zip(south) {
                *winding = member.iter().take_while(|(x, _)| *x <= west).map(|(_, more)| more).sum();
            }
            let mut depth: f64 = windings.iter().map(|winding| if *winding > 0 { 1.0 } else { 0.0 }).sum();
            let mut below = active.first().map_or(0.0, |lowest| lowest.0);
            let (mut once, mut again) = (0.0, 0.0);
            for (height, at) in &*active {
                if depth > 0.0 {
                    once += height - below;
                    again += (height - below) * (depth - 1.0);
                }
                let winding = &mut windings[edges[*at].member];
                let was_inside = *winding > 0;
                *winding += edges[*at].winding;
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
}

/// Tells where edges of different members cross, which are sorted from west to east.
fn crossings(edges: &[Edge], mut found: impl FnMut(f64)) {
    for (i, a) in edges.iter().enumerate() {
        for b in edges[i + 1..].iter().take_while(|b| b.west.x < a.east.x) {
            let is_apart =
                || a.west.y.max(a.east.y) < b.west.y.min(b.east.y) || b.west.y.max(b.east.y) < a.west.y.min(a.east.y);
            if a.member == b.member || is_apart() {
                continue;
            }
            let (west, east) = (b.west.x, a.east.x.min(b.east.x));
            let (before, after) = (a.at(west) - b.at(west), a.at(east) - b.at(east));
            if before * after < 0.0 {
                found(west + (east - west) * (before / (before - after)));
            }
        }
    }
}
