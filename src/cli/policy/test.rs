//! `mujun policy test`

use std::path::PathBuf;

use clap::Args;

use super::super::{print, tell};
use crate::policy::evaluation::cases;
use crate::run::Exit;
use crate::stages::evaluate::summed;

/// Arguments of `mujun policy test`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Files of worked cases; each names its set.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    let mut exit = Exit::Done;
    for file in &arguments.files {
        match cases::run(file, summed) {
            Ok(report) => {
                for failure in &report.failures {
                    print(&format!("{}: {failure}", file.display()));
                    if exit == Exit::Done {
                        exit = Exit::Failed;
                    }
                }
                let (cases, compared, failed) = (report.cases, report.compared, report.failures.len());
                print(&format!("{}: {cases} cases, {compared} figures compared, {failed} otherwise", file.display()));
            }
            Err(error) => {
                tell(&format!("error: {error}"));
                exit = Exit::BadInput;
            }
        }
    }
    exit
}
