//! Why nothing came out: which conditions did not hold, and which value was missing.

use arrow::error::ArrowError;

use super::super::super::columns::Columns;
use super::super::super::condition::Condition;
use super::super::super::evaluate::holds;
use super::super::members::{Group, Standing, get};
use super::super::model::{Evaluation, Unknown};
use super::super::score::Origin;
use super::Evaluated;

/// What came out, with the reason if there is one.
pub fn because(nothing: &str, why: &str) -> String {
    if why.is_empty() { nothing.to_owned() } else { format!("{nothing} ({why})") }
}

/// Why a row is in no one group.
pub fn of_group(evaluations: &[Evaluation], columns: &Columns, group: Group, row: usize) -> Result<String, ArrowError> {
    let mut reasons = Vec::new();
    for one in evaluations {
        let told = parts(&one.condition, columns, row, matches!(group, Group::Several))?;
        reasons.extend((!told.is_empty()).then(|| format!("{}: {}", one.id, told.join(", "))));
    }
    Ok(reasons.join("; "))
}

/// The parts of a condition that fail or are unknown at a row; where `all` are asked for, those of one that holds.
fn parts(condition: &Condition, columns: &Columns, row: usize, all: bool) -> Result<Vec<String>, ArrowError> {
    let whole = get(&holds(condition, columns)?, row);
    let parts = match condition {
        Condition::All(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut told = Vec::new();
    for part in parts {
        match get(&holds(part, columns)?, row) {
            Some(true) if all && whole == Some(true) => told.push(format!("{part} holds")),
            Some(false) if !all => told.push(format!("{part} does not hold")),
            None if !all => told.push(format!("{part} is not known")),
            _ => {}
        }
    }
    Ok(told)
}

/// Why a member has no points of an item.
pub fn of_item(of: &Evaluated<'_>, at: usize, member: usize, columns: &Columns) -> Option<String> {
    let indicator = &of.evaluation.indicators[at];
    let (id, column) = (&indicator.id, indicator.column.name);
    let told = match of.scores.items[at].origin[member] {
        Origin::NoBenchmark => format!("there is nothing to measure {column} against"),
        Origin::Spread => format!("{column} is not known, and its weight is spread"),
        Origin::NotJudged => match columns.reading(indicator.column, of.members.rows[member]) {
            Some(reading) if reading.is_exact => "whether a coefficient of it applies is not known".to_owned(),
            Some(_) => format!("{column} is known in part only"),
            None => format!("{column} is not known"),
        },
        _ => return None,
    };
    Some(format!("{id}: {told}"))
}

/// Why a member has no total.
pub fn of_total(of: &Evaluated<'_>, member: usize, columns: &Columns) -> String {
    let (row, evaluation, scores) = (of.members.rows[member], of.evaluation, &of.scores);
    let is_spread = |at: &usize| scores.items[*at].origin[member] == Origin::Spread;
    let items: Vec<usize> = (0..evaluation.indicators.len()).collect();
    let are_all_spread = items.iter().all(is_spread);
    let items = items.into_iter().filter(|at| are_all_spread || !is_spread(at));
    let mut reasons: Vec<String> = items.filter_map(|at| of_item(of, at, member, columns)).collect();
    let unknown = |id: &str| format!("whether `{id}` applies, or how often, is not known");
    for (at, one) in evaluation.coefficients.iter().enumerate().filter(|(_, one)| one.indicator.is_none()) {
        reasons.extend(scores.applies(evaluation, at, row).is_none().then(|| unknown(&one.id)));
    }
    for (one, points) in evaluation.adjustments.iter().zip(&scores.adjustments) {
        reasons.extend(points[member].is_none().then(|| unknown(&one.id)));
    }
    reasons.join("; ")
}

/// Why a member is not ranked.
pub fn of_rank(of: &Evaluated<'_>, member: usize, columns: &Columns) -> Result<String, ArrowError> {
    match of.members.standing[member] {
        Standing::Ranked => Ok(of_total(of, member, columns)),
        Standing::Excluded(at) => Ok(format!("excluded by `{}`", of.evaluation.exclusions[at].id)),
        Standing::Unknown => {
            let conditions = of.evaluation.exclusions.iter().map(|one| (one.id.as_str(), &one.condition, one.missing));
            open(conditions, columns, of.members.rows[member])
        }
    }
}

/// Why a member has no grade.
pub fn of_grade(of: &Evaluated<'_>, member: usize, columns: &Columns) -> Result<String, ArrowError> {
    if of.grading.by_total[member].is_none() && !matches!(of.members.standing[member], Standing::Excluded(_)) {
        return of_rank(of, member, columns);
    }
    let vetoes = of.evaluation.vetoes.iter().map(|one| (one.id.as_str(), &one.condition, one.missing));
    open(vetoes, columns, of.members.rows[member])
}

/// Which of some conditions are unknown at a row, and matter.
fn open<'a>(
    conditions: impl Iterator<Item = (&'a str, &'a Condition, Unknown)>,
    columns: &Columns,
    row: usize,
) -> Result<String, ArrowError> {
    let mut told = Vec::new();
    for (id, condition, missing) in conditions {
        if missing.settle(get(&holds(condition, columns)?, row)).is_none() {
            told.push(format!("`{id}`: {condition} is not known"));
        }
    }
    Ok(told.join("; "))
}
