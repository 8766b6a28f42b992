//! Map over parts: cards joined with the polygons they stand for, in Hilbert order. Made when the scene is published:
//! polygons are the most of what a parcel weighs, and stand in `parcel` once.

use arrow::array::{Array, BinaryArray, Int64Array, RecordBatch, StringArray};

use super::StageError;
use super::order::{text, value};
use super::yields::in_force;
use crate::domain::{Map, Period, SquareMetres};
use crate::table::{column, geo_parcel, parcel, parcel_card};

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
    let texts = |name| column::<StringArray>(parcels, &parcel::TABLE, name);
    let numbers = |name| column::<Int64Array>(parcels, &parcel::TABLE, name);
    let (ids, layers, uses) = (texts("parcel_id")?, texts("layer")?, texts("use_code")?);
    let (registered, area) = (numbers("registered_cm2")?, numbers("area_cm2")?);
    let geometry: &BinaryArray = column(parcels, &parcel::TABLE, "geometry")?;
    let mut shapes = geo_parcel::Builder::default();
    for row in in_force(parcels, latest)? {
        let Some(figure) = by_id.get(ids.value(row)).copied() else { continue };
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
