//! `ledgers`: CSV and Parquet sources → every delivered table but `parcel`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use serde_json::{Map, Value, json};

use super::cadastre::{Found, file_name, require_rows, source_files, source_settings};
use super::{Products, counties_of, delivering as delivering_rows, joined, output, read, read_each};
use crate::run::executor::{Done, Executor, Task, TaskError, settings};
use crate::run::pipeline_file::{Pipeline, Source};
use crate::run::report::Step;
use crate::run::{RunError, SourceFailure};
use crate::source::config::Format;
use crate::source::{csv, parquet};
use crate::stages::delivered::CountyRows;
use crate::stages::ledgers::{
    READ_VERSION, REGISTER_VERSION, Read, Reader, SETTLE_VERSION, lineage, refused_years, register, settle,
};
use crate::stages::order;
use crate::store::cache::{Artifact, Output};
use crate::table::delivery::{Delivered, Sheet};
use crate::table::{Table, coverage, enterprise, issue, mark, reject, tally};

/// Reads and settles all ledgers.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let sources: Vec<&Source> = pipeline.sources.iter().filter(|source| !source.config.table.has_shapes()).collect();
    let found: Vec<(&Source, Found)> = sources.iter().copied().zip(source_files(&sources, products)?).collect();
    // A source of one county is read where the county is settled; the others are read once and routed.
    let (whole, routed): (Vec<_>, Vec<_>) = found.into_iter().partition(|(source, _)| source.facts.county.is_some());
    let tasks = routed.into_iter().map(|(source, found)| read_task(source, found)).collect();
    let read_rows = executor.run(Step { name: "ledgers.read", version: READ_VERSION }, tasks)?;
    let mut tasks = Vec::new();
    for table in Delivered::ledgers() {
        let delivering: Vec<&Source> = sources.iter().copied().filter(|source| source.config.table == table).collect();
        let own: Vec<_> = whole.iter().filter(|(source, _)| source.config.table == table).collect();
        let rows = read_rows.table(table.name());
        let marks = read_rows.table(mark::TABLE.name);
        let mut counties: BTreeSet<String> = counties_of(&rows).into_iter().collect();
        counties.extend(own.iter().filter_map(|(source, _)| source.facts.county).map(|county| county.to_string()));
        for county in counties {
            let of_county = |source: &Source| source.facts.county.is_some_and(|code| code.as_str() == county);
            let own =
                own.iter().filter(|(source, _)| of_county(source)).map(|(source, found)| (*source, found.clone()));
            let here = |artifacts: &[Artifact]| -> Vec<Artifact> {
                artifacts.iter().filter(|artifact| artifact.part == county).cloned().collect()
            };
            let routed = delivering_rows(&delivering, &joined([&here(&rows), &here(&marks)]));
            tasks.push(settle_task(table, &county, own.collect(), routed));
        }
    }
    let settled = executor.run(Step { name: "ledgers.settle", version: SETTLE_VERSION }, tasks)?;
    products.artifacts.extend(settled);
    // Canonical rows are those that were settled; what reading leaves besides is kept.
    for table in ["mark", "reject", "issue", "tally"] {
        products.artifacts.add(read_rows.table(table));
    }
    for table in Delivered::ledgers() {
        require_rows(pipeline, products, table, executor)?;
    }
    let mut ledger_counties: BTreeSet<String> = products.counties.iter().cloned().collect();
    for table in Delivered::ledgers().filter(|table| table.is_of_parcels()) {
        ledger_counties.extend(counties_of(&products.artifacts.table(table.name())));
    }
    products.ledger_counties = ledger_counties.into_iter().collect();
    let counties = products.artifacts.table("enterprise");
    let task = Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: counties.clone(),
        work: Box::new(move || {
            let registered = register(&read_each(&counties)?)?;
            Ok(vec![
                output(&enterprise::TABLE, "all", registered.rows),
                output(&issue::TABLE, "all", registered.issues),
                output(&tally::TABLE, "all", registered.tallies),
            ]
            .into())
        }),
    };
    let registered = executor.run(Step { name: "ledgers.register", version: REGISTER_VERSION }, vec![task])?;
    products.artifacts.extend(registered);
    Ok(())
}

fn read_task(source: &Source, (paths, hashes): Found) -> Task<'_> {
    Task {
        key: source.config.id.clone(),
        settings: settings(&source_settings(source), &json!({}), &hashes),
        inputs: Vec::new(),
        work: Box::new(move || {
            let (read, rows) = read_source(source, &paths)?;
            let table = source.config.table.table();
            let mut outputs = Vec::from(quality(source, &read));
            let marks = marks_by_county(&read.marks, &source.config.id)?;
            outputs.extend(marks.into_iter().map(|(part, batch)| output(&mark::TABLE, &part, batch)));
            outputs.extend(read.rows.into_iter().map(|(county, batch)| output(table, &county, batch)));
            Ok(Done { rows_in: Some(rows), outputs })
        }),
    }
}

/// A source's files, read; and how many rows they have.
fn read_source(source: &Source, paths: &[PathBuf]) -> Result<(Read, u64), TaskError> {
    let names: Vec<String> = paths.iter().map(|path| file_name(source, path)).collect();
    let mut reader = Reader::new(&source.facts);
    let mut rows = 0;
    for (path, name) in paths.iter().zip(&names) {
        let mut sink = |sheet: &Sheet<'_>| {
            rows += sheet.len() as u64;
            reader.read(name, sheet);
        };
        match source.config.format {
            Format::Parquet => parquet::read(&source.config, &source.mapping, path, &mut sink),
            _ => csv::read(&source.config, &source.mapping, path, &mut sink),
        }
        .map_err(|error| TaskError::Source(SourceFailure::of(&source.config.id, &error)))?;
    }
    Ok((reader.finish()?, rows))
}

/// What reading a source leaves besides its rows and marks.
fn quality(source: &Source, read: &Read) -> [Output; 3] {
    let id = &source.config.id;
    [
        output(&reject::TABLE, id, read.rejects.clone()),
        output(&issue::TABLE, id, read.issues.clone()),
        output(&tally::TABLE, id, read.tallies.clone()),
    ]
}

/// The rows of a county that were routed, and the years of those that were refused.
fn routed_rows<'a>(
    declared: &'static Table,
    county: &str,
    routed: &[(&'a Source, Vec<Artifact>)],
) -> Result<Vec<CountyRows<'a>>, TaskError> {
    let rows_of = |(source, artifacts): &(&'a Source, Vec<Artifact>)| {
        let (marks, rows): (Vec<Artifact>, Vec<Artifact>) =
            artifacts.iter().cloned().partition(|artifact| artifact.table == mark::TABLE.name);
        let refused_years = refused_years(&read(&mark::TABLE, &marks)?, county)?;
        Ok(CountyRows { facts: &source.facts, batch: read(declared, &rows)?, refused_years })
    };
    routed.iter().map(rows_of).collect()
}

/// Marks by county; those whose county could not be read under the source's id.
fn marks_by_county(marks: &RecordBatch, id: &str) -> Result<BTreeMap<String, RecordBatch>, TaskError> {
    let counties = mark::View::of(marks)?.county_code;
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in 0..marks.num_rows() {
        rows.entry(order::text(counties, row).unwrap_or(id)).or_default().push(row);
    }
    rows.into_iter().map(|(part, rows)| Ok((part.to_owned(), order::take(marks, &rows)?))).collect()
}

/// Settles a county's rows: of its own sources, read here, and of those that were routed.
fn settle_task<'a>(
    table: Delivered,
    county: &str,
    own: Vec<(&'a Source, Found)>,
    routed: Vec<(&'a Source, Vec<Artifact>)>,
) -> Task<'a> {
    let declared = table.table();
    // The register is its own, and occupancy's is made where its parcels are known.
    let lineage_table = table.is_by_county().then_some(table.declared().lineage);
    let declaration_of = |source: &Source, reading: Value| {
        let duplicates = format!("{:?}", source.mapping.rules.duplicates);
        json!([source.config.id, reading, duplicates, source.config.absent_is_zero])
    };
    // A routed source was read under its own fingerprint; only its date decides here.
    let date = |source: &Source| json!(source.config.delivered.map(|date| date.to_string()));
    let mut configuration: Vec<Value> =
        own.iter().map(|(source, _)| declaration_of(source, source_settings(source))).collect();
    configuration.extend(routed.iter().map(|(source, _)| declaration_of(source, date(source))));
    let mut files = Map::new();
    for (source, (_, hashes)) in &own {
        let hashes = hashes.as_object().into_iter().flatten();
        files.extend(hashes.map(|(file, hash)| (format!("{}/{file}", source.config.id), hash.clone())));
    }
    let county = county.to_owned();
    Task {
        key: format!("{}-{county}", table.name()),
        settings: settings(&json!({ "sources": configuration }), &json!({}), &Value::Object(files)),
        inputs: routed.iter().flat_map(|(_, artifacts)| artifacts.clone()).collect(),
        work: Box::new(move || {
            let mut batches = routed_rows(declared, &county, &routed)?;
            let mut rows_in = routed
                .iter()
                .flat_map(|(_, artifacts)| artifacts)
                .filter(|artifact| artifact.table == declared.name)
                .map(|artifact| artifact.rows)
                .sum();
            let mut outputs = Vec::new();
            for (source, (paths, _)) in &own {
                let (read, rows) = read_source(source, paths)?;
                rows_in += rows;
                outputs.extend(quality(source, &read));
                let refused_years = refused_years(&read.marks, &county)?;
                outputs.push(output(&mark::TABLE, &source.config.id, read.marks));
                // A source of one county has rows of no other.
                let batch = read.rows.into_iter().next().map(|(_, batch)| batch);
                let batch = batch.unwrap_or_else(|| RecordBatch::new_empty(declared.schema()));
                batches.push(CountyRows { facts: &source.facts, batch, refused_years });
            }
            let settled = settle(table, &county, &batches)?;
            outputs.extend([
                output(&coverage::TABLE, &county, settled.coverage),
                output(&mark::TABLE, &county, settled.marks),
                output(&reject::TABLE, &county, settled.rejects),
                output(&issue::TABLE, &county, settled.issues),
                output(&tally::TABLE, &county, settled.tallies),
            ]);
            if let Some((table, origins)) = lineage_table.zip(settled.origins) {
                outputs.push(output(table, &county, lineage(table, &origins)?));
            }
            outputs.push(output(declared, &county, settled.rows));
            Ok(Done { rows_in: Some(rows_in), outputs })
        }),
    }
}
