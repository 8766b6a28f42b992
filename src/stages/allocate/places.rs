//! Where enterprises are.

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::value;
use crate::table::{Labels, occupant, text_order};

/// The occupants that an enterprise is in a period, by parcel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own<'p> {
    pub rows: &'p [usize],
    /// The only one, where it has land: most enterprises stand on one parcel.
    pub sole: Option<usize>,
}

/// Where each enterprise is at the end of each period: its parcels and its land on them, by parcel.
pub(super) struct Places<'a> {
    pub rows: occupant::View<'a>,
    /// Rows by enterprise and period, then by parcel.
    order: Vec<usize>,
    /// Which of them are an enterprise's in a period, by both.
    periods: Vec<(&'a str, Range<usize>)>,
    /// Which of these are an enterprise's.
    enterprises: Vec<(&'a str, Range<usize>)>,
}

impl<'a> Places<'a> {
    fn own(&self, rows: &Range<usize>) -> Own<'_> {
        let rows = &self.order[rows.clone()];
        let sole = match rows {
            [row] => Some(*row).filter(|row| value(self.rows.occupied_cm2, *row).is_some_and(|land| land > 0)),
            _ => None,
        };
        Own { rows, sole }
    }

    pub fn of(occupants: &'a RecordBatch) -> Result<Self, StageError> {
        let rows = occupant::View::of(occupants)?;
        let mut order = text_order(rows.uscc);
        for own in order.chunk_by_mut(|left, right| rows.uscc.value(*left) == rows.uscc.value(*right)) {
            own.sort_by_key(|row| (rows.period.value(*row), rows.parcel_id.value(*row), rows.county_code.value(*row)));
        }
        let (mut periods, mut enterprises) = (Vec::new(), Vec::new());
        let mut start = 0;
        for own in order.chunk_by(|left, right| rows.uscc.value(*left) == rows.uscc.value(*right)) {
            let first = periods.len();
            for run in own.chunk_by(|left, right| rows.period.value(*left) == rows.period.value(*right)) {
                periods.push((rows.period.value(run[0]), start..start + run.len()));
                start += run.len();
            }
            enterprises.push((rows.uscc.value(own[0]), first..periods.len()));
        }
        Ok(Self { rows, order, periods, enterprises })
    }
}

/// The places of the enterprises of a ledger, looked up once for the rows of one that follow each other.
pub(super) struct Lookup<'p, 'a> {
    places: &'p Places<'a>,
    enterprises: Labels<'p>,
    periods: Labels<'p>,
    /// Codes of enterprise and period.
    known: (usize, usize),
    /// The enterprise found last, or that would come next.
    last: usize,
    /// The periods of the enterprise.
    there: &'p [(&'a str, Range<usize>)],
    found: Option<Own<'p>>,
}

impl<'p, 'a> Lookup<'p, 'a> {
    pub const fn new(places: &'p Places<'a>, enterprises: Labels<'p>, periods: Labels<'p>) -> Self {
        Self { places, enterprises, periods, known: (usize::MAX, usize::MAX), last: 0, there: &[], found: None }
    }

    pub fn at(&mut self, row: usize) -> Option<Own<'p>> {
        let codes = (self.enterprises.code(row), self.periods.code(row));
        if self.known != codes {
            if self.known.0 != codes.0 {
                self.there = self.find(self.enterprises.value(row)).unwrap_or_default();
            }
            let period = self.periods.value(row);
            let own = self.there.iter().find(|(name, _)| *name == period);
            (self.known, self.found) = (codes, own.map(|(_, rows)| self.places.own(rows)));
        }
        self.found
    }

    fn find(&mut self, wanted: &str) -> Option<&'p [(&'a str, Range<usize>)]> {
        let Places { enterprises, periods, .. } = self.places;
        // Ledgers are in the order of enterprises, or begin anew.
        while let Some((uscc, own)) = enterprises.get(self.last) {
            match (*uscc).cmp(wanted) {
                Ordering::Less => self.last += 1,
                Ordering::Equal => return Some(&periods[own.clone()]),
                Ordering::Greater => break,
            }
        }
        self.last = enterprises.partition_point(|(uscc, _)| *uscc < wanted);
        let found = enterprises.get(self.last).filter(|(uscc, _)| *uscc == wanted);
        found.map(|(_, own)| &periods[own.clone()])
    }
}
