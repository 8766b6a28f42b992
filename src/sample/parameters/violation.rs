//! What enterprises are found to have violated.

use super::section::{Bounds, SHARE, section};

section! {
    /// Violations, of every field alike; at least one in a county.
    Violation = "violation" {
        /// Years with a list, up to the last one that is judged.
        years: u16 = 3, "years", Bounds::Of(1.0, 30.0);
        /// Share of the enterprises that are on it in a year; 0: there is no such list.
        share: f64 = 0.01, "ratio", SHARE;
        /// Share of violations that are serious.
        serious_share: f64 = 0.4, "ratio", SHARE;
    }
}
