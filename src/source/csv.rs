//! Comma-separated ledgers, record by record, so that one bad line costs one line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding as Charset, GB18030};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::config::{CountyOf, Encoding, SourceConfig};
use super::mapping::{From, Mapping};
use super::records::{Blocks, Field, Records};
use super::{DeliveredBuilder, Sink, SourceError};
use crate::document::nearest;
use crate::domain::RejectCode;
use crate::fault::{self, Fault};
use crate::table::delivery::Delivered;

/// Rows of a delivered batch.
const BATCH_ROWS: usize = 32_768;

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
    let mut fields = Vec::new();
    let mut columns: Option<(Columns, DeliveredBuilder, usize)> = None;
    while let Some(block) = blocks.next().map_err(|error| broken(&error))? {
        let mut records = Records::new(&block.bytes, block.line);
        if columns.is_none() && records.next(&mut fields).is_some() {
            let names = header(&fields, &block.bytes, path)?;
            let found = Columns::find(source, mapping, &names, path)?;
            let rows = DeliveredBuilder::new(found.names(), false);
            columns = Some((found, rows, names.len()));
        }
        let Some((columns, rows, width)) = &mut columns else { continue };
        rows.begin(&block.bytes);
        while let Some(line) = records.next(&mut fields) {
            // An unclosed quote swallows the lines after it. Where each line decides a verdict, none may go unseen.
            if source.table != Delivered::Enterprise && fields.iter().any(goes_on) {
                let reason = format!(
                    "the quoted field at line {line} goes on over the end of its line: close the quote, or take the line break out"
                );
                return Err(unreadable(reason));
            }
            append(rows, columns, (&fields, *width), &block.bytes, line);
            if rows.len() == BATCH_ROWS {
                sink(rows.finish());
                rows.begin(&block.bytes);
            }
        }
        if rows.len() > 0 {
            sink(rows.finish());
        }
    }
    columns.map(drop).ok_or_else(|| unreadable("the file is empty".to_owned()))
}

/// Whether a field holds a line feed.
fn goes_on(field: &Field) -> bool {
    matches!(field, Field::Quoted(bytes) if bytes.contains(&b'\n'))
}

/// Appends one record.
fn append(rows: &mut DeliveredBuilder, columns: &Columns, (fields, width): (&[Field], usize), text: &[u8], line: u64) {
    let mut fault = (fields.len() != width).then_some(RejectCode::RowMalformed);
    for (column, place) in columns.places.iter().enumerate() {
        let is_text = match place {
            Place::Constant(constant) => {
                rows.texts[column].append_value(constant);
                true
            }
            Place::Field(at) => match fields.get(*at) {
                None => {
                    rows.texts[column].append_null();
                    true
                }
                Some(Field::Here(from, to)) => rows.here(column, text, *from, *to),
                Some(Field::Quoted(bytes)) => rows.bytes(column, bytes),
            },
        };
        if !is_text {
            fault.get_or_insert(RejectCode::EncodingBroken);
        }
    }
    let line = line - u64::from(fault::is_on(Fault::RowOffByOne));
    rows.row.append_value(i64::try_from(line).unwrap_or(i64::MAX));
    rows.fault.append_option(fault.map(RejectCode::as_str));
}

fn decode(file: File, charset: &'static Charset) -> impl Read {
    DecodeReaderBytesBuilder::new().encoding(Some(charset)).bom_override(true).build(file)
}

/// The names in the first record.
fn header(record: &[Field], text: &[u8], path: &Path) -> Result<Vec<String>, SourceError> {
    let mut names = Vec::with_capacity(record.len());
    for (at, field) in record.iter().enumerate() {
        let bytes = field.bytes(text);
        let bytes = if at == 0 { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes) } else { bytes };
        let name = std::str::from_utf8(bytes).ok().filter(|name| !name.contains('\u{FFFD}'));
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
    names: Vec<String>,
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

    /// The canonical names.
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
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
