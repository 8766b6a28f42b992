//! Ellipsoidal area.

use criterion::{Criterion, Throughput};
use geo::{Area, GeodesicArea};
use mujun::geometry::area::area_m2;

use super::province;

/// Ours by TD/T 1055, Karney's, and the plane shoelace, which is the least that any area costs.
pub fn area(criterion: &mut Criterion) {
    let parcels = province::parcels();
    let mut group = criterion.benchmark_group("area");
    group.throughput(Throughput::Elements(parcels.len() as u64));
    group.bench_function("mujun", |b| b.iter(|| parcels.iter().map(area_m2).sum::<f64>()));
    group.bench_function("geo: Karney", |b| {
        b.iter(|| parcels.iter().map(GeodesicArea::geodesic_area_unsigned).sum::<f64>());
    });
    group.bench_function("geo: plane", |b| b.iter(|| parcels.iter().map(Area::unsigned_area).sum::<f64>()));
    group.finish();
}
