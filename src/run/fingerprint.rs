//! Fingerprints: what a task's outputs depend on, as canonical JSON, and why one differs from another.

use serde_json::{Value, json};

use crate::fault::{self, Fault};
use crate::store::cache::{Artifact, FORMAT};

/// What a task's outputs depend on.
#[must_use]
pub fn made_of(step: &str, version: u32, settings: &Value, inputs: &[Artifact]) -> Value {
    let settings = if fault::is_on(Fault::SettingsForgotten) { &Value::Null } else { settings };
    let mut inputs: Vec<_> = inputs.iter().map(|input| json!([input.table, input.part, input.hash])).collect();
    inputs.sort_by_key(Value::to_string);
    json!({ "step": step, "code": version, "format": FORMAT, "settings": settings, "inputs": inputs })
}

/// First 32 hex digits of BLAKE3 of the canonical JSON; objects are kept in order of their keys.
#[must_use]
pub fn fingerprint(made_of: &Value) -> String {
    blake3::hash(made_of.to_string().as_bytes()).to_hex()[..32].to_owned()
}

/// Why a task with `now` must run although it was built from `before`.
#[must_use]
pub fn reason(before: Option<&Value>, now: &Value) -> String {
    let Some(before) = before else { return "never built".to_owned() };
    let mut reasons = Vec::new();
    if before["code"] != now["code"] {
        reasons.push("code changed".to_owned());
    }
    if before["format"] != now["format"] {
        reasons.push("format of stage results changed".to_owned());
    }
    let changed = |section: &str| -> Vec<String> {
        let (Some(old), Some(new)) = (before["settings"][section].as_object(), now["settings"][section].as_object())
        else {
            return Vec::new();
        };
        let mut keys: Vec<&String> =
            new.keys().chain(old.keys()).filter(|key| old.get(*key) != new.get(*key)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().cloned().collect()
    };
    for (section, name) in [("configuration", "configuration"), ("policy", "policy"), ("files", "file")] {
        let keys = changed(section);
        if !keys.is_empty() {
            reasons.push(format!("{name} changed ({})", keys.join(", ")));
        }
    }
    if before["inputs"] != now["inputs"] {
        let tables = |value: &Value| -> Vec<(String, String)> {
            let entries = value.as_array().into_iter().flatten();
            entries.map(|entry| (entry[0].as_str().unwrap_or_default().to_owned(), entry.to_string())).collect()
        };
        let (old, new) = (tables(&before["inputs"]), tables(&now["inputs"]));
        let differing =
            new.iter().filter(|entry| !old.contains(entry)).chain(old.iter().filter(|entry| !new.contains(entry)));
        let mut names: Vec<&str> = differing.map(|(table, _)| table.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        reasons.push(format!("input changed ({})", names.join(", ")));
    }
    if reasons.is_empty() { "earlier result gone".to_owned() } else { reasons.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_what_changed() {
        let settings = |policy: &str| json!({ "configuration": { "max_rows": 10 }, "policy": { "land": policy } });
        let before = made_of("yields", 1, &settings("a"), &[]);
        assert_eq!(reason(None, &before), "never built");
        assert_eq!(reason(Some(&before), &made_of("yields", 1, &settings("b"), &[])), "policy changed (land)");
        assert_eq!(reason(Some(&before), &made_of("yields", 2, &settings("a"), &[])), "code changed");
        assert_eq!(reason(Some(&before), &before), "earlier result gone");
        let mut old = before.clone();
        old["format"] = json!(1);
        assert_eq!(reason(Some(&old), &before), "format of stage results changed");
    }
}
