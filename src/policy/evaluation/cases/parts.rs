//! The enterprises that a case gives, so that what they come to together is summed by the code of a run.

use super::super::super::columns::{ColumnData, Columns, Reading};
use super::super::super::measure::ColumnKind::{Bool, Quantity, Text};
use super::super::super::measure::{Catalogue, Column, column};
use super::super::super::number::Scalar;
use super::super::model::{Grade, Graded, Subject};
use crate::document::{Document, DocumentError};
use crate::domain::Map;
use toml::Spanned;

/// What a case can tell of an enterprise whose figures are summed. Amounts are those that ledgers and lists have.
pub static PARTS: Catalogue = Catalogue::of(&[&[
    column("land_mu", "评价用地面积", Quantity("mu"), &[]),
    column("tax_yuan", "税收", Quantity("yuan"), &[]),
    column("energy_tce_equivalent", "综合能耗（等价值）", Quantity("tce"), &[]),
    column("electricity_kwh", "用电量", Quantity("kwh"), &[]),
    column("revenue_yuan", "营业收入", Quantity("yuan"), &[]),
    column("value_added_yuan", "工业增加值", Quantity("yuan"), &[]),
    column("rd_yuan", "研发费用", Quantity("yuan"), &[]),
    column("staff", "从业人员", Quantity("person"), &[]),
    column("emission_t", "污染物排放（加权）", Quantity("t"), &[]),
    column("safety_violations", "安全生产违法次数", Quantity("ratio"), &[]),
    column("environment_violations", "环境违法次数", Quantity("ratio"), &[]),
    column("tax_violations", "涉税违法次数", Quantity("ratio"), &[]),
    column("wage_violations", "欠薪违法次数", Quantity("ratio"), &[]),
    column("years_in_production", "投产年数", Quantity("ratio"), &[]),
    column("is_above_scale", "是否规上", Bool, &[]),
    column("is_high_tech", "是否高新技术企业", Bool, &[]),
    column("is_specialised", "是否专精特新企业", Bool, &[]),
    column("is_key", "是否重点企业", Bool, &[]),
    // Of a platform's enterprise.
    column("grade", "评价等级", Text, &[]),
]]);

/// Refuses what is no enterprise's grade.
///
/// # Errors
/// With its line, and those that there are.
pub fn check_grade(document: &Document, name: &str, value: &Spanned<Scalar>) -> Result<(), DocumentError> {
    let known = || Grade::ALL.map(Grade::as_str).into_iter().chain([Graded::Apart.as_str()]);
    match value.get_ref() {
        Scalar::Text(text) if known().any(|one| one == text) => Ok(()),
        _ => {
            let known = known().collect::<Vec<_>>().join(", ");
            Err(document.error(value.span(), format!("`{name}` is one of {known}")))
        }
    }
}

/// Sums enterprises (columns of [`PARTS`]) by the place that stands beside each among those evaluated: one row a place, of
/// the subject's catalogue. The summing is that of runs, which lies above the policy and so is handed in.
pub type Summing = fn(Subject, &Columns, &[usize]) -> Result<Columns, String>;

/// What enterprises came to, for some of those evaluated.
pub struct Summed<'a> {
    /// One row each.
    pub columns: &'a Columns,
    /// Its row, of each that is asked for.
    pub rows: Vec<usize>,
}

impl Summed<'_> {
    /// Whether sums tell the column: not texts, and not who lets to whom.
    pub fn tells(&self, column: &Column) -> bool {
        let is_of_case = column.kind == Text || ["owns_land", "tenants"].contains(&column.name);
        !is_of_case && self.columns.data(column).is_some()
    }

    pub fn flag(&self, column: &Column, at: usize) -> Option<bool> {
        let flags = self.columns.bools(column).filter(|_| self.tells(column))?;
        super::super::members::get(flags, self.rows[at])
    }

    pub fn reading(&self, column: &Column, at: usize) -> Option<Reading> {
        self.columns.data(column).filter(|_| self.tells(column))?.reading(self.rows[at])
    }
}

/// What is told of each part, for the code that sums.
pub struct Told<'a>(Map<&'static str, &'a ColumnData>);

impl<'a> Told<'a> {
    /// Of columns of [`PARTS`].
    #[must_use]
    pub fn of(columns: &'a Columns) -> Self {
        Self(PARTS.columns().filter_map(|column| Some((column.name, columns.data(column)?))).collect())
    }

    /// A number in smallest units, and whether it is all; none where nothing is told.
    #[must_use]
    pub fn number(&self, name: &str, row: usize) -> Option<(i64, bool)> {
        self.0.get(name)?.reading(row).map(|reading| (reading.above, reading.is_exact))
    }

    /// A flag.
    #[must_use]
    pub fn flag(&self, name: &str, row: usize) -> Option<bool> {
        match self.0.get(name)? {
            ColumnData::Bool(flags) => super::super::members::get(flags, row),
            _ => None,
        }
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str, row: usize) -> Option<&'a str> {
        match self.0.get(name)? {
            ColumnData::Text(texts) => arrow::array::Array::is_valid(texts, row).then(|| texts.value(row)),
            _ => None,
        }
    }
}
