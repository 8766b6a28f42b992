//! Vector files through GDAL's Arrow stream, by an allow-list of drivers.

use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::error::ArrowError;
use arrow::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use gdal::cpl::CslStringList;
use gdal::vector::{Layer, LayerAccess};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::SourceError;
use super::config::{Encoding, Format, SourceConfig};
use super::crs::ToLonLat;
use super::csv::Columns;
use super::mapping::Mapping;
use super::text::Texts;
use crate::domain::RejectCode;
use crate::table::delivery::Sheet;

/// Features of a batch: small enough that WKB offsets stay within int32.
const BATCH_FEATURES: usize = 16_384;

/// Makes GDAL quiet (its words can hold values) and keeps its Arrow stream on one thread.
pub fn initialise() {
    gdal::config::set_error_handler(|_, _, _| {});
    // GDAL 3.6's threaded Arrow stream of a GeoPackage loses rows.
    let _ = gdal::config::set_config_option("GDAL_NUM_THREADS", "1");
    let _ = gdal::config::set_config_option("OGR_SQLITE_CACHE", "64");
}

/// Reads one file into `sink` and returns the operation that brings its coordinates to lon/lat.
///
/// # Errors
/// When it cannot be opened or read to its end, or lacks a layer, a mapped field, an encoding or a coordinate system.
pub fn read(
    source: &SourceConfig,
    mapping: &Mapping,
    path: &Path,
    sink: &mut dyn FnMut(&Sheet<'_>, &mut ToLonLat),
) -> Result<(), SourceError> {
    let format = source.format.name();
    let unreadable = |reason: String| SourceError::Unreadable { path: path.to_owned(), format, reason };
    let dataset = open(source, path)?;
    let mut layer = layer(source, &dataset, path)?;
    let mut projection = ToLonLat::new(&source.crs, layer.spatial_ref(), path)?;
    let expected = layer.feature_count();
    let mut stream = FFI_ArrowArrayStream::empty();
    let mut options = CslStringList::new();
    options
        .set_name_value("MAX_FEATURES_IN_BATCH", &BATCH_FEATURES.to_string())
        .and_then(|()| options.set_name_value("INCLUDE_FID", "YES"))
        .map_err(|_| unreadable("GDAL refused the stream's options".into()))?;
    let batches =
        open_stream(&mut layer, &mut stream, &options).ok_or_else(|| unreadable("GDAL gave no Arrow stream".into()))?;
    let mut reader: Option<BatchReader> = None;
    let mut count = 0_u64;
    for batch in batches {
        let batch =
            batch.map_err(|_: ArrowError| unreadable(format!("the stream broke off after {count} features")))?;
        count += batch.num_rows() as u64;
        let reader = match &reader {
            Some(reader) => reader,
            None => reader.insert(BatchReader::new(source, mapping, &batch, path)?),
        };
        sink(&reader.delivered(&batch), &mut projection);
    }
    if count == expected {
        Ok(())
    } else {
        Err(unreadable(format!("GDAL announced {expected} features and delivered {count}")))
    }
}

fn open(source: &SourceConfig, path: &Path) -> Result<Dataset, SourceError> {
    let (driver, option) = match source.format {
        Format::FlatGeobuf => ("FlatGeobuf", None),
        Format::GeoJson => ("GeoJSON", None),
        Format::Gpkg | Format::Csv | Format::Parquet => ("GPKG", None),
        Format::Shapefile => ("ESRI Shapefile", shapefile_encoding(source.encoding, path)?),
    };
    let options: Vec<&str> = option.into_iter().collect();
    Dataset::open_ex(
        path,
        DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_READONLY,
            allowed_drivers: Some(&[driver]),
            open_options: Some(&options),
            sibling_files: None,
        },
    )
    .map_err(|_| SourceError::Unreadable {
        path: path.to_owned(),
        format: source.format.name(),
        reason: format!("GDAL's {driver} driver does not open it"),
    })
}

/// GDAL's open option for a shapefile's text. Without a `.cpg`, a language driver id or a declaration,
/// text beyond ASCII would be read as something it is not.
fn shapefile_encoding(encoding: Encoding, path: &Path) -> Result<Option<&'static str>, SourceError> {
    match encoding {
        Encoding::Utf8 => return Ok(Some("ENCODING=UTF-8")),
        Encoding::Gb18030 => return Ok(Some("ENCODING=GB18030")),
        Encoding::Auto => {}
    }
    if path.with_extension("cpg").is_file() || path.with_extension("CPG").is_file() {
        return Ok(None);
    }
    let dbf = ["dbf", "DBF"].iter().map(|extension| path.with_extension(extension)).find(|path| path.is_file());
    let Some(bytes) = dbf.and_then(|dbf| std::fs::read(dbf).ok()) else { return Ok(None) };
    let has_language_driver = bytes.get(29).is_some_and(|id| *id != 0);
    let header = bytes.get(8..10).map_or(0, |length| usize::from(u16::from_le_bytes([length[0], length[1]])));
    let is_ascii = bytes.get(header..).is_some_and(<[u8]>::is_ascii);
    if has_language_driver || is_ascii {
        Ok(None)
    } else {
        Err(SourceError::Encoding { path: path.to_owned(), why: "its text is not ASCII and nothing says what it is" })
    }
}

fn layer<'a>(source: &SourceConfig, dataset: &'a Dataset, path: &Path) -> Result<Layer<'a>, SourceError> {
    let names: Vec<String> = dataset.layers().map(|layer| layer.name()).collect();
    let fail = |why: String| SourceError::Layer { path: path.to_owned(), why, layers: names.join(", ") };
    match &source.layer {
        Some(name) => dataset.layer_by_name(name).map_err(|_| fail(format!("no layer `{name}`"))),
        None if names.len() == 1 => dataset.layer(0).map_err(|_| fail("the layer cannot be opened".into())),
        None => Err(fail(format!("{} layers", names.len()))),
    }
}

/// The layer's features as Arrow batches.
#[expect(unsafe_code, reason = "GDAL hands Arrow data over through the C stream interface")]
fn open_stream(
    layer: &mut Layer<'_>,
    stream: &mut FFI_ArrowArrayStream,
    options: &CslStringList,
) -> Option<ArrowArrayStreamReader> {
    // SAFETY: both names stand for the one #[repr(C)] struct of the Arrow C stream interface, which
    // GDAL fills and the reader then owns; the layer outlives the reader in the caller.
    unsafe {
        layer.read_arrow_stream(std::ptr::from_mut(stream).cast(), options).ok()?;
        ArrowArrayStreamReader::from_raw(std::ptr::from_mut(stream)).ok()
    }
}

/// Turns GDAL's batches of one file into delivered ones.
struct BatchReader {
    columns: Columns,
    /// Column index of each field of `columns`.
    fields: Vec<usize>,
    fid: usize,
    geometry: usize,
}

impl BatchReader {
    fn new(source: &SourceConfig, mapping: &Mapping, batch: &RecordBatch, path: &Path) -> Result<Self, SourceError> {
        let schema = batch.schema();
        let is_geometry = |field: &arrow::datatypes::Field| {
            field.metadata().get("ARROW:extension:name").is_some_and(|name| name == "ogc.wkb")
        };
        let missing = |reason: &str| SourceError::Unreadable {
            path: path.to_owned(),
            format: source.format.name(),
            reason: reason.to_owned(),
        };
        let geometry = schema.fields().iter().position(|field| is_geometry(field));
        let geometry = geometry.ok_or_else(|| missing("the layer has no geometry column"))?;
        // GDAL puts the feature id first.
        let fid = 0;
        let fields: Vec<usize> = (0..schema.fields().len()).filter(|at| *at != fid && *at != geometry).collect();
        let names: Vec<String> = fields.iter().map(|at| schema.field(*at).name().clone()).collect();
        let columns = Columns::find(source, mapping, &names, path)?;
        Ok(Self { columns, fields, fid, geometry })
    }

    fn delivered(&self, batch: &RecordBatch) -> Sheet<'_> {
        let count = batch.num_rows();
        let fids = cast(batch.column(self.fid), &DataType::Int64).ok();
        let fids = fids.as_ref().and_then(|fids| fids.as_primitive_opt::<Int64Type>());
        let rows = fids.map_or_else(|| vec![-1; count], |fids| fids.values().to_vec());
        let mut faults: Vec<Option<RejectCode>> = vec![None; count];
        let mut texts = Texts::default();
        for place in &self.columns.places {
            texts.column(place, |at| Some(batch.column(self.fields[at])), &mut faults);
        }
        let geometry = cast(batch.column(self.geometry), &DataType::Binary).ok();
        let geometry = geometry.as_ref().and_then(|geometry| geometry.as_binary_opt().cloned());
        Sheet { geometry, ..texts.sheet(&self.columns.names, rows, faults) }
    }
}
