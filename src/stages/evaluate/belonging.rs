//! To which platform and micro-park an enterprise belongs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::overlay::PLATFORM_KINDS;
use super::periods::places;
use crate::domain::Map;
use crate::policy::RuleSet;
use crate::table::{column, labels, lineage_zone, parcel_platform, reject};

/// What stands for no platform: known to belong to none.
pub const NONE: &str = "none";

/// What is known of a county's platforms.
pub struct Overlaid<'a> {
    /// `parcel_platform` of its parts.
    pub assigned: &'a [RecordBatch],
    /// `lineage_zone` of the county: [`ZONE_COLUMNS`].
    pub zones: &'a RecordBatch,
    /// `reject` of its parts and of the sources of zones: [`REJECT_COLUMNS`].
    pub rejects: &'a [RecordBatch],
}

/// The columns that are read of `lineage_zone`.
pub const ZONE_COLUMNS: &[&str] = &["zone_id", "source_id"];
/// The columns that are read of `reject`.
pub const REJECT_COLUMNS: &[&str] = &["source_id", "table", "county_code"];

/// To which platforms parcels are counted, and where «to none» is known.
pub(super) struct Belonging<'a> {
    /// By parcel and period; none where no parcel is counted to any.
    assigned: Map<(&'a str, usize), [Option<&'a str>; PLATFORM_KINDS.len()]>,
    /// By kind: whether all zones are there that the county was to deliver.
    is_told: [bool; PLATFORM_KINDS.len()],
}

/// An enterprise's land by platform, of each kind.
#[derive(Default)]
pub(super) struct Lands<'a>([BTreeMap<&'a str, i64>; PLATFORM_KINDS.len()]);

impl<'a> Belonging<'a> {
    pub fn of(overlaid: &Overlaid<'a>, county: &str, periods: &[String]) -> Result<Self, StageError> {
        let mut assigned: Map<_, [Option<&str>; PLATFORM_KINDS.len()]> = Map::default();
        for batch in overlaid.assigned {
            let rows = parcel_platform::View::of(batch)?;
            let places = places(rows.period, periods);
            for row in 0..batch.num_rows() {
                let kind = PLATFORM_KINDS.iter().position(|kind| *kind == rows.kind.value(row));
                if let Some((at, kind)) = places[rows.period.code(row)].zip(kind) {
                    let of_parcel = assigned.entry((rows.parcel_id.value(row), at)).or_default();
                    of_parcel[kind] = Some(rows.platform_id.value(row));
                }
            }
        }
        Ok(Self { assigned, is_told: told(overlaid, county)? })
    }

    /// Whether nothing is known of any platform.
    pub fn is_empty(&self) -> bool {
        self.assigned.is_empty() && self.is_told.iter().all(|told| !told)
    }

    /// Adds land on a parcel.
    pub fn note(&self, lands: &mut Lands<'a>, parcel: &'a str, at: usize, land: i64) {
        let of_parcel = self.assigned.get(&(parcel, at)).copied().unwrap_or_default();
        for (lands, zone) in lands.0.iter_mut().zip(of_parcel) {
            *lands.entry(zone.unwrap_or(NONE)).or_default() += land;
        }
    }

    /// By kind, where most of the land lies: more than in any other platform, and than in none. Of equal ones the platform
    /// stands before none, then the first id. Unknown for who occupies nothing; and «none» where a zone may be missing, or the
    /// set does not say how parcels are counted.
    pub fn of_enterprise(&self, lands: &Lands<'a>, set: &RuleSet) -> [Option<&'a str>; PLATFORM_KINDS.len()] {
        let mut found = [None; PLATFORM_KINDS.len()];
        for (at, kind) in PLATFORM_KINDS.iter().enumerate() {
            let occupied = lands.0[at].iter().filter(|(_, land)| **land > 0);
            let most = occupied.max_by_key(|(zone, land)| (**land, **zone != NONE, Reverse(**zone)));
            let is_none_known = self.is_told[at] && set.zones.contains_key(*kind);
            found[at] = most.map(|(zone, _)| *zone).filter(|zone| *zone != NONE || is_none_known);
        }
        found
    }
}

/// By kind, whether the county delivers zones of it and none was refused that may have been one: none of the sources they
/// come from had a row refused.
fn told(overlaid: &Overlaid<'_>, county: &str) -> Result<[bool; PLATFORM_KINDS.len()], StageError> {
    let mut refused: BTreeSet<&str> = BTreeSet::new();
    for batch in overlaid.rejects {
        let text = |name| column::<StringArray>(batch, &reject::TABLE, name);
        let (sources, tables, counties) = (text("source_id")?, text("table")?, text("county_code")?);
        let is_of_county = |row: usize| super::super::order::text(counties, row).is_none_or(|code| code == county);
        let of_zones = (0..batch.num_rows()).filter(|row| tables.value(*row) == "zone" && is_of_county(*row));
        refused.extend(of_zones.map(|row| sources.value(row)));
    }
    let ids: &StringArray = column(overlaid.zones, &lineage_zone::TABLE, "zone_id")?;
    let sources = labels(overlaid.zones, &lineage_zone::TABLE, "source_id")?;
    Ok(PLATFORM_KINDS.map(|kind| {
        let is_of_kind = |row: &usize| ids.value(*row).split(':').nth(1) == Some(kind);
        let mut of_kind = (0..ids.len()).filter(is_of_kind).peekable();
        of_kind.peek().is_some() && of_kind.all(|row| !refused.contains(sources.value(row)))
    }))
}
