//! Dated rule sets: their strict file format, and their vector evaluation over Arrow arrays.
//!
//! [`PolicyBook::load`] refuses every mistake before any data is read; [`PolicyBook::set_for`] finds the
//! [`RuleSet`] that judges a county in a period; [`population`], [`reduce`], [`evaluate`] and [`explain`]
//! are map, reduce, map over [`Columns`]. No number that policy can change stands here.

mod asked;
pub mod benchmark;
pub mod book;
mod build;
pub mod columns;
mod compile;
mod compile_condition;
pub mod condition;
mod contradiction;
mod enterprise;
pub mod evaluate;
pub mod evaluation;
pub mod explain;
mod file;
pub mod frozen;
pub mod hash;
pub mod measure;
mod names;
mod number;
pub mod place;
mod platform;
pub mod population;
pub mod rule;
mod sections;
pub mod set;
pub mod setting;
mod terms;
#[cfg(test)]
mod testing;
pub mod value;
mod words;
pub mod zones;

pub use benchmark::{Benchmarks, Population, published_group, reduce};
pub use book::{PolicyBook, PolicyError};
pub use columns::{ColumnData, ColumnError, Columns, Known};
pub use condition::{BenchmarkOf, Condition, Operator, Right, Statistic, Test};
pub use enterprise::{ENTERPRISE, REGISTER_LOST};
pub use evaluate::evaluate;
pub use explain::{Figures, explain};
pub use hash::Section;
pub use measure::{Catalogue, Column, ColumnKind, PARCEL};
pub use place::Place;
pub use platform::PLATFORM;
pub use population::population;
pub use rule::{Rule, RuleKind};
pub use set::{Blocks, Carrier, LandBasis, Occupancy, RuleSet};
pub use setting::Setting;
pub use value::{Benchmark, exact_text};
pub use zones::Assignment;
