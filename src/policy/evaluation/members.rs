//! Who is evaluated in which group, and who is excluded there.

use arrow::array::{Array, BooleanArray};
use arrow::error::ArrowError;

use super::super::columns::Columns;
use super::super::enterprise::REGISTER_LOST;
use super::super::evaluate::holds;
use super::model::{Evaluation, Exclusion};

/// The group that an enterprise falls into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// One, by its index.
    Of(usize),
    /// None.
    None,
    /// More than one: an issue, and evaluated in none.
    Several,
    /// Too little is known to tell.
    Unknown,
}

/// Whether a member of a group is ranked there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// With the others, if it has a total.
    Ranked,
    /// Not, by the exclusion of that index.
    Excluded(usize),
    /// Not: too little is known to tell whether it is excluded.
    Unknown,
}

/// The members of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Their rows, rising.
    pub rows: Vec<usize>,
    /// One a member.
    pub standing: Vec<Standing>,
}

/// Who falls into which group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// One a row.
    pub groups: Vec<Group>,
    /// One a group, in the order of the evaluations.
    pub members: Vec<Members>,
}

/// Parts the rows into groups.
///
/// # Errors
/// Never by the data; only Arrow's own.
pub fn membership(evaluations: &[Evaluation], columns: &Columns) -> Result<Membership, ArrowError> {
    let mut groups = vec![Group::None; columns.rows()];
    for (at, evaluation) in evaluations.iter().enumerate() {
        let is_member = holds(&evaluation.condition, columns)?;
        for (row, group) in groups.iter_mut().enumerate() {
            *group = match (get(&is_member, row), *group) {
                (Some(true), Group::None | Group::Unknown) => Group::Of(at),
                (Some(true), _) => Group::Several,
                (None, Group::None) => Group::Unknown,
                (Some(false) | None, before) => before,
            };
        }
    }
    let members = |(at, evaluation): (usize, &Evaluation)| {
        let rows: Vec<usize> = (0..columns.rows()).filter(|row| groups[*row] == Group::Of(at)).collect();
        let excluded = outcomes(evaluation.exclusions.iter().map(|one| &one.condition), columns)?;
        let is_lost = |row: usize| columns.flag(REGISTER_LOST, row) == Some(true);
        let standing = rows.iter().map(|row| standing(&evaluation.exclusions, &excluded, *row, is_lost(*row)));
        let standing = standing.collect();
        Ok(Members { rows, standing })
    };
    let members = evaluations.iter().enumerate().map(members).collect::<Result<_, ArrowError>>()?;
    Ok(Membership { groups, members })
}

/// By the first exclusion that holds, unless one before it may. What nobody told counts as the set says; what was told by a
/// row that was lost leaves it open.
fn standing(exclusions: &[Exclusion], excluded: &[BooleanArray], row: usize, is_lost: bool) -> Standing {
    for (at, (exclusion, outcome)) in exclusions.iter().zip(excluded).enumerate() {
        let outcome = get(outcome, row);
        match if is_lost { outcome } else { exclusion.missing.settle(outcome) } {
            Some(true) => return Standing::Excluded(at),
            Some(false) => {}
            None => return Standing::Unknown,
        }
    }
    Standing::Ranked
}

impl Members {
    /// The places of those that are ranked, in `rows`.
    pub(super) fn ranked(&self) -> impl Iterator<Item = usize> {
        (0..self.rows.len()).filter(|at| self.standing[*at] == Standing::Ranked)
    }
}

/// Where each condition holds, one value a row.
pub(super) fn outcomes<'a>(
    conditions: impl Iterator<Item = &'a super::super::Condition>,
    columns: &Columns,
) -> Result<Vec<BooleanArray>, ArrowError> {
    conditions.map(|condition| holds(condition, columns)).collect()
}

/// The outcome at a row, none where it is unknown.
pub(super) fn get(outcome: &BooleanArray, row: usize) -> Option<bool> {
    outcome.is_valid(row).then(|| outcome.value(row))
}
