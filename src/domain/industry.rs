//! Industries by GB/T 4754-2017: sections B, C and D and their divisions, which is what counts as industry.

use std::collections::BTreeMap;

/// The two digits of an industry code, which may begin with the section's letter.
#[must_use]
pub fn industry_division(code: &str) -> Option<&str> {
    digits(code).get(..2).filter(|division| division.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An industry code without the section's letter.
#[must_use]
pub fn digits(code: &str) -> &str {
    code.trim_start_matches(|letter: char| letter.is_ascii_alphabetic())
}

/// Sections and divisions with their names.
#[derive(Debug, Clone)]
pub struct Industries {
    names: BTreeMap<&'static str, &'static str>,
    sections: BTreeMap<&'static str, &'static str>,
}

impl Industries {
    /// Mining, manufacturing, and the supply of power, heat, gas and water (see `data/industries/`).
    #[must_use]
    pub fn national() -> Self {
        let table = include_str!("../../data/industries/gbt4754-2017-divisions.csv");
        let (mut names, mut sections) = (BTreeMap::new(), BTreeMap::new());
        for line in table.lines().skip(1) {
            let mut fields = line.split(',').map(|field| field.trim_matches('"'));
            let mut next = || fields.next().unwrap_or_default();
            let (section, section_name, code, name) = (next(), next(), next(), next());
            names.extend([(section, section_name), (code, name)]);
            sections.insert(code, section);
        }
        Self { names, sections }
    }

    /// The name of a section (`C`) or a division (`17`).
    #[must_use]
    pub fn name(&self, code: &str) -> Option<&'static str> {
        self.names.get(code).copied()
    }

    /// The section of a division.
    #[must_use]
    pub fn section(&self, division: &str) -> Option<&'static str> {
        self.sections.get(division).copied()
    }

    /// The codes of all sections and divisions.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.names.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions_are_two_digits_with_or_without_the_section() {
        assert_eq!(
            ["C1762", "1762", "17", "C", "1", "一二"].map(industry_division),
            [Some("17"), Some("17"), Some("17"), None, None, None]
        );
    }

    #[test]
    fn the_table_has_every_division_of_the_three_sections() {
        let industries = Industries::national();
        let all: Vec<String> = (6..=46).map(|division| format!("{division:02}")).collect();
        let mut codes: Vec<&str> = industries.codes().collect();
        assert_eq!(codes.split_off(all.len()), ["B", "C", "D"]);
        assert_eq!(codes, all);
        let section = |division: &str| match division.parse().unwrap() {
            ..=12 => "B",
            13..=43 => "C",
            _ => "D",
        };
        assert!(codes.iter().all(|code| industries.section(code) == Some(section(code))));
        let names = ["06", "18", "46", "C", "47"].map(|code| industries.name(code));
        let expected =
            [Some("煤炭开采和洗选业"), Some("纺织服装、服饰业"), Some("水的生产和供应业"), Some("制造业"), None];
        assert_eq!(names, expected);
    }
}
