//! Exchange by county: deliveries and duplicates are settled, rows are put in Hilbert order and cut into parts.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;

use super::super::StageError;
use super::super::delivered::{CountyRows, SourceFacts, fault};
use super::super::order::{column, comparable, ordered, runs, take, text};
use super::super::quality::{Issues, Outcome, Refused, Rejects, Tallies};
use super::parts::cut;
use crate::domain::division::CountyBounds;
use crate::domain::{IssueCode, RejectCode, Set};
use crate::geometry::{adjacency::Bounds, area, hilbert, interior, validity, wkb};
use crate::table::delivery::{Duplicates, Ids};
use crate::table::{lineage_parcel, parcel, parcel_read};

/// The columns that make two rows identical.
const CONTENT: &[&str] = &[
    "parcel_id",
    "valid_from",
    "valid_to",
    "use_code",
    "right_kind",
    "holder_name",
    "address",
    "registered_cm2",
    "floor_cm2",
    "geometry",
];

/// A settled county.
pub struct Settled {
    /// Parcels by part, in Hilbert order.
    pub parcels: Vec<(String, RecordBatch)>,
    /// Where each comes from.
    pub lineage: RecordBatch,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// Settles the rows that all sources deliver for `county`.
///
/// # Errors
/// Never by the data.
pub fn settle(
    county: &str,
    sources: &[CountyRows<'_>],
    shared: &RecordBatch,
    max_rows: usize,
) -> Result<Settled, StageError> {
    let mut work = Work::default();
    let newest = sources.iter().max_by_key(|source| (source.facts.delivered, &source.facts.id));
    for source in sources {
        if newest.is_some_and(|newest| newest.facts.id != source.facts.id) {
            let key = (source.facts.id.as_str(), "parcel");
            let rows = i64::try_from(source.batch.num_rows()).unwrap_or(i64::MAX);
            work.tallies.add(key, None, "rows", (Outcome::Superseded, None), rows);
            let newer = newest.is_some_and(|newest| newest.facts.delivered > source.facts.delivered);
            let code = if newer { IssueCode::DeliverySuperseded } else { IssueCode::DeliveryTie };
            work.issues.note("parcel", county, code, Some(&source.facts.id), None);
        }
    }
    let shared = column(shared, "parcel_id")?;
    let shared: Set<&str> = shared.as_string::<i32>().iter().flatten().collect();
    let (batch, facts) = match newest {
        Some(source) => (work.unique(county, source, &shared)?, Some(source.facts)),
        None => (RecordBatch::new_empty(parcel_read::TABLE.schema()), None),
    };
    finish(county, &batch, facts, max_rows, work)
}

#[derive(Default)]
struct Work {
    rejects: Rejects,
    issues: Issues,
    tallies: Tallies,
}

impl Work {
    /// The rows of the county's newest delivery, one for each key.
    fn unique(&mut self, county: &str, source: &CountyRows<'_>, shared: &Set<&str>) -> Result<RecordBatch, StageError> {
        let batch = &source.batch;
        let rows = parcel_read::View::of(batch)?;
        let origin = |row: usize| (rows.file.value(row), rows.row.value(row));
        let key = |row: usize| (rows.parcel_id.value(row), rows.valid_from.value(row));
        let order = ordered(batch.num_rows(), |left, right| {
            key(left).cmp(&key(right)).then_with(|| origin(left).cmp(&origin(right)))
        });
        let content = comparable(batch, CONTENT)?;
        let mut kept = Vec::with_capacity(order.len());
        let mut merged = Vec::new();
        for run in runs(&order, |left, right| key(left) == key(right)) {
            let id = rows.parcel_id.value(run[0]);
            if shared.contains(id) {
                self.reject(county, source, &rows, run, RejectCode::ParcelIdTwoCounties);
                continue;
            }
            // Identical rows count once; the first by file and row stands for them.
            let mut seen = BTreeSet::new();
            let distinct: Vec<usize> =
                run.iter().copied().filter(|row| seen.insert(content.row(*row).as_ref().to_vec())).collect();
            self.count(source, Outcome::Superseded, run.len() - distinct.len());
            match distinct.as_slice() {
                [only] => kept.push(*only),
                several => self.differing(county, source, &rows, several, &mut kept, &mut merged),
            }
        }
        self.count(source, Outcome::Accepted, kept.len());
        let mut result = take(batch, &kept)?;
        if !merged.is_empty() {
            let mut batches = vec![result];
            batches.extend(merged);
            result = parcel_read::TABLE.concat(&batches)?;
        }
        Ok(result)
    }

    /// Differing rows of one key, by the mapping's `duplicates`.
    fn differing(
        &mut self,
        county: &str,
        source: &CountyRows<'_>,
        rows: &parcel_read::View<'_>,
        several: &[usize],
        kept: &mut Vec<usize>,
        merged: &mut Vec<RecordBatch>,
    ) {
        match &source.facts.rules.duplicates {
            Duplicates::KeepHighest(of) | Duplicates::KeepLowest(of) => {
                let wants_lowest = matches!(source.facts.rules.duplicates, Duplicates::KeepLowest(_));
                let compare = |left: &usize, right: &usize| {
                    let order = compare_by(rows, of, *left, *right);
                    if wants_lowest { order.reverse() } else { order }
                };
                let best = several.iter().copied().max_by(compare).unwrap_or(several[0]);
                let ties = several.iter().filter(|row| compare(row, &best) == Ordering::Equal).count();
                if ties == 1 {
                    self.count(source, Outcome::Superseded, several.len() - 1);
                    kept.push(best);
                    return;
                }
            }
            Duplicates::Merge => {
                if let Some(row) = merge(&source.batch, rows, several) {
                    self.count(source, Outcome::Accepted, several.len());
                    merged.push(row);
                    return;
                }
            }
            Duplicates::Reject | Duplicates::Sum => {}
        }
        self.reject(county, source, rows, several, RejectCode::ParcelIdDuplicate);
    }

    fn count(&mut self, source: &CountyRows<'_>, outcome: Outcome, rows: usize) {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.tallies.add((&source.facts.id, "parcel"), None, "rows", (outcome, None), rows);
    }

    fn reject(
        &mut self,
        county: &str,
        source: &CountyRows<'_>,
        rows: &parcel_read::View<'_>,
        refused: &[usize],
        code: RejectCode,
    ) {
        self.count(source, Outcome::Rejected, refused.len());
        for row in refused {
            let refused = Refused {
                source: &source.facts.id,
                delivered: source.facts.delivered,
                table: "parcel",
                county: Some(county),
                file: rows.file.value(*row),
                row: rows.row.value(*row),
                parcel_id: Some(rows.parcel_id.value(*row)),
            };
            self.rejects.note(refused, fault(code, "parcel_id"));
        }
    }
}

/// Compares two rows by a canonical column; an absent value is the lowest.
fn compare_by(rows: &parcel_read::View<'_>, column: &str, left: usize, right: usize) -> Ordering {
    let numbers = |array: &arrow::array::Int64Array| {
        let value = |row: usize| array.is_valid(row).then(|| array.value(row));
        value(left).cmp(&value(right))
    };
    let dates = |array: &Date32Array| {
        let value = |row: usize| array.is_valid(row).then(|| array.value(row));
        value(left).cmp(&value(right))
    };
    let texts = |array: &StringArray| text(array, left).cmp(&text(array, right));
    match column {
        "registered_area_m2" => numbers(rows.registered_cm2),
        "floor_area_m2" => numbers(rows.floor_cm2),
        "valid_to" => dates(rows.valid_to),
        "use_code" => texts(rows.use_code),
        "right_kind" => texts(rows.right_kind),
        "holder_name" => texts(rows.holder_name),
        "address" => texts(rows.address),
        _ => Ordering::Equal,
    }
}

/// Several features of one id as one multipolygon; none if they say different things or overlap.
fn merge(batch: &RecordBatch, rows: &parcel_read::View<'_>, several: &[usize]) -> Option<RecordBatch> {
    const ATTRIBUTES: &[&str] =
        &["valid_to", "use_code", "right_kind", "holder_name", "address", "registered_cm2", "floor_cm2"];
    let attributes = comparable(batch, ATTRIBUTES).ok()?;
    if several.iter().any(|row| attributes.row(*row) != attributes.row(several[0])) {
        return None;
    }
    let mut pieces: Vec<&[u8]> = several.iter().map(|row| rows.geometry.value(*row)).collect();
    pieces.sort_unstable();
    let mut raw = wkb::RawPolygons(Vec::new());
    for piece in pieces {
        raw.0.extend(wkb::decode(piece).ok()?.0);
    }
    let settled = validity::settle(raw).ok().filter(|settled| !settled.repaired)?;
    let geometry = settled.geometry;
    let bounds = Bounds::of(&geometry)?;
    let inside = interior::interior_point(&geometry);
    let centre = bounds.centre();
    let mut bytes = Vec::new();
    wkb::encode(&geometry, &mut bytes);
    let single = take(batch, &several[..1]).ok()?;
    let schema = single.schema();
    let columns = schema.fields().iter().zip(single.columns()).map(|(field, column)| -> ArrayRef {
        let double = |value: f64| Arc::new(arrow::array::Float64Array::from(vec![value])) as ArrayRef;
        let whole = |value: i64| Arc::new(arrow::array::Int64Array::from(vec![value])) as ArrayRef;
        match field.name().as_str() {
            "area_cm2" => whole(area::area(&geometry).cm2()),
            "hilbert" => whole(i64::from(hilbert::index(centre.x, centre.y))),
            "min_lon" => double(bounds.min_lon),
            "min_lat" => double(bounds.min_lat),
            "max_lon" => double(bounds.max_lon),
            "max_lat" => double(bounds.max_lat),
            "lon" => double(inside.x),
            "lat" => double(inside.y),
            "geometry" => Arc::new(arrow::array::BinaryArray::from(vec![bytes.as_slice()])),
            _ => column.clone(),
        }
    });
    RecordBatch::try_new(schema.clone(), columns.collect()).ok()
}

/// Hilbert order, parts and lineage.
fn finish(
    county: &str,
    batch: &RecordBatch,
    facts: Option<&SourceFacts>,
    max_rows: usize,
    mut work: Work,
) -> Result<Settled, StageError> {
    let rows = parcel_read::View::of(batch)?;
    let order = ordered(batch.num_rows(), |left, right| {
        let key = |row: usize| (rows.hilbert.value(row), rows.parcel_id.value(row), rows.valid_from.value(row));
        key(left).cmp(&key(right))
    });
    let sorted = take(batch, &order)?;
    let delivered: ArrayRef = Arc::new(Date32Array::from(vec![facts.and_then(|facts| facts.delivered); order.len()]));
    let columns: Result<Vec<ArrayRef>, StageError> = parcel::TABLE
        .columns
        .iter()
        .map(
            |declared| {
                if declared.name == "delivered" { Ok(delivered.clone()) } else { column(&sorted, declared.name) }
            },
        )
        .collect();
    let settled = RecordBatch::try_new(parcel::TABLE.schema(), columns?)?;
    let indexes = column(&settled, "hilbert")?;
    let indexes: Vec<u32> =
        indexes.as_primitive::<Int64Type>().values().iter().map(|index| u32::try_from(*index).unwrap_or(0)).collect();
    let has_land_outside = (0..batch.num_rows()).any(|row| {
        !hilbert::contains(rows.min_lon.value(row), rows.min_lat.value(row))
            || !hilbert::contains(rows.max_lon.value(row), rows.max_lat.value(row))
    });
    let parts = cut(county, &indexes, has_land_outside, max_rows)
        .into_iter()
        .map(|(part, range)| (part, settled.slice(range.start, range.len())))
        .collect();
    note_overlapping_versions(&rows, &mut work.issues);
    note_remarks(county, &rows, facts, &mut work.issues);
    Ok(Settled {
        parcels: parts,
        lineage: lineage(&rows, facts)?,
        rejects: work.rejects.finish()?,
        issues: work.issues.finish()?,
        tallies: work.tallies.finish()?,
    })
}

/// Versions of one parcel whose validity overlaps would count its land twice.
fn note_overlapping_versions(rows: &parcel_read::View<'_>, issues: &mut Issues) {
    let order = ordered(rows.parcel_id.len(), |left, right| {
        let key = |row: usize| (rows.parcel_id.value(row), rows.valid_from.value(row));
        key(left).cmp(&key(right))
    });
    for pair in order.windows(2) {
        let (earlier, later) = (pair[0], pair[1]);
        let is_open = !rows.valid_to.is_valid(earlier) || rows.valid_to.value(earlier) >= rows.valid_from.value(later);
        if rows.parcel_id.value(earlier) == rows.parcel_id.value(later) && is_open {
            let id = rows.parcel_id.value(later);
            issues.note("parcel", rows.county_code.value(later), IssueCode::VersionsOverlap, Some(id), None);
        }
    }
}

/// What is remarked on in the rows that stay.
fn note_remarks(county: &str, rows: &parcel_read::View<'_>, facts: Option<&SourceFacts>, issues: &mut Issues) {
    let is_official = facts.is_some_and(|facts| facts.rules.ids == Ids::Official);
    let bounds = county.parse().ok().and_then(|county| CountyBounds::of(&county));
    for row in 0..rows.parcel_id.len() {
        let id = rows.parcel_id.value(row);
        for (happened, code) in [
            (rows.ring_closed.value(row), IssueCode::RingClosed),
            (rows.repaired.value(row), IssueCode::GeometryRepaired),
            (rows.rounded.value(row), IssueCode::AmountRounded),
            (!rows.registered_cm2.is_valid(row), IssueCode::AreaRegisteredMissing),
            (is_official && !id.starts_with(county), IssueCode::DivisionDisagrees),
            (bounds.is_some_and(|it| it.is_far(rows.lon.value(row), rows.lat.value(row))), IssueCode::DivisionFar),
        ] {
            if happened {
                issues.note("parcel", county, code, Some(id), None);
            }
        }
    }
}

fn lineage(rows: &parcel_read::View<'_>, facts: Option<&SourceFacts>) -> Result<RecordBatch, StageError> {
    let order = ordered(rows.parcel_id.len(), |left, right| {
        let key = |row: usize| (rows.parcel_id.value(row), rows.valid_from.value(row));
        key(left).cmp(&key(right))
    });
    let mut lineage = lineage_parcel::Builder::default();
    for row in order {
        lineage.parcel_id.append_value(rows.parcel_id.value(row));
        lineage.valid_from.append_value(rows.valid_from.value(row));
        lineage.source_id.append_value(facts.map_or("", |facts| &facts.id));
        lineage.delivery.append_option(facts.and_then(|facts| facts.delivered));
        lineage.file.append_value(rows.file.value(row));
        lineage.row.append_value(rows.row.value(row));
    }
    Ok(lineage.finish()?)
}
