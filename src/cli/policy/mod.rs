//! `mujun policy`

mod check;
mod freeze;
mod show;
mod test;

use clap::Subcommand;

use crate::run::Exit;

/// What can be done with policy files, without a pipeline.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Read sets as a pipeline would list them: every mistake with file, line and suggestion.
    Check(check::Arguments),
    /// Print the set in force for a county and period, each number with the file and line it comes from.
    Show(show::Arguments),
    /// Print the file that pins (`frozen = …`) the computed benchmarks of a set, as a snapshot publishes them.
    Freeze(freeze::Arguments),
    /// Evaluate worked cases, and tell what came out otherwise.
    Test(test::Arguments),
}

/// Runs the command.
pub fn main(command: &Policy) -> Exit {
    match command {
        Policy::Check(arguments) => check::main(arguments),
        Policy::Show(arguments) => show::main(arguments),
        Policy::Freeze(arguments) => freeze::main(arguments),
        Policy::Test(arguments) => test::main(arguments),
    }
}
