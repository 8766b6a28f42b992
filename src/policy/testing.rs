//! Small sets for the tests of this layer.

use std::path::Path;

use super::build::build;
use super::file::read;
use super::rule::Rule;
use super::set::{Parent, RuleSet};
use crate::document::{Document, Faults, Mended};

/// A complete set without rules; its last section is `[blocks]`.
pub const BASE: &str = r#"
format = 1
id = "base"
illustrative = true
valid_from = 2023-03-15
valid_to = 2028-03-14
land_basis = "registered"
[land]
industrial_codes = ["0601", "1001"]
max_area_difference = "0.05"
[tax]
counted_kinds = ["vat", "income"]
[energy.electricity]
unit = "kwh"
calorific = "0.1229"
equivalent = "0.30"
[occupancy]
max_sum = "1.02"
min_share = 0.5
[blocks]
gap_m = 20
snap_m = "0.002"
"#;

/// A group to be added to [`BASE`]: `firms`, scored by tax per mu (60) and R&D share (40), with what else a group can have.
pub const EVALUATION: &str = r#"
[[evaluation]]
id = "firms"
label = "规上工业企业"
when = { column = "is_above_scale", op = "=", value = true }
cap = 2
floor = 0
[[evaluation.exclude]]
id = "new"
label = "投产不满两年"
when = { column = "years_in_production", op = "<", value = 2 }
graded = "apart"
missing = "not_met"
[[evaluation.indicator]]
id = "tax_per_mu"
column = "tax_wan_per_mu"
weight = 60
benchmark = { value = "24", unit = "wan_yuan/mu" }
[[evaluation.indicator]]
id = "rd"
column = "rd_share"
weight = 40
benchmark = { value = "0.03" }
cap = 1
[[evaluation.coefficient]]
id = "key"
factor = "1.1"
when = { column = "is_key", op = "=", value = true }
missing = "not_met"
[[evaluation.adjust]]
id = "tenants"
points = -5
per = { column = "tenants", above = 1 }
least = -20
missing = "not_met"
[[evaluation.veto]]
id = "safety"
label = "安全生产一票否决"
best = "D"
when = { column = "safety_violations", op = ">", value = 0 }
missing = "not_met"
[evaluation.grades]
shares = { A = "0.2", B = "0.6", C = "0.15", D = 0.05 }
"#;

/// The set of that text, over `parent`.
pub fn set(text: &str, parent: Option<&RuleSet>) -> Result<RuleSet, Faults> {
    let document = Document::new(Path::new("p.toml"), text.to_owned());
    let Mended { value, mut faults, stand_ins } = read(&document)?;
    let parent = parent.map_or(Parent::None, Parent::Set);
    let set = value.map(|file| build(&document, &file, parent).map_err(|faults| faults.except(&document, &stand_ins)));
    let set = set.and_then(|set| faults.keep(set));
    faults.or(set)
}

/// A rule of the base set, to be parsed: `low`, `low_efficiency`, without basis.
pub fn rule_text(when: &str) -> String {
    format!("[[rule]]\nid = \"low\"\nclause = \"二(二)\"\nkind = \"low_efficiency\"\nseverity = 2\nwhen = {when}\n")
}

/// The rule `low` with that condition.
pub fn rule(when: &str) -> Rule {
    set(&format!("{BASE}{}", rule_text(when)), None).unwrap().rules.remove(0)
}

/// What is told of a set of that text, which is refused.
pub fn told(text: &str) -> String {
    set(text, None).unwrap_err().to_string()
}

/// The 1-based line of `text` on which `part` first stands.
pub fn line_of(text: &str, part: &str) -> usize {
    text[..text.find(part).unwrap()].matches('\n').count() + 1
}
