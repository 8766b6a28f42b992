//! Last year's means, where that year is not judged any more and only history tells them.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::{text, value};
use crate::domain::{Period, Ratio};
use crate::policy::evaluation::{self, Indicator, Subject};
use crate::policy::{Benchmark, BenchmarkOf, RuleSet, Statistic};
use crate::table::history_benchmark;

/// The set that states a group, the group, the indicator, the year, what is measured and by which columns it is parted.
type Key = [String; 6];

/// Means by class, with the enterprises behind them.
#[derive(Debug, Default)]
pub struct LastMeans(BTreeMap<Key, BTreeMap<String, (Ratio, u64)>>);

impl LastMeans {
    /// Those of history's benchmarks.
    ///
    /// # Errors
    /// When the batch is not of that table.
    pub fn of(history: &RecordBatch) -> Result<Self, StageError> {
        let rows = history_benchmark::View::of(history)?;
        let mut means = Self::default();
        for row in 0..history.num_rows() {
            let mean = text(rows.mean_exact, row).and_then(Benchmark::exact_value);
            let n = value(rows.mean_n, row).and_then(|n| u64::try_from(n).ok());
            let (Some(mean), Some(n)) = (mean, n) else { continue };
            let key = [rows.set_id, rows.evaluation_id, rows.indicator_id, rows.period, rows.column, rows.by_columns];
            let key = key.map(|column| column.value(row).to_owned());
            means.0.entry(key).or_default().insert(rows.class.value(row).to_owned(), (mean, n));
        }
        Ok(means)
    }

    /// What the indicator of a group is measured against in `period`: last year's means times its factor.
    pub(super) fn benchmarks(
        &self,
        (set, group): (&str, &str),
        indicator: &Indicator,
        of: &BenchmarkOf,
        period: Period,
    ) -> BTreeMap<String, Benchmark> {
        let key = [set, group, &indicator.id, &before(period).to_string(), indicator.column.name, &by(of)];
        let means = self.0.get(&key.map(str::to_owned)).into_iter().flatten();
        means.filter_map(|(class, (mean, n))| Some((class.clone(), evaluation::of_last_mean(of, *mean, *n)?))).collect()
    }
}

/// The year before.
pub(super) fn before(period: Period) -> Period {
    Period::Year(period.year().saturating_sub(1))
}

/// The columns that part an indicator's population, as they are kept.
pub(super) fn by(of: &BenchmarkOf) -> String {
    of.by.iter().map(|column| column.name).collect::<Vec<_>>().join(",")
}

/// Whether a set's groups of that subject ask for the mean of a year that is not judged.
#[must_use]
pub fn are_asked(subject: Subject, sets: &[(Period, &RuleSet)]) -> bool {
    let is_judged = |year| sets.iter().any(|(period, _)| *period == year);
    sets.iter().filter(|(period, _)| !is_judged(before(*period))).any(|(_, set)| {
        let mut computed =
            set.groups(subject).iter().flat_map(|group| &group.indicators).filter_map(Indicator::computed);
        computed.any(|of| matches!(of.statistic, Statistic::MultipleOfLastMean(_)))
    })
}
