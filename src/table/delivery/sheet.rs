//! Delivered rows before they are read: one text, and where in it each cell stands.

use std::borrow::Cow;

use arrow::array::BinaryArray;

use crate::domain::RejectCode;

/// Delivered rows under canonical names, as they stand in a file. Cells hold the delivered text.
#[derive(Debug, Default)]
pub struct Sheet<'t> {
    /// The text that all cells are cut from.
    pub text: Cow<'t, str>,
    /// The cells, in whatever order the file has them; not all need be of a column.
    pub cells: Vec<Cell>,
    /// Line or feature id, by row.
    pub rows: Vec<i64>,
    /// What was found wrong with a row while it was read, by row.
    pub faults: Vec<Option<RejectCode>>,
    /// Canonical names of the columns; `county` is the text of `county_field`.
    pub names: &'t [String],
    /// By name.
    pub places: Vec<Stride>,
    /// Of vector files: WKB as delivered.
    pub geometry: Option<BinaryArray>,
}

/// Where a cell's text begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// Its first byte.
    pub from: usize,
    /// The byte behind it.
    pub to: usize,
}

/// Where the cells of a column stand among a sheet's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stride {
    /// The first row's.
    pub first: usize,
    /// How far the next row's is; nothing where all rows have the same.
    pub step: usize,
}

/// A column of a sheet.
#[derive(Debug, Clone, Copy)]
pub struct Column<'s> {
    text: &'s str,
    cells: &'s [Cell],
    place: Stride,
}

impl Sheet<'_> {
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
        let column = |place: &Stride| Column { text: &self.text, cells: &self.cells, place: *place };
        self.names.iter().map(String::as_str).zip(self.places.iter().map(column))
    }
}

impl<'s> Column<'s> {
    /// A row's text, if there is anything to be seen.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&'s str> {
        let cell = self.cells[self.place.first + row * self.place.step];
        self.text.get(cell.from..cell.to).filter(|text| !is_blank(text))
    }
}

/// Whether there is nothing to be seen in a text.
fn is_blank(text: &str) -> bool {
    !text.as_bytes().first().is_some_and(|first| is_seen(*first)) && text.trim().is_empty()
}

/// Whether a text that begins with this byte begins with a character to be seen: of ASCII, or beyond U+4000, where there
/// is no white space.
const fn is_seen(first: u8) -> bool {
    first.is_ascii_graphic() || first >= 0xE4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_a_text_that_is_seen_is_no_white_space() {
        for character in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let first = character.encode_utf8(&mut [0; 4]).as_bytes()[0];
            assert!(!(is_seen(first) && character.is_whitespace()), "{character:?}");
        }
        assert!(is_seen("4".as_bytes()[0]) && is_seen("增".as_bytes()[0]) && !is_seen("\u{3000}".as_bytes()[0]));
        assert!(is_blank("") && is_blank(" \u{3000}\t") && !is_blank(" 1"));
    }
}
