//! The grid and the curve on it.

use criterion::{Criterion, Throughput};
use geo::Coord;
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTreeBuilder, RTreeIndex};
use mujun::geometry::{grid, hilbert};

use super::province;

/// Coordinates to the grid, beside the text that shows the same nine decimals.
pub fn round(criterion: &mut Criterion) {
    let coords: Vec<Coord> = province::districts().into_iter().flatten().flatten().collect();
    let mut group = criterion.benchmark_group("round to the grid");
    group.throughput(Throughput::Elements(coords.len() as u64));
    group.bench_function("mujun", |b| {
        b.iter(|| coords.iter().map(|c| grid::round(c.x) + grid::round(c.y)).sum::<f64>());
    });
    group.bench_function("std: as text", |b| {
        let round = |value: f64| format!("{value:.9}").parse::<f64>().unwrap();
        b.iter(|| coords.iter().map(|c| round(c.x) + round(c.y)).sum::<f64>());
    });
    group.finish();
}

/// Centres in Hilbert order, beside the whole index that geo-index builds by such an order.
pub fn hilbert(criterion: &mut Criterion) {
    let centres: Vec<Coord> = province::districts().into_iter().flatten().map(|ring| ring[0]).collect();
    let count = u32::try_from(centres.len()).unwrap();
    let mut group = criterion.benchmark_group("Hilbert order");
    group.throughput(Throughput::Elements(centres.len() as u64));
    group.bench_function("mujun", |b| {
        b.iter(|| {
            let mut order: Vec<(u32, u32)> = (0..).zip(&centres).map(|(i, c)| (hilbert::index(c.x, c.y), i)).collect();
            order.sort_unstable();
            order
        });
    });
    group.bench_function("geo-index: tree", |b| {
        b.iter(|| {
            let mut builder = RTreeBuilder::<f64>::new(count);
            for c in &centres {
                builder.add(c.x, c.y, c.x, c.y);
            }
            builder.finish::<HilbertSort>().num_items()
        });
    });
    group.finish();
}
