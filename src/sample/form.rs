//! In which form a county delivers: file format, encoding, coordinate system, units, periods.

use super::parameters::Delivery;
use super::parameters::delivery::{Crs, Electricity, Grain, Ledger, Money, Uses, Vector};

/// The form of one county's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Format of the parcel file.
    pub vector: Vector,
    /// EPSG code of its coordinates.
    pub epsg: u32,
    /// Land-use classification of its use codes.
    pub uses: Uses,
    /// Unit of tax.
    pub tax_unit: Money,
    /// Unit of electricity.
    pub electricity_unit: Electricity,
    /// Form of the ledgers.
    pub ledger: Ledger,
    /// Periods of the tax ledger.
    pub tax_grain: Grain,
    /// Periods of the energy ledger.
    pub energy_grain: Grain,
}

impl Form {
    /// The form of the county at that place in the sample, in that 3-degree zone (39, 40 or 41).
    #[must_use]
    pub fn of(delivery: &Delivery, at: usize, zone: u32) -> Self {
        Self {
            vector: turn(&delivery.vectors, at, Vector::Gpkg),
            // Zone 39 is EPSG:4527 with the zone's number before the easting and EPSG:4548 without; and so on.
            epsg: match turn(&delivery.crs, at, Crs::Lonlat) {
                Crs::ZonePrefixed => 4527 + (zone - 39),
                Crs::Zone => 4548 + (zone - 39),
                Crs::Lonlat => 4490,
            },
            uses: turn(&delivery.uses, at, Uses::Survey),
            tax_unit: turn(&delivery.tax_units, at, Money::Yuan),
            electricity_unit: turn(&delivery.electricity_units, at, Electricity::Kwh),
            ledger: turn(&delivery.ledgers, at, Ledger::Csv),
            tax_grain: turn(&delivery.tax_periods, at, Grain::Year),
            energy_grain: turn(&delivery.energy_periods, at, Grain::Year),
        }
    }

    /// File name of the parcel delivery.
    #[must_use]
    pub const fn parcel_file(&self) -> &'static str {
        match self.vector {
            Vector::Gpkg => "parcel.gpkg",
            Vector::Shp | Vector::ShpGbk => "parcel.shp",
        }
    }

    /// The number by which OGR names the feature at that position.
    #[must_use]
    pub const fn fid(&self, position: usize) -> usize {
        match self.vector {
            Vector::Gpkg => position + 1,
            Vector::Shp | Vector::ShpGbk => position,
        }
    }
}

/// The entry whose turn it is.
fn turn<T: Copy>(list: &[T], at: usize, otherwise: T) -> T {
    list.iter().cycle().nth(at).copied().unwrap_or(otherwise)
}
