//! Years from finer periods: a year is its annual row, else exactly four quarters or twelve months, else incomplete.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;

use super::super::StageError;
use super::super::order::{column, comparable, ordered, runs, take};
use super::super::quality::Outcome;
use super::work::{Columns, Work, amount_column, declaration, year_of};
use crate::domain::{IssueCode, Period, RejectCode};

/// The rows with one row a key and year, sorted by the key. Mixed grains are rejected, and taken out of `origins`,
/// the rows as delivered; an incomplete year keeps its sum, and its enterprise is marked.
pub(super) fn assemble(
    rows: &RecordBatch,
    origins: &mut RecordBatch,
    work: &mut Work<'_>,
) -> Result<RecordBatch, StageError> {
    let declared = declaration(work.table);
    let name = amount_column(work.table).unwrap_or_default();
    let columns = Columns::of(work.table, rows)?;
    let periods = column(rows, "period")?;
    let periods = periods.as_string::<i32>();
    let amounts = column(rows, name)?;
    let amounts = amounts.as_primitive::<Int64Type>();
    let others: Vec<&str> = declared.key.iter().copied().filter(|column| *column != "period").collect();
    let keys = comparable(rows, &others)?;
    let year = |row: usize| year_of(periods.value(row));
    let order = ordered(rows.num_rows(), |left, right| {
        keys.row(left).cmp(&keys.row(right)).then_with(|| periods.value(left).cmp(periods.value(right)))
    });
    let whole_keys = comparable(rows, declared.key)?;
    let mut refused: HashSet<Vec<u8>> = HashSet::new();
    let (mut kept, mut sums, mut years) = (Vec::new(), Vec::new(), Vec::new());
    for run in runs(&order, |left, right| keys.row(left) == keys.row(right) && year(left) == year(right)) {
        let grains: BTreeSet<usize> = run.iter().map(|row| grain(periods.value(*row))).collect();
        if grains.len() > 1 {
            refused.extend(run.iter().map(|row| whole_keys.row(*row).as_ref().to_vec()));
            continue;
        }
        if grains.first() != Some(&run.len()) {
            work.mark(&columns, run[0]);
            work.issues.note(work.table.name(), work.county, IssueCode::YearIncomplete, None, Some(year(run[0])));
        }
        kept.push(run[0]);
        sums.push(run.iter().map(|row| amounts.value(*row)).sum::<i64>());
        years.push(year(run[0]));
    }
    refuse(&refused, origins, work)?;
    let whole = take(rows, &kept)?;
    let schema = whole.schema();
    let columns: Vec<ArrayRef> = schema
        .fields()
        .iter()
        .zip(whole.columns())
        .map(|(field, column)| match field.name().as_str() {
            "period" => Arc::new(StringArray::from_iter_values(&years)) as ArrayRef,
            other if other == name => Arc::new(Int64Array::from(sums.clone())),
            _ => column.clone(),
        })
        .collect();
    let whole = RecordBatch::try_new(schema, columns)?;
    super::super::order::sorted(&whole, declared.key)
}

/// Rejects the delivered rows behind refused keys.
fn refuse(refused: &HashSet<Vec<u8>>, origins: &mut RecordBatch, work: &mut Work<'_>) -> Result<(), StageError> {
    if refused.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(work.table, origins)?;
    let keys = comparable(origins, declaration(work.table).key)?;
    let (out, stay): (Vec<usize>, Vec<usize>) =
        (0..origins.num_rows()).partition(|row| refused.contains(keys.row(*row).as_ref()));
    for row in out {
        work.count(&columns, row, Outcome::Accepted, -1);
        work.count(&columns, row, Outcome::Rejected, 1);
        work.reject(&columns, row, RejectCode::PeriodOverlap);
    }
    *origins = take(origins, &stay)?;
    Ok(())
}

/// How many periods of its kind make a year.
fn grain(period: &str) -> usize {
    match period.parse() {
        Ok(Period::Quarter(..)) => 4,
        Ok(Period::Month(..)) => 12,
        _ => 1,
    }
}
