//! The evaluation of an enterprise in one county and period: items, sum, total, rank, grade, and the way to the next.

use std::fmt::Write;

use arrow::array::Array;
use serde_json::{Value, json};

use super::at;
use super::item::{Adjusting, Item};
use super::number::{FEWEST, MOST, Printed, product, total};
use super::tree::Section;
use super::voice::{HIDDEN, Language, Voice};
use crate::policy::evaluation::Subject;
use crate::table::{
    benchmark, enterprise_adjustment, enterprise_evaluation, enterprise_group, enterprise_indicator, evaluation_item,
};

/// What evaluations are told from.
pub(super) struct Evaluations<'a> {
    /// Whose; a platform's rows stand in the tables as an enterprise's do.
    pub subject: Subject,
    /// Of the enterprise's counties, or the platform's set: its own rows, and those it is ranked among.
    pub rows: enterprise_evaluation::View<'a>,
    pub indicators: enterprise_indicator::View<'a>,
    pub adjustments: enterprise_adjustment::View<'a>,
    /// What the groups consist of.
    pub said: evaluation_item::View<'a>,
    pub benchmarks: benchmark::View<'a>,
    /// Of the groups that it is evaluated with.
    pub groups: enterprise_group::View<'a>,
    pub voice: Voice,
}

/// The points of an evaluation, exactly.
struct Sums {
    sum: Printed,
    /// Coefficients of the sum.
    factors: Vec<Printed>,
    /// Bonus and penalty.
    adjustments: Vec<Printed>,
    total: Printed,
    /// The least total of the next better grade that somebody has.
    next: Option<(String, Printed)>,
}

impl<'a> Evaluations<'a> {
    /// Tells the evaluation of a row. `place` names its county.
    pub fn section(&self, row: usize, place: &str) -> Section {
        let (rows, voice) = (&self.rows, self.voice);
        let (county, period) = (rows.county_code.value(row), rows.period.value(row));
        let title = match voice.language {
            Language::Chinese => format!("{period} 年评价 · {place}"),
            Language::English => format!("evaluation of {period} in {place}"),
        };
        let mut section = Section::new("evaluation", title);
        section.tell("county_code", voice.say("县区代码", "county"), county, county);
        section.tell("period", voice.say("期间", "period"), period, period);
        self.tell_standing(&mut section, row);
        self.tell_land_and_tax(&mut section, row);
        let items = self.items(row);
        let (coefficients, bonuses) = (self.adjusting(row, "coefficient", None), self.adjusting(row, "adjust", None));
        let sums = self.sums(row, &coefficients, &bonuses);
        let (of_items, of_sum, of_total) = digits(&items, sums.as_ref());
        let mut terms = Vec::new();
        for item in &items {
            let points = item.tell(&mut section, &self.benchmarks, rows.set_id.value(row), of_items, voice);
            if item.origin() != "spread" {
                terms.extend(points);
            }
        }
        if let Some(sums) = &sums {
            let terms: Vec<String> = terms.iter().map(ToString::to_string).collect();
            let text = format!("{} = {}", terms.join(" + ").replace("+ -", "- "), sums.sum.rounded(of_sum));
            let label = voice.say("指标合计", "sum of the items");
            section.tell("item_points", label, text, number(sums.sum.rounded(of_sum)));
        }
        for one in &coefficients {
            one.tell(&mut section, "coefficient", voice.say("修正系数", "coefficient"), "× ", voice);
        }
        for one in &bonuses {
            one.tell(&mut section, "adjustment", voice.say("加减分", "bonus or penalty"), "", voice);
        }
        if let Some(sums) = &sums {
            self.tell_total(&mut section, sums, of_sum, of_total);
        }
        self.tell_grade(&mut section, row, sums.as_ref(), of_total);
        section.add(self.group(row));
        section
    }

    fn items(&self, row: usize) -> Vec<Item<'_, 'a>> {
        let (of, rows) = (&self.indicators, &self.rows);
        let own = (rows.uscc.value(row), rows.county_code.value(row), rows.period.value(row));
        let is_own = |at: &usize| (of.uscc.value(*at), of.county_code.value(*at), of.period.value(*at)) == own;
        let found: Vec<usize> = (0..of.uscc.len()).filter(is_own).collect();
        let spread = found.iter().filter(|at| of.origin.value(**at) == "spread").map(|at| of.weight.value(*at)).sum();
        let item = |at: usize| {
            let id = of.indicator_id.value(at);
            let said = self.said(row, "indicator", id);
            let bound = |column| said.and_then(|said| super::at(column, said));
            let bounds = (bound(self.said.floor), bound(self.said.cap));
            Item::of(of, at, spread, bounds, self.adjusting(row, "coefficient", Some(id))).among(self.subject)
        };
        found.into_iter().map(item).collect()
    }

    /// What the set says of an item of a row's group.
    fn said(&self, row: usize, kind: &str, id: &str) -> Option<usize> {
        let (said, rows) = (&self.said, &self.rows);
        let key = (rows.set_id.value(row), rows.evaluation_id.get(row)?, kind, id);
        (0..said.set_id.len()).find(|at| {
            (said.set_id.value(*at), said.evaluation_id.value(*at), said.kind.value(*at), said.item_id.value(*at))
                == key
        })
    }

    /// An item's id, with what officers call it.
    fn name(&self, row: usize, kind: &str, id: &str) -> String {
        let said = self.said(row, kind, id).filter(|said| self.said.label.is_valid(*said));
        said.map_or(id.to_owned(), |said| format!("{} ({id})", self.said.label.value(said)))
    }

    /// What multiplies an indicator of a row, or its sum, or is added to that; in the order of the set.
    fn adjusting(&self, row: usize, kind: &str, indicator: Option<&str>) -> Vec<Adjusting> {
        let (of, rows) = (&self.adjustments, &self.rows);
        let own = (rows.uscc.value(row), rows.county_code.value(row), rows.period.value(row), kind, indicator);
        let key = |at: usize| {
            let (uscc, county, period) = (of.uscc.value(at), of.county_code.value(at), of.period.value(at));
            (uscc, county, period, of.kind.value(at), of.indicator_id.get(at))
        };
        let mut found: Vec<usize> = (0..of.uscc.len()).filter(|at| key(*at) == own).collect();
        let ordinal =
            |at: &usize| self.said(row, kind, of.item_id.value(*at)).map(|said| self.said.ordinal.value(said));
        found.sort_by_key(ordinal);
        let adjusting = |at: usize| {
            let id = of.item_id.value(at);
            let number = super::at(of.factor, at).or(super::at(of.points, at)).map(Printed::shortest);
            Adjusting { id: id.to_owned(), name: self.name(row, kind, id), number }
        };
        found.into_iter().map(adjusting).collect()
    }

    fn tell_standing(&self, section: &mut Section, row: usize) {
        let (rows, voice) = (&self.rows, self.voice);
        let group = rows.evaluation_id.get(row);
        let name = group.map(|group| self.name(row, "group", group));
        let (set, illustrative) = (rows.set_id.value(row), voice.illustrative(rows.is_illustrative.value(row)));
        let text = match voice.language {
            Language::Chinese => format!("{}（规则集 {set}{illustrative}）", name.as_deref().unwrap_or("无")),
            Language::English => format!("{} (set {set}{illustrative})", name.as_deref().unwrap_or("none")),
        };
        section.tell("group", voice.say("评价组", "group"), text, group);
        let standing = rows.standing.value(row);
        let words = standing_words(standing, voice);
        let text = match rows.exclusion_id.get(row) {
            Some(exclusion) => format!("{words}: {}", self.name(row, "exclusion", exclusion)),
            None => words.to_owned(),
        };
        let value = json!({ "standing": standing, "exclusion_id": rows.exclusion_id.get(row) });
        section.tell("standing", voice.say("状态", "standing"), text, value);
    }

    fn tell_land_and_tax(&self, section: &mut Section, row: usize) {
        let (rows, voice) = (&self.rows, self.voice);
        let land = rows.land_mu.value(row);
        let tax = at(rows.tax_yuan, row).map(|fen| Printed::hundredths(fen).in_wan());
        let is_doubtful = rows.is_land_doubtful.value(row);
        let doubt = if is_doubtful {
            voice.say("，存疑，不据以评价", ", in doubt: nothing is judged by it")
        } else {
            ""
        };
        let (unit, money) = (voice.unit("mu"), voice.unit("wan_yuan"));
        let mut land_text = format!("{}{unit}{doubt}", Printed::of(land, 4));
        let completeness = rows.tax_completeness.value(row);
        let mut tax_text = match tax {
            Some(tax) => format!("{}{money} ({})", voice.amount(tax.trimmed()), voice.completeness(completeness)),
            None => voice.completeness("none").to_owned(),
        };
        // The one quotient both parts of which are published.
        let per_mu = tax.filter(|_| voice.shows_amounts && !is_doubtful && land > 0.0).and_then(|tax| {
            let value = product(&[tax], &[Printed::of(land, 10)], FEWEST)?;
            let places =
                (FEWEST..10).find(|places| product(&[tax], &[Printed::of(land, *places)], FEWEST) == Some(value))?;
            Some((value, Printed::of(land, places)))
        });
        if let Some((value, land)) = per_mu {
            let tax = tax.map_or(String::new(), |tax| tax.trimmed().to_string());
            let per_mu = voice.unit("wan_yuan/mu");
            let at_least = if completeness == "lower_bound" { "≥ " } else { "" };
            tax_text = format!("{tax_text}; {tax}{money} / {land}{unit} = {at_least}{value}{per_mu}");
            land_text = format!("{land}{unit}{doubt}");
        }
        section.tell("land_mu", voice.say("评价用地", "land"), land_text, land);
        let construction = rows.construction_mu.value(row);
        if construction > 0.0 {
            let left_out =
                voice.say("，处于建设期，不计入评价用地", ", in its construction period: left out of the land");
            let text = format!("{}{unit}{left_out}", Printed::of(construction, 4));
            section.tell("construction_mu", voice.say("在建用地", "land under construction"), text, construction);
        }
        let value = json!({ "tax_yuan": tax_value(voice, at(rows.tax_yuan, row)), "completeness": completeness });
        section.tell("tax", voice.say("税收", "tax"), tax_text, value);
    }

    /// The sums of a row; none where it has no total.
    fn sums(&self, row: usize, coefficients: &[Adjusting], bonuses: &[Adjusting]) -> Option<Sums> {
        let rows = &self.rows;
        let numbers = |list: &[Adjusting]| list.iter().filter_map(|one| one.number).collect::<Vec<_>>();
        let (factors, adjustments) = (numbers(coefficients), numbers(bonuses));
        let (sum, all) = (at(rows.item_points, row)?, Printed::points(at(rows.total, row)?));
        // Where nothing multiplies it, the exact one stands for both.
        let sum = if factors.is_empty() { total(&[all, total(&adjustments).negated()]) } else { Printed::points(sum) };
        Some(Sums { sum, factors, adjustments, total: all, next: self.next(row) })
    }

    /// Of the grades better than a row's that somebody it is ranked among has by the total, the nearest, and the
    /// least total that has it.
    fn next(&self, row: usize) -> Option<(String, Printed)> {
        let rows = &self.rows;
        let own = rows.grade_by_total.get(row)?;
        let among = |at: usize| match self.subject {
            Subject::Enterprise => rows.county_code.value(at),
            Subject::Platform => rows.set_id.value(at),
        };
        let key = |at: usize| (among(at), rows.period.value(at), rows.evaluation_id.get(at));
        let peers = (0..rows.uscc.len()).filter(|at| key(*at) == key(row));
        let better = peers.filter_map(|peer| Some((rows.grade_by_total.get(peer)?, at(rows.total, peer)?)));
        let better = better.filter(|(grade, _)| *grade < own);
        let nearest = better.max_by(|left, right| left.0.cmp(right.0).then(right.1.total_cmp(&left.1)));
        nearest.map(|(grade, total)| (grade.to_owned(), Printed::points(total)))
    }

    fn tell_total(&self, section: &mut Section, sums: &Sums, of_sum: u32, of_total: u32) {
        let voice = self.voice;
        let total = sums.total.rounded(of_total);
        let mut formula = sums.sum.rounded(of_sum).to_string();
        for factor in &sums.factors {
            let _ = write!(formula, " × {factor}");
        }
        for points in &sums.adjustments {
            let sign = if points.is_negative() { '-' } else { '+' };
            let _ = write!(formula, " {sign} {}", points.size());
        }
        let is_formula = sums.factors.len() + sums.adjustments.len() > 0;
        let formula = if is_formula { format!("{formula} = ") } else { String::new() };
        let note = voice.say("；各数按所列位数四舍五入", "; numbers are rounded to the digits shown");
        section.tell("total", voice.say("总得分", "total"), format!("{formula}{total}{note}"), number(total));
    }

    fn tell_grade(&self, section: &mut Section, row: usize, sums: Option<&Sums>, digits: u32) {
        let (rows, voice) = (&self.rows, self.voice);
        let ranked = rows.ranked.value(row);
        if let Some(rank) = at(rows.rank, row) {
            let text = match (voice.language, self.subject) {
                (Language::Chinese, Subject::Enterprise) => format!("第 {rank} 名，本县本组参评 {ranked} 家"),
                (Language::Chinese, Subject::Platform) => format!("第 {rank} 名，本规则集本组参评 {ranked} 个"),
                (Language::English, Subject::Enterprise) => {
                    format!("{rank} of {ranked} ranked in this county and group")
                }
                (Language::English, Subject::Platform) => {
                    format!("{rank} of {ranked} ranked by this set in this group")
                }
            };
            section.tell("rank", voice.say("名次", "rank"), text, json!({ "rank": rank, "ranked": ranked }));
        }
        if let Some(grade) = rows.grade_by_total.get(row) {
            section.tell("grade_by_total", voice.say("得分等级", "grade by the total"), grade, grade);
        }
        if let Some(vetoes) = rows.vetoes.get(row) {
            section.tell(
                "vetoes",
                voice.say("一票否决", "vetoes"),
                vetoes.split(',').map(|veto| self.name(row, "veto", veto)).collect::<Vec<_>>().join(", "),
                json!(vetoes.split(',').collect::<Vec<_>>()),
            );
        }
        let grade = rows.grade.get(row);
        let provisional = if rows.is_provisional.value(row) {
            voice.say("（暂定：基准随数据变动）", " (provisional: a benchmark moves with the data)")
        } else {
            ""
        };
        let text = match (grade, rows.grade_by_total.get(row)) {
            (Some("T"), _) => voice.say("T 单列", "T: apart (单列)").to_owned(),
            (Some(grade), Some(by_total)) if grade != by_total => {
                format!("{grade}{}{provisional}", voice.say("，因一票否决", ", by the veto"))
            }
            (Some(grade), _) => format!("{grade}{provisional}"),
            (None, Some(_)) => {
                voice.say("未定：是否一票否决尚不能确定", "open: whether a veto holds is not known").to_owned()
            }
            (None, None) => voice.say("无", "none").to_owned(),
        };
        section.tell("grade", voice.say("等级", "grade"), text, grade);
        if let Some(sums) = sums
            && rows.grade_by_total.get(row).is_some()
        {
            self.tell_next(section, sums, digits, rows.vetoes.get(row).is_some());
        }
    }

    fn tell_next(&self, section: &mut Section, sums: &Sums, digits: u32, has_veto: bool) {
        let (voice, label) = (self.voice, self.voice.say("下一等级", "next grade"));
        let Some((grade, least)) = &sums.next else {
            let text = match self.subject {
                Subject::Enterprise => {
                    voice.say("本县本组无更高等级者", "nobody in this county and group has a better one")
                }
                Subject::Platform => voice.say("本组无更高等级者", "none of this group has a better one"),
            };
            return section.tell("next_grade", label, text, Value::Null);
        };
        let (least, own) = (least.rounded(digits), sums.total.rounded(digits));
        let gap = total(&[least, own.negated()]);
        let veto =
            if has_veto { voice.say("；一票否决仍然有效", "; the veto holds all the same") } else { "" };
        let text = match voice.language {
            Language::Chinese => {
                format!("{grade} 档最低总得分 {least}：{least} - {own} = {gap} 分，其他条件不变{veto}")
            }
            Language::English => format!(
                "{grade}: the least total that has it is {least}: {least} - {own} = {gap} points more, all else equal{veto}"
            ),
        };
        section.tell(
            "next_grade",
            label,
            text,
            json!({ "grade": grade, "least_total": number(least), "points": number(gap) }),
        );
    }
}

/// The printed number for programs.
pub(super) fn number(printed: Printed) -> Value {
    printed.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

pub(super) fn tax_value(voice: Voice, fen: Option<i128>) -> Value {
    match fen {
        Some(_) if !voice.shows_amounts => HIDDEN.into(),
        Some(fen) => number(Printed::hundredths(fen)),
        None => Value::Null,
    }
}

/// How an enterprise stands in an evaluation, in words.
pub(super) fn standing_words(standing: &str, voice: Voice) -> &str {
    match standing {
        "ranked" => voice.say("参评", "ranked"),
        "not_judged" => {
            voice.say("不评：缺少可能影响总分的数据", "not judged: something that could change the total is not known")
        }
        "excluded" => voice.say("不参评", "excluded"),
        "exclusion_unknown" => voice.say("是否参评尚不能确定", "whether it is excluded is not known"),
        "group_none" => voice.say("不属于任何评价组", "in no group"),
        "group_several" => voice.say("同时属于几个评价组，均不评", "in several groups, and so evaluated in none"),
        "group_unknown" => voice.say("所属评价组尚不能确定", "its group is not known"),
        "member" => voice
            .say("合并评价：数据计入评价主体，等级随其", "a member: its figures count at the head, whose grade it has"),
        "links_unknown" => {
            voice.say("不评：与哪些企业合并评价尚不能确定", "not judged: with whom it belongs together is not known")
        }
        "links_cycle" => voice.say("不评：企业关联成环", "not judged: its links go round in a circle"),
        "links_several" => voice.say("不评：企业关联有多个主体", "not judged: its links lead to several heads"),
        other => other,
    }
}

/// With how many digits items, their sum and the total are printed, so that each follows from what is printed before it,
/// and the total differs from the next grade's if it does.
fn digits(items: &[Item<'_, '_>], sums: Option<&Sums>) -> (u32, u32, u32) {
    let Some(sums) = sums else { return (FEWEST, FEWEST, FEWEST) };
    let least = |fits: &dyn Fn(u32) -> bool| (FEWEST..=MOST).find(|digits| fits(*digits)).unwrap_or(MOST);
    let of_total = least(&|digits| match &sums.next {
        Some((_, next)) => *next == sums.total || next.rounded(digits) != sums.total.rounded(digits),
        None => true,
    });
    let of_sum = least(&|digits| {
        let factors: Vec<Printed> =
            std::iter::once(sums.sum.rounded(digits)).chain(sums.factors.iter().copied()).collect();
        let items = product(&factors, &[], MOST);
        let all = |items| total(&[items, total(&sums.adjustments)]).rounded(of_total);
        items.is_some_and(|items| all(items) == sums.total.rounded(of_total))
    });
    let of_items = least(&|digits| {
        let points = items.iter().filter(|item| item.origin() != "spread").filter_map(|item| item.points);
        let points: Vec<Printed> = points.map(|points| points.rounded(digits)).collect();
        total(&points).rounded(of_sum) == sums.sum.rounded(of_sum)
    });
    (of_items, of_sum, of_total)
}
