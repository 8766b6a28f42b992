//! Orders and groupings of rows that every settling stage shares.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, take_record_batch};
use arrow::row::{RowConverter, Rows, SortField};

use super::StageError;

/// The batch sorted by `columns`, ascending, nulls first.
///
/// # Errors
/// When a column is missing.
pub fn sorted(batch: &RecordBatch, columns: &[&str]) -> Result<RecordBatch, StageError> {
    if batch.num_rows() < 2 || columns.is_empty() {
        return Ok(batch.clone());
    }
    let options = Some(SortOptions { descending: false, nulls_first: true });
    let keys: Result<Vec<_>, StageError> =
        columns.iter().map(|name| Ok(SortColumn { values: column(batch, name)?, options })).collect();
    let order = lexsort_to_indices(&keys?, None)?;
    Ok(take_record_batch(batch, &order)?)
}

/// The named column.
///
/// # Errors
/// When it is missing.
pub fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef, StageError> {
    let missing = || arrow::error::ArrowError::SchemaError(format!("no column {name}"));
    Ok(batch.column_by_name(name).cloned().ok_or_else(missing)?)
}

/// The rows of `columns` in a form that compares byte by byte.
///
/// # Errors
/// When a column is missing.
pub fn comparable(batch: &RecordBatch, columns: &[&str]) -> Result<Rows, StageError> {
    let arrays: Result<Vec<_>, _> = columns.iter().map(|name| column(batch, name)).collect();
    let arrays = arrays?;
    let fields = arrays.iter().map(|array| SortField::new(array.data_type().clone())).collect();
    Ok(RowConverter::new(fields)?.convert_columns(&arrays)?)
}

/// Row numbers in an order that `compare` settles, ties by row number.
#[must_use]
pub fn ordered(rows: usize, mut compare: impl FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|left, right| compare(*left, *right));
    order
}

/// Runs of consecutive entries of `order` that `same` holds to be equal.
pub fn runs(order: &[usize], mut same: impl FnMut(usize, usize) -> bool) -> impl Iterator<Item = &[usize]> {
    order.chunk_by(move |left, right| same(*left, *right))
}

/// The chosen rows.
///
/// # Errors
/// When Arrow refuses.
pub fn take(batch: &RecordBatch, rows: &[usize]) -> Result<RecordBatch, StageError> {
    let rows: UInt32Array = rows.iter().map(|row| u32::try_from(*row).unwrap_or(u32::MAX)).collect();
    Ok(take_record_batch(batch, &rows)?)
}

/// A text column's value, if there is one.
#[must_use]
pub fn text(array: &arrow::array::StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// A primitive column's value, if there is one.
#[must_use]
pub fn value<T: arrow::datatypes::ArrowPrimitiveType>(
    array: &arrow::array::PrimitiveArray<T>,
    row: usize,
) -> Option<T::Native> {
    array.is_valid(row).then(|| array.value(row))
}
