//! What is known of each enterprise of a county: its land there at each period's end, what its ledgers sum up to, and how much
//! of each sum is there.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::completeness::{Absent, Completeness, Marks, declared_zero, known_of};
use super::super::delivered::days;
use super::super::order::{sorted, take, text, value};
use super::belonging::{Belonging, Lands, Overlaid};
use super::groups::{Tenancies, together};
use super::links::Links;
use super::lists::Lists;
use super::periods::places;
use super::promises::{Plots, plots_under_construction, promised};
use super::sums::{Measure, Sums};
use crate::domain::{Map, Period, Ratio, Set};
use crate::policy::{LandBasis, RuleSet};
use crate::table::{
    Labels, column, enterprise, enterprise_figure, enterprise_group, enterprise_sum, labels, occupancy, occupant,
    parcel_yield,
};

/// The columns of `parcel_yield` that the stage reads.
pub const YIELD_COLUMNS: &[&str] = &["parcel_id", "period", "land_basis", "land_cm2", "is_area_doubtful"];

/// What the stage reads of a county.
pub struct Known<'a> {
    /// `occupant`.
    pub occupants: &'a RecordBatch,
    /// `occupancy`.
    pub rights: &'a RecordBatch,
    /// `parcel_yield` of its parts: [`YIELD_COLUMNS`].
    pub yields: &'a [RecordBatch],
    /// `enterprise_sum`: of its own ledgers, without strays, and what strays bring.
    pub sums: [&'a RecordBatch; 2],
    /// Who stands on which list.
    pub lists: Lists<'a>,
    /// Who belongs to whom, in the province.
    pub links: &'a Links,
    /// `project_state`.
    pub promises: &'a RecordBatch,
    /// `coverage`.
    pub covered: &'a RecordBatch,
    /// To which platforms its parcels are counted.
    pub overlaid: Overlaid<'a>,
}

/// The register of the province, sorted by enterprise: [`Register::COLUMNS`].
pub struct Register(RecordBatch);

impl Register {
    /// The columns that are read.
    pub const COLUMNS: &'static [&'static str] = &["uscc", "industry_code", "production_since"];

    /// In that batch; none: nobody is registered.
    #[must_use]
    pub fn of(batch: Option<RecordBatch>) -> Self {
        Self(batch.unwrap_or_else(|| RecordBatch::new_empty(enterprise::TABLE.schema())))
    }

    fn columns(&self) -> Result<Registered<'_>, StageError> {
        Ok(Registered {
            ids: column(&self.0, &enterprise::TABLE, "uscc")?,
            industries: labels(&self.0, &enterprise::TABLE, "industry_code")?,
            producing: column(&self.0, &enterprise::TABLE, "production_since")?,
        })
    }
}

/// The register's columns, to be looked up.
struct Registered<'a> {
    ids: &'a StringArray,
    industries: Labels<'a>,
    producing: &'a Date32Array,
}

impl<'a> Registered<'a> {
    /// Industry, and first day in production.
    fn of(&self, uscc: &str) -> (Option<&'a str>, Option<i32>) {
        let (mut from, mut to) = (0, self.ids.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            if self.ids.value(middle) < uscc { from = middle + 1 } else { to = middle }
        }
        let is_there = from < self.ids.len() && self.ids.value(from) == uscc;
        if is_there { (self.industries.get(from), value(self.producing, from)) } else { (None, None) }
    }
}

/// What is known of an enterprise in a period.
#[derive(Default)]
struct Figure<'a> {
    land: i64,
    /// Left out of it; none: no plot.
    construction: Option<i64>,
    is_land_doubtful: bool,
    owns_land: bool,
    tenants: BTreeSet<&'a str>,
    lessors: BTreeSet<&'a str>,
    lands: Lands<'a>,
    sums: Sums,
    delivered: Option<i32>,
}

/// By enterprise and place of the period among the judged ones.
type Figures<'a> = Map<(&'a str, usize), Figure<'a>>;

/// A county's figures.
pub struct Figured {
    /// `enterprise_figure`, sorted by key.
    pub figures: RecordBatch,
    /// `enterprise_group`, sorted by key.
    pub shares: RecordBatch,
}

/// The figures of a county's enterprises: of those that occupy land there at a period's end, or are named by a ledger of
/// the period and occupy none anywhere; and of the groups that the sets evaluate together.
///
/// # Errors
/// Never by the data.
pub fn figures<'a>(
    county: &str,
    all: &Known<'a>,
    register: &Register,
    marks: &Marks,
    sets: &[(Period, &RuleSet)],
) -> Result<Figured, StageError> {
    let periods: Vec<String> = sets.iter().map(|(period, _)| period.to_string()).collect();
    let mut figures = Figures::default();
    let platforms = Belonging::of(&all.overlaid, county, &periods)?;
    land(&mut figures, county, all, &platforms, marks, &periods)?;
    rights(&mut figures, all.rights, sets)?;
    for batch in all.sums {
        sums(&mut figures, batch, &periods)?;
    }
    let mut listed = all.lists.by_enterprise(&periods)?;
    let mut promised = promised(all.promises, &periods)?;
    let mut belonging = vec![BTreeMap::new(); sets.len()];
    for (at, (period, set)) in sets.iter().enumerate().filter(|(_, (_, set))| !set.together.is_empty()) {
        let there: BTreeSet<&'a str> = figures.keys().filter(|(_, of)| *of == at).map(|(uscc, _)| *uscc).collect();
        belonging[at] = all.links.belonging(&there, (county, *period), set, (all.covered, marks))?;
        // What was lost of one that is linked may have lain in this county, and would count in its group.
        for uscc in belonging[at].keys().filter(|uscc| marks.are_about(uscc, &periods[at])) {
            figures.entry((uscc, at)).or_default();
        }
    }
    let zero = declared_zero(all.covered, county)?;
    let register = register.columns()?;
    let mut out = enterprise_figure::Builder::default();
    for ((uscc, at), figure) in &figures {
        let period = periods[*at].as_str();
        let listed = listed.remove(&(*uscc, *at)).unwrap_or_default();
        let promised = promised.remove(&(*uscc, *at)).unwrap_or_default();
        let marked = marks.of_enterprise(uscc);
        let known = |which, of: (&'static str, &'static str)| {
            let absent = Absent::of(of, county, period, &zero, marks);
            known_of(figure.sums.of(which), absent, marked.is(of.0, period))
        };
        out.uscc.append_value(uscc);
        out.county_code.append_value(county);
        out.period.append_value(period);
        let (industry, producing) = register.of(uscc);
        out.industry_code.append_option(industry);
        let is_lost = promised.is_lost((uscc, county, period), marks);
        let is_land_doubtful = figure.is_land_doubtful
            || marks.marks_enterprise(uscc, "all", period)
            || promised.leaves_land_open(is_lost);
        out.land_cm2.append_value(figure.land);
        out.construction_cm2.append_value(figure.construction.unwrap_or(0));
        out.is_land_doubtful.append_value(is_land_doubtful);
        let is_built_on = (!is_land_doubtful).then_some(figure.construction.is_some() && figure.land == 0);
        promised.append(&mut out, &zero, is_lost, (is_built_on, producing, sets[*at].0.end()));
        out.owns_land.append_value(figure.owns_land);
        out.tenants.append_value(i32::try_from(figure.tenants.len()).unwrap_or(i32::MAX));
        let mut lessors = figure.lessors.iter().copied();
        out.lessor_uscc.append_option(lessors.next().filter(|_| lessors.next().is_none()));
        let [platform, micro_park] = platforms.of_enterprise(&figure.lands, sets[*at].1);
        out.platform_id.append_option(platform);
        out.micro_park_id.append_option(micro_park);
        let (tax, completeness) = known(Measure::Tax, ("tax", "tax"));
        out.tax_fen.append_option(tax);
        out.tax_completeness.append_value(completeness.as_str());
        let (energy, completeness) = known(Measure::Energy, ("energy", "energy"));
        out.energy_equivalent_g.append_option(energy);
        let electricity = figure.sums.of(Measure::Electricity).amount;
        out.electricity_wh.append_option(electricity.filter(|_| completeness != Completeness::None));
        out.energy_completeness.append_value(completeness.as_str());
        let (revenue, completeness) = known(Measure::Revenue, ("output", "output.revenue_yuan"));
        out.revenue_fen.append_option(revenue);
        out.revenue_completeness.append_value(completeness.as_str());
        let (value_added, completeness) = known(Measure::ValueAdded, ("output", "output.value_added_yuan"));
        out.value_added_fen.append_option(value_added);
        out.value_added_completeness.append_value(completeness.as_str());
        let (rd, completeness) = known(Measure::Rd, ("output", "output.rd_yuan"));
        out.rd_fen.append_option(rd);
        out.rd_completeness.append_value(completeness.as_str());
        let (staff, completeness) = known(Measure::Staff, ("output", "output.staff"));
        out.staff.append_option(staff);
        out.staff_completeness.append_value(completeness.as_str());
        let (emission, completeness) = known(Measure::Emission, ("emission", "emission"));
        out.emission_g.append_option(emission);
        out.emission_completeness.append_value(completeness.as_str());
        listed.append(&mut out, (uscc, county, period), &zero, marks);
        out.is_register_lost.append_value(marks.marks_enterprise(uscc, enterprise::TABLE.name, period));
        out.group_uscc.append_option(None::<&str>);
        out.link_standing.append_option(None::<&str>);
        out.delivered.append_option(figure.delivered.max(figure.sums.delivered));
    }
    let own = out.finish()?;
    let years = enterprise_figure::View::of(&own)?.period;
    let (mut grouped, mut shares) = (Vec::new(), Vec::new());
    for (at, (_, set)) in sets.iter().enumerate() {
        let of_year: Vec<usize> = (0..own.num_rows()).filter(|row| years.value(*row) == periods[at]).collect();
        let rows = take(&own, &of_year)?;
        if set.together.is_empty() {
            grouped.push(rows);
            continue;
        }
        let sums = together(&rows, &belonging[at], &tenancies(&figures, at), |head| register.of(head).0)?;
        grouped.push(sums.figures);
        shares.push(sums.shares);
    }
    Ok(Figured {
        figures: sorted(&enterprise_figure::TABLE.concat(&grouped)?, enterprise_figure::TABLE.key)?,
        shares: sorted(&enterprise_group::TABLE.concat(&shares)?, enterprise_group::TABLE.key)?,
    })
}

/// Who lets to whom in a period.
fn tenancies<'a>(figures: &Figures<'a>, at: usize) -> Tenancies<'a> {
    let of_period = figures.iter().filter(|((_, of), _)| *of == at);
    let both = of_period.flat_map(|((uscc, _), figure)| {
        let tenants = figure.tenants.iter().map(|tenant| (*uscc, *tenant));
        tenants.chain(figure.lessors.iter().map(|lessor| (*lessor, *uscc)))
    });
    both.collect()
}

/// What an enterprise occupies, on the set's land basis, without plots in their construction period; doubtful where a part of it is not known, or its area is.
fn land<'a>(
    figures: &mut Figures<'a>,
    county: &str,
    all: &Known<'a>,
    belonging: &Belonging<'a>,
    marks: &Marks,
    periods: &[String],
) -> Result<(), StageError> {
    let mut doubtful: Set<(&str, &str)> = Set::default();
    // Where the policy's land is not that by which occupancy is told.
    let mut measured: Map<(&str, &str), i64> = Map::default();
    for batch in all.yields {
        let ids: &StringArray = column(batch, &parcel_yield::TABLE, "parcel_id")?;
        let years = labels(batch, &parcel_yield::TABLE, "period")?;
        let is_measured = labels(batch, &parcel_yield::TABLE, "land_basis")?.standing(LandBasis::Ellipsoidal.as_str());
        let lands: &Int64Array = column(batch, &parcel_yield::TABLE, "land_cm2")?;
        let is_doubtful: &BooleanArray = column(batch, &parcel_yield::TABLE, "is_area_doubtful")?;
        for row in 0..batch.num_rows() {
            let key = (ids.value(row), years.value(row));
            if is_doubtful.value(row) {
                doubtful.insert(key);
            }
            if is_measured.at(row) {
                measured.insert(key, lands.value(row));
            }
        }
    }
    let plots: Plots<'_> = plots_under_construction(all.promises, periods)?;
    let rows = occupant::View::of(all.occupants)?;
    let places = places(rows.period, periods);
    for row in 0..all.occupants.num_rows() {
        let Some(at) = places[rows.period.code(row)] else { continue };
        let (parcel, occupied) = (rows.parcel_id.value(row), value(rows.occupied_cm2, row));
        let told = rows.land_cm2.value(row);
        let land = match measured.get(&(parcel, rows.period.value(row))) {
            Some(measured) if told > 0 => occupied.map(|land| scaled(land, *measured, told)),
            _ => occupied,
        };
        let figure = figures.entry((rows.uscc.value(row), at)).or_default();
        figure.delivered = figure.delivered.max(value(rows.delivered, row));
        // It belongs to a platform by all that it occupies.
        if !belonging.is_empty() {
            belonging.note(&mut figure.lands, parcel, at, land.unwrap_or(0));
        }
        if plots.contains(&(rows.uscc.value(row), parcel, at)) {
            figure.construction = Some(figure.construction.unwrap_or(0) + land.unwrap_or(0));
            continue;
        }
        figure.land += land.unwrap_or(0);
        figure.is_land_doubtful |= land.is_none()
            || doubtful.contains(&(parcel, rows.period.value(row)))
            || marks.marks_parcel(parcel, county);
    }
    Ok(())
}

/// Land by a parcel's measured area instead of the one it is told by, rounded to the nearest cm².
fn scaled(land: i64, measured: i64, told: i64) -> i64 {
    let exact = Ratio::new(i128::from(land) * i128::from(measured), i128::from(told));
    // No occupant has more land than a province.
    i64::try_from(exact.round().0).unwrap_or(i64::MAX)
}

/// What ledgers sum up to.
fn sums<'a>(figures: &mut Figures<'a>, batch: &'a RecordBatch, periods: &[String]) -> Result<(), StageError> {
    let rows = enterprise_sum::View::of(batch)?;
    let places = places(rows.period, periods);
    for row in (0..batch.num_rows()).filter(|row| !rows.is_stray.value(*row)) {
        let Some(at) = places[rows.period.code(row)] else { continue };
        figures.entry((rows.uscc.value(row), at)).or_default().sums.join(&Sums::at(&rows, row));
    }
    Ok(())
}

/// Who owns land, and who leases from whom.
fn rights<'a>(
    figures: &mut Figures<'a>,
    rights: &'a RecordBatch,
    sets: &[(Period, &RuleSet)],
) -> Result<(), StageError> {
    let rows = occupancy::View::of(rights)?;
    for row in 0..rights.num_rows() {
        let (uscc, lessor) = (rows.uscc.value(row), text(rows.lessor_uscc, row));
        let (from, to) = (rows.valid_from.value(row), value(rows.valid_to, row));
        for (at, (period, _)) in sets.iter().enumerate() {
            let day = days(period.end());
            if day < from || to.is_some_and(|to| to < day) {
                continue;
            }
            if let Some(occupant) = figures.get_mut(&(uscc, at)) {
                occupant.owns_land |= rows.right.value(row) == "owned";
                occupant.lessors.extend(lessor);
            }
            if let Some(lessor) = lessor.and_then(|lessor| figures.get_mut(&(lessor, at))) {
                lessor.tenants.insert(uscc);
            }
        }
    }
    Ok(())
}
