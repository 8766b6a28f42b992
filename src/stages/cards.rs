//! Map over parts: one flat row a parcel for the scene.

use arrow::array::{Array, Float64Array, RecordBatch, StringArray};

use super::StageError;
use super::order::{text, value};
use super::yields::in_force;
use crate::domain::{Divisions, Map, Period};
use crate::table::{
    block_member, column, parcel, parcel_card, parcel_enterprise, parcel_finding, parcel_rule_status, parcel_yield,
};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 5;

/// What the stage reads of a part.
pub struct Part<'a> {
    /// `parcel`: the columns of [`PARCEL_COLUMNS`].
    pub parcels: &'a RecordBatch,
    /// `parcel_yield`.
    pub yields: &'a RecordBatch,
    /// `parcel_rule_status`.
    pub status: &'a RecordBatch,
    /// `parcel_finding`.
    pub findings: &'a RecordBatch,
    /// `parcel_enterprise` of the county.
    pub enterprises: &'a RecordBatch,
    /// Who is in a block.
    pub members: &'a Members,
}

/// The members of all blocks, by parcel.
pub struct Members(Map<Box<str>, (String, String)>);

impl Members {
    /// Those in a batch of `block_member`.
    ///
    /// # Errors
    /// When it is none.
    pub fn of(batch: &RecordBatch) -> Result<Self, StageError> {
        let rows = block_member::View::of(batch)?;
        let member = |row| (rows.block_id.value(row).to_owned(), rows.role.value(row).to_owned());
        Ok(Self((0..batch.num_rows()).map(|row| (rows.parcel_id.value(row).into(), member(row))).collect()))
    }

    /// A parcel's block and its role in it.
    fn block(&self, parcel: &str) -> Option<(&str, &str)> {
        self.0.get(parcel).map(|(block, role)| (block.as_str(), role.as_str()))
    }
}

/// The columns of `parcel` that are read.
pub const PARCEL_COLUMNS: &[&str] = &["parcel_id", "valid_from", "valid_to", "county_code", "lon", "lat"];

/// `parcel_card` of a part, sorted by key.
///
/// # Errors
/// Never by the data.
pub fn cards(part: &Part<'_>, latest: Period, divisions: &Divisions) -> Result<RecordBatch, StageError> {
    let period = latest.to_string();
    let yields = parcel_yield::View::of(part.yields)?;
    let figures = by_parcel(yields.parcel_id, |row| yields.period.value(row) == period);
    let status = parcel_rule_status::View::of(part.status)?;
    let words = by_parcel(status.parcel_id, |row| status.period.value(row) == period);
    let main = main_enterprises(part.enterprises, &period)?;
    let found = finding_counts(part.findings, &period)?;
    let ids: &StringArray = column(part.parcels, &parcel::TABLE, "parcel_id")?;
    let counties: &StringArray = column(part.parcels, &parcel::TABLE, "county_code")?;
    let place_of = |name| column::<Float64Array>(part.parcels, &parcel::TABLE, name);
    let (lon, lat) = (place_of("lon")?, place_of("lat")?);
    let mut cards = parcel_card::Builder::default();
    let mut place = Place::of("", divisions);
    for row in in_force(part.parcels, latest)? {
        let id = ids.value(row);
        let Some(figure) = figures.get(id).copied() else { continue };
        let (word, block) = (words.get(id).copied(), part.members.block(id));
        let county = counties.value(row);
        if place.county != county {
            place = Place::of(county, divisions);
        }
        let judgement = word.and_then(|word| text(status.judgement, word));
        let flag = |array: &arrow::array::BooleanArray| {
            word.filter(|word| array.is_valid(*word)).map(|word| array.value(word))
        };
        let block_id = block.map(|(block, _)| block);
        cards.parcel_id.append_value(id);
        cards.period.append_value(&period);
        cards.province_code.append_value(place.province);
        cards.province_name.append_option(place.names[0]);
        cards.city_code.append_value(place.city);
        cards.city_name.append_option(place.names[1]);
        cards.county_code.append_value(county);
        cards.county_name.append_option(place.names[2]);
        cards.lon.append_value(lon.value(row));
        cards.lat.append_value(lat.value(row));
        cards.is_industrial.append_value(yields.is_industrial.value(figure));
        cards.land_basis.append_value(yields.land_basis.value(figure));
        cards.land_mu.append_value(yields.land_mu.value(figure));
        cards.area_mu.append_value(yields.area_mu.value(figure));
        cards.enterprises.append_value(yields.enterprises.value(figure));
        cards.main_uscc.append_option(main.get(id).copied());
        cards.tax_yuan.append_option(value(yields.tax_yuan, figure));
        cards.tax_completeness.append_value(yields.tax_completeness.value(figure));
        cards.tax_wan_per_mu.append_option(value(yields.tax_wan_per_mu, figure));
        cards.energy_tce_equivalent.append_option(value(yields.energy_tce_equivalent, figure));
        cards.energy_completeness.append_value(yields.energy_completeness.value(figure));
        cards.energy_tce_per_mu.append_option(value(yields.energy_tce_per_mu, figure));
        cards.revenue_yuan.append_option(value(yields.revenue_yuan, figure));
        cards.revenue_completeness.append_value(yields.revenue_completeness.value(figure));
        cards.revenue_wan_per_mu.append_option(value(yields.revenue_wan_per_mu, figure));
        cards.value_added_yuan.append_option(value(yields.value_added_yuan, figure));
        cards.value_added_completeness.append_value(yields.value_added_completeness.value(figure));
        cards.value_added_wan_per_mu.append_option(value(yields.value_added_wan_per_mu, figure));
        cards.value_added_wan_per_tce.append_option(value(yields.value_added_wan_per_tce, figure));
        cards.judgement.append_option(judgement);
        cards.is_low_efficiency_computed.append_option(flag(status.is_low_efficiency_computed));
        cards.is_low_efficiency.append_option(flag(status.is_low_efficiency));
        cards.finding_count.append_value(found.get(id).copied().unwrap_or(0));
        cards.first_rule_id.append_option(word.and_then(|word| text(status.first_rule_id, word)));
        cards.block_id.append_option(block_id);
        cards.block_role.append_option(block.map(|(_, role)| role));
        cards.data_as_of.append_option(value(yields.data_as_of, figure));
    }
    let cards = cards.finish()?;
    super::order::sorted(&cards, parcel_card::TABLE.key)
}

/// The divisions that a county lies in.
struct Place<'a> {
    province: &'a str,
    city: &'a str,
    county: &'a str,
    /// Of province, city and county.
    names: [Option<&'a str>; 3],
}

impl<'a> Place<'a> {
    fn of(county: &'a str, divisions: &'a Divisions) -> Self {
        let (province, city) = (county.get(..2).unwrap_or(county), county.get(..4).unwrap_or(county));
        Self { province, city, county, names: [province, city, county].map(|code| divisions.name(code)) }
    }
}

/// The row of each parcel among those that `is_wanted` takes.
fn by_parcel(ids: &arrow::array::StringArray, is_wanted: impl Fn(usize) -> bool) -> Map<&str, usize> {
    (0..ids.len()).filter(|row| is_wanted(*row)).map(|row| (ids.value(row), row)).collect()
}

/// The enterprise with most land on each parcel, then most tax, then the smaller id.
fn main_enterprises<'a>(enterprises: &'a RecordBatch, period: &str) -> Result<Map<&'a str, &'a str>, StageError> {
    let rows = parcel_enterprise::View::of(enterprises)?;
    let mut main: Map<&str, usize> = Map::default();
    let rank = |row: usize| {
        let id = std::cmp::Reverse(rows.uscc.value(row));
        (value(rows.occupied_cm2, row), value(rows.tax_yuan, row), id)
    };
    for row in (0..enterprises.num_rows()).filter(|row| rows.period.value(*row) == period) {
        let best = main.entry(rows.parcel_id.value(row)).or_insert(row);
        if rank(row) > rank(*best) {
            *best = row;
        }
    }
    Ok(main.into_iter().map(|(id, row)| (id, rows.uscc.value(row))).collect())
}

fn finding_counts<'a>(findings: &'a RecordBatch, period: &str) -> Result<Map<&'a str, i32>, StageError> {
    let rows = parcel_finding::View::of(findings)?;
    let mut counts: Map<&str, i32> = Map::default();
    for row in (0..findings.num_rows()).filter(|row| rows.period.value(*row) == period) {
        *counts.entry(rows.parcel_id.value(row)).or_default() += 1;
    }
    Ok(counts)
}
