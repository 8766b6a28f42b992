//! Overlay on the grid, in integers: edges are split until they meet in common points only, each learns how often
//! its two sides are enclosed, and those between inside and outside are chained into polygons.
//! Only crossings are rounded; every other vertex stays, also on straight edges.
//! (`geo`'s overlay was tried first: its OGC output is at times invalid and, rarely, panics.)

use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use super::chain;
use super::grid::{Node, Polygons, cross};

/// What the rings enclose an odd number of times: the repair of invalid polygons, as `ST_MakeValid` and
/// Ledoux et al. (2014) read them. None when the edges cannot be told apart on the grid.
pub(super) fn odd_even(polygons: &Polygons) -> Option<Polygons> {
    fill(&arranged(edges(std::iter::once(polygons)))?, |winding| winding % 2 != 0)
}

/// The union of geometries with shells counter-clockwise and holes clockwise; none as for [`odd_even`].
pub(super) fn union<'a>(pieces: impl Iterator<Item = &'a Polygons>) -> Option<Polygons> {
    fill(&arranged(edges(pieces))?, |winding| winding > 0)
}

/// An edge between two different points, ordered from `low` to `high`: eastward, or northward if vertical.
#[derive(Clone, Copy)]
struct Edge {
    low: Node,
    high: Node,
    /// How many times more often the rings wind round its left side than round its right.
    winding: i32,
}

impl Edge {
    fn new(start: Node, end: Node, winding: i32) -> Option<Self> {
        match start.cmp(&end) {
            std::cmp::Ordering::Less => Some(Self { low: start, high: end, winding }),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self { low: end, high: start, winding: -winding }),
        }
    }

    fn latitudes(&self) -> (i64, i64) {
        (self.low.lat.min(self.high.lat), self.low.lat.max(self.high.lat))
    }

    /// Whether a point that is none of its ends lies on it: within half a grid unit, so that doubles agree.
    #[expect(clippy::cast_precision_loss, reason = "a point a little nearer or further does no harm")]
    fn passes(&self, point: Node) -> bool {
        if point == self.low || point == self.high {
            return false;
        }
        let (run, rise) = ((self.high.lon - self.low.lon) as f64, (self.high.lat - self.low.lat) as f64);
        let along = (point.lon - self.low.lon) as f64 * run + (point.lat - self.low.lat) as f64 * rise;
        let length2 = run * run + rise * rise;
        let off = cross(self.low, self.high, point) as f64;
        along > 0.0 && along < length2 && off * off * 4.0 <= length2
    }
}

fn edges<'a>(pieces: impl Iterator<Item = &'a Polygons>) -> Vec<Edge> {
    let ring_edges = |ring: &'a Vec<Node>| ring.iter().zip(ring.iter().cycle().skip(1));
    merged(pieces.flatten().flatten().flat_map(ring_edges).filter_map(|(a, b)| Edge::new(*a, *b, 1)).collect())
}

/// Edges sorted, equal ones made one, and those left out that have the same on both sides.
fn merged(mut edges: Vec<Edge>) -> Vec<Edge> {
    edges.sort_unstable_by_key(|edge| (edge.low, edge.high));
    edges.dedup_by(|next, kept| {
        let is_same = (next.low, next.high) == (kept.low, kept.high);
        kept.winding += if is_same { next.winding } else { 0 };
        is_same
    });
    edges.retain(|edge| edge.winding != 0);
    edges
}

/// Splits edges where they cross or pass a vertex, until none does: iterated snap rounding (Halperin and Packer 2002).
fn arranged(mut edges: Vec<Edge>) -> Option<Vec<Edge>> {
    /// A round undoes what rounding did in the one before; more than a few mean a tangle below the grid.
    const ROUNDS: usize = 64;
    for _ in 0..ROUNDS {
        let mut splits = splits(&edges);
        if splits.is_empty() {
            return Some(edges);
        }
        splits.sort_unstable_by_key(|(at, along, point)| (*at, *along, *point));
        let mut pieces = Vec::with_capacity(edges.len() + splits.len());
        let mut splits = splits.into_iter().peekable();
        for (at, edge) in edges.iter().enumerate() {
            let mut start = edge.low;
            while let Some((_, _, point)) = splits.next_if(|split| split.0 == at) {
                pieces.extend(Edge::new(start, point, edge.winding));
                start = point;
            }
            pieces.extend(Edge::new(start, edge.high, edge.winding));
        }
        edges = merged(pieces);
    }
    None
}

/// Where edges (sorted) must be split: the edge, how far along it, the point.
fn splits(edges: &[Edge]) -> Vec<(usize, i128, Node)> {
    let mut splits = Vec::new();
    for (i, a) in edges.iter().enumerate() {
        let (south, north) = a.latitudes();
        for (j, b) in edges.iter().enumerate().skip(i + 1).take_while(|(_, b)| b.low.lon <= a.high.lon + 1) {
            let (other_south, other_north) = b.latitudes();
            if other_south > north + 1 || south > other_north + 1 {
                continue;
            }
            let before = splits.len();
            let mut split = |at: usize, point: Node| splits.push((at, along(&edges[at], point), point));
            [b.low, b.high].into_iter().filter(|point| a.passes(*point)).for_each(|point| split(i, point));
            [a.low, a.high].into_iter().filter(|point| b.passes(*point)).for_each(|point| split(j, point));
            if splits.len() == before
                && let Some(point) = crossing(a, b)
            {
                for (at, edge) in [(i, a), (j, b)] {
                    if point != edge.low && point != edge.high {
                        splits.push((at, along(edge, point), point));
                    }
                }
            }
        }
    }
    splits
}

/// How far along the edge a point lies, times the edge's length.
fn along(edge: &Edge, point: Node) -> i128 {
    let by = |a: i64, b: i64, c: i64| i128::from(a - b) * i128::from(c - b);
    by(edge.high.lon, edge.low.lon, point.lon) + by(edge.high.lat, edge.low.lat, point.lat)
}

/// The grid point nearest to where two edges cross between their ends.
fn crossing(a: &Edge, b: &Edge) -> Option<Node> {
    let (from, to) = (cross(b.low, b.high, a.low), cross(b.low, b.high, a.high));
    let (low, high) = (cross(a.low, a.high, b.low), cross(a.low, a.high, b.high));
    if from.signum() * to.signum() >= 0 || low.signum() * high.signum() >= 0 {
        return None;
    }
    // a.low + (a.high − a.low) · from / (from − to); the products stay below 2^119.
    let share = |start: i64, end: i64| {
        let (above, below) = (from * i128::from(end - start), from - to);
        let (above, below) = if below < 0 { (-above, -below) } else { (above, below) };
        i64::try_from((2 * above + below).div_euclid(2 * below)).ok().map(|part| start + part)
    };
    Some(Node { lon: share(a.low.lon, a.high.lon)?, lat: share(a.low.lat, a.high.lat)? })
}

/// The polygons of the points whose winding number is `inside`, from arranged edges.
fn fill(edges: &[Edge], inside: impl Fn(i32) -> bool) -> Option<Polygons> {
    if edges.is_empty() {
        return Some(Polygons::new());
    }
    let tree = index(edges)?;
    let mut boundary = Vec::with_capacity(edges.len());
    for edge in edges {
        let left = winding_left_of(edge, edges, &tree);
        match (inside(left), inside(left - edge.winding)) {
            (true, false) => boundary.push((edge.low, edge.high)),
            (false, true) => boundary.push((edge.high, edge.low)),
            _ => {}
        }
    }
    boundary.sort_unstable();
    chain::polygons(&boundary)
}

#[expect(clippy::cast_precision_loss, reason = "720e9 half units are far below 2^53")]
fn half_units(units: i64) -> f64 {
    2.0 * units as f64
}

fn index(edges: &[Edge]) -> Option<RTree<f64>> {
    let mut builder = RTreeBuilder::<f64>::new(u32::try_from(edges.len()).ok()?);
    for edge in edges {
        let (south, north) = edge.latitudes();
        builder.add(half_units(edge.low.lon), half_units(south), half_units(edge.high.lon), half_units(north));
    }
    Some(builder.finish::<HilbertSort>())
}

/// The winding number just left of the edge's middle: what a ray north from there crosses, down to zero far away.
#[expect(clippy::cast_precision_loss, reason = "720e9 half units are far below 2^53")]
fn winding_left_of(edge: &Edge, edges: &[Edge], tree: &RTree<f64>) -> i32 {
    let double = |node: Node| Node { lon: 2 * node.lon, lat: 2 * node.lat };
    let middle = Node { lon: edge.low.lon + edge.high.lon, lat: edge.low.lat + edge.high.lat };
    let is_vertical = edge.low.lon == edge.high.lon;
    let (lon, lat) = (middle.lon as f64, middle.lat as f64);
    let above = tree.search(lon, lat, lon, f64::INFINITY).into_iter().map(|at| &edges[at as usize]).filter(|other| {
        let (low, high) = (double(other.low), double(other.high));
        // The ray runs a hair east of the middle, or west of a vertical edge: it meets no vertex.
        let spans = if is_vertical {
            low.lon < middle.lon && middle.lon <= high.lon
        } else {
            low.lon <= middle.lon && middle.lon < high.lon
        };
        spans && cross(low, high, middle) < 0
    });
    -above.map(|other| other.winding).sum::<i32>()
}

#[cfg(test)]
mod tests {
    use super::super::grid::signed_area;
    use super::*;

    fn square(west: i64, south: i64, side: i64) -> Vec<Node> {
        [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| Node { lon: west + x * side, lat: south + y * side }).to_vec()
    }

    /// Twice the area.
    fn area(polygons: &Polygons) -> i128 {
        polygons.iter().flatten().map(|ring| signed_area(ring)).sum()
    }

    #[test]
    fn two_overlapping_squares() {
        let pieces = [vec![vec![square(0, 0, 10)]], vec![vec![square(5, 5, 10)]]];
        assert_eq!(area(&union(pieces.iter()).unwrap()), 2 * 175);
        let both: Polygons = pieces.concat();
        let odd = odd_even(&both).unwrap();
        assert_eq!((area(&odd), odd.len()), (2 * 150, 2));
    }

    #[test]
    fn vertices_on_straight_edges_stay() {
        let pieces = [vec![vec![square(0, 0, 10)]], vec![vec![square(10, 2, 5)]]];
        let union = union(pieces.iter()).unwrap();
        assert_eq!((union.len(), union[0].len(), union[0][0].len()), (1, 1, 8));
    }

    #[test]
    fn an_edge_passes_what_rounds_onto_it() {
        let edge = Edge::new(Node { lon: 0, lat: 0 }, Node { lon: 1000, lat: 1 }, 1).unwrap();
        let passes = [(600, 1), (300, 1), (300, 0), (0, 0), (1000, 1), (1001, 1)]
            .map(|(lon, lat)| edge.passes(Node { lon, lat }));
        assert_eq!(passes, [true, false, true, false, false, false]);
    }

    #[test]
    fn crossings_are_rounded_to_the_nearest_point() {
        let edge =
            |a: (i64, i64), b: (i64, i64)| Edge::new(Node { lon: a.0, lat: a.1 }, Node { lon: b.0, lat: b.1 }, 1);
        let point = crossing(&edge((0, 0), (10, 7)).unwrap(), &edge((0, 7), (10, 0)).unwrap());
        assert_eq!(point, Some(Node { lon: 5, lat: 4 }));
        let far = 180_000_000_000;
        let world = crossing(
            &edge((-far, -far / 2), (far, far / 2)).unwrap(),
            &edge((-far, far / 2), (far, -far / 2)).unwrap(),
        );
        assert_eq!(world, Some(Node { lon: 0, lat: 0 }));
    }
}
