//! How many rows of each source were read, taken and refused, over all periods.

use std::collections::BTreeMap;

use super::RunError;
use super::steps::Products;
use crate::stages::quality::Outcome;
use crate::store::cache::Artifact;
use crate::table::{TableError, tally};

/// Rows by source and outcome.
pub struct Counts(BTreeMap<(String, String), i64>);

impl Counts {
    /// From the balances of a run.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn of(products: &Products) -> Result<Self, RunError> {
        let mut rows: BTreeMap<(String, String), i64> = BTreeMap::new();
        for artifact in products.artifacts.table(tally::TABLE.name) {
            let batch = artifact.read(None)?;
            let view = tally::View::of(&batch).map_err(unreadable("bounds", &artifact))?;
            for row in (0..batch.num_rows()).filter(|row| view.measure.value(*row) == "rows") {
                let key = (view.source_id.value(row).to_owned(), view.outcome.value(row).to_owned());
                *rows.entry(key).or_default() += view.value.value(row);
            }
        }
        Ok(Self(rows))
    }

    /// Those of a source.
    #[must_use]
    pub fn rows(&self, source: &str, outcome: Outcome) -> i64 {
        self.0.get(&(source.to_owned(), outcome.as_str().to_owned())).copied().unwrap_or(0)
    }
}

/// The failure of a step to read a result as what it is.
pub(super) fn unreadable<'a>(step: &'a str, artifact: &'a Artifact) -> impl Fn(TableError) -> RunError + 'a {
    move |error| RunError::Stage { step: step.to_owned(), key: artifact.part.clone(), source: error.into() }
}
