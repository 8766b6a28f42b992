//! A province that does not exist on counties that do: parcels, enterprises and ledgers in the forms in which real
//! ones are delivered, with planted defects, and the truth of it all. The same seed gives the same files.
//!
//! [`plan`] decides counties and districts; every county then follows from the plan alone, so that counties are made
//! in parallel and a district over a border is drawn by both its counties alike. Names, identifiers and amounts are
//! invented; names say 示例.

// Sample values are drawn as floats and are far below 2^52; nothing here enters a published figure.
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
#![allow(clippy::cast_possible_wrap, reason = "dates and fen of a sample are small")]

pub mod area;
pub mod blocks;
pub mod cells;
pub mod county;
pub mod defect;
pub mod deliver;
pub mod district;
pub mod draw;
pub mod enterprise;
pub mod form;
pub mod ledger;
pub mod lists;
pub mod occupancy;
pub mod oddity;
pub mod parameters;
pub mod pipeline;
pub mod plan;
pub mod projects;
pub mod province;
pub mod site;
pub mod stray;
pub mod tables;
pub mod touch;
pub mod truth;
pub mod vector;
pub mod zones;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::document::DocumentError;
use crate::table::{TableError, truth as table};
pub use parameters::Parameters;
use plan::Plan;

/// Why no sample was made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The file of parameters cannot be read.
    #[error("{0}")]
    Document(#[from] DocumentError),
    /// A parameter is out of its bounds.
    #[error("{key} must be {bound}, not {value}")]
    Parameter {
        /// Its name.
        key: String,
        /// What it may be.
        bound: String,
        /// What it was.
        value: String,
    },
    /// The counties have no room.
    #[error(
        "province.parcels = {parcels} do not fit: the counties have room for {most} of that size; lower province.parcels or parcels.median_mu"
    )]
    Room {
        /// Parcels asked for.
        parcels: usize,
        /// Parcels that fit.
        most: usize,
    },
    /// The folder holds something else.
    #[error(
        "{path} is not empty and holds no sample: name another folder, or empty it (a sample has a pipeline.toml that says so in its first line, and truth/)",
        path = .path.display()
    )]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// The data that the binary carries is broken.
    #[error("the built-in data is broken: {what}")]
    Embedded {
        /// How.
        what: String,
    },
    /// A file cannot be written.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The truth cannot be put into a table.
    #[error("truth: {0}")]
    Truth(#[from] TableError),
    /// A record cannot be written.
    #[error("CSV: {source}")]
    Csv {
        /// Why.
        source: csv::Error,
    },
    /// A parcel file cannot be written.
    #[error("{path}: {source}", path = .path.display())]
    Vector {
        /// Which.
        path: PathBuf,
        /// Why.
        source: gdal::errors::GdalError,
    },
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Counties.
    pub counties: usize,
    /// Features in all parcel files, defects included.
    pub features: usize,
    /// Rows of the enterprise register.
    pub enterprises: usize,
    /// Rows of the occupancy list.
    pub occupancy: usize,
    /// Rows of all tax ledgers.
    pub tax: usize,
    /// Rows of all energy ledgers.
    pub energy: usize,
    /// Rows of all output ledgers.
    pub output: usize,
    /// Rows of all lists that enterprises stand on, and of emission ledgers.
    pub listed: usize,
    /// Features in all zone files, defects included.
    pub zones: usize,
    /// Planted defects.
    pub defects: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} parcel features in {} counties, {} enterprises, {} occupancy, {} tax, {} energy, {} output rows, {} of lists \
             and emissions, {} zones, {} planted defects",
            self.features,
            self.counties,
            self.enterprises,
            self.occupancy,
            self.tax,
            self.energy,
            self.output,
            self.listed,
            self.zones,
            self.defects
        )
    }
}

/// Makes the sample below `out`: `in/` with the deliveries, `sources/` with the mappings, `policy/` with
/// the rule set, `pipeline.toml`, `truth/`. Those of an earlier sample there are replaced whole; what else lies beside them is left.
///
/// # Errors
/// Impossible parameters; a folder that is neither empty nor a sample's; what the file system or GDAL refuse.
pub fn generate(parameters: &Parameters, out: &Path) -> Result<Summary, SampleError> {
    let plan = Plan::new(parameters)?;
    clear(out)?;
    // First, so that the folder is known for a sample's from here on, whatever interrupts.
    let truth = out.join(TRUTH);
    std::fs::create_dir_all(&truth).map_err(|source| SampleError::Io { path: truth.clone(), source })?;
    write(&out.join(PIPELINE), &pipeline::text(&plan, parameters, "in"))?;
    std::fs::create_dir_all(out.join("in")).map_err(|source| SampleError::Io { path: out.join("in"), source })?;
    let mut enterprises = Table::create(out.join(county::ENTERPRISE_FILE), tables::ENTERPRISE)?;
    let mut occupancy = Table::create(out.join(county::OCCUPANCY_FILE), tables::OCCUPANCY)?;
    let mut files = truth::files::Files::create(&truth, &truth::tables(parameters))?;
    let (mut sums, mut border, mut near) = (truth::sums::Sums::default(), BTreeMap::new(), BTreeMap::new());
    let mut summary = Summary { counties: plan.counties.len(), ..Summary::default() };

    // Some counties at a time, so that memory does not grow with the province.
    let counties: Vec<usize> = (0..plan.counties.len()).collect();
    for some in counties.chunks(4 * rayon::current_num_threads()) {
        let made: Result<Vec<_>, _> = some.par_iter().map(|at| county::make(&plan, *at, parameters, out)).collect();
        let mut rows = Vec::new();
        for mut delivery in made? {
            for defect in delivery.planted.iter_mut().filter(|defect| defect.file == county::OCCUPANCY_FILE) {
                // Line 1 is the header.
                defect.row = defect.row.map(|row| row + summary.occupancy + 2);
            }
            enterprises.append(&delivery.enterprises)?;
            occupancy.append(&delivery.occupancy)?;
            rows.push((&table::defect::TABLE, truth::rows::defects(&delivery.planted)?));
            rows.extend(truth::zones::defects(&delivery.planted)?);
            rows.extend(delivery.truth.rows);
            sums.join(delivery.truth.sums);
            near.extend(delivery.near);
            for (district, low) in delivery.truth.border {
                border.entry(district).or_insert_with(Vec::new).extend(low);
            }
            summary.features += delivery.features;
            summary.enterprises += delivery.enterprise_rows;
            summary.occupancy += delivery.occupancy_rows;
            summary.tax += delivery.tax_rows;
            summary.energy += delivery.energy_rows;
            summary.output += delivery.output_rows;
            summary.listed += delivery.listed_rows;
            summary.zones += delivery.zones;
            summary.defects += delivery.planted.len();
        }
        files.append(&rows)?;
    }
    let over_border: Vec<_> = border
        .iter()
        .flat_map(|(district, low)| truth::blocks::blocks(low, near.get(district).map_or(&[], Vec::as_slice)))
        .collect();
    files.append(&vec![
        (&table::sums::TABLE, truth::rows::balances(&sums)?),
        (&table::block_member::TABLE, truth::rows::block_members(&over_border)?),
    ])?;
    files.finish()?;
    for table in [enterprises, occupancy] {
        table.finish()?;
    }
    for (name, text) in pipeline::mappings(parameters) {
        write(&out.join("sources").join(&name), &text)?;
    }
    let (name, text) = pipeline::policy(parameters);
    write(&out.join(name), text)?;
    Ok(summary)
}

/// The pipeline's file, by whose first line a sample is known.
const PIPELINE: &str = "pipeline.toml";

/// The folder of what is true, by which a sample is known besides: a copy of its pipeline may stand elsewhere.
const TRUTH: &str = "truth";

/// Takes away what an earlier sample left; refuses what is none. The marks by which a sample is known stay.
fn clear(out: &Path) -> Result<(), SampleError> {
    let failed = |path: PathBuf| move |source| SampleError::Io { path, source };
    match std::fs::read_dir(out).map(|mut entries| entries.next()) {
        Ok(None) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => drop(found.map_err(failed(out.to_owned()))?),
    }
    let is_made_here =
        std::fs::read_to_string(out.join(PIPELINE)).is_ok_and(|text| text.starts_with(pipeline::FIRST_LINE));
    if !is_made_here || !out.join(TRUTH).is_dir() {
        return Err(SampleError::Occupied { path: out.to_owned() });
    }
    for folder in ["in", "sources", "policy"].map(|name| out.join(name)).into_iter().filter(|path| path.exists()) {
        std::fs::remove_dir_all(&folder).map_err(failed(folder))?;
    }
    let truth = out.join(TRUTH);
    for entry in std::fs::read_dir(&truth).map_err(failed(truth.clone()))? {
        let path = entry.map_err(failed(truth.clone()))?.path();
        std::fs::remove_file(&path).map_err(failed(path))?;
    }
    Ok(())
}

/// Writes a file, and the folder for it.
fn write(path: &Path, text: &str) -> Result<(), SampleError> {
    let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.and_then(|()| std::fs::write(path, text)).map_err(|source| SampleError::Io { path: path.to_owned(), source })
}

/// A CSV file of the whole province, which grows county by county.
struct Table {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Table {
    fn create<const N: usize>(path: PathBuf, header: [&str; N]) -> Result<Self, SampleError> {
        match File::create(&path) {
            Ok(file) => {
                let mut table = Self { path, file: BufWriter::new(file) };
                table.append(&tables::csv([header])?)?;
                Ok(table)
            }
            Err(source) => Err(SampleError::Io { path, source }),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), SampleError> {
        self.file.write_all(bytes).map_err(|source| SampleError::Io { path: self.path.clone(), source })
    }

    fn finish(mut self) -> Result<(), SampleError> {
        self.file.flush().map_err(|source| SampleError::Io { path: self.path, source })
    }
}

#[cfg(test)]
mod tests;
