//! `mujun policy show`

use std::path::PathBuf;

use chrono::{NaiveDate, Utc};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::super::{print, tell};
use crate::domain::{DivisionCode, Divisions, Period};
use crate::policy::{PolicyBook, PolicyError, Setting};
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
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    match shown(arguments) {
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

fn shown(arguments: &Arguments) -> Result<String, PolicyError> {
    let Arguments { files, county, period, as_of, output } = arguments;
    let as_of = as_of.unwrap_or_else(|| today(Utc::now()));
    let book = PolicyBook::load(files)?;
    let (set, settings) = book.asked_for(county, period, as_of, &Divisions::zhejiang())?;
    let note = set.note(as_of);
    if *output == Output::Json {
        return Ok(json!({
            "format": 1,
            "set_id": set.id,
            "county_code": county.to_string(),
            "period": period.to_string(),
            "as_of": as_of.to_string(),
            "note": note,
            "settings": settings.iter().map(Setting::json).collect::<Vec<_>>(),
        })
        .to_string());
    }
    let mut lines = vec![format!("# {} judges {county} in {period}", set.id)];
    lines.extend(note.map(|note| format!("# {note}")));
    for setting in settings {
        let place = format!("{}:{}", setting.path.display(), setting.line);
        lines.push(format!("{} = {}\t# {place}", setting.key, setting.text));
    }
    Ok(lines.join("\n"))
}
