//! The typed condition tree: what a rule asks of a parcel, with its constants in smallest units.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use super::measure::Column;
use super::value::Frozen;
use crate::domain::{Decimal, Ratio, Unit};

/// A condition, three-valued: it holds, does not hold, or is unknown.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Every one holds.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A column compared with something.
    Test(Test),
}

/// `column op right`. Its right side fits its column: policy files are checked when they are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The left side.
    pub column: &'static Column,
    /// How they are compared.
    pub operator: Operator,
    /// What with.
    pub right: Right,
}

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`: equal to one of a list.
    In,
}

/// The right side of a test.
#[derive(Debug, Clone, PartialEq)]
pub enum Right {
    /// For a Bool column.
    Flag(bool),
    /// For a Text column; one text unless the operator is `in`.
    Texts(Vec<String>),
    /// For a number; one constant unless the operator is `in`.
    Constants(Vec<Constant>),
    /// Another number of like unit.
    Column(&'static Column),
    /// A statistic of the rule's population, computed in the reduce step.
    Benchmark(BenchmarkOf),
}

/// A number of the policy, as written and as compared.
#[derive(Debug, Clone)]
pub struct Constant {
    /// As written.
    pub number: Decimal,
    /// Its unit.
    pub unit: Unit,
    /// The same in smallest units of the column (of a quotient: smallest above per smallest below).
    pub smallest: Ratio,
}

/// `value_of`: which statistic of which groups.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkOf {
    /// Which of the rule's `value_of` tests this is, from 0 in order of the file.
    pub ordinal: usize,
    /// The statistic.
    pub statistic: Statistic,
    /// Text columns whose values, joined by `/`, name a row's group; none: one group, named "".
    pub by: Vec<&'static Column>,
    /// What a file pins it to; periods that are not there are computed.
    pub frozen: Frozen,
}

/// A statistic of the population's values.
#[derive(Debug, Clone, Copy)]
pub enum Statistic {
    /// Of n values in order, the ⌈q·n⌉-th; q in (0, 1].
    Quantile(Decimal),
    /// Σ numerator / Σ denominator.
    Mean,
    /// That, times the number.
    ShareOfMean(Decimal),
    /// The mean of the members' own values, each rounded to 1e-12. Evaluations only.
    SimpleMean,
    /// The mean (Σ / Σ) of the year before, times the number. Evaluations only.
    MultipleOfLastMean(Decimal),
}

impl Constant {
    /// `number` in `unit`.
    #[must_use]
    pub fn new(number: Decimal, unit: Unit) -> Self {
        Self { number, unit, smallest: number.ratio().times(unit.size()) }
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        self.smallest == other.smallest && self.unit.is_like(other.unit)
    }
}

impl PartialEq for Statistic {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// The text published as `method`: `quantile 0.2`, `mean`, `share_of_mean 0.5` …
impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantile(share) => write!(f, "quantile {share}"),
            Self::Mean => f.write_str("mean"),
            Self::ShareOfMean(share) => write!(f, "share_of_mean {share}"),
            Self::SimpleMean => f.write_str("simple_mean"),
            Self::MultipleOfLastMean(times) => write!(f, "multiple_of_last_mean {times}"),
        }
    }
}

impl Operator {
    /// Every operator.
    pub const ALL: &[Self] =
        &[Self::Equal, Self::NotEqual, Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual, Self::In];

    /// As written in a file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
        }
    }

    /// The operator written so.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| operator.as_str() == text)
    }

    /// Whether it holds of two sides in that order.
    #[must_use]
    pub const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal | Self::In => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// Whether it asks for order, which only numbers have.
    #[must_use]
    pub const fn is_ordering(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }
}

impl Condition {
    /// Every test of the tree, in order of the file.
    #[must_use]
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Not(part) => part.tests(),
            Self::Test(test) => vec![test],
        }
    }

    /// The same, to be changed.
    pub(super) fn tests_mut(&mut self) -> Vec<&mut Test> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter_mut().flat_map(Self::tests_mut).collect(),
            Self::Not(part) => part.tests_mut(),
            Self::Test(test) => vec![test],
        }
    }
}

impl Test {
    /// The statistic on its right side, if there is one.
    #[must_use]
    pub const fn benchmark(&self) -> Option<&BenchmarkOf> {
        match &self.right {
            Right::Benchmark(benchmark) => Some(benchmark),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(super) const fn benchmark_mut(&mut self) -> Option<&mut BenchmarkOf> {
        match &mut self.right {
            Right::Benchmark(benchmark) => Some(benchmark),
            _ => None,
        }
    }

    /// The columns it reads: left, right, and those that name the group.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static Column> {
        let mut columns = vec![self.column];
        match &self.right {
            Right::Column(other) => columns.push(other),
            Right::Benchmark(benchmark) => columns.extend(&benchmark.by),
            Right::Flag(_) | Right::Texts(_) | Right::Constants(_) => {}
        }
        columns
    }

    /// The ledger tables its columns need.
    #[must_use]
    pub fn inputs(&self) -> BTreeSet<&'static str> {
        self.columns().into_iter().flat_map(|column| column.inputs).copied().collect()
    }
}
