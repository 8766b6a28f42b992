//! Where parcels lie together.

use super::section::{Bounds, check, refused, section};
use crate::sample::SampleError;

section! {
    /// Industrial districts: strips of two rows of parcels back to back, with lanes between the strips and between the
    /// blocks of a strip.
    Districts = "districts" {
        /// How many parcels a district has on average; districts vary by 40 % of it.
        parcels: u64 = 150, "parcels", Bounds::Of(1.0, 5_000.0);
        /// Share of the districts whose enterprises pay about a twelfth of what is usual: there, nearly all parcels lie in
        /// one block.
        poor_share: f64 = 0.03, "ratio", Bounds::Of(0.0, 1.0);
        /// Narrowest lane between rows and blocks of parcels.
        lane_least_m: f64 = 6.0, "m", Bounds::Of(1.0, 200.0);
        /// Widest lane.
        lane_most_m: f64 = 40.0, "m", Bounds::Of(1.0, 200.0);
    }
}

impl Districts {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        if self.lane_most_m < self.lane_least_m {
            let bound = format!("at least lane_least_m ({})", self.lane_least_m);
            return Err(refused::<Self>("lane_most_m", bound, &self.lane_most_m));
        }
        Ok(())
    }
}
