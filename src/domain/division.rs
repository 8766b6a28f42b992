//! Administrative divisions: six-digit county codes and the prefixes above them (GB/T 2260).

use std::fmt;
use std::str::FromStr;

/// A county-level division code of six digits, as `330106`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode([u8; 6]);

/// The text is not six digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a county code of six digits")]
pub struct NotADivisionCode(pub String);

impl DivisionCode {
    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The four digits of the city it lies in.
    #[must_use]
    pub fn city(&self) -> &str {
        &self.as_str()[..4]
    }

    /// The two digits of the province.
    #[must_use]
    pub fn province(&self) -> &str {
        &self.as_str()[..2]
    }
}

impl FromStr for DivisionCode {
    type Err = NotADivisionCode;

    fn from_str(text: &str) -> Result<Self, NotADivisionCode> {
        match <[u8; 6]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(NotADivisionCode(text.to_owned())),
        }
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
