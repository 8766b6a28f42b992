//! Map over counties: how each obligation of a plot's contract (标准地) stands at the end of each judged period.
//!
//! The period's end is the judging day, so that a period judged again is judged alike: what happened after it is still to come.

use arrow::array::{Array, RecordBatch};

use super::StageError;
use super::delivered::days;
use super::order::{sorted, text, value};
use super::quality::Issues;
use crate::domain::{IssueCode, Period};
use crate::table::{project, project_state};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 2;

/// The states of a county's obligations, sorted by key, and remarks on them.
///
/// # Errors
/// Never by the data.
pub fn states(projects: &RecordBatch, periods: &[Period]) -> Result<(RecordBatch, RecordBatch), StageError> {
    let rows = project::View::of(projects)?;
    let (mut out, mut issues) = (project_state::Builder::default(), Issues::default());
    for row in 0..projects.num_rows() {
        let told = Told {
            due: rows.due_date.value(row),
            is_met: rows.is_met.is_valid(row).then(|| rows.is_met.value(row)),
            met_on: value(rows.met_on, row),
            granted: value(rows.granted, row),
            delivered: value(rows.delivered, row),
        };
        if told.granted.is_some_and(|granted| granted > told.due) {
            let (county, project) = (rows.county_code.value(row), rows.project_id.value(row));
            issues.note("project", county, IssueCode::GrantedAfterDue, Some(project), None);
        }
        for period in periods {
            let end = days(period.end());
            let is_completion = rows.obligation.value(row) == "completion";
            out.project_id.append_value(rows.project_id.value(row));
            out.county_code.append_value(rows.county_code.value(row));
            out.uscc.append_value(rows.uscc.value(row));
            out.parcel_id.append_option(text(rows.parcel_id, row));
            out.obligation.append_value(rows.obligation.value(row));
            out.period.append_value(period.to_string());
            out.due_date.append_value(told.due);
            out.met_on.append_option(told.met_on);
            out.granted.append_option(told.granted);
            out.state.append_value(told.state(end));
            out.is_under_construction.append_option(is_completion.then(|| told.is_open(end)));
        }
    }
    Ok((sorted(&out.finish()?, project_state::TABLE.key)?, issues.finish()?))
}

/// What is told of an obligation; days since 1970.
#[derive(Debug, Clone, Copy)]
struct Told {
    due: i32,
    is_met: Option<bool>,
    met_on: Option<i32>,
    granted: Option<i32>,
    delivered: Option<i32>,
}

impl Told {
    /// How it stands at the end of a day. The day on which it was met decides, where it is told. A no counts only if it was
    /// told when the obligation was due.
    fn state(self, end: i32) -> &'static str {
        match (self.met_on, self.is_met) {
            _ if self.due > end => "not_due",
            (Some(met_on), _) if met_on <= self.due => "met",
            (Some(met_on), _) if met_on <= end => "met_late",
            (Some(_), _) => "not_met",
            (None, Some(true)) => "met",
            (None, Some(false)) if self.delivered.is_none_or(|delivered| self.due <= delivered) => "not_met",
            (None, _) => "unknown",
        }
    }

    /// Of a completion: whether the plot is being built on at the end of a day. Land that nobody says when it was granted is
    /// taken for granted: who holds it was. Completed on a day that is not told, it is being built on until it is due.
    fn is_open(self, end: i32) -> bool {
        let is_granted = self.granted.is_none_or(|granted| granted <= end);
        is_granted && end < self.due && self.met_on.is_none_or(|met_on| end < met_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Told = Told { due: 100, is_met: None, met_on: None, granted: None, delivered: Some(150) };

    #[test]
    fn the_day_decides_and_a_no_told_early_says_nothing() {
        let met_on = |day| Told { met_on: Some(day), ..NOTHING };
        let says = |is_met, delivered| Told { is_met: Some(is_met), delivered, ..NOTHING };
        for (told, end, state) in [
            (NOTHING, 99, "not_due"),
            (NOTHING, 100, "unknown"),
            (met_on(100), 99, "not_due"),
            (met_on(100), 100, "met"),
            (met_on(101), 100, "not_met"),
            (met_on(101), 101, "met_late"),
            (Told { is_met: Some(true), ..met_on(101) }, 200, "met_late"),
            (Told { is_met: Some(false), ..met_on(99) }, 200, "met"),
            (says(true, None), 99, "not_due"),
            (says(true, Some(50)), 100, "met"),
            (says(false, Some(99)), 200, "unknown"),
            (says(false, Some(100)), 200, "not_met"),
            (says(false, None), 200, "not_met"),
        ] {
            assert_eq!(told.state(end), state, "{told:?} at {end}");
        }
    }

    #[test]
    fn a_plot_is_built_on_from_its_grant_until_it_is_due_or_completed() {
        let granted = Told { granted: Some(10), ..NOTHING };
        let completed = Told { met_on: Some(60), ..granted };
        let unsaid = Told { is_met: Some(true), ..NOTHING };
        for (told, open) in [(granted, 10..100), (completed, 10..60), (NOTHING, -50..100), (unsaid, -50..100)] {
            let days: Vec<i32> = (-50..200).filter(|day| told.is_open(*day)).collect();
            assert_eq!(days, open.collect::<Vec<_>>(), "{told:?}");
        }
    }
}
