//! The lists that a county's enterprises stand on, what they emit and what they promised. No defects are planted in the lists
//! and emissions.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::SampleError;
use super::draw::Draw;
use super::form::Form;
use super::ledger::made::Made;
use super::ledger::{Amount, Row, Told, Unit, by_period, years};
use super::occupancy::{Member, Register};
use super::parameters::Parameters;
use super::parameters::delivery::Grain;
use super::projects::Promise;
use super::tables;
use crate::domain::Uscc;

/// Fields of violation: as lists write them, and canonical.
pub const FIELDS: [(&str, &str); 7] = [
    ("安全生产", "safety"),
    ("生态环境", "environment"),
    ("税务", "tax"),
    ("劳动保障", "wage"),
    ("自然资源", "land"),
    ("节能", "energy"),
    ("产品质量", "quality"),
];

/// Tags: as lists write them, and canonical.
pub const TAGS: [(&str, &str); 4] = [
    ("高新技术企业", "high_tech"),
    ("专精特新企业", "specialised"),
    ("重点企业", "key"),
    ("先进制造业集群企业", "advanced_cluster"),
];

/// Links: as lists write them, and canonical.
pub const LINKS: [(&str, &str); 3] = [("分支机构", "branch"), ("集团成员", "group"), ("承继", "successor")];

/// One of them, as it is delivered.
#[derive(Debug)]
pub struct Source {
    /// Name of its files, mapping and sources.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// Its header: identifier, name, period, and what it tells.
    pub header: &'static [&'static str],
    /// Whether a sample has it.
    pub is_made: fn(&Parameters) -> bool,
    /// Whether who is not on it is known not to be.
    pub is_complete: bool,
}

/// All of them.
pub const SOURCES: [Source; 6] = [
    Source {
        name: "enterprise-scale",
        table: "enterprise_scale",
        header: &["统一社会信用代码", "企业名称", "年度"],
        is_made: |parameters| parameters.enterprise_scale.listed_share > 0.0,
        is_complete: true,
    },
    Source {
        name: "violation",
        table: "violation",
        header: &["统一社会信用代码", "企业名称", "年度", "领域", "处罚日期", "是否严重"],
        is_made: |parameters| parameters.violation.share > 0.0,
        is_complete: false,
    },
    Source {
        name: "tag",
        table: "tag",
        header: &["统一社会信用代码", "企业名称", "年度", "名单"],
        is_made: |parameters| parameters.tag.share > 0.0,
        is_complete: false,
    },
    Source {
        name: "emission",
        table: "emission",
        header: &["统一社会信用代码", "企业名称", "统计期", "污染物", "排放量"],
        is_made: |parameters| parameters.emission.share > 0.0,
        is_complete: false,
    },
    Source {
        name: "enterprise-link",
        table: "enterprise_link",
        header: &["统一社会信用代码", "企业名称", "登记年度", "关联类型", "关联企业代码", "起始日期"],
        is_made: |parameters| parameters.enterprise_link.share > 0.0,
        is_complete: true,
    },
    Source {
        name: "project",
        table: "project",
        header: &[
            "统一社会信用代码",
            "企业名称",
            "统计年度",
            "履约事项",
            "约定日期",
            "项目编号",
            "宗地代码",
            "是否履约",
            "履约日期",
            "供地日期",
        ],
        is_made: |parameters| parameters.project.share > 0.0,
        is_complete: true,
    },
];

/// A row that tells no more than that somebody is on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed;

impl Told for Listed {
    fn written(self) -> Vec<String> {
        Vec::new()
    }
}

/// A violation beside its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violated {
    /// Day of the decision.
    pub date: NaiveDate,
    /// Whether it is a serious one.
    pub is_serious: bool,
}

impl Told for Violated {
    fn written(self) -> Vec<String> {
        vec![self.date.to_string(), if self.is_serious { "是" } else { "否" }.to_owned()]
    }
}

/// Whom an enterprise belongs to, beside how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    /// The other.
    pub to: Uscc,
    /// First day.
    pub from: NaiveDate,
}

impl Told for Linked {
    fn written(self) -> Vec<String> {
        vec![self.to.as_str().to_owned(), self.from.to_string()]
    }
}

/// A county's rows; none of what the sample does not have.
#[derive(Debug)]
pub struct Lists<'a> {
    /// Who is above scale.
    pub scale: Vec<Row<'static, Listed>>,
    /// Violations.
    pub violation: Vec<Row<'static, Violated>>,
    /// Tags.
    pub tag: Vec<Row<'static, Listed>>,
    /// Emissions.
    pub emission: Vec<Row<'a>>,
    /// Who belongs to whom; their period is the year in which that begins.
    pub link: Vec<Row<'static, Linked>>,
    /// What was promised of plots.
    pub project: Vec<Row<'static, Promise<'a>>>,
}

impl<'a> Lists<'a> {
    /// The rows of a county's members, given their sound rows of tax and output; each list from its own stream. What was
    /// promised is not among them yet: it needs the plots as they are delivered.
    #[must_use]
    pub fn of(
        members: &[Member],
        form: &Form,
        parameters: &'a Parameters,
        (tax, output): (&[Row<'_>], &[Row<'_, Made>]),
        draw: impl Fn(&'static str) -> Draw,
    ) -> Self {
        let mut lists = Self {
            scale: Vec::new(),
            violation: Vec::new(),
            tag: Vec::new(),
            emission: Vec::new(),
            link: Vec::new(),
            project: Vec::new(),
        };
        for source in SOURCES.iter().filter(|source| (source.is_made)(parameters)) {
            let mut draw = draw(source.table);
            match source.table {
                "enterprise_scale" => lists.scale = scale(members, parameters, (tax, output), &mut draw),
                "violation" => lists.violation = violations(members, parameters, &mut draw),
                "tag" => lists.tag = tags(members, parameters, &mut draw),
                "emission" => lists.emission = emissions(members, form, parameters, &mut draw),
                "enterprise_link" => lists.link = links(members, parameters, &mut draw),
                _ => {}
            }
        }
        lists
    }

    /// How many rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.scale.len()
            + self.violation.len()
            + self.tag.len()
            + self.emission.len()
            + self.link.len()
            + self.project.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The file of one of them.
    ///
    /// # Errors
    /// Never in practice: writing to memory does not fail.
    pub fn file(&self, source: &Source, register: &Register, form: &Form) -> Result<Vec<u8>, SampleError> {
        match source.table {
            "enterprise_scale" => tables::ledger(&self.scale, register, source.header, form.ledger),
            "violation" => tables::ledger(&self.violation, register, source.header, form.ledger),
            "tag" => tables::ledger(&self.tag, register, source.header, form.ledger),
            "emission" => tables::ledger(&self.emission, register, source.header, form.ledger),
            "project" => tables::ledger(&self.project, register, source.header, form.ledger),
            _ => tables::ledger(&self.link, register, source.header, form.ledger),
        }
    }
}

/// The members that occupy something.
fn occupying(members: &[Member]) -> impl Iterator<Item = (usize, &Member)> {
    members.iter().enumerate().filter(|(_, member)| !member.parcels.is_empty())
}

/// Who earns more in a year than the threshold. A run stops at a list without a row, so who earns most is on it.
fn scale(
    members: &[Member],
    parameters: &Parameters,
    (tax, output): (&[Row<'_>], &[Row<'_, Made>]),
    draw: &mut Draw,
) -> Vec<Row<'static, Listed>> {
    let section = &parameters.enterprise_scale;
    // Fen of tax, and of revenue where output tells it.
    let mut sums: BTreeMap<(usize, u16), (i64, Option<i64>)> = BTreeMap::new();
    for row in tax {
        if let Some(member) = row.member.filter(|member| !members[*member].parcels.is_empty()) {
            sums.entry((member, row.period.year())).or_default().0 += row.told.count;
        }
    }
    for row in output {
        if let (Some(member), Some(fen)) = (row.member, row.told.counts[0]) {
            *sums.entry((member, row.period.year())).or_default().1.get_or_insert(0) += fen;
        }
    }
    let wan = |(tax, revenue): (i64, Option<i64>)| {
        revenue.map_or_else(|| tax as f64 * section.revenue_per_tax, |fen| fen as f64) / 1e6
    };
    let last = parameters.pipeline.last_year();
    let of_last = sums.iter().filter(|((_, year), _)| *year == last);
    let most = of_last.max_by(|left, right| wan(*left.1).total_cmp(&wan(*right.1))).map(|(key, _)| *key);
    let listed: Vec<u16> = years(parameters, section.years).collect();
    let mut rows = Vec::new();
    for (key @ (member, year), sums) in sums.iter().map(|(key, sums)| (*key, *sums)) {
        let is_above = wan(sums) > section.threshold_wan && draw.chance(section.listed_share);
        if listed.contains(&year) && (is_above || Some(key) == most) {
            by_period(&mut rows, member, (year, Grain::Year), "", Listed);
        }
    }
    rows
}

fn violations(members: &[Member], parameters: &Parameters, draw: &mut Draw) -> Vec<Row<'static, Violated>> {
    let section = &parameters.violation;
    let last = parameters.pipeline.last_year();
    let (mut rows, mut is_any) = (Vec::new(), false);
    for (at, _) in occupying(members) {
        for year in years(parameters, section.years) {
            if is_drawn(draw, section.share, !is_any && year == last) {
                is_any |= year == last;
                let first = NaiveDate::from_yo_opt(i32::from(year), 1).unwrap_or_default();
                let date = first + Days::new(draw.index(365) as u64);
                let told = Violated { date, is_serious: draw.chance(section.serious_share) };
                by_period(&mut rows, at, (year, Grain::Year), FIELDS[draw.index(FIELDS.len())].0, told);
            }
        }
    }
    rows
}

fn tags(members: &[Member], parameters: &Parameters, draw: &mut Draw) -> Vec<Row<'static, Listed>> {
    let section = &parameters.tag;
    let mut rows = Vec::new();
    for (at, _) in occupying(members) {
        for (name, _) in TAGS {
            if is_drawn(draw, section.share, rows.is_empty()) {
                for year in years(parameters, section.years) {
                    by_period(&mut rows, at, (year, Grain::Year), name, Listed);
                }
            }
        }
    }
    rows
}

fn emissions<'a>(members: &[Member], form: &Form, parameters: &'a Parameters, draw: &mut Draw) -> Vec<Row<'a>> {
    let section = &parameters.emission;
    let unit = Unit::Kilogram;
    let mut rows = Vec::new();
    for (at, member) in occupying(members) {
        let mu = member.land_m2 * 3.0 / 2000.0;
        for pollutant in &section.pollutants {
            if !is_drawn(draw, section.share, rows.is_empty()) {
                continue;
            }
            let usual = mu * draw.lognormal(pollutant.median_kg_per_mu, section.sigma);
            for year in years(parameters, section.years) {
                let count = unit.count(usual * draw.lognormal(1.0, 0.15));
                by_period(&mut rows, at, (year, form.energy_grain), &pollutant.name, Amount { count, unit });
            }
        }
    }
    rows
}

/// Everybody belongs to one that comes before it, so that no chain goes round. The only one of a county belongs to itself.
fn links(members: &[Member], parameters: &Parameters, draw: &mut Draw) -> Vec<Row<'static, Linked>> {
    let section = &parameters.enterprise_link;
    let years: Vec<u16> = years(parameters, section.years).collect();
    let all: Vec<usize> = occupying(members).map(|(at, _)| at).collect();
    let (mut rows, mut heads, mut linked) = (Vec::new(), Vec::new(), Vec::new());
    for (position, member) in all.iter().copied().enumerate() {
        let must_be = rows.is_empty() && position + 1 == all.len();
        if !is_drawn(draw, section.share, must_be) || (heads.is_empty() && !must_be) {
            heads.push(member);
            continue;
        }
        let among = if !linked.is_empty() && draw.chance(section.chain_share) { &linked } else { &heads };
        let other = if among.is_empty() { member } else { among[draw.index(among.len())] };
        let kind = match (draw.chance(section.branch_share), draw.chance(section.group_share)) {
            (true, _) => LINKS[0],
            (false, true) => LINKS[1],
            (false, false) => LINKS[2],
        };
        let year = years[draw.index(years.len())];
        let first = NaiveDate::from_yo_opt(i32::from(year), 1).unwrap_or_default();
        let from = first + Days::new(draw.index(365) as u64);
        // The sample makes only codes that are right.
        if let Ok(to) = Uscc::parse(&members[other].enterprise.uscc) {
            by_period(&mut rows, member, (year, Grain::Year), kind.0, Linked { to, from });
        }
        linked.push(member);
    }
    rows
}

/// True with that probability, or because a list must not be empty: a run stops at a source without a row.
fn is_drawn(draw: &mut Draw, share: f64, must_be: bool) -> bool {
    draw.chance(share) || must_be
}
