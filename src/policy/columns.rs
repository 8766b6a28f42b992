//! The rows that rules are evaluated on: named Arrow arrays of one length.

use std::collections::BTreeMap;

use arrow::array::{Array, BooleanArray, Int64Array, StringArray};

use super::measure::{Catalogue, Column, ColumnKind, PARCEL};
use crate::domain::Ratio;

/// How much is known of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is the number.
    Exact,
    /// It is a lower bound (of a quotient: of the part above the line): what is missing can only add to it.
    AtLeast,
    /// Nothing is known.
    Unknown,
}

/// One column's values, in smallest units. A null is unknown, whatever `known` says.
#[derive(Debug, Clone)]
pub enum ColumnData {
    /// True or false.
    Bool(BooleanArray),
    /// Codes or names.
    Text(StringArray),
    /// Integers.
    Quantity {
        /// Counts of the smallest unit.
        value: Int64Array,
        /// One a row.
        known: Vec<Known>,
    },
    /// Integers over integers; a row whose `below` is not above zero is unknown.
    Quotient {
        /// Counts above the line.
        above: Int64Array,
        /// Counts below the line.
        below: Int64Array,
        /// One a row.
        known: Vec<Known>,
    },
}

/// A number of one row: the number itself, or a lower bound of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) above: i64,
    pub(super) below: i64,
    pub(super) is_exact: bool,
}

impl Reading {
    pub(super) fn ratio(self) -> Ratio {
        Ratio::new(i128::from(self.above), i128::from(self.below))
    }
}

/// Columns of one length. One that is not given makes every test of it unknown.
#[derive(Debug, Clone)]
pub struct Columns {
    catalogue: &'static Catalogue,
    rows: usize,
    given: BTreeMap<&'static str, ColumnData>,
}

/// Why a column was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// No column of the catalogue.
    #[error("no condition can use a column `{0}`")]
    Unknown(String),
    /// The catalogue says it holds something else.
    #[error("column `{0}` is given as another kind than the catalogue's")]
    Kind(&'static str),
    /// Not one value a row.
    #[error("column `{column}` has not {rows} rows")]
    Length {
        /// Its name.
        column: &'static str,
        /// The rows of the others.
        rows: usize,
    },
}

impl Columns {
    /// No column of parcels yet, of `rows` rows.
    #[must_use]
    pub fn new(rows: usize) -> Self {
        Self::of(&PARCEL, rows)
    }

    /// No column of that catalogue yet, of `rows` rows.
    #[must_use]
    pub const fn of(catalogue: &'static Catalogue, rows: usize) -> Self {
        Self { catalogue, rows, given: BTreeMap::new() }
    }

    /// The number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds or replaces a column.
    ///
    /// # Errors
    /// When it is not in the catalogue, of another kind there, or of another length.
    pub fn insert(&mut self, name: &str, data: ColumnData) -> Result<(), ColumnError> {
        let column = self.catalogue.find(name).ok_or_else(|| ColumnError::Unknown(name.to_owned()))?;
        if !data.fits(column.kind) {
            return Err(ColumnError::Kind(column.name));
        }
        if !data.has_rows(self.rows) {
            return Err(ColumnError::Length { column: column.name, rows: self.rows });
        }
        self.given.insert(column.name, data);
        Ok(())
    }

    /// [`Self::insert`], for building in one expression.
    ///
    /// # Errors
    /// As `insert`.
    pub fn with(mut self, name: &str, data: ColumnData) -> Result<Self, ColumnError> {
        self.insert(name, data)?;
        Ok(self)
    }

    /// A column's values, if it is given.
    pub(super) fn data(&self, column: &Column) -> Option<&ColumnData> {
        self.given.get(column.name)
    }

    pub(super) fn bools(&self, column: &Column) -> Option<&BooleanArray> {
        match self.data(column) {
            Some(ColumnData::Bool(values)) => Some(values),
            _ => None,
        }
    }

    /// A flag at `row` by its column's name; none where nothing is known, or the catalogue has no such column.
    pub(super) fn flag(&self, name: &str, row: usize) -> Option<bool> {
        let flags = self.bools(self.catalogue.find(name)?)?;
        flags.is_valid(row).then(|| flags.value(row))
    }

    pub(super) fn texts(&self, column: &Column) -> Option<&StringArray> {
        match self.data(column) {
            Some(ColumnData::Text(values)) => Some(values),
            _ => None,
        }
    }

    /// The number at `row`; none where nothing is known.
    pub(super) fn reading(&self, column: &Column, row: usize) -> Option<Reading> {
        self.data(column)?.reading(row)
    }
}

impl ColumnData {
    const fn fits(&self, kind: ColumnKind) -> bool {
        matches!(
            (self, kind),
            (Self::Bool(_), ColumnKind::Bool)
                | (Self::Text(_), ColumnKind::Text)
                | (Self::Quantity { .. }, ColumnKind::Quantity(_))
                | (Self::Quotient { .. }, ColumnKind::Quotient(_))
        )
    }

    fn has_rows(&self, rows: usize) -> bool {
        match self {
            Self::Bool(values) => values.len() == rows,
            Self::Text(values) => values.len() == rows,
            Self::Quantity { value, known } => value.len() == rows && known.len() == rows,
            Self::Quotient { above, below, known } => above.len() == rows && below.len() == rows && known.len() == rows,
        }
    }

    /// The number at `row`; none where nothing is known.
    pub(super) fn reading(&self, row: usize) -> Option<Reading> {
        let (above, below, known) = match self {
            Self::Bool(_) | Self::Text(_) => return None,
            Self::Quantity { value, known } => (get(value, row)?, 1, known[row]),
            Self::Quotient { above, below, known } => (get(above, row)?, get(below, row)?, known[row]),
        };
        let is_known = known != Known::Unknown && below > 0;
        is_known.then_some(Reading { above, below, is_exact: known == Known::Exact })
    }
}

fn get(values: &Int64Array, row: usize) -> Option<i64> {
    values.is_valid(row).then(|| values.value(row))
}
