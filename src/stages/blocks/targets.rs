//! Map over parts: the low-efficiency parcels of the latest period.

use arrow::array::{Array, RecordBatch};

use super::super::StageError;
use super::super::order::value;
use super::super::yields::in_force;
use crate::domain::{Map, Period, Set};
use crate::table::{block_target, parcel, parcel_rule_status, parcel_yield};

/// The columns of `parcel` that the step reads: all, since it carries the geometry on.
pub const PARCEL_COLUMNS: Option<&[&str]> = None;

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
    let period = latest.to_string();
    let status = parcel_rule_status::View::of(status)?;
    let low: Set<&str> = (0..status.parcel_id.len())
        .filter(|row| status.period.value(*row) == period && value_of(status.is_low_efficiency, *row) == Some(true))
        .map(|row| status.parcel_id.value(row))
        .collect();
    let figures = parcel_yield::View::of(yields)?;
    let of_parcel: Map<&str, usize> = (0..yields.num_rows())
        .filter(|row| figures.period.value(*row) == period)
        .map(|row| (figures.parcel_id.value(row), row))
        .collect();
    let rows = parcel::View::of(parcels)?;
    let mut out = block_target::Builder::default();
    for row in in_force(parcels, latest)? {
        let id = rows.parcel_id.value(row);
        let (true, Some(figure)) = (low.contains(id), of_parcel.get(id).copied()) else { continue };
        out.parcel_id.append_value(id);
        out.county_code.append_value(rows.county_code.value(row));
        out.area_cm2.append_value(rows.area_cm2.value(row));
        out.basis_cm2.append_value(figures.land_cm2.value(figure));
        let tax = value(figures.tax_yuan, figure).and_then(|fen| i64::try_from(fen).ok());
        out.tax_fen.append_option(tax);
        out.tax_completeness.append_value(figures.tax_completeness.value(figure));
        out.min_lon.append_value(rows.min_lon.value(row));
        out.min_lat.append_value(rows.min_lat.value(row));
        out.max_lon.append_value(rows.max_lon.value(row));
        out.max_lat.append_value(rows.max_lat.value(row));
        out.geometry.append_value(rows.geometry.value(row));
    }
    Ok(out.finish()?)
}

fn value_of(array: &arrow::array::BooleanArray, row: usize) -> Option<bool> {
    array.is_valid(row).then(|| array.value(row))
}
