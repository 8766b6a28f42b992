//! What the enterprises make: revenue, value added, R&D and staff, in a county's ledger of output.

use super::{Row, Told, Unit, by_period, years};
use crate::domain::Period;
use crate::sample::draw::Draw;
use crate::sample::form::Form;
use crate::sample::occupancy::Member;
use crate::sample::parameters::Parameters;

/// What the amounts are balanced as, in the order of their cells.
pub const MEASURES: [&str; 4] = ["revenue_fen", "value_added_fen", "rd_fen", "staff"];

/// What an enterprise makes: fen of revenue, value added and R&D, and its staff; none: an empty cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// In the order of [`MEASURES`].
    pub counts: [Option<i64>; 4],
    /// The unit in which money is written.
    pub unit: Unit,
}

impl Made {
    /// Without those cells that `is_empty` takes; where it takes all of them, with the first.
    fn without(self, mut is_empty: impl FnMut() -> bool) -> Self {
        let counts = self.counts.map(|count| count.filter(|_| !is_empty()));
        if counts == [None; 4] {
            Self { counts: [self.counts[0], None, None, None], ..self }
        } else {
            Self { counts, ..self }
        }
    }
}

impl Told for Made {
    /// Heads do not add up over quarters: only years tell them.
    fn parts(self, periods: &[Period]) -> Vec<Self> {
        let [money @ .., staff] = self.counts;
        let mut money = money.map(|count| count.map(|count| self.unit.parts(count, periods.len() as i64)));
        let part = |period: &Period| {
            let [revenue, value_added, rd] = money.each_mut().map(|parts| parts.as_mut()?.next());
            let staff = staff.filter(|_| matches!(period, Period::Year(_)));
            Self { counts: [revenue, value_added, rd, staff], ..self }
        };
        periods.iter().map(part).collect()
    }

    fn and(self, other: Self) -> Self {
        let mut both = self;
        for (count, more) in both.counts.iter_mut().zip(other.counts) {
            *count = count.map(|count| count + more.unwrap_or(0)).or(more);
        }
        both
    }

    fn amounts(self) -> Vec<(&'static str, Option<i64>)> {
        MEASURES.into_iter().zip(self.counts).collect()
    }

    fn written(self) -> Vec<String> {
        let [money @ .., staff] = self.counts;
        let money = money.map(|count| count.map(|count| self.unit.written(count)));
        let staff = staff.map(|heads| heads.to_string());
        money.into_iter().chain([staff]).map(Option::unwrap_or_default).collect()
    }
}

/// A county's output rows: one a period. Who may not fail tells every amount: an empty cell of a quarter leaves its year in
/// doubt.
#[must_use]
pub fn output(members: &[Member], form: &Form, parameters: &Parameters, draw: &mut Draw) -> Vec<Row<'static, Made>> {
    let section = &parameters.output;
    let unit = Unit::of_money(form.output_unit);
    let mut rows = Vec::new();
    for (at, member) in members.iter().enumerate().filter(|(_, member)| !member.parcels.is_empty()) {
        if !draw.chance(section.reporting_share) {
            continue;
        }
        let mu = member.land_m2 * 3.0 / 2000.0;
        let median = section.median_wan_per_mu * 1e4 * mu * libm::exp(section.tax_power * member.level);
        let usual = draw.lognormal(median, section.sigma);
        for year in years(parameters, section.years) {
            let yuan = draw.lognormal(usual, 0.15);
            let share = (section.value_added_share + section.value_added_spread * draw.normal()).clamp(0.01, 1.0);
            let sign = if draw.chance(section.loss_share) { -1.0 } else { 1.0 };
            let rd = section.rd_share * draw.between(0.0, 2.0);
            let fen = |yuan: f64| Some(unit.count(yuan * unit.of_yuan()));
            let heads = (yuan / 1e4 / section.revenue_wan_per_head).round().max(1.0) as i64;
            let counts = [fen(yuan), fen(sign * share * yuan), fen(rd * yuan), Some(heads)];
            let first = rows.len();
            by_period(&mut rows, at, (year, form.output_grain), "", Made { counts, unit });
            for row in rows[first..].iter_mut().filter(|_| member.may_fail()) {
                row.told = row.told.without(|| draw.chance(section.empty_share));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: Made = Made { counts: [Some(100_700), Some(-10_300), None, Some(7)], unit: Unit::WanYuan };

    #[test]
    fn quarters_add_up_but_for_heads() {
        let quarters: Vec<Period> = (1..=4).map(|quarter| Period::Quarter(2024, quarter)).collect();
        let parts = MADE.parts(&quarters);
        let sum = parts.iter().copied().reduce(Told::and).unwrap();
        assert_eq!(sum.counts, [Some(100_700), Some(-10_300), None, None]);
        assert_eq!(MADE.parts(&[Period::Year(2024)]), [MADE]);
    }

    #[test]
    fn what_is_missing_is_an_empty_cell_and_never_all() {
        assert_eq!(MADE.written(), ["0.1007", "-0.0103", "", "7"]);
        assert_eq!(MADE.without(|| true).written(), ["0.1007", "", "", ""]);
    }
}
