//! A parcel: what is found of it in each period and why, what could not be judged, who stands on it, and from which rows that
//! follows.

use std::collections::BTreeMap;

use arrow::array::{Array, Float64Array, RecordBatch, StringArray};
use serde_json::json;

use super::at;
use super::enterprise::held;
use super::finding::Findings;
use super::number::Printed;
use super::sources::{Lineage, sources};
use super::tree::Section;
use super::voice::{Language, Voice};
use crate::domain::{IssueCode, RejectCode};
use crate::table::{
    TableError, column, issue, labels, parcel_card, parcel_enterprise, parcel_finding, parcel_rule_status,
    parcel_yield, reject, rule, rule_coverage,
};

/// What is read to explain a parcel: of each table, its rows.
#[derive(Debug)]
pub struct ParcelTables {
    /// `parcel_card`.
    pub card: RecordBatch,
    /// `parcel_yield`.
    pub yields: RecordBatch,
    /// `parcel_finding`.
    pub findings: RecordBatch,
    /// `parcel_rule_status`.
    pub statuses: RecordBatch,
    /// `rule`: all.
    pub rules: RecordBatch,
    /// `rule_coverage` of its county.
    pub coverage: RecordBatch,
    /// `parcel_enterprise`.
    pub occupants: RecordBatch,
    /// `issue`.
    pub issues: RecordBatch,
    /// `reject`.
    pub rejects: RecordBatch,
    /// Its source rows.
    pub lineages: Vec<Lineage>,
}

/// The explanation of the parcel, of one period or all.
///
/// # Errors
/// When a batch is not of the table it stands for.
pub fn parcel(id: &str, tables: &ParcelTables, period: Option<&str>, voice: Voice) -> Result<Section, TableError> {
    let mut section = Section::new("parcel", format!("{} {id}", voice.say("宗地", "parcel")));
    tell_card(&mut section, &tables.card, voice)?;
    let names = names(&tables.occupants, voice)?;
    let who = |uscc: &str| names.get(uscc).cloned().unwrap_or_else(|| voice.amount(uscc));
    let findings = Findings {
        rows: parcel_finding::View::of(&tables.findings)?,
        statuses: parcel_rule_status::View::of(&tables.statuses)?,
        yields: parcel_yield::View::of(&tables.yields)?,
        rules: rule::View::of(&tables.rules)?,
        coverage: rule_coverage::View::of(&tables.coverage)?,
        voice,
    };
    let is_asked = |one: &str| period.is_none_or(|period| period == one);
    for row in (0..tables.yields.num_rows()).filter(|row| is_asked(findings.yields.period.value(*row))) {
        let mut year = findings.section(row);
        year.add(occupants(&tables.occupants, findings.yields.period.value(row), &who, voice)?);
        section.add(year);
    }
    section.add(remarks(tables, &is_asked, voice)?);
    section.add(sources(&tables.lineages, period, &who, voice)?);
    Ok(section)
}

/// Where it lies, and in which block.
fn tell_card(section: &mut Section, card: &RecordBatch, voice: Voice) -> Result<(), TableError> {
    let rows = parcel_card::View::of(card)?;
    if card.num_rows() == 0 {
        return Ok(());
    }
    let county = rows.county_code.value(0);
    let names = [rows.city_name.get(0), rows.county_name.get(0), Some(county)];
    let place = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    section.tell("county_code", voice.say("县区", "county"), place, county);
    let (land, area) = (rows.land_mu.value(0), rows.area_mu.value(0));
    let basis = rows.land_basis.value(0);
    let text = match voice.language {
        Language::Chinese => {
            format!("{} 亩（口径：{}）；椭球面积 {} 亩", Printed::of(land, 4), voice.word(basis), Printed::of(area, 4))
        }
        Language::English => {
            format!("{} mu ({basis}); ellipsoidal area {} mu", Printed::of(land, 4), Printed::of(area, 4))
        }
    };
    section.tell(
        "land",
        voice.say("面积", "land"),
        text,
        json!({ "land_mu": land, "land_basis": basis, "area_mu": area }),
    );
    let industrial = rows.is_industrial.value(0);
    section.tell("is_industrial", voice.say("是否工业用地", "industrial"), voice.yes_no(industrial), industrial);
    let block = rows.block_id.get(0);
    let text = match (block, rows.block_role.get(0)) {
        (Some(block), Some(role)) => format!("{block} ({})", voice.word(role)),
        _ => voice.say("不在片区内", "in none").to_owned(),
    };
    let value = json!({ "block_id": block, "role": rows.block_role.get(0), "period": rows.period.value(0) });
    section.tell("block", voice.say("低效片区", "block"), text, value);
    Ok(())
}

/// What its occupants are called: by their code where codes are shown, else by number, in the order of the codes.
fn names(occupants: &RecordBatch, voice: Voice) -> Result<BTreeMap<String, String>, TableError> {
    let codes = column::<StringArray>(occupants, &parcel_enterprise::TABLE, "uscc")?;
    let mut names: BTreeMap<String, String> =
        codes.iter().flatten().map(|code| (code.to_owned(), code.to_owned())).collect();
    if !voice.shows_amounts {
        let numbered = names.values_mut().zip(1..);
        numbered.for_each(|(name, number)| *name = format!("{}{number}", voice.say("企业", "enterprise ")));
    }
    Ok(names)
}

/// Who stands on it at the end of the period.
fn occupants(
    batch: &RecordBatch,
    period: &str,
    who: &dyn Fn(&str) -> String,
    voice: Voice,
) -> Result<Section, TableError> {
    let table = &parcel_enterprise::TABLE;
    let (codes, periods) = (column::<StringArray>(batch, table, "uscc")?, labels(batch, table, "period")?);
    let (land, share) =
        (column::<Float64Array>(batch, table, "occupied_mu")?, column::<Float64Array>(batch, table, "land_share")?);
    let tax = column::<arrow::array::Decimal128Array>(batch, table, "tax_yuan")?;
    let completeness = labels(batch, table, "tax_completeness")?;
    let mut section = Section::new("enterprises", voice.say("用地企业", "enterprises"));
    for row in (0..batch.num_rows()).filter(|row| periods.value(*row) == period) {
        let name = who(codes.value(row));
        let money = at(tax, row).map(|fen| Printed::hundredths(fen).to_string());
        let words = voice.completeness(completeness.value(row));
        let paid = money
            .as_ref()
            .map_or(words.to_owned(), |money| format!("{}{} ({words})", voice.amount(money), voice.unit("yuan")));
        let text = format!(
            "{}; {} {paid}",
            held(at(land, row), at(share, row), voice),
            voice.say("分摊税收", "tax allocated here")
        );
        let value = json!({ "enterprise": name, "occupied_mu": at(land, row), "land_share": at(share, row),
            "tax_yuan": money.map(|money| voice.amount(money)), "tax_completeness": completeness.value(row) });
        section.tell("enterprise", &name, text, value);
    }
    Ok(section)
}

/// What was remarked on it, and rows that name it and were refused.
fn remarks(tables: &ParcelTables, is_asked: &dyn Fn(&str) -> bool, voice: Voice) -> Result<Section, TableError> {
    let mut section = Section::new("remarks", voice.say("提示与拒收", "remarks and refused rows"));
    let issues = issue::View::of(&tables.issues)?;
    let period = |row: usize| issues.period.is_valid(row).then(|| issues.period.value(row));
    for row in (0..tables.issues.num_rows()).filter(|row| period(*row).is_none_or(is_asked)) {
        let code = issues.code.value(row);
        let known = IssueCode::ALL.iter().find(|one| one.as_str() == code);
        let label = format!("{} {}", voice.code(code, known.map(|one| one.label())), period(row).unwrap_or_default());
        let value = json!({ "code": code, "period": period(row), "count": issues.count.value(row) });
        section.tell("issue", label.trim_end(), issues.meaning.value(row), value);
    }
    let rejects = reject::View::of(&tables.rejects)?;
    for row in 0..tables.rejects.num_rows() {
        let (file, line) = (rejects.file.value(row), rejects.row.value(row));
        let text = match voice.language {
            Language::Chinese => format!("{file} 行 {line}：{}", rejects.reason.value(row)),
            Language::English => format!("{file} row {line}: {}", rejects.reason.value(row)),
        };
        let column = rejects.column.is_valid(row).then(|| rejects.column.value(row));
        let value = json!({ "code": rejects.code.value(row), "source_id": rejects.source_id.value(row), "file": file,
            "row": line, "column": column });
        let code = rejects.code.value(row);
        let known = RejectCode::ALL.iter().find(|one| one.as_str() == code);
        section.tell("reject", &voice.code(code, known.map(|one| one.label())), text, value);
    }
    Ok(section)
}
