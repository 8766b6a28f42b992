//! 亩均效益综合评价: each enterprise of a county and period, measured, scored, ranked and graded by the policy's groups.
//!
//! [`sums`] (map over counties) adds up each enterprise's ledgers, [`strays`] (exchange) takes what came where it occupies
//! nothing to where it does, and [`figures`] (map) puts together what is known of it; [`populations`] (map) and
//! [`benchmarks`] (reduce) make what it is measured against; [`evaluate`] (map) scores and grades. What the points are is the
//! policy's ([`crate::policy::evaluation`]).

mod benchmarks;
mod columns;
mod figures;
mod grades;
mod lists;
mod promises;
mod strays;
mod sums;

use arrow::array::RecordBatch;

pub use benchmarks::{benchmarks, populations};
pub use figures::{Known, Register, YIELD_COLUMNS, figures};
pub use grades::{Evaluated, evaluate};
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
    columns: Columns,
    membership: Membership,
}

impl<'a> Judged<'a> {
    /// The figures of `data_of` by the set that judges `period`.
    fn of(figures: &RecordBatch, period: Period, set: &'a RuleSet, data_of: &str) -> Result<Self, StageError> {
        let periods = enterprise_figure::View::of(figures)?.period;
        let chosen: Vec<usize> = (0..figures.num_rows()).filter(|row| periods.value(*row) == data_of).collect();
        let rows = take(figures, &chosen)?;
        let columns = columns::columns(&rows)?;
        let membership = membership(&set.evaluations, &columns)?;
        Ok(Self { period: period.to_string(), set, rows, columns, membership })
    }

    /// The set's groups, each with its place among them.
    fn evaluations(&self) -> impl Iterator<Item = (usize, &'a Evaluation)> + use<'a> {
        self.set.evaluations.iter().enumerate()
    }
}
