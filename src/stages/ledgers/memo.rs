//! Answers for texts that keep coming back: ledgers repeat their periods, kinds and enterprises row after row.

/// The most texts that are kept; beyond them, texts are so many that they do not repeat.
const KEPT: usize = 16;

/// What a pure reading gave for the texts seen so far.
pub(super) struct Memo<V>(Vec<(Box<str>, V)>);

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Memo<V> {
    /// What `read` gives for `text`; it must always give the same for it.
    pub fn of(&mut self, text: &str, read: impl FnOnce() -> V) -> &V {
        let at = match self.0.iter().position(|(known, _)| **known == *text) {
            Some(at) => at,
            None => self.add(text, read()),
        };
        &self.0[at].1
    }

    fn add(&mut self, text: &str, value: V) -> usize {
        if self.0.len() == KEPT {
            self.0.clear();
        }
        self.0.push((text.into(), value));
        self.0.len() - 1
    }
}
