//! Computed benchmarks: what each part adds, and what they come to.

use std::collections::BTreeMap;

use super::super::benchmark::{Benchmarks, Population, reduce_all};
use super::super::columns::Columns;
use super::super::condition::Statistic;
use super::classes::classes;
use super::members::Members;
use super::model::{Evaluation, Indicator};

/// Which year the columns are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Year {
    /// The one that is judged.
    Judged,
    /// The one before it.
    Before,
}

/// The map step: the values of the ranked members whose value is exactly known, for each computed benchmark that is
/// a statistic of that year.
#[must_use]
pub fn population(evaluation: &Evaluation, columns: &Columns, members: &Members, year: Year) -> Vec<Population> {
    let of_year = |statistic| match statistic {
        Statistic::MultipleOfLastMean(_) => year == Year::Before,
        _ => year == Year::Judged,
    };
    let asked = evaluation.indicators.iter().filter_map(|indicator| {
        let of = indicator.computed().filter(|of| of_year(of.statistic))?;
        let classes = classes(columns, &of.by, &members.rows);
        let mut values = vec![Vec::new(); classes.names.len()];
        for at in members.ranked() {
            let reading = columns.reading(indicator.column, members.rows[at]).filter(|reading| reading.is_exact);
            if let (Some(reading), Some(class)) = (reading, classes.of[at]) {
                values[class as usize].push((reading.above, reading.below));
            }
        }
        let groups: BTreeMap<_, _> =
            classes.names.into_iter().zip(values).filter(|(_, values)| !values.is_empty()).collect();
        Some(Population { ordinal: of.ordinal, groups })
    });
    asked.collect()
}

/// The reduce step: the group's benchmarks, from every part's populations in any order. They are kept under the
/// evaluation's id and the indicator's index; a class without members has none.
#[must_use]
pub fn reduce(evaluation: &Evaluation, parts: impl IntoIterator<Item = Population>) -> Benchmarks {
    reduce_all(&evaluation.id, evaluation.indicators.iter().filter_map(Indicator::computed), parts)
}
