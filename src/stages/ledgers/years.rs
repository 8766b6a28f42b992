//! Years from finer periods: a year is its annual row, else exactly four quarters or twelve months, else incomplete.

use arrow::array::{Int64Array, RecordBatch};

use super::super::StageError;
use super::super::order::{by_keys, comparable, keys, take};
use super::work::{Columns, Work, sum_of, with_amounts, year_of};
use crate::domain::{IssueCode, Period, RejectCode, Set};
use crate::table::{LabelBuilder, Labels, labels};

/// The rows with one row a key and year, sorted by the key. Mixed grains are rejected, and taken out of `origins`,
/// the rows as delivered; an incomplete year keeps its sum, and its enterprise is marked. What does not add up over
/// periods is told by years alone. None if all rows are years already.
pub(super) fn assemble(
    rows: &RecordBatch,
    origins: &mut RecordBatch,
    work: &mut Work<'_>,
) -> Result<Option<RecordBatch>, StageError> {
    let declared = work.table.table();
    let periods = labels(rows, declared, "period")?;
    let grains: Vec<usize> = periods.names().iter().map(|name| grain(name.unwrap_or_default())).collect();
    if grains.iter().all(|grain| *grain == 1) {
        return Ok(None);
    }
    let columns = Columns::of(work.table, rows)?;
    let others: Vec<&str> = declared.key.iter().copied().filter(|column| *column != "period").collect();
    let year_keys = with_years(&keys(rows, &others)?, &periods);
    let mut refused: Set<Vec<u8>> = Set::default();
    let (mut kept, mut years) = (Vec::new(), LabelBuilder::default());
    let mut sums: Vec<Vec<Option<i64>>> = vec![Vec::new(); columns.amounts.len()];
    let order = by_keys(&year_keys, (0..rows.num_rows()).collect());
    for run in order.chunk_by(|left, right| year_keys[*left] == year_keys[*right]) {
        let year = year_of(periods.value(run[0]));
        let grain = grains[periods.code(run[0])];
        if run.iter().any(|row| grains[periods.code(*row)] != grain) {
            let mixed = take(rows, run)?;
            refused.extend(comparable(&mixed, declared.key)?.iter().map(|row| row.as_ref().to_vec()));
            continue;
        }
        let mut is_incomplete = grain != run.len();
        for ((declared, amounts), sums) in columns.amounts.iter().zip(&mut sums) {
            let (sum, is_open) = if declared.is_additive || grain == 1 { sum_of(amounts, run) } else { (None, false) };
            sums.push(sum);
            is_incomplete |= is_open;
        }
        if is_incomplete {
            work.mark(&columns, run[0]);
            work.issues.note(work.table.name(), work.county, IssueCode::YearIncomplete, None, Some(year));
        }
        kept.push(run[0]);
        years.append_value(year);
    }
    refuse(&refused, origins, work)?;
    let sums = sums.into_iter().map(Int64Array::from).collect();
    let whole = with_amounts(&take(rows, &kept)?, work.table, sums)?;
    let mut columns = whole.columns().to_vec();
    columns[whole.schema().index_of("period")?] = years.finish();
    let whole = RecordBatch::try_new(whole.schema(), columns)?;
    let keys = keys(&whole, declared.key)?;
    take(&whole, &by_keys(&keys, (0..keys.len()).collect())).map(Some)
}

/// The keys with the period's year behind them: rows of one key and year are equal by it.
fn with_years(keys: &[u128], periods: &Labels<'_>) -> Vec<u128> {
    let names = periods.names().iter().map(|name| year_of(name.unwrap_or_default()).parse().unwrap_or(0));
    let years: Vec<u16> = names.collect();
    let with_year = |(row, key): (usize, &u128)| key << u16::BITS | u128::from(years[periods.code(row)]);
    keys.iter().enumerate().map(with_year).collect()
}

/// Rejects the delivered rows behind refused keys.
fn refuse(refused: &Set<Vec<u8>>, origins: &mut RecordBatch, work: &mut Work<'_>) -> Result<(), StageError> {
    if refused.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(work.table, origins)?;
    let keys = comparable(origins, work.table.table().key)?;
    let (out, stay): (Vec<usize>, Vec<usize>) =
        (0..origins.num_rows()).partition(|row| refused.contains(keys.row(*row).as_ref()));
    for row in out {
        work.take_back(&columns, row);
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
