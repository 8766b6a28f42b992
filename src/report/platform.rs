//! A platform or micro-park: how it was evaluated in each period, and what its land and its enterprises come to.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use serde_json::json;

use super::at;
use super::enterprise::places;
use super::evaluation::{Evaluations, number};
use super::members::{Members, Sum};
use super::number::{FEWEST, Printed, product};
use super::tree::Section;
use super::voice::{Language, Voice};
use crate::domain::Period;
use crate::policy::evaluation::Subject;
use crate::table::{
    Table, TableError, benchmark, dim_platform, enterprise_adjustment, enterprise_evaluation, enterprise_group,
    enterprise_indicator, evaluation_item, platform_summary,
};

/// What is read to explain a platform.
#[derive(Debug)]
pub struct PlatformTables {
    /// `dim_platform`: its row.
    pub known: RecordBatch,
    /// `platform_evaluation`: its rows, and those it is ranked among.
    pub evaluations: RecordBatch,
    /// `platform_indicator`: its rows.
    pub indicators: RecordBatch,
    /// `platform_adjustment`: its rows.
    pub adjustments: RecordBatch,
    /// `evaluation_item`.
    pub items: RecordBatch,
    /// `benchmark`.
    pub benchmarks: RecordBatch,
    /// `platform_summary`: its rows.
    pub summaries: RecordBatch,
    /// `platform_enterprise`: its rows.
    pub members: RecordBatch,
    /// `enterprise_evaluation`: theirs.
    pub of_members: RecordBatch,
    /// `dim_division`.
    pub divisions: RecordBatch,
}

/// The explanation of the platform in the first row of `known`, of one period or all.
///
/// # Errors
/// When a batch is not of the table it stands for.
pub fn platform(id: &str, tables: &PlatformTables, period: Option<&str>, voice: Voice) -> Result<Section, TableError> {
    let known = dim_platform::View::of(&tables.known)?;
    let kind = known.kind.value(0);
    let kind_text = if kind == "micro_park" {
        voice.say("小微企业园", "micro-park")
    } else {
        voice.say("产业平台", "platform")
    };
    let mut section = Section::new("platform", format!("{kind_text} {id}"));
    let text = |column: &StringArray| column.is_valid(0).then(|| column.value(0).to_owned());
    let name = text(known.name);
    section.tell("name", voice.say("名称", "name"), name.as_deref().unwrap_or("-"), name.as_deref());
    let class = known.class.get(0);
    section.tell("class", voice.say("分类", "class"), class.unwrap_or("-"), class);
    let (county, places) = (known.county_code.value(0), places(&tables.divisions)?);
    let place = places.get(county).map_or(county.to_owned(), |name| format!("{name} {county}"));
    section.tell("county_code", voice.say("县区代码", "county"), place.as_str(), county);
    let built = known.built.is_valid(0).then(|| known.built.value_as_date(0)).flatten().map(|day| day.to_string());
    section.tell("built", voice.say("建成日期", "built"), built.as_deref().unwrap_or("-"), built.as_deref());
    let area = known.area_mu.value(0);
    section.tell("area_mu", voice.say("面积", "area"), format!("{}{}", Printed::of(area, 2), voice.unit("mu")), area);
    let evaluations = like_enterprises(&tables.evaluations, &enterprise_evaluation::TABLE)?;
    let indicators = like_enterprises(&tables.indicators, &enterprise_indicator::TABLE)?;
    let adjustments = like_enterprises(&tables.adjustments, &enterprise_adjustment::TABLE)?;
    let groups = RecordBatch::new_empty(enterprise_group::TABLE.schema());
    let told = Evaluations {
        subject: Subject::Platform,
        rows: enterprise_evaluation::View::of(&evaluations)?,
        indicators: enterprise_indicator::View::of(&indicators)?,
        adjustments: enterprise_adjustment::View::of(&adjustments)?,
        said: evaluation_item::View::of(&tables.items)?,
        benchmarks: benchmark::View::of(&tables.benchmarks)?,
        groups: enterprise_group::View::of(&groups)?,
        voice,
    };
    let is_asked = |one: &str| period.is_none_or(|period| period == one);
    for row in (0..evaluations.num_rows()).filter(|row| told.rows.uscc.value(*row) == id) {
        if is_asked(told.rows.period.value(row)) {
            section.add(told.section(row, &place));
        }
    }
    let summaries = platform_summary::View::of(&tables.summaries)?;
    let members = Members::of(&tables.members, &tables.of_members, &places, voice)?;
    for row in (0..tables.summaries.num_rows()).filter(|row| is_asked(summaries.period.value(*row))) {
        section.add(summary(&summaries, row, voice));
        let period = summaries.period.value(row);
        let is_own = |row: &usize| (told.rows.uscc.value(*row), told.rows.period.value(*row)) == (id, period);
        let own = (0..evaluations.num_rows()).find(is_own);
        section.add(members.section(&Sum {
            period,
            county,
            tax: own.map(|row| (at(told.rows.tax_yuan, row), told.rows.tax_completeness.value(row))),
            land: summaries.enterprise_mu.value(row),
            area: Some(area).filter(|_| was_there(&known, period)),
        }));
    }
    Ok(section)
}

/// Whether the version in the first row was in force at the period's end.
fn was_there(known: &dim_platform::View<'_>, period: &str) -> bool {
    let end = period.parse::<Period>().ok().map(Period::end);
    known.valid_from.value_as_date(0).zip(end).is_some_and(|(from, end)| from <= end)
}

/// Rows of a table of platforms as those of the like table of enterprises.
fn like_enterprises(rows: &RecordBatch, table: &'static Table) -> Result<RecordBatch, TableError> {
    let schema = table.schema();
    let of = |field: &Arc<arrow::datatypes::Field>| -> ArrayRef {
        let name = if field.name() == "uscc" { "platform_id" } else { field.name() };
        rows.column_by_name(name).cloned().unwrap_or_else(|| new_null_array(field.data_type(), rows.num_rows()))
    };
    let columns = schema.fields().iter().map(of).collect();
    RecordBatch::try_new(schema, columns).map_err(|source| TableError::Arrow { table: table.name, source })
}

/// Its land and grades in one period.
fn summary(rows: &platform_summary::View<'_>, row: usize, voice: Voice) -> Section {
    let period = rows.period.value(row);
    let title = match voice.language {
        Language::Chinese => format!("{period} 年用地与档次"),
        Language::English => format!("land and grades of {period}"),
    };
    let mut section = Section::new("summary", title);
    let (mu, land, low) = (voice.unit("mu"), rows.land_mu.value(row), rows.low_mu.value(row));
    let (parcels, industrial, judged, bad) =
        (rows.parcels.value(row), rows.industrial_parcels.value(row), rows.judged.value(row), rows.low.value(row));
    let text = match voice.language {
        Language::Chinese => {
            format!("{parcels} 宗，其中工业用地 {industrial} 宗，{}{mu}", Printed::of(land, 4))
        }
        Language::English => format!("{parcels}, of them {industrial} industrial with {}{mu}", Printed::of(land, 4)),
    };
    let value = json!({ "parcels": parcels, "industrial_parcels": industrial, "land_mu": land });
    section.tell("parcels", voice.say("归入宗地", "parcels"), text, value);
    let text = match voice.language {
        Language::Chinese => format!("{bad} 宗，{}{mu}（已判定 {judged} 宗）", Printed::of(low, 4)),
        Language::English => format!("{bad} with {}{mu}, of {judged} judged", Printed::of(low, 4)),
    };
    section.tell(
        "low",
        voice.say("低效", "low-efficiency"),
        text,
        json!({ "parcels": bad, "low_mu": low, "judged": judged }),
    );
    tell_tax(&mut section, rows, row, voice);
    let grades = [
        ("A", rows.grade_a, Some(rows.grade_a_mu)),
        ("B", rows.grade_b, Some(rows.grade_b_mu)),
        ("C", rows.grade_c, Some(rows.grade_c_mu)),
        ("D", rows.grade_d, Some(rows.grade_d_mu)),
        ("T", rows.apart, None),
        ("-", rows.ungraded, None),
    ];
    for (grade, counts, lands) in grades.into_iter().filter(|(_, counts, _)| counts.value(row) > 0) {
        let (count, land) = (counts.value(row), lands.map(|lands| lands.value(row)));
        let land_text = land.map_or(String::new(), |land| format!(", {}{mu}", Printed::of(land, 4)));
        let text = match voice.language {
            Language::Chinese => format!("{count} 家{}", land_text.replace(", ", "，")),
            Language::English => format!("{count}{land_text}"),
        };
        let label = match (grade, voice.language) {
            ("-", _) => voice.say("未评企业", "enterprises without grade").to_owned(),
            (grade, Language::Chinese) => format!("{grade} 档企业"),
            (grade, Language::English) => format!("enterprises graded {grade}"),
        };
        section.tell("grade", &label, text, json!({ "grade": grade, "enterprises": count, "land_mu": land }));
    }
    section
}

/// Tax per mu of the parcels whose tax is complete, as a formula.
fn tell_tax(section: &mut Section, rows: &platform_summary::View<'_>, row: usize, voice: Voice) {
    let tax = Printed::hundredths(rows.rated_tax_yuan.value(row));
    let (land, per_mu) = (rows.rated_land_mu.value(row), at(rows.tax_wan_per_mu, row));
    let (unit, mu) = (voice.unit("wan_yuan/mu"), voice.unit("mu"));
    let text = match per_mu {
        None => voice.say("没有税收完整的宗地", "no parcel's tax is complete").to_owned(),
        Some(per_mu) => {
            let result = Printed::of(per_mu, FEWEST);
            let follows = |places: &u32| {
                product(&[tax.in_wan()], &[Printed::of(land, *places)], FEWEST).is_some_and(|value| value == result)
            };
            let land = Printed::of(land, (FEWEST..10).find(follows).unwrap_or(10));
            let tax = voice.amount(tax.in_wan().trimmed());
            format!("{tax}{} / {land}{mu} = {}{unit}", voice.unit("wan_yuan"), voice.amount(result))
        }
    };
    let value = json!({
        "rated_tax_yuan": voice.amount_value(number(tax)),
        "rated_land_mu": land,
        "tax_wan_per_mu": voice.amount_value(per_mu),
    });
    let label = voice.say("亩均税收（税收完整的宗地）", "tax per mu, of parcels whose tax is complete");
    section.tell("tax_per_mu", label, text, value);
}
