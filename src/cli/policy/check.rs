//! `mujun policy check`

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::super::{print, tell};
use crate::policy::{PolicyBook, RuleSet, Setting, evaluation};
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
    match PolicyBook::load(&arguments.files) {
        Ok(book) => {
            book.sets_and_settings().for_each(|(set, settings)| print(&summary(set, settings)));
            Exit::Done
        }
        Err(faults) => {
            faults.sorted().for_each(|fault| tell(&format!("error: {fault}")));
            Exit::BadInput
        }
    }
}

/// What the set holds, and what is worth a second look.
fn summary(set: &RuleSet, settings: &[Setting]) -> String {
    let mut text = format!("{}: {} rules, {} evaluations", set.id, set.rules.len(), set.all_evaluations().count());
    if set.illustrative {
        text.push_str("; its figures without a basis are examples (示例标准)");
    }
    let pairs = [&set.evaluations, &set.platforms].into_iter().flat_map(|groups| evaluation::overlaps(groups));
    for (left, right) in pairs {
        let key = format!("evaluation[{}].when", right.id);
        let place = settings.iter().find(|setting| setting.key == key);
        let place = place.map_or(String::new(), |place| format!("{}:{}: ", place.path.display(), place.line));
        let _ = write!(
            text,
            "\n  note: {place}{} could fall into both `{}` and `{}`; it would be evaluated in neither",
            left.subject.with_article(),
            left.id,
            right.id
        );
    }
    text
}
