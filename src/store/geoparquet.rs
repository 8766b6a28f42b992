//! `GeoParquet` 1.1: WKB, bbox covering, PROJJSON of EPSG:4490.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, Float32Array, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use serde_json::{Value, json};

use super::StoreError;
use super::parquet::{ParquetWriter, Written};
use crate::geometry::wkb;
use crate::table::dictionary::COVERING;

/// PROJJSON of CGCS2000 (EPSG:4490), as PROJ 9 writes it. Kept as text: a library's version must not change bytes.
const PROJJSON: &str = include_str!("../../data/crs/epsg-4490.projjson");

/// Writes batches whose last column `geometry` is WKB into one `GeoParquet` file.
pub struct GeoParquetWriter {
    path: std::path::PathBuf,
    inner: ParquetWriter,
    types: BTreeSet<&'static str>,
    bounds: Option<[f64; 4]>,
}

impl GeoParquetWriter {
    /// Starts the file at `path` for batches of `schema`.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path, schema: &SchemaRef) -> Result<Self, StoreError> {
        let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
        let said = COVERING.map(|(key, text)| (key.to_owned(), text.to_owned()));
        let bbox = Field::new("bbox", DataType::Struct(covering()), false).with_metadata(said.into());
        fields.push(Arc::new(bbox));
        let inner = ParquetWriter::create(path, &Arc::new(Schema::new(fields)))?;
        Ok(Self { path: path.to_owned(), inner, types: BTreeSet::new(), bounds: None })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When a geometry is not ours or the rows cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let damaged = || StoreError::Damaged { path: self.path.clone(), what: "a geometry" };
        let geometries: &BinaryArray =
            batch.column_by_name("geometry").and_then(|column| column.as_any().downcast_ref()).ok_or_else(damaged)?;
        let mut edges: [Vec<f32>; 4] = std::array::from_fn(|_| Vec::with_capacity(batch.num_rows()));
        for bytes in geometries.iter().flatten() {
            let (polygons, bounds) = wkb::extent(bytes).ok_or_else(damaged)?;
            self.types.insert(if polygons == 1 { "Polygon" } else { "MultiPolygon" });
            let box_ = [bounds.min_lon, bounds.min_lat, bounds.max_lon, bounds.max_lat];
            let all = self.bounds.get_or_insert(box_);
            *all = [all[0].min(box_[0]), all[1].min(box_[1]), all[2].max(box_[2]), all[3].max(box_[3])];
            edges[0].push(below(box_[0]));
            edges[1].push(below(box_[1]));
            edges[2].push(above(box_[2]));
            edges[3].push(above(box_[3]));
        }
        let edges: Vec<ArrayRef> =
            edges.into_iter().map(|edge| Arc::new(Float32Array::from(edge)) as ArrayRef).collect();
        let boxes: ArrayRef = Arc::new(StructArray::try_new(covering(), edges, None).map_err(|_| damaged())?);
        let schema = batch.schema();
        let columns = schema.fields().iter().map(|field| field.name().as_str()).zip(batch.columns().iter().cloned());
        self.inner.write(&RecordBatch::try_from_iter(columns.chain([("bbox", boxes)])).map_err(|_| damaged())?)
    }

    /// Ends the file and makes it durable.
    ///
    /// # Errors
    /// When it cannot be written out.
    pub fn finish(mut self) -> Result<Written, StoreError> {
        let damaged = || StoreError::Damaged { path: self.path.clone(), what: "the embedded PROJJSON" };
        let crs: Value = serde_json::from_str(PROJJSON).map_err(|_| damaged())?;
        let mut column = json!({
            "encoding": "WKB",
            "geometry_types": self.types,
            "crs": crs,
            "orientation": "counterclockwise",
            "covering": { "bbox": {
                "xmin": ["bbox", "xmin"], "ymin": ["bbox", "ymin"],
                "xmax": ["bbox", "xmax"], "ymax": ["bbox", "ymax"],
            } },
        });
        if let (Some(bounds), Some(column)) = (self.bounds, column.as_object_mut()) {
            column.insert("bbox".to_owned(), json!(bounds));
        }
        let geo = json!({ "version": "1.1.0", "primary_column": "geometry", "columns": { "geometry": column } });
        self.inner.annotate("geo", geo.to_string());
        self.inner.finish()
    }
}

fn covering() -> Fields {
    ["xmin", "ymin", "xmax", "ymax"].into_iter().map(|name| Field::new(name, DataType::Float32, false)).collect()
}

/// The nearest float32 that is not above `value`: the box never cuts its geometry.
#[expect(clippy::cast_possible_truncation, reason = "rounded outward on purpose")]
fn below(value: f64) -> f32 {
    let near = value as f32;
    if f64::from(near) > value { near.next_down() } else { near }
}

/// The nearest float32 that is not below `value`.
fn above(value: f64) -> f32 {
    -below(-value)
}
