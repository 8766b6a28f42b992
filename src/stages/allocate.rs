//! Exchange by enterprise and back: each ledger row falls on its enterprise's parcels by occupied land, exactly.
//!
//! A row goes to the enterprise's parcels in the row's county; where it has none there, it is a *stray* and goes
//! to all its parcels. So counties are allocated one by one, and only strays are exchanged.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use arrow::array::RecordBatch;

use super::StageError;
use super::order::{by_keys, keys, take, value};
use super::quality::{Counts, Outcome, Tallies};
use crate::domain::{Map, Ratio, Unit, apportion};
use crate::policy::RuleSet;
use crate::table::{Labels, energy, occupant, parcel_share, stray, tax};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 2;

/// What the policy says of a period's ledgers in a county.
pub type Sets<'a> = BTreeMap<String, &'a RuleSet>;

/// A county's ledger rows, allocated.
pub struct Allocated {
    /// A share for each occupant, in their order.
    pub shares: RecordBatch,
    /// Rows whose enterprise occupies nothing here.
    pub strays: RecordBatch,
    /// Balance of what was settled here.
    pub tallies: RecordBatch,
}

/// What of a ledger row falls on parcels.
#[derive(Debug, Clone, Copy)]
enum Measured {
    /// Counted tax, in fen.
    Tax(i64),
    /// Tax of a kind that is not counted: it is balanced, and nobody's figure.
    OtherTax,
    /// Grams of standard coal, equivalent and calorific; none where the policy has no factor for the carrier.
    Energy(Option<(i64, i64)>),
}

/// What of a row decides where its amount is balanced: source, period, unit, outcome, reason.
type Term<'e> = (&'e str, &'e str, &'static str, Outcome, Option<&'static str>);

/// The balance of a ledger.
fn enter(table: &str, counts: Counts<Term<'_>>, tallies: &mut Tallies) {
    counts.enter(tallies, |(source, period, unit, outcome, reason)| {
        ((source, table), Some(period), Some(unit), (outcome, reason))
    });
}

/// A ledger row on its way.
#[derive(Clone, Copy)]
struct Entry<'a> {
    uscc: &'a str,
    county: &'a str,
    period: &'a str,
    source: &'a str,
    delivered: Option<i32>,
    /// The unit and amount that balance.
    unit: &'static str,
    balance: i64,
    measured: Measured,
}

/// Allocates a county's taxes and energy to the parcels that its enterprises occupy there.
///
/// # Errors
/// Never by the data.
pub fn allocate(
    occupants: &RecordBatch,
    taxes: &RecordBatch,
    energies: &RecordBatch,
    sets: &Sets<'_>,
) -> Result<Allocated, StageError> {
    let places = Places::of(occupants)?;
    let mut work = Work::new(&places);
    let (taxes, energies) = (tax::View::of(taxes)?, energy::View::of(energies)?);
    let mut tallies = Tallies::default();
    let mut counts = Counts::default();
    let mut found = Lookup::new(&places, taxes.uscc, taxes.period);
    let in_force = sets_by_code(taxes.period, sets);
    let counted: Vec<Vec<bool>> = in_force.iter().map(|set| counted_by_code(*set, taxes.kind)).collect();
    for row in 0..taxes.uscc.len() {
        let period = taxes.period.code(row);
        if in_force[period].is_none() {
            continue;
        }
        let fen = taxes.tax_fen.value(row);
        let entry = Entry {
            uscc: taxes.uscc.value(row),
            county: taxes.county_code.value(row),
            period: taxes.period.value(row),
            source: taxes.source_id.value(row),
            delivered: value(taxes.delivered, row),
            unit: "fen",
            balance: fen,
            measured: if counted[period][taxes.kind.code(row)] { Measured::Tax(fen) } else { Measured::OtherTax },
        };
        match found.at(row) {
            Some(places) => work.split(places, &entry, &mut counts),
            None => work.stray(&entry),
        }
    }
    enter("tax", counts, &mut tallies);
    let mut counts = Counts::default();
    let mut found = Lookup::new(&places, energies.uscc, energies.period);
    let in_force = sets_by_code(energies.period, sets);
    let mut factors: Map<(usize, usize, usize), Option<(Ratio, Ratio)>> = Map::default();
    for row in 0..energies.uscc.len() {
        let Some(set) = in_force[energies.period.code(row)] else { continue };
        let (quantity, unit) = (energies.quantity.value(row), energies.unit.value(row));
        let codes = (energies.period.code(row), energies.carrier.code(row), energies.unit.code(row));
        let factors = factors.entry(codes).or_insert_with(|| factors_of(set, energies.carrier.value(row), unit));
        let entry = Entry {
            uscc: energies.uscc.value(row),
            county: energies.county_code.value(row),
            period: energies.period.value(row),
            source: energies.source_id.value(row),
            delivered: value(energies.delivered, row),
            unit: smallest(unit),
            balance: quantity,
            measured: Measured::Energy(factors.and_then(|factors| standard_coal(quantity, factors))),
        };
        match found.at(row) {
            Some(places) => work.split(places, &entry, &mut counts),
            None => work.stray(&entry),
        }
    }
    enter("energy", counts, &mut tallies);
    let strays = work.strays.finish()?;
    Ok(Allocated { shares: work.shares(|_| true)?, strays, tallies: tallies.finish()? })
}

/// Whether the set counts the tax of each code of a column of kinds.
fn counted_by_code(set: Option<&RuleSet>, kinds: Labels<'_>) -> Vec<bool> {
    kinds.names().iter().map(|name| set.is_some_and(|set| set.counts(name.unwrap_or_default()))).collect()
}

/// The set in force for each code of a column of periods.
fn sets_by_code<'s>(periods: Labels<'_>, sets: &Sets<'s>) -> Vec<Option<&'s RuleSet>> {
    periods.names().iter().map(|name| sets.get(name.unwrap_or_default()).copied()).collect()
}

fn smallest(unit: &str) -> &'static str {
    ["Wh", "g", "dm3", "kJ", "gce"].into_iter().find(|known| *known == unit).unwrap_or("count")
}

/// Grams of standard coal in the smallest unit of a carrier, equivalent and calorific, by the policy. What is
/// delivered as standard coal is taken as it is.
fn factors_of(set: &RuleSet, carrier: &str, unit: &str) -> Option<(Ratio, Ratio)> {
    match set.energy.get(carrier) {
        Some(factors) if unit_of(factors.unit) == Some(unit) => Some((factors.equivalent(), factors.calorific())),
        None if unit == "gce" => Some((Ratio::ONE, Ratio::ONE)),
        _ => None,
    }
}

fn standard_coal(quantity: i64, (equivalent, calorific): (Ratio, Ratio)) -> Option<(i64, i64)> {
    let grams = |factor: Ratio| i64::try_from(factor.times(Ratio::new(i128::from(quantity), 1)).round().0).ok();
    Some((grams(equivalent)?, grams(calorific)?))
}

fn unit_of(unit: Unit) -> Option<&'static str> {
    match unit.dimensions() {
        (dimension, None) => Some(super::delivered::smallest_unit(dimension)),
        _ => None,
    }
}

/// Where each enterprise is at the end of each period: its parcels and its land on them, by parcel.
struct Places<'a> {
    rows: occupant::View<'a>,
    /// Rows by enterprise and period, then by parcel.
    order: Vec<usize>,
    /// Which of them are an enterprise's in a period.
    ranges: Map<(&'a str, &'a str), Range<usize>>,
}

impl<'a> Places<'a> {
    fn of(occupants: &'a RecordBatch) -> Result<Self, StageError> {
        let rows = occupant::View::of(occupants)?;
        let keys = keys(occupants, &["uscc", "period", "parcel_id", "county_code"])?;
        let order = by_keys(&keys, (0..keys.len()).collect());
        let mut ranges = Map::default();
        let mut start = 0;
        for run in order.chunk_by(|left, right| keys[*left] >> 64 == keys[*right] >> 64) {
            ranges.insert((rows.uscc.value(run[0]), rows.period.value(run[0])), start..start + run.len());
            start += run.len();
        }
        Ok(Self { rows, order, ranges })
    }

    fn of_enterprise(&self, uscc: &str, period: &str) -> Option<&[usize]> {
        self.ranges.get(&(uscc, period)).map(|range| &self.order[range.clone()])
    }
}

/// The places of the enterprises of a ledger, looked up once for the rows of one that follow each other.
struct Lookup<'p, 'a> {
    places: &'p Places<'a>,
    enterprises: Labels<'p>,
    periods: Labels<'p>,
    /// Codes of enterprise and period.
    known: (usize, usize),
    found: Option<&'p [usize]>,
}

impl<'p, 'a> Lookup<'p, 'a> {
    const fn new(places: &'p Places<'a>, enterprises: Labels<'p>, periods: Labels<'p>) -> Self {
        Self { places, enterprises, periods, known: (usize::MAX, usize::MAX), found: None }
    }

    fn at(&mut self, row: usize) -> Option<&'p [usize]> {
        let codes = (self.enterprises.code(row), self.periods.code(row));
        if self.known != codes {
            self.known = codes;
            self.found = self.places.of_enterprise(self.enterprises.value(row), self.periods.value(row));
        }
        self.found
    }
}

/// An occupant's share of a measure: a sum, or nothing where only rows came that cannot be allocated.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    amount: Option<i64>,
    is_open: bool,
    delivered: Option<i32>,
}

impl Share {
    fn add(&mut self, amount: Option<i64>, delivered: Option<i32>) {
        match amount {
            Some(amount) => *self.amount.get_or_insert(0) += amount,
            None => self.is_open = true,
        }
        self.delivered = self.delivered.max(delivered);
    }

    const fn is_any(&self) -> bool {
        self.amount.is_some() || self.is_open
    }
}

struct Work<'p, 'a> {
    places: &'p Places<'a>,
    /// By occupant.
    tax: Vec<Share>,
    equivalent: Vec<Share>,
    calorific: Vec<Option<i64>>,
    strays: stray::Builder,
}

impl<'p, 'a> Work<'p, 'a> {
    fn new(places: &'p Places<'a>) -> Self {
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
    fn split<'e>(&mut self, places: &[usize], entry: &Entry<'e>, counts: &mut Counts<Term<'e>>) {
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
                    *self.calorific[*row].get_or_insert(0) += calorific;
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
                    let sum = &mut self.calorific[*row];
                    *sum = part.map_or(*sum, |part| Some(sum.unwrap_or(0) + part));
                }
            }
        }
    }

    fn stray(&mut self, entry: &Entry<'_>) {
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
    fn shares(&self, is_wanted: impl Fn(usize) -> bool) -> Result<RecordBatch, StageError> {
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
fn balance<'e>(entry: &Entry<'e>, reason: Option<&'static str>, counts: &mut Counts<Term<'e>>) {
    let outcome = if reason.is_some() { Outcome::Unallocated } else { Outcome::Allocated };
    counts.add((entry.source, entry.period, entry.unit, outcome, reason), 0, entry.balance);
}

/// Strays, allocated to all parcels of their enterprises.
pub struct StraysAllocated {
    /// Shares by the parcels' county.
    pub shares: Vec<(String, RecordBatch)>,
    /// Balance.
    pub tallies: RecordBatch,
}

/// The enterprises among `strays`.
///
/// # Errors
/// Never by the data.
pub fn stray_enterprises(strays: &[RecordBatch]) -> Result<BTreeSet<String>, StageError> {
    let mut enterprises = BTreeSet::new();
    for batch in strays {
        enterprises.extend(stray::View::of(batch)?.uscc.iter().flatten().map(str::to_owned));
    }
    Ok(enterprises)
}

/// Allocates strays, given the occupants of all counties (at least those of the strays' enterprises).
///
/// # Errors
/// Never by the data.
pub fn allocate_strays(strays: &[RecordBatch], occupants: &[RecordBatch]) -> Result<StraysAllocated, StageError> {
    let occupants = occupant::TABLE.concat(occupants)?;
    let places = Places::of(&occupants)?;
    let mut work = Work::new(&places);
    let (mut taxes, mut energies) = (Counts::default(), Counts::default());
    for batch in strays {
        let rows = stray::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let amount = value(rows.amount, row);
            let measured = match rows.measure.value(row) {
                "tax" => Measured::Tax(amount.unwrap_or(0)),
                "tax_other" => Measured::OtherTax,
                _ => Measured::Energy(amount.zip(value(rows.calorific, row))),
            };
            let (unit, counts) = match measured {
                Measured::Energy(_) => (smallest(rows.unit.value(row)), &mut energies),
                _ => ("fen", &mut taxes),
            };
            let entry = Entry {
                uscc: rows.uscc.value(row),
                county: rows.county_code.value(row),
                period: rows.period.value(row),
                source: rows.source_id.value(row),
                delivered: value(rows.delivered, row),
                unit,
                balance: rows.balance.value(row),
                measured,
            };
            match places.of_enterprise(entry.uscc, entry.period) {
                Some(places) => work.split(places, &entry, counts),
                None => balance(&entry, Some("no_land"), counts),
            }
        }
    }
    let mut tallies = Tallies::default();
    enter("tax", taxes, &mut tallies);
    enter("energy", energies, &mut tallies);
    let shares = work.shares(|row| work.tax[row].is_any() || work.equivalent[row].is_any())?;
    let counties = parcel_share::View::of(&shares)?.county_code;
    let mut by_county: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in 0..shares.num_rows() {
        by_county.entry(counties.value(row)).or_default().push(row);
    }
    let shares: Result<Vec<_>, StageError> =
        by_county.into_iter().map(|(county, rows)| Ok((county.to_owned(), take(&shares, &rows)?))).collect();
    Ok(StraysAllocated { shares: shares?, tallies: tallies.finish()? })
}
