//! An enterprise's figures as the policy's conditions and indicators see them.

use arrow::array::{BooleanArray, Int32Array, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::completeness::{Completeness, quotient, whole};
use super::belonging::NONE;
use crate::domain::industry_division;
use crate::policy::{Catalogue, ColumnData, Columns, Known, REGISTER_LOST};
use crate::table::{Labels, enterprise_figure};

/// The columns of some figures that a catalogue has. What nobody delivers is left out, and so unknown.
pub(super) fn columns(figures: &RecordBatch, catalogue: &'static Catalogue) -> Result<Columns, StageError> {
    let rows = enterprise_figure::View::of(figures)?;
    let count = figures.num_rows();
    let every = |of: &dyn Fn(usize) -> Known| -> Vec<Known> { (0..count).map(of).collect() };
    let known = |completeness: Labels<'_>| every(&|row| Completeness::named(completeness.value(row)).known());
    let land = every(&|row| if rows.is_land_doubtful.value(row) { Known::Unknown } else { Known::Exact });
    let (tax, energy, revenue) =
        (known(rows.tax_completeness), known(rows.energy_completeness), known(rows.revenue_completeness));
    let value_added = whole(known(rows.value_added_completeness));
    let (rd, staff) = (known(rows.rd_completeness), known(rows.staff_completeness));
    let quantity =
        |value: &Int64Array, known: &[Known]| ColumnData::Quantity { value: value.clone(), known: known.to_vec() };
    let per = |(above, known): (&Int64Array, &[Known]), (below, below_known): (&Int64Array, &[Known])| {
        let known = known.iter().zip(below_known);
        ColumnData::Quotient {
            above: above.clone(),
            below: below.clone(),
            known: known.map(|(above, below)| quotient(*above, *below)).collect(),
        }
    };
    let text = |labels: Labels<'_>, part: fn(&str) -> Option<&str>| -> StringArray {
        (0..count).map(|row| labels.get(row).and_then(part)).collect()
    };
    let tenants: Int64Array = (0..count).map(|row| Some(i64::from(rows.tenants.value(row)))).collect();
    let (of_tax, of_energy) = ((rows.tax_fen, tax.as_slice()), (rows.energy_equivalent_g, energy.as_slice()));
    let (of_revenue, of_value_added) =
        ((rows.revenue_fen, revenue.as_slice()), (rows.value_added_fen, value_added.as_slice()));
    let (of_land, of_staff) = ((rows.land_cm2, land.as_slice()), (rows.staff, staff.as_slice()));
    let emission = known(rows.emission_completeness);
    let promised = known(rows.obligations_completeness);
    let exact = vec![Known::Exact; count];
    // Those that are not known, and those that may be missing, can but add to the missed ones.
    let at_least = |known: &Known| if *known == Known::Exact { Known::Exact } else { Known::AtLeast };
    let missed: Vec<Known> = promised.iter().map(at_least).collect();
    // Of a list that may lack some, what it has is the least.
    let count_of = |counts: &Int32Array| {
        let known = every(&|row| if rows.are_violations_whole.value(row) { Known::Exact } else { Known::AtLeast });
        ColumnData::Quantity { value: wide(counts), known }
    };
    // Where land is doubtful, most of it may lie elsewhere.
    let place = |ids: Labels<'_>| -> StringArray {
        (0..count).map(|row| ids.get(row).filter(|_| land[row] == Known::Exact)).collect()
    };
    let is_micro_park = place(rows.micro_park_id).iter().map(|park| park.map(|park| park != NONE)).collect();
    let mut columns = Columns::of(catalogue, count);
    for (name, data) in [
        ("county_code", ColumnData::Text(text(rows.county_code, |code| Some(code)))),
        ("city_code", ColumnData::Text(text(rows.county_code, |code| code.get(..4)))),
        ("industry_code", ColumnData::Text(text(rows.industry_code, |code| Some(code)))),
        ("industry_division", ColumnData::Text(text(rows.industry_code, industry_division))),
        ("platform_id", ColumnData::Text(place(rows.platform_id))),
        ("is_micro_park", ColumnData::Bool(is_micro_park)),
        ("is_above_scale", ColumnData::Bool(rows.is_above_scale.clone())),
        ("is_high_tech", ColumnData::Bool(rows.is_high_tech.clone())),
        ("is_specialised", ColumnData::Bool(rows.is_specialised.clone())),
        ("is_key", ColumnData::Bool(rows.is_key.clone())),
        (REGISTER_LOST, ColumnData::Bool(rows.is_register_lost.clone())),
        ("owns_land", ColumnData::Bool(unless(rows.owns_land, rows.is_land_doubtful))),
        ("land_mu", quantity(rows.land_cm2, &land)),
        ("tenants", quantity(&tenants, &land)),
        ("tax_yuan", quantity(rows.tax_fen, &tax)),
        ("tax_wan_per_mu", per(of_tax, of_land)),
        ("tax_wan_per_tce", per(of_tax, of_energy)),
        ("tax_yuan_per_kwh", per(of_tax, (rows.electricity_wh, &energy))),
        ("revenue_yuan", quantity(rows.revenue_fen, &revenue)),
        ("revenue_wan_per_mu", per(of_revenue, of_land)),
        ("value_added_yuan", quantity(rows.value_added_fen, &value_added)),
        ("value_added_wan_per_mu", per(of_value_added, of_land)),
        ("value_added_wan_per_person", per(of_value_added, of_staff)),
        ("value_added_wan_per_tce", per(of_value_added, of_energy)),
        ("value_added_wan_per_emission_t", per(of_value_added, (rows.emission_g, &emission))),
        ("is_under_construction", ColumnData::Bool(rows.is_under_construction.clone())),
        ("years_in_production", quantity(&wide(rows.years_in_production), &exact)),
        ("obligations_met_share", per((&wide(rows.obligations_met), &promised), (&wide(rows.obligations_due), &exact))),
        ("obligations_missed", quantity(&wide(rows.obligations_missed), &missed)),
        ("safety_violations", count_of(rows.safety_violations)),
        ("environment_violations", count_of(rows.environment_violations)),
        ("tax_violations", count_of(rows.tax_violations)),
        ("wage_violations", count_of(rows.wage_violations)),
        ("rd_share", per((rows.rd_fen, &rd), of_revenue)),
        ("staff", quantity(rows.staff, &staff)),
        ("energy_tce_equivalent", quantity(rows.energy_equivalent_g, &energy)),
    ] {
        if catalogue.find(name).is_some() {
            columns.insert(name, data).map_err(StageError::untyped)?;
        }
    }
    Ok(columns)
}

fn wide(counts: &Int32Array) -> Int64Array {
    counts.iter().map(|count| count.map(i64::from)).collect()
}

/// The flags, but unknown where the other is set.
fn unless(flags: &BooleanArray, unknown: &BooleanArray) -> BooleanArray {
    (0..flags.len()).map(|row| (!unknown.value(row)).then(|| flags.value(row))).collect()
}
