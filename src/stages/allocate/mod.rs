//! Exchange by enterprise and back: each ledger row falls on its enterprise's parcels by occupied land, exactly.
//!
//! A row goes to the enterprise's parcels in the row's county; where it has none there, it is a *stray* and goes
//! to all its parcels. So counties are allocated one by one, and only strays are exchanged.

mod local;
mod places;
mod split;
mod strays;

use std::collections::BTreeMap;

pub use local::{Allocated, ENERGY_COLUMNS, OUTPUT_COLUMNS, TAX_COLUMNS, allocate};
pub use split::{Share, sum};
pub use strays::{StraysAllocated, allocate_strays, stray_enterprises};

use crate::policy::RuleSet;

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 4;

/// What the policy says of a period's ledgers in a county.
pub type Sets<'a> = BTreeMap<String, &'a RuleSet>;
