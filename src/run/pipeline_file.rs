//! Pipeline files: what is read, from where, for which periods, by which policy, into which store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::{Options, RunError};
use crate::document::{Document, DocumentError, Faults, Mended, complete};
use crate::domain::{DivisionCode, Period};
use crate::policy::{PolicyBook, RuleSet};
use crate::source::config::{CountyOf, SourceConfig, SourceEntry};
use crate::source::mapping::Mapping;
use crate::stages::delivered::{SourceFacts, days};
use crate::table::delivery::Delivered;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PipelineFile {
    format: Spanned<u32>,
    name: Spanned<String>,
    store: String,
    periods: Spanned<Vec<Spanned<String>>>,
    as_of: Spanned<String>,
    policy: Spanned<Vec<String>>,
    corrections: Option<Spanned<Vec<String>>>,
    parts: Option<Parts>,
    summaries: Option<Summaries>,
    history: Option<HistoryKeys>,
    gates: Option<Spanned<toml::Table>>,
    #[serde(default)]
    source: Vec<SourceEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    max_rows: Spanned<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Summaries {
    min_enterprises: Spanned<u32>,
}

/// Enterprises that must stand behind an amount of a summary, unless the file says otherwise.
const MIN_ENTERPRISES: u32 = 3;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryKeys {
    periods: Spanned<u16>,
}

/// Latest years of which grades and benchmarks are kept, unless the file says otherwise.
const HISTORY_PERIODS: usize = 3;

/// Rows of a part, unless the file says otherwise.
const MAX_ROWS: usize = 200_000;

/// A source with its mapping.
#[derive(Debug)]
pub struct Source {
    /// What the pipeline says.
    pub config: SourceConfig,
    /// What the mapping says.
    pub mapping: Mapping,
    /// What stages must know.
    pub facts: SourceFacts,
}

impl Source {
    /// What decides how its features are settled.
    #[must_use]
    pub fn settling(&self) -> Value {
        let delivered = self.config.delivered.map(|date| date.to_string());
        json!([self.config.id, delivered, format!("{:?}", self.mapping.rules.duplicates)])
    }
}

/// A pipeline, checked, with everything that describes it.
#[derive(Debug)]
pub struct Pipeline {
    /// Name.
    pub name: String,
    /// Folder of the store.
    pub store: PathBuf,
    /// Years that are judged, in the file's order.
    pub periods: Vec<Period>,
    /// The date it is run for.
    pub as_of: NaiveDate,
    /// The policy.
    pub policy: PolicyBook,
    /// Most rows of a part.
    pub max_rows: usize,
    /// How many enterprises must stand behind an amount of a summary.
    pub min_enterprises: i64,
    /// Latest years of which grades and benchmarks are kept.
    pub history_periods: usize,
    /// Sources, in the file's order.
    pub sources: Vec<Source>,
}

impl Pipeline {
    /// Reads the pipeline at `path` and all it names.
    ///
    /// # Errors
    /// With all mistakes of all files, each with file, line, key and way out; nothing is written.
    pub fn read(path: &Path, options: &Options, today: NaiveDate) -> Result<Self, RunError> {
        let document = Document::read(path)?;
        let Mended { value, mut faults, stand_ins } = document.parse_mending();
        let pipeline = value.map(|file| Self::check(&document, &file, options, today));
        let pipeline =
            pipeline.and_then(|found| faults.keep(found.map_err(|found| found.except(&document, &stand_ins))));
        let pipeline: Self = faults.or(pipeline)?;
        for county in pipeline.named_counties() {
            pipeline.sets(&county)?;
        }
        Ok(pipeline)
    }

    fn check(document: &Document, file: &PipelineFile, options: &Options, today: NaiveDate) -> Result<Self, Faults> {
        if *file.format.get_ref() != 1 {
            return Err(document.error(file.format.span(), "format: this version reads pipeline format 1").into());
        }
        let mut faults = Faults::default();
        faults.keep(refuse_later_features(document, file));
        let folder = document.path().parent().map(Path::to_path_buf).unwrap_or_default();
        let periods = faults.keep(periods(document, file));
        let pipeline = faults.keep(complete!(Self {
            name: Ok::<_, Faults>(file.name.get_ref().clone()),
            store: Ok::<_, Faults>(options.store.clone().unwrap_or_else(|| folder.join(&file.store))),
            sources: sources(document, &file.source, periods.as_deref().unwrap_or_default()),
            periods: periods.ok_or_else(Faults::default),
            as_of: as_of(document, &file.as_of, options, today),
            policy: policy(document, &file.policy, &folder),
            max_rows: max_rows(document, file.parts.as_ref()),
            min_enterprises: min_enterprises(document, file.summaries.as_ref()),
            history_periods: history_periods(document, file.history.as_ref()),
        }));
        faults.or(pipeline)
    }

    /// The last of the periods.
    #[must_use]
    pub fn latest(&self) -> Period {
        // Reading refuses an empty list.
        self.periods.last().copied().unwrap_or(Period::Year(0))
    }

    /// Whether any source delivers that table.
    #[must_use]
    pub fn delivers(&self, table: Delivered) -> bool {
        self.sources.iter().any(|source| source.config.table == table)
    }

    /// The set that judges each period in a county.
    ///
    /// # Errors
    /// When there is not exactly one, or it is not law yet.
    pub fn sets(&self, county: &DivisionCode) -> Result<Vec<(Period, &RuleSet)>, RunError> {
        self.periods.iter().map(|period| Ok((*period, self.policy.set_for(county, period, self.as_of)?))).collect()
    }

    /// The sets that judge these counties, by id.
    ///
    /// # Errors
    /// As [`Pipeline::sets`].
    pub fn sets_in_use(&self, counties: &[String]) -> Result<Vec<&RuleSet>, RunError> {
        let mut sets = BTreeMap::new();
        for county in counties.iter().filter_map(|county| county.parse().ok()) {
            sets.extend(self.sets(&county)?.into_iter().map(|(_, set)| (set.id.as_str(), set)));
        }
        Ok(sets.into_values().collect())
    }

    fn named_counties(&self) -> BTreeSet<DivisionCode> {
        let named = self.sources.iter().filter_map(|source| match &source.config.county {
            CountyOf::Source(county) => Some(*county),
            CountyOf::Field(_) => None,
        });
        named.collect()
    }
}

fn refuse_later_features(document: &Document, file: &PipelineFile) -> Result<(), Faults> {
    let mut faults = Faults::default();
    if let Some(corrections) = file.corrections.as_ref().filter(|corrections| !corrections.get_ref().is_empty()) {
        faults.add(document.error(corrections.span(), "`corrections` is not supported yet"));
    }
    if let Some(gates) = file.gates.as_ref().filter(|gates| !gates.get_ref().is_empty()) {
        faults.add(document.error(gates.span(), "`gates` is not supported yet"));
    }
    faults.or(())
}

fn as_of(
    document: &Document,
    text: &Spanned<String>,
    options: &Options,
    today: NaiveDate,
) -> Result<NaiveDate, DocumentError> {
    match (options.as_of, text.get_ref().as_str()) {
        (Some(date), _) => Ok(date),
        (None, "today") => Ok(today),
        (None, date) => date.parse().map_err(|_| {
            document.error(text.span(), format!("as_of = \"{date}\" is neither a date as 2025-01-31 nor \"today\""))
        }),
    }
}

fn policy(document: &Document, sets: &Spanned<Vec<String>>, folder: &Path) -> Result<PolicyBook, Faults> {
    if sets.get_ref().is_empty() {
        return Err(document.error(sets.span(), "policy: name at least one rule set").into());
    }
    let paths: Vec<PathBuf> = sets.get_ref().iter().map(|set| folder.join(set)).collect();
    PolicyBook::load(&paths)
}

fn max_rows(document: &Document, parts: Option<&Parts>) -> Result<usize, DocumentError> {
    match parts {
        Some(parts) if *parts.max_rows.get_ref() == 0 => {
            Err(document.error(parts.max_rows.span(), "max_rows must be at least 1"))
        }
        Some(parts) => Ok(*parts.max_rows.get_ref() as usize),
        None => Ok(MAX_ROWS),
    }
}

fn min_enterprises(document: &Document, summaries: Option<&Summaries>) -> Result<i64, DocumentError> {
    match summaries {
        Some(summaries) if *summaries.min_enterprises.get_ref() == 0 => {
            let message = "min_enterprises must be at least 1; 1 withholds nothing";
            Err(document.error(summaries.min_enterprises.span(), message))
        }
        Some(summaries) => Ok((*summaries.min_enterprises.get_ref()).into()),
        None => Ok(MIN_ENTERPRISES.into()),
    }
}

fn history_periods(document: &Document, history: Option<&HistoryKeys>) -> Result<usize, DocumentError> {
    match history {
        Some(history) if *history.periods.get_ref() == 0 => {
            Err(document.error(history.periods.span(), "history: `periods` must be at least 1"))
        }
        Some(history) => Ok((*history.periods.get_ref()).into()),
        None => Ok(HISTORY_PERIODS),
    }
}

fn periods(document: &Document, file: &PipelineFile) -> Result<Vec<Period>, Faults> {
    let (mut periods, mut faults): (Vec<Period>, _) = (Vec::new(), Faults::default());
    for text in file.periods.get_ref() {
        let mut refuse = |message: String| faults.add(document.error(text.span(), format!("periods: {message}")));
        match text.get_ref().parse() {
            Err(error) => refuse(format!("{error}")),
            Ok(period) if !matches!(period, Period::Year(_)) => {
                refuse(format!("`{period}` is not a year; only complete years are judged"));
            }
            Ok(period) if periods.contains(&period) => refuse(format!("`{period}` stands twice")),
            Ok(period) => periods.push(period),
        }
    }
    if file.periods.get_ref().is_empty() {
        faults.add(document.error(file.periods.span(), "periods: name at least one year"));
    }
    faults.or(periods)
}

fn sources(document: &Document, entries: &[SourceEntry], periods: &[Period]) -> Result<Vec<Source>, Faults> {
    let mut ids = BTreeSet::new();
    let sources: Vec<Source> = Faults::all(entries.iter().map(|entry| {
        let (mut faults, id) = (Faults::default(), entry.id());
        if !ids.insert(id.get_ref()) {
            faults.add(document.error(id.span(), format!("id = \"{}\" stands twice", id.get_ref())));
        }
        let source = entry.check(document).and_then(|config| source(config, periods));
        let source = faults.keep(source);
        faults.or(source)
    }))?;
    for table in Delivered::REQUIRED {
        if !sources.iter().any(|source| source.config.table == *table) {
            let message = format!("no [[source]] delivers `{}`, without which nothing can be judged", table.name());
            return Err(document.error(0..0, message).into());
        }
    }
    Ok(sources)
}

fn source(config: SourceConfig, periods: &[Period]) -> Result<Source, Faults> {
    let mapping = Mapping::read(&config.mapping, config.table)?;
    let county = match &config.county {
        CountyOf::Source(county) => Some(*county),
        CountyOf::Field(_) => None,
    };
    let facts = SourceFacts {
        id: config.id.clone(),
        table: config.table,
        delivered: config.delivered.map(days),
        county,
        rules: mapping.rules.clone(),
        periods: periods.to_vec(),
        absent_is_zero: config.absent_is_zero,
    };
    Ok(Source { config, mapping, facts })
}
