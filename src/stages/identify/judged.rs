//! Yields as rules see them.

use std::collections::BTreeSet;

use arrow::array::{Array, BooleanArray, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::completeness::{Completeness, quotient, whole};
use super::super::order::{fen, value};
use crate::domain::Period;
use crate::policy::{ColumnData, Columns, Known, Rule, RuleSet};
use crate::table::{Labels, TableError, column, labels, parcel_yield};

/// Declares which columns of `parcel_yield` are read, and how.
macro_rules! yields {
    ($($name:ident: $kind:ty = $of:ident;)+) => {
        /// The columns of `parcel_yield` that are read.
        pub const YIELD_COLUMNS: &[&str] = &[$(stringify!($name)),+];

        /// Yields, as far as rules look at them.
        pub(super) struct Yields<'a> {
            $(pub $name: $kind,)+
        }

        impl<'a> Yields<'a> {
            pub fn of(batch: &'a RecordBatch) -> Result<Self, TableError> {
                Ok(Self { $($name: $of(batch, &parcel_yield::TABLE, stringify!($name))?,)+ })
            }
        }
    };
}

yields! {
    parcel_id: &'a StringArray = column;
    period: Labels<'a> = labels;
    county_code: Labels<'a> = labels;
    layer: Labels<'a> = labels;
    use_code: Labels<'a> = labels;
    is_industrial: &'a BooleanArray = column;
    land_cm2: &'a Int64Array = column;
    area_cm2: &'a Int64Array = column;
    is_area_doubtful: &'a BooleanArray = column;
    enterprises: &'a Int32Array = column;
    tax_yuan: &'a Decimal128Array = column;
    tax_completeness: Labels<'a> = labels;
    energy_equivalent_g: &'a Int64Array = column;
    energy_calorific_g: &'a Int64Array = column;
    energy_completeness: Labels<'a> = labels;
    revenue_yuan: &'a Decimal128Array = column;
    revenue_completeness: Labels<'a> = labels;
    value_added_yuan: &'a Decimal128Array = column;
    value_added_completeness: Labels<'a> = labels;
}

/// One period's surface parcels of a part, with the columns that rules read.
pub(super) struct Judged<'a> {
    pub period: String,
    pub set: &'a RuleSet,
    /// Their rows among the yields.
    pub rows: Vec<usize>,
    pub columns: Columns,
}

/// The surface parcels of each period, as the rules that are `wanted` see them.
pub(super) fn judged<'a>(
    yields: &Yields<'_>,
    sets: &[(Period, &'a RuleSet)],
    is_wanted: impl Fn(&Rule) -> bool,
) -> Result<Vec<Judged<'a>>, StageError> {
    let is_surface = yields.layer.standing("surface");
    let mut all = Vec::with_capacity(sets.len());
    for (period, set) in sets {
        let names: BTreeSet<&str> = set.rules.iter().filter(|rule| is_wanted(rule)).flat_map(Rule::columns).collect();
        let period = period.to_string();
        let is_of = yields.period.standing(&period);
        let rows: Vec<usize> = (0..yields.period.len()).filter(|row| is_of.at(*row) && is_surface.at(*row)).collect();
        let mut columns = Columns::new(rows.len());
        let seen = Seen { yields, rows: &rows };
        for name in names {
            if let Some(data) = seen.data(name) {
                columns.insert(name, data).map_err(StageError::untyped)?;
            }
        }
        all.push(Judged { period, set, rows, columns });
    }
    Ok(all)
}

/// Some rows of the yields.
struct Seen<'s, 'a> {
    yields: &'s Yields<'a>,
    rows: &'s [usize],
}

impl Seen<'_, '_> {
    /// A column as rules see it; none where yields do not tell it.
    fn data(&self, name: &str) -> Option<ColumnData> {
        let all = self.yields;
        Some(match name {
            "county_code" => self.texts(all.county_code),
            "use_code" => self.texts(all.use_code),
            "is_industrial" => ColumnData::Bool(self.each(|row| Some(all.is_industrial.value(row)))),
            "land_mu" => exactly(self.numbers(all.land_cm2)),
            "area_mu" => exactly(self.numbers(all.area_cm2)),
            "enterprises" => exactly(self.each(|row| Some(i64::from(all.enterprises.value(row))))),
            "tax_yuan" => quantity(self.fen(all.tax_yuan), self.known(all.tax_completeness)),
            "tax_wan_per_mu" => self.per_mu(self.fen(all.tax_yuan), self.known(all.tax_completeness)),
            "energy_tce_equivalent" => {
                quantity(self.numbers(all.energy_equivalent_g), self.known(all.energy_completeness))
            }
            "energy_tce_calorific" => {
                quantity(self.numbers(all.energy_calorific_g), self.known(all.energy_completeness))
            }
            "energy_tce_per_mu" => {
                self.per_mu(self.numbers(all.energy_equivalent_g), self.known(all.energy_completeness))
            }
            "revenue_yuan" => quantity(self.fen(all.revenue_yuan), self.known(all.revenue_completeness)),
            "revenue_wan_per_mu" => self.per_mu(self.fen(all.revenue_yuan), self.known(all.revenue_completeness)),
            "value_added_yuan" => quantity(self.fen(all.value_added_yuan), self.value_added_known()),
            "value_added_wan_per_mu" => self.per_mu(self.fen(all.value_added_yuan), self.value_added_known()),
            "value_added_wan_per_tce" => {
                let both = self.value_added_known().into_iter().zip(self.known(all.energy_completeness));
                ColumnData::Quotient {
                    above: self.fen(all.value_added_yuan),
                    below: self.numbers(all.energy_equivalent_g),
                    known: both.map(|(above, below)| quotient(above, below)).collect(),
                }
            }
            _ => return None,
        })
    }

    fn each<T, C: FromIterator<Option<T>>>(&self, of: impl Fn(usize) -> Option<T>) -> C {
        self.rows.iter().map(|row| of(*row)).collect()
    }

    fn texts(&self, labels: Labels<'_>) -> ColumnData {
        ColumnData::Text(self.each(|row| labels.get(row)))
    }

    fn numbers(&self, numbers: &Int64Array) -> Int64Array {
        self.each(|row| value(numbers, row))
    }

    fn fen(&self, amounts: &Decimal128Array) -> Int64Array {
        self.each(|row| fen(amounts, row))
    }

    fn known(&self, completeness: Labels<'_>) -> Vec<Known> {
        let all = Completeness::of_labels(completeness);
        self.rows.iter().map(|row| all[*row].known()).collect()
    }

    fn value_added_known(&self) -> Vec<Known> {
        whole(self.known(self.yields.value_added_completeness))
    }

    /// A yield; on a doubtful area it is not judged.
    fn per_mu(&self, above: Int64Array, mut known: Vec<Known>) -> ColumnData {
        for (row, known) in self.rows.iter().zip(&mut known) {
            if self.yields.is_area_doubtful.value(*row) {
                *known = Known::Unknown;
            }
        }
        ColumnData::Quotient { above, below: self.numbers(self.yields.land_cm2), known }
    }
}

/// Numbers that are known wherever they are there.
fn exactly(value: Int64Array) -> ColumnData {
    let known = (0..value.len()).map(|at| if value.is_valid(at) { Known::Exact } else { Known::Unknown }).collect();
    quantity(value, known)
}

const fn quantity(value: Int64Array, known: Vec<Known>) -> ColumnData {
    ColumnData::Quantity { value, known }
}
