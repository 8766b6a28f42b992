//! Runs: plan, fingerprints, executor, progress and publishing. The only layer that joins files and stages.

pub mod bounds;
pub mod counts;
pub mod executor;
pub mod explain;
pub mod fingerprint;
pub mod freeze;
pub mod history;
pub mod pipeline_file;
pub mod progress;
pub mod publish;
pub mod record;
pub mod rejected;
pub mod report;
pub mod resources;
mod said;
pub mod steps;

use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::document::{DocumentError, Faults};
use crate::domain::Divisions;
use crate::policy::PolicyError;
use crate::source::SourceError;
use crate::stages::StageError;
use crate::store::lock::Lock;
use crate::store::{StoreError, snapshot};
use executor::{Executor, Mode};
use history::History;
use pipeline_file::Pipeline;
use progress::Progress;
use report::StepReport;

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Files that the run is described by are wrong.
    #[error(transparent)]
    Files(#[from] Faults),
    /// The policy is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The history that was given cannot be taken.
    #[error(transparent)]
    History(#[from] history::HistoryError),
    /// A stage failed.
    #[error("{step} of {key}: {source}")]
    Stage {
        /// Step.
        step: String,
        /// Part, county or source.
        key: String,
        /// Why.
        source: StageError,
    },
    /// Sources that the run cannot do without failed.
    #[error("{}", list_failures(.0))]
    Sources(Vec<SourceFailure>),
    /// A required table has no accepted row.
    #[error("no source gave an accepted row of `{table}`, without which nothing can be judged{why}")]
    EmptyTable {
        /// Table.
        table: &'static str,
        /// What its sources said.
        why: String,
    },
}

/// A source that failed; its `on_failure` is `stop`.
#[derive(Debug)]
pub struct SourceFailure {
    /// Its id.
    pub id: String,
    /// Why, naming the file.
    pub reason: String,
}

impl SourceFailure {
    fn of(id: &str, error: &SourceError) -> Self {
        Self { id: id.to_owned(), reason: error.to_string() }
    }
}

fn list_failures(failures: &[SourceFailure]) -> String {
    let lines: Vec<String> = failures
        .iter()
        .map(|failure| format!("source {} failed (on_failure = \"stop\"): {}", failure.id, failure.reason))
        .collect();
    lines.join("\n")
}

/// How a command ended; the number is the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// `CURRENT` is complete and up to date.
    Done = 0,
    /// Failed, nothing published.
    Failed = 1,
    /// Published, over a warning bound.
    Warned = 2,
    /// Bad arguments, pipeline, mapping or policy file.
    BadInput = 3,
    /// Another run holds the lock.
    Locked = 4,
}

impl From<DocumentError> for RunError {
    fn from(fault: DocumentError) -> Self {
        Self::Files(fault.into())
    }
}

impl RunError {
    /// What is to be told, one message each.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        match self {
            Self::Files(faults) => faults.sorted().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Files(_) | Self::Policy(_) => Exit::BadInput,
            Self::History(error) => error.exit(),
            Self::Store(StoreError::Locked { .. }) => Exit::Locked,
            Self::Store(_) | Self::Stage { .. } | Self::Sources(_) | Self::EmptyTable { .. } => Exit::Failed,
        }
    }
}

/// What the command line adds to a pipeline file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Another store.
    pub store: Option<PathBuf>,
    /// Another date.
    pub as_of: Option<NaiveDate>,
    /// A folder of `history/` tables that an empty store begins with.
    pub history: Option<PathBuf>,
}

/// What a run did.
#[derive(Debug)]
pub struct Outcome {
    /// Id under `runs/`.
    pub run_id: String,
    /// Snapshot that `CURRENT` names now.
    pub snapshot: String,
    /// Whether it is new.
    pub is_new: bool,
    /// Folder of the store.
    pub store: PathBuf,
    /// Steps, in order.
    pub steps: Vec<StepReport>,
    /// Bounds that were passed, and what readers must know of the policy.
    pub warnings: Vec<String>,
    /// Notes that change no exit code.
    pub notes: Vec<String>,
}

/// Today's date in China, where the periods end.
#[must_use]
pub fn today(now: DateTime<Utc>) -> NaiveDate {
    let china = FixedOffset::east_opt(8 * 3600).map(|offset| now.with_timezone(&offset).date_naive());
    china.unwrap_or_else(|| now.date_naive())
}

/// Runs the pipeline at `path` and publishes, if anything changed.
///
/// # Errors
/// See [`RunError`]; nothing is published then.
pub fn run(path: &Path, options: &Options, now: DateTime<Utc>, progress: &Progress) -> Result<Outcome, RunError> {
    crate::source::vector::initialise();
    let pipeline = Pipeline::read(path, options, today(now))?;
    let _lock = Lock::take(&pipeline.store)?;
    snapshot::follow(&pipeline.store)?;
    let record = record::Record::begin(&pipeline.store, now)?;
    let executor = Executor::new(&pipeline.store, Mode::Run, progress);
    let result = attempt(&pipeline, options, &executor);
    record.finish(&pipeline, &executor.reports(), &result)?;
    let (published, warnings) = result?;
    Ok(Outcome {
        run_id: record.id().to_owned(),
        snapshot: published.snapshot,
        is_new: published.is_new,
        store: pipeline.store.clone(),
        steps: executor.reports(),
        warnings,
        notes: published.notes,
    })
}

fn attempt(
    pipeline: &Pipeline,
    options: &Options,
    executor: &Executor<'_>,
) -> Result<(publish::Published, Vec<String>), RunError> {
    let history = History::read(pipeline, options.history.as_deref())?;
    let products = steps::all(pipeline, &history, executor)?;
    let counts = counts::Counts::of(&products)?;
    let warnings = bounds::check(pipeline, &products, &counts)?;
    let mut published = publish::publish(pipeline, &products, &history, executor)?;
    published.notes.extend(unlisted(&products.ledger_counties));
    published.notes.extend(rejected::told(&products, &counts)?);
    executor.prune()?;
    Ok((published, warnings))
}

/// Names the counties that no list of divisions has: mistyped, or functional zones under codes of their own.
fn unlisted(counties: &[String]) -> Option<String> {
    let divisions = Divisions::zhejiang();
    let unlisted: Vec<&str> =
        counties.iter().map(String::as_str).filter(|county| divisions.name(county).is_none()).collect();
    (!unlisted.is_empty())
        .then(|| format!("no county is known under {}: a functional zone's own code, or mistyped", unlisted.join(", ")))
}

/// What a run would do, step by step, and why. Nothing is written.
///
/// # Errors
/// See [`RunError`].
pub fn plan(path: &Path, options: &Options, now: DateTime<Utc>) -> Result<Vec<executor::Planned>, RunError> {
    crate::source::vector::initialise();
    let pipeline = Pipeline::read(path, options, today(now))?;
    let progress = Progress::silent();
    let executor = Executor::new(&pipeline.store, Mode::Plan, &progress);
    let history = History::read(&pipeline, options.history.as_deref())?;
    match steps::all(&pipeline, &history, &executor) {
        Ok(_) => {}
        // Without earlier results, what later steps would be asked to do is not known yet.
        Err(_) if executor.has_unknown() => {}
        Err(error) => return Err(error),
    }
    Ok(executor.planned())
}

/// Versions that decide what is read and written.
#[must_use]
pub fn versions() -> Value {
    json!({ "mujun": env!("CARGO_PKG_VERSION"), "libraries": crate::source::crs::library_versions() })
}
