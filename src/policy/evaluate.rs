//! Evaluation of a rule over columns: exact and three-valued (Kleene), null meaning unknown.
//!
//! A lower bound settles a comparison only where more could not change its outcome.

use std::borrow::Cow;
use std::cmp::Ordering;

use arrow::array::{Array, ArrayAccessor, ArrayIter, BooleanArray};
use arrow::compute::{and_kleene, not, or_kleene};
use arrow::error::ArrowError;

use super::benchmark::Benchmarks;
use super::columns::{Columns, Reading};
use super::condition::{BenchmarkOf, Condition, Operator, Right, Test};
use super::measure::Column;
use super::rule::Rule;
use crate::domain::Ratio;

/// Where `rule` holds: one value a row, null where that is unknown.
///
/// # Errors
/// Never by the data; only Arrow's own.
pub fn evaluate(rule: &Rule, columns: &Columns, benchmarks: &Benchmarks) -> Result<BooleanArray, ArrowError> {
    Scope { rule: &rule.id, columns, benchmarks: Some(benchmarks) }.condition(&rule.condition)
}

/// Where the rule's conditions without a `value_of` hold: its population, before the column's own completeness.
/// A `value_of` stands only in the outer `all`, so leaving it out is taking it for met.
pub(super) fn evaluate_rest(rule: &Rule, columns: &Columns) -> Result<BooleanArray, ArrowError> {
    Scope { rule: &rule.id, columns, benchmarks: None }.condition(&rule.condition)
}

struct Scope<'a> {
    rule: &'a str,
    columns: &'a Columns,
    benchmarks: Option<&'a Benchmarks>,
}

impl Scope<'_> {
    fn condition(&self, condition: &Condition) -> Result<BooleanArray, ArrowError> {
        match condition {
            Condition::All(parts) => {
                parts.iter().try_fold(self.every_row(true), |met, part| and_kleene(&met, &self.condition(part)?))
            }
            Condition::Any(parts) => {
                parts.iter().try_fold(self.every_row(false), |met, part| or_kleene(&met, &self.condition(part)?))
            }
            Condition::Not(part) => not(&self.condition(part)?),
            Condition::Test(test) => Ok(self.test(test)),
        }
    }

    fn every_row(&self, value: bool) -> BooleanArray {
        BooleanArray::from(vec![value; self.columns.rows()])
    }

    fn test(&self, test: &Test) -> BooleanArray {
        let Test { column, operator, right } = test;
        let is_negated = *operator == Operator::NotEqual;
        match right {
            Right::Flag(flag) => self.column(self.columns.bools(column), |value| (value == *flag) != is_negated),
            Right::Texts(texts) => {
                self.column(self.columns.texts(column), |value| texts.iter().any(|text| text == value) != is_negated)
            }
            Right::Constants(constants) => {
                let constants: Vec<Ratio> = constants.iter().map(|constant| constant.smallest).collect();
                self.rows(|row| {
                    let left = self.columns.reading(column, row)?;
                    any(constants.iter().map(|constant| settle(left.into(), *operator, (*constant).into())))
                })
            }
            Right::Column(other) => self.rows(|row| {
                let (left, right) = (self.columns.reading(column, row)?, self.columns.reading(other, row)?);
                settle(left.into(), *operator, right.into())
            }),
            Right::Benchmark(benchmark) => self.benchmark(column, *operator, benchmark),
        }
    }

    fn benchmark(&self, column: &Column, operator: Operator, of: &BenchmarkOf) -> BooleanArray {
        let Some(benchmarks) = self.benchmarks else { return self.every_row(true) };
        let Some(groups) = benchmarks.of(self.rule, of.ordinal) else {
            return BooleanArray::new_null(self.columns.rows());
        };
        self.rows(|row| {
            let left = self.columns.reading(column, row)?;
            let benchmark = groups.get(group(self.columns, &of.by, row)?.as_ref())?;
            settle(left.into(), operator, benchmark.value.into())
        })
    }

    /// What `holds` of each value, unknown where it is null or the column is not given.
    fn column<A: ArrayAccessor>(&self, values: Option<A>, holds: impl Fn(A::Item) -> bool) -> BooleanArray {
        match values {
            Some(values) => ArrayIter::new(values).map(|value| value.map(&holds)).collect(),
            None => BooleanArray::new_null(self.columns.rows()),
        }
    }

    fn rows(&self, value: impl Fn(usize) -> Option<bool>) -> BooleanArray {
        (0..self.columns.rows()).map(value).collect()
    }
}

/// The group a row belongs to; none where one of the columns that name it is unknown.
pub(super) fn group<'a>(columns: &'a Columns, by: &[&'static Column], row: usize) -> Option<Cow<'a, str>> {
    let text = |column: &&'static Column| {
        let values = columns.texts(column)?;
        values.is_valid(row).then(|| values.value(row))
    };
    match by {
        [] => Some(Cow::Borrowed("")),
        [only] => text(only).map(Cow::Borrowed),
        several => Some(Cow::Owned(several.iter().map(text).collect::<Option<Vec<_>>>()?.join("/"))),
    }
}

/// One side of a comparison of numbers: the number, or a lower bound of it.
#[derive(Clone, Copy)]
struct Side {
    value: Ratio,
    is_exact: bool,
}

impl From<Reading> for Side {
    fn from(reading: Reading) -> Self {
        Self { value: reading.ratio(), is_exact: reading.is_exact }
    }
}

impl From<Ratio> for Side {
    fn from(value: Ratio) -> Self {
        Self { value, is_exact: true }
    }
}

/// What the comparison comes to, if it comes to the same in every order that is possible.
fn settle(left: Side, operator: Operator, right: Side) -> Option<bool> {
    use Ordering::{Equal, Greater, Less};
    let order = left.value.cmp(&right.value);
    let possible: &[Ordering] = match (left.is_exact, right.is_exact, order) {
        (true, true, Less) | (true, false, Less) => &[Less],
        (true, true, Equal) => &[Equal],
        (true, true, Greater) | (false, true, Greater) => &[Greater],
        (false, true, Equal) => &[Equal, Greater],
        (true, false, Equal) => &[Less, Equal],
        _ => &[Less, Equal, Greater],
    };
    let holds = |order: &Ordering| match operator {
        Operator::Equal | Operator::In => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
    };
    let first = holds(&possible[0]);
    possible.iter().all(|order| holds(order) == first).then_some(first)
}

/// Kleene's or: true if one is, else unknown if one is, else false.
fn any(outcomes: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut met = Some(false);
    for outcome in outcomes {
        match outcome {
            Some(true) => return Some(true),
            Some(false) => {}
            None => met = None,
        }
    }
    met
}
