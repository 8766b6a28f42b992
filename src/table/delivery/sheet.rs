//! Delivered rows before they are read: one text, and where in it each cell stands.

use std::borrow::Cow;

use arrow::array::BinaryArray;

use crate::domain::RejectCode;

/// Delivered rows under canonical names, as they stand in a file. Cells hold the delivered text.
#[derive(Debug, Default)]
pub struct Sheet<'t> {
    /// The text that all cells are cut from.
    pub text: Cow<'t, str>,
    /// Line or feature id, by row.
    pub rows: Vec<i64>,
    /// What was found wrong with a row while it was read, by row.
    pub faults: Vec<Option<RejectCode>>,
    /// Canonical names; `county` is the text of `county_field`.
    pub names: &'t [String],
    /// By name, by row.
    pub columns: Vec<Vec<Cell>>,
    /// Of vector files: WKB as delivered.
    pub geometry: Option<BinaryArray>,
}

/// Where a cell's text begins and ends; at one place where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// Its first byte.
    pub from: usize,
    /// The byte behind it.
    pub to: usize,
}

/// A column of a sheet.
#[derive(Debug, Clone, Copy)]
pub struct Column<'s> {
    text: &'s str,
    cells: &'s [Cell],
}

impl<'t> Sheet<'t> {
    /// A sheet without rows.
    #[must_use]
    pub fn new(names: &'t [String]) -> Self {
        Self { names, columns: vec![Vec::new(); names.len()], ..Self::default() }
    }

    /// How many rows it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The columns with their names.
    pub fn columns(&self) -> impl Iterator<Item = (&str, Column<'_>)> {
        let columns = self.names.iter().zip(&self.columns);
        columns.map(|(name, cells)| (name.as_str(), Column { text: &self.text, cells }))
    }
}

impl<'s> Column<'s> {
    /// A row's text, if there is one.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&'s str> {
        let cell = self.cells[row];
        if cell.from == cell.to { None } else { self.text.get(cell.from..cell.to) }
    }
}
