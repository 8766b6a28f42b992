//! Tables of whole numbers by a key of texts, which parts and counties add up.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use polars::prelude::{IntoLazy, SortMultipleOptions, col};

use super::super::StageError;
use crate::table::frame::{from_frame, to_frame};
use crate::table::{Table, column};

/// The numbers of each key as rows of `table`, whose columns they are in that order.
pub(super) fn batch<const K: usize, const N: usize>(
    table: &'static Table,
    sums: &BTreeMap<[&str; K], [i64; N]>,
) -> Result<RecordBatch, StageError> {
    let keys = (0..K).map(|at| Arc::new(sums.keys().map(|key| Some(key[at])).collect::<StringArray>()) as ArrayRef);
    let numbers = (0..N).map(|at| Arc::new(sums.values().map(|sum| sum[at]).collect::<Int64Array>()) as ArrayRef);
    Ok(RecordBatch::try_new(table.schema(), keys.chain(numbers).collect())?)
}

/// The sums over all parts by key, in order.
pub(super) fn added(table: &'static Table, parts: &[RecordBatch]) -> Result<RecordBatch, StageError> {
    let names: Vec<&'static str> = table.columns.iter().map(|column| column.name).collect();
    let key: Vec<_> = table.key.iter().map(|name| col(*name)).collect();
    let sums = to_frame(table, &table.concat(parts)?, &names)?
        .lazy()
        .group_by(key)
        .agg([col("*").sum()])
        .sort(table.key.iter().copied(), SortMultipleOptions::default())
        .collect()
        .map_err(|_| StageError::Polars("add up the parts' tallies"))?;
    Ok(from_frame(table, &sums)?)
}

/// The numbers of each row, in the order of the table's columns.
pub(super) fn numbers<const N: usize>(table: &'static Table, sums: &RecordBatch) -> Result<Vec<[i64; N]>, StageError> {
    let mut rows = vec![[0; N]; sums.num_rows()];
    for (at, declared) in table.columns[table.key.len()..].iter().enumerate() {
        let values: &Int64Array = column(sums, table, declared.name)?;
        rows.iter_mut().zip(values.values()).for_each(|(row, value)| row[at] = *value);
    }
    Ok(rows)
}

/// Adds one row's numbers to another's.
pub(super) fn add<const N: usize>(sum: &mut [i64; N], terms: &[i64; N]) {
    sum.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
}
