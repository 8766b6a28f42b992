//! Orders of rows: by numbers, and by texts that become numbers.

use std::cmp::Ordering;

use arrow::array::{Array, StringArray};

/// Rows that are sorted sooner than all places of a digit are counted.
const FEW: usize = 256;

/// Row numbers in the order of their keys; rows of one key stay as they are given.
#[must_use]
pub fn by_keys(keys: &[u128], mut rows: Vec<usize>) -> Vec<usize> {
    if rows.is_sorted_by_key(|row| keys[*row]) {
        return rows;
    }
    if rows.len() < FEW {
        rows.sort_by_key(|row| keys[*row]);
        return rows;
    }
    let bits = u128::BITS - rows.iter().fold(0, |bits, row| bits | keys[*row]).leading_zeros();
    for low in (0..bits).step_by(32) {
        // A part of the key, and the row behind it.
        let keyed = rows.iter().map(|row| ((keys[*row] >> low & 0xffff_ffff) as u64) << 32 | *row as u64);
        let keyed = by_digits(keyed.collect(), (bits - low).min(32));
        rows = keyed.into_iter().map(|keyed| (keyed & 0xffff_ffff) as usize).collect();
    }
    rows
}

/// Numbers in the order of so many bits above their lower half, one digit after the other: each pass keeps the order that
/// the one before has made.
fn by_digits(mut numbers: Vec<u64>, bits: u32) -> Vec<u64> {
    const DIGIT: u32 = 11;
    let mut others = vec![0; numbers.len()];
    for low in (32..32 + bits).step_by(DIGIT as usize) {
        let digit = |number: u64| (number >> low & ((1 << DIGIT) - 1)) as usize;
        let mut places = [0_usize; 1 << DIGIT];
        for number in &numbers {
            places[digit(*number)] += 1;
        }
        let mut next = 0;
        for place in &mut places {
            next += std::mem::replace(place, next);
        }
        for number in &numbers {
            let place = &mut places[digit(*number)];
            others[*place] = *number;
            *place += 1;
        }
        std::mem::swap(&mut numbers, &mut others);
    }
    numbers
}

/// Each text's place among all distinct texts in order; nulls count as empty.
#[must_use]
pub fn ranks(texts: &StringArray) -> Vec<u32> {
    let mut ranks = Vec::with_capacity(texts.len());
    let (mut rank, mut before) = (0, None);
    // Stages leave their rows in order, so one pass mostly does.
    for text in (0..texts.len()).map(|row| texts.value(row)) {
        match before.map(|before: &str| before.cmp(text)) {
            Some(Ordering::Greater) => return unordered_ranks(texts),
            Some(Ordering::Less) => rank += 1,
            _ => {}
        }
        ranks.push(rank);
        before = Some(text);
    }
    ranks
}

/// Row numbers in the order of their texts, ties by row number; nulls count as empty.
#[must_use]
pub fn text_order(texts: &StringArray) -> Vec<usize> {
    if (1..texts.len()).all(|row| texts.value(row - 1) <= texts.value(row)) {
        return (0..texts.len()).collect();
    }
    by_heads(texts, &heads(texts))
}

/// Row numbers in the order of their texts, whose heads are given.
fn by_heads(texts: &StringArray, heads: &[u128]) -> Vec<usize> {
    let mut order = by_keys(heads, (0..texts.len()).collect());
    // Texts whose heads are equal may still differ.
    for run in order.chunk_by_mut(|left, right| heads[*left] == heads[*right]).filter(|run| run.len() > 1) {
        run.sort_by(|left, right| texts.value(*left).cmp(texts.value(*right)));
    }
    order
}

fn unordered_ranks(texts: &StringArray) -> Vec<u32> {
    let heads = heads(texts);
    let order = by_heads(texts, &heads);
    let mut ranks = vec![0; order.len()];
    let mut rank = 0;
    for pair in order.windows(2) {
        let is_new = heads[pair[0]] != heads[pair[1]] || texts.value(pair[0]) != texts.value(pair[1]);
        rank += u32::from(is_new);
        ranks[pair[1]] = rank;
    }
    ranks
}

/// A number a text, which compares as the texts do unless two are equal: of what is behind the bytes that all begin with, as
/// many bytes as it holds, each in as few bits as tell apart those that occur.
fn heads(texts: &StringArray) -> Vec<u128> {
    const BITS: usize = u64::BITS as usize;
    let text = |row: usize| texts.value(row).as_bytes();
    let first = if texts.is_empty() { &[] } else { text(0) };
    let alike = |known: usize, row: usize| {
        let (known, own) = (&first[..known], text(row));
        if own.starts_with(known) {
            return known.len();
        }
        known.iter().zip(own).take_while(|(left, right)| left == right).count()
    };
    let common = (0..texts.len()).fold(first.len(), alike);
    let rest = |row: usize| &text(row)[common..];
    let mut codes = [0_u64; 256];
    let mut longest = 0;
    for text in (0..texts.len()).map(rest) {
        longest = longest.max(text.len());
        // No more than this hold even where a bit is enough for each.
        for byte in text.iter().take(BITS) {
            codes[usize::from(*byte)] = 1;
        }
    }
    // The end of a text is before all bytes.
    let mut last = 0;
    for code in codes.iter_mut().filter(|code| **code > 0) {
        last += 1;
        *code = last;
    }
    let width = BITS - last.leading_zeros() as usize;
    let bytes = longest.min(BITS / width.max(1));
    let head = |row: usize| {
        let text = &rest(row)[..bytes.min(rest(row).len())];
        let head = text.iter().fold(0, |head, byte| head << width | codes[usize::from(*byte)]);
        u128::from(head) << (width * (bytes - text.len()))
    };
    (0..texts.len()).map(head).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_order_rows_as_they_compare(keys in prop::collection::vec((0..4_u128, 0..96_u32).prop_map(|(key, by)| key << by), 0..3 * FEW)) {
            let mut expected: Vec<usize> = (0..keys.len()).collect();
            let found = by_keys(&keys, expected.clone());
            expected.sort_by_key(|row| keys[*row]);
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn ranks_compare_as_texts_do(
            prefix in "[a甲]{0,3}",
            rest in prop::collection::vec("[a\\u{0}b]{0,2}(x{16})?[a\\u{0}b]{0,2}", 1..8),
        ) {
            let texts: StringArray = rest.iter().map(|rest| Some(format!("{prefix}{rest}"))).collect();
            let ranks = ranks(&texts);
            for left in 0..texts.len() {
                for right in 0..texts.len() {
                    prop_assert_eq!(ranks[left].cmp(&ranks[right]), texts.value(left).cmp(texts.value(right)));
                }
            }
            let mut order: Vec<usize> = (0..texts.len()).collect();
            order.sort_by_key(|row| texts.value(*row));
            prop_assert_eq!(text_order(&texts), order);
        }
    }
}
