//! From a file, and the set it extends, to a complete [`RuleSet`].
//!
//! A key that is not given is the parent's; `[energy]`, `[emission]` and `[zones]` are inherited carrier by carrier, pollutant by
//! pollutant and kind by kind, rules and evaluations by id.
//! A child replaces what it names and can drop nothing. `counties` alone is never inherited: a child
//! without them holds everywhere. A parent is a complete set itself.

use std::collections::BTreeMap;
use std::path::Path;

use super::compile;
use super::evaluation::{Subject, evaluations};
use super::file::PolicyFile;
use super::frozen;
use super::names::unique;
use super::rule::{Rule, RuleKind};
use super::sections::Sections;
use super::set::{Parent, RuleSet};
use crate::document::{Document, Faults, complete};

/// The set of `file` (read from `document`) over `parent`.
///
/// # Errors
/// With all that is wrong or missing, each with its line.
pub fn build(document: &Document, file: &PolicyFile, parent: Parent<'_>) -> Result<RuleSet, Faults> {
    let sections = Sections { document, file, parent };
    let inherited = parent.set();
    let mut faults = Faults::default();
    let (valid_from, valid_to) = (faults.keep(sections.valid_from()), faults.keep(sections.valid_to()));
    if let (Some(first), Some(Some(last)), Some(date)) =
        (valid_from, valid_to, file.valid_to.as_ref().or(file.valid_from.as_ref()))
        && last < first
    {
        faults.add(document.error(date.span(), format!("`valid_to` {last} is before `valid_from` {first}")));
    }
    let illustrative = file.illustrative.unwrap_or(match parent {
        Parent::Set(parent) => parent.illustrative,
        Parent::Broken => true,
        Parent::None => false,
    });
    if !illustrative {
        require_bases(document, file, inherited, &mut faults);
    }
    let groups = faults.keep(evaluations(document, file.id.get_ref(), &file.evaluations, parent)).unwrap_or_default();
    let (enterprises, platforms) = groups.into_iter().partition(|one| one.subject == Subject::Enterprise);
    let set = faults.keep(complete!(RuleSet {
        id: sections.id(),
        extends: Ok::<_, Faults>(inherited.map(|parent| parent.id.clone())),
        counties: file.counties.as_ref().map(|list| sections.list("counties", list)).transpose(),
        periods: match &file.periods {
            Some(list) => sections.list("periods", list).map(Some),
            None => Ok(inherited.and_then(|parent| parent.periods.clone())),
        },
        valid_from: valid_from.ok_or_else(Faults::default),
        valid_to: valid_to.ok_or_else(Faults::default),
        illustrative: Ok::<_, Faults>(illustrative),
        land_basis: sections.land_basis(),
        together: sections.together(),
        industrial_codes: sections.industrial_codes(),
        max_area_difference: sections.max_area_difference(),
        counted_kinds: sections.counted_kinds(),
        energy: sections.energy(),
        emission: sections.emission(),
        occupancy: sections.occupancy(),
        blocks: sections.blocks(),
        zones: sections.zones(),
        rules: rules(document, file, inherited),
        evaluations: Ok::<_, Faults>(enterprises),
        platforms: Ok::<_, Faults>(platforms),
    }));
    let mut set = faults.or(set)?;
    if let Some(frozen) = &file.frozen {
        let path = document.path().parent().unwrap_or(Path::new("")).join(frozen.get_ref());
        if !path.is_file() {
            let fault = document.error(frozen.span(), format!("no file `{}`", path.display()));
            return Err(fault.hint("print it with mujun policy freeze, before the key stands here").into());
        }
        frozen::pin(&mut set, &path)?;
    }
    Ok(set)
}

fn rules(document: &Document, file: &PolicyFile, parent: Option<&RuleSet>) -> Result<Vec<Rule>, Faults> {
    let mut faults = Faults::default();
    faults.keep(unique(document, "rules", file.rules.iter().map(|rule| &rule.id)));
    let own = faults.keep(Faults::all(file.rules.iter().map(|rule| compile::rule(document, file.id.get_ref(), rule))));
    let mut rules: BTreeMap<_, _> =
        parent.iter().flat_map(|parent| &parent.rules).map(|rule| (rule.id.clone(), rule.clone())).collect();
    rules.extend(own.into_iter().flatten().map(|rule| (rule.id.clone(), rule)));
    faults.or(rules.into_values().collect::<Vec<_>>())
}

/// A low-efficiency rule and an evaluation need a document that sets their figures, unless the whole set is an example.
fn require_bases(document: &Document, file: &PolicyFile, parent: Option<&RuleSet>, faults: &mut Faults) {
    const LOW: RuleKind = RuleKind::LowEfficiency;
    let mut refuse = |what: &str, id: &str, inherited: &str, span| {
        let fault = document.error(span, format!("{what} `{id}`{inherited} has no `basis`"));
        faults.add(fault.hint("name document and article, or mark the set illustrative = true"));
    };
    for rule in file.rules.iter().filter(|rule| rule.kind.get_ref() == LOW.as_str() && rule.basis.is_none()) {
        refuse("low_efficiency rule", rule.id.get_ref(), "", rule.id.span());
    }
    for group in file.evaluations.iter().filter(|group| group.basis.is_none()) {
        refuse("evaluation", group.id.get_ref(), "", group.id.span());
    }
    let Some(parent) = parent else { return };
    let inherited = |stated_by: &str| format!(", inherited from `{stated_by}`,");
    let is_kept = |rule: &&Rule| file.rules.iter().all(|own| *own.id.get_ref() != rule.id);
    for rule in parent.rules.iter().filter(|rule| rule.kind == LOW && rule.basis.is_none()).filter(is_kept) {
        refuse("low_efficiency rule", &rule.id, &inherited(&rule.stated_by), file.id.span());
    }
    let replaced = || file.evaluations.iter().flat_map(|own| own.replaces.iter().chain([&own.id]));
    for group in parent.all_evaluations().filter(|group| group.basis.is_none()) {
        if replaced().all(|id| *id.get_ref() != group.id) {
            refuse("evaluation", &group.id, &inherited(&group.stated_by), file.id.span());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::LandBasis;
    use super::super::testing::{BASE, line_of, rule_text, set, told};
    use crate::domain::{Decimal, Ratio};

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
        let together = "together = [\"group\", \"branch\"]\n[land]";
        let grouped = set(&BASE.replace("[land]", together), None).unwrap();
        let of = |own: &str| set(&format!("format = 1\nid = \"child\"\n{own}"), Some(&grouped)).unwrap().together.len();
        assert_eq!([of(""), of("together = []\n"), of("together = [\"successor\"]\n")], [2, 0, 1]);
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
            ("\"vat\"", "\"vatt\"", "\"vatt\"", "no tax of kind `vatt`; kinds are vat"),
            ("[\"vat\", \"income\"]", "[]", "[]", "`counted_kinds` is empty"),
            (
                "illustrative",
                "together = [\"branches\"]\nillustrative",
                "branches",
                "no links of kind `branches`; kinds are group branch successor\n  hint: did you mean `branch`?",
            ),
            (
                "illustrative",
                "together = [\"group\", \"group\"]\nillustrative",
                "together",
                "`together` lists `group` twice",
            ),
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
