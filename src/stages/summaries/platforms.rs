//! Summaries of platforms and micro-parks (二(三)), from integers that parts add up.

use std::collections::BTreeMap;

use arrow::array::{Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::order::{sorted, text, value};
use super::super::overlay::PLATFORM_KINDS;
use super::super::yields::in_force_by;
use super::parcels::{Terms, Words, Yields};
use super::sums;
use crate::domain::{Map, Period, Ratio, SquareMetres, per_mu};
use crate::table::{column, dim_platform, parcel_platform, platform_figure, platform_summary, platform_tally, zone};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 2;

/// The columns that are read of `zone`.
pub const ZONE_COLUMNS: &[&str] =
    &["zone_id", "valid_from", "valid_to", "county_code", "kind", "name", "class", "built", "area_cm2", "lon", "lat"];

/// Map: a part's terms. The parcels are those that the policy counts to the platform.
///
/// # Errors
/// Never by the data.
pub fn tally(assigned: &RecordBatch, yields: &RecordBatch, status: &RecordBatch) -> Result<RecordBatch, StageError> {
    let (figures, words) = (Yields::of(yields)?, Words::of(status)?);
    let yields: Map<(&str, &str), usize> =
        (0..yields.num_rows()).map(|row| ((figures.id.value(row), figures.period.value(row)), row)).collect();
    let status: Map<(&str, &str), usize> =
        (0..status.num_rows()).map(|row| ((words.id.value(row), words.period.value(row)), row)).collect();
    let assigned_rows = parcel_platform::View::of(assigned)?;
    let mut tallies: BTreeMap<[&str; 2], Terms> = BTreeMap::new();
    for row in 0..assigned.num_rows() {
        let key = (assigned_rows.parcel_id.value(row), assigned_rows.period.value(row));
        let Some(at) = yields.get(&key).copied() else { continue };
        let word = status.get(&key).copied().filter(|_| figures.is_industrial.value(at));
        let sum = tallies.entry([assigned_rows.platform_id.value(row), key.1]).or_default();
        sums::add(sum, &figures.terms(at, &words, word));
    }
    sums::batch(&platform_tally::TABLE, &tallies)
}

/// Reduce: every platform in force at a period's end (`figures`: `platform_figure`), with the sums of its parcels and what is
/// known of its enterprises.
///
/// # Errors
/// Never by the data.
pub fn summarise(figures: &RecordBatch, tallies: &[RecordBatch]) -> Result<RecordBatch, StageError> {
    let added = sums::added(&platform_tally::TABLE, tallies)?;
    let summed = platform_tally::View::of(&added)?;
    let key = |row: usize| (summed.platform_id.value(row), summed.period.value(row));
    let numbers: Vec<Terms> = sums::numbers(&platform_tally::TABLE, &added)?;
    let sums: Map<(&str, &str), Terms> = numbers.into_iter().enumerate().map(|(row, sum)| (key(row), sum)).collect();
    let rows = platform_figure::View::of(figures)?;
    let mut out = platform_summary::Builder::default();
    for row in 0..figures.num_rows() {
        let key = (rows.platform_id.value(row), rows.period.value(row));
        let sum = sums.get(&key).copied().unwrap_or_default();
        append(&mut out, &rows, row, sum);
    }
    sorted(&out.finish()?, platform_summary::TABLE.key)
}

fn append(out: &mut platform_summary::Builder, rows: &platform_figure::View<'_>, row: usize, sum: Terms) {
    let mu = |cm2: i64| SquareMetres::from_cm2(cm2).mu().0;
    let [parcels, industrial, judged, not_judged, low, land, low_land, tax, rated_land, rated_tax] = sum;
    out.platform_id.append_value(rows.platform_id.value(row));
    out.period.append_value(rows.period.value(row));
    out.county_code.append_value(rows.county_code.value(row));
    out.kind.append_value(rows.kind.value(row));
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
    let enterprises = rows.enterprises.value(row);
    let counts = [
        (&mut out.grade_a, rows.grade_a),
        (&mut out.grade_b, rows.grade_b),
        (&mut out.grade_c, rows.grade_c),
        (&mut out.grade_d, rows.grade_d),
        (&mut out.apart, rows.apart),
    ];
    let graded: i64 = counts.iter().map(|(_, count)| count.value(row)).sum();
    for (column, count) in counts {
        column.append_value(count.value(row));
    }
    out.ungraded.append_value(enterprises - graded);
    out.enterprises.append_value(enterprises);
    for (column, cm2) in [
        (&mut out.enterprise_mu, rows.land_cm2),
        (&mut out.grade_a_mu, rows.grade_a_cm2),
        (&mut out.grade_b_mu, rows.grade_b_cm2),
        (&mut out.grade_c_mu, rows.grade_c_cm2),
        (&mut out.grade_d_mu, rows.grade_d_cm2),
    ] {
        column.append_value(mu(cm2.value(row)));
    }
}

/// The platforms in force at some period's end, each as the last of them saw it. `zones` are by county.
///
/// # Errors
/// Never by the data.
pub fn dimension(zones: &[RecordBatch], periods: &[Period]) -> Result<RecordBatch, StageError> {
    let mut out = dim_platform::Builder::default();
    for county in zones {
        let of = |name| column::<StringArray>(county, &zone::TABLE, name);
        let (ids, kinds, names, classes) = (of("zone_id")?, of("kind")?, of("name")?, of("class")?);
        let day = |name| column::<Date32Array>(county, &zone::TABLE, name);
        let (from, to, built) = (day("valid_from")?, day("valid_to")?, day("built")?);
        let (lon, lat): (&Float64Array, &Float64Array) =
            (column(county, &zone::TABLE, "lon")?, column(county, &zone::TABLE, "lat")?);
        let area: &Int64Array = column(county, &zone::TABLE, "area_cm2")?;
        let counties = of("county_code")?;
        let mut latest: BTreeMap<&str, usize> = BTreeMap::new();
        for period in periods {
            let there = in_force_by("zone_id", county, *period)?.into_iter();
            latest.extend(there.map(|row| (ids.value(row), row)));
        }
        for (id, row) in latest.into_iter().filter(|(_, row)| PLATFORM_KINDS.contains(&kinds.value(*row))) {
            out.platform_id.append_value(id);
            out.kind.append_value(kinds.value(row));
            out.name.append_option(text(names, row));
            out.class.append_option(text(classes, row));
            out.county_code.append_value(counties.value(row));
            out.built.append_option(value(built, row));
            out.valid_from.append_value(from.value(row));
            out.valid_to.append_option(value(to, row));
            out.area_mu.append_value(SquareMetres::from_cm2(area.value(row)).mu().0);
            out.lon.append_value(lon.value(row));
            out.lat.append_value(lat.value(row));
        }
    }
    sorted(&out.finish()?, dim_platform::TABLE.key)
}
