//! mujun (亩均) turns a province's parcels and ledgers into the tables that show, every morning,
//! what each industrial parcel yields per mu, which are low-efficiency and by which clause,
//! and which of them lie together in blocks.
//!
//! `ARCHITECTURE.md` has the layers; an import points down only.

pub mod cli;
pub mod document;
pub mod domain;
pub mod fault;
pub mod geometry;
pub mod policy;
pub mod report;
pub mod run;
pub mod sample;
#[cfg(test)]
mod scratch;
pub mod source;
pub mod stages;
pub mod store;
pub mod table;
