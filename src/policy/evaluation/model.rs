//! A group's evaluation, typed: who is in it, what is scored, and what the grades are.

use std::fmt;

use super::super::columns::{Columns, Known};
use super::super::condition::{BenchmarkOf, Condition, Constant};
use super::super::measure::{Catalogue, Column};
use super::super::{ENTERPRISE, PLATFORM};
use super::points::Points;
use crate::domain::{Decimal, Ratio};

/// Who is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Enterprises, among those of their county.
    Enterprise,
    /// Platforms and micro-parks, among those that the set judges.
    Platform,
}

/// A group of enterprises or platforms that are evaluated together, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Its stable name.
    pub id: String,
    /// Who is evaluated.
    pub subject: Subject,
    /// What officers call it.
    pub label: String,
    /// The id of the set that states it: the set's own, or one that it extends.
    pub stated_by: String,
    /// The document that sets its figures; none only in an illustrative set.
    pub basis: Option<String>,
    /// Who is in it, over the subject's catalogue.
    pub condition: Condition,
    /// Who is not ranked with the others; the first that holds counts.
    pub exclusions: Vec<Exclusion>,
    /// What is scored; the weights add up to 100.
    pub indicators: Vec<Indicator>,
    /// What multiplies an item or their sum; all that hold, in this order.
    pub coefficients: Vec<Coefficient>,
    /// Bonus and penalty, after the coefficients.
    pub adjustments: Vec<Adjustment>,
    /// What bars the better grades.
    pub vetoes: Vec<Veto>,
    /// How totals become grades.
    pub grades: Grades,
}

impl Subject {
    /// Every subject, the default first.
    pub const ALL: [Self; 2] = [Self::Enterprise, Self::Platform];

    /// As written in a file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Platform => "platform",
        }
    }

    /// In a sentence.
    #[must_use]
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Enterprise => "an enterprise",
            Self::Platform => "a platform",
        }
    }

    /// What is known of one.
    #[must_use]
    pub fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::Enterprise => &ENTERPRISE,
            Self::Platform => &PLATFORM,
        }
    }
}

/// What becomes of an enterprise of which something is unknown that a condition asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It is not judged.
    NotJudged,
    /// The condition counts as not met.
    NotMet,
}

/// Who is not ranked with the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Exclusion {
    /// Its name within the group.
    pub id: String,
    /// The reason, in words.
    pub label: String,
    /// Who it is.
    pub condition: Condition,
    /// What they get.
    pub graded: Graded,
    /// Where that is unknown.
    pub missing: Unknown,
}

/// What an enterprise gets that is not ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Graded {
    /// No grade (T, 单列).
    Apart,
    /// The grade of the owner of its land, which is not known here.
    Owner,
    /// A grade that the set gives.
    As(Grade),
}

/// One item of the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// Its name within the group.
    pub id: String,
    /// What is scored.
    pub column: &'static Column,
    /// Points for a value equal to the benchmark.
    pub weight: Decimal,
    /// What values are measured against.
    pub benchmark: Measure,
    /// Most points.
    pub cap: Points,
    /// Least points.
    pub floor: Points,
    /// What becomes of an enterprise whose value is not known.
    pub missing: Missing,
}

/// What values are measured against.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// A number, above zero.
    Given(Constant),
    /// A statistic of those who are ranked; its ordinal is the indicator's.
    Computed(BenchmarkOf),
}

/// What becomes of an item whose value is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The enterprise has no total.
    NotJudged,
    /// No points.
    Zero,
    /// The mean points of the ranked members whose value is known.
    GroupMean,
    /// Its weight is spread over the other items, in proportion.
    Spread,
}

/// What multiplies points.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    /// Its name within the group.
    pub id: String,
    /// What officers call it.
    pub label: Option<String>,
    /// What it multiplies by; above zero.
    pub factor: Decimal,
    /// The item (its index), before cap and floor; none: the sum of the items.
    pub indicator: Option<usize>,
    /// Where it applies.
    pub condition: Condition,
    /// Where that is unknown.
    pub missing: Unknown,
}

/// Bonus or penalty.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjustment {
    /// Its name within the group.
    pub id: String,
    /// What officers call it.
    pub label: Option<String>,
    /// Points, once or for each.
    pub points: Decimal,
    /// For each of what; none: once.
    pub per: Option<Per>,
    /// Where it applies; none: to all.
    pub condition: Option<Condition>,
    /// The most it comes to.
    pub most: Points,
    /// The least it comes to.
    pub least: Points,
    /// Where something is unknown.
    pub missing: Unknown,
}

/// A count, of which only what exceeds a number is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Per {
    /// The count.
    pub column: &'static Column,
    /// What is not counted.
    pub above: i64,
}

/// What bars the better grades (一票否决).
#[derive(Debug, Clone, PartialEq)]
pub struct Veto {
    /// Its name within the group.
    pub id: String,
    /// The reason, in words.
    pub label: String,
    /// The best grade that is left.
    pub best: Grade,
    /// Where it applies.
    pub condition: Condition,
    /// Where that is unknown.
    pub missing: Unknown,
}

/// A grade, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// The best.
    A,
    /// The next.
    B,
    /// The next.
    C,
    /// The last.
    D,
}

/// How totals become grades.
#[derive(Debug, Clone, PartialEq)]
pub enum Grades {
    /// Shares of those ranked, of A to D; together 1.
    Shares([Decimal; 4]),
    /// The least totals of A, B and C, falling.
    Scores([Decimal; 3]),
}

impl Grade {
    /// Every grade, the best first.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    /// As written and published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }

    /// The grade written so.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.as_str() == text)
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Graded {
    /// As written in a file and published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Apart => "apart",
            Self::Owner => "owner",
            Self::As(grade) => grade.as_str(),
        }
    }

    /// What is written so.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        match text {
            "apart" => Some(Self::Apart),
            "owner" => Some(Self::Owner),
            grade => Grade::find(grade).map(Self::As),
        }
    }
}

impl Unknown {
    /// Every way, the default first.
    pub const ALL: [Self; 2] = [Self::NotJudged, Self::NotMet];

    /// As written in a file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotJudged => "not_judged",
            Self::NotMet => "not_met",
        }
    }

    /// What stands for a condition's outcome: unknown only where the enterprise is then not judged.
    #[must_use]
    pub const fn settle(self, outcome: Option<bool>) -> Option<bool> {
        match (self, outcome) {
            (Self::NotMet, None) => Some(false),
            _ => outcome,
        }
    }
}

impl Missing {
    /// Every way, the default first.
    pub const ALL: [Self; 4] = [Self::NotJudged, Self::Zero, Self::GroupMean, Self::Spread];

    /// As written in a file and published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotJudged => "not_judged",
            Self::Zero => "zero",
            Self::GroupMean => "group_mean",
            Self::Spread => "spread",
        }
    }
}

impl Indicator {
    /// The statistic that its benchmark is, if it is computed.
    #[must_use]
    pub const fn computed(&self) -> Option<&BenchmarkOf> {
        match &self.benchmark {
            Measure::Computed(of) => Some(of),
            Measure::Given(_) => None,
        }
    }

    /// How much is known of the value of `row`.
    #[must_use]
    pub fn known(&self, columns: &Columns, row: usize) -> Known {
        match columns.reading(self.column, row) {
            Some(reading) if reading.is_exact => Known::Exact,
            Some(_) => Known::AtLeast,
            None => Known::Unknown,
        }
    }

    /// The value of `row`, in the column's published unit; none where nothing is known of it, a lower bound where part is.
    #[must_use]
    pub fn value(&self, columns: &Columns, row: usize) -> Option<Ratio> {
        columns.reading(self.column, row).map(|reading| self.column.published(reading.ratio()))
    }
}

impl Evaluation {
    /// Whether points of a period move with the data of others: it has a computed benchmark that no file pins.
    #[must_use]
    pub fn is_provisional(&self, period: &str) -> bool {
        self.indicators.iter().filter_map(Indicator::computed).any(|of| !of.frozen.contains_key(period))
    }
}
