//! Whose figures an evaluation sums: the enterprises of a group, what each adds, and what they come to.

use arrow::array::Array;
use serde_json::json;

use super::at;
use super::evaluation::{Evaluations, tax_value};
use super::number::Printed;
use super::tree::Section;
use super::voice::{Language, Voice};

impl Evaluations<'_> {
    /// The group of a row; a section of nothing where it is evaluated by itself.
    pub(super) fn group(&self, row: usize) -> Section {
        let (rows, groups, voice) = (&self.rows, &self.groups, self.voice);
        let mut section = Section::new("together", voice.say("合并评价", "evaluated together"));
        let Some(head) = arrow_text(rows.group_uscc, row) else { return section };
        let (own, county, period) = (rows.uscc.value(row), rows.county_code.value(row), rows.period.value(row));
        let is_of = |at: &usize| {
            (groups.group_uscc.value(*at), groups.county_code.value(*at), groups.period.value(*at))
                == (head, county, period)
        };
        let mut others = 0;
        for one in (0..groups.uscc.len()).filter(is_of) {
            let uscc = groups.uscc.value(one);
            others += usize::from(uscc != own);
            let label = self.named(uscc, own, head, others);
            let (land, fen) = (groups.land_mu.value(one), at(groups.tax_yuan, one));
            let tax = Some((fen, groups.tax_completeness.value(one)));
            let text = land_and_tax(voice, Printed::of(land, 4), tax);
            let code = if uscc == own { json!(uscc) } else { voice.amount_value(uscc) };
            let value =
                json!({ "uscc": code, "is_head": uscc == head, "land_mu": land, "tax_yuan": tax_value(voice, fen) });
            section.tell("enterprise", &label, text, value);
        }
        let is_head = |at: &usize| {
            (rows.uscc.value(*at), rows.county_code.value(*at), rows.period.value(*at)) == (head, county, period)
        };
        if let Some(sum) = (0..rows.uscc.len()).find(is_head) {
            let (land, fen) = (rows.land_mu.value(sum), at(rows.tax_yuan, sum));
            let tax = Some((fen, rows.tax_completeness.value(sum)));
            let text = land_and_tax(voice, Printed::of(land, 4), tax);
            let grade = rows.grade.get(sum);
            let value = json!({ "land_mu": land, "tax_yuan": tax_value(voice, fen), "grade": grade });
            section.tell("sum", voice.say("合计", "together"), text, value);
        }
        section
    }

    /// The enterprise itself by its code; others by number, where their codes are not shown.
    fn named(&self, uscc: &str, own: &str, head: &str, number: usize) -> String {
        let voice = self.voice;
        let name = if uscc == own || voice.shows_amounts {
            uscc.to_owned()
        } else {
            format!("{}{number}", voice.say("企业", "enterprise "))
        };
        let heads = if uscc == head { voice.say("（评价主体）", " (head)") } else { "" };
        format!("{name}{heads}")
    }
}

fn arrow_text(texts: &arrow::array::StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

/// Land in mu; tax in fen with its completeness, where that was told at all.
pub(super) fn land_and_tax(voice: Voice, land: Printed, tax: Option<(Option<i128>, &str)>) -> String {
    let land = format!("{land}{}", voice.unit("mu"));
    let tax = match tax {
        None => None,
        Some((None, _)) => Some(voice.completeness("none").to_owned()),
        Some((Some(fen), completeness)) => {
            let tax = voice.amount(Printed::hundredths(fen).in_wan().trimmed());
            Some(format!("{tax}{} ({})", voice.unit("wan_yuan"), voice.completeness(completeness)))
        }
    };
    match (voice.language, tax) {
        (Language::Chinese, None) => format!("用地 {land}"),
        (Language::Chinese, Some(tax)) => format!("用地 {land}，税收 {tax}"),
        (Language::English, None) => format!("land {land}"),
        (Language::English, Some(tax)) => format!("land {land}, tax {tax}"),
    }
}
