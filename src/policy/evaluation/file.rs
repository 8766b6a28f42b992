//! `[[evaluation]]`, key by key; unknown keys are errors.

use serde::Deserialize;
use toml::Spanned;

use super::super::file::ConditionFile;
use super::super::number::Scalar;

/// `[[evaluation]]`: a group of enterprises or platforms that are evaluated together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationFile {
    /// Its stable name.
    pub id: Spanned<String>,
    /// Who is evaluated: `enterprise` or `platform`.
    pub subject: Option<Spanned<String>>,
    /// What officers call it.
    pub label: Spanned<String>,
    /// The document that sets its figures.
    pub basis: Option<Spanned<String>>,
    /// Groups of the extended set whose place it takes, besides that of its own id.
    #[serde(default)]
    pub replaces: Vec<Spanned<String>>,
    /// Who is in it.
    pub when: Spanned<ConditionFile>,
    /// Most points of an item, as a multiple of its weight, where the item does not say.
    pub cap: Option<Spanned<Scalar>>,
    /// Least points, likewise.
    pub floor: Option<Spanned<Scalar>>,
    /// `[[evaluation.exclude]]`
    #[serde(default, rename = "exclude")]
    pub exclusions: Vec<ExclusionFile>,
    /// `[[evaluation.indicator]]`
    #[serde(default, rename = "indicator")]
    pub indicators: Vec<IndicatorFile>,
    /// `[[evaluation.coefficient]]`
    #[serde(default, rename = "coefficient")]
    pub coefficients: Vec<CoefficientFile>,
    /// `[[evaluation.adjust]]`
    #[serde(default, rename = "adjust")]
    pub adjustments: Vec<AdjustmentFile>,
    /// `[[evaluation.veto]]`
    #[serde(default, rename = "veto")]
    pub vetoes: Vec<VetoFile>,
    /// `[evaluation.grades]`
    pub grades: Spanned<GradesFile>,
}

/// `[[evaluation.exclude]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionFile {
    /// Its name within the group.
    pub id: Spanned<String>,
    /// The reason, in words.
    pub label: Spanned<String>,
    /// Who is excluded.
    pub when: Spanned<ConditionFile>,
    /// `apart`, `owner`, or a grade.
    pub graded: Spanned<String>,
    /// Where it is unknown whether it holds: `not_judged` or `not_met`.
    pub missing: Option<Spanned<String>>,
}

/// `[[evaluation.indicator]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorFile {
    /// Its name within the group.
    pub id: Spanned<String>,
    /// The column that is scored.
    pub column: Spanned<String>,
    /// Points for a value equal to the benchmark.
    pub weight: Spanned<Scalar>,
    /// What a value is measured against.
    pub benchmark: Spanned<BenchmarkFile>,
    /// Most points, as a multiple of the weight; default: the group's.
    pub cap: Option<Spanned<Scalar>>,
    /// Least points, as a multiple of the weight; default: the group's.
    pub floor: Option<Spanned<Scalar>>,
    /// `not_judged`, `zero`, `group_mean` or `spread`.
    pub missing: Option<Spanned<String>>,
}

/// `benchmark`: `value` with its `unit`, or one statistic with its `by`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchmarkFile {
    /// A given number.
    pub value: Option<Spanned<Scalar>>,
    /// Its unit.
    pub unit: Option<Spanned<String>>,
    /// In (0, 1].
    pub quantile: Option<Spanned<Scalar>>,
    /// Σ numerator / Σ denominator.
    pub mean: Option<Spanned<bool>>,
    /// The mean of the members' own values.
    pub simple_mean: Option<Spanned<bool>>,
    /// `mean` times a number.
    pub share_of_mean: Option<Spanned<Scalar>>,
    /// `mean` of the year before, times a number.
    pub multiple_of_last_mean: Option<Spanned<Scalar>>,
    /// Text columns that part the population.
    #[serde(default)]
    pub by: Vec<Spanned<String>>,
}

/// `[[evaluation.coefficient]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoefficientFile {
    /// Its name within the group.
    pub id: Spanned<String>,
    /// What officers call it.
    pub label: Option<Spanned<String>>,
    /// What it multiplies by.
    pub factor: Spanned<Scalar>,
    /// The indicator that it multiplies; absent: the sum of all.
    pub of: Option<Spanned<String>>,
    /// Where it applies.
    pub when: Spanned<ConditionFile>,
    /// As of an exclusion.
    pub missing: Option<Spanned<String>>,
}

/// `[[evaluation.adjust]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentFile {
    /// Its name within the group.
    pub id: Spanned<String>,
    /// What officers call it.
    pub label: Option<Spanned<String>>,
    /// Bonus, or penalty if negative.
    pub points: Spanned<Scalar>,
    /// What the points are given for each of; absent: once.
    pub per: Option<Spanned<PerFile>>,
    /// Where it applies; absent: to all, for which `per` must be given.
    pub when: Option<Spanned<ConditionFile>>,
    /// The most points.
    pub most: Option<Spanned<Scalar>>,
    /// The least points.
    pub least: Option<Spanned<Scalar>>,
    /// As of an exclusion.
    pub missing: Option<Spanned<String>>,
}

/// `per`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerFile {
    /// A column of counts.
    pub column: Spanned<String>,
    /// Only what is above it counts.
    pub above: Option<Spanned<i64>>,
}

/// `[[evaluation.veto]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VetoFile {
    /// Its name within the group.
    pub id: Spanned<String>,
    /// The reason, in words.
    pub label: Spanned<String>,
    /// The best grade that is left.
    pub best: Spanned<String>,
    /// Where it applies.
    pub when: Spanned<ConditionFile>,
    /// As of an exclusion.
    pub missing: Option<Spanned<String>>,
}

/// `[evaluation.grades]`: `shares` or `scores`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradesFile {
    /// Shares of those ranked.
    pub shares: Option<Spanned<SharesFile>>,
    /// Least totals.
    pub scores: Option<Spanned<ScoresFile>>,
}

/// `shares`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "UPPERCASE")]
pub struct SharesFile {
    /// The best.
    pub a: Spanned<Scalar>,
    /// The next.
    pub b: Spanned<Scalar>,
    /// The next.
    pub c: Spanned<Scalar>,
    /// The last.
    pub d: Spanned<Scalar>,
}

/// `scores`; below C's is D.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "UPPERCASE")]
pub struct ScoresFile {
    /// The least total for A.
    pub a: Spanned<Scalar>,
    /// The least total for B.
    pub b: Spanned<Scalar>,
    /// The least total for C.
    pub c: Spanned<Scalar>,
}
