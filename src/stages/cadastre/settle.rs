//! Exchange by county: deliveries and duplicates are settled, rows are put in Hilbert order and cut into parts.

use arrow::array::{Array, AsArray, RecordBatch};

use super::super::StageError;
use super::super::delivered::CountyRows;
use super::super::features::{Features, Kept, Settling, settled};
use super::super::order::column;
use super::super::quality::Issues;
use super::parts::cut;
use crate::domain::{IssueCode, RejectCode, Set};
use crate::geometry::hilbert;
use crate::table::delivery::Ids;
use crate::table::{lineage_parcel, parcel, parcel_read};

static PARCELS: Features = Features {
    table: &parcel_read::TABLE,
    name: "parcel",
    id: "parcel_id",
    attributes: &["valid_to", "use_code", "right_kind", "holder_name", "address", "registered_cm2", "floor_cm2"],
    renamed: &[("registered_area_m2", "registered_cm2"), ("floor_area_m2", "floor_cm2")],
    duplicate: RejectCode::ParcelIdDuplicate,
};

/// A settled county.
pub struct Settled {
    /// Parcels by part, in Hilbert order.
    pub parcels: Vec<(String, RecordBatch)>,
    /// Where each comes from.
    pub lineage: RecordBatch,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// Settles the rows that all sources deliver for `county`.
///
/// # Errors
/// Never by the data.
pub fn settle(
    county: &str,
    sources: &[CountyRows<'_>],
    shared: &RecordBatch,
    max_rows: usize,
) -> Result<Settled, StageError> {
    let mut work = Settling::new(&PARCELS, county);
    let shared = column(shared, "parcel_id")?;
    let shared: Set<&str> = shared.as_string::<i32>().iter().flatten().collect();
    let of_two_counties = |id: &str| shared.contains(id).then_some(RejectCode::ParcelIdTwoCounties);
    let mut kept = Vec::new();
    if let Some(newest) = work.newest(sources) {
        kept.push(work.unique(newest, of_two_counties)?);
    }
    for kept in &kept {
        work.remark(kept)?;
        note_remarks(county, kept, &mut work.issues)?;
    }
    let parcels = settled(&parcel::TABLE, &kept)?;
    Ok(Settled {
        parcels: parts(county, &parcels, max_rows)?,
        lineage: work.lineage(&lineage_parcel::TABLE, &kept)?,
        rejects: work.rejects.finish()?,
        issues: work.issues.finish()?,
        tallies: work.tallies.finish()?,
    })
}

/// A county's parcels, cut.
fn parts(county: &str, parcels: &RecordBatch, max_rows: usize) -> Result<Vec<(String, RecordBatch)>, StageError> {
    let rows = parcel::View::of(parcels)?;
    let indexes: Vec<u32> = rows.hilbert.values().iter().map(|index| u32::try_from(*index).unwrap_or(0)).collect();
    let has_land_outside = (0..parcels.num_rows()).any(|row| {
        !hilbert::contains(rows.min_lon.value(row), rows.min_lat.value(row))
            || !hilbert::contains(rows.max_lon.value(row), rows.max_lat.value(row))
    });
    let parts = cut(county, &indexes, has_land_outside, max_rows).into_iter();
    Ok(parts.map(|(part, range)| (part, parcels.slice(range.start, range.len()))).collect())
}

/// What is remarked on in the rows that stay, besides their shapes.
fn note_remarks(county: &str, kept: &Kept<'_>, issues: &mut Issues) -> Result<(), StageError> {
    let (rows, ids) = (parcel_read::View::of(&kept.batch)?, kept.facts.rules.ids);
    for row in kept.rows.iter().copied() {
        let id = rows.parcel_id.value(row);
        for (happened, code) in [
            (rows.rounded.value(row), IssueCode::AmountRounded),
            (!rows.registered_cm2.is_valid(row), IssueCode::AreaRegisteredMissing),
            (ids == Ids::Official && !id.starts_with(county), IssueCode::DivisionDisagrees),
        ] {
            if happened {
                issues.note("parcel", county, code, Some(id), None);
            }
        }
    }
    Ok(())
}
