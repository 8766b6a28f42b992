//! Freezing: the benchmarks that the store's snapshot publishes, as the text of a file that pins them.

use std::path::{Path, PathBuf};

use super::Exit;
use crate::document::Faults;
use crate::policy::frozen::{self, Published};
use crate::policy::{Benchmark, PolicyBook};
use crate::stages::order::value;
use crate::store::{StoreError, parquet, snapshot};
use crate::table::{self, TableError, benchmark, rule_benchmark};

/// Why nothing was frozen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FreezeError {
    /// Policy files are wrong.
    #[error(transparent)]
    Policy(#[from] Faults),
    /// Nothing is published there.
    #[error("{store}: no snapshot is published there; run the pipeline, or name another --store")]
    NoSnapshot {
        /// Store folder.
        store: PathBuf,
    },
    /// The snapshot has none of the set's benchmarks.
    #[error(
        "snapshot {snapshot} has no benchmark that set `{set}` computes as it stands now{}; run it, then freeze",
        .period.as_ref().map(|period| format!(" of {period}")).unwrap_or_default()
    )]
    Nothing {
        /// Snapshot.
        snapshot: String,
        /// Set.
        set: String,
        /// The period asked for.
        period: Option<String>,
    },
    /// The snapshot cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table of the snapshot is not what this version publishes.
    #[error("{0}; was it published by another version? run again")]
    Table(#[from] TableError),
}

impl FreezeError {
    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Policy(_) | Self::NoSnapshot { .. } => Exit::BadInput,
            _ => Exit::Failed,
        }
    }
}

/// The text of a file that pins the benchmarks of the set at `policy`, as the store's snapshot publishes them, of one
/// period or all.
///
/// # Errors
/// See [`FreezeError`].
pub fn freeze(policy: &Path, store: &Path, period: Option<&str>) -> Result<String, FreezeError> {
    let book = PolicyBook::load(&[policy])?;
    let current = snapshot::current(store)?.ok_or_else(|| FreezeError::NoSnapshot { store: store.to_owned() })?;
    let folder = store.join("snapshots").join(&current.snapshot);
    // The file's own set stands behind those that it extends.
    let set = book.sets().last();
    let mut published = of_evaluations(&folder, set.map_or("", |set| &set.id))?;
    published.extend(of_rules(&folder)?);
    published.retain(|one| period.is_none_or(|period| one.period == period));
    let text = set.and_then(|set| frozen::text(set, &current.snapshot, &published));
    text.ok_or_else(|| FreezeError::Nothing {
        snapshot: current.snapshot,
        set: set.map(|set| set.id.clone()).unwrap_or_default(),
        period: period.map(str::to_owned),
    })
}

fn of_evaluations(folder: &Path, set: &str) -> Result<Vec<Published>, FreezeError> {
    let table = &benchmark::TABLE;
    let batch = table::declared(&parquet::read(&folder.join("bi/benchmark.parquet"))?, table)?;
    let rows = benchmark::View::of(&batch)?;
    let own = (0..batch.num_rows()).filter(|row| rows.set_id.value(*row) == set);
    let one = |row: usize| {
        let n = value(rows.n, row).unwrap_or(0);
        Some(Published {
            of: frozen::of_indicator(rows.evaluation_id.value(row), rows.indicator_id.value(row)),
            period: rows.period.value(row).to_owned(),
            class: rows.class.value(row).to_owned(),
            benchmark: of_row(rows.exact.value(row), n, rows.method.value(row))?,
        })
    };
    Ok(own.filter_map(one).collect())
}

fn of_rules(folder: &Path) -> Result<Vec<Published>, FreezeError> {
    let table = &rule_benchmark::TABLE;
    let batch = table::declared(&parquet::read(&folder.join("bi/rule_benchmark.parquet"))?, table)?;
    let rows = rule_benchmark::View::of(&batch)?;
    let one = |row: usize| {
        let ordinal = usize::try_from(rows.test.value(row)).ok()?;
        Some(Published {
            of: frozen::of_rule(rows.rule_id.value(row), ordinal),
            period: rows.period.value(row).to_owned(),
            class: rows.raw_group.value(row).to_owned(),
            benchmark: of_row(rows.exact.value(row), rows.n.value(row), rows.method.value(row))?,
        })
    };
    Ok((0..batch.num_rows()).filter_map(one).collect())
}

fn of_row(exact: &str, n: i64, method: &str) -> Option<Benchmark> {
    let (value, n) = (Benchmark::exact_value(exact)?, u64::try_from(n).ok()?);
    Some(Benchmark { value, n, method: method.to_owned(), is_frozen: true })
}
