//! Who is above scale.

use super::section::{Bounds, SHARE, section};

section! {
    /// The yearly list of enterprises above scale (规上). It is complete: who is not on it is below.
    EnterpriseScale = "enterprise_scale" {
        /// Years with a list, up to the last one that is judged.
        years: u16 = 3, "years", Bounds::Of(1.0, 30.0);
        /// Share of the enterprises above the threshold that are listed; 0: there is no such list.
        listed_share: f64 = 1.0, "ratio", SHARE;
        /// Revenue of a year above which an enterprise is listed. A county lists at least the one that earns most.
        threshold_wan: f64 = 2_000.0, "10,000 yuan", Bounds::Of(0.0, 1e9);
        /// Revenue over tax, where no output tells the revenue.
        revenue_per_tax: f64 = 17.0, "ratio", Bounds::Of(0.0, 100_000.0);
    }
}
