//! A county's ledgers on the parcels that its enterprises occupy there.

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::coal::Factors;
use super::super::order::value;
use super::super::quality::{Counts, Tallies};
use super::Sets;
use super::places::{Lookup, Places};
use super::split::{Entry, Made, Measured, Term, Work, enter, smallest};
use crate::domain::Map;
use crate::policy::RuleSet;
use crate::table::{Labels, energy, output, tax};

/// A county's ledger rows, allocated.
pub struct Allocated {
    /// A share for each occupant, in their order.
    pub shares: RecordBatch,
    /// Rows whose enterprise occupies nothing here.
    pub strays: RecordBatch,
    /// Balance of what was settled here.
    pub tallies: RecordBatch,
}

/// Allocates a county's taxes, energy and output to the parcels that its enterprises occupy there.
///
/// # Errors
/// Never by the data.
pub fn allocate(
    occupants: &RecordBatch,
    taxes: &RecordBatch,
    energies: &RecordBatch,
    outputs: &RecordBatch,
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
    let mut factors: Map<(usize, usize, usize), Option<Factors>> = Map::default();
    for row in 0..energies.uscc.len() {
        let Some(set) = in_force[energies.period.code(row)] else { continue };
        let (quantity, unit) = (energies.quantity.value(row), energies.unit.value(row));
        let codes = (energies.period.code(row), energies.carrier.code(row), energies.unit.code(row));
        let factors = factors.entry(codes).or_insert_with(|| Factors::of(set, energies.carrier.value(row), unit));
        let entry = Entry {
            uscc: energies.uscc.value(row),
            county: energies.county_code.value(row),
            period: energies.period.value(row),
            source: energies.source_id.value(row),
            delivered: value(energies.delivered, row),
            unit: smallest(unit),
            balance: quantity,
            measured: Measured::Energy(factors.and_then(|factors| factors.grams(quantity))),
        };
        match found.at(row) {
            Some(places) => work.split(places, &entry, &mut counts),
            None => work.stray(&entry),
        }
    }
    enter("energy", counts, &mut tallies);
    let counts = outputs_of(outputs, &places, &mut work, sets)?;
    enter("output", counts, &mut tallies);
    let strays = work.strays.finish()?;
    Ok(Allocated { shares: work.shares(|_| true)?, strays, tallies: tallies.finish()? })
}

/// Revenue and value added. R&D and staff are an enterprise's own, and fall on no parcel.
fn outputs_of<'e>(
    outputs: &'e RecordBatch,
    places: &Places<'_>,
    work: &mut Work<'_, '_>,
    sets: &Sets<'_>,
) -> Result<Counts<Term<'e>>, StageError> {
    let rows = output::View::of(outputs)?;
    let mut counts = Counts::default();
    let mut found = Lookup::new(places, rows.uscc, rows.period);
    let in_force = sets_by_code(rows.period, sets);
    for row in (0..outputs.num_rows()).filter(|row| in_force[rows.period.code(*row)].is_some()) {
        let places = found.at(row);
        for which in Made::ALL {
            let fen = match which {
                Made::Revenue => value(rows.revenue_fen, row),
                Made::ValueAdded => value(rows.value_added_fen, row),
            };
            let entry = Entry {
                uscc: rows.uscc.value(row),
                county: rows.county_code.value(row),
                period: rows.period.value(row),
                source: rows.source_id.value(row),
                delivered: value(rows.delivered, row),
                unit: which.balance(),
                balance: fen.unwrap_or(0),
                measured: Measured::Output(which, fen),
            };
            match places {
                Some(places) => work.split(places, &entry, &mut counts),
                None => work.stray(&entry),
            }
        }
    }
    Ok(counts)
}

/// Whether the set counts the tax of each code of a column of kinds.
fn counted_by_code(set: Option<&RuleSet>, kinds: Labels<'_>) -> Vec<bool> {
    kinds.names().iter().map(|name| set.is_some_and(|set| set.counts(name.unwrap_or_default()))).collect()
}

/// The set in force for each code of a column of periods.
fn sets_by_code<'s>(periods: Labels<'_>, sets: &Sets<'s>) -> Vec<Option<&'s RuleSet>> {
    periods.names().iter().map(|name| sets.get(name.unwrap_or_default()).copied()).collect()
}
