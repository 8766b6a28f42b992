//! The value that a group is measured against, computed or pinned.

use std::collections::BTreeMap;

use crate::domain::Ratio;

/// What a computed benchmark is pinned to, by period and class.
pub type Frozen = BTreeMap<String, BTreeMap<String, Benchmark>>;

/// The value that a group is measured against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Benchmark {
    /// In smallest units of the tested column; [`super::Column::published`] converts it.
    pub value: Ratio,
    /// Members of the population, at least 1.
    pub n: u64,
    /// `quantile 0.2`, `mean`, `share_of_mean 0.5` …
    pub method: String,
    /// Whether it was pinned by a file; otherwise findings are provisional.
    pub is_frozen: bool,
}

impl Benchmark {
    /// Its exact value as text, in smallest units: numerator/denominator.
    #[must_use]
    pub fn exact(&self) -> String {
        exact_text(self.value)
    }

    /// The ratio that [`Self::exact`] wrote.
    #[must_use]
    pub fn exact_value(text: &str) -> Option<Ratio> {
        let (above, below) = text.split_once('/')?;
        let (above, below) = (above.parse().ok()?, below.parse().ok().filter(|below| *below > 0)?);
        Some(Ratio::new(above, below))
    }
}

/// A ratio as [`Benchmark::exact`] writes it.
#[must_use]
pub fn exact_text(ratio: Ratio) -> String {
    format!("{}/{}", ratio.numerator(), ratio.denominator())
}
