//! Amounts split by land.

use criterion::{Criterion, Throughput};
use mujun::domain;

/// Exact by largest remainder, beside shares in doubles, which need not sum to the whole.
pub fn apportion(criterion: &mut Criterion) {
    const AMOUNTS: i64 = 10_000;
    // Up to 8 parcels of up to a hectare, by a congruence: any fixed numbers will do.
    let weights: Vec<Vec<i64>> =
        (0..AMOUNTS).map(|i| (0..=i % 8).map(|j| (i * 7_919 + j * 104_729) % 100_000_000 + 1).collect()).collect();
    let mut group = criterion.benchmark_group("split an amount");
    group.throughput(Throughput::Elements(weights.len() as u64));
    group.bench_function("mujun", |b| {
        b.iter(|| (0..).zip(&weights).map(|(i, weights)| domain::apportion(i * 123_457, weights)[0]).sum::<i64>());
    });
    group.bench_function("std: doubles", |b| {
        #[expect(clippy::cast_precision_loss, reason = "what the exact way is compared with")]
        let split = |amount: i64, weights: &[i64]| -> Vec<f64> {
            let whole: f64 = weights.iter().map(|weight| *weight as f64).sum();
            weights.iter().map(|weight| (amount as f64 * *weight as f64 / whole).round()).collect()
        };
        b.iter(|| (0..).zip(&weights).map(|(i, weights)| split(i * 123_457, weights)[0]).sum::<f64>());
    });
    group.finish();
}
