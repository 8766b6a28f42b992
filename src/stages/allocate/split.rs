//! One ledger row over an enterprise's places, by largest remainder.

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::delivered::energy_unit;
use super::super::order::value;
use super::super::quality::{Counts, Outcome, Tallies};
use super::places::Places;
use crate::domain::apportion;
use crate::table::{parcel_share, stray};

/// What of a ledger row falls on parcels.
#[derive(Debug, Clone, Copy)]
pub(super) enum Measured {
    /// Counted tax, in fen.
    Tax(i64),
    /// Tax of a kind that is not counted: it is balanced, and nobody's figure.
    OtherTax,
    /// Grams of standard coal, equivalent and calorific; none where the policy has no factor for the carrier.
    Energy(Option<(i64, i64)>),
}

/// What of a row decides where its amount is balanced: source, period, unit, outcome, reason.
pub(super) type Term<'e> = (&'e str, &'e str, &'static str, Outcome, Option<&'static str>);

/// The balance of a ledger.
pub(super) fn enter(table: &str, counts: Counts<Term<'_>>, tallies: &mut Tallies) {
    counts.enter(tallies, |(source, period, unit, outcome, reason)| {
        ((source, table), Some(period), Some(unit), (outcome, reason))
    });
}

/// A ledger row on its way.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub uscc: &'a str,
    pub county: &'a str,
    pub period: &'a str,
    pub source: &'a str,
    pub delivered: Option<i32>,
    /// The unit and amount that balance.
    pub unit: &'static str,
    pub balance: i64,
    pub measured: Measured,
}

/// The unit that an amount of energy is balanced in.
pub(super) fn smallest(unit: &str) -> &'static str {
    energy_unit(unit).unwrap_or("count")
}

/// An occupant's share of a measure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Share {
    /// A sum; none where only rows came that cannot be allocated, or none at all.
    pub amount: Option<i64>,
    /// Whether a row came that cannot be allocated: the sum is a lower bound.
    pub is_open: bool,
    /// Newest delivery used.
    pub delivered: Option<i32>,
}

impl Share {
    /// Adds a row's part, or that a row came which cannot be allocated.
    pub(super) fn add(&mut self, amount: Option<i64>, delivered: Option<i32>) {
        *self = self.and(Self { amount, is_open: amount.is_none(), delivered });
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            amount: sum(self.amount, other.amount),
            is_open: self.is_open || other.is_open,
            delivered: self.delivered.max(other.delivered),
        }
    }

    pub(super) const fn is_any(&self) -> bool {
        self.amount.is_some() || self.is_open
    }
}

/// What is known of two sums together.
#[must_use]
pub fn sum(left: Option<i64>, right: Option<i64>) -> Option<i64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (only, None) | (None, only) => only,
    }
}

pub(super) struct Work<'p, 'a> {
    places: &'p Places<'a>,
    /// By occupant.
    pub tax: Vec<Share>,
    pub equivalent: Vec<Share>,
    calorific: Vec<Option<i64>>,
    pub strays: stray::Builder,
}

impl<'p, 'a> Work<'p, 'a> {
    pub fn new(places: &'p Places<'a>) -> Self {
        let count = places.order.len();
        Self {
            places,
            tax: vec![Share::default(); count],
            equivalent: vec![Share::default(); count],
            calorific: vec![None; count],
            strays: stray::Builder::default(),
        }
    }

    /// Splits one row over the enterprise's places.
    pub fn split<'e>(&mut self, places: &[usize], entry: &Entry<'e>, counts: &mut Counts<Term<'e>>) {
        // Most enterprises stand on one parcel.
        if let [row] = places
            && value(self.places.rows.occupied_cm2, *row).is_some_and(|land| land > 0)
            && !matches!(entry.measured, Measured::Energy(None))
        {
            balance(entry, None, counts);
            match entry.measured {
                Measured::Tax(fen) => self.tax[*row].add(Some(fen), entry.delivered),
                Measured::Energy(Some((equivalent, calorific))) => {
                    self.equivalent[*row].add(Some(equivalent), entry.delivered);
                    self.calorific[*row] = sum(self.calorific[*row], Some(calorific));
                }
                Measured::OtherTax | Measured::Energy(None) => {}
            }
            return;
        }
        let land: Option<Vec<i64>> = places.iter().map(|row| value(self.places.rows.occupied_cm2, *row)).collect();
        let reason = match (&land, entry.measured) {
            (_, Measured::Energy(None)) => Some("carrier_without_factor"),
            (None, _) => Some("floor_unknown"),
            (Some(land), _) if land.iter().all(|land| *land == 0) => Some("no_land"),
            _ => None,
        };
        balance(entry, reason, counts);
        let land = land.filter(|_| reason.is_none());
        let parts = |amount: i64| -> Vec<Option<i64>> {
            match &land {
                None => vec![None; places.len()],
                Some(land) => apportion(amount, land).into_iter().map(Some).collect(),
            }
        };
        match entry.measured {
            Measured::OtherTax => {}
            Measured::Tax(fen) => {
                for (row, part) in places.iter().zip(parts(fen)) {
                    self.tax[*row].add(part, entry.delivered);
                }
            }
            Measured::Energy(grams) => {
                let (equivalent, calorific) = grams.unwrap_or_default();
                for (row, part) in places.iter().zip(parts(equivalent)) {
                    self.equivalent[*row].add(part, entry.delivered);
                }
                for (row, part) in places.iter().zip(parts(calorific)) {
                    self.calorific[*row] = sum(self.calorific[*row], part);
                }
            }
        }
    }

    pub fn stray(&mut self, entry: &Entry<'_>) {
        let rows = &mut self.strays;
        let (measure, amounts) = match entry.measured {
            Measured::Tax(fen) => ("tax", Some((fen, 0))),
            Measured::OtherTax => ("tax_other", None),
            Measured::Energy(grams) => ("energy", grams),
        };
        rows.uscc.append_value(entry.uscc);
        rows.county_code.append_value(entry.county);
        rows.period.append_value(entry.period);
        rows.measure.append_value(measure);
        rows.amount.append_option(amounts.map(|(amount, _)| amount));
        rows.calorific.append_option(amounts.map(|(_, calorific)| calorific));
        rows.unit.append_value(entry.unit);
        rows.balance.append_value(entry.balance);
        rows.source_id.append_value(entry.source);
        rows.delivered.append_option(entry.delivered);
    }

    /// The shares of the occupants that `is_wanted` takes, in the occupants' order.
    pub fn shares(&self, is_wanted: impl Fn(usize) -> bool) -> Result<RecordBatch, StageError> {
        let places = &self.places.rows;
        let mut rows = parcel_share::Builder::default();
        for row in (0..self.tax.len()).filter(|row| is_wanted(*row)) {
            let (tax, equivalent) = (self.tax[row], self.equivalent[row]);
            rows.parcel_id.append_value(places.parcel_id.value(row));
            rows.uscc.append_value(places.uscc.value(row));
            rows.period.append_value(places.period.value(row));
            rows.county_code.append_value(places.county_code.value(row));
            rows.tax_fen.append_option(tax.amount);
            rows.tax_is_open.append_value(tax.is_open);
            rows.tax_delivered.append_option(tax.delivered);
            rows.energy_equivalent_g.append_option(equivalent.amount);
            rows.energy_calorific_g.append_option(self.calorific[row]);
            rows.energy_is_open.append_value(equivalent.is_open);
            rows.energy_delivered.append_option(equivalent.delivered);
        }
        Ok(rows.finish()?)
    }
}

/// Counts a row's amount as allocated, or as not, and why.
pub(super) fn balance<'e>(entry: &Entry<'e>, reason: Option<&'static str>, counts: &mut Counts<Term<'e>>) {
    let outcome = if reason.is_some() { Outcome::Unallocated } else { Outcome::Allocated };
    counts.add((entry.source, entry.period, entry.unit, outcome, reason), 0, entry.balance);
}
