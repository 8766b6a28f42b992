//! Exact decimal numbers, read from text and never through a float.

use std::fmt;
use std::str::FromStr;

use super::ratio::Ratio;
use super::width::plain;

/// A decimal number `mantissa × 10^-scale`, with at most 30 significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Why a text is not a [`Decimal`]. The text itself is left out: it may be a tax figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Nothing but space.
    #[error("the number is empty")]
    Empty,
    /// A character that no decimal number has.
    #[error("not a decimal number")]
    NotANumber,
    /// More digits than are kept exactly.
    #[error("more than 30 digits")]
    TooLong,
}

const MAX_DIGITS: u32 = 30;

impl Decimal {
    /// `mantissa × 10^-scale`.
    #[must_use]
    pub const fn new(mantissa: i128, scale: u32) -> Self {
        Self { mantissa, scale }
    }

    /// The number as an exact ratio.
    #[must_use]
    pub fn ratio(self) -> Ratio {
        Ratio::new(self.mantissa, 10_i128.pow(self.scale))
    }

    /// The number times `size`, where what its last digit stands for is a whole number by itself: no fraction to round.
    #[must_use]
    pub fn times_whole(self, size: Ratio) -> Option<i64> {
        let size = if size.denominator() == 1 { i64::try_from(size.numerator()).ok()? } else { return None };
        let parts = 10_i64.checked_pow(self.scale)?;
        if size % parts == 0 { i64::try_from(self.mantissa).ok()?.checked_mul(size / parts) } else { None }
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `-1234.50` and `1,234.5` (thousands in groups of three), but no exponents: a spreadsheet that
    /// writes `1.2346E+08` has lost digits;
    /// full-width digits count as their plain forms; spaces around are ignored.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        if let Some(number) = short(text.as_bytes()) {
            return Ok(number);
        }
        let mut folded = [0_u8; 48];
        let text = fold(text.trim(), &mut folded)?;
        if text.is_empty() {
            return Err(DecimalError::Empty);
        }
        let (negative, number) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (whole, fraction) = match number.iter().position(|byte| *byte == b'.') {
            Some(at) => (&number[..at], &number[at + 1..]),
            None => (number, &[][..]),
        };
        if !well_grouped(whole) || (whole.is_empty() && fraction.is_empty()) {
            return Err(DecimalError::NotANumber);
        }
        let mut mantissa = 0_i128;
        let mut digits = 0_u32;
        for byte in whole.iter().filter(|byte| **byte != b',').chain(fraction) {
            if !byte.is_ascii_digit() {
                return Err(DecimalError::NotANumber);
            }
            mantissa = mantissa * 10 + i128::from(byte - b'0');
            digits += u32::from(mantissa != 0);
            if digits > MAX_DIGITS {
                return Err(DecimalError::TooLong);
            }
        }
        let scale = u32::try_from(fraction.len()).ok().filter(|scale| *scale <= MAX_DIGITS);
        Ok(Self { mantissa: if negative { -mantissa } else { mantissa }, scale: scale.ok_or(DecimalError::TooLong)? })
    }
}

/// A number as most are written: up to 18 digits, a point, a sign, and nothing else. Any other is left to the full reading.
fn short(text: &[u8]) -> Option<Decimal> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let (mut mantissa, mut point) = (0_i64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            // What overflows has too many digits, which are counted below.
            b'0'..=b'9' => mantissa = mantissa.wrapping_mul(10).wrapping_add(i64::from(byte - b'0')),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let count = digits.len() - usize::from(point.is_some());
    if !(1..=18).contains(&count) {
        return None;
    }
    let scale = u32::try_from(point.map_or(0, |point| count - point)).ok()?;
    Some(Decimal { mantissa: i128::from(if negative { -mantissa } else { mantissa }), scale })
}

/// Copies `text` into `buffer` as ASCII, full-width forms folded.
fn fold<'a>(text: &str, buffer: &'a mut [u8; 48]) -> Result<&'a [u8], DecimalError> {
    let mut length = 0;
    for character in text.chars() {
        let byte = u8::try_from(plain(character)).map_err(|_| DecimalError::NotANumber)?;
        *buffer.get_mut(length).ok_or(DecimalError::TooLong)? = byte;
        length += 1;
    }
    Ok(&buffer[..length])
}

/// Whether commas, if any, part the digits in groups of three.
fn well_grouped(whole: &[u8]) -> bool {
    if !whole.contains(&b',') {
        return true;
    }
    let mut groups = whole.split(|byte| *byte == b',');
    let first = groups.next().map_or(0, <[u8]>::len);
    (1..=3).contains(&first) && groups.all(|group| group.len() == 3)
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, DecimalError> {
        text.parse::<Decimal>().map(|number| number.to_string())
    }

    #[test]
    fn reads_what_ledgers_write() {
        for (text, expected) in [
            ("0", "0"),
            (" 12.50 ", "12.5"),
            ("-0.07", "-0.07"),
            ("1,234,567.89", "1234567.89"),
            (".5", "0.5"),
            ("１２．５", "12.5"),
            ("100", "100"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_most_are_written_as_reads_as_any_other(text in "-?[0-9]{0,12}[.x]?[0-9]{0,12}") {
            // A space in front is left to the full reading.
            prop_assert_eq!(text.parse::<Decimal>(), format!(" {text}").parse());
        }
    }

    #[test]
    fn refuses_what_is_not_a_number() {
        for text in ["", "  ", "-", ".", "abc", "1,23", "1 2", "12元", "1e3", "1.2346E+08", "NaN", "1.2.3", "1,2345"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read(&"9".repeat(31)), Err(DecimalError::TooLong));
    }
}
