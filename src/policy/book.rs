//! The sets of a pipeline file, and which of them judges a county in a period.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::build::build;
use super::file;
use super::place::{Closeness, Place};
use super::set::RuleSet;
use crate::document::{Document, DocumentError};
use crate::domain::{DivisionCode, Period};

/// The sets that a pipeline lists, and those that these extend.
#[derive(Debug, Clone)]
pub struct PolicyBook {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    set: RuleSet,
    /// Listed by the pipeline, rather than reached by `extends` alone.
    is_listed: bool,
}

/// What is wrong with the policy of a pipeline.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file is wrong.
    #[error(transparent)]
    File(#[from] DocumentError),
    /// No set judges the county in the period.
    #[error(
        "no policy set judges {county} in {period}\n  hint: list one without `counties` and `periods`, or widen one"
    )]
    NoSet {
        /// The county.
        county: DivisionCode,
        /// The period.
        period: Period,
    },
    /// Two listed sets name one place and period equally closely.
    #[error("{}: policy sets `{first}` and `{second}` are equally specific for {where_both}", path.display())]
    Clash {
        /// The file of the second.
        path: PathBuf,
        /// The set listed before.
        first: String,
        /// The set of this file.
        second: String,
        /// One place and period of both.
        where_both: String,
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

impl PolicyBook {
    /// Reads the files at `paths`, and those they extend.
    ///
    /// # Errors
    /// On the first mistake in a file; on two sets of one id; on two listed sets that are equally
    /// specific for a place and period.
    pub fn load<P: AsRef<Path>>(paths: &[P]) -> Result<Self, PolicyError> {
        let mut shelf = Shelf::default();
        for path in paths {
            let at = shelf.read(path.as_ref())?;
            shelf.list(at, path.as_ref())?;
        }
        Ok(Self { entries: shelf.entries })
    }

    /// Every set, parents before children.
    pub fn sets(&self) -> impl Iterator<Item = &RuleSet> {
        self.entries.iter().map(|entry| &entry.set)
    }

    /// The set that judges `county` in `period`: one that names the county beats one that names its city,
    /// which beats one that names no place; at equal closeness a set the pipeline lists beats one that
    /// is only extended.
    ///
    /// # Errors
    /// When there is none, when two are equally specific, and when `as_of` is before it is law.
    pub fn set_for(&self, county: &DivisionCode, period: &Period, as_of: NaiveDate) -> Result<&RuleSet, PolicyError> {
        let mut best: Option<(Rank, &RuleSet)> = None;
        let mut rival: Option<&RuleSet> = None;
        for entry in &self.entries {
            let Some(rank) = entry.rank(county, period) else { continue };
            match best {
                Some((highest, _)) if highest > rank => {}
                Some((highest, _)) if highest == rank => rival = Some(&entry.set),
                _ => (best, rival) = (Some((rank, &entry.set)), None),
            }
        }
        let (county, period) = (*county, *period);
        let (_, set) = best.ok_or(PolicyError::NoSet { county, period })?;
        if let Some(rival) = rival {
            return Err(PolicyError::Ambiguous { county, period, first: set.id.clone(), second: rival.id.clone() });
        }
        if as_of < set.valid_from {
            return Err(PolicyError::NotYetInForce { id: set.id.clone(), valid_from: set.valid_from, as_of });
        }
        Ok(set)
    }
}

type Rank = (Closeness, bool);

impl Entry {
    fn rank(&self, county: &DivisionCode, period: &Period) -> Option<Rank> {
        if self.set.periods.as_ref().is_some_and(|periods| !periods.contains(period)) {
            return None;
        }
        let closeness = match &self.set.counties {
            None => Closeness::Everywhere,
            Some(places) => places.iter().filter_map(|place| place.closeness(county)).max()?,
        };
        Some((closeness, self.is_listed))
    }
}

/// Sets as they are read, parents first.
#[derive(Default)]
struct Shelf {
    entries: Vec<Entry>,
    by_path: BTreeMap<PathBuf, usize>,
    /// The files being read, each extended by the one before it.
    open: Vec<PathBuf>,
}

/// One file has one key, however its path is written.
fn key(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

impl Shelf {
    /// Reads the file at `path`, if it was not read yet.
    fn read(&mut self, path: &Path) -> Result<usize, DocumentError> {
        let key = key(path);
        if let Some(at) = self.by_path.get(&key) {
            return Ok(*at);
        }
        let document = Document::read(path)?;
        let file = file::read(&document)?;
        let parent = match &file.extends {
            Some(extends) => {
                self.open.push(key.clone());
                let parent = path.parent().unwrap_or(Path::new("")).join(extends.get_ref());
                let refuse = |why: String| document.error(extends.span(), why);
                if self.open.contains(&self::key(&parent)) {
                    return Err(refuse(format!("`{}` extends itself", extends.get_ref())));
                }
                if !parent.is_file() {
                    return Err(refuse(format!("no file `{}`", parent.display())));
                }
                let at = self.read(&parent)?;
                self.open.pop();
                Some(at)
            }
            None => None,
        };
        let set = build(&document, &file, parent.and_then(|at| self.entries.get(at)).map(|entry| &entry.set))?;
        if self.entries.iter().any(|entry| entry.set.id == set.id) {
            return Err(document.error(file.id.span(), format!("two sets with the id `{}`", set.id)));
        }
        self.entries.push(Entry { set, is_listed: false });
        let at = self.entries.len() - 1;
        self.by_path.insert(key, at);
        Ok(at)
    }

    /// Marks a set as listed by the pipeline, where it may not clash with another that is.
    fn list(&mut self, at: usize, path: &Path) -> Result<(), PolicyError> {
        let set = &self.entries[at].set;
        for other in self.entries.iter().filter(|entry| entry.is_listed && entry.set.id != set.id) {
            if let Some(where_both) = clash(set, &other.set) {
                let (first, second) = (other.set.id.clone(), set.id.clone());
                return Err(PolicyError::Clash { path: path.to_owned(), first, second, where_both });
            }
        }
        self.entries[at].is_listed = true;
        Ok(())
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
