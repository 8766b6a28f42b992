//! Answers for texts that keep coming back: ledgers repeat their periods, kinds and enterprises row after row.

use std::borrow::Cow;

use super::super::delivered::Fault;
use crate::domain::DivisionCode;

/// The most texts that are kept; beyond them, texts are so many that they do not repeat.
const KEPT: usize = 16;

/// What a pure reading gave for the texts seen so far.
pub(super) struct Memo<'b, V> {
    known: Vec<(&'b str, V)>,
    last: usize,
}

impl<V> Default for Memo<'_, V> {
    fn default() -> Self {
        Self { known: Vec::new(), last: 0 }
    }
}

impl<'b, V> Memo<'b, V> {
    /// What `read` gives for `text`; it must always give the same for it.
    pub fn of(&mut self, text: &'b str, read: impl FnOnce() -> V) -> &V {
        if self.known.get(self.last).is_none_or(|(known, _)| *known != text) {
            // Rows of each enterprise mostly tell the same kinds in the same order.
            let mut next = (1..self.known.len()).map(|step| (self.last + step) % self.known.len());
            self.last = match next.find(|at| self.known[*at].0 == text) {
                Some(at) => at,
                None => self.add(text, read()),
            };
        }
        &self.known[self.last].1
    }

    fn add(&mut self, text: &'b str, value: V) -> usize {
        if self.known.len() == KEPT {
            self.known.clear();
        }
        self.known.push((text, value));
        self.known.len() - 1
    }
}

/// An enterprise's identifier as it was read.
type Enterprise<'b> = Result<Option<Cow<'b, str>>, Fault>;

/// The enterprise of the row before, as rows of one follow each other. External ids differ by county.
#[derive(Default)]
pub(super) struct LastEnterprise<'b>(Option<(DivisionCode, &'b str, Enterprise<'b>)>);

impl<'b> LastEnterprise<'b> {
    /// What `read` gives for `text` in `county`; it must always give the same for them.
    pub fn of(
        &mut self,
        county: DivisionCode,
        text: &'b str,
        read: impl FnOnce() -> Enterprise<'b>,
    ) -> &Enterprise<'b> {
        let known = self.0.take().filter(|(of, known, _)| *of == county && *known == text);
        &self.0.insert(known.unwrap_or_else(|| (county, text, read()))).2
    }
}
