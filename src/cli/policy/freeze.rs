//! `mujun policy freeze`

use std::path::PathBuf;

use clap::Args;

use super::super::{print, tell};
use crate::domain::Period;
use crate::run::Exit;
use crate::run::freeze::freeze;

/// Arguments of `mujun policy freeze`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Policy set whose computed benchmarks are to be pinned.
    file: PathBuf,
    /// Store whose snapshot published them.
    #[arg(long)]
    store: PathBuf,
    /// Period, as 2024; default: all that are published.
    #[arg(long)]
    period: Option<Period>,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    let period = arguments.period.map(|period| period.to_string());
    match freeze(&arguments.file, &arguments.store, period.as_deref()) {
        Ok(text) => {
            print(&text);
            Exit::Done
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            error.exit()
        }
    }
}
