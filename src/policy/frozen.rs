//! Frozen benchmarks: the file that pins what was computed once, so that it no longer moves with the data.
//!
//! ```toml
//! format = 1
//! set = "own"                             # the set that states what is pinned
//! benchmark = [
//!   { of = "evaluation[all].indicator[tax]", period = "2024", class = "330106", value = "20 wan_yuan/mu", n = 3, statistic = "mean of tax_wan_per_mu by county_code", exact = "3/1" },
//! ]
//! ```
//! `of` is the key of `mujun policy show`; of a rule's later `value_of` tests with `#2`, `#3` … What counts is `exact`, in
//! smallest units; `value` is for the eye and must agree with it. A benchmark that is there in a period is pinned for that
//! period with its classes, and with no others; in periods that are not there it is computed.

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::benchmark::published_group;
use super::condition::BenchmarkOf;
use super::evaluation::model::Measure;
use super::measure::Column;
use super::set::RuleSet;
use super::value::Benchmark;
use crate::document::{Document, DocumentError, Faults, nearest};
use crate::domain::{Period, Ratio};

/// What the benchmark of an evaluation's indicator is called.
#[must_use]
pub fn of_indicator(group: &str, indicator: &str) -> String {
    format!("evaluation[{group}].indicator[{indicator}]")
}

/// What the benchmark of a rule's `value_of` test is called.
#[must_use]
pub fn of_rule(rule: &str, ordinal: usize) -> String {
    published_group(ordinal, &format!("rule[{rule}]"))
}

/// A computed benchmark of a set: what it is of, and where it stands.
struct Pinnable<'a> {
    of: String,
    column: &'static Column,
    benchmark: &'a mut BenchmarkOf,
    /// Whether values are divided by it, so that it must be above zero.
    divides: bool,
}

impl Pinnable<'_> {
    /// What is computed, in words that change with its meaning.
    fn statistic(&self) -> String {
        let mut words = format!("{} of {}", self.benchmark.statistic, self.column.name);
        if !self.benchmark.by.is_empty() {
            let by: Vec<_> = self.benchmark.by.iter().map(|column| column.name).collect();
            let _ = write!(words, " by {}", by.join(","));
        }
        words
    }

    /// A value as people read it.
    fn value(&self, exact: Ratio) -> String {
        let unit = self.column.unit().map(|unit| format!(" {unit}")).unwrap_or_default();
        format!("{}{unit}", self.column.published(exact).to_f64())
    }
}

/// The computed benchmarks that the set itself states, not those it inherits.
fn pinnable(set: &mut RuleSet) -> Vec<Pinnable<'_>> {
    let mut all = Vec::new();
    for rule in set.rules.iter_mut().filter(|rule| rule.stated_by == set.id) {
        for test in rule.condition.tests_mut() {
            let column = test.column;
            let Some(benchmark) = test.benchmark_mut() else { continue };
            all.push(Pinnable { of: of_rule(&rule.id, benchmark.ordinal), column, benchmark, divides: false });
        }
    }
    for group in set.evaluations.iter_mut().chain(&mut set.platforms).filter(|group| group.stated_by == set.id) {
        for indicator in &mut group.indicators {
            let Measure::Computed(benchmark) = &mut indicator.benchmark else { continue };
            let of = of_indicator(&group.id, &indicator.id);
            all.push(Pinnable { of, column: indicator.column, benchmark, divides: true });
        }
    }
    all
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenFile {
    format: Spanned<i64>,
    set: Spanned<String>,
    benchmark: Spanned<Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    of: Spanned<String>,
    period: Spanned<String>,
    class: Spanned<String>,
    value: Spanned<String>,
    n: Spanned<u64>,
    statistic: Spanned<String>,
    exact: Spanned<String>,
}

const FORMAT: i64 = 1;
const ANEW: &str = "take `frozen` out of the policy file, run, and freeze anew (mujun policy freeze)";

/// Pins the benchmarks of `set` that the file at `path` has.
///
/// # Errors
/// When the file cannot be read or is another set's; when an entry is of no computed benchmark of the set, or of one that
/// is computed otherwise by now, stands twice, or has a value that nothing can be measured against.
pub fn pin(set: &mut RuleSet, path: &Path) -> Result<(), Faults> {
    let document = Document::read(path).map_err(|error| error.hint("print it with mujun policy freeze"))?;
    let file: FrozenFile = document.parse()?;
    if *file.format.get_ref() != FORMAT {
        let message = format!("this version reads frozen files of format {FORMAT}");
        return Err(document.error(file.format.span(), message).into());
    }
    if *file.set.get_ref() != set.id {
        let message = format!("it pins benchmarks of set `{}`, not of `{}`", file.set.get_ref(), set.id);
        return Err(document.error(file.set.span(), message).into());
    }
    if file.benchmark.get_ref().is_empty() {
        return Err(document.error(file.benchmark.span(), "it pins nothing").into());
    }
    let id = set.id.clone();
    let mut all = pinnable(set);
    let mut faults = Faults::default();
    for entry in file.benchmark.get_ref() {
        let Some(at) = all.iter().position(|one| one.of == *entry.of.get_ref()) else {
            let message = format!("`{}` is no computed benchmark that set `{id}` states", entry.of.get_ref());
            let near = nearest(entry.of.get_ref(), all.iter().map(|one| one.of.as_str()));
            faults.add(document.error(entry.of.span(), message).hint(ANEW).did_you_mean(near));
            continue;
        };
        let Some(benchmark) = faults.keep(check(&document, entry, &all[at])) else { continue };
        let classes = all[at].benchmark.frozen.entry(entry.period.get_ref().clone()).or_default();
        if classes.insert(entry.class.get_ref().clone(), benchmark).is_some() {
            let message = format!("`{}` in {} stands twice", entry.of.get_ref(), entry.period.get_ref());
            faults.add(document.error(entry.class.span(), message));
        }
    }
    faults.or(())
}

/// The benchmark of an entry.
fn check(document: &Document, entry: &Entry, pinned: &Pinnable<'_>) -> Result<Benchmark, DocumentError> {
    let refuse = |span, message: String| Err(document.error(span, message));
    let of = entry.of.get_ref();
    if let Err(error) = entry.period.get_ref().parse::<Period>() {
        return refuse(entry.period.span(), error.to_string());
    }
    let (then, now) = (entry.statistic.get_ref(), pinned.statistic());
    if *then != now {
        let message = format!("`{of}` was the {then}, and the set asks for the {now} now");
        return Err(document.error(entry.statistic.span(), message).hint(ANEW));
    }
    if pinned.benchmark.by.is_empty() != entry.class.get_ref().is_empty() {
        let message = "`class` is empty where the benchmark has no `by`, and nowhere else".to_owned();
        return refuse(entry.class.span(), message);
    }
    let Some(value) = Benchmark::exact_value(entry.exact.get_ref()) else {
        return refuse(entry.exact.span(), "`exact` is not a ratio as 3/2".to_owned());
    };
    if pinned.divides && value.numerator() <= 0 {
        let message = format!("the benchmark of `{of}` is not above 0: nothing can be measured against it");
        return refuse(entry.exact.span(), message);
    }
    let told = pinned.value(value);
    if *entry.value.get_ref() != told {
        let message = format!("`value` is {}, but `exact` comes to {told}", entry.value.get_ref());
        return Err(document.error(entry.value.span(), message).hint("change neither by hand"));
    }
    if *entry.n.get_ref() == 0 {
        return refuse(entry.n.span(), "`n` is 0: nothing was computed".to_owned());
    }
    let method = pinned.benchmark.statistic.to_string();
    Ok(Benchmark { value, n: *entry.n.get_ref(), method, is_frozen: true })
}

/// A published benchmark.
#[derive(Debug, Clone)]
pub struct Published {
    /// As an entry's `of`.
    pub of: String,
    /// Period.
    pub period: String,
    /// Class.
    pub class: String,
    /// Value, members and method.
    pub benchmark: Benchmark,
}

/// The text of a file that pins those of `published` that the set itself computes, by the same method; none if there are none.
#[must_use]
pub fn text(set: &RuleSet, snapshot: &str, published: &[Published]) -> Option<String> {
    let mut set = set.clone();
    let mut lines = Vec::new();
    for one in pinnable(&mut set) {
        let method = one.benchmark.statistic.to_string();
        for Published { period, class, benchmark, .. } in published.iter().filter(|other| other.of == one.of) {
            let measures = !one.divides || benchmark.value.numerator() > 0;
            if benchmark.method == method && measures && one.benchmark.by.is_empty() == class.is_empty() {
                let (value, statistic, exact) = (one.value(benchmark.value), one.statistic(), benchmark.exact());
                let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
                lines.push(format!(
                    "  {{ of = {}, period = {}, class = {}, value = {}, n = {}, statistic = {}, exact = {} }},\n",
                    text(&one.of),
                    text(period),
                    text(class),
                    text(&value),
                    benchmark.n,
                    text(&statistic),
                    text(&exact)
                ));
            }
        }
    }
    let head = format!("# Benchmarks of snapshot {snapshot}, printed by mujun policy freeze.\nformat = {FORMAT}\n");
    (!lines.is_empty()).then(|| format!("{head}set = \"{}\"\nbenchmark = [\n{}]", set.id, lines.concat()))
}
