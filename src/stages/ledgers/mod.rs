//! Ledgers: from delivered lines to settled rows, of every delivered table but `parcel`.

mod lineage;
mod memo;
mod read;
mod register;
mod rows;
mod settle;
mod work;
mod years;

pub use lineage::{ledger_column, lineage};
pub use read::{Read, Reader, refused_years};
pub use register::{Registered, register};
pub use settle::{Settled, settle};

/// Changes whenever the same inputs give other outputs.
pub const READ_VERSION: u32 = 6;
/// As [`READ_VERSION`], for settling a county.
pub const SETTLE_VERSION: u32 = 10;
/// As [`READ_VERSION`], for the register.
pub const REGISTER_VERSION: u32 = 4;

#[cfg(test)]
mod tests;
