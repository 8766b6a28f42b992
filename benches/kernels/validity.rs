//! Validity and repair.

use criterion::{BatchSize, Criterion, Throughput};
use gdal::cpl::CslStringList;
use gdal::vector::Geometry;
use geo::{Coord, LineString, MultiPolygon, Polygon, Validation};
use mujun::geometry::valid::is_valid;
use mujun::geometry::validity::settle;
use mujun::geometry::wkb::RawPolygons;

use super::province;

/// Whether parcels, nearly all of them valid quadrangles, are valid.
pub fn check(criterion: &mut Criterion) {
    let parcels = province::parcels();
    let geometries: Vec<Geometry> = parcels.iter().map(province::gdal).collect();
    let mut group = criterion.benchmark_group("is valid");
    group.throughput(Throughput::Elements(parcels.len() as u64));
    group.bench_function("mujun", |b| b.iter(|| parcels.iter().filter(|parcel| is_valid(parcel)).count()));
    group.bench_function("geo", |b| b.iter(|| parcels.iter().filter(|parcel| parcel.is_valid()).count()));
    group.bench_function("GEOS", |b| b.iter(|| geometries.iter().filter(|parcel| parcel.is_valid()).count()));
    group.finish();
}

/// Rounding, closing, orienting and, of parcels with two corners exchanged, repairing.
pub fn repair(criterion: &mut Criterion) {
    let twisted = |mut ring: Vec<Coord>| {
        ring.swap(1, 2);
        ring
    };
    let rings: Vec<Vec<Coord>> = province::districts().into_iter().flatten().collect();
    for (name, rings) in [
        ("make valid: valid parcels", rings.clone()),
        ("make valid: bow-ties", rings.into_iter().map(twisted).collect()),
    ] {
        let raw: Vec<RawPolygons> = rings.iter().map(|ring| RawPolygons(vec![vec![ring.clone()]])).collect();
        let closed = |ring: &Vec<Coord>| {
            let ring = LineString(ring.iter().chain(ring.first()).copied().collect());
            province::gdal(&MultiPolygon(vec![Polygon::new(ring, Vec::new())]))
        };
        let geometries: Vec<Geometry> = rings.iter().map(closed).collect();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(raw.len() as u64));
        group.bench_function("mujun", |b| {
            b.iter_batched(
                || raw.clone(),
                |raw| raw.into_iter().map(|raw| usize::from(settle(raw).is_ok())).sum::<usize>(),
                BatchSize::LargeInput,
            );
        });
        let options = CslStringList::new();
        group.bench_function("GEOS", |b| {
            b.iter(|| geometries.iter().filter(|parcel| parcel.make_valid(&options).is_ok()).count());
        });
        group.finish();
    }
}

/// One ring of 10,000 vertices.
pub fn one_ring(criterion: &mut Criterion) {
    const VERTICES: u32 = 10_000;
    let at = |i: u32| {
        let (sine, cosine) = libm::sincos(std::f64::consts::TAU * f64::from(i) / f64::from(VERTICES));
        Coord { x: 120.0 + 0.01 * cosine, y: 30.0 + 0.01 * sine }
    };
    let circle = province::settled(vec![(0..VERTICES).map(at).collect()]);
    let geometry = province::gdal(&circle);
    let mut group = criterion.benchmark_group("is valid: 10,000 vertices");
    group.sample_size(10);
    group.bench_function("mujun", |b| b.iter(|| is_valid(&circle)));
    group.bench_function("geo", |b| b.iter(|| circle.is_valid()));
    group.bench_function("GEOS", |b| b.iter(|| geometry.is_valid()));
    group.finish();
}
