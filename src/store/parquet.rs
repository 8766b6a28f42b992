//! Parquet files whose bytes depend on their rows alone, hashed while they are written.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use arrow::array::{Array, ArrayRef, RecordBatch, make_array};
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, Field, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::{Hashing, StoreError, atomic};
use crate::fault::{self, Fault};

/// Rows of a row group. Batches are cut to it before they are written, since page boundaries follow batches.
const ROW_GROUP_ROWS: usize = 65_536;

/// A finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// BLAKE3 of its bytes, hex.
    pub hash: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
}

/// Writes batches into one file.
pub struct ParquetWriter {
    path: std::path::PathBuf,
    inner: ArrowWriter<Hashing<BufWriter<File>>>,
    coalescer: BatchCoalescer,
    rows: u64,
}

impl ParquetWriter {
    /// Starts the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self, StoreError> {
        let file = Hashing::new(BufWriter::with_capacity(1 << 18, atomic::create_file(path)?));
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
        for field in schema.fields() {
            let column = ColumnPath::from(field.name().as_str());
            if !is_repeating(field) {
                properties = properties.set_column_dictionary_enabled(column.clone(), false);
            }
            if field.name() == "row" {
                // Lines follow each other.
                properties = properties.set_column_encoding(column.clone(), Encoding::DELTA_BINARY_PACKED);
            }
            if !is_searched(field) {
                properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
            }
        }
        let properties = properties.build();
        let inner = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(failed(path, "start"))?;
        Ok(Self {
            path: path.to_owned(),
            inner,
            coalescer: BatchCoalescer::new(schema.clone(), ROW_GROUP_ROWS),
            rows: 0,
        })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.rows += batch.num_rows() as u64;
        self.coalescer.push_batch(batch.clone()).map_err(|error| failed(&self.path, "write")(error.into()))?;
        if fault::is_on(Fault::BatchesShow) {
            self.coalescer.finish_buffered_batch().map_err(|error| failed(&self.path, "write")(error.into()))?;
        }
        self.drain()
    }

    /// Adds rows in row groups of their own; labels may stand for texts.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_apart(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.rows += batch.num_rows() as u64;
        let mut from = 0;
        while from < batch.num_rows() {
            let group = batch.slice(from, ROW_GROUP_ROWS.min(batch.num_rows() - from));
            from += group.num_rows();
            self.write_group(&group)?;
            self.inner.flush().map_err(failed(&self.path, "write"))?;
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<(), StoreError> {
        while let Some(full) = self.coalescer.next_completed_batch() {
            self.write_group(&full)?;
        }
        Ok(())
    }

    /// Writes rows that make a row group. A column may carry room for nulls and have none: page boundaries follow that
    /// too, and it depends on how the rows came here.
    fn write_group(&mut self, group: &RecordBatch) -> Result<(), StoreError> {
        let without_room = |column: &ArrayRef| match column.nulls() {
            Some(nulls) if nulls.null_count() == 0 => {
                column.to_data().into_builder().nulls(None).build().map(make_array)
            }
            _ => Ok(column.clone()),
        };
        let columns: Result<Vec<ArrayRef>, _> = group.columns().iter().map(without_room).collect();
        columns
            .and_then(|columns| RecordBatch::try_new(group.schema(), columns))
            .map_err(Into::into)
            .and_then(|group| self.inner.write(&group))
            .map_err(failed(&self.path, "write"))
    }

    /// Adds a key to the file's metadata.
    pub fn annotate(&mut self, key: &str, value: String) {
        self.inner.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }

    /// Ends the file and makes it durable.
    ///
    /// # Errors
    /// When it cannot be written out.
    pub fn finish(mut self) -> Result<Written, StoreError> {
        self.coalescer.finish_buffered_batch().map_err(|error| failed(&self.path, "write")(error.into()))?;
        self.drain()?;
        let file = self.inner.into_inner().map_err(failed(&self.path, "finish"))?;
        let (hash, bytes) =
            file.finish(|file| file.get_ref().sync_all()).map_err(StoreError::io(&self.path, "sync"))?;
        Ok(Written { hash, bytes, rows: self.rows })
    }
}

/// Whether values of a column come back often enough for a dictionary to be worth its keeping: numbers and what tells
/// rows apart do not.
fn is_repeating(field: &Field) -> bool {
    match field.data_type() {
        DataType::Utf8 => !["parcel_id", "uscc", "main_uscc", "name", "address"].contains(&field.name().as_str()),
        DataType::Float64 | DataType::Int64 | DataType::Decimal128(..) | DataType::Binary => false,
        _ => true,
    }
}

/// Whether readers look for values of a column: least and greatest values of other texts cost more than they save.
fn is_searched(field: &Field) -> bool {
    let is_id = |name: &str| name.ends_with("_id") || name.ends_with("_code") || matches!(name, "uscc" | "period");
    match field.data_type() {
        DataType::Utf8 => is_id(field.name()),
        other => other != &DataType::Binary,
    }
}

/// Writes `batches` into one file at `path`.
///
/// # Errors
/// When the file cannot be written.
pub fn write<'a>(
    path: &Path,
    schema: &SchemaRef,
    batches: impl IntoIterator<Item = &'a RecordBatch>,
) -> Result<Written, StoreError> {
    let mut writer = ParquetWriter::create(path, schema)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()
}

/// Reads a file as one batch: all columns, or those named.
///
/// # Errors
/// When the file cannot be opened or is no Parquet file of ours.
pub fn read(path: &Path) -> Result<RecordBatch, StoreError> {
    let damaged = || StoreError::Damaged { path: path.to_owned(), what: "a Parquet file" };
    let file = File::open(path).map_err(StoreError::io(path, "read"))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| damaged())?;
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows()).map_err(|_| damaged())?;
    let reader = builder.with_batch_size(rows.max(1)).build().map_err(|_| damaged())?;
    let schema = arrow::array::RecordBatchReader::schema(&reader);
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|_| damaged())?;
    arrow::compute::concat_batches(&schema, &batches).map_err(|_| damaged())
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(parquet::errors::ParquetError) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::Io { path, action, source: std::io::Error::other(error) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;
    use arrow::buffer::NullBuffer;
    use arrow::datatypes::Schema;

    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn bytes_follow_the_rows_and_not_how_they_came() {
        let folder = Scratch::new();
        let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("kind", DataType::Utf8, true)]));
        let texts: StringArray = (0..40_000).map(|row| Some(["甲", "乙", "丙"][row * row % 7 % 3])).collect();
        let (offsets, values, _) = texts.clone().into_parts();
        let roomy = StringArray::new(offsets, values, Some(NullBuffer::new_valid(texts.len())));
        let hash = |texts: StringArray, cuts: usize| {
            let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(texts)]).unwrap();
            let batches: Vec<_> = (0..cuts).map(|cut| batch.slice(cut * 40_000 / cuts, 40_000 / cuts)).collect();
            write(&folder.path().join("a.parquet"), &schema, &batches).unwrap().hash
        };
        assert_eq!(hash(texts.clone(), 1), hash(roomy.clone(), 1));
        assert_eq!(hash(texts, 4), hash(roomy, 5));
    }
}
