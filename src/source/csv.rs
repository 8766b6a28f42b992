//! Comma-separated ledgers, record by record, so that one bad line costs one line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding as Charset, GB18030};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::config::{CountyOf, Encoding, SourceConfig};
use super::mapping::{From, Mapping};
use super::records::{Blocks, Records};
use super::{Sink, SourceError, is_broken};
use crate::document::nearest;
use crate::domain::RejectCode;
use crate::fault::{self, Fault};
use crate::table::delivery::{Cell, Delivered, Sheet, Stride};

/// Reads one file into `sink`.
///
/// # Errors
/// When it cannot be opened, lacks a mapped field or is in another encoding.
pub fn read(source: &SourceConfig, mapping: &Mapping, path: &Path, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    let unreadable = |reason: String| SourceError::Unreadable { path: path.to_owned(), format: "csv", reason };
    let broken = |error: &std::io::Error| unreadable(error.kind().to_string());
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let bytes: Box<dyn Read> = match source.encoding {
        Encoding::Gb18030 => Box::new(decode(file, GB18030)),
        Encoding::Auto | Encoding::Utf8 => Box::new(file),
    };
    let mut blocks = Blocks::new(bytes);
    let mut next_line = 1;
    let mut columns: Option<Columns> = None;
    // Each block's cells, rows and faults take the room of those of the block before.
    let (mut cells, mut rows, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(block) = blocks.next().map_err(|error| broken(&error))? {
        // What is no text becomes U+FFFD, and no other byte changes: it faults its own row alone.
        let mut text = match simdutf8::basic::from_utf8(block) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(block),
        };
        let mut records = Records::new(text.as_bytes(), next_line);
        cells.clear();
        if columns.is_none() && records.next(&mut cells).is_some() {
            let names = header(&cells, &records, path)?;
            columns = Some(Columns::find(source, mapping, &names, path)?);
            cells.clear();
        }
        let Some(columns) = &columns else {
            next_line = records.line;
            continue;
        };
        let has_marks = is_broken(text.as_bytes());
        rows.clear();
        faults.clear();
        let mut sheet = Sheet { names: &columns.names, cells, rows, faults, ..Sheet::default() };
        while let Some(line) = records.next(&mut sheet.cells) {
            // An unclosed quote swallows the lines after it. Where each line decides a verdict, none may go unseen.
            if source.table != Delivered::Enterprise && records.goes_on {
                let reason = format!(
                    "the quoted field at line {line} goes on over the end of its line: close the quote, or take the line break out"
                );
                return Err(unreadable(reason));
            }
            let mut fault = even(&mut sheet, columns.width);
            if has_marks && blank_broken(&mut sheet, columns, &records) {
                fault.get_or_insert(RejectCode::EncodingBroken);
            }
            let line = line - u64::from(fault::is_on(Fault::RowOffByOne));
            sheet.rows.push(i64::try_from(line).unwrap_or(i64::MAX));
            sheet.faults.push(fault);
        }
        for place in &columns.places {
            let stride = match place {
                Place::Field(first) => Stride { first: *first, step: columns.width },
                Place::Constant(constant) => {
                    sheet.cells.push(records.keep(constant.as_bytes()));
                    Stride { first: sheet.cells.len() - 1, step: 0 }
                }
            };
            sheet.places.push(stride);
        }
        next_line = records.line;
        let kept = records.kept;
        if !kept.is_empty() {
            text.to_mut().push_str(&String::from_utf8_lossy(&kept));
        }
        sheet.text = text;
        if !sheet.is_empty() {
            sink(&sheet);
        }
        (cells, rows, faults) = (sheet.cells, sheet.rows, sheet.faults);
    }
    columns.map(drop).ok_or_else(|| unreadable("the file is empty".to_owned()))
}

/// Gives the sheet's last record as many fields as there are columns in the file; a fault where it had others.
fn even(sheet: &mut Sheet<'_>, width: usize) -> Option<RejectCode> {
    let wanted = (sheet.len() + 1) * width;
    let is_even = sheet.cells.len() == wanted;
    sheet.cells.resize(wanted, Cell::default());
    (!is_even).then_some(RejectCode::RowMalformed)
}

/// Blanks the fields of the sheet's last record that are mapped and no text; whether there was one.
fn blank_broken(sheet: &mut Sheet<'_>, columns: &Columns, records: &Records<'_>) -> bool {
    let mut has_broken = false;
    for place in &columns.places {
        let Place::Field(at) = place else { continue };
        let cell = &mut sheet.cells[sheet.rows.len() * columns.width + at];
        if is_broken(records.bytes(*cell)) {
            *cell = Cell::default();
            has_broken = true;
        }
    }
    has_broken
}

fn decode(file: File, charset: &'static Charset) -> impl Read {
    DecodeReaderBytesBuilder::new().encoding(Some(charset)).bom_override(true).build(file)
}

/// The names in the first record.
fn header(record: &[Cell], records: &Records<'_>, path: &Path) -> Result<Vec<String>, SourceError> {
    let mut names = Vec::with_capacity(record.len());
    for (at, field) in record.iter().enumerate() {
        let bytes = records.bytes(*field);
        let bytes = if at == 0 { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes) } else { bytes };
        let name = std::str::from_utf8(bytes).ok().filter(|_| !is_broken(bytes));
        let name = name.ok_or(SourceError::Encoding {
            path: path.to_owned(),
            why: "the header is not in the declared encoding (UTF-8 unless declared)",
        })?;
        names.push(name.trim().to_owned());
    }
    if let ([only], Some(separator)) = (names.as_slice(), names[0].chars().find(|c| matches!(c, ';' | '\t' | '|'))) {
        let parts = only.split(separator).count();
        let reason =
            format!("its {parts} fields are parted by {separator:?}, not by commas; save it as CSV with commas");
        return Err(SourceError::Unreadable { path: path.to_owned(), format: "csv", reason });
    }
    Ok(names)
}

/// Where a canonical column's text stands in a file.
pub(super) enum Place {
    /// The n-th field.
    Field(usize),
    /// The same for every row.
    Constant(String),
}

/// The canonical columns of a delivery and their places in one file.
pub(super) struct Columns {
    pub names: Vec<String>,
    /// In the order of the names.
    pub places: Vec<Place>,
    /// How many fields the file has.
    width: usize,
}

impl Columns {
    /// Finds every mapped field (and the county field, as `county`) among `fields`.
    pub fn find(source: &SourceConfig, mapping: &Mapping, fields: &[String], path: &Path) -> Result<Self, SourceError> {
        let mut wanted: BTreeMap<String, From> = mapping.from.clone();
        if let CountyOf::Field(field) = &source.county {
            wanted.insert("county".to_owned(), From::Field(field.clone()));
        }
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for (column, from) in wanted {
            places.push(match from {
                From::Constant(constant) => Place::Constant(constant),
                From::Field(field) => {
                    if let Some(at) = fields.iter().position(|name| *name == field) {
                        Place::Field(at)
                    } else {
                        let near = nearest(&field, fields.iter().map(String::as_str));
                        return Err(SourceError::Field {
                            path: path.to_owned(),
                            field,
                            column,
                            fields: shown(fields),
                            near: near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default(),
                        });
                    }
                }
            });
            names.push(column);
        }
        Ok(Self { names, places, width: fields.len() })
    }
}

/// The fields of a file, as far as they look like names: a file without a header has amounts in their place.
fn shown(fields: &[String]) -> String {
    let is_name =
        |field: &&String| !field.is_empty() && !field.chars().any(char::is_numeric) && field.chars().count() <= 20;
    let names: Vec<&str> = fields.iter().filter(is_name).map(String::as_str).collect();
    match fields.len() - names.len() {
        0 => names.join(", "),
        hidden => format!("{} and {hidden} that look like values; is there a header?", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_the_place_of_a_header_are_not_told() {
        let told = shown(&["91330182MA0000015M", "增值税", "100000"].map(str::to_owned));
        assert_eq!(told, "增值税 and 2 that look like values; is there a header?");
    }
}
