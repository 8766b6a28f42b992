//! Readers: files as they come, as streams of batches whose columns have canonical names
//! but still hold the delivered text.

pub mod config;
pub mod crs;
pub mod csv;
pub mod files;
pub mod mapping;
pub mod parquet;
mod places;
mod records;
mod text;
pub mod vector;

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, Int64Builder, RecordBatch, StringBuilder, StringViewBuilder};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Schema};

/// A source could not be read at all. Rows that could not are rejects instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The pattern matches nothing.
    #[error("no file matches {0}")]
    NoFile(PathBuf),
    /// A pattern or path that is refused.
    #[error("{path}: {why}")]
    Path {
        /// As written.
        path: String,
        /// Why.
        why: &'static str,
    },
    /// The file cannot be opened or read to its end.
    #[error("{path}: cannot be read as {format}: {reason}")]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Format asked for.
        format: &'static str,
        /// Reason, without values from the file.
        reason: String,
    },
    /// The layer is not there, or there are several.
    #[error("{path}: {why}; layers are: {layers}; name one with `layer = \"…\"`")]
    Layer {
        /// File.
        path: PathBuf,
        /// Why.
        why: String,
        /// Layers of the file.
        layers: String,
    },
    /// A mapped field is not there.
    #[error("{path}: no field `{field}`, which the mapping reads as {column}; fields are: {fields}{near}")]
    Field {
        /// File.
        path: PathBuf,
        /// Name in the mapping.
        field: String,
        /// Canonical column.
        column: String,
        /// Fields of the file.
        fields: String,
        /// Nearest, as a question.
        near: String,
    },
    /// A mapped field stands twice.
    #[error("{path}: the field `{field}` stands twice; which one is meant cannot be told")]
    FieldTwice {
        /// File.
        path: PathBuf,
        /// Name.
        field: String,
    },
    /// The file's encoding is not known, or is not the declared one.
    #[error(
        "{path}: {why}; declare `encoding = \"gb18030\"` or \"utf-8\" in the source (for a shapefile, a .cpg does too)"
    )]
    Encoding {
        /// File.
        path: PathBuf,
        /// Why.
        why: &'static str,
    },
    /// The coordinate system is missing or cannot be brought to EPSG:4490.
    #[error(
        "{path}: {why}; set `crs` in the source: an EPSG code with a real operation to EPSG:4490, or a PROJ pipeline"
    )]
    Crs {
        /// File.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// Delivered rows under canonical names: `row` (line or feature id), one text column for each mapped
/// column, `county` (text of `county_field`, if any), `fault` (a reject code found while reading)
/// and, for vector files, `geometry` (WKB as delivered).
pub struct DeliveredBuilder {
    names: Vec<String>,
    row: Int64Builder,
    texts: Vec<StringViewBuilder>,
    /// The number by which each column knows the text that fields stand in.
    blocks: Vec<u32>,
    /// Whether that text has marks of a broken decoding.
    is_broken: bool,
    fault: StringBuilder,
    geometry: Option<BinaryBuilder>,
}

impl DeliveredBuilder {
    fn new(names: Vec<String>, has_geometry: bool) -> Self {
        let texts = names.iter().map(|_| StringViewBuilder::new()).collect();
        let blocks = vec![0; names.len()];
        let geometry = has_geometry.then(BinaryBuilder::new);
        Self { names, row: Int64Builder::new(), texts, blocks, is_broken: false, fault: StringBuilder::new(), geometry }
    }

    /// Rows appended so far.
    fn len(&self) -> usize {
        arrow::array::ArrayBuilder::len(&self.row)
    }

    /// Fields will be told by where they stand in `text`.
    fn begin(&mut self, text: &Buffer) {
        for (block, texts) in self.blocks.iter_mut().zip(&mut self.texts) {
            *block = texts.append_block(text.clone());
        }
        self.is_broken = !is_text(text);
    }

    /// Appends to a column what stands in the text of [`Self::begin`] from here to there; false if it is no text.
    fn here(&mut self, column: usize, text: &[u8], from: usize, to: usize) -> bool {
        let bytes = &text[from..to];
        match (u32::try_from(from), u32::try_from(bytes.len()), bytes.first()) {
            // What begins with a character to be seen is not empty.
            (Ok(from), Ok(length), Some(first)) if is_seen(*first) && !self.is_broken => {
                let texts = &mut self.texts[column];
                let is_text = texts.try_append_view(self.blocks[column], from, length).is_ok();
                if !is_text {
                    texts.append_null();
                }
                is_text
            }
            _ => self.bytes(column, bytes),
        }
    }

    /// Appends bytes to a column; false if they are no text.
    fn bytes(&mut self, column: usize, bytes: &[u8]) -> bool {
        let text = std::str::from_utf8(bytes).ok().filter(|_| is_text(bytes));
        self.texts[column].append_option(text.filter(|text| !text.trim().is_empty()));
        text.is_some()
    }

    /// The rows appended so far; the builder is empty afterwards.
    fn finish(&mut self) -> RecordBatch {
        let mut fields = vec![Field::new("row", DataType::Int64, false)];
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.row.finish())];
        for (name, text) in self.names.iter().zip(&mut self.texts) {
            fields.push(Field::new(name, DataType::Utf8View, true));
            columns.push(Arc::new(text.finish()));
        }
        fields.push(Field::new("fault", DataType::Utf8, true));
        columns.push(Arc::new(self.fault.finish()));
        if let Some(geometry) = &mut self.geometry {
            fields.push(Field::new("geometry", DataType::Binary, true));
            columns.push(Arc::new(geometry.finish()));
        }
        let schema = Arc::new(Schema::new(fields));
        // Every append adds to all builders, so lengths agree.
        RecordBatch::try_new(schema.clone(), columns).unwrap_or_else(|_| RecordBatch::new_empty(schema))
    }
}

/// Whether a text that begins with this byte begins with a character to be seen: of ASCII, or beyond U+4000, where there
/// is no white space.
const fn is_seen(first: u8) -> bool {
    first.is_ascii_graphic() || first >= 0xE4
}

/// Whether bytes lack U+FFFD, the mark of a broken decoding.
fn is_text(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, "\u{FFFD}".as_bytes()).is_none()
}

/// A source's files are read batch by batch into this.
pub type Sink<'a> = dyn FnMut(RecordBatch) + 'a;

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
    }
}
