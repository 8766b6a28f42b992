//! What is true of the projects: how each obligation stands at the end of the years that are judged.

use chrono::NaiveDate;

use super::{County, Rows, rows::days, sums::Outcome, sums::Sums};
use crate::domain::Period;
use crate::sample::SampleError;
use crate::sample::projects::{OBLIGATIONS, Promise};
use crate::table::truth::project;

/// The table of accepted rows, once a year.
///
/// # Errors
/// Never in practice.
pub(super) fn tables(county: &County<'_>, years: &[u16]) -> Result<Rows, SampleError> {
    let mut rows = project::Builder::default();
    for row in county.lists.project.iter().filter(|row| row.refused.is_none()) {
        let told = &row.told;
        let name = OBLIGATIONS.iter().find(|(written, _)| *written == row.kind).map_or("", |(_, name)| name);
        for year in years {
            let end = Period::Year(*year).end();
            rows.project_id.append_value(told.id());
            rows.county_code.append_value(county.plan.county.code.as_str());
            rows.uscc.append_value(row.identifier(&county.register.members));
            rows.parcel_id.append_value(told.parcel);
            rows.obligation.append_value(name);
            rows.period.append_value(year.to_string());
            rows.due_date.append_value(days(told.due));
            rows.state.append_value(state(told, end));
            let builds =
                told.granted.is_none_or(|day| day <= end) && told.due > end && told.met_on.is_none_or(|day| day > end);
            rows.is_under_construction.append_option((name == "completion").then_some(builds));
        }
    }
    Ok(vec![(&project::TABLE, rows.finish()?)])
}

/// Nothing is told of an obligation before it is due but that it was met.
fn state(told: &Promise<'_>, end: NaiveDate) -> &'static str {
    let is_met_by = |day| told.met_on.is_some_and(|met_on| met_on <= day);
    if told.due > end {
        "not_due"
    } else if is_met_by(told.due) || (told.met_on.is_none() && told.says == Some(true)) {
        "met"
    } else if is_met_by(end) {
        "met_late"
    } else if told.says.is_some() {
        "not_met"
    } else {
        "unknown"
    }
}

/// Adds the balance of the source. Its rows have no year.
pub(super) fn balance(county: &County<'_>, sums: &mut Sums) {
    let source = format!("project-{}", county.plan.county.code);
    for row in &county.lists.project {
        let outcome = if row.refused.is_some() { Outcome::Rejected } else { Outcome::Accepted };
        sums.add(&source, "", "rows", outcome, 1);
    }
}
