//! Map over parts: the low-efficiency parcels of the latest period.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute;

use super::super::StageError;
use super::super::order::{self, beside, fen, number, take};
use super::super::yields::in_force;
use crate::domain::{Map, Period};
use crate::table::{block_target, column, labels, parcel, parcel_rule_status, parcel_yield};

/// The columns of `parcel` that the step reads.
pub const PARCEL_COLUMNS: &[&str] = &[
    "parcel_id",
    "valid_from",
    "valid_to",
    "county_code",
    "area_cm2",
    "min_lon",
    "min_lat",
    "max_lon",
    "max_lat",
    "geometry",
];

/// The columns of `parcel_yield` that the step reads.
pub const YIELD_COLUMNS: &[&str] = &["parcel_id", "period", "land_cm2", "tax_yuan", "tax_completeness"];

/// The columns of `parcel_rule_status` that the step reads.
pub const STATUS_COLUMNS: &[&str] = &["parcel_id", "period", "is_low_efficiency"];

/// The targets of a part.
///
/// # Errors
/// Never by the data.
pub fn targets(
    parcels: &RecordBatch,
    yields: &RecordBatch,
    status: &RecordBatch,
    latest: Period,
) -> Result<RecordBatch, StageError> {
    let low = low(yields, status, &latest.to_string())?;
    let ids: &StringArray = column(parcels, &parcel::TABLE, "parcel_id")?;
    let rows: Vec<usize> = (0..ids.len()).filter(|row| low.contains_key(ids.value(*row))).collect();
    let versions = take(parcels, &rows)?;
    let there = take(&versions, &in_force(&versions, latest)?)?;
    let ids: &StringArray = column(&there, &parcel::TABLE, "parcel_id")?;
    let figures: UInt32Array = ids.iter().map(|id| low.get(id?).copied()).collect();
    let own = |name| order::column(&there, name);
    let figure = |name| Ok::<ArrayRef, StageError>(compute::take(&order::column(yields, name)?, &figures, None)?);
    let tax = figure("tax_yuan")?;
    let tax: &Decimal128Array = arrow::array::AsArray::as_primitive(&tax);
    Ok(block_target::Columns {
        parcel_id: own("parcel_id")?,
        county_code: own("county_code")?,
        area_cm2: own("area_cm2")?,
        basis_cm2: figure("land_cm2")?,
        tax_fen: Arc::new((0..ids.len()).map(|row| fen(tax, row)).collect::<Int64Array>()),
        tax_completeness: figure("tax_completeness")?,
        min_lon: own("min_lon")?,
        min_lat: own("min_lat")?,
        max_lon: own("max_lon")?,
        max_lat: own("max_lat")?,
        geometry: own("geometry")?,
    }
    .finish()?)
}

/// The low-efficiency parcels of a period, with the rows of their yields. Both batches are sorted by parcel.
fn low<'a>(yields: &'a RecordBatch, status: &'a RecordBatch, period: &str) -> Result<Map<&'a str, u32>, StageError> {
    let judged: &StringArray = column(status, &parcel_rule_status::TABLE, "parcel_id")?;
    let is_judged = labels(status, &parcel_rule_status::TABLE, "period")?.standing(period);
    let is_low: &BooleanArray = column(status, &parcel_rule_status::TABLE, "is_low_efficiency")?;
    let known: &StringArray = column(yields, &parcel_yield::TABLE, "parcel_id")?;
    let is_known = labels(yields, &parcel_yield::TABLE, "period")?.standing(period);
    let low = |row: &usize| is_judged.at(*row) && is_low.is_valid(*row) && is_low.value(*row);
    let ids: Vec<&str> = (0..judged.len()).filter(low).map(|row| judged.value(row)).collect();
    let figures = beside(ids.iter().copied(), known).map(|mut rows| rows.find(|row| is_known.at(*row)));
    Ok(ids.iter().zip(figures).filter_map(|(id, row)| Some((*id, number(row?)?))).collect())
}
