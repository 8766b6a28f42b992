//! Who belongs to a platform: each enterprise with its land, tax and grade, and what they come to.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};
use serde_json::json;

use super::at;
use super::evaluation::{number, tax_value};
use super::group::land_and_tax;
use super::number::{MOST, Printed, total};
use super::tree::Section;
use super::voice::{Language, Voice};
use crate::domain::Map;
use crate::table::{TableError, enterprise_evaluation, platform_enterprise};

/// Digits of land in mu: about 0.07 m².
const LAND_DIGITS: u32 = 4;

/// Who belongs to a platform, and what is known of them.
pub(super) struct Members<'a> {
    rows: platform_enterprise::View<'a>,
    evaluations: enterprise_evaluation::View<'a>,
    /// Rows of the evaluations by county, code and period.
    evaluated: Map<(&'a str, &'a str, &'a str), usize>,
    places: &'a BTreeMap<&'a str, &'a str>,
    voice: Voice,
}

/// What a platform comes to in a period.
pub(super) struct Sum<'a> {
    pub period: &'a str,
    pub county: &'a str,
    /// Tax in fen and its completeness, where the platform is evaluated.
    pub tax: Option<(Option<i128>, &'a str)>,
    /// Its enterprises' land, mu.
    pub land: f64,
    /// Its own area, mu, where that version of it was in force.
    pub area: Option<f64>,
}

impl<'a> Members<'a> {
    pub fn of(
        members: &'a RecordBatch,
        evaluations: &'a RecordBatch,
        places: &'a BTreeMap<&'a str, &'a str>,
        voice: Voice,
    ) -> Result<Self, TableError> {
        let (rows, evaluations) =
            (platform_enterprise::View::of(members)?, enterprise_evaluation::View::of(evaluations)?);
        let key = |row: usize| {
            (evaluations.county_code.value(row), evaluations.uscc.value(row), evaluations.period.value(row))
        };
        let evaluated = (0..evaluations.uscc.len()).map(|row| (key(row), row)).collect();
        Ok(Self { rows, evaluations, evaluated, places, voice })
    }

    /// Those of a period, who has most land first; a section of nothing where there are none.
    pub fn section(&self, sum: &Sum<'_>) -> Section {
        let (rows, voice) = (&self.rows, self.voice);
        let title = match voice.language {
            Language::Chinese => format!("{} 年计入的企业（用地为其在县区内的全部用地）", sum.period),
            Language::English => format!("enterprises counted in {}, with all their land in the county", sum.period),
        };
        let mut section = Section::new("enterprises", title);
        let mut members: Vec<usize> =
            (0..rows.uscc.len()).filter(|row| rows.period.value(*row) == sum.period).collect();
        members.sort_by_key(|row| (Reverse(Printed::of(rows.land_mu.value(*row), MOST)), rows.uscc.value(*row)));
        let all = Printed::of(sum.land, LAND_DIGITS);
        let printed = |row: &usize, digits| Printed::of(rows.land_mu.value(*row), digits);
        // With so many digits that the printed ones add up.
        let adds_up = |digits: &u32| {
            let lands: Vec<Printed> = members.iter().map(|row| printed(row, *digits)).collect();
            total(&lands).rounded(LAND_DIGITS) == all
        };
        let digits = (LAND_DIGITS..MOST).find(adds_up).unwrap_or(MOST);
        for (at, row) in members.iter().enumerate() {
            self.tell(&mut section, *row, at + 1, printed(row, digits), sum.county);
        }
        if !members.is_empty() {
            self.tell_sum(&mut section, sum, members.len());
        }
        section
    }

    fn tell(&self, section: &mut Section, row: usize, place: usize, land: Printed, home: &str) {
        let (rows, voice) = (&self.rows, self.voice);
        let (uscc, county) = (rows.uscc.value(row), rows.county_code.value(row));
        let label = if voice.shows_amounts {
            uscc.to_owned()
        } else {
            format!("{}{place}", voice.say("企业", "enterprise "))
        };
        let evaluated = self.evaluated.get(&(county, uscc, rows.period.value(row)));
        let tax =
            evaluated.map(|row| (at(self.evaluations.tax_yuan, *row), self.evaluations.tax_completeness.value(*row)));
        let grade = rows.grade.get(row);
        let grade_text = match (grade, voice.language) {
            (None, _) => voice.say("，无等级", ", no grade").to_owned(),
            (Some(grade), Language::Chinese) => format!("，等级 {grade}"),
            (Some(grade), Language::English) => format!(", grade {grade}"),
        };
        let is_doubtful = rows.is_land_doubtful.value(row);
        let doubt = if is_doubtful { voice.say("；用地存疑", "; its land is in doubt") } else { "" };
        let name = self.places.get(county).map_or(String::new(), |name| format!("{name} "));
        let elsewhere = match voice.language {
            _ if county == home => String::new(),
            Language::Chinese => format!("；在 {name}{county}"),
            Language::English => format!("; in {name}{county}"),
        };
        let text = format!("{}{grade_text}{doubt}{elsewhere}", land_and_tax(voice, land, tax));
        let value = json!({
            "uscc": voice.amount_value(uscc),
            "county_code": county,
            "land_mu": rows.land_mu.value(row),
            "is_land_doubtful": is_doubtful,
            "tax_yuan": tax_value(voice, tax.and_then(|(fen, _)| fen)),
            "tax_completeness": tax.map(|(_, completeness)| completeness),
            "grade": grade,
        });
        section.tell("enterprise", &label, text, value);
    }

    fn tell_sum(&self, section: &mut Section, sum: &Sum<'_>, count: usize) {
        let voice = self.voice;
        let land = Printed::of(sum.land, LAND_DIGITS);
        let label = match voice.language {
            Language::Chinese => format!("以上 {count} 家合计"),
            Language::English => format!("these {count} together"),
        };
        let value = json!({
            "enterprises": count,
            "land_mu": sum.land,
            "tax_yuan": tax_value(voice, sum.tax.and_then(|(fen, _)| fen)),
        });
        section.tell("sum", &label, land_and_tax(voice, land, sum.tax), value);
        let Some(area) = sum.area.map(|area| Printed::of(area, LAND_DIGITS)) else { return };
        let more = total(&[land, area.negated()]);
        if more.is_negative() || number(more) == json!(0.0) {
            return;
        }
        let unit = voice.unit("mu");
        let text = match voice.language {
            Language::Chinese => format!(
                "企业用地多于其自身面积：{land} - {area} = {more}{unit}；企业的用地不论是否在其范围内，均全部计入"
            ),
            Language::English => format!(
                "the enterprises' land is more than its own area: {land} - {area} = {more}{unit}; all their land in the county counts, within it or not"
            ),
        };
        section.tell("land_beyond", voice.say("提示", "note"), text, json!({ "more_mu": number(more) }));
    }
}
