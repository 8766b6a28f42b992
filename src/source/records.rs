//! Records of comma-separated text (RFC 4180), block by block, without copying what need not be copied.

use std::io::{self, Read};

use arrow::buffer::Buffer;
use memchr::{memchr, memchr3};

/// Bytes that are read at once. A block ends with a whole record; a longer record makes a longer block.
const BLOCK: usize = 1 << 20;

/// Longest record: what is longer is an unclosed quote or no text.
const LONGEST: usize = 1 << 28;

/// Whole records, as they stand in the file.
pub struct Block {
    /// The text.
    pub bytes: Buffer,
    /// The line on which it begins, from 1.
    pub line: u64,
}

/// Cuts a stream into blocks of whole records.
pub struct Blocks<R> {
    inner: R,
    /// Read, but not yet given out.
    rest: Vec<u8>,
    line: u64,
    is_over: bool,
}

impl<R: Read> Blocks<R> {
    /// Over a stream that is at its start.
    pub const fn new(inner: R) -> Self {
        Self { inner, rest: Vec::new(), line: 1, is_over: false }
    }

    /// The next block; none at the end.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Block>> {
        let mut wanted = BLOCK;
        loop {
            while !self.is_over && self.rest.len() < wanted {
                let missing = (wanted - self.rest.len()) as u64;
                self.is_over = self.inner.by_ref().take(missing).read_to_end(&mut self.rest)? == 0;
            }
            if self.rest.is_empty() {
                return Ok(None);
            }
            let (end, lines) = if self.is_over { (self.rest.len(), 0) } else { whole(&self.rest) };
            if end > 0 {
                let rest = self.rest[end..].to_vec();
                let bytes = Buffer::from_vec(std::mem::replace(&mut self.rest, rest));
                let block = Block { bytes: bytes.slice_with_length(0, end), line: self.line };
                self.line += lines;
                return Ok(Some(block));
            }
            if self.rest.len() > LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a record is too long"));
            }
            wanted = self.rest.len() * 2;
        }
    }
}

/// How many bytes of `text` are whole records, and on how many lines they stand.
fn whole(text: &[u8]) -> (usize, u64) {
    if memchr(b'"', text).is_none() {
        // The last line end; a `\r` at the very end may be half of one.
        let known = text.strip_suffix(b"\r").unwrap_or(text);
        let end = memchr::memrchr2(b'\n', b'\r', known).map_or(0, |at| at + 1);
        let end = if end > 0 && known[end - 1] == b'\r' && text.get(end) == Some(&b'\n') { end + 1 } else { end };
        return (end, line_ends(&text[..end]));
    }
    let mut records = Records::new(text, 1);
    let (mut end, mut line) = (0, 1);
    let mut fields = Vec::new();
    while records.next(&mut fields).is_some() {
        let is_ended = matches!(text[..records.at].last(), Some(b'\n' | b'\r')) && records.at < text.len();
        if !is_ended {
            break;
        }
        (end, line) = (records.at, records.line);
    }
    (end, line - 1)
}

/// How many lines end in `text`: `\n`, `\r\n` and `\r` each end one.
fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let lone = memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n')).count();
    (feeds + lone) as u64
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// It stands in the text from here to there.
    Here(usize, usize),
    /// It is quoted; without its quotes it reads so.
    Quoted(Vec<u8>),
}

impl Field {
    /// Its bytes.
    #[must_use]
    pub fn bytes<'a>(&'a self, text: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Here(from, to) => &text[*from..*to],
            Self::Quoted(bytes) => bytes,
        }
    }
}

/// The records of a text.
pub struct Records<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Records<'a> {
    /// Over a text that begins on that line.
    #[must_use]
    pub const fn new(text: &'a [u8], line: u64) -> Self {
        Self { text, at: 0, line }
    }

    /// Puts the next record's fields into `fields` and gives the line on which it begins; none at the end.
    /// Empty lines are no records.
    pub fn next(&mut self, fields: &mut Vec<Field>) -> Option<u64> {
        fields.clear();
        while matches!(self.text.get(self.at), Some(b'\n' | b'\r')) {
            self.end_line();
        }
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        loop {
            fields.push(if self.text.get(self.at) == Some(&b'"') { self.quoted() } else { self.plain() });
            match self.text.get(self.at) {
                Some(b',') => self.at += 1,
                Some(_) => {
                    self.end_line();
                    break;
                }
                None => break,
            }
        }
        Some(line)
    }

    /// Passes over the line end that stands here.
    fn end_line(&mut self) {
        let is_pair = self.text[self.at] == b'\r' && self.text.get(self.at + 1) == Some(&b'\n');
        self.at += if is_pair { 2 } else { 1 };
        self.line += 1;
    }

    fn plain(&mut self) -> Field {
        let from = self.at;
        let length = memchr3(b',', b'\n', b'\r', &self.text[from..]).unwrap_or(self.text.len() - from);
        self.at = from + length;
        Field::Here(from, self.at)
    }

    fn quoted(&mut self) -> Field {
        let mut bytes = Vec::new();
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let Some(length) = memchr(b'"', rest) else {
                // Never closed.
                bytes.extend_from_slice(rest);
                self.line += line_ends(rest);
                self.at = self.text.len();
                return Field::Quoted(bytes);
            };
            bytes.extend_from_slice(&rest[..length]);
            self.line += line_ends(&rest[..length]);
            self.at += length + 1;
            if self.text.get(self.at) != Some(&b'"') {
                break;
            }
            bytes.push(b'"');
            self.at += 1;
        }
        // What stands between the closing quote and the comma belongs to the field too.
        if let Field::Here(from, to) = self.plain() {
            bytes.extend_from_slice(&self.text[from..to]);
        }
        Field::Quoted(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lines and fields of all records.
    fn all(text: &[u8]) -> Vec<(u64, Vec<Vec<u8>>)> {
        let mut found = Vec::new();
        let mut blocks = Blocks::new(text);
        let mut fields = Vec::new();
        while let Some(block) = blocks.next().unwrap() {
            let mut records = Records::new(&block.bytes, block.line);
            while let Some(line) = records.next(&mut fields) {
                found.push((line, fields.iter().map(|field| field.bytes(&block.bytes).to_vec()).collect()));
            }
        }
        found
    }

    fn lines(text: &str) -> Vec<u64> {
        all(text.as_bytes()).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn records_are_found_on_their_lines_whatever_ends_them() {
        assert_eq!(lines("a,b\n1,2\n3,4\n"), [1, 2, 3]);
        assert_eq!(lines("a,b\r\n1,2\r\n3,4\r\n5,6"), [1, 2, 3, 4]);
        assert_eq!(lines("a,b\n\n1,2\n\n\n3,4"), [1, 3, 6]);
        assert_eq!(lines("a,b\r\n\r\n1,2\r\n\r\n3,4\r\n"), [1, 3, 5]);
        assert_eq!(lines("a,b\r1,2\r3,4\r"), [1, 2, 3]);
        assert_eq!(lines("a,b\n\"1\n1\",2\n3,4\n"), [1, 2, 4]);
    }

    /// The same text read by the `csv` crate.
    fn by_the_library(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text);
        let records = reader.byte_records().map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect());
        records.collect()
    }

    proptest! {
        #[test]
        fn fields_are_those_that_the_library_reads(text in "[a,\"\r\n 一]{0,40}") {
            let ours: Vec<_> = all(text.as_bytes()).into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(ours, by_the_library(text.as_bytes()));
        }
    }

    #[test]
    fn blocks_end_with_whole_records() {
        for end in ["\n", "\r\n", "\r"] {
            for value in ["12345678", "\"1\n2\"", "\"12\"\"34\""] {
                let record = format!("{value},x{end}");
                let text = record.repeat(3 * BLOCK / record.len());
                let found = all(text.as_bytes());
                assert_eq!(found.len(), 3 * BLOCK / record.len());
                let step = if value.contains('\n') { 2 } else { 1 };
                assert!(found.iter().enumerate().all(|(at, (line, fields))| {
                    *line == 1 + step * at as u64 && fields.len() == 2 && fields[1] == b"x"
                }));
            }
        }
        let long = format!("\"{}\",1\n2,3\n", "a\n".repeat(BLOCK));
        assert_eq!(all(long.as_bytes()).len(), 2);
    }
}
