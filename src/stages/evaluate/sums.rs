//! What the ledgers of a county sum up to, enterprise by enterprise.

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::allocate::Share;
use super::super::coal::Factors;
use super::super::order::{sorted, value};
use super::periods::places;
use crate::domain::{Map, Period, Ratio, Set, apportion};
use crate::policy::RuleSet;
use crate::table::{emission, energy, enterprise_sum, occupant, output, tax};

/// The ledgers of a county that have amounts.
pub struct Ledgers<'a> {
    /// `tax`.
    pub taxes: &'a RecordBatch,
    /// `energy`.
    pub energies: &'a RecordBatch,
    /// `output`.
    pub outputs: &'a RecordBatch,
    /// `emission`.
    pub emissions: &'a RecordBatch,
}

/// What is summed, in the order of [`Sums`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Measure {
    /// Counted tax, fen.
    Tax,
    /// Grams of standard coal, equivalent.
    Energy,
    /// Wh.
    Electricity,
    /// Fen.
    Revenue,
    /// Fen.
    ValueAdded,
    /// Fen.
    Rd,
    /// Persons.
    Staff,
    /// Grams, by the policy's weights.
    Emission,
}

/// How many measures there are.
const MEASURES: usize = 8;

/// What an enterprise's ledgers sum up to in a period.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    shares: [Share; MEASURES],
    /// Newest delivery, of amounts that are not counted too.
    pub delivered: Option<i32>,
}

impl Sums {
    /// A measure's sum.
    pub const fn of(&self, which: Measure) -> Share {
        self.shares[which as usize]
    }

    /// Adds a row's amount, or that a row came which does not tell it.
    pub fn add(&mut self, which: Measure, amount: Option<i64>) {
        self.shares[which as usize].add(amount, None);
    }

    /// Adds another's.
    pub fn join(&mut self, other: &Self) {
        for (own, other) in self.shares.iter_mut().zip(other.shares) {
            *own = own.and(other);
        }
        self.delivered = self.delivered.max(other.delivered);
    }

    /// Split by weights, by largest remainder; where one is unknown, or none is above zero, each part knows no more than
    /// that something came.
    pub fn split(&self, weights: &[Option<i64>]) -> Vec<Self> {
        let count = weights.len();
        let weights: Option<Vec<i64>> = weights.iter().copied().collect();
        let weights = weights.filter(|weights| weights.iter().any(|weight| *weight > 0));
        let part_of = |share: &Share, at: usize| {
            let amount = share.amount.zip(weights.as_ref()).map(|(amount, weights)| apportion(amount, weights)[at]);
            Share { amount, is_open: share.is_open || (share.amount.is_some() && amount.is_none()), delivered: None }
        };
        let part =
            |at| Self { shares: self.shares.each_ref().map(|share| part_of(share, at)), delivered: self.delivered };
        (0..count).map(part).collect()
    }

    /// At a row of `enterprise_sum`.
    pub fn at(rows: &enterprise_sum::View<'_>, row: usize) -> Self {
        let open = rows.open.value(row);
        let amounts = [
            rows.tax_fen,
            rows.energy_equivalent_g,
            rows.electricity_wh,
            rows.revenue_fen,
            rows.value_added_fen,
            rows.rd_fen,
            rows.staff,
            rows.emission_g,
        ];
        let mut sums = Self { delivered: value(rows.delivered, row), ..Self::default() };
        for (which, (share, amounts)) in sums.shares.iter_mut().zip(amounts).enumerate() {
            *share = Share { amount: value(amounts, row), is_open: open >> which & 1 == 1, delivered: None };
        }
        sums
    }

    /// As a row of `enterprise_sum`.
    pub fn append(
        &self,
        out: &mut enterprise_sum::Builder,
        (uscc, county, period): (&str, &str, &str),
        is_stray: bool,
    ) {
        out.uscc.append_value(uscc);
        out.county_code.append_value(county);
        out.period.append_value(period);
        out.is_stray.append_value(is_stray);
        let columns = [
            &mut out.tax_fen,
            &mut out.energy_equivalent_g,
            &mut out.electricity_wh,
            &mut out.revenue_fen,
            &mut out.value_added_fen,
            &mut out.rd_fen,
            &mut out.staff,
            &mut out.emission_g,
        ];
        let mut open = 0;
        for (which, (column, share)) in columns.into_iter().zip(self.shares).enumerate() {
            column.append_option(share.amount);
            open |= i32::from(share.is_open) << which;
        }
        out.open.append_value(open);
        out.delivered.append_option(self.delivered);
    }
}

/// By enterprise and place of the period among the judged ones.
type All<'a> = Map<(&'a str, usize), Sums>;

/// Map: `enterprise_sum` of a county, sorted by key. Who occupies nothing in the county at the period's end is a stray.
///
/// # Errors
/// Never by the data.
pub fn sums(
    county: &str,
    ledgers: &Ledgers<'_>,
    occupants: &RecordBatch,
    sets: &[(Period, &RuleSet)],
) -> Result<RecordBatch, StageError> {
    let periods: Vec<String> = sets.iter().map(|(period, _)| period.to_string()).collect();
    let mut all = All::default();
    taxes(&mut all, ledgers.taxes, &periods, sets)?;
    energies(&mut all, ledgers.energies, &periods, sets)?;
    outputs(&mut all, ledgers.outputs, &periods)?;
    emissions(&mut all, ledgers.emissions, &periods, sets)?;
    let occupying = occupant::View::of(occupants)?;
    let at = places(occupying.period, &periods);
    let settled: Set<(&str, usize)> = (0..occupants.num_rows())
        .filter_map(|row| Some((occupying.uscc.value(row), at[occupying.period.code(row)]?)))
        .collect();
    let mut out = enterprise_sum::Builder::default();
    for (key, sums) in &all {
        sums.append(&mut out, (key.0, county, &periods[key.1]), !settled.contains(key));
    }
    sorted(&out.finish()?, enterprise_sum::TABLE.key)
}

/// The sums that a row of that delivery adds to.
fn of<'s, 'a>(all: &'s mut All<'a>, key: (&'a str, usize), delivered: Option<i32>) -> &'s mut Sums {
    let sums = all.entry(key).or_default();
    sums.delivered = sums.delivered.max(delivered);
    sums
}

fn taxes<'a>(
    all: &mut All<'a>,
    taxes: &'a RecordBatch,
    periods: &[String],
    sets: &[(Period, &RuleSet)],
) -> Result<(), StageError> {
    let rows = tax::View::of(taxes)?;
    let places = places(rows.period, periods);
    for row in 0..taxes.num_rows() {
        let Some(at) = places[rows.period.code(row)] else { continue };
        let sums = of(all, (rows.uscc.value(row), at), value(rows.delivered, row));
        if sets[at].1.counts(rows.kind.value(row)) {
            sums.add(Measure::Tax, Some(rows.tax_fen.value(row)));
        }
    }
    Ok(())
}

fn energies<'a>(
    all: &mut All<'a>,
    energies: &'a RecordBatch,
    periods: &[String],
    sets: &[(Period, &RuleSet)],
) -> Result<(), StageError> {
    let rows = energy::View::of(energies)?;
    let places = places(rows.period, periods);
    let mut factors: Map<(usize, usize, usize), Option<Factors>> = Map::default();
    for row in 0..energies.num_rows() {
        let Some(at) = places[rows.period.code(row)] else { continue };
        let (quantity, unit) = (rows.quantity.value(row), rows.unit.value(row));
        let codes = (at, rows.carrier.code(row), rows.unit.code(row));
        let factors = factors.entry(codes).or_insert_with(|| Factors::of(sets[at].1, rows.carrier.value(row), unit));
        let grams = factors.and_then(|factors| factors.grams(quantity)).map(|(equivalent, _)| equivalent);
        let sums = of(all, (rows.uscc.value(row), at), value(rows.delivered, row));
        sums.add(Measure::Energy, grams);
        if unit == "Wh" {
            sums.add(Measure::Electricity, Some(quantity));
        }
    }
    Ok(())
}

fn outputs<'a>(all: &mut All<'a>, outputs: &'a RecordBatch, periods: &[String]) -> Result<(), StageError> {
    let rows = output::View::of(outputs)?;
    let places = places(rows.period, periods);
    for row in 0..outputs.num_rows() {
        let Some(at) = places[rows.period.code(row)] else { continue };
        let sums = of(all, (rows.uscc.value(row), at), value(rows.delivered, row));
        for (which, amounts) in [
            (Measure::Revenue, rows.revenue_fen),
            (Measure::ValueAdded, rows.value_added_fen),
            (Measure::Rd, rows.rd_fen),
            (Measure::Staff, rows.staff),
        ] {
            sums.add(which, value(amounts, row));
        }
    }
    Ok(())
}

/// Pollutants by the policy's weights; others are not counted.
fn emissions<'a>(
    all: &mut All<'a>,
    emissions: &'a RecordBatch,
    periods: &[String],
    sets: &[(Period, &RuleSet)],
) -> Result<(), StageError> {
    let rows = emission::View::of(emissions)?;
    let places = places(rows.period, periods);
    for row in 0..emissions.num_rows() {
        let Some(at) = places[rows.period.code(row)] else { continue };
        let Some(weight) = sets[at].1.emission.get(rows.pollutant.value(row)) else { continue };
        let grams = weight.ratio().times(Ratio::whole(rows.quantity.value(row).into())).round().0;
        let sums = of(all, (rows.uscc.value(row), at), value(rows.delivered, row));
        sums.add(Measure::Emission, i64::try_from(grams).ok());
    }
    Ok(())
}
