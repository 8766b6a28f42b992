//! The balance of every source: what becomes of its rows and amounts.

use std::collections::BTreeMap;

use crate::sample::defect::Fate;
use crate::sample::ledger::{Row, Told};
use crate::sample::occupancy::Register;

/// Where an amount goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Accepted,
    /// Refused.
    Rejected,
    /// Another row stands for it.
    Superseded,
    /// Of a year that is not judged.
    OutOfScope,
}

/// Source, year (empty where there is none), measure.
pub type Key = (String, String, &'static str);

/// One line of the balance: accepted, rejected, superseded, out of scope.
pub type Line = [i64; 4];

/// The balance.
#[derive(Debug, Default)]
pub struct Sums(pub BTreeMap<Key, Line>);

impl Sums {
    /// Counts something read.
    pub fn add(&mut self, source: &str, period: &str, measure: &'static str, outcome: Outcome, value: i64) {
        let line = self.0.entry((source.to_owned(), period.to_owned(), measure)).or_default();
        line[outcome as usize] += value;
    }

    /// Adds another balance.
    pub fn join(&mut self, other: Self) {
        for (key, values) in other.0 {
            for (sum, value) in self.0.entry(key).or_default().iter_mut().zip(values) {
                *sum += value;
            }
        }
    }

    /// Features of a vector file.
    pub fn features(&mut self, source: &str, fates: impl Iterator<Item = Fate>) {
        for fate in fates {
            let outcome = match fate {
                Fate::Accepted => Outcome::Accepted,
                Fate::Rejected => Outcome::Rejected,
                Fate::Superseded => Outcome::Superseded,
            };
            self.add(source, "", "rows", outcome, 1);
        }
    }

    /// Rows of the two lists of the whole province.
    pub fn lists(&mut self, register: &Register) {
        let enterprises = register.members.iter().filter(|member| member.is_local).count();
        let lost = register.rows.iter().filter(|row| row.is_lost).count();
        self.add("enterprise", "", "rows", Outcome::Accepted, enterprises as i64);
        self.add("occupancy", "", "rows", Outcome::Accepted, (register.rows.len() - lost) as i64);
        self.add("occupancy", "", "rows", Outcome::Rejected, lost as i64);
    }

    /// Rows of a ledger, and those of their amounts that can be read.
    pub fn ledger<T: Told>(&mut self, source: &str, rows: &[Row<'_, T>], years: &[u16], is_superseded: bool) {
        let mut sums: BTreeMap<(u16, &'static str), Line> = BTreeMap::new();
        for row in rows {
            let year = row.period.year();
            let outcome = match row.refused {
                _ if !years.contains(&year) => Outcome::OutOfScope,
                Some(_) => Outcome::Rejected,
                None if is_superseded => Outcome::Superseded,
                None => Outcome::Accepted,
            };
            sums.entry((year, "rows")).or_default()[outcome as usize] += 1;
            for (measure, count) in row.readable() {
                sums.entry((year, measure)).or_default()[outcome as usize] += count;
            }
        }
        for ((year, measure), line) in sums {
            self.join(Self(BTreeMap::from([((source.to_owned(), year.to_string(), measure), line)])));
        }
    }
}
