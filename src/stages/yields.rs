//! Map over parts: what each parcel yields per mu in each period, with numerators, denominators and completeness.

use arrow::array::RecordBatch;
use arrow::datatypes::Decimal128Type;

use super::StageError;
use super::completeness::{Completeness, Marks};
use super::delivered::days;
use super::order::{text, value};
use super::quality::Issues;
use crate::domain::{IssueCode, Map, Period, Ratio, SquareMetres, Tce, per_mu};
use crate::fault::{self, Fault};
use crate::policy::{LandBasis, RuleSet};
use crate::table::{column, parcel, parcel_enterprise, parcel_yield};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 4;

/// The columns of `parcel` that the stage reads.
pub const PARCEL_COLUMNS: &[&str] = &[
    "parcel_id",
    "valid_from",
    "valid_to",
    "county_code",
    "layer",
    "use_code",
    "registered_cm2",
    "area_cm2",
    "delivered",
];

/// The rows of `parcel` in force at the end of `period`, one for each id, in their order: of several versions,
/// the one that begins last.
///
/// # Errors
/// When a column is missing.
pub fn in_force(parcels: &RecordBatch, period: Period) -> Result<Vec<usize>, StageError> {
    in_force_by("parcel_id", parcels, period)
}

/// The same of any rows with `valid_from` and `valid_to`, one for each `id`.
///
/// # Errors
/// When a column is missing.
pub fn in_force_by(id: &str, rows: &RecordBatch, period: Period) -> Result<Vec<usize>, StageError> {
    let day = days(period.end());
    let missing = |name: &str| arrow::error::ArrowError::SchemaError(format!("no column {name}"));
    let id = rows.column_by_name(id).ok_or_else(|| missing(id))?;
    let id = arrow::array::AsArray::as_string::<i32>(id);
    let date = |name: &'static str| {
        let column = rows.column_by_name(name).ok_or_else(|| missing(name))?;
        Ok::<_, StageError>(arrow::array::AsArray::as_primitive::<arrow::datatypes::Date32Type>(column))
    };
    let (from, to) = (date("valid_from")?, date("valid_to")?);
    let mut last: Map<&str, usize> = Map::default();
    for row in (0..rows.num_rows()).filter(|row| from.value(*row) <= day) {
        if value(to, row).is_none_or(|to| day <= to) {
            let entry = last.entry(id.value(row)).or_insert(row);
            if from.value(row) > from.value(*entry) {
                *entry = row;
            }
        }
    }
    let mut rows: Vec<usize> = last.into_values().collect();
    rows.sort_unstable();
    Ok(rows)
}

/// What falls on one parcel.
#[derive(Default)]
struct Sum {
    enterprises: i32,
    occupied: i64,
    is_land_open: bool,
    tax: Measure,
    equivalent: Measure,
    calorific: i64,
    revenue: Measure,
    value_added: Measure,
    delivered: Option<i32>,
}

/// A sum over occupants, and how much of it is there.
#[derive(Default)]
struct Measure {
    sum: i64,
    complete: i32,
    some: i32,
}

impl Measure {
    fn add(&mut self, amount: Option<i64>, completeness: Completeness) {
        self.sum += amount.unwrap_or(0);
        if fault::is_on(Fault::FloatSum) {
            self.sum = fault::through_float(self.sum);
        }
        self.complete += i32::from(completeness == Completeness::Complete);
        self.some += i32::from(completeness != Completeness::None);
    }

    fn completeness(&self, enterprises: i32, is_marked: bool) -> Completeness {
        if self.some == 0 {
            Completeness::None
        } else if (self.complete == enterprises && !is_marked) || fault::is_on(Fault::LowerBoundComplete) {
            Completeness::Complete
        } else {
            Completeness::LowerBound
        }
    }

    /// The sum, unless nothing is known of it.
    fn known(&self, completeness: Completeness) -> Option<i64> {
        (completeness != Completeness::None).then_some(self.sum)
    }
}

/// The yields of a part's parcels, sorted by key.
///
/// # Errors
/// Never by the data.
pub fn yields(
    parcels: &RecordBatch,
    enterprises: &RecordBatch,
    sets: &[(Period, &RuleSet)],
    marks: &Marks,
) -> Result<(RecordBatch, RecordBatch), StageError> {
    let sums = sums(enterprises)?;
    let columns = Columns::of(parcels)?;
    let mut rows = parcel_yield::Builder::default();
    let mut issues = Issues::default();
    for (period, set) in sets {
        let year = period.to_string();
        for row in in_force(parcels, *period)? {
            let sum = sums.get(&(columns.id.value(row), year.as_str()));
            append(&mut rows, &columns, row, &year, set, sum, marks);
            if is_doubtful(&columns, row, set) {
                let (county, id) = (columns.county.value(row), columns.id.value(row));
                issues.note("parcel", county, IssueCode::AreaDifference, Some(id), Some(&year));
            }
        }
    }
    let rows = rows.finish()?;
    Ok((super::order::sorted(&rows, parcel_yield::TABLE.key)?, issues.finish()?))
}

fn sums(enterprises: &RecordBatch) -> Result<Map<(&str, &str), Sum>, StageError> {
    let rows = parcel_enterprise::View::of(enterprises)?;
    let mut sums: Map<(&str, &str), Sum> = Map::default();
    for row in 0..enterprises.num_rows() {
        let sum = sums.entry((rows.parcel_id.value(row), rows.period.value(row))).or_default();
        sum.enterprises += 1;
        match value(rows.occupied_cm2, row) {
            Some(land) => sum.occupied += land,
            None => sum.is_land_open = true,
        }
        let fen = |amounts| value::<Decimal128Type>(amounts, row).and_then(|fen| i64::try_from(fen).ok());
        sum.tax.add(fen(rows.tax_yuan), Completeness::named(rows.tax_completeness.value(row)));
        let energy = Completeness::named(rows.energy_completeness.value(row));
        sum.equivalent.add(value(rows.energy_equivalent_g, row), energy);
        sum.calorific += value(rows.energy_calorific_g, row).unwrap_or(0);
        sum.revenue.add(fen(rows.revenue_yuan), Completeness::named(rows.revenue_completeness.value(row)));
        let value_added = Completeness::named(rows.value_added_completeness.value(row));
        sum.value_added.add(fen(rows.value_added_yuan), value_added);
        sum.delivered = sum.delivered.max(value(rows.delivered, row));
    }
    Ok(sums)
}

struct Columns<'a> {
    id: &'a arrow::array::StringArray,
    county: &'a arrow::array::StringArray,
    layer: &'a arrow::array::StringArray,
    use_code: &'a arrow::array::StringArray,
    registered: &'a arrow::array::Int64Array,
    area: &'a arrow::array::Int64Array,
    delivered: &'a arrow::array::Date32Array,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, StageError> {
        Ok(Self {
            id: column(batch, &parcel::TABLE, "parcel_id")?,
            county: column(batch, &parcel::TABLE, "county_code")?,
            layer: column(batch, &parcel::TABLE, "layer")?,
            use_code: column(batch, &parcel::TABLE, "use_code")?,
            registered: column(batch, &parcel::TABLE, "registered_cm2")?,
            area: column(batch, &parcel::TABLE, "area_cm2")?,
            delivered: column(batch, &parcel::TABLE, "delivered")?,
        })
    }
}

/// Whether registered and measured area differ by more than the policy allows.
fn is_doubtful(columns: &Columns<'_>, row: usize, set: &RuleSet) -> bool {
    let Some(registered) = value(columns.registered, row) else { return false };
    let measured = columns.area.value(row);
    let difference = Ratio::new(i128::from(registered - measured).abs(), i128::from(measured.max(1)));
    difference > set.max_area_difference.ratio()
}

fn append(
    rows: &mut parcel_yield::Builder,
    columns: &Columns<'_>,
    row: usize,
    year: &str,
    set: &RuleSet,
    sum: Option<&Sum>,
    marks: &Marks,
) {
    let nothing = Sum::default();
    let sum = sum.unwrap_or(&nothing);
    let (id, county, layer) = (columns.id.value(row), columns.county.value(row), columns.layer.value(row));
    let registered = value(columns.registered, row);
    let area = columns.area.value(row);
    let (basis, land) = match set.land_basis {
        LandBasis::Registered => {
            registered.map_or((LandBasis::Ellipsoidal, area), |land| (LandBasis::Registered, land))
        }
        LandBasis::Ellipsoidal => (LandBasis::Ellipsoidal, area),
        LandBasis::Occupied => (LandBasis::Occupied, sum.occupied),
    };
    let land = if layer == "surface" { land } else { 0 };
    let is_open = set.land_basis == LandBasis::Occupied && sum.is_land_open;
    let is_marked = marks.marks_parcel(id, county);
    let tax = sum.tax.completeness(sum.enterprises, is_marked);
    let energy = sum.equivalent.completeness(sum.enterprises, is_marked);
    let revenue = sum.revenue.completeness(sum.enterprises, is_marked);
    let value_added = sum.value_added.completeness(sum.enterprises, is_marked);
    let of_land = |millionths: i64| per_mu(millionths, SquareMetres::from_cm2(land)).map(Ratio::to_f64);
    let (tax_fen, equivalent) = (sum.tax.known(tax), sum.equivalent.known(energy));
    let calorific = (energy != Completeness::None).then_some(sum.calorific);
    rows.parcel_id.append_value(id);
    rows.period.append_value(year);
    rows.county_code.append_value(county);
    rows.layer.append_value(layer);
    let use_code = text(columns.use_code, row);
    rows.use_code.append_option(use_code);
    rows.is_industrial.append_value(use_code.is_some_and(|code| set.is_industrial(code)));
    rows.land_basis.append_value(basis.as_str());
    rows.land_cm2.append_value(land);
    rows.land_mu.append_value(SquareMetres::from_cm2(land).mu().0);
    rows.area_cm2.append_value(area);
    rows.area_mu.append_value(SquareMetres::from_cm2(area).mu().0);
    rows.registered_mu.append_option(registered.map(|cm2| SquareMetres::from_cm2(cm2).mu().0));
    rows.is_area_doubtful.append_value(is_open || is_doubtful(columns, row, set));
    rows.enterprises.append_value(sum.enterprises);
    rows.tax_yuan.append_option(tax_fen.map(i128::from));
    rows.tax_completeness.append_value(tax.as_str());
    rows.tax_wan_per_mu.append_option(tax_fen.and_then(of_land));
    rows.energy_tce_equivalent.append_option(equivalent.map(|grams| Tce::from_grams(grams).tonnes()));
    rows.energy_tce_calorific.append_option(calorific.map(|grams| Tce::from_grams(grams).tonnes()));
    rows.energy_equivalent_g.append_option(equivalent);
    rows.energy_calorific_g.append_option(calorific);
    rows.energy_completeness.append_value(energy.as_str());
    rows.energy_tce_per_mu.append_option(equivalent.and_then(of_land));
    let (revenue_fen, value_added_fen) = (sum.revenue.known(revenue), sum.value_added.known(value_added));
    // Fen over grams are 10,000 yuan over tonnes.
    let is_whole = [energy, value_added].iter().all(|known| *known == Completeness::Complete);
    let per_tce = value_added_fen.filter(|_| is_whole).zip(equivalent.filter(|grams| *grams > 0));
    let per_tce = per_tce.map(|(fen, grams)| Ratio::new(i128::from(fen), i128::from(grams)).to_f64());
    rows.revenue_yuan.append_option(revenue_fen.map(i128::from));
    rows.revenue_completeness.append_value(revenue.as_str());
    rows.revenue_wan_per_mu.append_option(revenue_fen.and_then(of_land));
    rows.value_added_yuan.append_option(value_added_fen.map(i128::from));
    rows.value_added_completeness.append_value(value_added.as_str());
    rows.value_added_wan_per_mu.append_option(value_added_fen.and_then(of_land));
    rows.value_added_wan_per_tce.append_option(per_tce);
    rows.data_as_of.append_option(sum.delivered.max(value(columns.delivered, row)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_read_are_declared() {
        let declared: Vec<_> = parcel::TABLE.columns.iter().map(|column| column.name).collect();
        assert!(PARCEL_COLUMNS.iter().all(|name| declared.contains(name)));
    }
}
