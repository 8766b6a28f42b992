//! The sets of a pipeline file, and which of them judges a county in a period.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use toml::Spanned;

use super::build::build;
use super::file;
use super::place::{Closeness, Place};
use super::set::{Parent, RuleSet};
use super::setting::{Setting, settings};
use crate::document::{Document, DocumentError, Faults, Mended};
use crate::domain::{DivisionCode, Period};

/// The sets that a pipeline lists, and those that these extend.
#[derive(Debug, Clone)]
pub struct PolicyBook {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    set: RuleSet,
    settings: Vec<Setting>,
    document: Document,
    /// Where its id stands.
    id: Range<usize>,
    /// Listed by the pipeline, rather than reached by `extends` alone.
    is_listed: bool,
}

/// What is wrong with the policy of a pipeline.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Files are wrong.
    #[error(transparent)]
    Files(#[from] Faults),
    /// No set judges the county in the period.
    #[error(
        "no policy set judges {county} in {period}; there are {sets}\n  hint: list one without `counties` and `periods`, or widen one"
    )]
    NoSet {
        /// The county.
        county: DivisionCode,
        /// The period.
        period: Period,
        /// The sets, each with its places and periods.
        sets: String,
    },
    /// Neither the province nor a set has the county.
    #[error("there is no county {county}; there are {known}")]
    NoCounty {
        /// As asked for.
        county: DivisionCode,
        /// Codes and names of those next to it.
        known: String,
    },
    /// The set names no periods, and was no law by then.
    #[error("no policy set is meant for {period}: `{id}` names no `periods` and is law from {valid_from}{}", until(*.valid_to))]
    NotItsTime {
        /// The set.
        id: String,
        /// As asked for.
        period: Period,
        /// Its first day.
        valid_from: NaiveDate,
        /// Its last.
        valid_to: Option<NaiveDate>,
    },
    /// Two sets judge the county in the period, neither more closely than the other.
    #[error("policy sets `{first}` and `{second}` are equally specific for {county} in {period}")]
    Ambiguous {
        /// The county.
        county: DivisionCode,
        /// The period.
        period: Period,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// The set that judges them is not law yet.
    #[error("policy set `{id}` is law from {valid_from}; {as_of} is before it")]
    NotYetInForce {
        /// The set.
        id: String,
        /// Its first day.
        valid_from: NaiveDate,
        /// The day of the run.
        as_of: NaiveDate,
    },
}

fn until(day: Option<NaiveDate>) -> String {
    day.map(|day| format!(" to {day}")).unwrap_or_default()
}

impl From<DocumentError> for PolicyError {
    fn from(fault: DocumentError) -> Self {
        Self::Files(fault.into())
    }
}

impl PolicyBook {
    /// Reads the files at `paths`, and those they extend.
    ///
    /// # Errors
    /// With all mistakes of all files; two sets of one id, and two listed sets that are equally specific for a place
    /// and period, are some.
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, Faults> {
        let mut shelf = Shelf::default();
        for path in paths {
            if let Some(at) = shelf.read(path.as_ref()) {
                shelf.list(at);
            }
        }
        shelf.faults.or(Self { entries: shelf.entries })
    }

    /// Every set, parents before children.
    pub fn sets(&self) -> impl Iterator<Item = &RuleSet> {
        self.sets_and_settings().map(|(set, _)| set)
    }

    /// Every set, and where each number of it comes from.
    pub fn sets_and_settings(&self) -> impl Iterator<Item = (&RuleSet, &[Setting])> {
        self.entries.iter().map(|entry| (&entry.set, entry.settings.as_slice()))
    }

    /// The set that judges `county` in `period`: one that names the county beats one that names its city,
    /// which beats one that names no place; at equal closeness a set the pipeline lists beats one that
    /// is only extended.
    ///
    /// # Errors
    /// When there is none, when two are equally specific, and when `as_of` is before it is law.
    pub fn set_for(&self, county: &DivisionCode, period: &Period, as_of: NaiveDate) -> Result<&RuleSet, PolicyError> {
        self.settings_for(county, period, as_of).map(|(set, _)| set)
    }

    /// That set, and where each number of it comes from.
    ///
    /// # Errors
    /// As [`Self::set_for`].
    pub fn settings_for(
        &self,
        county: &DivisionCode,
        period: &Period,
        as_of: NaiveDate,
    ) -> Result<(&RuleSet, &[Setting]), PolicyError> {
        let (county, period) = (*county, *period);
        let mut best: Option<(Rank, &Entry)> = None;
        let mut rival: Option<&RuleSet> = None;
        for entry in &self.entries {
            let Some(rank) = entry.rank(county, period) else { continue };
            match best {
                Some((highest, _)) if highest > rank => {}
                Some((highest, _)) if highest == rank => rival = Some(&entry.set),
                _ => (best, rival) = (Some((rank, entry)), None),
            }
        }
        let none = || PolicyError::NoSet { county, period, sets: self.scopes() };
        let (_, Entry { set, settings, .. }) = best.ok_or_else(none)?;
        if let Some(rival) = rival {
            return Err(PolicyError::Ambiguous { county, period, first: set.id.clone(), second: rival.id.clone() });
        }
        if as_of < set.valid_from {
            return Err(PolicyError::NotYetInForce { id: set.id.clone(), valid_from: set.valid_from, as_of });
        }
        Ok((set, settings))
    }
}

type Rank = (Closeness, bool);

impl Entry {
    fn rank(&self, county: DivisionCode, period: Period) -> Option<Rank> {
        if self.set.periods.as_ref().is_some_and(|periods| !periods.contains(&period)) {
            return None;
        }
        let closeness = match &self.set.counties {
            None => Closeness::Everywhere,
            Some(places) => places.iter().filter_map(|place| place.closeness(&county)).max()?,
        };
        Some((closeness, self.is_listed))
    }
}

/// Sets as they are read, parents first.
#[derive(Default)]
struct Shelf {
    entries: Vec<Entry>,
    /// The files that were read; none where a mistake left no set.
    by_path: BTreeMap<PathBuf, Option<usize>>,
    /// The files being read, each extended by the one before it.
    open: Vec<PathBuf>,
    faults: Faults,
}

/// One file has one key, however its path is written.
fn key(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

impl Shelf {
    /// Reads the file at `path`, if it was not read yet.
    fn read(&mut self, path: &Path) -> Option<usize> {
        let key = key(path);
        if !self.by_path.contains_key(&key) {
            self.open.push(key.clone());
            let entry = self.entry(path);
            self.open.pop();
            let entry = self.faults.keep(entry);
            let at = entry.is_some().then_some(self.entries.len());
            self.entries.extend(entry);
            self.by_path.insert(key.clone(), at);
        }
        self.by_path.get(&key).copied().flatten()
    }

    fn entry(&mut self, path: &Path) -> Result<Entry, Faults> {
        let document = Document::read(path)?;
        let Mended { value, mut faults, stand_ins } = file::read(&document)?;
        let Some(file) = value else { return Err(faults) };
        let parent = match &file.extends {
            Some(extends) => faults
                .keep(self.parent(&document, extends))
                .flatten()
                .map_or(Parent::Broken, |at| Parent::Set(&self.entries[at].set)),
            None => Parent::None,
        };
        let set = build(&document, &file, parent).map_err(|faults| faults.except(&document, &stand_ins));
        if let Some(other) = self.entries.iter().find(|entry| entry.set.id == *file.id.get_ref()) {
            faults.add(document.error(file.id.span(), format!("two sets with the id `{}`", other.set.id)));
        }
        let inherited = self.entries.iter().find(|entry| parent.set().is_some_and(|set| set.id == entry.set.id));
        let set = faults.keep(set);
        let entry = set.map(|set| Entry {
            settings: settings(&document, &set, inherited.map_or(&[], |entry| &entry.settings)),
            id: file.id.span(),
            is_listed: false,
            document,
            set,
        });
        faults.or(entry)
    }

    /// The set that a file extends; none if that has mistakes.
    fn parent(&mut self, document: &Document, extends: &Spanned<String>) -> Result<Option<usize>, DocumentError> {
        let path = document.path().parent().unwrap_or(Path::new("")).join(extends.get_ref());
        let refuse = |why: String| Err(document.error(extends.span(), why));
        if self.open.contains(&key(&path)) {
            return refuse(format!("`{}` extends itself", extends.get_ref()));
        }
        if !path.is_file() {
            return refuse(format!("no file `{}`", path.display()));
        }
        Ok(self.read(&path))
    }

    /// Marks a set as listed by the pipeline, where it may not clash with another that is.
    fn list(&mut self, at: usize) {
        let Entry { set, document, id, .. } = &self.entries[at];
        for other in self.entries.iter().filter(|entry| entry.is_listed && entry.set.id != set.id) {
            if let Some(where_both) = clash(set, &other.set) {
                let message =
                    format!("policy sets `{}` and `{}` are equally specific for {where_both}", other.set.id, set.id);
                let hint =
                    "give one of them `counties`, part their `periods`, or list only the one that extends the other";
                self.faults.add(document.error(id.clone(), message).hint(hint));
            }
        }
        self.entries[at].is_listed = true;
    }
}

/// A place and period that both sets name equally closely, if there is one.
fn clash(left: &RuleSet, right: &RuleSet) -> Option<String> {
    let place = match (&left.counties, &right.counties) {
        (None, None) => "everywhere".to_owned(),
        (Some(left), Some(right)) => left.intersection(right).next().map(Place::to_string)?,
        _ => return None,
    };
    let period = match (&left.periods, &right.periods) {
        (Some(left), Some(right)) => left.intersection(right).next().map(ToString::to_string)?,
        (Some(some), None) | (None, Some(some)) => some.first().map(ToString::to_string)?,
        (None, None) => "every period".to_owned(),
    };
    Some(format!("{place}, {period}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::BASE;
    use super::*;
    use crate::scratch::Scratch;

    /// A folder with the base set and what `files` add to it, each extending it.
    fn folder(files: &[(&str, &str)]) -> Scratch {
        let folder = Scratch::new();
        fs::write(folder.path().join("base.toml"), BASE).unwrap();
        for (name, keys) in files {
            let text = format!("format = 1\nid = \"{name}\"\nextends = \"base.toml\"\n{keys}\n");
            fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        }
        folder
    }

    fn load(folder: &Scratch, names: &[&str]) -> Result<PolicyBook, String> {
        let paths: Vec<_> = names.iter().map(|name| folder.path().join(format!("{name}.toml"))).collect();
        PolicyBook::load(&paths).map_err(|error| error.to_string())
    }

    fn judge(book: &PolicyBook, county: &str, period: &str, as_of: &str) -> Result<String, String> {
        let set = book.set_for(&county.parse().unwrap(), &period.parse().unwrap(), as_of.parse().unwrap());
        set.map(|set| set.id.clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn county_beats_city_beats_none() {
        let county = ("county", "counties = [\"330106\"]\nperiods = [\"2022\"]");
        let folder = folder(&[county, ("city", "counties = [\"3301\", \"330206\"]")]);
        let book = load(&folder, &["city", "county"]).unwrap();
        let judge = |county, period| judge(&book, county, period, "2024-01-31").unwrap();
        assert_eq!(judge("330106", "2022"), "county");
        assert_eq!(judge("330106", "2023"), "city");
        assert_eq!(judge("330108", "2022"), "city");
        assert_eq!(judge("330206", "2022"), "city");
        assert_eq!(judge("330205", "2022"), "base", "a set that is only extended takes part");
        assert_eq!(book.sets().map(|set| set.id.as_str()).collect::<Vec<_>>(), ["base", "city", "county"]);
    }

    #[test]
    fn equally_specific_sets_are_refused_but_a_parent_gives_way() {
        let folder = folder(&[
            ("a", "counties = [\"330106\", \"330108\"]\nperiods = [\"2022\", \"2023\"]"),
            ("b", "counties = [\"330108\"]\nperiods = [\"2023\"]"),
            ("wide", "periods = [\"2023\"]"),
        ]);
        let message = load(&folder, &["a", "b"]).unwrap_err();
        assert!(
            message.contains("b.toml:2: policy sets `a` and `b` are equally specific for 330108, 2023"),
            "{message}"
        );
        assert!(load(&folder, &["base", "wide"]).unwrap_err().contains("`base` and `wide`"));
        let book = load(&folder, &["wide"]).unwrap();
        assert_eq!(judge(&book, "330106", "2023", "2024-01-31").unwrap(), "wide");
        assert_eq!(judge(&book, "330106", "2022", "2024-01-31").unwrap(), "base");
    }

    #[test]
    fn a_set_judges_only_once_it_is_law_and_lapses_with_a_note() {
        let folder = folder(&[("later", "counties = [\"330106\"]\nvalid_from = 2025-01-01\nillustrative = false")]);
        let book = load(&folder, &["later"]).unwrap();
        let message = judge(&book, "330106", "2023", "2024-12-31").unwrap_err();
        assert_eq!(message, "policy set `later` is law from 2025-01-01; 2024-12-31 is before it");
        assert_eq!(judge(&book, "330106", "2023", "2030-01-01").unwrap(), "later");
        let note = |id: &str, day: &str| {
            book.sets().find(|set| set.id == id).and_then(|set| set.note(day.parse().unwrap())).unwrap_or_default()
        };
        assert_eq!(note("later", "2028-03-14"), "");
        assert!(note("later", "2028-03-15").contains("2028-03-14 失效"));
        assert!(note("base", "2025-01-01").contains("示例标准"));
    }

    #[test]
    fn no_set_a_cycle_a_missing_parent_and_a_second_id_are_refused() {
        let folder = folder(&[("only", "periods = [\"2022\"]")]);
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("base.toml", &BASE.replace("illustrative", "periods = [\"2021\"]\nillustrative"));
        let book = load(&folder, &["only"]).unwrap();
        let message = judge(&book, "330106", "2023", "2024-12-31").unwrap_err();
        assert!(message.starts_with("no policy set judges 330106 in 2023"));
        write("base.toml", &BASE.replace("illustrative", "extends = \"only.toml\"\nillustrative"));
        assert!(load(&folder, &["only"]).unwrap_err().contains("base.toml:4: `only.toml` extends itself"));
        write("only.toml", "format = 1\nid = \"only\"\nextends = \"none.toml\"");
        assert!(load(&folder, &["only"]).unwrap_err().contains("only.toml:3: no file `"));
        write("base.toml", BASE);
        write("only.toml", "format = 1\nid = \"base\"\nextends = \"base.toml\"");
        assert!(load(&folder, &["only"]).unwrap_err().contains("only.toml:2: two sets with the id `base`"));
    }

    #[test]
    fn the_provincial_example_is_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/policy/zhejiang.toml");
        let book = PolicyBook::load(&[path]).unwrap_or_else(|error| panic!("{error}"));
        let set = book.set_for(&"330106".parse().unwrap(), &Period::Year(2024), "2025-01-31".parse().unwrap()).unwrap();
        assert!(set.illustrative && set.note("2025-01-31".parse().unwrap()).is_some());
        let rules: Vec<_> =
            set.rules.iter().map(|rule| (&*rule.id, rule.severity, rule.is_provisional("2024"))).collect();
        assert_eq!(rules, [("tax_per_mu_bottom_quantile", 1, true), ("tax_per_mu_low", 2, false)]);
    }
}
