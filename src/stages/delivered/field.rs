//! One column of a sheet: what its cells read as.

use std::borrow::Cow;

use super::{Amount, Fault, days, fault, parse_date, year_of};
use crate::domain::parcel_id::external_id;
use crate::domain::width::plain;
use crate::domain::{DivisionCode, ParcelId, Period, RejectCode, Unit, Uscc};
use crate::table::delivery::{AmountUnit, Column, ColumnRule, Ids};

/// Longest text that is kept.
const MAX_TEXT: usize = 1_000;

/// A column of a sheet, and what the mapping says of it.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub(super) name: &'static str,
    /// None where the sheet has no such column.
    pub(super) column: Option<Column<'a>>,
    pub(super) rule: Option<&'a ColumnRule>,
    pub(super) ids: Ids,
}

impl<'a> Field<'a> {
    /// Whether the sheet has it.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        self.column.is_some()
    }

    /// The text as delivered.
    #[inline]
    #[must_use]
    pub fn raw(&self, at: usize) -> Option<&'a str> {
        self.column.and_then(|all| all.get(at))
    }

    /// The text after the mapping's `values`.
    pub fn text(&self, at: usize) -> Result<Option<&'a str>, Fault> {
        let Some(text) = self.raw(at).map(str::trim) else { return Ok(None) };
        if text.len() > MAX_TEXT {
            return Err(fault(RejectCode::TextTooLong, self.name));
        }
        let Some(rule) = self.rule.filter(|rule| !rule.values.is_empty()) else { return Ok(Some(text)) };
        match rule.values.get(text).or(rule.otherwise.as_ref()) {
            Some(value) => Ok(Some(value)),
            None => Err(fault(RejectCode::ValueUnknown, self.name)),
        }
    }

    /// The text after the mapping's `values`, which must be there.
    pub fn required_text(&self, at: usize) -> Result<&'a str, Fault> {
        self.text(at)?.ok_or(fault(RejectCode::FieldMissing, self.name))
    }

    /// One of a closed list.
    pub fn one_of(&self, at: usize, known: &[&'static str]) -> Result<&'static str, Fault> {
        let text = self.required_text(at)?;
        known.iter().copied().find(|value| *value == text).ok_or(fault(RejectCode::ValueUnknown, self.name))
    }

    /// An enterprise's identifier.
    pub fn enterprise(&self, at: usize, county: DivisionCode) -> Result<Option<Cow<'a, str>>, Fault> {
        let Some(text) = self.raw(at) else { return Ok(None) };
        let id = match self.ids {
            Ids::Official => Uscc::parse(text)
                .map(|uscc| if uscc.is(text) { Cow::Borrowed(text) } else { Cow::Owned(uscc.as_str().to_owned()) }),
            Ids::External => external_id(county.as_str(), text).map(Cow::Owned),
        };
        id.map(Some).map_err(|code| fault(code, self.name))
    }

    /// The parcel, of whose county's register the code may be.
    pub fn parcel(&self, at: usize, county: Option<DivisionCode>) -> Result<String, Fault> {
        let text = self.raw(at).unwrap_or_default();
        let id = match (self.ids, county) {
            (Ids::Official, _) => ParcelId::parse(text).map(String::from),
            (Ids::External, Some(county)) => external_id(county.as_str(), text),
            (Ids::External, None) => Err(RejectCode::ParcelIdMissing),
        };
        id.map_err(|code| fault(code, self.name))
    }

    /// A date as days since 1970.
    pub fn date(&self, at: usize) -> Result<Option<i32>, Fault> {
        let Some(text) = self.raw(at).map(str::trim) else { return Ok(None) };
        parse_date(text).map(|date| Some(days(date))).ok_or(fault(RejectCode::DateUnreadable, self.name))
    }

    /// A date, which must be there.
    pub fn required_date(&self, at: usize) -> Result<i32, Fault> {
        self.date(at)?.ok_or(fault(RejectCode::FieldMissing, self.name))
    }

    /// The period, which must be there; of what has a date instead, its year.
    pub fn period(&self, at: usize) -> Result<Period, Fault> {
        if self.name == "date" {
            return self.required_date(at).map(|days| Period::Year(year_of(days)));
        }
        let text: String = self.required_text(at)?.chars().map(plain).collect();
        text.to_ascii_uppercase().parse().map_err(|_| fault(RejectCode::PeriodUnreadable, self.name))
    }

    /// An amount in smallest units, its dimension, and whether it was rounded. `by` is the delivered text that
    /// decides the unit where the mapping has `unit_by`.
    pub fn amount(&self, at: usize, by: Option<&str>) -> Result<Option<Amount>, Fault> {
        let Some(text) = self.raw(at) else { return Ok(None) };
        Amount::read(text, self.unit(by)?, self.name).map(Some)
    }

    /// The unit of its amounts.
    pub fn unit(&self, by: Option<&str>) -> Result<Unit, Fault> {
        match self.rule.and_then(|rule| rule.unit.as_ref()) {
            Some(AmountUnit::One(unit)) => Ok(*unit),
            Some(AmountUnit::By(units)) => {
                by.and_then(|by| units.get(by.trim())).copied().ok_or(fault(RejectCode::ValueUnknown, self.name))
            }
            None => Err(fault(RejectCode::AmountUnreadable, self.name)),
        }
    }
}
