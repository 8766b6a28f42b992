//! A lattice of square cells over the province, each wide enough for one district: where districts may stand.

use std::collections::{BTreeMap, BTreeSet};

use geo::Coord;

use super::province::County;

/// Metres per degree of latitude, and of longitude where the province's meridians are closest (31.2° N).
const METRES_NORTH: f64 = 110_850.0;
const METRES_EAST: f64 = 95_200.0;
/// Where the lattice begins (south-west of the province).
const ORIGIN: Coord = Coord { x: 117.0, y: 26.0 };

/// Column and row of a cell.
pub type Cell = (i32, i32);

/// The lattice, and which outlines run through (or close by) which cells.
#[derive(Debug)]
pub struct Cells {
    width: f64,
    height: f64,
    crossed: BTreeMap<Cell, BTreeSet<usize>>,
}

impl Cells {
    /// A lattice of cells with sides of at least `side_m`; an outline nearer than `margin_m` counts as crossing.
    #[must_use]
    pub fn new(counties: &[County], side_m: f64, margin_m: f64) -> Self {
        let mut cells = Self { width: side_m / METRES_EAST, height: side_m / METRES_NORTH, crossed: BTreeMap::new() };
        let (east, north) = (margin_m / METRES_EAST, margin_m / METRES_NORTH);
        for (at, county) in counties.iter().enumerate() {
            for line in county.outline.iter().flat_map(|polygon| polygon.exterior().lines()) {
                let steps = (line.dx().hypot(line.dy()) / east).ceil().max(1.0);
                for step in 0..=steps as u32 {
                    let point = line.start + line.delta() * (f64::from(step) / steps);
                    for (x, y) in [(-east, -north), (-east, north), (east, -north), (east, north)] {
                        let cell = cells.of(point + Coord { x, y });
                        cells.crossed.entry(cell).or_default().insert(at);
                    }
                }
            }
        }
        cells
    }

    fn of(&self, point: Coord) -> Cell {
        let part = point - ORIGIN;
        ((part.x / self.width).floor() as i32, (part.y / self.height).floor() as i32)
    }

    /// The point at those fractions of the cell's width and height.
    #[must_use]
    pub fn point(&self, cell: Cell, x: f64, y: f64) -> Coord {
        ORIGIN + Coord { x: (f64::from(cell.0) + x) * self.width, y: (f64::from(cell.1) + y) * self.height }
    }

    /// The cells that lie wholly in the county, with the margin.
    #[must_use]
    pub fn inside(&self, county: &County) -> Vec<Cell> {
        let (low, high) = (self.of(county.bounds.min()), self.of(county.bounds.max()));
        (low.0..=high.0)
            .flat_map(|column| (low.1..=high.1).map(move |row| (column, row)))
            .filter(|cell| !self.crossed.contains_key(cell) && county.holds(self.point(*cell, 0.5, 0.5)))
            .collect()
    }

    /// Whether the meridian runs through the middle half of the cell.
    #[must_use]
    pub fn is_on_meridian(&self, cell: Cell, longitude: f64) -> bool {
        (self.point(cell, 0.25, 0.0).x..self.point(cell, 0.75, 0.0).x).contains(&longitude)
    }

    /// Cells on the border of two counties: land of both (each at least a quarter) and of nothing else.
    /// The pair is ordered by index.
    #[must_use]
    pub fn straddling(&self, counties: &[County]) -> BTreeMap<(usize, usize), Vec<Cell>> {
        const SAMPLES: i32 = 8;
        let mut found: BTreeMap<(usize, usize), Vec<Cell>> = BTreeMap::new();
        for (cell, crossing) in &self.crossed {
            let mut crossing = crossing.iter().copied();
            let (Some(a), Some(b), None) = (crossing.next(), crossing.next(), crossing.next()) else { continue };
            let (mut in_a, mut in_b) = (0, 0);
            for sample in 0..(SAMPLES + 1) * (SAMPLES + 1) {
                let part = |number: i32| f64::from(number) / f64::from(SAMPLES);
                let point = self.point(*cell, part(sample % (SAMPLES + 1)), part(sample / (SAMPLES + 1)));
                if counties[a].holds(point) {
                    in_a += 1;
                } else if counties[b].holds(point) {
                    in_b += 1;
                }
            }
            let all = (SAMPLES + 1) * (SAMPLES + 1);
            if in_a + in_b == all && in_a.min(in_b) * 4 >= all {
                found.entry((a, b)).or_default().push(*cell);
            }
        }
        found
    }
}
