//! Where enterprises are.

use std::ops::Range;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::{by_keys, keys};
use crate::domain::Map;
use crate::table::{Labels, occupant};

/// Where each enterprise is at the end of each period: its parcels and its land on them, by parcel.
pub(super) struct Places<'a> {
    pub rows: occupant::View<'a>,
    /// Rows by enterprise and period, then by parcel.
    pub order: Vec<usize>,
    /// Which of them are an enterprise's in a period.
    ranges: Map<(&'a str, &'a str), Range<usize>>,
}

impl<'a> Places<'a> {
    pub fn of(occupants: &'a RecordBatch) -> Result<Self, StageError> {
        let rows = occupant::View::of(occupants)?;
        let keys = keys(occupants, &["uscc", "period", "parcel_id", "county_code"])?;
        let order = by_keys(&keys, (0..keys.len()).collect());
        let mut ranges = Map::default();
        let mut start = 0;
        let of = |row: usize| (rows.uscc.value(row), rows.period.value(row));
        for run in order.chunk_by(|left, right| of(*left) == of(*right)) {
            ranges.insert(of(run[0]), start..start + run.len());
            start += run.len();
        }
        Ok(Self { rows, order, ranges })
    }

    pub fn of_enterprise(&self, uscc: &str, period: &str) -> Option<&[usize]> {
        self.ranges.get(&(uscc, period)).map(|range| &self.order[range.clone()])
    }
}

/// The places of the enterprises of a ledger, looked up once for the rows of one that follow each other.
pub(super) struct Lookup<'p, 'a> {
    places: &'p Places<'a>,
    enterprises: Labels<'p>,
    periods: Labels<'p>,
    /// Codes of enterprise and period.
    known: (usize, usize),
    found: Option<&'p [usize]>,
}

impl<'p, 'a> Lookup<'p, 'a> {
    pub const fn new(places: &'p Places<'a>, enterprises: Labels<'p>, periods: Labels<'p>) -> Self {
        Self { places, enterprises, periods, known: (usize::MAX, usize::MAX), found: None }
    }

    pub fn at(&mut self, row: usize) -> Option<&'p [usize]> {
        let codes = (self.enterprises.code(row), self.periods.code(row));
        if self.known != codes {
            self.known = codes;
            self.found = self.places.of_enterprise(self.enterprises.value(row), self.periods.value(row));
        }
        self.found
    }
}
