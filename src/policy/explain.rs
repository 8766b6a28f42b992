//! The figure and threshold that a finding publishes.

use super::benchmark::Benchmarks;
use super::columns::{Columns, Reading};
use super::condition::{Operator, Right};
use super::evaluate::group;
use super::measure::Column;
use super::rule::Rule;
use crate::domain::{Ratio, Unit};

/// What the first comparison of numbers of a rule compared, row by row.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The tested column.
    pub column: &'static Column,
    /// Its published unit, which figures and thresholds are in.
    pub unit: Unit,
    /// The row's value, or its lower bound; none where nothing is known.
    pub figure: Vec<Option<Ratio>>,
    /// What it was compared with; none for `in`, or where that is unknown.
    pub threshold: Vec<Option<Ratio>>,
}

/// Figure and threshold of every row for the first test of `rule` that compares a number;
/// none if there is no such test.
#[must_use]
pub fn explain(rule: &Rule, columns: &Columns, benchmarks: &Benchmarks) -> Option<Figures> {
    let tests = rule.condition.tests();
    let test = *tests.iter().find(|test| test.column.unit().is_some())?;
    let column = test.column;
    let groups = test.benchmark().and_then(|of| benchmarks.of(&rule.id, of.ordinal));
    let threshold = |row| match &test.right {
        Right::Constants(constants) if test.operator != Operator::In => constants.first().map(|first| first.smallest),
        Right::Column(other) => columns.reading(other, row).map(Reading::ratio),
        Right::Benchmark(of) => groups?.get(group(columns, &of.by, row)?.as_ref()).map(|benchmark| benchmark.value),
        Right::Constants(_) | Right::Flag(_) | Right::Texts(_) => None,
    };
    let published = |smallest: Option<Ratio>| smallest.map(|smallest| column.published(smallest));
    Some(Figures {
        column,
        unit: column.unit()?,
        figure: rows(columns, |row| published(columns.reading(column, row).map(Reading::ratio))),
        threshold: rows(columns, |row| published(threshold(row))),
    })
}

fn rows(columns: &Columns, value: impl Fn(usize) -> Option<Ratio>) -> Vec<Option<Ratio>> {
    (0..columns.rows()).map(value).collect()
}
