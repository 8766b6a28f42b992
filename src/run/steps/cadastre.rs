//! `cadastre`: vector sources → `parcel`.

use serde_json::{Map, Value, json};

use super::{Products, county_rows, delivering, output, read, read_columns};
use crate::domain::RejectCode;
use crate::run::RunError;
use crate::run::SourceFailure;
use crate::run::executor::{Done, Executor, Task, TaskError, settings};
use crate::run::pipeline_file::{Pipeline, Source};
use crate::run::report::Step;
use crate::source::{crs, files, vector};
use crate::stages::cadastre::{READ_VERSION, SETTLE_VERSION, SHARED_VERSION, settle, shared_ids};
use crate::stages::features::{Feature, Reader};
use crate::stages::quality::Outcome;
use crate::store::cache::Artifact;
use crate::store::snapshot::hash_file;
use crate::table::delivery::Delivered;
use crate::table::{issue, lineage_parcel, parcel, parcel_read, reject, shared_parcel_id, tally};

/// Reads and settles all parcels.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let sources: Vec<&Source> =
        pipeline.sources.iter().filter(|source| source.config.table == Delivered::Parcel).collect();
    let found = source_files(&sources, products)?;
    let tasks =
        sources.iter().zip(found).map(|(source, found)| read_features::<parcel_read::Builder>(source, found)).collect();
    let read_rows = executor.run(Step { name: "cadastre.read", version: READ_VERSION }, tasks)?;
    products.artifacts.extend(read_rows);
    require_rows(pipeline, products, Delivered::Parcel, executor)?;

    let counties = super::counties_of(&products.artifacts.table("parcel_read"));
    let rows = in_force(&sources, products, &counties);
    let shared = Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: rows.clone(),
        work: Box::new(move || {
            let mut ids = Vec::new();
            for (artifact, batch) in rows.iter().zip(read_columns(&rows, &["parcel_id"])?) {
                ids.push((artifact.part.clone(), batch));
            }
            Ok(vec![output(&shared_parcel_id::TABLE, "all", shared_ids(&ids)?)].into())
        }),
    };
    let shared = executor.run(Step { name: "cadastre.shared", version: SHARED_VERSION }, vec![shared])?;

    let tasks = counties
        .iter()
        .map(|county| settle_task(pipeline, &sources, products, &shared.of("shared_parcel_id", "all"), county))
        .collect();
    let settled = executor.run(Step { name: "cadastre.settle", version: SETTLE_VERSION }, tasks)?;
    products.artifacts.extend(settled);
    products.parts = products.artifacts.table("parcel").into_iter().map(|artifact| artifact.part).collect();
    products.counties = counties;
    Ok(())
}

/// What each county's newest delivery left: a parcel that another county has taken over still stands in the older ones.
fn in_force(sources: &[&Source], products: &Products, counties: &[String]) -> Vec<Artifact> {
    let newest = |county: &String| {
        let delivering = delivering(sources, &products.artifacts.of("parcel_read", county));
        delivering.into_iter().max_by_key(|(source, _)| (source.facts.delivered, source.facts.id.clone()))
    };
    counties.iter().filter_map(newest).flat_map(|(_, own)| own).collect()
}

/// A source's files with their hashes, by file name.
pub(super) type Found = (Vec<std::path::PathBuf>, Value);

/// The files of each source, hashed; all failures are told together.
pub(super) fn source_files(sources: &[&Source], products: &mut Products) -> Result<Vec<Found>, RunError> {
    use rayon::prelude::*;
    let found: Vec<Result<Found, SourceFailure>> = sources
        .par_iter()
        .map(|source| {
            let id = &source.config.id;
            let paths = files::matching(&source.config.path).map_err(|error| SourceFailure::of(id, &error))?;
            let mut hashes = Map::new();
            for file in paths.iter().flat_map(|path| files::companions(path)) {
                let hash =
                    hash_file(&file).map_err(|error| SourceFailure { id: id.clone(), reason: error.to_string() })?;
                hashes.insert(file_name(source, &file), json!(hash));
            }
            Ok((paths, Value::Object(hashes)))
        })
        .collect();
    let mut failures = Vec::new();
    let mut all = Vec::new();
    for (source, result) in sources.iter().zip(found) {
        match result {
            Ok((paths, hashes)) => {
                for (file, hash) in hashes.as_object().into_iter().flatten() {
                    let hash = hash.as_str().unwrap_or_default().to_owned();
                    products.files.push((source.config.id.clone(), file.clone(), hash));
                }
                all.push((paths, hashes));
            }
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(all) } else { Err(RunError::Sources(failures)) }
}

/// A file's name in rejects, lineage and manifest: relative to where its source's pattern begins.
pub(super) fn file_name(source: &Source, path: &std::path::Path) -> String {
    path.strip_prefix(&source.config.folder).unwrap_or(path).to_string_lossy().into_owned()
}

/// What of a source's configuration decides how its rows are read.
pub(super) fn source_settings(source: &Source) -> Value {
    let config = &source.config;
    json!({
        "table": config.table.name(),
        "format": format!("{:?}", config.format),
        "layer": config.layer,
        "encoding": format!("{:?}", config.encoding),
        "crs": config.crs,
        "county": format!("{:?}", config.county),
        "delivered": config.delivered.map(|date| date.to_string()),
        "mapping": blake3::hash(source.mapping.text.as_bytes()).to_hex().to_string(),
        "periods": source.facts.periods.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "libraries": crs::library_versions(),
    })
}

/// Reads a source's features into the table that `F` builds.
pub(super) fn read_features<F: Feature>(source: &Source, (paths, hashes): Found) -> Task<'_> {
    Task {
        key: source.config.id.clone(),
        settings: settings(&source_settings(source), &json!({}), &hashes),
        inputs: Vec::new(),
        work: Box::new(move || {
            let names: Vec<String> = paths.iter().map(|path| file_name(source, path)).collect();
            let mut reader = Reader::<F>::new(&source.facts);
            let mut rows = 0;
            for (path, name) in paths.iter().zip(&names) {
                vector::read(&source.config, &source.mapping, path, &mut |sheet, projection| {
                    rows += sheet.len() as u64;
                    reader.read(name, sheet, projection);
                })
                .map_err(|error| TaskError::Source(SourceFailure::of(&source.config.id, &error)))?;
            }
            let read = reader.finish()?;
            let id = &source.config.id;
            let mut outputs = vec![
                output(&reject::TABLE, id, read.rejects),
                output(&issue::TABLE, id, read.issues),
                output(&tally::TABLE, id, read.tallies),
            ];
            outputs.extend(read.features.into_iter().map(|(county, batch)| output(F::TABLE, &county, batch)));
            Ok(Done { rows_in: Some(rows), outputs })
        }),
    }
}

/// Stops at sources without a single accepted row, and at a required table without one.
pub(super) fn require_rows(
    pipeline: &Pipeline,
    products: &Products,
    table: Delivered,
    executor: &Executor<'_>,
) -> Result<(), RunError> {
    if executor.is_plan() {
        return Ok(());
    }
    let mut failures = Vec::new();
    for source in pipeline.sources.iter().filter(|source| source.config.table == table) {
        let id = &source.config.id;
        let mut accepted = 0;
        for artifact in products.artifacts.of("tally", id) {
            let batch = artifact.read(None)?;
            let rows = tally::View::of(&batch).map_err(|error| RunError::Stage {
                step: "read".to_owned(),
                key: id.clone(),
                source: error.into(),
            })?;
            for row in (0..batch.num_rows()).filter(|row| rows.measure.value(*row) == "rows") {
                let outcome = rows.outcome.value(row);
                if outcome == Outcome::Read.as_str() {
                    accepted += rows.value.value(row);
                } else if outcome != Outcome::Unparsable.as_str() {
                    accepted -= rows.value.value(row);
                }
            }
        }
        if accepted <= 0 {
            let reason = format!("{}: no row was accepted{}", source.config.path.display(), codes(products, id)?);
            failures.push(SourceFailure { id: id.clone(), reason });
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(RunError::Sources(failures)) }
}

/// The codes for which a source's rows were rejected, with counts.
fn codes(products: &Products, source: &str) -> Result<String, RunError> {
    let mut counts: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
    for artifact in products.artifacts.of("reject", source) {
        let batch = artifact.read(Some(&["code"]))?;
        let codes = batch.column_by_name("code").map(|codes| arrow::array::AsArray::as_string::<i32>(codes).clone());
        for code in codes.iter().flatten().flatten() {
            *counts.entry(code.to_owned()).or_default() += 1;
        }
    }
    let meaning =
        |code: &str| RejectCode::ALL.iter().find(|known| known.as_str() == code).map_or("", |known| known.meaning());
    let list: Vec<String> =
        counts.iter().map(|(code, count)| format!("\n  {count} × {code}: {}", meaning(code))).collect();
    Ok(list.concat())
}

fn settle_task<'a>(
    pipeline: &'a Pipeline,
    sources: &[&'a Source],
    products: &Products,
    shared: &[Artifact],
    county: &str,
) -> Task<'a> {
    let rows = products.artifacts.of("parcel_read", county);
    let delivering = delivering(sources, &rows);
    let declared: Vec<Value> = delivering.iter().map(|(source, _)| source.settling()).collect();
    let (county, shared, max_rows) = (county.to_owned(), shared.to_vec(), pipeline.max_rows);
    Task {
        key: county.clone(),
        settings: settings(&json!({ "max_rows": max_rows, "sources": declared }), &json!({}), &json!({})),
        inputs: rows.into_iter().chain(shared.clone()).collect(),
        work: Box::new(move || {
            let batches = county_rows(&parcel_read::TABLE, &delivering)?;
            let shared = read(&shared_parcel_id::TABLE, &shared)?;
            let settled = settle(&county, &batches, &shared, max_rows)?;
            let mut outputs = vec![
                output(&lineage_parcel::TABLE, &county, settled.lineage),
                output(&reject::TABLE, &county, settled.rejects),
                output(&issue::TABLE, &county, settled.issues),
                output(&tally::TABLE, &county, settled.tallies),
            ];
            outputs.extend(settled.parcels.into_iter().map(|(part, batch)| output(&parcel::TABLE, &part, batch)));
            Ok(outputs.into())
        }),
    }
}
