//! The figure and threshold that a finding publishes.

use std::collections::BTreeMap;

use super::benchmark::Benchmarks;
use super::columns::{Columns, Reading};
use super::condition::{Operator, Right, Test};
use super::evaluate::group;
use super::measure::Column;
use super::rule::Rule;
use super::value::Benchmark;
use crate::domain::{Ratio, Unit};

/// What the first comparison of numbers of a rule compared, row by row.
#[derive(Debug, Clone)]
pub struct Figures<'a> {
    /// The tested column.
    pub column: &'static Column,
    /// Its published unit, which figures and thresholds are in.
    pub unit: Unit,
    test: &'a Test,
    columns: &'a Columns,
    groups: Option<&'a BTreeMap<String, Benchmark>>,
}

/// Figures and thresholds of the first test of `rule` that compares a number; none if there is no such test.
#[must_use]
pub fn explain<'a>(rule: &'a Rule, columns: &'a Columns, benchmarks: &'a Benchmarks) -> Option<Figures<'a>> {
    let test = rule.condition.tests().into_iter().find(|test| test.column.unit().is_some())?;
    let groups = test.benchmark().and_then(|of| benchmarks.of(&rule.id, of.ordinal));
    Some(Figures { column: test.column, unit: test.column.unit()?, test, columns, groups })
}

impl Figures<'_> {
    /// A row's value, or its lower bound; none where nothing is known.
    #[must_use]
    pub fn figure(&self, row: usize) -> Option<Ratio> {
        self.columns.reading(self.column, row).map(|reading| self.column.published(reading.ratio()))
    }

    /// What it was compared with; none for `in`, or where that is unknown.
    #[must_use]
    pub fn threshold(&self, row: usize) -> Option<Ratio> {
        let smallest = match &self.test.right {
            Right::Constants(constants) if self.test.operator != Operator::In => {
                constants.first().map(|first| first.smallest)
            }
            Right::Column(other) => self.columns.reading(other, row).map(Reading::ratio),
            Right::Benchmark(of) => {
                self.groups?.get(group(self.columns, &of.by, row)?.as_ref()).map(|benchmark| benchmark.value)
            }
            Right::Constants(_) | Right::Flag(_) | Right::Texts(_) => None,
        };
        smallest.map(|smallest| self.column.published(smallest))
    }
}
