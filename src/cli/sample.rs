//! `mujun sample`

use std::path::PathBuf;

use clap::Args;

use super::{print, tell};
use crate::run::Exit;
use crate::sample::{Parameters, SampleError, Summary, generate};

/// Arguments of `mujun sample`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to write into, created if need be: empty, or with an earlier sample, which is replaced.
    out: PathBuf,
    /// What differs from the defaults, which pipelines/sample.toml lists.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Parcels in the province [default: 20000, or as the file says].
    #[arg(long, value_name = "N")]
    parcels: Option<u64>,
    /// Everything random comes from it [default: 1, or as the file says].
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    match make(arguments) {
        Ok(summary) => {
            print(&summary.to_string());
            print(&format!("run it with: mujun run {}", arguments.out.join("pipeline.toml").display()));
            Exit::Done
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            match error {
                SampleError::Document(_)
                | SampleError::Parameter { .. }
                | SampleError::Room { .. }
                | SampleError::Occupied { .. } => Exit::BadInput,
                _ => Exit::Failed,
            }
        }
    }
}

fn make(arguments: &Arguments) -> Result<Summary, SampleError> {
    let mut parameters = match &arguments.parameters {
        Some(file) => Parameters::read(file)?,
        None => Parameters::default(),
    };
    let province = &mut parameters.province;
    province.parcels = arguments.parcels.unwrap_or(province.parcels);
    province.seed = arguments.seed.unwrap_or(province.seed);
    generate(&parameters, &arguments.out)
}
