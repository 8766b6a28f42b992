//! Where each canonical row comes from.

use arrow::array::{ArrayRef, RecordBatch};

use super::super::StageError;
use super::super::order::column;
use crate::table::Table;

/// The rows' keys with source, delivery, file and line, as `table` (one of the `lineage_…`) declares them.
///
/// # Errors
/// When a column is missing.
pub fn lineage(table: &Table, rows: &RecordBatch) -> Result<RecordBatch, StageError> {
    let columns: Result<Vec<ArrayRef>, StageError> =
        table.columns.iter().map(|declared| column(rows, ledger_column(declared.name))).collect();
    Ok(RecordBatch::try_new(table.schema(), columns?)?)
}

/// A ledger's column that a column of its lineage is.
#[must_use]
pub fn ledger_column(name: &'static str) -> &'static str {
    if name == "delivery" { "delivered" } else { name }
}
