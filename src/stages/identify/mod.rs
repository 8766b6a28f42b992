//! Map after reduce: which rules hold on which parcel, by which clause, figure and threshold, and what stays open.

mod judged;

use arrow::array::RecordBatch;
use std::collections::BTreeMap;

use super::StageError;
use super::order::text;
use super::quality::Issues;
use crate::domain::{Period, Ratio, Set};
use crate::policy::{self, Benchmark, Benchmarks, Population, Rule, RuleKind, RuleSet, published_group};
use crate::table::{coverage, parcel_finding, parcel_rule_status, population, rule_benchmark};
pub use judged::YIELD_COLUMNS;
use judged::{Judged, Yields, judged};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 5;

/// Map: what a part adds to the populations of computed benchmarks.
///
/// # Errors
/// Never by the data.
pub fn populations(yields: &RecordBatch, sets: &[(Period, &RuleSet)]) -> Result<RecordBatch, StageError> {
    let mut rows = population::Builder::default();
    let yields = Yields::of(yields)?;
    for judged in judged(&yields, sets, |rule| !rule.benchmark_tests().is_empty())? {
        for rule in &judged.set.rules {
            for part in policy::population(rule, &judged.columns)? {
                for (group, values) in &part.groups {
                    for (above, below) in values {
                        rows.rule_id.append_value(&rule.id);
                        rows.test.append_value(i32::try_from(part.ordinal).unwrap_or(i32::MAX));
                        rows.period.append_value(&judged.period);
                        rows.group.append_value(group);
                        rows.above.append_value(*above);
                        rows.below.append_value(*below);
                    }
                }
            }
        }
    }
    Ok(rows.finish()?)
}

/// Values of a population by group, as numerator and denominator.
type Groups = BTreeMap<String, Vec<(i64, i64)>>;

/// The rules of all sets in force, by period and id.
pub type Rules<'a> = BTreeMap<(String, String), &'a Rule>;

/// Reduce: the benchmarks of every period, and issues: what is pinned without a class that is there.
///
/// # Errors
/// Never by the data.
pub fn benchmarks(parts: &[RecordBatch], rules: &Rules<'_>) -> Result<(RecordBatch, RecordBatch), StageError> {
    let mut pooled: BTreeMap<(&str, &str, usize), Groups> = BTreeMap::new();
    for batch in parts {
        let rows = population::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let test = usize::try_from(rows.test.value(row)).unwrap_or(0);
            let groups = pooled.entry((rows.period.value(row), rows.rule_id.value(row), test)).or_default();
            let value = (rows.above.value(row), rows.below.value(row));
            match groups.get_mut(rows.group.value(row)) {
                Some(values) => values.push(value),
                None => drop(groups.insert(rows.group.value(row).to_owned(), vec![value])),
            }
        }
    }
    let (mut out, mut issues) = (rule_benchmark::Builder::default(), Issues::default());
    let tests = rules.iter().flat_map(|((period, id), rule)| {
        rule.benchmark_tests().into_iter().enumerate().map(move |(ordinal, test)| (period, id, *rule, ordinal, test))
    });
    for (period, rule_id, rule, ordinal, test) in tests {
        let (groups, column) = (pooled.remove(&(period, rule_id, ordinal)).unwrap_or_default(), test.column);
        let frozen = test.benchmark().and_then(|of| of.frozen.get(period));
        for (group, values) in groups.iter().filter(|(group, _)| frozen.is_some_and(|all| !all.contains_key(*group))) {
            let name = policy::frozen::of_rule(rule_id, ordinal);
            issues.note_unpinned("parcel", (&rule.stated_by, &name, group), period, values.len());
        }
        let reduced = match frozen {
            Some(frozen) => frozen.clone(),
            None => policy::reduce(rule, [Population { ordinal, groups }]).take(rule_id, ordinal),
        };
        for (group, benchmark) in &reduced {
            let published = column.published(benchmark.value);
            out.rule_id.append_value(rule_id);
            out.period.append_value(period);
            out.group.append_value(published_group(ordinal, group));
            out.value.append_value(published.to_f64());
            out.unit.append_value(column.unit().map(|unit| unit.to_string()).unwrap_or_default());
            out.n.append_value(i64::try_from(benchmark.n).unwrap_or(i64::MAX));
            out.method.append_value(&benchmark.method);
            out.is_frozen.append_value(benchmark.is_frozen);
            out.exact.append_value(benchmark.exact());
            out.raw_group.append_value(group);
            out.test.append_value(i32::try_from(ordinal).unwrap_or(i32::MAX));
        }
    }
    Ok((super::order::sorted(&out.finish()?, rule_benchmark::TABLE.key)?, issues.finish()?))
}

/// The benchmarks of one period, back from their table.
fn benchmarks_of(batch: &RecordBatch, period: &str) -> Result<Benchmarks, StageError> {
    let rows = rule_benchmark::View::of(batch)?;
    let mut tests: BTreeMap<(String, usize), BTreeMap<String, Benchmark>> = BTreeMap::new();
    for row in (0..batch.num_rows()).filter(|row| rows.period.value(*row) == period) {
        let exact = Benchmark::exact_value(rows.exact.value(row));
        let benchmark = Benchmark {
            value: exact.ok_or_else(|| StageError::untyped("a benchmark is not a ratio"))?,
            n: u64::try_from(rows.n.value(row)).unwrap_or(0),
            method: rows.method.value(row).to_owned(),
            is_frozen: rows.is_frozen.value(row),
        };
        let key = (rows.rule_id.value(row).to_owned(), usize::try_from(rows.test.value(row)).unwrap_or(0));
        tests.entry(key).or_default().insert(rows.raw_group.value(row).to_owned(), benchmark);
    }
    let mut benchmarks = Benchmarks::new();
    for ((rule, ordinal), groups) in tests {
        benchmarks.insert(&rule, ordinal, groups);
    }
    Ok(benchmarks)
}

/// What a part's parcels are found to be.
pub struct Identified {
    /// Findings, sorted by key.
    pub findings: RecordBatch,
    /// Status, sorted by key.
    pub status: RecordBatch,
}

/// Map: judges a part. `covered` says what its county delivers.
///
/// # Errors
/// Never by the data.
pub fn identify(
    yields: &RecordBatch,
    covered: &RecordBatch,
    benchmarks: &RecordBatch,
    sets: &[(Period, &RuleSet)],
) -> Result<Identified, StageError> {
    let mut findings = parcel_finding::Builder::default();
    let mut status = parcel_rule_status::Builder::default();
    let delivered = delivered(covered)?;
    let yields = Yields::of(yields)?;
    for judged in judged(&yields, sets, |_| true)? {
        let benchmarks = benchmarks_of(benchmarks, &judged.period)?;
        let mut verdicts = Vec::with_capacity(judged.set.rules.len());
        for rule in &judged.set.rules {
            let holds = policy::evaluate(rule, &judged.columns, &benchmarks)?;
            let holds: Vec<Option<bool>> = holds.iter().collect();
            append_findings(&mut findings, &yields, &judged, rule, &holds, &benchmarks);
            let is_covered = rule.inputs().iter().all(|input| delivered.has(input, &judged.period));
            verdicts.push(Verdict { rule, holds, is_covered });
        }
        append_status(&mut status, &yields, &judged, &verdicts);
    }
    let (findings, status) = (findings.finish()?, status.finish()?);
    Ok(Identified {
        findings: super::order::sorted(&findings, parcel_finding::TABLE.key)?,
        status: super::order::sorted(&status, parcel_rule_status::TABLE.key)?,
    })
}

/// The inputs that the county delivers, with their periods if they have any.
fn delivered(covered: &RecordBatch) -> Result<Delivered<'_>, StageError> {
    let rows = coverage::View::of(covered)?;
    let pairs = (0..covered.num_rows()).filter(|row| rows.rows.value(*row) > 0);
    Ok(Delivered(pairs.map(|row| (rows.input.value(row), text(rows.period, row))).collect()))
}

struct Delivered<'a>(Set<(&'a str, Option<&'a str>)>);

impl Delivered<'_> {
    fn has(&self, input: &str, period: &str) -> bool {
        self.0.contains(&(input, Some(period))) || self.0.contains(&(input, None))
    }
}

struct Verdict<'a> {
    rule: &'a Rule,
    /// Of each row; none: it is left open.
    holds: Vec<Option<bool>>,
    is_covered: bool,
}

fn append_findings(
    findings: &mut parcel_finding::Builder,
    yields: &Yields<'_>,
    judged: &Judged<'_>,
    rule: &Rule,
    holds: &[Option<bool>],
    benchmarks: &Benchmarks,
) {
    let figures = policy::explain(rule, &judged.columns, benchmarks);
    let unit = figures.as_ref().map(|figures| figures.unit.to_string());
    let is_provisional = rule.is_provisional(&judged.period);
    for (at, row) in judged.rows.iter().enumerate().filter(|(at, _)| holds[*at] == Some(true)) {
        let figure = figures.as_ref().and_then(|figures| figures.figure(at));
        let threshold = figures.as_ref().and_then(|figures| figures.threshold(at));
        findings.parcel_id.append_value(yields.parcel_id.value(*row));
        findings.period.append_value(&judged.period);
        findings.rule_id.append_value(&rule.id);
        findings.county_code.append_value(yields.county_code.value(*row));
        findings.clause.append_value(&rule.clause);
        findings.basis.append_value(rule.basis.as_deref().unwrap_or("示例标准"));
        findings.kind.append_value(rule.kind.as_str());
        findings.severity.append_value(i32::from(rule.severity));
        findings.measure.append_option(rule.measure.as_deref());
        findings.column.append_option(figures.as_ref().map(|figures| figures.column.name));
        findings.figure.append_option(figure.map(Ratio::to_f64));
        findings.threshold.append_option(threshold.map(Ratio::to_f64));
        findings.unit.append_option(unit.as_deref());
        findings.is_provisional.append_value(is_provisional);
        findings.is_retained.append_null();
        findings.is_illustrative.append_value(judged.set.illustrative);
    }
}

/// What the rules say of one parcel.
#[derive(Default)]
struct Word {
    judged: i32,
    held: i32,
    not_judged: i32,
    /// Of the rules of low efficiency: whether one holds, one is settled, one is open though its inputs are delivered.
    is_low: bool,
    is_settled: bool,
    lacks_what_is_delivered: bool,
}

impl Word {
    fn hear(&mut self, verdict: &Verdict<'_>, at: usize) {
        let is_about_low = verdict.rule.kind == RuleKind::LowEfficiency;
        if let Some(holds) = verdict.holds[at] {
            self.judged += 1;
            self.held += i32::from(holds);
            self.is_low |= is_about_low && holds;
            self.is_settled |= is_about_low;
        } else {
            self.not_judged += 1;
            self.lacks_what_is_delivered |= is_about_low && verdict.is_covered;
        }
    }

    /// Whether a parcel is low-efficiency by the rules; none: it could not be judged.
    fn judgement(&self) -> Option<bool> {
        if self.is_low {
            return Some(true);
        }
        (!self.lacks_what_is_delivered && self.is_settled).then_some(false)
    }
}

fn append_status(
    status: &mut parcel_rule_status::Builder,
    yields: &Yields<'_>,
    judged: &Judged<'_>,
    verdicts: &[Verdict<'_>],
) {
    let mut by_gravity: Vec<&Verdict<'_>> = verdicts.iter().collect();
    by_gravity.sort_by(|left, right| {
        right.rule.severity.cmp(&left.rule.severity).then_with(|| left.rule.id.cmp(&right.rule.id))
    });
    let mut open = String::new();
    for (at, row) in judged.rows.iter().enumerate() {
        let mut word = Word::default();
        open.clear();
        for verdict in verdicts {
            word.hear(verdict, at);
            if verdict.holds[at].is_none() && verdict.is_covered {
                open.push_str(if open.is_empty() { "" } else { "," });
                open.push_str(&verdict.rule.id);
            }
        }
        let first = by_gravity.iter().find(|verdict| verdict.holds[at] == Some(true));
        let is_land = yields.is_industrial.value(*row);
        let low = if is_land { word.judgement() } else { None };
        let judgement = match low {
            Some(true) => "low",
            Some(false) => "not_low",
            None => "not_judged",
        };
        status.parcel_id.append_value(yields.parcel_id.value(*row));
        status.period.append_value(&judged.period);
        status.county_code.append_value(yields.county_code.value(*row));
        status.judged.append_value(word.judged);
        status.held.append_value(word.held);
        status.not_judged.append_value(word.not_judged);
        status.not_judged_rules.append_option((!open.is_empty()).then_some(&open));
        status.judgement.append_option(is_land.then_some(judgement));
        status.is_low_efficiency_computed.append_option(low);
        status.is_low_efficiency.append_option(low);
        status.first_rule_id.append_option(first.map(|verdict| verdict.rule.id.as_str()));
    }
}

/// A county with its `coverage` and the sets that judge it.
pub struct Covered<'a> {
    /// Code.
    pub county: String,
    /// What it delivers.
    pub covered: RecordBatch,
    /// By period.
    pub sets: Vec<(Period, &'a RuleSet)>,
}

/// What each county's rules lack.
///
/// # Errors
/// Never by the data.
pub fn rule_coverage(counties: &[Covered<'_>]) -> Result<RecordBatch, StageError> {
    let mut rows = crate::table::rule_coverage::Builder::default();
    for Covered { county, covered, sets } in counties {
        let delivered = delivered(covered)?;
        for (period, set) in sets {
            let period = period.to_string();
            for rule in &set.rules {
                let inputs = rule.inputs();
                let missing: Vec<&str> =
                    inputs.iter().copied().filter(|input| !delivered.has(input, &period)).collect();
                rows.county_code.append_value(county);
                rows.period.append_value(&period);
                rows.rule_id.append_value(&rule.id);
                rows.is_covered.append_value(missing.is_empty());
                rows.missing.append_option((!missing.is_empty()).then(|| missing.join(",")));
            }
        }
    }
    let rows = rows.finish()?;
    super::order::sorted(&rows, crate::table::rule_coverage::TABLE.key)
}
