//! Reduce: summaries by county, city and province, from integers that parts add up.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch};
use polars::prelude::{DataFrame, IntoLazy, SortMultipleOptions, col};

use super::StageError;
use super::order::value;
use crate::domain::{Divisions, Ratio, SquareMetres, per_mu};
use crate::table::frame::{from_frame, to_frame};
use crate::table::{block_member, dim_division, division_summary, division_tally, parcel_rule_status, parcel_yield};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 2;

/// Map: a part's terms.
///
/// # Errors
/// Never by the data.
pub fn tally(yields: &RecordBatch, status: &RecordBatch) -> Result<RecordBatch, StageError> {
    let rows = parcel_yield::View::of(yields)?;
    let words = parcel_rule_status::View::of(status)?;
    // Both are sorted by (parcel_id, period); status has surface parcels only.
    let mut at = 0;
    let mut terms: BTreeMap<(&str, &str), [i64; 10]> = BTreeMap::new();
    for row in 0..yields.num_rows() {
        let key = (rows.parcel_id.value(row), rows.period.value(row));
        while at < status.num_rows() && (words.parcel_id.value(at), words.period.value(at)) < key {
            at += 1;
        }
        let is_here = at < status.num_rows() && (words.parcel_id.value(at), words.period.value(at)) == key;
        let sum = terms.entry((rows.county_code.value(row), rows.period.value(row))).or_default();
        sum[0] += 1;
        if !(is_here && rows.is_industrial.value(row)) {
            continue;
        }
        let land = rows.land_cm2.value(row);
        let tax = value(rows.tax_yuan, row).and_then(|fen| i64::try_from(fen).ok()).unwrap_or(0);
        let is_judged = words.is_low_efficiency_computed.is_valid(at);
        let is_low = words.is_low_efficiency.is_valid(at) && words.is_low_efficiency.value(at);
        let is_rated = rows.tax_completeness.value(row) == "complete";
        for (slot, term) in [
            (1, 1),
            (2, i64::from(is_judged)),
            (3, i64::from(!is_judged)),
            (4, i64::from(is_low)),
            (5, land),
            (6, if is_low { land } else { 0 }),
            (7, tax),
            (8, if is_rated { land } else { 0 }),
            (9, if is_rated { tax } else { 0 }),
        ] {
            sum[slot] += term;
        }
    }
    let mut out = division_tally::Builder::default();
    for ((county, period), sum) in terms {
        out.county_code.append_value(county);
        out.period.append_value(period);
        let columns = [
            &mut out.parcels,
            &mut out.industrial_parcels,
            &mut out.judged,
            &mut out.not_judged,
            &mut out.low,
            &mut out.land_cm2,
            &mut out.low_cm2,
            &mut out.tax_fen,
            &mut out.rated_land_cm2,
            &mut out.rated_tax_fen,
        ];
        columns.into_iter().zip(sum).for_each(|(column, term)| column.append_value(term));
    }
    Ok(out.finish()?)
}

/// Reduce: all levels. Blocks are those of the latest period.
///
/// # Errors
/// Never by the data.
pub fn summarise(
    tallies: &[RecordBatch],
    members: &RecordBatch,
    divisions: &Divisions,
    latest: &str,
) -> Result<RecordBatch, StageError> {
    let parts = division_tally::TABLE.concat(tallies)?;
    let names: Vec<&'static str> = division_tally::TABLE.columns.iter().map(|column| column.name).collect();
    let frame = to_frame(&division_tally::TABLE, &parts, &names)?;
    let counties = add_up(frame)?;
    let counties = from_frame(&division_tally::TABLE, &counties)?;
    let blocks = blocks(members)?;
    let rows = division_tally::View::of(&counties)?;
    let mut sums: BTreeMap<(String, &str), [i64; 10]> = BTreeMap::new();
    for row in 0..counties.num_rows() {
        let county = rows.county_code.value(row);
        for length in [2, 4, 6] {
            let code = county.get(..length).unwrap_or(county).to_owned();
            let sum = sums.entry((code, rows.period.value(row))).or_default();
            for (slot, column) in [
                rows.parcels,
                rows.industrial_parcels,
                rows.judged,
                rows.not_judged,
                rows.low,
                rows.land_cm2,
                rows.low_cm2,
                rows.tax_fen,
                rows.rated_land_cm2,
                rows.rated_tax_fen,
            ]
            .into_iter()
            .enumerate()
            {
                sum[slot] += column.value(row);
            }
        }
    }
    let mut out = division_summary::Builder::default();
    for ((code, period), sum) in &sums {
        append(
            &mut out,
            code,
            period,
            sum,
            divisions,
            blocks.get(code).filter(|_| *period == latest),
            *period == latest,
        );
    }
    Ok(out.finish()?)
}

/// Sums of integers by county and period, in order.
fn add_up(frame: DataFrame) -> Result<DataFrame, StageError> {
    frame
        .lazy()
        .group_by([col("county_code"), col("period")])
        .agg([col("*").sum()])
        .sort(["county_code", "period"], SortMultipleOptions::default())
        .collect()
        .map_err(|_| StageError::Polars("add up the parts' tallies"))
}

/// Blocks that touch a division, and their members' land in it.
#[derive(Default)]
struct Blocks<'a> {
    ids: BTreeSet<&'a str>,
    land: i64,
}

fn blocks(members: &RecordBatch) -> Result<BTreeMap<String, Blocks<'_>>, StageError> {
    let rows = block_member::View::of(members)?;
    let mut blocks: BTreeMap<String, Blocks<'_>> = BTreeMap::new();
    for row in 0..members.num_rows() {
        let county = rows.county_code.value(row);
        for length in [2, 4, 6] {
            let entry = blocks.entry(county.get(..length).unwrap_or(county).to_owned()).or_default();
            entry.ids.insert(rows.block_id.value(row));
            entry.land += rows.area_cm2.value(row);
        }
    }
    Ok(blocks)
}

fn append(
    out: &mut division_summary::Builder,
    code: &str,
    period: &str,
    sum: &[i64; 10],
    divisions: &Divisions,
    blocks: Option<&Blocks<'_>>,
    is_latest: bool,
) {
    let mu = |cm2: i64| SquareMetres::from_cm2(cm2).mu().0;
    let level = match code.len() {
        2 => "province",
        4 => "city",
        _ => "county",
    };
    let [parcels, industrial, judged, not_judged, low, land, low_land, tax, rated_land, rated_tax] = *sum;
    out.division_code.append_value(code);
    out.period.append_value(period);
    out.level.append_value(level);
    out.name.append_option(divisions.name(code));
    out.parcels.append_value(parcels);
    out.industrial_parcels.append_value(industrial);
    out.judged.append_value(judged);
    out.not_judged.append_value(not_judged);
    out.low.append_value(low);
    out.land_mu.append_value(mu(land));
    out.low_mu.append_value(mu(low_land));
    out.tax_yuan.append_value(i128::from(tax));
    out.rated_land_mu.append_value(mu(rated_land));
    out.rated_tax_yuan.append_value(i128::from(rated_tax));
    out.tax_wan_per_mu.append_option(per_mu(rated_tax, SquareMetres::from_cm2(rated_land)).map(Ratio::to_f64));
    let count = blocks.map_or(0, |blocks| i32::try_from(blocks.ids.len()).unwrap_or(i32::MAX));
    out.blocks.append_option(is_latest.then_some(count));
    out.block_mu.append_option(is_latest.then(|| mu(blocks.map_or(0, |blocks| blocks.land))));
}

/// The divisions that the snapshot speaks of, with those above them.
///
/// # Errors
/// Never by the data.
pub fn dimension(divisions: &Divisions, counties: &BTreeSet<String>) -> Result<RecordBatch, StageError> {
    let mut codes: BTreeMap<String, (&str, Option<String>, Option<String>)> = BTreeMap::new();
    for county in counties {
        for (length, level) in [(2, "province"), (4, "city"), (6, "county")] {
            let code = county.get(..length).unwrap_or(county).to_owned();
            let parent = (length > 2).then(|| county.get(..length - 2).unwrap_or(county).to_owned());
            let name = divisions.name(&code).map(str::to_owned);
            codes.insert(code, (level, name, parent));
        }
    }
    let mut out = dim_division::Builder::default();
    for (code, (level, name, parent)) in codes {
        out.division_code.append_value(&code);
        out.level.append_value(level);
        out.name.append_value(name.unwrap_or(code));
        out.parent_code.append_option(parent);
    }
    Ok(out.finish()?)
}
