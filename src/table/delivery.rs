//! How a delivered column becomes a canonical one: what a mapping says of values, without where they stand.

use std::collections::BTreeMap;

use crate::domain::Unit;
use crate::domain::unit::Dimension::{self, Area, Electricity, Heat, Mass, Money, Persons, StandardCoal, Volume};

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

const fn column(name: &'static str, reading: Reading, is_required: bool) -> Deliverable {
    Deliverable { name, reading, is_required }
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

/// An amount of `output`, balanced by itself: a source need not deliver all of them.
const fn output(name: &'static str, column: &'static str, input: &'static str) -> Amount {
    Amount { name, column, balance: Some(column), input, is_additive: true, is_allocated: true }
}

/// Kinds of tax: a closed list, so that a misspelt one is found and not left uncounted.
pub const TAX_KINDS: &[&str] = &[
    "vat",
    "consumption",
    "income",
    "personal_income",
    "resource",
    "urban_construction",
    "education_surcharge",
    "property",
    "stamp",
    "land_use",
    "land_value_increment",
    "farmland_occupation",
    "deed",
    "vehicle",
    "vehicle_purchase",
    "environment",
    "exempt_offset",
    "other",
];

/// Kinds of zones.
pub const ZONE_KINDS: &[&str] =
    &["plan_use", "control_line", "urban_boundary", "farmland", "platform", "micro_park", "barrier"];

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
    /// Vector files of plans, lines, platforms and barriers.
    Zone,
}

impl Delivered {
    /// Every table that is read today.
    pub const ALL: &[Self] =
        &[Self::Parcel, Self::Enterprise, Self::Occupancy, Self::Tax, Self::Energy, Self::Output, Self::Zone];

    /// Those without which nothing can be judged.
    pub const REQUIRED: &[Self] = &[Self::Parcel, Self::Enterprise, Self::Occupancy, Self::Tax];

    /// The table's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parcel => "parcel",
            Self::Enterprise => "enterprise",
            Self::Occupancy => "occupancy",
            Self::Tax => "tax",
            Self::Energy => "energy",
            Self::Output => "output",
            Self::Zone => "zone",
        }
    }

    /// The table of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|table| table.name() == name)
    }

    /// Whether its files carry shapes; the others are ledgers.
    #[must_use]
    pub const fn has_shapes(self) -> bool {
        matches!(self, Self::Parcel | Self::Zone)
    }

    /// Whether rows carry a period.
    #[must_use]
    pub const fn has_period(self) -> bool {
        matches!(self, Self::Tax | Self::Energy | Self::Output)
    }

    /// The amounts of a row. Of several, a row has at least one.
    #[must_use]
    pub const fn amounts(self) -> &'static [Amount] {
        match self {
            Self::Parcel | Self::Enterprise | Self::Occupancy | Self::Zone => &[],
            Self::Tax => {
                const {
                    &[Amount {
                        name: "tax_yuan",
                        column: "tax_fen",
                        balance: Some("fen"),
                        input: "tax",
                        is_additive: true,
                        is_allocated: true,
                    }]
                }
            }
            Self::Energy => {
                const {
                    &[Amount {
                        name: "quantity",
                        column: "quantity",
                        balance: None,
                        input: "energy",
                        is_additive: true,
                        is_allocated: true,
                    }]
                }
            }
            Self::Output => {
                const {
                    &[
                        output("revenue_yuan", "revenue_fen", "output.revenue_yuan"),
                        output("value_added_yuan", "value_added_fen", "output.value_added_yuan"),
                        Amount { is_allocated: false, ..output("rd_yuan", "rd_fen", "output.rd_yuan") },
                        // Heads are counted, not added up; what their mean over some months is, nobody delivered.
                        Amount { is_additive: false, is_allocated: false, ..output("staff", "staff", "output.staff") },
                    ]
                }
            }
        }
    }

    /// The columns its sources can deliver.
    #[must_use]
    pub const fn columns(self) -> &'static [Deliverable] {
        match self {
            Self::Parcel => {
                const {
                    &[
                        column("parcel_id", Reading::ParcelId, true),
                        column("registered_area_m2", Reading::Amount(&[Area]), false),
                        column("floor_area_m2", Reading::Amount(&[Area]), false),
                        column("use_code", Reading::Text, false),
                        column("right_kind", Reading::Text, false),
                        column("holder_name", Reading::Text, false),
                        column("address", Reading::Text, false),
                        column("valid_from", Reading::Date, false),
                        column("valid_to", Reading::Date, false),
                    ]
                }
            }
            Self::Zone => {
                const {
                    &[
                        column("zone_id", Reading::Text, true),
                        column("kind", Reading::OneOf(ZONE_KINDS), true),
                        column("name", Reading::Text, false),
                        column("class", Reading::Text, false),
                        column("built", Reading::Date, false),
                        column("valid_from", Reading::Date, false),
                        column("valid_to", Reading::Date, false),
                    ]
                }
            }
            Self::Enterprise => {
                const {
                    &[
                        column("uscc", Reading::Uscc, true),
                        column("name", Reading::Text, false),
                        column("industry_code", Reading::Text, false),
                        column("established", Reading::Date, false),
                        column("status", Reading::Text, false),
                        column("address", Reading::Text, false),
                    ]
                }
            }
            Self::Occupancy => {
                const {
                    &[
                        column("parcel_id", Reading::ParcelId, true),
                        column("uscc", Reading::Uscc, true),
                        column("right", Reading::OneOf(&["owned", "leased"]), true),
                        column("basis", Reading::OneOf(&["land", "floor"]), true),
                        column("lessor_uscc", Reading::Uscc, false),
                        column("amount_m2", Reading::Amount(&[Area]), false),
                        column("valid_from", Reading::Date, false),
                        column("valid_to", Reading::Date, false),
                    ]
                }
            }
            Self::Tax => {
                const {
                    &[
                        column("uscc", Reading::Uscc, true),
                        column("period", Reading::Period, true),
                        column("kind", Reading::OneOf(TAX_KINDS), true),
                        column("tax_yuan", Reading::Amount(&[Money]), true),
                    ]
                }
            }
            Self::Energy => {
                const {
                    &[
                        column("uscc", Reading::Uscc, true),
                        column("period", Reading::Period, true),
                        column("carrier", Reading::Text, true),
                        column("quantity", Reading::Amount(&[Electricity, Mass, StandardCoal, Volume, Heat]), true),
                    ]
                }
            }
            Self::Output => {
                const {
                    &[
                        column("uscc", Reading::Uscc, true),
                        column("period", Reading::Period, true),
                        column("revenue_yuan", Reading::Amount(&[Money]), false),
                        column("value_added_yuan", Reading::Amount(&[Money]), false),
                        column("rd_yuan", Reading::Amount(&[Money]), false),
                        column("staff", Reading::Amount(&[Persons]), false),
                    ]
                }
            }
        }
    }
}
