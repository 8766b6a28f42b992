//! Map over sources: each feature becomes a row of its table, valid by itself, or a reject.

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};

use super::super::StageError;
use super::super::delivered::{DeliveredRows, Fault, SourceFacts, fault};
use super::super::quality::{Outcome, Quality};
use super::shape::{Scratch, Shape};
use crate::domain::{DivisionCode, RejectCode};
use crate::geometry::Projection;
use crate::table::delivery::Sheet;
use crate::table::{Table, TableError};

/// A table of features as read: its builder.
pub trait Feature: Default {
    /// Its declaration.
    const TABLE: &'static Table;

    /// What a feature says besides its shape.
    type Attributes<'b>;

    /// Reads a row's attributes.
    ///
    /// # Errors
    /// The fault for which the row is rejected.
    fn attributes<'b>(
        facts: &SourceFacts,
        rows: &'b DeliveredRows<'_>,
        at: usize,
        county: DivisionCode,
    ) -> Result<Self::Attributes<'b>, Fault>;

    /// The parcel that a rejected row is about, as far as it can be told.
    #[must_use]
    fn parcel(_: &SourceFacts, _: &DeliveredRows<'_>, _: usize, _: Option<DivisionCode>) -> Option<String> {
        None
    }

    /// Appends a row that comes from this file and feature.
    fn append(&mut self, attributes: &Self::Attributes<'_>, shape: &Shape<'_>, origin: (&str, i64));

    /// The rows appended so far.
    ///
    /// # Errors
    /// Never by the data.
    fn rows(&mut self) -> Result<RecordBatch, TableError>;
}

/// What reading one source leaves.
pub struct Read {
    /// Rows by county.
    pub features: Vec<(String, RecordBatch)>,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// Reads the batches of one source.
pub struct Reader<'a, F> {
    facts: &'a SourceFacts,
    quality: Quality<'a>,
    counties: BTreeMap<DivisionCode, F>,
    scratch: Scratch,
}

impl<'a, F: Feature> Reader<'a, F> {
    /// A reader for the source.
    #[must_use]
    pub fn new(facts: &'a SourceFacts) -> Self {
        Self { facts, quality: Quality::new(facts, ""), counties: BTreeMap::new(), scratch: Scratch::default() }
    }

    /// Reads one sheet of `file`.
    pub fn read(&mut self, file: &'a str, sheet: &Sheet<'_>, projection: &mut dyn Projection) {
        self.quality.file = file;
        let rows = DeliveredRows::of(self.facts, sheet);
        for at in 0..rows.count() {
            self.quality.row(None, Outcome::Read);
            if let Err(fault) = self.feature(&rows, at, projection) {
                self.quality.row(None, Outcome::Rejected);
                let county = rows.county(at).ok();
                let parcel = F::parcel(self.facts, &rows, at, county);
                let county = county.as_ref().map(DivisionCode::as_str);
                self.quality.reject(rows.row(at), county, parcel.as_deref(), fault);
            }
        }
    }

    fn feature(&mut self, rows: &DeliveredRows<'_>, at: usize, projection: &mut dyn Projection) -> Result<(), Fault> {
        rows.fault(at)?;
        let county = rows.county(at)?;
        let attributes = F::attributes(self.facts, rows, at, county)?;
        let bytes = rows.geometry().filter(|all| all.is_valid(at)).map(|all| all.value(at));
        let bytes = bytes.ok_or(fault(RejectCode::GeometryMissing, "geometry"))?;
        let shape = self.scratch.shape(bytes, projection).map_err(|code| fault(code, "geometry"))?;
        let origin = (self.quality.file, rows.row(at));
        self.counties.entry(county).or_default().append(&attributes, &shape, origin);
        Ok(())
    }

    /// The tables of the source.
    ///
    /// # Errors
    /// Never by the data.
    pub fn finish(self) -> Result<Read, StageError> {
        let mut features = Vec::with_capacity(self.counties.len());
        for (county, mut rows) in self.counties {
            features.push((county.to_string(), rows.rows()?));
        }
        Ok(Read {
            features,
            tallies: self.quality.tallies().finish()?,
            rejects: self.quality.rejects.finish()?,
            issues: self.quality.issues.finish()?,
        })
    }
}
