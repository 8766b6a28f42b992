//! The `mujun` program: parses, calls, exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    mujun::cli::main()
}
