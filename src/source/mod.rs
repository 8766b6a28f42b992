//! Readers: files as they come, as streams of sheets whose columns have canonical names
//! but still hold the delivered text.

pub mod config;
pub mod crs;
pub mod csv;
pub mod files;
pub mod mapping;
pub mod parquet;
mod records;
mod text;
pub mod vector;

use std::path::PathBuf;

use crate::table::delivery::Sheet;

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

/// Whether bytes have U+FFFD, the mark of a broken decoding.
fn is_broken(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, "\u{FFFD}".as_bytes()).is_some()
}

/// A source's files are read sheet by sheet into this.
pub type Sink<'a> = dyn FnMut(&Sheet<'_>) + 'a;
