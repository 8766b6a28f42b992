//! `history/`: grades and benchmarks of the latest years, carried from one snapshot to the next when a year is not judged
//! any more.
//!
//! What a run reads of it is what it will publish again: of the years it does not judge, those among the latest. So what
//! is published follows from what is read, and a run of unchanged inputs ends in the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};

use super::executor::Artifacts;
use super::pipeline_file::Pipeline;
use super::{Exit, RunError};
use crate::domain::Period;
use crate::policy::Benchmark;
use crate::stages::StageError;
use crate::stages::order::{arranged, column, comparable, sorted, take};
use crate::store::parquet::{self, ParquetWriter, Written};
use crate::store::snapshot::{self, Draft};
use crate::table::{self, Table, TableError, history_benchmark, history_grade};

/// Where the tables lie in a snapshot; their names are also those of a folder that `--history` names.
pub const PLACES: [(&str, &Table); 2] =
    [("history/grade.parquet", &history_grade::TABLE), ("history/benchmark.parquet", &history_benchmark::TABLE)];

/// Why history was not read. Holds no value of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The store has a history of its own.
    #[error(
        "--history {path}: the store has a snapshot, and with it a history; leave --history out, or name a new --store"
    )]
    NotEmpty {
        /// Folder given.
        path: PathBuf,
    },
    /// The folder is none, or another.
    #[error(
        "--history {path}: holds neither grade.parquet nor benchmark.parquet; name the `history` folder of a snapshot"
    )]
    Nothing {
        /// Folder given.
        path: PathBuf,
    },
    /// The file given is another.
    #[error("{path}: no {table} table of this version: {why}; {}", remedy(*.is_given))]
    Foreign {
        /// File.
        path: PathBuf,
        /// Table it should be.
        table: &'static str,
        /// What is wrong.
        why: String,
        /// Whether `--history` named it, rather than `CURRENT`.
        is_given: bool,
    },
}

const fn remedy(is_given: bool) -> &'static str {
    if is_given {
        "name the `history` folder of a snapshot that this version published"
    } else {
        "remove CURRENT (snapshots stay) and run again to go on without it"
    }
}

impl HistoryError {
    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Foreign { is_given: false, .. } => Exit::Failed,
            _ => Exit::BadInput,
        }
    }
}

/// What is carried over: rows of the years that are kept and not judged, sorted by key.
#[derive(Debug)]
pub struct History {
    grades: RecordBatch,
    benchmarks: RecordBatch,
    /// The judged years that are kept.
    judged: BTreeSet<String>,
}

impl History {
    /// Reads the history of the store's snapshot, or, for a store without any, that of the folder `seed`.
    ///
    /// # Errors
    /// When a file is damaged or foreign, and when a store that has a snapshot is to be seeded.
    pub fn read(pipeline: &Pipeline, seed: Option<&Path>) -> Result<Self, RunError> {
        let [grades, benchmarks] = files(pipeline, seed)?;
        let is_given = seed.is_some();
        let grades = read(grades, &history_grade::TABLE, is_given)?;
        let benchmarks = read(benchmarks, &history_benchmark::TABLE, is_given)?;
        let past = years(&grades)?.into_iter().chain(years(&benchmarks)?);
        let kept: BTreeSet<Period> = past.chain(pipeline.periods.iter().copied()).collect();
        let kept: BTreeSet<Period> = kept.into_iter().rev().take(pipeline.history_periods).collect();
        let texts = |is_judged: bool| -> BTreeSet<String> {
            let those = kept.iter().filter(|period| pipeline.periods.contains(period) == is_judged);
            those.map(ToString::to_string).collect()
        };
        let carried = texts(false);
        Ok(Self {
            grades: of_years(&grades, &carried).map_err(failed(&history_grade::TABLE))?,
            benchmarks: of_years(&benchmarks, &carried).map_err(failed(&history_benchmark::TABLE))?,
            judged: texts(true),
        })
    }

    /// The benchmarks of years that are not judged any more.
    #[must_use]
    pub const fn benchmarks(&self) -> &RecordBatch {
        &self.benchmarks
    }

    /// BLAKE3 of the benchmarks carried over; none where there are none.
    ///
    /// # Errors
    /// Never by the data.
    pub fn benchmark_hash(&self) -> Result<Option<String>, RunError> {
        hash(&self.benchmarks).map_err(failed(&history_benchmark::TABLE))
    }

    /// BLAKE3 of all that is carried over, by file; empty where nothing is.
    ///
    /// # Errors
    /// Never by the data.
    pub fn hashes(&self) -> Result<BTreeMap<&'static str, String>, RunError> {
        let grades = hash(&self.grades).map_err(failed(&history_grade::TABLE))?;
        let hashes = [grades, self.benchmark_hash()?];
        Ok(PLACES.iter().zip(hashes).filter_map(|((path, _), hash)| Some((*path, hash?))).collect())
    }

    /// Writes what was carried over beside what this run judged.
    ///
    /// # Errors
    /// When the store fails.
    pub fn write(&self, draft: &Draft, artifacts: &Artifacts) -> Result<Vec<(String, Written)>, RunError> {
        let mut grades: BTreeMap<String, Vec<RecordBatch>> = BTreeMap::new();
        for (county, rows) in by_county(&self.grades).map_err(failed(&history_grade::TABLE))? {
            grades.entry(county).or_default().push(rows);
        }
        for artifact in artifacts.table("enterprise_evaluation") {
            let rows = grades_of(&artifact.read(None)?).map_err(failed(&history_grade::TABLE))?;
            let rows = of_years(&rows, &self.judged).map_err(failed(&history_grade::TABLE))?;
            grades.entry(artifact.part.clone()).or_default().push(rows);
        }
        let mut benchmarks = vec![self.benchmarks.clone()];
        for artifact in artifacts.table("history_benchmark") {
            benchmarks.push(of_years(&artifact.read(None)?, &self.judged).map_err(failed(&history_benchmark::TABLE))?);
        }
        let [grade, benchmark] = PLACES;
        Ok(vec![
            (grade.0.to_owned(), write(draft, grade, grades.into_values())?),
            (benchmark.0.to_owned(), write(draft, benchmark, [benchmarks])?),
        ])
    }
}

/// The files that are read, in order of [`PLACES`].
fn files(pipeline: &Pipeline, seed: Option<&Path>) -> Result<[Option<PathBuf>; 2], RunError> {
    let Some(folder) = seed else {
        let [grade, benchmark] = PLACES.map(|(path, _)| snapshot::file(&pipeline.store, path));
        return Ok([grade?, benchmark?]);
    };
    let path = folder.to_owned();
    if snapshot::current(&pipeline.store)?.is_some() {
        return Err(HistoryError::NotEmpty { path }.into());
    }
    let files = PLACES.map(|(place, _)| Some(folder.join(Path::new(place).file_name()?)).filter(|file| file.is_file()));
    if files.iter().all(Option::is_none) {
        return Err(HistoryError::Nothing { path }.into());
    }
    Ok(files)
}

/// The rows of a file, sorted by key; none of no file.
fn read(path: Option<PathBuf>, table: &'static Table, is_given: bool) -> Result<RecordBatch, RunError> {
    let Some(path) = path else { return Ok(RecordBatch::new_empty(table.schema())) };
    checked(&path, table).map_err(|why| HistoryError::Foreign { path, table: table.name, why, is_given }.into())
}

fn checked(path: &Path, table: &'static Table) -> Result<RecordBatch, String> {
    let rows = parquet::read(path).map_err(|_| "it is no Parquet file".to_owned())?;
    let (found, expected) = (rows.schema(), table.published_schema());
    let columns = |schema: &Schema| -> Vec<String> {
        schema.fields().iter().map(|field| format!("{} ({})", field.name(), field.data_type())).collect()
    };
    let (found, expected) = (columns(&found), columns(&expected));
    if let Some(missing) = expected.iter().find(|column| !found.contains(column)) {
        return Err(format!("it has no column {missing}"));
    }
    if let Some(other) = found.iter().find(|column| !expected.contains(column)) {
        return Err(format!("it has a column {other}"));
    }
    let told = |error: TableError| error.to_string();
    let rows = table::declared(&rows, table).map_err(told)?;
    let rows = table.concat([&rows]).map_err(|_| "its columns are in another order".to_owned())?;
    let (rows, is_unique) = arranged(&rows, table.key).map_err(|error| error.to_string())?;
    if !is_unique {
        return Err("two rows carry one key".to_owned());
    }
    let texts = text_column(&rows, "period").map_err(|error| error.to_string())?;
    if texts.iter().flatten().any(|text| !matches!(text.parse(), Ok(Period::Year(_)))) {
        return Err("a period is no year".to_owned());
    }
    for column in ["exact", "mean_exact"].into_iter().filter(|name| rows.column_by_name(name).is_some()) {
        let texts = text_column(&rows, column).map_err(|error| error.to_string())?;
        if texts.iter().flatten().any(|text| Benchmark::exact_value(text).is_none()) {
            return Err(format!("a value of {column} is no ratio"));
        }
    }
    Ok(rows)
}

/// A column as texts.
fn text_column(rows: &RecordBatch, name: &str) -> Result<StringArray, StageError> {
    Ok(cast(&column(rows, name)?, &DataType::Utf8)?.as_string().clone())
}

fn years(rows: &RecordBatch) -> Result<BTreeSet<Period>, RunError> {
    let texts = text_column(rows, "period").map_err(failed(&history_grade::TABLE))?;
    Ok(texts.iter().flatten().filter_map(|text| text.parse().ok()).collect())
}

fn of_years(rows: &RecordBatch, years: &BTreeSet<String>) -> Result<RecordBatch, StageError> {
    let periods = text_column(rows, "period")?;
    let chosen: Vec<usize> = (0..rows.num_rows()).filter(|row| years.contains(periods.value(*row))).collect();
    take(rows, &chosen)
}

fn by_county(rows: &RecordBatch) -> Result<Vec<(String, RecordBatch)>, StageError> {
    let codes = text_column(rows, "county_code")?;
    let mut counties: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, county) in codes.iter().flatten().enumerate() {
        counties.entry(county).or_default().push(row);
    }
    counties.into_iter().map(|(county, chosen)| Ok((county.to_owned(), take(rows, &chosen)?))).collect()
}

/// The columns of `enterprise_evaluation` that are kept.
fn grades_of(evaluations: &RecordBatch) -> Result<RecordBatch, StageError> {
    let schema = history_grade::TABLE.schema();
    let columns: Result<Vec<_>, _> = schema.fields().iter().map(|field| column(evaluations, field.name())).collect();
    Ok(RecordBatch::try_new(schema, columns?)?)
}

/// BLAKE3 of rows that are sorted.
fn hash(rows: &RecordBatch) -> Result<Option<String>, StageError> {
    let schema = rows.schema();
    let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut hasher = blake3::Hasher::new();
    for row in &comparable(rows, &columns)? {
        hasher.update(row.as_ref());
    }
    Ok((rows.num_rows() > 0).then(|| hasher.finalize().to_hex().to_string()))
}

/// Writes a table of parts whose keys follow each other.
fn write(
    draft: &Draft,
    (path, table): (&str, &'static Table),
    parts: impl IntoIterator<Item = Vec<RecordBatch>>,
) -> Result<Written, RunError> {
    let mut writer = ParquetWriter::create(&draft.place(path)?, &table.published_schema())?;
    for part in parts {
        let rows = table.concat(&part).map_err(|error| failed(table)(error.into()))?;
        let rows = sorted(&rows, table.key).map_err(failed(table))?;
        writer.write(&rows)?;
    }
    Ok(writer.finish()?)
}

fn failed(table: &Table) -> impl Fn(StageError) -> RunError {
    let key = table.name.to_owned();
    move |source| RunError::Stage { step: "history".to_owned(), key: key.clone(), source }
}
