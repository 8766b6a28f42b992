//! How large the province is.

use super::section::{Bounds, section};

section! {
    /// How large the province is. The same numbers and the same seed give the same files.
    Province = "province" {
        /// Parcels in the whole province, before the extra features that are planted as defects.
        parcels: u64 = 20_000, "parcels", Bounds::Of(1.0, 20_000_000.0);
        /// Everything random comes from it.
        seed: u64 = 1, "", Bounds::Of(0.0, 9_007_199_254_740_992.0);
        /// How many parcels a county has on average: it decides how many of the 90 counties take part, at least 8 from
        /// 2,000 parcels on; below, one per 250.
        parcels_per_county: u64 = 2_000, "parcels", Bounds::Of(1.0, 20_000_000.0);
    }
}

/// From so many parcels on every kind of defect occurs.
const MEETS_EVERY_KIND: u64 = 2_000;

impl Province {
    /// Whether it is large enough for every kind of defect to occur in it.
    #[must_use]
    pub const fn meets_every_kind(&self) -> bool {
        self.parcels >= MEETS_EVERY_KIND
    }
}
