//! Benchmarks of `value_of`: the values of all parts' populations, reduced to one a group.
//!
//! Ties in a quantile share one value, so no key is needed to order them: neither the order of parts
//! nor that of rows reaches the result.

use std::collections::BTreeMap;

use super::condition::{BenchmarkOf, Statistic};
use super::rule::Rule;
use super::value::Benchmark;
use crate::domain::Ratio;
use crate::fault::{self, Fault};

/// What one part adds to the population of one `value_of` test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// Which of the rule's `value_of` tests.
    pub ordinal: usize,
    /// By group, each member's value as (above, below) in smallest units; `below` is 1 for a quantity, never under 1.
    pub groups: BTreeMap<String, Vec<(i64, i64)>>,
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

    /// Takes out those of one test.
    #[must_use]
    pub fn take(mut self, rule_id: &str, ordinal: usize) -> BTreeMap<String, Benchmark> {
        self.0.remove(&(rule_id.to_owned(), ordinal)).unwrap_or_default()
    }

    /// Every one as (rule, ordinal, group, benchmark), in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize, &str, &Benchmark)> {
        self.0.iter().flat_map(|((rule, ordinal), groups)| {
            groups.iter().map(move |(group, benchmark)| (rule.as_str(), *ordinal, group.as_str(), benchmark))
        })
    }
}

/// The group as published: rules with several `value_of` tests add `#2`, `#3` … to the groups of the later ones,
/// so that (rule, period, group) stays a key.
#[must_use]
pub fn published_group(ordinal: usize, group: &str) -> String {
    if ordinal == 0 { group.to_owned() } else { format!("{group}#{}", ordinal + 1) }
}

/// The reduce step: the rule's benchmarks, from every part's populations in any order.
/// A group without members has none, which leaves the test unknown.
#[must_use]
pub fn reduce(rule: &Rule, parts: impl IntoIterator<Item = Population>) -> Benchmarks {
    let asked = rule.benchmark_tests().into_iter().filter_map(super::Test::benchmark);
    reduce_all(&rule.id, asked, parts)
}

/// [`reduce`] for whatever asks for statistics: `id` is what they are kept under.
pub(super) fn reduce_all<'a>(
    id: &str,
    asked: impl Iterator<Item = &'a BenchmarkOf>,
    parts: impl IntoIterator<Item = Population>,
) -> Benchmarks {
    let mut pooled: BTreeMap<usize, BTreeMap<String, Vec<(i64, i64)>>> = BTreeMap::new();
    for Population { ordinal, groups } in parts {
        let pool = pooled.entry(ordinal).or_default();
        for (group, mut values) in groups {
            // Of one part alone the list goes over as it is.
            let pooled = pool.entry(group).or_default();
            if pooled.is_empty() {
                *pooled = values;
            } else {
                pooled.append(&mut values);
            }
        }
    }
    let mut benchmarks = Benchmarks::new();
    for of in asked {
        let groups = pooled.remove(&of.ordinal).unwrap_or_default();
        let computed = groups.into_iter().filter_map(|(group, mut values)| {
            let value = compute(of.statistic, &mut values)?;
            let n = u64::try_from(values.len()).unwrap_or(u64::MAX);
            Some((group, Benchmark { value, n, method: of.statistic.to_string(), is_frozen: false }))
        });
        benchmarks.insert(id, of.ordinal, computed.collect());
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
            let index =
                usize::try_from(rank - i128::from(!fault::is_on(Fault::QuantileRank))).ok()?.min(values.len() - 1);
            // Equal ratios are ordered by their denominators, so that the very fraction is determined too.
            let key = |value: &(i64, i64)| (ratio(*value), value.1);
            let (_, value, _) = values.select_nth_unstable_by(index, |left, right| key(left).cmp(&key(right)));
            Some(ratio(*value))
        }
        Statistic::Mean => Some(mean(values)),
        Statistic::ShareOfMean(factor) | Statistic::MultipleOfLastMean(factor) => {
            Some(factor.ratio().times(mean(values)))
        }
        Statistic::SimpleMean => {
            let sum: i128 = values.iter().map(|(above, below)| fine(*above, *below)).sum();
            let n = i128::try_from(values.len()).ok()?;
            Some(Ratio::new(sum, n * FINE))
        }
    }
}

/// To how many parts of one smallest unit (of a quotient: smallest above per smallest below) single values are rounded.
const FINE: i128 = 1_000_000_000_000;

fn fine(above: i64, below: i64) -> i128 {
    Ratio::new(i128::from(above) * FINE, below.into()).round().0
}

fn ratio((above, below): (i64, i64)) -> Ratio {
    Ratio::new(i128::from(above), i128::from(below))
}

/// Σ numerator / Σ denominator of values of which there is one at least.
pub(super) fn mean(values: &[(i64, i64)]) -> Ratio {
    let above = values.iter().map(|(above, _)| i128::from(*above)).sum();
    let below = values.iter().map(|(_, below)| i128::from(*below)).sum();
    Ratio::new(above, below)
}

#[cfg(test)]
mod tests {
    use arrow::array::{BooleanArray, StringArray};
    use proptest::prelude::*;

    use super::super::testing::rule;
    use super::super::{ColumnData, Columns, Known, evaluate, explain, population};
    use super::*;

    fn bottom(statistic: &str) -> Rule {
        rule(&format!(
            r#"{{ all = [
                {{ column = "is_industrial", op = "=", value = true }},
                {{ column = "tax_wan_per_mu", op = "<", value_of = {{ {statistic}, by = ["county_code"] }} }},
            ] }}"#
        ))
    }

    type Row = (bool, &'static str, i64, i64, Known);

    fn columns(rows: &[Row]) -> Columns {
        let tax = ColumnData::Quotient {
            above: rows.iter().map(|row| Some(row.2)).collect(),
            below: rows.iter().map(|row| Some(row.3)).collect(),
            known: rows.iter().map(|row| row.4).collect(),
        };
        let industrial = rows.iter().map(|row| Some(row.0)).collect::<BooleanArray>();
        let county = rows.iter().map(|row| Some(row.1)).collect::<StringArray>();
        Columns::new(rows.len())
            .with("tax_wan_per_mu", tax)
            .and_then(|columns| columns.with("is_industrial", ColumnData::Bool(industrial)))
            .and_then(|columns| columns.with("county_code", ColumnData::Text(county)))
            .unwrap()
    }

    fn benchmarks(rule: &Rule, parts: &[&[Row]]) -> Benchmarks {
        reduce(rule, parts.iter().flat_map(|part| population(rule, &columns(part)).unwrap()))
    }

    const EXACT: Known = Known::Exact;

    /// Five industrial parcels of one county with 1 to 5 fen/cm², of the other none; what is not industrial or not
    /// exact does not count.
    const PARTS: [&[Row]; 2] = [
        &[(true, "330106", 9, 3, EXACT), (true, "330106", 1, 1, EXACT), (false, "330106", 0, 1, EXACT)],
        &[
            (true, "330106", 20, 4, EXACT),
            (true, "330106", 2, 1, EXACT),
            (true, "330106", 4, 1, EXACT),
            (true, "330106", 0, 1, Known::AtLeast),
            (true, "330108", 7, 1, Known::Unknown),
        ],
    ];

    #[test]
    fn quantile_is_the_nearest_rank_of_the_population() {
        // Of n = 5 the ⌈5q⌉-th: 0.2 → 1st, 0.21 → 2nd, 1 → 5th.
        for (q, value) in [("0.2", 1), ("0.21", 2), ("0.6", 3), ("0.6000000000001", 4), ("1", 5)] {
            let rule = bottom(&format!("quantile = \"{q}\""));
            let benchmarks = benchmarks(&rule, &PARTS);
            let groups = benchmarks.of("low", 0).unwrap();
            assert_eq!(groups.len(), 1, "330108 has no member");
            let benchmark = &groups["330106"];
            assert_eq!((benchmark.value, benchmark.n), (Ratio::new(value, 1), 5), "{q}");
            assert_eq!((benchmark.method.as_str(), benchmark.is_frozen), (&*format!("quantile {q}"), false));
        }
    }

    #[test]
    fn mean_is_sum_over_sum() {
        // (9 + 1 + 20 + 2 + 4) / (3 + 1 + 4 + 1 + 1) = 36/10.
        for (statistic, value) in [("mean = true", Ratio::new(18, 5)), ("share_of_mean = 0.5", Ratio::new(9, 5))] {
            let benchmarks = benchmarks(&bottom(statistic), &PARTS);
            assert_eq!(benchmarks.of("low", 0).unwrap()["330106"].value, value);
        }
    }

    #[test]
    fn a_group_without_members_is_not_judged_and_figures_are_published() {
        let rule = bottom("quantile = 0.4");
        let benchmarks = benchmarks(&rule, &PARTS);
        let rows = columns(&[
            (true, "330106", 1, 1, EXACT),
            (true, "330106", 2, 1, EXACT),
            (true, "330108", 0, 1, EXACT),
            (false, "330108", 0, 1, EXACT),
        ]);
        let verdicts: Vec<_> = evaluate(&rule, &rows, &benchmarks).unwrap().iter().collect();
        assert_eq!(verdicts, [Some(true), Some(false), None, Some(false)]);
        let figures = explain(&rule, &rows, &benchmarks).unwrap();
        assert_eq!((figures.column.name, figures.unit.to_string().as_str()), ("tax_wan_per_mu", "wan_yuan/mu"));
        // 1 fen/cm² = 20/3 wan_yuan/mu.
        assert_eq!(figures.figure(0), Some(Ratio::new(20, 3)));
        assert_eq!(
            [0, 1, 2].map(|row| figures.threshold(row)),
            [Some(Ratio::new(40, 3)), Some(Ratio::new(40, 3)), None]
        );
    }

    proptest! {
        /// However rows are ordered and cut into parts, the benchmark is the same fraction.
        #[test]
        fn order_and_parts_do_not_matter(
            (rows, shuffled) in prop::collection::vec((-20_i64..20, 1_i64..6), 1..40)
                .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
            cut in 0_usize..40, percent in 1_i64..=100,
        ) {
            let rule = bottom(&format!("quantile = \"{}\"", crate::domain::Decimal::new(percent.into(), 2)));
            let row = |(above, below): &(i64, i64)| (true, "330106", *above, *below, EXACT);
            let (rows, shuffled): (Vec<Row>, Vec<Row>) =
                (rows.iter().map(row).collect(), shuffled.iter().map(row).collect());
            let (left, right) = shuffled.split_at(cut.min(shuffled.len()));
            let whole = benchmarks(&rule, &[&rows]);
            let parts = benchmarks(&rule, &[right, left]);
            prop_assert_eq!(&whole, &parts);
            let value = whole.of("low", 0).unwrap()["330106"].value;
            let twin = parts.of("low", 0).unwrap()["330106"].value;
            prop_assert_eq!((value.numerator(), value.denominator()), (twin.numerator(), twin.denominator()));
            // By definition: at least q of the values do not exceed it, and less than q lie below it.
            let share = |counts: &dyn Fn(Ratio) -> bool| {
                i64::try_from(rows.iter().filter(|row| counts(ratio((row.2, row.3)))).count()).unwrap() * 100
            };
            let n = i64::try_from(rows.len()).unwrap();
            prop_assert!(share(&|x| x <= value) >= percent * n);
            prop_assert!(share(&|x| x < value) < percent * n);
        }
    }
}
