//! An enterprise: how it was evaluated in each county and period, on which parcels it stands, and from which rows that follows.

use std::collections::BTreeMap;

use arrow::array::{Float64Array, RecordBatch, StringArray};
use serde_json::{Value, json};

use super::at;
use super::evaluation::Evaluations;
use super::history::history;
use super::number::Printed;
use super::promises::promises;
use super::sources::{Lineage, sources};
use super::tree::Section;
use super::voice::{Language, Voice};
use crate::policy::evaluation::Subject;
use crate::table::enterprise as register;
use crate::table::{
    TableError, benchmark, column, dim_division, enterprise_adjustment, enterprise_evaluation, enterprise_group,
    enterprise_indicator, evaluation_item, labels, parcel_enterprise,
};

/// What is read to explain an enterprise.
#[derive(Debug)]
pub struct EnterpriseTables {
    /// `enterprise`: its row, if it is registered.
    pub register: RecordBatch,
    /// `enterprise_evaluation` of the counties that evaluate it.
    pub evaluations: RecordBatch,
    /// `enterprise_indicator`: its rows.
    pub indicators: RecordBatch,
    /// `enterprise_adjustment`: its rows.
    pub adjustments: RecordBatch,
    /// `evaluation_item`.
    pub items: RecordBatch,
    /// `enterprise_group`: those of the groups it is evaluated with.
    pub groups: RecordBatch,
    /// `history_grade`: its rows.
    pub history: RecordBatch,
    /// `benchmark`.
    pub benchmarks: RecordBatch,
    /// `parcel_enterprise`: its rows.
    pub holdings: RecordBatch,
    /// `project_state`: its rows.
    pub promises: RecordBatch,
    /// `dim_division`.
    pub divisions: RecordBatch,
    /// Its source rows.
    pub lineages: Vec<Lineage>,
}

/// The explanation of the enterprise, of one period or all.
///
/// # Errors
/// When a batch is not of the table it stands for.
pub fn enterprise(
    uscc: &str,
    tables: &EnterpriseTables,
    period: Option<&str>,
    voice: Voice,
) -> Result<Section, TableError> {
    let mut section = Section::new("enterprise", format!("{} {uscc}", voice.say("企业", "enterprise")));
    if tables.register.num_rows() > 0 {
        let name = column::<StringArray>(&tables.register, &register::TABLE, "name")?;
        let industry = labels(&tables.register, &register::TABLE, "industry_code")?;
        let name = arrow::array::Array::is_valid(name, 0).then(|| name.value(0));
        section.tell("name", voice.say("名称", "name"), name.unwrap_or("-"), name);
        section.tell(
            "industry_code",
            voice.say("行业代码", "industry"),
            industry.get(0).unwrap_or("-"),
            industry.get(0),
        );
    } else {
        let text = voice.say("不在企业登记中", "not in the register");
        section.tell("name", voice.say("名称", "name"), text, Value::Null);
    }
    let places = places(&tables.divisions)?;
    let evaluations = Evaluations {
        subject: Subject::Enterprise,
        rows: enterprise_evaluation::View::of(&tables.evaluations)?,
        indicators: enterprise_indicator::View::of(&tables.indicators)?,
        adjustments: enterprise_adjustment::View::of(&tables.adjustments)?,
        said: evaluation_item::View::of(&tables.items)?,
        benchmarks: benchmark::View::of(&tables.benchmarks)?,
        groups: enterprise_group::View::of(&tables.groups)?,
        voice,
    };
    let rows = &evaluations.rows;
    let is_asked = |one: &str| period.is_none_or(|period| period == one);
    for row in (0..tables.evaluations.num_rows()).filter(|row| rows.uscc.value(*row) == uscc) {
        if is_asked(rows.period.value(row)) {
            let county = rows.county_code.value(row);
            let place = places.get(county).map_or(county.to_owned(), |name| format!("{name} {county}"));
            section.add(evaluations.section(row, &place));
        }
    }
    if let Some(history) = history(&tables.history, rows, &places, voice)? {
        section.add(history);
    }
    section.add(holdings(&tables.holdings, &is_asked, voice)?);
    section.add(promises(&tables.promises, &is_asked, voice)?);
    section.add(sources(&tables.lineages, period, &|_| String::new(), voice)?);
    Ok(section)
}

/// Names of divisions by code.
pub(super) fn places(divisions: &RecordBatch) -> Result<BTreeMap<&str, &str>, TableError> {
    let rows = dim_division::View::of(divisions)?;
    Ok(rows.division_code.iter().flatten().zip(rows.name.iter().flatten()).collect())
}

/// Its parcels with what it holds of each.
fn holdings(batch: &RecordBatch, is_asked: &dyn Fn(&str) -> bool, voice: Voice) -> Result<Section, TableError> {
    let table = &parcel_enterprise::TABLE;
    let (ids, periods) = (column::<StringArray>(batch, table, "parcel_id")?, labels(batch, table, "period")?);
    let (land, share) =
        (column::<Float64Array>(batch, table, "occupied_mu")?, column::<Float64Array>(batch, table, "land_share")?);
    let mut rows: Vec<usize> = (0..batch.num_rows()).filter(|row| is_asked(periods.value(*row))).collect();
    rows.sort_by_key(|row| (periods.value(*row), ids.value(*row)));
    let mut section = Section::new("parcels", voice.say("用地", "parcels"));
    for row in rows {
        let (id, period) = (ids.value(row), periods.value(row));
        let text = held(at(land, row), at(share, row), voice);
        let value =
            json!({ "parcel_id": id, "period": period, "occupied_mu": at(land, row), "land_share": at(share, row) });
        section.tell("parcel", &format!("{period} {id}"), text, value);
    }
    Ok(section)
}

/// Land in mu and as a share of the parcel.
pub(super) fn held(land: Option<f64>, share: Option<f64>, voice: Voice) -> String {
    let (Some(land), Some(share)) = (land, share) else {
        return voice.say("占用土地未知", "its land there is not known").to_owned();
    };
    let (land, percent) = (Printed::of(land, 4), Printed::of(share * 100.0, 2));
    match voice.language {
        Language::Chinese => format!("{land} 亩，占宗地 {percent} %"),
        Language::English => format!("{land} mu, {percent} % of the parcel"),
    }
}
