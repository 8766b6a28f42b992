//! Populations of `value_of`: the values that each part gives to what is measured against.

use std::collections::BTreeMap;

use arrow::array::Array;
use arrow::error::ArrowError;

use super::benchmark::Population;
use super::columns::Columns;
use super::condition::{BenchmarkOf, Test};
use super::evaluate::{evaluate_rest, group};
use super::rule::Rule;

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
    let members = |test: &Test, of: &BenchmarkOf| {
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
