//! Pipeline files: what is read, from where, for which periods, by which policy, into which store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::{Options, RunError};
use crate::document::{Document, DocumentError};
use crate::domain::{DivisionCode, Period};
use crate::policy::{PolicyBook, PolicyError, RuleSet};
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
    /// With file, line, key and way out; nothing is written.
    pub fn read(path: &Path, options: &Options, today: NaiveDate) -> Result<Self, RunError> {
        let document = Document::read(path)?;
        let file: PipelineFile = document.parse()?;
        if *file.format.get_ref() != 1 {
            return Err(document.error(file.format.span(), "format: this version reads pipeline format 1").into());
        }
        refuse_later_features(&document, &file)?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let periods = periods(&document, &file)?;
        let as_of = match (options.as_of, file.as_of.get_ref().as_str()) {
            (Some(date), _) => date,
            (None, "today") => today,
            (None, text) => text.parse().map_err(|_| {
                document.error(
                    file.as_of.span(),
                    format!("as_of = \"{text}\" is neither a date as 2025-01-31 nor \"today\""),
                )
            })?,
        };
        let max_rows = match &file.parts {
            Some(parts) if *parts.max_rows.get_ref() == 0 => {
                return Err(document.error(parts.max_rows.span(), "max_rows must be at least 1").into());
            }
            Some(parts) => *parts.max_rows.get_ref() as usize,
            None => MAX_ROWS,
        };
        let min_enterprises = match &file.summaries {
            Some(summaries) if *summaries.min_enterprises.get_ref() == 0 => {
                let message = "min_enterprises must be at least 1; 1 withholds nothing";
                return Err(document.error(summaries.min_enterprises.span(), message).into());
            }
            Some(summaries) => *summaries.min_enterprises.get_ref(),
            None => MIN_ENTERPRISES,
        };
        let history_periods = match &file.history {
            Some(history) if *history.periods.get_ref() == 0 => {
                return Err(document.error(history.periods.span(), "history: `periods` must be at least 1").into());
            }
            Some(history) => usize::from(*history.periods.get_ref()),
            None => HISTORY_PERIODS,
        };
        if file.policy.get_ref().is_empty() {
            return Err(document.error(file.policy.span(), "policy: name at least one rule set").into());
        }
        let policy: Vec<PathBuf> = file.policy.get_ref().iter().map(|set| folder.join(set)).collect();
        let policy = PolicyBook::load(&policy).map_err(PolicyError::from)?;
        let sources = sources(&document, file.source, &periods)?;
        let store = options.store.clone().unwrap_or_else(|| folder.join(&file.store));
        let pipeline = Self {
            name: file.name.into_inner(),
            store,
            periods,
            as_of,
            policy,
            max_rows,
            min_enterprises: min_enterprises.into(),
            history_periods,
            sources,
        };
        for county in pipeline.named_counties() {
            pipeline.sets(&county)?;
        }
        Ok(pipeline)
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

fn refuse_later_features(document: &Document, file: &PipelineFile) -> Result<(), DocumentError> {
    match &file.corrections {
        Some(corrections) if !corrections.get_ref().is_empty() => {
            return Err(document.error(corrections.span(), "`corrections` is not supported yet"));
        }
        _ => {}
    }
    match &file.gates {
        Some(gates) if !gates.get_ref().is_empty() => Err(document.error(gates.span(), "`gates` is not supported yet")),
        _ => Ok(()),
    }
}

fn periods(document: &Document, file: &PipelineFile) -> Result<Vec<Period>, DocumentError> {
    let mut periods: Vec<Period> = Vec::new();
    for text in file.periods.get_ref() {
        let period: Period =
            text.get_ref().parse().map_err(|error| document.error(text.span(), format!("periods: {error}")))?;
        if !matches!(period, Period::Year(_)) {
            return Err(document
                .error(text.span(), format!("periods: `{period}` is not a year; only complete years are judged")));
        }
        if periods.contains(&period) {
            return Err(document.error(text.span(), format!("periods: `{period}` stands twice")));
        }
        periods.push(period);
    }
    if periods.is_empty() {
        return Err(document.error(file.periods.span(), "periods: name at least one year"));
    }
    Ok(periods)
}

fn sources(document: &Document, entries: Vec<SourceEntry>, periods: &[Period]) -> Result<Vec<Source>, DocumentError> {
    let mut sources: Vec<Source> = Vec::with_capacity(entries.len());
    for entry in entries {
        let span = entry.id_span();
        let config = entry.check(document)?;
        if sources.iter().any(|other| other.config.id == config.id) {
            return Err(document.error(span, format!("id = \"{}\" stands twice", config.id)));
        }
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
        sources.push(Source { config, mapping, facts });
    }
    for table in Delivered::REQUIRED {
        if !sources.iter().any(|source| source.config.table == *table) {
            let message = format!("no [[source]] delivers `{}`, without which nothing can be judged", table.name());
            return Err(document.error(0..0, message));
        }
    }
    Ok(sources)
}
