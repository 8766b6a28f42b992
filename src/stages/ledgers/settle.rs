//! Exchange by county: which delivery is in force, and one row for each key.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};

use super::super::StageError;
use super::super::delivered::{CountyRows, SourceFacts};
use super::super::order::{by_keys, column, comparable, keys, ordered, take, text, value};
use super::super::quality::Outcome;
use super::work::{Columns, Work, amounts_of, distinct, sum_of, with_amounts, year_of};
use super::years::assemble;
use crate::domain::{IssueCode, RejectCode};
use crate::fault::{self, Fault};
use crate::table::delivery::{Delivered, Duplicates};
use crate::table::{Labels, Table, coverage, labels};

/// A settled ledger of a county.
pub struct Settled {
    /// Its rows, one a key, sorted by it; years where the table has periods.
    pub rows: RecordBatch,
    /// Every accepted row as delivered, before sums and years: what lineage lists. None where each stands in `rows` as it
    /// was delivered.
    pub origins: Option<RecordBatch>,
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
    let declared = table.table();
    // One source's rows are in order already.
    let is_in_order = settled.len() == 1;
    let order = |batch| if is_in_order { Ok(batch) } else { in_order(&batch, declared.key) };
    let rows = order(joined(declared, settled)?)?;
    let mut origins = joined(declared, origins)?;
    let years = if table.has_period() { assemble(&rows, &mut origins, &mut work)? } else { None };
    // Every row has an origin: where there are as many, and none was made a year, they are the same.
    let has_others = years.is_some() || origins.num_rows() > rows.num_rows();
    let rows = years.unwrap_or(rows);
    let coverage = coverage_of(table, county, sources, &rows)?;
    Ok(Settled {
        rows,
        origins: has_others.then(|| order(origins)).transpose()?,
        coverage,
        marks: work.marks.finish()?,
        rejects: work.rejects.finish()?,
        issues: work.issues.finish()?,
        tallies: work.tallies.finish()?,
    })
}

/// Several batches as one; the only one as it is.
fn joined(declared: &Table, mut batches: Vec<RecordBatch>) -> Result<RecordBatch, StageError> {
    match batches.len() {
        1 => Ok(batches.remove(0)),
        _ => Ok(declared.concat(&batches)?),
    }
}

/// The rows by key. Rows of one key stay in the order of their source, file and line.
fn in_order(batch: &RecordBatch, key: &[&str]) -> Result<RecordBatch, StageError> {
    let keys = keys(batch, key)?;
    take(batch, &by_keys(&keys, (0..keys.len()).collect()))
}

/// The source in force for each year (for tables without periods: for the one key `""`).
fn in_force<'s>(
    table: Delivered,
    sources: &'s [CountyRows<'_>],
) -> Result<BTreeMap<String, &'s SourceFacts>, StageError> {
    let mut force: BTreeMap<String, &SourceFacts> = BTreeMap::new();
    for source in sources {
        // A delivery whose every row of a year is refused has still taken the place of the older one.
        let mut years = source.refused_years.clone();
        if table.has_period() {
            let periods = labels(&source.batch, table.table(), "period")?;
            let mut is_used = vec![false; periods.names().len()];
            (0..periods.len()).for_each(|row| is_used[periods.code(row)] = true);
            let used = periods.names().iter().zip(is_used).filter(|(_, is_used)| *is_used);
            years.extend(used.map(|(name, _)| year_of(name.unwrap_or_default()).to_owned()));
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
        let declared = self.table.table();
        let columns = Columns::of(self.table, batch)?;
        let is_force = |year: &str| force.get(year).is_some_and(|facts| facts.id == source.facts.id);
        let by_code: Vec<bool> = match columns.period {
            Some(periods) => periods.names().iter().map(|name| is_force(year_of(name.unwrap_or_default()))).collect(),
            None => vec![is_force("")],
        };
        let is_valid = |row: &usize| by_code[columns.period.map_or(0, |periods| periods.code(*row))];
        let (valid, superseded) = if by_code.iter().all(|is_force| *is_force) {
            ((0..batch.num_rows()).collect(), Vec::new())
        } else {
            (0..batch.num_rows()).partition(is_valid)
        };
        let [mut taken, mut passed_over, mut refused] =
            [Outcome::Accepted, Outcome::Superseded, Outcome::Rejected].map(|outcome| columns.counts(outcome));
        for row in superseded {
            columns.count(&mut passed_over, row);
            let year = columns.year(row);
            let newer = force.get(year.unwrap_or("")).is_some_and(|facts| facts.delivered > source.facts.delivered);
            let code = if newer { IssueCode::DeliverySuperseded } else { IssueCode::DeliveryTie };
            self.issues.note(self.table.name(), self.county, code, Some(&source.facts.id), year);
        }
        let keys = keys(batch, declared.key)?;
        let valid = by_keys(&keys, valid);
        let same = |left: &usize, right: &usize| keys[*left] == keys[*right];
        let repeated: Vec<usize> = valid.chunk_by(same).filter(|run| run.len() > 1).flatten().copied().collect();
        let content = comparable(&take(batch, &repeated)?, &content_columns(declared))?;
        let mut passed = 0;
        // The runs that are summed, by their place among what is kept.
        let (mut kept, mut sums) = (Vec::with_capacity(valid.len()), Vec::new());
        for run in valid.chunk_by(same) {
            if let [only] = run {
                columns.count(&mut taken, *only);
                kept.push(*only);
                continue;
            }
            let content = |at: usize| content.row(passed + at);
            if source.facts.rules.duplicates == Duplicates::Sum {
                for row in run {
                    columns.count(&mut taken, *row);
                }
                // What one of them does not tell is missing from the sum.
                if columns.amounts.iter().any(|(_, amounts)| sum_of(amounts, run).1) {
                    self.mark(&columns, run[0]);
                }
                sums.push((kept.len(), run));
                kept.push(run[0]);
            } else {
                let mut seen = BTreeSet::new();
                let (distinct, equal): (Vec<usize>, Vec<usize>) =
                    (0..run.len()).partition(|at| seen.insert(content(*at).as_ref().to_vec()));
                for at in equal {
                    columns.count(&mut passed_over, run[at]);
                }
                let distinct: Vec<usize> = distinct.into_iter().map(|at| run[at]).collect();
                let chosen = self.chosen(source, batch, &distinct)?;
                for row in distinct {
                    match chosen {
                        Some(chosen) if chosen == row => {
                            columns.count(&mut taken, row);
                            kept.push(row);
                        }
                        Some(_) => columns.count(&mut passed_over, row),
                        None => {
                            columns.count(&mut refused, row);
                            self.reject(&columns, row, RejectCode::DuplicateKey);
                        }
                    }
                }
            }
            passed += run.len();
        }
        for counts in [taken, passed_over, refused] {
            columns.enter(self.table, &counts, &mut self.tallies);
        }
        let rows = take(batch, &kept)?;
        if sums.is_empty() {
            return Ok((rows.clone(), rows));
        }
        let summed = |amounts: &Int64Array| {
            let mut amounts_kept: Vec<Option<i64>> = kept.iter().map(|row| value(amounts, *row)).collect();
            for (at, run) in &sums {
                amounts_kept[*at] = sum_of(amounts, run).0;
            }
            Int64Array::from(amounts_kept)
        };
        let amounts = columns.amounts.iter().map(|(_, amounts)| summed(amounts)).collect();
        let (mut accepted, mut from) = (Vec::with_capacity(valid.len()), 0);
        for (at, run) in &sums {
            accepted.extend_from_slice(&kept[from..*at]);
            accepted.extend_from_slice(run);
            from = at + 1;
        }
        accepted.extend_from_slice(&kept[from..]);
        Ok((with_amounts(&rows, self.table, amounts)?, take(batch, &accepted)?))
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
        let amount = self.table.amounts().iter().find(|amount| amount.name == of).map(|amount| amount.column);
        let name = match of.as_str() {
            "amount_m2" => "amount_cm2",
            "serious" => "is_serious",
            "met" => "is_met",
            other => amount.unwrap_or(other),
        };
        let values = column(batch, name)?;
        let labels = Labels::of(&values);
        let rank = |row: usize| -> (Option<i64>, Option<&str>) {
            let number = values.as_primitive_opt::<Int64Type>();
            let words = values.as_string_opt::<i32>();
            if let Some(labels) = labels {
                return (None, labels.get(row));
            }
            let date = values.as_primitive_opt::<Date32Type>();
            let number = number.filter(|all| all.is_valid(row)).map(|all| all.value(row));
            let date = date.filter(|all| all.is_valid(row)).map(|all| i64::from(all.value(row)));
            let flag = values.as_boolean_opt().filter(|all| all.is_valid(row)).map(|all| i64::from(all.value(row)));
            (number.or(date).or(flag), words.and_then(|all| text(all, row)))
        };
        let order = ordered(distinct.len(), |left, right| {
            let order = rank(distinct[left]).cmp(&rank(distinct[right]));
            if wants_lowest { order } else { order.reverse() }
        });
        let (best, next) = (distinct[order[0]], distinct[order[1]]);
        Ok((rank(best) != rank(next)).then_some(best))
    }
}

/// The columns in which rows of one key may differ: all but those that say where a row comes from.
fn content_columns(declared: &Table) -> Vec<&'static str> {
    let names = declared.columns.iter().map(|column| column.name);
    names.filter(|name| !["source_id", "delivered", "file", "row"].contains(name)).collect()
}

fn coverage_of(
    table: Delivered,
    county: &str,
    sources: &[CountyRows<'_>],
    settled: &RecordBatch,
) -> Result<RecordBatch, StageError> {
    let mut rows = coverage::Builder::default();
    if table.amounts().is_empty() {
        cover(&mut rows, (table, table.name()), county, sources, settled, |_| true)?;
    }
    for (declared, amounts) in amounts_of(table, settled)? {
        cover(&mut rows, (table, declared.input), county, sources, settled, |row| amounts.is_valid(row))?;
    }
    Ok(rows.finish()?)
}

/// Which source delivers an input: the settled rows that tell of it.
fn cover(
    rows: &mut coverage::Builder,
    (table, input): (Delivered, &str),
    county: &str,
    sources: &[CountyRows<'_>],
    settled: &RecordBatch,
    is_told: impl Fn(usize) -> bool,
) -> Result<(), StageError> {
    let declared = table.table();
    let ids = labels(settled, declared, "source_id")?;
    let periods = if table.has_period() { Some(labels(settled, declared, "period")?) } else { None };
    let mut by_code = vec![0; distinct(Some(ids)) * distinct(periods)];
    for row in (0..settled.num_rows()).filter(|row| is_told(*row)) {
        by_code[periods.map_or(0, |periods| periods.code(row)) * distinct(Some(ids)) + ids.code(row)] += 1;
    }
    let mut accepted: BTreeMap<(Option<&str>, &str), i64> = BTreeMap::new();
    for (place, count) in by_code.into_iter().enumerate().filter(|(_, count)| *count > 0) {
        let (period, id) = (place / distinct(Some(ids)), place % distinct(Some(ids)));
        let period = periods.map(|periods| periods.names().value(period));
        *accepted.entry((period, ids.names().value(id))).or_default() += count;
    }
    for ((period, id), count) in accepted {
        let Some(source) = sources.iter().find(|source| source.facts.id == id) else { continue };
        rows.input.append_value(input);
        rows.county_code.append_value(county);
        rows.period.append_option(period);
        rows.source_id.append_value(id);
        rows.delivered.append_option(source.facts.delivered);
        rows.absent_is_zero.append_value(source.facts.absent_is_zero);
        rows.rows.append_value(count);
    }
    Ok(())
}
