//! Exchange by county: deliveries and duplicates are settled, kind by kind.

use arrow::array::{Array, RecordBatch};

use super::super::StageError;
use super::super::delivered::CountyRows;
use super::super::features::{Features, Settling, settled};
use super::super::order::take;
use super::overlap::note_overlaps;
use crate::domain::RejectCode;
use crate::table::delivery::ZONE_KINDS;
use crate::table::{lineage_zone, zone, zone_read};

static ZONES: Features = Features {
    table: &zone_read::TABLE,
    name: "zone",
    id: "zone_id",
    attributes: &["valid_to", "kind", "name", "class", "built"],
    renamed: &[],
    duplicate: RejectCode::DuplicateKey,
};

/// A settled county.
pub struct Settled {
    /// Zones in Hilbert order.
    pub zones: RecordBatch,
    /// Where each comes from.
    pub lineage: RecordBatch,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// Settles the rows that all sources deliver for `county`. Each kind has a register of its own, so a delivery
/// replaces another of the same kind.
///
/// # Errors
/// Never by the data.
pub fn settle(county: &str, sources: &[CountyRows<'_>]) -> Result<Settled, StageError> {
    let mut work = Settling::new(&ZONES, county);
    let mut kept = Vec::new();
    for kind in ZONE_KINDS {
        let mut delivering = Vec::new();
        for source in sources {
            let kinds = zone_read::View::of(&source.batch)?.kind;
            let own: Vec<usize> = (0..kinds.len()).filter(|row| kinds.value(*row) == *kind).collect();
            if !own.is_empty() {
                let (batch, refused_years) = (take(&source.batch, &own)?, source.refused_years.clone());
                delivering.push(CountyRows { facts: source.facts, batch, refused_years });
            }
        }
        if let Some(newest) = work.newest(&delivering) {
            kept.push(work.unique(newest, |_| None)?);
        }
    }
    for rows in &kept {
        work.remark(rows)?;
    }
    let zones = settled(&zone::TABLE, &kept)?;
    note_overlaps(county, &zones, &mut work.issues)?;
    Ok(Settled {
        zones,
        lineage: work.lineage(&lineage_zone::TABLE, &kept)?,
        rejects: work.rejects.finish()?,
        issues: work.issues.finish()?,
        tallies: work.tallies.finish()?,
    })
}
