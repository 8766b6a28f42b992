//! Text that repeats: each distinct value once, and a number a row.

use std::cell::Cell;
use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray, StringBuilder};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::sorting::ranks;

/// No code.
const NOTHING: i32 = -1;

/// A text that is appended to one column again and again: its code there is found once.
#[derive(Debug)]
pub struct Repeated<T> {
    text: T,
    /// [`NOTHING`] until it is found.
    code: Cell<i32>,
}

impl<T: AsRef<str>> Repeated<T> {
    /// That text, for one column until it is finished.
    pub const fn new(text: T) -> Self {
        Self { text, code: Cell::new(NOTHING) }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.text.as_ref()
    }
}

/// Builds a column of labels.
pub struct LabelBuilder {
    /// By row; [`NOTHING`] where there is no text.
    codes: Vec<i32>,
    names: StringBuilder,
    /// Where each name begins among the names' bytes, and where the last ends.
    bounds: Vec<usize>,
    /// The codes of all names.
    known: HashTable<u32>,
    /// The code that was asked for last: rows of one file tend to come in runs.
    last: u32,
}

impl Default for LabelBuilder {
    fn default() -> Self {
        Self { codes: Vec::new(), names: StringBuilder::new(), bounds: vec![0], known: HashTable::new(), last: 0 }
    }
}

impl LabelBuilder {
    /// Appends a text.
    pub fn append_value(&mut self, text: impl AsRef<str>) {
        let code = self.code(text.as_ref());
        self.codes.push(code);
    }

    /// Appends a text that comes again and again.
    #[inline]
    pub fn append_repeated(&mut self, repeated: &Repeated<impl AsRef<str>>) {
        let mut code = repeated.code.get();
        if code == NOTHING {
            code = self.code(repeated.text());
            repeated.code.set(code);
        }
        self.codes.push(code);
    }

    /// Appends what a [`Self::code`] stands for, or nothing.
    pub fn append_code(&mut self, code: Option<i32>) {
        self.codes.push(code.unwrap_or(NOTHING));
    }

    /// Appends a text until there are that many rows.
    pub fn fill(&mut self, text: &str, rows: usize) {
        if self.codes.len() < rows {
            let code = self.code(text);
            self.codes.resize(rows, code);
        }
    }

    /// The number that stands for a text in this column, until it is finished: whoever appends it often keeps it.
    pub fn code(&mut self, text: &str) -> i32 {
        if self.name(self.last) != Some(text.as_bytes()) {
            self.last = self.find(text.as_bytes()).unwrap_or_else(|| self.add(text));
        }
        self.last.cast_signed()
    }

    /// How many names there are: a batch has fewer rows than an i32 counts, and so fewer names.
    fn count(&self) -> u32 {
        u32::try_from(self.bounds.len() - 1).unwrap_or(u32::MAX)
    }

    fn name(&self, code: u32) -> Option<&[u8]> {
        name(self.names.values_slice(), &self.bounds, code)
    }

    fn find(&self, name: &[u8]) -> Option<u32> {
        self.known.find(hash(name), |code| self.name(*code) == Some(name)).copied()
    }

    fn add(&mut self, text: &str) -> u32 {
        let code = self.count();
        self.names.append_value(text);
        self.bounds.push(self.bounds[code as usize] + text.len());
        let (names, bounds) = (self.names.values_slice(), &self.bounds);
        let hash_of = |code: &u32| hash(name(names, bounds, *code).unwrap_or_default());
        self.known.insert_unique(hash(text.as_bytes()), code, hash_of);
        code
    }

    /// Appends a text or nothing.
    pub fn append_option(&mut self, text: Option<impl AsRef<str>>) {
        match text {
            Some(text) => self.append_value(text),
            None => self.codes.push(NOTHING),
        }
    }

    /// The column; the builder is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        self.bounds.truncate(1);
        self.known.clear();
        self.last = 0;
        let (mut codes, names) = (std::mem::take(&mut self.codes), Arc::new(self.names.finish()));
        let is_there: Option<NullBuffer> =
            codes.contains(&NOTHING).then(|| codes.iter().map(|code| *code != NOTHING).collect::<Vec<bool>>().into());
        if is_there.is_some() {
            for code in &mut codes {
                *code = (*code).max(0);
            }
        }
        column_of(Int32Array::new(codes.into(), is_there), names)
    }
}

/// A name among all names' bytes.
fn name<'n>(names: &'n [u8], bounds: &[usize], code: u32) -> Option<&'n [u8]> {
    let at = code as usize;
    names.get(*bounds.get(at)?..*bounds.get(at + 1)?)
}

fn hash(name: &[u8]) -> u64 {
    FixedState::default().hash_one(name)
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

    /// The number that stands for a row's text, below [`Self::names`]'s length; any for a null.
    #[inline]
    #[must_use]
    pub fn code(&self, row: usize) -> usize {
        usize::try_from(self.codes.value(row)).unwrap_or(0)
    }

    /// The number that stands for a row's text, or nothing.
    #[inline]
    #[must_use]
    pub fn code_of(&self, row: usize) -> Option<usize> {
        self.codes.is_valid(row).then(|| self.code(row))
    }

    /// Whether all rows have one text by one number: a column of a county or a year often does.
    #[must_use]
    pub fn are_one(&self) -> bool {
        self.codes.null_count() == 0 && are_same(self.codes.values())
    }

    /// The distinct texts; some may stand at no row.
    #[must_use]
    pub const fn names(&self) -> &'a StringArray {
        self.names
    }

    /// A row's text; the row must not be null.
    #[inline]
    #[must_use]
    pub fn value(&self, row: usize) -> &'a str {
        self.names.value(self.code(row))
    }

    /// A row's text, or nothing.
    #[inline]
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        self.codes.is_valid(row).then(|| self.value(row))
    }

    /// Where `text` stands, found out once for all rows.
    #[must_use]
    pub fn standing(self, text: &str) -> Standing<'a> {
        Standing { labels: self, is_it: self.names.iter().map(|name| name == Some(text)).collect() }
    }

    /// For each code, its text's place among all texts in order: codes compare as their texts do by it.
    #[must_use]
    pub fn ranks(&self) -> Vec<u32> {
        ranks(self.names)
    }
}

/// Whether there are numbers, and all are the same.
#[must_use]
pub fn are_same(numbers: &[i32]) -> bool {
    matches!(numbers, [_, others @ ..] if *others == numbers[..others.len()])
}

/// Where a text stands in a column of labels.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    labels: Labels<'a>,
    /// By code: one text may have several.
    is_it: Vec<bool>,
}

impl Standing<'_> {
    /// Whether the text stands at a row, which must not be null.
    #[must_use]
    pub fn at(&self, row: usize) -> bool {
        self.is_it[self.labels.code(row)]
    }
}

/// A column of labels by the place of each row's text among `names`.
#[must_use]
pub fn labelled<'a>(
    names: impl IntoIterator<Item = &'a str>,
    places: impl IntoIterator<Item = Option<usize>>,
) -> ArrayRef {
    let names: StringArray = names.into_iter().map(Some).collect();
    let code = |place: Option<usize>| i32::try_from(place?).ok();
    column_of(places.into_iter().map(code).collect(), Arc::new(names))
}

/// A column of labels of these texts.
#[must_use]
pub fn label_texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    let mut labels = LabelBuilder::default();
    texts.for_each(|text| labels.append_option(text));
    labels.finish()
}

/// Labels of codes that were each given out for a name.
fn column_of(codes: Int32Array, names: Arc<StringArray>) -> ArrayRef {
    let column = DictionaryArray::<Int32Type>::try_new(codes, names.clone());
    Arc::new(column.unwrap_or_else(|_| DictionaryArray::new(Int32Array::new_null(0), names)))
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_repeated_text_is_appended_by_its_code() {
        let (mut builder, repeated) = (LabelBuilder::default(), Repeated::new("b"));
        builder.append_value("a");
        for _ in 0..2 {
            builder.append_repeated(&repeated);
        }
        builder.append_value("b");
        let column = builder.finish();
        let labels = Labels::of(&column).unwrap();
        assert_eq!((0..4).map(|row| labels.value(row)).collect::<Vec<_>>(), ["a", "b", "b", "b"]);
        assert_eq!(labels.names().len(), 2);
    }

    #[test]
    fn many_names_keep_their_codes() {
        let mut builder = LabelBuilder::default();
        let name = |row: usize| (row * row % 997).to_string();
        (0..3000).for_each(|row| builder.append_value(name(row)));
        let column = builder.finish();
        let labels = Labels::of(&column).unwrap();
        assert!((0..3000).all(|row| labels.value(row) == name(row)));
        let distinct: std::collections::BTreeSet<_> = (0..3000).map(name).collect();
        assert_eq!(labels.names().len(), distinct.len());
    }
}
