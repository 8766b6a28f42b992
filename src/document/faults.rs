//! All that is wrong with documents: what is independent is checked to its end, and its mistakes are gathered.

use std::fmt;
use std::ops::Range;

use super::{Document, DocumentError};

/// Mistakes, in the order in which they were found. Without any it says that what is wanted depends on something whose
/// mistake is told elsewhere.
#[derive(Debug, Default)]
pub struct Faults(Vec<DocumentError>);

/// A struct of fields that are each a `Result`, or the faults of all of them.
macro_rules! complete {
    ($of:ident { $($field:ident: $value:expr),+ $(,)? }) => {{
        let mut faults = $crate::document::Faults::default();
        let fields = ($(faults.keep($value),)+);
        match fields {
            ($(Some($field),)+) => Ok($of { $($field),+ }),
            _ => Err(faults),
        }
    }};
}
pub(crate) use complete;

impl Faults {
    /// One more.
    pub fn add(&mut self, fault: DocumentError) {
        self.0.push(fault);
    }

    /// The value, or none: then its faults are kept.
    pub fn keep<T, E: Into<Self>>(&mut self, result: Result<T, E>) -> Option<T> {
        result.map_err(|faults| self.0.append(&mut faults.into().0)).ok()
    }

    /// The value, if it is there and nothing was wrong.
    ///
    /// # Errors
    /// What was wrong.
    pub fn or<T>(self, value: impl Into<Option<T>>) -> Result<T, Self> {
        match value.into() {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// All of a list, or the faults of all.
    ///
    /// # Errors
    /// When one of them failed.
    pub fn all<T, E: Into<Self>>(results: impl IntoIterator<Item = Result<T, E>>) -> Result<Vec<T>, Self> {
        let mut faults = Self::default();
        let results: Vec<_> = results.into_iter().map(|result| faults.keep(result)).collect();
        results.into_iter().collect::<Option<_>>().ok_or(faults)
    }

    /// As [`Self::all`], of an array.
    ///
    /// # Errors
    /// When one of them failed.
    pub fn every<T, E: Into<Self>, const N: usize>(results: [Result<T, E>; N]) -> Result<[T; N], Self> {
        Self::all(results)?.try_into().map_err(|_| Self::default())
    }

    /// Without those at these places of a document.
    #[must_use]
    pub fn except(mut self, document: &Document, spans: &[Range<usize>]) -> Self {
        let is_there = |fault: &DocumentError| fault.place.as_ref().is_some_and(|(_, span)| spans.contains(span));
        self.0.retain(|fault| fault.path != document.path || !is_there(fault));
        self
    }

    /// The faults by file and line, each once.
    pub fn sorted(&self) -> impl Iterator<Item = &DocumentError> {
        let key = |fault: &DocumentError| {
            let start = fault.place.as_ref().map(|(_, span)| span.start);
            (fault.path.clone(), start, fault.message.clone())
        };
        let mut faults: Vec<&DocumentError> = self.0.iter().collect();
        faults.sort_by_cached_key(|fault| key(fault));
        faults.dedup_by_key(|fault| key(fault));
        faults.into_iter()
    }
}

impl From<DocumentError> for Faults {
    fn from(fault: DocumentError) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sorted().enumerate().try_for_each(|(at, fault)| write!(f, "{}{fault}", if at > 0 { "\n" } else { "" }))
    }
}

impl std::error::Error for Faults {}
