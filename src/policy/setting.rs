//! Where each number of a set comes from: its key, what stands there, file and line.

use std::path::PathBuf;

use serde_json::{Value, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::set::RuleSet;
use crate::document::Document;

/// One key of a set in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// As `land.max_area_difference`, `rule[tax_per_mu_low].severity`.
    pub key: String,
    /// The value, on one line, without comments.
    pub text: String,
    /// The value for programs; a decimal is its digits, as text.
    pub value: Value,
    /// The file that gives it.
    pub path: PathBuf,
    /// The 1-based line of the value.
    pub line: usize,
}

/// Keys that a set does not have from the one it extends, and those that are the file's and not the set's.
const OWN: &[&str] = &["id", "counties"];
const FILE: &[&str] = &["format", "extends"];
/// Tables that are told as one: a condition.
const WHOLE: &str = "when";

/// The settings of `set`, read from `document` over those of the set it extends.
#[must_use]
pub fn settings(document: &Document, set: &RuleSet, parent: &[Setting]) -> Vec<Setting> {
    let mut own = Vec::new();
    // The file was read before: it parses.
    if let Ok(table) = DeTable::parse(document.text()) {
        walk(document, "", table.get_ref(), &mut own);
    }
    // An item's id stands in its key.
    own.retain(|setting| !FILE.contains(&setting.key.as_str()) && !setting.key.ends_with("].id"));
    own.sort_by_key(|setting| setting.line);
    let is_replaced = |setting: &Setting| match item(&setting.key) {
        // A rule or group is replaced whole, and some groups take the place of others.
        Some((list, id)) => {
            own.iter().any(|other| item(&other.key) == Some((list, id)))
                || (list == "evaluation" && set.evaluation(id).is_none())
        }
        None => OWN.contains(&setting.key.as_str()) || own.iter().any(|other| other.key == setting.key),
    };
    let mut all: Vec<_> = parent.iter().filter(|setting| !is_replaced(setting)).cloned().collect();
    all.append(&mut own);
    all.sort_by(|left, right| section(&left.key).cmp(section(&right.key)));
    all
}

/// The part of the file it stands in; "" for the keys at its top.
fn section(key: &str) -> &str {
    key.split_once(['.', '[']).map_or("", |(section, _)| section)
}

/// List and id of the rule or group, carrier or pollutant, that a key belongs to: what is inherited or replaced as one.
fn item(key: &str) -> Option<(&str, &str)> {
    for table in ["energy", "emission"] {
        if let Some(rest) = key.strip_prefix(table).and_then(|rest| rest.strip_prefix('.')) {
            return rest.split_once('.').map(|(name, _)| (table, name));
        }
    }
    let (list, rest) = key.split_once('[')?;
    Some((list, rest.split_once(']')?.0))
}

fn walk(document: &Document, prefix: &str, table: &DeTable<'_>, settings: &mut Vec<Setting>) {
    for (key, value) in table {
        let key = format!("{prefix}{}", key.get_ref());
        let tables = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(named).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        match (value.get_ref(), tables) {
            (DeValue::Table(inner), _) if !key.ends_with(WHOLE) => {
                walk(document, &format!("{key}."), inner, settings);
            }
            (_, Some(tables)) if !tables.is_empty() => {
                for (id, inner) in tables {
                    walk(document, &format!("{key}[{id}]."), inner, settings);
                }
            }
            _ => settings.push(Setting {
                text: text(value.get_ref()),
                value: value_json(value.get_ref()),
                path: document.path().to_owned(),
                line: document.line(value.span()),
                key,
            }),
        }
    }
}

/// A table with an id, as rules and groups are.
fn named<'a, 'b>(value: &'a Spanned<DeValue<'b>>) -> Option<(&'a str, &'a DeTable<'b>)> {
    let table = value.get_ref().as_table()?;
    Some((table.get("id")?.get_ref().as_str()?, table))
}

fn text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{text}\""),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(items) => {
            format!("[{}]", items.iter().map(|item| text(item.get_ref())).collect::<Vec<_>>().join(", "))
        }
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(key, value)| format!("{} = {}", key.get_ref(), text(value.get_ref())));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn value_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Integer(number) => number.as_str().parse::<i64>().map_or_else(|_| text(value).into(), Value::from),
        DeValue::Boolean(flag) => json!(flag),
        DeValue::String(text) => json!(text),
        DeValue::Float(_) | DeValue::Datetime(_) => json!(text(value)),
        DeValue::Array(items) => items.iter().map(|item| value_json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(key, value)| (key.get_ref().to_string(), value_json(value.get_ref()))).collect()
        }
    }
}

impl Setting {
    /// Key, value and place for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({ "key": self.key, "value": self.value, "file": self.path.display().to_string(), "line": self.line })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{BASE, EVALUATION, line_of, rule_text, set};
    use super::*;

    fn told(settings: &[Setting], key: &str) -> Option<(String, String, usize)> {
        let found = settings.iter().find(|setting| setting.key == key)?;
        Some((found.text.clone(), found.path.display().to_string(), found.line))
    }

    #[test]
    fn each_number_is_told_with_the_file_it_comes_from() {
        let rule = rule_text(r#"{ column = "enterprises", op = "=", value = 0 }"#);
        let text = format!("{BASE}{rule}{EVALUATION}");
        let parent = set(&text, None).unwrap();
        let of_parent = settings(&Document::new(Path::new("base.toml"), text.clone()), &parent, &[]);
        let own = format!(
            "format = 1\nid = \"child\"\n[blocks]\ngap_m = 5\n{}",
            rule.replace("severity = 2", "severity = 3").replace("clause", "basis = \"某号\"\nclause")
        );
        let child = set(&own, Some(&parent)).unwrap();
        let all = settings(&Document::new(Path::new("child.toml"), own.clone()), &child, &of_parent);
        let at = |key: &str, value: &str, file: &str, line: usize| {
            assert_eq!(told(&all, key), Some((value.to_owned(), file.to_owned(), line)), "{key}");
        };
        at("id", "\"child\"", "child.toml", 2);
        at("blocks.gap_m", "5", "child.toml", 4);
        at("blocks.snap_m", "\"0.002\"", "base.toml", line_of(&text, "snap_m"));
        at("rule[low].severity", "3", "child.toml", line_of(&own, "severity"));
        at("evaluation[firms].indicator[rd].benchmark.value", "\"0.03\"", "base.toml", line_of(&text, "\"0.03\""));
        at("energy.electricity.unit", "\"kwh\"", "base.toml", line_of(&text, "kwh"));
        let when = "{ column = \"enterprises\", op = \"=\", value = 0 }";
        at("rule[low].when", when, "child.toml", line_of(&own, "when"));
        assert_eq!(all.iter().filter(|setting| setting.key == "rule[low].severity").count(), 1);
        assert!(told(&all, "format").is_none());
    }

    #[test]
    fn a_group_that_is_replaced_is_not_told() {
        let parent_text = format!("{BASE}{EVALUATION}");
        let parent = set(&parent_text, None).unwrap();
        let of_parent = settings(&Document::new(Path::new("base.toml"), parent_text), &parent, &[]);
        let own =
            format!("format = 1\nid = \"child\"\n{EVALUATION}").replace("\"firms\"", "\"all\"\nreplaces = [\"firms\"]");
        let child = set(&own, Some(&parent)).unwrap();
        let all = settings(&Document::new(Path::new("child.toml"), own), &child, &of_parent);
        assert!(all.iter().all(|setting| !setting.key.starts_with("evaluation[firms]")));
    }
}
