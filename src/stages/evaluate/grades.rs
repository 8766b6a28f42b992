//! Points, totals, ranks and grades of a county's enterprises, as they are published.

use arrow::array::{BooleanArray, RecordBatch};

use super::super::StageError;
use super::super::completeness::Completeness;
use super::super::order::{sorted, text, value};
use super::super::quality::Issues;
use super::benchmarks::benchmarks_of;
use super::{Judged, Subjects};
use crate::domain::{IssueCode, Map, Period, Ratio, SquareMetres};
use crate::policy::RuleSet;
use crate::policy::evaluation::model::Exclusion;
use crate::policy::evaluation::{
    Evaluation, Grade, Graded, Grading, Group, Members, Origin, Points, Scores, Standing, Subject, grade, score,
};
use crate::table::{enterprise_adjustment, enterprise_evaluation, enterprise_figure, enterprise_indicator};

/// A county's evaluations.
pub struct Evaluated {
    /// `enterprise_evaluation`, sorted by key.
    pub evaluations: RecordBatch,
    /// `enterprise_indicator`, sorted by key.
    pub indicators: RecordBatch,
    /// `enterprise_adjustment`, sorted by key.
    pub adjustments: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
}

/// Map: evaluates a county's enterprises, or a set's platforms, in every period. `benchmarks` are those of all sets in force.
///
/// # Errors
/// Never by the data.
pub fn evaluate(
    of: Subjects<'_>,
    benchmarks: &RecordBatch,
    sets: &[(Period, &RuleSet)],
) -> Result<Evaluated, StageError> {
    let mut out = Out::default();
    let mut issues = Issues::default();
    let table = if of.subject() == Subject::Enterprise { "enterprise" } else { "zone" };
    for (period, set) in sets.iter().filter(|(_, set)| !set.groups(of.subject()).is_empty()) {
        let judged = Judged::of(of, *period, set, &period.to_string())?;
        let measures = benchmarks_of(benchmarks, &judged.period, set.groups(of.subject()))?;
        let outcomes: Vec<Outcome<'_>> = judged
            .evaluations()
            .map(|(at, group)| {
                let members = &judged.membership.members[at];
                let scores = score(group, &judged.columns, members, &measures)?;
                let grading = grade(group, &judged.columns, members, &scores, None)?;
                Ok(Outcome { group, members, scores, grading })
            })
            .collect::<Result<_, StageError>>()?;
        let grades = grades(&judged, &outcomes)?;
        for outcome in &outcomes {
            for member in 0..outcome.members.rows.len() {
                out.member(&judged, outcome, member, grades[outcome.members.rows[member]])?;
            }
        }
        for (row, group) in judged.membership.groups.iter().enumerate() {
            let standing = match group {
                Group::Of(_) => continue,
                Group::None => "group_none",
                Group::Unknown => "group_unknown",
                Group::Several => {
                    let county = enterprise_figure::View::of(&judged.rows)?.county_code.value(row);
                    issues.note(table, county, IssueCode::EvaluationGroups, None, Some(&judged.period));
                    "group_several"
                }
            };
            out.without_group(&judged, &judged.rows, row, standing)?;
        }
        out.linked(&judged, &outcomes, &grades)?;
        let linked = enterprise_figure::View::of(&judged.linked)?;
        for row in 0..judged.linked.num_rows() {
            let code = match linked.link_standing.value(row) {
                "links_cycle" => IssueCode::LinkCycle,
                "links_several" => IssueCode::LinkHeads,
                _ => continue,
            };
            issues.note("enterprise_link", linked.county_code.value(row), code, None, Some(&judged.period));
        }
    }
    Ok(Evaluated {
        evaluations: sorted(&out.evaluations.finish()?, enterprise_evaluation::TABLE.key)?,
        indicators: sorted(&out.indicators.finish()?, enterprise_indicator::TABLE.key)?,
        adjustments: sorted(&out.adjustments.finish()?, enterprise_adjustment::TABLE.key)?,
        issues: issues.finish()?,
    })
}

/// What came out of a group.
struct Outcome<'a> {
    group: &'a Evaluation,
    members: &'a Members,
    scores: Scores,
    grading: Grading,
}

impl Outcome<'_> {
    /// The exclusion that holds for a member.
    fn exclusion(&self, member: usize) -> Option<&Exclusion> {
        match self.members.standing[member] {
            Standing::Excluded(at) => Some(&self.group.exclusions[at]),
            Standing::Ranked | Standing::Unknown => None,
        }
    }
}

/// The grade of each row, as published: who is graded as the owner of its land gets the grade of its lessor.
fn grades(judged: &Judged<'_>, outcomes: &[Outcome<'_>]) -> Result<Vec<Option<&'static str>>, StageError> {
    let rows = enterprise_figure::View::of(&judged.rows)?;
    let mut grades = vec![None; judged.rows.num_rows()];
    let mut tenants = Vec::new();
    for outcome in outcomes {
        for (member, row) in outcome.members.rows.iter().enumerate() {
            grades[*row] = match outcome.exclusion(member).map(|exclusion| exclusion.graded) {
                Some(Graded::Apart) => Some("T"),
                Some(Graded::Owner) => {
                    tenants.push(*row);
                    None
                }
                Some(Graded::As(_)) | None => outcome.grading.grade[member].map(Grade::as_str),
            };
        }
    }
    let mut of_owners: Map<&str, &'static str> =
        (0..grades.len()).filter_map(|row| Some((rows.uscc.value(row), grades[row]?))).collect();
    let linked = enterprise_figure::View::of(&judged.linked)?;
    let of_members: Vec<(&str, &'static str)> = (0..judged.linked.num_rows())
        .filter_map(|row| Some((linked.uscc.value(row), *of_owners.get(text(linked.group_uscc, row)?)?)))
        .collect();
    of_owners.extend(of_members);
    for row in tenants {
        grades[row] = text(rows.lessor_uscc, row).and_then(|lessor| of_owners.get(lessor).copied());
    }
    Ok(grades)
}

#[derive(Default)]
struct Out {
    evaluations: enterprise_evaluation::Builder,
    indicators: enterprise_indicator::Builder,
    adjustments: enterprise_adjustment::Builder,
}

impl Out {
    fn member(
        &mut self,
        judged: &Judged<'_>,
        of: &Outcome<'_>,
        member: usize,
        grade: Option<&str>,
    ) -> Result<(), StageError> {
        let Outcome { group, members, scores, grading } = of;
        let row = members.rows[member];
        let standing = match members.standing[member] {
            Standing::Ranked if scores.total[member].is_some() => "ranked",
            Standing::Ranked => "not_judged",
            Standing::Unknown => "exclusion_unknown",
            Standing::Excluded(_) => "excluded",
        };
        let missing: Vec<&str> = group
            .indicators
            .iter()
            .zip(&scores.items)
            .filter(|(_, item)| matches!(item.origin[member], Origin::NotJudged | Origin::NoBenchmark))
            .map(|(indicator, _)| indicator.id.as_str())
            .collect();
        let adjusted = scores.adjustments.iter().try_fold(Points::ZERO, |sum, one| {
            one[member].map(|points| Points::from_smallest(sum.smallest().saturating_add(points.smallest())))
        });
        self.common(judged, &judged.rows, row, standing)?;
        let out = &mut self.evaluations;
        out.evaluation_id.append_value(&group.id);
        out.exclusion_id.append_option(of.exclusion(member).map(|exclusion| exclusion.id.as_str()));
        out.grade.append_option(grade);
        out.grade_by_total.append_option(grading.by_total[member].map(Grade::as_str));
        out.vetoes.append_option(joined(&held(group.vetoes.iter().map(|veto| veto.id.as_str()), &grading.vetoes, row)));
        out.rank.append_option(grading.rank[member].map(|rank| i64::try_from(rank).unwrap_or(i64::MAX)));
        out.ranked.append_value(i64::try_from(grading.ranked).unwrap_or(i64::MAX));
        out.total.append_option(scores.total[member].map(Points::to_f64));
        out.item_points.append_option(scores.sum[member].map(Points::to_f64));
        out.adjustment_points.append_option(adjusted.map(Points::to_f64));
        out.missing.append_option(joined(&missing));
        out.is_provisional.append_value(group.is_provisional(&judged.period));
        out.is_illustrative.append_value(group.basis.is_none());
        self.items(judged, of, member)?;
        self.adjustments(judged, of, member)
    }

    /// An enterprise of `figures` that no one group takes in.
    fn without_group(
        &mut self,
        judged: &Judged<'_>,
        figures: &RecordBatch,
        row: usize,
        standing: &str,
    ) -> Result<(), StageError> {
        self.common(judged, figures, row, standing)?;
        let out = &mut self.evaluations;
        out.evaluation_id.append_option(None::<&str>);
        out.grade.append_option(None::<&str>);
        out.is_provisional.append_value(false);
        out.is_illustrative.append_value(judged.set.illustrative);
        self.not_ranked();
        Ok(())
    }

    /// Those that are not evaluated by themselves: the members of groups have the grade of their head.
    fn linked(
        &mut self,
        judged: &Judged<'_>,
        outcomes: &[Outcome<'_>],
        grades: &[Option<&'static str>],
    ) -> Result<(), StageError> {
        let (rows, heads) =
            (enterprise_figure::View::of(&judged.linked)?, enterprise_figure::View::of(&judged.rows)?.uscc);
        let of_head: Map<&str, usize> = (0..judged.rows.num_rows()).map(|row| (heads.value(row), row)).collect();
        for row in 0..judged.linked.num_rows() {
            let standing = rows.link_standing.value(row);
            let head = text(rows.group_uscc, row).and_then(|head| of_head.get(head).copied());
            let group = head.and_then(|head| match judged.membership.groups[head] {
                Group::Of(at) => Some((head, outcomes[at].group)),
                _ => None,
            });
            let Some((head, group)) = group else {
                self.without_group(judged, &judged.linked, row, standing)?;
                continue;
            };
            self.common(judged, &judged.linked, row, standing)?;
            let out = &mut self.evaluations;
            out.evaluation_id.append_value(&group.id);
            out.grade.append_option(grades[head]);
            out.is_provisional.append_value(group.is_provisional(&judged.period));
            out.is_illustrative.append_value(group.basis.is_none());
            self.not_ranked();
        }
        Ok(())
    }

    /// That one has neither points nor rank of its own.
    fn not_ranked(&mut self) {
        let out = &mut self.evaluations;
        for labels in [&mut out.exclusion_id, &mut out.grade_by_total, &mut out.vetoes, &mut out.missing] {
            labels.append_option(None::<&str>);
        }
        out.rank.append_null();
        out.ranked.append_value(0);
        for points in [&mut out.total, &mut out.item_points, &mut out.adjustment_points] {
            points.append_null();
        }
    }

    /// What is told of every enterprise.
    fn common(
        &mut self,
        judged: &Judged<'_>,
        figures: &RecordBatch,
        row: usize,
        standing: &str,
    ) -> Result<(), StageError> {
        let rows = enterprise_figure::View::of(figures)?;
        let out = &mut self.evaluations;
        out.uscc.append_value(rows.uscc.value(row));
        out.county_code.append_value(rows.county_code.value(row));
        out.period.append_value(&judged.period);
        out.set_id.append_value(&judged.set.id);
        out.standing.append_value(standing);
        out.group_uscc.append_option(text(rows.group_uscc, row));
        out.land_mu.append_value(SquareMetres::from_cm2(rows.land_cm2.value(row)).mu().0);
        out.construction_mu.append_value(SquareMetres::from_cm2(rows.construction_cm2.value(row)).mu().0);
        out.is_land_doubtful.append_value(rows.is_land_doubtful.value(row));
        out.tax_yuan.append_option(value(rows.tax_fen, row).map(i128::from));
        out.tax_completeness.append_value(rows.tax_completeness.value(row));
        out.data_as_of.append_option(value(rows.delivered, row));
        Ok(())
    }

    fn items(&mut self, judged: &Judged<'_>, of: &Outcome<'_>, member: usize) -> Result<(), StageError> {
        let rows = enterprise_figure::View::of(&judged.rows)?;
        let row = of.members.rows[member];
        let out = &mut self.indicators;
        for (indicator, item) in of.group.indicators.iter().zip(&of.scores.items) {
            let known = Completeness::of(indicator.known(&judged.columns, row));
            let measure = item.benchmark(member).map(|benchmark| indicator.column.published(benchmark));
            out.uscc.append_value(rows.uscc.value(row));
            out.county_code.append_value(rows.county_code.value(row));
            out.period.append_value(&judged.period);
            out.indicator_id.append_value(&indicator.id);
            out.evaluation_id.append_value(&of.group.id);
            out.column.append_value(indicator.column.name);
            out.value.append_option(indicator.value(&judged.columns, row).map(Ratio::to_f64));
            out.completeness.append_value(known.as_str());
            out.benchmark.append_option(measure.map(Ratio::to_f64));
            out.unit.append_value(indicator.column.unit().map(|unit| unit.to_string()).unwrap_or_default());
            out.weight.append_value(indicator.weight.ratio().to_f64());
            out.raw_points.append_option(item.raw(member).map(Points::to_f64));
            out.points.append_option(item.points(member).map(Points::to_f64));
            out.origin.append_value(origin(item.origin[member]));
        }
        Ok(())
    }

    /// What multiplies a member's points and what is added to them; nothing for what does not apply.
    fn adjustments(&mut self, judged: &Judged<'_>, of: &Outcome<'_>, member: usize) -> Result<(), StageError> {
        let rows = enterprise_figure::View::of(&judged.rows)?;
        let (row, group) = (of.members.rows[member], of.group);
        let out = &mut self.adjustments;
        let mut tell = |kind, id: &str, indicator: Option<&str>, factor: Option<f64>, points: Option<f64>| {
            out.uscc.append_value(rows.uscc.value(row));
            out.county_code.append_value(rows.county_code.value(row));
            out.period.append_value(&judged.period);
            out.evaluation_id.append_value(&group.id);
            out.kind.append_value(kind);
            out.item_id.append_value(id);
            out.indicator_id.append_option(indicator);
            out.factor.append_option(factor);
            out.points.append_option(points);
        };
        for (at, coefficient) in group.coefficients.iter().enumerate() {
            let applies = of.scores.applies(group, at, row);
            if applies != Some(false) {
                let indicator = coefficient.indicator.map(|indicator| group.indicators[indicator].id.as_str());
                let factor = applies.map(|_| coefficient.factor.ratio().to_f64());
                tell("coefficient", &coefficient.id, indicator, factor, None);
            }
        }
        for (adjustment, points) in group.adjustments.iter().zip(&of.scores.adjustments) {
            let points = points[member];
            if points != Some(Points::ZERO) {
                tell("adjust", &adjustment.id, None, None, points.map(Points::to_f64));
            }
        }
        Ok(())
    }
}

/// Those that hold at a row.
fn held<'a>(ids: impl Iterator<Item = &'a str>, outcomes: &[BooleanArray], row: usize) -> Vec<&'a str> {
    let holds = |outcome: &BooleanArray| arrow::array::Array::is_valid(outcome, row) && outcome.value(row);
    ids.zip(outcomes).filter(|(_, outcome)| holds(outcome)).map(|(id, _)| id).collect()
}

fn joined(ids: &[&str]) -> Option<String> {
    (!ids.is_empty()).then(|| ids.join(","))
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Value => "value",
        Origin::Bound => "bound",
        Origin::Zero => "zero",
        Origin::GroupMean => "group_mean",
        Origin::Spread => "spread",
        Origin::NotJudged => "not_judged",
        Origin::NoBenchmark => "no_benchmark",
    }
}
