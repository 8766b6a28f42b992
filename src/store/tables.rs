//! Stage results: what one stage leaves, the next takes up column by column, without decoding those it does not need.
//! Not for readers outside; those get Parquet.
//!
//! A table is its columns one after another, then a directory of them (JSON) and the directory's length (eight bytes,
//! little-endian). Numbers, the codes of labels and the lengths of texts take as few bytes as tell them apart
//! ([`super::numbers`]), and what is the same at all rows is written once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch, StringArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, Date32Type, Decimal128Type, Field, Float64Type, Int32Type, Int64Type, Schema,
};
use serde::{Deserialize, Serialize};

use super::numbers::{Width, pack, unpack};
use super::parquet::Written;
use super::{Hashing, StoreError};
use crate::table::Kind;

/// Where a table's columns lie.
#[derive(Debug, Serialize, Deserialize)]
struct Directory {
    columns: Vec<(String, Column)>,
}

/// A column in the table's bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Column {
    rows: usize,
    kind: Kind,
    /// A bit a row, where not all have a value.
    are_there: Option<Range<u64>>,
    values: Values,
}

#[derive(Debug, Serialize, Deserialize)]
enum Values {
    Bits(Range<u64>),
    Numbers(Numbers),
    Texts {
        lengths: Numbers,
        /// One after another, or the one that stands at all rows.
        bytes: Range<u64>,
        is_one: bool,
    },
    Labels {
        codes: Numbers,
        names: Box<Column>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Numbers {
    bytes: Range<u64>,
    width: Width,
}

/// Appends one batch to a file, which is at `path`.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: impl Write, path: &Path, batch: &RecordBatch) -> Result<Written, StoreError> {
    let failed = |source| StoreError::Io { path: path.to_owned(), action: "write", source };
    let mut writer = Writer { file: Hashing::new(file), packed: Vec::new() };
    let names = batch.schema_ref().fields().iter().map(|field| field.name().clone());
    let columns = names.zip(batch.columns()).map(|(name, column)| Ok((name, writer.column(column)?)));
    let directory = Directory { columns: columns.collect::<io::Result<_>>().map_err(failed)? };
    let directory = serde_json::to_vec(&directory).map_err(|error| failed(error.into()))?;
    writer.put(&directory).map_err(failed)?;
    writer.put(&(directory.len() as u64).to_le_bytes()).map_err(failed)?;
    let (_, hash, bytes) = writer.file.finish().map_err(failed)?;
    Ok(Written { hash, bytes, rows: batch.num_rows() as u64 })
}

struct Writer<W> {
    file: Hashing<W>,
    packed: Vec<u8>,
}

impl<W: Write> Writer<W> {
    fn column(&mut self, column: &ArrayRef) -> io::Result<Column> {
        let kind = Kind::of(column.data_type()).ok_or(io::ErrorKind::Unsupported)?;
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
        let are_there = nulls.map(|nulls| self.bits(nulls.inner())).transpose()?;
        let values = match kind {
            Kind::Bool => Values::Bits(self.bits(column.as_boolean().values())?),
            Kind::Int32 => Values::Numbers(self.numbers::<Int32Type>(column, of_four)?),
            Kind::Date => Values::Numbers(self.numbers::<Date32Type>(column, of_four)?),
            Kind::Int64 => Values::Numbers(self.numbers::<Int64Type>(column, i64::cast_unsigned)?),
            Kind::Double => Values::Numbers(self.numbers::<Float64Type>(column, f64::to_bits)?),
            Kind::Decimal(_) => Values::Numbers(self.numbers::<Decimal128Type>(column, of_sixteen)?),
            Kind::Text => {
                let texts = column.as_string::<i32>();
                self.texts(texts.value_offsets(), texts.value_data())?
            }
            Kind::Geometry => {
                let shapes = column.as_binary::<i32>();
                self.texts(shapes.value_offsets(), shapes.value_data())?
            }
            Kind::Label => {
                let labels = column.as_dictionary::<Int32Type>();
                let codes = self.packed(labels.keys().values().iter().map(|code| of_four(*code)))?;
                Values::Labels { codes, names: Box::new(self.column(labels.values())?) }
            }
        };
        Ok(Column { rows: column.len(), kind, are_there, values })
    }

    fn numbers<T: ArrowPrimitiveType>(
        &mut self,
        column: &ArrayRef,
        bits: impl Fn(T::Native) -> u64 + Copy,
    ) -> io::Result<Numbers> {
        self.packed(column.as_primitive::<T>().values().iter().map(|number| bits(*number)))
    }

    fn packed(&mut self, numbers: impl ExactSizeIterator<Item = u64> + Clone) -> io::Result<Numbers> {
        let mut packed = std::mem::take(&mut self.packed);
        packed.clear();
        let width = pack(numbers, &mut packed);
        let bytes = self.put(&packed)?;
        self.packed = packed;
        Ok(Numbers { bytes, width })
    }

    fn bits(&mut self, bits: &BooleanBuffer) -> io::Result<Range<u64>> {
        let mut bytes = bits.sliced().as_slice()[..bits.len().div_ceil(8)].to_vec();
        // Of a slice, the last byte may hold bits of rows that are not its own.
        if let (Some(last), rest @ 1..) = (bytes.last_mut(), bits.len() % 8) {
            *last &= (1 << rest) - 1;
        }
        self.put(&bytes)
    }

    fn texts(&mut self, offsets: &[i32], bytes: &[u8]) -> io::Result<Values> {
        let lengths = offsets.windows(2).map(|ends| of_four(ends[1].wrapping_sub(ends[0])));
        let lengths = self.packed(lengths)?;
        let ends = offsets.first().zip(offsets.last()).map_or(0..0, |(from, to)| from.as_usize()..to.as_usize());
        let (bytes, first) = (&bytes[ends], offsets.get(..2).map_or(0, |ends| (ends[1] - ends[0]).as_usize()));
        let is_one = lengths.width.bytes == 0 && bytes[first..] == bytes[..bytes.len() - first];
        let bytes = self.put(if is_one { &bytes[..first] } else { bytes })?;
        Ok(Values::Texts { lengths, bytes, is_one })
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<Range<u64>> {
        let start = self.file.bytes();
        self.file.write_all(bytes)?;
        Ok(start..self.file.bytes())
    }
}

fn of_four(number: i32) -> u64 {
    number.cast_unsigned().into()
}

fn to_four(bits: u64) -> i32 {
    bits.to_le_bytes().first_chunk().map_or(0, |low| i32::from_le_bytes(*low))
}

/// Of a number of eighteen digits at the most: [`Kind::Decimal`] has no more.
fn of_sixteen(number: i128) -> u64 {
    number.to_le_bytes().first_chunk().map_or(0, |low| u64::from_le_bytes(*low))
}

/// Reads the table of so many rows in those bytes of a file, which must have this BLAKE3 if one is given: all columns, or
/// those named.
///
/// # Errors
/// When the file cannot be read, or is not what was written.
pub fn read(
    path: &Path,
    (range, rows): (Range<u64>, u64),
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
    let mut reader = Reader { file, table: range, packed: Vec::new() };
    let directory = reader.directory().ok_or_else(damaged)?;
    let wanted: Vec<&(String, Column)> = match columns {
        None => directory.columns.iter().collect(),
        Some(names) => {
            let place = |name: &&str| directory.columns.iter().find(|(own, _)| own == *name).ok_or_else(damaged);
            names.iter().map(place).collect::<Result<_, _>>()?
        }
    };
    let (mut fields, mut arrays) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    for (name, column) in wanted {
        // A damaged directory may tell of more than there is: that must not become memory.
        if column.rows as u64 != rows {
            return Err(damaged());
        }
        fields.push(Field::new(name, column.kind.arrow(), true));
        arrays.push(reader.column(column).ok_or_else(damaged)?);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|_| damaged())
}

/// Reads what [`Writer`] wrote; nothing is what it did not.
struct Reader {
    file: File,
    table: Range<u64>,
    packed: Vec<u8>,
}

impl Reader {
    fn directory(&mut self) -> Option<Directory> {
        let end = self.table.end.checked_sub(self.table.start)?.checked_sub(8)?;
        let length = u64::from_le_bytes(self.bytes(&(end..end + 8))?.try_into().ok()?);
        serde_json::from_slice(&self.bytes(&(end.checked_sub(length)?..end))?).ok()
    }

    fn column(&mut self, column: &Column) -> Option<ArrayRef> {
        let rows = column.rows;
        let nulls = match &column.are_there {
            Some(bits) => Some(NullBuffer::new(self.bits(bits, rows)?)),
            None => None,
        };
        Some(match (column.kind, &column.values) {
            (Kind::Bool, Values::Bits(bits)) => Arc::new(BooleanArray::new(self.bits(bits, rows)?, nulls)),
            (Kind::Int32, Values::Numbers(numbers)) => {
                Arc::new(self.numbers::<Int32Type>(numbers, rows, nulls, to_four)?)
            }
            (Kind::Date, Values::Numbers(numbers)) => {
                Arc::new(self.numbers::<Date32Type>(numbers, rows, nulls, to_four)?)
            }
            (Kind::Int64, Values::Numbers(numbers)) => {
                Arc::new(self.numbers::<Int64Type>(numbers, rows, nulls, u64::cast_signed)?)
            }
            (Kind::Double, Values::Numbers(numbers)) => {
                Arc::new(self.numbers::<Float64Type>(numbers, rows, nulls, f64::from_bits)?)
            }
            (Kind::Decimal(_), Values::Numbers(numbers)) => {
                let exact = self.numbers::<Decimal128Type>(numbers, rows, nulls, |bits| bits.cast_signed().into())?;
                Arc::new(exact.with_data_type(column.kind.arrow()))
            }
            (Kind::Text, Values::Texts { lengths, bytes, is_one }) => {
                let (offsets, bytes) = self.texts(lengths, bytes, *is_one, rows)?;
                Arc::new(StringArray::try_new(offsets, bytes.into(), nulls).ok()?)
            }
            (Kind::Geometry, Values::Texts { lengths, bytes, is_one }) => {
                let (offsets, bytes) = self.texts(lengths, bytes, *is_one, rows)?;
                Arc::new(BinaryArray::try_new(offsets, bytes.into(), nulls).ok()?)
            }
            (Kind::Label, Values::Labels { codes, names }) => {
                let codes = self.numbers::<Int32Type>(codes, rows, nulls, to_four)?;
                Arc::new(DictionaryArray::<Int32Type>::try_new(codes, self.column(names)?).ok()?)
            }
            _ => return None,
        })
    }

    fn numbers<T: ArrowPrimitiveType>(
        &mut self,
        numbers: &Numbers,
        rows: usize,
        nulls: Option<NullBuffer>,
        number: impl Fn(u64) -> T::Native,
    ) -> Option<PrimitiveArray<T>> {
        PrimitiveArray::try_new(self.unpacked(numbers, rows, number)?.into(), nulls).ok()
    }

    fn unpacked<N: Clone>(&mut self, numbers: &Numbers, rows: usize, number: impl Fn(u64) -> N) -> Option<Vec<N>> {
        let mut packed = std::mem::take(&mut self.packed);
        packed.clear();
        self.load(&numbers.bytes, &mut packed)?;
        let unpacked = unpack(numbers.width, &packed, rows, number);
        self.packed = packed;
        unpacked
    }

    fn bits(&mut self, bits: &Range<u64>, rows: usize) -> Option<BooleanBuffer> {
        let bits = self.bytes(bits)?;
        (bits.len() == rows.div_ceil(8)).then(|| BooleanBuffer::new(bits.into(), 0, rows))
    }

    fn texts(
        &mut self,
        lengths: &Numbers,
        bytes: &Range<u64>,
        is_one: bool,
        rows: usize,
    ) -> Option<(OffsetBuffer<i32>, Vec<u8>)> {
        let lengths = self.unpacked(lengths, rows, |bits| usize::try_from(bits).unwrap_or(usize::MAX))?;
        let mut bytes = self.bytes(bytes)?;
        if is_one {
            bytes = bytes.repeat(rows);
        }
        let total = lengths.iter().try_fold(0_usize, |total, length| total.checked_add(*length))?;
        (total == bytes.len() && i32::try_from(total).is_ok()).then(|| (OffsetBuffer::from_lengths(lengths), bytes))
    }

    fn bytes(&mut self, part: &Range<u64>) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.load(part, &mut bytes)?;
        Some(bytes)
    }

    /// Appends bytes of the table.
    fn load(&mut self, part: &Range<u64>, into: &mut Vec<u8>) -> Option<()> {
        // As above.
        let is_there = part.end <= self.table.end - self.table.start;
        let length = part.end.checked_sub(part.start).filter(|_| is_there)?;
        into.reserve_exact(usize::try_from(length).ok()?);
        self.file.seek(SeekFrom::Start(self.table.start + part.start)).ok()?;
        let read = (&self.file).take(length).read_to_end(into).ok()?;
        (read as u64 == length).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array};

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
        let amounts =
            Decimal128Array::from(vec![Some(-1), None, Some(1 << 40)]).with_precision_and_scale(18, 2).unwrap();
        let columns: [(&str, ArrayRef); 18] = [
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
            ("amount", Arc::new(amounts)),
            ("share", Arc::new(Float64Array::from(vec![Some(0.5), None, Some(-0.0)]))),
            ("no text", Arc::new(StringArray::new_null(3))),
            ("shape", Arc::new(BinaryArray::from_vec(vec![b"one", b"", b"three"]))),
            ("day", Arc::new(Date32Array::from(vec![-719_162; 3]))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = Scratch::new();
        let path = folder.path().join("a.tables");
        for batch in [batch(), batch().slice(1, 1), batch().slice(1, 2), batch().slice(0, 0)] {
            let mut bytes = b"before".to_vec();
            let written = write(&mut bytes, &path, &batch).unwrap();
            assert_eq!((written.rows, written.bytes), (batch.num_rows() as u64, bytes.len() as u64 - 6));
            std::fs::write(&path, [&bytes, &b"behind"[..]].concat()).unwrap();
            let read = read(&path, (6..bytes.len() as u64, written.rows), Some(&written.hash), None).unwrap();
            assert_eq!(read.columns(), batch.columns());
            assert_eq!(
                read.schema().fields().iter().map(|field| field.data_type()).collect::<Vec<_>>(),
                batch.schema().fields().iter().map(|field| field.data_type()).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn rows_beside_a_slice_leave_no_trace() {
        let hash = |batch: &RecordBatch| write(Vec::new(), Path::new("a.tables"), batch).unwrap().hash;
        let flags = |flags: Vec<Option<bool>>| {
            let column: ArrayRef = Arc::new(BooleanArray::from(flags));
            RecordBatch::try_from_iter([("flag", column)]).unwrap()
        };
        let all = flags(vec![Some(true), None, Some(true), None, Some(true)]);
        assert_eq!(hash(&all.slice(0, 2)), hash(&flags(vec![Some(true), None])));
    }

    #[test]
    fn columns_are_read_by_name_and_damage_is_seen() {
        let folder = Scratch::new();
        let path = folder.path().join("a.tables");
        let mut bytes = Vec::new();
        let written = write(&mut bytes, &path, &batch()).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let all = || (0..written.bytes, 3);
        let part = read(&path, all(), None, Some(&["text", "number"])).unwrap();
        assert_eq!(part.schema().field(0).name(), "text");
        assert_eq!(part.column(1).as_primitive::<Int64Type>().value(2), 3);
        assert!(read(&path, all(), None, Some(&["absent"])).is_err());
        assert!(read(&path, (0..written.bytes, 4), None, None).is_err());
        bytes[100] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(read(&path, all(), Some(&written.hash), None), Err(StoreError::Damaged { .. })));
        std::fs::write(&path, b"").unwrap();
        assert!(read(&path, all(), None, None).is_err());
        assert!(read(&path, (0..3, 3), None, None).is_err());
    }
}
