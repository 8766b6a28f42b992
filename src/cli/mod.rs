//! The command line: one file per command, each parses, calls and prints.

mod explain;
mod plan;
mod policy;
mod run;
mod sample;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::run::Exit;

/// mujun 亩均: finds, explains and publishes low-efficiency industrial land by yield per mu.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    CURRENT is complete and up to date (published, or nothing to do); for other commands: done
  1    failed, nothing published; for policy test: a case came out otherwise; for explain: not in the snapshot
  2    published, over a warning bound
  3    bad arguments, pipeline, mapping or policy file; for explain: no snapshot
  4    another run holds the lock
  130, 143  interrupted, resumable";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a pipeline and publish its snapshot.
    Run(run::Arguments),
    /// Print what a run would do, and why.
    Plan(plan::Arguments),
    /// Explain an enterprise's or platform's grade, or a parcel's verdict: formulas with their numbers put in, and the source rows.
    Explain(explain::Arguments),
    /// Check policy files, show the set in force, test it against worked cases, pin its benchmarks.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Make a sample province: parcels, ledgers, and the defects planted in them.
    Sample(sample::Arguments),
}

/// Parses the arguments, does the work, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { code(Exit::BadInput) } else { code(Exit::Done) };
        }
    };
    code(match cli.command {
        Command::Run(arguments) => run::main(&arguments),
        Command::Plan(arguments) => plan::main(&arguments),
        Command::Explain(arguments) => explain::main(&arguments),
        Command::Policy(command) => policy::main(&command),
        Command::Sample(arguments) => sample::main(&arguments),
    })
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}

/// Prints data on stdout; a reader that closed the pipe ends the printing, not the program.
fn print(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints words for people on stderr.
fn tell(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
