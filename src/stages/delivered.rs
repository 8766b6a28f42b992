//! From delivered text to typed values, or to the code for which a row is rejected.
#![expect(clippy::missing_errors_doc, reason = "each error is the fault for which the row is rejected")]

mod field;

use std::collections::BTreeSet;

use arrow::array::{BinaryArray, RecordBatch};
use chrono::{Datelike, NaiveDate};

pub use field::Field;

use crate::domain::unit::Dimension;
use crate::domain::{Decimal, DivisionCode, Period, RejectCode, Unit};
use crate::table::delivery::{Column, ColumnRule, Delivered, DeliveryRules, Sheet};

/// Largest count of smallest units that one row may carry: beyond it no amount of a province can be,
/// and sums stay within `i64`.
const MAX_COUNT: u64 = 1_000_000_000_000_000;

/// First day of what begins on a day that nobody delivered: 0001-01-01.
pub const ALWAYS: i32 = -719_162;

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
    /// By name; with what the mapping says of them.
    columns: Vec<(&'a str, Column<'a>, Option<&'a ColumnRule>)>,
    county: Option<Column<'a>>,
}

impl<'a> DeliveredRows<'a> {
    /// The columns of `sheet`.
    #[must_use]
    pub fn of(facts: &'a SourceFacts, sheet: &'a Sheet<'a>) -> Self {
        let columns = sheet.columns().map(|(name, column)| (name, column, facts.rules.columns.get(name)));
        let columns: Vec<_> = columns.collect();
        let county = columns.iter().find(|(name, ..)| *name == "county").map(|(_, all, _)| *all);
        Self { facts, sheet, columns, county }
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

    /// A column, to be asked row by row.
    #[must_use]
    pub fn field(&self, name: &'static str) -> Field<'a> {
        let found = self.columns.iter().find(|(known, ..)| *known == name);
        let (column, rule) = found.map_or((None, None), |(_, column, rule)| (Some(*column), *rule));
        Field { name, column, rule, ids: self.facts.rules.ids }
    }

    /// What the reader found wrong with the row as a whole.
    pub fn fault(&self, at: usize) -> Result<(), Fault> {
        self.sheet.faults[at].map_or(Ok(()), |code| Err(Fault { code, column: None }))
    }

    /// The row's county.
    pub fn county(&self, at: usize) -> Result<DivisionCode, Fault> {
        if let Some(county) = self.facts.county {
            return Ok(county);
        }
        let text = self.county.and_then(|all| all.get(at)).ok_or(fault(RejectCode::FieldMissing, "county_code"))?;
        text.trim().parse().map_err(|_| fault(RejectCode::DivisionMalformed, "county_code"))
    }

    /// [`Field::raw`] of a column that is asked for by its name.
    #[must_use]
    pub fn raw(&self, column: &'static str, at: usize) -> Option<&'a str> {
        self.field(column).raw(at)
    }

    /// As [`Self::raw`], [`Field::text`].
    pub fn text(&self, column: &'static str, at: usize) -> Result<Option<&'a str>, Fault> {
        self.field(column).text(at)
    }

    /// As [`Self::raw`], [`Field::one_of`].
    pub fn one_of(&self, column: &'static str, at: usize, known: &[&'static str]) -> Result<&'static str, Fault> {
        self.field(column).one_of(at, known)
    }

    /// As [`Self::raw`], [`Field::date`].
    pub fn date(&self, column: &'static str, at: usize) -> Result<Option<i32>, Fault> {
        self.field(column).date(at)
    }

    /// As [`Self::raw`], [`Field::amount`].
    pub fn amount(&self, column: &'static str, at: usize, by: Option<&str>) -> Result<Option<Amount>, Fault> {
        self.field(column).amount(at, by)
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
