//! `runs/<run_id>/run.json`: what a run read, did and published. The only place that knows a clock.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::pipeline_file::Pipeline;
use super::publish::Published;
use super::report::StepReport;
use super::{RunError, versions};
use crate::store::atomic;

/// A run being recorded.
#[derive(Debug)]
pub struct Record {
    id: String,
    folder: PathBuf,
    started: DateTime<Utc>,
}

impl Record {
    /// Begins a record in the store.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(store: &Path, now: DateTime<Utc>) -> Result<Self, RunError> {
        let salt = format!("{} {}", now.timestamp_nanos_opt().unwrap_or_default(), std::process::id());
        let id = format!("{}-{}", now.format("%Y%m%dT%H%M%SZ"), &blake3::hash(salt.as_bytes()).to_hex()[..6]);
        let folder = store.join("runs").join(&id);
        atomic::create_folder(&folder)?;
        Ok(Self { id, folder, started: now })
    }

    /// The run's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Writes what happened.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn finish(
        &self,
        pipeline: &Pipeline,
        steps: &[StepReport],
        result: &Result<(Published, Vec<String>), RunError>,
    ) -> Result<(), RunError> {
        let (outcome, inputs, history): (Value, Value, Value) = match result {
            Ok((published, warnings)) => (
                json!({ "snapshot": published.snapshot, "is_new": published.is_new, "warnings": warnings }),
                json!(published.inputs),
                json!(published.history),
            ),
            Err(error) => (json!({ "error": error.to_string(), "exit": error.exit() as u8 }), Value::Null, Value::Null),
        };
        let record = json!({
            "format": 1,
            "run_id": self.id,
            "pipeline": pipeline.name,
            "started": self.started.to_rfc3339(),
            "as_of": pipeline.as_of.to_string(),
            "versions": versions(),
            "outcome": outcome,
            "inputs": inputs,
            "history": history,
            "steps": steps,
        });
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        Ok(atomic::replace_file(&self.folder.join("run.json"), text.as_bytes())?)
    }
}
