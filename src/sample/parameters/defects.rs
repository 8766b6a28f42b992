//! What is wrong on purpose.

use super::section::{Bounds, section};

section! {
    /// What is wrong on purpose. From 2,000 parcels on every kind occurs.
    Defects = "defects" {
        /// Share of parcels, and of ledger rows, with a defect of each kind.
        share: f64 = 0.002, "ratio", Bounds::Of(0.0, 0.02);
        /// Share of the occupancy rows that name a parcel which does not exist (each marks a whole enterprise).
        unknown_parcel_share: f64 = 0.0002, "ratio", Bounds::Of(0.0, 0.02);
        /// Share of the tax, energy and output rows whose year comes by quarters or months of which one is missing: 3 of 4, 11 of 12.
        incomplete_year_share: f64 = 0.0005, "ratio", Bounds::Of(0.0, 0.02);
        /// Share of the tax, energy and output rows whose year comes twice: as a year and by quarters or months.
        period_overlap_share: f64 = 0.0002, "ratio", Bounds::Of(0.0, 0.02);
        /// Share of the energy rows with a second row of the same key and another quantity.
        duplicate_key_share: f64 = 0.0002, "ratio", Bounds::Of(0.0, 0.02);
        /// Share of the let parcels whose owner lets more than his row gives him (each marks all occupants of the parcel).
        negative_occupancy_share: f64 = 0.005, "ratio", Bounds::Of(0.0, 0.1);
        /// Share of the occupied parcels whose owner's row gives clearly more than the parcel.
        excess_occupancy_share: f64 = 0.002, "ratio", Bounds::Of(0.0, 0.1);
        /// Enterprises that pay tax in a county where they hold nothing, as a share of the parcels.
        stray_share: f64 = 0.001, "ratio", Bounds::Of(0.0, 0.1);
    }
}
