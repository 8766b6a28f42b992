//! What each delivered table is: its declaration and its lineage's, and what of a row can be delivered.

use super::{Amount, Deliverable, Reading};
use crate::domain::unit::Dimension::{Area, Electricity, Heat, Mass, Money, Persons, StandardCoal, Volume};
use crate::table::{
    Table, emission, energy, enterprise, enterprise_link, enterprise_scale, lineage_emission, lineage_energy,
    lineage_enterprise, lineage_enterprise_link, lineage_enterprise_scale, lineage_occupancy, lineage_output,
    lineage_parcel, lineage_project, lineage_tag, lineage_tax, lineage_violation, lineage_zone, occupancy,
    output as made, parcel, project, tag, tax, violation, zone,
};

/// A delivered table.
#[derive(Debug)]
pub struct Declared {
    /// The canonical table.
    pub table: &'static Table,
    /// Where its rows come from.
    pub lineage: &'static Table,
    /// The delivered column whose few values repeat, row after row; a mapping's `unit_by` can name its field.
    pub kind: Option<&'static str>,
    /// The amounts of a row.
    pub amounts: &'static [Amount],
    /// What its sources can deliver.
    pub columns: &'static [Deliverable],
}

impl Declared {
    /// The column that [`Self::kind`] names.
    #[must_use]
    pub fn kind(&self) -> Option<&'static Deliverable> {
        self.columns.iter().find(|column| Some(column.name) == self.kind)
    }
}

const fn column(name: &'static str, reading: Reading, is_required: bool) -> Deliverable {
    Deliverable { name, reading, is_required }
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

/// Above (规上) and below scale.
pub const SCALES: &[&str] = &["above", "below"];

/// What laws a violation is of: a closed list, so that none escapes a veto by its spelling.
pub const VIOLATION_FIELDS: &[&str] = &["safety", "environment", "tax", "wage", "land", "energy", "quality"];

/// Lists that enterprises stand on, as the enterprise catalogue knows them.
pub const TAGS: &[&str] = &["high_tech", "specialised", "key", "advanced_cluster"];

/// How an enterprise belongs to another.
pub const LINK_KINDS: &[&str] = &["group", "branch", "successor"];

/// What is promised of a plot.
pub const OBLIGATIONS: &[&str] =
    &["start", "completion", "production", "investment", "tax", "output", "energy", "floor_area"];

/// Whether something is so.
pub const YES_NO: &[&str] = &["yes", "no"];

/// Kinds of zones.
pub const ZONE_KINDS: &[&str] =
    &["plan_use", "control_line", "urban_boundary", "farmland", "platform", "micro_park", "barrier"];

/// Vector files of plans, lines, platforms and barriers.
pub static ZONE: Declared = Declared {
    table: &zone::TABLE,
    lineage: &lineage_zone::TABLE,
    kind: None,
    amounts: &[],
    columns: &[
        column("zone_id", Reading::Text, true),
        column("kind", Reading::OneOf(ZONE_KINDS), true),
        column("name", Reading::Text, false),
        column("class", Reading::Text, false),
        column("built", Reading::Date, false),
        column("valid_from", Reading::Date, false),
        column("valid_to", Reading::Date, false),
    ],
};

/// Vector files.
pub static PARCEL: Declared = Declared {
    table: &parcel::TABLE,
    lineage: &lineage_parcel::TABLE,
    kind: None,
    amounts: &[],
    columns: &[
        column("parcel_id", Reading::ParcelId, true),
        column("registered_area_m2", Reading::Amount(&[Area]), false),
        column("floor_area_m2", Reading::Amount(&[Area]), false),
        column("use_code", Reading::Text, false),
        column("right_kind", Reading::Text, false),
        column("holder_name", Reading::Text, false),
        column("address", Reading::Text, false),
        column("valid_from", Reading::Date, false),
        column("valid_to", Reading::Date, false),
    ],
};

/// The register.
pub static ENTERPRISE: Declared = Declared {
    table: &enterprise::TABLE,
    lineage: &lineage_enterprise::TABLE,
    kind: None,
    amounts: &[],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("name", Reading::Text, false),
        column("industry_code", Reading::Text, false),
        column("established", Reading::Date, false),
        column("production_since", Reading::Date, false),
        column("status", Reading::Text, false),
        column("address", Reading::Text, false),
    ],
};

/// Who occupies what.
pub static OCCUPANCY: Declared = Declared {
    table: &occupancy::TABLE,
    lineage: &lineage_occupancy::TABLE,
    kind: None,
    amounts: &[],
    columns: &[
        column("parcel_id", Reading::ParcelId, true),
        column("uscc", Reading::Uscc, true),
        column("right", Reading::OneOf(&["owned", "leased"]), true),
        column("basis", Reading::OneOf(&["land", "floor"]), true),
        column("lessor_uscc", Reading::Uscc, false),
        column("amount_m2", Reading::Amount(&[Area]), false),
        column("valid_from", Reading::Date, false),
        column("valid_to", Reading::Date, false),
    ],
};

/// Taxes.
pub static TAX: Declared = Declared {
    table: &tax::TABLE,
    lineage: &lineage_tax::TABLE,
    kind: Some("kind"),
    amounts: &[Amount {
        name: "tax_yuan",
        column: "tax_fen",
        balance: Some("fen"),
        input: "tax",
        is_additive: true,
        is_allocated: true,
    }],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("period", Reading::Period, true),
        column("kind", Reading::OneOf(TAX_KINDS), true),
        column("tax_yuan", Reading::Amount(&[Money]), true),
    ],
};

/// Energy.
pub static ENERGY: Declared = Declared {
    table: &energy::TABLE,
    lineage: &lineage_energy::TABLE,
    kind: Some("carrier"),
    amounts: &[Amount {
        name: "quantity",
        column: "quantity",
        balance: None,
        input: "energy",
        is_additive: true,
        is_allocated: true,
    }],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("period", Reading::Period, true),
        column("carrier", Reading::Text, true),
        column("quantity", Reading::Amount(&[Electricity, Mass, StandardCoal, Volume, Heat]), true),
    ],
};

/// Revenue, value added, R&D and staff.
pub static OUTPUT: Declared = Declared {
    table: &made::TABLE,
    lineage: &lineage_output::TABLE,
    kind: None,
    amounts: &[
        output("revenue_yuan", "revenue_fen", "output.revenue_yuan"),
        output("value_added_yuan", "value_added_fen", "output.value_added_yuan"),
        Amount { is_allocated: false, ..output("rd_yuan", "rd_fen", "output.rd_yuan") },
        // Heads are counted, not added up; what their mean over some months is, nobody delivered.
        Amount { is_additive: false, is_allocated: false, ..output("staff", "staff", "output.staff") },
    ],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("period", Reading::Period, true),
        column("revenue_yuan", Reading::Amount(&[Money]), false),
        column("value_added_yuan", Reading::Amount(&[Money]), false),
        column("rd_yuan", Reading::Amount(&[Money]), false),
        column("staff", Reading::Amount(&[Persons]), false),
    ],
};

/// Who is above scale: a list of years.
pub static ENTERPRISE_SCALE: Declared = Declared {
    table: &enterprise_scale::TABLE,
    lineage: &lineage_enterprise_scale::TABLE,
    kind: Some("scale"),
    amounts: &[],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("period", Reading::Period, true),
        column("scale", Reading::OneOf(SCALES), true),
    ],
};

/// Violations, by day: their period is the day's year.
pub static VIOLATION: Declared = Declared {
    table: &violation::TABLE,
    lineage: &lineage_violation::TABLE,
    kind: Some("field"),
    amounts: &[],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("field", Reading::OneOf(VIOLATION_FIELDS), true),
        column("date", Reading::Date, true),
        column("serious", Reading::OneOf(YES_NO), false),
    ],
};

/// Lists that enterprises stand on, by year.
pub static TAG: Declared = Declared {
    table: &tag::TABLE,
    lineage: &lineage_tag::TABLE,
    kind: Some("tag"),
    amounts: &[],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("period", Reading::Period, true),
        column("tag", Reading::OneOf(TAGS), true),
    ],
};

/// Who belongs to whom.
pub static ENTERPRISE_LINK: Declared = Declared {
    table: &enterprise_link::TABLE,
    lineage: &lineage_enterprise_link::TABLE,
    kind: Some("kind"),
    amounts: &[],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("related_uscc", Reading::Uscc, true),
        column("kind", Reading::OneOf(LINK_KINDS), true),
        column("valid_from", Reading::Date, false),
        column("valid_to", Reading::Date, false),
    ],
};

/// Pollutants. They stay with the enterprise.
pub static EMISSION: Declared = Declared {
    table: &emission::TABLE,
    lineage: &lineage_emission::TABLE,
    kind: Some("pollutant"),
    amounts: &[Amount {
        name: "quantity",
        column: "quantity",
        balance: Some("g"),
        input: "emission",
        is_additive: true,
        is_allocated: false,
    }],
    columns: &[
        column("uscc", Reading::Uscc, true),
        column("period", Reading::Period, true),
        column("pollutant", Reading::Text, true),
        column("quantity", Reading::Amount(&[Mass]), true),
    ],
};

/// What was promised of plots: it holds until a newer delivery says otherwise, and so has no period.
pub static PROJECT: Declared = Declared {
    table: &project::TABLE,
    lineage: &lineage_project::TABLE,
    kind: Some("obligation"),
    amounts: &[],
    columns: &[
        column("project_id", Reading::Text, true),
        column("uscc", Reading::Uscc, true),
        column("parcel_id", Reading::ParcelId, false),
        column("obligation", Reading::OneOf(OBLIGATIONS), true),
        column("due_date", Reading::Date, true),
        column("met", Reading::OneOf(YES_NO), false),
        column("met_on", Reading::Date, false),
        column("granted", Reading::Date, false),
    ],
};
