//! Exchange by enterprise and back: each ledger row falls on its enterprise's parcels by occupied land, exactly.
//!
//! A row goes to the enterprise's parcels in the row's county; where it has none there, it is a *stray* and goes
//! to all its parcels. So counties are allocated one by one, and only strays are exchanged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::RecordBatch;

use super::StageError;
use super::order::{text, value};
use super::quality::{Outcome, Tallies};
use crate::domain::{Ratio, Unit, apportion};
use crate::policy::RuleSet;
use crate::table::{energy, occupant, parcel_share, stray, tax};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 1;

/// What the policy says of a period's ledgers in a county.
pub type Sets<'a> = BTreeMap<String, &'a RuleSet>;

/// A county's ledger rows, allocated.
pub struct Allocated {
    /// Shares by parcel, enterprise, period and measure, sorted.
    pub shares: RecordBatch,
    /// Rows whose enterprise occupies nothing here.
    pub strays: RecordBatch,
    /// Balance of what was settled here.
    pub tallies: RecordBatch,
}

/// What is allocated of one ledger row.
struct Entry<'a> {
    uscc: &'a str,
    county: &'a str,
    period: &'a str,
    source: &'a str,
    delivered: Option<i32>,
    /// Which ledger, and the unit and amount that balance.
    table: &'static str,
    unit: &'static str,
    balance: i64,
    /// What falls on parcels; none where the policy has no factor for it.
    amounts: Option<Vec<(&'static str, i64)>>,
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
    let places = Places::of(std::slice::from_ref(occupants))?;
    let mut work = Work::default();
    let taxes = tax::View::of(taxes)?;
    for row in 0..taxes.uscc.len() {
        let Some(set) = sets.get(taxes.period.value(row)) else { continue };
        let measure = if set.counts(taxes.kind.value(row)) { "tax" } else { "tax_other" };
        let amount = taxes.tax_fen.value(row);
        work.settle(
            &places,
            &Entry {
                uscc: taxes.uscc.value(row),
                county: taxes.county_code.value(row),
                period: taxes.period.value(row),
                source: taxes.source_id.value(row),
                delivered: value(taxes.delivered, row),
                table: "tax",
                unit: "fen",
                balance: amount,
                amounts: Some(vec![(measure, amount)]),
            },
        );
    }
    let energies = energy::View::of(energies)?;
    for row in 0..energies.uscc.len() {
        let Some(set) = sets.get(energies.period.value(row)) else { continue };
        let (quantity, unit) = (energies.quantity.value(row), energies.unit.value(row));
        work.settle(
            &places,
            &Entry {
                uscc: energies.uscc.value(row),
                county: energies.county_code.value(row),
                period: energies.period.value(row),
                source: energies.source_id.value(row),
                delivered: value(energies.delivered, row),
                table: "energy",
                unit: smallest(unit),
                balance: quantity,
                amounts: standard_coal(set, energies.carrier.value(row), unit, quantity),
            },
        );
    }
    work.finish()
}

fn smallest(unit: &str) -> &'static str {
    ["Wh", "g", "dm3", "kJ", "gce"].into_iter().find(|known| *known == unit).unwrap_or("count")
}

/// Grams of standard coal of a quantity, by the policy's factors. What is delivered as standard coal is taken as it is.
fn standard_coal(set: &RuleSet, carrier: &str, unit: &str, quantity: i64) -> Option<Vec<(&'static str, i64)>> {
    let (equivalent, calorific) = match set.energy.get(carrier) {
        Some(factors) if unit_of(factors.unit) == Some(unit) => (factors.equivalent(), factors.calorific()),
        None if unit == "gce" => (Ratio::ONE, Ratio::ONE),
        _ => return None,
    };
    let grams = |factor: Ratio| i64::try_from(factor.times(Ratio::new(i128::from(quantity), 1)).round().0).ok();
    Some(vec![("energy_equivalent", grams(equivalent)?), ("energy_calorific", grams(calorific)?)])
}

fn unit_of(unit: Unit) -> Option<&'static str> {
    match unit.dimensions() {
        (dimension, None) => Some(super::delivered::smallest_unit(dimension)),
        _ => None,
    }
}

/// Where each enterprise is at the end of each period: its parcels and its land on them, by parcel.
struct Places<'a> {
    by_enterprise: HashMap<(&'a str, &'a str), Vec<Place<'a>>>,
}

#[derive(Clone, Copy)]
struct Place<'a> {
    parcel: &'a str,
    county: &'a str,
    land: Option<i64>,
}

impl<'a> Places<'a> {
    fn of(batches: &'a [RecordBatch]) -> Result<Self, StageError> {
        let mut by_enterprise: HashMap<(&str, &str), Vec<Place<'_>>> = HashMap::new();
        for batch in batches {
            let rows = occupant::View::of(batch)?;
            for row in 0..batch.num_rows() {
                by_enterprise.entry((rows.uscc.value(row), rows.period.value(row))).or_default().push(Place {
                    parcel: rows.parcel_id.value(row),
                    county: rows.county_code.value(row),
                    land: value(rows.occupied_cm2, row),
                });
            }
        }
        for places in by_enterprise.values_mut() {
            places.sort_unstable_by_key(|place| (place.parcel, place.county));
        }
        Ok(Self { by_enterprise })
    }
}

/// A parcel's share of an enterprise's measure: a sum, or nothing where a row came that cannot be allocated.
#[derive(Default)]
struct Share {
    amount: Option<i64>,
    is_open: bool,
    delivered: Option<i32>,
}

#[derive(Default)]
struct Work<'a> {
    shares: BTreeMap<(&'a str, &'a str, &'a str, &'a str, &'static str), Share>,
    strays: stray::Builder,
    tallies: Tallies,
}

impl<'a> Work<'a> {
    /// Allocates one row, or sets it aside as a stray.
    fn settle(&mut self, places: &Places<'a>, entry: &Entry<'a>) {
        match places.by_enterprise.get(&(entry.uscc, entry.period)) {
            Some(places) => self.split(places, entry),
            None => self.stray(entry),
        }
    }

    fn split(&mut self, places: &[Place<'a>], entry: &Entry<'a>) {
        let land: Option<Vec<i64>> = places.iter().map(|place| place.land).collect();
        let reason = match (&land, &entry.amounts) {
            (_, None) => Some("carrier_without_factor"),
            (None, _) => Some("floor_unknown"),
            (Some(land), _) if land.iter().all(|land| *land == 0) => Some("no_land"),
            _ => None,
        };
        self.balance(entry, reason);
        let (Some(land), Some(amounts), None) = (&land, &entry.amounts, reason) else {
            let measure = if entry.table == "tax" { "tax" } else { "energy_equivalent" };
            for place in places {
                self.share(place, entry, measure).is_open = true;
            }
            return;
        };
        for (measure, amount) in amounts {
            for (place, part) in places.iter().zip(apportion(*amount, land)) {
                let share = self.share(place, entry, measure);
                *share.amount.get_or_insert(0) += part;
            }
        }
    }

    fn share(&mut self, place: &Place<'a>, entry: &Entry<'a>, measure: &'static str) -> &mut Share {
        let share = self.shares.entry((place.county, place.parcel, entry.uscc, entry.period, measure)).or_default();
        share.delivered = share.delivered.max(entry.delivered);
        share
    }

    fn balance(&mut self, entry: &Entry<'_>, reason: Option<&'static str>) {
        let outcome = if reason.is_some() { Outcome::Unallocated } else { Outcome::Allocated };
        let key = (entry.source, entry.table);
        self.tallies.add(key, Some(entry.period), entry.unit, (outcome, reason), entry.balance);
    }

    fn stray(&mut self, entry: &Entry<'_>) {
        // Where there is no factor, the stray keeps its row with nothing to fall on parcels.
        let amounts = entry.amounts.clone().unwrap_or_default();
        let rows = &mut self.strays;
        for (at, (measure, amount)) in amounts
            .iter()
            .map(|(measure, amount)| (*measure, *amount))
            .chain(amounts.is_empty().then_some(("energy_equivalent", 0)))
            .enumerate()
        {
            rows.uscc.append_value(entry.uscc);
            rows.county_code.append_value(entry.county);
            rows.period.append_value(entry.period);
            rows.measure.append_value(measure);
            rows.amount.append_option((!amounts.is_empty()).then_some(amount));
            rows.table.append_value(entry.table);
            rows.unit.append_value(entry.unit);
            // The balance is carried by the row's first measure alone.
            rows.balance.append_option((at == 0).then_some(entry.balance));
            rows.source_id.append_value(entry.source);
            rows.delivered.append_option(entry.delivered);
        }
    }

    fn finish(mut self) -> Result<Allocated, StageError> {
        let shares = self.shares();
        Ok(Allocated { shares: shares?, strays: self.strays.finish()?, tallies: self.tallies.finish()? })
    }

    fn shares(&self) -> Result<RecordBatch, StageError> {
        let mut rows = parcel_share::Builder::default();
        for ((county, parcel, uscc, period, measure), share) in &self.shares {
            rows.parcel_id.append_value(parcel);
            rows.uscc.append_value(uscc);
            rows.period.append_value(period);
            rows.county_code.append_value(county);
            rows.measure.append_value(measure);
            rows.amount.append_option(share.amount);
            rows.is_open.append_value(share.is_open);
            rows.delivered.append_option(share.delivered);
        }
        Ok(rows.finish()?)
    }
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
    let places = Places::of(occupants)?;
    let mut work = Work::default();
    for batch in strays {
        let rows = stray::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let measure = ["tax", "tax_other", "energy_equivalent", "energy_calorific"]
                .into_iter()
                .find(|measure| *measure == rows.measure.value(row))
                .unwrap_or("tax_other");
            let table = if rows.table.value(row) == "tax" { "tax" } else { "energy" };
            let entry = Entry {
                uscc: rows.uscc.value(row),
                county: rows.county_code.value(row),
                period: rows.period.value(row),
                source: rows.source_id.value(row),
                delivered: value(rows.delivered, row),
                table,
                unit: if table == "tax" { "fen" } else { smallest(rows.unit.value(row)) },
                balance: value(rows.balance, row).unwrap_or(0),
                amounts: value(rows.amount, row).map(|amount| vec![(measure, amount)]),
            };
            match places.by_enterprise.get(&(entry.uscc, entry.period)) {
                Some(places) => work.split(places, &entry),
                None => work.balance(&entry, Some("no_land")),
            }
        }
    }
    let shares = work.shares()?;
    let counties = parcel_share::View::of(&shares)?.county_code;
    let mut by_county = Vec::new();
    let mut start = 0;
    // Shares are sorted by county first.
    while start < shares.num_rows() {
        let county = text(counties, start).unwrap_or_default();
        let rows = (start..shares.num_rows()).take_while(|row| counties.value(*row) == county).count();
        by_county.push((county.to_owned(), shares.slice(start, rows)));
        start += rows;
    }
    Ok(StraysAllocated { shares: by_county, tallies: work.tallies.finish()? })
}
