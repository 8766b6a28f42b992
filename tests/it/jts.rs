//! Validity, repair, union and contact as JTS's own test cases and GEOS see them, where their folder is there.

mod cases;
mod differences;

use std::path::Path;

use cases::{Case, Placing, extent, polygons, read};
use differences::{DIFFERENCES, LOST_TOUCHES};
use gdal::cpl::CslStringList;
use gdal::vector::Geometry;
use geo::{Area, Coord, MultiPolygon};
use mujun::geometry::adjacency::{Contact, contact, gap_m};
use mujun::geometry::dissolve::dissolve;
use mujun::geometry::validity::settle;
use mujun::geometry::wkb::{self, RawPolygons};

const ABSENT: &str = "skipped: ../shared/data/jts is not there";

/// The cases of both folders; none where they are not there.
fn all_cases() -> Option<Vec<Case>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/jts/testxml");
    // GEOS tells GDAL of each invalid geometry.
    mujun::source::vector::initialise();
    folder.is_dir().then(|| ["general", "validate"].into_iter().flat_map(|name| read(&folder, name)).collect())
}

/// Each geometry of polygons: its name, itself, its rings, and whether JTS says that it is valid.
fn all_polygons(cases: &[Case]) -> Vec<(String, &Geometry, RawPolygons, Option<bool>)> {
    let mut found = Vec::new();
    for case in cases {
        let stated = case.expected("isValid").map(|text| text == "true");
        for (which, geometry, stated) in [("a", &case.a, stated), ("b", &case.b, None)] {
            if let Some(geometry) = geometry
                && let Some(raw) = polygons(geometry)
            {
                found.push((format!("{} {which}", case.name), geometry, raw, stated));
            }
        }
    }
    found
}

fn geos(geometry: &MultiPolygon) -> Geometry {
    let mut bytes = Vec::new();
    wkb::encode(geometry, &mut bytes);
    Geometry::from_wkb(&bytes).unwrap()
}

/// The area that GEOS's repair leaves: by default the odd-even rule on its lines.
fn area_made_valid(geometry: &Geometry) -> f64 {
    geometry.make_valid(&CslStringList::new()).unwrap().area()
}

/// What became of a shape, and its area in units of the plane.
fn verdict(raw: &RawPolygons, placing: &Placing) -> (String, f64) {
    match settle(placing.apply(raw)) {
        Ok(settled) => {
            assert!(geos(&settled.geometry).is_valid(), "not valid by GEOS: {:?}", settled.geometry);
            let area = settled.geometry.unsigned_area() / (placing.scale * placing.scale);
            (if settled.repaired { "repaired" } else { "valid" }.to_owned(), area)
        }
        Err(code) => (format!("{code:?}"), 0.0),
    }
}

#[test]
fn verdicts_and_areas_are_jts_and_geos_ones_but_for_listed_differences() {
    let Some(cases) = all_cases() else { return eprintln!("{ABSENT}") };
    let shapes = all_polygons(&cases);
    let mut found = Vec::new();
    for (name, geometry, raw, stated) in &shapes {
        let placing = Placing::exact(&[raw]).unwrap_or_else(|| Placing::rounded(&[raw]));
        let (verdict, area) = verdict(raw, &placing);
        let is_valid = stated.unwrap_or_else(|| geometry.is_valid());
        let is_same_area = (area - area_made_valid(geometry)).abs() <= placing.tolerance(&[raw]);
        if (verdict == "valid") != is_valid || !is_same_area {
            found.push((name.as_str(), format!("{verdict} {area:.0}, not {:.0}", area_made_valid(geometry))));
        }
    }
    assert_eq!((cases.len(), shapes.len()), (2010, 1054));
    let listed: Vec<_> = DIFFERENCES.iter().map(|(name, outcome, _)| (*name, (*outcome).to_owned())).collect();
    assert_eq!(found, listed);
}

/// Degrees of real parcels are not whole in binary: a vertex on an edge may lie beside it, and then the touch is gone.
#[test]
fn on_decimal_degrees_areas_are_the_same_and_only_touches_are_lost() {
    let Some(cases) = all_cases() else { return eprintln!("{ABSENT}") };
    let mut lost = Vec::new();
    for (name, _, raw, _) in all_polygons(&cases) {
        let Some(exact) = Placing::exact(&[&raw]) else { continue };
        let (before, area) = verdict(&raw, &exact);
        for corner in [Coord { x: 120.0, y: 30.0 }, Coord { x: 118.7, y: 27.9 }, Coord { x: 122.123_456, y: 30.7 }] {
            let decimal = Placing::decimal(&[&raw], corner, 1e-6);
            let (after, same) = verdict(&raw, &decimal);
            assert!((area - same).abs() <= decimal.tolerance(&[&raw]), "{name}: {area} {same}");
            if before != after {
                lost.push((format!("{name} at {} {}", corner.x, corner.y), after));
            }
        }
    }
    let listed: Vec<_> = LOST_TOUCHES.iter().map(|(name, after)| ((*name).to_owned(), (*after).to_owned())).collect();
    assert_eq!(lost, listed);
}

/// What is to be united: two geometries of polygons, or the parts of one.
fn members(case: &Case) -> Vec<(Geometry, RawPolygons)> {
    let parts = |whole: &Geometry| (0..whole.geometry_count()).map(|at| whole.get_geometry(at).clone()).collect();
    let geometries: Vec<Geometry> = match (&case.a, &case.b) {
        (Some(a), Some(b)) => vec![a.clone(), b.clone()],
        (Some(a), None) if a.geometry_name() != "POLYGON" => parts(a),
        _ => Vec::new(),
    };
    let with_polygons = |geometry: Geometry| polygons(&geometry).map(|raw| (geometry, raw)).ok_or(());
    geometries.into_iter().map(with_polygons).collect::<Result<_, ()>>().unwrap_or_default()
}

/// Parts and holes.
fn shape(raw: &RawPolygons) -> (usize, usize) {
    let parts: Vec<_> = raw.0.iter().filter(|rings| !rings.is_empty()).collect();
    (parts.len(), parts.iter().map(|rings| rings.len() - 1).sum())
}

#[test]
fn unions_have_geos_areas_parts_and_holes() {
    /// A unit of the plane is about a metre: larger ones are no parcels, and edges of kilometres bend in the plane of areas.
    const SCALE: f64 = 1e-5;
    const LARGEST: f64 = 5_000.0;
    let Some(cases) = all_cases() else { return eprintln!("{ABSENT}") };
    let (mut united, mut stated) = (0, 0);
    for case in cases {
        let (planar, raws): (Vec<Geometry>, Vec<RawPolygons>) = members(&case).into_iter().unzip();
        let all: Vec<&RawPolygons> = raws.iter().collect();
        if all.len() < 2 || extent(&all) > LARGEST || !planar.iter().all(Geometry::is_valid) {
            continue;
        }
        let placing = Placing::decimal(&all, Coord { x: 120.0, y: 30.0 }, SCALE);
        let settled = raws.iter().map(|raw| settle(placing.apply(raw)).map(|settled| settled.geometry));
        let Ok(members) = settled.collect::<Result<Vec<MultiPolygon>, _>>() else { continue };
        let found = dissolve(&members.iter().collect::<Vec<_>>(), 0.002);
        assert!(found.is_merged, "{}", case.name);
        let area = found.outline.unsigned_area() / (SCALE * SCALE);
        // Vertices may have been moved by 2 mm.
        let tolerance = 20.0 * placing.tolerance(&all);
        let theirs = planar[1..].iter().fold(planar[0].clone(), |all, one| all.union(one).unwrap());
        assert!((area - theirs.area()).abs() <= tolerance, "{}: {area} {}", case.name, theirs.area());
        let ours = (found.outline.0.len(), found.outline.iter().map(|polygon| polygon.interiors().len()).sum());
        assert_eq!(ours, shape(&polygons(&theirs).unwrap()), "{}: {}", case.name, case.description);
        united += 1;
        // Theirs of a precision model are rounded to whole units.
        let expected = case.expected("union").or(case.expected("unionNG")).filter(|_| !case.name.contains("Prec"));
        if let Some(expected) = expected.and_then(|text| Geometry::from_wkt(text).ok()) {
            assert!((area - expected.area()).abs() <= tolerance, "{}: {area} {}", case.name, expected.area());
            stated += 1;
        }
    }
    assert_eq!((united, stated), (262, 35));
}

/// A touch where a vertex meets the inside of an edge is no clean contact: such edges do not cancel.
#[test]
fn contacts_and_gaps_are_what_jts_relates() {
    let Some(cases) = all_cases() else { return eprintln!("{ABSENT}") };
    let mut pairs = 0;
    for case in cases {
        let (Some(Some(a)), Some(Some(b))) = (case.a.as_ref().map(polygons), case.b.as_ref().map(polygons)) else {
            continue;
        };
        let Some(placing) = Placing::exact(&[&a, &b]) else { continue };
        let (Ok(a), Ok(b)) = (settle(placing.apply(&a)), settle(placing.apply(&b))) else { continue };
        if a.repaired || b.repaired {
            continue;
        }
        let (a, b) = (a.geometry, b.geometry);
        let stated = |name: &str| case.expected(name).map(|text| text == "true");
        let intersects = stated("intersects").unwrap_or_else(|| geos(&a).intersects(&geos(&b)));
        let touches = stated("touches").unwrap_or_else(|| geos(&a).touches(&geos(&b)));
        let contact = contact(&a, &b);
        assert_eq!(contact != Contact::Apart, intersects, "{}: {}", case.name, case.description);
        assert_eq!(gap_m(&a, &b) < 1e-6, intersects, "{}: {}", case.name, case.description);
        assert!(contact != Contact::Clean || touches, "{}: {}", case.name, case.description);
        pairs += 1;
    }
    assert_eq!(pairs, 188);
}
