//! Rows whose enterprise occupies nothing in their county: they fall on all its parcels.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::value;
use super::super::quality::Tallies;
use super::places::{Lookup, Places};
use super::split::{Balance, Entry, Ledger, Made, Measured, Work, smallest};
use crate::table::{occupant, stray};

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
        enterprises.extend(stray::View::of(batch)?.uscc.names().iter().flatten().map(str::to_owned));
    }
    Ok(enterprises)
}

/// Allocates strays, given the occupants of all counties (at least those of the strays' enterprises), each with its number in
/// its county.
///
/// # Errors
/// Never by the data.
pub fn allocate_strays(
    strays: &[RecordBatch],
    occupants: &[(Vec<usize>, RecordBatch)],
) -> Result<StraysAllocated, StageError> {
    let numbers: Vec<usize> = occupants.iter().flat_map(|(numbers, _)| numbers).copied().collect();
    let occupants = occupant::TABLE.concat(occupants.iter().map(|(_, batch)| batch))?;
    let places = Places::of(&occupants)?;
    let mut work = Work::new(&places);
    let mut tallies = Tallies::default();
    for batch in strays {
        let rows = stray::View::of(batch)?;
        let ledger = Ledger {
            uscc: rows.uscc,
            county: rows.county_code,
            period: rows.period,
            source: rows.source_id,
            delivered: rows.delivered,
        };
        let mut taxes = Balance::of(ledger, vec!["fen"]);
        let units = rows.unit.names().iter().map(|unit| smallest(unit.unwrap_or_default())).collect();
        let mut energies = Balance::of(ledger, units);
        let mut outputs = Balance::of(ledger, Made::ALL.map(Made::balance).to_vec());
        let mut found = Lookup::new(&places, rows.uscc, rows.period);
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
            let (unit, balance) = match measured {
                Measured::Energy(_) => (rows.unit.code(row), &mut energies),
                Measured::Output(which, _) => (which as usize, &mut outputs),
                _ => (0, &mut taxes),
            };
            let reason = match found.at(row) {
                Some(own) => work.split(own, measured, value(rows.delivered, row)),
                None => Some("no_land"),
            };
            balance.add(&Entry { row, unit, balance: rows.balance.value(row), measured }, reason);
        }
        taxes.enter("tax", &mut tallies);
        energies.enter("energy", &mut tallies);
        outputs.enter("output", &mut tallies);
    }
    let mut counties: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in (0..numbers.len()).filter(|row| work.is_any(*row)) {
        counties.entry(places.rows.county_code.value(row)).or_default().push(row);
    }
    let shares = counties
        .into_iter()
        .map(|(county, rows)| Ok((county.to_owned(), work.shares(&rows, |row| numbers[row])?)))
        .collect::<Result<Vec<_>, StageError>>()?;
    Ok(StraysAllocated { shares, tallies: tallies.finish()? })
}
