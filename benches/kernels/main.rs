//! The kernels beside the nearest thing that others have: `cargo bench`, or `cargo bench -- area` for one group.
//! Inputs are a sample province's, so each run measures the same work.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod allocation;
mod area;
mod dissolve;
mod evaluation;
mod files;
mod neighbours;
mod order;
mod province;
mod validity;
mod zones;

use std::time::Duration;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for kernel in [
        area::area,
        validity::check,
        validity::repair,
        validity::one_ring,
        order::round,
        order::hilbert,
        neighbours::pairs,
        neighbours::gap,
        neighbours::contact,
        dissolve::clean,
        dissolve::overlapping,
        zones::shared,
        allocation::apportion,
        evaluation::evaluate,
        files::well_known_binary,
        files::parquet,
    ] {
        kernel(&mut criterion);
    }
    criterion.final_summary();
}
