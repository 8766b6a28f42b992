//! What is wrong on purpose.

use super::section::{Bounds, section};

section! {
    /// What is wrong on purpose. From 2,000 parcels on every kind occurs.
    Defects = "defects" {
        /// Share of parcels, and of ledger rows, with a defect of each kind.
        share: f64 = 0.002, "ratio", Bounds::Of(0.0, 0.02);
        /// Share of the occupancy rows that name a parcel which does not exist (each marks a whole enterprise).
        unknown_parcel_share: f64 = 0.0002, "ratio", Bounds::Of(0.0, 0.02);
    }
}
