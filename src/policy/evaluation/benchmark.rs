//! Computed benchmarks: what each part adds, and what they come to.

use std::collections::BTreeMap;

use super::super::benchmark::{Benchmarks, Population, mean, reduce_all};
use super::super::columns::Columns;
use super::super::condition::{BenchmarkOf, Statistic};
use super::super::value::Benchmark;
use super::classes::Partings;
use super::members::Members;
use super::model::{Evaluation, Indicator};
use crate::domain::Ratio;

/// Which year the columns are of, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Year {
    /// The one that is judged.
    Judged,
    /// The one before it.
    Before,
    /// The one that is judged, for what the year after it is measured against.
    Kept,
}

/// The map step: the values of the ranked members whose value is exactly known, for each computed benchmark that is
/// a statistic of that year.
#[must_use]
pub fn population(evaluation: &Evaluation, columns: &Columns, members: &Members, year: Year) -> Vec<Population> {
    let of_year = |statistic| match statistic {
        Statistic::MultipleOfLastMean(_) => year != Year::Judged,
        _ => year == Year::Judged,
    };
    let mut partings = Partings::of(columns, &members.rows);
    let asked = evaluation.indicators.iter().filter_map(|indicator| {
        let of = indicator.computed().filter(|of| of_year(of.statistic))?;
        let classes = partings.by(&of.by);
        let mut values = vec![Vec::new(); classes.names.len()];
        let data = columns.data(indicator.column);
        for at in members.ranked() {
            let reading = data.and_then(|data| data.reading(members.rows[at])).filter(|reading| reading.is_exact);
            if let (Some(reading), Some(class)) = (reading, classes.of[at]) {
                values[class as usize].push((reading.above, reading.below));
            }
        }
        let groups: BTreeMap<_, _> =
            classes.names.iter().cloned().zip(values).filter(|(_, values)| !values.is_empty()).collect();
        Some(Population { ordinal: of.ordinal, groups })
    });
    asked.collect()
}

/// The plain mean (Σ / Σ) of values, numerators over denominators; none of none.
#[must_use]
pub fn plain_mean(values: &[(i64, i64)]) -> Option<Ratio> {
    (!values.is_empty()).then(|| mean(values))
}

/// What an indicator is measured against that asks for a multiple of last year's mean, where only that mean is kept.
#[must_use]
pub fn of_last_mean(of: &BenchmarkOf, mean: Ratio, n: u64) -> Option<Benchmark> {
    let Statistic::MultipleOfLastMean(factor) = of.statistic else { return None };
    Some(Benchmark { value: factor.ratio().times(mean), n, method: of.statistic.to_string(), is_frozen: false })
}

/// The reduce step: the group's benchmarks, from every part's populations in any order. They are kept under the
/// evaluation's id and the indicator's index; a class without members has none.
#[must_use]
pub fn reduce(evaluation: &Evaluation, parts: impl IntoIterator<Item = Population>) -> Benchmarks {
    reduce_all(&evaluation.id, evaluation.indicators.iter().filter_map(Indicator::computed), parts)
}
