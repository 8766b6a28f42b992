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
            let text = land_and_tax(voice, land, fen, groups.tax_completeness.value(one));
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
            let text = land_and_tax(voice, land, fen, rows.tax_completeness.value(sum));
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

fn land_and_tax(voice: Voice, land: f64, fen: Option<i128>, completeness: &str) -> String {
    let land = format!("{}{}", Printed::of(land, 4), voice.unit("mu"));
    let tax = match fen {
        Some(fen) => {
            let tax = voice.amount(Printed::hundredths(fen).in_wan().trimmed());
            format!("{tax}{} ({})", voice.unit("wan_yuan"), voice.completeness(completeness))
        }
        None => voice.completeness("none").to_owned(),
    };
    match voice.language {
        Language::Chinese => format!("用地 {land}，税收 {tax}"),
        Language::English => format!("land {land}, tax {tax}"),
    }
}
