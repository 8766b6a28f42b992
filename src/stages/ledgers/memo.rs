//! Answers for texts that keep coming back: ledgers repeat their periods, kinds and enterprises row after row.

use std::borrow::Cow;

use super::super::delivered::Fault;
use crate::table::Repeated;

/// The most texts that are kept; beyond them, texts are so many that they do not repeat.
const KEPT: usize = 16;

/// So many more, a power of two, that few texts share a place.
const PLACES: usize = 1 << 7;

/// What a pure reading gave for the texts seen so far.
pub(super) struct Memo<'b, V> {
    known: Vec<(&'b str, V)>,
    /// Where the text stands that was asked for last of those of a place.
    places: [u8; PLACES],
}

impl<V> Default for Memo<'_, V> {
    fn default() -> Self {
        Self { known: Vec::new(), places: [0; PLACES] }
    }
}

impl<'b, V> Memo<'b, V> {
    /// What `read` gives for `text`; it must always give the same for it.
    pub fn of(&mut self, text: &'b str, read: impl FnOnce() -> V) -> &V {
        let place = place(text);
        let mut at = usize::from(self.places[place]);
        if self.known.get(at).is_none_or(|(known, _)| *known != text) {
            let known = self.known.iter().position(|(known, _)| *known == text);
            at = known.unwrap_or_else(|| self.add(text, read()));
            self.places[place] = u8::try_from(at).unwrap_or(0);
        }
        &self.known[at].1
    }

    fn add(&mut self, text: &'b str, value: V) -> usize {
        if self.known.len() == KEPT {
            self.known.clear();
        }
        self.known.push((text, value));
        self.known.len() - 1
    }
}

/// The place of a text, by its last bytes: texts of one list mostly differ in them.
fn place(text: &str) -> usize {
    let end = text.as_bytes().last_chunk().map_or(0, |end| u32::from_le_bytes(*end));
    end.wrapping_mul(0x9E37_79B1) as usize >> (32 - PLACES.trailing_zeros())
}

/// An enterprise's identifier.
pub(super) type Id<'b> = Repeated<Cow<'b, str>>;

/// It as it was read.
type Enterprise<'b> = Result<Option<Id<'b>>, Fault>;

/// The enterprise of the row before, as rows of one follow each other.
#[derive(Default)]
pub(super) struct LastEnterprise<'b>(Option<(&'b str, Enterprise<'b>)>);

impl<'b> LastEnterprise<'b> {
    /// What `read` gives for `text`; it must always give the same for it.
    pub fn of(&mut self, text: &'b str, read: impl FnOnce() -> Enterprise<'b>) -> &Enterprise<'b> {
        if self.0.as_ref().is_some_and(|(known, _)| *known != text) {
            self.0 = None;
        }
        &self.0.get_or_insert_with(|| (text, read())).1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// More texts than are kept, and more than one with the same last bytes.
        #[test]
        fn answers_are_those_of_the_reading(asked in prop::collection::vec("[a-d]{0,2}(2024)?", 0..80)) {
            let mut memo = Memo::default();
            for text in &asked {
                prop_assert_eq!(memo.of(text, || text.len()), &text.len());
            }
        }
    }
}
