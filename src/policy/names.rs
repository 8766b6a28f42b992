//! Names and texts of a file, before they mean anything.

use std::collections::BTreeSet;

use toml::Spanned;

use crate::document::{Document, DocumentError, Faults, nearest};

/// An id, said to be `what`, that results can be joined by.
pub fn name(document: &Document, what: &str, id: &Spanned<String>) -> Result<String, DocumentError> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match id.get_ref() {
        name if !name.is_empty() && name.bytes().all(is_allowed) => Ok(name.clone()),
        name => Err(document.error(id.span(), format!("{what} `{name}` is not of a-z, 0-9 and _"))),
    }
}

/// A text that is not empty.
pub fn filled(document: &Document, key: &str, text: &Spanned<String>) -> Result<String, DocumentError> {
    match text.get_ref().trim() {
        "" => Err(document.error(text.span(), format!("`{key}` is empty"))),
        trimmed => Ok(trimmed.to_owned()),
    }
}

/// Likewise, where there is one.
pub fn filled_if_given(
    document: &Document,
    key: &str,
    text: Option<&Spanned<String>>,
) -> Result<Option<String>, DocumentError> {
    text.map(|text| filled(document, key, text)).transpose()
}

/// No id stands twice.
pub fn unique<'a>(
    document: &Document,
    what: &str,
    ids: impl Iterator<Item = &'a Spanned<String>>,
) -> Result<(), Faults> {
    let (mut faults, mut seen) = (Faults::default(), BTreeSet::new());
    for id in ids {
        if !seen.insert(id.get_ref()) {
            faults.add(document.error(id.span(), format!("two {what} with the id `{}`", id.get_ref())));
        }
    }
    faults.or(())
}

/// One of a closed list, by default the first.
pub fn choice<T: Copy>(
    document: &Document,
    key: &str,
    text: Option<&Spanned<String>>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, DocumentError> {
    let Some(text) = text else { return Ok(all[0]) };
    let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
    let at = names.iter().position(|name| *name == text.get_ref().as_str());
    at.map(|at| all[at]).ok_or_else(|| {
        let message = format!("`{key}` is one of {}, not `{}`", names.join(" "), text.get_ref());
        document.error(text.span(), message).did_you_mean(nearest(text.get_ref(), names.iter().copied()))
    })
}
