//! Map over parts: cards joined with the polygons they stand for, in Hilbert order. Made when the scene is published:
//! polygons are the most of what a parcel weighs, and stand in `parcel` once.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::Field;

use super::StageError;
use super::order::{column as named, value};
use super::yields::in_force;
use crate::domain::{Map, Period, SquareMetres};
use crate::table::{column, geo_parcel, parcel};

/// The columns of `parcel` that are read.
pub const PARCEL_COLUMNS: &[&str] =
    &["parcel_id", "valid_from", "valid_to", "layer", "use_code", "registered_cm2", "area_cm2", "geometry"];

/// The columns of `geo_parcel` that are not those of the card.
const OF_PARCEL: [&str; 6] = ["layer", "use_code", "area_m2", "area_mu", "registered_mu", "geometry"];

/// The columns of `parcel_card` that are read.
#[must_use]
pub fn card_columns() -> Vec<&'static str> {
    geo_parcel::TABLE.columns.iter().map(|column| column.name).filter(|name| !OF_PARCEL.contains(name)).collect()
}

/// `geo_parcel` of a part, from those columns of its `parcel` and its `parcel_card`.
///
/// # Errors
/// Never by the data.
pub fn shapes(parcels: &RecordBatch, cards: &RecordBatch, latest: Period) -> Result<RecordBatch, StageError> {
    let ids = |batch| column::<StringArray>(batch, &parcel::TABLE, "parcel_id");
    let (parcel_ids, card_ids) = (ids(parcels)?, ids(cards)?);
    let figures: Map<&str, u32> = (0..).zip(card_ids.iter().flatten()).map(|(figure, id)| (id, figure)).collect();
    let (mut rows, mut figures_of_rows) = (Vec::new(), Vec::new());
    for row in in_force(parcels, latest)? {
        if let Some(figure) = figures.get(parcel_ids.value(row)) {
            rows.push(u32::try_from(row).unwrap_or(u32::MAX));
            figures_of_rows.push(*figure);
        }
    }
    let (rows, figures) = (UInt32Array::from(rows), UInt32Array::from(figures_of_rows));
    let of_parcel = |name: &str| Ok::<_, StageError>(take(&named(parcels, name)?, &rows, None)?);
    let of_card = |name: &str| Ok::<_, StageError>(take(&named(cards, name)?, &figures, None)?);
    let cm2 = |name| {
        let numbers = column::<Int64Array>(parcels, &parcel::TABLE, name)?;
        Ok::<_, StageError>(rows.values().iter().map(|row| value(numbers, *row as usize)))
    };
    let mu = |cm2: Option<i64>| cm2.map(|cm2| SquareMetres::from_cm2(cm2).mu().0);
    let schema = geo_parcel::TABLE.schema();
    let shape = |field: &Arc<Field>| -> Result<ArrayRef, StageError> {
        Ok(match field.name().as_str() {
            name @ ("layer" | "use_code" | "geometry") => of_parcel(name)?,
            "area_m2" => {
                let areas: Decimal128Array = cm2("area_cm2")?.map(|cm2| cm2.map(i128::from)).collect();
                Arc::new(areas.with_data_type(field.data_type().clone()))
            }
            "area_mu" => Arc::new(cm2("area_cm2")?.map(mu).collect::<Float64Array>()),
            "registered_mu" => Arc::new(cm2("registered_cm2")?.map(mu).collect::<Float64Array>()),
            name => of_card(name)?,
        })
    };
    let columns = schema.fields().iter().map(shape).collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}
