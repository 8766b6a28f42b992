//! What indicators are measured against: each county's part of the populations, and what they come to.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::sorted;
use super::{Judged, Subjects};
use crate::domain::Period;
use crate::policy::evaluation::model::Measure;
use crate::policy::evaluation::{self, Evaluation, Indicator, Subject, Year};
use crate::policy::{Benchmark, Benchmarks, Population, RuleSet};
use crate::table::{benchmark, evaluation_population};

/// Map: what a county's enterprises, or a set's platforms, add to the populations of computed benchmarks. Those of the year
/// before come from the same figures, where that year is judged too.
///
/// # Errors
/// Never by the data.
pub fn populations(of: Subjects<'_>, sets: &[(Period, &RuleSet)]) -> Result<RecordBatch, StageError> {
    let mut out = evaluation_population::Builder::default();
    let is_provisional = |set: &RuleSet| set.groups(of.subject()).iter().any(Evaluation::is_provisional);
    for (period, set) in sets.iter().filter(|(_, set)| is_provisional(set)) {
        let before = Period::Year(period.year().saturating_sub(1));
        for (year, data_of) in [(Year::Judged, *period), (Year::Before, before)] {
            let judged = Judged::of(of, *period, set, &data_of.to_string())?;
            for (at, group) in judged.evaluations() {
                for part in evaluation::population(group, &judged.columns, &judged.membership.members[at], year) {
                    append(&mut out, &judged, group, &part);
                }
            }
        }
    }
    Ok(out.finish()?)
}

fn append(out: &mut evaluation_population::Builder, judged: &Judged<'_>, group: &Evaluation, part: &Population) {
    for (class, values) in &part.groups {
        for (above, below) in values {
            out.set_id.append_value(&group.stated_by);
            out.evaluation_id.append_value(&group.id);
            out.period.append_value(&judged.period);
            out.indicator_id.append_value(&group.indicators[part.ordinal].id);
            out.class.append_value(class);
            out.above.append_value(*above);
            out.below.append_value(*below);
        }
    }
}

/// The set that states a group, the group, and the period.
type Key<'a> = (&'a str, &'a str, String);

/// Values by class, as numerator and denominator.
type Classes = BTreeMap<String, Vec<(i64, i64)>>;

/// Reduce: the benchmarks of every group of a subject of the sets in force, given ones too.
///
/// # Errors
/// Never by the data.
pub fn benchmarks(
    subject: Subject,
    parts: &[RecordBatch],
    sets: &[(Period, &RuleSet)],
) -> Result<RecordBatch, StageError> {
    let mut groups: BTreeMap<Key<'_>, &Evaluation> = BTreeMap::new();
    for (period, set) in sets {
        let own = set.groups(subject).iter();
        groups.extend(own.map(|one| ((one.stated_by.as_str(), one.id.as_str(), period.to_string()), one)));
    }
    let mut pooled: BTreeMap<(Key<'_>, &str), Classes> = BTreeMap::new();
    for batch in parts {
        let rows = evaluation_population::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let key = (rows.set_id.value(row), rows.evaluation_id.value(row), rows.period.value(row).to_owned());
            let classes = pooled.entry((key, rows.indicator_id.value(row))).or_default();
            let value = (rows.above.value(row), rows.below.value(row));
            match classes.get_mut(rows.class.value(row)) {
                Some(values) => values.push(value),
                None => drop(classes.insert(rows.class.value(row).to_owned(), vec![value])),
            }
        }
    }
    let mut out = benchmark::Builder::default();
    for (key, group) in groups {
        for (ordinal, indicator) in group.indicators.iter().enumerate() {
            match &indicator.benchmark {
                Measure::Given(constant) => {
                    let given =
                        Benchmark { value: constant.smallest, n: 0, method: "given".to_owned(), is_frozen: true };
                    append_benchmark(&mut out, &key, indicator, "", &given);
                }
                Measure::Computed(_) => {
                    let Some(groups) = pooled.remove(&(key.clone(), indicator.id.as_str())) else { continue };
                    let reduced = evaluation::reduce(group, [Population { ordinal, groups }]);
                    for (_, _, class, computed) in reduced.iter() {
                        append_benchmark(&mut out, &key, indicator, class, computed);
                    }
                }
            }
        }
    }
    sorted(&out.finish()?, benchmark::TABLE.key)
}

fn append_benchmark(out: &mut benchmark::Builder, key: &Key<'_>, indicator: &Indicator, class: &str, one: &Benchmark) {
    let (set, group, period) = key;
    out.set_id.append_value(set);
    out.evaluation_id.append_value(group);
    out.period.append_value(period);
    out.indicator_id.append_value(&indicator.id);
    out.class.append_value(class);
    out.value.append_value(indicator.column.published(one.value).to_f64());
    out.unit.append_value(indicator.column.unit().map(|unit| unit.to_string()).unwrap_or_default());
    out.n.append_option((one.n > 0).then_some(i64::try_from(one.n).unwrap_or(i64::MAX)));
    out.method.append_value(&one.method);
    out.is_frozen.append_value(one.is_frozen);
    out.exact.append_value(one.exact());
}

/// The benchmarks of groups in one period, back from their table.
pub(super) fn benchmarks_of(
    batch: &RecordBatch,
    period: &str,
    groups: &[Evaluation],
) -> Result<Benchmarks, StageError> {
    let rows = benchmark::View::of(batch)?;
    let mut benchmarks = Benchmarks::new();
    for group in groups {
        let mut classes: BTreeMap<usize, BTreeMap<String, Benchmark>> = BTreeMap::new();
        let of_group = (0..batch.num_rows()).filter(|row| {
            (rows.set_id.value(*row), rows.evaluation_id.value(*row), rows.period.value(*row))
                == (group.stated_by.as_str(), group.id.as_str(), period)
        });
        for row in of_group {
            let Some(at) = group.indicators.iter().position(|one| one.id == rows.indicator_id.value(row)) else {
                continue;
            };
            let exact = Benchmark::exact_value(rows.exact.value(row));
            let one = Benchmark {
                value: exact.ok_or_else(|| StageError::untyped("a benchmark is not a ratio"))?,
                n: u64::try_from(super::super::order::value(rows.n, row).unwrap_or(0)).unwrap_or(0),
                method: rows.method.value(row).to_owned(),
                is_frozen: rows.is_frozen.value(row),
            };
            classes.entry(at).or_default().insert(rows.class.value(row).to_owned(), one);
        }
        for (at, classes) in classes {
            benchmarks.insert(&group.id, at, classes);
        }
    }
    Ok(benchmarks)
}
