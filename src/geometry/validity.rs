//! From rings as delivered to a geometry that is valid on the grid.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::grid::{Node, Polygons, cross, signed_area};
use super::overlay;
use super::valid::is_valid;
use super::wkb::RawPolygons;
use crate::domain::RejectCode;
use crate::fault::{self, Fault};

/// A valid geometry on the grid, shells counter-clockwise and holes clockwise, and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// Never empty.
    pub geometry: MultiPolygon,
    /// A ring's last point was not its first.
    pub ring_closed: bool,
    /// The geometry was invalid: a ring had collapsed, or it was rebuilt by the odd-even rule.
    pub repaired: bool,
}

/// Rounds, closes, cleans, orients and, if need be, repairs.
///
/// # Errors
/// `GeometryNotFinite`, `CoordinatesOutside` (lon ±180, lat ±90), `GeometryCollapsed` when nothing is left,
/// `GeometryInvalid` when repair fails.
pub fn settle(raw: RawPolygons) -> Result<Settled, RejectCode> {
    let (mut ring_closed, mut repaired) = (false, false);
    let mut nodes = Vec::new();
    let mut polygons = Vec::with_capacity(raw.0.len());
    for raw_rings in raw.0 {
        let mut shell = None;
        let mut holes = Vec::new();
        for (position, ring) in raw_rings.into_iter().enumerate() {
            to_nodes(&ring, &mut nodes)?;
            let closed = nodes.len() > 1 && nodes.first() == nodes.last();
            let kept = tidy(&mut nodes, position == 0);
            if fault::is_on(Fault::DroppedVertex) {
                nodes.pop();
            }
            ring_closed |= kept && !closed;
            repaired |= !kept;
            if kept {
                let line = closed_line(&nodes, ring);
                if position == 0 { shell = Some(line) } else { holes.push(line) }
            } else if position == 0 {
                break;
            }
        }
        polygons.extend(shell.map(|shell| Polygon::new(shell, holes)));
    }
    let mut geometry = MultiPolygon(polygons);
    if !is_valid(&geometry) {
        repaired = true;
        let odd = overlay::odd_even(&to_polygons(&geometry)).ok_or(RejectCode::GeometryInvalid)?;
        geometry = from_nodes(odd);
        if !is_valid(&geometry) {
            return Err(RejectCode::GeometryInvalid);
        }
    }
    if geometry.0.is_empty() {
        return Err(RejectCode::GeometryCollapsed);
    }
    Ok(Settled { geometry, ring_closed, repaired })
}

/// Rounds a ring as delivered to the grid.
fn to_nodes(ring: &[Coord], nodes: &mut Vec<Node>) -> Result<(), RejectCode> {
    nodes.clear();
    for coord in ring {
        if !(coord.x.is_finite() && coord.y.is_finite()) {
            return Err(RejectCode::GeometryNotFinite);
        }
        if coord.x.abs() > 180.0 || coord.y.abs() > 90.0 {
            return Err(RejectCode::CoordinatesOutside);
        }
        nodes.push(Node::from(*coord));
    }
    Ok(())
}

/// Drops repeated points and a closing one and orients the ring; false when it has no area to enclose.
fn tidy(ring: &mut Vec<Node>, is_shell: bool) -> bool {
    ring.dedup();
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let area = signed_area(ring);
    // A figure of eight may have no signed area, yet its points do not lie on one line.
    if area == 0 && (ring.len() < 3 || ring.iter().all(|point| cross(ring[0], ring[1], *point) == 0)) {
        return false;
    }
    if (area > 0) != is_shell {
        ring.reverse();
    }
    true
}

/// The ring in degrees, closed, in the memory of `line`.
fn closed_line(ring: &[Node], mut line: Vec<Coord>) -> LineString {
    line.clear();
    line.extend(ring.iter().chain(ring.first()).map(|node| Coord::from(*node)));
    LineString(line)
}

/// The grid points of a settled geometry.
pub(super) fn to_polygons(geometry: &MultiPolygon) -> Polygons {
    let ring = |line: &LineString| line.0.iter().skip(1).map(|coord| Node::from(*coord)).collect();
    let polygon = |p: &Polygon| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect();
    geometry.iter().map(polygon).collect()
}

/// A geometry of tidied, oriented, closed rings; rings that have collapsed are left out.
pub(super) fn from_nodes(polygons: Polygons) -> MultiPolygon {
    let polygon = |rings: Vec<Vec<Node>>| {
        let mut rings = rings.into_iter();
        let line = |mut ring: Vec<Node>, is_shell| tidy(&mut ring, is_shell).then(|| closed_line(&ring, Vec::new()));
        let shell = line(rings.next()?, true)?;
        Some(Polygon::new(shell, rings.filter_map(|ring| line(ring, false)).collect()))
    };
    polygons.into_iter().filter_map(polygon).collect()
}

#[cfg(test)]
mod tests {
    use super::super::wkb;
    use super::*;
    use geo::{Area, Validation};
    use proptest::prelude::*;

    /// Polygons of rings of points in thousandths of a degree.
    fn raw(polygons: &[&[&[(i32, i32)]]]) -> RawPolygons {
        let coord = |p: &(i32, i32)| Coord { x: f64::from(p.0) / 1000.0, y: f64::from(p.1) / 1000.0 };
        let ring = |ring: &&[(i32, i32)]| ring.iter().map(coord).collect();
        RawPolygons(polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect())
    }

    /// Area in the square thousandths of the points, and the settled geometry.
    fn settled(polygons: &[&[&[(i32, i32)]]]) -> (f64, Settled) {
        let settled = settle(raw(polygons)).unwrap();
        assert!(settled.geometry.is_valid() && is_valid(&settled.geometry));
        assert!(settled.geometry.iter().all(|p| p.signed_area() > 0.0));
        ((settled.geometry.signed_area() * 1e6 * 1e6).round() / 1e6, settled)
    }

    const SQUARE: &[(i32, i32)] = &[(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)];

    #[test]
    fn valid_geometry_passes_as_it_is() {
        let (area, whole) = settled(&[&[SQUARE]]);
        assert!((area - 100.0).abs() < 1e-6 && !whole.ring_closed && !whole.repaired);
        let (area, clockwise) = settled(&[&[&[(0, 0), (0, 10), (10, 10), (10, 0), (0, 0)]]]);
        assert!((area - 100.0).abs() < 1e-6 && !clockwise.repaired);
    }

    #[test]
    fn an_unclosed_ring_is_closed_and_said_so() {
        let (area, closed) = settled(&[&[&SQUARE[..4]]]);
        assert!((area - 100.0).abs() < 1e-6 && closed.ring_closed && !closed.repaired);
    }

    #[test]
    fn repeated_points_are_dropped_silently() {
        let (_, deduped) = settled(&[&[&[(0, 0), (10, 0), (10, 0), (10, 10), (0, 10), (0, 0), (0, 0)]]]);
        assert_eq!(deduped.geometry.0[0].exterior().0.len(), 5);
        assert!(!deduped.repaired && !deduped.ring_closed);
    }

    #[test]
    fn invalid_rings_are_repaired_by_the_odd_even_rule() {
        let hole_outside: &[(i32, i32)] = &[(20, 0), (22, 0), (22, 2), (20, 2), (20, 0)];
        let inner: &[(i32, i32)] = &[(2, 2), (8, 2), (8, 8), (2, 8), (2, 2)];
        for (name, polygons, area, parts) in [
            ("bow-tie", &[&[&[(0, 0), (10, 10), (10, 0), (0, 10), (0, 0)][..]][..]][..], 50.0, 2),
            ("hole outside", &[&[SQUARE, hole_outside]], 104.0, 2),
            ("hole on the edge", &[&[SQUARE, &[(0, 2), (2, 2), (2, 4), (0, 4), (0, 2)]]], 96.0, 1),
            ("hole in a hole", &[&[SQUARE, inner, &[(4, 4), (6, 4), (6, 6), (4, 6), (4, 4)]]], 68.0, 2),
            ("nested shells", &[&[SQUARE], &[inner]], 64.0, 1),
            ("overlapping parts", &[&[SQUARE], &[&[(5, 0), (15, 0), (15, 10), (5, 10), (5, 0)]]], 100.0, 2),
            ("parts along a line", &[&[SQUARE], &[&[(10, 0), (20, 0), (20, 10), (10, 10), (10, 0)]]], 200.0, 1),
            ("spike", &[&[&[(0, 0), (10, 0), (10, 10), (5, 10), (5, 20), (5, 10), (0, 10), (0, 0)]]], 100.0, 1),
            (
                "inverted hole",
                &[&[&[(0, 0), (10, 0), (10, 10), (5, 10), (7, 5), (3, 5), (5, 10), (0, 10), (0, 0)]]],
                90.0,
                1,
            ),
            ("a hole that cuts it in two", &[&[SQUARE, &[(0, 0), (4, 6), (10, 10), (6, 4), (0, 0)]]], 80.0, 2),
        ] {
            let (found, repaired) = settled(polygons);
            assert!((found - area).abs() < 1e-3, "{name}: {found}");
            assert!(repaired.repaired, "{name}");
            assert_eq!(repaired.geometry.0.len(), parts, "{name}");
        }
    }

    #[test]
    fn what_collapses_is_dropped_and_what_remains_is_kept() {
        let line: &[(i32, i32)] = &[(1, 1), (2, 2), (3, 3), (1, 1)];
        for collapsed in [line, &[(1, 1), (2, 2)][..], &[(1, 1)][..], &[][..]] {
            assert_eq!(settle(raw(&[&[collapsed]])), Err(RejectCode::GeometryCollapsed));
            let (area, kept) = settled(&[&[SQUARE, collapsed], &[collapsed, SQUARE]]);
            assert!((area - 100.0).abs() < 1e-6 && kept.repaired && kept.geometry.0.len() == 1);
        }
        let twice: &[&[(i32, i32)]] = &[SQUARE];
        assert_eq!(settle(raw(&[twice, twice])), Err(RejectCode::GeometryCollapsed));
        let speck =
            vec![Coord { x: 120.0, y: 30.0 }, Coord { x: 120.0 + 4e-10, y: 30.0 }, Coord { x: 120.0, y: 30.0 + 4e-10 }];
        assert_eq!(settle(RawPolygons(vec![vec![speck]])), Err(RejectCode::GeometryCollapsed));
    }

    #[test]
    fn wild_coordinates_are_refused() {
        for (x, code) in [
            (f64::NAN, RejectCode::GeometryNotFinite),
            (f64::INFINITY, RejectCode::GeometryNotFinite),
            (500_000.0, RejectCode::CoordinatesOutside),
        ] {
            let ring = vec![Coord { x: 0.0, y: 0.0 }, Coord { x, y: 0.0 }, Coord { x: 1.0, y: 1.0 }];
            assert_eq!(settle(RawPolygons(vec![vec![ring]])), Err(code));
        }
    }

    #[test]
    fn an_interior_cut_where_no_vertex_is_shared_is_repaired() {
        // In 512ths of a degree: the hole's corners lie on the shell's edges, exactly.
        let parts = |points: &[(i32, i32)]| {
            points.iter().map(|p| Coord { x: f64::from(p.0) / 512.0, y: f64::from(p.1) / 512.0 }).collect()
        };
        let cut = settle(RawPolygons(vec![vec![
            parts(&[(0, 60), (0, 0), (60, 0), (60, 60)]),
            parts(&[(0, 40), (20, 20), (60, 20)]),
        ]]))
        .unwrap();
        assert!(cut.repaired && cut.geometry.0.len() == 2);
        assert!((cut.geometry.unsigned_area() * 512.0 * 512.0 - 3_200.0).abs() < 1e-6);
    }

    #[test]
    fn touching_is_valid_where_the_interior_stays_whole() {
        let hole_at_a_corner: &[(i32, i32)] = &[(0, 0), (2, 4), (4, 2), (0, 0)];
        let (_, touching) = settled(&[&[SQUARE, hole_at_a_corner]]);
        assert!(!touching.repaired);
        let (_, corners) = settled(&[&[SQUARE], &[&[(10, 10), (20, 10), (20, 20), (10, 10)]]]);
        assert!(!corners.repaired);
    }

    fn points() -> impl Strategy<Value = Vec<(i32, i32)>> {
        prop::collection::vec((0..7, 0..7), 3..9)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_settled_geometry_is_valid_on_the_grid_and_settles_to_itself(rings in prop::collection::vec(points(), 1..4)) {
            let rings: Vec<&[(i32, i32)]> = rings.iter().map(Vec::as_slice).collect();
            match settle(raw(&[&rings])) {
                Ok(settled) => {
                    prop_assert!(settled.geometry.is_valid());
                    let again = RawPolygons(settled.geometry.iter().map(|p| {
                        std::iter::once(p.exterior()).chain(p.interiors()).map(|r| r.0.clone()).collect()
                    }).collect());
                    let again = settle(again).unwrap();
                    prop_assert!(!again.repaired && !again.ring_closed);
                    prop_assert_eq!(again.geometry, settled.geometry);
                }
                Err(code) => prop_assert_eq!(code, RejectCode::GeometryCollapsed),
            }
        }

        /// From specks to half the world: repair must neither panic nor give up.
        #[test]
        fn wild_rings_settle_or_collapse(
            rings in prop::collection::vec(prop::collection::vec((-1.0..1.0, -1.0..1.0), 3..12), 1..5),
            exponent in -9.0..0.0_f64,
        ) {
            let size = libm::pow(10.0, exponent);
            let coord = |p: &(f64, f64)| Coord { x: 120.0 + p.0 * size * 60.0, y: 30.0 + p.1 * size * 60.0 };
            let rings = rings.iter().map(|ring| ring.iter().map(coord).collect()).collect();
            match settle(RawPolygons(vec![rings])) {
                Ok(settled) => prop_assert!(settled.geometry.is_valid()),
                Err(code) => prop_assert_eq!(code, RejectCode::GeometryCollapsed),
            }
        }

        /// GEOS is the truth, on multiples of 2⁻⁹ degrees: there doubles lie on the grid, and touches are exact.
        #[test]
        fn our_check_agrees_with_geos(rings in prop::collection::vec(points(), 1..5), as_parts in any::<bool>()) {
            const STEP: i64 = 1_953_125;
            let node = |p: &(i32, i32)| Node { lon: STEP * i64::from(p.0), lat: STEP * i64::from(p.1) };
            let tidied: Vec<Vec<Node>> = rings.iter().enumerate().filter_map(|(at, ring)| {
                let mut ring: Vec<Node> = ring.iter().map(node).collect();
                tidy(&mut ring, as_parts || at == 0).then_some(ring)
            }).collect();
            let polygons = if as_parts { tidied.into_iter().map(|ring| vec![ring]).collect() } else { vec![tidied] };
            let geometry = from_nodes(polygons);
            prop_assert_eq!(is_valid(&geometry), geos_is_valid(&geometry), "{:?}", geometry);
        }
    }

    fn geos_is_valid(geometry: &MultiPolygon) -> bool {
        /// GEOS says why a geometry is not valid, each time.
        static QUIET: std::sync::Once = std::sync::Once::new();
        QUIET.call_once(|| gdal::config::set_error_handler(|_, _, _| {}));
        let mut bytes = Vec::new();
        wkb::encode(geometry, &mut bytes);
        gdal::vector::Geometry::from_wkb(&bytes).unwrap().is_valid()
    }
}
