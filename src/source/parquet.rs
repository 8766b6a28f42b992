//! Parquet ledgers: typed columns, read as the text that mappings name.

use std::fs::File;
use std::path::Path;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::config::SourceConfig;
use super::csv::{Columns, Place};
use super::mapping::Mapping;
use super::text::Texts;
use super::{Sink, SourceError};
use crate::domain::RejectCode;

/// Rows of a delivered batch.
const BATCH_ROWS: usize = 32_768;

/// Reads one file into `sink`. A row is named by its position in the file, from 1.
///
/// # Errors
/// When it cannot be opened or read to its end, or lacks a mapped field.
pub fn read(source: &SourceConfig, mapping: &Mapping, path: &Path, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    // The library's words can hold values.
    let unreadable = |reason: &str| SourceError::Unreadable {
        path: path.to_owned(),
        format: source.format.name(),
        reason: reason.to_owned(),
    };
    let file = File::open(path).map_err(|error| unreadable(&error.kind().to_string()))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| unreadable("it is no Parquet file"))?;
    let fields: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let columns = Columns::find(source, mapping, &fields, path)?;
    let wanted = columns.places.iter().filter_map(|place| match place {
        Place::Field(at) => Some(fields[*at].as_str()),
        Place::Constant(_) => None,
    });
    let mask = ProjectionMask::columns(builder.parquet_schema(), wanted);
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    let mut row = 0_i64;
    for batch in reader.map_err(|_| unreadable("its columns cannot be read"))? {
        let batch = batch.map_err(|_| unreadable(&format!("it breaks off after {row} rows")))?;
        let mut faults: Vec<Option<RejectCode>> = vec![None; batch.num_rows()];
        let mut texts = Texts::default();
        for place in &columns.places {
            texts.column(place, |at| batch.column_by_name(&fields[at]), &mut faults);
        }
        let rows: Vec<i64> = (row + 1..).take(batch.num_rows()).collect();
        row = rows.last().copied().unwrap_or(row);
        sink(&texts.sheet(&columns.names, rows, faults));
    }
    Ok(())
}
