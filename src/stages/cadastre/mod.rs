//! Cadastre: from delivered features to settled parcels.

mod parts;
mod read;
mod settle;
mod shared;

pub use settle::{Settled, settle};
pub use shared::{foreign_homes, shared_ids};

/// Changes whenever the same inputs give other outputs.
pub const READ_VERSION: u32 = 6;
/// As [`READ_VERSION`], for finding ids that two counties deliver.
pub const SHARED_VERSION: u32 = 2;
/// As [`READ_VERSION`], for settling a county.
pub const SETTLE_VERSION: u32 = 5;
