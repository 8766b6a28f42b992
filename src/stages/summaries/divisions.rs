//! Parcels by division: counted and added up by parts, then by levels, with what the enterprises add.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, Decimal128Array, Int64Array, RecordBatch};

use super::super::StageError;
use super::super::order::{fen, value};
use super::cell::{Cell, SPREAD};
use super::parcels::{Terms, Words, Yields};
use super::spread::{deciles, spreads, wan_per_mu};
use super::{Enterprises, level, levels, sums};
use crate::domain::{Divisions, Ratio, SquareMetres, Tce, per_mu};
use crate::table::{block_member, column, division_summary, division_tally, enterprise_tally, labels, parcel_yield};

/// The sums of `division_tally`.
const SUMS: usize = 16;

/// The columns of `parcel_yield` that [`tally`] reads.
pub const YIELD_COLUMNS: &[&str] = &[
    "parcel_id",
    "period",
    "county_code",
    "is_industrial",
    "land_cm2",
    "tax_yuan",
    "tax_completeness",
    "energy_equivalent_g",
    "energy_completeness",
    "value_added_yuan",
    "value_added_completeness",
];

/// Map: a part's terms. Both are sorted by parcel and period; `status` has surface parcels only.
///
/// # Errors
/// Never by the data.
pub fn tally(yields: &RecordBatch, status: &RecordBatch) -> Result<RecordBatch, StageError> {
    let table = &parcel_yield::TABLE;
    let county = labels(yields, table, "county_code")?;
    let grams: &Int64Array = column(yields, table, "energy_equivalent_g")?;
    let is_energy_complete = labels(yields, table, "energy_completeness")?.standing("complete");
    let value_added: &Decimal128Array = column(yields, table, "value_added_yuan")?;
    let is_value_added_complete = labels(yields, table, "value_added_completeness")?.standing("complete");
    let (yields, words) = (Yields::of(yields)?, Words::of(status)?);
    let same = |row: usize, at: usize| {
        yields.id.value(row) == words.id.value(at) && yields.period.value(row) == words.period.value(at)
    };
    let mut at = 0;
    // There are few counties and periods.
    let mut sums: Vec<((usize, usize), [i64; SUMS])> = Vec::new();
    for row in 0..yields.id.len() {
        let is_here = at < words.id.len() && same(row, at);
        let word = (is_here && yields.is_industrial.value(row)).then_some(at);
        at += usize::from(is_here);
        let mut numbers = [0; SUMS];
        // In the order of the table's columns.
        let (parcels, intensities) = numbers.split_at_mut(Terms::default().len());
        parcels.copy_from_slice(&yields.terms(row, &words, word));
        if word.is_some() {
            let land = yields.land.value(row);
            let value_added = fen(value_added, row).filter(|_| is_value_added_complete.at(row));
            let energy = value(grams, row).filter(|_| is_energy_complete.at(row));
            let both = value_added.zip(energy.filter(|grams| *grams > 0));
            intensities.copy_from_slice(&[
                value_added.map_or(0, |_| land),
                value_added.unwrap_or(0),
                energy.map_or(0, |_| land),
                energy.unwrap_or(0),
                both.map_or(0, |(fen, _)| fen),
                both.map_or(0, |(_, grams)| grams),
            ]);
        }
        let key = (county.code(row), yields.period.code(row));
        match sums.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => sums::add(sum, &numbers),
            None => sums.push((key, numbers)),
        }
    }
    if at < words.id.len() {
        let what = format!("{} of {} rows of parcel_status have no yield", words.id.len() - at, words.id.len());
        return Err(StageError::Law { law: "conservation", what });
    }
    let mut tallies: BTreeMap<[&str; 2], [i64; SUMS]> = BTreeMap::new();
    for ((of, period), sum) in &sums {
        let key = [county.names().value(*of), yields.period.names().value(*period)];
        sums::add(tallies.entry(key).or_insert([0; SUMS]), sum);
    }
    sums::batch(&division_tally::TABLE, &tallies)
}

/// Reduce: all levels. Blocks are those of the latest period.
///
/// # Errors
/// Never by the data.
pub fn divisions(
    tallies: &[RecordBatch],
    enterprises: Enterprises<'_>,
    members: &RecordBatch,
    names: &Divisions,
    latest: &str,
) -> Result<RecordBatch, StageError> {
    let counties = sums::added(&division_tally::TABLE, tallies)?;
    let numbers = sums::numbers(&division_tally::TABLE, &counties)?;
    let blocks = blocks(members)?;
    let rows = division_tally::View::of(&counties)?;
    let mut sums: BTreeMap<(&str, &str), [i64; SUMS]> = BTreeMap::new();
    for (row, terms) in numbers.iter().enumerate() {
        for code in levels(rows.county_code.value(row)) {
            sums::add(sums.entry((code, rows.period.value(row))).or_default(), terms);
        }
    }
    let evaluated = sums::added(&enterprise_tally::TABLE, enterprises.tallies)?;
    let cells = cells(&evaluated)?;
    // A county may have enterprises and no parcels.
    for key in cells.keys() {
        sums.entry(*key).or_default();
    }
    let [(_, tax), _] = SPREAD;
    let mut spreads = spreads(enterprises.spreads, |_, period, measure| (measure == tax).then_some(period))?;
    let mut out = division_summary::Builder::default();
    for ((code, period), sum) in sums {
        let is_latest = period == latest;
        append(&mut out, (code, period), &sum, names);
        let blocks = blocks.get(code);
        let count = blocks.map_or(0, |blocks| i32::try_from(blocks.ids.len()).unwrap_or(i32::MAX));
        out.blocks.append_option(is_latest.then_some(count));
        out.block_mu.append_option(is_latest.then(|| mu(blocks.map_or(0, |blocks| blocks.land))));
        let values = spreads.remove(&(code, period)).unwrap_or_default();
        append_enterprises(&mut out, cells.get(&(code, period)), &deciles(values, enterprises.least));
    }
    Ok(out.finish()?)
}

/// The enterprises of each division and period, of all industries.
fn cells(tallies: &RecordBatch) -> Result<BTreeMap<(&str, &str), Cell>, StageError> {
    let rows = enterprise_tally::View::of(tallies)?;
    let mut cells: BTreeMap<(&str, &str), Cell> = BTreeMap::new();
    for (row, terms) in sums::numbers(&enterprise_tally::TABLE, tallies)?.iter().enumerate() {
        for code in levels(rows.county_code.value(row)) {
            sums::add(&mut cells.entry((code, rows.period.value(row))).or_insert(Cell::EMPTY).0, terms);
        }
    }
    Ok(cells)
}

/// Blocks that touch a division, and their members' land in it.
#[derive(Default)]
struct Blocks<'a> {
    ids: BTreeSet<&'a str>,
    land: i64,
}

fn blocks(members: &RecordBatch) -> Result<BTreeMap<&str, Blocks<'_>>, StageError> {
    let rows = block_member::View::of(members)?;
    let mut blocks: BTreeMap<&str, Blocks<'_>> = BTreeMap::new();
    for row in 0..members.num_rows() {
        for code in levels(rows.county_code.value(row)) {
            let entry = blocks.entry(code).or_default();
            entry.ids.insert(rows.block_id.value(row));
            entry.land += rows.area_cm2.value(row);
        }
    }
    Ok(blocks)
}

fn mu(cm2: i64) -> f64 {
    SquareMetres::from_cm2(cm2).mu().0
}

fn append(out: &mut division_summary::Builder, (code, period): (&str, &str), sum: &[i64; SUMS], names: &Divisions) {
    let of_land = |millionths, land| per_mu(millionths, SquareMetres::from_cm2(land)).map(Ratio::to_f64);
    let [parcels, industrial, judged, not_judged, low, land, low_land, tax, rated_land, rated_tax, rest @ ..] = *sum;
    let [value_added_land, value_added, energy_land, energy, per_energy, energy_below] = rest;
    out.division_code.append_value(code);
    out.period.append_value(period);
    out.level.append_value(level(code));
    out.name.append_option(names.name(code));
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
    out.tax_wan_per_mu.append_option(of_land(rated_tax, rated_land));
    out.value_added_land_mu.append_value(mu(value_added_land));
    out.rated_value_added_yuan.append_value(i128::from(value_added));
    out.value_added_wan_per_mu.append_option(of_land(value_added, value_added_land));
    out.energy_land_mu.append_value(mu(energy_land));
    out.rated_energy_tce.append_value(Tce::from_grams(energy).tonnes());
    out.energy_tce_per_mu.append_option(of_land(energy, energy_land));
    out.energy_value_added_yuan.append_value(i128::from(per_energy));
    out.value_added_energy_tce.append_value(Tce::from_grams(energy_below).tonnes());
    // Fen over grams are 10,000 yuan over tonnes.
    let per_tce = (energy_below > 0).then(|| Ratio::new(per_energy.into(), energy_below.into()).to_f64());
    out.value_added_wan_per_tce.append_option(per_tce);
}

/// What no set evaluates has no enterprises to tell of.
fn append_enterprises(out: &mut division_summary::Builder, cell: Option<&Cell>, tax: &[Option<Ratio>; 9]) {
    let count = |at: usize| cell.map(|cell| cell.0[at]);
    out.enterprises.append_option(count(Cell::ENTERPRISES));
    out.evaluated.append_option(cell.map(Cell::evaluated));
    out.ranked.append_option(count(Cell::RANKED));
    out.not_judged_enterprises.append_option(count(Cell::NOT_JUDGED));
    out.excluded.append_option(count(Cell::EXCLUDED));
    out.enterprise_mu.append_option(count(Cell::LAND).map(mu));
    let graded = [
        (&mut out.grade_a, &mut out.grade_a_mu),
        (&mut out.grade_b, &mut out.grade_b_mu),
        (&mut out.grade_c, &mut out.grade_c_mu),
        (&mut out.grade_d, &mut out.grade_d_mu),
        (&mut out.grade_t, &mut out.grade_t_mu),
    ];
    for (at, (enterprises, land)) in graded.into_iter().enumerate() {
        let grade = cell.map(|cell| cell.grades()[at]);
        enterprises.append_option(grade.map(|(enterprises, _)| enterprises));
        land.append_option(grade.map(|(_, land)| land.mu().0));
    }
    let [(measure, _), _] = SPREAD;
    out.enterprise_tax_n.append_option(cell.map(|cell| cell.rated(measure).n));
    let columns = [
        &mut out.enterprise_tax_wan_per_mu_p10,
        &mut out.enterprise_tax_wan_per_mu_p20,
        &mut out.enterprise_tax_wan_per_mu_p30,
        &mut out.enterprise_tax_wan_per_mu_p40,
        &mut out.enterprise_tax_wan_per_mu_p50,
        &mut out.enterprise_tax_wan_per_mu_p60,
        &mut out.enterprise_tax_wan_per_mu_p70,
        &mut out.enterprise_tax_wan_per_mu_p80,
        &mut out.enterprise_tax_wan_per_mu_p90,
    ];
    columns.into_iter().zip(tax).for_each(|(column, decile)| column.append_option(decile.map(wan_per_mu)));
}
