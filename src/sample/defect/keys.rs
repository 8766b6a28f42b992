//! Years of a ledger of which a quarter or month is missing, or that come twice.

use std::collections::{BTreeMap, BTreeSet};

use super::{LedgerFile, Planter};
use crate::domain::{IssueCode, Period, RejectCode};
use crate::sample::ledger::{Row, Told, by_period};
use crate::sample::parameters::delivery::Grain;

/// A member's year of one kind or carrier, or of output.
pub(super) type Key<'a> = (Option<usize>, u16, &'a str);

/// Some keys.
pub(super) type Keys<'a> = BTreeSet<Key<'a>>;

/// The row's key.
pub(super) const fn key<'a, T>(row: &Row<'a, T>) -> Key<'a> {
    (row.member, row.period.year(), row.kind)
}

impl Planter<'_> {
    /// Years of which a quarter or month is missing: what is there counts, and their members are in doubt.
    pub(super) fn incomplete_years<'r, T: Told>(
        &mut self,
        file: &LedgerFile<'_>,
        rows: &mut Vec<Row<'r, T>>,
        fits: impl Fn(&Row<'r, T>) -> bool,
    ) -> Keys<'r> {
        let keys = self.keys(self.parameters.defects.incomplete_year_share, rows, fits);
        let mut years = Vec::new();
        for (key, places) in by_key(rows, &keys) {
            let parts = match rows[places[0]].period {
                Period::Year(_) if self.draw.chance(0.5) => Grain::Month,
                Period::Month(..) => Grain::Month,
                Period::Year(_) | Period::Quarter(..) => Grain::Quarter,
            };
            let mut year = in_one(rows, &places, parts);
            year.remove(self.draw.index(year.len()));
            years.extend(year);
            self.doubt(file, key);
            self.ledger(file, None, IssueCode::YearIncomplete.as_str(), Period::Year(key.1));
        }
        if !keys.is_empty() {
            rows.retain(|row| !keys.contains(&key(row)));
            rows.extend(years);
        }
        keys
    }

    /// Years that come as a year and by finer periods: all of it is refused.
    pub(super) fn overlapping_periods<'r, T: Told>(
        &mut self,
        file: &LedgerFile<'_>,
        rows: &mut Vec<Row<'r, T>>,
        fits: impl Fn(&Row<'r, T>) -> bool,
    ) -> Keys<'r> {
        let keys = self.keys(self.parameters.defects.period_overlap_share, rows, fits);
        for (_, places) in by_key(rows, &keys) {
            let other = match rows[places[0]].period {
                Period::Year(_) if self.draw.chance(0.5) => Grain::Month,
                Period::Year(_) => Grain::Quarter,
                Period::Quarter(..) | Period::Month(..) => Grain::Year,
            };
            for mut row in in_one(rows, &places, other) {
                self.refuse(file, rows.len(), &mut row, RejectCode::PeriodOverlap);
                rows.push(row);
            }
            for at in places {
                self.refuse(file, at, &mut rows[at], RejectCode::PeriodOverlap);
            }
        }
        keys
    }

    /// The keys of as many rows that fit as the share asks for.
    fn keys<'r, T>(&mut self, share: f64, rows: &[Row<'r, T>], fits: impl Fn(&Row<'r, T>) -> bool) -> Keys<'r> {
        let quota = self.quota(share, rows.len());
        let victims = self.victims(rows.len(), quota, &mut BTreeSet::new(), |at| fits(&rows[at]));
        victims.into_iter().map(|at| key(&rows[at])).collect()
    }
}

/// The places of the rows of those keys.
fn by_key<'r, T>(rows: &[Row<'r, T>], keys: &Keys<'r>) -> BTreeMap<Key<'r>, Vec<usize>> {
    let mut places: BTreeMap<Key<'r>, Vec<usize>> = BTreeMap::new();
    if !keys.is_empty() {
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| keys.contains(&key(row))) {
            places.entry(key(row)).or_default().push(at);
        }
    }
    places
}

/// What the rows of one key come to, by periods of that grain.
fn in_one<'r, T: Told>(rows: &[Row<'r, T>], places: &[usize], grain: Grain) -> Vec<Row<'r, T>> {
    let first = &rows[places[0]];
    let told = places[1..].iter().fold(first.told, |told, at| told.and(rows[*at].told));
    let mut year = Vec::new();
    if let Some(member) = first.member {
        by_period(&mut year, member, (first.period.year(), grain), first.kind, told);
    }
    year
}
