//! A rule set: everything that policy decides for the counties and periods it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;

use super::evaluation::{Evaluation, Subject};
use super::place::Place;
use super::rule::Rule;
use super::zones::Assignment;
use crate::domain::{Decimal, Period, Ratio, Unit};

/// A complete set: its own file over those it extends.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// Its name.
    pub id: String,
    /// The set it extends.
    pub extends: Option<String>,
    /// Where it holds; none: everywhere.
    pub counties: Option<BTreeSet<Place>>,
    /// What it judges; none: every period.
    pub periods: Option<BTreeSet<Period>>,
    /// First day as law.
    pub valid_from: NaiveDate,
    /// Last day as law; none: open.
    pub valid_to: Option<NaiveDate>,
    /// Whether its figures are an example (示例标准).
    pub illustrative: bool,
    /// Which area a parcel is judged by.
    pub land_basis: LandBasis,
    /// Kinds of links by which enterprises are evaluated together; empty: each by itself.
    pub together: BTreeSet<String>,
    /// Use codes of industrial land; see [`RuleSet::is_industrial`].
    pub industrial_codes: BTreeSet<String>,
    /// |registered − measured| / measured, above which yield rules are not judged on a parcel.
    pub max_area_difference: Decimal,
    /// Kinds of tax that count as yield; see [`RuleSet::counts`].
    pub counted_kinds: BTreeSet<String>,
    /// Factors of standard coal, by carrier; empty where the set judges no energy.
    pub energy: BTreeMap<String, Carrier>,
    /// What a tonne of each pollutant counts in the sum of emissions; others are not counted.
    pub emission: BTreeMap<String, Decimal>,
    /// How occupancy is weighed.
    pub occupancy: Occupancy,
    /// How blocks are cut.
    pub blocks: Blocks,
    /// How parcels are counted to zones, by kind; kinds that are missing count none.
    pub zones: BTreeMap<String, Assignment>,
    /// Its rules, in order of their ids.
    pub rules: Vec<Rule>,
    /// The groups in which enterprises are evaluated, in order of their ids; empty where the set evaluates nobody.
    pub evaluations: Vec<Evaluation>,
    /// Likewise those in which platforms and micro-parks are evaluated.
    pub platforms: Vec<Evaluation>,
}

/// The set that a file extends.
#[derive(Debug, Clone, Copy)]
pub enum Parent<'a> {
    /// It extends none.
    None,
    /// One that cannot be read: its mistakes are told, and what it would give is not missed.
    Broken,
    /// This one.
    Set(&'a RuleSet),
}

impl<'a> Parent<'a> {
    /// The set, if there is one that can be read.
    #[must_use]
    pub const fn set(self) -> Option<&'a RuleSet> {
        match self {
            Self::Set(set) => Some(set),
            Self::None | Self::Broken => None,
        }
    }
}

/// The area a parcel is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LandBasis {
    /// The area on its certificate, else the ellipsoidal one.
    Registered,
    /// The ellipsoidal area.
    Ellipsoidal,
    /// The sum of what its enterprises occupy.
    Occupied,
}

/// Factors of one energy carrier (GB/T 2589).
#[derive(Debug, Clone, Copy)]
pub struct Carrier {
    /// The unit its factors are stated in.
    pub unit: Unit,
    /// 当量值, kgce per unit, as written.
    pub calorific_kgce: Decimal,
    /// 等价值, kgce per unit, as written.
    pub equivalent_kgce: Decimal,
}

/// `[occupancy]`
#[derive(Debug, Clone, Copy)]
pub struct Occupancy {
    /// Occupied land over the parcel's land, above which it is an issue and scaled down; at least 1.
    pub max_sum: Decimal,
    /// Share of a parcel, for an enterprise's finding to reach it; in (0, 1].
    pub min_share: Decimal,
}

/// `[blocks]`
#[derive(Debug, Clone, Copy)]
pub struct Blocks {
    /// Widest gap between neighbours, metres.
    pub gap: Decimal,
    /// Cleaning of the published outline, metres.
    pub snap: Decimal,
}

impl Blocks {
    /// Widest gap between neighbours, metres.
    #[must_use]
    pub fn gap_m(&self) -> f64 {
        self.gap.ratio().to_f64()
    }

    /// Cleaning of the published outline, metres.
    #[must_use]
    pub fn snap_m(&self) -> f64 {
        self.snap.ratio().to_f64()
    }
}

impl Carrier {
    /// 当量值: grams of standard coal per smallest unit of the carrier's dimension (Wh, g, dm³, kJ).
    #[must_use]
    pub fn calorific(&self) -> Ratio {
        self.grams_per_smallest(self.calorific_kgce)
    }

    /// 等价值: grams of standard coal per smallest unit of the carrier's dimension (Wh, g, dm³, kJ).
    #[must_use]
    pub fn equivalent(&self) -> Ratio {
        self.grams_per_smallest(self.equivalent_kgce)
    }

    fn grams_per_smallest(&self, kgce: Decimal) -> Ratio {
        let grams = kgce.ratio().times(Ratio::new(1000, 1));
        // A unit's size is never zero.
        self.unit.size().inverse().map_or(grams, |per_smallest| grams.times(per_smallest))
    }
}

impl LandBasis {
    /// Every basis.
    pub const ALL: &[Self] = &[Self::Registered, Self::Ellipsoidal, Self::Occupied];

    /// As written and published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Ellipsoidal => "ellipsoidal",
            Self::Occupied => "occupied",
        }
    }

    /// The basis written so.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|basis| basis.as_str() == text)
    }
}

impl fmt::Display for LandBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RuleSet {
    /// Whether land of that use is industrial: the code is listed, or is a finer class of a listed one
    /// (`100101` under `1001`). A listed finer class does not take in its coarser one.
    #[must_use]
    pub fn is_industrial(&self, use_code: &str) -> bool {
        self.industrial_codes.iter().any(|listed| use_code.starts_with(listed.as_str()))
    }

    /// Whether a kind of tax counts as yield.
    #[must_use]
    pub fn counts(&self, kind: &str) -> bool {
        self.counted_kinds.contains(kind)
    }

    /// The rule of that id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The evaluation of that id.
    #[must_use]
    pub fn evaluation(&self, id: &str) -> Option<&Evaluation> {
        self.all_evaluations().find(|evaluation| evaluation.id == id)
    }

    /// The groups in which that subject is evaluated.
    #[must_use]
    pub fn groups(&self, subject: Subject) -> &[Evaluation] {
        match subject {
            Subject::Enterprise => &self.evaluations,
            Subject::Platform => &self.platforms,
        }
    }

    /// The evaluations of all subjects.
    pub fn all_evaluations(&self) -> impl Iterator<Item = &Evaluation> {
        self.evaluations.iter().chain(&self.platforms)
    }

    /// Whether it is law on that day.
    #[must_use]
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// What a reader of results of that day must know: that the set is an example, or no longer law.
    #[must_use]
    pub fn note(&self, as_of: NaiveDate) -> Option<String> {
        let example = self.illustrative.then(|| format!("{}：示例标准 (its figures are an example)", self.id));
        let lapsed = self.valid_to.filter(|last| as_of > *last);
        let lapsed = lapsed.map(|last| format!("{}：已于 {last} 失效 (lapsed; it still judges its periods)", self.id));
        let notes: Vec<_> = example.into_iter().chain(lapsed).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}
