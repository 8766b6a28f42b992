//! In which forms counties deliver.

use serde::{Deserialize, Serialize};

use super::section::{Bounds, check, refused, section};
use crate::sample::SampleError;

/// Format of a parcel file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vector {
    /// `GeoPackage`, layer `ZD`.
    Gpkg,
    /// Shapefile in UTF-8, with a `.cpg`.
    Shp,
    /// Shapefile in GBK, with a `.cpg`.
    ShpGbk,
    /// Shapefile in GBK that does not say so: the pipeline does.
    ShpGbkBare,
    /// `FlatGeobuf`.
    Fgb,
    /// `GeoJSON`.
    Geojson,
}

/// Coordinate system of a parcel file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crs {
    /// CGCS2000 in the county's 3-degree zone, the zone's number before the easting.
    ZonePrefixed,
    /// The same without the number.
    Zone,
    /// CGCS2000 in degrees.
    Lonlat,
}

/// Land-use classification of use codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Uses {
    /// The third land survey (三调): 0601 industrial.
    Survey,
    /// The classification of 2023 (国土空间): 1001 industrial.
    Planning,
}

/// Names of fields and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Names {
    /// Those of the cadastre's database standard; areas in m².
    Standard,
    /// A county's own; areas in ha.
    Local,
}

/// Form of a ledger of tax, energy or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ledger {
    /// CSV in UTF-8.
    Csv,
    /// CSV in GB18030.
    CsvGb18030,
    /// Parquet, all columns text.
    Parquet,
}

/// Unit of tax or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Money {
    /// Yuan with 2 decimals.
    Yuan,
    /// 10,000 yuan with 4 decimals.
    WanYuan,
}

/// Unit of electricity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Electricity {
    /// kWh.
    Kwh,
    /// 10,000 kWh with 4 decimals.
    WanKwh,
}

/// Periods of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grain {
    /// Years.
    Year,
    /// Quarters.
    Quarter,
    /// Months.
    Month,
}

section! {
    /// In which forms counties deliver: of each list they take an entry in turn, in the order of their codes.
    Delivery = "delivery" {
        /// `delivered` of the pipeline's sources, and the date that files carry in themselves.
        delivered: String = "2025-01-15".to_owned(), "date", Bounds::Words("a date");
        /// `delivered` of first deliveries that later ones replace.
        early: String = "2024-12-15".to_owned(), "date", Bounds::Words("a date before `delivered`");
        /// Every so many counties send their tax twice: early and incomplete, then anew; 0: none.
        twice_every: u32 = 4, "counties", Bounds::Of(0.0, 90.0);
        /// Formats of parcel files: GeoPackage; Shapefile in UTF-8 or GBK with a .cpg, or in GBK without; FlatGeobuf;
        /// GeoJSON.
        vectors: Vec<Vector> = vec![
            Vector::Gpkg, Vector::Shp, Vector::Fgb, Vector::ShpGbk, Vector::Gpkg, Vector::Geojson, Vector::ShpGbkBare,
        ], "", Bounds::OneOf(&["gpkg", "shp", "shp-gbk", "shp-gbk-bare", "fgb", "geojson"]);
        /// Names of fields and columns: the standard's, with areas in m², or a county's own, with areas in ha.
        names: Vec<Names> = vec![Names::Standard, Names::Standard, Names::Local], "",
            Bounds::OneOf(&["standard", "local"]);
        /// Coordinate systems of parcel files: CGCS2000 in the county's 3-degree zone, with or without the zone's number
        /// before the easting, or in degrees.
        crs: Vec<Crs> = vec![Crs::ZonePrefixed, Crs::Zone, Crs::ZonePrefixed, Crs::Lonlat, Crs::Zone], "",
            Bounds::OneOf(&["zone-prefixed", "zone", "lonlat"]);
        /// Land-use classifications: the third land survey's, or that of 2023.
        uses: Vec<Uses> = vec![Uses::Planning, Uses::Survey, Uses::Survey], "", Bounds::OneOf(&["survey", "planning"]);
        /// Forms of tax, energy and output ledgers.
        ledgers: Vec<Ledger> = vec![Ledger::Csv, Ledger::Parquet, Ledger::CsvGb18030, Ledger::Csv], "",
            Bounds::OneOf(&["csv", "csv-gb18030", "parquet"]);
        /// Units of tax.
        tax_units: Vec<Money> = vec![Money::WanYuan, Money::Yuan, Money::WanYuan], "",
            Bounds::OneOf(&["yuan", "wan_yuan"]);
        /// Units of electricity.
        electricity_units: Vec<Electricity> = vec![Electricity::WanKwh, Electricity::Kwh], "",
            Bounds::OneOf(&["kwh", "wan_kwh"]);
        /// Periods of tax ledgers.
        tax_periods: Vec<Grain> = vec![Grain::Year, Grain::Year, Grain::Year, Grain::Quarter, Grain::Year], "",
            Bounds::OneOf(&["year", "quarter", "month"]);
        /// Periods of energy ledgers.
        energy_periods: Vec<Grain> = vec![Grain::Year, Grain::Month, Grain::Year, Grain::Year, Grain::Quarter], "",
            Bounds::OneOf(&["year", "quarter", "month"]);
        /// Units of output.
        output_units: Vec<Money> = vec![Money::WanYuan, Money::WanYuan, Money::Yuan, Money::Yuan], "",
            Bounds::OneOf(&["yuan", "wan_yuan"]);
        /// Periods of output ledgers. Staff is told by years alone.
        output_periods: Vec<Grain> = vec![Grain::Year, Grain::Year, Grain::Quarter], "",
            Bounds::OneOf(&["year", "quarter"]);
    }
}

impl Delivery {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        let date = |key, text: &String| match text.parse::<chrono::NaiveDate>() {
            Ok(date) => Ok(date),
            Err(_) => Err(refused::<Self>(key, "a date, as 2025-01-15", text)),
        };
        if date("early", &self.early)? >= date("delivered", &self.delivered)? {
            return Err(refused::<Self>("early", format!("a date before delivered ({})", self.delivered), &self.early));
        }
        Ok(())
    }
}
