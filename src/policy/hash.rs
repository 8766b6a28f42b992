//! Hashes of a set's sections, for the fingerprints of the stages that read them.
//!
//! They are taken of canonical JSON of the effective set, parents merged in: comments, layout, order of keys
//! and the file a value comes from do not reach them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::condition::{Condition, Right, Test};
use super::evaluation::evaluation_json as evaluation;
use super::rule::Rule;
use super::set::RuleSet;
use super::value::{Benchmark, Frozen};

/// A part of a set that a stage can declare to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// id, extends, counties, periods, validity, illustrative.
    Header,
    /// Land basis and `[land]`.
    Land,
    /// `[tax]`
    Tax,
    /// `[energy.*]`
    Energy,
    /// `[emission.*]`
    Emission,
    /// `[occupancy]`
    Occupancy,
    /// `[blocks]`
    Blocks,
    /// `[zones.*]`
    Zones,
    /// `[[rule]]`
    Rules,
    /// `[[evaluation]]` of enterprises.
    Evaluation,
    /// Kinds of links that are evaluated together.
    Together,
    /// `[[evaluation]]` of platforms.
    Platforms,
}

impl Section {
    /// Every section.
    pub const ALL: &[Self] = &[
        Self::Header,
        Self::Land,
        Self::Tax,
        Self::Energy,
        Self::Emission,
        Self::Occupancy,
        Self::Blocks,
        Self::Zones,
        Self::Rules,
        Self::Evaluation,
        Self::Together,
        Self::Platforms,
    ];

    /// Its name in a fingerprint.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Land => "land",
            Self::Tax => "tax",
            Self::Energy => "energy",
            Self::Emission => "emission",
            Self::Occupancy => "occupancy",
            Self::Blocks => "blocks",
            Self::Zones => "zones",
            Self::Rules => "rules",
            Self::Evaluation => "evaluation",
            Self::Together => "together",
            Self::Platforms => "platforms",
        }
    }
}

impl RuleSet {
    /// BLAKE3 of the section, 64 hex digits.
    #[must_use]
    pub fn section_hash(&self, section: Section) -> String {
        blake3::hash(self.section_json(section).to_string().as_bytes()).to_hex().to_string()
    }

    /// The section as JSON: numbers as decimal text, every key present, keys in alphabetical order.
    #[must_use]
    pub fn section_json(&self, section: Section) -> Value {
        match section {
            Section::Header => json!({
                "counties": self.counties.as_ref().map(texts),
                "extends": self.extends,
                "id": self.id,
                "illustrative": self.illustrative,
                "periods": self.periods.as_ref().map(texts),
                "valid_from": self.valid_from.to_string(),
                "valid_to": self.valid_to.map(|date| date.to_string()),
            }),
            Section::Land => json!({
                "industrial_codes": self.industrial_codes,
                "land_basis": self.land_basis.as_str(),
                "max_area_difference": self.max_area_difference.to_string(),
            }),
            Section::Tax => json!({ "counted_kinds": self.counted_kinds }),
            Section::Energy => self
                .energy
                .iter()
                .map(|(name, carrier)| {
                    json!({
                        "calorific": carrier.calorific_kgce.to_string(),
                        "carrier": name,
                        "equivalent": carrier.equivalent_kgce.to_string(),
                        "unit": carrier.unit.to_string(),
                    })
                })
                .collect(),
            Section::Emission => self
                .emission
                .iter()
                .map(|(name, weight)| json!({ "pollutant": name, "weight": weight.to_string() }))
                .collect(),
            Section::Occupancy => json!({
                "max_sum": self.occupancy.max_sum.to_string(),
                "min_share": self.occupancy.min_share.to_string(),
            }),
            Section::Blocks => json!({
                "gap_m": self.blocks.gap.to_string(),
                "snap_m": self.blocks.snap.to_string(),
            }),
            Section::Zones => self
                .zones
                .iter()
                .map(|(kind, how)| {
                    json!({
                        "classes": how.classes,
                        "kind": kind,
                        "min_parcel_share": how.min_parcel_share.map(|share| share.to_string()),
                        "min_zone_share": how.min_zone_share.map(|share| share.to_string()),
                    })
                })
                .collect(),
            Section::Rules => self.rules.iter().map(rule).collect(),
            Section::Together => json!(self.together),
            Section::Evaluation => self.evaluations.iter().map(evaluation).collect(),
            Section::Platforms => self.platforms.iter().map(evaluation).collect(),
        }
    }
}

fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

fn rule(rule: &Rule) -> Value {
    json!({
        "basis": rule.basis,
        "clause": rule.clause,
        "id": rule.id,
        "kind": rule.kind.as_str(),
        "measure": rule.measure,
        "severity": rule.severity,
        "when": condition(&rule.condition),
    })
}

pub(super) fn condition(of: &Condition) -> Value {
    match of {
        Condition::All(parts) => json!({ "all": parts.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Any(parts) => json!({ "any": parts.iter().map(condition).collect::<Vec<_>>() }),
        Condition::Not(part) => json!({ "not": condition(part) }),
        Condition::Test(test) => json!([test.column.name, test.operator.as_str(), right(test)]),
    }
}

fn right(test: &Test) -> Value {
    match &test.right {
        Right::Flag(flag) => json!(flag),
        Right::Texts(texts) => json!(texts),
        Right::Constants(constants) => {
            constants.iter().map(|one| json!(format!("{} {}", one.number, one.unit))).collect()
        }
        Right::Column(other) => json!({ "other_column": other.name }),
        Right::Benchmark(of) => json!({
            "by": of.by.iter().map(|column| column.name).collect::<Vec<_>>(),
            "frozen": frozen(&of.frozen),
            "value_of": of.statistic.to_string(),
        }),
    }
}

/// What pins a benchmark, by period and class: value and members. The method is the set's.
pub(super) fn frozen(of: &Frozen) -> Value {
    let classes = |classes: &BTreeMap<String, Benchmark>| -> Value {
        classes.iter().map(|(class, one)| (class.clone(), json!([one.exact(), one.n]))).collect()
    };
    of.iter().map(|(period, of_period)| (period.clone(), classes(of_period))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BASE, EVALUATION, rule_text, set};
    use super::*;

    fn hashes(text: &str) -> Vec<String> {
        let set = set(text, None).unwrap();
        Section::ALL.iter().map(|section| set.section_hash(*section)).collect()
    }

    #[test]
    fn layout_is_not_hashed_and_meaning_is() {
        let rule = rule_text(r#"{ column = "tax_wan_per_mu", op = "<", value = 10, unit = "wan_yuan/mu" }"#);
        let text = format!("{BASE}[emission.so2]\nweight = \"7.5\"\n{rule}{EVALUATION}");
        let base = hashes(&text);
        let relaid = text
            .replace("\"0.05\"", "0.0500 # five percent")
            .replace("[\"vat\", \"income\"]", "[\n  \"income\",\n  \"vat\",\n]")
            .replace("value = 10", "value = \"10.0\"");
        assert_eq!(hashes(&relaid), base);
        for (from, to, changed) in [
            ("2028-03-14", "2029-03-14", Section::Header),
            ("\"registered\"", "\"occupied\"", Section::Land),
            ("\"income\"", "\"stamp\"", Section::Tax),
            ("\"0.30\"", "\"0.29\"", Section::Energy),
            ("\"7.5\"", "8", Section::Emission),
            ("\"1.02\"", "\"1.03\"", Section::Occupancy),
            ("illustrative", "together = [\"branch\"]\nillustrative", Section::Together),
            ("gap_m = 20", "gap_m = 21", Section::Blocks),
            ("[blocks]", "[zones.platform]\nmin_zone_share = 1\n[blocks]", Section::Zones),
            ("value = 10", "value = 11", Section::Rules),
            ("\"24\"", "\"25\"", Section::Evaluation),
            ("cap = 1", "cap = \"1.5\"", Section::Evaluation),
        ] {
            let changes: Vec<_> =
                hashes(&text.replace(from, to)).iter().zip(&base).map(|(one, two)| one != two).collect();
            let expected: Vec<_> = Section::ALL.iter().map(|section| *section == changed).collect();
            assert_eq!(changes, expected, "{}", changed.as_str());
        }
    }
}
