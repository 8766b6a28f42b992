//! What conditions and benchmarks are made of: columns, units, shares.

use toml::Spanned;

use super::condition::Statistic;
use super::measure::{Catalogue, Column, ColumnKind};
use super::number::{Scalar, within};
use crate::document::{Document, DocumentError, Faults, nearest};
use crate::domain::unit::{Dimension, UnknownUnit};
use crate::domain::{Ratio, Unit};

/// The column of that name.
///
/// # Errors
/// When the catalogue has none.
pub fn column(
    document: &Document,
    catalogue: &'static Catalogue,
    name: &Spanned<String>,
) -> Result<&'static Column, DocumentError> {
    catalogue.find(name.get_ref()).ok_or_else(|| {
        let error = document.error(name.span(), format!("unknown column `{}`", name.get_ref()));
        error.did_you_mean(catalogue.nearest(name.get_ref()))
    })
}

/// The columns of a `by`.
///
/// # Errors
/// When one is unknown or no text.
pub fn by(
    document: &Document,
    catalogue: &'static Catalogue,
    names: &[Spanned<String>],
) -> Result<Vec<&'static Column>, Faults> {
    let text = |name: &Spanned<String>| match column(document, catalogue, name)? {
        column if column.kind == ColumnKind::Text => Ok(column),
        _ => Err(document.error(name.span(), format!("`by` needs text columns; `{}` is none", name.get_ref()))),
    };
    Faults::all(names.iter().map(text))
}

/// A quantile's share.
///
/// # Errors
/// When it is not in (0, 1].
pub fn quantile(document: &Document, share: &Spanned<Scalar>) -> Result<Statistic, DocumentError> {
    let is_share = |ratio: Ratio| ratio.numerator() > 0 && ratio <= Ratio::ONE;
    within(document, "quantile", share, "above 0 and at most 1", is_share).map(Statistic::Quantile)
}

/// The unit of a constant of `column`, like the column's; only pure numbers may leave it out.
///
/// # Errors
/// When it is unknown, unlike, or left out.
pub fn unit(
    document: &Document,
    column: &'static Column,
    value: &Spanned<Scalar>,
    unit: Option<&Spanned<String>>,
) -> Result<Unit, DocumentError> {
    let published =
        column.unit().ok_or_else(|| document.error(value.span(), format!("`{}` is no number", column.name)))?;
    let Some(unit) = unit else {
        let message = format!("the value of `{}` needs a unit, as unit = \"{published}\"", column.name);
        return match published.dimensions() {
            (Dimension::Number, None) => Ok(published),
            _ => Err(document.error(value.span(), message)),
        };
    };
    let known = known_unit(document, unit)?;
    if published.is_like(known) {
        return Ok(known);
    }
    let message = format!("`{}` is in {published}, which `{}` is not like", column.name, unit.get_ref());
    Err(document.error(unit.span(), message))
}

/// The unit of that name.
///
/// # Errors
/// When there is none.
pub fn known_unit(document: &Document, unit: &Spanned<String>) -> Result<Unit, DocumentError> {
    let text = unit.get_ref();
    text.parse().map_err(|error: UnknownUnit| {
        document.error(unit.span(), error.to_string()).did_you_mean(nearest(text, Unit::list().split(' ')))
    })
}
