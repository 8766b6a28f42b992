//! Map over parts: cards joined with the polygons they stand for, in Hilbert order. Made when the scene is published:
//! polygons are the most of what a parcel weighs, and stand in `parcel` once.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::Field;

use super::StageError;
use super::order::{beside, column as named, number, take as rows_of};
use super::yields::in_force_by_id;
use crate::domain::{Period, SquareMetres};
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
    let there = in_force_by_id(parcels, &[latest])?;
    let figures = beside(there.iter().map(|own| parcel_ids.value(own.row)), card_ids);
    let figures = there.iter().zip(figures).filter_map(|(own, mut figures)| Some((own.row, number(figures.next()?)?)));
    let mut figures: Vec<(usize, u32)> = figures.collect();
    figures.sort_unstable();
    let (rows, figures): (Vec<usize>, Vec<u32>) = figures.into_iter().unzip();
    let (parcels, figures) = (rows_of(parcels, &rows)?, UInt32Array::from(figures));
    let of_card = |name: &str| Ok::<_, StageError>(take(&named(cards, name)?, &figures, None)?);
    let cm2 = |name| Ok::<_, StageError>(column::<Int64Array>(&parcels, &parcel::TABLE, name)?.iter());
    let mu = |cm2: Option<i64>| cm2.map(|cm2| SquareMetres::from_cm2(cm2).mu().0);
    let schema = geo_parcel::TABLE.schema();
    let shape = |field: &Arc<Field>| -> Result<ArrayRef, StageError> {
        Ok(match field.name().as_str() {
            name @ ("layer" | "use_code" | "geometry") => named(&parcels, name)?,
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
