//! What the enterprises pay and use: tax by kind, energy by carrier, in a county's ledgers. What they make is in [`made`].

pub mod made;

use super::draw::Draw;
use super::form::Form;
use super::occupancy::Member;
use super::parameters::delivery::{Electricity, Grain, Money};
use super::parameters::{Parameters, Tax};
use crate::domain::{Period, RejectCode};

/// Name of the tax ledger that a later one replaces.
pub const EARLY_TAX: &str = "tax-early";

/// What a row of a ledger tells: an amount, or several.
pub trait Told: Copy {
    /// Cut into nearly equal parts for those periods, each as exactly as it can be written; what is no amount stays whole.
    fn parts(self, periods: &[Period]) -> Vec<Self> {
        vec![self; periods.len()]
    }
    /// Both together; what is no amount, once.
    #[must_use]
    fn and(self, _other: Self) -> Self {
        self
    }
    /// Its amounts in their smallest units, each with what it is balanced as; none for an empty cell.
    fn amounts(self) -> Vec<(&'static str, Option<i64>)> {
        Vec::new()
    }
    /// Its cells.
    fn written(self) -> Vec<String>;
}

/// One row of a ledger.
#[derive(Debug, Clone)]
pub struct Row<'a, T = Amount> {
    /// Whose it is; none for one outside the register.
    pub member: Option<usize>,
    /// The identifier as written, where that is not the member's.
    pub id: Option<String>,
    /// Period of account.
    pub period: Period,
    /// Tax kind or energy carrier, as written; empty where the ledger has none.
    pub kind: &'a str,
    /// What it tells.
    pub told: T,
    /// What stands where its first amount should, if that is no amount.
    pub unreadable: Option<&'static str>,
    /// The code under which it will be rejected.
    pub refused: Option<RejectCode>,
}

impl<T: Told> Row<'_, T> {
    /// The identifier that it carries.
    #[must_use]
    pub fn identifier<'r>(&'r self, members: &'r [Member]) -> &'r str {
        match (&self.id, self.member) {
            (Some(id), _) => id,
            (None, Some(member)) => &members[member].enterprise.uscc,
            (None, None) => "",
        }
    }

    /// Its amounts as written.
    #[must_use]
    pub fn cells(&self) -> Vec<String> {
        let mut cells = self.told.written();
        if let (Some(first), Some(text)) = (cells.first_mut(), self.unreadable) {
            text.clone_into(first);
        }
        cells
    }

    /// Its amounts that can be read, each with what it is balanced as.
    pub fn readable(&self) -> impl Iterator<Item = (&'static str, i64)> + use<T> {
        let unreadable = usize::from(self.unreadable.is_some());
        self.told.amounts().into_iter().skip(unreadable).filter_map(|(measure, count)| Some((measure, count?)))
    }
}

/// An amount of tax or energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// In the smallest unit of what it measures: fen, Wh, dm³, g, kJ.
    pub count: i64,
    /// The unit in which it is written.
    pub unit: Unit,
}

impl Told for Amount {
    fn parts(self, periods: &[Period]) -> Vec<Self> {
        let parts = self.unit.parts(self.count, periods.len() as i64);
        parts.map(|count| Self { count, ..self }).collect()
    }

    fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, ..self }
    }

    fn amounts(self) -> Vec<(&'static str, Option<i64>)> {
        vec![(self.unit.smallest(), Some(self.count))]
    }

    fn written(self) -> Vec<String> {
        vec![self.unit.written(self.count)]
    }
}

/// A unit of a ledger, with the decimals that it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Yuan, to the fen.
    Yuan,
    /// 10,000 yuan, to the yuan.
    WanYuan,
    /// kWh.
    Kwh,
    /// 10,000 kWh, to the kWh.
    WanKwh,
    /// m³.
    CubicMetre,
    /// t, to 0.01.
    Tonne,
    /// kg, to 0.01.
    Kilogram,
    /// GJ, to 0.01.
    Gigajoule,
}

impl Unit {
    /// The smallest unit of what it measures.
    #[must_use]
    pub const fn smallest(self) -> &'static str {
        match self {
            Self::Yuan | Self::WanYuan => "fen",
            Self::Kwh | Self::WanKwh => "Wh",
            Self::CubicMetre => "dm3",
            Self::Tonne | Self::Kilogram => "g",
            Self::Gigajoule => "kJ",
        }
    }

    /// Smallest units in one of the last written decimal, and how many decimals there are.
    const fn grain(self) -> (i64, u32) {
        match self {
            Self::Yuan => (1, 2),
            Self::WanYuan => (100, 4),
            Self::Kwh | Self::CubicMetre => (1_000, 0),
            Self::WanKwh => (1_000, 4),
            Self::Tonne | Self::Gigajoule => (10_000, 2),
            Self::Kilogram => (10, 2),
        }
    }

    /// An amount of this unit in smallest units, as exactly as it can be written.
    #[must_use]
    pub fn count(self, amount: f64) -> i64 {
        let (grain, decimals) = self.grain();
        (amount * f64::from(10_u32.pow(decimals))).round() as i64 * grain
    }

    /// A count of smallest units, as decimal text of this unit.
    fn written(self, count: i64) -> String {
        let (grain, decimals) = self.grain();
        decimal(count / grain, decimals)
    }

    /// The count cut into so many nearly equal ones, each as exactly as it can be written.
    fn parts(self, count: i64, parts: i64) -> impl Iterator<Item = i64> {
        let (grain, _) = self.grain();
        let (whole, rest) = ((count / grain).div_euclid(parts), (count / grain).rem_euclid(parts));
        (0..parts).map(move |part| (whole + i64::from(part < rest)) * grain)
    }

    /// The unit of a county's money.
    const fn of_money(unit: Money) -> Self {
        match unit {
            Money::Yuan => Self::Yuan,
            Money::WanYuan => Self::WanYuan,
        }
    }

    /// How much of it a yuan is.
    const fn of_yuan(self) -> f64 {
        if matches!(self, Self::WanYuan) { 1e-4 } else { 1.0 }
    }

    /// The unit in which a county writes what `[energy]` gives in that one.
    fn of(name: &str, form: &Form) -> Self {
        match (name, form.electricity_unit) {
            ("kwh", Electricity::WanKwh) => Self::WanKwh,
            ("kwh", Electricity::Kwh) => Self::Kwh,
            ("m3", _) => Self::CubicMetre,
            ("t", _) => Self::Tonne,
            _ => Self::Gigajoule,
        }
    }
}

/// The periods of that grain in a year.
fn periods(year: u16, grain: Grain) -> Vec<Period> {
    match grain {
        Grain::Year => vec![Period::Year(year)],
        Grain::Quarter => (1..=4).map(|quarter| Period::Quarter(year, quarter)).collect(),
        Grain::Month => (1..=12).map(|month| Period::Month(year, month)).collect(),
    }
}

/// So many years up to the last one that is judged.
pub fn years(parameters: &Parameters, count: u16) -> impl Iterator<Item = u16> + use<> {
    let last = parameters.pipeline.last_year();
    (last + 1).saturating_sub(count)..=last
}

/// Rows of one member: what a year of a kind comes to, by those periods.
pub fn by_period<'a, T: Told>(
    rows: &mut Vec<Row<'a, T>>,
    member: usize,
    (year, grain): (u16, Grain),
    kind: &'a str,
    told: T,
) {
    let periods = periods(year, grain);
    for (told, period) in told.parts(&periods).into_iter().zip(periods) {
        rows.push(Row { member: Some(member), id: None, period, kind, told, unreadable: None, refused: None });
    }
}

/// A county's tax rows: payments by kind, some in two instalments, some refunds.
#[must_use]
pub fn tax<'a>(members: &[Member], form: &Form, parameters: &'a Parameters, draw: &mut Draw) -> Vec<Row<'a>> {
    let section = &parameters.tax;
    let unit = Unit::of_money(form.tax_unit);
    let scale = unit.of_yuan();
    let first = section.kinds.first().map_or("", |kind| kind.name.as_str());
    let mut rows = Vec::with_capacity(members.len() * 10);
    for (at, member) in members.iter().enumerate().filter(|(_, member)| !member.parcels.is_empty()) {
        let mu = member.land_m2 * 3.0 / 2000.0;
        let median = section.median_wan_per_mu * 1e4 * mu * libm::exp(member.level);
        let pays: Vec<f64> =
            section.kinds.iter().map(|kind| if draw.chance(kind.payers) { kind.share } else { 0.0 }).collect();
        let pays = paying(pays, section, member);
        let paid: f64 = pays.iter().sum();
        for year in years(parameters, section.years) {
            let yuan = if member.is_planned {
                median
            } else {
                median * draw.lognormal(1.0, 0.2) * if draw.chance(section.bad_year_share) { 0.1 } else { 1.0 }
            };
            for (kind, share) in section.kinds.iter().zip(&pays).filter(|(_, share)| **share > 0.0) {
                let count = unit.count(yuan * share / paid * scale);
                let mut push =
                    |count| by_period(&mut rows, at, (year, form.tax_grain), &kind.name, Amount { count, unit });
                if kind.name == first && draw.chance(section.instalment_share) {
                    unit.parts(count, 2).for_each(push);
                } else {
                    push(count);
                }
            }
            if !member.is_planned && draw.chance(section.refund_share) {
                let count = unit.count(-yuan * draw.between(0.1, 0.6) * scale);
                by_period(&mut rows, at, (year, form.tax_grain), first, Amount { count, unit });
            }
        }
    }
    for (at, member) in members.iter().enumerate().filter(|(_, member)| !member.is_local) {
        if let Some(count) = member.astray_fen {
            by_period(&mut rows, at, (parameters.pipeline.last_year(), form.tax_grain), first, Amount { count, unit });
        }
    }
    rows
}

/// Who has parcels in two counties pays in both: each of them knows what is missing in the other. Who is planned pays.
fn paying(mut pays: Vec<f64>, section: &Tax, member: &Member) -> Vec<f64> {
    if member.elsewhere.is_some() || member.is_planned {
        for (first, kind) in pays.iter_mut().zip(&section.kinds).take(1) {
            *first = kind.share;
        }
    }
    pays
}

/// What was known of the tax some weeks before: two rows of three, each with half of its amount.
#[must_use]
pub fn early<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let sound = rows.iter().filter(|row| row.refused.is_none()).enumerate();
    let known = sound.filter(|(at, _)| at % 3 != 2).map(|(_, row)| row);
    let half = |told: Amount| Amount { count: told.unit.parts(told.count, 2).last().unwrap_or_default(), ..told };
    known.map(|row| Row { told: half(row.told), ..row.clone() }).collect()
}

/// A county's energy rows: one a carrier and period.
#[must_use]
pub fn energy<'a>(members: &[Member], form: &Form, parameters: &'a Parameters, draw: &mut Draw) -> Vec<Row<'a>> {
    let section = &parameters.energy;
    let mut rows = Vec::with_capacity(members.len() * 3);
    for (at, member) in members.iter().enumerate().filter(|(_, member)| !member.parcels.is_empty()) {
        let mu = member.land_m2 * 3.0 / 2000.0;
        for carrier in &section.carriers {
            if !draw.chance(carrier.users) {
                continue;
            }
            let unit = Unit::of(&carrier.unit, form);
            // Electricity is given in 10,000 kWh.
            let scale = if unit == Unit::Kwh { 1e4 } else { 1.0 };
            let usual = mu * draw.lognormal(carrier.median_per_mu, section.sigma);
            for year in years(parameters, section.years) {
                let count = unit.count(usual * draw.lognormal(1.0, 0.15) * scale);
                by_period(&mut rows, at, (year, form.energy_grain), &carrier.name, Amount { count, unit });
            }
        }
    }
    rows
}

/// `count` units of the last of those decimals, as decimal text.
fn decimal(count: i64, decimals: u32) -> String {
    if decimals == 0 {
        return count.to_string();
    }
    let unit = 10_u64.pow(decimals);
    let sign = if count < 0 { "-" } else { "" };
    let (whole, part) = (count.unsigned_abs() / unit, count.unsigned_abs() % unit);
    format!("{sign}{whole}.{part:0width$}", width = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_exactly() {
        assert_eq!(Unit::Yuan.written(123_456), "1234.56");
        assert_eq!(Unit::Yuan.written(-5), "-0.05");
        assert_eq!(Unit::WanYuan.written(1_234_567_800), "1234.5678");
        assert_eq!(Unit::WanKwh.written(Unit::WanKwh.count(3.21459)), "3.2146");
        assert_eq!(Unit::Tonne.written(Unit::Tonne.count(2.5)), "2.50");
        assert_eq!(Unit::Kwh.written(Unit::Kwh.count(12.4)), "12");
    }

    #[test]
    fn parts_add_up_and_can_be_written() {
        for count in [100_700, -100_700, 0] {
            let parts: Vec<i64> = Unit::WanYuan.parts(count, 12).collect();
            assert_eq!(parts.iter().sum::<i64>(), count);
            assert!(parts.iter().all(|part| part % 100 == 0));
        }
    }
}
