//! Strict TOML documents: every mistake is told with file, line, key and the nearest known name.

mod faults;
mod mend;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub use faults::Faults;
pub(crate) use faults::complete;
pub use mend::Mended;

/// A TOML file, kept with its text so that later findings can name a line.
#[derive(Debug, Clone)]
pub struct Document {
    path: PathBuf,
    text: String,
}

/// What is wrong with a document.
#[derive(Debug, thiserror::Error)]
pub struct DocumentError {
    path: PathBuf,
    /// The line, and where in the text.
    place: Option<(usize, Range<usize>)>,
    message: String,
    hint: Option<String>,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((line, _)) = self.place {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl DocumentError {
    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the name that was probably meant, if there is one.
    #[must_use]
    pub fn did_you_mean(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}

impl Document {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, DocumentError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self::new(path, text)),
            Err(error) => Err(DocumentError {
                path: path.to_owned(),
                place: None,
                message: format!("cannot be read: {error}"),
                hint: None,
            }),
        }
    }

    /// A document of that text, said to stand at `path`.
    #[must_use]
    pub fn new(path: &Path, text: String) -> Self {
        Self { path: path.to_owned(), text }
    }

    /// Where it stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole document as a `T`, which should deny unknown fields.
    ///
    /// # Errors
    /// With line, key and nearest known name.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, DocumentError> {
        toml::from_str(&self.text).map_err(|error| self.told(&error))
    }

    fn told(&self, error: &toml::de::Error) -> DocumentError {
        let message = error.message().to_owned();
        let date = self.misquoted_date(error.span(), &message);
        let near = nearest_of_message(&message);
        let told = self.error(error.span().unwrap_or(0..0), message).did_you_mean(near.as_deref());
        match date {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }

    /// Where text was wanted and a TOML date stands, or the other way round.
    fn misquoted_date(&self, span: Option<Range<usize>>, message: &str) -> Option<String> {
        let text = self.text.get(span?)?;
        let bare = text.trim_matches('"');
        let is_date =
            bare.len() >= 10 && bare.as_bytes().get(4) == Some(&b'-') && bare.starts_with(|c: char| c.is_ascii_digit());
        if is_date && message.contains("expected a string") {
            return Some(format!("quote the date: \"{bare}\""));
        }
        (is_date && message.contains("expected a TOML datetime"))
            .then(|| format!("write the date without quotes: {bare}"))
    }

    /// The 1-based line on which `span` begins.
    #[must_use]
    pub fn line(&self, span: Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
    }

    /// An error at the place where `span` (as of [`toml::Spanned`]) begins.
    #[must_use]
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> DocumentError {
        DocumentError {
            path: self.path.clone(),
            place: Some((self.line(span.clone()), span)),
            message: message.into(),
            hint: None,
        }
    }
}

/// From serde's "unknown field `x`, expected one of `a`, `b`": the nearest of the expected names.
fn nearest_of_message(message: &str) -> Option<String> {
    let (unknown, expected) = message.split_once(", expected")?;
    let name = unknown.split('`').nth(1)?;
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    nearest(name, known).map(ToOwned::to_owned)
}

/// The name of `known` most like `name`, if one is alike at all.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by serde only")]
    struct Sample {
        name: String,
        periods: Vec<String>,
    }

    fn told(text: &str) -> String {
        Document::new(Path::new("a.toml"), text.to_owned()).parse::<Sample>().unwrap_err().to_string()
    }

    #[test]
    fn tells_line_key_and_nearest_name() {
        let message = told("name = \"x\"\nperids = [\"2024\"]\n");
        assert!(message.starts_with("a.toml:2: unknown field `perids`"), "{message}");
        assert!(message.ends_with("hint: did you mean `periods`?"), "{message}");
    }

    #[test]
    fn what_is_mended_is_read_on_and_told_once() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            item: Vec<Item>,
            day: toml::value::Datetime,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Item {
            name: toml::Spanned<String>,
            count: i64,
            flag: bool,
        }
        let text = "day = 3\n[[item]]\nnam = \"x\"\ncount = \"two\"\nflg = true\nodd = 1\n[[item]]\ncount = 1\n";
        let Mended { value, faults, stand_ins } =
            Document::new(Path::new("a.toml"), text.to_owned()).parse_mending::<Whole>();
        let told: Vec<_> = faults.sorted().map(|fault| fault.to_string().lines().next().unwrap().to_owned()).collect();
        let expected = [
            "a.toml:1: invalid type: integer `3`",
            "a.toml:3: unknown field `nam`",
            "a.toml:4: invalid type: string \"two\"",
            "a.toml:5: unknown field `flg`",
            "a.toml:6: unknown field `odd`",
            "a.toml:7: missing field `flag`",
            "a.toml:7: missing field `name`",
        ];
        assert_eq!(told.len(), expected.len(), "{told:?}");
        assert!(told.iter().zip(expected).all(|(told, expected)| told.starts_with(expected)), "{told:?}");
        let whole = value.unwrap();
        assert_eq!((whole.item[0].name.get_ref().as_str(), whole.item[0].flag, whole.item[1].count), ("x", true, 1));
        assert!(whole.day.date.is_some() && stand_ins.contains(&whole.item[1].name.span()), "{stand_ins:?}");
        assert!(!stand_ins.contains(&whole.item[0].name.span()));
        let torn = Document::new(Path::new("a.toml"), "a = [1\nb = 2".to_owned()).parse_mending::<Whole>();
        assert!(torn.value.is_none() && torn.faults.sorted().count() == 1);
    }

    #[test]
    fn tells_wrong_types_and_missing_keys() {
        assert!(told("name = 3\nperiods = []").starts_with("a.toml:1: invalid type"));
        assert!(told("name = \"x\"").contains("missing field `periods`"));
        assert!(told("name = 2025-01-15\nperiods = []").contains("quote the date: \"2025-01-15\""));
        let day = Document::new(Path::new("a.toml"), "day = \"2025-01-15\"".to_owned());
        let message = day.parse::<BTreeMap<String, toml::value::Datetime>>().unwrap_err().to_string();
        assert!(message.ends_with("hint: write the date without quotes: 2025-01-15"), "{message}");
    }
}
