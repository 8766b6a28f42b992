//! Worked cases: what a policy officer works out by hand, held against the evaluator.

mod file;
mod parts;
mod reasons;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use toml::Spanned;

use super::super::benchmark::Benchmarks;
use super::super::columns::Columns;
use super::super::names::choice;
use super::super::number::{Scalar, decimal};
use super::super::value::Benchmark;
use super::super::{PolicyBook, PolicyError, RuleSet};
use super::classes::classes;
use super::members::{Group, Members, Standing};
use super::model::{Evaluation, Graded, Indicator, Subject};
use super::points::Points;
use super::{Grading, Scores, Year, grade, membership, population, reduce, score};
use crate::document::{Document, DocumentError, nearest};
use crate::domain::{Period, Ratio, Unit};
use file::{CaseFile, CasesFile, ExpectFile, Named};
use parts::Summed;
pub use parts::{PARTS, Summing, Told};
use values::{Lists, columns};

/// What came out otherwise than a case says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the expectation.
    pub line: usize,
    /// Case and firm.
    pub firm: String,
    /// What was compared.
    pub what: String,
    /// What the case says.
    pub expected: String,
    /// What came out.
    pub got: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, firm, what, expected, got } = self;
        write!(f, "line {line}: {firm}: {what}: expected {expected}, got {got}")
    }
}

/// What a file of cases came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Cases in it.
    pub cases: usize,
    /// Expectations compared.
    pub compared: usize,
    /// Those not met, in order of the file.
    pub failures: Vec<Failure>,
}

/// Evaluates the cases of a file by the set that it names; `summing` makes one row of enterprises that are summed.
///
/// # Errors
/// On a mistake in the file or in its set, with its line.
pub fn run(path: &Path, summing: Summing) -> Result<Report, PolicyError> {
    let document = Document::read(path)?;
    let file: CasesFile = document.parse()?;
    if *file.format.get_ref() != 1 {
        let message = format!("`format` is {}; this version reads format 1", file.format.get_ref());
        return Err(document.error(file.format.span(), message).into());
    }
    let set_path = path.parent().unwrap_or(Path::new("")).join(file.set.get_ref());
    let book = PolicyBook::load(&[set_path])?;
    let mut report = Report { cases: file.cases.len(), compared: 0, failures: Vec::new() };
    // Parents stand before children.
    if let Some(set) = book.sets().last() {
        let mut seen = BTreeSet::new();
        for case in &file.cases {
            if !seen.insert(case.id.get_ref()) {
                return Err(document.error(case.id.span(), format!("two cases `{}`", case.id.get_ref())).into());
            }
            Runner { document: &document, set, case, summing, report: &mut report }.run()?;
        }
    }
    Ok(report)
}

struct Runner<'a> {
    document: &'a Document,
    set: &'a RuleSet,
    case: &'a CaseFile,
    summing: Summing,
    report: &'a mut Report,
}

/// What came out of one group.
struct Evaluated<'a> {
    evaluation: &'a Evaluation,
    members: &'a Members,
    scores: Scores,
    grading: Grading,
}

impl Runner<'_> {
    fn run(mut self) -> Result<(), PolicyError> {
        let firms: Vec<Lists<'_>> = self.case.firms.iter().map(|firm| vec![&self.case.all, &firm.values]).collect();
        let (before_rows, before): (Vec<usize>, Vec<Lists<'_>>) = (self.case.firms.iter().enumerate())
            .filter_map(|(row, firm)| Some((row, vec![&self.case.all, &firm.values, firm.before.as_ref()?])))
            .unzip();
        let subject = self.case.subject.as_ref();
        let subject = choice(self.document, "subject", subject, &Subject::ALL, Subject::as_str)?;
        let sums = self.sums(subject)?;
        let columns = |firms: &[_], rows: Vec<usize>| {
            let summed = sums.as_ref().map(|columns| Summed { columns, rows });
            columns(self.document, subject.catalogue(), firms, summed.as_ref())
        };
        let (now, before) = (columns(&firms, (0..firms.len()).collect())?, columns(&before, before_rows)?);
        let period = self.period(subject)?;
        let evaluations = self.set.groups(subject);
        let broken = |error: arrow::error::ArrowError| self.document.error(self.case.id.span(), error.to_string());
        let (of_now, of_before) =
            (membership(evaluations, &now).map_err(broken)?, membership(evaluations, &before).map_err(broken)?);
        let mut evaluated = Vec::new();
        for (at, evaluation) in evaluations.iter().enumerate() {
            let members = &of_now.members[at];
            let mut parts = population(evaluation, &now, members, Year::Judged);
            parts.extend(population(evaluation, &before, &of_before.members[at], Year::Before));
            let mut benchmarks = reduce(evaluation, parts);
            pin(evaluation, period.as_deref(), &mut benchmarks);
            self.given((evaluation, period.as_deref()), &now, members, &mut benchmarks)?;
            let scores = score(evaluation, &now, members, &benchmarks).map_err(broken)?;
            let grading = grade(evaluation, &now, members, &scores, None).map_err(broken)?;
            evaluated.push(Evaluated { evaluation, members, scores, grading });
        }
        if let Some(id) = self.case.benchmarks.keys().find(|id| evaluations.iter().all(|one| one.id != *id.get_ref())) {
            return Err(self.unknown("evaluation", id, evaluations.iter().map(|one| one.id.as_str())).into());
        }
        for (row, firm) in self.case.firms.iter().enumerate() {
            let name = format!("{} {}", self.case.id.get_ref(), firm.id.get_ref());
            let why = reasons::of_group(evaluations, &now, of_now.groups[row], row).map_err(broken)?;
            self.compare(&name, &firm.expect, (of_now.groups[row], row, why), &evaluated, &now)?;
        }
        Ok(())
    }

    /// What the enterprises of each firm come to; none where no firm has some.
    fn sums(&self, subject: Subject) -> Result<Option<Columns>, DocumentError> {
        let firms = &self.case.firms;
        if let Some(firm) = firms.iter().find(|firm| !firm.of.is_empty() && firm.before.is_some()) {
            let error =
                self.document.error(firm.id.span(), "`before` does not go with `of`: figures are summed of one year");
            return Err(error.hint("give last year's benchmarks as `benchmarks.GROUP.INDICATOR`"));
        }
        for (name, grade) in
            firms.iter().flat_map(|firm| &firm.of).flatten().filter(|(name, _)| name.get_ref() == "grade")
        {
            parts::check_grade(self.document, name.get_ref(), grade)?;
        }
        if let Some(group) = firms.iter().find(|firm| firm.of.len() > 1)
            && subject == Subject::Enterprise
            && self.set.together.is_empty()
        {
            return Err(self
                .document
                .error(group.id.span(), "the set evaluates nobody together: it has no `together`"));
        }
        let Some(alone) = firms.iter().find(|firm| firm.of.is_empty()) else {
            let places: Vec<usize> =
                firms.iter().enumerate().flat_map(|(at, firm)| firm.of.iter().map(move |_| at)).collect();
            let parts: Vec<Lists<'_>> = firms.iter().flat_map(|firm| &firm.of).map(|part| vec![part]).collect();
            let parts = columns(self.document, &PARTS, &parts, None)?;
            let sums = (self.summing)(subject, &parts, &places);
            return sums.map(Some).map_err(|error| self.document.error(self.case.id.span(), error));
        };
        if firms.iter().all(|firm| firm.of.is_empty()) {
            return Ok(None);
        }
        let error =
            self.document.error(alone.id.span(), format!("`{}` has no `of`, and others have", alone.id.get_ref()));
        Err(error.hint("give all firms of a case by the enterprises they sum; one enterprise is one entry"))
    }

    /// The year that is judged, where the set pins a benchmark.
    fn period(&self, subject: Subject) -> Result<Option<String>, DocumentError> {
        let computed = self.set.groups(subject).iter().flat_map(|one| &one.indicators).filter_map(Indicator::computed);
        let pins = computed.clone().any(|of| !of.frozen.is_empty());
        match (&self.case.period, &self.set.periods) {
            (Some(period), _) => match period.get_ref().parse::<Period>() {
                Ok(known) => Ok(Some(known.to_string())),
                Err(error) => Err(self.document.error(period.span(), error.to_string())),
            },
            (None, Some(periods)) if periods.len() == 1 => Ok(periods.first().map(ToString::to_string)),
            (None, _) if !pins => Ok(None),
            (None, _) => {
                let error = self.document.error(self.case.id.span(), "the set pins benchmarks by period");
                Err(error.hint("say which year the case is of, as period = \"2024\""))
            }
        }
    }

    /// Benchmarks that the case takes as given, for every class.
    fn given(
        &self,
        (evaluation, period): (&Evaluation, Option<&str>),
        columns: &Columns,
        members: &Members,
        benchmarks: &mut Benchmarks,
    ) -> Result<(), DocumentError> {
        let own = self.case.benchmarks.iter().filter(|(id, _)| *id.get_ref() == evaluation.id);
        for (id, number) in own.flat_map(|(_, named)| named) {
            let at = self.index(id, evaluation.indicators.iter().map(|one| one.id.as_str()), "indicator")?;
            let indicator = &evaluation.indicators[at];
            let Some(of) = indicator.computed() else {
                return Err(self
                    .document
                    .error(id.span(), format!("the set gives the benchmark of `{}`", id.get_ref())));
            };
            if period.is_some_and(|period| of.frozen.contains_key(period)) {
                return Err(self
                    .document
                    .error(id.span(), format!("the set pins the benchmark of `{}`", id.get_ref())));
            }
            let size = indicator.column.unit().map_or(Ratio::ONE, Unit::size);
            let value = decimal(self.document, id.get_ref(), number)?.ratio().times(size);
            let benchmark = Benchmark { value, n: 0, method: "given".to_owned(), is_frozen: true };
            let names = classes(columns, &of.by, &members.rows).names;
            let given: BTreeMap<_, _> = names.into_iter().map(|name| (name, benchmark.clone())).collect();
            benchmarks.insert(&evaluation.id, at, given);
        }
        Ok(())
    }

    fn unknown<'a>(&self, what: &str, id: &Spanned<String>, known: impl Iterator<Item = &'a str>) -> DocumentError {
        let error = self.document.error(id.span(), format!("the set has no {what} `{}`", id.get_ref()));
        error.did_you_mean(nearest(id.get_ref(), known))
    }

    fn index<'a>(
        &self,
        id: &Spanned<String>,
        known: impl Iterator<Item = &'a str> + Clone,
        what: &str,
    ) -> Result<usize, DocumentError> {
        known.clone().position(|one| one == id.get_ref()).ok_or_else(|| self.unknown(what, id, known))
    }

    fn compare(
        &mut self,
        firm: &str,
        expect: &ExpectFile,
        (group, row, why): (Group, usize, String),
        evaluated: &[Evaluated<'_>],
        columns: &Columns,
    ) -> Result<(), DocumentError> {
        let name = match group {
            Group::Of(at) => evaluated[at].evaluation.id.as_str(),
            Group::None => "none",
            Group::Several => "several",
            Group::Unknown => "unknown",
        };
        self.text(firm, "group", expect.group.as_ref(), name, &why);
        let found = match group {
            Group::Of(at) => evaluated[at].members.rows.binary_search(&row).ok().map(|member| (&evaluated[at], member)),
            _ => None,
        };
        let Some((of, member)) = found else {
            let named = expect.raw.iter().chain(&expect.points).chain(&expect.adjust);
            for (id, expected) in named {
                self.points(firm, id.get_ref(), expected, None, &why)?;
            }
            for (what, expected) in [("total", &expect.total), ("rank", &expect.rank)] {
                if let Some(expected) = expected {
                    self.points(firm, what, expected, None, &why)?;
                }
            }
            self.text(firm, "excluded", expect.excluded.as_ref(), "none", "");
            self.text(firm, "grade", expect.grade.as_ref(), "none", &why);
            return Ok(());
        };
        let broken = |error: arrow::error::ArrowError| self.document.error(self.case.id.span(), error.to_string());
        let ranking = reasons::of_rank(of, member, columns).map_err(broken)?;
        let why = reasons::of_grade(of, member, columns).map_err(broken)?;
        self.numbers(firm, expect, of, (member, &ranking), columns)?;
        let standing = of.members.standing[member];
        let (excluded, fixed) = match standing {
            Standing::Ranked => ("none", None),
            Standing::Unknown => ("unknown", None),
            Standing::Excluded(at) => {
                let exclusion = &of.evaluation.exclusions[at];
                (exclusion.id.as_str(), Some(exclusion.graded))
            }
        };
        self.text(firm, "excluded", expect.excluded.as_ref(), excluded, "");
        let grade = match (fixed, of.grading.grade[member]) {
            (Some(graded @ (Graded::Apart | Graded::Owner)), _) => graded.as_str(),
            (_, grade) => grade.map_or("none", super::Grade::as_str),
        };
        self.text(firm, "grade", expect.grade.as_ref(), grade, &why);
        Ok(())
    }

    /// Points, total and rank of a member.
    fn numbers(
        &mut self,
        firm: &str,
        expect: &ExpectFile,
        of: &Evaluated<'_>,
        (member, ranking): (usize, &str),
        columns: &Columns,
    ) -> Result<(), DocumentError> {
        let item = |at| reasons::of_item(of, at, member, columns).unwrap_or_default();
        let total = reasons::of_total(of, member, columns);
        let Evaluated { evaluation, scores, grading, .. } = of;
        let indicators = || evaluation.indicators.iter().map(|one| one.id.as_str());
        let adjustments = || evaluation.adjustments.iter().map(|one| one.id.as_str());
        let named = |named: &Named| named.iter().map(|(id, value)| (id.clone(), value.clone())).collect::<Vec<_>>();
        for (id, expected) in named(&expect.raw) {
            let at = self.index(&id, indicators(), "indicator")?;
            self.points(firm, &format!("raw {}", id.get_ref()), &expected, scores.items[at].raw(member), &item(at))?;
        }
        for (id, expected) in named(&expect.points) {
            let at = self.index(&id, indicators(), "indicator")?;
            self.points(
                firm,
                &format!("points {}", id.get_ref()),
                &expected,
                scores.items[at].points(member),
                &item(at),
            )?;
        }
        for (id, expected) in named(&expect.adjust) {
            let at = self.index(&id, adjustments(), "adjustment")?;
            self.points(
                firm,
                &format!("adjust {}", id.get_ref()),
                &expected,
                scores.adjustments[at][member],
                "what it asks is not known",
            )?;
        }
        if let Some(expected) = &expect.total {
            self.points(firm, "total", expected, scores.total[member], &total)?;
        }
        if let Some(expected) = &expect.rank {
            let rank = grading.rank[member].and_then(|rank| i128::try_from(rank).ok());
            self.points(firm, "rank", expected, rank.map(|rank| Points::of(Ratio::whole(rank))), ranking)?;
        }
        Ok(())
    }

    /// Compares words; `why` tells what left none.
    fn text(&mut self, firm: &str, what: &str, expected: Option<&Spanned<String>>, got: &str, why: &str) {
        let Some(expected) = expected else { return };
        self.report.compared += 1;
        if expected.get_ref() != got {
            let is_open = matches!(got, "none" | "unknown" | "several");
            let got = if is_open { reasons::because(got, why) } else { got.to_owned() };
            self.fail(firm, what, expected.span(), expected.get_ref().clone(), got);
        }
    }

    /// Compares to 1e-9; `why` tells what left none.
    fn points(
        &mut self,
        firm: &str,
        what: &str,
        expected: &Spanned<Scalar>,
        got: Option<Points>,
        why: &str,
    ) -> Result<(), DocumentError> {
        const NEAR: i64 = 1000;
        self.report.compared += 1;
        let wanted = match expected.get_ref() {
            Scalar::Text(text) if text == "none" => None,
            _ => Some(Points::from(decimal(self.document, what, expected)?)),
        };
        let is_met = match (wanted, got) {
            (Some(wanted), Some(got)) => wanted.smallest().abs_diff(got.smallest()) <= NEAR.unsigned_abs(),
            (wanted, got) => wanted == got,
        };
        if !is_met {
            let told = |points: Option<Points>, why| {
                points.map_or_else(|| reasons::because("none", why), |points| points.to_string())
            };
            self.fail(firm, what, expected.span(), told(wanted, ""), told(got, why));
        }
        Ok(())
    }

    fn fail(&mut self, firm: &str, what: &str, span: std::ops::Range<usize>, expected: String, got: String) {
        let line = self.document.line(span);
        self.report.failures.push(Failure { line, firm: firm.to_owned(), what: what.to_owned(), expected, got });
    }
}

/// Takes what a file pins of a period instead of what was computed.
fn pin(evaluation: &Evaluation, period: Option<&str>, benchmarks: &mut Benchmarks) {
    for (at, indicator) in evaluation.indicators.iter().enumerate() {
        let pinned = indicator.computed().zip(period).and_then(|(of, period)| of.frozen.get(period));
        if let Some(pinned) = pinned {
            benchmarks.insert(&evaluation.id, at, pinned.clone());
        }
    }
}
