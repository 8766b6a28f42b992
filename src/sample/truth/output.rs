//! What is true of output: the right ledger, and what of it falls on each parcel and on each enterprise there.

use std::collections::BTreeMap;

use super::amounts::{fallen, months};
use super::{Accepted, County, Held, Known, Rows};
use crate::domain::Period;
use crate::sample::SampleError;
use crate::sample::ledger::Row;
use crate::sample::ledger::made::Made;
use crate::table::truth::{enterprise_output, output, parcel_output};

/// One row of the right ledger: what a member makes in a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yearly {
    /// Index of the member.
    pub member: usize,
    /// Year.
    pub year: u16,
    /// Sums by measure; none where no row tells it.
    pub counts: [Option<i64>; 4],
    /// Whether some of its quarters or months are missing, or do not tell what others do.
    pub is_incomplete: bool,
}

/// The right ledger: the rows that must be accepted, by member and year.
#[must_use]
pub fn yearly(rows: &[Row<'_, Made>], years: &[u16]) -> Vec<Yearly> {
    let mut by_year: BTreeMap<(usize, u16), Vec<&Row<'_, Made>>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.refused.is_none() && years.contains(&row.period.year())) {
        if let Some(member) = row.member {
            by_year.entry((member, row.period.year())).or_default().push(row);
        }
    }
    let year = |((member, year), rows): ((usize, u16), Vec<&Row<'_, Made>>)| {
        let told = |at: usize| rows.iter().filter_map(move |row| row.told.counts[at]);
        let there = rows.iter().fold(0, |there, row| there | months(row.period));
        let is_told_in_part = |at| (1..rows.len()).contains(&told(at).count());
        Yearly {
            member,
            year,
            counts: std::array::from_fn(|at| told(at).reduce(|sum, count| sum + count)),
            is_incomplete: there != months(Period::Year(year)) || (0..4).any(is_told_in_part),
        }
    };
    by_year.into_iter().map(year).collect()
}

/// The tables of output, growing year by year.
#[derive(Default)]
pub(super) struct Figures {
    parcels: parcel_output::Builder,
    enterprises: enterprise_output::Builder,
}

impl Figures {
    /// What falls on each parcel in a year, and how much of that is known.
    pub(super) fn year(&mut self, county: &County<'_>, accepted: &[Accepted<'_>], held: &Held, ledger: &[Yearly]) {
        let mut doubted = county.doubts.output.clone();
        doubted.extend(ledger.iter().filter(|row| row.is_incomplete).map(|row| (row.member, row.year)));
        let of_year = || ledger.iter().filter(|row| row.year == held.year);
        let members = county.register.members.len();
        // Revenue and value added; R&D and staff fall on no parcel.
        let fallen: [Vec<Option<i64>>; 2] =
            [0, 1].map(|at| fallen(&held.holdings, members, of_year().map(|row| (row.member, row.counts[at]))));
        let year = held.year.to_string();
        for it in accepted {
            let here = held.of_parcel[it.at].clone();
            let known = |of: std::ops::Range<usize>| -> [(Option<i64>, Known); 2] {
                fallen.each_ref().map(|fallen| held.known(county, it, of.clone(), fallen, &doubted))
            };
            let [revenue, value_added] = known(here.clone());
            let rows = &mut self.parcels;
            rows.parcel_id.append_value(&it.parcel.id);
            rows.period.append_value(&year);
            rows.revenue_fen.append_option(revenue.0);
            rows.revenue_completeness.append_value(revenue.1.as_str());
            rows.value_added_fen.append_option(value_added.0);
            rows.value_added_completeness.append_value(value_added.1.as_str());
            for at in here {
                let [revenue, value_added] = known(at..at + 1);
                let member = &county.register.members[held.holdings[at].member];
                let rows = &mut self.enterprises;
                rows.parcel_id.append_value(&it.parcel.id);
                rows.uscc.append_value(&member.enterprise.uscc);
                rows.period.append_value(&year);
                rows.revenue_fen.append_option(revenue.0);
                rows.revenue_completeness.append_value(revenue.1.as_str());
                rows.value_added_fen.append_option(value_added.0);
                rows.value_added_completeness.append_value(value_added.1.as_str());
            }
        }
    }

    /// The tables, and the right ledger's.
    ///
    /// # Errors
    /// Never in practice.
    pub(super) fn finish(mut self, county: &County<'_>, ledger: &[Yearly]) -> Result<Rows, SampleError> {
        let mut rows = output::Builder::default();
        for row in ledger {
            let [revenue, value_added, rd, staff] = row.counts;
            rows.uscc.append_value(&county.register.members[row.member].enterprise.uscc);
            rows.county_code.append_value(county.plan.county.code.as_str());
            rows.period.append_value(row.year.to_string());
            rows.revenue_fen.append_option(revenue);
            rows.value_added_fen.append_option(value_added);
            rows.rd_fen.append_option(rd);
            rows.staff.append_option(staff);
        }
        Ok(vec![
            (&output::TABLE, rows.finish()?),
            (&parcel_output::TABLE, self.parcels.finish()?),
            (&enterprise_output::TABLE, self.enterprises.finish()?),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::ledger::{Unit, by_period};
    use crate::sample::parameters::delivery::Grain;

    #[test]
    fn a_quarter_that_does_not_tell_leaves_its_year_in_doubt() {
        let mut rows = Vec::new();
        let made = Made { counts: [Some(400), None, Some(40), Some(9)], unit: Unit::Yuan };
        by_period(&mut rows, 0, (2024, Grain::Quarter), "", made);
        by_period(&mut rows, 0, (2023, Grain::Year), "", made);
        let of = |rows: &[Row<'_, Made>], year: u16| yearly(rows, &[year])[0];
        let whole = Yearly { member: 0, year: 2024, counts: [Some(400), None, Some(40), None], is_incomplete: false };
        assert_eq!(of(&rows, 2024), whole);
        rows[2].told.counts[0] = None;
        assert_eq!(of(&rows, 2024), Yearly { counts: [Some(300), None, Some(40), None], is_incomplete: true, ..whole });
        assert_eq!(of(&rows, 2023), Yearly { year: 2023, counts: made.counts, ..whole });
    }
}
