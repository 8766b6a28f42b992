//! In which form a county delivers: file format, encoding, coordinate system, units.

/// The form of one county's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// Format of the parcel file.
    pub vector: Vector,
    /// EPSG code of its coordinates.
    pub epsg: u32,
    /// Land-use classification of its use codes.
    pub uses: Uses,
    /// Whether tax is in 10,000 yuan (else in yuan).
    pub tax_in_wan: bool,
    /// Whether electricity is in 10,000 kWh (else in kWh).
    pub electricity_in_wan: bool,
    /// Whether the ledgers are in GB18030 (else in UTF-8).
    pub ledgers_in_gb18030: bool,
}

/// Format of a parcel file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vector {
    /// `GeoPackage`, layer `ZD`.
    GeoPackage,
    /// Shapefile with a `.cpg` that names this encoding.
    Shapefile {
        /// As GDAL and the `.cpg` name it.
        encoding: &'static str,
    },
}

/// Land-use classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uses {
    /// The third land survey (三调): 0601 industrial.
    Survey,
    /// The classification of 2023 (国土空间): 1001 industrial.
    Planning,
}

impl Form {
    /// The form of the county at that place in the sample, in that 3-degree zone (39, 40 or 41).
    #[must_use]
    pub const fn of(at: usize, zone: u32) -> Self {
        Self {
            vector: match at % 4 {
                0 | 2 => Vector::GeoPackage,
                1 => Vector::Shapefile { encoding: "UTF-8" },
                _ => Vector::Shapefile { encoding: "GBK" },
            },
            // Zone 39 is EPSG:4527 with the zone's number before the easting and EPSG:4548 without; and so on.
            epsg: match at % 5 {
                3 => 4490,
                0 | 2 => 4527 + (zone - 39),
                _ => 4548 + (zone - 39),
            },
            uses: if at.is_multiple_of(3) { Uses::Planning } else { Uses::Survey },
            tax_in_wan: at % 3 != 1,
            electricity_in_wan: at.is_multiple_of(2),
            ledgers_in_gb18030: at % 4 == 2,
        }
    }

    /// File name of the parcel delivery.
    #[must_use]
    pub const fn parcel_file(&self) -> &'static str {
        match self.vector {
            Vector::GeoPackage => "parcel.gpkg",
            Vector::Shapefile { .. } => "parcel.shp",
        }
    }

    /// The number by which OGR names the feature at that position.
    #[must_use]
    pub const fn fid(&self, position: usize) -> usize {
        match self.vector {
            Vector::GeoPackage => position + 1,
            Vector::Shapefile { .. } => position,
        }
    }
}
