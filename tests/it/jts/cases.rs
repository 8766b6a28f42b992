//! The cases of JTS's XML files, and their coordinates brought onto the grid.

use std::fs;
use std::path::Path;

use gdal::vector::Geometry;
use geo::Coord;
use mujun::geometry::wkb::{self, RawPolygons};
use roxmltree::{Document, Node};

/// One case: its geometries and what JTS says of them.
pub struct Case {
    /// `folder/file #number`, the number counted from 1.
    pub name: String,
    /// JTS's own words.
    pub description: String,
    pub a: Option<Geometry>,
    pub b: Option<Geometry>,
    operations: Vec<(String, String)>,
}

impl Case {
    /// What JTS expects of an operation.
    pub fn expected(&self, operation: &str) -> Option<&str> {
        let found = self.operations.iter().find(|(name, _)| name.eq_ignore_ascii_case(operation));
        found.map(|(_, text)| text.as_str())
    }
}

/// All cases of a folder, by file name.
pub fn read(root: &Path, folder: &str) -> Vec<Case> {
    let mut files: Vec<_> = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let document = Document::parse(&text).unwrap();
        let file = path.file_name().unwrap().to_string_lossy();
        for (at, node) in document.descendants().filter(|node| node.has_tag_name("case")).enumerate() {
            cases.push(case(format!("{folder}/{file} #{}", at + 1), node));
        }
    }
    cases
}

fn case(name: String, node: Node) -> Case {
    let child = |tag: &str| node.children().find(|child| child.has_tag_name(tag));
    let text = |node: Node| node.text().unwrap_or_default().trim().to_owned();
    let geometry = |tag: &str| Geometry::from_wkt(&child(tag).map(text)?).ok();
    let operation = |op: Node| (op.attribute("name").unwrap_or_default().to_owned(), text(op));
    Case {
        name,
        description: child("desc").map(text).unwrap_or_default(),
        a: geometry("a"),
        b: geometry("b"),
        operations: node.descendants().filter(|node| node.has_tag_name("op")).map(operation).collect(),
    }
}

/// The polygons of a geometry as delivered; none where it is empty, or has points or lines.
pub fn polygons(geometry: &Geometry) -> Option<RawPolygons> {
    wkb::decode(&geometry.wkb().ok()?).ok()
}

/// How plane coordinates become degrees: less the origin, times the scale.
#[derive(Debug, Clone, Copy)]
pub struct Placing {
    origin: Coord,
    /// Degrees in a unit of the plane.
    pub scale: f64,
}

impl Placing {
    /// By a power of two onto multiples of 2⁻⁹ degrees, which are doubles and points of the grid (5⁹ units of it)
    /// alike, so that nothing is rounded; none where there is no room for it.
    pub fn exact(shapes: &[&RawPolygons]) -> Option<Self> {
        const STEPS: f64 = 512.0;
        let is_exact = |value: f64, most: f64| value.abs() <= most && (value * STEPS).fract() == 0.0;
        let fits = |scale: &f64| coords(shapes).all(|c| is_exact(c.x * scale, 180.0) && is_exact(c.y * scale, 90.0));
        let scale = (-9..=9).map(|power| libm::ldexp(1.0, power)).find(fits)?;
        Some(Self { origin: Coord::zero(), scale })
    }

    /// Into a square degree, rounded to a billionth of the extent.
    pub fn rounded(shapes: &[&RawPolygons]) -> Self {
        Self { origin: corner(shapes), scale: 1.0 / extent(shapes) }
    }

    /// North-east of a corner, `scale` degrees a unit: where doubles lie beside the grid, as those of real parcels do.
    pub fn decimal(shapes: &[&RawPolygons], south_west: Coord, scale: f64) -> Self {
        Self { origin: corner(shapes) - south_west / scale, scale }
    }

    pub fn apply(&self, shape: &RawPolygons) -> RawPolygons {
        let mut placed = shape.clone();
        for coord in placed.0.iter_mut().flatten().flatten() {
            *coord = (*coord - self.origin) * self.scale;
        }
        placed
    }

    /// By how much rounding to the grid may change the area, in square units of the plane.
    pub fn tolerance(&self, shapes: &[&RawPolygons]) -> f64 {
        let length = |ring: &Vec<Coord>| {
            ring.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum::<f64>()
        };
        let perimeter: f64 = shapes.iter().flat_map(|shape| shape.0.iter().flatten()).map(length).sum();
        1e-9 / self.scale * perimeter
    }
}

/// The larger side of the box around all.
pub fn extent(shapes: &[&RawPolygons]) -> f64 {
    let low = corner(shapes);
    coords(shapes).fold(f64::MIN_POSITIVE, |size, c| size.max(c.x - low.x).max(c.y - low.y))
}

fn corner(shapes: &[&RawPolygons]) -> Coord {
    let start = Coord { x: f64::MAX, y: f64::MAX };
    coords(shapes).fold(start, |low, c| Coord { x: low.x.min(c.x), y: low.y.min(c.y) })
}

fn coords<'a>(shapes: &'a [&RawPolygons]) -> impl Iterator<Item = &'a Coord> {
    shapes.iter().flat_map(|shape| shape.0.iter().flatten().flatten())
}
