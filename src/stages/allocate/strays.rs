//! Rows whose enterprise occupies nothing in their county: they fall on all its parcels.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::{take, value};
use super::super::quality::{Counts, Tallies};
use super::places::Places;
use super::split::{Entry, Made, Measured, Work, balance, enter, smallest};
use crate::table::{occupant, parcel_share, stray};

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
    let (mut taxes, mut energies, mut outputs) = (Counts::default(), Counts::default(), Counts::default());
    for batch in strays {
        let rows = stray::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let amount = value(rows.amount, row);
            let measured = match rows.measure.value(row) {
                "tax" => Measured::Tax(amount.unwrap_or(0)),
                "tax_other" => Measured::OtherTax,
                other => match Made::named(other) {
                    Some(which) => Measured::Output(which, amount),
                    None => Measured::Energy(amount.zip(value(rows.calorific, row))),
                },
            };
            let (unit, counts) = match measured {
                Measured::Energy(_) => (smallest(rows.unit.value(row)), &mut energies),
                Measured::Output(which, _) => (which.balance(), &mut outputs),
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
                None if matches!(measured, Measured::Output(_, None)) => {}
                None => balance(&entry, Some("no_land"), counts),
            }
        }
    }
    let mut tallies = Tallies::default();
    enter("tax", taxes, &mut tallies);
    enter("energy", energies, &mut tallies);
    enter("output", outputs, &mut tallies);
    let shares = work.shares(|row| work.is_any(row))?;
    let counties = parcel_share::View::of(&shares)?.county_code;
    let mut by_county: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in 0..shares.num_rows() {
        by_county.entry(counties.value(row)).or_default().push(row);
    }
    let shares: Result<Vec<_>, StageError> =
        by_county.into_iter().map(|(county, rows)| Ok((county.to_owned(), take(&shares, &rows)?))).collect();
    Ok(StraysAllocated { shares: shares?, tallies: tallies.finish()? })
}
