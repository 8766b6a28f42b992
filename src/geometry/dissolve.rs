//! Blocks: members dissolved into one outline, with what they cover and what they cover more than once.

use geo::{Coord, MultiPolygon};

use super::adjacency::{Bounds, Contact, TOUCH_M, contact, near_pairs};
use super::area::{area_m2, round};
use super::canonical_order;
use super::chain;
use super::coverage;
use super::ellipsoid::Plane;
use super::grid::Polygons;
use super::noding::node;
use super::overlay;
use super::validity::{from_nodes, is_valid, root, to_polygons};
use crate::domain::SquareMetres;

/// Members become one.
#[derive(Debug, Clone, PartialEq)]
pub struct Dissolved {
    /// Valid and canonical whatever the order of the members, unless `is_merged` is false.
    pub outline: MultiPolygon,
    /// Land covered at least once, before snapping: Σ area of members − `overlap_area`,
    /// to 1e-9 relative + 1 cm² a member.
    pub outline_area: SquareMetres,
    /// Σ (times covered − 1) over the land covered, measured for itself.
    pub overlap_area: SquareMetres,
    /// False when no valid outline of that area could be made: then the members stand side by side.
    pub is_merged: bool,
}

/// Two roundings to the grid, in metres: the least tolerance of outlines that went through overlay.
const GRID_M: f64 = 0.000_2;

/// Dissolves valid geometries on the grid. Clean neighbours cancel exactly; only members that overlap, or meet in
/// T-junctions, are snapped (vertices move by at most `snap_m` metres) and, where they still overlap, united.
#[must_use]
pub fn dissolve(members: &[&MultiPolygon], snap_m: f64) -> Dissolved {
    let mut members: Vec<&MultiPolygon> = members.iter().copied().filter(|member| !member.0.is_empty()).collect();
    members.sort_by(|a, b| canonical_order(a, b));
    let bounds: Vec<Bounds> = members.iter().filter_map(|member| Bounds::of(member)).collect();
    let origin = bounds.iter().map(Bounds::centre).fold(Coord::zero(), |sum, c| sum + c / count(bounds.len()));
    let plane = Plane::at(origin);
    let pieces: Vec<Polygons> = members.iter().map(|member| to_polygons(member)).collect();
    let groups = overlapping_groups(&members, &bounds);

    // Areas, before anything moves: groups by slabs, the rest by the edges that are left of it.
    let (mut covered, mut repeated, mut boundary_m) = (0.0, 0.0, 0.0);
    for group in groups.iter().filter(|group| group.len() > 1) {
        let group: Vec<&MultiPolygon> = group.iter().map(|i| members[*i]).collect();
        let coverage = coverage::measure(&group, &plane);
        covered += coverage.covered;
        repeated += coverage.repeated;
        boundary_m += group.iter().map(|member| perimeter_m(member, &plane)).sum::<f64>();
    }
    let clean = groups.iter().filter(|group| group.len() == 1).map(|group| &pieces[group[0]]);
    let Some(edges) = chain::uncancelled(clean) else { return side_by_side(&members, covered, repeated) };
    covered += enclosed_m2(&edges, &plane);

    let tolerance = snap_m.max(GRID_M);
    let is_right = |outline: &MultiPolygon, tolerance: f64| {
        (area_m2(outline) - covered).abs() <= tolerance * boundary_m + 1e-9 * covered + 1e-4
    };
    let merged = if boundary_m == 0.0 {
        outline(&edges).filter(|outline| is_right(outline, 0.0))
    } else {
        // Where snapping makes a knot, the overlay of what was delivered may still do.
        [tolerance, GRID_M].into_iter().find_map(|tolerance| {
            snapped_outline(pieces.clone(), &groups, tolerance).filter(|outline| is_right(outline, 2.0 * tolerance))
        })
    };
    match merged {
        Some(outline) => {
            Dissolved { outline, outline_area: round(covered), overlap_area: round(repeated), is_merged: true }
        }
        None => side_by_side(&members, covered, repeated),
    }
}

fn side_by_side(members: &[&MultiPolygon], covered: f64, repeated: f64) -> Dissolved {
    let outline = members.iter().flat_map(|member| member.0.iter().cloned()).collect();
    Dissolved { outline, outline_area: round(covered), overlap_area: round(repeated), is_merged: false }
}

/// Members linked by contacts that do not cancel; in order, as are the members of each.
fn overlapping_groups(members: &[&MultiPolygon], bounds: &[Bounds]) -> Vec<Vec<usize>> {
    let mut forest: Vec<usize> = (0..members.len()).collect();
    for (i, j) in near_pairs(bounds, TOUCH_M) {
        let (i, j) = (i as usize, j as usize);
        if contact(members[i], members[j]) == Contact::Overlapping {
            let (a, b) = (root(&mut forest, i), root(&mut forest, j));
            forest[a.max(b)] = a.min(b);
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); members.len()];
    for member in 0..members.len() {
        groups[root(&mut forest, member)].push(member);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Brings boundaries onto common points, unites what still overlaps within each group, and cancels the rest.
fn snapped_outline(mut pieces: Vec<Polygons>, groups: &[Vec<usize>], tolerance: f64) -> Option<MultiPolygon> {
    node(&mut pieces, tolerance);
    let mut united = Vec::new();
    for group in groups {
        let snapped: Vec<MultiPolygon> = group.iter().map(|i| from_nodes(pieces[*i].clone())).collect();
        let snapped: Vec<&MultiPolygon> = snapped.iter().filter(|member| !member.0.is_empty()).collect();
        let bounds: Vec<Bounds> = snapped.iter().filter_map(|member| Bounds::of(member)).collect();
        for overlapping in overlapping_groups(&snapped, &bounds) {
            let members: Vec<Polygons> = overlapping.iter().map(|i| to_polygons(snapped[*i])).collect();
            united.push(match members.as_slice() {
                [member] => member.clone(),
                _ => overlay::union(&members.iter().collect::<Vec<_>>()),
            });
        }
    }
    // Overlay has rounded its crossings and dropped points on straight edges.
    node(&mut united, tolerance);
    outline(&chain::uncancelled(united.iter())?)
}

/// The valid outline of the edges, repaired where rounding has made it touch itself.
fn outline(edges: &[chain::Edge]) -> Option<MultiPolygon> {
    let polygons = chain::polygons(edges)?;
    let outline = from_nodes(polygons);
    if is_valid(&outline) {
        return Some(outline);
    }
    let outline = from_nodes(overlay::odd_even(&to_polygons(&outline)));
    is_valid(&outline).then_some(outline)
}

/// The area within directed edges, in m²: Green's theorem needs no rings.
fn enclosed_m2(edges: &[chain::Edge], plane: &Plane) -> f64 {
    let term = |edge: &chain::Edge| {
        let (a, b) = (plane.project(edge.0.into()), plane.project(edge.1.into()));
        a.x * b.y - b.x * a.y
    };
    edges.iter().map(term).sum::<f64>() / 2.0
}

fn perimeter_m(geometry: &MultiPolygon, plane: &Plane) -> f64 {
    let length = |pair: &[Coord]| {
        let side = plane.project(pair[1]) - plane.project(pair[0]);
        (side.x * side.x + side.y * side.y).sqrt()
    };
    super::rings(geometry).flat_map(|ring| ring.0.windows(2)).map(length).sum()
}

#[expect(clippy::cast_precision_loss, reason = "a block has far fewer than 2^53 members")]
fn count(members: usize) -> f64 {
    members as f64
}
