//! How parcels look.

use super::section::{Bounds, SHARE, check, refused, section};
use crate::sample::SampleError;

section! {
    /// How parcels look.
    Parcels = "parcels" {
        /// Median area.
        median_mu: f64 = 10.0, "mu", Bounds::Of(0.1, 1_000.0);
        /// Standard deviation of the logarithm of the area, over the province; areas are lognormal.
        sigma: f64 = 0.75, "", Bounds::Of(0.0, 2.0);
        /// Smallest.
        least_mu: f64 = 0.3, "mu", Bounds::Of(0.1, 10_000.0);
        /// Largest.
        most_mu: f64 = 300.0, "mu", Bounds::Of(0.1, 10_000.0);
        /// Points at which a boundary line bends besides its corners, on average.
        bends: f64 = 0.25, "points", Bounds::Of(0.0, 5.0);
        /// How far the registered area may lie from the measured one.
        registered_error: f64 = 0.008, "ratio", Bounds::Of(0.0, 0.02);
        /// Share that is surveyed point by point, with 12 to 60 corners.
        detailed_share: f64 = 0.01, "ratio", SHARE;
        /// Share with a corner on a straight side of its neighbour, who has none there.
        junction_share: f64 = 0.05, "ratio", SHARE;
        /// Share with a hole.
        hole_share: f64 = 0.004, "ratio", SHARE;
        /// Share that lies in the hole of another.
        enclave_share: f64 = 0.004, "ratio", Bounds::Of(0.0, 0.125);
        /// Share that is a narrow strip between a parcel and its lane.
        sliver_share: f64 = 0.02, "ratio", Bounds::Of(0.0, 0.125);
        /// Share that is a second registration of another's land, of 1 % to 100 % of it.
        double_share: f64 = 0.003, "ratio", Bounds::Of(0.0, 0.125);
        /// Share that lies above or below another.
        layer_share: f64 = 0.004, "ratio", Bounds::Of(0.0, 0.125);
        /// Share that is no industrial land (warehouses, housing).
        other_use_share: f64 = 0.06, "ratio", SHARE;
        /// Share whose floor area nobody knows.
        floor_unknown_share: f64 = 0.03, "ratio", SHARE;
    }
}

impl Parcels {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        if self.least_mu > self.median_mu {
            return Err(refused::<Self>("least_mu", format!("at most median_mu ({})", self.median_mu), &self.least_mu));
        }
        if self.most_mu < self.median_mu {
            return Err(refused::<Self>("most_mu", format!("at least median_mu ({})", self.median_mu), &self.most_mu));
        }
        Ok(())
    }

    /// Mean area in m², before the bounds cut the tails.
    #[must_use]
    pub fn mean_m2(&self) -> f64 {
        self.median_mu * libm::exp(self.sigma * self.sigma / 2.0) * 2000.0 / 3.0
    }
}
