//! `mujun sample`

use std::path::PathBuf;

use clap::Args;

use super::{print, tell};
use crate::run::Exit;
use crate::sample::{Parameters, SampleError, generate};

/// The rule set that the sample's pipeline reads.
const POLICY: &str = include_str!("../../pipelines/policy/zhejiang.toml");

/// Arguments of `mujun sample`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder to write into; created if need be.
    out: PathBuf,
    /// Parcels in the province.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    parcels: u64,
    /// Everything random comes from it.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    let parameters = Parameters { parcels: arguments.parcels, seed: arguments.seed, ..Parameters::default() };
    let made = generate(&parameters, &arguments.out).and_then(|summary| {
        let policy = arguments.out.join(&parameters.policy);
        let written =
            policy.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&policy, POLICY));
        written.map(|()| summary).map_err(|source| SampleError::Io { path: policy, source })
    });
    match made {
        Ok(summary) => {
            print(&summary.to_string());
            print(&format!("run it with: mujun run {}", arguments.out.join("pipeline.toml").display()));
            Exit::Done
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            match error {
                SampleError::Parameter { .. } | SampleError::Room { .. } => Exit::BadInput,
                _ => Exit::Failed,
            }
        }
    }
}
