//! `mujun policy show`

use std::path::PathBuf;

use chrono::{NaiveDate, Utc};
use clap::Args;

use super::super::{print, tell};
use crate::domain::{DivisionCode, Period};
use crate::policy::{PolicyBook, PolicyError};
use crate::run::{Exit, today};

/// Arguments of `mujun policy show`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Policy sets, as a pipeline would list them together.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// County, six digits.
    #[arg(long)]
    county: DivisionCode,
    /// Period, as 2024.
    #[arg(long)]
    period: Period,
    /// Date at which it must be law; default: today.
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    match text(arguments) {
        Ok(text) => {
            print(&text);
            Exit::Done
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            Exit::BadInput
        }
    }
}

fn text(arguments: &Arguments) -> Result<String, PolicyError> {
    let Arguments { files, county, period, as_of } = arguments;
    let as_of = as_of.unwrap_or_else(|| today(Utc::now()));
    let book = PolicyBook::load(files)?;
    let (set, settings) = book.settings_for(county, period, as_of)?;
    let mut lines = vec![format!("# {} judges {county} in {period}", set.id)];
    lines.extend(set.note(as_of).map(|note| format!("# {note}")));
    for setting in settings {
        let place = format!("{}:{}", setting.path.display(), setting.line);
        lines.push(format!("{} = {}\t# {place}", setting.key, setting.text));
    }
    Ok(lines.join("\n"))
}
