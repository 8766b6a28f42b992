//! Parcel files as counties send them: `GeoPackage` or Shapefile, in the county's encoding and coordinates.

use std::path::Path;

use gdal::errors::GdalError;
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gdal::vector::{Defn, FieldDefn, Geometry, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager};
use geo::Coord;

use super::SampleError;
use super::defect::Feature;
use super::district::Role;
use super::draw::Draw;
use super::enterprise;
use super::form::Form;
use super::occupancy::{Parcel, Register};
use super::parameters::Parameters;
use super::parameters::delivery::{Uses, Vector};
use super::plan::CountyPlan;

/// Name and width of the text fields and, marked by 0, the fields that are numbers (DOMAIN.md §5).
const FIELDS: [(&str, i32); 10] = [
    ("ZDDM", 19),
    ("ZDMJ", 0),
    ("JZMJ", 0),
    ("TDYT", 6),
    ("QLRMC", 120),
    ("QLRZJH", 18),
    ("QLXZ", 20),
    ("XZQDM", 6),
    ("ZL", 160),
    ("SYQSSJ", 10),
];

/// Writes the county's parcel file; a file of that name is replaced.
///
/// # Errors
/// [`SampleError::Vector`] if GDAL refuses, [`SampleError::Io`] if an old file cannot be removed.
pub fn parcels(
    path: &Path,
    county: &CountyPlan,
    parameters: &Parameters,
    parcels: &[Parcel],
    features: &[Feature],
    register: &Register,
    draw: &mut Draw,
) -> Result<(), SampleError> {
    for extension in ["gpkg", "shp", "shx", "dbf", "prj", "cpg"] {
        let old = path.with_extension(extension);
        if old.exists() {
            std::fs::remove_file(&old).map_err(|source| SampleError::Io { path: old, source })?;
        }
    }
    let failed = |source| SampleError::Vector { path: path.to_owned(), source };
    let places = transformed(features, county.form.epsg).map_err(failed)?;
    // The drivers' ways to a fixed date, so that the same seed gives the same bytes.
    let delivered = &parameters.delivery.delivered;
    gdal::config::set_thread_local_config_option("OGR_CURRENT_DATE", &format!("{delivered}T00:00:00.000Z"))
        .map_err(failed)?;
    let date = format!("DBF_DATE_LAST_UPDATE={delivered}");
    write(path, &date, county, parcels, features, &places, register, draw).map_err(failed)
}

fn srs(epsg: u32) -> Result<SpatialRef, GdalError> {
    let mut srs = SpatialRef::from_epsg(epsg)?;
    srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(srs)
}

/// All features' points in the county's coordinates, one after another.
fn transformed(features: &[Feature], epsg: u32) -> Result<Vec<Coord>, GdalError> {
    let points = features.iter().filter_map(|feature| feature.ring.as_ref()).flatten();
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.map(|point| (point.x, point.y)).unzip();
    if epsg != 4490 {
        CoordTransform::new(&srs(4490)?, &srs(epsg)?)?.transform_coords(&mut x, &mut y, &mut [])?;
    }
    Ok(x.into_iter().zip(y).map(|(x, y)| Coord { x, y }).collect())
}

fn write(
    path: &Path,
    date: &str,
    county: &CountyPlan,
    parcels: &[Parcel],
    features: &[Feature],
    places: &[Coord],
    register: &Register,
    draw: &mut Draw,
) -> Result<(), GdalError> {
    let is_geopackage = county.form.vector == Vector::Gpkg;
    let driver = DriverManager::get_driver_by_name(if is_geopackage { "GPKG" } else { "ESRI Shapefile" })?;
    let mut dataset = driver.create_vector_only(path)?;
    create_layer(&mut dataset, &county.form, date)?;
    if is_geopackage {
        let mut transaction = dataset.start_transaction()?;
        fill(&mut transaction, county, parcels, features, places, register, draw)?;
        transaction.commit()?;
    } else {
        fill(&mut dataset, county, parcels, features, places, register, draw)?;
    }
    dataset.close()
}

fn create_layer(dataset: &mut Dataset, form: &Form, date: &str) -> Result<(), GdalError> {
    let (name, options) = match form.vector {
        Vector::Gpkg => ("ZD", ["SPATIAL_INDEX=NO", "GEOMETRY_NAME=geom"]),
        Vector::Shp => ("parcel", ["ENCODING=UTF-8", date]),
        Vector::ShpGbk => ("parcel", ["ENCODING=GBK", date]),
    };
    let srs = srs(form.epsg)?;
    let layer = dataset.create_layer(LayerOptions {
        name,
        srs: Some(&srs),
        ty: OGRwkbGeometryType::wkbPolygon,
        options: Some(&options),
    })?;
    for (name, width) in FIELDS {
        let field = match (name, width) {
            ("SYQSSJ", _) if form.vector == Vector::Gpkg => FieldDefn::new(name, OGRFieldType::OFTDate)?,
            (_, 0) => {
                let field = FieldDefn::new(name, OGRFieldType::OFTReal)?;
                if form.vector != Vector::Gpkg {
                    field.set_width(15);
                    field.set_precision(2);
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

fn fill(
    dataset: &mut Dataset,
    county: &CountyPlan,
    parcels: &[Parcel],
    features: &[Feature],
    mut places: &[Coord],
    register: &Register,
    draw: &mut Draw,
) -> Result<(), GdalError> {
    let layer = dataset.layer(0)?;
    let defn = Defn::from_layer(&layer);
    let store = format!("{}土地储备中心（示例）", county.county.name);
    let mut wkb = Vec::new();
    // Drawn once for each parcel, so that a second feature of it says the same.
    let said: Vec<Said> = parcels.iter().map(|parcel| Said::draw(parcel, county, draw)).collect();
    for feature in features {
        let (parcel, said) = (&parcels[feature.parcel], &said[feature.parcel]);
        let mut out = gdal::vector::Feature::new(&defn)?;
        if let Some(ring) = &feature.ring {
            let (own, rest) = places.split_at(ring.len());
            places = rest;
            polygon_wkb(own, &mut wkb);
            out.set_geometry(Geometry::from_wkb(&wkb)?)?;
        }
        out.set_field_string(0, &feature.id)?;
        out.set_field_double(1, feature.registered_m2)?;
        if let Some(floor) = parcel.floor_m2 {
            out.set_field_double(2, floor)?;
        }
        out.set_field_string(3, said.use_code)?;
        match parcel.owner {
            Some(owner) => {
                let owner = &register.members[owner].enterprise;
                out.set_field_string(4, &owner.name)?;
                out.set_field_string(5, &owner.uscc)?;
            }
            None => out.set_field_string(4, &store)?,
        }
        out.set_field_string(6, said.right)?;
        out.set_field_string(7, county.county.code.as_str())?;
        out.set_field_string(8, &said.address)?;
        let since = if county.form.vector == Vector::Gpkg { "%Y-%m-%d" } else { "%Y%m%d" };
        out.set_field_string(9, &parcel.since.format(since).to_string())?;
        out.create(&layer)?;
    }
    Ok(())
}

/// What a parcel's feature says that nothing else depends on.
struct Said {
    use_code: &'static str,
    right: &'static str,
    address: String,
}

impl Said {
    fn draw(parcel: &Parcel, county: &CountyPlan, draw: &mut Draw) -> Self {
        let use_code = use_code(parcel.lot.role, county.form.uses, draw);
        let right = match draw.unit() {
            kind if kind < 0.9 => "出让",
            kind if kind < 0.97 => "划拨",
            _ => "作价出资",
        };
        Self { use_code, right, address: enterprise::address(&county.county, draw) }
    }
}

/// A polygon of one ring as little-endian well-known binary, its points exactly as given.
fn polygon_wkb(ring: &[Coord], wkb: &mut Vec<u8>) {
    wkb.clear();
    wkb.push(1);
    wkb.extend(3_u32.to_le_bytes());
    wkb.extend(1_u32.to_le_bytes());
    wkb.extend((ring.len() as u32).to_le_bytes());
    for point in ring {
        wkb.extend(point.x.to_le_bytes());
        wkb.extend(point.y.to_le_bytes());
    }
}

/// The code of a use in the county's classification.
fn use_code(role: Role, uses: Uses, draw: &mut Draw) -> &'static str {
    match (role, uses) {
        (Role::Housing, _) => "0701",
        (Role::Warehouse, Uses::Survey) => "0508",
        (Role::Warehouse, Uses::Planning) => "1101",
        (_, Uses::Survey) => "0601",
        (_, Uses::Planning) => draw.pick(&["1001", "1001", "1001", "100101", "100102", "100103"]),
    }
}
