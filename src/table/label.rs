//! Text that repeats: each distinct value once, and a number a row.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::domain::Map;
use arrow::array::{
    Array, ArrayBuilder, ArrayRef, DictionaryArray, Int32Array, Int32Builder, StringArray, StringBuilder,
};
use arrow::datatypes::Int32Type;

/// Builds a column of labels.
pub struct LabelBuilder {
    codes: Int32Builder,
    names: StringBuilder,
    known: Map<Box<str>, i32>,
    last: (String, i32),
}

impl Default for LabelBuilder {
    fn default() -> Self {
        Self {
            codes: Int32Builder::new(),
            names: StringBuilder::new(),
            known: Map::default(),
            last: (String::new(), -1),
        }
    }
}

impl LabelBuilder {
    /// Appends a text.
    pub fn append_value(&mut self, text: impl AsRef<str>) {
        let code = self.code(text.as_ref());
        self.codes.append_value(code);
    }

    /// Appends what a [`Self::code`] stands for, or nothing.
    pub fn append_code(&mut self, code: Option<i32>) {
        self.codes.append_option(code);
    }

    /// Appends a text until there are that many rows.
    pub fn fill(&mut self, text: &str, rows: usize) {
        let missing = rows - self.codes.len();
        if missing > 0 {
            let code = self.code(text);
            self.codes.append_value_n(code, missing);
        }
    }

    /// The number that stands for a text in this column, until it is finished: whoever appends it often keeps it.
    pub fn code(&mut self, text: &str) -> i32 {
        // Rows of one file tend to come in runs.
        if self.last.1 < 0 || self.last.0 != text {
            let code = match self.known.get(text) {
                Some(code) => *code,
                None => self.add(text),
            };
            self.last.0.clear();
            self.last.0.push_str(text);
            self.last.1 = code;
        }
        self.last.1
    }

    fn add(&mut self, text: &str) -> i32 {
        // A batch has fewer rows than an i32 counts, and so fewer names.
        let code = i32::try_from(self.known.len()).unwrap_or(i32::MAX);
        self.names.append_value(text);
        self.known.insert(text.into(), code);
        code
    }

    /// Appends a text or nothing.
    pub fn append_option(&mut self, text: Option<impl AsRef<str>>) {
        match text {
            Some(text) => self.append_value(text),
            None => self.codes.append_null(),
        }
    }

    /// The column; the builder is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        self.known.clear();
        self.last.1 = -1;
        let (codes, names) = (self.codes.finish(), Arc::new(self.names.finish()));
        // Every code was given out for a name, so the two agree.
        let column = DictionaryArray::<Int32Type>::try_new(codes, names.clone());
        Arc::new(column.unwrap_or_else(|_| DictionaryArray::new(Int32Array::new_null(0), names)))
    }
}

/// A column of labels.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    codes: &'a Int32Array,
    names: &'a StringArray,
}

impl<'a> Labels<'a> {
    /// The labels of a column, if it is one.
    #[must_use]
    pub fn of(column: &'a dyn Array) -> Option<Self> {
        let column = column.as_any().downcast_ref::<DictionaryArray<Int32Type>>()?;
        Some(Self { codes: column.keys(), names: column.values().as_any().downcast_ref()? })
    }

    /// How many rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The number that stands for a row's text, below [`Self::names`]'s length; 0 for a null.
    #[must_use]
    pub fn code(&self, row: usize) -> usize {
        usize::try_from(self.codes.value(row)).unwrap_or(0)
    }

    /// The number that stands for a row's text, or nothing.
    #[must_use]
    pub fn code_of(&self, row: usize) -> Option<usize> {
        self.codes.is_valid(row).then(|| self.code(row))
    }

    /// Whether all rows have one text by one number: a column of a county or a year often does.
    #[must_use]
    pub fn are_one(&self) -> bool {
        let codes = self.codes.values();
        self.codes.null_count() == 0 && codes.first().is_some_and(|first| codes.iter().all(|code| code == first))
    }

    /// The distinct texts; some may stand at no row.
    #[must_use]
    pub const fn names(&self) -> &'a StringArray {
        self.names
    }

    /// A row's text; the row must not be null.
    #[must_use]
    pub fn value(&self, row: usize) -> &'a str {
        self.names.value(self.code(row))
    }

    /// A row's text, or nothing.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        self.codes.is_valid(row).then(|| self.value(row))
    }

    /// For each code, its text's place among all texts in order: codes compare as their texts do by it.
    #[must_use]
    pub fn ranks(&self) -> Vec<u32> {
        ranks(self.names)
    }
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

/// Texts of one column mostly begin alike and differ in the 16 bytes after: those compare as one number.
fn unordered_ranks(texts: &StringArray) -> Vec<u32> {
    let text = |row: usize| texts.value(row).as_bytes();
    let first = text(0);
    let alike = |known: usize, row: usize| {
        first[..known].iter().zip(text(row)).take_while(|(left, right)| left == right).count()
    };
    let common = (0..texts.len()).fold(first.len(), alike);
    let head = |row: usize| {
        let mut head = [0; 16];
        let rest = &text(row)[common..];
        let length = rest.len().min(16);
        head[..length].copy_from_slice(&rest[..length]);
        u128::from_be_bytes(head)
    };
    let mut order: Vec<(u128, u32)> =
        (0..u32::try_from(texts.len()).unwrap_or(u32::MAX)).map(|row| (head(row as usize), row)).collect();
    order.sort_unstable();
    // Texts whose heads are equal may still differ: one is longer, or has a zero byte.
    for run in order.chunk_by_mut(|left, right| left.0 == right.0).filter(|run| run.len() > 1) {
        run.sort_by(|left, right| text(left.1 as usize).cmp(text(right.1 as usize)));
    }
    let mut ranks = vec![0; order.len()];
    let mut rank = 0;
    for pair in order.windows(2) {
        let is_new = pair[0].0 != pair[1].0 || text(pair[0].1 as usize) != text(pair[1].1 as usize);
        rank += u32::from(is_new);
        ranks[pair[1].1 as usize] = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_come_back_and_compare_by_their_ranks() {
        let mut builder = LabelBuilder::default();
        for text in ["b", "b", "a", "b"] {
            builder.append_value(text);
        }
        builder.append_option(None::<&str>);
        let column = builder.finish();
        let labels = Labels::of(&column).unwrap();
        let texts: Vec<_> = (0..labels.len()).map(|row| labels.get(row)).collect();
        assert_eq!(texts, [Some("b"), Some("b"), Some("a"), Some("b"), None]);
        assert_eq!(labels.names().len(), 2);
        let ranks = labels.ranks();
        assert!(ranks[labels.code(2)] < ranks[labels.code(0)]);
        builder.append_value("c");
        builder.fill("a", 3);
        builder.fill("b", 3);
        builder.append_value("c");
        let column = builder.finish();
        let labels = Labels::of(&column).unwrap();
        assert_eq!((0..4).map(|row| labels.value(row)).collect::<Vec<_>>(), ["c", "a", "a", "c"]);
        assert_eq!(labels.names().len(), 2);
    }

    proptest! {
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
        }
    }
}
