//! One file per stage: pure functions of Arrow batches and settings. No file, clock, environment or thread count reaches them.

pub mod allocate;
pub mod blocks;
pub mod cadastre;
pub mod cards;
pub mod coal;
pub mod completeness;
pub mod delivered;
pub mod evaluate;
pub mod features;
pub mod identify;
pub mod ledgers;
pub mod marks;
pub mod names;
pub mod near;
pub mod occupancy;
pub mod order;
pub mod overlay;
pub mod projects;
pub mod quality;
pub mod shapes;
pub mod summaries;
pub mod yields;
pub mod zones;

use arrow::error::ArrowError;

use crate::table::TableError;

/// A stage could not do its work: a mistake in the program, or memory that ran out; never a value of the data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// A batch does not fit its declaration.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Arrow refused.
    #[error("arrow: {0}")]
    Arrow(#[from] ArrowError),
    /// Polars refused; its words are dropped, they can hold values.
    #[error("polars could not {0}")]
    Polars(&'static str),
    /// A law of the pipeline does not hold.
    #[error("law of {law} broken: {what}; this is a defect of mujun, nothing is published")]
    Law {
        /// Which.
        law: &'static str,
        /// Where, and both sides.
        what: String,
    },
}

impl StageError {
    /// Columns do not fit what policy reads: a law that the program itself must keep is broken.
    fn untyped(error: impl std::fmt::Display) -> Self {
        Self::Law { law: "typed columns", what: error.to_string() }
    }
}
