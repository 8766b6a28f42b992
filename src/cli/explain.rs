//! `mujun explain`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{print, tell};
use crate::domain::Period;
use crate::report::{Language, Voice};
use crate::run::Exit;
use crate::run::explain::explain;

/// Arguments of `mujun explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// An enterprise's code (统一社会信用代码), a parcel's (宗地代码), or a platform's id (as 330106:platform:1).
    id: String,
    /// Store whose current snapshot is read.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// The one period to tell of.
    #[arg(long, value_name = "P")]
    period: Option<Period>,
    /// Show amounts, values per mu and other enterprises' codes. Points are parts of a benchmark: whoever knows it can
    /// work out the value from them, so what is printed without this is not for everybody either.
    #[arg(long)]
    show_amounts: bool,
    /// Language [default: by LANG].
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// What to print on stdout.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    Zh,
    En,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

/// Runs the command.
pub fn main(arguments: &Arguments) -> Exit {
    let is_chinese = match arguments.lang {
        Some(lang) => lang == Lang::Zh,
        None => std::env::var("LANG").is_ok_and(|lang| lang.starts_with("zh")),
    };
    let language = if is_chinese { Language::Chinese } else { Language::English };
    let voice = Voice { language, shows_amounts: arguments.show_amounts };
    let period = arguments.period.map(|period| period.to_string());
    match explain(&arguments.store, &arguments.id, period.as_deref(), voice) {
        Ok(explained) => {
            match arguments.output {
                Output::Text => print(explained.section.to_string().trim_end()),
                Output::Json => print(
                    &json!({
                        "format": 1,
                        "snapshot": explained.snapshot,
                        "shows_amounts": arguments.show_amounts,
                        "explanation": explained.section.json(),
                    })
                    .to_string(),
                ),
            }
            Exit::Done
        }
        Err(error) => {
            tell(&format!("error: {error}"));
            error.exit()
        }
    }
}
