//! One item of an evaluation as a formula with its numbers put in.

use std::fmt::Write;

use serde_json::json;

use super::number::{MOST, Printed, Quotient, product};
use super::tree::Section;
use super::voice::{Language, Voice};
use crate::policy::evaluation::Subject;
use crate::table::{benchmark, enterprise_indicator};

/// An item, and what is worked out of it before it is printed.
pub(super) struct Item<'r, 'a> {
    rows: &'r enterprise_indicator::View<'a>,
    row: usize,
    subject: Subject,
    /// Points as they count, exactly; none where they do not.
    pub points: Option<Printed>,
    /// Points before cap and floor.
    raw: Option<Printed>,
    /// Points between cap and floor, before another item's weight is spread over this one.
    held: Option<Printed>,
    /// What the set holds the points to, where it does.
    bound: Option<Bound>,
    /// What multiplies them before that.
    factors: Vec<Adjusting>,
    /// What is left of the weights where others' are spread; none where none is.
    left: Option<Printed>,
}

/// A bound of an item's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Cap,
    Floor,
}

/// A coefficient, or bonus or penalty, of one enterprise.
#[derive(Debug)]
pub(super) struct Adjusting {
    pub id: String,
    /// Id and label.
    pub name: String,
    /// Factor or points; none: whether it applies, or what it comes to, is not known.
    pub number: Option<Printed>,
}

impl Adjusting {
    /// Tells it as a fact of that key.
    pub fn tell(&self, section: &mut Section, key: &'static str, label: &str, sign: &str, voice: Voice) {
        let text = match self.number {
            Some(number) => format!("{sign}{number}"),
            None => {
                voice.say("是否适用或多少尚不能确定", "whether it applies, or how much it is, is not known").to_owned()
            }
        };
        let number = self.number.map(|number| number.to_string().parse::<f64>().unwrap_or_default());
        section.tell(key, &format!("{label} {}", self.name), text, json!({ "item_id": self.id, "number": number }));
    }
}

impl<'r, 'a> Item<'r, 'a> {
    /// The item of a row, multiplied by `factors` and then held between `floor` and `cap`. `spread` is the weight of the
    /// enterprise's items whose weight is spread.
    pub fn of(
        rows: &'r enterprise_indicator::View<'a>,
        row: usize,
        spread: f64,
        (floor, cap): (Option<f64>, Option<f64>),
        factors: Vec<Adjusting>,
    ) -> Self {
        let number = |column: &arrow::array::Float64Array| super::at(column, row);
        let is_spread = spread > 0.0 && spread < 100.0;
        let left = is_spread.then(|| Printed::of(100.0 - spread, 3).trimmed());
        let points = number(rows.points).map(Printed::points);
        let before = number(rows.raw_points);
        let (below, above) = (floor.filter(|floor| before < Some(*floor)), cap.filter(|cap| before > Some(*cap)));
        let bound = before.and(below.map(|_| Bound::Floor).or(above.map(|_| Bound::Cap)));
        let (raw, bounded) = (before.map(Printed::points), before.and(below.or(above)).map(Printed::points));
        let unspread = |points: Printed| match left {
            Some(left) => product(&[points, left], &[Printed::HUNDRED], 9).unwrap_or(points),
            None => points,
        };
        let held = bounded.or(raw).or(points.map(unspread));
        Self { rows, row, subject: Subject::Enterprise, points, raw, held, bound, factors, left }
    }

    /// The same of another subject.
    pub fn among(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }

    pub fn origin(&self) -> &str {
        self.rows.origin.value(self.row)
    }

    fn id(&self) -> &str {
        self.rows.indicator_id.value(self.row)
    }

    fn number(&self, column: &arrow::array::Float64Array) -> Option<f64> {
        super::at(column, self.row)
    }

    /// Tells the item in points of at least so many digits, and what it is measured against; the points as printed.
    pub fn tell(
        &self,
        section: &mut Section,
        benchmarks: &benchmark::View<'_>,
        set: &str,
        digits: u32,
        voice: Voice,
    ) -> Option<Printed> {
        let (text, points) = self.formula(digits, voice);
        let rows = self.rows;
        let unit = voice.unit(rows.unit.value(self.row));
        let unit = if unit.is_empty() { unit } else { format!(" [{}]", unit.trim()) };
        let label = match voice.language {
            Language::Chinese => format!("指标 {}: {}{unit}", self.id(), voice.column(rows.column.value(self.row))),
            Language::English => format!("indicator {}: {}{unit}", self.id(), rows.column.value(self.row)),
        };
        let value = json!({
            "indicator_id": self.id(),
            "column": rows.column.value(self.row),
            "unit": rows.unit.value(self.row),
            "value": voice.amount_value(self.number(rows.value)),
            "completeness": rows.completeness.value(self.row),
            "benchmark": voice.amount_value(self.number(rows.benchmark)),
            "weight": rows.weight.value(self.row),
            "raw_points": voice.amount_value(self.number(rows.raw_points)),
            "points": self.number(rows.points),
            "origin": self.origin(),
        });
        section.tell("indicator", &label, text, value);
        for factor in &self.factors {
            factor.tell(section, "coefficient", voice.say("  修正系数", "  coefficient"), "× ", voice);
        }
        self.tell_benchmark(section, benchmarks, set, voice);
        points
    }

    fn formula(&self, digits: u32, voice: Voice) -> (String, Option<Printed>) {
        let rows = self.rows;
        let weight = Printed::shortest(rows.weight.value(self.row));
        let printed = self.points.map(|points| points.rounded(digits));
        let completeness = rows.completeness.value(self.row);
        let why = voice.unknown(completeness);
        let said = |chinese: String, english: String| match voice.language {
            Language::Chinese => chinese,
            Language::English => english,
        };
        let text = match (self.origin(), self.raw.zip(self.held)) {
            ("value" | "bound", Some((raw, held))) => return self.scored(raw, held, weight, digits, voice),
            ("zero", _) => {
                said(format!("数值{why}，按规则记零分"), format!("its value {why}: no points, as the set says"))
            }
            ("group_mean", _) => {
                let (mean, points) = self.spread_out(self.held.unwrap_or(Printed::points(0.0)), digits);
                let mean = mean.map_or(String::new(), |mean| format!(" {mean}{points}"));
                said(
                    format!("数值{why}，取同组参评且数值已知者的平均得分{mean}"),
                    format!(
                        "its value {why}: the mean points of those of the group whose value is known, as the set says:{mean}"
                    ),
                )
            }
            ("spread", _) => said(
                format!("数值{why}，权重 {weight} 按规则分摊到其他指标"),
                format!("its value {why}: its weight of {weight} is spread over the other items, as the set says"),
            ),
            ("no_benchmark", _) => said("无基准可比，不评".into(), "nothing to measure it against: not judged".into()),
            _ if completeness == "complete" => {
                said("不评：其系数是否适用未知".into(), "not judged: whether a coefficient applies is not known".into())
            }
            _ => said(format!("不评：数值{why}"), format!("not judged: its value {why}")),
        };
        (text, printed)
    }

    /// What is printed before and after another item's weight is spread over this one, if one is.
    fn spread_out(&self, before: Printed, digits: u32) -> (Option<Printed>, String) {
        let (Some(left), Some(points)) = (self.left, self.points.map(|points| points.rounded(digits))) else {
            return (self.points.map(|points| points.rounded(digits)), String::new());
        };
        let fits =
            |places: &u32| product(&[before.rounded(*places), Printed::HUNDRED], &[left], digits) == Some(points);
        let before = before.rounded((digits..=MOST).find(fits).unwrap_or(MOST));
        (Some(before), format!("; {before} × 100 / {left} = {points}"))
    }

    fn scored(
        &self,
        raw: Printed,
        held: Printed,
        weight: Printed,
        digits: u32,
        voice: Voice,
    ) -> (String, Option<Printed>) {
        let rows = self.rows;
        let is_held = self.bound.is_some();
        let (before, spread) = self.spread_out(held, digits);
        let before = before.unwrap_or(held);
        let (value, below) = (self.number(rows.value).unwrap_or(0.0), self.number(rows.benchmark).unwrap_or(0.0));
        let factors: Vec<Printed> =
            std::iter::once(weight).chain(self.factors.iter().filter_map(|factor| factor.number)).collect();
        let least = if is_held || self.left.is_none() { digits } else { before.digits() };
        let one = Quotient::of(value, below, &factors, raw, least);
        let factors = factors.iter().fold(String::new(), |mut text, factor| {
            let _ = write!(text, " × {factor}");
            text
        });
        let at_least = if self.origin() == "bound" { "≥ " } else { "" };
        let result = if is_held { voice.amount(one.result) } else { one.result.to_string() };
        let mut text = format!(
            "{at_least}{} / {}{factors} = {at_least}{result}",
            voice.amount(one.value),
            voice.amount(one.below)
        );
        if let Some(bound) = self.bound {
            let words = match bound {
                Bound::Cap => voice.say("，封顶于", ", held at the cap of"),
                Bound::Floor => voice.say("，保底于", ", raised to the floor of"),
            };
            let _ = write!(text, "{words} {before}");
        }
        text.push_str(&spread);
        let points = if is_held || self.left.is_some() {
            self.points.map(|points| points.rounded(digits))
        } else {
            Some(one.result)
        };
        (text, points)
    }

    /// Where the benchmark comes from: of those of the group, period and indicator, the one of this value.
    fn tell_benchmark(&self, section: &mut Section, benchmarks: &benchmark::View<'_>, set: &str, voice: Voice) {
        let rows = self.rows;
        let Some(value) = self.number(rows.benchmark) else { return };
        let (group, period) = (rows.evaluation_id.value(self.row), rows.period.value(self.row));
        let is_it = |at: &usize| {
            (benchmarks.evaluation_id.value(*at), benchmarks.period.value(*at), benchmarks.indicator_id.value(*at))
                == (group, period, self.id())
                && benchmarks.value.value(*at).to_bits() == value.to_bits()
        };
        let county = rows.county_code.value(self.row);
        let far = |at: &usize| {
            let class = benchmarks.class.value(*at);
            (benchmarks.set_id.value(*at) != set, !class.split('/').any(|part| part == county), *at)
        };
        let found = (0..benchmarks.value.len()).filter(is_it).min_by_key(far);
        let Some(at) = found else { return };
        let (method, class) = (benchmarks.method.value(at), benchmarks.class.value(at));
        let n = super::at(benchmarks.n, at);
        let text = match (method, n, voice.language) {
            ("given", ..) => voice.say("规则给定", "given by the set").to_owned(),
            (_, n, Language::Chinese) => {
                let class = if class.is_empty() { String::new() } else { format!("，分组 {class}") };
                let frozen = if benchmarks.is_frozen.value(at) { "已固定" } else { "随数据变动" };
                let who = if self.subject == Subject::Enterprise { "家企业" } else { "个平台" };
                format!("{} {who}的{}{class}，{frozen}", n.unwrap_or(0), voice.method(method))
            }
            (_, n, Language::English) => {
                let class = if class.is_empty() { String::new() } else { format!(" of class {class}") };
                let frozen = if benchmarks.is_frozen.value(at) { "frozen" } else { "it moves with the data" };
                format!("{method} of {} {}s{class}; {frozen}", n.unwrap_or(0), self.subject.as_str())
            }
        };
        let value = json!({ "set_id": benchmarks.set_id.value(at), "method": method, "n": n, "class": class,
            "is_frozen": benchmarks.is_frozen.value(at) });
        section.tell("benchmark", voice.say("  基准来源", "  benchmark"), text, value);
    }
}
