//! What is true, as rows of the tables of [`crate::table::truth`].

use arrow::array::RecordBatch;
use chrono::NaiveDate;

use std::collections::BTreeMap;

use super::Accepted;
use super::amounts::Yearly;
use super::sums::Sums;
use crate::domain::IssueCode;
use crate::sample::SampleError;
use crate::sample::blocks::Part;
use crate::sample::defect::Planted;
use crate::sample::occupancy::{Register, cm2};
use crate::table::truth;

pub(super) fn days(date: NaiveDate) -> i32 {
    (date - NaiveDate::default()).num_days() as i32
}

pub(super) fn parcels(accepted: &[Accepted<'_>], county: &str) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::parcel::Builder::default();
    for it in accepted {
        rows.parcel_id.append_value(&it.parcel.id);
        rows.county_code.append_value(county);
        rows.valid_from.append_value(days(it.parcel.since));
        rows.layer.append_value(it.layer.as_str());
        rows.use_code.append_value(it.parcel.use_code);
        rows.is_industrial.append_value(it.is_industrial);
        rows.registered_cm2.append_value(it.registered_cm2);
        rows.floor_cm2.append_option(it.parcel.floor_m2.map(cm2));
    }
    Ok(rows.finish()?)
}

pub(super) fn parcel_areas(accepted: &[Accepted<'_>]) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::parcel_area::Builder::default();
    for it in accepted {
        rows.parcel_id.append_value(&it.parcel.id);
        rows.area_m2.append_value(it.area.m2);
        rows.bound_m2.append_value(it.area.bound);
    }
    Ok(rows.finish()?)
}

pub(super) fn enterprises(register: &Register, county: &str) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::enterprise::Builder::default();
    for member in register.members.iter().filter(|member| member.is_local) {
        rows.uscc.append_value(&member.enterprise.uscc);
        rows.county_code.append_value(county);
        rows.name.append_value(&member.enterprise.name);
        rows.industry_code.append_value(&member.enterprise.industry);
    }
    Ok(rows.finish()?)
}

pub(super) fn occupancy(register: &Register) -> Result<RecordBatch, SampleError> {
    let uscc = |member: usize| register.members[member].enterprise.uscc.as_str();
    let mut rows = truth::occupancy::Builder::default();
    for row in register.rows.iter().filter(|row| !row.is_lost) {
        rows.parcel_id.append_value(&row.parcel_id);
        rows.uscc.append_value(uscc(row.member));
        rows.right.append_value(if row.lessor.is_some() { "leased" } else { "owned" });
        rows.valid_from.append_value(days(row.from));
        rows.valid_to.append_option(row.to.map(days));
        rows.basis.append_value(if row.by_floor { "floor" } else { "land" });
        rows.lessor_uscc.append_option(row.lessor.map(uscc));
        rows.amount_cm2.append_option(row.amount_m2.map(cm2));
    }
    Ok(rows.finish()?)
}

pub(super) fn taxes(ledger: &[Yearly<'_>], register: &Register, county: &str) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::tax::Builder::default();
    for row in ledger {
        rows.uscc.append_value(&register.members[row.member].enterprise.uscc);
        rows.county_code.append_value(county);
        rows.period.append_value(row.year.to_string());
        rows.kind.append_value(row.kind);
        rows.tax_fen.append_value(row.count);
    }
    Ok(rows.finish()?)
}

pub(super) fn energies(ledger: &[Yearly<'_>], register: &Register, county: &str) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::energy::Builder::default();
    for row in ledger {
        rows.uscc.append_value(&register.members[row.member].enterprise.uscc);
        rows.county_code.append_value(county);
        rows.period.append_value(row.year.to_string());
        rows.carrier.append_value(row.kind);
        rows.quantity.append_value(row.count);
        rows.unit.append_value(row.unit);
    }
    Ok(rows.finish()?)
}

/// Remarks on an enterprise's years of which periods are missing.
pub(super) fn incomplete_years(
    table: &str,
    years: impl Iterator<Item = u16>,
    county: &str,
    rows: &mut truth::issue::Builder,
) {
    let mut by_year: BTreeMap<u16, i64> = BTreeMap::new();
    for year in years {
        *by_year.entry(year).or_default() += 1;
    }
    for (year, count) in by_year {
        issue(rows, (table, IssueCode::YearIncomplete), county, None, (year, count));
    }
}

/// A remark on a parcel that is occupied beyond its land.
pub(super) fn excess(parcel: &str, county: &str, year: u16, rows: &mut truth::issue::Builder) {
    issue(rows, ("occupancy", IssueCode::OccupancyExcess), county, Some(parcel), (year, 1));
}

fn issue(
    rows: &mut truth::issue::Builder,
    (table, code): (&str, IssueCode),
    county: &str,
    id: Option<&str>,
    (year, count): (u16, i64),
) {
    rows.table.append_value(table);
    rows.county_code.append_value(county);
    rows.code.append_value(code.as_str());
    rows.id.append_option(id);
    rows.period.append_value(year.to_string());
    rows.count.append_value(count);
}

/// The planted defects but those of zones, as rows.
///
/// # Errors
/// Never in practice.
pub fn defects(planted: &[Planted]) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::defect::Builder::default();
    for defect in planted.iter().filter(|defect| defect.table != "zone") {
        rows.source_id.append_value(&defect.source);
        rows.table.append_value(defect.table);
        rows.file.append_value(&defect.file);
        rows.row.append_option(defect.row.map(|row| row as i64));
        rows.code.append_value(defect.code);
        rows.parcel_id.append_option(defect.about.as_deref());
        rows.period.append_option(defect.period.map(|period| period.to_string()));
    }
    Ok(rows.finish()?)
}

/// The balances as rows.
///
/// # Errors
/// Never in practice.
pub fn balances(sums: &Sums) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::sums::Builder::default();
    for ((source, period, measure), [accepted, rejected, superseded, out_of_scope]) in &sums.0 {
        rows.source_id.append_value(source);
        rows.period.append_value(period);
        rows.measure.append_value(measure);
        rows.read.append_value(accepted + rejected + superseded + out_of_scope);
        rows.accepted.append_value(*accepted);
        rows.rejected.append_value(*rejected);
        rows.superseded.append_value(*superseded);
        rows.out_of_scope.append_value(*out_of_scope);
    }
    Ok(rows.finish()?)
}

/// The blocks that were laid out, as far as they lie here. A block's name tells its district, so that two counties that
/// have a part of it call it alike.
pub(super) fn planned_blocks(
    accepted: &[Accepted<'_>],
    streams: &dyn Fn(usize) -> (u64, u64),
) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::planned_block::Builder::default();
    for it in accepted {
        let (block, part) = match it.parcel.lot.part {
            Some(Part::Member(block)) => (block, "member"),
            Some(Part::Link(block)) => (block, "link"),
            Some(Part::Between(block)) => (block, "between"),
            Some(Part::Beside) | None => continue,
        };
        let (county, district) = streams(it.parcel.place.0);
        rows.block.append_value(format!("{county}-{district}-{block}"));
        rows.parcel_id.append_value(&it.parcel.id);
        rows.part.append_value(part);
    }
    Ok(rows.finish()?)
}

/// Members of blocks as rows: parcel, and the smallest code of its block.
///
/// # Errors
/// Never in practice.
pub fn block_members(members: &[(String, String)]) -> Result<RecordBatch, SampleError> {
    let mut rows = truth::block_member::Builder::default();
    for (parcel, block) in members {
        rows.parcel_id.append_value(parcel);
        rows.block.append_value(block);
    }
    Ok(rows.finish()?)
}
