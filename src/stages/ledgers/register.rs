//! Reduce: one register over all counties.

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::{comparable, ordered, runs, take, value};
use super::super::quality::{Issues, Outcome, Tallies};
use crate::domain::IssueCode;
use crate::table::enterprise;

/// The register, and what was settled to get it.
pub struct Registered {
    /// One row an enterprise, sorted.
    pub rows: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// One row for each enterprise: where counties describe it differently, the newest delivery's.
///
/// # Errors
/// Never by the data.
pub fn register(counties: &[RecordBatch]) -> Result<Registered, StageError> {
    let batch = enterprise::TABLE.concat(counties)?;
    let rows = enterprise::View::of(&batch)?;
    let content = comparable(&batch, &["name", "industry_code", "established", "status", "address"])?;
    let newest = |row: usize| (value(rows.delivered, row), rows.source_id.value(row), rows.county_code.value(row));
    let order = ordered(batch.num_rows(), |left, right| {
        rows.uscc.value(left).cmp(rows.uscc.value(right)).then_with(|| newest(right).cmp(&newest(left)))
    });
    let (mut kept, mut issues, mut tallies) = (Vec::new(), Issues::default(), Tallies::default());
    for run in runs(&order, |left, right| rows.uscc.value(left) == rows.uscc.value(right)) {
        kept.push(run[0]);
        for other in &run[1..] {
            let source = (rows.source_id.value(*other), "enterprise");
            tallies.add(source, None, "rows", (Outcome::Accepted, None), -1);
            tallies.add(source, None, "rows", (Outcome::Superseded, None), 1);
            if content.row(*other) != content.row(run[0]) {
                let county = rows.county_code.value(*other);
                issues.note("enterprise", county, IssueCode::EnterpriseConflict, Some(source.0), None);
            }
        }
    }
    Ok(Registered { rows: take(&batch, &kept)?, issues: issues.finish()?, tallies: tallies.finish()? })
}
