//! Where polars and Arrow meet: the same C structs read by both, nothing copied.

use arrow::array::{Array, ArrayRef, RecordBatch, make_array};
use arrow::compute::cast;
use arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use polars::prelude::{Column as Series1, CompatLevel, DataFrame, IntoColumn, PlSmallStr, Series};

use super::{Table, TableError};

/// The columns of `batch` named in `columns` as a polars frame. Geometry stays behind.
///
/// # Errors
/// When a column is missing or polars refuses it.
pub fn to_frame(table: &'static Table, batch: &RecordBatch, columns: &[&'static str]) -> Result<DataFrame, TableError> {
    let refused = || TableError::Frame { table: table.name, action: "take a column" };
    let mut taken: Vec<Series1> = Vec::with_capacity(columns.len());
    for name in columns {
        let array = batch.column_by_name(name).ok_or(TableError::Column {
            table: table.name,
            column: name,
            expected: arrow::datatypes::DataType::Null,
        })?;
        taken.push(series(name, array).ok_or_else(refused)?.into_column());
    }
    DataFrame::new(batch.num_rows(), taken).map_err(|_| refused())
}

/// A polars frame as a batch of `table`, columns cast to the declared types.
///
/// # Errors
/// When a column is missing or cannot be cast.
pub fn from_frame(table: &'static Table, frame: &DataFrame) -> Result<RecordBatch, TableError> {
    let mut columns = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        let missing = || TableError::Column { table: table.name, column: column.name, expected: column.kind.arrow() };
        let series = frame.column(column.name).map_err(|_| missing())?.as_materialized_series().rechunk();
        let array = array(&series).ok_or_else(missing)?;
        columns.push(cast(&array, &column.kind.arrow()).map_err(|_| missing())?);
    }
    RecordBatch::try_new(table.schema(), columns).map_err(|source| TableError::Arrow { table: table.name, source })
}

/// An Arrow array as a polars series.
#[expect(unsafe_code, reason = "the Arrow C data interface is the one road between the two libraries")]
fn series(name: &str, array: &ArrayRef) -> Option<Series> {
    let (ours, our_schema) = to_ffi(&array.to_data()).ok()?;
    // SAFETY: both are #[repr(C)] structs of the Arrow C data interface; ownership moves with the value.
    let (theirs, their_schema) = unsafe {
        (
            std::mem::transmute::<FFI_ArrowArray, polars_arrow::ffi::ArrowArray>(ours),
            std::mem::transmute::<FFI_ArrowSchema, polars_arrow::ffi::ArrowSchema>(our_schema),
        )
    };
    // SAFETY: the structs were made by arrow a moment ago and describe one valid array.
    let imported = unsafe {
        let field = polars_arrow::ffi::import_field_from_c(&their_schema).ok()?;
        polars_arrow::ffi::import_array_from_c(theirs, field.dtype).ok()?
    };
    Series::from_arrow(PlSmallStr::from_str(name), imported).ok()
}

/// A one-chunk polars series as an Arrow array.
#[expect(unsafe_code, reason = "the Arrow C data interface is the one road between the two libraries")]
fn array(series: &Series) -> Option<ArrayRef> {
    let exported = series.to_arrow(0, CompatLevel::oldest());
    let field = polars_arrow::datatypes::Field::new(series.name().clone(), exported.dtype().clone(), true);
    let theirs = polars_arrow::ffi::export_array_to_c(exported);
    let their_schema = polars_arrow::ffi::export_field_to_c(&field);
    // SAFETY: as above, the other way.
    let (ours, our_schema) = unsafe {
        (
            std::mem::transmute::<polars_arrow::ffi::ArrowArray, FFI_ArrowArray>(theirs),
            std::mem::transmute::<polars_arrow::ffi::ArrowSchema, FFI_ArrowSchema>(their_schema),
        )
    };
    // SAFETY: the structs were made by polars a moment ago and describe one valid array.
    let data = unsafe { from_ffi(ours, &our_schema) }.ok()?;
    Some(make_array(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::division_tally;
    use polars::prelude::*;

    #[test]
    fn a_batch_survives_the_way_there_and_back() {
        let mut rows = division_tally::Builder::default();
        for (county, fen) in [("330106", 5_i64), ("330106", -7), ("330205", i64::MAX / 4)] {
            rows.county_code.append_value(county);
            rows.period.append_value("2024");
            for column in [
                &mut rows.parcels,
                &mut rows.industrial_parcels,
                &mut rows.judged,
                &mut rows.not_judged,
                &mut rows.low,
                &mut rows.land_cm2,
                &mut rows.low_cm2,
                &mut rows.tax_fen,
                &mut rows.rated_land_cm2,
                &mut rows.rated_tax_fen,
                &mut rows.value_added_land_cm2,
                &mut rows.rated_value_added_fen,
                &mut rows.energy_land_cm2,
                &mut rows.rated_energy_g,
                &mut rows.energy_value_added_fen,
                &mut rows.value_added_energy_g,
            ] {
                column.append_value(fen);
            }
        }
        let batch = rows.finish().unwrap();
        let names: Vec<_> = division_tally::TABLE.columns.iter().map(|column| column.name).collect();
        let frame = to_frame(&division_tally::TABLE, &batch, &names).unwrap();
        assert_eq!(from_frame(&division_tally::TABLE, &frame).unwrap(), batch);
        let sums = frame
            .lazy()
            .group_by([col("county_code"), col("period")])
            .agg([col("*").sum()])
            .sort(["county_code"], SortMultipleOptions::default())
            .collect()
            .unwrap();
        let sums = from_frame(&division_tally::TABLE, &sums).unwrap();
        let sums = division_tally::View::of(&sums).unwrap();
        assert_eq!(sums.tax_fen.values(), &[-2, i64::MAX / 4]);
    }
}
