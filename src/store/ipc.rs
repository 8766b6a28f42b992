//! Stage results: what one stage leaves, the next takes up column by column, without decoding those it does not need.
//! Not for readers outside; those get Parquet.
//!
//! A file is its columns one after another, each an Arrow IPC stream, then a directory of them (JSON) and the directory's
//! length (eight bytes, little-endian). A column of one value is written as one row, whole numbers and the codes of
//! labels in as few bytes as the greatest of them needs.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, UInt32Array, new_null_array};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::compute::{cast, max, min, take};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, UInt8Type, UInt16Type};
use arrow::error::ArrowError;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use serde::{Deserialize, Serialize};

use super::parquet::Written;
use super::{Hashing, StoreError, atomic};

/// Where a file's columns lie.
#[derive(Debug, Serialize, Deserialize)]
struct Directory {
    rows: usize,
    columns: Vec<Place>,
}

/// A column in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    name: String,
    bytes: Range<u64>,
    /// Whether its one row stands for all.
    is_constant: bool,
    /// What narrowed numbers were.
    was: Option<Was>,
}

/// The type of a column before its numbers were narrowed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Was {
    Int32,
    Int64,
    Label,
}

/// Writes one batch into a durable file at `path`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, batch: &RecordBatch) -> Result<Written, StoreError> {
    let failed = |source| StoreError::Io { path: path.to_owned(), action: "write", source };
    let mut file = Hashing::new(BufWriter::with_capacity(1 << 18, atomic::create_file(path)?));
    let mut directory = Directory { rows: batch.num_rows(), columns: Vec::new() };
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let is_constant = is_constant(column);
        let column = if is_constant { column.slice(0, 1) } else { column.clone() };
        let (column, was) = narrowed(column).map_err(|error| failed(std::io::Error::other(error)))?;
        let start = file.bytes();
        let narrow = field.as_ref().clone().with_data_type(column.data_type().clone());
        write_column(&mut file, narrow, column).map_err(|error| failed(std::io::Error::other(error)))?;
        let bytes = start..file.bytes();
        directory.columns.push(Place { name: field.name().clone(), bytes, is_constant, was });
    }
    let directory = serde_json::to_vec(&directory).map_err(|error| failed(error.into()))?;
    file.write_all(&directory).map_err(failed)?;
    file.write_all(&(directory.len() as u64).to_le_bytes()).map_err(failed)?;
    let (hash, bytes) = file.finish(|file| file.get_ref().sync_all()).map_err(failed)?;
    Ok(Written { hash, bytes, rows: batch.num_rows() as u64 })
}

fn write_column(file: &mut impl Write, field: Field, column: ArrayRef) -> Result<(), ArrowError> {
    let schema: SchemaRef = Arc::new(Schema::new(vec![field]));
    let mut writer = StreamWriter::try_new(file, &schema)?;
    writer.write(&RecordBatch::try_new(schema, vec![column])?)?;
    writer.finish()
}

/// Whether a column holds one value, at all of several rows.
fn is_constant(column: &ArrayRef) -> bool {
    let rows = column.len();
    match column.null_count() {
        _ if rows < 2 => false,
        0 => match column.as_any().downcast_ref::<DictionaryArray<Int32Type>>() {
            Some(labels) => labels.keys().values().iter().all(|code| *code == labels.keys().value(0)),
            None => column.slice(0, rows - 1).to_data() == column.slice(1, rows - 1).to_data(),
        },
        nulls => nulls == rows,
    }
}

/// Whole numbers and codes of labels in as few bytes as the greatest needs; none may be negative.
fn narrowed(column: ArrayRef) -> Result<(ArrayRef, Option<Was>), ArrowError> {
    let narrow = |numbers: &ArrayRef, range: Option<(i64, i64)>| {
        let kind = match range {
            Some((0.., ..=0xff)) => DataType::UInt8,
            Some((0.., ..=0xffff)) => DataType::UInt16,
            Some((0.., ..=0xffff_ffff)) if *numbers.data_type() == DataType::Int64 => DataType::UInt32,
            _ => return Ok(None),
        };
        cast(numbers, &kind).map(Some)
    };
    Ok(match column.data_type() {
        DataType::Int64 => {
            let numbers = column.as_primitive::<Int64Type>();
            narrow(&column, min(numbers).zip(max(numbers)))?.map_or((column, None), |column| (column, Some(Was::Int64)))
        }
        DataType::Int32 => {
            let numbers = column.as_primitive::<Int32Type>();
            let range = min(numbers).zip(max(numbers)).map(|(least, most)| (least.into(), most.into()));
            narrow(&column, range)?.map_or((column, None), |column| (column, Some(Was::Int32)))
        }
        DataType::Dictionary(..) => {
            let Some(labels) = column.as_any().downcast_ref::<DictionaryArray<Int32Type>>() else {
                return Ok((column, None));
            };
            let codes: ArrayRef = Arc::new(labels.keys().clone());
            let names = labels.values().clone();
            let last = i64::try_from(names.len()).unwrap_or(i64::MAX) - 1;
            let labels: Option<ArrayRef> = match narrow(&codes, Some((0, last)))? {
                Some(codes) if *codes.data_type() == DataType::UInt8 => {
                    Some(Arc::new(DictionaryArray::<UInt8Type>::try_new(codes.as_primitive().clone(), names)?))
                }
                Some(codes) => {
                    Some(Arc::new(DictionaryArray::<UInt16Type>::try_new(codes.as_primitive().clone(), names)?))
                }
                None => None,
            };
            labels.map_or((column, None), |labels| (labels, Some(Was::Label)))
        }
        _ => (column, None),
    })
}

/// A column as it was before it was written.
fn widened(column: ArrayRef, place: &Place, rows: usize) -> Result<ArrayRef, ArrowError> {
    let column = match place.was {
        None => column,
        Some(Was::Int32) => cast(&column, &DataType::Int32)?,
        Some(Was::Int64) => cast(&column, &DataType::Int64)?,
        Some(Was::Label) => {
            let labels = column.as_any_dictionary();
            let codes = cast(labels.keys(), &DataType::Int32)?;
            Arc::new(DictionaryArray::<Int32Type>::try_new(codes.as_primitive().clone(), labels.values().clone())?)
        }
    };
    if place.is_constant { repeated(&column, rows) } else { Ok(column) }
}

/// A column of one row, that many times.
fn repeated(column: &ArrayRef, rows: usize) -> Result<ArrayRef, ArrowError> {
    if column.is_null(0) {
        return Ok(new_null_array(column.data_type(), rows));
    }
    match column.as_any().downcast_ref::<DictionaryArray<Int32Type>>() {
        Some(labels) => {
            let codes = Int32Array::from_value(labels.keys().value(0), rows);
            Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(codes, labels.values().clone())?))
        }
        None => take(column, &UInt32Array::from_value(0, rows), None),
    }
}

/// Reads a file, whose bytes must have this BLAKE3 if one is given: all columns, or those named.
///
/// # Errors
/// When the file cannot be read, or is not what was written.
pub fn read(path: &Path, hash: Option<&str>, columns: Option<&[&str]>) -> Result<RecordBatch, StoreError> {
    let damaged = || StoreError::Damaged { path: path.to_owned(), what: "a stage's table" };
    let failed = |source| StoreError::Io { path: path.to_owned(), action: "read", source };
    let mut file = File::open(path).map_err(failed)?;
    if let Some(hash) = hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file).map_err(failed)?;
        if hasher.finalize().to_hex().as_str() != hash {
            return Err(damaged());
        }
    }
    let directory = directory(&mut file).map_err(|_| damaged())?;
    let wanted: Vec<&Place> = match columns {
        None => directory.columns.iter().collect(),
        Some(names) => {
            let place = |name: &&str| directory.columns.iter().find(|place| place.name == *name).ok_or_else(damaged);
            names.iter().map(place).collect::<Result<_, _>>()?
        }
    };
    let (mut fields, mut arrays) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    for place in wanted {
        let mut bytes = bytes_of(&mut file, &place.bytes).map_err(|_| damaged())?;
        let batch = StreamDecoder::new().decode(&mut bytes).map_err(|_| damaged())?.ok_or_else(damaged)?;
        let [column] = batch.columns() else { return Err(damaged()) };
        let column = widened(column.clone(), place, directory.rows).map_err(|_| damaged())?;
        fields.push(batch.schema().field(0).clone().with_data_type(column.data_type().clone()));
        arrays.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|_| damaged())
}

/// The directory at the end of a file.
fn directory(file: &mut File) -> std::io::Result<Directory> {
    let end = file.seek(SeekFrom::End(-8))?;
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let start = end.checked_sub(u64::from_le_bytes(length)).ok_or(std::io::ErrorKind::InvalidData)?;
    Ok(serde_json::from_slice(&bytes_of(file, &(start..end))?)?)
}

/// Some bytes of a file, aligned so that columns need not be copied out of them.
fn bytes_of(file: &mut File, range: &Range<u64>) -> std::io::Result<Buffer> {
    // A damaged directory may tell of more than there is: that must not become memory.
    let is_there = range.end <= file.metadata()?.len();
    let length = range.end.checked_sub(range.start).filter(|_| is_there).ok_or(std::io::ErrorKind::InvalidData)?;
    let mut bytes = MutableBuffer::from_len_zeroed(usize::try_from(length).map_err(std::io::Error::other)?);
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use arrow::array::{BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};

    use super::*;
    use crate::scratch::Scratch;
    use crate::table::LabelBuilder;

    fn batch() -> RecordBatch {
        let mut labels = LabelBuilder::default();
        labels.append_value("甲");
        labels.append_option(None::<&str>);
        labels.append_value("乙");
        let (mut one, mut nobody) = (LabelBuilder::default(), LabelBuilder::default());
        one.fill("甲", 3);
        (0..3).for_each(|_| nobody.append_option(None::<&str>));
        let columns: [(&str, ArrayRef); 14] = [
            ("number", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
            ("large", Arc::new(Int64Array::from(vec![1, 1 << 40, 3]))),
            ("middle", Arc::new(Int64Array::from(vec![1, 1 << 30, 3]))),
            ("negative", Arc::new(Int64Array::from(vec![-1, 2, 3]))),
            ("small", Arc::new(Int32Array::from(vec![Some(300), None, Some(0)]))),
            ("same", Arc::new(Int64Array::from(vec![-7; 3]))),
            ("none", Arc::new(Float64Array::from(vec![None; 3]))),
            ("true", Arc::new(BooleanArray::from(vec![true; 3]))),
            ("one", Arc::new(StringArray::from(vec!["一"; 3]))),
            ("text", Arc::new(StringArray::from(vec![Some("一"), Some(""), None]))),
            ("label", labels.finish()),
            ("one label", one.finish()),
            ("no label", nobody.finish()),
            ("day", Arc::new(Date32Array::from(vec![-719_162; 3]))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = Scratch::new();
        let path = folder.path().join("a.arrow");
        for batch in [batch(), batch().slice(1, 1), batch().slice(1, 2), batch().slice(0, 0)] {
            let written = write(&path, &batch).unwrap();
            assert_eq!((written.rows, written.bytes), (batch.num_rows() as u64, path.metadata().unwrap().len()));
            let read = read(&path, Some(&written.hash), None).unwrap();
            assert_eq!(read.columns(), batch.columns());
            assert_eq!(
                read.schema().fields().iter().map(|field| field.data_type()).collect::<Vec<_>>(),
                batch.schema().fields().iter().map(|field| field.data_type()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn columns_are_read_by_name_and_damage_is_seen() {
        let folder = Scratch::new();
        let path = folder.path().join("a.arrow");
        let written = write(&path, &batch()).unwrap();
        let part = read(&path, None, Some(&["text", "number"])).unwrap();
        assert_eq!(part.schema().field(0).name(), "text");
        assert_eq!(part.column(1).as_primitive::<Int64Type>().value(2), 3);
        assert!(read(&path, None, Some(&["absent"])).is_err());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(&path, Some(&written.hash), None), Err(StoreError::Damaged { .. })));
        std::fs::write(&path, b"").unwrap();
        assert!(read(&path, None, None).is_err());
    }
}
