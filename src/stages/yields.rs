//! Map over parts: what each parcel yields per mu in each period, with numerators, denominators and completeness.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Date32Array, Int32Array, Int64Array, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Date32Type, Int64Type};

use super::StageError;
use super::completeness::{Completeness, Marks, Measured};
use super::delivered::days;
use super::order::{self, decimals, doubles, fen, number, text, tonnes, value};
use super::quality::Issues;
use crate::domain::{IssueCode, Period, Ratio, SquareMetres, per_mu};
use crate::fault::{self, Fault};
use crate::policy::{LandBasis, RuleSet};
use crate::table::{column, label_texts, labelled, parcel, parcel_enterprise, parcel_yield, text_order};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 5;

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
    let mut rows: Vec<usize> = by_id(id, rows, &[period])?.into_iter().map(|there| there.row).collect();
    rows.sort_unstable();
    Ok(rows)
}

/// A row in force at the end of a period.
#[derive(Debug, Clone, Copy)]
pub struct InForce {
    /// The row.
    pub row: usize,
    /// Which of the periods.
    pub period: usize,
}

/// The rows of `parcel` in force at the end of each of `periods`, by id and then period.
///
/// # Errors
/// When a column is missing.
pub fn in_force_by_id(parcels: &RecordBatch, periods: &[Period]) -> Result<Vec<InForce>, StageError> {
    by_id("parcel_id", parcels, periods)
}

fn by_id(id: &str, rows: &RecordBatch, periods: &[Period]) -> Result<Vec<InForce>, StageError> {
    // Sorted, whatever the order in which periods are asked for.
    let mut days: Vec<(i32, usize)> = periods.iter().map(|period| days(period.end())).zip(0..).collect();
    days.sort_unstable();
    let ids = order::column(rows, id)?;
    let ids = ids.as_string::<i32>();
    let (from, to) = (order::column(rows, "valid_from")?, order::column(rows, "valid_to")?);
    let (from, to) = (from.as_primitive::<Date32Type>(), to.as_primitive::<Date32Type>());
    let mut found = Vec::with_capacity(rows.num_rows() * days.len());
    for versions in text_order(ids).chunk_by(|left, right| ids.value(*left) == ids.value(*right)) {
        for &(day, period) in &days {
            let is_there = |row: &usize| from.value(*row) <= day && value(to, *row).is_none_or(|to| day <= to);
            let versions = versions.iter().copied().filter(is_there);
            let last = versions.reduce(|last, row| if from.value(row) > from.value(last) { row } else { last });
            found.extend(last.map(|row| InForce { row, period }));
        }
    }
    Ok(found)
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

/// The yields of a part's parcels, sorted by key. `enterprises` are the county's, sorted by parcel.
///
/// # Errors
/// Never by the data.
pub fn yields(
    parcels: &RecordBatch,
    enterprises: &RecordBatch,
    sets: &[(Period, &RuleSet)],
    marks: &Marks,
) -> Result<(RecordBatch, RecordBatch), StageError> {
    let periods: Vec<Period> = sets.iter().map(|(period, _)| *period).collect();
    let years: Vec<String> = periods.iter().map(Period::to_string).collect();
    let there = in_force_by_id(parcels, &periods)?;
    let columns = Columns::of(parcels)?;
    let sums = sums(enterprises, &columns, &there, &years)?;
    let mut issues = Issues::default();
    let is_doubtful: Vec<bool> = there.iter().map(|own| is_doubtful(&columns, own.row, sets[own.period].1)).collect();
    for (own, _) in there.iter().zip(&is_doubtful).filter(|(_, is_doubtful)| **is_doubtful) {
        let (county, id) = (columns.county.value(own.row), columns.id.value(own.row));
        issues.note("parcel", county, IssueCode::AreaDifference, Some(id), Some(&years[own.period]));
    }
    let rows = Rows { columns, there: &there, sums: &sums, is_doubtful: &is_doubtful };
    Ok((rows.batch(parcels, sets, &years, marks)?, issues.finish()?))
}

/// What falls on each of the parcels in force.
fn sums(
    enterprises: &RecordBatch,
    columns: &Columns<'_>,
    there: &[InForce],
    years: &[String],
) -> Result<Vec<Sum>, StageError> {
    let rows = parcel_enterprise::View::of(enterprises)?;
    let known = Completenesses::of(&rows);
    let place = |name: Option<&str>| years.iter().position(|year| Some(year.as_str()) == name);
    let places: Vec<Option<usize>> = rows.period.names().iter().map(place).collect();
    let mut sums: Vec<Sum> = std::iter::repeat_with(Sum::default).take(there.len()).collect();
    let mut at = 0;
    for row in 0..enterprises.num_rows() {
        // Both are in the order of parcels.
        let parcel = rows.parcel_id.value(row);
        while there.get(at).is_some_and(|own| columns.id.value(own.row) < parcel) {
            at += 1;
        }
        let own = there[at..].iter().take_while(|own| columns.id.value(own.row) == parcel);
        let own = own.take(years.len()).position(|own| Some(own.period) == places[rows.period.code(row)]);
        if let Some(own) = own {
            sums[at + own].add(&rows, &known, row);
        }
    }
    Ok(sums)
}

/// How much of each enterprise's sums is there.
struct Completenesses {
    tax: Vec<Completeness>,
    energy: Vec<Completeness>,
    revenue: Vec<Completeness>,
    value_added: Vec<Completeness>,
}

impl Completenesses {
    fn of(rows: &parcel_enterprise::View<'_>) -> Self {
        Self {
            tax: Completeness::of_labels(rows.tax_completeness),
            energy: Completeness::of_labels(rows.energy_completeness),
            revenue: Completeness::of_labels(rows.revenue_completeness),
            value_added: Completeness::of_labels(rows.value_added_completeness),
        }
    }
}

impl Sum {
    /// Adds an enterprise.
    fn add(&mut self, rows: &parcel_enterprise::View<'_>, known: &Completenesses, row: usize) {
        self.enterprises += 1;
        match value(rows.occupied_cm2, row) {
            Some(land) => self.occupied += land,
            None => self.is_land_open = true,
        }
        self.tax.add(fen(rows.tax_yuan, row), known.tax[row]);
        self.equivalent.add(value(rows.energy_equivalent_g, row), known.energy[row]);
        self.calorific += value(rows.energy_calorific_g, row).unwrap_or(0);
        self.revenue.add(fen(rows.revenue_yuan, row), known.revenue[row]);
        self.value_added.add(fen(rows.value_added_yuan, row), known.value_added[row]);
        self.delivered = self.delivered.max(value(rows.delivered, row));
    }
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

/// The rows to be made, beside what they are made of.
struct Rows<'a> {
    columns: Columns<'a>,
    there: &'a [InForce],
    sums: &'a [Sum],
    is_doubtful: &'a [bool],
}

impl Rows<'_> {
    /// All columns.
    fn batch(
        &self,
        parcels: &RecordBatch,
        sets: &[(Period, &RuleSet)],
        years: &[String],
        marks: &Marks,
    ) -> Result<RecordBatch, StageError> {
        let Self { columns, there, sums, .. } = self;
        let rows: UInt32Array = there.iter().map(|own| number(own.row)).collect();
        let taken = |name| Ok::<_, StageError>(take(&order::column(parcels, name)?, &rows, None)?);
        let set = |own: &InForce| sets[own.period].1;
        let is_open = |(own, sum): (&InForce, &Sum)| set(own).land_basis == LandBasis::Occupied && sum.is_land_open;
        let is_marked = |own: &InForce| marks.marks_parcel(columns.id.value(own.row), columns.county.value(own.row));
        let is_marked: Vec<bool> = there.iter().map(is_marked).collect();
        let (bases, land) = self.land(sets);
        let tax = measured(sums, &is_marked, |sum| &sum.tax);
        let energy = measured(sums, &is_marked, |sum| &sum.equivalent);
        let revenue = measured(sums, &is_marked, |sum| &sum.revenue);
        let value_added = measured(sums, &is_marked, |sum| &sum.value_added);
        let calorific: Vec<Option<i64>> =
            energy.amount.iter().zip(*sums).map(|(known, sum)| known.map(|_| sum.calorific)).collect();
        let area = taken("area_cm2")?;
        let in_mu = |cm2: i64| SquareMetres::from_cm2(cm2).mu().0;
        let uses = label_texts(there.iter().map(|own| text(columns.use_code, own.row)));
        let is_industrial = there
            .iter()
            .map(|own| Some(text(columns.use_code, own.row).is_some_and(|code| set(own).is_industrial(code))));
        let doubtful = there.iter().zip(*sums).map(is_open).zip(self.is_doubtful).map(|(open, far)| Some(open || *far));
        let newest = |(own, sum): (&InForce, &Sum)| sum.delivered.max(value(columns.delivered, own.row));
        Ok(parcel_yield::Columns {
            parcel_id: taken("parcel_id")?,
            period: labelled(years.iter().map(String::as_str), there.iter().map(|own| Some(own.period))),
            county_code: label_texts(there.iter().map(|own| Some(columns.county.value(own.row)))),
            layer: label_texts(there.iter().map(|own| Some(columns.layer.value(own.row)))),
            use_code: uses,
            is_industrial: Arc::new(is_industrial.collect::<BooleanArray>()),
            land_basis: bases,
            land_mu: doubles(land.iter().map(|cm2| Some(in_mu(*cm2)))),
            area_mu: doubles(area.as_primitive::<Int64Type>().values().iter().map(|cm2| Some(in_mu(*cm2)))),
            area_cm2: area,
            registered_mu: doubles(there.iter().map(|own| value(columns.registered, own.row).map(in_mu))),
            is_area_doubtful: Arc::new(doubtful.collect::<BooleanArray>()),
            enterprises: Arc::new(sums.iter().map(|sum| Some(sum.enterprises)).collect::<Int32Array>()),
            tax_yuan: decimals(&tax.amount)?,
            tax_completeness: Completeness::labels(&tax.completeness),
            tax_wan_per_mu: yields_per_mu(&tax.amount, &land),
            energy_tce_equivalent: tonnes(&energy.amount),
            energy_tce_calorific: tonnes(&calorific),
            energy_equivalent_g: Arc::new(Int64Array::from(energy.amount.clone())),
            energy_calorific_g: Arc::new(Int64Array::from(calorific)),
            energy_completeness: Completeness::labels(&energy.completeness),
            energy_tce_per_mu: yields_per_mu(&energy.amount, &land),
            revenue_yuan: decimals(&revenue.amount)?,
            revenue_completeness: Completeness::labels(&revenue.completeness),
            revenue_wan_per_mu: yields_per_mu(&revenue.amount, &land),
            value_added_yuan: decimals(&value_added.amount)?,
            value_added_completeness: Completeness::labels(&value_added.completeness),
            value_added_wan_per_mu: yields_per_mu(&value_added.amount, &land),
            value_added_wan_per_tce: per_tce(&value_added, &energy),
            land_cm2: Arc::new(Int64Array::from(land)),
            data_as_of: Arc::new(there.iter().zip(*sums).map(newest).collect::<Date32Array>()),
        }
        .finish()?)
    }

    /// The basis and the land of each row.
    fn land(&self, sets: &[(Period, &RuleSet)]) -> (ArrayRef, Vec<i64>) {
        const ALL: [LandBasis; 3] = [LandBasis::Registered, LandBasis::Ellipsoidal, LandBasis::Occupied];
        let by_basis = |(own, sum): (&InForce, &Sum)| {
            let area = self.columns.area.value(own.row);
            match sets[own.period].1.land_basis {
                LandBasis::Registered => value(self.columns.registered, own.row)
                    .map_or((LandBasis::Ellipsoidal, area), |land| (LandBasis::Registered, land)),
                LandBasis::Ellipsoidal => (LandBasis::Ellipsoidal, area),
                LandBasis::Occupied => (LandBasis::Occupied, sum.occupied),
            }
        };
        let (bases, mut land): (Vec<LandBasis>, Vec<i64>) = self.there.iter().zip(self.sums).map(by_basis).unzip();
        for (own, land) in self.there.iter().zip(&mut land) {
            if self.columns.layer.value(own.row) != "surface" {
                *land = 0;
            }
        }
        let places = bases.iter().map(|basis| ALL.iter().position(|other| other == basis));
        (labelled(ALL.map(LandBasis::as_str), places), land)
    }
}

/// What is known of a measure of each parcel.
fn measured<'s>(sums: &'s [Sum], is_marked: &[bool], which: impl Fn(&'s Sum) -> &'s Measure) -> Measured {
    let mut measured = Measured::with_capacity(sums.len());
    for (sum, is_marked) in sums.iter().zip(is_marked) {
        let measure = which(sum);
        let completeness = measure.completeness(sum.enterprises, *is_marked);
        measured.push(measure.known(completeness), completeness);
    }
    measured
}

fn yields_per_mu(millionths: &[Option<i64>], land: &[i64]) -> ArrayRef {
    let yielded = |(amount, cm2): (&Option<i64>, &i64)| {
        amount.and_then(|amount| per_mu(amount, SquareMetres::from_cm2(*cm2))).map(Ratio::to_f64)
    };
    doubles(millionths.iter().zip(land).map(yielded))
}

/// Fen over grams are 10,000 yuan over tonnes; only where both are complete.
fn per_tce(value_added: &Measured, energy: &Measured) -> ArrayRef {
    let whole = |measured: &Measured, row: usize| {
        measured.amount[row].filter(|_| measured.completeness[row] == Completeness::Complete)
    };
    doubles((0..energy.amount.len()).map(|row| {
        let (fen, grams) = whole(value_added, row).zip(whole(energy, row).filter(|grams| *grams > 0))?;
        Some(Ratio::new(i128::from(fen), i128::from(grams)).to_f64())
    }))
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
