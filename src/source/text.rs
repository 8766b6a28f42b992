//! Typed columns of foreign files as the text that mappings read.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use super::is_text;
use crate::domain::RejectCode;

/// Appends a column's values as text; what is not valid text is noted as a fault.
pub fn append_text(column: &ArrayRef, text: &mut StringViewBuilder, faults: &mut [Option<RejectCode>]) {
    match column.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => {
            // As bytes: a foreign producer's text is not taken for UTF-8 unseen.
            let bytes = cast(column, &DataType::Binary).ok();
            let bytes: Option<&BinaryArray> = bytes.as_ref().and_then(|bytes| bytes.as_binary_opt());
            let is_sound = bytes.is_some_and(|all| is_text(all.values()));
            for (row, fault) in faults.iter_mut().enumerate() {
                let value = bytes.and_then(|all| all.is_valid(row).then(|| all.value(row)));
                match value.map(std::str::from_utf8) {
                    None => text.append_null(),
                    Some(Ok(value)) if is_sound || is_text(value.as_bytes()) => {
                        text.append_option((!value.trim().is_empty()).then_some(value));
                    }
                    Some(_) => {
                        fault.get_or_insert(RejectCode::EncodingBroken);
                        text.append_null();
                    }
                }
            }
        }
        DataType::Float32 | DataType::Float64 => {
            // In full: a number in exponents would be refused as one that has lost digits.
            let numbers = cast(column, &DataType::Float64).ok();
            let numbers = numbers.as_ref().and_then(|numbers| numbers.as_primitive_opt::<Float64Type>());
            for row in 0..faults.len() {
                text.append_option(numbers.and_then(|all| all.is_valid(row).then(|| all.value(row).to_string())));
            }
        }
        _ => {
            let shown = cast(column, &DataType::Utf8).ok();
            let shown = shown.as_ref().and_then(|shown| shown.as_string_opt::<i32>());
            for row in 0..faults.len() {
                text.append_option(shown.and_then(|all| all.is_valid(row).then(|| all.value(row))));
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
        let mut text = StringViewBuilder::new();
        let column: ArrayRef = Arc::new(column);
        append_text(&column, &mut text, &mut vec![None; column.len()]);
        text.finish().iter().map(|text| text.map(str::to_owned)).collect()
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
