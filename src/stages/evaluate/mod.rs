//! 亩均效益综合评价: each enterprise of a county and period, measured, scored, ranked and graded by the policy's groups.
//!
//! [`sums`] (map over counties) adds up each enterprise's ledgers, [`strays`] (exchange) takes what came where it occupies
//! nothing to where it does, and [`figures`] (map) puts together what is known of it, and of those that are evaluated
//! together; [`populations`] (map) and
//! [`benchmarks`] (reduce) make what it is measured against; [`evaluate`] (map) scores and grades. What the points are is the
//! policy's ([`crate::policy::evaluation`]).

mod benchmarks;
mod columns;
mod figures;
mod grades;
#[cfg(test)]
mod group_tests;
mod groups;
mod last_means;
mod links;
mod lists;
mod strays;
mod sums;

use arrow::array::RecordBatch;

pub use benchmarks::{Reduced, benchmarks, populations};
pub use figures::{Figured, Known, Register, YIELD_COLUMNS, figures};
pub use grades::{Evaluated, evaluate};
pub use last_means::{LastMeans, are_asked};
pub use links::Links;
pub use lists::Lists;
pub use strays::{enterprises, only_strays, strays};
pub use sums::{Ledgers, sums};

use super::StageError;
use super::order::take;
use crate::domain::Period;
use crate::policy::evaluation::{Evaluation, Membership, membership};
use crate::policy::{Columns, RuleSet};
use crate::table::enterprise_figure;

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 4;

/// The enterprises of a county in one period, as a set sees them.
struct Judged<'a> {
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
    fn of(figures: &RecordBatch, period: Period, set: &'a RuleSet, data_of: &str) -> Result<Self, StageError> {
        let all = enterprise_figure::View::of(figures)?;
        let chosen = (0..figures.num_rows()).filter(|row| all.period.value(*row) == data_of);
        let (linked, chosen): (Vec<usize>, Vec<usize>) = chosen.partition(|row| all.link_standing.get(*row).is_some());
        let (rows, linked) = (take(figures, &chosen)?, take(figures, &linked)?);
        let columns = columns::columns(&rows)?;
        let membership = membership(&set.evaluations, &columns)?;
        Ok(Self { period: period.to_string(), set, rows, linked, columns, membership })
    }

    /// The set's groups, each with its place among them.
    fn evaluations(&self) -> impl Iterator<Item = (usize, &'a Evaluation)> + use<'a> {
        self.set.evaluations.iter().enumerate()
    }
}
