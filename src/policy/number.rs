//! Policy numbers as they stand in a file: exact decimals, never through a float.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use toml::Spanned;

use crate::document::{Document, DocumentError};
use crate::domain::{Decimal, Ratio};

/// The right side of a test, or a setting, before its type is known.
#[derive(Debug, Clone)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A TOML integer.
    Integer(i64),
    /// A TOML float; its digits are taken from the file's text.
    Float,
    /// A quoted text, perhaps a decimal number.
    Text(String),
    /// A list, for `in`.
    List(Vec<Spanned<Scalar>>),
}

/// 18 digits keep every product with a unit's size inside 128 bits.
const LIMIT: i128 = 10_i128.pow(18);

/// The decimal number at `scalar`, exactly as written: an integer, a quoted decimal, or a bare
/// decimal, whose source text is read.
///
/// # Errors
/// When it is no decimal number, or has more than 18 digits.
pub fn decimal(document: &Document, key: &str, scalar: &Spanned<Scalar>) -> Result<Decimal, DocumentError> {
    let refuse = |why: &str| document.error(scalar.span(), format!("`{key}`: {why}"));
    let read = |text: &str| text.parse::<Decimal>().map_err(|error| refuse(&error.to_string()));
    let number = match scalar.get_ref() {
        Scalar::Integer(integer) => Decimal::new(i128::from(*integer), 0),
        Scalar::Text(text) => read(text).map_err(|error| error.hint("write a decimal number, as \"0.05\""))?,
        Scalar::Float => {
            let source = document.text().get(scalar.span()).unwrap_or_default().replace('_', "");
            read(&source).map_err(|error| error.hint("quote it, as \"0.05\""))?
        }
        Scalar::Bool(_) | Scalar::List(_) => return Err(refuse("not a number")),
    };
    let ratio = number.ratio();
    if ratio.numerator().abs() >= LIMIT || ratio.denominator() > LIMIT {
        return Err(refuse("more than 18 digits"));
    }
    Ok(number)
}

/// That number, where it lies in a range.
///
/// # Errors
/// As [`decimal`], and outside the range, which `range` describes.
pub fn within(
    document: &Document,
    key: &str,
    scalar: &Spanned<Scalar>,
    range: &str,
    is_in_range: impl Fn(Ratio) -> bool,
) -> Result<Decimal, DocumentError> {
    let number = decimal(document, key, scalar)?;
    if is_in_range(number.ratio()) {
        return Ok(number);
    }
    Err(document.error(scalar.span(), format!("`{key}` is {range}")))
}

/// Whether a number has at most so many decimals.
pub fn has_decimals(number: Ratio, decimals: u32) -> bool {
    number.reduced().denominator() <= 10_i128.pow(decimals)
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, a number, a text or a list of them")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar::Integer(value))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Scalar, E> {
        Ok(Scalar::Float)
    }

    fn visit_str<E>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Scalar::List(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[derive(serde::Deserialize)]
    struct Sample {
        x: Spanned<Scalar>,
    }

    fn read(text: &str) -> Result<String, String> {
        let document = Document::new(Path::new("p.toml"), format!("\nx = {text} # note\n"));
        let sample: Sample = document.parse().unwrap();
        decimal(&document, "x", &sample.x).map(|number| number.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn digits_are_taken_as_written() {
        for (text, expected) in [
            ("20", "20"),
            ("\"0.05\"", "0.05"),
            ("0.1", "0.1"),
            ("0.100000000000000001", "0.100000000000000001"),
            ("1_000.5", "1000.5"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_exact_number_is_refused_with_its_line() {
        assert_eq!(read("nan"), Err("p.toml:2: `x`: not a decimal number\n  hint: quote it, as \"0.05\"".to_owned()));
        assert!(read("\"ten\"").unwrap_err().starts_with("p.toml:2: `x`: not a decimal number"));
        assert!(read("2e-3").unwrap_err().contains("not a decimal number"));
        assert!(read("true").unwrap_err().ends_with("not a number"));
        assert!(read("\"1234567890123456789\"").unwrap_err().ends_with("more than 18 digits"));
    }
}
