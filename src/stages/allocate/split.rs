//! One ledger row over an enterprise's places, by largest remainder.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch};

use super::super::StageError;
use super::super::delivered::energy_unit;
use super::super::order::value;
use super::super::quality::{Counts, Outcome, Tallies};
use super::places::{Own, Places};
use crate::domain::apportion;
use crate::table::{Labels, parcel_share, stray};

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

/// The columns that all ledgers have.
#[derive(Clone, Copy)]
pub(super) struct Ledger<'a> {
    pub uscc: Labels<'a>,
    pub county: Labels<'a>,
    pub period: Labels<'a>,
    pub source: Labels<'a>,
    pub delivered: &'a Date32Array,
}

/// An amount of a ledger's row on its way.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub row: usize,
    /// The place of its unit among those of the ledger's [`Balance`], and the amount that balances.
    pub unit: usize,
    pub balance: i64,
    pub measured: Measured,
}

/// The unit that an amount of energy is balanced in.
pub(super) fn smallest(unit: &str) -> &'static str {
    energy_unit(unit).unwrap_or("count")
}

/// What of an amount decides where it is balanced: the codes of its source and period, its unit, and why it is not allocated.
type Term = (usize, usize, usize, Option<&'static str>);

/// The balance of a ledger.
pub(super) struct Balance<'a> {
    ledger: Ledger<'a>,
    units: Vec<&'static str>,
    counts: Counts<Term>,
}

impl<'a> Balance<'a> {
    pub fn of(ledger: Ledger<'a>, units: Vec<&'static str>) -> Self {
        Self { ledger, units, counts: Counts::default() }
    }

    pub fn unit(&self, entry: &Entry) -> &'static str {
        self.units[entry.unit]
    }

    /// Counts an amount as allocated, or as not, and why.
    pub fn add(&mut self, entry: &Entry, reason: Option<&'static str>) {
        // Of output that is not told there is nothing to balance.
        if !matches!(entry.measured, Measured::Output(_, None)) {
            let Ledger { source, period, .. } = self.ledger;
            self.counts.add((source.code(entry.row), period.code(entry.row), entry.unit, reason), 0, entry.balance);
        }
    }

    pub fn enter(self, table: &str, tallies: &mut Tallies) {
        let (sources, periods) = (self.ledger.source.names(), self.ledger.period.names());
        self.counts.enter(tallies, |(source, period, unit, reason)| {
            let outcome = if reason.is_some() { Outcome::Unallocated } else { Outcome::Allocated };
            ((sources.value(source), table), Some(periods.value(period)), Some(self.units[unit]), (outcome, reason))
        });
    }
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
        let count = places.rows.period.len();
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

    /// Splits one amount over the enterprise's places; tells why, if it cannot.
    pub fn split(&mut self, own: Own<'_>, measured: Measured, delivered: Option<i32>) -> Option<&'static str> {
        let places = own.rows;
        if let Measured::Output(which, None) = measured {
            for row in places {
                self.made(which)[*row].add(None, delivered);
            }
            return None;
        }
        if let Some(row) = own.sole
            && !matches!(measured, Measured::Energy(None))
        {
            match measured {
                Measured::Tax(fen) => self.tax[row].add(Some(fen), delivered),
                Measured::Energy(Some((equivalent, calorific))) => {
                    self.equivalent[row].add(Some(equivalent), delivered);
                    self.calorific[row] = sum(self.calorific[row], Some(calorific));
                }
                Measured::Output(which, fen) => self.made(which)[row].add(fen, delivered),
                Measured::OtherTax | Measured::Energy(None) => {}
            }
            return None;
        }
        let land: Option<Vec<i64>> = places.iter().map(|row| value(self.places.rows.occupied_cm2, *row)).collect();
        let reason = match (&land, measured) {
            (_, Measured::Energy(None)) => Some("carrier_without_factor"),
            (None, _) => Some("floor_unknown"),
            (Some(land), _) if land.iter().all(|land| *land == 0) => Some("no_land"),
            _ => None,
        };
        let land = land.filter(|_| reason.is_none());
        let parts = |amount: i64| land.as_ref().map(|land| apportion(amount, land));
        let add = |shares: &mut [Share], amount: i64| {
            let parts = parts(amount);
            for (at, row) in places.iter().enumerate() {
                shares[*row].add(parts.as_ref().map(|parts| parts[at]), delivered);
            }
        };
        match measured {
            Measured::OtherTax => {}
            Measured::Tax(fen) => add(&mut self.tax, fen),
            Measured::Output(which, fen) => add(self.made(which), fen.unwrap_or_default()),
            Measured::Energy(grams) => {
                let (equivalent, calorific) = grams.unwrap_or_default();
                add(&mut self.equivalent, equivalent);
                for (row, part) in places.iter().zip(parts(calorific).into_iter().flatten()) {
                    self.calorific[*row] = sum(self.calorific[*row], Some(part));
                }
            }
        }
        reason
    }

    /// Sends an amount to where its enterprise is.
    pub fn stray(&mut self, balance: &Balance<'_>, entry: &Entry) {
        let (rows, ledger) = (&mut self.strays, &balance.ledger);
        let (measure, amounts) = match entry.measured {
            Measured::Tax(fen) => ("tax", Some((fen, 0))),
            Measured::OtherTax => ("tax_other", None),
            Measured::Energy(grams) => ("energy", grams),
            Measured::Output(which, fen) => (which.as_str(), fen.map(|fen| (fen, 0))),
        };
        rows.uscc.append_value(ledger.uscc.value(entry.row));
        rows.county_code.append_value(ledger.county.value(entry.row));
        rows.period.append_value(ledger.period.value(entry.row));
        rows.measure.append_value(measure);
        rows.amount.append_option(amounts.map(|(amount, _)| amount));
        rows.calorific.append_option(amounts.map(|(_, calorific)| calorific));
        rows.unit.append_value(balance.unit(entry));
        rows.balance.append_value(entry.balance);
        rows.source_id.append_value(ledger.source.value(entry.row));
        rows.delivered.append_option(value(ledger.delivered, entry.row));
    }

    /// Whether a row came for an occupant.
    pub fn is_any(&self, row: usize) -> bool {
        [&self.tax, &self.equivalent, &self.revenue, &self.value_added].iter().any(|shares| shares[row].is_any())
    }

    /// The shares of some occupants, each under its `number` in its county.
    pub fn shares(&self, rows: &[usize], number: impl Fn(usize) -> usize) -> Result<RecordBatch, StageError> {
        let amounts = |shares: &[Share]| numbers(rows.iter().map(|row| shares[*row].amount));
        let is_open = |shares: &[Share]| -> ArrayRef {
            Arc::new(rows.iter().map(|row| Some(shares[*row].is_open)).collect::<BooleanArray>())
        };
        let delivered = |of: &dyn Fn(usize) -> Option<i32>| -> ArrayRef {
            Arc::new(rows.iter().map(|row| of(*row)).collect::<Date32Array>())
        };
        Ok(parcel_share::Columns {
            occupant: numbers(rows.iter().map(|row| i64::try_from(number(*row)).ok())),
            tax_fen: amounts(&self.tax),
            tax_is_open: is_open(&self.tax),
            tax_delivered: delivered(&|row| self.tax[row].delivered),
            energy_equivalent_g: amounts(&self.equivalent),
            energy_calorific_g: numbers(rows.iter().map(|row| self.calorific[*row])),
            energy_is_open: is_open(&self.equivalent),
            energy_delivered: delivered(&|row| self.equivalent[row].delivered),
            revenue_fen: amounts(&self.revenue),
            revenue_is_open: is_open(&self.revenue),
            value_added_fen: amounts(&self.value_added),
            value_added_is_open: is_open(&self.value_added),
            output_delivered: delivered(&|row| self.revenue[row].delivered.max(self.value_added[row].delivered)),
        }
        .finish()?)
    }
}

fn numbers(numbers: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(numbers.collect::<Int64Array>())
}
