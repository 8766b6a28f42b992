//! What the rules say of a parcel in one period: what holds, by which clause and figure, and what could not be judged.

use std::collections::BTreeSet;

use arrow::array::{Array, StringArray};
use serde_json::json;

use super::at;
use super::number::{FEWEST, MOST, Printed, product};
use super::tree::Section;
use super::voice::{Language, Voice};
use crate::table::{parcel_finding, parcel_rule_status, parcel_yield, rule, rule_coverage};

/// What findings are told from.
pub(super) struct Findings<'a> {
    pub rows: parcel_finding::View<'a>,
    pub statuses: parcel_rule_status::View<'a>,
    pub yields: parcel_yield::View<'a>,
    pub rules: rule::View<'a>,
    pub coverage: rule_coverage::View<'a>,
    pub voice: Voice,
}

/// The figures that tell nothing of an enterprise's affairs.
const OPEN_FIGURES: &[&str] = &["land_mu", "area_mu", "enterprises"];

fn text(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

/// A quotient's parts in the units of its figure, as published.
struct Parts {
    above: Printed,
    below: Printed,
    units: [&'static str; 2],
}

impl Findings<'_> {
    /// Tells the period of a row of `yields`.
    pub fn section(&self, of: usize) -> Section {
        let voice = self.voice;
        let period = self.yields.period.value(of);
        let title = match voice.language {
            Language::Chinese => format!("{period} 年认定"),
            Language::English => format!("judgement of {period}"),
        };
        let mut section = Section::new("period", title);
        section.tell("period", voice.say("期间", "period"), period, period);
        let Some(row) = (0..self.statuses.period.len()).find(|row| self.statuses.period.value(*row) == period) else {
            let words = voice.say("不作认定：不是地表宗地", "not judged: no land on the surface");
            section.tell("judgement", voice.say("认定结果", "judgement"), words, json!(null));
            return section;
        };
        self.tell_judgement(&mut section, row);
        for finding in (0..self.rows.period.len()).filter(|row| self.rows.period.value(*row) == period) {
            section.add(self.finding(finding, of));
        }
        self.tell_not_judged(&mut section, row, of);
        section
    }

    fn tell_judgement(&self, section: &mut Section, row: usize) {
        let (rows, voice) = (&self.statuses, self.voice);
        let computed = at_flag(rows.is_low_efficiency_computed, row);
        let low = at_flag(rows.is_low_efficiency, row);
        let judgement = rows.judgement.get(row);
        let words = match judgement {
            Some("low") if low == computed => voice.say("疑似低效", "low-efficiency, suspected (疑似低效)"),
            Some("low") => voice.say("规则认定低效", "low-efficiency by the rules"),
            Some("not_low") => voice.say("非低效", "not low-efficiency"),
            Some("not_judged") => voice.say("未认定：数据不足", "not judged: too little is known"),
            _ => voice.say("不作认定：非工业用地", "none: not industrial land"),
        };
        let decided = match (low == computed, low) {
            (true, _) => String::new(),
            (false, low) => format!(
                "{} {}",
                voice.say("；人工认定是否低效:", "; by decision low-efficiency:"),
                voice.yes_no(low == Some(true))
            ),
        };
        let value = json!({ "judgement": judgement, "is_low_efficiency_computed": computed, "is_low_efficiency": low });
        section.tell("judgement", voice.say("认定结果", "judgement"), format!("{words}{decided}"), value);
        let (judged, held, open) = (rows.judged.value(row), rows.held.value(row), rows.not_judged.value(row));
        let counts = match voice.language {
            Language::Chinese => format!("已判定 {judged} 条，成立 {held} 条，未判定 {open} 条"),
            Language::English => format!("{judged} judged, {held} of them hold, {open} not judged"),
        };
        section.tell(
            "rules",
            voice.say("规则", "rules"),
            counts,
            json!({ "judged": judged, "held": held, "not_judged": open }),
        );
    }

    fn finding(&self, row: usize, of: usize) -> Section {
        let (rows, voice) = (&self.rows, self.voice);
        let id = rows.rule_id.value(row);
        let mut section = Section::new("finding", format!("{} {id}", voice.say("依据", "finding")));
        section.tell("rule_id", voice.say("规则", "rule"), id, id);
        section.tell("clause", voice.say("条款", "clause"), rows.clause.value(row), rows.clause.value(row));
        let basis = rows.basis.value(row);
        let illustrative = voice.illustrative(rows.is_illustrative.value(row));
        // A rule without a document of its own says so itself.
        let text_of = if basis == "示例标准" { illustrative.trim_start_matches(['；', ';', ' ']) } else { basis };
        let after = if text_of == basis { illustrative } else { "" };
        section.tell("basis", voice.say("文件依据", "basis"), format!("{text_of}{after}"), basis);
        let (kind, severity) = (rows.kind.value(row), rows.severity.value(row));
        section.tell(
            "kind",
            voice.say("类别与程度", "kind and severity"),
            format!("{}, {severity}", voice.word(kind)),
            json!({ "kind": kind, "severity": severity }),
        );
        if let Some(measure) = rows.measure.get(row) {
            section.tell("measure", voice.say("处置方式", "measure"), measure, measure);
        }
        if let Some(condition) = self.condition(row) {
            section.tell("condition", voice.say("条件", "condition"), condition, condition);
        }
        if let Some(name) = rows.column.get(row) {
            self.tell_figure(&mut section, row, of, name);
        }
        section
    }

    fn tell_figure(&self, section: &mut Section, row: usize, of: usize, name: &str) {
        let (rows, voice) = (&self.rows, self.voice);
        let (Some(figure), Some(threshold)) = (at(rows.figure, row), at(rows.threshold, row)) else { return };
        let is_open = voice.shows_amounts || OPEN_FIGURES.contains(&name);
        let show = |text: String| if is_open { text } else { voice.amount(text) };
        let unit = voice.unit(rows.unit.get(row).unwrap_or_default());
        let differ = |digits: &u32| {
            figure.to_bits() == threshold.to_bits() || Printed::of(figure, *digits) != Printed::of(threshold, *digits)
        };
        let digits = (FEWEST..=MOST).find(differ).unwrap_or(MOST);
        let (printed, limit) = (Printed::of(figure, digits), Printed::of(threshold, digits));
        let provisional = if rows.is_provisional.value(row) {
            voice.say("（暂定：随数据变动）", " (provisional: it moves with the data)")
        } else {
            ""
        };
        let value = json!({ "column": name, "figure": if is_open { figure.into() } else { voice.amount_value(figure) },
            "threshold": threshold, "unit": rows.unit.get(row), "is_provisional": rows.is_provisional.value(row) });
        let text = match voice.language {
            Language::Chinese => {
                format!("{} = {}{unit}；标准 {limit}{unit}{provisional}", voice.column(name), show(printed.to_string()))
            }
            Language::English => {
                format!("{name} = {}{unit}; threshold {limit}{unit}{provisional}", show(printed.to_string()))
            }
        };
        section.tell("figure", voice.say("数值与标准", "figure and threshold"), text, value);
        let Some(parts) = self.parts(name, of, printed, digits) else { return };
        let [above, below] = parts.units.map(|unit| voice.unit(unit));
        let completeness = self.completeness(name, of);
        let words: Vec<&str> = completeness.iter().map(|(_, word)| voice.completeness(word)).collect();
        let land = if name == "value_added_wan_per_tce" { voice.amount(parts.below) } else { parts.below.to_string() };
        let formula = format!(
            "{}{above} / {land}{below} = {}{unit} ({})",
            voice.amount(parts.above),
            voice.amount(printed),
            words.join(", ")
        );
        let value = json!({ "numerator": voice.amount_value(parts.above.to_string()), "denominator": land,
            "completeness": completeness.first().map(|(_, word)| *word) });
        section.tell("formula", voice.say("算式", "formula"), formula, value);
    }

    /// What a figure is a quotient of, with so many digits that the quotient comes out as printed.
    fn parts(&self, name: &str, of: usize, result: Printed, digits: u32) -> Option<Parts> {
        let rows = &self.yields;
        let wan = |column| at(column, of).map(|fen| Printed::hundredths(fen).in_wan().trimmed());
        let energy = at(rows.energy_tce_equivalent, of).map(|tce| Printed::of(tce, 6));
        let land = Some(rows.land_mu.value(of));
        let (above, below, units) = match name {
            "tax_wan_per_mu" => (wan(rows.tax_yuan)?, land, ["wan_yuan", "mu"]),
            "revenue_wan_per_mu" => (wan(rows.revenue_yuan)?, land, ["wan_yuan", "mu"]),
            "value_added_wan_per_mu" => (wan(rows.value_added_yuan)?, land, ["wan_yuan", "mu"]),
            "energy_tce_per_mu" => (energy?.trimmed(), land, ["tce", "mu"]),
            "value_added_wan_per_tce" => {
                (wan(rows.value_added_yuan)?, at(rows.energy_tce_equivalent, of), ["wan_yuan", "tce"])
            }
            _ => return None,
        };
        let below = below?;
        let fits = |places: &u32| product(&[above], &[Printed::of(below, *places)], digits) == Some(result);
        let places = (FEWEST..=MOST).find(fits).unwrap_or(MOST);
        Some(Parts { above, below: Printed::of(below, places), units })
    }

    /// The measures that a column, or the words of a condition, are about, and how complete each is.
    fn completeness(&self, words: &str, of: usize) -> Vec<(&'static str, &str)> {
        let rows = &self.yields;
        let all = [
            ("tax", rows.tax_completeness),
            ("energy", rows.energy_completeness),
            ("revenue", rows.revenue_completeness),
            ("value_added", rows.value_added_completeness),
        ];
        let is_about = |name: &str| words.contains(&format!("{name}_")) || (name == "energy" && words.contains("_tce"));
        all.into_iter().filter(|(name, _)| is_about(name)).map(|(name, column)| (name, column.value(of))).collect()
    }

    /// The condition of a finding's rule, where the published rules leave no doubt which it is.
    fn condition(&self, row: usize) -> Option<&str> {
        let (rows, rules) = (&self.rows, &self.rules);
        let is_it = |at: &usize| {
            rules.rule_id.value(*at) == rows.rule_id.value(row)
                && rules.basis.value(*at) == rows.basis.value(row)
                && rules.clause.value(*at) == rows.clause.value(row)
                && rules.severity.value(*at) == rows.severity.value(row)
        };
        only((0..rules.rule_id.len()).filter(is_it).map(|at| rules.condition.value(at)))
    }

    /// The rules that were not judged: of this parcel something is missing, or its county does not deliver it.
    fn tell_not_judged(&self, section: &mut Section, row: usize, of: usize) {
        let voice = self.voice;
        let period = self.statuses.period.value(row);
        let open = self.statuses.not_judged_rules.get(row).unwrap_or_default();
        for id in open.split(',').filter(|id| !id.is_empty()) {
            let of_rule = (0..self.rules.rule_id.len()).filter(|at| self.rules.rule_id.value(*at) == id);
            let condition = only(of_rule.map(|at| self.rules.condition.value(at))).unwrap_or_default();
            let mut lacks: Vec<String> = self
                .completeness(condition, of)
                .into_iter()
                .filter(|(_, word)| *word != "complete")
                .map(|(name, word)| format!("{} {}", voice.measure(name), voice.unknown(word)))
                .collect();
            if self.yields.is_area_doubtful.value(of) && condition.contains("_per_mu") {
                lacks.push(
                    voice
                        .say("登记面积与测量面积相差过大", "registered and measured area lie too far apart")
                        .to_owned(),
                );
            }
            let value = json!({ "rule_id": id, "lacks": lacks });
            let lacks = if lacks.is_empty() {
                voice.say("数据不足", "too little is known").to_owned()
            } else {
                lacks.join(", ")
            };
            section.tell("not_judged", &format!("{} {id}", voice.say("未判定规则", "not judged")), lacks, value);
        }
        let rows = &self.coverage;
        for at in (0..rows.period.len()).filter(|at| rows.period.value(*at) == period && !rows.is_covered.value(*at)) {
            let (id, missing) = (rows.rule_id.value(at), text(rows.missing, at).unwrap_or_default());
            let label = format!("{} {id}", voice.say("未判定规则", "not judged"));
            let words = voice.say("本县未报送", "the county does not deliver");
            section.tell(
                "not_covered",
                &label,
                format!("{words} {missing}"),
                json!({ "rule_id": id, "missing": missing }),
            );
        }
    }
}

fn at_flag(column: &arrow::array::BooleanArray, row: usize) -> Option<bool> {
    column.is_valid(row).then(|| column.value(row))
}

/// The one text, if all are the same.
fn only<'a>(texts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let texts: BTreeSet<&str> = texts.collect();
    if texts.len() == 1 { texts.first().copied() } else { None }
}
