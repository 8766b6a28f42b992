//! From delivered text to typed values, or to the code for which a row is rejected.
#![expect(clippy::missing_errors_doc, reason = "each error is the fault for which the row is rejected")]

use std::borrow::Cow;
use std::collections::BTreeSet;

use arrow::array::{BinaryArray, RecordBatch};
use chrono::{Datelike, NaiveDate};

use crate::domain::parcel_id::external_id;
use crate::domain::unit::Dimension;
use crate::domain::width::plain;
use crate::domain::{Decimal, DivisionCode, ParcelId, Period, RejectCode, Unit, Uscc};
use crate::table::delivery::{AmountUnit, Column, ColumnRule, Delivered, DeliveryRules, Ids, Sheet};

/// Largest count of smallest units that one row may carry: beyond it no amount of a province can be,
/// and sums stay within `i64`.
const MAX_COUNT: u64 = 1_000_000_000_000_000;

/// First day of what begins on a day that nobody delivered: 0001-01-01.
pub const ALWAYS: i32 = -719_162;

/// Longest text that is kept.
const MAX_TEXT: usize = 1_000;

/// What a stage must know of a source to read its rows.
#[derive(Debug, Clone)]
pub struct SourceFacts {
    /// Its id.
    pub id: String,
    /// The table it delivers.
    pub table: Delivered,
    /// Date of delivery, days since 1970.
    pub delivered: Option<i32>,
    /// The county of all its rows; none: the `county` column tells.
    pub county: Option<DivisionCode>,
    /// What its mapping says of values.
    pub rules: DeliveryRules,
    /// The years that are asked for.
    pub periods: Vec<Period>,
    /// Whether an absent row means zero.
    pub absent_is_zero: bool,
}

/// One source's rows of a county, as read.
pub struct CountyRows<'a> {
    /// The source.
    pub facts: &'a SourceFacts,
    /// Its rows.
    pub batch: RecordBatch,
    /// Years of rows that were refused, as far as they could be read; `""` where the table has no period. What a
    /// delivery was about is known by them too.
    pub refused_years: BTreeSet<String>,
}

/// Why a row is rejected, and the column at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Code.
    pub code: RejectCode,
    /// Column.
    pub column: Option<&'static str>,
}

/// A fault of a column.
#[must_use]
pub const fn fault(code: RejectCode, column: &'static str) -> Fault {
    Fault { code, column: Some(column) }
}

/// One sheet, read by the source's rules.
pub struct DeliveredRows<'a> {
    facts: &'a SourceFacts,
    sheet: &'a Sheet<'a>,
    /// By name; with what the mapping says of their values, if anything.
    columns: Vec<(&'a str, Column<'a>, Option<&'a ColumnRule>)>,
}

impl<'a> DeliveredRows<'a> {
    /// The columns of `sheet`.
    #[must_use]
    pub fn of(facts: &'a SourceFacts, sheet: &'a Sheet<'a>) -> Self {
        let rule = |name| facts.rules.columns.get(name).filter(|rule| !rule.values.is_empty());
        let columns = sheet.columns().map(|(name, column)| (name, column, rule(name))).collect();
        Self { facts, sheet, columns }
    }

    /// Rows in the sheet.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.sheet.len()
    }

    /// Line or feature id.
    #[must_use]
    pub fn row(&self, at: usize) -> i64 {
        self.sheet.rows[at]
    }

    /// WKB as delivered.
    #[must_use]
    pub const fn geometry(&self) -> Option<&'a BinaryArray> {
        self.sheet.geometry.as_ref()
    }

    /// A column's texts as delivered, to be asked row by row.
    #[must_use]
    pub fn column(&self, column: &str) -> Option<Column<'a>> {
        self.of_column(column).map(|(all, _)| all)
    }

    fn of_column(&self, column: &str) -> Option<(Column<'a>, Option<&'a ColumnRule>)> {
        self.columns.iter().find(|(name, ..)| *name == column).map(|(_, all, rule)| (*all, *rule))
    }

    /// What the reader found wrong with the row as a whole.
    pub fn fault(&self, at: usize) -> Result<(), Fault> {
        self.sheet.faults[at].map_or(Ok(()), |code| Err(Fault { code, column: None }))
    }

    /// The text as delivered.
    #[must_use]
    pub fn raw(&self, column: &str, at: usize) -> Option<&'a str> {
        self.column(column).and_then(|all| all.get(at))
    }

    /// The text after the mapping's `values`.
    pub fn text(&self, column: &'static str, at: usize) -> Result<Option<&'a str>, Fault> {
        let Some((all, rule)) = self.of_column(column) else { return Ok(None) };
        let Some(text) = all.get(at).map(str::trim) else { return Ok(None) };
        if text.len() > MAX_TEXT {
            return Err(fault(RejectCode::TextTooLong, column));
        }
        let Some(rule) = rule else { return Ok(Some(text)) };
        match rule.values.get(text).or(rule.otherwise.as_ref()) {
            Some(value) => Ok(Some(value)),
            None => Err(fault(RejectCode::ValueUnknown, column)),
        }
    }

    /// The text after the mapping's `values`, which must be there.
    pub fn required_text(&self, column: &'static str, at: usize) -> Result<&'a str, Fault> {
        self.text(column, at)?.ok_or(fault(RejectCode::FieldMissing, column))
    }

    /// One of a closed list.
    pub fn one_of(&self, column: &'static str, at: usize, known: &[&'static str]) -> Result<&'static str, Fault> {
        let text = self.required_text(column, at)?;
        known.iter().copied().find(|value| *value == text).ok_or(fault(RejectCode::ValueUnknown, column))
    }

    /// The row's county.
    pub fn county(&self, at: usize) -> Result<DivisionCode, Fault> {
        if let Some(county) = self.facts.county {
            return Ok(county);
        }
        let text = self.raw("county", at).map(str::trim).ok_or(fault(RejectCode::FieldMissing, "county_code"))?;
        text.parse().map_err(|_| fault(RejectCode::DivisionMalformed, "county_code"))
    }

    /// An enterprise's identifier.
    pub fn enterprise(
        &self,
        column: &'static str,
        at: usize,
        county: DivisionCode,
    ) -> Result<Option<Cow<'a, str>>, Fault> {
        let Some(text) = self.raw(column, at) else { return Ok(None) };
        let id = match self.facts.rules.ids {
            Ids::Official => Uscc::parse(text)
                .map(|uscc| if uscc.is(text) { Cow::Borrowed(text) } else { Cow::Owned(uscc.as_str().to_owned()) }),
            Ids::External => external_id(county.as_str(), text).map(Cow::Owned),
        };
        id.map(Some).map_err(|code| fault(code, column))
    }

    /// The parcel, of whose county's register the code may be.
    pub fn parcel(&self, column: &'static str, at: usize, county: Option<DivisionCode>) -> Result<String, Fault> {
        let text = self.raw(column, at).unwrap_or_default();
        let id = match (self.facts.rules.ids, county) {
            (Ids::Official, _) => ParcelId::parse(text).map(String::from),
            (Ids::External, Some(county)) => external_id(county.as_str(), text),
            (Ids::External, None) => Err(RejectCode::ParcelIdMissing),
        };
        id.map_err(|code| fault(code, column))
    }

    /// A date as days since 1970.
    pub fn date(&self, column: &'static str, at: usize) -> Result<Option<i32>, Fault> {
        let Some(text) = self.raw(column, at).map(str::trim) else { return Ok(None) };
        parse_date(text).map(|date| Some(days(date))).ok_or(fault(RejectCode::DateUnreadable, column))
    }

    /// A date, which must be there.
    pub fn required_date(&self, column: &'static str, at: usize) -> Result<i32, Fault> {
        self.date(column, at)?.ok_or(fault(RejectCode::FieldMissing, column))
    }

    /// The period, which must be there; of what has a date instead, its year.
    pub fn period(&self, at: usize) -> Result<Period, Fault> {
        if self.column("date").is_some() {
            return self.required_date("date", at).map(|days| Period::Year(year_of(days)));
        }
        let text: String = self.required_text("period", at)?.chars().map(plain).collect();
        text.to_ascii_uppercase().parse().map_err(|_| fault(RejectCode::PeriodUnreadable, "period"))
    }

    /// An amount in smallest units, its dimension, and whether it was rounded. `by` is the delivered text that
    /// decides the unit where the mapping has `unit_by`.
    pub fn amount(&self, column: &'static str, at: usize, by: Option<&str>) -> Result<Option<Amount>, Fault> {
        let Some(text) = self.raw(column, at) else { return Ok(None) };
        Amount::read(text, self.unit(column, by)?, column).map(Some)
    }

    /// The unit of a column's amounts.
    pub fn unit(&self, column: &'static str, by: Option<&str>) -> Result<Unit, Fault> {
        match self.facts.rules.columns.get(column).and_then(|rule| rule.unit.as_ref()) {
            Some(AmountUnit::One(unit)) => Ok(*unit),
            Some(AmountUnit::By(units)) => {
                by.and_then(|by| units.get(by.trim())).copied().ok_or(fault(RejectCode::ValueUnknown, column))
            }
            None => Err(fault(RejectCode::AmountUnreadable, column)),
        }
    }
}

/// An amount in its dimension's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// Count of smallest units.
    pub count: i64,
    /// What they measure.
    pub dimension: Dimension,
    /// Whether anything finer was rounded off.
    pub is_rounded: bool,
}

impl Amount {
    /// `number` of `unit`; none if it is beyond what a row may carry.
    fn of(number: Decimal, unit: Unit) -> Option<Self> {
        let size = unit.size();
        let (count, is_rounded) = if let Some(count) = number.times_whole(size) {
            (count, false)
        } else {
            let (count, is_rounded) = number.ratio().checked_times(size)?.round();
            (i64::try_from(count).ok()?, is_rounded)
        };
        let is_in_range = count.unsigned_abs() <= MAX_COUNT;
        is_in_range.then(|| Self { count, dimension: unit.dimensions().0, is_rounded })
    }

    /// An amount of `unit` as delivered.
    pub fn read(text: &str, unit: Unit, column: &'static str) -> Result<Self, Fault> {
        let number: Decimal = text.parse().map_err(|_| fault(RejectCode::AmountUnreadable, column))?;
        Self::of(number, unit).ok_or(fault(RejectCode::AmountOutOfRange, column))
    }

    /// The amount, if it is not negative.
    pub fn not_negative(self, column: &'static str) -> Result<Self, Fault> {
        if self.count < 0 { Err(fault(RejectCode::AmountOutOfRange, column)) } else { Ok(self) }
    }
}

/// The name of a dimension's smallest unit, as tallies publish it.
#[must_use]
pub const fn smallest_unit(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Money => "fen",
        Dimension::Area => "cm2",
        Dimension::Electricity => "Wh",
        Dimension::Mass => "g",
        Dimension::StandardCoal => "gce",
        Dimension::Volume => "dm3",
        Dimension::Heat => "kJ",
        Dimension::Persons => "person",
        Dimension::Number => "count",
    }
}

/// The same of a name in a ledger's column of units; none if it is none of theirs.
#[must_use]
pub fn energy_unit(name: &str) -> Option<&'static str> {
    ["Wh", "g", "dm3", "kJ", "gce"].into_iter().find(|known| *known == name)
}

/// Days since 1970-01-01.
#[must_use]
pub fn days(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - 719_163
}

/// The date of a day since 1970-01-01.
#[must_use]
pub fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(days.checked_add(719_163)?)
}

/// The year of a day.
fn year_of(days: i32) -> u16 {
    // Dates are read with years of four digits.
    date(days).and_then(|date| u16::try_from(date.year()).ok()).unwrap_or_default()
}

/// Reads `2024-01-31`, `2024/1/31`, `20240131`, and either with a time behind it.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let ((first, width), rest) = number(text.as_bytes());
    let ([year, month, day], rest) = match (width, rest) {
        (8, rest) => ([first / 10_000, first / 100 % 100, first % 100], rest),
        (4, [b'-' | b'/' | b'.', rest @ ..]) => match number(rest) {
            ((month, 1..), [b'-' | b'/' | b'.', rest @ ..]) => match number(rest) {
                ((day, 1..), rest) => ([first, month, day], rest),
                _ => return None,
            },
            _ => return None,
        },
        _ => return None,
    };
    let is_over = matches!(rest, [] | [b'T' | b' ', ..]);
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| is_over)
}

/// The number of up to eight digits with which bytes begin, how many they are, and what follows.
fn number(mut bytes: &[u8]) -> ((u32, u32), &[u8]) {
    let (mut number, mut width) = (0, 0);
    while let [digit @ b'0'..=b'9', rest @ ..] = bytes
        && width < 8
    {
        (number, width, bytes) = (number * 10 + u32::from(digit - b'0'), width + 1, rest);
    }
    ((number, width), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_they_come() {
        for text in ["2024-01-31", "2024/1/31", "20240131", "2024-01-31T00:00:00", "2024.1.31", "2024/01/31 12:00"] {
            assert_eq!(parse_date(text), NaiveDate::from_ymd_opt(2024, 1, 31), "{text}");
        }
        for text in [
            "31.1.2024",
            "2024-13-01",
            "45322",
            "2024",
            "",
            "2024-1-",
            "2024--1",
            "2024-1-31-1",
            "202401311",
            "2024-1-1x",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(days(NaiveDate::from_ymd_opt(1970, 1, 1).unwrap()), 0);
    }

    #[test]
    fn amounts_are_exact_in_smallest_units() {
        let amount = |text: &str, unit: &str| Amount::of(text.parse().unwrap(), unit.parse().unwrap());
        assert_eq!(amount("12.345678", "wan_yuan").map(|it| (it.count, it.is_rounded)), Some((12_345_678, false)));
        assert_eq!(amount("0.005", "yuan").map(|it| (it.count, it.is_rounded)), Some((1, true)));
        assert_eq!(amount("-0.005", "yuan").map(|it| (it.count, it.is_rounded)), Some((-1, true)));
        assert_eq!(amount("3", "mu").map(|it| (it.count, it.is_rounded)), Some((20_000_000, false)));
        assert_eq!(amount("99999999999999", "yi_yuan"), None);
        assert_eq!(amount(&"9".repeat(29), "yi_yuan"), None);
    }
}
