//! Parcel files as counties send them: in their format, encoding, coordinates, field names and unit of area.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gdal::vector::{Defn, FieldDefn, Geometry, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use geo::Coord;

use super::SampleError;
use super::defect::Feature;
use super::draw::Draw;
use super::enterprise;
use super::form::Form;
use super::occupancy::{Parcel, Register};
use super::parameters::delivery::{Names, Vector};
use super::plan::CountyPlan;

/// Width of the text fields; 0: a number.
const WIDTHS: [i32; 10] = [19, 0, 0, 6, 120, 18, 20, 6, 160, 10];

/// Names of the fields (standard: DOMAIN.md §5): parcel code, registered area, floor area, use, holder, the holder's
/// identifier, kind of right, county, address, start of the right. Shapefiles hold 10 letters.
#[must_use]
pub const fn fields(names: Names) -> [&'static str; 10] {
    match names {
        Names::Standard => ["ZDDM", "ZDMJ", "JZMJ", "TDYT", "QLRMC", "QLRZJH", "QLXZ", "XZQDM", "ZL", "SYQSSJ"],
        Names::Local => ["DKBH", "DJMJ_HA", "JZMJ_HA", "YTDM", "SYZ", "SYZDM", "SYQLX", "QXDM", "DZ", "QSRQ"],
    }
}

/// An area in m² of 2 decimals, in the unit that goes with the names.
fn area(m2: f64, names: Names) -> f64 {
    match names {
        Names::Standard => m2,
        // From whole hundredths, so that it is the nearest number to its 6 decimals.
        Names::Local => (m2 * 100.0).round() / 1e6,
    }
}

/// What goes into a county's parcel file.
pub struct ParcelFile<'a> {
    /// The county.
    pub county: &'a CountyPlan,
    /// Date that the file carries in itself, so that the same seed gives the same bytes.
    pub delivered: &'a str,
    /// Parcels whose attributes features carry.
    pub parcels: &'a [Parcel],
    /// Features.
    pub features: &'a [Feature],
    /// Owners.
    pub register: &'a Register,
}

/// Writes a parcel file; a file of that name is replaced.
///
/// # Errors
/// [`SampleError::Vector`] if GDAL refuses, [`SampleError::Io`] if an old file cannot be removed.
pub fn parcels(path: &Path, file: &ParcelFile<'_>, draw: &mut Draw) -> Result<(), SampleError> {
    for extension in ["gpkg", "fgb", "geojson", "shp", "shx", "dbf", "prj", "cpg"] {
        let old = path.with_extension(extension);
        if old.exists() {
            std::fs::remove_file(&old).map_err(|source| SampleError::Io { path: old, source })?;
        }
    }
    file.write(path, draw).map_err(|source| SampleError::Vector { path: path.to_owned(), source })?;
    if file.county.form.vector == Vector::ShpGbkBare {
        say_no_encoding(path).map_err(|source| SampleError::Io { path: path.to_owned(), source })?;
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

/// All features' points in the county's coordinates, one after another.
fn transformed(features: &[Feature], epsg: u32) -> Result<Vec<Coord>, GdalError> {
    let points = features.iter().flat_map(Feature::rings).flatten();
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.map(|point| (point.x, point.y)).unzip();
    if epsg != 4490 {
        CoordTransform::new(&srs(4490)?, &srs(epsg)?)?.transform_coords(&mut x, &mut y, &mut [])?;
    }
    Ok(x.into_iter().zip(y).map(|(x, y)| Coord { x, y }).collect())
}

impl ParcelFile<'_> {
    fn write(&self, path: &Path, draw: &mut Draw) -> Result<(), GdalError> {
        let form = &self.county.form;
        let places = transformed(self.features, form.epsg)?;
        gdal::config::set_thread_local_config_option("OGR_CURRENT_DATE", &format!("{}T00:00:00.000Z", self.delivered))?;
        let driver = DriverManager::get_driver_by_name(match form.vector {
            Vector::Gpkg => "GPKG",
            Vector::Shp | Vector::ShpGbk | Vector::ShpGbkBare => "ESRI Shapefile",
            Vector::Fgb => "FlatGeobuf",
            Vector::Geojson => "GeoJSON",
        })?;
        let mut dataset = driver.create_vector_only(path)?;
        create_layer(&mut dataset, form, &format!("DBF_DATE_LAST_UPDATE={}", self.delivered))?;
        if form.vector == Vector::Gpkg {
            let mut transaction = dataset.start_transaction()?;
            self.fill(&mut transaction, &places, draw)?;
            transaction.commit()?;
        } else {
            self.fill(&mut dataset, &places, draw)?;
        }
        dataset.close()
    }

    fn fill(&self, dataset: &mut Dataset, mut places: &[Coord], draw: &mut Draw) -> Result<(), GdalError> {
        let layer = dataset.layer(0)?;
        let defn = Defn::from_layer(&layer);
        let store = format!("{}土地储备中心（示例）", self.county.county.name);
        let names = self.county.form.names;
        let mut wkb = Vec::new();
        // Drawn once for each parcel, so that a second feature of it says the same.
        let said: Vec<Said> = self.parcels.iter().map(|_| Said::draw(self.county, draw)).collect();
        for feature in self.features {
            let (parcel, said) = (&self.parcels[feature.parcel], &said[feature.parcel]);
            let mut out = gdal::vector::Feature::new(&defn)?;
            if feature.ring.is_some() {
                let mut rings = Vec::with_capacity(1 + feature.holes.len());
                for ring in feature.rings() {
                    let (own, rest) = places.split_at(ring.len());
                    places = rest;
                    rings.push(own);
                }
                polygon_wkb(&rings, &mut wkb);
                out.set_geometry(Geometry::from_wkb(&wkb)?)?;
            }
            out.set_field_string(0, &feature.id)?;
            out.set_field_double(1, area(feature.registered_m2, names))?;
            if let Some(floor) = parcel.floor_m2 {
                out.set_field_double(2, area(floor, names))?;
            }
            out.set_field_string(3, parcel.use_code)?;
            match parcel.owner {
                Some(owner) => {
                    let owner = &self.register.members[owner].enterprise;
                    out.set_field_string(4, &owner.name)?;
                    out.set_field_string(5, &owner.uscc)?;
                }
                None => out.set_field_string(4, &store)?,
            }
            out.set_field_string(6, said.right)?;
            out.set_field_string(7, self.county.county.code.as_str())?;
            out.set_field_string(8, &said.address)?;
            let since = if self.county.form.vector == Vector::Gpkg { "%Y-%m-%d" } else { "%Y%m%d" };
            out.set_field_string(9, &parcel.since.format(since).to_string())?;
            out.create(&layer)?;
        }
        Ok(())
    }
}

fn create_layer(dataset: &mut Dataset, form: &Form, date: &str) -> Result<(), GdalError> {
    let (name, options): (&str, &[&str]) = match form.vector {
        Vector::Gpkg => ("ZD", &["SPATIAL_INDEX=NO", "GEOMETRY_NAME=geom"]),
        Vector::Shp => ("parcel", &["ENCODING=UTF-8", date]),
        Vector::ShpGbk | Vector::ShpGbkBare => ("parcel", &["ENCODING=GBK", date]),
        // An index would change the order of features and refuses those without a shape.
        Vector::Fgb => ("ZD", &["SPATIAL_INDEX=NO"]),
        Vector::Geojson => ("ZD", &["COORDINATE_PRECISION=15"]),
    };
    let srs = srs(form.epsg)?;
    let layer = dataset.create_layer(LayerOptions {
        name,
        srs: Some(&srs),
        ty: OGRwkbGeometryType::wkbPolygon,
        options: Some(options),
    })?;
    let is_shapefile = matches!(form.vector, Vector::Shp | Vector::ShpGbk | Vector::ShpGbkBare);
    for (name, width) in fields(form.names).into_iter().zip(WIDTHS) {
        let field = match (name, width) {
            (_, 10) if form.vector == Vector::Gpkg => FieldDefn::new(name, OGRFieldType::OFTDate)?,
            (_, 0) => {
                let field = FieldDefn::new(name, OGRFieldType::OFTReal)?;
                if is_shapefile {
                    field.set_width(15);
                    field.set_precision(if form.names == Names::Standard { 2 } else { 6 });
                }
                field
            }
            _ => {
                let field = FieldDefn::new(name, OGRFieldType::OFTString)?;
                field.set_width(width);
                field
            }
        };
        field.add_to_layer(&layer)?;
    }
    Ok(())
}

/// What a parcel's feature says that nothing else depends on.
struct Said {
    right: &'static str,
    address: String,
}

impl Said {
    fn draw(county: &CountyPlan, draw: &mut Draw) -> Self {
        let right = match draw.unit() {
            kind if kind < 0.9 => "出让",
            kind if kind < 0.97 => "划拨",
            _ => "作价出资",
        };
        Self { right, address: enterprise::address(&county.county, draw) }
    }
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
