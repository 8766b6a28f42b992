//! Columns as policy sees them, and the catalogue of those that a parcel's rules may use.

use std::str::FromStr;

use crate::document::nearest;
use crate::domain::{Ratio, Unit};

/// The columns that are known of one kind of thing.
#[derive(Debug)]
pub struct Catalogue(&'static [&'static [Column]]);

/// A number, code or flag of a thing that is judged, as conditions see it.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its published name, unit last.
    pub name: &'static str,
    /// Its Chinese label, for messages that officers read.
    pub label: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// The ledgers it needs beyond the register of what is judged; of `output`, the measures.
    pub inputs: &'static [&'static str],
}

/// What a column holds. The text is the unit it is published in; in arrays and comparisons
/// stand integer counts of that unit's smallest units (fen, cm², g of standard coal …).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// True or false.
    Bool,
    /// A code or name.
    Text,
    /// One integer.
    Quantity(&'static str),
    /// One integer over another.
    Quotient(&'static str),
}

use ColumnKind::{Bool, Quantity, Quotient, Text};

pub(super) const fn column(
    name: &'static str,
    label: &'static str,
    kind: ColumnKind,
    inputs: &'static [&'static str],
) -> Column {
    Column { name, label, kind, inputs }
}

/// What is known of a parcel, in the order of `parcel_yield`.
pub static PARCEL: Catalogue = Catalogue::of(&[&[
    column("county_code", "县区代码", Text, &[]),
    column("use_code", "土地用途代码", Text, &[]),
    column("is_industrial", "是否工业用地", Bool, &[]),
    column("land_mu", "评价用地面积", Quantity("mu"), &[]),
    column("area_mu", "椭球面积", Quantity("mu"), &[]),
    column("registered_mu", "登记面积", Quantity("mu"), &[]),
    column("floor_area_ratio", "容积率", Quotient("ratio"), &[]),
    column("enterprises", "企业数", Quantity("ratio"), &["occupancy"]),
    column("tax_yuan", "税收", Quantity("yuan"), &["tax"]),
    column("tax_wan_per_mu", "亩均税收", Quotient("wan_yuan/mu"), &["tax"]),
    column("energy_tce_equivalent", "综合能耗（等价值）", Quantity("tce"), &["energy"]),
    column("energy_tce_calorific", "综合能耗（当量值）", Quantity("tce"), &["energy"]),
    column("energy_tce_per_mu", "亩均能耗", Quotient("tce/mu"), &["energy"]),
    column("revenue_yuan", "营业收入", Quantity("yuan"), &["output.revenue_yuan"]),
    column("revenue_wan_per_mu", "亩均营业收入", Quotient("wan_yuan/mu"), &["output.revenue_yuan"]),
    column("value_added_yuan", "工业增加值", Quantity("yuan"), &["output.value_added_yuan"]),
    column("value_added_wan_per_mu", "亩均增加值", Quotient("wan_yuan/mu"), &["output.value_added_yuan"]),
    column(
        "value_added_wan_per_tce",
        "单位能耗增加值",
        Quotient("wan_yuan/tce"),
        &["energy", "output.value_added_yuan"],
    ),
]]);

impl Catalogue {
    /// Of these columns, and those.
    pub(super) const fn of(columns: &'static [&'static [Column]]) -> Self {
        Self(columns)
    }

    /// Every column.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> + Clone + use<> {
        self.0.iter().copied().flatten()
    }

    /// The column of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Column> {
        self.columns().find(|column| column.name == name)
    }

    /// The column name most like `name`, if one is alike at all.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.columns().map(|column| column.name))
    }
}

impl Column {
    /// The unit it is published in; none for what is not a number.
    #[must_use]
    pub fn unit(&self) -> Option<Unit> {
        match self.kind {
            Bool | Text => None,
            Quantity(unit) | Quotient(unit) => Unit::from_str(unit).ok(),
        }
    }

    /// From smallest units (of a quotient: smallest above per smallest below) to the published unit.
    #[must_use]
    pub fn published(&self, smallest: Ratio) -> Ratio {
        match self.unit().and_then(|unit| unit.size().inverse()) {
            Some(factor) => smallest.times(factor),
            None => smallest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ENTERPRISE, PLATFORM};
    use super::*;
    use crate::table::delivery::Delivered;

    fn all() -> impl Iterator<Item = (&'static Catalogue, &'static Column)> {
        [&PARCEL, &ENTERPRISE, &PLATFORM]
            .into_iter()
            .flat_map(|catalogue| catalogue.columns().map(move |one| (catalogue, one)))
    }

    #[test]
    fn every_number_has_a_unit_of_the_list_and_names_are_unique() {
        for (catalogue, column) in all() {
            assert_eq!(column.unit().is_some(), matches!(column.kind, Quantity(_) | Quotient(_)), "{}", column.name);
            assert_eq!(catalogue.find(column.name), Some(column));
        }
    }

    #[test]
    fn every_input_is_a_ledger_or_an_amount_of_one() {
        /// Named by the design, not read yet.
        const LATER: &[&str] = &["project", "zone"];
        for input in all().flat_map(|(_, column)| column.inputs) {
            let is_amount = |table: &Delivered| table.amounts().iter().any(|amount| amount.input == *input);
            let is_known = Delivered::named(input).is_some() || Delivered::ALL.iter().any(is_amount);
            assert!(is_known || LATER.contains(input), "{input}");
        }
    }

    #[test]
    fn fen_over_square_centimetres_become_ten_thousand_yuan_a_mu() {
        // 200,000 yuan on 2 mu (2 × 2000/3 m² = 40,000,000/3 cm²) are 10 wan_yuan/mu.
        let smallest = Ratio::new(20_000_000 * 3, 40_000_000);
        let tax = PARCEL.find("tax_wan_per_mu").unwrap();
        assert_eq!(tax.published(smallest), Ratio::new(10, 1));
    }
}
