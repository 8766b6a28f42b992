//! From the rules of a file to typed rules: every mistake is told with its line, before any data is read.

use toml::Spanned;

use super::compile_condition::condition;
use super::file::RuleFile;
use super::measure::PARCEL;
use super::names::{choice, filled, filled_if_given, name};
use super::rule::{MEASURES, Rule, RuleKind};
use crate::document::{Document, DocumentError, Faults, complete, nearest};

/// The typed form of `file`, stated by the set `stated_by`.
///
/// # Errors
/// On an unknown kind, column, operator or unit, a value that does not fit its column, and what is not supported.
pub fn rule(document: &Document, stated_by: &str, file: &RuleFile) -> Result<Rule, Faults> {
    let mut faults = Faults::default();
    let rule = faults.keep(complete!(Rule {
        id: name(document, "rule id", &file.id),
        stated_by: Ok::<_, Faults>(stated_by.to_owned()),
        clause: filled(document, "clause", &file.clause),
        basis: filled_if_given(document, "basis", file.basis.as_ref()),
        kind: kind(document, &file.kind),
        severity: severity(document, &file.severity),
        measure: measure(document, file.measure.as_ref()),
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

fn measure(document: &Document, measure: Option<&Spanned<String>>) -> Result<Option<String>, DocumentError> {
    let Some(measure) = measure else { return Ok(None) };
    choice(document, "measure", Some(measure), MEASURES, |one| one).map(|one| Some(one.to_owned()))
}

fn severity(document: &Document, severity: &Spanned<i64>) -> Result<u8, DocumentError> {
    let number = u8::try_from(*severity.get_ref()).ok().filter(|number| (1..=9).contains(number));
    number.ok_or_else(|| document.error(severity.span(), "`severity` is 1 to 9"))
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
            (
                "severity = 2",
                "severity = 2\nmeasure = \"改造升级\"",
                "`measure` is one of 改造提升 兼并重组 回收盘活 集聚入园 关停退出 自主改造 国资改造 政企合作 企企合作 连片开发 统租统招 国资平台收购 统一收储, not `改造升级`\n  hint: did you mean `改造提升`?",
            ),
        ] {
            let text = format!("{BASE}{}", good.replace(from, to));
            let message = told(&text);
            assert!(message.contains(expected), "{message}");
        }
    }
}
