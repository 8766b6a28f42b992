//! Which parcels lie near each other, how near, and how they meet.

use criterion::{Criterion, Throughput};
use gdal::vector::Geometry;
use geo::{BoundingRect, Distance, Euclidean, MultiPolygon, Relate};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTreeBuilder, RTreeIndex};
use mujun::geometry::adjacency::{self, Bounds, gap_m, near_pairs};

use super::province;

const GAP_M: f64 = 20.0;

/// Candidate pairs by boxes, beside one search of geo-index's tree a parcel.
pub fn pairs(criterion: &mut Criterion) {
    let parcels = province::parcels();
    let bounds: Vec<Bounds> = parcels.iter().map(|parcel| Bounds::of(parcel).unwrap()).collect();
    let mut group = criterion.benchmark_group("candidate pairs");
    group.throughput(Throughput::Elements(parcels.len() as u64));
    group.bench_function("mujun", |b| b.iter(|| near_pairs(&bounds, GAP_M).len()));
    group.bench_function("geo-index: build and search", |b| {
        b.iter(|| {
            let mut builder = RTreeBuilder::<f64>::new(u32::try_from(parcels.len()).unwrap());
            for parcel in &parcels {
                let rect = parcel.bounding_rect().unwrap();
                builder.add(rect.min().x, rect.min().y, rect.max().x, rect.max().y);
            }
            let tree = builder.finish::<HilbertSort>();
            // 20 m is about 2.1e-4° of longitude.
            let near = |b: &Bounds| {
                tree.search(b.min_lon - 2.1e-4, b.min_lat - 1.9e-4, b.max_lon + 2.1e-4, b.max_lat + 1.9e-4)
            };
            bounds.iter().map(|b| near(b).len()).sum::<usize>()
        });
    });
    group.finish();
}

fn near(parcels: &[MultiPolygon]) -> Vec<(usize, usize)> {
    let bounds: Vec<Bounds> = parcels.iter().map(|parcel| Bounds::of(parcel).unwrap()).collect();
    near_pairs(&bounds, GAP_M).into_iter().map(|(a, b)| (a as usize, b as usize)).collect()
}

/// Metres between candidates, beside geo's distance, which is in degrees and so easier.
pub fn gap(criterion: &mut Criterion) {
    let parcels = province::parcels();
    let pairs = near(&parcels);
    let mut group = criterion.benchmark_group("gap of a pair");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("mujun", |b| {
        b.iter(|| pairs.iter().map(|(i, j)| gap_m(&parcels[*i], &parcels[*j])).sum::<f64>());
    });
    group.bench_function("geo: plane", |b| {
        b.iter(|| pairs.iter().map(|(i, j)| Euclidean.distance(&parcels[*i], &parcels[*j])).sum::<f64>());
    });
    group.finish();
}

/// How candidates meet, beside DE-9IM.
pub fn contact(criterion: &mut Criterion) {
    let parcels = province::parcels();
    let pairs = near(&parcels);
    let geometries: Vec<Geometry> = parcels.iter().map(province::gdal).collect();
    let mut group = criterion.benchmark_group("contact of a pair");
    group.throughput(Throughput::Elements(pairs.len() as u64));
    group.bench_function("mujun", |b| {
        let is_apart = |a: &MultiPolygon, b: &MultiPolygon| adjacency::contact(a, b) == adjacency::Contact::Apart;
        b.iter(|| pairs.iter().filter(|(i, j)| is_apart(&parcels[*i], &parcels[*j])).count());
    });
    group.bench_function("geo: relate", |b| {
        b.iter(|| pairs.iter().filter(|(i, j)| parcels[*i].relate(&parcels[*j]).is_disjoint()).count());
    });
    group.bench_function("GEOS: touches", |b| {
        b.iter(|| pairs.iter().filter(|(i, j)| geometries[*i].touches(&geometries[*j])).count());
    });
    group.finish();
}
