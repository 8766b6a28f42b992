//! What a person sees while a run goes on: bars on a terminal, plain lines elsewhere. All on stderr.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::StepReport;

/// Where progress goes.
#[derive(Debug)]
pub struct Progress {
    way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Bars,
    Lines,
    Silent,
}

impl Progress {
    /// Bars if stderr is a terminal, lines otherwise.
    #[must_use]
    pub fn to_stderr() -> Self {
        Self { way: if std::io::stderr().is_terminal() { Way::Bars } else { Way::Lines } }
    }

    /// Nothing at all.
    #[must_use]
    pub const fn silent() -> Self {
        Self { way: Way::Silent }
    }

    /// A bar for a step of so many tasks; advance it as they finish.
    #[must_use]
    pub fn step(&self, name: &str, tasks: usize) -> ProgressBar {
        if self.way != Way::Bars {
            return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        }
        let bar = ProgressBar::new(tasks as u64);
        let style = ProgressStyle::with_template("{prefix:<22} {bar:30} {pos:>4}/{len} {elapsed} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(name.to_owned());
        bar
    }

    /// A step's end.
    pub fn finished(&self, bar: &ProgressBar, report: &StepReport) {
        bar.finish_and_clear();
        if self.way != Way::Silent {
            self.say(&report.line());
        }
    }

    /// A line of its own.
    pub fn say(&self, line: &str) {
        if self.way != Way::Silent {
            // A closed stderr must not end a run.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}
