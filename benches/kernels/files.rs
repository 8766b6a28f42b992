//! Geometry in, tables out.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use criterion::{Criterion, Throughput};
use gdal::vector::Geometry;
use mujun::geometry::area::area;
use mujun::geometry::wkb;
use mujun::store::parquet::write;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::province;

/// Well-known binary to rings, with everything checked that it claims.
pub fn well_known_binary(criterion: &mut Criterion) {
    let encoded: Vec<Vec<u8>> = province::parcels().iter().map(province::encoded).collect();
    let mut group = criterion.benchmark_group("read well-known binary");
    group.throughput(Throughput::Elements(encoded.len() as u64));
    group.bench_function("mujun", |b| b.iter(|| encoded.iter().filter(|bytes| wkb::decode(bytes).is_ok()).count()));
    group.bench_function("GDAL", |b| {
        b.iter(|| encoded.iter().filter(|bytes| Geometry::from_wkb(bytes).is_ok()).count());
    });
    group.finish();
}

/// A table to a durable, hashed file, beside the same writer into memory.
pub fn parquet(criterion: &mut Criterion) {
    let batch = table();
    let schema = batch.schema();
    let path = std::env::temp_dir().join(format!("mujun-kernels-{}.parquet", std::process::id()));
    let mut group = criterion.benchmark_group("write Parquet");
    group.throughput(Throughput::Elements(batch.num_rows() as u64));
    group.bench_function("mujun: file, hash, fsync", |b| b.iter(|| write(&path, &schema, [&batch]).unwrap().bytes));
    group.bench_function("parquet: memory", |b| {
        b.iter(|| {
            let properties =
                WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
            let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties)).unwrap();
            writer.write(&batch).unwrap();
            writer.into_inner().unwrap().len()
        });
    });
    group.finish();
    // A filter may have kept it from being written.
    let _ = std::fs::remove_file(path);
}

/// Ten times the parcels: code, county, area, geometry.
fn table() -> RecordBatch {
    let parcels: Vec<_> = std::iter::repeat_n(province::parcels(), 10).flatten().collect();
    let ids = (0..parcels.len()).map(|i| Some(format!("330106001001GB{i:05}")));
    let areas = parcels.iter().map(|parcel| area(parcel).cm2());
    let columns: [(&str, ArrayRef); 4] = [
        ("parcel_id", Arc::new(ids.collect::<StringArray>())),
        ("county_code", Arc::new(parcels.iter().map(|_| Some("330106")).collect::<StringArray>())),
        ("area_cm2", Arc::new(Int64Array::from_iter_values(areas))),
        ("geometry", Arc::new(BinaryArray::from_iter_values(parcels.iter().map(province::encoded)))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}
