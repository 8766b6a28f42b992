//! Reduce: one register over all counties.

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::{by_keys, comparable, keys, take, value};
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
    let newest = |row: usize| (value(rows.delivered, row), rows.source_id.value(row), rows.county_code.value(row));
    let keys = keys(&batch, enterprise::TABLE.key)?;
    let order = by_keys(&keys, (0..keys.len()).collect());
    let same = |left: &usize, right: &usize| keys[*left] == keys[*right];
    // Few are in several counties, and only those need be compared.
    let repeated: Vec<usize> = order.chunk_by(same).filter(|run| run.len() > 1).flatten().copied().collect();
    let content = ["name", "industry_code", "established", "production_since", "status", "address"];
    let content = comparable(&take(&batch, &repeated)?, &content)?;
    let mut passed = 0;
    let (mut kept, mut issues, mut tallies) = (Vec::with_capacity(order.len()), Issues::default(), Tallies::default());
    for run in order.chunk_by(same) {
        let Some(first) = (0..run.len()).max_by_key(|at| newest(run[*at])) else { continue };
        kept.push(run[first]);
        if run.len() == 1 {
            continue;
        }
        for other in (0..run.len()).filter(|at| *at != first) {
            let source = (rows.source_id.value(run[other]), "enterprise");
            tallies.add(source, None, "rows", (Outcome::Accepted, None), -1);
            tallies.add(source, None, "rows", (Outcome::Superseded, None), 1);
            if content.row(passed + other) != content.row(passed + first) {
                let county = rows.county_code.value(run[other]);
                issues.note("enterprise", county, IssueCode::EnterpriseConflict, Some(source.0), None);
            }
        }
        passed += run.len();
    }
    Ok(Registered { rows: take(&batch, &kept)?, issues: issues.finish()?, tallies: tallies.finish()? })
}
