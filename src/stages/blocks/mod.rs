//! Blocks: low-efficiency parcels that lie within `gap_m` of each other, across county and zone borders.

mod components;
mod edges;
mod ids;
mod outlines;
mod targets;

pub use components::{Component, components};
pub use edges::{REACH_COLUMNS, edges, reach};
pub use ids::{Numbered, number};
pub use outlines::{Member, outlines};
pub use targets::{PARCEL_COLUMNS, STATUS_COLUMNS, YIELD_COLUMNS, targets};

/// Changes whenever the same inputs give other outputs.
pub const TARGETS_VERSION: u32 = 3;
/// As [`TARGETS_VERSION`], for edges.
pub const EDGES_VERSION: u32 = 2;
/// As [`TARGETS_VERSION`], for components.
pub const COMPONENTS_VERSION: u32 = 3;
/// As [`TARGETS_VERSION`], for outlines.
pub const OUTLINES_VERSION: u32 = 2;
/// As [`TARGETS_VERSION`], for ids.
pub const IDS_VERSION: u32 = 3;
