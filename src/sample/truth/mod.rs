//! What is true of the sample: what a right pipeline must accept, reject, sum up, judge and join.
//!
//! It is made beside the deliveries, from what was planned and planted, by plain constructions that share nothing
//! with the pipeline: every planted defect says itself what is lost and who is left in doubt; land is what the
//! occupancy list gives and takes (`holding`); amounts are cut by land (`amounts`); two rules judge (`verdict`);
//! the layout knows who lies within 20 m of whom (`touch`), and a union–find joins the low ones (`blocks`); areas
//! are PROJ's (`area`). `truth/README.md` describes the tables, which [`crate::table::truth`] declares.

pub mod amounts;
pub mod area;
pub mod blocks;
pub mod files;
pub mod holding;
pub mod lists;
pub mod output;
mod projects;
pub mod rows;
pub mod sums;
pub mod verdict;
pub mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use arrow::array::RecordBatch;

use super::SampleError;
use super::defect::{Doubts, Fate, Feature};
use super::ledger::made::Made;
use super::ledger::{EARLY_TAX, Row};
use super::lists::{Lists, SOURCES};
use super::occupancy::{Parcel, Register, cm2};
use super::parameters::Parameters;
use super::plan::CountyPlan;
use super::zones::Feature as ZoneFeature;
use crate::domain::{ParcelId, ParcelLayer};
use crate::table::{Table, truth};
use amounts::Yearly;
use blocks::LowLot;
use holding::{Holding, Land};
use output::Figures;
use sums::Sums;
use verdict::{Case, Judgement, Rules};

/// Registered and measured area further apart than this leave a parcel unjudged: the demo policy's
/// `max_area_difference`.
const MAX_AREA_DIFFERENCE: f64 = 0.05;

/// How much of a sum is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// All of it.
    All,
    /// At least what is there.
    AtLeast,
    /// Nothing.
    Nothing,
}

impl Known {
    /// As published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "complete",
            Self::AtLeast => "lower_bound",
            Self::Nothing => "none",
        }
    }
}

/// What a county consists of once its defects are planted.
pub struct County<'a> {
    /// Parameters.
    pub parameters: &'a Parameters,
    /// Its plan.
    pub plan: &'a CountyPlan,
    /// Its parcels, the foreign ones that it delivers as well behind them.
    pub parcels: &'a [Parcel],
    /// Features; those of its own parcels stand at the parcels' places.
    pub features: &'a [Feature],
    /// Occupants.
    pub register: &'a Register,
    /// Tax ledger.
    pub tax: &'a [Row<'a>],
    /// The tax ledger that this one replaces.
    pub early: &'a [Row<'a>],
    /// Energy ledger.
    pub energy: &'a [Row<'a>],
    /// Output ledger.
    pub output: &'a [Row<'a, Made>],
    /// Lists and emissions.
    pub lists: &'a Lists<'a>,
    /// Features of its zones, and those of other counties' zones in districts over its border.
    pub zones: (&'a [ZoneFeature], &'a [ZoneFeature]),
    /// What is left in doubt.
    pub doubts: &'a Doubts,
    /// Pairs of lots that lie together, by district.
    pub near: &'a BTreeMap<usize, Vec<(usize, usize)>>,
    /// County and number of each district.
    pub streams: &'a dyn Fn(usize) -> (u64, u64),
    /// Districts that another county has a part of.
    pub border: &'a dyn Fn(usize) -> bool,
}

/// A district over a border, as far as one county knows it.
pub type Border = (usize, Vec<LowLot>);

/// Rows, with their tables.
pub type Rows = Vec<(&'static Table, RecordBatch)>;

/// What is true of a county.
#[derive(Debug)]
pub struct Truth {
    /// Rows of the tables that grow county by county.
    pub rows: Rows,
    /// Its balances.
    pub sums: Sums,
    /// Its low parcels in districts over a border: their blocks are nobody's alone.
    pub border: Vec<Border>,
}

/// A parcel that must be accepted.
struct Accepted<'a> {
    at: usize,
    feature: &'a Feature,
    parcel: &'a Parcel,
    registered_cm2: i64,
    area: area::Area,
    layer: ParcelLayer,
    is_industrial: bool,
}

impl Accepted<'_> {
    fn land_cm2(&self) -> i64 {
        if self.layer == ParcelLayer::Surface { self.registered_cm2 } else { 0 }
    }

    fn is_area_doubtful(&self) -> bool {
        let measured = self.area.m2 * 1e4;
        (self.registered_cm2 as f64 - measured).abs() > MAX_AREA_DIFFERENCE * measured
    }
}

/// Who holds what in a year.
struct Held {
    year: u16,
    /// By parcel.
    holdings: Vec<Holding>,
    /// Which of them are a parcel's.
    of_parcel: Vec<Range<usize>>,
}

impl Held {
    fn of(county: &County<'_>, accepted: &[Accepted<'_>], year: u16, issues: &mut truth::issue::Builder) -> Self {
        let mut land = vec![Land { cm2: 0, floor_cm2: None }; county.parcels.len()];
        for it in accepted {
            land[it.at] = Land { cm2: it.land_cm2(), floor_cm2: it.parcel.floor_m2.map(cm2) };
        }
        let holdings = holding::holdings(county.register, &land, year, |parcel| {
            rows::excess(&county.parcels[parcel].id, county.plan.county.code.as_str(), year, issues);
        });
        let mut of_parcel: Vec<Range<usize>> = vec![0..0; county.parcels.len()];
        let mut start = 0;
        for held in holdings.chunk_by(|a, b| a.parcel == b.parcel) {
            of_parcel[held[0].parcel] = start..start + held.len();
            start += held.len();
        }
        Self { year, holdings, of_parcel }
    }

    /// What is known of what falls on some of a parcel's holdings, given the members and years in doubt.
    fn known(
        &self,
        county: &County<'_>,
        it: &Accepted<'_>,
        of: Range<usize>,
        fallen: &[Option<i64>],
        doubted: &BTreeSet<(usize, u16)>,
    ) -> (Option<i64>, Known) {
        let doubts = county.doubts;
        let parts = of.map(|at| {
            let Holding { member, .. } = self.holdings[at];
            (fallen[at], doubted.contains(&(member, self.year)) || doubts.members.contains(&member))
        });
        amounts::summed(parts, doubts.parcels.contains(&it.at))
    }
}

/// The tables of a sample's truth.
#[must_use]
pub fn tables(parameters: &Parameters) -> Vec<&'static Table> {
    let output = truth::OUTPUT_TABLES.iter().filter(|_| parameters.output.is_reported());
    let is_made = |name: &str| SOURCES.iter().any(|source| source.table == name && (source.is_made)(parameters));
    let lists = truth::LIST_TABLES.iter().filter(|table| is_made(table.name));
    let zones = truth::ZONE_TABLES.iter().filter(|_| parameters.zones.are_delivered());
    truth::TABLES.iter().chain(output).chain(lists).chain(zones).copied().collect()
}

/// Finds what is true of a county.
///
/// # Errors
/// What GDAL refuses.
pub fn county(county: &County<'_>) -> Result<Truth, SampleError> {
    let code = county.plan.county.code.as_str();
    let years = county.parameters.pipeline.years();
    let accepted = accepted(county)?;
    let tax = amounts::yearly(county.tax, &years, &amounts::kinds(county.parameters));
    let energy = amounts::yearly(county.energy, &years, &amounts::carriers(county.parameters));
    let mut rows: Rows = vec![
        (&truth::parcel::TABLE, rows::parcels(&accepted, code)?),
        (&truth::parcel_area::TABLE, rows::parcel_areas(&accepted)?),
        (&truth::enterprise::TABLE, rows::enterprises(county.register, code)?),
        (&truth::occupancy::TABLE, rows::occupancy(county.register)?),
        (&truth::tax::TABLE, rows::taxes(&tax, county.register, code)?),
        (&truth::energy::TABLE, rows::energies(&energy, county.register, code)?),
    ];
    let mut periods = truth::parcel_period::Builder::default();
    let mut low = BTreeMap::new();
    let mut issues = truth::issue::Builder::default();
    let output = output::yearly(county.output, &years);
    for (table, ledger) in [("tax", &tax), ("energy", &energy)] {
        let incomplete = ledger.iter().filter(|row| row.is_incomplete).map(|row| row.year);
        rows::incomplete_years(table, incomplete, code, &mut issues);
    }
    let incomplete = output.iter().filter(|row| row.is_incomplete).map(|row| row.year);
    rows::incomplete_years("output", incomplete, code, &mut issues);
    let mut figures = Figures::default();
    for year in &years {
        let held = Held::of(county, &accepted, *year, &mut issues);
        figures.year(county, &accepted, &held, &output);
        low = judge(county, &accepted, &held, (&tax, &energy), &mut periods);
    }
    if county.parameters.output.is_reported() {
        rows.extend(figures.finish(county, &output)?);
    }
    rows.push((&truth::parcel_period::TABLE, periods.finish()?));
    rows.push((&truth::issue::TABLE, issues.finish()?));
    if rules(county.parameters).has_fixed {
        rows.push((&truth::planned_block::TABLE, rows::planned_blocks(&accepted, county.streams)?));
    }
    let (border, inside): (Vec<Border>, Vec<Border>) = low.into_iter().partition(|(at, _)| (county.border)(*at));
    let mut members = Vec::new();
    for (district, lots) in inside {
        members.extend(blocks::blocks(&lots, county.near.get(&district).map_or(&[], Vec::as_slice)));
    }
    rows.push((&truth::block_member::TABLE, rows::block_members(&members)?));
    if county.parameters.zones.are_delivered() {
        rows.extend(zones::tables(county, &accepted)?);
    }
    let mut sums = Sums::default();
    sums.features(&format!("parcel-{code}"), county.features.iter().map(|feature| feature.fate));
    sums.features(&format!("zone-{code}"), county.zones.0.iter().map(|feature| feature.fate));
    sums.lists(county.register);
    sums.ledger(&format!("tax-{code}"), county.tax, &years, false);
    sums.ledger(&format!("{EARLY_TAX}-{code}"), county.early, &years, true);
    sums.ledger(&format!("energy-{code}"), county.energy, &years, false);
    sums.ledger(&format!("output-{code}"), county.output, &years, false);
    lists::balance(county, &years, &mut sums);
    projects::balance(county, &mut sums);
    rows.extend(lists::tables(county, &years)?);
    rows.extend(projects::tables(county, &years)?);
    Ok(Truth { rows, sums, border })
}

fn rules(parameters: &Parameters) -> Rules {
    Rules { has_fixed: parameters.pipeline.policy == "zhejiang" }
}

fn accepted<'a>(county: &County<'a>) -> Result<Vec<Accepted<'a>>, SampleError> {
    let kept: Vec<&Feature> = county.features.iter().filter(|feature| feature.fate == Fate::Accepted).collect();
    let areas = area::areas(&kept).map_err(|source| SampleError::Embedded { what: format!("areas: {source}") })?;
    let accepted = kept.into_iter().zip(areas).filter_map(|(feature, area)| {
        let parcel = &county.parcels[feature.parcel];
        Some(Accepted {
            at: feature.parcel,
            feature,
            parcel,
            registered_cm2: cm2(feature.registered_m2),
            area: area?,
            layer: ParcelId::parse(&parcel.id).map_or(ParcelLayer::Surface, |id| id.layer()),
            is_industrial: ["0601", "1001"].iter().any(|code| parcel.use_code.starts_with(code)),
        })
    });
    Ok(accepted.collect())
}

/// What other counties' ledgers say of enterprises that hold nothing there: it falls on what they hold here.
fn astray<'a>(county: &County<'a>) -> Vec<Yearly<'a>> {
    let year = county.parameters.pipeline.last_year();
    let kind = county.parameters.tax.kinds.first().map_or("", |kind| kind.kind.as_str());
    let members = county.register.members.iter().enumerate().filter(|(_, member)| member.is_local);
    let row = |(member, count)| Yearly { member, year, kind, count, unit: "fen", is_incomplete: false };
    members.filter_map(|(at, member)| Some((at, member.astray_fen?))).map(row).collect()
}

/// What falls on each parcel in a year and how it is judged; gives the low ones by district.
fn judge(
    county: &County<'_>,
    accepted: &[Accepted<'_>],
    held: &Held,
    (tax, energy): (&[Yearly<'_>], &[Yearly<'_>]),
    rows: &mut truth::parcel_period::Builder,
) -> BTreeMap<usize, Vec<LowLot>> {
    let year = held.year;
    let members = county.register.members.len();
    let of_year = |rows: &'_ [Yearly<'_>], row: &Yearly<'_>| -> bool { !rows.is_empty() && row.year == year };
    let astray = if year == county.parameters.pipeline.last_year() { astray(county) } else { Vec::new() };
    let taxed =
        tax.iter().filter(|row| of_year(tax, row)).chain(&astray).map(|row| (row.member, amounts::counted_fen(row)));
    let burnt = energy.iter().filter(|row| of_year(energy, row)).map(|row| (row.member, amounts::coal_g(row)));
    let fen = amounts::fallen(&held.holdings, members, taxed);
    let coal = amounts::fallen(&held.holdings, members, burnt);
    let doubts = county.doubts;
    let known = |it: &Accepted<'_>, fallen: &[Option<i64>], doubted: &BTreeSet<(usize, u16)>| {
        held.known(county, it, held.of_parcel[it.at].clone(), fallen, doubted)
    };
    let figures: Vec<_> =
        accepted.iter().map(|it| (known(it, &fen, &doubts.tax), known(it, &coal, &doubts.energy))).collect();
    let is_judged = |it: &Accepted<'_>| it.is_industrial && it.layer == ParcelLayer::Surface;
    let cases: Vec<Case> = accepted
        .iter()
        .zip(&figures)
        .filter(|(it, _)| is_judged(it))
        .map(|(it, ((fen, known), _))| Case {
            fen: fen.unwrap_or(0),
            cm2: it.land_cm2(),
            known: *known,
            is_area_doubtful: it.is_area_doubtful(),
        })
        .collect();
    let mut judgements = verdict::judge(&cases, rules(county.parameters)).into_iter();
    let mut low: BTreeMap<usize, Vec<LowLot>> = BTreeMap::new();
    for (it, (tax, energy)) in accepted.iter().zip(&figures) {
        let judgement = if is_judged(it) { judgements.next() } else { None };
        rows.parcel_id.append_value(&it.parcel.id);
        rows.period.append_value(year.to_string());
        rows.enterprises.append_value(held.of_parcel[it.at].len() as i32);
        rows.tax_fen.append_option(tax.0);
        rows.tax_completeness.append_value(tax.1.as_str());
        rows.energy_g.append_option(energy.0);
        rows.energy_completeness.append_value(energy.1.as_str());
        rows.judgement.append_option(judgement.map(Judgement::as_str));
        if judgement == Some(Judgement::Low) {
            let (district, lot) = it.parcel.place;
            low.entry(district).or_default().push((lot, it.parcel.id.clone()));
        }
    }
    low
}
