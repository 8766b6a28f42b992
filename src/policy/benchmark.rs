//! Benchmarks of `value_of`: each part gives its population's values, and their reduction a value a group.
//!
//! Ties in a quantile share one value, so no key is needed to order them: neither the order of parts
//! nor that of rows reaches the result.

use std::collections::BTreeMap;

use arrow::array::Array;
use arrow::error::ArrowError;

use super::columns::Columns;
use super::condition::{BenchmarkOf, Statistic};
use super::evaluate::{evaluate_rest, group};
use super::rule::Rule;
use crate::domain::Ratio;

/// What one part adds to the population of one `value_of` test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// Which of the rule's `value_of` tests.
    pub ordinal: usize,
    /// By group, each member's value as (above, below) in smallest units; `below` is 1 for a quantity, never under 1.
    pub groups: BTreeMap<String, Vec<(i64, i64)>>,
}

/// The value that a group is measured against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benchmark {
    /// In smallest units of the tested column; [`super::Column::published`] converts it.
    pub value: Ratio,
    /// Members of the population, at least 1.
    pub n: u64,
    /// `quantile 0.2`, `mean` or `share_of_mean 0.5`.
    pub method: String,
    /// Whether it was pinned by a file; otherwise findings are provisional. Not supported yet: false.
    pub is_frozen: bool,
}

/// The benchmarks of a period, by rule, ordinal of the `value_of` test and group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Benchmarks(BTreeMap<(String, usize), BTreeMap<String, Benchmark>>);

impl Benchmarks {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds those of one test, replacing what it had.
    pub fn insert(&mut self, rule_id: &str, ordinal: usize, groups: BTreeMap<String, Benchmark>) {
        self.0.insert((rule_id.to_owned(), ordinal), groups);
    }

    /// Adds all of `others`.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Those of one test, by group.
    #[must_use]
    pub fn of(&self, rule_id: &str, ordinal: usize) -> Option<&BTreeMap<String, Benchmark>> {
        self.0.get(&(rule_id.to_owned(), ordinal))
    }

    /// Every one as (rule, ordinal, group, benchmark), in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize, &str, &Benchmark)> {
        self.0.iter().flat_map(|((rule, ordinal), groups)| {
            groups.iter().map(move |(group, benchmark)| (rule.as_str(), *ordinal, group.as_str(), benchmark))
        })
    }
}

/// The map step: the rows of one part that belong to the population of each of the rule's `value_of` tests,
/// that is, which meet its other conditions and have the tested column exactly. Empty for a rule without any.
///
/// # Errors
/// Never by the data; only Arrow's own.
pub fn population(rule: &Rule, columns: &Columns) -> Result<Vec<Population>, ArrowError> {
    let tests = rule.benchmark_tests();
    if tests.is_empty() {
        return Ok(Vec::new());
    }
    let rest = evaluate_rest(rule, columns)?;
    let members = |test: &super::Test, of: &BenchmarkOf| {
        let mut groups: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
        for row in (0..columns.rows()).filter(|row| rest.is_valid(*row) && rest.value(*row)) {
            let Some(reading) = columns.reading(test.column, row).filter(|reading| reading.is_exact) else { continue };
            let Some(group) = group(columns, &of.by, row) else { continue };
            match groups.get_mut(group.as_ref()) {
                Some(values) => values.push((reading.above, reading.below)),
                None => drop(groups.insert(group.into_owned(), vec![(reading.above, reading.below)])),
            }
        }
        Population { ordinal: of.ordinal, groups }
    };
    Ok(tests.into_iter().filter_map(|test| Some(members(test, test.benchmark()?))).collect())
}

/// The reduce step: the rule's benchmarks, from every part's populations in any order.
/// A group without members has none, which leaves the test unknown.
#[must_use]
pub fn reduce(rule: &Rule, parts: impl IntoIterator<Item = Population>) -> Benchmarks {
    let mut pooled: BTreeMap<usize, BTreeMap<String, Vec<(i64, i64)>>> = BTreeMap::new();
    for Population { ordinal, groups } in parts {
        let pool = pooled.entry(ordinal).or_default();
        for (group, values) in groups {
            pool.entry(group).or_default().extend(values);
        }
    }
    let mut benchmarks = Benchmarks::new();
    for of in rule.benchmark_tests().into_iter().filter_map(super::Test::benchmark) {
        let groups = pooled.remove(&of.ordinal).unwrap_or_default();
        let computed = groups.into_iter().filter_map(|(group, mut values)| {
            let value = compute(of.statistic, &mut values)?;
            let n = u64::try_from(values.len()).unwrap_or(u64::MAX);
            Some((group, Benchmark { value, n, method: of.statistic.to_string(), is_frozen: false }))
        });
        benchmarks.insert(&rule.id, of.ordinal, computed.collect());
    }
    benchmarks
}

/// The statistic of `values`, none of an empty list.
fn compute(statistic: Statistic, values: &mut [(i64, i64)]) -> Option<Ratio> {
    if values.is_empty() {
        return None;
    }
    match statistic {
        Statistic::Quantile(share) => {
            let share = share.ratio();
            let n = i128::try_from(values.len()).ok()?;
            let rank = (share.numerator() * n + share.denominator() - 1) / share.denominator();
            let index = usize::try_from(rank - 1).ok()?.min(values.len() - 1);
            // Equal ratios are ordered by their denominators, so that the very fraction is determined too.
            let key = |value: &(i64, i64)| (ratio(*value), value.1);
            let (_, value, _) = values.select_nth_unstable_by(index, |left, right| key(left).cmp(&key(right)));
            Some(ratio(*value))
        }
        Statistic::Mean => Some(mean(values)),
        Statistic::ShareOfMean(share) => Some(share.ratio().times(mean(values))),
    }
}

fn ratio((above, below): (i64, i64)) -> Ratio {
    Ratio::new(i128::from(above), i128::from(below))
}

fn mean(values: &[(i64, i64)]) -> Ratio {
    let above = values.iter().map(|(above, _)| i128::from(*above)).sum();
    let below = values.iter().map(|(_, below)| i128::from(*below)).sum();
    Ratio::new(above, below)
}
