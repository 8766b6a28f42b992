//! Bringing boundaries that are meant to be one onto the same points: vertices within a tolerance are merged,
//! and edges take up the vertices that lie on them. For published outlines only; areas are taken before.

use geo::Coord;

use super::ellipsoid::Frame;
use super::gap::point2;
use super::grid::{Node, Polygons, degrees};
use crate::domain::Map;

/// Merges vertices of all pieces within `tolerance` metres, then inserts every vertex that lies within it of the
/// inside of an edge. Does not depend on the order of the pieces.
pub(super) fn node(pieces: &mut [Polygons], tolerance: f64) {
    let mut nodes: Vec<Node> = pieces.iter().flatten().flatten().flatten().copied().collect();
    nodes.sort_unstable();
    nodes.dedup();
    let Some(middle) = nodes.get(nodes.len() / 2) else { return };
    let scale = Scale::at(*middle, tolerance);
    let merged = merge(&nodes, &scale);
    nodes.retain(|node| !merged.contains_key(node));
    for ring in pieces.iter_mut().flatten().flatten() {
        for point in ring.iter_mut() {
            *point = merged.get(point).copied().unwrap_or(*point);
        }
        ring.dedup();
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        *ring = with_vertices_on_edges(ring, &nodes, &scale);
    }
}

/// Metres about a point of the grid.
struct Scale {
    origin: Node,
    lon_m: f64,
    lat_m: f64,
    tolerance: f64,
    /// At least the tolerance, in grid units of longitude and latitude.
    reach: (i64, i64),
}

impl Scale {
    #[expect(clippy::cast_possible_truncation, reason = "a tolerance is millimetres")]
    fn at(origin: Node, tolerance: f64) -> Self {
        let frame = Frame::at(origin.into());
        let (lon_m, lat_m) = (frame.lon_m * degrees(1), frame.lat_m * degrees(1));
        let reach = |unit: f64| (tolerance / unit).ceil() as i64 + 1;
        Self { origin, lon_m, lat_m, tolerance, reach: (reach(lon_m), reach(lat_m)) }
    }

    #[expect(clippy::cast_precision_loss, reason = "360e9 units are far below 2^53")]
    fn metres(&self, node: Node) -> Coord {
        Coord {
            x: (node.lon - self.origin.lon) as f64 * self.lon_m,
            y: (node.lat - self.origin.lat) as f64 * self.lat_m,
        }
    }

    fn near(&self, a: Node, b: Node) -> bool {
        let off = self.metres(a) - self.metres(b);
        off.x * off.x + off.y * off.y <= self.tolerance * self.tolerance
    }
}

/// Maps each vertex to the first kept one (in sorted order) within the tolerance; kept ones are not in the map.
fn merge(nodes: &[Node], scale: &Scale) -> Map<Node, Node> {
    let mut kept: Vec<Node> = Vec::with_capacity(nodes.len());
    let mut merged = Map::default();
    for node in nodes {
        let from = kept.partition_point(|other| other.lon < node.lon - scale.reach.0);
        match kept[from..].iter().find(|other| scale.near(**other, *node)) {
            Some(other) => {
                merged.insert(*node, *other);
            }
            None => kept.push(*node),
        }
    }
    merged
}

/// The ring with every vertex of `nodes` (sorted) that lies on the inside of one of its edges.
fn with_vertices_on_edges(ring: &[Node], nodes: &[Node], scale: &Scale) -> Vec<Node> {
    let mut with = Vec::with_capacity(ring.len());
    let mut on_edge: Vec<(f64, Node)> = Vec::new();
    for (start, end) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        with.push(*start);
        let line = [scale.metres(*start), scale.metres(*end)];
        let along = line[1] - line[0];
        let from = nodes.partition_point(|node| node.lon < start.lon.min(end.lon) - scale.reach.0);
        let latitudes = start.lat.min(end.lat) - scale.reach.1..=start.lat.max(end.lat) + scale.reach.1;
        on_edge.clear();
        for node in nodes[from..].iter().take_while(|node| node.lon <= start.lon.max(end.lon) + scale.reach.0) {
            if !latitudes.contains(&node.lat) || node == start || node == end {
                continue;
            }
            let point = scale.metres(*node);
            let t = (point.x - line[0].x) * along.x + (point.y - line[0].y) * along.y;
            let is_between = t > 0.0 && t < along.x * along.x + along.y * along.y;
            if is_between && point2(point, line) <= scale.tolerance * scale.tolerance {
                on_edge.push((t, *node));
            }
        }
        on_edge.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        with.extend(on_edge.iter().map(|(_, node)| *node));
    }
    with
}
