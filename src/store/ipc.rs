//! Stage results: what one stage leaves, the next takes up column by column, without decoding those it does not need.
//! Not for readers outside; those get Parquet.
//!
//! A table is its columns one after another, each an Arrow IPC stream, then a directory of them (JSON) and the directory's
//! length (eight bytes, little-endian). A column of one value is written as one row, whole numbers and the codes of
//! labels, which stand apart from their names, in as few bytes as the greatest of them needs.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, AsArray, DictionaryArray, RecordBatch, StringArray, UInt32Array, make_array,
    new_null_array,
};
use arrow::buffer::Buffer;
use arrow::compute::{cast, max, min, take};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, UInt8Type, UInt16Type, UInt32Type};
use arrow::error::ArrowError;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use serde::{Deserialize, Serialize};

use super::parquet::Written;
use super::{Hashing, StoreError};

/// Where a table's columns lie.
#[derive(Debug, Serialize, Deserialize)]
struct Directory {
    rows: usize,
    columns: Vec<Place>,
}

/// A column in the table's bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    name: String,
    bytes: Range<u64>,
    /// Whether its one row stands for all.
    is_constant: bool,
    /// Whether its numbers are those of an `Int32` or an `Int64`.
    was: Option<Was>,
    /// Where the names of labels lie; the column is then of their codes.
    names: Option<Range<u64>>,
}

/// The type of a column before its numbers were narrowed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Was {
    Int32,
    Int64,
}

/// Appends one batch to a file, which is at `path`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: impl Write, path: &Path, batch: &RecordBatch) -> Result<Written, StoreError> {
    let failed = |source| StoreError::Io { path: path.to_owned(), action: "write", source };
    let mut file = Hashing::new(file);
    let mut directory = Directory { rows: batch.num_rows(), columns: Vec::new() };
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let is_constant = is_constant(column);
        let column = if is_constant { column.slice(0, 1) } else { column.clone() };
        let (column, names) = match column.as_any().downcast_ref::<DictionaryArray<Int32Type>>() {
            Some(labels) => (Arc::new(labels.keys().clone()) as ArrayRef, Some(labels.values().clone())),
            None => (column, None),
        };
        let (column, was) = narrowed(column).map_err(|error| failed(std::io::Error::other(error)))?;
        let mut put = |column: ArrayRef| {
            let start = file.bytes();
            let field = field.as_ref().clone().with_data_type(column.data_type().clone());
            write_column(&mut file, field, column).map_err(|error| failed(std::io::Error::other(error)))?;
            Ok(start..file.bytes())
        };
        let (bytes, names) = (put(column)?, names.map(put).transpose()?);
        directory.columns.push(Place { name: field.name().clone(), bytes, is_constant, was, names });
    }
    let directory = serde_json::to_vec(&directory).map_err(|error| failed(error.into()))?;
    file.write_all(&directory).map_err(failed)?;
    file.write_all(&(directory.len() as u64).to_le_bytes()).map_err(failed)?;
    let (hash, bytes) = file.finish(|_| Ok(())).map_err(failed)?;
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

/// Whole numbers in as few bytes as the greatest needs; none may be negative.
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
        _ => (column, None),
    })
}

/// A column as it was before it was written.
fn widened(column: ArrayRef, place: &Place, rows: usize) -> Result<ArrayRef, ArrowError> {
    let column: ArrayRef = match (place.was, column.data_type()) {
        (Some(Was::Int32), DataType::UInt8) => {
            Arc::new(column.as_primitive::<UInt8Type>().unary::<_, Int32Type>(i32::from))
        }
        (Some(Was::Int32), DataType::UInt16) => {
            Arc::new(column.as_primitive::<UInt16Type>().unary::<_, Int32Type>(i32::from))
        }
        (Some(Was::Int64), DataType::UInt8) => {
            Arc::new(column.as_primitive::<UInt8Type>().unary::<_, Int64Type>(i64::from))
        }
        (Some(Was::Int64), DataType::UInt16) => {
            Arc::new(column.as_primitive::<UInt16Type>().unary::<_, Int64Type>(i64::from))
        }
        (Some(Was::Int64), DataType::UInt32) => {
            Arc::new(column.as_primitive::<UInt32Type>().unary::<_, Int64Type>(i64::from))
        }
        _ => column,
    };
    if place.is_constant { repeated(&column, rows) } else { Ok(column) }
}

/// A column of one row, that many times.
fn repeated(column: &ArrayRef, rows: usize) -> Result<ArrayRef, ArrowError> {
    if column.is_null(0) {
        return Ok(new_null_array(column.data_type(), rows));
    }
    if let Some(text) = column.as_string_opt::<i32>() {
        return Ok(Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text.value(0), rows))));
    }
    match column.data_type().primitive_width() {
        Some(width) => {
            let value = column.to_data();
            let values = value.buffers()[0].as_slice()[value.offset() * width..][..width].repeat(rows);
            let repeated = ArrayData::builder(column.data_type().clone()).len(rows).add_buffer(values.into());
            Ok(make_array(repeated.align_buffers(true).build()?))
        }
        None => take(column, &UInt32Array::from_value(0, rows), None),
    }
}

/// Reads the table in those bytes of a file, which must have this BLAKE3 if one is given: all columns, or those named.
///
/// # Errors
/// When the file cannot be read, or is not what was written.
pub fn read(
    path: &Path,
    range: Range<u64>,
    hash: Option<&str>,
    columns: Option<&[&str]>,
) -> Result<RecordBatch, StoreError> {
    let damaged = || StoreError::Damaged { path: path.to_owned(), what: "a stage's table" };
    let failed = |source| StoreError::Io { path: path.to_owned(), action: "read", source };
    let mut file = File::open(path).map_err(failed)?;
    if let Some(hash) = hash {
        let mut hasher = blake3::Hasher::new();
        file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        hasher.update_reader((&mut file).take(range.end.saturating_sub(range.start))).map_err(failed)?;
        if hasher.finalize().to_hex().as_str() != hash {
            return Err(damaged());
        }
    }
    let directory = directory(&mut file, &range).map_err(|_| damaged())?;
    let wanted: Vec<&Place> = match columns {
        None => directory.columns.iter().collect(),
        Some(names) => {
            let place = |name: &&str| directory.columns.iter().find(|place| place.name == *name).ok_or_else(damaged);
            names.iter().map(place).collect::<Result<_, _>>()?
        }
    };
    let (mut fields, mut arrays) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    let mut get = |bytes: &Range<u64>| {
        let bytes = range.start.saturating_add(bytes.start)..range.start.saturating_add(bytes.end);
        let mut bytes = bytes_of(&mut file, &bytes).map_err(|_| damaged())?;
        let batch = StreamDecoder::new().decode(&mut bytes).map_err(|_| damaged())?.ok_or_else(damaged)?;
        let [column] = batch.columns() else { return Err(damaged()) };
        Ok((batch.schema().field(0).clone(), column.clone()))
    };
    for place in wanted {
        let (field, column) = get(&place.bytes)?;
        let mut column = widened(column, place, directory.rows).map_err(|_| damaged())?;
        if let Some(names) = &place.names {
            let (_, names) = get(names)?;
            let codes = column.as_primitive_opt::<Int32Type>().ok_or_else(damaged)?.clone();
            column = Arc::new(DictionaryArray::<Int32Type>::try_new(codes, names).map_err(|_| damaged())?);
        }
        fields.push(field.with_data_type(column.data_type().clone()));
        arrays.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|_| damaged())
}

/// The directory at the end of a table.
fn directory(file: &mut File, range: &Range<u64>) -> std::io::Result<Directory> {
    let missing = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let end = range.end.checked_sub(8).ok_or_else(missing)?;
    let length = bytes_of(file, &(end..range.end))?;
    let length = length.as_slice().try_into().map(u64::from_le_bytes).map_err(|_| missing())?;
    let start = end.checked_sub(length).filter(|start| *start >= range.start).ok_or_else(missing)?;
    Ok(serde_json::from_slice(&bytes_of(file, &(start..end))?)?)
}

/// Some bytes of a file.
fn bytes_of(file: &mut File, range: &Range<u64>) -> std::io::Result<Buffer> {
    // A damaged directory may tell of more than there is: that must not become memory.
    let is_there = range.end <= file.metadata()?.len();
    let length = range.end.checked_sub(range.start).filter(|_| is_there).ok_or(std::io::ErrorKind::InvalidData)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(std::io::Error::other)?);
    file.seek(SeekFrom::Start(range.start))?;
    let read = file.take(length).read_to_end(&mut bytes)?;
    if read as u64 == length { Ok(bytes.into()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use arrow::array::{BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array};

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
            let mut bytes = b"before".to_vec();
            let written = write(&mut bytes, &path, &batch).unwrap();
            assert_eq!((written.rows, written.bytes), (batch.num_rows() as u64, bytes.len() as u64 - 6));
            std::fs::write(&path, [&bytes, &b"behind"[..]].concat()).unwrap();
            let read = read(&path, 6..bytes.len() as u64, Some(&written.hash), None).unwrap();
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
        let mut bytes = Vec::new();
        let written = write(&mut bytes, &path, &batch()).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let all = || 0..written.bytes;
        let part = read(&path, all(), None, Some(&["text", "number"])).unwrap();
        assert_eq!(part.schema().field(0).name(), "text");
        assert_eq!(part.column(1).as_primitive::<Int64Type>().value(2), 3);
        assert!(read(&path, all(), None, Some(&["absent"])).is_err());
        bytes[100] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(&path, all(), Some(&written.hash), None), Err(StoreError::Damaged { .. })));
        std::fs::write(&path, b"").unwrap();
        assert!(read(&path, all(), None, None).is_err());
        assert!(read(&path, 0..3, None, None).is_err());
    }
}
