//! Summaries by division (county, city, province) and by industry, from integers that parts and counties add up.
//!
//! [`tally`] (map over parts) counts parcels, [`enterprises`] (map over counties) enterprises; [`divisions`] and
//! [`industries`] (reduce) add both up and divide, once, last. What few enterprises stand behind is withheld
//! (`withhold`, `spread`).

mod cell;
mod dimensions;
mod divisions;
mod enterprises;
mod industries;
mod parcels;
pub mod platforms;
mod spread;
mod sums;
#[cfg(test)]
mod tests;
mod withhold;

use arrow::array::RecordBatch;

pub use dimensions::{REGISTER_COLUMNS, dim_divisions, dim_industries};
pub use divisions::{YIELD_COLUMNS, divisions, tally};
pub use enterprises::enterprises;
pub use industries::industries;
pub use parcels::STATUS_COLUMNS;

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 4;

/// What counties tell of their enterprises.
#[derive(Clone, Copy)]
pub struct Enterprises<'a> {
    /// `enterprise_tally`, a batch a county.
    pub tallies: &'a [RecordBatch],
    /// `enterprise_spread`, a batch a county.
    pub spreads: &'a [RecordBatch],
    /// How many enterprises must stand behind what is told of them together.
    pub least: i64,
}

/// The province, city and county that a county's figures count in.
fn levels(county: &str) -> impl Iterator<Item = &str> {
    [2, 4, 6].into_iter().map(move |length| county.get(..length).unwrap_or(county))
}

/// The level of a division.
const fn level(code: &str) -> &'static str {
    match code.len() {
        2 => "province",
        4 => "city",
        _ => "county",
    }
}
