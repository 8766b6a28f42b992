//! Zones over the districts: how they are laid out on a district's plane, and what a county delivers of them.

mod deliver;
mod layout;

pub use deliver::{fields, name, write};
pub use layout::lay_out;

use chrono::NaiveDate;
use geo::Coord;

use super::defect::Fate;
use crate::domain::Period;

/// Kind of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A use of the plan.
    PlanUse,
    /// Land kept for industry.
    ControlLine,
    /// Where the town may grow.
    UrbanBoundary,
    /// Land kept for farming.
    Farmland,
    /// A development zone, a high-tech zone, a characteristic town.
    Platform,
    /// A park of small firms.
    MicroPark,
    /// A river, a road, a railway.
    Barrier,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::PlanUse,
        Self::ControlLine,
        Self::UrbanBoundary,
        Self::Farmland,
        Self::Platform,
        Self::MicroPark,
        Self::Barrier,
    ];

    /// As deliveries write it, and canonical.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::PlanUse => ("规划用途", "plan_use"),
            Self::ControlLine => ("工业控制线", "control_line"),
            Self::UrbanBoundary => ("城镇开发边界", "urban_boundary"),
            Self::Farmland => ("永久基本农田", "farmland"),
            Self::Platform => ("产业平台", "platform"),
            Self::MicroPark => ("小微企业园", "micro_park"),
            Self::Barrier => ("线状障碍", "barrier"),
        }
    }
}

/// A version of a zone as the land itself shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// What it is.
    pub kind: Kind,
    /// Its number in the district; versions of one zone share it.
    pub number: usize,
    /// Class within the kind.
    pub class: Option<&'static str>,
    /// Day it was built.
    pub built: Option<NaiveDate>,
    /// First day, where it is told.
    pub from: Option<NaiveDate>,
    /// Last day, where it has one.
    pub to: Option<NaiveDate>,
    /// Open rings in degrees on the 1e-9° grid: the outer one counter-clockwise, then holes clockwise.
    pub rings: Vec<Vec<Coord>>,
    /// Whether another zone of its kind claims a part of it.
    pub is_overlapped: bool,
}

impl Zone {
    /// Whether it is in force at the end of the year.
    #[must_use]
    pub fn holds_in(&self, year: u16) -> bool {
        let end = Period::Year(year).end();
        self.from.is_none_or(|from| from <= end) && self.to.is_none_or(|to| end <= to)
    }
}

/// A feature of a zone file.
#[derive(Debug, Clone)]
pub struct Feature {
    /// The zone.
    pub zone: Zone,
    /// Index of its district.
    pub district: usize,
    /// Its identifier: county, kind and number.
    pub id: String,
    /// The number as written.
    pub number: String,
    /// The kind as written.
    pub kind: &'static str,
    /// Rings as written, the closing points included.
    pub rings: Vec<Vec<Coord>>,
    /// Whether the ring crosses itself.
    pub is_crossed: bool,
    /// What must become of it.
    pub fate: Fate,
}

impl Feature {
    /// The zone as it is: of the county of that code, in its district at that position.
    #[must_use]
    pub fn of(zone: Zone, county: &str, (district, position): (usize, usize)) -> Self {
        let number = format!("{:04}{:02}", position + 1, zone.number + 1);
        let (kind, canonical) = zone.kind.names();
        Self {
            id: format!("{county}:{canonical}:{number}"),
            rings: zone.rings.iter().map(|ring| ring.iter().chain(ring.first()).copied().collect()).collect(),
            zone,
            district,
            number,
            kind,
            is_crossed: false,
            fate: Fate::Accepted,
        }
    }
}
