//! How stages are joined: which task reads what, and what its fingerprint declares. One file per stage.

mod allocate;
mod blocks;
mod cadastre;
mod evaluate;
mod identify;
mod ledgers;
mod names;
mod overlay;
mod platforms;
mod projects;
mod summaries;
mod yields;
mod zones;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, AsArray, RecordBatch};
use serde_json::{Map, Value, json};

use super::RunError;
use super::executor::{Artifacts, Executor, TaskError, county_of};
use super::history::History;
use super::pipeline_file::{Pipeline, Source};
use crate::domain::{DivisionCode, Period};
use crate::policy::{RuleSet, Section};
use crate::stages::delivered::CountyRows;
use crate::stages::order::take;
use crate::store::cache::{Artifact, Output};
use crate::table::Table;

/// What all stages leave.
#[derive(Debug, Default)]
pub struct Products {
    /// Every table of every step.
    pub artifacts: Artifacts,
    /// Counties with parcels, by code.
    pub counties: Vec<String>,
    /// Counties with parcels or ledgers, by code.
    pub ledger_counties: Vec<String>,
    /// Parts with parcels, in order.
    pub parts: Vec<String>,
    /// Files read, by source: id, file, hash.
    pub files: Vec<(String, String, String)>,
}

/// Runs all stages.
///
/// # Errors
/// The first that fails.
pub fn all(pipeline: &Pipeline, history: &History, executor: &Executor<'_>) -> Result<Products, RunError> {
    let mut products = Products::default();
    cadastre::run(pipeline, executor, &mut products)?;
    ledgers::run(pipeline, executor, &mut products)?;
    projects::run(pipeline, executor, &mut products)?;
    allocate::run(pipeline, executor, &mut products)?;
    zones::run(pipeline, executor, &mut products)?;
    overlay::run(pipeline, executor, &mut products)?;
    names::run(pipeline, executor, &mut products)?;
    yields::run(pipeline, executor, &mut products)?;
    evaluate::run(pipeline, history, executor, &mut products)?;
    identify::run(pipeline, executor, &mut products)?;
    blocks::run(pipeline, executor, &mut products)?;
    summaries::run(pipeline, executor, &mut products)?;
    platforms::summarised(pipeline, executor, &mut products)?;
    Ok(products)
}

/// The sets that judge a county, or an error that its code cannot have one.
fn sets<'a>(pipeline: &'a Pipeline, county: &str) -> Result<Vec<(Period, &'a RuleSet)>, RunError> {
    match county.parse::<DivisionCode>() {
        Ok(code) => pipeline.sets(&code),
        // Readers let only county codes pass.
        Err(_) => Ok(Vec::new()),
    }
}

/// The hashes of the policy sections that a task declares, by period and section.
fn policy_hashes(sets: &[(Period, &RuleSet)], sections: &[Section]) -> Value {
    let mut hashes = Map::new();
    for (period, set) in sets {
        for section in sections {
            hashes.insert(format!("{period} {}", section.as_str()), json!(set.section_hash(*section)));
        }
    }
    Value::Object(hashes)
}

/// All rows of some artifacts of one table, as one batch.
fn read(table: &'static Table, artifacts: &[Artifact]) -> Result<RecordBatch, TaskError> {
    match artifacts {
        [only] => Ok(only.read(None)?),
        several => {
            let batches: Result<Vec<_>, _> = several.iter().map(|artifact| artifact.read(None)).collect();
            Ok(table.concat(&batches?)?)
        }
    }
}

/// Some columns of a part's rows; none of a part that has no rows.
fn read_part(table: &'static Table, artifacts: &[Artifact], columns: &[&str]) -> Result<RecordBatch, TaskError> {
    match artifacts.first() {
        Some(part) => Ok(part.read(Some(columns))?),
        None => Ok(RecordBatch::new_empty(table.schema())),
    }
}

/// Each artifact's rows: some columns.
fn read_columns(artifacts: &[Artifact], columns: &[&str]) -> Result<Vec<RecordBatch>, TaskError> {
    artifacts.iter().map(|artifact| Ok(artifact.read(Some(columns))?)).collect()
}

/// Each artifact's rows.
fn read_each(artifacts: &[Artifact]) -> Result<Vec<RecordBatch>, TaskError> {
    artifacts.iter().map(|artifact| Ok(artifact.read(None)?)).collect()
}

/// The rows of `occupant` of some enterprises, county by county, each with its number there.
fn occupants_of(
    enterprises: &BTreeSet<String>,
    occupants: &[Artifact],
) -> Result<Vec<(Vec<usize>, RecordBatch)>, TaskError> {
    let mut found = Vec::new();
    for artifact in occupants.iter().filter(|_| !enterprises.is_empty()) {
        let ids = artifact.read(Some(&["uscc"]))?;
        let ids = ids.column(0).as_string::<i32>();
        let rows: Vec<usize> = (0..ids.len()).filter(|row| enterprises.contains(ids.value(*row))).collect();
        if !rows.is_empty() {
            let own = take(&artifact.read(None)?, &rows)?;
            found.push((rows, own));
        }
    }
    Ok(found)
}

/// What the tasks of a step all read and none changes: made by the first that asks for it.
struct Shared<T>(Mutex<Option<Arc<T>>>);

impl<T> Shared<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }

    fn get(&self, make: impl FnOnce() -> Result<T, TaskError>) -> Result<Arc<T>, TaskError> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = slot.as_ref() {
            return Ok(made.clone());
        }
        Ok(slot.insert(Arc::new(make()?)).clone())
    }
}

/// An output.
fn output(table: &'static Table, part: &str, batch: RecordBatch) -> Output {
    Output { table, part: part.to_owned(), batch }
}

/// The sources whose own artifacts are among `rows`, each with them.
fn delivering<'a>(sources: &[&'a Source], rows: &[Artifact]) -> Vec<(&'a Source, Vec<Artifact>)> {
    let own = |source: &Source| -> Vec<Artifact> {
        rows.iter().filter(|artifact| artifact.is_of(&source.config.id)).cloned().collect()
    };
    sources.iter().map(|source| (*source, own(source))).filter(|(_, own)| !own.is_empty()).collect()
}

/// Each source's rows of a county, read.
fn county_rows<'a>(
    table: &'static Table,
    delivering: &[(&'a Source, Vec<Artifact>)],
) -> Result<Vec<CountyRows<'a>>, TaskError> {
    let rows = |(source, own): &(&'a Source, Vec<Artifact>)| {
        Ok(CountyRows { facts: &source.facts, batch: read(table, own)?, refused_years: BTreeSet::new() })
    };
    delivering.iter().map(rows).collect()
}

/// The counties that some artifacts lie in, sorted.
fn counties_of(artifacts: &[Artifact]) -> Vec<String> {
    let counties: BTreeSet<String> = artifacts.iter().map(|artifact| county_of(&artifact.part).to_owned()).collect();
    counties.into_iter().collect()
}

/// Two lists of artifacts as one.
fn joined<const N: usize>(lists: [&[Artifact]; N]) -> Vec<Artifact> {
    lists.concat()
}
