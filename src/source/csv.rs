//! Comma-separated ledgers, record by record, so that one bad line costs one line.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding as Charset, GB18030};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::config::{CountyOf, Encoding, SourceConfig};
use super::mapping::{From, Mapping};
use super::{DeliveredBuilder, Sink, SourceError};
use crate::document::nearest;
use crate::domain::RejectCode;

/// Rows of a delivered batch.
const BATCH_ROWS: usize = 32_768;

/// Reads one file into `sink`.
///
/// # Errors
/// When it cannot be opened, lacks a mapped field or is in another encoding.
pub fn read(source: &SourceConfig, mapping: &Mapping, path: &Path, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    let unreadable = |reason: String| SourceError::Unreadable { path: path.to_owned(), format: "csv", reason };
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let bytes: Box<dyn Read> = match source.encoding {
        Encoding::Gb18030 => Box::new(decode(file, GB18030)),
        Encoding::Auto | Encoding::Utf8 => Box::new(file),
    };
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().map_err(|error| unreadable(told(&error)))?.clone();
    let fields = header_fields(&header, path)?;
    let columns = Columns::find(source, mapping, &fields, path)?;
    let mut rows = DeliveredBuilder::new(columns.names(), false);
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(unreadable(told(&error))),
        }
        let line = record.position().map_or(0, csv::Position::line);
        rows.row.append_value(i64::try_from(line).unwrap_or(i64::MAX));
        let mut fault = (record.len() != fields.len()).then_some(RejectCode::RowMalformed);
        for (text, place) in rows.texts.iter_mut().zip(&columns.places) {
            match place {
                Place::Constant(constant) => text.append_value(constant),
                Place::Field(at) => match record.get(*at).map(std::str::from_utf8) {
                    None => text.append_null(),
                    Some(Ok(value)) if value.contains('\u{FFFD}') => {
                        fault.get_or_insert(RejectCode::EncodingBroken);
                        text.append_null();
                    }
                    Some(Ok(value)) => text.append_option((!value.trim().is_empty()).then_some(value)),
                    Some(Err(_)) => {
                        fault.get_or_insert(RejectCode::EncodingBroken);
                        text.append_null();
                    }
                },
            }
        }
        rows.fault.append_option(fault.map(RejectCode::as_str));
        if rows.len() == BATCH_ROWS {
            sink(rows.finish());
        }
    }
    if rows.len() > 0 {
        sink(rows.finish());
    }
    Ok(())
}

fn decode(file: File, charset: &'static Charset) -> impl Read {
    DecodeReaderBytesBuilder::new().encoding(Some(charset)).bom_override(true).build(file)
}

/// The kind of a CSV error with its place; its own words could hold values.
fn told(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Io(io) => format!("{} near line {line}", io.kind()),
        _ => format!("malformed near line {line}"),
    }
}

fn header_fields(header: &ByteRecord, path: &Path) -> Result<Vec<String>, SourceError> {
    let mut fields = Vec::with_capacity(header.len());
    for (at, bytes) in header.iter().enumerate() {
        let bytes = if at == 0 { bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes) } else { bytes };
        let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\u{FFFD}'));
        let text = text.ok_or(SourceError::Encoding {
            path: path.to_owned(),
            why: "the header is not in the declared encoding (UTF-8 unless declared)",
        })?;
        fields.push(text.trim().to_owned());
    }
    Ok(fields)
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
                            fields: fields.join(", "),
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
