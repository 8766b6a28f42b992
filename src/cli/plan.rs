//! `mujun plan`

use std::collections::BTreeMap;
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
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    let options = Options { store: arguments.store.clone(), as_of: arguments.as_of };
    match plan(&arguments.pipeline, &options, Utc::now()) {
        Ok(planned) => {
            print(&text(&planned));
            Exit::Done
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            error.exit()
        }
    }
}

/// A line a step and reason, with the tasks it is about.
fn text(planned: &[Planned]) -> String {
    let mut lines: Vec<(&str, BTreeMap<String, Vec<&str>>, usize)> = Vec::new();
    for task in planned {
        if lines.last().is_none_or(|(step, _, _)| *step != task.step) {
            lines.push((task.step, BTreeMap::new(), 0));
        }
        if let Some((_, reasons, reused)) = lines.last_mut() {
            match &task.reason {
                Some(reason) => reasons.entry(reason.clone()).or_default().push(&task.key),
                None => *reused += 1,
            }
        }
    }
    let mut text = String::new();
    for (step, reasons, reused) in &lines {
        if *reused > 0 {
            text.push_str(&format!("{step:<22} reuse {reused}\n"));
        }
        for (reason, keys) in reasons {
            let shown: Vec<&str> = keys.iter().take(6).copied().collect();
            let more = if keys.len() > 6 { format!(" … {} more", keys.len() - 6) } else { String::new() };
            text.push_str(&format!("{step:<22} run   {:<4} {reason}: {}{more}\n", keys.len(), shown.join(" ")));
        }
    }
    let total = planned.iter().filter(|task| task.reason.is_some()).count();
    if total == 0 {
        text.push_str("nothing would run");
    } else {
        text.push_str(&format!("{total} tasks would run; steps after one that was never built are not known yet"));
    }
    text
}
