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
use super::valid::{is_valid, root};
use super::validity::{from_nodes, to_polygons};
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

/// How far, in metres, rounding to the grid may move an edge that crosses others.
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
    let clean = || groups.iter().filter(|group| group.len() == 1).map(|group| group[0]);
    let edges = chain::uncancelled(clean().map(|i| &pieces[i]));
    covered += match &edges {
        Some(edges) => enclosed_m2(edges, &plane),
        None => clean().map(|i| area_m2(members[i])).sum(),
    };

    let is_right = |outline: &MultiPolygon, tolerance: f64| {
        (area_m2(outline) - covered).abs() <= tolerance * boundary_m + 1e-9 * covered + 1e-4
    };
    let merged = if boundary_m == 0.0 {
        let outline = edges.as_deref().and_then(chain::polygons).map(from_nodes);
        outline.filter(|outline| is_valid(outline) && is_right(outline, 0.0))
    } else {
        // Where snapping makes a knot, what was delivered may still unite.
        [snap_m, 0.0].into_iter().find_map(|tolerance| {
            let outline = snapped_outline(pieces.clone(), tolerance);
            outline.filter(|outline| is_right(outline, 2.0 * tolerance + GRID_M))
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

/// Brings boundaries onto common points within `tolerance` metres, and unites.
fn snapped_outline(mut pieces: Vec<Polygons>, tolerance: f64) -> Option<MultiPolygon> {
    node(&mut pieces, tolerance);
    let outline = from_nodes(overlay::union(pieces.iter())?);
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

#[cfg(test)]
mod tests {
    use super::super::area::area;
    use super::super::grid::Node;
    use super::*;
    use geo::Validation;
    use proptest::prelude::*;

    /// Units of 0.1 mm about 120.5° E 30° N: a rectangle and, if any, its hole.
    fn rect(west: i64, south: i64, east: i64, north: i64, hole: Option<[i64; 4]>) -> MultiPolygon {
        let node = |lon, lat| Node { lon: 120_500_000_000 + lon, lat: 30_000_000_000 + lat };
        let ring = |[w, s, e, n]: [i64; 4]| vec![node(w, s), node(e, s), node(e, n), node(w, n)];
        let mut rings = vec![ring([west, south, east, north])];
        rings.extend(hole.map(ring));
        from_nodes(vec![rings])
    }

    fn dissolved(members: &[MultiPolygon]) -> Dissolved {
        let found = dissolve(&members.iter().collect::<Vec<_>>(), 0.002);
        holds_law_3(members, &found);
        found
    }

    fn holds_law_3(members: &[MultiPolygon], found: &Dissolved) {
        let sum: i64 = members.iter().map(|member| area(member).cm2()).sum();
        let off = found.outline_area.cm2() - (sum - found.overlap_area.cm2());
        let allowed = sum / 1_000_000_000 + i64::try_from(members.len()).unwrap();
        assert!(off.abs() <= allowed, "off by {off} cm², allowed {allowed}");
        if found.is_merged {
            assert!(found.outline.is_valid(), "{:?}", found.outline);
        }
    }

    const M: i64 = 10_000;

    #[test]
    fn clean_neighbours_cancel_exactly() {
        let quarters = [
            rect(0, 0, 50 * M, 50 * M, None),
            rect(50 * M, 0, 90 * M, 50 * M, None),
            rect(0, 50 * M, 50 * M, 80 * M, None),
            rect(50 * M, 50 * M, 90 * M, 80 * M, None),
        ];
        let found = dissolved(&quarters);
        assert!(found.is_merged && found.overlap_area == SquareMetres::ZERO);
        assert_eq!(found.outline.0.len(), 1);
        assert_eq!(found.outline.0[0].exterior().0.len(), 9);
        assert_eq!(found.outline_area, area(&found.outline));
    }

    #[test]
    fn a_lane_a_corner_an_enclave_and_nothing() {
        let lane = dissolved(&[rect(0, 0, 50 * M, 50 * M, None), rect(60 * M, 0, 90 * M, 50 * M, None)]);
        assert!(lane.is_merged && lane.outline.0.len() == 2);
        let corner = dissolved(&[rect(0, 0, 50 * M, 50 * M, None), rect(50 * M, 50 * M, 90 * M, 90 * M, None)]);
        assert!(corner.is_merged && corner.outline.0.len() == 2);
        let holed = rect(0, 0, 90 * M, 90 * M, Some([30 * M, 30 * M, 60 * M, 60 * M]));
        let filled = dissolved(&[holed.clone(), rect(30 * M, 30 * M, 60 * M, 60 * M, None)]);
        assert!(filled.is_merged && filled.outline.0.len() == 1 && filled.outline.0[0].interiors().is_empty());
        let half = dissolved(&[holed, rect(30 * M, 30 * M, 60 * M, 45 * M, None)]);
        assert!(half.is_merged && half.outline.0[0].interiors().len() == 1);
        assert_eq!(dissolved(&[]).outline_area, SquareMetres::ZERO);
    }

    #[test]
    fn an_overlap_is_counted_as_often_as_it_is_repeated() {
        let square = rect(0, 0, 50 * M, 50 * M, None);
        let thrice = dissolved(&[square.clone(), square.clone(), square.clone()]);
        assert!((thrice.overlap_area.cm2() - 2 * area(&square).cm2()).abs() <= 1);
        assert_eq!(thrice.outline, square);
        let half = dissolved(&[square.clone(), rect(25 * M, 0, 75 * M, 50 * M, None)]);
        assert!((half.overlap_area.cm2() - area(&square).cm2() / 2).abs() <= 1);
        assert!(half.is_merged && half.outline.0.len() == 1);
        let within = dissolved(&[square.clone(), rect(10 * M, 10 * M, 20 * M, 20 * M, None)]);
        assert!(within.is_merged && within.outline == square);
    }

    #[test]
    fn slivers_of_two_millimetres_are_snapped_shut() {
        for gap in [-15, -5, 5, 15] {
            let found =
                dissolved(&[rect(0, 0, 50 * M, 50 * M, None), rect(50 * M + gap, 10 * M, 90 * M, 30 * M, None)]);
            assert!(found.is_merged && found.outline.0.len() == 1, "{gap}");
            assert!(found.outline.0[0].interiors().is_empty(), "{gap}");
            assert_eq!(found.overlap_area.cm2() > 0, gap < 0);
        }
        let lane = dissolved(&[rect(0, 0, 50 * M, 50 * M, None), rect(50 * M + 40, 10 * M, 90 * M, 30 * M, None)]);
        assert_eq!(lane.outline.0.len(), 2);
    }

    /// A straight line between degrees bends in the plane of areas: a vertex put on it moves some of the area.
    #[test]
    fn a_vertex_on_a_diagonal_of_kilometres_is_united() {
        let node = |x: i64, y: i64| Node { lon: 120_500_000_000 + x * M, lat: 30_000_000_000 + y * M };
        for side in [100, 1_000, 2_000] {
            let large = from_nodes(vec![vec![vec![node(0, 0), node(side, side), node(0, side)]]]);
            let (near, far) = (side / 4, 3 * side / 4);
            let small = from_nodes(vec![vec![vec![node(near, near), node(far, near), node(far, far)]]]);
            let found = dissolved(&[large, small]);
            assert!(found.is_merged && found.outline.0.len() == 1, "{side} m");
        }
    }

    /// A rectangle cut into columns, each cut into cells of its own (T-junctions), turned by a shear so that cuts
    /// fall off the grid; some cells are left out, some shifted over their neighbours.
    #[derive(Debug, Clone)]
    struct Plan {
        columns: Vec<(i64, Vec<i64>)>,
        shear: i64,
        holes: Vec<u8>,
        shifted: Option<(usize, i64, i64)>,
    }

    fn plan() -> impl Strategy<Value = Plan> {
        let heights = prop::collection::vec(5 * M..60 * M, 1..5);
        (
            prop::collection::vec((5 * M..80 * M, heights), 1..5),
            -3000..3000_i64,
            prop::collection::vec(0..4_u8, 20),
            prop::option::of((0..20_usize, -4 * M..4 * M, -4 * M..4 * M)),
        )
            .prop_map(|(columns, shear, holes, shifted)| Plan { columns, shear, holes, shifted })
    }

    fn members(plan: &Plan) -> Vec<MultiPolygon> {
        let node = |x: i64, y: i64| Node {
            lon: 120_500_000_000 + x + y * plan.shear / 10_000,
            lat: 30_000_000_000 + y - x * plan.shear / 10_000,
        };
        let mut members = Vec::new();
        let mut west = 0;
        for (width, heights) in &plan.columns {
            let mut south = 0;
            for height in heights {
                let (dx, dy) = match plan.shifted {
                    Some((at, dx, dy)) if at == members.len() => (dx, dy),
                    _ => (0, 0),
                };
                let (left, low) = (west + dx, south + dy);
                let (right, top) = (left + width, low + height);
                let mut rings = vec![vec![node(left, low), node(right, low), node(right, top), node(left, top)]];
                match plan.holes[members.len() % plan.holes.len()] {
                    1 => {
                        // A hole, and in it an enclave that fills it to its northern edge.
                        let (x, y) = (left + width / 4, low + height / 4);
                        let hole = vec![node(x, y), node(x + M, y), node(x + M, y + M), node(x, y + M)];
                        rings.push(hole.clone());
                        members.push(from_nodes(vec![vec![hole]]));
                    }
                    2 => rings.push(vec![
                        node(left + M, low + M),
                        node(left + 2 * M, low + M),
                        node(left + M, low + 2 * M),
                    ]),
                    3 if members.len() > 2 => rings.clear(),
                    _ => {}
                }
                if !rings.is_empty() {
                    members.push(from_nodes(vec![rings]));
                }
                south += height;
            }
            west += width;
        }
        members
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn any_plan_keeps_law_3_and_is_valid_and_order_does_not_matter(plan in plan(), turn in 0..100_usize) {
            let mut members = members(&plan);
            let found = dissolved(&members);
            prop_assert!(found.is_merged);
            let turn = turn % members.len();
            members.rotate_left(turn);
            members.reverse();
            prop_assert_eq!(dissolved(&members), found);
        }
    }
}
