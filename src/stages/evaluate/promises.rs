//! What an enterprise promised of its plots: what it kept, which of its land is still being built on, and since when it produces.

use arrow::array::{Array, RecordBatch};
use chrono::{Datelike, NaiveDate};

use super::super::StageError;
use super::super::completeness::{Completeness, Marks, Zero};
use super::super::delivered::date;
use super::super::order::{text, value};
use super::periods::places;
use crate::domain::{Map, Set};
use crate::table::{enterprise_figure, project_state};

/// Enterprise, parcel, and place of the period among the judged ones.
pub(super) type Plots<'a> = Set<(&'a str, &'a str, usize)>;

/// What is told of an enterprise's obligations at the end of a period.
#[derive(Default)]
pub(super) struct Promised {
    is_told: bool,
    due: i32,
    met: i32,
    missed: i32,
    /// Whether it builds on a plot that is not named.
    has_nameless_plot: bool,
    producing_since: Option<i32>,
}

/// The plots in their construction period.
pub(super) fn plots_under_construction<'a>(
    states: &'a RecordBatch,
    periods: &[String],
) -> Result<Plots<'a>, StageError> {
    let rows = project_state::View::of(states)?;
    let at = places(rows.period, periods);
    let open = (0..states.num_rows()).filter(|row| is_open(&rows, *row));
    let plot = |row| Some((rows.uscc.value(row), text(rows.parcel_id, row)?, at[rows.period.code(row)]?));
    Ok(open.filter_map(plot).collect())
}

/// What is told of each enterprise, by place of the period among the judged ones. A project alone makes nobody an enterprise
/// of the county.
pub(super) fn promised<'a>(
    states: &'a RecordBatch,
    periods: &[String],
) -> Result<Map<(&'a str, usize), Promised>, StageError> {
    let rows = project_state::View::of(states)?;
    let at = places(rows.period, periods);
    let mut all: Map<_, Promised> = Map::default();
    for row in 0..states.num_rows() {
        let Some(at) = at[rows.period.code(row)] else { continue };
        let promised = all.entry((rows.uscc.value(row), at)).or_default();
        promised.is_told = true;
        let (met, missed) = match rows.state.value(row) {
            "met" => (1, 0),
            "met_late" | "not_met" => (0, 1),
            _ => (0, 0),
        };
        promised.due += i32::from(rows.state.value(row) != "not_due");
        promised.met += met;
        promised.missed += missed;
        promised.has_nameless_plot |= is_open(&rows, row) && rows.parcel_id.is_null(row);
        if let Some(day) = value(rows.met_on, row).filter(|_| rows.obligation.value(row) == "production") {
            promised.producing_since = Some(promised.producing_since.map_or(day, |first| first.min(day)));
        }
    }
    Ok(all)
}

fn is_open(rows: &project_state::View<'_>, row: usize) -> bool {
    rows.is_under_construction.is_valid(row) && rows.is_under_construction.value(row)
}

impl Promised {
    /// Whether a row was lost that may have told of the enterprise.
    pub(super) fn is_lost(&self, (uscc, county, period): (&str, &str, &str), marks: &Marks) -> bool {
        marks.marks_enterprise(uscc, "project", period)
            || (!self.is_told && marks.marks_silent(county, "project", period))
    }

    /// Whether it is not known which of its land is being built on.
    pub(super) fn leaves_land_open(&self, is_lost: bool) -> bool {
        is_lost || self.has_nameless_plot
    }

    /// Writes what is known. Who promised nothing has no obligations for certain only where the sender declared the list
    /// complete. `is_built_on` says whether all its land is; none where its land is in doubt.
    pub(super) fn append(
        &self,
        out: &mut enterprise_figure::Builder,
        zero: &Zero<'_>,
        is_lost: bool,
        (is_built_on, since, end): (Option<bool>, Option<i32>, NaiveDate),
    ) {
        let is_told = self.is_told || zero.contains(&("project", ""));
        let completeness = match is_told && !is_lost {
            true if self.due == self.met + self.missed => Completeness::Complete,
            true => Completeness::LowerBound,
            false => Completeness::None,
        };
        let is_known = completeness != Completeness::None;
        out.is_under_construction.append_option(is_built_on.filter(|is_built_on| *is_built_on || is_known));
        for (column, count) in [
            (&mut out.obligations_due, self.due),
            (&mut out.obligations_met, self.met),
            (&mut out.obligations_missed, self.missed),
        ] {
            column.append_option(is_told.then_some(count));
        }
        out.obligations_completeness.append_value(completeness.as_str());
        let since = since.or(self.producing_since.filter(|_| !is_lost));
        out.years_in_production.append_option(since.and_then(date).map(|since| whole_years(since, end)));
    }
}

/// Whole years from one day to another; none before it.
fn whole_years(since: NaiveDate, day: NaiveDate) -> i32 {
    let is_short = (day.month(), day.day()) < (since.month(), since.day());
    (day.year() - since.year() - i32::from(is_short)).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_whole_on_the_day_itself() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (since, at, years) in [
            ("2022-12-31", "2024-12-31", 2),
            ("2023-01-01", "2024-12-31", 1),
            ("2023-07-01", "2024-06-30", 0),
            ("2023-06-30", "2024-06-30", 1),
            ("2025-02-01", "2024-12-31", 0),
        ] {
            assert_eq!(whole_years(day(since), day(at)), years, "{since} {at}");
        }
    }
}
