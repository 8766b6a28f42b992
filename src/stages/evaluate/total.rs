//! What several enterprises come to together: a group's, or a platform's.

use arrow::array::{Array, ArrowPrimitiveType, BooleanArray, PrimitiveArray};

use super::super::completeness::Completeness;
use super::super::order::value;
use crate::table::{Labels, enterprise_figure};

/// Writes what some rows come to: land, amounts, violations. A sum is complete where all of its parts are; nothing is known of
/// nobody.
pub(super) fn append(out: &mut enterprise_figure::Builder, rows: &enterprise_figure::View<'_>, of: &[usize]) {
    out.land_cm2.append_value(sum(rows.land_cm2, of).unwrap_or(0));
    out.construction_cm2.append_value(sum(rows.construction_cm2, of).unwrap_or(0));
    out.is_land_doubtful.append_value(any(rows.is_land_doubtful, of) == Some(true));
    out.electricity_wh.append_option(sum(rows.electricity_wh, of));
    for (amounts, all) in [
        (&mut out.tax_fen, rows.tax_fen),
        (&mut out.energy_equivalent_g, rows.energy_equivalent_g),
        (&mut out.revenue_fen, rows.revenue_fen),
        (&mut out.value_added_fen, rows.value_added_fen),
        (&mut out.rd_fen, rows.rd_fen),
        (&mut out.staff, rows.staff),
        (&mut out.emission_g, rows.emission_g),
    ] {
        amounts.append_option(sum(all, of));
    }
    for (known, all) in [
        (&mut out.tax_completeness, rows.tax_completeness),
        (&mut out.energy_completeness, rows.energy_completeness),
        (&mut out.revenue_completeness, rows.revenue_completeness),
        (&mut out.value_added_completeness, rows.value_added_completeness),
        (&mut out.rd_completeness, rows.rd_completeness),
        (&mut out.staff_completeness, rows.staff_completeness),
        (&mut out.emission_completeness, rows.emission_completeness),
    ] {
        known.append_value(Completeness::of_sum(of.iter().map(|row| named(all, *row))).as_str());
    }
    for (count, all) in [
        (&mut out.safety_violations, rows.safety_violations),
        (&mut out.environment_violations, rows.environment_violations),
        (&mut out.tax_violations, rows.tax_violations),
        (&mut out.wage_violations, rows.wage_violations),
    ] {
        count.append_option(sum(all, of));
    }
    let are_whole = !of.is_empty() && of.iter().all(|row| rows.are_violations_whole.value(*row));
    out.are_violations_whole.append_value(are_whole);
    out.is_register_lost.append_value(of.iter().any(|row| rows.is_register_lost.value(*row)));
    out.delivered.append_option(of.iter().filter_map(|row| value(rows.delivered, *row)).max());
}

/// What is known of some numbers together.
pub(super) fn sum<T: ArrowPrimitiveType<Native: std::iter::Sum>>(
    amounts: &PrimitiveArray<T>,
    rows: &[usize],
) -> Option<T::Native> {
    let known: Vec<T::Native> = rows.iter().filter_map(|row| value(amounts, *row)).collect();
    (!known.is_empty()).then(|| known.into_iter().sum())
}

/// Whether one of them is; unknown where none is known to be and one may be.
pub(super) fn any(flags: &BooleanArray, rows: &[usize]) -> Option<bool> {
    let mut each = rows.iter().map(|row| flags.is_valid(*row).then(|| flags.value(*row)));
    if each.clone().any(|flag| flag == Some(true)) {
        Some(true)
    } else {
        each.all(|flag| flag.is_some()).then_some(false)
    }
}

pub(super) fn named(completeness: Labels<'_>, row: usize) -> Completeness {
    Completeness::named(completeness.value(row))
}
