//! How a delivered column becomes a canonical one: what a mapping says of values, without where they stand.

mod declared;
mod sheet;

use std::collections::BTreeMap;

pub use declared::{Declared, LINK_KINDS, OBLIGATIONS, SCALES, TAGS, TAX_KINDS, VIOLATION_FIELDS, YES_NO, ZONE_KINDS};
pub use sheet::{Cell, Column, Sheet, Stride};

use super::Table;
use crate::domain::Unit;
use crate::domain::unit::Dimension;

/// What becomes of rows of one delivery that carry the same key but differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// All of them are rejected.
    #[default]
    Reject,
    /// Amounts are added; identical rows are then payments too.
    Sum,
    /// Parcels and zones: features of one id become one multipolygon.
    Merge,
    /// The row with the highest value of a column is kept.
    KeepHighest(String),
    /// The row with the lowest value of a column is kept.
    KeepLowest(String),
}

/// Whose identifiers a source carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ids {
    /// 宗地代码 and 统一社会信用代码, checked.
    #[default]
    Official,
    /// Another register's, kept as `<county>:<id>`.
    External,
}

/// The unit of a delivered amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmountUnit {
    /// One unit for the whole column.
    One(Unit),
    /// The unit depends on the carrier as delivered.
    By(BTreeMap<String, Unit>),
}

/// How the values of one canonical column are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnRule {
    /// Unit of an amount.
    pub unit: Option<AmountUnit>,
    /// Delivered value → canonical value; empty: taken as they are.
    pub values: BTreeMap<String, String>,
    /// The value for those not listed; none: they are rejected.
    pub otherwise: Option<String>,
}

/// What a source's mapping says of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryRules {
    /// By canonical column.
    pub columns: BTreeMap<String, ColumnRule>,
    /// Same key twice.
    pub duplicates: Duplicates,
    /// Whose identifiers.
    pub ids: Ids,
}

/// How the canonical columns of a table are read from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As it is.
    Text,
    /// A decimal amount with a unit of one of these dimensions.
    Amount(&'static [Dimension]),
    /// A date.
    Date,
    /// A period.
    Period,
    /// A parcel code.
    ParcelId,
    /// An enterprise's identifier.
    Uscc,
    /// One of a closed list.
    OneOf(&'static [&'static str]),
}

/// A column that a source of a table can deliver.
#[derive(Debug)]
pub struct Deliverable {
    /// Canonical name as mappings write it.
    pub name: &'static str,
    /// How it is read.
    pub reading: Reading,
    /// Whether a mapping must give it.
    pub is_required: bool,
}

/// An amount of a ledger: it is summed, and must balance.
#[derive(Debug, PartialEq, Eq)]
pub struct Amount {
    /// Canonical name as mappings write it.
    pub name: &'static str,
    /// Column of the canonical table, in smallest units.
    pub column: &'static str,
    /// What it is balanced as; none: the unit that stands beside it.
    pub balance: Option<&'static str>,
    /// The input that rules need for it, as [`coverage`](super::coverage) tells it.
    pub input: &'static str,
    /// Whether its quarters or months add up to a year.
    pub is_additive: bool,
    /// Whether it falls on parcels; else it stays with the enterprise.
    pub is_allocated: bool,
}

/// A table that sources deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivered {
    /// Vector files.
    Parcel,
    /// The register.
    Enterprise,
    /// Who occupies what.
    Occupancy,
    /// Taxes.
    Tax,
    /// Energy.
    Energy,
    /// Revenue, value added, R&D and staff.
    Output,
    /// Who is above scale.
    EnterpriseScale,
    /// Violations.
    Violation,
    /// Lists that enterprises stand on.
    Tag,
    /// Pollutants.
    Emission,
    /// Who belongs to whom.
    EnterpriseLink,
    /// What was promised of plots.
    Project,
    /// Vector files of plans, lines, platforms and barriers.
    Zone,
}

impl Delivered {
    /// Every table that is read today.
    pub const ALL: &[Self] = &[
        Self::Parcel,
        Self::Enterprise,
        Self::Occupancy,
        Self::Tax,
        Self::Energy,
        Self::Output,
        Self::EnterpriseScale,
        Self::Violation,
        Self::Tag,
        Self::Emission,
        Self::EnterpriseLink,
        Self::Project,
        Self::Zone,
    ];

    /// Those without which nothing can be judged.
    pub const REQUIRED: &[Self] = &[Self::Parcel, Self::Enterprise, Self::Occupancy, Self::Tax];

    /// All that is to be known of it.
    #[must_use]
    pub const fn declared(self) -> &'static Declared {
        match self {
            Self::Parcel => &declared::PARCEL,
            Self::Enterprise => &declared::ENTERPRISE,
            Self::Occupancy => &declared::OCCUPANCY,
            Self::Tax => &declared::TAX,
            Self::Energy => &declared::ENERGY,
            Self::Output => &declared::OUTPUT,
            Self::EnterpriseScale => &declared::ENTERPRISE_SCALE,
            Self::Violation => &declared::VIOLATION,
            Self::Tag => &declared::TAG,
            Self::Emission => &declared::EMISSION,
            Self::EnterpriseLink => &declared::ENTERPRISE_LINK,
            Self::Project => &declared::PROJECT,
            Self::Zone => &declared::ZONE,
        }
    }

    /// Whether its files carry shapes; the others are ledgers.
    #[must_use]
    pub const fn has_shapes(self) -> bool {
        matches!(self, Self::Parcel | Self::Zone)
    }

    /// All whose files carry no shapes.
    pub fn ledgers() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|table| !table.has_shapes())
    }

    /// The canonical table.
    #[must_use]
    pub const fn table(self) -> &'static Table {
        self.declared().table
    }

    /// The table's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.table().name
    }

    /// The table of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|table| table.name() == name)
    }

    /// Whether rows carry a period.
    #[must_use]
    pub fn has_period(self) -> bool {
        self.table().columns.iter().any(|column| column.name == "period")
    }

    /// Whether its rows stay in the county that delivers them: neither land, nor one register of all.
    #[must_use]
    pub const fn is_by_county(self) -> bool {
        !matches!(self, Self::Parcel | Self::Zone | Self::Enterprise | Self::Occupancy)
    }

    /// The columns of the enterprises that a lost row may have been about.
    #[must_use]
    pub const fn enterprises(self) -> &'static [&'static str] {
        if matches!(self, Self::EnterpriseLink) { &["uscc", "related_uscc"] } else { &["uscc"] }
    }

    /// Whether it tells of parcels, by itself or by what is allocated to them.
    #[must_use]
    pub fn is_of_parcels(self) -> bool {
        self == Self::Occupancy || self.amounts().iter().any(|amount| amount.is_allocated)
    }

    /// The amounts of a row. Of several, a row has at least one.
    #[must_use]
    pub const fn amounts(self) -> &'static [Amount] {
        self.declared().amounts
    }

    /// The columns its sources can deliver.
    #[must_use]
    pub const fn columns(self) -> &'static [Deliverable] {
        self.declared().columns
    }
}
