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

/// The answer for the text before, as rows of one enterprise follow each other.
pub(super) struct Last<V> {
    text: String,
    value: Option<V>,
}

impl<V> Default for Last<V> {
    fn default() -> Self {
        Self { text: String::new(), value: None }
    }
}

impl<V> Last<V> {
    /// What `read` gives for `text`; it must always give the same for it.
    pub fn of(&mut self, text: &str, read: impl FnOnce() -> V) -> &V {
        if self.text != text {
            self.text.clear();
            self.text.push_str(text);
            self.value = None;
        }
        self.value.get_or_insert_with(read)
    }
}
