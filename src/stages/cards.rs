//! Map over parts: one flat row a parcel for the scene.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take;

use super::StageError;
use super::order::{self, beside, number, take as rows_of, value};
use super::yields::in_force_by_id;
use crate::domain::{Divisions, Map, Period};
use crate::table::{
    Labels, block_member, column, label_texts as texts, labelled, labels, parcel, parcel_card, parcel_enterprise,
    parcel_finding, parcel_rule_status, parcel_yield,
};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 6;

/// What the stage reads of a part.
pub struct Part<'a> {
    /// `parcel`: the columns of [`PARCEL_COLUMNS`].
    pub parcels: &'a RecordBatch,
    /// `parcel_yield`: [`yield_columns`].
    pub yields: &'a RecordBatch,
    /// `parcel_rule_status`: [`STATUS_COLUMNS`].
    pub status: &'a RecordBatch,
    /// `parcel_finding`: [`FINDING_COLUMNS`].
    pub findings: &'a RecordBatch,
    /// `parcel_enterprise` of the county: [`ENTERPRISE_COLUMNS`].
    pub enterprises: &'a RecordBatch,
    /// Who is in a block.
    pub members: &'a Members,
}

/// The members of all blocks, by parcel.
pub struct Members(Map<Box<str>, (String, String)>);

impl Members {
    /// Those in a batch of `block_member`.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(batch: &RecordBatch) -> Result<Self, StageError> {
        let rows = block_member::View::of(batch)?;
        let member = |row| (rows.block_id.value(row).to_owned(), rows.role.value(row).to_owned());
        Ok(Self((0..batch.num_rows()).map(|row| (rows.parcel_id.value(row).into(), member(row))).collect()))
    }

    /// A parcel's block and its role in it.
    fn block(&self, parcel: &str) -> Option<(&str, &str)> {
        self.0.get(parcel).map(|(block, role)| (block.as_str(), role.as_str()))
    }
}

/// The columns of `parcel` that are read.
pub const PARCEL_COLUMNS: &[&str] = &["parcel_id", "valid_from", "valid_to", "lon", "lat"];

/// The columns of `parcel_rule_status` that are read.
pub const STATUS_COLUMNS: &[&str] =
    &["parcel_id", "period", "judgement", "is_low_efficiency_computed", "is_low_efficiency", "first_rule_id"];

/// The columns of `parcel_finding` that are read.
pub const FINDING_COLUMNS: &[&str] = &["parcel_id", "period"];

/// The columns of `parcel_enterprise` that are read.
pub const ENTERPRISE_COLUMNS: &[&str] = &["parcel_id", "uscc", "period", "occupied_cm2", "tax_yuan"];

/// The columns of `parcel_yield` that are read: those that a card says as it does.
#[must_use]
pub fn yield_columns() -> Vec<&'static str> {
    let names = parcel_card::TABLE.columns.iter().map(|column| column.name);
    names.filter(|name| parcel_yield::TABLE.columns.iter().any(|column| column.name == *name)).collect()
}

/// `parcel_card` of a part, sorted by key, as all that is read is but `parcel`.
///
/// # Errors
/// Never by the data.
pub fn cards(part: &Part<'_>, latest: Period, divisions: &Divisions) -> Result<RecordBatch, StageError> {
    let period = latest.to_string();
    let is_latest = labels(part.yields, &parcel_yield::TABLE, "period")?.standing(&period);
    let rows: Vec<usize> = (0..part.yields.num_rows()).filter(|row| is_latest.at(*row)).collect();
    let yields = rows_of(part.yields, &rows)?;
    let ids: &StringArray = column(&yields, &parcel_yield::TABLE, "parcel_id")?;
    let counties = labels(&yields, &parcel_yield::TABLE, "county_code")?;
    let parcels = parcels(part.parcels, ids, latest)?;
    let words = words(part.status, ids, &period)?;
    let main = main_enterprises(part.enterprises, ids, &period)?;
    let blocks: Vec<Option<(&str, &str)>> = ids.iter().map(|id| part.members.block(id?)).collect();
    let taken = |batch: &RecordBatch, name, rows| Ok::<_, StageError>(take(&order::column(batch, name)?, rows, None)?);
    let mut own: BTreeMap<&str, ArrayRef> = BTreeMap::from([
        ("province_code", by_county(counties, |county| Some(up_to(county, 2)))),
        ("province_name", by_county(counties, |county| divisions.name(up_to(county, 2)))),
        ("city_code", by_county(counties, |county| Some(up_to(county, 4)))),
        ("city_name", by_county(counties, |county| divisions.name(up_to(county, 4)))),
        ("county_name", by_county(counties, |county| divisions.name(county))),
        ("main_uscc", taken(part.enterprises, "uscc", &main)?),
        ("finding_count", finding_counts(part.findings, ids, &period)?),
        ("block_id", texts(blocks.iter().map(|block| block.map(|(block, _)| block)))),
        ("block_role", texts(blocks.iter().map(|block| block.map(|(_, role)| role)))),
    ]);
    for name in ["lon", "lat"] {
        own.insert(name, taken(part.parcels, name, &parcels)?);
    }
    for name in ["judgement", "is_low_efficiency_computed", "is_low_efficiency", "first_rule_id"] {
        own.insert(name, taken(part.status, name, &words)?);
    }
    let all = parcel_card::TABLE.columns.iter().map(|declared| match own.remove(declared.name) {
        Some(column) => Ok(column),
        None => order::column(&yields, declared.name),
    });
    Ok(RecordBatch::try_new(parcel_card::TABLE.schema(), all.collect::<Result<_, _>>()?)?)
}

/// What follows from the county of each row.
fn by_county<'a>(counties: Labels<'a>, what: impl Fn(&'a str) -> Option<&'a str>) -> ArrayRef {
    let by_code: Vec<Option<&str>> = counties.names().iter().map(|county| what(county?)).collect();
    let code = |row| Some(counties.code(row)).filter(|code| by_code[*code].is_some());
    labelled(by_code.iter().map(|text| text.unwrap_or_default()), (0..counties.len()).map(code))
}

/// The beginning of a division's code.
fn up_to(county: &str, length: usize) -> &str {
    county.get(..length).unwrap_or(county)
}

/// The rows of `parcels` in force.
fn parcels(parcels: &RecordBatch, ids: &StringArray, latest: Period) -> Result<UInt32Array, StageError> {
    let known: &StringArray = column(parcels, &parcel::TABLE, "parcel_id")?;
    // There is a yield for each, if a set judges the period at all.
    let mut there = in_force_by_id(parcels, &[latest])?.into_iter().map(|own| own.row);
    Ok(ids.iter().map(|id| there.find(|row| Some(known.value(*row)) == id).and_then(number)).collect())
}

/// The rows of `status`.
fn words(status: &RecordBatch, ids: &StringArray, period: &str) -> Result<UInt32Array, StageError> {
    let is_latest = labels(status, &parcel_rule_status::TABLE, "period")?.standing(period);
    let known = column(status, &parcel_rule_status::TABLE, "parcel_id")?;
    Ok(beside(ids.iter().flatten(), known)
        .map(|mut rows| rows.find(|row| is_latest.at(*row)).and_then(number))
        .collect())
}

/// The rows of the enterprises with most land on each parcel, then most tax, then the smaller id.
fn main_enterprises(enterprises: &RecordBatch, ids: &StringArray, period: &str) -> Result<UInt32Array, StageError> {
    let table = &parcel_enterprise::TABLE;
    let is_latest = labels(enterprises, table, "period")?.standing(period);
    let land: &Int64Array = column(enterprises, table, "occupied_cm2")?;
    let tax: &Decimal128Array = column(enterprises, table, "tax_yuan")?;
    // Of those on one parcel, which are sorted by id, the first stands where all else is equal.
    let rank = |row: &usize| (value(land, *row), value(tax, *row), Reverse(*row));
    let most = |rows: Range<usize>| rows.filter(|row| is_latest.at(*row)).max_by_key(rank).and_then(number);
    Ok(beside(ids.iter().flatten(), column(enterprises, table, "parcel_id")?).map(most).collect())
}

fn finding_counts(findings: &RecordBatch, ids: &StringArray, period: &str) -> Result<ArrayRef, StageError> {
    let is_latest = labels(findings, &parcel_finding::TABLE, "period")?.standing(period);
    let found = beside(ids.iter().flatten(), column(findings, &parcel_finding::TABLE, "parcel_id")?);
    let count = |rows: Range<usize>| i32::try_from(rows.filter(|row| is_latest.at(*row)).count()).ok();
    Ok(Arc::new(found.map(count).collect::<Int32Array>()))
}
