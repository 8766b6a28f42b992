//! What indicators are measured against: each county's part of the populations, and what they come to.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::sorted;
use super::super::quality::Issues;
use super::last_means::{LastMeans, before, by};
use super::{Judged, Subjects};
use crate::domain::Period;
use crate::policy::evaluation::model::Measure;
use crate::policy::evaluation::{self, Evaluation, Indicator, Subject, Year};
use crate::policy::{Benchmark, Benchmarks, Population, RuleSet, Statistic, exact_text, frozen};
use crate::table::{benchmark, evaluation_population, history_benchmark};

/// Map: what a county's enterprises, or a set's platforms, add to the populations of computed benchmarks. Those of the year
/// before come from the same figures, where that year is judged too.
///
/// # Errors
/// Never by the data.
pub fn populations(of: Subjects<'_>, sets: &[(Period, &RuleSet)]) -> Result<RecordBatch, StageError> {
    let mut out = evaluation_population::Builder::default();
    let computes = |group: &Evaluation| group.indicators.iter().any(|one| one.computed().is_some());
    for (period, set) in sets.iter().filter(|(_, set)| set.groups(of.subject()).iter().any(computes)) {
        for (data_of, years) in [(*period, &[Year::Judged, Year::Kept][..]), (before(*period), &[Year::Before])] {
            let data_of = data_of.to_string();
            let judged = Judged::of(of, *period, set, &data_of)?;
            for (at, group) in judged.evaluations() {
                for year in years {
                    for part in evaluation::population(group, &judged.columns, &judged.membership.members[at], *year) {
                        append(&mut out, &judged, &data_of, group, &part);
                    }
                }
            }
        }
    }
    Ok(out.finish()?)
}

fn append(
    out: &mut evaluation_population::Builder,
    judged: &Judged<'_>,
    data_of: &str,
    group: &Evaluation,
    part: &Population,
) {
    for (class, values) in &part.groups {
        for (above, below) in values {
            out.set_id.append_value(&group.stated_by);
            out.evaluation_id.append_value(&group.id);
            out.period.append_value(&judged.period);
            out.data_of.append_value(data_of);
            out.indicator_id.append_value(&group.indicators[part.ordinal].id);
            out.class.append_value(class);
            out.above.append_value(*above);
            out.below.append_value(*below);
        }
    }
}

/// The set that states a group, the group, and the period.
type Key<'a> = (&'a str, &'a str, Period);

/// Values by class, as numerator and denominator.
type Classes = BTreeMap<String, Vec<(i64, i64)>>;

/// By group, indicator and the year that the values are of.
type Pool<'a> = BTreeMap<(Key<'a>, &'a str, Period), Classes>;

/// What the reduce step leaves.
pub struct Reduced {
    /// `benchmark`, sorted by key.
    pub benchmarks: RecordBatch,
    /// `history_benchmark` of the periods judged, sorted by key.
    pub history: RecordBatch,
    /// Issues: classes that a frozen benchmark lacks.
    pub issues: RecordBatch,
}

/// Reduce: the benchmarks of every group of a subject of the sets in force, given ones too. `last` has the means of years that are not
/// judged any more.
///
/// # Errors
/// Never by the data.
pub fn benchmarks(
    subject: Subject,
    parts: &[RecordBatch],
    sets: &[(Period, &RuleSet)],
    last: &LastMeans,
) -> Result<Reduced, StageError> {
    let mut groups: BTreeMap<Key<'_>, &Evaluation> = BTreeMap::new();
    for (period, set) in sets {
        groups.extend(set.groups(subject).iter().map(|one| ((one.stated_by.as_str(), one.id.as_str(), *period), one)));
    }
    let is_judged = |year: Period| sets.iter().any(|(period, _)| *period == year);
    let mut pooled = pool(parts)?;
    let (mut out, mut history) = (benchmark::Builder::default(), history_benchmark::Builder::default());
    let mut issues = Issues::default();
    for (key, group) in groups {
        let (set, id, period) = key;
        for (ordinal, indicator) in group.indicators.iter().enumerate() {
            let mut take = |year| pooled.remove(&(key, indicator.id.as_str(), year)).unwrap_or_default();
            let own = take(period);
            let classes: BTreeMap<String, Benchmark> = match &indicator.benchmark {
                Measure::Given(constant) => {
                    let value = constant.smallest;
                    let given = Benchmark { value, n: 0, method: "given".to_owned(), is_frozen: true };
                    BTreeMap::from([(String::new(), given)])
                }
                Measure::Computed(of) => {
                    let is_of_last = matches!(of.statistic, Statistic::MultipleOfLastMean(_));
                    if let Some(pinned) = of.frozen.get(&period.to_string()) {
                        for (class, values) in own.iter().filter(|(class, _)| !pinned.contains_key(*class)) {
                            let name = frozen::of_indicator(id, &indicator.id);
                            issues.note_unpinned(
                                subject.as_str(),
                                (set, &name, class),
                                &period.to_string(),
                                values.len(),
                            );
                        }
                        pinned.clone()
                    } else if is_of_last && !is_judged(before(period)) {
                        last.benchmarks((set, id), indicator, of, period)
                    } else {
                        let groups = if is_of_last { take(before(period)) } else { own.clone() };
                        evaluation::reduce(group, [Population { ordinal, groups }]).take(id, ordinal)
                    }
                }
            };
            for (class, one) in &classes {
                append_benchmark(&mut out, &key, indicator, class, one);
            }
            append_history(&mut history, &key, indicator, &classes, &own);
        }
    }
    Ok(Reduced {
        benchmarks: sorted(&out.finish()?, benchmark::TABLE.key)?,
        history: sorted(&history.finish()?, history_benchmark::TABLE.key)?,
        issues: issues.finish()?,
    })
}

fn pool(parts: &[RecordBatch]) -> Result<Pool<'_>, StageError> {
    let mut pooled = Pool::new();
    let year = |text: &str| text.parse::<Period>().map_err(StageError::untyped);
    for batch in parts {
        let rows = evaluation_population::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let key = (rows.set_id.value(row), rows.evaluation_id.value(row), year(rows.period.value(row))?);
            let key = (key, rows.indicator_id.value(row), year(rows.data_of.value(row))?);
            let classes = pooled.entry(key).or_default();
            let value = (rows.above.value(row), rows.below.value(row));
            match classes.get_mut(rows.class.value(row)) {
                Some(values) => values.push(value),
                None => drop(classes.insert(rows.class.value(row).to_owned(), vec![value])),
            }
        }
    }
    Ok(pooled)
}

/// What is kept of an indicator: its benchmarks, and the plain means of the year's own members, `own`.
fn append_history(
    out: &mut history_benchmark::Builder,
    (set, group, period): &Key<'_>,
    indicator: &Indicator,
    benchmarks: &BTreeMap<String, Benchmark>,
    own: &Classes,
) {
    let classes: BTreeSet<&String> = benchmarks.keys().chain(own.keys()).collect();
    for class in classes {
        let one = benchmarks.get(class);
        let values = own.get(class).map_or(&[][..], Vec::as_slice);
        let mean = evaluation::plain_mean(values).map(exact_text);
        out.set_id.append_value(set);
        out.evaluation_id.append_value(group);
        out.period.append_value(period.to_string());
        out.indicator_id.append_value(&indicator.id);
        out.class.append_value(class);
        out.column.append_value(indicator.column.name);
        out.by_columns.append_value(indicator.computed().map(by).unwrap_or_default());
        out.value.append_option(one.map(|one| indicator.column.published(one.value).to_f64()));
        out.unit.append_value(indicator.column.unit().map(|unit| unit.to_string()).unwrap_or_default());
        out.n.append_option(one.and_then(members));
        out.method.append_option(one.map(|one| one.method.as_str()));
        out.is_frozen.append_option(one.map(|one| one.is_frozen));
        out.exact.append_option(one.map(Benchmark::exact));
        out.mean_n.append_option(mean.is_some().then(|| i64::try_from(values.len()).unwrap_or(i64::MAX)));
        out.mean_exact.append_option(mean);
    }
}

/// The enterprises behind a benchmark; none where the policy gives it.
fn members(one: &Benchmark) -> Option<i64> {
    (one.n > 0).then_some(i64::try_from(one.n).unwrap_or(i64::MAX))
}

fn append_benchmark(out: &mut benchmark::Builder, key: &Key<'_>, indicator: &Indicator, class: &str, one: &Benchmark) {
    let (set, group, period) = key;
    out.set_id.append_value(set);
    out.evaluation_id.append_value(group);
    out.period.append_value(period.to_string());
    out.indicator_id.append_value(&indicator.id);
    out.class.append_value(class);
    out.value.append_value(indicator.column.published(one.value).to_f64());
    out.unit.append_value(indicator.column.unit().map(|unit| unit.to_string()).unwrap_or_default());
    out.n.append_option(members(one));
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
