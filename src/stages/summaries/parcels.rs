//! What a parcel adds to the divisions and platforms that it is counted in.

use arrow::array::{Array, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::order::fen;
use crate::table::{Labels, Standing, column, labels, parcel_rule_status, parcel_yield};

/// The columns of `parcel_rule_status` that tallies read.
pub const STATUS_COLUMNS: &[&str] = &["parcel_id", "period", "is_low_efficiency_computed", "is_low_efficiency"];

/// Counts, land and tax of parcels: the columns with which both tallies begin.
pub(super) type Terms = [i64; 10];

/// What tallies ask of yields.
pub(super) struct Yields<'a> {
    pub id: &'a StringArray,
    pub period: Labels<'a>,
    pub is_industrial: &'a BooleanArray,
    pub land: &'a Int64Array,
    tax: &'a Decimal128Array,
    is_rated: Standing<'a>,
}

impl<'a> Yields<'a> {
    pub fn of(batch: &'a RecordBatch) -> Result<Self, StageError> {
        let table = &parcel_yield::TABLE;
        Ok(Self {
            id: column(batch, table, "parcel_id")?,
            period: labels(batch, table, "period")?,
            is_industrial: column(batch, table, "is_industrial")?,
            land: column(batch, table, "land_cm2")?,
            tax: column(batch, table, "tax_yuan")?,
            is_rated: labels(batch, table, "tax_completeness")?.standing("complete"),
        })
    }

    /// The terms of one parcel: `row` of the yields and, of an industrial surface parcel, `word` of the status; others are
    /// counted and no more.
    pub fn terms(&self, row: usize, words: &Words<'_>, word: Option<usize>) -> Terms {
        let Some(word) = word else { return [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
        let (land, tax) = (self.land.value(row), fen(self.tax, row).unwrap_or(0));
        let is_judged = words.is_low_computed.is_valid(word);
        let is_low = words.is_low.is_valid(word) && words.is_low.value(word);
        let is_rated = self.is_rated.at(row);
        let if_so = |is_so: bool, term: i64| if is_so { term } else { 0 };
        [
            1,
            1,
            i64::from(is_judged),
            i64::from(!is_judged),
            i64::from(is_low),
            land,
            if_so(is_low, land),
            tax,
            if_so(is_rated, land),
            if_so(is_rated, tax),
        ]
    }
}

/// What tallies ask of the rules' status: [`STATUS_COLUMNS`].
pub(super) struct Words<'a> {
    pub id: &'a StringArray,
    pub period: Labels<'a>,
    is_low_computed: &'a BooleanArray,
    is_low: &'a BooleanArray,
}

impl<'a> Words<'a> {
    pub fn of(batch: &'a RecordBatch) -> Result<Self, StageError> {
        let table = &parcel_rule_status::TABLE;
        Ok(Self {
            id: column(batch, table, "parcel_id")?,
            period: labels(batch, table, "period")?,
            is_low_computed: column(batch, table, "is_low_efficiency_computed")?,
            is_low: column(batch, table, "is_low_efficiency")?,
        })
    }
}
