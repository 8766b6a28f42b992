//! Texts of a column, whether they come as they are or as labels.

use arrow::array::{Array, ArrayRef, AsArray, StringArray};

use super::encoding::{self, Endings};
use crate::domain::Map;
use crate::table::Labels;

/// The texts of an array.
pub(super) enum Texts<'a> {
    Plain(&'a StringArray),
    Labels(Labels<'a>, &'a dyn Array),
}

impl<'a> Texts<'a> {
    pub fn of(array: &'a ArrayRef) -> Option<Self> {
        match array.as_string_opt::<i32>() {
            Some(texts) => Some(Self::Plain(texts)),
            None => Labels::of(array).map(|labels| Self::Labels(labels, array)),
        }
    }

    /// How many rows.
    fn len(&self) -> usize {
        match self {
            Self::Plain(texts) => texts.len(),
            Self::Labels(labels, _) => labels.len(),
        }
    }

    /// Does something with each text that is there.
    fn each(&self, mut act: impl FnMut(&'a str)) {
        match self {
            Self::Plain(texts) => each_row(*texts, |row| act(texts.value(row))),
            Self::Labels(labels, array) => each_row(*array, |row| act(labels.value(row))),
        }
    }
}

/// Does something with each row that has a value.
fn each_row(array: &dyn Array, mut act: impl FnMut(usize)) {
    for (from, to) in spans(array) {
        (from..to).for_each(&mut act);
    }
}

/// The rows of an array that have a value, from and to.
pub(super) fn spans(array: &dyn Array) -> Vec<(usize, usize)> {
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        Some(nulls) => nulls.valid_slices().collect(),
        None => vec![(0, array.len())],
    }
}

/// The least and the greatest text of a column that readers search.
pub(super) struct Range<'a> {
    is_searched: bool,
    pub ends: Option<(&'a str, &'a str)>,
}

impl<'a> Range<'a> {
    /// Of all texts of an array; of labels, of all their names.
    pub fn of(texts: &Texts<'a>) -> Self {
        let mut range = Self::new(true);
        let texts = match texts {
            Texts::Plain(texts) => *texts,
            Texts::Labels(labels, _) => labels.names(),
        };
        texts.iter().flatten().for_each(|text| range.take_in(text));
        range
    }

    const fn new(is_searched: bool) -> Self {
        Self { is_searched, ends: None }
    }

    fn take_in(&mut self, text: &'a str) {
        if !self.is_searched {
            return;
        }
        let (least, most) = self.ends.get_or_insert((text, text));
        // Rows of one label have the same bytes.
        if std::ptr::eq(text, *most) {
            return;
        }
        if text > *most {
            *most = text;
        } else if text < *least {
            *least = text;
        }
    }
}

/// Appends texts as what is new in each, and tells their range.
pub(super) fn endings<'a>(texts: &[Texts<'a>], is_searched: bool, out: &mut Vec<u8>) -> Range<'a> {
    let rows = texts.iter().map(Texts::len).sum();
    let (mut endings, mut range) = (Endings::with_capacity(rows), Range::new(is_searched));
    for texts in texts {
        texts.each(|text| {
            range.take_in(text);
            endings.add(text.as_bytes());
        });
    }
    endings.finish(out);
    range
}

/// Appends texts that repeat as codes of names, numbered as they come; tells the names, how many, and their range.
pub(super) fn names<'a>(texts: &[Texts<'a>], is_searched: bool, out: &mut Vec<u8>) -> ((Vec<u8>, usize), Range<'a>) {
    let mut known: Map<&str, u32> = Map::default();
    let rows = texts.iter().map(Texts::len).sum();
    let (mut codes, mut names, mut range) = (Vec::with_capacity(rows), Vec::new(), Range::new(is_searched));
    for texts in texts {
        let mut code = |text| {
            // A row group has fewer rows than that.
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(text).or_insert_with(|| {
                encoding::plain(str::as_bytes(text), &mut names);
                range.take_in(text);
                next
            })
        };
        match texts {
            Texts::Labels(labels, array) if labels.are_one() => {
                codes.resize(codes.len() + array.len(), code(labels.value(0)));
            }
            Texts::Labels(labels, array) => {
                let mut of_label = vec![None; labels.names().len()];
                each_row(*array, |row| {
                    let label = labels.code(row);
                    codes.push(*of_label[label].get_or_insert_with(|| code(labels.value(row))));
                });
            }
            Texts::Plain(_) => {
                let mut before = None;
                texts.each(|text| {
                    // Rows that follow each other mostly say the same.
                    let code = match before {
                        Some((before, code)) if before == text => code,
                        _ => code(text),
                    };
                    before = Some((text, code));
                    codes.push(code);
                });
            }
        }
    }
    encoding::codes(&codes, known.len(), out);
    ((names, known.len()), range)
}
