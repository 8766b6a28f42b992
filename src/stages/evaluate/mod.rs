//! 亩均效益综合评价: each enterprise of a county and period, measured, scored, ranked and graded by the policy's groups.
//!
//! [`sums`] (map over counties) adds up each enterprise's ledgers, [`strays`] (exchange) takes what came where it occupies
//! nothing to where it does, and [`figures`] (map) puts together what is known of it, and of those that are evaluated
//! together; [`populations`] (map) and
//! [`benchmarks`] (reduce) make what it is measured against; [`evaluate`] (map) scores and grades. What the points are is the
//! policy's ([`crate::policy::evaluation`]).

mod belonging;
mod benchmarks;
mod cases;
mod columns;
mod figures;
mod grades;
#[cfg(test)]
mod group_tests;
mod groups;
mod last_means;
mod links;
mod lists;
mod periods;
mod platforms;
mod promises;
mod strays;
mod sums;
mod total;

use arrow::array::RecordBatch;

pub use belonging::{Overlaid, REJECT_COLUMNS, ZONE_COLUMNS};
pub use benchmarks::{Reduced, benchmarks, populations};
pub use cases::summed;
pub use figures::{Figured, Known, Register, YIELD_COLUMNS, figures};
pub use grades::{Evaluated, evaluate};
pub use last_means::{LastMeans, are_asked};
pub use links::Links;
pub use lists::Lists;
pub use platforms::{
    EvaluatedPlatforms, GRADE_COLUMNS, PLATFORM_COLUMNS, PlatformFigures, evaluate_platforms, platform_figures,
};
pub use strays::{enterprises, only_strays, strays};
pub use sums::{Ledgers, sums};

use super::StageError;
use super::order::take;
use crate::domain::Period;
use crate::policy::evaluation::{Evaluation, Membership, Subject, membership};
use crate::policy::{Columns, RuleSet};
use crate::table::enterprise_figure;

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 7;

/// Those that are evaluated, and what is known of each.
#[derive(Clone, Copy)]
pub struct Subjects<'a> {
    /// `enterprise_figure`; of a platform, the sums of its enterprises.
    figures: &'a RecordBatch,
    /// Of platforms, `platform_figure`, row by row.
    platforms: Option<&'a RecordBatch>,
}

impl<'a> Subjects<'a> {
    /// The enterprises of a county.
    #[must_use]
    pub const fn enterprises(figures: &'a RecordBatch) -> Self {
        Self { figures, platforms: None }
    }

    const fn subject(&self) -> Subject {
        if self.platforms.is_some() { Subject::Platform } else { Subject::Enterprise }
    }
}

/// The enterprises of a county, or the platforms of a set, in one period, as a set sees them.
struct Judged<'a> {
    subject: Subject,
    period: String,
    set: &'a RuleSet,
    rows: RecordBatch,
    /// Those that are not evaluated by themselves, by their links.
    linked: RecordBatch,
    columns: Columns,
    membership: Membership,
}

impl<'a> Judged<'a> {
    /// The figures of `data_of` by the set that judges `period`.
    fn of(of: Subjects<'_>, period: Period, set: &'a RuleSet, data_of: &str) -> Result<Self, StageError> {
        let subject = of.subject();
        let all = enterprise_figure::View::of(of.figures)?;
        let chosen = (0..of.figures.num_rows()).filter(|row| all.period.value(*row) == data_of);
        let (linked, chosen): (Vec<usize>, Vec<usize>) = chosen.partition(|row| all.link_standing.get(*row).is_some());
        let (rows, linked) = (take(of.figures, &chosen)?, take(of.figures, &linked)?);
        let mut columns = columns::columns(&rows, subject.catalogue())?;
        if let Some(platforms) = of.platforms {
            platforms::add_columns(&mut columns, &take(platforms, &chosen)?, &rows)?;
        }
        let membership = membership(set.groups(subject), &columns)?;
        Ok(Self { subject, period: period.to_string(), set, rows, linked, columns, membership })
    }

    /// The set's groups, each with its place among them.
    fn evaluations(&self) -> impl Iterator<Item = (usize, &'a Evaluation)> + use<'a> {
        self.set.groups(self.subject).iter().enumerate()
    }
}
