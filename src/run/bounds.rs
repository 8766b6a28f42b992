//! Bounds that a pipeline sets on its sources: the share of rejected rows, and the age of a delivery.

use std::collections::BTreeMap;

use super::counts::{Counts, unreadable};
use super::pipeline_file::Pipeline;
use super::steps::Products;
use super::{RunError, SourceFailure};
use crate::domain::{Decimal, IssueCode, Ratio};
use crate::stages::order::text;
use crate::stages::quality::Outcome;
use crate::table::delivery::Delivered;
use crate::table::issue;

/// The warnings of a run.
///
/// # Errors
/// [`RunError::Sources`] for sources over their `stop` bound, [`RunError::EmptyTable`] for a required table
/// without one accepted row.
pub fn check(pipeline: &Pipeline, products: &Products, counts: &Counts) -> Result<Vec<String>, RunError> {
    let mut warnings = Vec::new();
    let mut failures = Vec::new();
    for source in &pipeline.sources {
        let config = &source.config;
        let (read, rejected) = (counts.rows(&config.id, Outcome::Read), counts.rows(&config.id, Outcome::Rejected));
        let share = Ratio::new(i128::from(rejected), i128::from(read.max(1)));
        let is_over = |bound: Option<Decimal>| bound.filter(|bound| share > bound.ratio());
        let told = |bound: Decimal| format!("{rejected} of {read} rows rejected, more than {bound} of them");
        if let Some(bound) = is_over(config.stop_rejected_share) {
            failures.push(SourceFailure { id: config.id.clone(), reason: format!("{} (`stop`)", told(bound)) });
        } else if let Some(bound) = is_over(config.warn_rejected_share) {
            warnings.push(format!("source {}: {} (`warn`); see quality/rejects.parquet", config.id, told(bound)));
        }
        if let Some(delivered) = config.delivered.filter(|delivered| *delivered > pipeline.as_of) {
            warnings.push(format!("source {}: delivered {delivered}, after as_of {}", config.id, pipeline.as_of));
        }
        if let (Some(bound), Some(delivered)) = (config.max_age_days, config.delivered) {
            let age = (pipeline.as_of - delivered).num_days();
            if age > i64::from(bound) {
                warnings
                    .push(format!("source {}: delivered {delivered}, older than max_age_days = {bound}", config.id));
            }
        }
    }
    if !failures.is_empty() {
        return Err(RunError::Sources(failures));
    }
    for table in Delivered::REQUIRED {
        let accepted: i64 = pipeline
            .sources
            .iter()
            .filter(|source| source.config.table == *table)
            .map(|source| counts.rows(&source.config.id, Outcome::Accepted))
            .sum();
        if accepted == 0 {
            return Err(RunError::EmptyTable { table: table.name(), why: String::new() });
        }
    }
    warnings.extend(remarks(products)?);
    Ok(warnings)
}

/// Remarks that must not stay unseen in a table, counted by county; names of policy by table.
fn remarks(products: &Products) -> Result<Vec<String>, RunError> {
    let mut counts: BTreeMap<(IssueCode, String), i64> = BTreeMap::new();
    let (mut unused, mut lacking): (BTreeMap<String, Vec<String>>, BTreeMap<String, i64>) = Default::default();
    for artifact in products.artifacts.table("issue") {
        let batch = artifact.read(None)?;
        let rows = issue::View::of(&batch).map_err(unreadable("bounds", &artifact))?;
        for row in 0..batch.num_rows() {
            for code in [IssueCode::DeliveryTie, IssueCode::DivisionFar] {
                if rows.code.value(row) == code.as_str() {
                    *counts.entry((code, rows.county_code.value(row).to_owned())).or_default() += rows.count.value(row);
                }
            }
            // What rows have may be anything, and is left to the table.
            let (code, table) = (rows.code.value(row), rows.table.value(row).to_owned());
            if code == IssueCode::PolicyNameUnused.as_str() {
                unused.entry(table).or_default().extend(text(rows.id, row).map(str::to_owned));
            } else if code == IssueCode::PolicyNameLacking.as_str() {
                *lacking.entry(table).or_default() += rows.count.value(row);
            }
        }
    }
    let told = counts.into_iter().map(|((code, county), count)| {
        format!("county {county}: {code} ({count}): {} See quality/issues.parquet.", code.meaning())
    });
    let names = unused.into_iter().map(|(table, names)| {
        let rows = lacking.get(&table).copied().unwrap_or_default();
        format!(
            "{table}: the policy names {}, which no accepted row has (in a unit that fits), while {rows} rows have what it lacks: see \
             policy_name_lacking in quality/issues.parquet",
            names.join(", ")
        )
    });
    Ok(told.chain(names).collect())
}
