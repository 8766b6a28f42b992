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
