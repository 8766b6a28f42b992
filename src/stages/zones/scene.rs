//! Reduce: the zones in force, as they are published. Made when the scene is published, as the parcels' shapes are.

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::{ordered, take, text, value};
use super::super::yields::in_force_by;
use crate::domain::{Period, SquareMetres};
use crate::table::{geo_zone, zone};

/// `geo_zone` of all counties' `zone`, in Hilbert order.
///
/// # Errors
/// Never by the data.
pub fn scene(zones: &RecordBatch, latest: Period) -> Result<RecordBatch, StageError> {
    let zones = take(zones, &in_force_by("zone_id", zones, latest)?)?;
    let rows = zone::View::of(&zones)?;
    let key = |row: usize| (rows.hilbert.value(row), rows.zone_id.value(row));
    let period = latest.to_string();
    let mut scene = geo_zone::Builder::default();
    for row in ordered(zones.num_rows(), |left, right| key(left).cmp(&key(right))) {
        let area = SquareMetres::from_cm2(rows.area_cm2.value(row));
        scene.zone_id.append_value(rows.zone_id.value(row));
        scene.period.append_value(&period);
        scene.county_code.append_value(rows.county_code.value(row));
        scene.kind.append_value(rows.kind.value(row));
        scene.name.append_option(text(rows.name, row));
        scene.class.append_option(text(rows.class, row));
        scene.built.append_option(value(rows.built, row));
        scene.valid_from.append_value(rows.valid_from.value(row));
        scene.valid_to.append_option(value(rows.valid_to, row));
        scene.area_m2.append_value(i128::from(area.cm2()));
        scene.area_mu.append_value(area.mu().0);
        scene.lon.append_value(rows.lon.value(row));
        scene.lat.append_value(rows.lat.value(row));
        scene.geometry.append_value(rows.geometry.value(row));
    }
    Ok(scene.finish()?)
}
