//! `mujun run`

use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use chrono::{NaiveDate, Utc};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::table::steps;
use super::{print, tell};
use crate::run::progress::Progress;
use crate::run::{Exit, Options, Outcome, run};

/// Arguments of `mujun run`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Pipeline file.
    pipeline: PathBuf,
    /// Store folder, instead of the pipeline's.
    #[arg(long)]
    store: Option<PathBuf>,
    /// Date to run for, instead of the pipeline's.
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Folder of history tables (of a snapshot, say) that an empty store begins with.
    #[arg(long, value_name = "FOLDER")]
    history: Option<PathBuf>,
    /// Threads of all pools; the default is one a core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    if let Some(threads) = arguments.threads
        && let Err(message) = bound_pools(threads)
    {
        tell(&message);
        return Exit::Failed;
    }
    let options =
        Options { store: arguments.store.clone(), as_of: arguments.as_of, history: arguments.history.clone() };
    match run(&arguments.pipeline, &options, Utc::now(), &Progress::to_stderr()) {
        Ok(outcome) => {
            report(&outcome, arguments.output);
            if outcome.warnings.is_empty() { Exit::Done } else { Exit::Warned }
        }
        Err(error) => {
            error.messages().iter().for_each(|message| tell(&format!("error: {message}")));
            error.exit()
        }
    }
}

/// Polars reads the size of its pool from the environment, once: the process starts anew with it set.
fn bound_pools(threads: u16) -> Result<(), String> {
    const POLARS: &str = "POLARS_MAX_THREADS";
    let threads = threads.to_string();
    if std::env::var(POLARS).as_deref() != Ok(&threads) {
        let program = std::env::current_exe().map_err(|error| format!("error: cannot find this program: {error}"))?;
        let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(POLARS, threads).exec();
        return Err(format!("error: cannot start again with {POLARS} set: {error}"));
    }
    let count = threads.parse().unwrap_or(1);
    let built = rayon::ThreadPoolBuilder::new().num_threads(count).build_global();
    built.map_err(|error| format!("error: cannot bound the thread pool: {error}"))
}

fn report(outcome: &Outcome, output: Output) {
    for note in &outcome.notes {
        tell(&format!("note: {note}"));
    }
    for warning in &outcome.warnings {
        tell(&format!("warning: {warning}"));
    }
    let folder = outcome.store.join("snapshots").join(&outcome.snapshot);
    let folder = folder.canonicalize().unwrap_or(folder);
    match output {
        Output::Text => {
            print(&steps(&outcome.steps));
            let verb = if outcome.is_new { "published" } else { "nothing changed; CURRENT stays" };
            print(&format!("{verb} {}", folder.display()));
        }
        Output::Json => print(
            &json!({
                "run_id": outcome.run_id,
                "snapshot": outcome.snapshot,
                "is_new": outcome.is_new,
                "folder": folder,
                "warnings": outcome.warnings,
                "steps": outcome.steps,
            })
            .to_string(),
        ),
    }
}
