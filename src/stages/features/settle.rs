//! Exchange by county: which delivery is in force, one row for each key, and where each row comes from.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};

use super::super::StageError;
use super::super::delivered::{CountyRows, SourceFacts, fault};
use super::super::order::{column, comparable, ordered, runs, sorted, take};
use super::super::quality::{Issues, Outcome, Refused, Rejects, Tallies};
use super::shape::Shape;
use crate::domain::division::CountyBounds;
use crate::domain::{IssueCode, RejectCode};
use crate::geometry::{validity, wkb};
use crate::table::delivery::Duplicates;
use crate::table::{LabelBuilder, Table, column as typed};

/// What tells the rows of a table of read features apart.
pub struct Features {
    /// Its declaration.
    pub table: &'static Table,
    /// The table's name in rejects, issues and the balance.
    pub name: &'static str,
    /// The column of its identifiers.
    pub id: &'static str,
    /// The columns beside identifier, first day and shape that make two rows identical.
    pub attributes: &'static [&'static str],
    /// The columns that mappings know by another name: theirs, ours.
    pub renamed: &'static [(&'static str, &'static str)],
    /// Why differing rows of one key are refused.
    pub duplicate: RejectCode,
}

/// Rows of one source that stay. They are not taken out of the others until they are put in their last order.
pub struct Kept<'a> {
    /// Rows, those that are refused among them.
    pub batch: RecordBatch,
    /// Which stay, in the order of their key.
    pub rows: Vec<usize>,
    /// Their source.
    pub facts: &'a SourceFacts,
}

/// Settles one county.
pub struct Settling<'a> {
    features: &'static Features,
    county: &'a str,
    /// Rejects.
    pub rejects: Rejects,
    /// Issues.
    pub issues: Issues,
    /// Balance.
    pub tallies: Tallies,
}

/// The columns by which rows are told apart.
struct Columns<'a> {
    id: &'a StringArray,
    from: &'a Date32Array,
    to: &'a Date32Array,
    file: &'a StringArray,
    row: &'a Int64Array,
    geometry: &'a BinaryArray,
}

impl<'a> Columns<'a> {
    fn of(features: &'static Features, batch: &'a RecordBatch) -> Result<Self, StageError> {
        let table = features.table;
        Ok(Self {
            id: typed(batch, table, features.id)?,
            from: typed(batch, table, "valid_from")?,
            to: typed(batch, table, "valid_to")?,
            file: typed(batch, table, "file")?,
            row: typed(batch, table, "row")?,
            geometry: typed(batch, table, "geometry")?,
        })
    }

    fn key(&self, row: usize) -> (&str, i32) {
        (self.id.value(row), self.from.value(row))
    }
}

impl<'a> Settling<'a> {
    /// Of a county's features.
    #[must_use]
    pub fn new(features: &'static Features, county: &'a str) -> Self {
        let (rejects, issues, tallies) = (Rejects::default(), Issues::default(), Tallies::default());
        Self { features, county, rejects, issues, tallies }
    }

    /// The newest of the deliveries; it replaces the others.
    pub fn newest<'s, 'f>(&mut self, sources: &'s [CountyRows<'f>]) -> Option<&'s CountyRows<'f>> {
        let newest = sources.iter().max_by_key(|source| (source.facts.delivered, &source.facts.id))?;
        for source in sources.iter().filter(|source| source.facts.id != newest.facts.id) {
            self.count(source, Outcome::Superseded, source.batch.num_rows());
            let newer = newest.facts.delivered > source.facts.delivered;
            let code = if newer { IssueCode::DeliverySuperseded } else { IssueCode::DeliveryTie };
            self.issues.note(self.features.name, self.county, code, Some(&source.facts.id), None);
        }
        Some(newest)
    }

    /// A delivery's rows, one for each key. `refused` tells of an id why none of its rows may stay.
    ///
    /// # Errors
    /// Never by the data.
    pub fn unique<'f>(
        &mut self,
        source: &CountyRows<'f>,
        refused: impl Fn(&str) -> Option<RejectCode>,
    ) -> Result<Kept<'f>, StageError> {
        let batch = &source.batch;
        let rows = Columns::of(self.features, batch)?;
        let origin = |row: usize| (rows.file.value(row), rows.row.value(row));
        let order = ordered(batch.num_rows(), |left, right| {
            rows.key(left).cmp(&rows.key(right)).then_with(|| origin(left).cmp(&origin(right)))
        });
        let mut content = vec![self.features.id, "valid_from", "geometry"];
        content.extend(self.features.attributes);
        let same = |left: usize, right: usize| rows.key(left) == rows.key(right);
        let repeated: Vec<usize> = runs(&order, same).filter(|run| run.len() > 1).flatten().copied().collect();
        let content = comparable(&take(batch, &repeated)?, &content)?;
        let (mut passed, mut superseded) = (0, 0);
        let mut kept = Vec::with_capacity(order.len());
        let mut merged = Vec::new();
        for run in runs(&order, same) {
            let first = passed;
            passed += if run.len() > 1 { run.len() } else { 0 };
            if let Some(code) = refused(rows.id.value(run[0])) {
                self.reject(source, &rows, run, code);
                continue;
            }
            if let [only] = run {
                kept.push(*only);
                continue;
            }
            // Identical rows count once; the first by file and row stands for them.
            let mut seen = BTreeSet::new();
            let is_new = |at: &usize| seen.insert(content.row(first + at).as_ref().to_vec());
            let distinct: Vec<usize> = (0..run.len()).filter(is_new).map(|at| run[at]).collect();
            superseded += run.len() - distinct.len();
            match distinct.as_slice() {
                [only] => kept.push(*only),
                several => self.differing(source, &rows, several, &mut kept, &mut merged)?,
            }
        }
        self.count(source, Outcome::Superseded, superseded);
        self.count(source, Outcome::Accepted, kept.len());
        let facts = source.facts;
        if merged.is_empty() {
            return Ok(Kept { batch: batch.clone(), rows: kept, facts });
        }
        let batch = self.features.table.concat(std::iter::once(batch).chain(&merged))?;
        kept.extend(rows.id.len()..batch.num_rows());
        let rows = Columns::of(self.features, &batch)?;
        kept.sort_by(|left, right| rows.key(*left).cmp(&rows.key(*right)));
        Ok(Kept { rows: kept, facts, batch })
    }

    /// Differing rows of one key, by the mapping's `duplicates`.
    fn differing(
        &mut self,
        source: &CountyRows<'_>,
        rows: &Columns<'_>,
        several: &[usize],
        kept: &mut Vec<usize>,
        merged: &mut Vec<RecordBatch>,
    ) -> Result<(), StageError> {
        match &source.facts.rules.duplicates {
            Duplicates::KeepHighest(of) | Duplicates::KeepLowest(of) => {
                let ours = self.features.renamed.iter().find(|(theirs, _)| *theirs == of.as_str());
                let values = comparable(&source.batch, &[ours.map_or(of.as_str(), |(_, ours)| *ours)])?;
                let wants_lowest = matches!(source.facts.rules.duplicates, Duplicates::KeepLowest(_));
                // An absent value is the lowest.
                let compare = |left: &usize, right: &usize| {
                    let order = values.row(*left).cmp(&values.row(*right));
                    if wants_lowest { order.reverse() } else { order }
                };
                let best = several.iter().copied().max_by(compare).unwrap_or(several[0]);
                let ties = several.iter().filter(|row| compare(row, &best) == Ordering::Equal).count();
                if ties == 1 {
                    self.count(source, Outcome::Superseded, several.len() - 1);
                    kept.push(best);
                    return Ok(());
                }
            }
            Duplicates::Merge => {
                if let Some(row) = self.merge(&source.batch, rows, several) {
                    self.count(source, Outcome::Accepted, several.len());
                    merged.push(row);
                    return Ok(());
                }
            }
            Duplicates::Reject | Duplicates::Sum => {}
        }
        self.reject(source, rows, several, self.features.duplicate);
        Ok(())
    }

    /// Several features of one id as one multipolygon; none if they say different things or overlap.
    fn merge(&self, batch: &RecordBatch, rows: &Columns<'_>, several: &[usize]) -> Option<RecordBatch> {
        let attributes = comparable(batch, self.features.attributes).ok()?;
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
        let mut bytes = Vec::new();
        let shape = Shape::of(&settled, &mut bytes).ok()?;
        let single = take(batch, &several[..1]).ok()?;
        let schema = single.schema();
        let columns = schema.fields().iter().zip(single.columns()).map(|(field, column)| -> ArrayRef {
            let double = |value: f64| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
            let whole = |value: i64| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
            match field.name().as_str() {
                "area_cm2" => whole(shape.area.cm2()),
                "hilbert" => whole(i64::from(shape.hilbert)),
                "min_lon" => double(shape.bounds.min_lon),
                "min_lat" => double(shape.bounds.min_lat),
                "max_lon" => double(shape.bounds.max_lon),
                "max_lat" => double(shape.bounds.max_lat),
                "lon" => double(shape.inside.x),
                "lat" => double(shape.inside.y),
                "geometry" => Arc::new(BinaryArray::from(vec![shape.wkb])),
                _ => column.clone(),
            }
        });
        RecordBatch::try_new(schema.clone(), columns.collect()).ok()
    }

    fn count(&mut self, source: &CountyRows<'_>, outcome: Outcome, rows: usize) {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.tallies.add((&source.facts.id, self.features.name), None, "rows", (outcome, None), rows);
    }

    fn reject(&mut self, source: &CountyRows<'_>, rows: &Columns<'_>, refused: &[usize], code: RejectCode) {
        self.count(source, Outcome::Rejected, refused.len());
        for row in refused {
            let id = rows.id.value(*row);
            let refused = Refused {
                source: &source.facts.id,
                delivered: source.facts.delivered,
                table: self.features.name,
                county: Some(self.county),
                file: rows.file.value(*row),
                row: rows.row.value(*row),
                parcel_id: (self.features.id == "parcel_id").then_some(id),
            };
            self.rejects.note(refused, fault(code, self.features.id));
        }
    }

    /// Remarks on the shapes that stay, and on versions of one feature that are valid at once: they would count its
    /// land twice.
    ///
    /// # Errors
    /// Never by the data.
    pub fn remark(&mut self, Kept { batch, rows: kept, .. }: &Kept<'_>) -> Result<(), StageError> {
        let (features, county) = (self.features, self.county);
        let rows = Columns::of(features, batch)?;
        let flag = |name| typed::<BooleanArray>(batch, features.table, name);
        let degrees = |name| typed::<Float64Array>(batch, features.table, name);
        let (closed, repaired, lon, lat) = (flag("ring_closed")?, flag("repaired")?, degrees("lon")?, degrees("lat")?);
        let bounds = county.parse().ok().and_then(|county| CountyBounds::of(&county));
        for row in kept.iter().copied() {
            for (happened, code) in [
                (closed.value(row), IssueCode::RingClosed),
                (repaired.value(row), IssueCode::GeometryRepaired),
                (bounds.is_some_and(|it| it.is_far(lon.value(row), lat.value(row))), IssueCode::DivisionFar),
            ] {
                if happened {
                    self.issues.note(features.name, county, code, Some(rows.id.value(row)), None);
                }
            }
        }
        for pair in kept.windows(2) {
            let (earlier, later) = (pair[0], pair[1]);
            let is_open = !rows.to.is_valid(earlier) || rows.to.value(earlier) >= rows.from.value(later);
            let id = rows.id.value(later);
            if rows.id.value(earlier) == id && is_open {
                self.issues.note(features.name, county, IssueCode::VersionsOverlap, Some(id), None);
            }
        }
        Ok(())
    }

    /// Where the rows come from, in the order of their key.
    ///
    /// # Errors
    /// Never by the data.
    pub fn lineage(&self, table: &'static Table, kept: &[Kept<'_>]) -> Result<RecordBatch, StageError> {
        let mut batches = Vec::with_capacity(kept.len());
        for Kept { batch, rows, facts } in kept {
            let (mut sources, mut files) = (LabelBuilder::default(), LabelBuilder::default());
            let file = Columns::of(self.features, batch)?.file;
            for row in rows {
                sources.append_value(&facts.id);
                files.append_value(file.value(*row));
            }
            let delivery = Arc::new(Date32Array::from(vec![facts.delivered; rows.len()]));
            let names = [self.features.id, "valid_from", "row"].map(|name| batch.schema().index_of(name));
            let told = take(&batch.project(&names.into_iter().collect::<Result<Vec<_>, _>>()?)?, rows)?;
            let [id, from, row] = [0, 1, 2].map(|at| told.column(at).clone());
            let columns = vec![id, from, sources.finish(), delivery, files.finish(), row];
            batches.push(RecordBatch::try_new(table.schema(), columns)?);
        }
        // Identifier and first day: a key of their own.
        sorted(&table.concat(&batches)?, &table.key[..2])
    }
}

/// The rows as the settled table declares them, in Hilbert order.
///
/// # Errors
/// Never by the data.
pub fn settled(table: &'static Table, kept: &[Kept<'_>]) -> Result<RecordBatch, StageError> {
    let mut batches = Vec::with_capacity(kept.len());
    let (mut before, mut order) = (0, Vec::new());
    for Kept { batch, rows, facts } in kept {
        order.extend(rows.iter().map(|row| before + row));
        before += batch.num_rows();
        let of = |name: &str| -> Result<ArrayRef, StageError> {
            match name {
                "delivered" => Ok(Arc::new(Date32Array::from(vec![facts.delivered; batch.num_rows()]))),
                name => column(batch, name),
            }
        };
        let columns: Result<Vec<ArrayRef>, StageError> = table.columns.iter().map(|it| of(it.name)).collect();
        batches.push(RecordBatch::try_new(table.schema(), columns?)?);
    }
    let batch = table.concat(&batches)?;
    let hilbert: &Int64Array = typed(&batch, table, "hilbert")?;
    let id: &StringArray = typed(&batch, table, table.key[0])?;
    let from: &Date32Array = typed(&batch, table, "valid_from")?;
    let key = |row: usize| (hilbert.value(row), id.value(row), from.value(row));
    order.sort_by(|left, right| key(*left).cmp(&key(*right)));
    take(&batch, &order)
}
