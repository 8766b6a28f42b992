//! What parcels share with zones.

use criterion::{Criterion, Throughput};
use geo::{Coord, MultiPolygon};
use mujun::domain::SquareMetres;
use mujun::geometry::adjacency::Bounds;
use mujun::geometry::{area, wkb, zones::Zones};

use super::province;

/// Zones of 400 m by 400 m without a gap, of 40 edges each: most parcels lie in one, some lie across.
fn lattice(around: Bounds) -> Vec<MultiPolygon> {
    const SIDE: f64 = 0.004;
    const STEPS: u32 = 10;
    let mut zones = Vec::new();
    let mut south = around.min_lat;
    while south < around.max_lat {
        let mut west = around.min_lon;
        while west < around.max_lon {
            let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];
            let side = |pair: &[(f64, f64)]| {
                let (from, to) = (pair[0], pair[1]);
                let at = move |step: u32| {
                    let t = f64::from(step) / f64::from(STEPS);
                    let (x, y) = (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
                    Coord { x: west + x * SIDE, y: south + y * SIDE }
                };
                (0..STEPS).map(at).collect::<Vec<_>>()
            };
            zones.push(province::settled(vec![corners.windows(2).flat_map(side).collect()]));
            west += SIDE;
        }
        south += SIDE;
    }
    zones
}

/// All parcels over all zones, beside one intersection by GEOS for each pair whose boxes meet.
pub fn shared(criterion: &mut Criterion) {
    let parcels = province::districts().swap_remove(0);
    let parcels: Vec<MultiPolygon> = parcels.into_iter().map(|ring| province::settled(vec![ring])).collect();
    let rows: Vec<(Bounds, SquareMetres, Vec<u8>)> =
        parcels.iter().map(|it| (Bounds::of(it).unwrap(), area::area(it), province::encoded(it))).collect();
    let zones = lattice(rows.iter().map(|row| row.0).reduce(Bounds::around).unwrap());
    let index = Zones::of(&zones);
    let mut group = criterion.benchmark_group("parcels over zones");
    group.throughput(Throughput::Elements(parcels.len() as u64));
    group.bench_function("mujun: index", |b| b.iter(|| Zones::of(&zones)));
    group.bench_function("mujun: share", |b| {
        let mut survey = index.survey();
        let mut share = |(bounds, area, shape): &(Bounds, SquareMetres, Vec<u8>)| {
            survey.shared(bounds, *area, || wkb::read(shape)).len()
        };
        b.iter(|| rows.iter().map(&mut share).sum::<usize>());
    });
    let own: Vec<_> = parcels.iter().map(province::gdal).collect();
    let theirs: Vec<_> = zones.iter().map(province::gdal).collect();
    let boxes: Vec<Bounds> = zones.iter().map(|zone| Bounds::of(zone).unwrap()).collect();
    let mut pairs = Vec::new();
    for (row, parcel) in rows.iter().zip(&own) {
        pairs.extend(theirs.iter().zip(&boxes).filter(|(_, it)| row.0.meets(it)).map(|(zone, _)| (parcel, zone)));
    }
    group.sample_size(10);
    group.bench_function("GEOS: intersection", |b| {
        b.iter(|| pairs.iter().filter_map(|(parcel, zone)| parcel.intersection(zone)).map(|it| it.area()).sum::<f64>());
    });
    group.finish();
}
