//! Typed columns of foreign files as the text that mappings read.

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use super::csv::Place;
use super::{is_blank, is_broken};
use crate::domain::RejectCode;
use crate::table::delivery::Cell;

/// The cells of a canonical column, whose texts are put behind `text`; what is not valid text is noted as a fault.
pub fn cells<'a>(
    place: &Place,
    column: impl FnOnce(usize) -> Option<&'a ArrayRef>,
    text: &mut String,
    faults: &mut [Option<RejectCode>],
) -> Vec<Cell> {
    let mut out = Texts { text, cells: Vec::with_capacity(faults.len()) };
    match place {
        Place::Constant(constant) => {
            out.append(Some(constant));
            out.cells.resize(faults.len(), out.cells[0]);
        }
        Place::Field(at) => match column(*at) {
            Some(column) => append_text(column, &mut out, faults),
            None => out.cells.resize(faults.len(), Cell::default()),
        },
    }
    out.cells
}

/// Cells, and the text behind which theirs is put.
struct Texts<'t> {
    text: &'t mut String,
    cells: Vec<Cell>,
}

impl Texts<'_> {
    fn append(&mut self, value: Option<&str>) {
        let from = self.text.len();
        self.text.push_str(value.filter(|value| !is_blank(value.as_bytes())).unwrap_or_default());
        self.cells.push(Cell { from, to: self.text.len() });
    }
}

/// Appends a column's values as text.
fn append_text(column: &ArrayRef, out: &mut Texts<'_>, faults: &mut [Option<RejectCode>]) {
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
        let mut text = String::new();
        let column: ArrayRef = Arc::new(column);
        let cells = cells(&Place::Field(0), |_| Some(&column), &mut text, &mut vec![None; column.len()]);
        cells.iter().map(|cell| Some(text[cell.from..cell.to].to_owned()).filter(|text| !text.is_empty())).collect()
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
