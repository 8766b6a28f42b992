//! The keys and tables of a set, each read from its file or taken from the set it extends.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::str::FromStr;

use chrono::NaiveDate;
use toml::Spanned;
use toml::value::Datetime;

use super::file::{CarrierFile, PolicyFile, ZonesFile};
use super::number::{Scalar, within};
use super::set::{Blocks, Carrier, LandBasis, Occupancy, Parent, RuleSet};
use super::terms::known_unit;
use super::zones::Assignment;
use crate::document::{Document, DocumentError, Faults, complete, nearest};
use crate::domain::unit::Dimension;
use crate::domain::{Decimal, Ratio};
use crate::table::delivery::{LINK_KINDS, TAX_KINDS, ZONE_KINDS};

/// A file, and what it extends.
pub struct Sections<'a> {
    pub document: &'a Document,
    pub file: &'a PolicyFile,
    pub parent: Parent<'a>,
}

impl Sections<'_> {
    pub fn id(&self) -> Result<String, DocumentError> {
        let id = self.file.id.get_ref();
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(self.document.error(self.file.id.span(), format!("`id` `{id}` is not of a-z, 0-9 and -")));
        }
        Ok(id.clone())
    }

    /// What is given, read by `read`; else the parent's.
    fn given<X, T, E: Into<Faults>>(
        &self,
        key: &str,
        value: Option<&X>,
        read: impl FnOnce(&X) -> Result<T, E>,
        of: impl FnOnce(&RuleSet) -> T,
    ) -> Result<T, Faults> {
        match (value, self.parent) {
            (Some(value), _) => read(value).map_err(Into::into),
            (None, Parent::Set(parent)) => Ok(of(parent)),
            (None, Parent::Broken) => Err(Faults::default()),
            (None, Parent::None) => {
                let fault = self.document.error(self.file.id.span(), format!("the set has no `{key}`"));
                Err(fault.hint("give it, or extend a set that has it").into())
            }
        }
    }

    pub fn valid_from(&self) -> Result<NaiveDate, Faults> {
        let given = self.file.valid_from.as_ref();
        self.given("valid_from", given, |date| self.date("valid_from", date), |parent| parent.valid_from)
    }

    pub fn valid_to(&self) -> Result<Option<NaiveDate>, DocumentError> {
        match &self.file.valid_to {
            Some(date) => self.date("valid_to", date).map(Some),
            None => Ok(self.parent.set().and_then(|parent| parent.valid_to)),
        }
    }

    fn date(&self, key: &str, date: &Spanned<Datetime>) -> Result<NaiveDate, DocumentError> {
        let refuse = || self.document.error(date.span(), format!("`{key}` is a date without time, as 2023-03-15"));
        match date.get_ref() {
            Datetime { date: Some(day), time: None, offset: None } => {
                NaiveDate::from_ymd_opt(i32::from(day.year), u32::from(day.month), u32::from(day.day))
                    .ok_or_else(refuse)
            }
            _ => Err(refuse()),
        }
    }

    /// A list that is not empty and repeats nothing.
    pub fn list<T: FromStr<Err: ToString> + Ord>(
        &self,
        key: &str,
        list: &Spanned<Vec<Spanned<String>>>,
    ) -> Result<BTreeSet<T>, Faults> {
        let mut faults = Faults::default();
        let mut items = BTreeSet::new();
        if list.get_ref().is_empty() {
            faults.add(self.document.error(list.span(), format!("`{key}` is empty")));
        }
        for text in list.get_ref() {
            let parsed = text.get_ref().parse().map_err(|error: T::Err| error.to_string());
            let added = parsed.and_then(|item| {
                let twice = || format!("`{key}` lists `{}` twice", text.get_ref());
                items.insert(item).then_some(()).ok_or_else(twice)
            });
            faults.keep(added.map_err(|message| self.document.error(text.span(), message)));
        }
        faults.or(items)
    }

    fn names(
        &self,
        key: &str,
        list: &Spanned<Vec<Spanned<String>>>,
        is_allowed: impl Fn(u8) -> bool,
    ) -> Result<BTreeSet<String>, Faults> {
        let mut faults = Faults::default();
        let bad = |name: &&Spanned<String>| name.get_ref().is_empty() || !name.get_ref().bytes().all(&is_allowed);
        for name in list.get_ref().iter().filter(bad) {
            let message = format!("`{}` cannot be one of `{key}`", name.get_ref());
            faults.add(self.document.error(name.span(), message));
        }
        let names = faults.keep(self.list(key, list));
        faults.or(names)
    }

    pub fn land_basis(&self) -> Result<LandBasis, Faults> {
        let read = |text: &Spanned<String>| {
            LandBasis::find(text.get_ref()).ok_or_else(|| {
                let known: Vec<_> = LandBasis::ALL.iter().map(|basis| basis.as_str()).collect();
                let message = format!("unknown land basis `{}`; it is one of {}", text.get_ref(), known.join(" "));
                self.document.error(text.span(), message).did_you_mean(nearest(text.get_ref(), known))
            })
        };
        self.given("land_basis", self.file.land_basis.as_ref(), read, |parent| parent.land_basis)
    }

    /// Kinds of links that are evaluated together; an empty list takes out the parent's.
    pub fn together(&self) -> Result<BTreeSet<String>, Faults> {
        let Some(list) = &self.file.together else {
            return Ok(self.parent.set().map(|parent| parent.together.clone()).unwrap_or_default());
        };
        if list.get_ref().is_empty() {
            return Ok(BTreeSet::new());
        }
        self.listed("together", list, "links", LINK_KINDS)
    }

    /// A list of what is among `known`.
    fn listed(
        &self,
        key: &str,
        list: &Spanned<Vec<Spanned<String>>>,
        what: &str,
        known: &[&str],
    ) -> Result<BTreeSet<String>, Faults> {
        let mut faults = Faults::default();
        for kind in list.get_ref().iter().filter(|kind| !known.contains(&kind.get_ref().as_str())) {
            let message = format!("no {what} of kind `{}`; kinds are {}", kind.get_ref(), known.join(" "));
            let near = nearest(kind.get_ref(), known.iter().copied());
            faults.add(self.document.error(kind.span(), message).did_you_mean(near));
        }
        let kinds = faults.keep(self.list(key, list));
        faults.or(kinds)
    }

    pub fn industrial_codes(&self) -> Result<BTreeSet<String>, Faults> {
        let is_allowed = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        let read = |list: &_| self.names("industrial_codes", list, is_allowed);
        let given = self.file.land.industrial_codes.as_ref();
        self.given("[land] industrial_codes", given, read, |parent| parent.industrial_codes.clone())
    }

    pub fn max_area_difference(&self) -> Result<Decimal, Faults> {
        let in_range = |x: Ratio| x.numerator() >= 0 && x < Ratio::ONE;
        let given = self.file.land.max_area_difference.as_ref();
        self.number("land", "max_area_difference", given, "at least 0 and below 1", in_range, |parent| {
            parent.max_area_difference
        })
    }

    pub fn counted_kinds(&self) -> Result<BTreeSet<String>, Faults> {
        // A misspelt kind would leave its tax uncounted, which counts against everybody.
        let read = |list: &_| self.listed("counted_kinds", list, "tax", TAX_KINDS);
        let given = self.file.tax.counted_kinds.as_ref();
        self.given("[tax] counted_kinds", given, read, |parent| parent.counted_kinds.clone())
    }

    /// A number of a table.
    fn number(
        &self,
        table: &str,
        key: &str,
        number: Option<&Spanned<Scalar>>,
        range: &str,
        in_range: impl Fn(Ratio) -> bool,
        of: impl FnOnce(&RuleSet) -> Decimal,
    ) -> Result<Decimal, Faults> {
        let read = |number: &_| within(self.document, key, number, range, in_range);
        self.given(&format!("[{table}] {key}"), number, read, of)
    }

    /// A table's entries over those of the parent, each read by `read`.
    fn entries<F, T: Clone>(
        &self,
        file: impl IntoIterator<Item = (String, F)>,
        of: impl FnOnce(&RuleSet) -> &BTreeMap<String, T>,
        read: impl Fn(&str, F) -> Result<T, Faults>,
    ) -> Result<BTreeMap<String, T>, Faults> {
        let mut entries = self.parent.set().map(of).cloned().unwrap_or_default();
        let own = file.into_iter().map(|(name, entry)| read(&name, entry).map(|entry| (name, entry)));
        entries.extend(Faults::all(own)?);
        Ok(entries)
    }

    pub fn energy(&self) -> Result<BTreeMap<String, Carrier>, Faults> {
        let own = self.file.energy.iter().map(|(name, file)| (name.clone(), file));
        self.entries(own, |parent| &parent.energy, |name, file| self.carrier(name, file))
    }

    pub fn emission(&self) -> Result<BTreeMap<String, Decimal>, Faults> {
        let own = self.file.emission.iter().map(|(name, file)| (name.clone(), &file.weight));
        self.entries(
            own,
            |parent| &parent.emission,
            |name, weight| {
                let mut faults = Faults::default();
                faults.keep(self.check_name("pollutant", name, weight.span()));
                // With 0 a child takes out what its parent counts.
                let weight = faults.keep(within(self.document, "weight", weight, "at least 0", |x| x.numerator() >= 0));
                faults.or(weight)
            },
        )
    }

    /// Ledgers write the name of a carrier or pollutant: it is a plain one.
    fn check_name(&self, what: &str, name: &str, span: Range<usize>) -> Result<(), DocumentError> {
        if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            return Ok(());
        }
        Err(self.document.error(span, format!("{what} `{name}` is not of a-z, 0-9 and _")))
    }

    fn carrier(&self, name: &str, file: &CarrierFile) -> Result<Carrier, Faults> {
        use Dimension::{Electricity, Heat, Mass, Volume};
        let unit = known_unit(self.document, &file.unit).and_then(|unit| {
            if matches!(unit.dimensions(), (Electricity | Mass | Volume | Heat, None)) {
                return Ok(unit);
            }
            let message = format!("`{}` measures no energy carrier", file.unit.get_ref());
            let fault = self.document.error(file.unit.span(), message);
            Err(fault.hint("use one of kwh wan_kwh t kg m3 gj mj; what is delivered in tce needs no factor"))
        });
        let factor = |key, scalar| within(self.document, key, scalar, "above 0", |x| x.numerator() > 0);
        let mut faults = Faults::default();
        faults.keep(self.check_name("carrier", name, file.unit.span()));
        let carrier = faults.keep(complete!(Carrier {
            unit: unit,
            calorific_kgce: factor("calorific", &file.calorific),
            equivalent_kgce: factor("equivalent", &file.equivalent),
        }));
        faults.or(carrier)
    }

    pub fn occupancy(&self) -> Result<Occupancy, Faults> {
        let file = &self.file.occupancy;
        let is_share = |x: Ratio| x.numerator() > 0 && x <= Ratio::ONE;
        let number = |key, number, range, in_range: fn(Ratio) -> bool, of: fn(&RuleSet) -> Decimal| {
            self.number("occupancy", key, number, range, in_range, of)
        };
        complete!(Occupancy {
            max_sum: number(
                "max_sum",
                file.max_sum.as_ref(),
                "at least 1",
                |x| x >= Ratio::ONE,
                |parent| { parent.occupancy.max_sum }
            ),
            min_share: number("min_share", file.min_share.as_ref(), "above 0 and at most 1", is_share, |parent| {
                parent.occupancy.min_share
            }),
        })
    }

    pub fn blocks(&self) -> Result<Blocks, Faults> {
        let metres = |key, number, of: fn(&RuleSet) -> Decimal| {
            self.number("blocks", key, number, "at least 0", |x| x.numerator() >= 0, of)
        };
        complete!(Blocks {
            gap: metres("gap_m", self.file.blocks.gap_m.as_ref(), |parent| parent.blocks.gap),
            snap: metres("snap_m", self.file.blocks.snap_m.as_ref(), |parent| parent.blocks.snap),
        })
    }

    pub fn zones(&self) -> Result<BTreeMap<String, Assignment>, Faults> {
        let own = self.file.zones.iter().map(|(kind, file)| (kind.get_ref().clone(), (kind, file)));
        self.entries(own, |parent| &parent.zones, |_, (kind, file)| self.assignment(kind, file))
    }

    fn assignment(&self, kind: &Spanned<String>, file: &ZonesFile) -> Result<Assignment, Faults> {
        let mut faults = Faults::default();
        if !ZONE_KINDS.contains(&kind.get_ref().as_str()) {
            let message =
                format!("no zones of kind `{kind}`; kinds are {}", ZONE_KINDS.join(" "), kind = kind.get_ref());
            let near = nearest(kind.get_ref(), ZONE_KINDS.iter().copied());
            faults.add(self.document.error(kind.span(), message).did_you_mean(near));
        }
        if file.min_parcel_share.is_none() && file.min_zone_share.is_none() {
            let fault = self.document.error(kind.span(), format!("`[zones.{}]` has no threshold", kind.get_ref()));
            faults.add(fault.hint("give min_parcel_share, min_zone_share or both: one of them is enough for a parcel"));
        }
        let share = |key, number: &Option<_>| {
            let in_range = |x: Ratio| x.numerator() > 0 && x <= Ratio::ONE;
            let number = number.as_ref();
            number.map(|number| within(self.document, key, number, "above 0 and at most 1", in_range)).transpose()
        };
        let assignment = faults.keep(complete!(Assignment {
            min_parcel_share: share("min_parcel_share", &file.min_parcel_share),
            min_zone_share: share("min_zone_share", &file.min_zone_share),
            classes: Ok::<_, Faults>(file.classes.clone()),
        }));
        faults.or(assignment)
    }
}
