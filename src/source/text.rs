//! Typed columns of foreign files as the text that mappings read.

use std::borrow::Cow;
use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

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
            let bytes: Option<&BinaryArray> = bytes.as_ref().and_then(|bytes| bytes.as_binary_opt());
            let has_marks = bytes.is_some_and(|bytes| is_broken(bytes.value_data()));
            for (row, fault) in faults.iter_mut().enumerate() {
                let value = bytes.and_then(|all| all.is_valid(row).then(|| all.value(row)));
                let text = value.and_then(|value| std::str::from_utf8(value).ok());
                let text = text.filter(|text| !(has_marks && is_broken(text.as_bytes())));
                if value.is_some() && text.is_none() {
                    fault.get_or_insert(RejectCode::EncodingBroken);
                }
                out.append(text);
            }
        }
        DataType::Float32 | DataType::Float64 => {
            // In full: a number in exponents would be refused as one that has lost digits.
            let numbers = cast(column, &DataType::Float64).ok();
            let numbers = numbers.as_ref().and_then(|numbers| numbers.as_primitive_opt::<Float64Type>());
            for row in 0..faults.len() {
                let from = out.text.len();
                if let Some(number) = numbers.and_then(|all| all.is_valid(row).then(|| all.value(row))) {
                    // Writing into a string cannot fail.
                    let _ = write!(out.text, "{number}");
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Decimal128Array, Float64Array, Int64Array};

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
}
