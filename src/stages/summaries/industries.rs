//! Reduce: the enterprises of each industry, by county, city and province.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::cell::{Cell, MEASURES, Rated, SPREAD, measure};
use super::spread::{deciles, spreads, wan_per_mu};
use super::withhold::withheld;
use super::{Enterprises, level, levels, sums};
use crate::domain::{Divisions, Industries, Ratio, SquareMetres, Tce, per_mu};
use crate::table::{enterprise_tally, industry_summary};

/// Division, industry, period.
type Key<'a> = (&'a str, &'a str, &'a str);

/// All levels. Without evaluated counties there is no row.
///
/// # Errors
/// Never by the data.
pub fn industries(
    enterprises: Enterprises<'_>,
    divisions: &Divisions,
    industries: &Industries,
) -> Result<RecordBatch, StageError> {
    let tallies = sums::added(&enterprise_tally::TABLE, enterprises.tallies)?;
    let rows = enterprise_tally::View::of(&tallies)?;
    let mut cells: BTreeMap<Key<'_>, Cell> = BTreeMap::new();
    for (row, terms) in sums::numbers(&enterprise_tally::TABLE, &tallies)?.iter().enumerate() {
        for code in levels(rows.county_code.value(row)) {
            let key = (code, rows.industry_code.value(row), rows.period.value(row));
            sums::add(&mut cells.entry(key).or_insert(Cell::EMPTY).0, terms);
        }
    }
    let told = told(&cells, enterprises.least);
    let mut spreads = spreads(enterprises.spreads, |industry, period, measure| Some((industry, period, measure)))?;
    let mut out = industry_summary::Builder::default();
    for (key, cell) in &cells {
        let (code, industry, period) = *key;
        out.division_code.append_value(code);
        out.industry_code.append_value(industry);
        out.period.append_value(period);
        out.level.append_value(level(code));
        out.name.append_option(divisions.name(code));
        out.industry_name.append_option(industries.name(industry));
        let rated: [Option<Rated>; MEASURES] = told.get(key).copied().unwrap_or_default();
        let deciles = SPREAD.map(|(measure, name)| {
            let values = spreads.remove(&(code, (industry, period, name))).unwrap_or_default();
            if rated[measure].is_some() { deciles(values, enterprises.least) } else { [None; 9] }
        });
        append_counts(&mut out, cell);
        append_rated(&mut out, &rated);
        append_deciles(&mut out, &deciles);
        out.is_suppressed
            .append_value(rated.iter().enumerate().any(|(at, told)| told.is_none() && cell.rated(at).n > 0));
    }
    Ok(out.finish()?)
}

/// What each cell tells of each measure: nothing where it is withheld, or nobody is rated.
fn told<'a>(cells: &BTreeMap<Key<'a>, Cell>, least: i64) -> BTreeMap<Key<'a>, [Option<Rated>; MEASURES]> {
    let mut told: BTreeMap<Key<'a>, [Option<Rated>; MEASURES]> = BTreeMap::new();
    for at in 0..MEASURES {
        let mut counts: BTreeMap<(&str, &str), BTreeMap<&str, i64>> = BTreeMap::new();
        for ((code, industry, period), cell) in cells {
            counts.entry((industry, period)).or_default().insert(code, cell.rated(at).n);
        }
        for ((industry, period), counts) in counts {
            let hidden = withheld(&counts, least);
            for (code, _) in counts.iter().filter(|(code, n)| **n > 0 && !hidden.contains(*code)) {
                let key = (*code, industry, period);
                told.entry(key).or_default()[at] = cells.get(&key).map(|cell| cell.rated(at));
            }
        }
    }
    told
}

fn append_counts(out: &mut industry_summary::Builder, cell: &Cell) {
    out.enterprises.append_value(cell.0[Cell::ENTERPRISES]);
    out.evaluated.append_value(cell.evaluated());
    out.ranked.append_value(cell.0[Cell::RANKED]);
    out.not_judged.append_value(cell.0[Cell::NOT_JUDGED]);
    out.excluded.append_value(cell.0[Cell::EXCLUDED]);
    out.land_mu.append_value(SquareMetres::from_cm2(cell.0[Cell::LAND]).mu().0);
    let graded = [
        (&mut out.grade_a, &mut out.grade_a_mu),
        (&mut out.grade_b, &mut out.grade_b_mu),
        (&mut out.grade_c, &mut out.grade_c_mu),
        (&mut out.grade_d, &mut out.grade_d_mu),
        (&mut out.grade_t, &mut out.grade_t_mu),
    ];
    for ((enterprises, land), grade) in graded.into_iter().zip(cell.grades()) {
        enterprises.append_value(grade.0);
        land.append_value(grade.1.mu().0);
    }
    for (column, at) in [
        (&mut out.tax_n, measure::TAX),
        (&mut out.revenue_n, measure::REVENUE),
        (&mut out.value_added_n, measure::VALUE_ADDED),
        (&mut out.energy_n, measure::ENERGY),
        (&mut out.emission_n, measure::EMISSION),
        (&mut out.rd_n, measure::RD),
        (&mut out.staff_n, measure::STAFF),
    ] {
        column.append_value(cell.rated(at).n);
    }
}

fn append_rated(out: &mut industry_summary::Builder, rated: &[Option<Rated>; MEASURES]) {
    let ratio = |rated: Rated| Ratio::new(rated.above.into(), rated.below.into());
    for (column, at) in [
        (&mut out.rated_tax_yuan, measure::TAX),
        (&mut out.rated_revenue_yuan, measure::REVENUE),
        (&mut out.rated_value_added_yuan, measure::VALUE_ADDED),
        (&mut out.energy_value_added_yuan, measure::ENERGY),
        (&mut out.emission_value_added_yuan, measure::EMISSION),
        (&mut out.rated_rd_yuan, measure::RD),
        (&mut out.staff_value_added_yuan, measure::STAFF),
    ] {
        column.append_option(rated[at].map(|rated| rated.above.into()));
    }
    for (land, per, at) in [
        (&mut out.tax_land_mu, &mut out.tax_wan_per_mu, measure::TAX),
        (&mut out.revenue_land_mu, &mut out.revenue_wan_per_mu, measure::REVENUE),
        (&mut out.value_added_land_mu, &mut out.value_added_wan_per_mu, measure::VALUE_ADDED),
    ] {
        let below = |rated: Rated| SquareMetres::from_cm2(rated.below);
        land.append_option(rated[at].map(|rated| below(rated).mu().0));
        per.append_option(rated[at].and_then(|rated| per_mu(rated.above, below(rated))).map(Ratio::to_f64));
    }
    // Fen over grams are 10,000 yuan over tonnes.
    for (tonnes, per, at) in [
        (&mut out.rated_energy_tce, &mut out.value_added_wan_per_tce, measure::ENERGY),
        (&mut out.rated_emission_t, &mut out.value_added_wan_per_emission_t, measure::EMISSION),
    ] {
        tonnes.append_option(rated[at].map(|rated| Tce::from_grams(rated.below).tonnes()));
        per.append_option(rated[at].map(|rated| ratio(rated).to_f64()));
    }
    let (rd, staff) = (rated[measure::RD], rated[measure::STAFF]);
    out.rd_revenue_yuan.append_option(rd.map(|rated| rated.below.into()));
    out.rd_share.append_option(rd.map(|rated| ratio(rated).to_f64()));
    out.rated_staff.append_option(staff.map(|rated| rated.below));
    // A million fen are 10,000 yuan.
    let per_person = staff.map(|rated| ratio(rated).times(Ratio::new(1, 1_000_000)).to_f64());
    out.value_added_wan_per_person.append_option(per_person);
}

fn append_deciles(out: &mut industry_summary::Builder, [tax, value_added]: &[[Option<Ratio>; 9]; 2]) {
    let columns = [
        (&mut out.tax_wan_per_mu_p10, &mut out.value_added_wan_per_mu_p10),
        (&mut out.tax_wan_per_mu_p20, &mut out.value_added_wan_per_mu_p20),
        (&mut out.tax_wan_per_mu_p30, &mut out.value_added_wan_per_mu_p30),
        (&mut out.tax_wan_per_mu_p40, &mut out.value_added_wan_per_mu_p40),
        (&mut out.tax_wan_per_mu_p50, &mut out.value_added_wan_per_mu_p50),
        (&mut out.tax_wan_per_mu_p60, &mut out.value_added_wan_per_mu_p60),
        (&mut out.tax_wan_per_mu_p70, &mut out.value_added_wan_per_mu_p70),
        (&mut out.tax_wan_per_mu_p80, &mut out.value_added_wan_per_mu_p80),
        (&mut out.tax_wan_per_mu_p90, &mut out.value_added_wan_per_mu_p90),
    ];
    for (at, (of_tax, of_value_added)) in columns.into_iter().enumerate() {
        of_tax.append_option(tax[at].map(wan_per_mu));
        of_value_added.append_option(value_added[at].map(wan_per_mu));
    }
}
