//! What is true of the lists that enterprises stand on and of what they emit: what is delivered of the years that are judged.

use std::collections::BTreeMap;

use super::sums::{Outcome, Sums};
use super::{County, Rows, amounts, rows::days};
use crate::sample::SampleError;
use crate::sample::ledger::{Row, Told};
use crate::sample::lists::{FIELDS, LINKS, SOURCES, TAGS};
use crate::table::truth::{emission, enterprise_link, enterprise_scale, tag, violation};

/// The tables that the sample has.
///
/// # Errors
/// Never in practice.
pub(super) fn tables(county: &County<'_>, years: &[u16]) -> Result<Rows, SampleError> {
    let code = county.plan.county.code.as_str();
    let uscc = |member: usize| county.register.members[member].enterprise.uscc.as_str();
    let mut scales = enterprise_scale::Builder::default();
    for (member, row) in judged(&county.lists.scale, years) {
        scales.uscc.append_value(uscc(member));
        scales.county_code.append_value(code);
        scales.period.append_value(row.period.to_string());
        scales.scale.append_value("above");
    }
    let mut violations = violation::Builder::default();
    for (member, row) in judged(&county.lists.violation, years) {
        violations.uscc.append_value(uscc(member));
        violations.county_code.append_value(code);
        violations.period.append_value(row.period.to_string());
        violations.field.append_value(canonical(&FIELDS, row.kind));
        violations.date.append_value(days(row.told.date));
        violations.is_serious.append_value(row.told.is_serious);
    }
    let mut tags = tag::Builder::default();
    for (member, row) in judged(&county.lists.tag, years) {
        tags.uscc.append_value(uscc(member));
        tags.county_code.append_value(code);
        tags.period.append_value(row.period.to_string());
        tags.tag.append_value(canonical(&TAGS, row.kind));
    }
    let pollutants = &county.parameters.emission.pollutants;
    let names: BTreeMap<&str, &str> = pollutants.iter().map(|one| (&*one.name, &*one.pollutant)).collect();
    let mut emissions = emission::Builder::default();
    for row in amounts::yearly(&county.lists.emission, years, &names) {
        emissions.uscc.append_value(uscc(row.member));
        emissions.county_code.append_value(code);
        emissions.period.append_value(row.year.to_string());
        emissions.pollutant.append_value(row.kind);
        emissions.quantity.append_value(row.count);
    }
    let mut links = enterprise_link::Builder::default();
    for row in &county.lists.link {
        let Some(member) = row.member else { continue };
        links.uscc.append_value(uscc(member));
        links.county_code.append_value(code);
        links.related_uscc.append_value(row.told.to.as_str());
        links.kind.append_value(canonical(&LINKS, row.kind));
        links.valid_from.append_value(days(row.told.from));
    }
    Ok(vec![
        (&enterprise_scale::TABLE, scales.finish()?),
        (&violation::TABLE, violations.finish()?),
        (&tag::TABLE, tags.finish()?),
        (&emission::TABLE, emissions.finish()?),
        (&enterprise_link::TABLE, links.finish()?),
    ])
}

/// Adds the balances of the sources that the sample has.
pub(super) fn balance(county: &County<'_>, years: &[u16], sums: &mut Sums) {
    let (code, lists) = (county.plan.county.code, county.lists);
    for source in SOURCES.iter().filter(|source| source.table != "project") {
        let id = format!("{}-{code}", source.name);
        match source.table {
            "enterprise_scale" => sums.ledger(&id, &lists.scale, years, false),
            "violation" => sums.ledger(&id, &lists.violation, years, false),
            "tag" => sums.ledger(&id, &lists.tag, years, false),
            "emission" => sums.ledger(&id, &lists.emission, years, false),
            // Links are of no year.
            _ => lists.link.iter().for_each(|_| sums.add(&id, "", "rows", Outcome::Accepted, 1)),
        }
    }
}

/// The rows of the years that are judged, with their members.
fn judged<'r, 'a, T: Told>(
    rows: &'r [Row<'a, T>],
    years: &'r [u16],
) -> impl Iterator<Item = (usize, &'r Row<'a, T>)> + use<'r, 'a, T> {
    rows.iter().filter(|row| years.contains(&row.period.year())).filter_map(|row| Some((row.member?, row)))
}

/// What a list's word stands for.
fn canonical<'n>(names: &[(&str, &'n str)], name: &str) -> &'n str {
    names.iter().find(|(written, _)| *written == name).map_or("", |(_, canonical)| canonical)
}
