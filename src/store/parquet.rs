//! Parquet files whose bytes depend on their rows alone, hashed while they are written.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, make_array};
use arrow::compute::{BatchCoalescer, cast};
use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnPath;

use super::{Hashing, StoreError, atomic};
use crate::fault::{self, Fault};

/// Rows of a row group. Batches are cut to it before they are written, since page boundaries follow batches.
const ROW_GROUP_ROWS: usize = 65_536;

/// Rows that are read at once where rows are looked for; what is found is put together.
const MOST_AT_ONCE: usize = 1 << 16;

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
        let inner =
            ArrowWriter::try_new(file, schema.clone(), Some(properties(schema))).map_err(failed(path, "start"))?;
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

/// How the columns of a table are written.
fn properties(schema: &SchemaRef) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for (column, field) in leaves(schema) {
        properties = properties.set_column_dictionary_enabled(column.clone(), is_repeating(field));
        if !is_searched(field) {
            properties = properties.set_column_statistics_enabled(column.clone(), EnabledStatistics::None);
        }
        properties = match field.data_type() {
            // Lines follow each other.
            _ if field.name() == "row" => properties.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED),
            // Ratios and coordinates hold nothing that could be pressed out.
            DataType::Float32 | DataType::Float64 => {
                properties.set_column_compression(column, Compression::UNCOMPRESSED)
            }
            _ => properties,
        };
    }
    properties.build()
}

/// The columns in which values stand, those within others too.
fn leaves(schema: &SchemaRef) -> Vec<(ColumnPath, &Field)> {
    let mut leaves = Vec::new();
    for field in schema.fields() {
        match field.data_type() {
            DataType::Struct(inner) => leaves.extend(
                inner.iter().map(|leaf| (vec![field.name().clone(), leaf.name().clone()].into(), leaf.as_ref())),
            ),
            _ => leaves.push((field.name().as_str().into(), field.as_ref())),
        }
    }
    leaves
}

/// Whether values of a column come back often enough for a dictionary to be worth its keeping: numbers, days and what
/// tells rows apart do not.
fn is_repeating(field: &Field) -> bool {
    match field.data_type() {
        DataType::Utf8 => {
            !["parcel_id", "other_id", "uscc", "main_uscc", "name", "address"].contains(&field.name().as_str())
        }
        DataType::Float32
        | DataType::Float64
        | DataType::Int64
        | DataType::Date32
        | DataType::Decimal128(..)
        | DataType::Binary => false,
        _ => true,
    }
}

/// Whether readers look for values of a column: least and greatest values of other texts cost more than they save.
fn is_searched(field: &Field) -> bool {
    let is_id = |name: &str| name.ends_with("_id") || name.ends_with("_code") || matches!(name, "uscc" | "period");
    match field.data_type() {
        DataType::Utf8 => is_id(field.name()) && field.name() != "source_id",
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

/// Reads a file as one batch.
///
/// # Errors
/// When the file cannot be opened or is no Parquet file of ours.
pub fn read(path: &Path) -> Result<RecordBatch, StoreError> {
    select(path, None, None)
}

/// The rows whose text in a column is one of some values.
#[derive(Debug, Clone, Copy)]
pub struct Matching<'a> {
    /// Column of texts.
    pub column: &'a str,
    /// What is looked for.
    pub values: &'a [&'a str],
}

/// Reads as one batch those columns (none: all) of those rows (none: all). Row groups whose least and greatest values
/// leave no room for any are not read, of others the column that is searched comes first.
///
/// # Errors
/// When the file cannot be opened, is no Parquet file of ours, or lacks a column.
pub fn select(
    path: &Path,
    columns: Option<&[&str]>,
    matching: Option<Matching<'_>>,
) -> Result<RecordBatch, StoreError> {
    let damaged = || StoreError::Damaged { path: path.to_owned(), what: "a Parquet file" };
    let file = File::open(path).map_err(StoreError::io(path, "read"))?;
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| damaged())?;
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows()).map_err(|_| damaged())?;
    if let Some(matching) = matching {
        let leaf = builder.schema().index_of(matching.column).map_err(|_| damaged())?;
        let groups = builder.metadata().row_groups().iter().enumerate();
        let groups = groups.filter(|(_, group)| has_room(group.column(leaf).statistics(), matching.values));
        let groups = groups.map(|(at, _)| at).collect();
        let mask = ProjectionMask::leaves(builder.parquet_schema(), [leaf]);
        let wanted: Vec<String> = matching.values.iter().map(ToString::to_string).collect();
        let predicate = ArrowPredicateFn::new(mask, move |batch| among(batch.column(0), &wanted));
        builder = builder.with_row_groups(groups).with_row_filter(RowFilter::new(vec![Box::new(predicate)]));
    }
    if let Some(columns) = columns {
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        builder = builder.with_projection(mask);
    }
    let reader = builder
        .with_batch_size(if matching.is_some() { MOST_AT_ONCE } else { rows.max(1) })
        .build()
        .map_err(|_| damaged())?;
    let schema = arrow::array::RecordBatchReader::schema(&reader);
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(|_| damaged())?;
    arrow::compute::concat_batches(&schema, &batches).map_err(|_| damaged())
}

/// Whether a row group may hold one of the values.
fn has_room(statistics: Option<&Statistics>, values: &[&str]) -> bool {
    let ends = statistics.and_then(|statistics| Some((statistics.min_bytes_opt()?, statistics.max_bytes_opt()?)));
    ends.is_none_or(|(least, most)| values.iter().any(|value| (least..=most).contains(&value.as_bytes())))
}

/// Where the column's text is one of those wanted.
fn among(column: &ArrayRef, wanted: &[String]) -> Result<BooleanArray, ArrowError> {
    let texts = cast(column, &DataType::Utf8)?;
    let is_wanted = |text: Option<&str>| text.is_some_and(|text| wanted.iter().any(|one| one == text));
    Ok(texts.as_string::<i32>().iter().map(|text| Some(is_wanted(text))).collect())
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
    fn rows_are_found_by_a_text_whatever_group_they_lie_in() {
        let folder = Scratch::new();
        let fields = [Field::new("uscc", DataType::Utf8, true), Field::new("period", DataType::Utf8, false)];
        let schema: SchemaRef = Arc::new(Schema::new(fields.to_vec()));
        let codes: StringArray = (0..150_000).map(|row| (row % 3 > 0).then(|| format!("{:06}", row / 3))).collect();
        let periods: StringArray = (0..150_000).map(|row| Some(if row % 2 == 0 { "2023" } else { "2024" })).collect();
        let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(codes), Arc::new(periods)]).unwrap();
        let path = folder.path().join("a.parquet");
        write(&path, &schema, [&batch]).unwrap();
        let rows =
            |values: &[&str], columns| select(&path, columns, Some(Matching { column: "uscc", values })).unwrap();
        assert_eq!(rows(&["000007", "049999", "none"], None).num_rows(), 4);
        assert_eq!(rows(&["000007"], Some(&["period"])).num_columns(), 1);
        assert_eq!(rows(&["999999"], None).num_rows(), 0);
        assert_eq!(rows(&[], None).num_rows(), 0);
        assert!(select(&path, None, Some(Matching { column: "id", values: &[] })).is_err());
    }

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
