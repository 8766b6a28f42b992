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
    /// Fen of revenue or value added; none where the row does not tell it.
    Output(Made, Option<i64>),
}

/// What of output falls on parcels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Revenue,
    ValueAdded,
}

impl Made {
    pub const ALL: [Self; 2] = [Self::Revenue, Self::ValueAdded];

    /// Its name among strays.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::ValueAdded => "value_added",
        }
    }

    /// By that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|made| made.as_str() == name)
    }

    /// What it is balanced as.
    pub const fn balance(self) -> &'static str {
        match self {
            Self::Revenue => "revenue_fen",
            Self::ValueAdded => "value_added_fen",
        }
    }
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
    pub(crate) fn add(&mut self, amount: Option<i64>, delivered: Option<i32>) {
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

    const fn is_any(&self) -> bool {
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
    tax: Vec<Share>,
    equivalent: Vec<Share>,
    calorific: Vec<Option<i64>>,
    revenue: Vec<Share>,
    value_added: Vec<Share>,
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
            revenue: vec![Share::default(); count],
            value_added: vec![Share::default(); count],
            strays: stray::Builder::default(),
        }
    }

    fn made(&mut self, which: Made) -> &mut [Share] {
        match which {
            Made::Revenue => &mut self.revenue,
            Made::ValueAdded => &mut self.value_added,
        }
    }

    /// Splits one row over the enterprise's places.
    pub fn split<'e>(&mut self, places: &[usize], entry: &Entry<'e>, counts: &mut Counts<Term<'e>>) {
        if let Measured::Output(which, None) = entry.measured {
            // There is nothing to balance.
            for row in places {
                self.made(which)[*row].add(None, entry.delivered);
            }
            return;
        }
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
                Measured::Output(which, fen) => self.made(which)[*row].add(fen, entry.delivered),
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
        let add = |shares: &mut [Share], amount: i64| {
            for (row, part) in places.iter().zip(parts(amount)) {
                shares[*row].add(part, entry.delivered);
            }
        };
        match entry.measured {
            Measured::OtherTax => {}
            Measured::Tax(fen) => add(&mut self.tax, fen),
            Measured::Output(which, fen) => add(self.made(which), fen.unwrap_or_default()),
            Measured::Energy(grams) => {
                let (equivalent, calorific) = grams.unwrap_or_default();
                add(&mut self.equivalent, equivalent);
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
            Measured::Output(which, fen) => (which.as_str(), fen.map(|fen| (fen, 0))),
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

    /// Whether a row came for an occupant.
    pub fn is_any(&self, row: usize) -> bool {
        [&self.tax, &self.equivalent, &self.revenue, &self.value_added].iter().any(|shares| shares[row].is_any())
    }

    /// The shares of the occupants that `is_wanted` takes, in the occupants' order.
    pub fn shares(&self, is_wanted: impl Fn(usize) -> bool) -> Result<RecordBatch, StageError> {
        let places = &self.places.rows;
        let mut rows = parcel_share::Builder::default();
        for row in (0..self.tax.len()).filter(|row| is_wanted(*row)) {
            let (tax, equivalent) = (self.tax[row], self.equivalent[row]);
            let (revenue, value_added) = (self.revenue[row], self.value_added[row]);
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
            rows.revenue_fen.append_option(revenue.amount);
            rows.revenue_is_open.append_value(revenue.is_open);
            rows.value_added_fen.append_option(value_added.amount);
            rows.value_added_is_open.append_value(value_added.is_open);
            rows.output_delivered.append_option(revenue.delivered.max(value_added.delivered));
        }
        Ok(rows.finish()?)
    }
}

/// Counts a row's amount as allocated, or as not, and why.
pub(super) fn balance<'e>(entry: &Entry<'e>, reason: Option<&'static str>, counts: &mut Counts<Term<'e>>) {
    let outcome = if reason.is_some() { Outcome::Unallocated } else { Outcome::Allocated };
    counts.add((entry.source, entry.period, entry.unit, outcome, reason), 0, entry.balance);
}
