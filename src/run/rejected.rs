//! What was refused, source by source, told at the end of a run.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::RunError;
use super::counts::{Counts, unreadable};
use super::steps::Products;
use crate::stages::quality::Outcome;
use crate::table::reject;

/// Most sources, and most codes of one, that are told.
const SOURCES: usize = 12;
const CODES: usize = 3;

/// A line a source with refused rows, those with most first; without amounts or identifiers.
///
/// # Errors
/// When what was refused cannot be read.
pub fn told(products: &Products, counts: &Counts) -> Result<Vec<String>, RunError> {
    let mut codes: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for artifact in products.artifacts.table("reject") {
        let batch = artifact.read(None)?;
        let rows = reject::View::of(&batch).map_err(unreadable("rejected", &artifact))?;
        for row in 0..batch.num_rows() {
            let of = codes.entry(rows.source_id.value(row).to_owned()).or_default();
            *of.entry(rows.code.value(row).to_owned()).or_default() += 1;
        }
    }
    let refused = |codes: &BTreeMap<String, i64>| codes.values().sum::<i64>();
    let mut sources: Vec<_> = codes.into_iter().collect();
    sources.sort_by_key(|(_, codes)| Reverse(refused(codes)));
    let more = sources.len().saturating_sub(SOURCES);
    let lines = sources.into_iter().take(SOURCES).map(|(source, codes)| {
        let mut codes: Vec<_> = codes.into_iter().collect();
        codes.sort_by_key(|(_, rows)| Reverse(*rows));
        let others = if codes.len() > CODES { ", …" } else { "" };
        let codes: Vec<String> = codes.iter().take(CODES).map(|(code, rows)| format!("{code} {rows}")).collect();
        let (rejected, of) = (counts.rows(&source, Outcome::Rejected), counts.rows(&source, Outcome::Read));
        format!("source {source}: {rejected} of {of} rows rejected ({}{others})", codes.join(", "))
    });
    let mut lines: Vec<String> = lines.collect();
    if more > 0 {
        lines.push(format!("{more} more sources have rejected rows"));
    }
    if let Some(last) = lines.last_mut() {
        last.push_str("; see quality/rejects.parquet");
    }
    Ok(lines)
}
