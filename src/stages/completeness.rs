//! Map over counties: what is known of each enterprise on each parcel, and whether that is all there is.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch};

use super::StageError;
use super::allocate::{Share, sum};
use super::order::{column, decimals, doubles, text, tonnes, value};
use crate::domain::{Map, Ratio, Set, SquareMetres};
use crate::policy::Known;
use crate::table::{Labels, coverage, labelled, occupant, parcel_enterprise, parcel_share, settled_mark};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 4;

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

    /// What is marked of the enterprise.
    #[must_use]
    pub fn of_enterprise(&self, uscc: &str) -> Marked<'_> {
        Marked(self.enterprises.get(uscc).map_or(&[], Vec::as_slice))
    }

    /// Whether something unknown may belong to that measure of the enterprise; `all`: to what it occupies.
    #[must_use]
    pub fn marks_enterprise(&self, uscc: &str, measure: &str, period: &str) -> bool {
        self.of_enterprise(uscc).is(measure, period)
    }

    /// Whether anything unknown may belong to the enterprise.
    #[must_use]
    pub fn are_about(&self, uscc: &str, period: &str) -> bool {
        self.of_enterprise(uscc).0.iter().any(|(_, when)| when.as_ref().is_none_or(|when| when == period))
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

/// The marks of an enterprise: measures, and the period of each that has one.
#[derive(Debug, Clone, Copy)]
pub struct Marked<'a>(&'a [(String, Option<String>)]);

impl Marked<'_> {
    /// Whether something unknown may belong to that measure.
    #[must_use]
    pub fn is(&self, measure: &str, period: &str) -> bool {
        self.0.iter().any(|(of, when)| of == measure && when.as_ref().is_none_or(|when| when == period))
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

    /// In the order of [`MEASURES`].
    const fn all(&self) -> [Share; 4] {
        [self.tax, self.equivalent, self.revenue, self.value_added]
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

/// What is allocated, as (table, input): the order of [`Shares::all`].
const MEASURES: [(&str, &str); 4] =
    [("tax", "tax"), ("energy", "energy"), ("output", "output.revenue_yuan"), ("output", "output.value_added_yuan")];

/// Puts a county's shares (`own`, and those of `strays`) beside its occupants.
///
/// # Errors
/// Never by the data.
pub fn gather(
    county: &str,
    occupants: &RecordBatch,
    shares: [&RecordBatch; 2],
    covered: &RecordBatch,
    marks: &Marks,
) -> Result<RecordBatch, StageError> {
    let rows = occupant::View::of(occupants)?;
    let shares = added(shares, occupants.num_rows())?;
    let zero = declared_zero(covered, county)?;
    // What holds of every enterprise of the county, by the code of the period.
    let absent = |period: &str| MEASURES.map(|of| Absent::of(of, county, period, &zero, marks));
    let absent: Vec<[Absent; 4]> =
        rows.period.names().iter().map(|period| absent(period.unwrap_or_default())).collect();
    let mut measured = MEASURES.map(|_| Measured::with_capacity(shares.len()));
    for (row, shares) in shares.iter().enumerate() {
        let period = rows.period.value(row);
        let marked = marks.of_enterprise(rows.uscc.value(row));
        let is_land_marked = marks.marks_parcel(rows.parcel_id.value(row), county) || marked.is("all", period);
        let absent = &absent[rows.period.code(row)];
        for (at, share) in shares.all().into_iter().enumerate() {
            let (amount, completeness) = known_of(share, absent[at], marked.is(MEASURES[at].0, period));
            measured[at].push(
                amount,
                match completeness {
                    Completeness::Complete if is_land_marked => Completeness::LowerBound,
                    _ => completeness,
                },
            );
        }
    }
    let [tax, energy, revenue, value_added] = &measured;
    let calorific = energy.amount.iter().zip(&shares);
    let calorific = calorific.map(|(known, shares)| shares.calorific.or(known.filter(|grams| *grams == 0)));
    let share = |row: usize| {
        let (own, whole) = (value(rows.occupied_cm2, row)?, rows.land_cm2.value(row));
        (whole > 0).then(|| Ratio::new(i128::from(own), i128::from(whole)).to_f64())
    };
    let newest = |(row, shares): (usize, &Shares)| {
        let ledgers = [shares.tax.delivered, shares.equivalent.delivered, shares.revenue.delivered];
        ledgers.into_iter().flatten().max().max(value(rows.delivered, row))
    };
    let own = |name| column(occupants, name);
    Ok(parcel_enterprise::Columns {
        parcel_id: own("parcel_id")?,
        uscc: own("uscc")?,
        period: own("period")?,
        county_code: own("county_code")?,
        occupied_cm2: own("occupied_cm2")?,
        occupied_mu: doubles(rows.occupied_cm2.iter().map(|cm2| Some(SquareMetres::from_cm2(cm2?).mu().0))),
        land_share: doubles((0..occupants.num_rows()).map(share)),
        tax_yuan: decimals(&tax.amount)?,
        tax_completeness: Completeness::labels(&tax.completeness),
        energy_tce_equivalent: tonnes(&energy.amount),
        energy_equivalent_g: Arc::new(Int64Array::from(energy.amount.clone())),
        energy_calorific_g: Arc::new(calorific.collect::<Int64Array>()),
        energy_completeness: Completeness::labels(&energy.completeness),
        revenue_yuan: decimals(&revenue.amount)?,
        revenue_completeness: Completeness::labels(&revenue.completeness),
        value_added_yuan: decimals(&value_added.amount)?,
        value_added_completeness: Completeness::labels(&value_added.completeness),
        delivered: Arc::new(shares.iter().enumerate().map(newest).collect::<Date32Array>()),
    }
    .finish()?)
}

/// The shares of each of a county's occupants.
fn added(shares: [&RecordBatch; 2], occupants: usize) -> Result<Vec<Shares>, StageError> {
    let mut sums = vec![Shares::default(); occupants];
    for batch in shares {
        let rows = parcel_share::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let occupant = usize::try_from(rows.occupant.value(row)).unwrap_or(usize::MAX);
            let sum = sums.get_mut(occupant).ok_or_else(|| StageError::untyped("a share is nobody's"))?;
            *sum = sum.and(Shares::of(&rows, row));
        }
    }
    Ok(sums)
}

/// What is known of a measure of each row.
#[derive(Debug)]
pub(super) struct Measured {
    pub amount: Vec<Option<i64>>,
    pub completeness: Vec<Completeness>,
}

impl Measured {
    pub fn with_capacity(rows: usize) -> Self {
        Self { amount: Vec::with_capacity(rows), completeness: Vec::with_capacity(rows) }
    }

    pub fn push(&mut self, amount: Option<i64>, completeness: Completeness) {
        self.amount.push(amount);
        self.completeness.push(completeness);
    }
}

/// Input and period.
pub(super) type Zero<'a> = Set<(&'a str, &'a str)>;

/// What it means for a county's enterprises of a period that nothing came of a ledger.
#[derive(Debug, Clone, Copy)]
pub(super) struct Absent {
    /// Zero: the county's sender declared its list complete.
    is_zero: bool,
    /// Something that names nobody may have been any's.
    is_marked: bool,
}

impl Absent {
    /// `zero` holds what the county's senders declared complete.
    pub fn of(
        (table, input): (&'static str, &'static str),
        county: &str,
        period: &str,
        zero: &Zero<'_>,
        marks: &Marks,
    ) -> Self {
        Self { is_zero: zero.contains(&(input, period)), is_marked: marks.marks_silent(county, table, period) }
    }
}

/// What is known of an enterprise's sum of a ledger, and how much of it is there.
pub(super) fn known_of(known: Share, absent: Absent, is_marked: bool) -> (Option<i64>, Completeness) {
    let is_zero = known.amount.is_none() && !known.is_open && absent.is_zero;
    let amount = if is_zero { Some(0) } else { known.amount };
    let is_marked = is_marked || (known.amount.is_none() && absent.is_marked);
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
