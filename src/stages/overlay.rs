//! Map over parts: what each parcel shares with each zone, and to which zone of a kind it is counted.

use std::collections::BTreeSet;

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
    let names: Vec<String> = periods.iter().map(Period::to_string).collect();
    let known = InForce::of(zones, sets, reach(parcels, &parcel::TABLE)?)?;
    let mut versions: Vec<(usize, usize)> = Vec::new();
    for (at, period) in periods.iter().enumerate() {
        let rows = in_force(parcels, *period)?.into_iter();
        versions
            .extend(rows.filter(|row| part.layer.value(*row) == ParcelLayer::Surface.as_str()).map(|row| (row, at)));
    }
    versions.sort_unstable();
    let mut survey = known.index.survey();
    let mut out = Out::of(known.rows.len());
    let mut there: Vec<Shared> = Vec::new();
    for seen in versions.chunk_by(|left, right| left.0 == right.0) {
        let row = seen[0].0;
        let area = SquareMetres::from_cm2(part.area.value(row));
        let shared = survey.shared(&part.boxes.of_row(row), area, || wkb::read(part.geometry.value(row)));
        for (_, at) in seen {
            let period = &known.periods[*at];
            there.clear();
            there.extend(shared.iter().filter(|(zone, _)| period.is_there[*zone]).map(|(zone, land)| Shared {
                zone: *zone,
                land: *land,
                parcel: area,
            }));
            for own in &there {
                let kind = known.kind(own.zone);
                let chosen = period.assignments[own.zone]
                    .map(|how| known.chosen(how, there.iter().filter(|it| known.kind(it.zone) == kind)));
                let is_assigned = chosen.map(|chosen| chosen == Some(own.zone));
                let id = (part.id.value(row), part.county.value(row), names[*at].as_str());
                if at + 1 == periods.len() {
                    out.shared(&known, own, id, is_assigned);
                }
                if is_assigned == Some(true) && PLATFORM_KINDS.contains(&kind) {
                    out.platform(id, kind, known.table.zone_id.value(known.rows[own.zone]));
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

struct Out {
    shared: parcel_zone::Builder,
    platforms: parcel_platform::Builder,
    /// By zone, once it was told: what stands for it in `shared`.
    labels: Vec<Option<ZoneLabels>>,
}

/// Numbers of a zone's texts.
#[derive(Clone, Copy)]
struct ZoneLabels {
    id: i32,
    kind: i32,
    class: Option<i32>,
    name: Option<i32>,
}

impl Out {
    fn of(zones: usize) -> Self {
        Self {
            shared: parcel_zone::Builder::default(),
            platforms: parcel_platform::Builder::default(),
            labels: vec![None; zones],
        }
    }

    fn shared(&mut self, known: &InForce<'_>, own: &Shared, id: Id<'_>, is_assigned: Option<bool>) {
        let (rows, area) = (&mut self.shared, known.area(own.zone));
        let labels = self.labels[own.zone].get_or_insert_with(|| known.labels(own.zone, rows));
        rows.parcel_id.append_value(id.0);
        rows.zone_id.append_code(Some(labels.id));
        rows.period.append_value(id.2);
        rows.county_code.append_value(id.1);
        rows.kind.append_code(Some(labels.kind));
        rows.class.append_code(labels.class);
        rows.name.append_code(labels.name);
        rows.overlap_m2.append_value(i128::from(own.land.cm2()));
        rows.overlap_mu.append_value(own.land.mu().0);
        rows.parcel_share.append_value(share(own.land, own.parcel));
        rows.zone_share.append_value(share(own.land, area));
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
    /// As the index numbers it.
    zone: usize,
    land: SquareMetres,
    parcel: SquareMetres,
}

/// The zones in force at some period's end whose boxes meet a part's.
struct InForce<'a> {
    table: zone::View<'a>,
    /// Rows of the table, as the index numbers them.
    rows: Vec<usize>,
    periods: Vec<AtEnd<'a>>,
    index: Zones,
}

/// What holds at the end of a period, each by the zone's number.
struct AtEnd<'a> {
    /// Whether the zone is in force.
    is_there: Vec<bool>,
    /// How parcels are counted to zones of its kind.
    assignments: Vec<Option<&'a Assignment>>,
}

impl<'a> InForce<'a> {
    fn of(zones: &'a RecordBatch, sets: &[(Period, &'a RuleSet)], reach: Option<Bounds>) -> Result<Self, StageError> {
        let table = zone::View::of(zones)?;
        let boxes = Boxes::of(zones, &zone::TABLE)?;
        let by_period: Vec<BTreeSet<usize>> = sets
            .iter()
            .map(|(period, _)| Ok(in_force_by("zone_id", zones, *period)?.into_iter().collect()))
            .collect::<Result<_, StageError>>()?;
        let mut rows: Vec<usize> = (0..zones.num_rows()).collect();
        rows.retain(|row| by_period.iter().any(|there| there.contains(row)));
        rows.retain(|row| reach.is_some_and(|reach| reach.meets(&boxes.of_row(*row))));
        let at_end = |(there, (_, set)): (&BTreeSet<usize>, &(Period, &'a RuleSet))| AtEnd {
            is_there: rows.iter().map(|row| there.contains(row)).collect(),
            assignments: rows.iter().map(|row| set.zones.get(table.kind.value(*row))).collect(),
        };
        let periods = by_period.iter().zip(sets).map(at_end).collect();
        let shape = |row: &usize| wkb::read(table.geometry.value(*row)).unwrap_or(MultiPolygon(Vec::new()));
        let shapes: Vec<MultiPolygon> = rows.iter().map(shape).collect();
        Ok(Self { table, rows, periods, index: Zones::of(&shapes) })
    }

    fn area(&self, zone: usize) -> SquareMetres {
        SquareMetres::from_cm2(self.table.area_cm2.value(self.rows[zone]))
    }

    fn kind(&self, zone: usize) -> &str {
        self.table.kind.value(self.rows[zone])
    }

    fn labels(&self, zone: usize, shared: &mut parcel_zone::Builder) -> ZoneLabels {
        let (table, row) = (&self.table, self.rows[zone]);
        ZoneLabels {
            id: shared.zone_id.code(table.zone_id.value(row)),
            kind: shared.kind.code(table.kind.value(row)),
            class: text(table.class, row).map(|class| shared.class.code(class)),
            name: text(table.name, row).map(|name| shared.name.code(name)),
        }
    }

    /// The zone of one kind to which the parcel is counted: of those that reach a threshold the first by class, then
    /// the one that shares most, then the first by id.
    fn chosen<'s>(&self, how: &Assignment, shared: impl Iterator<Item = &'s Shared>) -> Option<usize> {
        let reached = shared.filter(|it| how.is_reached(it.land, it.parcel, self.area(it.zone)));
        let order = |it: &&Shared| {
            let row = self.rows[it.zone];
            let class = how.rank(text(self.table.class, row));
            (class, std::cmp::Reverse(it.land), self.table.zone_id.value(row))
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
