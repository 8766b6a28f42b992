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
use super::{Sink, SourceError, is_blank, is_broken};
use crate::document::nearest;
use crate::domain::RejectCode;
use crate::fault::{self, Fault};
use crate::table::delivery::{Cell, Delivered, Sheet};

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
    let (mut fields, mut next_line) = (Vec::new(), 1);
    let mut columns: Option<(Columns, usize)> = None;
    while let Some(block) = blocks.next().map_err(|error| broken(&error))? {
        // What is no text becomes U+FFFD, and no other byte changes: it faults its own row alone.
        let mut text = match std::str::from_utf8(block) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(block),
        };
        let mut records = Records::new(text.as_bytes(), next_line);
        if columns.is_none() && records.next(&mut fields).is_some() {
            let names = header(&fields, &records, path)?;
            columns = Some((Columns::find(source, mapping, &names, path)?, names.len()));
        }
        let Some((columns, width)) = &columns else {
            next_line = records.line;
            continue;
        };
        let mut rows = Rows::new(columns, &mut records, is_broken(text.as_bytes()));
        while let Some(line) = records.next(&mut fields) {
            // An unclosed quote swallows the lines after it. Where each line decides a verdict, none may go unseen.
            if source.table != Delivered::Enterprise && records.goes_on {
                let reason = format!(
                    "the quoted field at line {line} goes on over the end of its line: close the quote, or take the line break out"
                );
                return Err(unreadable(reason));
            }
            rows.append((&fields, *width), &records, line);
        }
        next_line = records.line;
        let kept = records.kept;
        if !kept.is_empty() {
            text.to_mut().push_str(&String::from_utf8_lossy(&kept));
        }
        rows.sheet.text = text;
        if !rows.sheet.is_empty() {
            sink(&rows.sheet);
        }
    }
    columns.map(drop).ok_or_else(|| unreadable("the file is empty".to_owned()))
}

/// The rows of a block.
struct Rows<'t> {
    sheet: Sheet<'t>,
    places: &'t [Place],
    /// By column: of those that are the same for every row.
    constants: Vec<Cell>,
    /// Whether the block has marks of a broken decoding.
    is_broken: bool,
}

impl<'t> Rows<'t> {
    fn new(columns: &'t Columns, records: &mut Records<'_>, is_broken: bool) -> Self {
        let constants = columns.places.iter().map(|place| match place {
            Place::Constant(constant) => records.keep(constant.as_bytes()),
            Place::Field(_) => Cell::default(),
        });
        let constants = constants.collect();
        Self { sheet: Sheet::new(&columns.names), places: &columns.places, constants, is_broken }
    }

    /// Appends one record.
    fn append(&mut self, (fields, width): (&[Cell], usize), records: &Records<'_>, line: u64) {
        let mut fault = (fields.len() != width).then_some(RejectCode::RowMalformed);
        let constants = self.places.iter().zip(&self.constants);
        for ((place, constant), cells) in constants.zip(&mut self.sheet.columns) {
            let cell = match place {
                Place::Constant(_) => *constant,
                Place::Field(at) => fields.get(*at).copied().unwrap_or_default(),
            };
            let bytes = records.bytes(cell);
            let is_text = !(self.is_broken && is_broken(bytes));
            if !is_text {
                fault.get_or_insert(RejectCode::EncodingBroken);
            }
            cells.push(if is_text && !is_blank(bytes) { cell } else { Cell::default() });
        }
        let line = line - u64::from(fault::is_on(Fault::RowOffByOne));
        self.sheet.rows.push(i64::try_from(line).unwrap_or(i64::MAX));
        self.sheet.faults.push(fault);
    }
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
        Ok(Self { names, places })
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
