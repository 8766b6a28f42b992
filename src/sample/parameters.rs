//! Every number of the sample, with its bounds.

use super::SampleError;

/// What `mujun sample` makes. Shares are ratios in 0..=1; lengths are metres; areas are mu.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// Parcels in the whole province, before the extra features that are planted as defects.
    pub parcels: u64,
    /// Everything random comes from it.
    pub seed: u64,
    /// `name` of the pipeline file.
    pub name: String,
    /// `store` of the pipeline file, relative to it.
    pub store: String,
    /// `policy` of the pipeline file, relative to it.
    pub policy: String,
    /// How many parcels a county has on average; it decides how many counties take part.
    pub parcels_per_county: u64,
    /// How many parcels an industrial district has on average; districts vary by half of it.
    pub district_parcels: u64,
    /// Median area of a parcel.
    pub parcel_median_mu: f64,
    /// σ of the logarithm of a parcel's area, over the province.
    pub parcel_sigma: f64,
    /// Smallest parcel.
    pub parcel_least_mu: f64,
    /// Largest parcel.
    pub parcel_most_mu: f64,
    /// Narrowest lane between rows and blocks of parcels.
    pub lane_least_m: f64,
    /// Widest lane.
    pub lane_most_m: f64,
    /// How far the registered area may lie from the measured one, as a ratio.
    pub registered_error: f64,
    /// Share of the parcels that are no industrial land (warehouses, housing).
    pub other_use_share: f64,
    /// Share of the industrial parcels that nobody occupies.
    pub vacant_share: f64,
    /// Share of the industrial parcels that are let to several tenants.
    pub let_share: f64,
    /// Share of the industrial parcels whose owner also owns the parcel before it.
    pub same_owner_share: f64,
    /// Median tax of an enterprise per mu it occupies, in 10,000 yuan a year.
    pub tax_median_wan_per_mu: f64,
    /// σ of its logarithm, of which a part is the district's and the block's.
    pub tax_sigma: f64,
    /// Share of enterprises × years with a refund of value-added tax.
    pub refund_share: f64,
    /// Share of parcels, and of ledger rows, with a defect of each kind.
    pub defect_share: f64,
    /// Share of the occupancy rows that name a parcel which does not exist (each marks a whole enterprise).
    pub unknown_parcel_share: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            parcels: 20_000,
            seed: 1,
            name: "sample".to_owned(),
            store: "store".to_owned(),
            policy: "policy/zhejiang.toml".to_owned(),
            parcels_per_county: 2_000,
            district_parcels: 150,
            parcel_median_mu: 10.0,
            parcel_sigma: 0.75,
            parcel_least_mu: 0.5,
            parcel_most_mu: 150.0,
            lane_least_m: 6.0,
            lane_most_m: 40.0,
            registered_error: 0.008,
            other_use_share: 0.06,
            vacant_share: 0.05,
            let_share: 0.12,
            same_owner_share: 0.12,
            tax_median_wan_per_mu: 32.0,
            tax_sigma: 1.3,
            refund_share: 0.01,
            defect_share: 0.002,
            unknown_parcel_share: 0.0002,
        }
    }
}

impl Parameters {
    /// Refuses what cannot be.
    ///
    /// # Errors
    /// [`SampleError::Parameter`] with the key, its bounds and the value.
    pub fn check(&self) -> Result<(), SampleError> {
        let share = |key, value| (key, value, 0.0, 1.0);
        let bounds = [
            ("parcels", self.parcels as f64, 1.0, 20_000_000.0),
            ("parcels_per_county", self.parcels_per_county as f64, 1.0, 20_000_000.0),
            ("district_parcels", self.district_parcels as f64, 1.0, 10_000.0),
            ("parcel_median_mu", self.parcel_median_mu, 0.1, 1_000.0),
            ("parcel_sigma", self.parcel_sigma, 0.0, 2.0),
            ("parcel_least_mu", self.parcel_least_mu, 0.1, self.parcel_median_mu),
            ("parcel_most_mu", self.parcel_most_mu, self.parcel_median_mu, 10_000.0),
            ("lane_least_m", self.lane_least_m, 1.0, self.lane_most_m),
            ("lane_most_m", self.lane_most_m, self.lane_least_m, 200.0),
            ("registered_error", self.registered_error, 0.0, 0.05),
            share("other_use_share", self.other_use_share),
            share("vacant_share", self.vacant_share),
            share("let_share", self.let_share),
            share("same_owner_share", self.same_owner_share),
            share("vacant_share + let_share + same_owner_share", {
                self.vacant_share + self.let_share + self.same_owner_share
            }),
            ("tax_median_wan_per_mu", self.tax_median_wan_per_mu, 0.001, 10_000.0),
            ("tax_sigma", self.tax_sigma, 0.0, 3.0),
            share("refund_share", self.refund_share),
            ("defect_share", self.defect_share, 0.0, 0.02),
            ("unknown_parcel_share", self.unknown_parcel_share, 0.0, 0.02),
        ];
        for (key, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                return Err(SampleError::Parameter { key, bound: format!("{least} to {most}"), value });
            }
        }
        Ok(())
    }

    /// How many counties take part: one per [`Self::parcels_per_county`], at least 8 from 2,000 parcels on,
    /// at most all 90; below 2,000 one per 250, so that two zones occur early.
    #[must_use]
    pub fn counties(&self) -> usize {
        let by_size = (self.parcels / self.parcels_per_county) as usize;
        if self.parcels >= 2_000 { by_size.clamp(8, 90) } else { ((self.parcels / 250) as usize).clamp(1, 8) }
    }

    /// Mean area of a parcel in m², before the bounds cut the tails.
    #[must_use]
    pub fn parcel_mean_m2(&self) -> f64 {
        self.parcel_median_mu * libm::exp(self.parcel_sigma * self.parcel_sigma / 2.0) * 2000.0 / 3.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_values_are_told_with_key_bound_and_value() {
        assert!(Parameters::default().check().is_ok());
        let told = Parameters { let_share: 1.5, ..Parameters::default() }.check().unwrap_err().to_string();
        assert_eq!(told, "let_share must be 0 to 1, not 1.5");
        assert!(Parameters { parcels: 0, ..Parameters::default() }.check().is_err());
        assert!(Parameters { tax_sigma: f64::NAN, ..Parameters::default() }.check().is_err());
    }

    #[test]
    fn counties_grow_with_the_parcels() {
        let of = |parcels| Parameters { parcels, ..Parameters::default() }.counties();
        assert_eq!([of(10), of(600), of(2_000), of(20_000), of(100_000), of(10_000_000)], [1, 2, 8, 10, 50, 90]);
    }
}
