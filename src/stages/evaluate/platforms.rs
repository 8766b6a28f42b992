//! Reduce: platforms and micro-parks, each by the sums of the enterprises that belong to it, whatever their county.
//!
//! A platform is judged by the set of the county that delivers it, and ranked among all platforms that this set judges.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::completeness::Completeness;
use super::super::order::{column as by_name, sorted, take, text};
use super::super::overlay::PLATFORM_KINDS;
use super::super::yields::in_force_by;
use super::belonging::NONE;
use super::total;
use super::{LastMeans, Reduced, Subjects, benchmarks, evaluate, populations};
use crate::domain::{Map, Period, SquareMetres};
use crate::policy::evaluation::{Grade, Subject};
use crate::policy::{ColumnData, Columns, Known, RuleSet};
use crate::table::{
    Table, column, enterprise_adjustment, enterprise_evaluation, enterprise_figure, enterprise_indicator, issue,
    labels, platform_adjustment, platform_enterprise, platform_evaluation, platform_figure, platform_indicator, zone,
};

/// The columns that are read of `zone`.
pub const PLATFORM_COLUMNS: &[&str] = &["zone_id", "valid_from", "valid_to", "county_code", "kind", "class"];
/// The columns that are read of `enterprise_evaluation`.
pub const GRADE_COLUMNS: &[&str] = &["county_code", "uscc", "period", "grade"];

/// What is known of platforms in every period, and who belongs to them.
pub struct PlatformFigures {
    /// `enterprise_figure` of platforms: their ids, and sums.
    pub figures: RecordBatch,
    /// `platform_figure`, row by row.
    pub facts: RecordBatch,
    /// `platform_enterprise`, sorted by key.
    pub members: RecordBatch,
}

/// An enterprise's grades by county, code and period.
type GradesOf<'a> = Map<(&'a str, &'a str, &'a str), &'a str>;

/// Adds up what all counties know of their enterprises (`figures`), graded or not (`grades`), by the platforms that are in force
/// at each period's end (`zones`, by county).
///
/// # Errors
/// Never by the data.
pub fn platform_figures(
    zones: &[RecordBatch],
    figures: &[RecordBatch],
    grades: &[RecordBatch],
    periods: &[Period],
) -> Result<PlatformFigures, StageError> {
    let mut platforms = BTreeMap::new();
    for county in zones {
        platforms.extend(in_force(county, periods)?);
    }
    let grades = grades_of(grades)?;
    let all = enterprise_figure::TABLE.concat(&figures.iter().map(belonging).collect::<Result<Vec<_>, _>>()?)?;
    let rows = enterprise_figure::View::of(&all)?;
    let mut members = platform_enterprise::Builder::default();
    for row in 0..all.num_rows() {
        let (county, uscc, period) = (rows.county_code.value(row), rows.uscc.value(row), rows.period.value(row));
        let grade = grades.get(&(county, uscc, period)).copied();
        for id in [rows.platform_id.get(row), rows.micro_park_id.get(row)].into_iter().flatten() {
            let Some(platform) = platforms.get_mut(&(id.to_owned(), period.to_owned())) else { continue };
            platform.add(row, rows.land_cm2.value(row), grade);
            members.platform_id.append_value(id);
            members.county_code.append_value(county);
            members.uscc.append_value(uscc);
            members.period.append_value(period);
            members.kind.append_value(platform.kind);
            members.land_mu.append_value(SquareMetres::from_cm2(rows.land_cm2.value(row)).mu().0);
            members.is_land_doubtful.append_value(rows.is_land_doubtful.value(row));
            members.grade.append_option(grade);
        }
    }
    let (mut sums, mut facts) = (enterprise_figure::Builder::default(), platform_figure::Builder::default());
    for ((id, period), platform) in &platforms {
        platform.append(&mut sums, &rows, id, period);
        platform.append_facts(&mut facts, id, period);
    }
    Ok(PlatformFigures {
        figures: sums.finish()?,
        facts: facts.finish()?,
        members: sorted(&members.finish()?, platform_enterprise::TABLE.key)?,
    })
}

/// What some platforms come to of which nothing but their enterprises is known: `enterprise_figure` and `platform_figure`, in that
/// order. Enterprises are rows of `figures`, each with its grade.
pub(super) fn sums_of(
    figures: &RecordBatch,
    platforms: &[Vec<(usize, Option<&str>)>],
) -> Result<(RecordBatch, RecordBatch), StageError> {
    let rows = enterprise_figure::View::of(figures)?;
    let (mut sums, mut facts) = (enterprise_figure::Builder::default(), platform_figure::Builder::default());
    for members in platforms {
        let mut platform = Platform::default();
        for (row, grade) in members {
            platform.add(*row, rows.land_cm2.value(*row), *grade);
        }
        platform.append(&mut sums, &rows, "", "");
        platform.append_facts(&mut facts, "", "");
    }
    Ok((sums.finish()?, facts.finish()?))
}

/// The figures of who belongs to a platform. A member's figures stand in its group's row.
fn belonging(figures: &RecordBatch) -> Result<RecordBatch, StageError> {
    let rows = enterprise_figure::View::of(figures)?;
    let belongs = |row: usize| {
        let places = [rows.platform_id.get(row), rows.micro_park_id.get(row)];
        rows.link_standing.get(row) != Some("member") && places.into_iter().flatten().any(|id| id != NONE)
    };
    take(figures, &(0..figures.num_rows()).filter(|row| belongs(*row)).collect::<Vec<_>>())
}

fn grades_of(batches: &[RecordBatch]) -> Result<GradesOf<'_>, StageError> {
    let table = &enterprise_evaluation::TABLE;
    let mut grades = GradesOf::default();
    for batch in batches {
        let firms: &StringArray = column(batch, table, "uscc")?;
        let text = |name| labels(batch, table, name);
        let (counties, periods, of_firms) = (text("county_code")?, text("period")?, text("grade")?);
        let key = |row: usize| (counties.value(row), firms.value(row), periods.value(row));
        grades.extend((0..batch.num_rows()).filter_map(|row| Some((key(row), of_firms.get(row)?))));
    }
    Ok(grades)
}

/// A county's platforms in force at each period's end, by id and period.
fn in_force<'a>(
    zones: &'a RecordBatch,
    periods: &[Period],
) -> Result<BTreeMap<(String, String), Platform<'a>>, StageError> {
    let of = |name| column::<StringArray>(zones, &zone::TABLE, name);
    let (ids, counties, kinds, classes) = (of("zone_id")?, of("county_code")?, of("kind")?, of("class")?);
    let mut platforms = BTreeMap::new();
    for period in periods {
        for row in in_force_by("zone_id", zones, *period)? {
            let (kind, county) = (kinds.value(row), counties.value(row));
            if PLATFORM_KINDS.contains(&kind) {
                let platform = Platform { county, kind, class: text(classes, row), ..Platform::default() };
                platforms.insert((ids.value(row).to_owned(), period.to_string()), platform);
            }
        }
    }
    Ok(platforms)
}

/// A platform, and who belongs to it.
#[derive(Default)]
struct Platform<'a> {
    county: &'a str,
    kind: &'a str,
    class: Option<&'a str>,
    /// Rows of the figures.
    members: Vec<usize>,
    land: i64,
    /// Of those graded A to D: how many, and their land.
    graded: [(i64, i64); Grade::ALL.len()],
    apart: i64,
}

impl Platform<'_> {
    fn add(&mut self, row: usize, land: i64, grade: Option<&str>) {
        self.members.push(row);
        self.land += land;
        match grade.map(|grade| Grade::ALL.iter().position(|one| one.as_str() == grade)) {
            Some(Some(at)) => {
                self.graded[at].0 += 1;
                self.graded[at].1 += land;
            }
            Some(None) => self.apart += 1,
            None => {}
        }
    }

    fn append(&self, out: &mut enterprise_figure::Builder, rows: &enterprise_figure::View<'_>, id: &str, period: &str) {
        total::append(out, rows, &self.members);
        out.uscc.append_value(id);
        out.county_code.append_value(self.county);
        out.period.append_value(period);
        out.industry_code.append_option(None::<&str>);
        out.is_under_construction.append_option(None::<bool>);
        for count in [&mut out.obligations_due, &mut out.obligations_met, &mut out.obligations_missed] {
            count.append_null();
        }
        out.obligations_completeness.append_value(Completeness::None.as_str());
        out.years_in_production.append_null();
        out.owns_land.append_value(false);
        out.tenants.append_value(0);
        out.lessor_uscc.append_null();
        out.platform_id.append_value(id);
        out.micro_park_id.append_option(None::<&str>);
        for flag in [&mut out.is_above_scale, &mut out.is_high_tech, &mut out.is_specialised, &mut out.is_key] {
            flag.append_null();
        }
        out.group_uscc.append_option(None::<&str>);
        out.link_standing.append_option(None::<&str>);
    }

    fn append_facts(&self, out: &mut platform_figure::Builder, id: &str, period: &str) {
        out.platform_id.append_value(id);
        out.county_code.append_value(self.county);
        out.period.append_value(period);
        out.kind.append_value(self.kind);
        out.class.append_option(self.class);
        out.enterprises.append_value(i64::try_from(self.members.len()).unwrap_or(i64::MAX));
        let columns = [
            (&mut out.grade_a, &mut out.grade_a_cm2),
            (&mut out.grade_b, &mut out.grade_b_cm2),
            (&mut out.grade_c, &mut out.grade_c_cm2),
            (&mut out.grade_d, &mut out.grade_d_cm2),
        ];
        for ((count, land), graded) in columns.into_iter().zip(self.graded) {
            count.append_value(graded.0);
            land.append_value(graded.1);
        }
        out.apart.append_value(self.apart);
        out.land_cm2.append_value(self.land);
    }
}

/// What a platform has besides the sums, as the policy's conditions and indicators see it.
pub(super) fn add_columns(columns: &mut Columns, facts: &RecordBatch, figures: &RecordBatch) -> Result<(), StageError> {
    let (rows, sums) = (platform_figure::View::of(facts)?, enterprise_figure::View::of(figures)?);
    let count = facts.num_rows();
    let known = |of: &dyn Fn(usize) -> Known| -> Vec<Known> { (0..count).map(of).collect() };
    // Who has no grade yet may still get one.
    let graded = |row: usize| {
        let some = [rows.grade_a, rows.grade_b, rows.grade_c, rows.grade_d, rows.apart];
        let some: i64 = some.map(|grade| grade.value(row)).iter().sum();
        if some == rows.enterprises.value(row) { Known::Exact } else { Known::AtLeast }
    };
    let share = |above: &Int64Array, below: &Int64Array, known: Vec<Known>| ColumnData::Quotient {
        above: above.clone(),
        below: below.clone(),
        known,
    };
    let is_doubtful = |row: usize| sums.is_land_doubtful.value(row);
    let of_land = known(&|row| if is_doubtful(row) { Known::Unknown } else { graded(row) });
    for (name, data) in [
        ("platform_id", ColumnData::Text(rows.platform_id.clone())),
        ("kind", ColumnData::Text((0..count).map(|row| rows.kind.get(row)).collect())),
        ("class", ColumnData::Text((0..count).map(|row| rows.class.get(row)).collect())),
        ("enterprises", ColumnData::Quantity { value: rows.enterprises.clone(), known: vec![Known::Exact; count] }),
        ("grade_a_share", share(rows.grade_a, rows.enterprises, known(&graded))),
        ("grade_d_land_share", share(rows.grade_d_cm2, sums.land_cm2, of_land)),
    ] {
        columns.insert(name, data).map_err(StageError::untyped)?;
    }
    Ok(())
}

/// What platforms come to.
pub struct EvaluatedPlatforms {
    /// `platform_evaluation`, sorted by key.
    pub evaluations: RecordBatch,
    /// `platform_indicator`, sorted by key.
    pub indicators: RecordBatch,
    /// `platform_adjustment`, sorted by key.
    pub adjustments: RecordBatch,
    /// `benchmark` of platforms' groups, sorted by key.
    pub benchmarks: RecordBatch,
    /// `history_benchmark` of these, sorted by key.
    pub history: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
}

/// Evaluates the platforms (`figures`, `facts`: [`PlatformFigures`]) of each county by the sets that judge it. `last` has the means of
/// years that are not judged any more.
///
/// # Errors
/// Never by the data.
pub fn evaluate_platforms(
    figures: &RecordBatch,
    facts: &RecordBatch,
    sets: &[(String, Vec<(Period, &RuleSet)>)],
    last: &LastMeans,
) -> Result<EvaluatedPlatforms, StageError> {
    let mut judging: BTreeMap<(Period, &str), (&RuleSet, BTreeSet<&str>)> = BTreeMap::new();
    for (county, sets) in sets {
        for (period, set) in sets {
            judging.entry((*period, &set.id)).or_insert((set, BTreeSet::new())).1.insert(county);
        }
    }
    let counties = platform_figure::View::of(facts)?.county_code;
    let mut parts = Vec::new();
    for ((period, _), (set, own)) in judging {
        let rows: Vec<usize> = (0..facts.num_rows()).filter(|row| own.contains(counties.value(*row))).collect();
        parts.push(([(period, set)], take(figures, &rows)?, take(facts, &rows)?));
    }
    let mut pooled = Vec::new();
    for (set, figures, facts) in &parts {
        pooled.push(populations(Subjects { figures, platforms: Some(facts) }, set)?);
    }
    let in_use: Vec<(Period, &RuleSet)> = parts.iter().flat_map(|(set, ..)| *set).collect();
    let Reduced { benchmarks, history, issues } = benchmarks(Subject::Platform, &pooled, &in_use, last)?;
    let (mut evaluations, mut indicators, mut adjustments, mut issues) = (vec![], vec![], vec![], vec![issues]);
    for (set, figures, facts) in &parts {
        let evaluated = evaluate(Subjects { figures, platforms: Some(facts) }, &benchmarks, set)?;
        evaluations.push(evaluated.evaluations);
        indicators.push(evaluated.indicators);
        adjustments.push(evaluated.adjustments);
        issues.push(evaluated.issues);
    }
    let evaluations = enterprise_evaluation::TABLE.concat(&evaluations)?;
    let indicators = enterprise_indicator::TABLE.concat(&indicators)?;
    let adjustments = enterprise_adjustment::TABLE.concat(&adjustments)?;
    Ok(EvaluatedPlatforms {
        evaluations: of_platforms(&evaluations, &platform_evaluation::TABLE)?,
        indicators: of_platforms(&indicators, &platform_indicator::TABLE)?,
        adjustments: of_platforms(&adjustments, &platform_adjustment::TABLE)?,
        benchmarks,
        history,
        issues: issue::TABLE.concat(&issues)?,
    })
}

/// Rows of a table of enterprises as those of the like table of platforms.
fn of_platforms(rows: &RecordBatch, table: &'static Table) -> Result<RecordBatch, StageError> {
    let of = |name: &str| by_name(rows, if name == "platform_id" { "uscc" } else { name });
    let columns: Vec<ArrayRef> = table.columns.iter().map(|column| of(column.name)).collect::<Result<_, _>>()?;
    sorted(&RecordBatch::try_new(table.schema(), columns)?, table.key)
}
