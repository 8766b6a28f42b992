//! From a file, and the set it extends, to a complete [`RuleSet`].
//!
//! A key that is not given is the parent's; `[energy]`, `[emission]` and `[zones]` are inherited carrier by carrier, pollutant by
//! pollutant and kind by kind, rules and evaluations by id.
//! A child replaces what it names and can drop nothing. `counties` alone is never inherited: a child
//! without them holds everywhere. A parent is a complete set itself.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::NaiveDate;
use toml::Spanned;
use toml::value::Datetime;

use super::compile::{self, with_nearest};
use super::evaluation::evaluations;
use super::file::{CarrierFile, PolicyFile};
use super::number::{Scalar, within};
use super::rule::{Rule, RuleKind};
use super::set::{Blocks, Carrier, LandBasis, Occupancy, RuleSet};
use super::zones::Assignment;
use crate::document::{Document, DocumentError, nearest};
use crate::domain::unit::{Dimension, UnknownUnit};
use crate::domain::{Decimal, Ratio, Unit};
use crate::table::delivery::ZONE_KINDS;

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
        emission: builder.emission()?,
        occupancy: builder.occupancy()?,
        blocks: builder.blocks()?,
        zones: builder.zones()?,
        rules: builder.rules()?,
        evaluations: evaluations(
            document,
            file.id.get_ref(),
            &file.evaluations,
            parent.map_or(&[], |parent| &parent.evaluations),
        )?,
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
        within(self.document, key, scalar, range, is_in_range)
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
            self.check_name("carrier", name, file.unit.span())?;
            carriers.insert(name.clone(), self.carrier(file)?);
        }
        Ok(carriers)
    }

    fn emission(&self) -> Result<BTreeMap<String, Decimal>, DocumentError> {
        let mut weights = self.parent.map(|parent| parent.emission.clone()).unwrap_or_default();
        for (name, file) in &self.file.emission {
            self.check_name("pollutant", name, file.weight.span())?;
            // With 0 a child takes out what its parent counts.
            let weight = self.number("weight", &file.weight, "at least 0", |x| x.numerator() >= 0)?;
            weights.insert(name.clone(), weight);
        }
        Ok(weights)
    }

    /// Ledgers write the name of a carrier or pollutant: it is a plain one.
    fn check_name(&self, what: &str, name: &str, span: std::ops::Range<usize>) -> Result<(), DocumentError> {
        if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            return Ok(());
        }
        Err(self.document.error(span, format!("{what} `{name}` is not of a-z, 0-9 and _")))
    }

    fn carrier(&self, file: &CarrierFile) -> Result<Carrier, DocumentError> {
        use Dimension::{Electricity, Heat, Mass, Volume};
        let text = file.unit.get_ref();
        let unit: Unit = text.parse().map_err(|error: UnknownUnit| {
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

    fn zones(&self) -> Result<BTreeMap<String, Assignment>, DocumentError> {
        let mut zones = self.parent.map(|parent| parent.zones.clone()).unwrap_or_default();
        for (kind, file) in &self.file.zones {
            if !ZONE_KINDS.contains(&kind.get_ref().as_str()) {
                let message =
                    format!("no zones of kind `{kind}`; kinds are {}", ZONE_KINDS.join(" "), kind = kind.get_ref());
                let near = nearest(kind.get_ref(), ZONE_KINDS.iter().copied());
                return Err(with_nearest(self.document.error(kind.span(), message), near));
            }
            let share = |key, number: &Option<_>| {
                let number = number.as_ref();
                let in_range = |x: Ratio| x.numerator() > 0 && x <= Ratio::ONE;
                number.map(|number| self.number(key, number, "above 0 and at most 1", in_range)).transpose()
            };
            let assignment = Assignment {
                min_parcel_share: share("min_parcel_share", &file.min_parcel_share)?,
                min_zone_share: share("min_zone_share", &file.min_zone_share)?,
                classes: file.classes.clone(),
            };
            if assignment.min_parcel_share.is_none() && assignment.min_zone_share.is_none() {
                let message = format!("`[zones.{}]` has no threshold", kind.get_ref());
                let error = self.document.error(kind.span(), message);
                return Err(
                    error.hint("give min_parcel_share, min_zone_share or both: one of them is enough for a parcel")
                );
            }
            zones.insert(kind.get_ref().clone(), assignment);
        }
        Ok(zones)
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

    /// A low-efficiency rule and an evaluation need a document that sets their figures, unless the whole set is an example.
    fn require_bases(&self, set: &RuleSet) -> Result<(), DocumentError> {
        if set.illustrative {
            return Ok(());
        }
        let lacks_basis = |rule: &&Rule| rule.kind == RuleKind::LowEfficiency && rule.basis.is_none();
        if let Some(rule) = set.rules.iter().find(lacks_basis) {
            let own = self.file.rules.iter().map(|file| &file.id).find(|id| *id.get_ref() == rule.id);
            return Err(self.no_basis("low_efficiency rule", own, &rule.id, &rule.stated_by));
        }
        if let Some(one) = set.evaluations.iter().find(|one| one.basis.is_none()) {
            let own = self.file.evaluations.iter().map(|file| &file.id).find(|id| *id.get_ref() == one.id);
            return Err(self.no_basis("evaluation", own, &one.id, &one.stated_by));
        }
        Ok(())
    }

    fn no_basis(&self, what: &str, own: Option<&Spanned<String>>, id: &str, stated_by: &str) -> DocumentError {
        let (span, inherited) = match own {
            Some(id) => (id.span(), String::new()),
            None => (self.file.id.span(), format!(", inherited from `{stated_by}`,")),
        };
        let error = self.document.error(span, format!("{what} `{id}`{inherited} has no `basis`"));
        error.hint("name document and article, or mark the set illustrative = true")
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{BASE, line_of, rule_text, set, told};
    use super::*;

    #[test]
    fn a_complete_set_is_read_exactly() {
        let set = set(BASE, None).unwrap();
        assert_eq!(set.land_basis, LandBasis::Registered);
        assert_eq!(set.max_area_difference.ratio(), Ratio::new(1, 20));
        assert_eq!((set.blocks.gap_m(), set.blocks.snap_m()), (20.0, 0.002));
        // 0.1229 kgce/kWh = 0.1229 g/Wh.
        assert_eq!(set.energy["electricity"].calorific(), Ratio::new(1229, 10_000));
        assert_eq!(set.energy["electricity"].equivalent(), Ratio::new(3, 10));
        assert!(set.counts("vat") && !set.counts("deed"));
        assert!(set.is_industrial("0601") && set.is_industrial("100101"));
        assert!(!set.is_industrial("0602") && !set.is_industrial("10") && !set.is_industrial(""));
    }

    #[test]
    fn a_child_replaces_by_name_and_inherits_the_rest() {
        let rule = |severity: &str| {
            rule_text(r#"{ column = "enterprises", op = "=", value = 0 }"#).replace("severity = 2", severity)
        };
        let second = rule("severity = 3").replace("\"low\"", "\"other\"");
        let emission = "[emission.so2]\nweight = 1\n[emission.cod]\nweight = 2\n";
        let parent = set(&format!("{BASE}{emission}{}{second}", rule("severity = 2")), None).unwrap();
        let child = "format = 1\nid = \"child\"\ncounties = [\"330106\", \"3302\"]\n[blocks]\ngap_m = 5\n\
                     [emission.cod]\nweight = \"0.50\"\n";
        let child = set(&format!("{child}{}", rule("severity = 7")), Some(&parent)).unwrap();
        assert_eq!((child.blocks.gap_m(), child.blocks.snap_m()), (5.0, 0.002));
        assert!(child.illustrative && child.counted_kinds == parent.counted_kinds && child.energy.len() == 1);
        let weights: Vec<_> = child.emission.iter().map(|(name, weight)| (&**name, weight.to_string())).collect();
        assert_eq!(weights, [("cod", "0.5".to_owned()), ("so2", "1".to_owned())]);
        let rules: Vec<_> = child.rules.iter().map(|rule| (&*rule.id, &*rule.stated_by, rule.severity)).collect();
        assert_eq!(rules, [("low", "child", 7), ("other", "base", 3)]);
        assert_eq!(child.extends.as_deref(), Some("base"));
    }

    #[test]
    fn zones_are_inherited_kind_by_kind() {
        let kinds =
            "[zones.platform]\nmin_parcel_share = 0.5\nclasses = [\"高新区\"]\n[zones.farmland]\nmin_zone_share = 1\n";
        let parent = set(&format!("{BASE}{kinds}"), None).unwrap();
        let child = "format = 1\nid = \"child\"\n[zones.platform]\nmin_zone_share = \"0.25\"\n";
        let child = set(child, Some(&parent)).unwrap();
        let told: Vec<_> =
            child.zones.iter().map(|(kind, how)| (kind.as_str(), how.min_zone_share.map(Decimal::ratio))).collect();
        assert_eq!(told, [("farmland", Some(Ratio::ONE)), ("platform", Some(Ratio::new(1, 4)))]);
        assert!(child.zones["platform"].min_parcel_share.is_none() && child.zones["platform"].classes.is_empty());
    }

    #[test]
    fn a_low_efficiency_rule_needs_a_basis_unless_the_set_is_an_example() {
        let rule = rule_text(r#"{ column = "enterprises", op = "=", value = 0 }"#);
        let parent = set(&format!("{BASE}{rule}"), None).unwrap();
        let text = format!("{BASE}{rule}").replace("illustrative = true", "illustrative = false");
        let message = told(&text);
        assert!(message.starts_with(&format!("p.toml:{}: ", line_of(&text, "\"low\""))), "{message}");
        assert!(message.contains("low_efficiency rule `low` has no `basis`"), "{message}");
        let message = set("format = 1\nid = \"x\"\nillustrative = false", Some(&parent)).unwrap_err().to_string();
        assert!(message.starts_with("p.toml:2: low_efficiency rule `low`, inherited from `base`, has no `basis`"));
        let with_basis = text.replace("severity", "basis = \"某政发〔2024〕1号 第三条\"\nseverity");
        assert!(set(&with_basis, None).is_ok());
        assert!(set(&text.replace("low_efficiency", "notice"), None).is_ok());
    }

    #[test]
    fn every_mistake_is_refused_on_its_line() {
        for (from, to, part, expected) in [
            ("format = 1", "format = 2\nx = 1", "format", "`format` is 2; this version reads format 1"),
            ("illustrative", "ilustrative", "ilustrative", "unknown field `ilustrative`"),
            (
                "\"registered\"",
                "\"registred\"",
                "\"registred",
                "unknown land basis `registred`; it is one of registered ellipsoidal occupied\n  hint: did you mean `registered`?",
            ),
            ("land_basis = \"registered\"", "", "\"base\"", "the set has no `land_basis`\n  hint: give it, or extend"),
            ("gap_m = 20\n", "", "\"base\"", "the set has no `[blocks] gap_m`"),
            ("gap_m", "gap_km", "gap_km", "unknown field `gap_km`"),
            ("gap_m = 20", "gap_m = -1", "gap_m = -1", "`gap_m` is at least 0"),
            ("\"1.02\"", "0.98", "0.98", "`max_sum` is at least 1"),
            ("min_share = 0.5", "min_share = nan", "nan", "`min_share`: not a decimal number\n  hint: quote it"),
            ("\"0.05\"", "\"5%\"", "\"5%", "`max_area_difference`: not a decimal number"),
            ("\"kwh\"", "\"mu\"", "\"mu\"", "`mu` measures no energy carrier"),
            ("\"kwh\"", "\"kw\"", "\"kw\"", "did you mean `kwh`?"),
            ("[occupancy]", "[emission.so2]\nweight = -1\n[occupancy]", "weight", "`weight` is at least 0"),
            ("[occupancy]", "[emission.SO2]\nweight = 1\n[occupancy]", "weight", "pollutant `SO2` is not of a-z"),
            ("\"income\"", "\"vat\"", "\"vat\"]", "`counted_kinds` lists `vat` twice"),
            ("[\"vat\", \"income\"]", "[]", "[]", "`counted_kinds` is empty"),
            ("\"0601\"", "\"工业\"", "\"工业", "`工业` cannot be one of `industrial_codes`"),
            (
                "valid_to = 2028",
                "valid_to = 2022",
                "valid_to",
                "`valid_to` 2022-03-14 is before `valid_from` 2023-03-15",
            ),
            ("2028-03-14", "2028-03-14T00:00:00", "2028", "`valid_to` is a date without time"),
            (
                "illustrative",
                "counties = [\"33010\"]\nillustrative",
                "33010",
                "neither a 6-digit county code nor a 4-digit city",
            ),
            ("illustrative", "periods = [\"2024年\"]\nillustrative", "2024年", "is not a period"),
        ] {
            let text = BASE.replacen(from, to, 1);
            let message = told(&text);
            let line = line_of(&text, part);
            assert!(message.starts_with(&format!("p.toml:{line}: ")), "{to}: line {line}, but {message}");
            assert!(message.contains(expected), "{to}: {message}");
        }
        for (zones, line, expected) in [
            ("[zones.platfrom]\nmin_zone_share = 1", 1, "no zones of kind `platfrom`; kinds are plan_use"),
            ("[zones.platfrom]\nmin_zone_share = 1", 1, "did you mean `platform`?"),
            ("[zones.platform]\nclasses = [\"开发区\"]", 1, "`[zones.platform]` has no threshold"),
            ("[zones.platform]\nmin_zone_share = 0", 2, "`min_zone_share` is above 0 and at most 1"),
            ("[zones.platform]\nmin_zone_shar = 1", 2, "did you mean `min_zone_share`?"),
        ] {
            let message = told(&format!("{BASE}{zones}\n"));
            let line = BASE.matches('\n').count() + line;
            assert!(message.starts_with(&format!("p.toml:{line}: ")) && message.contains(expected), "{message}");
        }
        let rule = rule_text(r#"{ column = "enterprises", op = "=", value = 0 }"#);
        let text = format!("{BASE}{rule}{rule}");
        let line = line_of(&format!("{BASE}{rule}"), "\"low\"") + rule.matches('\n').count();
        assert!(told(&text).starts_with(&format!("p.toml:{line}: two rules with the id `low`")));
    }
}
