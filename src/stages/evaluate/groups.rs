//! What enterprises come to that are evaluated together: one row for the group, under its head, and none of them twice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};

use super::super::StageError;
use super::super::completeness::Completeness;
use super::super::order::{sorted, take, value};
use super::belonging::NONE;
use super::links::Belongs;
use super::total::{self, any, named, sum};
use crate::domain::{SquareMetres, Tce};
use crate::table::{LabelBuilder, Labels, enterprise_figure, enterprise_group};

/// Lessor and tenant in the county.
pub(super) type Tenancies<'a> = BTreeSet<(&'a str, &'a str)>;

/// A county's figures of one period, with those that are evaluated together made one.
pub(super) struct Grouped {
    /// `enterprise_figure`: every group and enterprise; a head's own figures stand in `shares` alone.
    pub figures: RecordBatch,
    /// `enterprise_group`.
    pub shares: RecordBatch,
}

/// Sums the figures of a county and period by head; a head alone is as it was. `industry` is what the register says of a head.
///
/// Amounts, land and violations add up; a sum is complete where all of its parts are. A group is above scale, or on a list,
/// where one of its enterprises is. Tenants are those of other groups, and so are lessors. It is as long in production as
/// the first of them, and its obligations are known where all of theirs are.
pub(super) fn together<'a>(
    figures: &RecordBatch,
    belonging: &BTreeMap<&str, Belongs<'_>>,
    tenancies: &Tenancies<'_>,
    industry: impl Fn(&str) -> Option<&'a str>,
) -> Result<Grouped, StageError> {
    let rows = enterprise_figure::View::of(figures)?;
    let of = |row: usize| belonging.get(rows.uscc.value(row)).copied().unwrap_or(Belongs::Unknown);
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in 0..figures.num_rows() {
        if let Belongs::To(head) = of(row) {
            groups.entry(head).or_default().push(row);
        }
    }
    groups.retain(|_, members| members.len() > 1);
    let group_of = |row: usize| match of(row) {
        Belongs::To(head) => groups.contains_key(head).then_some(head),
        _ => None,
    };
    let is_head = |row: &usize| group_of(*row) == Some(rows.uscc.value(*row));
    let others: Vec<usize> = (0..figures.num_rows()).filter(|row| !is_head(row)).collect();
    let heads: StringArray = others.iter().map(|row| group_of(*row)).collect();
    let mut standings = LabelBuilder::default();
    for row in &others {
        standings.append_option(group_of(*row).map(|_| "member").or_else(|| of(*row).standing()));
    }
    let others = with(&take(figures, &others)?, "group_uscc", Arc::new(heads))?;
    let others = with(&others, "link_standing", standings.finish())?;
    let mut sums = enterprise_figure::Builder::default();
    let mut shares = enterprise_group::Builder::default();
    for (head, members) in &groups {
        append(&mut sums, &rows, (head, members), tenancies, industry(head));
        for row in members {
            share(&mut shares, &rows, head, *row);
        }
    }
    let all = enterprise_figure::TABLE.concat(&[others, sums.finish()?])?;
    Ok(Grouped {
        figures: sorted(&all, enterprise_figure::TABLE.key)?,
        shares: sorted(&shares.finish()?, enterprise_group::TABLE.key)?,
    })
}

fn with(batch: &RecordBatch, name: &str, column: ArrayRef) -> Result<RecordBatch, StageError> {
    let mut columns = batch.columns().to_vec();
    columns[batch.schema().index_of(name)?] = column;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

/// The row of a group.
fn append(
    out: &mut enterprise_figure::Builder,
    rows: &enterprise_figure::View<'_>,
    (head, members): (&str, &[usize]),
    tenancies: &Tenancies<'_>,
    industry: Option<&str>,
) {
    let is_own = |uscc: &str| members.iter().any(|row| rows.uscc.value(*row) == uscc);
    let tenants: BTreeSet<&str> = tenancies
        .iter()
        .filter(|(lessor, tenant)| is_own(lessor) && !is_own(tenant))
        .map(|(_, tenant)| *tenant)
        .collect();
    let lessors: BTreeSet<&str> = tenancies
        .iter()
        .filter(|(lessor, tenant)| is_own(tenant) && !is_own(lessor))
        .map(|(lessor, _)| *lessor)
        .collect();
    total::append(out, rows, members);
    let first = members[0];
    out.uscc.append_value(head);
    out.county_code.append_value(rows.county_code.value(first));
    out.period.append_value(rows.period.value(first));
    out.industry_code.append_option(industry);
    let construction = sum(rows.construction_cm2, members).unwrap_or(0);
    let is_land_doubtful = any(rows.is_land_doubtful, members) == Some(true);
    let is_built_on = construction > 0 && sum(rows.land_cm2, members).unwrap_or(0) == 0;
    let is_certain = members.iter().all(|row| rows.is_under_construction.is_valid(*row));
    out.is_under_construction.append_option((!is_land_doubtful && (is_built_on || is_certain)).then_some(is_built_on));
    for (count, all) in [
        (&mut out.obligations_due, rows.obligations_due),
        (&mut out.obligations_met, rows.obligations_met),
        (&mut out.obligations_missed, rows.obligations_missed),
    ] {
        count.append_option(sum(all, members));
    }
    let promised = members.iter().map(|row| named(rows.obligations_completeness, *row));
    let promised = if promised.clone().any(|known| known == Completeness::None) {
        Completeness::None
    } else {
        Completeness::of_sum(promised)
    };
    out.obligations_completeness.append_value(promised.as_str());
    let years = members.iter().filter_map(|row| value(rows.years_in_production, *row)).max();
    out.years_in_production.append_option(years);
    out.owns_land.append_value(any(rows.owns_land, members) == Some(true));
    out.tenants.append_value(i32::try_from(tenants.len()).unwrap_or(i32::MAX));
    out.lessor_uscc.append_option(lessors.first().filter(|_| lessors.len() == 1));
    out.platform_id.append_option(place(rows, rows.platform_id, members));
    out.micro_park_id.append_option(place(rows, rows.micro_park_id, members));
    for (flag, all) in [
        (&mut out.is_above_scale, rows.is_above_scale),
        (&mut out.is_high_tech, rows.is_high_tech),
        (&mut out.is_specialised, rows.is_specialised),
        (&mut out.is_key, rows.is_key),
    ] {
        flag.append_option(any(all, members));
    }
    out.group_uscc.append_value(head);
    out.link_standing.append_option(None::<&str>);
}

/// Where the members belong that hold most of the group's land, built on or not; not known where those of whom it is not could change it.
fn place<'a>(rows: &enterprise_figure::View<'a>, places: Labels<'a>, members: &[usize]) -> Option<&'a str> {
    let mut lands: BTreeMap<Option<&str>, i64> = BTreeMap::new();
    for row in members {
        *lands.entry(places.get(*row)).or_default() += rows.land_cm2.value(*row) + rows.construction_cm2.value(*row);
    }
    let unknown = lands.remove(&None).unwrap_or(0);
    let mut falling: Vec<(Reverse<i64>, bool, &str)> = lands
        .into_iter()
        .filter_map(|(place, land)| place.map(|place| (Reverse(land), place == NONE, place)))
        .collect();
    falling.sort_unstable();
    let second = falling.get(1).map_or(0, |(land, ..)| land.0);
    falling.first().filter(|(land, ..)| unknown == 0 || land.0 > second + unknown).map(|(.., place)| *place)
}

/// What an enterprise adds to its group.
fn share(out: &mut enterprise_group::Builder, rows: &enterprise_figure::View<'_>, head: &str, row: usize) {
    let fen = |amounts| value(amounts, row).map(i128::from);
    out.group_uscc.append_value(head);
    out.county_code.append_value(rows.county_code.value(row));
    out.period.append_value(rows.period.value(row));
    out.uscc.append_value(rows.uscc.value(row));
    out.land_mu.append_value(SquareMetres::from_cm2(rows.land_cm2.value(row)).mu().0);
    out.tax_yuan.append_option(fen(rows.tax_fen));
    out.tax_completeness.append_value(rows.tax_completeness.value(row));
    let tonnes = value(rows.energy_equivalent_g, row).map(|grams| Tce::from_grams(grams).tonnes());
    out.energy_tce_equivalent.append_option(tonnes);
    out.energy_completeness.append_value(rows.energy_completeness.value(row));
    out.revenue_yuan.append_option(fen(rows.revenue_fen));
    out.revenue_completeness.append_value(rows.revenue_completeness.value(row));
    out.value_added_yuan.append_option(fen(rows.value_added_fen));
    out.value_added_completeness.append_value(rows.value_added_completeness.value(row));
    out.staff.append_option(value(rows.staff, row));
    out.staff_completeness.append_value(rows.staff_completeness.value(row));
}
