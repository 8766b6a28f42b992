//! Zones: from delivered features to settled plans, lines, platforms, parks and barriers.

mod overlap;
mod read;
mod scene;
mod settle;

pub use scene::scene;
pub use settle::{Settled, settle};

/// Changes whenever the same inputs give other outputs.
pub const READ_VERSION: u32 = 3;
/// As [`READ_VERSION`], for settling a county.
pub const SETTLE_VERSION: u32 = 2;
