//! One test binary over the real program: provinces are made by `mujun sample`, run by `mujun run`,
//! and what is published is read back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bad_input;
mod contiguity;
mod crash;
mod defects;
mod determinism;
mod evaluate;
mod explain;
mod formats;
mod golden;
mod history;
mod jts;
mod laws;
mod layers;
mod links;
mod lists;
mod mutations;
mod names;
mod output;
mod platforms;
mod policy;
mod projects;
mod properties;
mod province;
mod real;
mod rerun;
#[path = "../../src/scratch.rs"]
mod scratch;
mod truth;
mod zones;
