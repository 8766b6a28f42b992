//! In which form a county delivers: file format, encoding, coordinate system, units, periods.

use super::parameters::Delivery;
use super::parameters::delivery::{Crs, Electricity, Grain, Ledger, Money, Names, Uses, Vector};

/// The form of one county's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Format of the parcel file.
    pub vector: Vector,
    /// EPSG code of its coordinates.
    pub epsg: u32,
    /// Land-use classification of its use codes.
    pub uses: Uses,
    /// Names of fields and columns.
    pub names: Names,
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
    /// Unit of output.
    pub output_unit: Money,
    /// Periods of the output ledger.
    pub output_grain: Grain,
    /// Whether tax comes twice.
    pub is_tax_twice: bool,
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
            names: turn(&delivery.names, at, Names::Standard),
            tax_unit: turn(&delivery.tax_units, at, Money::Yuan),
            electricity_unit: turn(&delivery.electricity_units, at, Electricity::Kwh),
            ledger: turn(&delivery.ledgers, at, Ledger::Csv),
            tax_grain: turn(&delivery.tax_periods, at, Grain::Year),
            energy_grain: turn(&delivery.energy_periods, at, Grain::Year),
            output_unit: turn(&delivery.output_units, at, Money::Yuan),
            output_grain: turn(&delivery.output_periods, at, Grain::Year),
            is_tax_twice: delivery.twice_every > 0 && (at as u32 + 1).is_multiple_of(delivery.twice_every),
        }
    }

    /// File name of the vector file of that name.
    #[must_use]
    pub fn vector_file(&self, name: &str) -> String {
        let extension = match self.vector {
            Vector::Gpkg => "gpkg",
            Vector::Shp | Vector::ShpGbk | Vector::ShpGbkBare => "shp",
            Vector::Fgb => "fgb",
            Vector::Geojson => "geojson",
        };
        format!("{name}.{extension}")
    }

    /// The number by which OGR names the feature at that position.
    #[must_use]
    pub const fn fid(&self, position: usize) -> usize {
        position + (matches!(self.vector, Vector::Gpkg) as usize)
    }

    /// File name of the ledger of that name.
    #[must_use]
    pub fn ledger_file(&self, name: &str) -> String {
        format!("{name}.{}", if self.ledger == Ledger::Parquet { "parquet" } else { "csv" })
    }

    /// The number of a ledger's row at that position: line 1 of a CSV file is its header.
    #[must_use]
    pub const fn ledger_row(&self, position: usize) -> usize {
        position + if matches!(self.ledger, Ledger::Parquet) { 1 } else { 2 }
    }
}

/// The entry whose turn it is.
fn turn<T: Copy>(list: &[T], at: usize, otherwise: T) -> T {
    list.iter().cycle().nth(at).copied().unwrap_or(otherwise)
}
