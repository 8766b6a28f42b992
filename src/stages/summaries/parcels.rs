//! What a parcel adds to the divisions and platforms that it is counted in.

use arrow::array::{Array, Decimal128Array};

use super::super::order::value;
use crate::table::{Standing, parcel_rule_status, parcel_yield};

/// Counts, land and tax of parcels: the columns with which both tallies begin.
pub(super) type Terms = [i64; 10];

/// Yields, with what is asked of every row found out once.
pub(super) struct Figures<'y, 'a> {
    rows: &'y parcel_yield::View<'a>,
    is_rated: Standing<'a>,
}

impl<'y, 'a> Figures<'y, 'a> {
    pub fn of(rows: &'y parcel_yield::View<'a>) -> Self {
        Self { rows, is_rated: rows.tax_completeness.standing("complete") }
    }

    /// The terms of one parcel: `row` of the yields and, of an industrial surface parcel, `word` of the status; others are
    /// counted and no more.
    pub fn terms(&self, row: usize, words: &parcel_rule_status::View<'_>, word: Option<usize>) -> Terms {
        let Some(word) = word else { return [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
        let (land, tax) = (self.rows.land_cm2.value(row), fen(self.rows.tax_yuan, row).unwrap_or(0));
        let is_judged = words.is_low_efficiency_computed.is_valid(word);
        let is_low = words.is_low_efficiency.is_valid(word) && words.is_low_efficiency.value(word);
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

/// Money in fen.
pub(super) fn fen(amounts: &Decimal128Array, row: usize) -> Option<i64> {
    value(amounts, row).and_then(|fen| i64::try_from(fen).ok())
}
