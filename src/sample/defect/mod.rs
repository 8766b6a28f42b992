//! Defects planted on purpose: where each of them lies, which code it must get, and what follows from it.

mod keys;
mod ledgers;
mod occupancy;
mod parcels;
mod projects;
mod shapes;
mod zones;

pub use ledgers::LedgerFile;
pub use parcels::Place;

use std::collections::BTreeSet;

use geo::Coord;

use super::draw::Draw;
use super::occupancy::Parcel;
use super::parameters::Parameters;
use crate::domain::Period;

/// One planted defect: a row of `truth/defect.parquet`, or of `truth/zone_defect.parquet`. It never holds an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// Source of the pipeline.
    pub source: String,
    /// Canonical table.
    pub table: &'static str,
    /// File, relative to the output folder.
    pub file: String,
    /// FID of a feature as OGR reads it, line of a CSV file (its header is line 1) or row of a Parquet file; none for a row that is missing.
    pub row: Option<usize>,
    /// Text of a [`crate::domain::RejectCode`] or [`crate::domain::IssueCode`]; else [`SUPERSEDED`], [`ACCEPTED`],
    /// [`STRAY`] or [`MISSING_ROW`].
    pub code: &'static str,
    /// The parcel or zone it is about, if it is about one.
    pub about: Option<String>,
    /// Period it touches, where it touches one.
    pub period: Option<Period>,
}

/// A second, identical row of one delivery.
pub const SUPERSEDED: &str = "superseded";
/// Odd, but to be taken without a remark.
pub const ACCEPTED: &str = "accepted";
/// Tax of an enterprise that holds nothing in the county: to be taken without a remark.
pub const STRAY: &str = "stray";
/// A row that should be there and is not.
pub const MISSING_ROW: &str = "missing_row";

/// What must become of a feature or row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is taken.
    Accepted,
    /// It is refused.
    Rejected,
    /// Another one stands for it.
    Superseded,
}

/// A feature of a parcel file.
#[derive(Debug, Clone)]
pub struct Feature {
    /// Index of the parcel whose attributes it carries.
    pub parcel: usize,
    /// The code as written.
    pub id: String,
    /// The registered area as written, m².
    pub registered_m2: f64,
    /// Points of the ring as written, the closing one included; none for a null geometry.
    pub ring: Option<Vec<Coord>>,
    /// Points of its holes' rings, the closing ones included.
    pub holes: Vec<Vec<Coord>>,
    /// Whether the ring crosses itself.
    pub is_crossed: bool,
    /// What must become of it.
    pub fate: Fate,
}

impl Feature {
    /// Its rings, the outer one first; none for a null geometry.
    pub fn rings(&self) -> impl Iterator<Item = &Vec<Coord>> {
        self.ring.iter().chain(self.holes.iter().filter(|_| self.ring.is_some()))
    }

    /// The parcel as it is.
    #[must_use]
    pub fn of(at: usize, parcel: &Parcel) -> Self {
        let closed = |ring: &Vec<Coord>| ring.iter().chain(ring.first()).copied().collect();
        Self {
            parcel: at,
            id: parcel.id.clone(),
            registered_m2: parcel.lot.registered_m2,
            ring: Some(closed(&parcel.lot.ring)),
            holes: parcel.lot.holes.iter().map(closed).collect(),
            is_crossed: false,
            fate: Fate::Accepted,
        }
    }
}

/// What a county's defects leave in doubt: nobody is judged low on it. Indices of members and parcels.
#[derive(Debug, Default)]
pub struct Doubts {
    /// Members and years with a tax row that cannot be used.
    pub tax: BTreeSet<(usize, u16)>,
    /// Members and years with an energy row that cannot be used.
    pub energy: BTreeSet<(usize, u16)>,
    /// Members and years with an output row that cannot be used.
    pub output: BTreeSet<(usize, u16)>,
    /// Members with an occupancy row that cannot be used, and those beside them on the parcel it was about.
    pub members: BTreeSet<usize>,
    /// Parcels that such a row was about.
    pub parcels: BTreeSet<usize>,
}

/// Plants one county's defects.
pub struct Planter<'a> {
    parameters: &'a Parameters,
    /// Its code.
    county: &'a str,
    /// Where the county stands in the sample, and of how many: it has at least one defect of each kind whose turn it is.
    at: usize,
    counties: usize,
    draw: Draw,
    kinds: usize,
    planted: Vec<Planted>,
    doubts: Doubts,
}

impl<'a> Planter<'a> {
    /// A planter for the county of that code at that place, drawing from `draw`.
    #[must_use]
    pub fn new(parameters: &'a Parameters, county: &'a str, (at, counties): (usize, usize), draw: Draw) -> Self {
        let (planted, doubts) = (Vec::new(), Doubts::default());
        Self { parameters, county, at, counties, draw, kinds: 0, planted, doubts }
    }

    /// What was planted, and what follows.
    #[must_use]
    pub fn finish(self) -> (Vec<Planted>, Doubts) {
        (self.planted, self.doubts)
    }

    /// How many defects of the next kind among `rows`: the share, rounded at random. From 2,000 parcels on every
    /// kind occurs: it is the counties' turn one after another. A kind that is not wanted draws nothing.
    fn quota(&mut self, share: f64, rows: usize) -> usize {
        if share <= 0.0 {
            return 0;
        }
        let has_all = self.parameters.province.meets_every_kind();
        let is_turn = has_all && self.kinds % self.counties == self.at;
        self.kinds += 1;
        ((share * rows as f64 + self.draw.unit()).floor() as usize).max(usize::from(is_turn))
    }

    /// Up to `quota` different ones of `rows` rows that are not taken and fit, ascending; they are taken then.
    fn victims(
        &mut self,
        rows: usize,
        quota: usize,
        taken: &mut BTreeSet<usize>,
        fits: impl Fn(usize) -> bool,
    ) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for _ in 0..quota.min(rows) * 8 {
            let at = self.draw.index(rows);
            if found.len() < quota && fits(at) && taken.insert(at) {
                found.insert(at);
            }
        }
        found
    }
}
