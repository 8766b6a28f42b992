//! The file format of a policy set, key by key; unknown keys are errors.
//!
//! A value is [`Spanned`] where a later finding must name its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::evaluation::EvaluationFile;
use super::number::Scalar;
use crate::document::{Document, DocumentError, Mended};

/// A whole file. What is `None` may come from the set it extends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    #[expect(dead_code, reason = "checked before the rest is read")]
    format: i64,
    /// The set's name, unique among the sets of a pipeline.
    pub id: Spanned<String>,
    /// The file it builds on, relative to this one's folder.
    pub extends: Option<Spanned<String>>,
    /// Counties and cities where it holds; absent: everywhere. Never inherited.
    pub counties: Option<Spanned<Vec<Spanned<String>>>>,
    /// Periods it judges; absent: all, or the parent's.
    pub periods: Option<Spanned<Vec<Spanned<String>>>>,
    /// First day as law.
    pub valid_from: Option<Spanned<Datetime>>,
    /// Last day as law.
    pub valid_to: Option<Spanned<Datetime>>,
    /// Whether its figures are an example, not anybody's law.
    pub illustrative: Option<bool>,
    /// The file that pins computed benchmarks which this one states, relative to its folder. Never inherited.
    pub frozen: Option<Spanned<String>>,
    /// Which area a parcel is judged by.
    pub land_basis: Option<Spanned<String>>,
    /// Kinds of links between enterprises that are evaluated together.
    pub together: Option<Spanned<Vec<Spanned<String>>>>,
    /// `[land]`
    #[serde(default)]
    pub land: LandFile,
    /// `[tax]`
    #[serde(default)]
    pub tax: TaxFile,
    /// `[energy.CARRIER]`
    #[serde(default)]
    pub energy: BTreeMap<String, CarrierFile>,
    /// `[emission.POLLUTANT]`
    #[serde(default)]
    pub emission: BTreeMap<String, PollutantFile>,
    /// `[occupancy]`
    #[serde(default)]
    pub occupancy: OccupancyFile,
    /// `[blocks]`
    #[serde(default)]
    pub blocks: BlocksFile,
    /// `[zones.KIND]`
    #[serde(default)]
    pub zones: BTreeMap<Spanned<String>, ZonesFile>,
    /// `[[rule]]`
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleFile>,
    /// `[[evaluation]]`
    #[serde(default, rename = "evaluation")]
    pub evaluations: Vec<EvaluationFile>,
}

/// `[land]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LandFile {
    /// Use codes of industrial land.
    pub industrial_codes: Option<Spanned<Vec<Spanned<String>>>>,
    /// Relative difference of registered and measured area, above which yield is not judged.
    pub max_area_difference: Option<Spanned<Scalar>>,
}

/// `[tax]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxFile {
    /// Kinds of tax that count as yield.
    pub counted_kinds: Option<Spanned<Vec<Spanned<String>>>>,
}

/// `[energy.CARRIER]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarrierFile {
    /// The unit of its factors.
    pub unit: Spanned<String>,
    /// 当量值, kgce per unit.
    pub calorific: Spanned<Scalar>,
    /// 等价值, kgce per unit.
    pub equivalent: Spanned<Scalar>,
}

/// `[emission.POLLUTANT]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollutantFile {
    /// What a tonne of it counts in the sum of emissions.
    pub weight: Spanned<Scalar>,
}

/// `[occupancy]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OccupancyFile {
    /// Occupied land over the parcel's land, above which it is an issue.
    pub max_sum: Option<Spanned<Scalar>>,
    /// Share of the parcel for an enterprise's finding to reach it.
    pub min_share: Option<Spanned<Scalar>>,
}

/// `[blocks]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlocksFile {
    /// Widest gap between neighbours, metres.
    pub gap_m: Option<Spanned<Scalar>>,
    /// Cleaning of the published outline, metres.
    pub snap_m: Option<Spanned<Scalar>>,
}

/// `[zones.KIND]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZonesFile {
    /// Least share of the parcel that lies in the zone.
    pub min_parcel_share: Option<Spanned<Scalar>>,
    /// Least share of the zone that the parcel takes up.
    pub min_zone_share: Option<Spanned<Scalar>>,
    /// Classes, the first going before the others.
    #[serde(default)]
    pub classes: Vec<String>,
}

/// `[[rule]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// Its stable name.
    pub id: Spanned<String>,
    /// The Opinion's task, as `二(二)`.
    pub clause: Spanned<String>,
    /// The document and article that set its figure.
    pub basis: Option<Spanned<String>>,
    /// What it finds.
    pub kind: Spanned<String>,
    /// 1 (least) to 9.
    pub severity: Spanned<i64>,
    /// What is to be done.
    pub measure: Option<Spanned<String>>,
    /// When it holds.
    pub when: Spanned<ConditionFile>,
}

/// A condition: exactly one of `all`, `any`, `not`, `column`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionFile {
    /// Every one holds.
    pub all: Option<Vec<Spanned<ConditionFile>>>,
    /// At least one holds.
    pub any: Option<Vec<Spanned<ConditionFile>>>,
    /// It does not hold.
    pub not: Option<Box<Spanned<ConditionFile>>>,
    /// The tested column.
    pub column: Option<Spanned<String>>,
    /// `=` `!=` `<` `<=` `>` `>=` `in`
    pub op: Option<Spanned<String>>,
    /// A constant, or a list for `in`.
    pub value: Option<Spanned<Scalar>>,
    /// The constant's unit.
    pub unit: Option<Spanned<String>>,
    /// A statistic of the rule's population.
    pub value_of: Option<Spanned<StatisticFile>>,
    /// Another column of like unit.
    pub other_column: Option<Spanned<String>>,
}

/// `value_of`: exactly one of `quantile`, `mean = true`, `share_of_mean`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatisticFile {
    /// In (0, 1].
    pub quantile: Option<Spanned<Scalar>>,
    /// Σ numerator / Σ denominator.
    pub mean: Option<Spanned<bool>>,
    /// That times a number.
    pub share_of_mean: Option<Spanned<Scalar>>,
    /// Text columns that part the population into groups.
    #[serde(default)]
    pub by: Vec<Spanned<String>>,
}

/// The one version of the format that is read.
const FORMAT: i64 = 1;

#[derive(Deserialize)]
struct FormatOnly {
    format: Spanned<i64>,
}

/// Reads a document's keys, with all mistakes of unknown or missing keys and wrong types; what the keys mean is checked later.
///
/// # Errors
/// On a format other than 1, about which nothing else can be said.
pub fn read(document: &Document) -> Result<Mended<PolicyFile>, DocumentError> {
    match document.parse() {
        Ok(FormatOnly { format }) if *format.get_ref() != FORMAT => {
            let message = format!("`format` is {}; this version reads format {FORMAT}", format.get_ref());
            Err(document.error(format.span(), message))
        }
        _ => Ok(document.parse_mending()),
    }
}
