//! What the enterprises of worked cases come to, by the code that sums those of a run.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::completeness::Completeness;
use super::super::order::take;
use super::groups::{Tenancies, together};
use super::links::Belongs;
use super::{columns, platforms};
use crate::policy::Columns;
use crate::policy::evaluation::Subject;
use crate::policy::evaluation::cases::Told;
use crate::table::enterprise_figure;

const SAFETY: &str = "safety_violations";
const ENVIRONMENT: &str = "environment_violations";
const TAX: &str = "tax_violations";
const WAGE: &str = "wage_violations";

/// [`crate::policy::evaluation::cases::Summing`]: a group of enterprises as a county's, a platform as a run's.
///
/// # Errors
/// Never by the data.
pub fn summed(subject: Subject, parts: &Columns, places: &[usize]) -> Result<Columns, String> {
    let sums = match subject {
        Subject::Enterprise => groups(parts, places),
        Subject::Platform => of_platforms(parts, places),
    };
    sums.map_err(|error| error.to_string())
}

fn groups(parts: &Columns, places: &[usize]) -> Result<Columns, StageError> {
    let ids = ids(places);
    let heads: Vec<String> = places.iter().map(|place| head(*place)).collect();
    let belonging: BTreeMap<&str, Belongs<'_>> =
        ids.iter().zip(&heads).map(|(id, head)| (id.as_str(), Belongs::To(head))).collect();
    let figures = together(&figures(parts, &ids)?, &belonging, &Tenancies::new(), |_| None)?.figures;
    let rows = enterprise_figure::View::of(&figures)?;
    let own: Vec<usize> = (0..figures.num_rows()).filter(|row| rows.link_standing.get(*row).is_none()).collect();
    columns::columns(&take(&figures, &own)?, Subject::Enterprise.catalogue())
}

fn of_platforms(parts: &Columns, places: &[usize]) -> Result<Columns, StageError> {
    let told = Told::of(parts);
    let mut members = vec![Vec::new(); places.last().map_or(0, |last| last + 1)];
    for (row, place) in places.iter().enumerate() {
        // As published: T is who stands apart.
        let grade = told.text("grade", row).map(|grade| if grade == "apart" { "T" } else { grade });
        members[*place].push((row, grade));
    }
    let (figures, facts) = platforms::sums_of(&figures(parts, &ids(places))?, &members)?;
    let mut columns = columns::columns(&figures, Subject::Platform.catalogue())?;
    platforms::add_columns(&mut columns, &facts, &figures)?;
    Ok(columns)
}

/// Codes sort as places do.
fn head(place: usize) -> String {
    format!("{place:06}")
}

/// A code for each part; the first of a place is its head.
fn ids(places: &[usize]) -> Vec<String> {
    let is_first = |row: usize| row == 0 || places[row - 1] != places[row];
    let id = |row: usize| if is_first(row) { head(places[row]) } else { format!("{:06}.{row:06}", places[row]) };
    (0..places.len()).map(id).collect()
}

/// `enterprise_figure` of the parts; nothing is known of what a case does not tell.
fn figures(parts: &Columns, ids: &[String]) -> Result<RecordBatch, StageError> {
    let told = Told::of(parts);
    // One of which a case does not tell what it tells of another may have some.
    let is_asked = |name: &&str| (0..ids.len()).any(|row| told.number(name, row).is_some());
    let asked = |names: &[&'static str]| -> Vec<&str> { names.iter().copied().filter(is_asked).collect() };
    let (violations, carriers) =
        (asked(&[SAFETY, ENVIRONMENT, TAX, WAGE]), asked(&["energy_tce_equivalent", "electricity_kwh"]));
    let mut out = enterprise_figure::Builder::default();
    for (row, id) in ids.iter().enumerate() {
        let amount = |name: &str| told.number(name, row).map(|(amount, _)| amount);
        let known = |name: &str| match told.number(name, row) {
            Some((_, true)) => Completeness::Complete,
            Some((_, false)) => Completeness::LowerBound,
            None => Completeness::None,
        };
        let small = |name: &str| amount(name).map(|count| i32::try_from(count).unwrap_or(i32::MAX));
        out.uscc.append_value(id);
        out.county_code.append_value("");
        out.period.append_value("");
        out.industry_code.append_option(None::<&str>);
        out.land_cm2.append_value(amount("land_mu").unwrap_or(0));
        out.construction_cm2.append_value(0);
        out.is_under_construction.append_null();
        out.is_land_doubtful.append_value(known("land_mu") != Completeness::Complete);
        out.owns_land.append_value(false);
        out.tenants.append_value(0);
        out.lessor_uscc.append_null();
        out.platform_id.append_option(None::<&str>);
        out.micro_park_id.append_option(None::<&str>);
        // All energy and electricity are of one completeness, as they are of one ledger.
        let energy = Completeness::of_sum(carriers.iter().map(|name| known(name)));
        out.electricity_wh.append_option(amount("electricity_kwh"));
        for (values, completeness, name, known) in [
            (&mut out.tax_fen, &mut out.tax_completeness, "tax_yuan", known("tax_yuan")),
            (&mut out.energy_equivalent_g, &mut out.energy_completeness, "energy_tce_equivalent", energy),
            (&mut out.revenue_fen, &mut out.revenue_completeness, "revenue_yuan", known("revenue_yuan")),
            (
                &mut out.value_added_fen,
                &mut out.value_added_completeness,
                "value_added_yuan",
                known("value_added_yuan"),
            ),
            (&mut out.rd_fen, &mut out.rd_completeness, "rd_yuan", known("rd_yuan")),
            (&mut out.staff, &mut out.staff_completeness, "staff", known("staff")),
            (&mut out.emission_g, &mut out.emission_completeness, "emission_t", known("emission_t")),
        ] {
            values.append_option(amount(name));
            completeness.append_value(known.as_str());
        }
        for (flags, name) in [
            (&mut out.is_above_scale, "is_above_scale"),
            (&mut out.is_high_tech, "is_high_tech"),
            (&mut out.is_specialised, "is_specialised"),
            (&mut out.is_key, "is_key"),
        ] {
            flags.append_option(told.flag(name, row));
        }
        for (counts, name) in [
            (&mut out.safety_violations, SAFETY),
            (&mut out.environment_violations, ENVIRONMENT),
            (&mut out.tax_violations, TAX),
            (&mut out.wage_violations, WAGE),
        ] {
            counts.append_option(small(name));
        }
        let are_whole = violations.iter().all(|name| known(name) == Completeness::Complete);
        out.are_violations_whole.append_value(are_whole);
        for count in [&mut out.obligations_due, &mut out.obligations_met, &mut out.obligations_missed] {
            count.append_null();
        }
        out.obligations_completeness.append_value(Completeness::None.as_str());
        out.years_in_production.append_option(small("years_in_production"));
        out.is_register_lost.append_value(false);
        out.group_uscc.append_null();
        out.link_standing.append_option(None::<&str>);
        out.delivered.append_null();
    }
    Ok(out.finish()?)
}
