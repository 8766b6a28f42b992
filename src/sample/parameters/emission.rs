//! What enterprises emit.

use serde::{Deserialize, Serialize};

use super::section::{Bounds, SHARE, check, refused, section};
use crate::sample::SampleError;

/// A pollutant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pollutant {
    /// As ledgers write it.
    pub name: String,
    /// As the policy does.
    pub pollutant: String,
    /// Median emission per mu and year, kg.
    pub median_kg_per_mu: f64,
}

section! {
    /// What enterprises emit, in kg, by the periods of the county's energy ledger; at least one of them in a county.
    Emission = "emission" {
        /// Years with a ledger, up to the last one that is judged.
        years: u16 = 3, "years", Bounds::Of(1.0, 30.0);
        /// Share of the enterprises that emit a pollutant; 0: there is no such ledger.
        share: f64 = 0.1, "ratio", SHARE;
        /// Standard deviation of the logarithm of emission per mu.
        sigma: f64 = 0.9, "", Bounds::Of(0.0, 3.0);
        /// Pollutants: name in the ledger, name in the policy, median emission per mu and year.
        pollutants: Vec<Pollutant> = pollutants(), "kg", Bounds::Words("at least one; medians above 0");
    }
}

fn pollutants() -> Vec<Pollutant> {
    const POLLUTANTS: [(&str, &str, f64); 4] =
        [("二氧化硫", "so2", 12.0), ("氮氧化物", "nox", 20.0), ("化学需氧量", "cod", 15.0), ("氨氮", "nh3n", 1.5)];
    let pollutant = |(name, pollutant, median_kg_per_mu): (&str, &str, f64)| Pollutant {
        name: name.to_owned(),
        pollutant: pollutant.to_owned(),
        median_kg_per_mu,
    };
    POLLUTANTS.map(pollutant).to_vec()
}

impl Emission {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        if self.pollutants.is_empty() {
            return Err(refused::<Self>("pollutants", "at least one", &"none"));
        }
        match self.pollutants.iter().find(|one| one.median_kg_per_mu.is_nan() || one.median_kg_per_mu <= 0.0) {
            Some(one) => Err(refused::<Self>("pollutants.median_kg_per_mu", "above 0", &one.median_kg_per_mu)),
            None => Ok(()),
        }
    }
}
