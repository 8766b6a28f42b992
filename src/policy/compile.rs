//! From the rules of a file to typed rules: every mistake is told with its line, before any data is read.

use toml::Spanned;

use super::compile_condition::{condition, refuse_frozen};
use super::file::RuleFile;
use super::measure::PARCEL;
use super::rule::{Rule, RuleKind};
use crate::document::{Document, DocumentError, Faults, complete, nearest};

/// The typed form of `file`, stated by the set `stated_by`.
///
/// # Errors
/// On an unknown kind, column, operator or unit, a value that does not fit its column, and what is not supported.
pub fn rule(document: &Document, stated_by: &str, file: &RuleFile) -> Result<Rule, Faults> {
    let mut faults = Faults::default();
    faults.keep(refuse_frozen(document, file.frozen.as_ref()));
    let rule = faults.keep(complete!(Rule {
        id: name(document, "rule id", &file.id),
        stated_by: Ok::<_, Faults>(stated_by.to_owned()),
        clause: filled(document, "clause", &file.clause),
        basis: file.basis.as_ref().map(|basis| filled(document, "basis", basis)).transpose(),
        kind: kind(document, &file.kind),
        severity: severity(document, &file.severity),
        measure: file.measure.as_ref().map(|measure| filled(document, "measure", measure)).transpose(),
        condition: condition(document, &PARCEL, &file.when),
    }));
    faults.or(rule)
}

fn kind(document: &Document, kind: &Spanned<String>) -> Result<RuleKind, DocumentError> {
    RuleKind::find(kind.get_ref()).ok_or_else(|| {
        let known: Vec<_> = RuleKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let message = format!("unknown kind `{}`; kinds are {}", kind.get_ref(), known.join(" "));
        document.error(kind.span(), message).did_you_mean(nearest(kind.get_ref(), known))
    })
}

fn severity(document: &Document, severity: &Spanned<i64>) -> Result<u8, DocumentError> {
    let number = u8::try_from(*severity.get_ref()).ok().filter(|number| (1..=9).contains(number));
    number.ok_or_else(|| document.error(severity.span(), "`severity` is 1 to 9"))
}

/// An id, said to be `what`, that results can be joined by.
pub(super) fn name(document: &Document, what: &str, id: &Spanned<String>) -> Result<String, DocumentError> {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match id.get_ref() {
        name if !name.is_empty() && name.bytes().all(is_allowed) => Ok(name.clone()),
        name => Err(document.error(id.span(), format!("{what} `{name}` is not of a-z, 0-9 and _"))),
    }
}

pub(super) fn filled(document: &Document, key: &str, text: &Spanned<String>) -> Result<String, DocumentError> {
    match text.get_ref().trim() {
        "" => Err(document.error(text.span(), format!("`{key}` is empty"))),
        trimmed => Ok(trimmed.to_owned()),
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
