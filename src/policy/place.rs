//! Where a rule set holds: a county, or a whole city.

use std::fmt;
use std::str::FromStr;

use crate::domain::DivisionCode;

/// A 6-digit county or a 4-digit city of a set's `counties`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A city: all its counties.
    City([u8; 4]),
    /// One county.
    County(DivisionCode),
}

/// The text is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a 6-digit county code nor a 4-digit city code")]
pub struct NotAPlace(pub String);

/// How closely a set is cut to a county: the closest judges it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// The set names no place.
    Everywhere,
    /// It names the county's city.
    City,
    /// It names the county.
    County,
}

impl Place {
    /// How closely it holds `county`, or none if the county lies elsewhere.
    #[must_use]
    pub fn closeness(&self, county: &DivisionCode) -> Option<Closeness> {
        match self {
            Self::County(code) => (code == county).then_some(Closeness::County),
            Self::City(digits) => (county.city().as_bytes() == digits).then_some(Closeness::City),
        }
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        match <[u8; 4]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self::City(digits)),
            _ => text.parse().map(Self::County).map_err(|_| NotAPlace(text.to_owned())),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::County(code) => write!(f, "{code}"),
            Self::City(digits) => f.write_str(std::str::from_utf8(digits).unwrap_or_default()),
        }
    }
}
