//! A rule: what is found where its condition holds, and by whose authority.

use std::collections::BTreeSet;
use std::fmt;

use super::condition::{Condition, Test};

/// What a rule may propose: 二(五)'s five, and 三(二)'s modes. A closed list, so that lists by measure are whole.
pub const MEASURES: &[&str] = &[
    "改造提升",
    "兼并重组",
    "回收盘活",
    "集聚入园",
    "关停退出",
    "自主改造",
    "国资改造",
    "政企合作",
    "企企合作",
    "连片开发",
    "统租统招",
    "国资平台收购",
    "统一收储",
];

/// One rule of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its stable name, never reused with another meaning.
    pub id: String,
    /// The id of the set that states it: the set's own, or one that it extends.
    pub stated_by: String,
    /// The Opinion's task, as `二(二)`.
    pub clause: String,
    /// The document and article that set its figure; every `low_efficiency` rule has one unless its set is illustrative.
    pub basis: Option<String>,
    /// What it finds.
    pub kind: RuleKind,
    /// 1 (least) to 9.
    pub severity: u8,
    /// What is to be done, one of [`MEASURES`].
    pub measure: Option<String>,
    /// When it holds.
    pub condition: Condition,
}

/// What a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleKind {
    /// 低效用地
    LowEfficiency,
    /// 高耗低效
    HighConsumption,
    /// 疑似闲置
    Idle,
    /// 违法违规
    Violation,
    /// 履约义务
    Obligation,
    /// 提示
    Notice,
}

impl RuleKind {
    /// Every kind.
    pub const ALL: &[Self] =
        &[Self::LowEfficiency, Self::HighConsumption, Self::Idle, Self::Violation, Self::Obligation, Self::Notice];

    /// As written and published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LowEfficiency => "low_efficiency",
            Self::HighConsumption => "high_consumption",
            Self::Idle => "idle",
            Self::Violation => "violation",
            Self::Obligation => "obligation",
            Self::Notice => "notice",
        }
    }

    /// The kind written so.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Rule {
    /// The ledger tables it needs beyond `parcel`; what a county does not deliver leaves it not judged there.
    #[must_use]
    pub fn inputs(&self) -> BTreeSet<&'static str> {
        self.condition.tests().into_iter().flat_map(Test::inputs).collect()
    }

    /// Its `value_of` tests, by ordinal. Empty: it needs no benchmark.
    #[must_use]
    pub fn benchmark_tests(&self) -> Vec<&Test> {
        self.condition.tests().into_iter().filter(|test| test.benchmark().is_some()).collect()
    }

    /// Whether its findings of a period move with the data: it has a benchmark that no file pins.
    #[must_use]
    pub fn is_provisional(&self, period: &str) -> bool {
        let mut benchmarks = self.condition.tests().into_iter().filter_map(Test::benchmark);
        benchmarks.any(|of| !of.frozen.contains_key(period))
    }

    /// The names of the columns it reads.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&'static str> {
        self.condition.tests().into_iter().flat_map(Test::columns).map(|column| column.name).collect()
    }
}
