//! What tables say, for people: bytes made from published tables, and nothing else.
//!
//! An explanation is a tree of [`Section`]s, from which both its text and its JSON are made.

mod enterprise;
mod evaluation;
mod finding;
mod group;
mod history;
mod item;
mod members;
mod number;
mod parcel;
mod platform;
mod promises;
mod sources;
mod tree;
mod voice;

use arrow::array::{Array, ArrowPrimitiveType, PrimitiveArray};

pub use enterprise::{EnterpriseTables, enterprise};
pub use parcel::{ParcelTables, parcel};
pub use platform::{PlatformTables, platform};
pub use sources::Lineage;
pub use tree::{Fact, Section};
pub use voice::{Language, Voice};

/// A number of a row, or nothing.
fn at<T: ArrowPrimitiveType>(column: &PrimitiveArray<T>, row: usize) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}
