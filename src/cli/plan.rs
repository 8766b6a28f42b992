//! `mujun plan`

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use chrono::{NaiveDate, Utc};
use clap::Args;

use super::{print, tell};
use crate::run::executor::Planned;
use crate::run::{Exit, Options, plan};

/// Arguments of `mujun plan`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Pipeline file.
    pipeline: PathBuf,
    /// Store folder, instead of the pipeline's.
    #[arg(long)]
    store: Option<PathBuf>,
    /// Date to plan for, instead of the pipeline's.
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Folder of history tables that an empty store would begin with.
    #[arg(long, value_name = "FOLDER")]
    history: Option<PathBuf>,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    let options =
        Options { store: arguments.store.clone(), as_of: arguments.as_of, history: arguments.history.clone() };
    match plan(&arguments.pipeline, &options, Utc::now()) {
        Ok(planned) => {
            print(&text(&planned));
            Exit::Done
        }
        Err(error) => {
            error.messages().iter().for_each(|message| tell(&format!("error: {message}")));
            error.exit()
        }
    }
}

/// A line a step and reason, with the tasks it is about.
fn text(planned: &[Planned]) -> String {
    let mut text = String::new();
    for tasks in planned.chunk_by(|left, right| left.step == right.step) {
        text.push_str(&step(tasks));
    }
    match planned.iter().filter(|task| task.reason.is_some()).count() {
        0 => text.push_str("nothing would run"),
        some => {
            let is_new = planned.iter().any(|task| task.reason.as_deref() == Some("never built"));
            let beyond = if is_new { "; what follows a task that was never built is not known yet" } else { "" };
            let _ = write!(text, "up to {some} tasks would run, fewer where one ends in the bytes it had{beyond}");
        }
    }
    text
}

/// The lines of one step.
fn step(tasks: &[Planned]) -> String {
    const SHOWN: usize = 6;
    let name = tasks.first().map_or("", |task| task.step);
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for task in tasks {
        if let Some(reason) = &task.reason {
            reasons.entry(reason).or_default().push(&task.key);
        }
    }
    let mut text = String::new();
    let reused = tasks.iter().filter(|task| task.reason.is_none()).count();
    if reused > 0 {
        let _ = writeln!(text, "{name:<22} reuse {reused}");
    }
    for (reason, keys) in reasons {
        let shown = keys.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" ");
        let more = keys.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" … {more} more") } else { String::new() };
        let _ = writeln!(text, "{name:<22} run   {:<4} {reason}: {shown}{more}", keys.len());
    }
    text
}
