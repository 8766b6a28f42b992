//! Zones of one kind that claim the same land.

use arrow::array::RecordBatch;
use geo::MultiPolygon;

use super::super::StageError;
use super::super::order::value;
use super::super::quality::Issues;
use crate::domain::{IssueCode, SquareMetres};
use crate::geometry::adjacency::Bounds;
use crate::geometry::wkb;
use crate::geometry::zones::Zones;
use crate::table::zone;

/// Kinds of which a place has one: its use in the plan, its platform.
const EXCLUSIVE: [&str; 2] = ["plan_use", "platform"];

/// 1 m²: what two surveys of one line differ by is less.
const LEAST: SquareMetres = SquareMetres::from_cm2(10_000);

/// Notes every zone of an exclusive kind that shares more than 1 m² with another of a county's zones, while both are
/// in force.
pub(super) fn note_overlaps(county: &str, zones: &RecordBatch, issues: &mut Issues) -> Result<(), StageError> {
    let rows = zone::View::of(zones)?;
    for kind in EXCLUSIVE {
        let own: Vec<usize> = (0..zones.num_rows()).filter(|row| rows.kind.value(*row) == kind).collect();
        let shape = |row: usize| wkb::read(rows.geometry.value(row));
        let shapes: Vec<MultiPolygon> = own.iter().map(|row| shape(*row).unwrap_or(MultiPolygon(Vec::new()))).collect();
        let index = Zones::of(&shapes);
        let mut survey = index.survey();
        for (at, row) in own.iter().enumerate() {
            let Some(bounds) = Bounds::of(&shapes[at]) else { continue };
            let area = SquareMetres::from_cm2(rows.area_cm2.value(*row));
            let shared = survey.shared(&bounds, area, || Some(shapes[at].clone()));
            let is_other = |other: usize| rows.zone_id.value(other) != rows.zone_id.value(*row);
            let meets = |other: usize| ends_after(&rows, other, *row) && ends_after(&rows, *row, other);
            for (other, land) in shared.iter().map(|(other, land)| (own[*other], *land)) {
                if land > LEAST && is_other(other) && meets(other) {
                    issues.note("zone", county, IssueCode::ZonesOverlap, Some(rows.zone_id.value(*row)), None);
                }
            }
        }
    }
    Ok(())
}

/// Whether a zone is still in force when another begins.
fn ends_after(rows: &zone::View<'_>, zone: usize, other: usize) -> bool {
    value(rows.valid_to, zone).is_none_or(|last| rows.valid_from.value(other) <= last)
}
