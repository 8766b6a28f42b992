//! Reduce: parcel ids that more than one county delivers.
//!
//! An id names its home county in its first six characters, so a clash needs at least one county that
//! delivers a foreign id. Only the ids of such counties, and of the homes of their foreign ids, are looked at.

use arrow::array::{RecordBatch, StringArray};
use std::collections::BTreeSet;

use super::super::StageError;
use super::super::order::column;
use crate::domain::Map;
use crate::table::shared_parcel_id;

/// The counties whose ids must be compared: those that deliver an id of another county, and that other county.
///
/// # Errors
/// When a batch lacks `parcel_id`.
pub fn foreign_homes(counties: &[(String, RecordBatch)]) -> Result<BTreeSet<String>, StageError> {
    let mut involved = BTreeSet::new();
    for (county, batch) in counties {
        for id in ids(batch)?.iter().flatten() {
            if let Some(home) = id.get(..6).filter(|home| *home != county.as_str()) {
                if home.bytes().all(|byte| byte.is_ascii_digit()) {
                    involved.insert(home.to_owned());
                }
                involved.insert(county.clone());
            }
        }
    }
    Ok(involved)
}

/// The ids that at least two of the counties deliver, given each county's ids.
///
/// # Errors
/// When a batch lacks `parcel_id`.
pub fn shared_ids(counties: &[(String, RecordBatch)]) -> Result<RecordBatch, StageError> {
    let involved = foreign_homes(counties)?;
    let mut shared = BTreeSet::new();
    let mut first: Map<String, &str> = Map::default();
    for (county, batch) in counties.iter().filter(|(county, _)| involved.contains(county)) {
        for id in ids(batch)?.iter().flatten() {
            match first.get(id) {
                Some(other) if *other != county.as_str() => drop(shared.insert(id.to_owned())),
                Some(_) => {}
                None => drop(first.insert(id.to_owned(), county)),
            }
        }
    }
    let mut rows = shared_parcel_id::Builder::default();
    for id in shared {
        rows.parcel_id.append_value(id);
    }
    Ok(rows.finish()?)
}

fn ids(batch: &RecordBatch) -> Result<StringArray, StageError> {
    let ids = column(batch, "parcel_id")?;
    Ok(arrow::array::AsArray::as_string::<i32>(&ids).clone())
}
