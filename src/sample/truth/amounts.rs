//! What falls on each holding of a year: every row of the right ledger, cut by land.

use std::collections::BTreeMap;

use super::Known;
use super::holding::{Holding, split};
use crate::domain::Period;
use crate::sample::ledger::{Amount, Row};
use crate::sample::parameters::Parameters;

/// The demo policy's kinds of tax.
const COUNTED: [&str; 10] = [
    "vat",
    "income",
    "consumption",
    "urban_construction",
    "resource",
    "property",
    "land_use",
    "stamp",
    "vehicle",
    "environment",
];

/// The demo policy's 等价值: 1e-5 g of standard coal per smallest unit (Wh, dm³, g, kJ).
const COAL: [(&str, i64); 6] = [
    ("electricity", 30_000),
    ("natural_gas", 133_000),
    ("raw_coal", 71_430),
    ("heat", 3_412),
    ("diesel", 145_710),
    ("gasoline", 147_140),
];

/// One row of the right ledger: a member's year of one kind or carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yearly<'a> {
    /// Index of the member.
    pub member: usize,
    /// Year.
    pub year: u16,
    /// Kind or carrier, canonical.
    pub kind: &'a str,
    /// Sum in the smallest unit.
    pub count: i64,
    /// That unit.
    pub unit: &'static str,
    /// Whether quarters or months of it are missing.
    pub is_incomplete: bool,
}

/// The right ledger: the sums of the rows that must be accepted, by member, year and kind.
#[must_use]
pub fn yearly<'a>(rows: &[Row<'_>], years: &[u16], names: &BTreeMap<&str, &'a str>) -> Vec<Yearly<'a>> {
    let mut sums: BTreeMap<(usize, u16, &str), (i64, &'static str, u16)> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.refused.is_none() && years.contains(&row.period.year())) {
        if let (Some(member), Some(kind)) = (row.member, names.get(row.kind)) {
            let Amount { count, unit } = row.told;
            let sum = sums.entry((member, row.period.year(), kind)).or_insert((0, unit.smallest(), 0));
            sum.0 += count;
            sum.2 |= months(row.period);
        }
    }
    let row = |((member, year, kind), (count, unit, there))| {
        let is_incomplete = there != months(Period::Year(year));
        Yearly { member, year, kind, count, unit, is_incomplete }
    };
    sums.into_iter().map(row).collect()
}

/// The months of a period, one bit each.
pub(super) const fn months(period: Period) -> u16 {
    match period {
        Period::Year(_) => 0xFFF,
        Period::Quarter(_, quarter) => 0b111 << (3 * (quarter - 1)),
        Period::Month(_, month) => 1 << (month - 1),
    }
}

/// Names of tax kinds in ledgers, and canonical.
#[must_use]
pub fn kinds(parameters: &Parameters) -> BTreeMap<&str, &str> {
    parameters.tax.kinds.iter().map(|kind| (kind.name.as_str(), kind.kind.as_str())).collect()
}

/// Names of energy carriers in ledgers, and canonical.
#[must_use]
pub fn carriers(parameters: &Parameters) -> BTreeMap<&str, &str> {
    parameters.energy.carriers.iter().map(|carrier| (carrier.name.as_str(), carrier.carrier.as_str())).collect()
}

/// Fen that the demo policy counts.
#[must_use]
pub fn counted_fen(row: &Yearly<'_>) -> Option<i64> {
    COUNTED.contains(&row.kind).then_some(row.count)
}

/// Grams of standard coal, rounded half away from zero.
#[must_use]
pub fn coal_g(row: &Yearly<'_>) -> Option<i64> {
    let (_, factor) = COAL.iter().find(|(carrier, _)| *carrier == row.kind)?;
    Some(((i128::from(row.count) * i128::from(*factor) + 50_000) / 100_000) as i64)
}

/// What falls on each of a year's holdings, given each row's member and amount; none where no row of its member's does.
#[must_use]
pub fn fallen(
    holdings: &[Holding],
    members: usize,
    rows: impl Iterator<Item = (usize, Option<i64>)>,
) -> Vec<Option<i64>> {
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); members];
    for (at, holding) in holdings.iter().enumerate() {
        places[holding.member].push(at);
    }
    let mut fallen = vec![None; holdings.len()];
    for (member, amount) in rows {
        let (places, Some(amount)) = (&places[member], amount) else { continue };
        let land: Vec<i64> = places.iter().map(|at| holdings[*at].cm2).collect();
        for (at, part) in places.iter().zip(split(amount, &land)) {
            *fallen[*at].get_or_insert(0) += part;
        }
    }
    fallen
}

/// What is known of a sum over the occupants of a parcel: they all have a part of it and none is in doubt, or some
/// have, or none.
#[must_use]
pub fn summed(parts: impl Iterator<Item = (Option<i64>, bool)>, is_doubtful: bool) -> (Option<i64>, Known) {
    let (mut sum, mut some, mut is_whole) = (0, false, !is_doubtful);
    for (amount, is_in_doubt) in parts {
        sum += amount.unwrap_or(0);
        some |= amount.is_some();
        is_whole &= amount.is_some() && !is_in_doubt;
    }
    match (some, is_whole) {
        (false, _) => (None, Known::Nothing),
        (true, true) => (Some(sum), Known::All),
        (true, false) => (Some(sum), Known::AtLeast),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_makes_a_sum_a_lower_bound() {
        assert_eq!(summed([(Some(1), false), (Some(2), false)].into_iter(), false), (Some(3), Known::All));
        assert_eq!(summed([(Some(1), false), (Some(2), true)].into_iter(), false), (Some(3), Known::AtLeast));
        assert_eq!(summed([(Some(1), false), (None, false)].into_iter(), false), (Some(1), Known::AtLeast));
        assert_eq!(summed([(None, false)].into_iter(), false), (None, Known::Nothing));
        assert_eq!(summed(std::iter::empty(), false), (None, Known::Nothing));
    }
}
