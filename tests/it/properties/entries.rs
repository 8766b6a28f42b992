//! Rows of the ledgers: what is drawn of them, and what may be wrong with them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::small::{ANCHOR, YEARS};

/// A row of a tax, energy or output ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub county: usize,
    pub delivery: usize,
    pub firm: u32,
    pub span: Span,
    /// Of output: whether a measure is empty (see `OUTPUT`).
    pub kind: usize,
    /// In thousandths of the delivered unit; of output, of revenue: the other measures follow from it.
    pub thousandths: i64,
    pub flaw: Flaw,
}

/// A delivered period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    Year(u16),
    Quarter(u16, u8),
    Unreadable,
}

impl Span {
    pub fn text(self) -> String {
        match self {
            Self::Year(year) => year.to_string(),
            Self::Quarter(year, quarter) => format!("{year}Q{quarter}"),
            Self::Unreadable => "去年".to_owned(),
        }
    }

    pub const fn year(self) -> Option<u16> {
        match self {
            Self::Year(year) | Self::Quarter(year, _) => Some(year),
            Self::Unreadable => None,
        }
    }
}

/// What is wrong with a ledger row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// The amount is no number.
    Amount,
    /// The amount is empty.
    NoAmount,
    /// Another character stands at this place of the enterprise's code.
    Code(usize),
    /// The enterprise's code is empty.
    NoCode,
    /// Another character stands at this place of the parcel's code.
    Parcel(usize),
    /// Both the amount and a character of the code.
    Both(usize),
    /// A kind that no mapping lists.
    Kind,
    /// A field too many.
    Extra,
}

impl Flaw {
    /// The enterprise's code as it is delivered.
    pub fn code(self, code: &str) -> String {
        match self {
            Self::Code(at) | Self::Both(at) => misspelt(code, at),
            Self::NoCode => String::new(),
            _ => code.to_owned(),
        }
    }

    /// The parcel's code as it is delivered.
    pub fn parcel(self, id: &str) -> String {
        if let Self::Parcel(at) = self { misspelt(id, at) } else { id.to_owned() }
    }

    /// The amount as it is delivered.
    pub fn amount(self, text: String) -> String {
        match self {
            Self::Amount | Self::Both(_) => "?".to_owned(),
            Self::NoAmount => String::new(),
            _ => text,
        }
    }
}

/// Another character at one place of a code: such that no record has it, since check characters find every single one
/// and no parcel has a Q or W.
fn misspelt(code: &str, at: usize) -> String {
    let mut characters: Vec<char> = code.chars().collect();
    let at = at % characters.len();
    characters[at] = if characters[at] == 'Q' { 'W' } else { 'Q' };
    characters.into_iter().collect()
}

pub fn flaw(of: &'static [Flaw]) -> impl Strategy<Value = Flaw> {
    let flawed = (prop::sample::select(of), 0_usize..18).prop_map(|(flaw, at)| match flaw {
        Flaw::Code(_) => Flaw::Code(at),
        Flaw::Parcel(_) => Flaw::Parcel(at),
        Flaw::Both(_) => Flaw::Both(at),
        other => other,
    });
    prop_oneof![6 => Just(Flaw::None), 1 => flawed]
}

pub fn entry(delivery: impl Strategy<Value = usize>) -> impl Strategy<Value = Entry> {
    let flaws: &[Flaw] =
        &[Flaw::Amount, Flaw::NoAmount, Flaw::Code(0), Flaw::NoCode, Flaw::Both(0), Flaw::Kind, Flaw::Extra];
    let span = prop_oneof![
        6 => Just(Span::Year(2024)),
        2 => Just(Span::Year(2023)),
        3 => (1_u8..=4).prop_map(|quarter| Span::Quarter(2024, quarter)),
        1 => Just(Span::Year(2022)),
        1 => Just(Span::Unreadable),
    ];
    (0_usize..3, delivery, 1_u32..ANCHOR, span, 0_usize..3, thousandths(), flaw(flaws)).prop_map(
        |(county, delivery, firm, span, kind, thousandths, flaw)| Entry {
            county,
            delivery,
            firm,
            span,
            kind,
            thousandths,
            flaw,
        },
    )
}

/// From some fen to well above the threshold on the largest plot.
pub fn thousandths() -> impl Strategy<Value = i64> {
    prop_oneof![1 => 0_i64..100_000, 2 => 0_i64..20_000_000, 2 => 0_i64..300_000_000]
}

/// A row a delivery and year.
pub fn anchors(county: usize, firm: u32, deliveries: &BTreeSet<usize>) -> Vec<Entry> {
    let entry = |delivery: usize, year: u16| Entry {
        county,
        delivery,
        firm,
        span: Span::Year(year),
        kind: 0,
        thousandths: 1_000_000,
        flaw: Flaw::None,
    };
    deliveries.iter().flat_map(|delivery| YEARS.map(|year| entry(*delivery, year))).collect()
}
