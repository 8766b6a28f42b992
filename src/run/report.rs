//! What a step did and cost, as the run's end table and `run.json` tell it.

use serde::Serialize;

use super::resources::Spent;
use crate::store::cache::Finished;

/// A step of a stage: `cadastre.read`.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Name.
    pub name: &'static str,
    /// Version of its code.
    pub version: u32,
}

/// What a step did.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// Step.
    pub step: &'static str,
    /// Tasks built.
    pub built: usize,
    /// Tasks reused.
    pub reused: usize,
    /// Rows in.
    pub rows_in: u64,
    /// Rows out.
    pub rows_out: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Seconds of wall.
    pub wall_s: f64,
    /// Seconds of CPU.
    pub cpu_s: f64,
    /// Peak memory.
    pub peak_bytes: u64,
    /// Whether the peak is the step's own.
    pub is_peak_own: bool,
    /// Bytes written.
    pub bytes_written: u64,
}

impl StepReport {
    /// One line for a person.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "{:<22} {:>4} built {:>4} reused {:>10} rows in {:>10} out {:>7} rejected {:>7.2} s",
            self.step, self.built, self.reused, self.rows_in, self.rows_out, self.rejected, self.wall_s
        )
    }
}

impl StepReport {
    /// An empty report of a step.
    #[must_use]
    pub fn of(step: Step, spent: Spent) -> Self {
        let mut report = Self {
            step: step.name,
            built: 0,
            reused: 0,
            rows_in: 0,
            rows_out: 0,
            rejected: 0,
            wall_s: 0.0,
            cpu_s: 0.0,
            peak_bytes: 0,
            is_peak_own: true,
            bytes_written: 0,
        };
        report.finish(spent);
        report
    }

    /// Notes what was spent.
    pub fn finish(&mut self, spent: Spent) {
        self.wall_s = spent.wall.as_secs_f64();
        self.cpu_s = spent.cpu.as_secs_f64();
        self.peak_bytes = spent.peak_bytes;
        self.is_peak_own = spent.is_peak_own;
    }

    /// Adds a task's rows.
    pub fn add(&mut self, finished: &Finished) {
        self.rows_in += finished.rows_in;
        for artifact in &finished.artifacts {
            match artifact.table.as_str() {
                "reject" => self.rejected += artifact.rows,
                "issue" | "tally" | "coverage" | "mark" => {}
                table if table.starts_with("lineage_") => {}
                _ => self.rows_out += artifact.rows,
            }
        }
    }
}
