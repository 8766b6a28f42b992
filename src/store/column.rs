//! A column of a row group: its values as Parquet's encodings have them.
//!
//! Our own, so that the codes of labels are written as they are, and of texts in order what is new in each, where a
//! general writer hashes and compares every value.

use std::ops::{Add, Neg, Sub};

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BooleanBufferBuilder};
use arrow::buffer::{BooleanBuffer, Buffer};
use arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type,
    Int32Type, Int64Type,
};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

use super::chunk::Chunk;
use super::encoding;
use super::texts::{self, Range, Texts, spans};

/// Bytes of shapes in a page; the last may pass it. Of all else a row group is one page.
const PAGE_BYTES: usize = 1 << 20;

/// The arrays that a column of a row group comes in, one after another; labels may stand for texts.
pub(super) struct Column<'a> {
    field: &'a Field,
    arrays: Vec<ArrayRef>,
}

/// What is to be said of values.
struct Said {
    encoding: Encoding,
    /// The names that codes stand for, and how many.
    names: Option<(Vec<u8>, usize)>,
    statistics: Statistics,
}

impl<'a> Column<'a> {
    /// A column as it is published.
    pub const fn new(field: &'a Field, arrays: Vec<ArrayRef>) -> Self {
        Self { field, arrays }
    }

    /// Its bytes in the file, and what the file's end says of them.
    pub fn write(
        &self,
        place: &ColumnDescPtr,
        compressor: &mut Compressor<'_>,
    ) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
        let (mut pages, mut last) = (Vec::new(), None);
        for page in self.pages()? {
            let mut bytes = Vec::with_capacity(page.room());
            if place.max_def_level() > 0 {
                encoding::levels(page.rows(), page.are_there().as_ref(), &mut bytes);
            } else if page.nulls() > 0 {
                return Err(ParquetError::General(format!("{} has nulls", self.field.name())));
            }
            last = Some(page.values(Some(self.nulls()), &mut bytes)?);
            pages.push((page.rows(), bytes));
        }
        let Said { encoding, names, statistics } = last.ok_or_else(|| self.foreign())?;
        Chunk { names, pages, encoding, statistics }.finish(place, is_pressed(self.field).then_some(compressor))
    }

    fn rows(&self) -> usize {
        self.arrays.iter().map(Array::len).sum()
    }

    /// Bytes that it hardly passes: those of shapes, or of numbers.
    fn room(&self) -> usize {
        let shapes = self.arrays.iter().filter_map(|array| array.as_binary_opt::<i32>());
        let bytes = |shapes: &BinaryArray| shapes.value_data().len().min(PAGE_BYTES);
        self.rows() * size_of::<u64>() + shapes.map(bytes).sum::<usize>()
    }

    fn nulls(&self) -> u64 {
        self.arrays.iter().map(|array| array.null_count() as u64).sum()
    }

    /// The rows of each page. Where they part follows from the rows, not from the arrays that they came in.
    fn pages(&self) -> Result<Vec<Self>, ParquetError> {
        if *self.field.data_type() != DataType::Binary {
            return Ok(vec![Self::new(self.field, self.arrays.clone())]);
        }
        let (mut pages, mut arrays, mut bytes) = (Vec::new(), Vec::new(), 0);
        for array in &self.arrays {
            let shapes = array.as_binary_opt::<i32>().ok_or_else(|| self.foreign())?;
            let mut from = 0;
            for row in 0..shapes.len() {
                bytes += shapes.value_length(row).as_usize();
                if bytes >= PAGE_BYTES {
                    arrays.push(array.slice(from, row + 1 - from));
                    pages.push(Self::new(self.field, std::mem::take(&mut arrays)));
                    (from, bytes) = (row + 1, 0);
                }
            }
            if from < shapes.len() {
                arrays.push(array.slice(from, shapes.len() - from));
            }
        }
        if !arrays.is_empty() {
            pages.push(Self::new(self.field, arrays));
        }
        Ok(pages)
    }

    /// Which rows have a value; none where all have.
    fn are_there(&self) -> Option<BooleanBuffer> {
        if self.nulls() == 0 {
            return None;
        }
        let mut bits = BooleanBufferBuilder::new(self.rows());
        for array in &self.arrays {
            match array.nulls() {
                Some(nulls) => bits.append_buffer(nulls.inner()),
                None => bits.append_n(array.len(), true),
            }
        }
        Some(bits.finish())
    }

    /// Appends the values that are there.
    fn values(&self, nulls: Option<u64>, out: &mut Vec<u8>) -> Result<Said, ParquetError> {
        let said = |encoding, statistics| Said { encoding, names: None, statistics };
        Ok(match self.field.data_type() {
            DataType::Boolean => {
                let values = self.booleans()?;
                out.extend_from_slice(&values.values()[..values.len().div_ceil(8)]);
                let least = (!values.is_empty()).then(|| !values.has_false());
                let most = (!values.is_empty()).then(|| values.has_true());
                said(Encoding::PLAIN, Statistics::boolean(least, most, None, nulls, false))
            }
            DataType::Int32 => days(&self.gathered::<Int32Type>()?, nulls, out),
            DataType::Date32 => days(&self.gathered::<Date32Type>()?, nulls, out),
            DataType::Int64 => amounts(&self.gathered::<Int64Type>()?, nulls, out),
            DataType::Decimal128(..) => {
                let numbers = self.gathered::<Decimal128Type>()?.into_iter().map(i64::try_from);
                amounts(&numbers.collect::<Result<Vec<_>, _>>()?, nulls, out)
            }
            DataType::Float32 => {
                let numbers = self.gathered::<Float32Type>()?;
                let (least, most) = ends(&numbers);
                out.extend_from_slice(&Buffer::from_vec(numbers));
                said(Encoding::PLAIN, Statistics::float(least, most, None, nulls, false))
            }
            DataType::Float64 => {
                let numbers = self.gathered::<Float64Type>()?;
                let (least, most) = ends(&numbers);
                out.extend_from_slice(&Buffer::from_vec(numbers));
                said(Encoding::PLAIN, Statistics::double(least, most, None, nulls, false))
            }
            DataType::Binary => {
                for array in &self.arrays {
                    let shapes = array.as_binary_opt::<i32>().ok_or_else(|| self.foreign())?;
                    shapes.iter().flatten().for_each(|shape| encoding::plain(shape, out));
                }
                said(Encoding::PLAIN, Statistics::byte_array(None, None, None, nulls, false))
            }
            DataType::Utf8 if is_repeating(self.field) => {
                let (names, range) = texts::names(&self.texts()?, is_searched(self.field), out);
                Said { names: Some(names), ..said(Encoding::RLE_DICTIONARY, of_texts(&range, nulls)) }
            }
            DataType::Utf8 => {
                let range = texts::endings(&self.texts()?, is_searched(self.field), out);
                said(Encoding::DELTA_BYTE_ARRAY, of_texts(&range, nulls))
            }
            _ => return Err(self.foreign()),
        })
    }

    fn texts(&self) -> Result<Vec<Texts<'_>>, ParquetError> {
        self.arrays.iter().map(|array| Texts::of(array).ok_or_else(|| self.foreign())).collect()
    }

    /// The numbers that are there.
    fn gathered<T: ArrowPrimitiveType>(&self) -> Result<Vec<T::Native>, ParquetError> {
        let mut numbers = Vec::with_capacity(self.rows());
        for array in &self.arrays {
            let array = array.as_primitive_opt::<T>().ok_or_else(|| self.foreign())?;
            for (from, to) in spans(array) {
                numbers.extend_from_slice(&array.values()[from..to]);
            }
        }
        Ok(numbers)
    }

    fn booleans(&self) -> Result<BooleanBuffer, ParquetError> {
        let mut values = BooleanBufferBuilder::new(self.rows());
        for array in &self.arrays {
            let array = array.as_boolean_opt().ok_or_else(|| self.foreign())?;
            for (from, to) in spans(array) {
                values.append_buffer(&array.values().slice(from, to - from));
            }
        }
        Ok(values.finish())
    }

    fn foreign(&self) -> ParquetError {
        ParquetError::General(format!("{} is not {}", self.field.name(), self.field.data_type()))
    }
}

/// The least and the greatest of numbers, of those that are any. A least zero is below no other, and a greatest is above none.
fn ends<N>(numbers: &[N]) -> (Option<N>, Option<N>)
where
    N: Copy + Default + PartialOrd + Neg<Output = N> + Add<Output = N> + Sub<Output = N>,
{
    let (zero, are_any) = (N::default(), |number: &N| number.partial_cmp(number).is_some());
    let numbers = || numbers.iter().copied().filter(are_any);
    let least = numbers().reduce(|least, number| if number < least { number } else { least });
    let most = numbers().reduce(|most, number| if number > most { number } else { most });
    (least.map(|least| -(zero - least)), most.map(|most| zero + most))
}

/// What is said of texts.
fn of_texts(range: &Range<'_>, nulls: Option<u64>) -> Statistics {
    let (least, most) = range.ends.map(|(least, most)| (ByteArray::from(least), ByteArray::from(most))).unzip();
    Statistics::byte_array(least, most, None, nulls, false)
}

/// Appends whole numbers of four bytes.
fn days(numbers: &[i32], nulls: Option<u64>, out: &mut Vec<u8>) -> Said {
    encoding::differences(&numbers.iter().map(|number| i64::from(*number)).collect::<Vec<_>>(), i32::BITS, out);
    let (least, most) = (numbers.iter().copied().min(), numbers.iter().copied().max());
    let statistics = Statistics::int32(least, most, None, nulls, false);
    Said { encoding: Encoding::DELTA_BINARY_PACKED, names: None, statistics }
}

/// Appends whole numbers of eight bytes.
fn amounts(numbers: &[i64], nulls: Option<u64>, out: &mut Vec<u8>) -> Said {
    encoding::differences(numbers, i64::BITS, out);
    let (least, most) = (numbers.iter().copied().min(), numbers.iter().copied().max());
    let statistics = Statistics::int64(least, most, None, nulls, false);
    Said { encoding: Encoding::DELTA_BINARY_PACKED, names: None, statistics }
}

/// Whether the texts of a column come back often enough for a dictionary: what tells rows apart does not.
fn is_repeating(field: &Field) -> bool {
    !["parcel_id", "other_id", "uscc", "main_uscc", "name", "address"].contains(&field.name().as_str())
}

/// Whether readers look for texts of a column: least and greatest values of others cost more than they save.
fn is_searched(field: &Field) -> bool {
    let name = field.name();
    name != "source_id"
        && (name.ends_with("_id") || name.ends_with("_code") || matches!(name.as_str(), "uscc" | "period"))
}

/// Whether something can be pressed out of a column. Of numbers their encodings have left nothing, but that of lines
/// two of which often follow each other.
fn is_pressed(field: &Field) -> bool {
    matches!(field.data_type(), DataType::Utf8 | DataType::Binary | DataType::Boolean) || field.name() == "row"
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, StringArray};
    use arrow::compute::{cast, concat_batches};
    use arrow::datatypes::Schema;
    use arrow::record_batch::RecordBatch;
    use proptest::prelude::*;

    use crate::scratch::Scratch;
    use crate::store::parquet::{self, ParquetWriter};

    use super::*;

    /// A row of everything that is published, from one number.
    fn batch(numbers: &[Option<i64>]) -> RecordBatch {
        let text = |number: i64| format!("{}甲{}", number / 100, number % 7);
        let small = |number: &Option<i64>| number.map(|number| i32::try_from(number % (1 << 31)).unwrap());
        let repeating: StringArray = numbers.iter().map(|number| number.map(|number| text(number % 12))).collect();
        let labels = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let exact: Decimal128Array = numbers.iter().map(|number| number.map(i128::from)).collect();
        let floats: Float64Array =
            numbers.iter().map(|number| small(number).map(|number| f64::from(number) / 8.)).collect();
        let shapes: Vec<Vec<u8>> = numbers
            .iter()
            .map(|number| vec![7; usize::try_from(number.unwrap_or_default().rem_euclid(90)).unwrap()])
            .collect();
        let columns: [(&str, ArrayRef); 10] = [
            (
                "is_there",
                Arc::new(numbers.iter().map(|number| number.map(|number| number % 3 == 0)).collect::<BooleanArray>()),
            ),
            ("count", Arc::new(numbers.iter().map(small).collect::<Int32Array>())),
            ("day", Arc::new(numbers.iter().map(small).collect::<Date32Array>())),
            ("row", Arc::new(numbers.iter().copied().collect::<Int64Array>())),
            ("tax_yuan", Arc::new(exact.with_precision_and_scale(18, 2).unwrap())),
            ("land_mu", Arc::new(floats)),
            ("rule_id", Arc::new(repeating.clone())),
            ("county_code", cast(&repeating, &labels).unwrap()),
            ("uscc", Arc::new(numbers.iter().map(|number| number.map(text)).collect::<StringArray>())),
            ("geometry", Arc::new(shapes.iter().map(Some).collect::<BinaryArray>())),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, name != "geometry")))
            .unwrap()
    }

    fn published(batch: &RecordBatch) -> RecordBatch {
        let field = |field: &Field| match field.data_type() {
            DataType::Dictionary(_, text) => field.clone().with_data_type(text.as_ref().clone()),
            _ => field.clone(),
        };
        let fields: Vec<Field> = batch.schema().fields().iter().map(|one| field(one)).collect();
        let columns =
            batch.columns().iter().zip(&fields).map(|(column, field)| cast(column, field.data_type()).unwrap());
        RecordBatch::try_new(Arc::new(Schema::new(fields.clone())), columns.collect()).unwrap()
    }

    fn written(rows: &RecordBatch, batches: &[RecordBatch]) -> (RecordBatch, String) {
        let folder = Scratch::new();
        let path = folder.path().join("a.parquet");
        let mut writer = ParquetWriter::create(&path, &rows.schema()).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        let written = writer.finish().unwrap();
        (parquet::read(&path).unwrap(), written.hash)
    }

    #[test]
    fn shapes_have_several_pages_whatever_the_batches() {
        let shapes: BinaryArray = (0..40).map(|row| Some(vec![row; 90_000])).collect();
        let rows = RecordBatch::try_from_iter([("geometry", Arc::new(shapes) as ArrayRef)]).unwrap();
        let (read, hash) = written(&rows, &[rows.slice(0, 40)]);
        assert_eq!(read.columns(), rows.columns());
        assert_eq!(written(&rows, &[rows.slice(0, 13), rows.slice(13, 27)]).1, hash);
        let column = Column::new(rows.schema_ref().field(0), rows.columns().to_vec());
        assert_eq!(column.pages().unwrap().iter().map(Column::rows).collect::<Vec<_>>(), [12, 12, 12, 4]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_whatever_the_batches(
            kind in 0..4,
            numbers in prop::collection::vec((any::<i64>(), 0..4_i64, 1..400_usize), 1..12),
            cut in 0..1000_usize,
        ) {
            let number = |(number, small, _): &(i64, i64, usize), row: i64| match kind {
                0 => (small + row % 3 > 0).then_some(number.wrapping_add(row) >> 4),
                1 => Some(row * small),
                2 => None,
                _ => (*small > 0).then_some(number >> 40),
            };
            let numbers: Vec<Option<i64>> =
                numbers.iter().flat_map(|one| (0..one.2).map(|row| number(one, i64::try_from(row).unwrap()))).collect();
            // Decimals have eighteen digits.
            let numbers: Vec<Option<i64>> = numbers.iter().map(|number| number.map(|number| number % 1_000_000_000_000_000_000)).collect();
            let cut = cut % numbers.len();
            let parts = [batch(&numbers[..cut]), batch(&numbers[cut..])];
            let rows = published(&batch(&numbers));
            let (read, hash) = written(&rows, &parts);
            prop_assert_eq!(read.columns(), rows.columns());
            let together = concat_batches(&rows.schema(), &parts.map(|part| published(&part))).unwrap();
            prop_assert_eq!(written(&rows, &[together]).1, hash);
        }
    }
}
