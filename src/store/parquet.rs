//! Parquet files whose bytes depend on their rows alone, hashed while they are written.

use std::fs::File;
use std::path::Path;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::arrow::{ArrowSchemaConverter, ProjectionMask, add_encoded_arrow_schema_to_metadata};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use zstd::bulk::Compressor;

use super::column::Column;
use super::{Hashing, StoreError, atomic};
use crate::fault::{self, Fault};

/// Rows of a row group, whatever the batches that it comes in.
const ROW_GROUP_ROWS: usize = 65_536;

/// The least, and the fastest.
const COMPRESSION_LEVEL: i32 = 1;

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
    file: SerializedFileWriter<Hashing<File>>,
    schema: SchemaRef,
    compressor: Compressor<'static>,
    /// What will be the next row group.
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    rows: u64,
}

impl ParquetWriter {
    /// Starts the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self, StoreError> {
        let file = Hashing::new(atomic::create_file(path)?);
        let mut properties = WriterProperties::builder().set_offset_index_disabled(true).build();
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
        let file = ArrowSchemaConverter::new()
            .convert(schema)
            .and_then(|columns| SerializedFileWriter::new(file, columns.root_schema_ptr(), properties.into()))
            .map_err(failed(path, "start"))?;
        let compressor = Compressor::new(COMPRESSION_LEVEL).map_err(StoreError::io(path, "start"))?;
        let (path, schema) = (path.to_owned(), schema.clone());
        Ok(Self { path, file, schema, compressor, waiting: Vec::new(), waiting_rows: 0, rows: 0 })
    }

    /// Adds rows; labels may stand for texts.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let (own, given) = (self.schema.fields(), batch.schema_ref().fields());
        if !own.iter().map(|field| field.name()).eq(given.iter().map(|field| field.name())) {
            let foreign = ParquetError::General("columns are not those of the file".to_owned());
            return Err(failed(&self.path, "write")(foreign));
        }
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = (ROW_GROUP_ROWS - self.waiting_rows).min(batch.num_rows() - from);
            self.waiting.push(batch.slice(from, rows));
            self.waiting_rows += rows;
            from += rows;
            if self.waiting_rows == ROW_GROUP_ROWS || fault::is_on(Fault::BatchesShow) {
                self.end_group()?;
            }
        }
        Ok(())
    }

    /// Adds rows in row groups of their own.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_apart(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.end_group()?;
        self.write(batch)?;
        self.end_group()
    }

    /// Writes the rows that wait as a row group.
    fn end_group(&mut self) -> Result<(), StoreError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.rows += self.waiting_rows as u64;
        self.waiting_rows = 0;
        let batches = std::mem::take(&mut self.waiting);
        self.write_group(&batches).map_err(failed(&self.path, "write"))
    }

    fn write_group(&mut self, batches: &[RecordBatch]) -> Result<(), ParquetError> {
        let places = self.file.schema_descr().columns().to_vec();
        let mut places = places.iter();
        let mut group = self.file.next_row_group()?;
        for (at, field) in self.schema.fields().iter().enumerate() {
            let arrays = batches.iter().map(|batch| batch.column(at).clone()).collect();
            for column in leaves(field, arrays) {
                let place = places.next().ok_or(ParquetError::IndexOutOfBound(at, self.schema.fields().len()))?;
                let (bytes, said) = column.write(place, &mut self.compressor)?;
                group.append_column(&bytes, said)?;
            }
        }
        group.close()?;
        Ok(())
    }

    /// Adds a key to the file's metadata.
    pub fn annotate(&mut self, key: &str, value: String) {
        self.file.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
    }

    /// Ends the file and makes it durable.
    ///
    /// # Errors
    /// When it cannot be written out.
    pub fn finish(mut self) -> Result<Written, StoreError> {
        self.end_group()?;
        let file = self.file.into_inner().map_err(failed(&self.path, "finish"))?;
        let (file, hash, bytes) = file.finish().map_err(StoreError::io(&self.path, "write"))?;
        file.sync_all().map_err(StoreError::io(&self.path, "sync"))?;
        Ok(Written { hash, bytes, rows: self.rows })
    }
}

/// The columns in which values stand: of a struct, those within.
fn leaves(field: &Field, arrays: Vec<ArrayRef>) -> Vec<Column<'_>> {
    let DataType::Struct(inner) = field.data_type() else { return vec![Column::new(field, arrays)] };
    let of = |at: usize| arrays.iter().filter_map(|array| Some(array.as_struct_opt()?.column(at).clone())).collect();
    inner.iter().enumerate().map(|(at, leaf)| Column::new(leaf, of(at))).collect()
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

fn failed(path: &Path, action: &'static str) -> impl FnOnce(ParquetError) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::Io { path, action, source: std::io::Error::other(error) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Array, StringArray};
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
