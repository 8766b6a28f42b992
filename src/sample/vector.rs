//! Vector files in the counties' forms: one layer of polygons with attributes.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use chrono::NaiveDate;
use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gdal::vector::{Defn, Feature, FieldDefn, Geometry, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use geo::Coord;

use super::SampleError;
use super::form::Form;
use super::parameters::delivery::{Names, Vector};

/// Width of a date's field; 0: a number; else a text's.
pub const DATE: i32 = 10;

/// A file that is to be written.
pub struct File<'a> {
    /// Its form.
    pub form: &'a Form,
    /// Date that the file carries in itself, so that the same seed gives the same bytes.
    pub delivered: &'a str,
    /// Name of its layer; a shapefile's is the file's.
    pub layer: &'a str,
    /// Names and widths of its fields: texts, but for [`DATE`] and 0.
    pub fields: &'a [(&'a str, i32)],
}

impl File<'_> {
    /// Writes a feature of each shape: its rings in degrees, none for a null geometry. `tell` sets the attributes of the
    /// feature at a position. A file of that name is replaced.
    ///
    /// # Errors
    /// [`SampleError::Vector`] if GDAL refuses, [`SampleError::Io`] if an old file cannot be removed.
    pub fn write(
        &self,
        path: &Path,
        shapes: &[Vec<&Vec<Coord>>],
        tell: impl FnMut(usize, &mut Feature<'_>) -> Result<(), GdalError>,
    ) -> Result<(), SampleError> {
        for extension in ["gpkg", "fgb", "geojson", "shp", "shx", "dbf", "prj", "cpg"] {
            let old = path.with_extension(extension);
            if old.exists() {
                std::fs::remove_file(&old).map_err(|source| SampleError::Io { path: old, source })?;
            }
        }
        self.create(path, shapes, tell).map_err(|source| SampleError::Vector { path: path.to_owned(), source })?;
        if self.form.vector == Vector::ShpGbkBare {
            say_no_encoding(path).map_err(|source| SampleError::Io { path: path.to_owned(), source })?;
        }
        Ok(())
    }

    fn create(
        &self,
        path: &Path,
        shapes: &[Vec<&Vec<Coord>>],
        tell: impl FnMut(usize, &mut Feature<'_>) -> Result<(), GdalError>,
    ) -> Result<(), GdalError> {
        let places = transformed(shapes, self.form.epsg)?;
        gdal::config::set_thread_local_config_option("OGR_CURRENT_DATE", &format!("{}T00:00:00.000Z", self.delivered))?;
        let driver = DriverManager::get_driver_by_name(match self.form.vector {
            Vector::Gpkg => "GPKG",
            Vector::Shp | Vector::ShpGbk | Vector::ShpGbkBare => "ESRI Shapefile",
            Vector::Fgb => "FlatGeobuf",
            Vector::Geojson => "GeoJSON",
        })?;
        let mut dataset = driver.create_vector_only(path)?;
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        self.create_layer(&mut dataset, &stem)?;
        if self.form.vector == Vector::Gpkg {
            let mut transaction = dataset.start_transaction()?;
            fill(&mut transaction, shapes, &places, tell)?;
            transaction.commit()?;
        } else {
            fill(&mut dataset, shapes, &places, tell)?;
        }
        dataset.close()
    }

    fn create_layer(&self, dataset: &mut Dataset, stem: &str) -> Result<(), GdalError> {
        let date = format!("DBF_DATE_LAST_UPDATE={}", self.delivered);
        let (name, options): (&str, &[&str]) = match self.form.vector {
            Vector::Gpkg => (self.layer, &["SPATIAL_INDEX=NO", "GEOMETRY_NAME=geom"]),
            Vector::Shp => (stem, &["ENCODING=UTF-8", &date]),
            Vector::ShpGbk | Vector::ShpGbkBare => (stem, &["ENCODING=GBK", &date]),
            // An index would change the order of features and refuses those without a shape.
            Vector::Fgb => (self.layer, &["SPATIAL_INDEX=NO"]),
            Vector::Geojson => (self.layer, &["COORDINATE_PRECISION=15"]),
        };
        let srs = srs(self.form.epsg)?;
        let layer = dataset.create_layer(LayerOptions {
            name,
            srs: Some(&srs),
            ty: OGRwkbGeometryType::wkbPolygon,
            options: Some(options),
        })?;
        let is_shapefile = matches!(self.form.vector, Vector::Shp | Vector::ShpGbk | Vector::ShpGbkBare);
        for (name, width) in self.fields {
            let field = match *width {
                DATE if self.form.vector == Vector::Gpkg => FieldDefn::new(name, OGRFieldType::OFTDate)?,
                0 => {
                    let field = FieldDefn::new(name, OGRFieldType::OFTReal)?;
                    if is_shapefile {
                        field.set_width(15);
                        field.set_precision(if self.form.names == Names::Standard { 2 } else { 6 });
                    }
                    field
                }
                width => {
                    let field = FieldDefn::new(name, OGRFieldType::OFTString)?;
                    field.set_width(width);
                    field
                }
            };
            field.add_to_layer(&layer)?;
        }
        Ok(())
    }
}

/// A date as a field of that format holds it.
#[must_use]
pub fn date(vector: Vector, date: NaiveDate) -> String {
    date.format(if vector == Vector::Gpkg { "%Y-%m-%d" } else { "%Y%m%d" }).to_string()
}

fn fill(
    dataset: &mut Dataset,
    shapes: &[Vec<&Vec<Coord>>],
    mut places: &[Coord],
    mut tell: impl FnMut(usize, &mut Feature<'_>) -> Result<(), GdalError>,
) -> Result<(), GdalError> {
    let layer = dataset.layer(0)?;
    let defn = Defn::from_layer(&layer);
    let mut wkb = Vec::new();
    for (at, shape) in shapes.iter().enumerate() {
        let mut feature = Feature::new(&defn)?;
        if !shape.is_empty() {
            let mut rings = Vec::with_capacity(shape.len());
            for ring in shape {
                let (own, rest) = places.split_at(ring.len());
                places = rest;
                rings.push(own);
            }
            polygon_wkb(&rings, &mut wkb);
            feature.set_geometry(Geometry::from_wkb(&wkb)?)?;
        }
        tell(at, &mut feature)?;
        feature.create(&layer)?;
    }
    Ok(())
}

/// Takes away all that tells a shapefile's encoding: the `.cpg`, and the language driver id in the `.dbf`.
fn say_no_encoding(path: &Path) -> std::io::Result<()> {
    const LANGUAGE_DRIVER: u64 = 29;
    std::fs::remove_file(path.with_extension("cpg"))?;
    let mut table = OpenOptions::new().write(true).open(path.with_extension("dbf"))?;
    table.seek(SeekFrom::Start(LANGUAGE_DRIVER))?;
    table.write_all(&[0])
}

fn srs(epsg: u32) -> Result<SpatialRef, GdalError> {
    let mut srs = SpatialRef::from_epsg(epsg)?;
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(srs)
}

/// All shapes' points in the file's coordinates, one after another.
fn transformed(shapes: &[Vec<&Vec<Coord>>], epsg: u32) -> Result<Vec<Coord>, GdalError> {
    let points = shapes.iter().flatten().copied().flatten();
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.map(|point| (point.x, point.y)).unzip();
    if epsg != 4490 {
        CoordTransform::new(&srs(4490)?, &srs(epsg)?)?.transform_coords(&mut x, &mut y, &mut [])?;
    }
    Ok(x.into_iter().zip(y).map(|(x, y)| Coord { x, y }).collect())
}

/// A polygon as little-endian well-known binary, its points exactly as given.
pub fn polygon_wkb(rings: &[&[Coord]], wkb: &mut Vec<u8>) {
    wkb.clear();
    wkb.push(1);
    wkb.extend(3_u32.to_le_bytes());
    wkb.extend((rings.len() as u32).to_le_bytes());
    for ring in rings {
        wkb.extend((ring.len() as u32).to_le_bytes());
        for point in *ring {
            wkb.extend(point.x.to_le_bytes());
            wkb.extend(point.y.to_le_bytes());
        }
    }
}
