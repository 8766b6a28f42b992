//! Reduce: blocks get their ids, numbered in each county by smallest parcel.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use super::super::StageError;
use super::super::order::sorted;
use crate::domain::Map;
use crate::table::{block, block_edge, block_member};

/// Blocks under their ids.
pub struct Numbered {
    /// Blocks, sorted.
    pub blocks: RecordBatch,
    /// Members, sorted.
    pub members: RecordBatch,
    /// Edges, sorted.
    pub edges: RecordBatch,
}

/// Numbers the components (`block_id` is their smallest parcel) within the county of most mu.
///
/// # Errors
/// When a member or an edge belongs to no block: a mistake in the program.
pub fn number(blocks: &[RecordBatch], members: &RecordBatch, edges: &RecordBatch) -> Result<Numbered, StageError> {
    let blocks = block::TABLE.concat(blocks)?;
    let rows = block::View::of(&blocks)?;
    let mut counties: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in 0..blocks.num_rows() {
        counties.entry(rows.county_code.value(row)).or_default().push(rows.block_id.value(row));
    }
    let mut ids: Map<&str, String> = Map::default();
    for (county, components) in &mut counties {
        components.sort_unstable();
        for (at, component) in components.iter().enumerate() {
            ids.insert(component, format!("B{county}-{:06}", at + 1));
        }
    }
    Ok(Numbered {
        blocks: sorted(&renamed(&blocks, &ids)?, block::TABLE.key)?,
        members: sorted(&renamed(members, &ids)?, block_member::TABLE.key)?,
        edges: sorted(&renamed(edges, &ids)?, block_edge::TABLE.key)?,
    })
}

fn renamed(batch: &RecordBatch, ids: &Map<&str, String>) -> Result<RecordBatch, StageError> {
    let old = super::super::order::column(batch, "block_id")?;
    let old = arrow::array::AsArray::as_string::<i32>(&old);
    let new: Option<Vec<&str>> = old.iter().map(|id| ids.get(id?).map(String::as_str)).collect();
    let new = new.ok_or(StageError::Law { law: "land", what: "a member or edge belongs to no block".into() })?;
    let new: ArrayRef = Arc::new(StringArray::from(new));
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| if field.name() == "block_id" { new.clone() } else { column.clone() });
    Ok(RecordBatch::try_new(schema.clone(), columns.collect())?)
}
