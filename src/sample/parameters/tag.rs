//! Which lists of honour or duty enterprises stand on.

use super::section::{Bounds, SHARE, section};

section! {
    /// Lists that enterprises stand on: high-tech, specialised, key, advanced cluster; at least one entry in a county.
    Tag = "tag" {
        /// Years with lists, up to the last one that is judged.
        years: u16 = 3, "years", Bounds::Of(1.0, 30.0);
        /// Share of the enterprises that stand on each of them; 0: there are no such lists.
        share: f64 = 0.04, "ratio", SHARE;
    }
}
