//! `mujun policy check`

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::super::{print, tell};
use crate::policy::{PolicyBook, RuleSet, evaluation};
use crate::run::Exit;

/// Arguments of `mujun policy check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Policy sets, as a pipeline would list them together.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    // Each by itself, so that one mistake does not hide another file's.
    let mut is_bad = false;
    for file in &arguments.files {
        if let Err(error) = PolicyBook::load(&[file]) {
            tell(&format!("error: {error}"));
            is_bad = true;
        }
    }
    if is_bad {
        return Exit::BadInput;
    }
    match PolicyBook::load(&arguments.files) {
        Ok(book) => {
            book.sets().for_each(|set| print(&summary(set)));
            Exit::Done
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            Exit::BadInput
        }
    }
}

/// What the set holds, and what is worth a second look.
fn summary(set: &RuleSet) -> String {
    let mut text = format!("{}: {} rules, {} evaluations", set.id, set.rules.len(), set.evaluations.len());
    if set.illustrative {
        text.push_str("; its figures without a basis are examples (示例标准)");
    }
    for (left, right) in evaluation::overlaps(&set.evaluations) {
        let _ = write!(
            text,
            "\n  note: an enterprise could fall into both `{}` and `{}`; it would be evaluated in neither",
            left.id, right.id
        );
    }
    text
}
