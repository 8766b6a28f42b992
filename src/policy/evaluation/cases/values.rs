//! From the values of a case's firms, as an officer writes them, to columns.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{BooleanArray, Int64Array, StringArray};
use toml::Spanned;

use super::super::super::columns::{ColumnData, Columns, Known, Reading};
use super::super::super::measure::{Catalogue, Column, ColumnKind};
use super::super::super::number::{Scalar, decimal};
use super::super::super::terms::column;
use super::file::Named;
use super::parts::Summed;
use crate::document::{Document, DocumentError};
use crate::domain::{Decimal, Ratio, Unit};

/// A firm's values; of those under one name, the later list's counts.
pub type Lists<'a> = Vec<&'a Named>;

/// The columns of the firms, from their values, and from what was summed where they say nothing.
///
/// # Errors
/// On a column that is unknown, and on a value that does not fit its column.
pub fn columns(
    document: &Document,
    catalogue: &'static Catalogue,
    firms: &[Lists<'_>],
    summed: Option<&Summed<'_>>,
) -> Result<Columns, DocumentError> {
    let mut rows = Vec::new();
    let mut named = BTreeSet::new();
    for lists in firms {
        let mut row: BTreeMap<&str, &Spanned<Scalar>> = BTreeMap::new();
        for (name, value) in lists.iter().copied().flatten() {
            named.insert(column(document, catalogue, name)?.name);
            row.insert(name.get_ref(), value);
        }
        rows.push(row);
    }
    let mut columns = Columns::of(catalogue, firms.len());
    let is_told = |column: &Column| named.contains(column.name) || summed.is_some_and(|summed| summed.tells(column));
    for column in catalogue.columns().filter(|column| is_told(column)) {
        let values: Vec<_> = rows.iter().map(|row| row.get(column.name).copied()).collect();
        let data = data(document, column, &values, summed)?;
        columns.insert(column.name, data).map_err(|error| document.error(0..0, error.to_string()))?;
    }
    Ok(columns)
}

fn data(
    document: &Document,
    column: &Column,
    values: &[Option<&Spanned<Scalar>>],
    summed: Option<&Summed<'_>>,
) -> Result<ColumnData, DocumentError> {
    let refuse =
        |value: &Spanned<Scalar>, what: &str| document.error(value.span(), format!("`{}` is {what}", column.name));
    match column.kind {
        ColumnKind::Bool => {
            let flag = |value: &Spanned<Scalar>| match value.get_ref() {
                Scalar::Bool(flag) => Ok(*flag),
                _ => Err(refuse(value, "true or false")),
            };
            let flags = values.iter().enumerate().map(|(at, value)| match value {
                Some(value) => flag(value).map(Some),
                None => Ok(summed.and_then(|summed| summed.flag(column, at))),
            });
            Ok(ColumnData::Bool(flags.collect::<Result<BooleanArray, _>>()?))
        }
        ColumnKind::Text => {
            let text = |value: &Spanned<Scalar>| match value.get_ref() {
                Scalar::Text(text) => Ok(text.clone()),
                _ => Err(refuse(value, "text: quote the value")),
            };
            let texts = values.iter().map(|value| value.map(text).transpose()).collect::<Result<StringArray, _>>()?;
            Ok(ColumnData::Text(texts))
        }
        ColumnKind::Quantity(_) | ColumnKind::Quotient(_) => {
            let sum = |reading: Reading| {
                let known = if reading.is_exact { Known::Exact } else { Known::AtLeast };
                (reading.above, reading.below, known)
            };
            let numbers = values.iter().enumerate().map(|(at, value)| match value {
                // By parts of another size, it would weigh otherwise in a mean of sums.
                Some(value) if summed.is_some() && matches!(column.kind, ColumnKind::Quotient(_)) => {
                    Err(refuse(value, "a quotient: where figures are summed, give its parts in `of`"))
                }
                // Quotients are of what was summed.
                Some(value) if summed.is_some_and(|summed| summed.reading(column, at).is_some()) => {
                    Err(refuse(value, "summed: give it in `of`"))
                }
                Some(value) => number(document, column, value).map(Some),
                None => Ok(summed.and_then(|summed| summed.reading(column, at)).map(sum)),
            });
            let numbers: Vec<_> = numbers.collect::<Result<_, _>>()?;
            let known = numbers.iter().map(|number| number.map_or(Known::Unknown, |(_, _, known)| known)).collect();
            let above: Int64Array = numbers.iter().map(|number| number.map(|(above, _, _)| above)).collect();
            let below: Int64Array = numbers.iter().map(|number| number.map(|(_, below, _)| below)).collect();
            Ok(match column.kind {
                ColumnKind::Quotient(_) => ColumnData::Quotient { above, below, known },
                _ => ColumnData::Quantity { value: above, known },
            })
        }
    }
}

/// `24.097`, `300 / 12` (of a quotient: above and below, each in its part of the published unit), `>= 24` (a lower bound).
fn number(document: &Document, column: &Column, value: &Spanned<Scalar>) -> Result<(i64, i64, Known), DocumentError> {
    /// So many decimals of the published unit are kept apart.
    const FINE: Ratio = Ratio::whole(1_000_000);
    let refuse = |why: &str| document.error(value.span(), format!("`{}`: {why}", column.name));
    let read = |text: &str| text.parse::<Decimal>().map_err(|error| refuse(&error.to_string()));
    let (known, above, below) = match value.get_ref() {
        Scalar::Text(text) => {
            let (known, text) = match text.trim().strip_prefix(">=") {
                Some(bound) => (Known::AtLeast, bound),
                None => (Known::Exact, text.as_str()),
            };
            match text.split_once('/') {
                Some((above, below)) => (known, read(above)?, Some(read(below)?)),
                None => (known, read(text)?, None),
            }
        }
        _ => (Known::Exact, decimal(document, column.name, value)?, None),
    };
    let size = column.unit().map_or(Ratio::ONE, Unit::size).reduced();
    let whole = |number: Decimal, size: i128| {
        let exact = number.ratio().checked_times(FINE).and_then(|fine| fine.checked_times(Ratio::whole(size)));
        let exact = exact.filter(|exact| exact.denominator() == 1);
        exact
            .and_then(|exact| i64::try_from(exact.numerator()).ok())
            .ok_or_else(|| refuse("more than six decimals, or too great"))
    };
    match (column.kind, below) {
        (ColumnKind::Quotient(_), below) => {
            let below = below.unwrap_or(Decimal::new(1, 0));
            Ok((whole(above, size.numerator())?, whole(below, size.denominator())?, known))
        }
        (_, Some(_)) => Err(refuse("not a quotient")),
        (_, None) => {
            let (smallest, _) = above.ratio().times(size).round();
            Ok((i64::try_from(smallest).map_err(|_| refuse("too great"))?, 1, known))
        }
    }
}
