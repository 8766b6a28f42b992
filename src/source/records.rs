//! Records of comma-separated text (RFC 4180), block by block, without copying what need not be copied.

use std::io::{self, Read};

use memchr::memchr;

use crate::table::delivery::Cell;

/// Bytes that are read at once: what becomes of them stays near the processor. A block ends with a whole record; a longer
/// record makes a longer block.
const BLOCK: usize = 1 << 18;

/// Longest record: what is longer is an unclosed quote or no text.
const LONGEST: usize = 1 << 28;

/// Cuts a stream into blocks of whole records.
pub struct Blocks<R> {
    inner: R,
    buffer: Vec<u8>,
    /// How much of the buffer was read.
    filled: usize,
    /// How much of it was given out.
    given: usize,
    is_over: bool,
}

impl<R: Read> Blocks<R> {
    /// Over a stream that is at its start.
    pub const fn new(inner: R) -> Self {
        Self { inner, buffer: Vec::new(), filled: 0, given: 0, is_over: false }
    }

    /// The next block; none at the end.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.buffer.copy_within(self.given..self.filled, 0);
        self.filled -= self.given;
        self.given = 0;
        let mut wanted = BLOCK;
        while self.given == 0 {
            self.fill(wanted)?;
            if self.filled == 0 {
                return Ok(None);
            }
            self.given = if self.is_over { self.filled } else { whole(&self.buffer[..self.filled]) };
            if self.given == 0 && self.filled > LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a record is too long"));
            }
            wanted = self.filled * 2;
        }
        Ok(Some(&self.buffer[..self.given]))
    }

    /// Reads until so many bytes wait, or all is read.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        self.buffer.resize(self.buffer.len().max(wanted), 0);
        while !self.is_over && self.filled < wanted {
            match self.inner.read(&mut self.buffer[self.filled..wanted]) {
                Ok(read) => {
                    self.filled += read;
                    self.is_over = read == 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// How many bytes of `text` are whole records.
fn whole(text: &[u8]) -> usize {
    if memchr(b'"', text).is_none() {
        // The last line end; a `\r` at the very end may be half of one.
        let known = text.strip_suffix(b"\r").unwrap_or(text);
        return memchr::memrchr2(b'\n', b'\r', known).map_or(0, |at| at + 1);
    }
    let mut records = Records::new(text, 1);
    let mut end = 0;
    let mut fields = Vec::new();
    while records.next(&mut fields).is_some() {
        fields.clear();
        let is_ended = matches!(text[..records.at].last(), Some(b'\n' | b'\r')) && records.at < text.len();
        if !is_ended {
            break;
        }
        end = records.at;
    }
    end
}

/// How many lines end in `text`: `\n`, `\r\n` and `\r` each end one.
fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let lone = memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n')).count();
    (feeds + lone) as u64
}

/// The records of a text. Cells are places in the text and in what is kept behind it.
pub struct Records<'a> {
    text: &'a [u8],
    marks: Marks<'a>,
    at: usize,
    /// The line that comes next, from 1.
    pub line: u64,
    /// What cells hold that does not stand in the text as it reads.
    pub kept: Vec<u8>,
    /// Whether a quoted field of the record goes on over a line feed.
    pub goes_on: bool,
}

impl<'a> Records<'a> {
    /// Over a text that begins on that line.
    #[must_use]
    pub fn new(text: &'a [u8], line: u64) -> Self {
        Self { text, marks: Marks::new(text), at: 0, line, kept: Vec::new(), goes_on: false }
    }

    /// Puts the next record's fields behind `fields` and gives the line on which it begins; none at the end.
    /// Empty lines are no records.
    pub fn next(&mut self, fields: &mut Vec<Cell>) -> Option<u64> {
        self.goes_on = false;
        while matches!(self.text.get(self.at), Some(b'\n' | b'\r')) {
            self.end_line();
        }
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        let (text, mut from) = (self.text, self.at);
        self.at = loop {
            let at = self.marks.next();
            match text.get(at) {
                // It stands in a quoted field, or is half of a line end.
                Some(_) if at < from => {}
                Some(b',') => {
                    fields.push(Cell { from, to: at });
                    from = at + 1;
                }
                Some(b'"') if at == from => {
                    let (field, end) = self.quoted(at + 1);
                    fields.push(field);
                    if text.get(end) != Some(&b',') {
                        break end;
                    }
                    from = end + 1;
                }
                Some(b'\n' | b'\r') | None => {
                    fields.push(Cell { from, to: at });
                    break at;
                }
                Some(_) => {}
            }
        };
        if self.at < text.len() {
            self.end_line();
        }
        Some(line)
    }

    /// A cell of other bytes.
    pub fn keep(&mut self, bytes: &[u8]) -> Cell {
        let from = self.text.len() + self.kept.len();
        self.kept.extend_from_slice(bytes);
        Cell { from, to: from + bytes.len() }
    }

    /// A cell's bytes.
    #[must_use]
    pub fn bytes(&self, cell: Cell) -> &[u8] {
        match cell.from.checked_sub(self.text.len()) {
            Some(from) => &self.kept[from..cell.to - self.text.len()],
            None => &self.text[cell.from..cell.to],
        }
    }

    /// Passes over the line end that stands here.
    fn end_line(&mut self) {
        let is_pair = self.text[self.at] == b'\r' && self.text.get(self.at + 1) == Some(&b'\n');
        self.at += if is_pair { 2 } else { 1 };
        self.line += 1;
    }

    /// A quoted field, of which that is behind the first quote, and where it ends. What it reads as is kept.
    #[cold]
    fn quoted(&mut self, mut at: usize) -> (Cell, usize) {
        let from = self.text.len() + self.kept.len();
        loop {
            let rest = &self.text[at..];
            let closing = memchr(b'"', rest);
            let piece = &rest[..closing.unwrap_or(rest.len())];
            self.kept.extend_from_slice(piece);
            self.line += line_ends(piece);
            self.goes_on |= piece.contains(&b'\n');
            at += piece.len() + usize::from(closing.is_some());
            // Two quotes stand for one; a field may also never be closed.
            if closing.is_none() || self.text.get(at) != Some(&b'"') {
                break;
            }
            self.kept.push(b'"');
            at += 1;
        }
        // What stands between the closing quote and the comma belongs to the field too.
        let rest = &self.text[at..];
        let end = rest.iter().position(|byte| matches!(byte, b',' | b'\n' | b'\r')).unwrap_or(rest.len());
        self.kept.extend_from_slice(&rest[..end]);
        (Cell { from, to: self.text.len() + self.kept.len() }, at + end)
    }
}

/// Finds the bytes below `-`, 64 at a time: what ends or quotes a field is among them, and little else.
struct Marks<'a> {
    chunks: std::slice::Iter<'a, [u8; 64]>,
    /// What is behind the last 64.
    rest: &'a [u8],
    /// Where the 64 begin that were looked at, and where they end.
    from: usize,
    end: usize,
    /// A bit for each of them: whether it is below `-`, and not given out yet.
    found: u64,
    /// How long the text is.
    length: usize,
}

impl<'a> Marks<'a> {
    fn new(text: &'a [u8]) -> Self {
        let (chunks, rest) = text.as_chunks();
        Self { chunks: chunks.iter(), rest, from: 0, end: 0, found: 0, length: text.len() }
    }

    /// Where the next one stands, or the text ends.
    #[inline]
    fn next(&mut self) -> usize {
        if self.found == 0 && !self.look() {
            return self.length;
        }
        let at = self.from + self.found.trailing_zeros() as usize;
        self.found &= self.found - 1;
        at
    }

    /// Looks at what is behind until there is one, and tells whether there is: apart, as that needs all registers.
    #[inline(never)]
    fn look(&mut self) -> bool {
        let mut last = [b'-'; 64];
        while self.found == 0 {
            let chunk = match self.chunks.next() {
                Some(chunk) => chunk,
                None if self.end < self.length => {
                    last[..self.rest.len()].copy_from_slice(self.rest);
                    &last
                }
                None => return false,
            };
            (self.from, self.end) = (self.end, self.end + 64);
            self.found = below(chunk);
        }
        true
    }
}

/// A bit for each byte, set where it is below `-`.
fn below(chunk: &[u8; 64]) -> u64 {
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; 8]);
    const TO_HIGHEST: u64 = u64::from_ne_bytes([0x80 - b'-'; 8]);
    // Brings the lowest bits of eight bytes together in the highest byte.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let mut found = 0;
    for (at, word) in chunk.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // Of bytes that are `-` or above: by themselves, or by the sum, which carries nothing over.
        let others = word | (word & !HIGHEST).wrapping_add(TO_HIGHEST);
        found |= ((!others & HIGHEST) >> 7).wrapping_mul(TOGETHER) >> 56 << (8 * at);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lines and fields of all records.
    fn all(text: &[u8]) -> Vec<(u64, Vec<Vec<u8>>)> {
        let mut found = Vec::new();
        let mut blocks = Blocks::new(text);
        let (mut fields, mut line) = (Vec::new(), 1);
        while let Some(block) = blocks.next().unwrap() {
            let mut records = Records::new(block, line);
            while let Some(line) = records.next(&mut fields) {
                found.push((line, fields.drain(..).map(|field| records.bytes(field).to_vec()).collect()));
            }
            line = records.line;
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
        fn fields_are_those_that_the_library_reads(text in "[a!,\"\r\n 一-]{0,40}") {
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
