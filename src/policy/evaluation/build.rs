//! From `[[evaluation]]` to typed groups: every mistake is told with its line, before any data is read.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::super::compile::{filled, with_nearest};
use super::super::compile_condition::{column, condition};
use super::super::condition::Condition;
use super::super::contradiction::can_hold;
use super::super::enterprise::ENTERPRISE;
use super::super::file::ConditionFile;
use super::super::measure::{Column, ColumnKind};
use super::super::number::{Scalar, within};
use super::build_indicator::indicator;
use super::file::{
    AdjustmentFile, CoefficientFile, EvaluationFile, ExclusionFile, GradesFile, IndicatorFile, VetoFile,
};
use super::model::{
    Adjustment, Coefficient, Evaluation, Exclusion, Grade, Graded, Grades, Indicator, Per, Unknown, Veto,
};
use super::points::Points;
use crate::document::{Document, DocumentError, nearest};
use crate::domain::{Decimal, Ratio};

/// The groups of a set over those of the set it extends: by id, in its order.
///
/// # Errors
/// On the first thing that is wrong: a group's own mistakes, two of one id, a `replaces` of none, two of the same members.
pub fn evaluations(
    document: &Document,
    set: &str,
    files: &[EvaluationFile],
    parent: &[Evaluation],
) -> Result<Vec<Evaluation>, DocumentError> {
    unique(document, "evaluations", files.iter().map(|file| &file.id))?;
    let mut all: BTreeMap<String, Evaluation> = parent.iter().map(|one| (one.id.clone(), one.clone())).collect();
    for replaced in files.iter().flat_map(|file| &file.replaces) {
        if all.remove(replaced.get_ref()).is_none() {
            let message = format!("the extended set has no evaluation `{}`", replaced.get_ref());
            let near = nearest(replaced.get_ref(), parent.iter().map(|one| one.id.as_str()));
            return Err(with_nearest(document.error(replaced.span(), message), near));
        }
    }
    for file in files {
        all.insert(file.id.get_ref().clone(), Builder { document, group: None }.evaluation(set, file)?);
    }
    for file in files {
        let own = &all[file.id.get_ref()];
        if let Some(twin) = all.values().find(|other| other.id != own.id && is_same(&own.condition, &other.condition)) {
            let message = format!("evaluations `{}` and `{}` take in the same enterprises", own.id, twin.id);
            let hint = format!("part them by a further condition, or say replaces = [\"{}\"]", twin.id);
            return Err(document.error(file.when.span(), message).hint(hint));
        }
    }
    Ok(all.into_values().collect())
}

fn is_same(left: &Condition, right: &Condition) -> bool {
    left == right || (!can_hold(&[left], &[right]) && !can_hold(&[right], &[left]))
}

/// The pairs of groups that one enterprise could fall into both of.
#[must_use]
pub fn overlaps(evaluations: &[Evaluation]) -> Vec<(&Evaluation, &Evaluation)> {
    let pairs = evaluations
        .iter()
        .enumerate()
        .flat_map(|(at, left)| evaluations[at + 1..].iter().map(move |right| (left, right)));
    pairs.filter(|(left, right)| can_hold(&[&left.condition, &right.condition], &[])).collect()
}

/// No id stands twice.
fn unique<'a>(
    document: &Document,
    what: &str,
    ids: impl Iterator<Item = &'a Spanned<String>>,
) -> Result<(), DocumentError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id.get_ref()) {
            return Err(document.error(id.span(), format!("two {what} with the id `{}`", id.get_ref())));
        }
    }
    Ok(())
}

struct Builder<'a> {
    document: &'a Document,
    /// Who is in the group, once that is known.
    group: Option<&'a Condition>,
}

impl Builder<'_> {
    fn evaluation(&self, set: &str, file: &EvaluationFile) -> Result<Evaluation, DocumentError> {
        let document = self.document;
        let members = self.condition(&file.when)?;
        let inner = Builder { document, group: Some(&members) };
        unique(document, "exclusions", file.exclusions.iter().map(|one| &one.id))?;
        unique(document, "indicators", file.indicators.iter().map(|one| &one.id))?;
        unique(document, "coefficients", file.coefficients.iter().map(|one| &one.id))?;
        unique(document, "adjustments", file.adjustments.iter().map(|one| &one.id))?;
        unique(document, "vetoes", file.vetoes.iter().map(|one| &one.id))?;
        let indicators = inner.indicators(file)?;
        Ok(Evaluation {
            id: inner.id(&file.id)?,
            label: filled(document, "label", &file.label)?,
            stated_by: set.to_owned(),
            basis: file.basis.as_ref().map(|basis| filled(document, "basis", basis)).transpose()?,
            exclusions: file.exclusions.iter().map(|one| inner.exclusion(one)).collect::<Result<_, _>>()?,
            coefficients: file
                .coefficients
                .iter()
                .map(|one| inner.coefficient(one, &indicators))
                .collect::<Result<_, _>>()?,
            adjustments: file.adjustments.iter().map(|one| inner.adjustment(one)).collect::<Result<_, _>>()?,
            vetoes: file.vetoes.iter().map(|one| inner.veto(one)).collect::<Result<_, _>>()?,
            grades: inner.grades(&file.grades)?,
            indicators,
            condition: members,
        })
    }

    fn id(&self, id: &Spanned<String>) -> Result<String, DocumentError> {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if id.get_ref().is_empty() || !id.get_ref().bytes().all(is_allowed) {
            return Err(self.document.error(id.span(), format!("id `{}` is not of a-z, 0-9 and _", id.get_ref())));
        }
        Ok(id.get_ref().clone())
    }

    fn condition(&self, when: &Spanned<ConditionFile>) -> Result<Condition, DocumentError> {
        let condition = condition(self.document, &ENTERPRISE, when)?;
        let refuse = |why: &str| Err(self.document.error(when.span(), why));
        if condition.tests().iter().any(|test| test.benchmark().is_some()) {
            return refuse("`value_of` belongs to rules: here it has no population");
        }
        if !can_hold(&[&condition], &[]) {
            return refuse("no enterprise can meet this condition: it contradicts itself");
        }
        if self.group.is_some_and(|group| !can_hold(&[group, &condition], &[])) {
            return refuse("no enterprise of the group can meet this condition: it contradicts the group's own");
        }
        Ok(condition)
    }

    fn missing(&self, missing: Option<&Spanned<String>>) -> Result<Unknown, DocumentError> {
        choice(self.document, "missing", missing, &Unknown::ALL, Unknown::as_str)
    }

    fn exclusion(&self, file: &ExclusionFile) -> Result<Exclusion, DocumentError> {
        let graded = file.graded.get_ref();
        Ok(Exclusion {
            id: self.id(&file.id)?,
            label: filled(self.document, "label", &file.label)?,
            condition: self.condition(&file.when)?,
            graded: Graded::find(graded).ok_or_else(|| {
                self.document
                    .error(file.graded.span(), format!("`graded` is apart, owner, A, B, C or D, not `{graded}`"))
            })?,
            missing: self.missing(file.missing.as_ref())?,
        })
    }

    fn indicators(&self, file: &EvaluationFile) -> Result<Vec<Indicator>, DocumentError> {
        let mut indicators: Vec<Indicator> = Vec::new();
        for (at, one) in file.indicators.iter().enumerate() {
            let is_same = |twin: &&IndicatorFile| twin.column.get_ref() == one.column.get_ref();
            if let Some(twin) = file.indicators[..at].iter().find(is_same) {
                let message = format!("`{}` is scored by `{}` already", one.column.get_ref(), twin.id.get_ref());
                return Err(self.document.error(one.column.span(), message));
            }
            indicators.push(Indicator { id: self.id(&one.id)?, ..indicator(self.document, at, one, file)? });
        }
        // Weights have at most three decimals: in thousandths they are whole.
        let thousandths = |one: &Indicator| one.weight.ratio().times(Ratio::whole(1000)).round().0;
        let sum: i128 = indicators.iter().map(thousandths).sum();
        if sum != 100_000 {
            let message = format!("the weights of `{}` add up to {}, not 100", file.id.get_ref(), Decimal::new(sum, 3));
            let place = file.indicators.last().map_or(file.id.span(), |last| last.weight.span());
            let weights: Vec<String> = indicators.iter().map(|one| format!("{} {}", one.id, one.weight)).collect();
            return Err(self.document.error(place, message).hint(weights.join(" + ")));
        }
        Ok(indicators)
    }

    fn coefficient(&self, file: &CoefficientFile, indicators: &[Indicator]) -> Result<Coefficient, DocumentError> {
        let index = |of: &Spanned<String>| {
            let at = indicators.iter().position(|indicator| indicator.id == *of.get_ref());
            at.ok_or_else(|| {
                let error = self.document.error(of.span(), format!("no indicator `{}` in the group", of.get_ref()));
                with_nearest(error, nearest(of.get_ref(), indicators.iter().map(|one| one.id.as_str())))
            })
        };
        Ok(Coefficient {
            id: self.id(&file.id)?,
            factor: within(self.document, "factor", &file.factor, "above 0, at most 100, of 6 decimals", |x| {
                x.numerator() > 0 && x <= Ratio::whole(100) && has_decimals(x, 6)
            })?,
            indicator: file.of.as_ref().map(index).transpose()?,
            condition: self.condition(&file.when)?,
            missing: self.missing(file.missing.as_ref())?,
        })
    }

    fn adjustment(&self, file: &AdjustmentFile) -> Result<Adjustment, DocumentError> {
        let points = |key: &str, number: &Spanned<Scalar>| {
            within(self.document, key, number, "at most 1000000 either way, of 6 decimals", is_points)
        };
        let bound = |key, number: &Option<_>, open| match number {
            Some(number) => points(key, number).map(Points::from),
            None => Ok(open),
        };
        if file.per.is_none() && file.when.is_none() {
            return Err(self.document.error(file.id.span(), "an adjustment needs `when`, `per` or both"));
        }
        let (least, most) = (bound("least", &file.least, Points::LEAST)?, bound("most", &file.most, Points::MOST)?);
        if let (true, Some(place)) = (least > most, file.least.as_ref()) {
            return Err(self.document.error(place.span(), "`least` is above `most`"));
        }
        Ok(Adjustment {
            id: self.id(&file.id)?,
            points: points("points", &file.points)?,
            per: file
                .per
                .as_ref()
                .map(|per| {
                    Ok::<_, DocumentError>(Per {
                        column: self.count(&per.get_ref().column)?,
                        above: per.get_ref().above.as_ref().map_or(0, |above| *above.get_ref()),
                    })
                })
                .transpose()?,
            condition: file.when.as_ref().map(|when| self.condition(when)).transpose()?,
            most,
            least,
            missing: self.missing(file.missing.as_ref())?,
        })
    }

    fn count(&self, name: &Spanned<String>) -> Result<&'static Column, DocumentError> {
        let column = column(self.document, &ENTERPRISE, name)?;
        if matches!(column.kind, ColumnKind::Quantity("ratio" | "person")) {
            return Ok(column);
        }
        Err(self
            .document
            .error(name.span(), format!("`{}` counts nothing: `per` needs a column of counts", column.name)))
    }

    fn veto(&self, file: &VetoFile) -> Result<Veto, DocumentError> {
        let best = Grade::find(file.best.get_ref()).filter(|grade| *grade > Grade::A);
        Ok(Veto {
            id: self.id(&file.id)?,
            label: filled(self.document, "label", &file.label)?,
            best: best.ok_or_else(|| {
                let message =
                    format!("`best` is the best grade that is left: B, C or D, not `{}`", file.best.get_ref());
                self.document.error(file.best.span(), message)
            })?,
            condition: self.condition(&file.when)?,
            missing: self.missing(file.missing.as_ref())?,
        })
    }

    fn grades(&self, file: &Spanned<GradesFile>) -> Result<Grades, DocumentError> {
        let document = self.document;
        match (&file.get_ref().shares, &file.get_ref().scores) {
            (Some(shares), None) => {
                let share = |number: &Spanned<Scalar>| {
                    within(document, "shares", number, "of 0 to 1, of 6 decimals", |x| {
                        x.numerator() >= 0 && x <= Ratio::ONE && has_decimals(x, 6)
                    })
                };
                let of = shares.get_ref();
                let shares_of = [share(&of.a)?, share(&of.b)?, share(&of.c)?, share(&of.d)?];
                let millionths: i128 =
                    shares_of.iter().map(|share| share.ratio().times(Ratio::whole(1_000_000)).round().0).sum();
                if millionths != 1_000_000 {
                    let message = format!("the shares add up to {}, not 1", Decimal::new(millionths, 6));
                    return Err(document.error(shares.span(), message));
                }
                Ok(Grades::Shares(shares_of))
            }
            (None, Some(scores)) => {
                let score = |number| within(document, "scores", number, "of 6 decimals", is_points);
                let of = scores.get_ref();
                let bounds = [score(&of.a)?, score(&of.b)?, score(&of.c)?];
                if !bounds.windows(2).all(|pair| pair[0].ratio() > pair[1].ratio()) {
                    return Err(document.error(scores.span(), "the least scores fall from A to B to C"));
                }
                Ok(Grades::Scores(bounds))
            }
            _ => Err(document.error(file.span(), "grades are given by one of `shares` and `scores`")),
        }
    }
}

fn is_points(number: Ratio) -> bool {
    number <= Ratio::whole(1_000_000) && number >= Ratio::whole(-1_000_000) && has_decimals(number, 6)
}

/// Whether a number has at most so many decimals.
pub(super) fn has_decimals(number: Ratio, decimals: u32) -> bool {
    number.reduced().denominator() <= 10_i128.pow(decimals)
}

/// One of a closed list, by default the first.
pub(super) fn choice<T: Copy>(
    document: &Document,
    key: &str,
    text: Option<&Spanned<String>>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, DocumentError> {
    let Some(text) = text else { return Ok(all[0]) };
    let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
    let at = names.iter().position(|name| *name == text.get_ref().as_str());
    at.map(|at| all[at]).ok_or_else(|| {
        let message = format!("`{key}` is one of {}, not `{}`", names.join(" "), text.get_ref());
        with_nearest(document.error(text.span(), message), nearest(text.get_ref(), names.iter().copied()))
    })
}
