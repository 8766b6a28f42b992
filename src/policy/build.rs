//! From a file, and the set it extends, to a complete [`RuleSet`].
//!
//! A key that is not given is the parent's; `[energy]` is inherited carrier by carrier, rules by id.
//! A child replaces what it names and can drop nothing. `counties` alone is never inherited.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::NaiveDate;
use toml::Spanned;
use toml::value::Datetime;

use super::compile::{self, with_nearest};
use super::file::{CarrierFile, PolicyFile};
use super::number::{Scalar, decimal};
use super::rule::{Rule, RuleKind};
use super::set::{Blocks, Carrier, LandBasis, Occupancy, RuleSet};
use crate::document::{Document, DocumentError, nearest};
use crate::domain::unit::Dimension;
use crate::domain::{Decimal, Ratio, Unit};

/// The set of `file` (read from `document`) over `parent`.
///
/// # Errors
/// On the first thing that is wrong or missing, with its line.
pub fn build(document: &Document, file: &PolicyFile, parent: Option<&RuleSet>) -> Result<RuleSet, DocumentError> {
    let builder = Builder { document, file, parent };
    let set = RuleSet {
        id: builder.id()?,
        extends: parent.map(|parent| parent.id.clone()),
        counties: file.counties.as_ref().map(|list| builder.list("counties", list)).transpose()?,
        periods: match &file.periods {
            Some(list) => Some(builder.list("periods", list)?),
            None => parent.and_then(|parent| parent.periods.clone()),
        },
        valid_from: match &file.valid_from {
            Some(date) => builder.date("valid_from", date)?,
            None => builder.inherited("valid_from", |parent| parent.valid_from)?,
        },
        valid_to: match &file.valid_to {
            Some(date) => Some(builder.date("valid_to", date)?),
            None => parent.and_then(|parent| parent.valid_to),
        },
        illustrative: file.illustrative.unwrap_or_else(|| parent.is_some_and(|parent| parent.illustrative)),
        land_basis: builder.land_basis()?,
        industrial_codes: match &file.land.industrial_codes {
            Some(list) => {
                builder.names("industrial_codes", list, |byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())?
            }
            None => builder.inherited("[land] industrial_codes", |parent| parent.industrial_codes.clone())?,
        },
        max_area_difference: match &file.land.max_area_difference {
            Some(number) => builder.number("max_area_difference", number, "at least 0 and below 1", |x| {
                x.numerator() >= 0 && x < Ratio::ONE
            })?,
            None => builder.inherited("[land] max_area_difference", |parent| parent.max_area_difference)?,
        },
        counted_kinds: match &file.tax.counted_kinds {
            Some(list) => builder.names("counted_kinds", list, |byte| byte.is_ascii_lowercase() || byte == b'_')?,
            None => builder.inherited("[tax] counted_kinds", |parent| parent.counted_kinds.clone())?,
        },
        energy: builder.energy()?,
        occupancy: builder.occupancy()?,
        blocks: builder.blocks()?,
        rules: builder.rules()?,
    };
    if let (Some(last), Some(date)) = (set.valid_to, file.valid_to.as_ref().or(file.valid_from.as_ref()))
        && last < set.valid_from
    {
        return Err(document.error(date.span(), format!("`valid_to` {last} is before `valid_from` {}", set.valid_from)));
    }
    builder.require_bases(&set)?;
    Ok(set)
}

struct Builder<'a> {
    document: &'a Document,
    file: &'a PolicyFile,
    parent: Option<&'a RuleSet>,
}

impl Builder<'_> {
    fn id(&self) -> Result<String, DocumentError> {
        let id = self.file.id.get_ref();
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(self.document.error(self.file.id.span(), format!("`id` `{id}` is not of a-z, 0-9 and -")));
        }
        Ok(id.clone())
    }

    fn inherited<T>(&self, key: &str, of: impl Fn(&RuleSet) -> T) -> Result<T, DocumentError> {
        self.parent.map(of).ok_or_else(|| {
            let error = self.document.error(self.file.id.span(), format!("the set has no `{key}`"));
            error.hint("give it, or extend a set that has it")
        })
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
    fn list<T: FromStr<Err: ToString> + Ord>(
        &self,
        key: &str,
        list: &Spanned<Vec<Spanned<String>>>,
    ) -> Result<BTreeSet<T>, DocumentError> {
        if list.get_ref().is_empty() {
            return Err(self.document.error(list.span(), format!("`{key}` is empty")));
        }
        let mut items = BTreeSet::new();
        for text in list.get_ref() {
            let item =
                text.get_ref().parse().map_err(|error: T::Err| self.document.error(text.span(), error.to_string()))?;
            if !items.insert(item) {
                return Err(self.document.error(text.span(), format!("`{key}` lists `{}` twice", text.get_ref())));
            }
        }
        Ok(items)
    }

    fn names(
        &self,
        key: &str,
        list: &Spanned<Vec<Spanned<String>>>,
        is_allowed: impl Fn(u8) -> bool,
    ) -> Result<BTreeSet<String>, DocumentError> {
        let bad = |name: &&Spanned<String>| name.get_ref().is_empty() || !name.get_ref().bytes().all(&is_allowed);
        if let Some(name) = list.get_ref().iter().find(bad) {
            return Err(self.document.error(name.span(), format!("`{}` cannot be one of `{key}`", name.get_ref())));
        }
        self.list(key, list)
    }

    fn number(
        &self,
        key: &str,
        scalar: &Spanned<Scalar>,
        range: &str,
        is_in_range: impl Fn(Ratio) -> bool,
    ) -> Result<Decimal, DocumentError> {
        let number = decimal(self.document, key, scalar)?;
        if is_in_range(number.ratio()) {
            return Ok(number);
        }
        Err(self.document.error(scalar.span(), format!("`{key}` is {range}")))
    }

    fn land_basis(&self) -> Result<LandBasis, DocumentError> {
        let Some(text) = &self.file.land_basis else { return self.inherited("land_basis", |parent| parent.land_basis) };
        LandBasis::find(text.get_ref()).ok_or_else(|| {
            let known: Vec<_> = LandBasis::ALL.iter().map(|basis| basis.as_str()).collect();
            let message = format!("unknown land basis `{}`; it is one of {}", text.get_ref(), known.join(" "));
            with_nearest(self.document.error(text.span(), message), nearest(text.get_ref(), known))
        })
    }

    fn energy(&self) -> Result<BTreeMap<String, Carrier>, DocumentError> {
        let mut carriers = self.parent.map(|parent| parent.energy.clone()).unwrap_or_default();
        for (name, file) in &self.file.energy {
            carriers.insert(name.clone(), self.carrier(file)?);
        }
        Ok(carriers)
    }

    fn carrier(&self, file: &CarrierFile) -> Result<Carrier, DocumentError> {
        use Dimension::{Electricity, Heat, Mass, Volume};
        let text = file.unit.get_ref();
        let unit: Unit = text.parse().map_err(|error: crate::domain::unit::UnknownUnit| {
            let error = self.document.error(file.unit.span(), error.to_string());
            with_nearest(error, nearest(text, Unit::list().split(' ')))
        })?;
        if !matches!(unit.dimensions(), (Electricity | Mass | Volume | Heat, None)) {
            let error = self.document.error(file.unit.span(), format!("`{text}` measures no energy carrier"));
            return Err(error.hint("use one of kwh wan_kwh t kg m3 gj mj; what is delivered in tce needs no factor"));
        }
        let factor = |key, scalar| self.number(key, scalar, "above 0", |x| x.numerator() > 0);
        Ok(Carrier {
            unit,
            calorific_kgce: factor("calorific", &file.calorific)?,
            equivalent_kgce: factor("equivalent", &file.equivalent)?,
        })
    }

    fn occupancy(&self) -> Result<Occupancy, DocumentError> {
        let file = &self.file.occupancy;
        Ok(Occupancy {
            max_sum: match &file.max_sum {
                Some(number) => self.number("max_sum", number, "at least 1", |x| x >= Ratio::ONE)?,
                None => self.inherited("[occupancy] max_sum", |parent| parent.occupancy.max_sum)?,
            },
            min_share: match &file.min_share {
                Some(number) => {
                    self.number("min_share", number, "above 0 and at most 1", |x| x.numerator() > 0 && x <= Ratio::ONE)?
                }
                None => self.inherited("[occupancy] min_share", |parent| parent.occupancy.min_share)?,
            },
        })
    }

    fn blocks(&self) -> Result<Blocks, DocumentError> {
        let metres = |key, number: &Option<_>, of: fn(&RuleSet) -> Decimal| match number {
            Some(number) => self.number(key, number, "at least 0", |x| x.numerator() >= 0),
            None => self.inherited(&format!("[blocks] {key}"), of),
        };
        Ok(Blocks {
            gap: metres("gap_m", &self.file.blocks.gap_m, |parent| parent.blocks.gap)?,
            snap: metres("snap_m", &self.file.blocks.snap_m, |parent| parent.blocks.snap)?,
        })
    }

    fn rules(&self) -> Result<Vec<Rule>, DocumentError> {
        let mut own = BTreeMap::new();
        for file in &self.file.rules {
            let rule = compile::rule(self.document, self.file.id.get_ref(), file)?;
            if own.contains_key(&rule.id) {
                return Err(self.document.error(file.id.span(), format!("two rules with the id `{}`", rule.id)));
            }
            own.insert(rule.id.clone(), rule);
        }
        let mut rules: BTreeMap<_, _> =
            self.parent.iter().flat_map(|parent| &parent.rules).map(|rule| (rule.id.clone(), rule.clone())).collect();
        rules.append(&mut own);
        Ok(rules.into_values().collect())
    }

    /// A low-efficiency rule needs a document that sets its figure, unless the whole set is an example.
    fn require_bases(&self, set: &RuleSet) -> Result<(), DocumentError> {
        let lacks_basis = |rule: &&Rule| rule.kind == RuleKind::LowEfficiency && rule.basis.is_none();
        let Some(rule) = set.rules.iter().find(lacks_basis).filter(|_| !set.illustrative) else { return Ok(()) };
        let own = self.file.rules.iter().find(|file| *file.id.get_ref() == rule.id);
        let (span, inherited) = match own {
            Some(file) => (file.id.span(), String::new()),
            None => (self.file.id.span(), format!(", inherited from `{}`,", rule.stated_by)),
        };
        let message = format!("low_efficiency rule `{}`{inherited} has no `basis`", rule.id);
        Err(self.document.error(span, message).hint("name document and article, or mark the set illustrative = true"))
    }
}
