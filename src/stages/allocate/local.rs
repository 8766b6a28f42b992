//! A county's ledgers on the parcels that its enterprises occupy there.

use arrow::array::{Int64Array, RecordBatch};

use super::super::StageError;
use super::super::coal::Factors;
use super::super::order::value;
use super::super::quality::Tallies;
use super::Sets;
use super::places::{Lookup, Places};
use super::split::{Balance, Entry, Ledger, Made, Measured, Work, smallest};
use crate::domain::Map;
use crate::policy::RuleSet;
use crate::table::{Labels, Table, column, energy, labels, output, tax};

/// A county's ledger rows, allocated.
pub struct Allocated {
    /// A share for each occupant, in their order.
    pub shares: RecordBatch,
    /// Rows whose enterprise occupies nothing here.
    pub strays: RecordBatch,
    /// Balance of what was settled here.
    pub tallies: RecordBatch,
}

/// The columns of `tax` that are read.
pub const TAX_COLUMNS: &[&str] = &["uscc", "county_code", "period", "source_id", "delivered", "kind", "tax_fen"];

/// The columns of `energy` that are read.
pub const ENERGY_COLUMNS: &[&str] =
    &["uscc", "county_code", "period", "source_id", "delivered", "carrier", "unit", "quantity"];

/// The columns of `output` that are read: R&D and staff are an enterprise's own, and fall on no parcel.
pub const OUTPUT_COLUMNS: &[&str] =
    &["uscc", "county_code", "period", "source_id", "delivered", "revenue_fen", "value_added_fen"];

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
    let mut tallies = Tallies::default();
    taxes_of(taxes, &places, &mut work, sets)?.enter("tax", &mut tallies);
    energies_of(energies, &places, &mut work, sets)?.enter("energy", &mut tallies);
    outputs_of(outputs, &places, &mut work, sets)?.enter("output", &mut tallies);
    let all: Vec<usize> = (0..occupants.num_rows()).collect();
    Ok(Allocated { shares: work.shares(&all, |row| row)?, strays: work.strays.finish()?, tallies: tallies.finish()? })
}

fn taxes_of<'e>(
    taxes: &'e RecordBatch,
    places: &Places<'_>,
    work: &mut Work<'_, '_>,
    sets: &Sets<'_>,
) -> Result<Balance<'e>, StageError> {
    let rows = Rows::of(taxes, &tax::TABLE, sets)?;
    let kinds = labels(taxes, &tax::TABLE, "kind")?;
    let amounts: &Int64Array = column(taxes, &tax::TABLE, "tax_fen")?;
    let counted: Vec<Vec<bool>> = rows.sets.iter().map(|set| counted_by_code(*set, kinds)).collect();
    let of = |row: usize, period: usize| {
        let fen = amounts.value(row);
        let measured = if counted[period][kinds.code(row)] { Measured::Tax(fen) } else { Measured::OtherTax };
        [Entry { row, unit: 0, balance: fen, measured }]
    };
    Ok(rows.fall(places, work, vec!["fen"], of))
}

fn energies_of<'e>(
    energies: &'e RecordBatch,
    places: &Places<'_>,
    work: &mut Work<'_, '_>,
    sets: &Sets<'_>,
) -> Result<Balance<'e>, StageError> {
    let rows = Rows::of(energies, &energy::TABLE, sets)?;
    let (carriers, units) = (labels(energies, &energy::TABLE, "carrier")?, labels(energies, &energy::TABLE, "unit")?);
    let quantities: &Int64Array = column(energies, &energy::TABLE, "quantity")?;
    let unit_names: Vec<&str> = units.names().iter().map(Option::unwrap_or_default).collect();
    // By the codes of period, carrier and unit.
    let mut factors: Map<[usize; 3], Option<Factors>> = Map::default();
    let of = |row: usize, period: usize| {
        let (quantity, unit) = (quantities.value(row), units.code(row));
        let factors = factors
            .entry([period, carriers.code(row), unit])
            .or_insert_with(|| Factors::of(rows.sets[period]?, carriers.value(row), unit_names[unit]));
        let grams = factors.and_then(|factors| factors.grams(quantity));
        [Entry { row, unit, balance: quantity, measured: Measured::Energy(grams) }]
    };
    Ok(rows.fall(places, work, unit_names.iter().map(|unit| smallest(unit)).collect(), of))
}

fn outputs_of<'e>(
    outputs: &'e RecordBatch,
    places: &Places<'_>,
    work: &mut Work<'_, '_>,
    sets: &Sets<'_>,
) -> Result<Balance<'e>, StageError> {
    let rows = Rows::of(outputs, &output::TABLE, sets)?;
    let revenue: &Int64Array = column(outputs, &output::TABLE, "revenue_fen")?;
    let value_added: &Int64Array = column(outputs, &output::TABLE, "value_added_fen")?;
    let of = |row: usize, _: usize| {
        Made::ALL.map(|which| {
            let fen = match which {
                Made::Revenue => value(revenue, row),
                Made::ValueAdded => value(value_added, row),
            };
            Entry { row, unit: which as usize, balance: fen.unwrap_or(0), measured: Measured::Output(which, fen) }
        })
    };
    Ok(rows.fall(places, work, Made::ALL.map(Made::balance).to_vec(), of))
}

/// The rows of a ledger.
struct Rows<'e, 's> {
    ledger: Ledger<'e>,
    /// The set in force for each code of a period.
    sets: Vec<Option<&'s RuleSet>>,
}

impl<'e, 's> Rows<'e, 's> {
    fn of(batch: &'e RecordBatch, table: &'static Table, sets: &Sets<'s>) -> Result<Self, StageError> {
        let period = labels(batch, table, "period")?;
        let ledger = Ledger {
            uscc: labels(batch, table, "uscc")?,
            county: labels(batch, table, "county_code")?,
            period,
            source: labels(batch, table, "source_id")?,
            delivered: column(batch, table, "delivered")?,
        };
        let sets = period.names().iter().map(|name| sets.get(name.unwrap_or_default()).copied()).collect();
        Ok(Self { ledger, sets })
    }

    /// Lets the amounts of each row of a judged period fall where its enterprise is. `of` is asked with the row and the code
    /// of its period.
    fn fall<const N: usize>(
        &self,
        places: &Places<'_>,
        work: &mut Work<'_, '_>,
        units: Vec<&'static str>,
        mut of: impl FnMut(usize, usize) -> [Entry; N],
    ) -> Balance<'e> {
        let ledger = self.ledger;
        let mut balance = Balance::of(ledger, units);
        let mut found = Lookup::new(places, ledger.uscc, ledger.period);
        for row in 0..ledger.uscc.len() {
            let period = ledger.period.code(row);
            if self.sets[period].is_none() {
                continue;
            }
            let own = found.at(row);
            for entry in of(row, period) {
                match own {
                    Some(own) => {
                        let reason = work.split(own, entry.measured, value(ledger.delivered, row));
                        balance.add(&entry, reason);
                    }
                    None => work.stray(&balance, &entry),
                }
            }
        }
        balance
    }
}

/// Whether the set counts the tax of each code of a column of kinds.
fn counted_by_code(set: Option<&RuleSet>, kinds: Labels<'_>) -> Vec<bool> {
    kinds.names().iter().map(|name| set.is_some_and(|set| set.counts(name.unwrap_or_default()))).collect()
}
