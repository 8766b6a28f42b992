//! The executor: each step's tasks in parallel, each reused if its fingerprint is known, else built and kept.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::fingerprint::{fingerprint, made_of, reason};
use super::progress::Progress;
use super::report::{Step, StepReport};
use super::resources::{Meter, Spent};
use super::{RunError, SourceFailure};
use crate::stages::StageError;
use crate::store::cache::{Artifact, Finished, Output, StageCache};

/// How long an unused result is kept.
const KEEP: Duration = Duration::from_hours(168);

/// Whether work is done or only foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Done.
    Run,
    /// Foreseen.
    Plan,
}

/// Why a task failed.
#[derive(Debug)]
pub enum TaskError {
    /// The stage.
    Stage(StageError),
    /// The store.
    Store(crate::store::StoreError),
    /// A source that the run cannot do without.
    Source(SourceFailure),
}

impl From<StageError> for TaskError {
    fn from(error: StageError) -> Self {
        Self::Stage(error)
    }
}

impl From<crate::table::TableError> for TaskError {
    fn from(error: crate::table::TableError) -> Self {
        Self::Stage(error.into())
    }
}

impl From<crate::store::StoreError> for TaskError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a task leaves, and how many rows went in (none: its inputs' rows).
pub struct Done {
    /// Rows in.
    pub rows_in: Option<u64>,
    /// Outputs.
    pub outputs: Vec<Output>,
}

impl From<Vec<Output>> for Done {
    fn from(outputs: Vec<Output>) -> Self {
        Self { rows_in: None, outputs }
    }
}

/// The work of a task.
pub type Work<'a> = Box<dyn Fn() -> Result<Done, TaskError> + Send + Sync + 'a>;

/// One part, county or source of a step.
pub struct Task<'a> {
    /// Its name in the cache.
    pub key: String,
    /// What it declares: `configuration`, `policy` hashes, `files`.
    pub settings: Value,
    /// What it reads.
    pub inputs: Vec<Artifact>,
    /// What it does.
    pub work: Work<'a>,
}

/// A task as `plan` tells it.
#[derive(Debug, Clone, Serialize)]
pub struct Planned {
    /// Step.
    pub step: &'static str,
    /// Task.
    pub key: String,
    /// Why it would run; none: its result is known.
    pub reason: Option<String>,
}

/// Artifacts of one or more steps.
#[derive(Debug, Clone, Default)]
pub struct Artifacts(Vec<Artifact>);

impl Artifacts {
    /// All of a table, in order of their parts.
    #[must_use]
    pub fn table(&self, table: &str) -> Vec<Artifact> {
        let mut found: Vec<_> = self.0.iter().filter(|artifact| artifact.table == table).cloned().collect();
        found.sort_by(|left, right| left.part.cmp(&right.part));
        found
    }

    /// Those of a table and a part.
    #[must_use]
    pub fn of(&self, table: &str, part: &str) -> Vec<Artifact> {
        self.0.iter().filter(|artifact| artifact.table == table && artifact.part == part).cloned().collect()
    }

    /// Those of a table and a county: the county itself or its parts, in order.
    #[must_use]
    pub fn of_county(&self, table: &str, county: &str) -> Vec<Artifact> {
        let mut found = self.table(table);
        found.retain(|artifact| county_of(&artifact.part) == county);
        found
    }

    /// Adds some artifacts.
    pub fn add(&mut self, artifacts: Vec<Artifact>) {
        self.0.extend(artifacts);
    }

    /// Adds another step's.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// The county of a part.
#[must_use]
pub fn county_of(part: &str) -> &str {
    part.split('-').next().unwrap_or(part)
}

/// Runs steps against a store.
pub struct Executor<'a> {
    cache: StageCache,
    mode: Mode,
    progress: &'a Progress,
    reports: Mutex<Vec<StepReport>>,
    planned: Mutex<Vec<Planned>>,
    used: Mutex<HashSet<(String, String, String)>>,
}

enum Settled {
    Reused(Finished),
    Built(Finished),
    /// Only foreseen; the artifacts are those of an earlier build, their hashes marked as changed.
    Foreseen(Vec<Artifact>),
}

impl<'a> Executor<'a> {
    /// An executor on the store at `store`.
    #[must_use]
    pub fn new(store: &Path, mode: Mode, progress: &'a Progress) -> Self {
        Self {
            cache: StageCache::of(store),
            mode,
            progress,
            reports: Mutex::default(),
            planned: Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// Runs a step's tasks, in parallel, and returns what they leave.
    ///
    /// # Errors
    /// The first failure in order of the tasks; failed sources are told together.
    pub fn run(&self, step: Step, tasks: Vec<Task<'_>>) -> Result<Artifacts, RunError> {
        let meter = Meter::start();
        let bar = self.progress.step(step.name, tasks.len());
        let settled: Vec<Result<Settled, (String, TaskError)>> = tasks
            .into_par_iter()
            .map(|task| {
                let key = task.key.clone();
                let settled = self.task(step, &task).map_err(|error| (key, error));
                bar.inc(1);
                settled
            })
            .collect();
        let mut report = StepReport::of(step, meter.read());
        let mut artifacts = Vec::new();
        let (mut sources, mut first) = (Vec::new(), None);
        for result in settled {
            match result {
                Ok(Settled::Foreseen(found)) => artifacts.extend(found),
                Ok(Settled::Reused(finished)) => {
                    report.reused += 1;
                    report.add(&finished);
                    artifacts.extend(finished.artifacts);
                }
                Ok(Settled::Built(finished)) => {
                    report.built += 1;
                    report.bytes_written += finished.artifacts.iter().map(|artifact| artifact.bytes).sum::<u64>();
                    report.add(&finished);
                    artifacts.extend(finished.artifacts);
                }
                Err((_, TaskError::Source(failure))) => sources.push(failure),
                Err((key, error)) => drop(first.get_or_insert((key, error))),
            }
        }
        report.finish(meter.read());
        self.progress.finished(&bar, &report);
        lock(&self.reports).push(report);
        match (sources.is_empty(), first) {
            (false, _) => Err(RunError::Sources(sources)),
            (true, None) => Ok(Artifacts(artifacts)),
            (true, Some((_, TaskError::Store(error)))) => Err(error.into()),
            (true, Some((key, TaskError::Stage(source)))) => {
                Err(RunError::Stage { step: step.name.to_owned(), key, source })
            }
            (true, Some((_, TaskError::Source(failure)))) => Err(RunError::Sources(vec![failure])),
        }
    }

    fn task(&self, step: Step, task: &Task<'_>) -> Result<Settled, TaskError> {
        let made_of = made_of(step.name, step.version, &task.settings, &task.inputs);
        let fingerprint = fingerprint(&made_of);
        lock(&self.used).insert((step.name.to_owned(), task.key.clone(), fingerprint.clone()));
        if let Some(finished) = self.cache.find(step.name, &task.key, &fingerprint)? {
            self.note(step, &task.key, None);
            return Ok(Settled::Reused(finished));
        }
        if self.mode == Mode::Plan {
            let newest = self.cache.newest(step.name, &task.key);
            self.note(step, &task.key, Some(reason(newest.as_ref().map(|build| &build.made_of), &made_of)));
            let earlier = newest.map(|build| build.artifacts).unwrap_or_default();
            let foreseen = earlier.into_iter().map(|artifact| artifact.foreseen(&fingerprint)).collect();
            return Ok(Settled::Foreseen(foreseen));
        }
        let done = (task.work)()?;
        let rows_in = done.rows_in.unwrap_or_else(|| task.inputs.iter().map(|input| input.rows).sum());
        let finished = self.cache.store(step.name, &task.key, &fingerprint, made_of, (rows_in, &done.outputs))?;
        Ok(Settled::Built(finished))
    }

    fn note(&self, step: Step, key: &str, reason: Option<String>) {
        if self.mode == Mode::Plan {
            lock(&self.planned).push(Planned { step: step.name, key: key.to_owned(), reason });
        }
    }

    /// What steps did so far.
    #[must_use]
    pub fn reports(&self) -> Vec<StepReport> {
        lock(&self.reports).clone()
    }

    /// What was foreseen, in order of steps, then keys.
    #[must_use]
    pub fn planned(&self) -> Vec<Planned> {
        let planned = lock(&self.planned);
        let mut steps: Vec<&str> = Vec::new();
        for entry in planned.iter() {
            if !steps.contains(&entry.step) {
                steps.push(entry.step);
            }
        }
        let mut sorted = planned.clone();
        sorted.sort_by_key(|entry| (steps.iter().position(|step| *step == entry.step), entry.key.clone()));
        sorted
    }

    /// Whether a foreseen task has no earlier result, so that what follows it is not known.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        lock(&self.planned).iter().any(|entry| entry.reason.is_some())
    }

    /// Whether work is only foreseen.
    #[must_use]
    pub fn is_plan(&self) -> bool {
        self.mode == Mode::Plan
    }

    /// Removes old results that this run did not use.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn prune(&self) -> Result<(), RunError> {
        Ok(self.cache.prune(&lock(&self.used), KEEP)?)
    }

    /// Notes a step that runs outside the cache: publishing.
    pub fn report(&self, step: Step, spent: Spent, rows: u64, bytes: u64) {
        let mut report = StepReport::of(step, spent);
        report.built = 1;
        (report.rows_in, report.rows_out, report.bytes_written) = (rows, rows, bytes);
        self.progress.say(&report.line());
        lock(&self.reports).push(report);
    }
}

/// A lock whose holder cannot have failed half-way through a change that matters.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Settings from what a task declares.
#[must_use]
pub fn settings(configuration: &Value, policy: &Value, files: &Value) -> Value {
    json!({ "configuration": configuration, "policy": policy, "files": files })
}
