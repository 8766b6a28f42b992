//! Where enterprises are.

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::value;
use crate::table::{Labels, occupant, text_order};

/// An enterprise and a period.
type Key<'a> = (&'a str, &'a str);

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
    groups: Vec<(Key<'a>, Range<usize>)>,
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
        let key = |row: usize| (rows.uscc.value(row), rows.period.value(row));
        let mut groups = Vec::new();
        let mut start = 0;
        for run in order.chunk_by(|left, right| key(*left) == key(*right)) {
            groups.push((key(run[0]), start..start + run.len()));
            start += run.len();
        }
        Ok(Self { rows, order, groups })
    }
}

/// The places of the enterprises of a ledger, looked up once for the rows of one that follow each other.
pub(super) struct Lookup<'p, 'a> {
    places: &'p Places<'a>,
    enterprises: Labels<'p>,
    periods: Labels<'p>,
    /// Codes of enterprise and period.
    known: (usize, usize),
    /// The group found last, or that would come next.
    last: usize,
    found: Option<Own<'p>>,
}

impl<'p, 'a> Lookup<'p, 'a> {
    pub const fn new(places: &'p Places<'a>, enterprises: Labels<'p>, periods: Labels<'p>) -> Self {
        Self { places, enterprises, periods, known: (usize::MAX, usize::MAX), last: 0, found: None }
    }

    pub fn at(&mut self, row: usize) -> Option<Own<'p>> {
        let codes = (self.enterprises.code(row), self.periods.code(row));
        if self.known != codes {
            self.known = codes;
            self.found = self.find((self.enterprises.value(row), self.periods.value(row)));
        }
        self.found
    }

    fn find(&mut self, wanted: Key<'_>) -> Option<Own<'p>> {
        let groups = &self.places.groups;
        // Ledgers are in the order of groups, or begin anew.
        while let Some((key, rows)) = groups.get(self.last) {
            match (*key).cmp(&wanted) {
                Ordering::Less => self.last += 1,
                Ordering::Equal => return Some(self.places.own(rows)),
                Ordering::Greater => break,
            }
        }
        self.last = groups.partition_point(|(key, _)| *key < wanted);
        let group = groups.get(self.last).filter(|(key, _)| *key == wanted);
        group.map(|(_, rows)| self.places.own(rows))
    }
}
