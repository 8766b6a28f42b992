//! Map over parts: cards joined with the polygons they stand for, in Hilbert order. Made when the scene is published:
//! polygons are the most of what a parcel weighs, and stand in `parcel` once.

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;

use super::StageError;
use super::order::{column, take, text, value};
use super::yields::in_force;
use crate::domain::{Map, Period, SquareMetres};
use crate::table::{geo_parcel, parcel, parcel_card};

/// The columns of `parcel` that are read.
pub const PARCEL_COLUMNS: &[&str] =
    &["parcel_id", "valid_from", "valid_to", "layer", "use_code", "registered_cm2", "area_cm2", "geometry"];

/// `geo_parcel` of a part: its `parcel` (the columns above) and its `parcel_card`.
///
/// # Errors
/// Never by the data.
pub fn shapes(parcels: &RecordBatch, cards: &RecordBatch, latest: Period) -> Result<RecordBatch, StageError> {
    let card = parcel_card::View::of(cards)?;
    let by_id: Map<&str, usize> = (0..cards.num_rows()).map(|row| (card.parcel_id.value(row), row)).collect();
    let ids = parcel_ids(parcels)?;
    let shown: Vec<(usize, usize)> =
        in_force(parcels, latest)?.into_iter().filter_map(|row| Some((row, *by_id.get(ids.value(row))?))).collect();
    let rows: Vec<usize> = shown.iter().map(|(row, _)| *row).collect();
    let parcels = take(parcels, &rows)?;
    let ids = parcel_ids(&parcels)?;
    let (layers, uses) = (column(&parcels, "layer")?, column(&parcels, "use_code")?);
    let (layers, uses) = (layers.as_string::<i32>(), uses.as_string::<i32>());
    let (registered, area) = (column(&parcels, "registered_cm2")?, column(&parcels, "area_cm2")?);
    let (registered, area) = (registered.as_primitive::<Int64Type>(), area.as_primitive::<Int64Type>());
    let geometry = column(&parcels, "geometry")?;
    let geometry = geometry.as_binary::<i32>();
    let mut shapes = geo_parcel::Builder::default();
    for (row, (_, figure)) in shown.into_iter().enumerate() {
        let mu = |cm2: i64| SquareMetres::from_cm2(cm2).mu().0;
        let is_low = card.is_low_efficiency;
        shapes.parcel_id.append_value(ids.value(row));
        shapes.period.append_value(card.period.value(figure));
        shapes.county_code.append_value(card.county_code.value(figure));
        shapes.layer.append_value(layers.value(row));
        shapes.use_code.append_option(text(uses, row));
        shapes.is_industrial.append_value(card.is_industrial.value(figure));
        shapes.area_m2.append_value(i128::from(area.value(row)));
        shapes.area_mu.append_value(mu(area.value(row)));
        shapes.registered_mu.append_option(value(registered, row).map(mu));
        shapes.tax_wan_per_mu.append_option(value(card.tax_wan_per_mu, figure));
        shapes.tax_completeness.append_value(card.tax_completeness.value(figure));
        shapes.energy_tce_per_mu.append_option(value(card.energy_tce_per_mu, figure));
        shapes.revenue_wan_per_mu.append_option(value(card.revenue_wan_per_mu, figure));
        shapes.revenue_completeness.append_value(card.revenue_completeness.value(figure));
        shapes.value_added_wan_per_mu.append_option(value(card.value_added_wan_per_mu, figure));
        shapes.value_added_completeness.append_value(card.value_added_completeness.value(figure));
        shapes.judgement.append_option(card.judgement.get(figure));
        shapes.is_low_efficiency.append_option(is_low.is_valid(figure).then(|| is_low.value(figure)));
        shapes.block_id.append_option(card.block_id.get(figure));
        shapes.geometry.append_value(geometry.value(row));
    }
    Ok(shapes.finish()?)
}

fn parcel_ids(parcels: &RecordBatch) -> Result<&StringArray, StageError> {
    Ok(crate::table::column(parcels, &parcel::TABLE, "parcel_id")?)
}
