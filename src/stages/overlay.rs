//! Map over parts: what each parcel shares with each zone, and to which zone of a kind it is counted.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use geo::MultiPolygon;

use super::StageError;
use super::order::{sorted, text};
use super::yields::{in_force, in_force_by};
use crate::domain::{ParcelLayer, Period, SquareMetres};
use crate::geometry::adjacency::Bounds;
use crate::geometry::wkb;
use crate::geometry::zones::Zones;
use crate::policy::{Assignment, RuleSet};
use crate::table::{Table, column, parcel, parcel_platform, parcel_zone, zone};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 2;

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

/// The kinds of zones to which enterprises belong.
pub const PLATFORM_KINDS: [&str; 2] = ["platform", "micro_park"];

/// What comes of a part.
pub struct Overlaid {
    /// `parcel_zone`, of the latest period.
    pub shared: RecordBatch,
    /// `parcel_platform`, of every period.
    pub platforms: RecordBatch,
}

/// The box around all rows of a table of shapes; none without rows.
///
/// # Errors
/// When a column is missing.
pub fn reach(rows: &RecordBatch, table: &'static Table) -> Result<Option<Bounds>, StageError> {
    let boxes = Boxes::of(rows, table)?;
    Ok((0..rows.num_rows()).map(|row| boxes.of_row(row)).reduce(Bounds::around))
}

/// A part's `parcel` (the columns above) beside the `zone` of all counties that may reach it. Each version of a parcel is
/// measured with each zone once, whatever periods see them together; `sets` are those of the periods, the latest last.
///
/// # Errors
/// Never by the data.
pub fn overlay(
    parcels: &RecordBatch,
    zones: &RecordBatch,
    sets: &[(Period, &RuleSet)],
) -> Result<Overlaid, StageError> {
    let part = Parcels::of(parcels)?;
    let periods: Vec<Period> = sets.iter().map(|(period, _)| *period).collect();
    let known = InForce::of(zones, &periods, reach(parcels, &parcel::TABLE)?)?;
    let mut versions: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, period) in periods.iter().enumerate() {
        for row in in_force(parcels, *period)? {
            if part.layer.value(row) == ParcelLayer::Surface.as_str() {
                versions.entry(row).or_default().push(at);
            }
        }
    }
    let mut out = Out::default();
    for (row, seen) in versions {
        let area = SquareMetres::from_cm2(part.area.value(row));
        let shared = known.index.shared(&part.boxes.of_row(row), area, || wkb::read(part.geometry.value(row)));
        for at in seen {
            let there = shared.iter().filter(|(zone, _)| known.is_there[at][*zone]);
            let there: Vec<Shared> =
                there.map(|(zone, land)| Shared { zone: known.rows[*zone], land: *land, parcel: area }).collect();
            let (period, set) = (periods[at].to_string(), sets[at].1);
            for own in &there {
                let kind = known.table.kind.value(own.zone);
                let assignment = set.zones.get(kind);
                let chosen = assignment.map(|how| known.chosen(how, there.iter().filter(|it| known.is(kind, it))));
                let is_assigned = chosen.map(|chosen| chosen == Some(own.zone));
                let id = (part.id.value(row), part.county.value(row), period.as_str());
                if at + 1 == periods.len() {
                    out.shared(&known, own, id, is_assigned);
                }
                if is_assigned == Some(true) && PLATFORM_KINDS.contains(&kind) {
                    out.platform(id, kind, known.table.zone_id.value(own.zone));
                }
            }
        }
    }
    Ok(Overlaid {
        shared: out.shared.finish()?,
        platforms: sorted(&out.platforms.finish()?, parcel_platform::TABLE.key)?,
    })
}

/// Parcel, county, period.
type Id<'a> = (&'a str, &'a str, &'a str);

#[derive(Default)]
struct Out {
    shared: parcel_zone::Builder,
    platforms: parcel_platform::Builder,
}

impl Out {
    fn shared(&mut self, known: &InForce<'_>, own: &Shared, id: Id<'_>, is_assigned: Option<bool>) {
        let (table, rows) = (&known.table, &mut self.shared);
        rows.parcel_id.append_value(id.0);
        rows.zone_id.append_value(table.zone_id.value(own.zone));
        rows.period.append_value(id.2);
        rows.county_code.append_value(id.1);
        rows.kind.append_value(table.kind.value(own.zone));
        rows.class.append_option(text(table.class, own.zone));
        rows.name.append_option(text(table.name, own.zone));
        rows.overlap_m2.append_value(i128::from(own.land.cm2()));
        rows.overlap_mu.append_value(own.land.mu().0);
        rows.parcel_share.append_value(share(own.land, own.parcel));
        rows.zone_share.append_value(share(own.land, known.area(own.zone)));
        rows.is_assigned.append_option(is_assigned);
    }

    fn platform(&mut self, id: Id<'_>, kind: &str, zone: &str) {
        let rows = &mut self.platforms;
        rows.parcel_id.append_value(id.0);
        rows.period.append_value(id.2);
        rows.kind.append_value(kind);
        rows.platform_id.append_value(zone);
        rows.county_code.append_value(id.1);
    }
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

/// The zones in force at some period's end whose boxes meet a part's.
struct InForce<'a> {
    table: zone::View<'a>,
    /// Rows of the table, as the index numbers them.
    rows: Vec<usize>,
    /// By period and number, whether it is in force.
    is_there: Vec<Vec<bool>>,
    index: Zones,
}

impl<'a> InForce<'a> {
    fn of(zones: &'a RecordBatch, periods: &[Period], reach: Option<Bounds>) -> Result<Self, StageError> {
        let table = zone::View::of(zones)?;
        let boxes = Boxes::of(zones, &zone::TABLE)?;
        let by_period: Vec<BTreeSet<usize>> = periods
            .iter()
            .map(|period| Ok(in_force_by("zone_id", zones, *period)?.into_iter().collect()))
            .collect::<Result<_, StageError>>()?;
        let mut rows: Vec<usize> = (0..zones.num_rows()).collect();
        rows.retain(|row| by_period.iter().any(|there| there.contains(row)));
        rows.retain(|row| reach.is_some_and(|reach| reach.meets(&boxes.of_row(*row))));
        let is_there = by_period.iter().map(|there| rows.iter().map(|row| there.contains(row)).collect()).collect();
        let shape = |row: &usize| wkb::read(table.geometry.value(*row)).unwrap_or(MultiPolygon(Vec::new()));
        let shapes: Vec<MultiPolygon> = rows.iter().map(shape).collect();
        Ok(Self { table, rows, is_there, index: Zones::of(&shapes) })
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
