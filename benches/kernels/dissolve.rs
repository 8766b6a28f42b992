//! Blocks of parcels made one.

use criterion::{Criterion, Throughput};
use gdal::vector::Geometry;
use geo::{Coord, MultiPolygon, unary_union};
use mujun::geometry::dissolve;

use super::province;

const SNAP_M: f64 = 0.002;

/// The parcels of one district as drawn: neighbours share every vertex.
pub fn clean(criterion: &mut Criterion) {
    compare(criterion, "dissolve: clean", |ring| ring);
}

/// The same, each third parcel shifted by a decimetre over its neighbours.
pub fn overlapping(criterion: &mut Criterion) {
    let mut at = 0;
    compare(criterion, "dissolve: overlapping", move |mut ring| {
        at += 1;
        if at % 3 == 0 {
            for point in &mut ring {
                *point = *point + Coord { x: 1e-6, y: 1e-6 };
            }
        }
        ring
    });
}

fn compare(criterion: &mut Criterion, name: &str, change: impl FnMut(Vec<Coord>) -> Vec<Coord>) {
    let rings = province::districts().swap_remove(0);
    let members: Vec<MultiPolygon> = rings.into_iter().map(change).map(|ring| province::settled(vec![ring])).collect();
    let borrowed: Vec<&MultiPolygon> = members.iter().collect();
    let geometries: Vec<Geometry> = members.iter().map(province::gdal).collect();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(members.len() as u64));
    group.sample_size(10);
    group.bench_function("mujun", |b| b.iter(|| dissolve::dissolve(&borrowed, SNAP_M)));
    group.bench_function("geo: unary_union", |b| b.iter(|| unary_union(borrowed.iter().copied())));
    group.bench_function("GEOS: one union a parcel", |b| {
        let first = || Geometry::from_wkt("POLYGON EMPTY").unwrap();
        b.iter(|| geometries.iter().fold(first(), |all, one| all.union(one).unwrap()));
    });
    group.finish();
}
