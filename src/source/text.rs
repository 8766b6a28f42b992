//! Typed columns of foreign files as the text that mappings read.

use std::borrow::Cow;
use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::compute::cast;
use arrow::datatypes::{ArrowNativeType, DataType, Float64Type};

use super::csv::Place;
use super::is_broken;
use crate::domain::RejectCode;
use crate::table::delivery::{Cell, Sheet, Stride};

/// Texts one behind the other, and the cells that are cut from them.
#[derive(Default)]
pub struct Texts {
    text: String,
    cells: Vec<Cell>,
    places: Vec<Stride>,
}

impl Texts {
    /// Puts a canonical column behind those that are there; what is not valid text is noted as a fault.
    pub fn column<'a>(
        &mut self,
        place: &Place,
        column: impl FnOnce(usize) -> Option<&'a ArrayRef>,
        faults: &mut [Option<RejectCode>],
    ) {
        let first = self.cells.len();
        let column = match place {
            Place::Constant(constant) => {
                self.append(Some(constant));
                None
            }
            Place::Field(at) => column(*at),
        };
        match column {
            Some(column) => append_text(column, self, faults),
            // One cell for all rows, empty where the file has no such column.
            None => self.cells.resize(first + 1, Cell::default()),
        }
        self.places.push(Stride { first, step: usize::from(column.is_some()) });
    }

    /// The columns as a sheet.
    pub fn sheet(self, names: &[String], rows: Vec<i64>, faults: Vec<Option<RejectCode>>) -> Sheet<'_> {
        let Self { text, cells, places } = self;
        Sheet { text: Cow::Owned(text), cells, rows, faults, names, places, geometry: None }
    }

    fn append(&mut self, value: Option<&str>) {
        let from = self.text.len();
        self.text.push_str(value.unwrap_or_default());
        self.cells.push(Cell { from, to: self.text.len() });
    }
}

/// Appends a column's values as text.
fn append_text(column: &ArrayRef, out: &mut Texts, faults: &mut [Option<RejectCode>]) {
    match column.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => {
            // As bytes: a foreign producer's text is not taken for UTF-8 unseen.
            let bytes = cast(column, &DataType::Binary).ok();
            append_bytes(bytes.as_ref().and_then(|bytes| bytes.as_binary_opt()), out, faults);
        }
        DataType::Float32 | DataType::Float64 => {
            let numbers = cast(column, &DataType::Float64).ok();
            let numbers = numbers.as_ref().and_then(|numbers| numbers.as_primitive_opt::<Float64Type>());
            for row in 0..faults.len() {
                let from = out.text.len();
                if let Some(number) = numbers.and_then(|all| all.is_valid(row).then(|| all.value(row))) {
                    append_number(number, &mut out.text);
                }
                out.cells.push(Cell { from, to: out.text.len() });
            }
        }
        _ => {
            let shown = cast(column, &DataType::Utf8).ok();
            let shown = shown.as_ref().and_then(|shown| shown.as_string_opt::<i32>());
            for row in 0..faults.len() {
                out.append(shown.and_then(|all| all.is_valid(row).then(|| all.value(row))));
            }
        }
    }
}

/// Appends texts of which it is not known whether they are any.
fn append_bytes(bytes: Option<&BinaryArray>, out: &mut Texts, faults: &mut [Option<RejectCode>]) {
    if bytes.is_some_and(|bytes| append_whole(bytes, out)) {
        return;
    }
    for (row, fault) in faults.iter_mut().enumerate() {
        let value = bytes.and_then(|all| all.is_valid(row).then(|| all.value(row)));
        let text = value.and_then(|value| std::str::from_utf8(value).ok());
        let text = text.filter(|text| !is_broken(text.as_bytes()));
        if value.is_some() && text.is_none() {
            fault.get_or_insert(RejectCode::EncodingBroken);
        }
        out.append(text);
    }
}

/// Appends a column of sound texts as one; false where any of them is not sound, and then nothing is done.
fn append_whole(bytes: &BinaryArray, out: &mut Texts) -> bool {
    let offsets: Vec<usize> = bytes.value_offsets().iter().map(|offset| offset.as_usize()).collect();
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let Ok(text) = simdutf8::basic::from_utf8(&bytes.value_data()[first..last]) else { return false };
    // Sound together, two broken halves are not sound each.
    if is_broken(text.as_bytes()) || !offsets.iter().all(|offset| text.is_char_boundary(offset - first)) {
        return false;
    }
    let behind = out.text.len();
    out.text.push_str(text);
    let cells = offsets.windows(2).map(|ends| Cell { from: behind + ends[0] - first, to: behind + ends[1] - first });
    out.cells.extend(cells.enumerate().map(|(row, cell)| if bytes.is_valid(row) { cell } else { Cell::default() }));
    true
}

/// Appends a number in full: in exponents it would be refused as one that has lost digits.
fn append_number(number: f64, out: &mut String) {
    let mut buffer = ryu::Buffer::new();
    let digits = buffer.format(number);
    if digits.contains('e') {
        // Writing into a string cannot fail.
        let _ = write!(out, "{number}");
    } else {
        out.push_str(digits.strip_suffix(".0").unwrap_or(digits));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray};
    use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
    use proptest::prelude::*;

    use super::*;

    fn texts(column: impl Array + 'static) -> Vec<Option<String>> {
        let (mut texts, mut faults) = (Texts::default(), vec![None; column.len()]);
        let column: ArrayRef = Arc::new(column);
        texts.column(&Place::Field(0), |_| Some(&column), &mut faults);
        let names = ["column".to_owned()];
        let sheet = texts.sheet(&names, vec![0; faults.len()], faults);
        let (_, column) = sheet.columns().next().unwrap();
        (0..sheet.len()).map(|row| column.get(row).map(str::to_owned)).collect()
    }

    #[test]
    fn numbers_and_dates_are_written_in_full() {
        let some = |text: &str| Some(text.to_owned());
        let floats = Float64Array::from(vec![Some(1234.5), None, Some(1e16), Some(0.000_01)]);
        assert_eq!(texts(floats), [some("1234.5"), None, some("10000000000000000"), some("0.00001")]);
        assert_eq!(texts(Int64Array::from(vec![-7])), [some("-7")]);
        let money = Decimal128Array::from(vec![1_250]).with_precision_and_scale(18, 2).unwrap();
        assert_eq!(texts(money), [some("12.50")]);
        assert_eq!(texts(Date32Array::from(vec![19_753])), [some("2024-01-31")]);
    }

    #[test]
    fn texts_are_taken_as_they_are_and_broken_ones_are_told() {
        let some = |text: &str| Some(text.to_owned());
        let sound = StringArray::from(vec![Some("余杭区"), None, Some(""), Some("A-1")]);
        assert_eq!(texts(sound.clone()), [some("余杭区"), None, None, some("A-1")]);
        assert_eq!(texts(sound.slice(1, 3)), [None, None, some("A-1")]);

        // A foreign producer's column: a character cut in two is sound in neither row, though the whole is.
        let bytes = "甲乙".as_bytes();
        let foreign = |ends: Vec<i32>, bytes: &[u8]| -> ArrayRef {
            let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
            let values = BinaryArray::new(ends, Buffer::from(bytes), None);
            Arc::new(values)
        };
        for (ends, bytes, expected) in [
            (vec![0, 3, 6], bytes, [None, None]),
            (vec![0, 2, 6], bytes, [Some(RejectCode::EncodingBroken), Some(RejectCode::EncodingBroken)]),
            (vec![0, 1, 4], &b"A\xEF\xBF\xBD"[..], [None, Some(RejectCode::EncodingBroken)]),
        ] {
            let (mut texts, mut faults) = (Texts::default(), vec![None; 2]);
            append_bytes(Some(foreign(ends, bytes).as_binary()), &mut texts, &mut faults);
            assert_eq!(faults, expected);
            assert_eq!(texts.cells.len(), 2);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_written_as_rust_writes_them(number in any::<f64>(), count in any::<i32>()) {
            let count = f64::from(count);
            for number in [number, count, count / 100.0, count / 1e12] {
                let mut text = String::new();
                append_number(number, &mut text);
                prop_assert_eq!(text, number.to_string());
            }
        }
    }
}
