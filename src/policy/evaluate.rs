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

/// Where a condition without any `value_of` holds: one value a row, null where that is unknown.
pub(super) fn holds(condition: &Condition, columns: &Columns) -> Result<BooleanArray, ArrowError> {
    Scope { rule: "", columns, benchmarks: None }.condition(condition)
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
                let data = self.columns.data(column);
                self.rows(|row| {
                    let left = data?.reading(row)?;
                    any_of(constants.iter().map(|constant| settle(left.into(), *operator, (*constant).into())))
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
        (true, _, Less) => &[Less],
        (true, true, Equal) => &[Equal],
        (_, true, Greater) => &[Greater],
        (false, true, Equal) => &[Equal, Greater],
        (true, false, Equal) => &[Less, Equal],
        _ => &[Less, Equal, Greater],
    };
    let first = operator.holds(possible[0]);
    possible.iter().all(|order| operator.holds(*order) == first).then_some(first)
}

/// Kleene's or: true if one is, else unknown if one is, else false.
fn any_of(outcomes: impl Iterator<Item = Option<bool>>) -> Option<bool> {
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

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, StringArray};
    use proptest::prelude::*;

    use super::super::columns::{ColumnData, Known};
    use super::super::testing::rule;
    use super::*;

    /// Tax per mu of (fen, cm², known).
    fn yields(rows: &[(Option<i64>, i64, Known)]) -> Columns {
        let data = ColumnData::Quotient {
            above: rows.iter().map(|row| row.0).collect(),
            below: rows.iter().map(|row| Some(row.1)).collect(),
            known: rows.iter().map(|row| row.2).collect(),
        };
        Columns::new(rows.len()).with("tax_wan_per_mu", data).unwrap()
    }

    fn verdicts(when: &str, columns: &Columns) -> Vec<Option<bool>> {
        evaluate(&rule(when), columns, &Benchmarks::new()).unwrap().iter().collect()
    }

    fn test(op: &str) -> String {
        format!("{{ column = \"tax_wan_per_mu\", op = \"{op}\", value = 10, unit = \"wan_yuan/mu\" }}")
    }

    /// 3 mu are 2,000 m², exactly 20,000,000 cm²; 30 wan yuan are 30,000,000 fen.
    const THREE_MU: i64 = 20_000_000;
    const THIRTY_WAN: i64 = 30_000_000;

    #[test]
    fn the_threshold_itself_is_not_below_it_and_one_fen_less_is() {
        let columns = yields(&[
            (Some(THIRTY_WAN), THREE_MU, Known::Exact),
            (Some(THIRTY_WAN - 1), THREE_MU, Known::Exact),
            (Some(THIRTY_WAN), THREE_MU + 1, Known::Exact),
            (Some(THIRTY_WAN + 1), THREE_MU, Known::Exact),
        ]);
        let [no, yes] = [Some(false), Some(true)];
        assert_eq!(verdicts(&test("<"), &columns), [no, yes, yes, no]);
        assert_eq!(verdicts(&test("<="), &columns), [yes, yes, yes, no]);
        assert_eq!(verdicts(&test("="), &columns), [yes, no, no, no]);
        assert_eq!(verdicts(&test("!="), &columns), [no, yes, yes, yes]);
        assert_eq!(verdicts(&test(">="), &columns), [yes, no, no, yes]);
        assert_eq!(verdicts(&test(">"), &columns), [no, no, no, yes]);
    }

    #[test]
    fn a_lower_bound_settles_only_what_more_could_not_change() {
        let columns = yields(&[
            (Some(THIRTY_WAN - 1), THREE_MU, Known::AtLeast),
            (Some(THIRTY_WAN), THREE_MU, Known::AtLeast),
            (Some(THIRTY_WAN + 1), THREE_MU, Known::AtLeast),
        ]);
        let [no, yes] = [Some(false), Some(true)];
        assert_eq!(verdicts(&test("<"), &columns), [None, no, no]);
        assert_eq!(verdicts(&test("<="), &columns), [None, None, no]);
        assert_eq!(verdicts(&test("="), &columns), [None, None, no]);
        assert_eq!(verdicts(&test("!="), &columns), [None, None, yes]);
        assert_eq!(verdicts(&test(">="), &columns), [None, yes, yes]);
        assert_eq!(verdicts(&test(">"), &columns), [None, None, yes]);
    }

    #[test]
    fn null_no_land_unknown_and_a_missing_column_are_unknown() {
        let columns = yields(&[
            (None, THREE_MU, Known::Exact),
            (Some(1), 0, Known::Exact),
            (Some(1), -1, Known::Exact),
            (Some(1), THREE_MU, Known::Unknown),
        ]);
        assert_eq!(verdicts(&test("<"), &columns), [None; 4]);
        assert_eq!(verdicts("{ column = \"is_industrial\", op = \"=\", value = true }", &columns), [None; 4]);
        assert_eq!(verdicts("{ column = \"use_code\", op = \"in\", value = [\"0601\"] }", &columns), [None; 4]);
    }

    #[test]
    fn unknown_goes_through_all_any_and_not_as_kleene_has_it() {
        let low = test("<");
        let columns = yields(&[(None, THREE_MU, Known::Exact)])
            .with("use_code", ColumnData::Text(StringArray::from(vec!["0601"])))
            .unwrap();
        let is = |code: &str| format!("{{ column = \"use_code\", op = \"=\", value = \"{code}\" }}");
        let (yes, no) = (is("0601"), is("1001"));
        for (when, expected) in [
            (format!("{{ all = [{low}, {no}] }}"), Some(false)),
            (format!("{{ all = [{low}, {yes}] }}"), None),
            (format!("{{ any = [{low}, {yes}] }}"), Some(true)),
            (format!("{{ any = [{low}, {no}] }}"), None),
            (format!("{{ not = {low} }}"), None),
            (format!("{{ not = {no} }}"), Some(true)),
        ] {
            assert_eq!(verdicts(&when, &columns), [expected], "{when}");
        }
    }

    #[test]
    fn columns_are_compared_and_the_right_side_may_be_a_bound_too() {
        let quantity =
            |value: Vec<i64>, known: Vec<Known>| ColumnData::Quantity { value: Int64Array::from(value), known };
        let (exact, bound) = (Known::Exact, Known::AtLeast);
        let columns = Columns::new(4)
            .with("area_mu", quantity(vec![5, 5, 5, 5], vec![exact, exact, exact, bound]))
            .and_then(|columns| {
                columns.with("registered_mu", quantity(vec![5, 6, 4, 9], vec![exact, bound, bound, bound]))
            })
            .unwrap();
        let when = |op| format!("{{ column = \"area_mu\", op = \"{op}\", other_column = \"registered_mu\" }}");
        assert_eq!(verdicts(&when("<"), &columns), [Some(false), Some(true), None, None]);
        assert_eq!(verdicts(&when("="), &columns), [Some(true), Some(false), None, None]);
    }

    fn known() -> impl Strategy<Value = Known> {
        prop_oneof![Just(Known::Exact), Just(Known::AtLeast), Just(Known::Unknown)]
    }

    proptest! {
        /// Losing part of the numerator, or all knowledge of it, never turns a parcel low.
        #[test]
        fn knowing_less_never_turns_a_parcel_low(
            fen in -100_i64..60_000_000, lost in 0_i64..1_000_000, cm2 in 1_i64..40_000_000, less in known(),
        ) {
            let full = yields(&[(Some(fen), cm2, Known::Exact)]);
            let lost = if less == Known::Exact { 0 } else { lost };
            let partial = yields(&[(Some(fen - lost), cm2, less)]);
            for op in ["<", "<="] {
                let (before, after) = (verdicts(&test(op), &full), verdicts(&test(op), &partial));
                prop_assert!(after[0] != Some(true) || before[0] == Some(true));
                prop_assert!(after[0].is_none() || after == before, "what is settled is right");
            }
            for op in [">", ">=", "=", "!="] {
                let (before, after) = (verdicts(&test(op), &full), verdicts(&test(op), &partial));
                prop_assert!(after[0].is_none() || after == before, "what is settled is right");
            }
        }

        /// Over the whole range of 64 bits.
        #[test]
        fn comparison_is_exact(fen in any::<i64>(), cm2 in 1_i64..) {
            // 10 wan_yuan/mu = 10,000,000 fen / (20,000,000/3 cm²) = 3/2 fen/cm².
            let expected = i128::from(fen) * 2 < i128::from(cm2) * 3;
            let columns = yields(&[(Some(fen), cm2, Known::Exact)]);
            prop_assert_eq!(verdicts(&test("<"), &columns), [Some(expected)]);
        }
    }
}
