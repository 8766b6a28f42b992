//! Ranks and grades of a group.

use arrow::array::BooleanArray;
use arrow::error::ArrowError;

use super::super::columns::Columns;
use super::members::{Members, Standing, get, outcomes};
use super::model::{Evaluation, Grade, Graded, Grades};
use super::points::Points;
use super::score::Scores;
use crate::domain::Ratio;

/// The least totals of A, B and C; none where nobody gets a grade as good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cuts(pub [Option<Points>; 3]);

/// The ranks and grades of a group, each list by member.
#[derive(Debug, Clone)]
pub struct Grading {
    /// What totals were compared with.
    pub cuts: Cuts,
    /// How many are ranked: not excluded, with a total.
    pub ranked: usize,
    /// 1 for the greatest total; equal totals share the better rank. None for who is not ranked.
    pub rank: Vec<Option<usize>>,
    /// By the total, before any veto. None for who is not ranked.
    pub by_total: Vec<Option<Grade>>,
    /// The grade: by the total or the exclusion, after vetoes. None for who is not graded here, or could not be.
    pub grade: Vec<Option<Grade>>,
    /// In the order of the vetoes, by *row of the columns*: where it applies; null where that is unknown.
    pub vetoes: Vec<BooleanArray>,
}

impl Cuts {
    /// The cuts of totals in falling order, each with whose it is. Shares add up from A downwards, and each sum is rounded half up.
    fn of(grades: &Grades, falling: &[(Points, usize)]) -> Self {
        match grades {
            Grades::Scores(least) => Self(least.map(|least| Some(least.into()))),
            Grades::Shares(shares) => {
                let count = i128::try_from(falling.len()).unwrap_or(i128::MAX / 4_000_000);
                let mut sum = 0;
                Self([0, 1, 2].map(|at| {
                    // Shares have at most six decimals: in millionths they are whole.
                    sum += shares[at].ratio().times(Ratio::whole(1_000_000)).round().0;
                    let place = usize::try_from((2 * count * sum + 1_000_000) / 2_000_000).ok()?;
                    falling.get(place.checked_sub(1)?).map(|(total, _)| *total)
                }))
            }
        }
    }

    /// The grade of a total.
    #[must_use]
    pub fn grade(&self, total: Points) -> Grade {
        let reached = self.0.iter().position(|cut| cut.is_some_and(|cut| total >= cut));
        reached.map_or(Grade::D, |at| Grade::ALL[at])
    }
}

/// Ranks and grades the members among themselves, or by `cuts` that are given.
///
/// # Errors
/// Never by the data; only Arrow's own.
pub fn grade(
    evaluation: &Evaluation,
    columns: &Columns,
    members: &Members,
    scores: &Scores,
    cuts: Option<Cuts>,
) -> Result<Grading, ArrowError> {
    let mut falling: Vec<(Points, usize)> =
        members.ranked().filter_map(|member| Some((scores.total[member]?, member))).collect();
    // Equal totals share a rank, so their order does not matter.
    falling.sort_unstable_by_key(|(total, _)| std::cmp::Reverse(*total));
    let cuts = cuts.unwrap_or_else(|| Cuts::of(&evaluation.grades, &falling));
    let vetoes = outcomes(evaluation.vetoes.iter().map(|one| &one.condition), columns)?;
    let count = members.rows.len();
    let (mut rank, mut by_total, mut grade) = (vec![None; count], vec![None; count], vec![None; count]);
    let mut place = 0;
    for (at, (total, member)) in falling.iter().enumerate() {
        if at == 0 || falling[at - 1].0 != *total {
            place = at + 1;
        }
        rank[*member] = Some(place);
        by_total[*member] = Some(cuts.grade(*total));
    }
    for (member, row) in members.rows.iter().enumerate() {
        let before = match members.standing[member] {
            Standing::Ranked => by_total[member],
            Standing::Excluded(by) => match evaluation.exclusions[by].graded {
                Graded::As(grade) => Some(grade),
                Graded::Apart | Graded::Owner => None,
            },
            Standing::Unknown => None,
        };
        grade[member] = before.and_then(|before| after_vetoes(evaluation, &vetoes, *row, before));
    }
    Ok(Grading { cuts, ranked: falling.len(), rank, by_total, grade, vetoes })
}

/// The grade that the vetoes leave; none where one that may apply could still worsen it.
fn after_vetoes(evaluation: &Evaluation, vetoes: &[BooleanArray], row: usize, before: Grade) -> Option<Grade> {
    let (mut left, mut possible) = (before, before);
    for (veto, outcome) in evaluation.vetoes.iter().zip(vetoes) {
        match veto.missing.settle(get(outcome, row)) {
            Some(true) => left = left.max(veto.best),
            Some(false) => {}
            None => possible = possible.max(veto.best),
        }
    }
    (possible <= left).then_some(left)
}
