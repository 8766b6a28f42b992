//! The exact dissolve of polygons that meet in identical edges: opposite edges cancel, what is left is the outline.
//! All on grid integers, so nothing moves.

use std::cmp::Ordering;

use super::grid::{Node, Polygons, cross, signed_area};

/// A directed edge; the inside lies to its left.
pub(super) type Edge = (Node, Node);

/// The edges that no opposite edge cancels, sorted; none if an edge is left twice, so that insides overlap.
/// Shells are counter-clockwise, holes clockwise.
pub(super) fn uncancelled<'a>(pieces: impl Iterator<Item = &'a Polygons> + Clone) -> Option<Vec<Edge>> {
    let rings = pieces.flatten().flatten();
    let mut edges: Vec<(Edge, bool)> = Vec::with_capacity(rings.clone().map(Vec::len).sum());
    for ring in rings {
        for (start, end) in ring.iter().zip(ring.iter().cycle().skip(1)).filter(|(start, end)| start != end) {
            let forward = start < end;
            edges.push((if forward { (*start, *end) } else { (*end, *start) }, forward));
        }
    }
    edges.sort_unstable();
    let mut left = Vec::with_capacity(edges.len());
    for same in edges.chunk_by(|a, b| a.0 == b.0) {
        let forward = same.iter().filter(|edge| edge.1).count();
        let (start, end) = same[0].0;
        match (forward, same.len() - forward) {
            (f, b) if f == b => {}
            (f, b) if f == b + 1 => left.push((start, end)),
            (f, b) if f + 1 == b => left.push((end, start)),
            _ => return None,
        }
    }
    left.sort_unstable();
    Some(left)
}

/// Chains edges (sorted) into polygons. At a point where several boundaries meet the leftmost turn is taken, so a
/// walk follows one face and rings touch but never cross; a walk that comes back to a point is cut there, so no
/// ring touches itself. Starts and order are canonical. None when the edges do not close.
pub(super) fn polygons(edges: &[Edge]) -> Option<Polygons> {
    let mut used = vec![false; edges.len()];
    let mut faces: Vec<Face> = Vec::new();
    let mut loose = Vec::new();
    for first in 0..edges.len() {
        if used[first] {
            continue;
        }
        let mut shells = Vec::new();
        let mut holes = Vec::new();
        for ring in walk(edges, first, &mut used)? {
            match signed_area(&ring).cmp(&0) {
                Ordering::Greater => shells.push(ring),
                Ordering::Less => holes.push(ring),
                Ordering::Equal => return None,
            }
        }
        match shells.len() {
            0 => loose.append(&mut holes),
            1 => faces.extend(shells.into_iter().map(|shell| Face::new(shell, std::mem::take(&mut holes)))),
            _ => return None,
        }
    }
    for hole in loose {
        let around = faces.iter_mut().filter(|face| face.holds(hole[0]));
        around.min_by_key(|face| face.area)?.holes.push(hole);
    }
    let mut polygons: Polygons = faces.into_iter().map(Face::rings).collect();
    polygons.sort_unstable();
    Some(polygons)
}

struct Face {
    shell: Vec<Node>,
    area: i128,
    holes: Vec<Vec<Node>>,
}

impl Face {
    fn new(shell: Vec<Node>, holes: Vec<Vec<Node>>) -> Self {
        Self { area: signed_area(&shell), shell, holes }
    }

    /// Whether the point lies strictly inside the shell.
    fn holds(&self, point: Node) -> bool {
        let mut inside = false;
        for (a, b) in self.shell.iter().zip(self.shell.iter().cycle().skip(1)) {
            let (low, high) = if a.lat <= b.lat { (*a, *b) } else { (*b, *a) };
            let side = cross(low, high, point);
            if side == 0 && within(a.lon, point.lon, b.lon) && within(a.lat, point.lat, b.lat) {
                return false;
            }
            inside ^= low.lat <= point.lat && point.lat < high.lat && side > 0;
        }
        inside
    }

    fn rings(self) -> Vec<Vec<Node>> {
        let mut holes: Vec<_> = self.holes.into_iter().map(from_least).collect();
        holes.sort_unstable();
        std::iter::once(from_least(self.shell)).chain(holes).collect()
    }
}

fn within(a: i64, value: i64, b: i64) -> bool {
    (a.min(b)..=a.max(b)).contains(&value)
}

/// The ring started at its least point.
fn from_least(mut ring: Vec<Node>) -> Vec<Node> {
    let least = ring.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
    ring.rotate_left(least);
    ring
}

/// Follows the boundary from edge `first` until it returns there, cut into rings that pass no point twice.
fn walk(edges: &[Edge], first: usize, used: &mut [bool]) -> Option<Vec<Vec<Node>>> {
    let mut rings = Vec::new();
    let mut path: Vec<Node> = Vec::new();
    let mut at = first;
    loop {
        used[at] = true;
        let (start, end) = edges[at];
        path.push(start);
        let leaving = outgoing(edges, end);
        let next = match leaving.len() {
            0 => return None,
            1 => leaving.start,
            _ => leaving.min_by(|i, j| by_left_turn(start, end, edges[*i].1, edges[*j].1))?,
        };
        // Only points of several boundaries can recur.
        if outgoing(edges, end).len() > 1
            && let Some(since) = path.iter().rposition(|node| *node == end)
        {
            rings.push(path.split_off(since));
        }
        if next == first {
            if !path.is_empty() {
                rings.push(path);
            }
            return Some(rings);
        }
        if used[next] {
            return None;
        }
        at = next;
    }
}

/// The edges that start at `node`.
fn outgoing(edges: &[Edge], node: Node) -> std::ops::Range<usize> {
    let from = edges.partition_point(|edge| edge.0 < node);
    from..from + edges[from..].iter().take_while(|edge| edge.0 == node).count()
}

/// Orders ways on from `at`, reached from `from`: the leftmost turn first.
fn by_left_turn(from: Node, at: Node, a: Node, b: Node) -> Ordering {
    // Half-turns clockwise from the way back; within one the cross product decides.
    let half = |to: Node| match cross(at, from, to).cmp(&0) {
        Ordering::Less => 0,
        Ordering::Equal => 1,
        Ordering::Greater => 2,
    };
    half(a).cmp(&half(b)).then_with(|| cross(at, a, b).cmp(&0))
}
