//! Exchange by county: which delivery is in force, and one row for each key.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};

use super::super::StageError;
use super::super::delivered::{CountyRows, SourceFacts};
use super::super::order::{column, comparable, ordered, runs, sorted, take, text};
use super::super::quality::Outcome;
use super::work::{Columns, Work, amount_column, declaration, year_of};
use super::years::assemble;
use crate::domain::{IssueCode, RejectCode};
use crate::fault::{self, Fault};
use crate::table::coverage;
use crate::table::delivery::{Delivered, Duplicates};

/// A settled ledger of a county.
pub struct Settled {
    /// Its rows, one a key, sorted by it; years where the table has periods.
    pub rows: RecordBatch,
    /// Every accepted row as delivered, before sums and years: what lineage lists.
    pub origins: RecordBatch,
    /// Which source is in force.
    pub coverage: RecordBatch,
    /// Marks.
    pub marks: RecordBatch,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// Settles what all sources deliver of `table` for `county`.
///
/// # Errors
/// Never by the data.
pub fn settle(table: Delivered, county: &str, sources: &[CountyRows<'_>]) -> Result<Settled, StageError> {
    let mut work = Work::new(table, county);
    let force = in_force(table, sources)?;
    let (mut settled, mut origins) = (Vec::new(), Vec::new());
    for source in sources {
        let (rows, accepted) = work.source(source, &force)?;
        settled.push(rows);
        origins.push(accepted);
    }
    let declared = declaration(table);
    let rows = sorted(&declared.concat(&settled)?, declared.key)?;
    let mut origins = declared.concat(&origins)?;
    let rows = if table.has_period() { assemble(&rows, &mut origins, &mut work)? } else { rows };
    let origins = sorted(&origins, &[declared.key, &["file", "row"]].concat())?;
    let coverage = coverage_of(table, county, sources, &rows)?;
    Ok(Settled {
        rows,
        origins,
        coverage,
        marks: work.marks.finish()?,
        rejects: work.rejects.finish()?,
        issues: work.issues.finish()?,
        tallies: work.tallies.finish()?,
    })
}

/// The source in force for each year (for tables without periods: for the one key `""`).
fn in_force<'s>(
    table: Delivered,
    sources: &'s [CountyRows<'_>],
) -> Result<BTreeMap<String, &'s SourceFacts>, StageError> {
    let mut force: BTreeMap<String, &SourceFacts> = BTreeMap::new();
    for source in sources {
        let mut years: BTreeSet<String> = BTreeSet::new();
        if table.has_period() {
            let periods = column(&source.batch, "period")?;
            years.extend(periods.as_string::<i32>().iter().flatten().map(|period| year_of(period).to_owned()));
        } else if source.batch.num_rows() > 0 {
            years.insert(String::new());
        }
        for year in years {
            let newest = force.entry(year).or_insert(source.facts);
            let is_newer = (source.facts.delivered, &source.facts.id) > (newest.delivered, &newest.id);
            if is_newer != fault::is_on(Fault::SupersededWins) {
                *newest = source.facts;
            }
        }
    }
    Ok(force)
}

impl Work<'_> {
    /// The rows of one source that are in force, one for each key; and all rows behind them.
    fn source(
        &mut self,
        source: &CountyRows<'_>,
        force: &BTreeMap<String, &SourceFacts>,
    ) -> Result<(RecordBatch, RecordBatch), StageError> {
        let batch = &source.batch;
        let declared = declaration(self.table);
        let columns = Columns::of(self.table, batch)?;
        let (mut in_force, mut superseded) = (Vec::new(), Vec::new());
        for row in 0..batch.num_rows() {
            let year = columns.year(row).unwrap_or("");
            let is_in_force = force.get(year).is_some_and(|facts| facts.id == source.facts.id);
            if is_in_force { in_force.push(row) } else { superseded.push(row) }
        }
        for row in superseded {
            self.count(&columns, row, Outcome::Superseded, 1);
            let year = columns.year(row);
            let newer = force.get(year.unwrap_or("")).is_some_and(|facts| facts.delivered > source.facts.delivered);
            let code = if newer { IssueCode::DeliverySuperseded } else { IssueCode::DeliveryTie };
            self.issues.note(self.table.name(), self.county, code, Some(&source.facts.id), year);
        }
        let keys = comparable(batch, declared.key)?;
        let content: Vec<&str> = declared
            .columns
            .iter()
            .map(|column| column.name)
            .filter(|name| !["source_id", "delivered", "file", "row"].contains(name))
            .collect();
        let content = comparable(batch, &content)?;
        let origin = |row: usize| (columns.file.value(row), columns.row.value(row));
        in_force.sort_by(|left, right| {
            keys.row(*left).cmp(&keys.row(*right)).then_with(|| origin(*left).cmp(&origin(*right)))
        });
        let (mut kept, mut accepted, mut sums) = (Vec::new(), Vec::new(), HashMap::new());
        for run in runs(&in_force, |left, right| keys.row(left) == keys.row(right)) {
            if let ([first, _, ..], Duplicates::Sum, Some(amounts)) =
                (run, &source.facts.rules.duplicates, &columns.amount)
            {
                let sum: i64 = run.iter().map(|row| amounts.value(*row)).sum();
                for row in run {
                    self.count(&columns, *row, Outcome::Accepted, 1);
                }
                sums.insert(kept.len(), sum);
                kept.push(*first);
                accepted.extend_from_slice(run);
                continue;
            }
            let mut seen = BTreeSet::new();
            let (distinct, equal): (Vec<usize>, Vec<usize>) =
                run.iter().copied().partition(|row| seen.insert(content.row(*row).as_ref().to_vec()));
            for row in equal {
                self.count(&columns, row, Outcome::Superseded, 1);
            }
            match self.chosen(source, batch, &distinct)? {
                Some(row) => {
                    for other in distinct.iter().filter(|other| **other != row) {
                        self.count(&columns, *other, Outcome::Superseded, 1);
                    }
                    self.count(&columns, row, Outcome::Accepted, 1);
                    kept.push(row);
                    accepted.push(row);
                }
                None => {
                    for row in distinct {
                        self.count(&columns, row, Outcome::Rejected, 1);
                        self.reject(&columns, row, RejectCode::DuplicateKey);
                    }
                }
            }
        }
        let (rows, accepted) = (take(batch, &kept)?, take(batch, &accepted)?);
        match amount_column(self.table) {
            Some(name) if !sums.is_empty() => Ok((with_sums(&rows, name, &sums)?, accepted)),
            _ => Ok((rows, accepted)),
        }
    }

    /// The row that stands for a key, by the mapping's `duplicates`.
    fn chosen(
        &self,
        source: &CountyRows<'_>,
        batch: &RecordBatch,
        distinct: &[usize],
    ) -> Result<Option<usize>, StageError> {
        if let [only] = distinct {
            return Ok(Some(*only));
        }
        if fault::is_on(Fault::DuplicateByPosition) {
            return Ok(distinct.first().copied());
        }
        let (of, wants_lowest) = match &source.facts.rules.duplicates {
            Duplicates::KeepHighest(of) => (of, false),
            Duplicates::KeepLowest(of) => (of, true),
            Duplicates::Reject | Duplicates::Sum | Duplicates::Merge => return Ok(None),
        };
        let is_amount = self.table.amount() == Some(of.as_str()) || of == "amount_m2";
        let name = if of == "amount_m2" {
            "amount_cm2"
        } else {
            amount_column(self.table).filter(|_| is_amount).unwrap_or(of)
        };
        let values = column(batch, name)?;
        let rank = |row: usize| -> (Option<i64>, Option<&str>) {
            let number = values.as_primitive_opt::<Int64Type>();
            let words = values.as_string_opt::<i32>();
            let date = values.as_primitive_opt::<Date32Type>();
            let number = number.filter(|all| all.is_valid(row)).map(|all| all.value(row));
            let date = date.filter(|all| all.is_valid(row)).map(|all| i64::from(all.value(row)));
            (number.or(date), words.and_then(|all| text(all, row)))
        };
        let order = ordered(distinct.len(), |left, right| {
            let order = rank(distinct[left]).cmp(&rank(distinct[right]));
            if wants_lowest { order } else { order.reverse() }
        });
        let (best, next) = (distinct[order[0]], distinct[order[1]]);
        Ok((rank(best) != rank(next)).then_some(best))
    }
}

/// The batch with the amounts of some rows replaced by sums.
fn with_sums(batch: &RecordBatch, name: &str, sums: &HashMap<usize, i64>) -> Result<RecordBatch, StageError> {
    let amounts = column(batch, name)?;
    let amounts = amounts.as_primitive::<Int64Type>();
    let amounts: Int64Array =
        (0..batch.num_rows()).map(|row| Some(sums.get(&row).copied().unwrap_or_else(|| amounts.value(row)))).collect();
    let schema = batch.schema();
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(
            |(field, column)| if field.name() == name { Arc::new(amounts.clone()) as ArrayRef } else { column.clone() },
        )
        .collect();
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

fn coverage_of(
    table: Delivered,
    county: &str,
    sources: &[CountyRows<'_>],
    settled: &RecordBatch,
) -> Result<RecordBatch, StageError> {
    let ids = column(settled, "source_id")?;
    let ids = ids.as_string::<i32>();
    let periods = settled.column_by_name("period").map(arrow::array::AsArray::as_string::<i32>);
    let mut accepted: BTreeMap<(Option<&str>, &str), i64> = BTreeMap::new();
    for row in 0..settled.num_rows() {
        *accepted.entry((periods.map(|periods| periods.value(row)), ids.value(row))).or_default() += 1;
    }
    let mut rows = coverage::Builder::default();
    for ((period, id), count) in accepted {
        let Some(source) = sources.iter().find(|source| source.facts.id == id) else { continue };
        rows.table.append_value(table.name());
        rows.county_code.append_value(county);
        rows.period.append_option(period);
        rows.source_id.append_value(id);
        rows.delivered.append_option(source.facts.delivered);
        rows.absent_is_zero.append_value(source.facts.absent_is_zero);
        rows.rows.append_value(count);
    }
    Ok(rows.finish()?)
}
