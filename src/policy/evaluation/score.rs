//! Points of every item, and their total.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::error::ArrowError;

use super::super::benchmark::Benchmarks;
use super::super::columns::Columns;
use super::classes::{Classes, Partings};
use super::members::{Members, get, outcomes};
use super::model::{Adjustment, Coefficient, Evaluation, Indicator, Measure, Missing};
use super::points::Points;
use crate::domain::{Ratio, scaled};

/// What became of one item of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Its value was scored.
    Value,
    /// A part of its value is known, and gives the most points already.
    Bound,
    /// Its value is not known: no points, as the set says.
    Zero,
    /// Its value is not known: the mean points of the ranked members, as the set says.
    GroupMean,
    /// Its value is not known: its weight is spread over the other items, as the set says.
    Spread,
    /// Too little is known: its value, a coefficient of it, or the mean of a group in which nobody's value is known.
    NotJudged,
    /// There is nothing to measure it against: nobody's value is known, or it comes to nothing.
    NoBenchmark,
}

/// One item of all members.
#[derive(Debug, Clone)]
pub struct Item {
    /// What each class is measured against, in smallest units.
    benchmarks: Vec<Option<Ratio>>,
    classes: Arc<Classes>,
    raw: Vec<Points>,
    points: Vec<Points>,
    /// One a member.
    pub origin: Vec<Origin>,
}

/// The scores of a group, each list by member.
#[derive(Debug, Clone)]
pub struct Scores {
    /// In the order of the indicators.
    pub items: Vec<Item>,
    /// The sum of the items, before coefficients; none where one of them is not judged.
    pub sum: Vec<Option<Points>>,
    /// In the order of the coefficients, by row: where their conditions hold.
    coefficients: Vec<BooleanArray>,
    /// In the order of the adjustments; none where what it comes to is unknown.
    pub adjustments: Vec<Vec<Option<Points>>>,
    /// What is ranked; none where something that could change it is unknown.
    pub total: Vec<Option<Points>>,
}

impl Scores {
    /// Whether the coefficient at `at` applies to the enterprise of `row`; none where that is unknown.
    #[must_use]
    pub fn applies(&self, evaluation: &Evaluation, at: usize, row: usize) -> Option<bool> {
        evaluation.coefficients[at].missing.settle(get(&self.coefficients[at], row))
    }
}

impl Item {
    /// What the member is measured against, in smallest units; [`super::super::Column::published`] converts it.
    #[must_use]
    pub fn benchmark(&self, member: usize) -> Option<Ratio> {
        self.benchmarks[self.classes.of[member]? as usize]
    }

    /// Points before cap and floor, by the value; held at about nine million.
    #[must_use]
    pub fn raw(&self, member: usize) -> Option<Points> {
        matches!(self.origin[member], Origin::Value | Origin::Bound).then_some(self.raw[member])
    }

    /// Points as they count.
    #[must_use]
    pub fn points(&self, member: usize) -> Option<Points> {
        use Origin::{Bound, GroupMean, NoBenchmark, NotJudged, Spread, Value, Zero};
        match self.origin[member] {
            Value | Bound | Zero | GroupMean => Some(self.points[member]),
            Spread | NotJudged | NoBenchmark => None,
        }
    }
}

/// The scores of a group's members. Group means are taken among them: give all that are to be compared.
///
/// # Errors
/// Never by the data; only Arrow's own.
pub fn score(
    evaluation: &Evaluation,
    columns: &Columns,
    members: &Members,
    benchmarks: &Benchmarks,
) -> Result<Scores, ArrowError> {
    let coefficients = outcomes(evaluation.coefficients.iter().map(|one| &one.condition), columns)?;
    let factors = |of: Option<usize>| -> Vec<(&Coefficient, &BooleanArray)> {
        evaluation.coefficients.iter().zip(&coefficients).filter(|(one, _)| one.indicator == of).collect()
    };
    let mut partings = Partings::of(columns, &members.rows);
    let indicators = evaluation.indicators.iter().enumerate();
    let mut items: Vec<Item> = indicators
        .map(|(at, indicator)| {
            let measures = benchmarks.of(&evaluation.id, at);
            let measure = |class: &str| match &indicator.benchmark {
                Measure::Given(constant) => Some(constant.smallest),
                Measure::Computed(_) => measures?.get(class).map(|benchmark| benchmark.value),
            };
            let classes = partings.by(indicator.computed().map_or(&[], |of| &of.by));
            item(indicator, columns, (members, classes), measure, &factors(Some(at)))
        })
        .collect();
    spread(evaluation, &mut items, members.rows.len());
    let adjustments: Vec<_> =
        evaluation.adjustments.iter().map(|one| adjust(one, columns, members)).collect::<Result<_, _>>()?;
    let sum: Vec<_> = (0..members.rows.len()).map(|member| sum(&items, member)).collect();
    let on_total = factors(None);
    let total = sum.iter().enumerate().map(|(member, sum)| {
        let items = multiplied(*sum.as_ref()?, &on_total, members.rows[member])?;
        adjustments.iter().try_fold(items, |total, one| one[member].map(|points| plus(total, points)))
    });
    let total = total.collect();
    Ok(Scores { items, sum, coefficients, adjustments, total })
}

/// The points times what applies of the coefficients; none where that is unknown.
fn multiplied(points: Points, factors: &[(&Coefficient, &BooleanArray)], row: usize) -> Option<Points> {
    factors.iter().try_fold(points, |points, (coefficient, outcome)| {
        let applies = coefficient.missing.settle(get(outcome, row))?;
        Some(if applies { times(points, coefficient.factor.ratio()) } else { points })
    })
}

fn times(points: Points, factor: Ratio) -> Points {
    Points::from_smallest(scaled(points.smallest(), 1, factor))
}

fn plus(left: Points, right: Points) -> Points {
    Points::from_smallest(left.smallest().saturating_add(right.smallest()))
}

fn item(
    indicator: &Indicator,
    columns: &Columns,
    (members, classes): (&Members, Arc<Classes>),
    measure: impl Fn(&str) -> Option<Ratio>,
    coefficients: &[(&Coefficient, &BooleanArray)],
) -> Item {
    let benchmarks: Vec<Option<Ratio>> = classes.names.iter().map(|class| measure(class)).collect();
    // Of one smallest unit, the points.
    let factor = |benchmark: &Option<Ratio>| {
        let inverse = benchmark.filter(|benchmark| benchmark.numerator() > 0)?.inverse()?;
        inverse.checked_times(indicator.weight.ratio().times(Ratio::whole(Points::ONE)))
    };
    let factors: Vec<Option<Ratio>> = benchmarks.iter().map(factor).collect();
    let data = columns.data(indicator.column);
    let count = members.rows.len();
    let (mut raw, mut points, mut origin) =
        (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    for (row, class) in members.rows.iter().zip(&classes.of) {
        let reading = data.and_then(|data| data.reading(*row));
        let factor = class.and_then(|class| factors[class as usize]);
        let scored = reading.zip(factor).map(|(reading, factor)| {
            let value = Points::from_smallest(scaled(reading.above, reading.below, factor));
            (multiplied(value, coefficients, *row), reading.is_exact)
        });
        let (before, what) = match scored {
            Some((None, _)) => (Points::ZERO, Origin::NotJudged),
            Some((Some(points), true)) => (points, Origin::Value),
            Some((Some(points), false)) if points >= indicator.cap => (points, Origin::Bound),
            None if reading.is_some() => (Points::ZERO, Origin::NoBenchmark),
            _ => match indicator.missing {
                Missing::NotJudged => (Points::ZERO, Origin::NotJudged),
                Missing::Zero => (Points::ZERO, Origin::Zero),
                Missing::GroupMean => (Points::ZERO, Origin::GroupMean),
                Missing::Spread => (Points::ZERO, Origin::Spread),
            },
        };
        raw.push(before);
        points.push(if matches!(what, Origin::Value | Origin::Bound) {
            before.clamp(indicator.floor, indicator.cap)
        } else {
            before
        });
        origin.push(what);
    }
    let mut item = Item { benchmarks, classes, raw, points, origin };
    item.fill_mean(members);
    item
}

impl Item {
    /// Gives those whose value is not known the mean points of the ranked members whose value is.
    fn fill_mean(&mut self, members: &Members) {
        if !self.origin.contains(&Origin::GroupMean) {
            return;
        }
        let (mut sum, mut count) = (0, 0);
        for at in members.ranked().filter(|at| matches!(self.origin[*at], Origin::Value | Origin::Bound)) {
            sum += i128::from(self.points[at].smallest());
            count += 1;
        }
        let mean = (count > 0).then(|| Points::of(Ratio::new(sum, count * Points::ONE)));
        for at in 0..self.origin.len() {
            match (self.origin[at], mean) {
                (Origin::GroupMean, Some(mean)) => self.points[at] = mean,
                (Origin::GroupMean, None) => self.origin[at] = Origin::NotJudged,
                _ => {}
            }
        }
    }
}

/// Multiplies the points of a member's other items by 100 over the weight that is left, where an item's weight is spread.
fn spread(evaluation: &Evaluation, items: &mut [Item], members: usize) {
    if evaluation.indicators.iter().all(|indicator| indicator.missing != Missing::Spread) {
        return;
    }
    // Weights have at most three decimals: in thousandths they are whole.
    let thousandths = |one: &Indicator| one.weight.ratio().times(Ratio::whole(1000)).round().0;
    let weights: Vec<i128> = evaluation.indicators.iter().map(thousandths).collect();
    for member in 0..members {
        let kept = weights.iter().zip(&*items).filter(|(_, item)| item.origin[member] != Origin::Spread);
        let left: i128 = kept.map(|(weight, _)| weight).sum();
        if (1..100_000).contains(&left) {
            let factor = Ratio::new(100_000, left);
            for item in &mut *items {
                item.points[member] = times(item.points[member], factor);
            }
        }
    }
}

/// The sum of a member's items; none where one is not judged, or the weight of all is spread.
fn sum(items: &[Item], member: usize) -> Option<Points> {
    if items.iter().all(|item| item.origin[member] == Origin::Spread) {
        return None;
    }
    items.iter().try_fold(Points::ZERO, |sum, item| match (item.origin[member], item.points(member)) {
        (Origin::Spread, _) => Some(sum),
        (_, points) => points.map(|points| plus(sum, points)),
    })
}

/// What an adjustment comes to for each member.
fn adjust(adjustment: &Adjustment, columns: &Columns, members: &Members) -> Result<Vec<Option<Points>>, ArrowError> {
    let condition = outcomes(adjustment.condition.iter(), columns)?;
    let each = adjustment.points.ratio().times(Ratio::whole(Points::ONE));
    let clamp = |points: i64| Points::from_smallest(points).clamp(adjustment.least, adjustment.most);
    // What it comes to if it applies; a count of which a part is known settles it at the bound only.
    let amount = |row: usize| {
        let Some(per) = &adjustment.per else { return Some(clamp(scaled(1, 1, each))) };
        let reading = columns.reading(per.column, row)?;
        let points = clamp(scaled(reading.above.saturating_sub(per.above).max(0), 1, each));
        let bound = if each.numerator() > 0 { adjustment.most } else { adjustment.least };
        (reading.is_exact || points == bound).then_some(points)
    };
    let applies = |row: usize| condition.first().map_or(Some(true), |outcome| get(outcome, row));
    let of = |row: usize| match (applies(row), amount(row)) {
        (Some(false), _) | (_, Some(Points::ZERO)) => Some(Points::ZERO),
        (Some(true), Some(points)) => Some(points),
        _ => (adjustment.missing == super::model::Unknown::NotMet).then_some(Points::ZERO),
    };
    Ok(members.rows.iter().map(|row| of(*row)).collect())
}
