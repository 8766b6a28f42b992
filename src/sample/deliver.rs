//! A county's parcels as a vector file: format, encoding, coordinates, field names and unit of area.

use std::path::Path;

use gdal::errors::GdalError;

use super::SampleError;
use super::defect::Feature;
use super::draw::Draw;
use super::enterprise;
use super::occupancy::{Parcel, Register};
use super::parameters::delivery::Names;
use super::plan::CountyPlan;
use super::vector::{DATE, File, date};

/// Width of the fields, as [`File::fields`] has them.
const WIDTHS: [i32; 10] = [19, 0, 0, 6, 120, 18, 20, 6, 160, DATE];

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
    /// Date that the file carries in itself.
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
    let form = &file.county.form;
    let fields: Vec<(&str, i32)> = fields(form.names).into_iter().zip(WIDTHS).collect();
    let store = format!("{}土地储备中心（示例）", file.county.county.name);
    // Drawn once for each parcel, so that a second feature of it says the same.
    let said: Vec<Said> = file.parcels.iter().map(|_| Said::draw(file.county, draw)).collect();
    let shapes: Vec<_> = file.features.iter().map(|feature| feature.rings().collect()).collect();
    let layer = File { form, delivered: file.delivered, layer: "ZD", fields: &fields };
    layer.write(path, &shapes, |at, out| {
        let feature = &file.features[at];
        file.tell(feature, &said[feature.parcel], &store, out)
    })
}

impl ParcelFile<'_> {
    fn tell(
        &self,
        feature: &Feature,
        said: &Said,
        store: &str,
        out: &mut gdal::vector::Feature<'_>,
    ) -> Result<(), GdalError> {
        let (form, parcel) = (&self.county.form, &self.parcels[feature.parcel]);
        out.set_field_string(0, &feature.id)?;
        out.set_field_double(1, area(feature.registered_m2, form.names))?;
        if let Some(floor) = parcel.floor_m2 {
            out.set_field_double(2, area(floor, form.names))?;
        }
        out.set_field_string(3, parcel.use_code)?;
        match parcel.owner {
            Some(owner) => {
                let owner = &self.register.members[owner].enterprise;
                out.set_field_string(4, &owner.name)?;
                out.set_field_string(5, &owner.uscc)?;
            }
            None => out.set_field_string(4, store)?,
        }
        out.set_field_string(6, said.right)?;
        out.set_field_string(7, self.county.county.code.as_str())?;
        out.set_field_string(8, &said.address)?;
        out.set_field_string(9, &date(form.vector, parcel.since))
    }
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
