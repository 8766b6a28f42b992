//! Map over parts: what each parcel shares with each zone, and to which zone of a kind it is counted.

use std::collections::BTreeMap;

use arrow::array::{BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use geo::MultiPolygon;

use super::StageError;
use super::order::text;
use super::yields::{in_force, in_force_by};
use crate::domain::{ParcelLayer, Period, SquareMetres};
use crate::geometry::adjacency::Bounds;
use crate::geometry::wkb;
use crate::geometry::zones::Zones;
use crate::policy::Assignment;
use crate::table::{Table, column, parcel, parcel_zone, zone};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 1;

/// The columns of `parcel` that the stage reads.
pub const PARCEL_COLUMNS: &[&str] = &[
    "parcel_id",
    "valid_from",
    "valid_to",
    "county_code",
    "layer",
    "area_cm2",
    "min_lon",
    "min_lat",
    "max_lon",
    "max_lat",
    "geometry",
];

/// The columns by which parcels and zones are told to be apart.
pub const BOX_COLUMNS: &[&str] = &["min_lon", "min_lat", "max_lon", "max_lat"];

/// Of each kind of zones, how parcels are counted to them.
pub type Assignments = BTreeMap<String, Assignment>;

/// The box around all rows of a table of shapes; none without rows.
///
/// # Errors
/// When a column is missing.
pub fn reach(rows: &RecordBatch, table: &'static Table) -> Result<Option<Bounds>, StageError> {
    let boxes = Boxes::of(rows, table)?;
    Ok((0..rows.num_rows()).map(|row| boxes.of_row(row)).reduce(Bounds::around))
}

/// `parcel_zone` of a part: its `parcel` (the columns above) and the `zone` of all counties that may reach it.
///
/// # Errors
/// Never by the data.
pub fn overlay(
    parcels: &RecordBatch,
    zones: &RecordBatch,
    assignments: &Assignments,
    latest: Period,
) -> Result<RecordBatch, StageError> {
    let part = Parcels::of(parcels)?;
    let known = InForce::of(zones, latest, reach(parcels, &parcel::TABLE)?)?;
    let period = latest.to_string();
    let mut rows = parcel_zone::Builder::default();
    let surface = |row: &usize| part.layer.value(*row) == ParcelLayer::Surface.as_str();
    for row in in_force(parcels, latest)?.into_iter().filter(surface) {
        let area = SquareMetres::from_cm2(part.area.value(row));
        let shared = known.index.shared(&part.boxes.of_row(row), area, || wkb::read(part.geometry.value(row)));
        let shared: Vec<Shared> =
            shared.into_iter().map(|(zone, land)| Shared { zone: known.rows[zone], land, parcel: area }).collect();
        for own in &shared {
            let kind = known.table.kind.value(own.zone);
            let assignment = assignments.get(kind);
            let chosen = assignment.map(|how| known.chosen(how, shared.iter().filter(|it| known.is(kind, it))));
            rows.parcel_id.append_value(part.id.value(row));
            rows.zone_id.append_value(known.table.zone_id.value(own.zone));
            rows.period.append_value(&period);
            rows.county_code.append_value(part.county.value(row));
            rows.kind.append_value(kind);
            rows.class.append_option(text(known.table.class, own.zone));
            rows.name.append_option(text(known.table.name, own.zone));
            rows.overlap_m2.append_value(i128::from(own.land.cm2()));
            rows.overlap_mu.append_value(own.land.mu().0);
            rows.parcel_share.append_value(share(own.land, area));
            rows.zone_share.append_value(share(own.land, known.area(own.zone)));
            rows.is_assigned.append_option(chosen.map(|chosen| chosen == Some(own.zone)));
        }
    }
    Ok(rows.finish()?)
}

/// A part of an area that is above zero.
fn share(land: SquareMetres, of: SquareMetres) -> f64 {
    land.m2() / of.m2()
}

/// What a parcel and a zone share.
struct Shared {
    zone: usize,
    land: SquareMetres,
    parcel: SquareMetres,
}

/// The zones in force whose boxes meet a part's.
struct InForce<'a> {
    table: zone::View<'a>,
    /// Rows of the table, as the index numbers them.
    rows: Vec<usize>,
    index: Zones,
}

impl<'a> InForce<'a> {
    fn of(zones: &'a RecordBatch, latest: Period, reach: Option<Bounds>) -> Result<Self, StageError> {
        let table = zone::View::of(zones)?;
        let boxes = Boxes::of(zones, &zone::TABLE)?;
        let mut rows = in_force_by("zone_id", zones, latest)?;
        rows.retain(|row| reach.is_some_and(|reach| reach.meets(&boxes.of_row(*row))));
        let shape = |row: &usize| wkb::read(table.geometry.value(*row)).unwrap_or(MultiPolygon(Vec::new()));
        let shapes: Vec<MultiPolygon> = rows.iter().map(shape).collect();
        Ok(Self { table, rows, index: Zones::of(&shapes) })
    }

    fn area(&self, zone: usize) -> SquareMetres {
        SquareMetres::from_cm2(self.table.area_cm2.value(zone))
    }

    fn is(&self, kind: &str, shared: &Shared) -> bool {
        self.table.kind.value(shared.zone) == kind
    }

    /// The zone of one kind to which the parcel is counted: of those that reach a threshold the first by class, then
    /// the one that shares most, then the first by id.
    fn chosen<'s>(&self, how: &Assignment, shared: impl Iterator<Item = &'s Shared>) -> Option<usize> {
        let reached = shared.filter(|it| how.is_reached(it.land, it.parcel, self.area(it.zone)));
        let order = |it: &&Shared| {
            let class = how.rank(text(self.table.class, it.zone));
            (class, std::cmp::Reverse(it.land), self.table.zone_id.value(it.zone))
        };
        reached.min_by_key(order).map(|it| it.zone)
    }
}

/// The boxes of a table's shapes.
struct Boxes<'a>([&'a Float64Array; 4]);

impl<'a> Boxes<'a> {
    fn of(rows: &'a RecordBatch, table: &'static Table) -> Result<Self, StageError> {
        let edge = |name| column::<Float64Array>(rows, table, name);
        Ok(Self([edge("min_lon")?, edge("min_lat")?, edge("max_lon")?, edge("max_lat")?]))
    }

    fn of_row(&self, row: usize) -> Bounds {
        let [min_lon, min_lat, max_lon, max_lat] = self.0.map(|edge| edge.value(row));
        Bounds { min_lon, min_lat, max_lon, max_lat }
    }
}

struct Parcels<'a> {
    id: &'a StringArray,
    county: &'a StringArray,
    layer: &'a StringArray,
    area: &'a Int64Array,
    boxes: Boxes<'a>,
    geometry: &'a BinaryArray,
}

impl<'a> Parcels<'a> {
    fn of(parcels: &'a RecordBatch) -> Result<Self, StageError> {
        let table = &parcel::TABLE;
        Ok(Self {
            id: column(parcels, table, "parcel_id")?,
            county: column(parcels, table, "county_code")?,
            layer: column(parcels, table, "layer")?,
            area: column(parcels, table, "area_cm2")?,
            boxes: Boxes::of(parcels, table)?,
            geometry: column(parcels, table, "geometry")?,
        })
    }
}
