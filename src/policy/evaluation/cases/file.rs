//! The format of worked cases, key by key; unknown keys are errors.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::super::super::number::Scalar;

/// Values by name.
pub type Named = BTreeMap<Spanned<String>, Spanned<Scalar>>;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasesFile {
    /// The one version that is read is 1.
    pub format: Spanned<i64>,
    /// The policy set, relative to this file's folder.
    pub set: Spanned<String>,
    /// `[[case]]`
    #[serde(rename = "case")]
    pub cases: Vec<CaseFile>,
}

/// `[[case]]`: enterprises that are evaluated together, as a county's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Its name, unique in the file.
    pub id: Spanned<String>,
    /// `enterprise` or `platform`: whose groups are asked, and what `firm` stands for.
    pub subject: Option<Spanned<String>>,
    /// The year that is judged, for benchmarks that the set pins; needed where it pins some, unless it names one period alone.
    pub period: Option<Spanned<String>>,
    /// What holds of every firm, unless it says otherwise.
    #[serde(default)]
    pub all: Named,
    /// Computed benchmarks that are taken as given, in published units: by evaluation, by indicator.
    #[serde(default)]
    pub benchmarks: BTreeMap<Spanned<String>, Named>,
    /// `[[case.firm]]`
    #[serde(rename = "firm")]
    pub firms: Vec<FirmFile>,
}

/// `[[case.firm]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirmFile {
    /// Its name, unique in the case.
    pub id: Spanned<String>,
    /// Values of columns; one that is not given is unknown.
    #[serde(default, rename = "in")]
    pub values: Named,
    /// The enterprises whose figures are summed: of a group the first is its head, of a platform all belong to it. Either all
    /// firms of a case have some, or none has. What `values` gives counts before the sums.
    #[serde(default)]
    pub of: Vec<Named>,
    /// As `values`, of the year before; one that is not given is the judged year's. Absent: it was not there.
    pub before: Option<Named>,
    /// What must come out.
    pub expect: ExpectFile,
}

/// What must come out for a firm; what is not named is not compared. `"none"` stands for no number or grade.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectFile {
    /// The evaluation it falls into, or `none`, `several`, `unknown`.
    pub group: Option<Spanned<String>>,
    /// The exclusion that holds, or `none`, `unknown`.
    pub excluded: Option<Spanned<String>>,
    /// By indicator, points before cap and floor.
    #[serde(default)]
    pub raw: Named,
    /// By indicator, points as they count.
    #[serde(default)]
    pub points: Named,
    /// By adjustment, what it comes to.
    #[serde(default)]
    pub adjust: Named,
    /// The total.
    pub total: Option<Spanned<Scalar>>,
    /// The rank.
    pub rank: Option<Spanned<Scalar>>,
    /// `A` to `D`, `apart`, `owner` or `none`.
    pub grade: Option<Spanned<String>>,
}
