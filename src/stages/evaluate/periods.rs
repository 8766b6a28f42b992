//! The judged periods, as the rows of a batch name them.

use crate::table::Labels;

/// The place of each code of a column of periods among the judged ones.
pub(super) fn places(codes: Labels<'_>, periods: &[String]) -> Vec<Option<usize>> {
    let place = |name: Option<&str>| periods.iter().position(|period| Some(period.as_str()) == name);
    codes.names().iter().map(place).collect()
}
