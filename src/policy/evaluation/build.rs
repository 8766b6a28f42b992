//! From `[[evaluation]]` to typed groups: every mistake is told with its line, before any data is read.

use std::collections::BTreeMap;

use toml::Spanned;

use super::super::compile_condition::condition;
use super::super::condition::Condition;
use super::super::contradiction::can_hold;
use super::super::file::ConditionFile;
use super::super::measure::{Catalogue, Column, ColumnKind};
use super::super::names::{choice, filled, filled_if_given, name, unique};
use super::super::number::{Scalar, has_decimals, within};
use super::super::set::{Parent, RuleSet};
use super::super::terms::column;
use super::build_indicator::{indicator, weight};
use super::file::{
    AdjustmentFile, CoefficientFile, EvaluationFile, ExclusionFile, GradesFile, IndicatorFile, PerFile, VetoFile,
};
use super::model::{
    Adjustment, Coefficient, Evaluation, Exclusion, Grade, Graded, Grades, Indicator, Per, Subject, Unknown, Veto,
};
use super::points::Points;
use crate::document::{Document, DocumentError, Faults, complete, nearest};
use crate::domain::{Decimal, Ratio};

/// The groups of a set over those of the set it extends: by id, in its order.
///
/// # Errors
/// With all that is wrong: groups' own mistakes, two of one id, a `replaces` of none, two of the same members.
pub fn evaluations(
    document: &Document,
    set: &str,
    files: &[EvaluationFile],
    parent: Parent<'_>,
) -> Result<Vec<Evaluation>, Faults> {
    let mut faults = Faults::default();
    faults.keep(unique(document, "evaluations", files.iter().map(|file| &file.id)));
    let inherited = || parent.set().into_iter().flat_map(RuleSet::all_evaluations);
    let mut all: BTreeMap<&str, Evaluation> = inherited().map(|one| (one.id.as_str(), one.clone())).collect();
    for replaced in files.iter().flat_map(|file| &file.replaces) {
        if all.remove(replaced.get_ref().as_str()).is_none() && !matches!(parent, Parent::Broken) {
            let message = format!("the extended set has no evaluation `{}`", replaced.get_ref());
            let near = nearest(replaced.get_ref(), inherited().map(|one| one.id.as_str()));
            faults.add(document.error(replaced.span(), message).did_you_mean(near));
        }
    }
    let mut members: BTreeMap<&str, (Subject, Condition)> =
        all.iter().map(|(id, one)| (*id, (one.subject, one.condition.clone()))).collect();
    for file in files {
        let id = file.id.get_ref().as_str();
        let subject = choice(document, "subject", file.subject.as_ref(), &Subject::ALL, Subject::as_str);
        let Some(subject) = faults.keep(subject) else { continue };
        let builder = Builder { document, subject, group: None };
        all.extend(faults.keep(builder.evaluation(set, file)).map(|own| (id, own)));
        members.remove(id);
        members.extend(builder.condition(&file.when).ok().map(|own| (id, (subject, own))));
    }
    for (at, file) in files.iter().enumerate() {
        let id = file.id.get_ref().as_str();
        let is_told_later = |other: &str| files[at..].iter().any(|later| later.id.get_ref() == other);
        let Some(own) = members.get(id) else { continue };
        let is_twin =
            |other: &str, of: &(Subject, Condition)| !is_told_later(other) && own.0 == of.0 && is_same(&own.1, &of.1);
        if let Some((twin, _)) = members.iter().find(|(other, of)| is_twin(other, of)) {
            let who = own.0.as_str();
            let message = format!("evaluations `{twin}` and `{id}` take in the same {who}s");
            let hint = format!("part them by a further condition, or say replaces = [\"{twin}\"]");
            faults.add(document.error(file.when.span(), message).hint(hint));
        }
    }
    faults.or(all.into_values().collect::<Vec<_>>())
}

fn is_same(left: &Condition, right: &Condition) -> bool {
    left == right || (!can_hold(&[left], &[right]) && !can_hold(&[right], &[left]))
}

/// The pairs of groups, of one subject, that one of them could fall into both of.
#[must_use]
pub fn overlaps(evaluations: &[Evaluation]) -> Vec<(&Evaluation, &Evaluation)> {
    let pairs = evaluations
        .iter()
        .enumerate()
        .flat_map(|(at, left)| evaluations[at + 1..].iter().map(move |right| (left, right)));
    let is_pair = |(left, right): &(&Evaluation, &Evaluation)| {
        left.subject == right.subject && can_hold(&[&left.condition, &right.condition], &[])
    };
    pairs.filter(is_pair).collect()
}

struct Builder<'a> {
    document: &'a Document,
    subject: Subject,
    /// Who is in the group, once that is known.
    group: Option<&'a Condition>,
}

impl Builder<'_> {
    fn evaluation(&self, set: &str, file: &EvaluationFile) -> Result<Evaluation, Faults> {
        let (document, subject) = (self.document, self.subject);
        let mut faults = Faults::default();
        let members = faults.keep(self.condition(&file.when));
        let inner = Builder { document, subject, group: members.as_ref() };
        faults.keep(unique(document, "exclusions", file.exclusions.iter().map(|one| &one.id)));
        faults.keep(unique(document, "indicators", file.indicators.iter().map(|one| &one.id)));
        faults.keep(unique(document, "coefficients", file.coefficients.iter().map(|one| &one.id)));
        faults.keep(unique(document, "adjustments", file.adjustments.iter().map(|one| &one.id)));
        faults.keep(unique(document, "vetoes", file.vetoes.iter().map(|one| &one.id)));
        let evaluation = faults.keep(complete!(Evaluation {
            id: inner.id(&file.id),
            subject: Ok::<_, Faults>(subject),
            label: filled(document, "label", &file.label),
            stated_by: Ok::<_, Faults>(set.to_owned()),
            basis: filled_if_given(document, "basis", file.basis.as_ref()),
            exclusions: Faults::all(file.exclusions.iter().map(|one| inner.exclusion(one))),
            coefficients: Faults::all(file.coefficients.iter().map(|one| inner.coefficient(one, &file.indicators))),
            adjustments: Faults::all(file.adjustments.iter().map(|one| inner.adjustment(one))),
            vetoes: Faults::all(file.vetoes.iter().map(|one| inner.veto(one))),
            grades: inner.grades(&file.grades),
            indicators: inner.indicators(file),
            condition: members.clone().ok_or_else(Faults::default),
        }));
        faults.or(evaluation)
    }

    fn catalogue(&self) -> &'static Catalogue {
        self.subject.catalogue()
    }

    fn id(&self, id: &Spanned<String>) -> Result<String, DocumentError> {
        name(self.document, "id", id)
    }

    fn condition(&self, when: &Spanned<ConditionFile>) -> Result<Condition, Faults> {
        let condition = condition(self.document, self.catalogue(), when)?;
        let refuse = |why: &str| Err(self.document.error(when.span(), why).into());
        if condition.tests().iter().any(|test| test.benchmark().is_some()) {
            return refuse("`value_of` belongs to rules: here it has no population");
        }
        let who = self.subject.as_str();
        if !can_hold(&[&condition], &[]) {
            return refuse(&format!("no {who} can meet this condition: it contradicts itself"));
        }
        if self.group.is_some_and(|group| !can_hold(&[group, &condition], &[])) {
            return refuse(&format!("no {who} of the group can meet this condition: it contradicts the group's own"));
        }
        Ok(condition)
    }

    fn missing(&self, missing: Option<&Spanned<String>>) -> Result<Unknown, DocumentError> {
        choice(self.document, "missing", missing, &Unknown::ALL, Unknown::as_str)
    }

    fn exclusion(&self, file: &ExclusionFile) -> Result<Exclusion, Faults> {
        let graded = file.graded.get_ref();
        if (self.subject, Graded::find(graded)) == (Subject::Platform, Some(Graded::Owner)) {
            return Err(self.document.error(file.graded.span(), "a platform has no owner to be graded as").into());
        }
        complete!(Exclusion {
            id: self.id(&file.id),
            label: filled(self.document, "label", &file.label),
            condition: self.condition(&file.when),
            graded: Graded::find(graded).ok_or_else(|| {
                let message = format!("`graded` is apart, owner, A, B, C or D, not `{graded}`");
                self.document.error(file.graded.span(), message)
            }),
            missing: self.missing(file.missing.as_ref()),
        })
    }

    fn indicators(&self, file: &EvaluationFile) -> Result<Vec<Indicator>, Faults> {
        let mut faults = Faults::default();
        for (at, one) in file.indicators.iter().enumerate() {
            let is_same = |twin: &&IndicatorFile| twin.column.get_ref() == one.column.get_ref();
            if let Some(twin) = file.indicators[..at].iter().find(is_same) {
                let message = format!("`{}` is scored by `{}` already", one.column.get_ref(), twin.id.get_ref());
                faults.add(self.document.error(one.column.span(), message));
            }
        }
        // Weights have at most three decimals: in thousandths they are whole.
        let thousandths = |weight: &Decimal| weight.ratio().times(Ratio::whole(1000)).round().0;
        if let Ok(weights) = Faults::all(file.indicators.iter().map(|one| weight(self.document, one))) {
            let sum: i128 = weights.iter().map(thousandths).sum();
            if sum != 100_000 {
                let message =
                    format!("the weights of `{}` add up to {}, not 100", file.id.get_ref(), Decimal::new(sum, 3));
                let place = file.indicators.last().map_or(file.id.span(), |last| last.weight.span());
                let of = |(one, weight): (&IndicatorFile, &Decimal)| format!("{} {weight}", one.id.get_ref());
                let summands: Vec<String> = file.indicators.iter().zip(&weights).map(of).collect();
                faults.add(self.document.error(place, message).hint(summands.join(" + ")));
            }
        }
        let indicators = file
            .indicators
            .iter()
            .enumerate()
            .map(|(at, one)| indicator(self.document, self.catalogue(), at, one, file));
        let indicators = faults.keep(Faults::all(indicators));
        faults.or(indicators)
    }

    fn coefficient(&self, file: &CoefficientFile, indicators: &[IndicatorFile]) -> Result<Coefficient, Faults> {
        let index = |of: &Spanned<String>| {
            let ids = || indicators.iter().map(|indicator| indicator.id.get_ref().as_str());
            ids().position(|id| id == of.get_ref().as_str()).ok_or_else(|| {
                let fault = self.document.error(of.span(), format!("no indicator `{}` in the group", of.get_ref()));
                fault.did_you_mean(nearest(of.get_ref(), ids()))
            })
        };
        complete!(Coefficient {
            id: self.id(&file.id),
            label: filled_if_given(self.document, "label", file.label.as_ref()),
            factor: within(self.document, "factor", &file.factor, "above 0, at most 100, of 6 decimals", |x| {
                x.numerator() > 0 && x <= Ratio::whole(100) && has_decimals(x, 6)
            }),
            indicator: file.of.as_ref().map(index).transpose(),
            condition: self.condition(&file.when),
            missing: self.missing(file.missing.as_ref()),
        })
    }

    fn adjustment(&self, file: &AdjustmentFile) -> Result<Adjustment, Faults> {
        let mut faults = Faults::default();
        let points = |key: &str, number: &Spanned<Scalar>| {
            within(self.document, key, number, "at most 1000000 either way, of 6 decimals", is_points)
        };
        let mut bound = |key, number: &Option<_>, open| match number {
            Some(number) => faults.keep(points(key, number)).map(Points::from),
            None => Some(open),
        };
        let (least, most) = (bound("least", &file.least, Points::LEAST), bound("most", &file.most, Points::MOST));
        if let (Some(least), Some(most), Some(place)) = (least, most, &file.least)
            && least > most
        {
            faults.add(self.document.error(place.span(), "`least` is above `most`"));
        }
        if file.per.is_none() && file.when.is_none() {
            faults.add(self.document.error(file.id.span(), "an adjustment needs `when`, `per` or both"));
        }
        let adjustment = faults.keep(complete!(Adjustment {
            id: self.id(&file.id),
            label: filled_if_given(self.document, "label", file.label.as_ref()),
            points: points("points", &file.points),
            per: file.per.as_ref().map(|per| self.per(per.get_ref())).transpose(),
            condition: file.when.as_ref().map(|when| self.condition(when)).transpose(),
            most: most.ok_or_else(Faults::default),
            least: least.ok_or_else(Faults::default),
            missing: self.missing(file.missing.as_ref()),
        }));
        faults.or(adjustment)
    }

    fn per(&self, file: &PerFile) -> Result<Per, DocumentError> {
        let above = file.above.as_ref().map_or(0, |above| *above.get_ref());
        self.count(&file.column).map(|column| Per { column, above })
    }

    fn count(&self, name: &Spanned<String>) -> Result<&'static Column, DocumentError> {
        let column = column(self.document, self.catalogue(), name)?;
        if matches!(column.kind, ColumnKind::Quantity("ratio" | "person")) {
            return Ok(column);
        }
        Err(self
            .document
            .error(name.span(), format!("`{}` counts nothing: `per` needs a column of counts", column.name)))
    }

    fn veto(&self, file: &VetoFile) -> Result<Veto, Faults> {
        let best = Grade::find(file.best.get_ref()).filter(|grade| *grade > Grade::A);
        complete!(Veto {
            id: self.id(&file.id),
            label: filled(self.document, "label", &file.label),
            best: best.ok_or_else(|| {
                let message =
                    format!("`best` is the best grade that is left: B, C or D, not `{}`", file.best.get_ref());
                self.document.error(file.best.span(), message)
            }),
            condition: self.condition(&file.when),
            missing: self.missing(file.missing.as_ref()),
        })
    }

    fn grades(&self, file: &Spanned<GradesFile>) -> Result<Grades, Faults> {
        let document = self.document;
        match (&file.get_ref().shares, &file.get_ref().scores) {
            (Some(shares), None) => {
                let share = |number: &Spanned<Scalar>| {
                    within(document, "shares", number, "of 0 to 1, of 6 decimals", |x| {
                        x.numerator() >= 0 && x <= Ratio::ONE && has_decimals(x, 6)
                    })
                };
                let of = shares.get_ref();
                let shares_of = Faults::every([&of.a, &of.b, &of.c, &of.d].map(share))?;
                let millionths: i128 =
                    shares_of.iter().map(|share| share.ratio().times(Ratio::whole(1_000_000)).round().0).sum();
                if millionths != 1_000_000 {
                    let message = format!("the shares add up to {}, not 1", Decimal::new(millionths, 6));
                    return Err(document.error(shares.span(), message).into());
                }
                Ok(Grades::Shares(shares_of))
            }
            (None, Some(scores)) => {
                let score = |number| within(document, "scores", number, "of 6 decimals", is_points);
                let of = scores.get_ref();
                let bounds = Faults::every([&of.a, &of.b, &of.c].map(score))?;
                if !bounds.windows(2).all(|pair| pair[0].ratio() > pair[1].ratio()) {
                    return Err(document.error(scores.span(), "the least scores fall from A to B to C").into());
                }
                Ok(Grades::Scores(bounds))
            }
            _ => Err(document.error(file.span(), "grades are given by one of `shares` and `scores`").into()),
        }
    }
}

fn is_points(number: Ratio) -> bool {
    number <= Ratio::whole(1_000_000) && number >= Ratio::whole(-1_000_000) && has_decimals(number, 6)
}
