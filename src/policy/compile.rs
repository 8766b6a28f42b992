//! From the rules of a file to typed rules: every mistake is told with its line, before any data is read.

use toml::Spanned;

use super::compile_condition::condition;
use super::file::RuleFile;
use super::measure::PARCEL;
use super::rule::{Rule, RuleKind};
use crate::document::{Document, DocumentError, nearest};

/// The typed form of `file`, stated by the set `stated_by`.
///
/// # Errors
/// On an unknown kind, column, operator or unit, a value that does not fit its column, and what is not supported.
pub fn rule(document: &Document, stated_by: &str, file: &RuleFile) -> Result<Rule, DocumentError> {
    let id = file.id.get_ref();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Err(document.error(file.id.span(), format!("rule id `{id}` is not of a-z, 0-9 and _")));
    }
    refuse_frozen(document, file.frozen.as_ref())?;
    let kind = file.kind.get_ref();
    let kind = RuleKind::find(kind).ok_or_else(|| {
        let known: Vec<_> = RuleKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let message = format!("unknown kind `{kind}`; kinds are {}", known.join(" "));
        with_nearest(document.error(file.kind.span(), message), nearest(kind, known))
    })?;
    let severity = u8::try_from(*file.severity.get_ref()).ok().filter(|severity| (1..=9).contains(severity));
    let severity = severity.ok_or_else(|| document.error(file.severity.span(), "`severity` is 1 to 9"))?;
    Ok(Rule {
        id: id.clone(),
        stated_by: stated_by.to_owned(),
        clause: filled(document, "clause", &file.clause)?,
        basis: file.basis.as_ref().map(|basis| filled(document, "basis", basis)).transpose()?,
        kind,
        severity,
        measure: file.measure.as_ref().map(|measure| filled(document, "measure", measure)).transpose()?,
        condition: condition(document, &PARCEL, &file.when)?,
    })
}

pub(super) fn filled(document: &Document, key: &str, text: &Spanned<String>) -> Result<String, DocumentError> {
    match text.get_ref().trim() {
        "" => Err(document.error(text.span(), format!("`{key}` is empty"))),
        trimmed => Ok(trimmed.to_owned()),
    }
}

pub(super) fn refuse_frozen(document: &Document, frozen: Option<&Spanned<String>>) -> Result<(), DocumentError> {
    match frozen {
        Some(frozen) => Err(document.error(frozen.span(), "`frozen` is not supported yet")),
        None => Ok(()),
    }
}

pub(super) fn with_nearest(error: DocumentError, near: Option<&str>) -> DocumentError {
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BASE, rule_text, told};

    #[test]
    fn a_rule_of_unknown_kind_or_odd_form_is_refused() {
        let good = rule_text(r#"{ column = "enterprises", op = "=", value = 0 }"#);
        for (from, to, expected) in [
            (
                "low_efficiency",
                "low_eficiency",
                "unknown kind `low_eficiency`; kinds are low_efficiency high_consumption idle violation obligation notice\n  hint: did you mean `low_efficiency`?",
            ),
            ("severity = 2", "severity = 0", "`severity` is 1 to 9"),
            ("\"low\"", "\"Low-1\"", "rule id `Low-1` is not of a-z, 0-9 and _"),
            ("二(二)", " ", "`clause` is empty"),
            ("severity = 2", "severity = 2\nfrozen = \"x\"", "`frozen` is not supported yet"),
        ] {
            let text = format!("{BASE}{}", good.replace(from, to));
            let message = told(&text);
            assert!(message.contains(expected), "{message}");
        }
    }
}
