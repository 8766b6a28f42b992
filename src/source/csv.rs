//! Comma-separated ledgers, record by record, so that one bad line costs one line.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding as Charset, GB18030};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::config::{CountyOf, Encoding, SourceConfig};
use super::mapping::{From, Mapping};
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
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let bytes: Box<dyn Read> = match source.encoding {
        Encoding::Gb18030 => Box::new(decode(file, GB18030)),
        Encoding::Auto | Encoding::Utf8 => Box::new(file),
    };
    let ends = Rc::new(RefCell::new(VecDeque::new()));
    let bytes = LineEnds { inner: bytes, offset: 0, ends: ends.clone() };
    let mut lines = Lines { ends, line: 1, cursor: 0 };
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().map_err(|error| unreadable(told(&error)))?.clone();
    if header.is_empty() {
        return Err(unreadable("the file is empty".to_owned()));
    }
    let fields = header_fields(&header, path)?;
    if let ([only], Some(separator)) = (fields.as_slice(), fields[0].chars().find(|c| matches!(c, ';' | '\t' | '|'))) {
        let parts = only.split(separator).count();
        return Err(unreadable(format!(
            "its {parts} fields are parted by {separator:?}, not by commas; save it as CSV with commas"
        )));
    }
    let columns = Columns::find(source, mapping, &fields, path)?;
    let mut rows = DeliveredBuilder::new(columns.names(), false);
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(unreadable(told(&error))),
        }
        let line =
            lines.at(record.position().map_or(0, csv::Position::byte)) - u64::from(fault::is_on(Fault::RowOffByOne));
        // An unclosed quote swallows the lines after it. Where each line decides a verdict, none may go unseen.
        if source.table != Delivered::Enterprise && record.iter().any(|field| field.contains(&b'\n')) {
            let reason = format!(
                "the quoted field at line {line} goes on over the end of its line: close the quote, or take the line break out"
            );
            return Err(unreadable(reason));
        }
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

/// A line end of the stream: offset and byte.
type LineEnd = (u64, u8);

/// Notes where lines end in what passes through.
struct LineEnds<R> {
    inner: R,
    offset: u64,
    ends: Rc<RefCell<VecDeque<LineEnd>>>,
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut ends = self.ends.borrow_mut();
        for at in memchr::memchr2_iter(b'\n', b'\r', &buffer[..count]) {
            ends.push_back((self.offset + at as u64, buffer[at]));
        }
        self.offset += count as u64;
        Ok(count)
    }
}

/// The line on which a record begins: the reader's own count is one short after `\r\n` and blind to blank lines.
struct Lines {
    ends: Rc<RefCell<VecDeque<LineEnd>>>,
    line: u64,
    cursor: u64,
}

impl Lines {
    /// The line of the record that the reader says begins at `offset`; offsets must not decrease.
    fn at(&mut self, offset: u64) -> u64 {
        let mut ends = self.ends.borrow_mut();
        self.cursor = self.cursor.max(offset);
        while let Some((at, byte)) = ends.front().copied().filter(|(at, _)| *at <= self.cursor) {
            ends.pop_front();
            if at == self.cursor {
                self.cursor += 1;
            }
            // Of `\r\n`, only the second ends the line.
            let is_half = byte == b'\r' && ends.front() == Some(&(at + 1, b'\n'));
            self.line += u64::from(!is_half);
        }
        self.line
    }
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

    /// Lines on which the data records of a text begin.
    fn lines(text: &str) -> Vec<u64> {
        let ends = Rc::new(RefCell::new(VecDeque::new()));
        let bytes = LineEnds { inner: text.as_bytes(), offset: 0, ends: ends.clone() };
        let mut lines = Lines { ends, line: 1, cursor: 0 };
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
        reader.byte_headers().unwrap();
        let mut record = ByteRecord::new();
        let mut found = Vec::new();
        while reader.read_byte_record(&mut record).unwrap() {
            found.push(lines.at(record.position().unwrap().byte()));
        }
        found
    }

    #[test]
    fn records_are_found_on_their_lines_whatever_ends_them() {
        assert_eq!(lines("a,b\n1,2\n3,4\n"), [2, 3]);
        assert_eq!(lines("a,b\r\n1,2\r\n3,4\r\n5,6"), [2, 3, 4]);
        assert_eq!(lines("a,b\n\n1,2\n\n\n3,4"), [3, 6]);
        assert_eq!(lines("a,b\r\n\r\n1,2\r\n\r\n3,4\r\n"), [3, 5]);
        assert_eq!(lines("a,b\r1,2\r3,4\r"), [2, 3]);
        assert_eq!(lines("a,b\n\"1\n1\",2\n3,4\n"), [2, 4]);
    }

    #[test]
    fn values_in_the_place_of_a_header_are_not_told() {
        let told = shown(&["91330182MA0000015M", "增值税", "100000"].map(str::to_owned));
        assert_eq!(told, "增值税 and 2 that look like values; is there a header?");
    }
}
