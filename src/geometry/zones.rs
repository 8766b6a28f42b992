//! How much of a parcel lies in each of many zones. Most parcels lie wholly inside or outside a zone: the boxes of its
//! edges tell that exactly. Only a parcel whose box an edge of the zone meets is cut, in the equal-area plane, by the
//! edges in that box alone.

use geo::{Coord, MultiPolygon};

use super::adjacency::Bounds;
use super::area::{area_by, ring_m2, round};
use super::bands::Bands;
use super::coverage::{self, Outline, Sweep};
use super::ellipsoid::{Plane, zone_at};
use crate::domain::SquareMetres;

/// Half a cm² in m²: what differs by less is the same.
const SAME_M2: f64 = 0.5e-4;

/// Zones to be asked about parcels.
pub struct Zones {
    zones: Vec<Zone>,
    bands: Bands,
}

struct Zone {
    number: usize,
    bounds: Bounds,
    edges: Vec<Edge>,
    /// The edges' boxes.
    boxes: Vec<Bounds>,
    bands: Bands,
    area_m2: f64,
}

/// An edge as the rings run.
type Edge = [Vertex; 2];

/// A point in degrees with the [`zone_at`] of its latitude.
#[derive(Clone, Copy)]
struct Vertex {
    at: Coord,
    zone: f64,
}

/// Asks zones about one parcel after another: what it needs room for is kept from one to the next.
pub struct Survey<'z> {
    zones: &'z Zones,
    /// The edges of a zone that meet the parcel's box.
    near: Vec<usize>,
    /// From where on eastward a zone winds how much more often round what is just south of the box.
    south: Vec<(f64, i32)>,
    sweep: Sweep,
    found: Vec<(usize, SquareMetres)>,
}

/// A parcel in its own plane.
struct Cut {
    plane: Plane,
    south: f64,
    outline: Outline,
    area_m2: f64,
}

impl Zones {
    /// Valid geometries, shells counter-clockwise and holes clockwise, in an order by which they are named; an empty one shares nothing.
    #[must_use]
    pub fn of<'a>(geometries: impl IntoIterator<Item = &'a MultiPolygon>) -> Self {
        let zone = |(number, geometry)| {
            let bounds = Bounds::of(geometry)?;
            let mut edges = Vec::new();
            let area_m2 = walk(geometry, |ring| edges.extend(ring.windows(2).map(|pair| [pair[0], pair[1]])));
            let boxes: Vec<Bounds> = edges.iter().map(bounds_of).collect();
            let bands = Bands::of(&boxes, |edge| (edge.min_lat, edge.max_lat));
            Some(Zone { number, bounds, edges, boxes, bands, area_m2 })
        };
        let zones: Vec<Zone> = geometries.into_iter().enumerate().filter_map(zone).collect();
        let bands = Bands::of(&zones, |zone| (zone.bounds.min_lat, zone.bounds.max_lat));
        Self { zones, bands }
    }

    /// To ask them about parcels.
    #[must_use]
    pub fn survey(&self) -> Survey<'_> {
        Survey { zones: self, near: Vec::new(), south: Vec::new(), sweep: Sweep::default(), found: Vec::new() }
    }
}

impl Survey<'_> {
    /// The zones that share at least half a cm² with a parcel, by number, each with the shared area: all of the
    /// parcel's where the parcel lies in the zone, all of the zone's where the zone lies in the parcel.
    /// `shape` is asked for only where an edge of a zone meets the parcel's box.
    pub fn shared(
        &mut self,
        bounds: &Bounds,
        area: SquareMetres,
        shape: impl Fn() -> Option<MultiPolygon>,
    ) -> &[(usize, SquareMetres)] {
        self.found.clear();
        let mut cut = None;
        for at in self.zones.bands.near(bounds.min_lat, bounds.max_lat).flatten() {
            let zone = &self.zones.zones[*at];
            if !zone.bounds.meets(bounds) {
                continue;
            }
            let winding = zone.place(bounds, &mut self.near);
            let shared = if !self.near.is_empty() {
                let cut = cut.get_or_insert_with(|| shape().map(|shape| Cut::of(&shape, bounds)));
                cut.as_ref().map_or(SquareMetres::ZERO, |cut| {
                    let near = self.near.iter().map(|at| zone.edges[*at]);
                    let m2 = cut.shared(near, winding, &mut self.south, &mut self.sweep);
                    if cut.area_m2 - m2 < SAME_M2 {
                        area
                    } else if zone.area_m2 - m2 < SAME_M2 {
                        round(zone.area_m2)
                    } else {
                        round(m2)
                    }
                })
            } else if winding > 0 {
                area
            } else {
                SquareMetres::ZERO
            };
            if shared > SquareMetres::ZERO {
                self.found.push((zone.number, shared));
            }
        }
        self.found.sort_unstable();
        &self.found
    }
}

impl Zone {
    /// Leaves in `near` the edges that meet a parcel's box, and tells how often the zone winds round what is just south of
    /// the box's south-western corner, these aside. Exact: a ray west along the box's southern side meets all that
    /// passes there, and what bounds the box's inside meets the box.
    fn place(&self, bounds: &Bounds, near: &mut Vec<usize>) -> i32 {
        near.clear();
        let mut winding = 0;
        for at in self.bands.near(bounds.min_lat, bounds.max_lat).flatten() {
            let edge = &self.boxes[*at];
            if edge.max_lon < bounds.min_lon {
                if edge.min_lat < bounds.min_lat && bounds.min_lat <= edge.max_lat {
                    let [a, b] = &self.edges[*at];
                    winding += passes(a.at.y < bounds.min_lat, b.at.y < bounds.min_lat);
                }
            } else if edge.meets(bounds) {
                near.push(*at);
            }
        }
        // As the rings run: then one edge mostly begins where another ends.
        near.sort_unstable();
        winding
    }
}

impl Cut {
    fn of(shape: &MultiPolygon, bounds: &Bounds) -> Self {
        let plane = Plane::at(bounds.centre());
        let south = plane.project(Coord { x: bounds.min_lon, y: bounds.min_lat }).y;
        let (mut outline, mut points) = (Outline::default(), Vec::new());
        let area_m2 = walk(shape, |ring| {
            points.clear();
            points.extend(ring.iter().map(|vertex| plane.project_zone(vertex.at.x, vertex.zone)));
            outline.add(&points, 0);
        });
        outline.sort();
        Self { plane, south, outline, area_m2 }
    }

    /// The area in m² that the parcel shares with the zone of these edges, of which `winding` is what [`Zone::place`] tells.
    fn shared(
        &self,
        near: impl Iterator<Item = Edge>,
        winding: i32,
        south: &mut Vec<(f64, i32)>,
        sweep: &mut Sweep,
    ) -> f64 {
        south.clear();
        south.push((f64::NEG_INFINITY, winding));
        sweep.begin(&self.outline);
        sweep.add(near.filter_map(|edge| {
            let [a, b] = edge.map(|vertex| self.plane.project_zone(vertex.at.x, vertex.zone));
            // Of an edge that comes from the south, what lies there only winds round what is east of it.
            let (is_south, ends_south) = (a.y < self.south, b.y < self.south);
            let border = || Coord { x: a.x + (b.x - a.x) * ((self.south - a.y) / (b.y - a.y)), y: self.south };
            let (start, end) = (if is_south { border() } else { a }, if ends_south { border() } else { b });
            if is_south != ends_south {
                south.push((border().x, passes(is_south, ends_south)));
            }
            coverage::Edge::new(start, end, 1)
        }));
        south.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        sweep.shared(south)
    }
}

/// Passes over the rings of a geometry, and tells its area in m².
fn walk(geometry: &MultiPolygon, mut each: impl FnMut(&[Vertex])) -> f64 {
    let mut vertices = Vec::new();
    area_by(geometry, |ring| {
        vertices.clear();
        vertices.extend(ring.0.iter().map(|at| Vertex { at: *at, zone: zone_at(at.y) }));
        each(&vertices);
        ring_m2(vertices.iter().map(|vertex| (vertex.at.x, vertex.zone)))
    })
}

/// How much more often a ring winds round what is east of one of its edges, by whether that begins and ends in the south.
fn passes(is_south: bool, ends_south: bool) -> i32 {
    i32::from(ends_south) - i32::from(is_south)
}

fn bounds_of([a, b]: &Edge) -> Bounds {
    Bounds {
        min_lon: a.at.x.min(b.at.x),
        min_lat: a.at.y.min(b.at.y),
        max_lon: a.at.x.max(b.at.x),
        max_lat: a.at.y.max(b.at.y),
    }
}

#[cfg(test)]
mod tests {
    use super::super::area::area;
    use super::super::grid::Node;
    use super::super::rings;
    use super::super::validity::from_nodes;
    use super::*;
    use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
    use geo::{Area, BooleanOps, MapCoords};
    use proptest::prelude::*;

    /// About a metre, in grid units.
    const M: i64 = 10_000;

    fn node(x: i64, y: i64) -> Node {
        Node { lon: 120_500_000_000 + x, lat: 30_000_000_000 + y }
    }

    fn ring([west, south, east, north]: [i64; 4]) -> Vec<Node> {
        vec![node(west, south), node(east, south), node(east, north), node(west, north)]
    }

    /// A rectangle in about metres, less holes.
    fn rect(shell: [i64; 4], holes: &[[i64; 4]]) -> MultiPolygon {
        let rings = std::iter::once(&shell).chain(holes).map(|sides| ring(sides.map(|side| side * M)));
        from_nodes(vec![rings.collect()])
    }

    fn both(a: MultiPolygon, b: MultiPolygon) -> MultiPolygon {
        a.into_iter().chain(b).collect()
    }

    fn shared(zones: &[MultiPolygon], parcel: &MultiPolygon) -> Vec<(usize, SquareMetres)> {
        let zones = Zones::of(zones);
        zones.survey().shared(&Bounds::of(parcel).unwrap(), area(parcel), || Some(parcel.clone())).to_vec()
    }

    fn cm2(zone: &MultiPolygon, parcel: &MultiPolygon) -> i64 {
        shared(std::slice::from_ref(zone), parcel).first().map_or(0, |(_, area)| area.cm2())
    }

    fn perimeter_m(geometry: &MultiPolygon) -> f64 {
        let plane = Plane::at(Bounds::of(geometry).unwrap().centre());
        let length = |pair: &[Coord]| {
            let side = plane.project(pair[1]) - plane.project(pair[0]);
            (side.x * side.x + side.y * side.y).sqrt()
        };
        rings(geometry).flat_map(|ring| ring.0.windows(2)).map(length).sum()
    }

    #[test]
    fn a_parcel_lies_inside_outside_or_across() {
        let parcel = rect([0, 0, 100, 60], &[]);
        let whole = area(&parcel).cm2();
        let part = |sides| area(&rect(sides, &[])).cm2();
        for (name, zone, expected) in [
            ("far inside", rect([-500, -500, 500, 500], &[]), whole),
            ("inside, along one side", rect([0, -500, 500, 500], &[]), whole),
            ("the same", parcel.clone(), whole),
            ("outside, box and all", rect([200, 0, 300, 60], &[]), 0),
            ("outside, within the box", rect([-500, -500, 500, 500], &[[-10, -10, 110, 70]]), 0),
            ("fills the hole", rect([-500, -500, 500, 500], &[[0, 0, 100, 60]]), 0),
            ("touching along a side", rect([100, 0, 200, 60], &[]), 0),
            ("touching in a corner", rect([100, 60, 200, 160], &[]), 0),
            ("half", rect([50, -500, 500, 500], &[]), part([50, 0, 100, 60])),
            ("a corner", rect([-50, 20, 30, 500], &[]), part([0, 20, 30, 60])),
            ("a zone in the parcel", rect([10, 10, 30, 30], &[]), part([10, 10, 30, 30])),
            ("a hole in the parcel", rect([-50, -50, 500, 500], &[[10, 10, 30, 30]]), whole - part([10, 10, 30, 30])),
            (
                "two parts",
                both(rect([-9, -9, 20, 99], &[]), rect([80, -9, 150, 99], &[])),
                part([0, 0, 20, 60]) + part([80, 0, 100, 60]),
            ),
            ("nothing", MultiPolygon(Vec::new()), 0),
        ] {
            assert!((cm2(&zone, &parcel) - expected).abs() <= 1, "{name}: {} {expected}", cm2(&zone, &parcel));
        }
        assert_eq!(cm2(&parcel, &parcel), whole);
        let enclave = rect([10, 10, 30, 30], &[]);
        assert_eq!(cm2(&enclave, &parcel), area(&enclave).cm2());
        // A parcel with a hole in it, and a zone in the hole.
        assert_eq!(cm2(&enclave, &rect([0, 0, 100, 60], &[[10, 10, 30, 30]])), 0);
    }

    #[test]
    fn only_parcels_near_an_edge_are_looked_at() {
        let zones =
            Zones::of([&rect([-500, -500, 500, 500], &[]), &MultiPolygon(Vec::new()), &rect([0, 0, 9, 9], &[])]);
        let parcel = rect([100, 100, 200, 200], &[]);
        let mut survey = zones.survey();
        let found = survey.shared(&Bounds::of(&parcel).unwrap(), area(&parcel), || panic!("no edge is near"));
        assert_eq!(found, [(0, area(&parcel))]);
        assert!(Zones::of([]).survey().shared(&Bounds::of(&parcel).unwrap(), area(&parcel), || None).is_empty());
        let parcel = rect([1, 1, 20, 8], &[]);
        assert_eq!(shared(&[rect([0, 0, 9, 9], &[]), rect([0, 0, 99, 99], &[])], &parcel).len(), 2);
    }

    /// A star about a centre in about metres.
    fn star(x: i64, y: i64, radii: &[i64]) -> Vec<Node> {
        let step = std::f64::consts::TAU / f64::from(u32::try_from(radii.len()).unwrap());
        let at = |(i, radius): (u32, &i64)| {
            let (sin, cos) = libm::sincos(step * f64::from(i));
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "some kilometres")]
            let units = |share: f64| (share * (radius * M) as f64) as i64;
            node(x * M + units(cos), y * M + units(sin))
        };
        (0..).zip(radii).map(at).collect()
    }

    /// A star, and in it, if any, a hole of half its size.
    fn shape() -> impl Strategy<Value = MultiPolygon> {
        (-300..300_i64, -300..300_i64, prop::collection::vec(40..400_i64, 3..30), any::<bool>()).prop_map(
            |(x, y, radii, is_holed)| {
                let half: Vec<i64> = radii.iter().map(|radius| radius / 2).collect();
                let shell = std::iter::once(star(x, y, &radii));
                from_nodes(vec![shell.chain(is_holed.then(|| star(x, y, &half))).collect()])
            },
        )
    }

    thread_local! {
        /// Degrees to PROJ's ellipsoidal cylindrical equal-area plane.
        static CEA: CoordTransform = {
            let mut degrees = SpatialRef::from_epsg(4490).unwrap();
            degrees.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            let plane = "+proj=cea +ellps=GRS80 +lon_0=120.5 +lat_ts=30 +units=m +type=crs";
            CoordTransform::new(&degrees, &SpatialRef::from_definition(plane).unwrap()).unwrap()
        };
    }

    fn proj_cea(geometry: &MultiPolygon) -> MultiPolygon {
        let origin = CEA.with(|cea| {
            let (mut x, mut y) = ([120.5], [30.0]);
            cea.transform_coords(&mut x, &mut y, &mut []).unwrap();
            Coord { x: x[0], y: y[0] }
        });
        geometry.map_coords(|coord| {
            let (mut x, mut y) = ([coord.x], [coord.y]);
            CEA.with(|cea| cea.transform_coords(&mut x, &mut y, &mut [])).unwrap();
            Coord { x: x[0], y: y[0] } - origin
        })
    }

    /// The area that two geometries share, by GEOS.
    fn by_geos(a: &MultiPolygon, b: &MultiPolygon) -> f64 {
        let gdal = |geometry: &MultiPolygon| {
            let mut bytes = Vec::new();
            super::super::wkb::encode(geometry, &mut bytes);
            gdal::vector::Geometry::from_wkb(&bytes).unwrap()
        };
        gdal(a).intersection(&gdal(b)).map_or(0.0, |shared| shared.area())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn geos_and_geo_agree_in_projs_plane(parcel in shape(), zone in shape()) {
            let ours = SquareMetres::from_cm2(cm2(&zone, &parcel)).m2();
            let allowed = 2e-4 + 5e-6 * perimeter_m(&parcel).max(perimeter_m(&zone));
            let (a, b) = (proj_cea(&parcel), proj_cea(&zone));
            let geos = by_geos(&a, &b);
            prop_assert!((ours - geos).abs() <= allowed, "GEOS: {ours} {geos} {allowed}");
            let geo = a.intersection(&b).unsigned_area();
            prop_assert!((ours - geo).abs() <= allowed, "geo: {ours} {geo} {allowed}");
            let turned = SquareMetres::from_cm2(cm2(&parcel, &zone)).m2();
            prop_assert!((ours - turned).abs() <= 2e-4, "{ours} {turned}");
        }

        /// Land cut into cells by a sheared lattice, and a parcel on it.
        #[test]
        fn what_zones_part_adds_up_and_their_order_does_not_matter(
            parcel in shape(),
            west_to_east in prop::collection::vec(20..600_i64, 2..8),
            south_to_north in prop::collection::vec(20..600_i64, 2..8),
            shear in -3_000..3_000_i64,
            turn in 0..50_usize,
        ) {
            let lines = |widths: &[i64]| {
                let inner = widths.iter().scan(-1_500, |at, width| { *at += width; Some(*at) });
                [-3_000].into_iter().chain(inner.take_while(|at| *at < 1_500)).chain([3_000]).collect::<Vec<i64>>()
            };
            let corner = |x: i64, y: i64| node(x * M + y * shear, y * M - x * shear);
            let mut cells = Vec::new();
            for x in lines(&west_to_east).windows(2) {
                for y in lines(&south_to_north).windows(2) {
                    let cell = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])];
                    cells.push(from_nodes(vec![vec![cell.map(|(x, y)| corner(x, y)).to_vec()]]));
                }
            }
            let found = shared(&cells, &parcel);
            let sum: i64 = found.iter().map(|(_, area)| area.cm2()).sum();
            let off = SquareMetres::from_cm2((sum - area(&parcel).cm2()).abs()).m2();
            prop_assert!(off <= 2e-4 + 5e-6 * perimeter_m(&parcel), "{off} m²");
            let turn = turn % cells.len();
            cells.rotate_left(turn);
            let count = cells.len();
            let again = shared(&cells, &parcel).into_iter().map(|(zone, land)| ((zone + turn) % count, land));
            let mut again: Vec<_> = again.collect();
            again.sort_unstable();
            prop_assert_eq!(again, found);
        }
    }
}
