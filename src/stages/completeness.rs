//! Map over counties: what is known of each enterprise on each parcel, and whether that is all there is.

use arrow::array::{ArrayRef, RecordBatch};

use super::StageError;
use super::allocate::{Share, sum};
use super::order::{text, value};
use crate::domain::{Map, Ratio, Set, SquareMetres, Tce};
use crate::policy::Known;
use crate::table::{Labels, coverage, labelled, occupant, parcel_enterprise, parcel_share, settled_mark};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 3;

/// How much of a sum is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// All of it.
    Complete,
    /// At least what is published.
    LowerBound,
    /// Nothing is known.
    None,
}

impl Completeness {
    /// As published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::LowerBound => "lower_bound",
            Self::None => "none",
        }
    }

    /// How much rules know of such a sum.
    #[must_use]
    pub const fn known(self) -> Known {
        match self {
            Self::Complete => Known::Exact,
            Self::LowerBound => Known::AtLeast,
            Self::None => Known::Unknown,
        }
    }

    /// Of which rules know so much.
    #[must_use]
    pub const fn of(known: Known) -> Self {
        match known {
            Known::Exact => Self::Complete,
            Known::AtLeast => Self::LowerBound,
            Known::Unknown => Self::None,
        }
    }

    /// Of a sum: complete where all of its parts are, none where nothing is known of any.
    #[must_use]
    pub fn of_sum(mut parts: impl Iterator<Item = Self> + Clone) -> Self {
        if parts.clone().all(|part| part == Self::None) {
            Self::None
        } else if parts.all(|part| part == Self::Complete) {
            Self::Complete
        } else {
            Self::LowerBound
        }
    }

    /// Those of all rows, as published.
    #[must_use]
    pub fn labels(all: &[Self]) -> ArrayRef {
        const ALL: [Completeness; 3] = [Completeness::Complete, Completeness::LowerBound, Completeness::None];
        labelled(ALL.map(Self::as_str), all.iter().map(|one| Some(*one as usize)))
    }

    /// Those of all rows, back.
    #[must_use]
    pub fn of_labels(labels: Labels<'_>) -> Vec<Self> {
        let by_code: Vec<Self> = labels.names().iter().map(|name| Self::named(name.unwrap_or_default())).collect();
        (0..labels.len()).map(|row| by_code[labels.code(row)]).collect()
    }

    /// As published, back.
    #[must_use]
    pub fn named(text: &str) -> Self {
        match text {
            "complete" => Self::Complete,
            "lower_bound" => Self::LowerBound,
            _ => Self::None,
        }
    }
}

/// How much is known of amounts that may be negative, as value added: what is missing may be, so a part of them bounds nothing.
pub(super) fn whole(known: Vec<Known>) -> Vec<Known> {
    known.into_iter().map(|known| if known == Known::Exact { known } else { Known::Unknown }).collect()
}

/// How much is known of a quotient: a part of what stands below the line bounds nothing.
pub(super) fn quotient(above: Known, below: Known) -> Known {
    if below == Known::Exact { above } else { Known::Unknown }
}

/// Settled marks, ready to be asked.
#[derive(Debug, Default)]
pub struct Marks {
    enterprises: Map<String, Vec<(String, Option<String>)>>,
    silent: Vec<(String, Option<String>, Option<String>)>,
    parcels: Set<String>,
    counties: Set<String>,
    /// Whether some unknown thing may lie on any parcel.
    is_everywhere: bool,
}

impl Marks {
    /// The marks in `batch`.
    ///
    /// # Errors
    /// When it is no batch of settled marks.
    pub fn of(batch: &RecordBatch) -> Result<Self, StageError> {
        let rows = settled_mark::View::of(batch)?;
        let mut marks = Self::default();
        for row in 0..batch.num_rows() {
            let owned = |array| text(array, row).map(str::to_owned);
            let measure = rows.measure.value(row).to_owned();
            match (rows.scope.value(row), owned(rows.id)) {
                ("enterprise", Some(id)) => {
                    marks.enterprises.entry(id).or_default().push((measure, owned(rows.period)));
                }
                ("silent", _) => marks.silent.push((measure, owned(rows.county_code), owned(rows.period))),
                ("parcel", Some(id)) => drop(marks.parcels.insert(id)),
                _ => match owned(rows.county_code) {
                    Some(county) => drop(marks.counties.insert(county)),
                    None => marks.is_everywhere = true,
                },
            }
        }
        Ok(marks)
    }

    /// Whether something unknown may belong to that measure of the enterprise; `all`: to what it occupies.
    #[must_use]
    pub fn marks_enterprise(&self, uscc: &str, measure: &str, period: &str) -> bool {
        let is_of =
            |(of, when): &(String, Option<String>)| of == measure && when.as_ref().is_none_or(|when| when == period);
        self.enterprises.get(uscc).is_some_and(|marks| marks.iter().any(is_of))
    }

    /// Whether anything unknown may belong to the enterprise.
    #[must_use]
    pub fn are_about(&self, uscc: &str, period: &str) -> bool {
        let is_of = |(_, when): &(String, Option<String>)| when.as_ref().is_none_or(|when| when == period);
        self.enterprises.get(uscc).is_some_and(|marks| marks.iter().any(is_of))
    }

    pub(super) fn marks_silent(&self, county: &str, measure: &str, period: &str) -> bool {
        self.silent.iter().any(|(of, place, when)| {
            of == measure
                && place.as_ref().is_none_or(|place| place == county)
                && when.as_ref().is_none_or(|when| when == period)
        })
    }

    /// Whether something unknown may lie on the parcel itself.
    #[must_use]
    pub fn marks_parcel(&self, parcel: &str, county: &str) -> bool {
        self.is_everywhere || self.counties.contains(county) || self.parcels.contains(parcel)
    }
}

/// What an occupant's shares say.
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    tax: Share,
    equivalent: Share,
    calorific: Option<i64>,
    revenue: Share,
    value_added: Share,
}

impl Shares {
    fn of(rows: &parcel_share::View<'_>, row: usize) -> Self {
        Self {
            tax: Share {
                amount: value(rows.tax_fen, row),
                is_open: rows.tax_is_open.value(row),
                delivered: value(rows.tax_delivered, row),
            },
            equivalent: Share {
                amount: value(rows.energy_equivalent_g, row),
                is_open: rows.energy_is_open.value(row),
                delivered: value(rows.energy_delivered, row),
            },
            calorific: value(rows.energy_calorific_g, row),
            revenue: Share {
                amount: value(rows.revenue_fen, row),
                is_open: rows.revenue_is_open.value(row),
                delivered: value(rows.output_delivered, row),
            },
            value_added: Share {
                amount: value(rows.value_added_fen, row),
                is_open: rows.value_added_is_open.value(row),
                delivered: value(rows.output_delivered, row),
            },
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            tax: self.tax.and(other.tax),
            equivalent: self.equivalent.and(other.equivalent),
            calorific: sum(self.calorific, other.calorific),
            revenue: self.revenue.and(other.revenue),
            value_added: self.value_added.and(other.value_added),
        }
    }
}

/// Parcel, enterprise, period.
type Key<'a> = (&'a str, &'a str, &'a str);

/// Puts a county's shares (`own`, one for each occupant, and those of `strays`) beside its occupants.
///
/// # Errors
/// Never by the data.
pub fn gather(
    county: &str,
    occupants: &RecordBatch,
    own: &RecordBatch,
    strays: &RecordBatch,
    covered: &RecordBatch,
    marks: &Marks,
) -> Result<RecordBatch, StageError> {
    let (own, stray) = (parcel_share::View::of(own)?, parcel_share::View::of(strays)?);
    let strays: Map<Key<'_>, usize> = (0..strays.num_rows())
        .map(|row| ((stray.parcel_id.value(row), stray.uscc.value(row), stray.period.value(row)), row))
        .collect();
    let zero = declared_zero(covered, county)?;
    let rows = occupant::View::of(occupants)?;
    let mut out = parcel_enterprise::Builder::default();
    for row in 0..occupants.num_rows() {
        let (parcel, uscc, period) = (rows.parcel_id.value(row), rows.uscc.value(row), rows.period.value(row));
        let elsewhere = if strays.is_empty() { None } else { strays.get(&(parcel, uscc, period)) };
        let shares = elsewhere.map_or_else(Shares::default, |row| Shares::of(&stray, *row)).and(Shares::of(&own, row));
        let is_parcel_marked = marks.marks_parcel(parcel, county);
        let is_land_marked = is_parcel_marked || marks.marks_enterprise(uscc, "all", period);
        let judge = |table: &str, input: &str, known: Share| {
            let (amount, completeness) = known_of(known, (table, input), (uscc, county, period), &zero, marks);
            match completeness {
                Completeness::Complete if is_land_marked => (amount, Completeness::LowerBound),
                _ => (amount, completeness),
            }
        };
        let (tax, tax_completeness) = judge("tax", "tax", shares.tax);
        let (equivalent, energy_completeness) = judge("energy", "energy", shares.equivalent);
        let (revenue, revenue_completeness) = judge("output", "output.revenue_yuan", shares.revenue);
        let (value_added, value_added_completeness) = judge("output", "output.value_added_yuan", shares.value_added);
        let calorific = shares.calorific.or(equivalent.filter(|grams| *grams == 0));
        let occupied = value(rows.occupied_cm2, row);
        let share = occupied.filter(|_| rows.land_cm2.value(row) > 0);
        let share = share.map(|own| Ratio::new(i128::from(own), i128::from(rows.land_cm2.value(row))).to_f64());
        let newest = [shares.tax.delivered, shares.equivalent.delivered, shares.revenue.delivered];
        let newest = newest.into_iter().chain([value(rows.delivered, row)]);
        out.parcel_id.append_value(parcel);
        out.uscc.append_value(uscc);
        out.period.append_value(period);
        out.county_code.append_value(county);
        out.occupied_cm2.append_option(occupied);
        out.occupied_mu.append_option(occupied.map(|cm2| SquareMetres::from_cm2(cm2).mu().0));
        out.land_share.append_option(share);
        out.tax_yuan.append_option(tax.map(i128::from));
        out.tax_completeness.append_value(tax_completeness.as_str());
        out.energy_tce_equivalent.append_option(equivalent.map(|grams| Tce::from_grams(grams).tonnes()));
        out.energy_equivalent_g.append_option(equivalent);
        out.energy_calorific_g.append_option(calorific);
        out.energy_completeness.append_value(energy_completeness.as_str());
        out.revenue_yuan.append_option(revenue.map(i128::from));
        out.revenue_completeness.append_value(revenue_completeness.as_str());
        out.value_added_yuan.append_option(value_added.map(i128::from));
        out.value_added_completeness.append_value(value_added_completeness.as_str());
        out.delivered.append_option(newest.flatten().max());
    }
    Ok(out.finish()?)
}

/// Input and period.
pub(super) type Zero<'a> = Set<(&'a str, &'a str)>;

/// What is known of an enterprise's sum of a ledger, and how much of it is there. `zero` holds what the county's senders
/// declared complete.
pub(super) fn known_of(
    known: Share,
    (table, input): (&str, &str),
    (uscc, county, period): (&str, &str, &str),
    zero: &Zero<'_>,
    marks: &Marks,
) -> (Option<i64>, Completeness) {
    let is_zero = known.amount.is_none() && !known.is_open && zero.contains(&(input, period));
    let amount = if is_zero { Some(0) } else { known.amount };
    let is_marked = marks.marks_enterprise(uscc, table, period)
        || (known.amount.is_none() && marks.marks_silent(county, table, period));
    let completeness = match amount {
        None => Completeness::None,
        Some(_) if known.is_open || is_marked => Completeness::LowerBound,
        Some(_) => Completeness::Complete,
    };
    (amount, completeness)
}

/// The inputs and periods (`""` of one without) for which the county's sender declared its list complete and delivered
/// something.
pub(super) fn declared_zero<'a>(covered: &'a RecordBatch, county: &str) -> Result<Zero<'a>, StageError> {
    let rows = coverage::View::of(covered)?;
    let declared = (0..covered.num_rows()).filter(|row| {
        rows.absent_is_zero.value(*row) && rows.county_code.value(*row) == county && rows.rows.value(*row) > 0
    });
    Ok(declared.map(|row| (rows.input.value(row), text(rows.period, row).unwrap_or_default())).collect())
}
