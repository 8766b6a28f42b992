//! Orders and groupings of rows that every settling stage shares.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, RecordBatch, StringArray, UInt32Array, make_comparator,
};
use arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, take_record_batch};
use arrow::datatypes::Date32Type;
use arrow::row::{RowConverter, Rows, SortField};

use super::StageError;
use crate::domain::Tce;
pub use crate::table::by_keys;
use crate::table::{Labels, are_same, ranks};

const ASCENDING: SortOptions = SortOptions { descending: false, nulls_first: true };

/// The batch sorted by `columns`, ascending, nulls first.
///
/// # Errors
/// When a column is missing.
pub fn sorted(batch: &RecordBatch, columns: &[&str]) -> Result<RecordBatch, StageError> {
    Ok(arranged(batch, columns)?.0)
}

/// The named column.
///
/// # Errors
/// When it is missing.
pub fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef, StageError> {
    let missing = || arrow::error::ArrowError::SchemaError(format!("no column {name}"));
    Ok(batch.column_by_name(name).cloned().ok_or_else(missing)?)
}

/// The rows of `columns` in a form that compares byte by byte.
///
/// # Errors
/// When a column is missing.
pub fn comparable(batch: &RecordBatch, columns: &[&str]) -> Result<Rows, StageError> {
    let arrays: Result<Vec<_>, _> = columns.iter().map(|name| column(batch, name)).collect();
    let arrays = arrays?;
    let fields = arrays.iter().map(|array| SortField::new(array.data_type().clone())).collect();
    Ok(RowConverter::new(fields)?.convert_columns(&arrays)?)
}

/// The longest key: a caller may put 16 bits more behind it.
const KEY_BITS: u32 = 80;

/// A number a row that compares as the row's `columns` do: of labels, text or dates, without nulls.
///
/// # Errors
/// When a column is missing, has nulls or is of another kind, or when the numbers get too long.
pub fn keys(batch: &RecordBatch, columns: &[&str]) -> Result<Vec<u128>, StageError> {
    let refused = |what: String| StageError::from(arrow::error::ArrowError::SchemaError(what));
    let mut keys = Keys { keys: vec![0; batch.num_rows()], bits: 0 };
    for name in columns {
        let values = column(batch, name)?;
        if values.null_count() > 0 {
            return Err(refused(format!("{name} has nulls")));
        }
        if let Some(labels) = Labels::of(&values) {
            let ranks = labels.ranks();
            keys.append(&ranks, |row| ranks[labels.code(row)]);
        } else if let Some(texts) = values.as_string_opt::<i32>() {
            let ranks = ranks(texts);
            keys.append(&ranks, |row| ranks[row]);
        } else if let Some(dates) = values.as_primitive_opt::<Date32Type>() {
            let first = dates.values().iter().min().copied().unwrap_or_default();
            let days: Vec<u32> = dates.values().iter().map(|day| day.abs_diff(first)).collect();
            keys.append(&days, |row| days[row]);
        } else {
            return Err(refused(format!("{name} cannot be ranked")));
        }
    }
    if keys.bits > KEY_BITS {
        return Err(refused(format!("{} make too long a key", columns.join(", "))));
    }
    Ok(keys.keys)
}

/// Keys that grow by a column at a time.
struct Keys {
    keys: Vec<u128>,
    bits: u32,
}

impl Keys {
    /// Puts each row's rank behind its key, in as many bits as the greatest rank has.
    fn append(&mut self, ranks: &[u32], rank: impl Fn(usize) -> u32) {
        let width = u32::BITS - ranks.iter().max().map_or(u32::BITS, |most| most.leading_zeros());
        self.bits += width;
        if width > 0 {
            let keys = self.keys.iter_mut().enumerate();
            keys.for_each(|(row, key)| *key = *key << width | u128::from(rank(row)));
        }
    }
}

/// The batch in the order of its key, and whether no two rows carry the same.
///
/// # Errors
/// When a column is missing.
pub fn arranged(batch: &RecordBatch, key: &[&str]) -> Result<(RecordBatch, bool), StageError> {
    // Stages mostly leave their rows in order: then no key is made.
    if let Some(is_unique) = uniqueness(batch, key)? {
        return Ok((batch.clone(), is_unique));
    }
    let batch = rearranged(batch, key)?;
    let is_unique = uniqueness(&batch, key)?.unwrap_or(false);
    Ok((batch, is_unique))
}

/// Whether no two rows carry the same key, if they are in its order.
fn uniqueness(batch: &RecordBatch, key: &[&str]) -> Result<Option<bool>, StageError> {
    // The rows that no column so far tells from the one before.
    let mut alike: Vec<usize> = (1..batch.num_rows()).collect();
    for name in key {
        let values = column(batch, name)?;
        let are_ordered = if let Some(labels) = Labels::of(&values) {
            labels.are_one()
                || keep_alike(&mut alike, |row| match (labels.code_of(row - 1), labels.code_of(row)) {
                    (before, code) if before == code => Ordering::Equal,
                    _ => labels.get(row - 1).cmp(&labels.get(row)),
                })
        } else if let Some(texts) = values.as_string_opt::<i32>() {
            keep_alike(&mut alike, |row| text(texts, row - 1).cmp(&text(texts, row)))
        } else {
            let compare = make_comparator(&values, &values, ASCENDING)?;
            keep_alike(&mut alike, |row| compare(row - 1, row))
        };
        if !are_ordered {
            return Ok(None);
        }
    }
    Ok(Some(alike.is_empty()))
}

/// Leaves the rows that `compare` holds to be equal to the one before; tells whether none comes before that.
fn keep_alike(rows: &mut Vec<usize>, compare: impl Fn(usize) -> Ordering) -> bool {
    let mut are_ordered = true;
    rows.retain(|row| {
        let order = compare(*row);
        are_ordered &= order.is_le();
        order.is_eq()
    });
    are_ordered
}

/// The rows in the order of their key.
fn rearranged(batch: &RecordBatch, key: &[&str]) -> Result<RecordBatch, StageError> {
    let (head, rest) = key.split_at(key.len().min(4));
    let Ok(heads) = keys(batch, head) else {
        let keys = key.iter().map(|name| Ok(SortColumn { values: column(batch, name)?, options: Some(ASCENDING) }));
        let order = lexsort_to_indices(&keys.collect::<Result<Vec<_>, StageError>>()?, None)?;
        return Ok(take_record_batch(batch, &order)?);
    };
    let mut order = by_keys(&heads, (0..heads.len()).collect());
    if !rest.is_empty() && order.windows(2).any(|pair| heads[pair[0]] == heads[pair[1]]) {
        let rests = comparable(batch, rest)?;
        order.sort_by(|left, right| {
            heads[*left].cmp(&heads[*right]).then_with(|| rests.row(*left).cmp(&rests.row(*right)))
        });
    }
    take(batch, &order)
}

/// Row numbers in an order that `compare` settles, ties by row number.
#[must_use]
pub fn ordered(rows: usize, mut compare: impl FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_by(|left, right| compare(*left, *right));
    order
}

/// Runs of consecutive entries of `order` that `same` holds to be equal.
pub fn runs(order: &[usize], mut same: impl FnMut(usize, usize) -> bool) -> impl Iterator<Item = &[usize]> {
    order.chunk_by(move |left, right| same(*left, *right))
}

/// The chosen rows.
///
/// # Errors
/// When Arrow refuses.
pub fn take(batch: &RecordBatch, rows: &[usize]) -> Result<RecordBatch, StageError> {
    if rows.len() == batch.num_rows() && rows.iter().enumerate().all(|(at, row)| at == *row) {
        return Ok(batch.clone());
    }
    let mut numbers = Vec::with_capacity(rows.len());
    for row in rows {
        let beyond = || arrow::error::ArrowError::InvalidArgumentError("a row beyond what Arrow counts".to_owned());
        numbers.push(number(*row).ok_or_else(beyond)?);
    }
    let numbers = UInt32Array::from(numbers);
    // Of a column of one value, any rows are as good as the chosen ones.
    let taken = |values: &ArrayRef| {
        let is_any = is_one(values) && rows.len() <= values.len();
        if is_any { Ok(values.slice(0, rows.len())) } else { arrow::compute::take(values, &numbers, None) }
    };
    let columns = batch.columns().iter().map(taken).collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

/// Whether a column of labels or dates has one value at all rows.
fn is_one(values: &ArrayRef) -> bool {
    if let Some(labels) = Labels::of(values) {
        return labels.are_one();
    }
    let dates = values.as_primitive_opt::<Date32Type>();
    dates.is_some_and(|dates| dates.null_count() == 0 && are_same(dates.values()))
}

/// Of each of `ids` the rows of `known` that have it; both are in order.
pub fn beside<'a>(ids: impl Iterator<Item = &'a str>, known: &StringArray) -> impl Iterator<Item = Range<usize>> {
    let mut end = 0;
    ids.map(move |id| {
        let mut start = end;
        while end < known.len() {
            match known.value(end).cmp(id) {
                Ordering::Less => start = end + 1,
                Ordering::Equal => {}
                Ordering::Greater => break,
            }
            end += 1;
        }
        start..end
    })
}

/// A row as Arrow counts rows that are taken.
#[inline]
#[must_use]
pub fn number(row: usize) -> Option<u32> {
    u32::try_from(row).ok()
}

/// Amounts of money in fen as a column of yuan.
///
/// # Errors
/// Never by the data.
pub fn decimals(fen: &[Option<i64>]) -> Result<ArrayRef, StageError> {
    let amounts: Decimal128Array = fen.iter().map(|fen| fen.map(i128::from)).collect();
    Ok(Arc::new(amounts.with_precision_and_scale(18, 2)?))
}

/// An amount of a column of yuan, in fen.
#[must_use]
pub fn fen(amounts: &Decimal128Array, row: usize) -> Option<i64> {
    value(amounts, row).and_then(|fen| i64::try_from(fen).ok())
}

/// A column of doubles.
pub fn doubles(numbers: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    Arc::new(numbers.collect::<Float64Array>())
}

/// Grams as a column of tonnes.
#[must_use]
pub fn tonnes(grams: &[Option<i64>]) -> ArrayRef {
    doubles(grams.iter().map(|grams| grams.map(|grams| Tce::from_grams(grams).tonnes())))
}

/// A text column's value, if there is one.
#[inline]
#[must_use]
pub fn text(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

/// A primitive column's value, if there is one.
#[inline]
#[must_use]
pub fn value<T: arrow::datatypes::ArrowPrimitiveType>(
    array: &arrow::array::PrimitiveArray<T>,
    row: usize,
) -> Option<T::Native> {
    array.is_valid(row).then(|| array.value(row))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Int64Array, StringArray};
    use arrow::compute::cast;
    use arrow::datatypes::DataType;
    use proptest::prelude::*;

    use super::*;

    type Row = (usize, i32, Option<usize>);

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        prop::collection::vec((0..3_usize, 0..3_i32, prop::option::of(0..3_usize)), 0..12)
    }

    fn batch(numbers: &[Row]) -> RecordBatch {
        let text = |number: usize| ["", "a", "ab"][number];
        let labels: StringArray = numbers.iter().map(|row| row.2.map(text)).collect();
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let columns: [(&str, ArrayRef); 4] = [
            ("label", cast(&labels, &kind).unwrap()),
            ("text", Arc::new(numbers.iter().map(|row| Some(text(row.0))).collect::<StringArray>())),
            (
                "number",
                Arc::new(
                    numbers
                        .iter()
                        .map(|row| row.2.map(|number| i64::try_from(number).unwrap()))
                        .collect::<Int64Array>(),
                ),
            ),
            ("day", Arc::new(numbers.iter().map(|row| Some(row.1)).collect::<Date32Array>())),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    proptest! {
        #[test]
        fn arranged_rows_are_in_order_and_all_there(
            numbers in rows(),
            key in prop::sample::subsequence(vec!["label", "text", "number", "day"], 1..=4).prop_shuffle(),
        ) {
            let batch = batch(&numbers);
            let (arranged, is_unique) = arranged(&batch, &key).unwrap();
            let rows = |batch: &RecordBatch, columns: &[&str]| -> Vec<Vec<u8>> {
                comparable(batch, columns).unwrap().iter().map(|row| row.as_ref().to_vec()).collect()
            };
            let keys = rows(&arranged, &key);
            prop_assert!(keys.is_sorted());
            prop_assert_eq!(keys.windows(2).all(|pair| pair[0] != pair[1]), is_unique);
            let all = ["label", "text", "number", "day"];
            let (mut before, mut after) = (rows(&batch, &all), rows(&arranged, &all));
            before.sort();
            after.sort();
            prop_assert_eq!(before, after);
            if rows(&batch, &key).is_sorted() {
                prop_assert_eq!(arranged, batch);
            }
        }

        #[test]
        fn taken_rows_are_those_that_arrow_takes(
            numbers in rows(),
            is_one in any::<bool>(),
            chosen in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let numbers = if is_one { vec![numbers.first().copied().unwrap_or_default(); numbers.len()] } else { numbers };
            let batch = batch(&numbers);
            let chosen = if numbers.is_empty() { Vec::new() } else { chosen };
            let chosen: Vec<usize> = chosen.iter().map(|at| at.index(numbers.len())).collect();
            let expected: UInt32Array = chosen.iter().map(|row| number(*row)).collect();
            prop_assert_eq!(take(&batch, &chosen).unwrap(), take_record_batch(&batch, &expected).unwrap());
        }
    }
}
