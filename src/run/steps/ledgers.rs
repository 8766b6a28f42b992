//! `ledgers`: CSV sources → `enterprise`, `occupancy`, `tax`, `energy`.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;
use serde_json::{Value, json};

use super::cadastre::{file_name, require_rows, source_files, source_settings};
use super::{Products, counties_of, county_rows, delivering, output, read_each};
use crate::run::executor::{Done, Executor, Task, TaskError, settings};
use crate::run::pipeline_file::{Pipeline, Source};
use crate::run::report::Step;
use crate::run::{RunError, SourceFailure};
use crate::source::config::Format;
use crate::source::{csv, parquet};
use crate::stages::ledgers::{READ_VERSION, REGISTER_VERSION, Reader, SETTLE_VERSION, lineage, register, settle};
use crate::store::cache::Artifact;
use crate::table::delivery::Delivered;
use crate::table::{
    Table, coverage, energy, enterprise, issue, lineage_energy, lineage_enterprise, lineage_tax, mark, occupancy,
    reject, tally, tax,
};

/// The declarations behind a ledger: its own, and its lineage's (the register's is made of the register).
const fn declarations(table: Delivered) -> (&'static Table, Option<&'static Table>) {
    match table {
        // Occupancy's is made where its parcels are known.
        Delivered::Occupancy => (&occupancy::TABLE, None),
        Delivered::Tax => (&tax::TABLE, Some(&lineage_tax::TABLE)),
        Delivered::Energy => (&energy::TABLE, Some(&lineage_energy::TABLE)),
        Delivered::Enterprise | Delivered::Parcel => (&enterprise::TABLE, None),
    }
}

const fn step_name(table: Delivered) -> &'static str {
    match table {
        Delivered::Occupancy => "ledgers.occupancy",
        Delivered::Tax => "ledgers.tax",
        Delivered::Energy => "ledgers.energy",
        Delivered::Enterprise | Delivered::Parcel => "ledgers.enterprise",
    }
}

const LEDGERS: [Delivered; 4] = [Delivered::Enterprise, Delivered::Occupancy, Delivered::Tax, Delivered::Energy];

/// Reads and settles all ledgers.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let sources: Vec<&Source> =
        pipeline.sources.iter().filter(|source| source.config.table != Delivered::Parcel).collect();
    let mut tasks = Vec::new();
    for (source, found) in sources.iter().zip(source_files(&sources, products)?) {
        tasks.push(read_task(source, found));
    }
    let read_rows = executor.run(Step { name: "ledgers.read", version: READ_VERSION }, tasks)?;
    for table in LEDGERS {
        let mut seen = products_of(&read_rows);
        require_rows(pipeline, &seen, table, executor)?;
        let delivering: Vec<&Source> = sources.iter().copied().filter(|source| source.config.table == table).collect();
        let rows = read_rows.table(declarations(table).0.name);
        let tasks = counties_of(&rows).iter().map(|county| settle_task(table, &delivering, &rows, county)).collect();
        let settled = executor.run(Step { name: step_name(table), version: SETTLE_VERSION }, tasks)?;
        seen.artifacts.extend(settled.clone());
        products.artifacts.extend(settled);
    }
    // Canonical rows are those that were settled; what reading leaves besides is kept.
    for table in ["mark", "reject", "issue", "tally"] {
        products.artifacts.add(read_rows.table(table));
    }
    let mut ledger_counties: BTreeSet<String> = products.counties.iter().cloned().collect();
    for table in ["occupancy", "tax", "energy"] {
        ledger_counties.extend(counties_of(&products.artifacts.table(table)));
    }
    products.ledger_counties = ledger_counties.into_iter().collect();
    let counties = products.artifacts.table("enterprise");
    let task = Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: counties.clone(),
        work: Box::new(move || {
            let registered = register(&read_each(&counties)?)?;
            let origins = lineage(&lineage_enterprise::TABLE, &registered.rows)?;
            Ok(vec![
                output(&enterprise::TABLE, "all", registered.rows),
                output(&lineage_enterprise::TABLE, "all", origins),
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

fn products_of(artifacts: &crate::run::executor::Artifacts) -> Products {
    Products { artifacts: artifacts.clone(), ..Products::default() }
}

fn read_task(source: &Source, (paths, hashes): super::cadastre::Found) -> Task<'_> {
    Task {
        key: source.config.id.clone(),
        settings: settings(&source_settings(source), &json!({}), &hashes),
        inputs: Vec::new(),
        work: Box::new(move || {
            let names: Vec<String> = paths.iter().map(|path| file_name(source, path)).collect();
            let mut reader = Reader::new(&source.facts);
            let mut rows = 0;
            for (path, name) in paths.iter().zip(&names) {
                let mut sink = |batch: RecordBatch| {
                    rows += batch.num_rows() as u64;
                    reader.read(name, &batch);
                };
                match source.config.format {
                    Format::Parquet => parquet::read(&source.config, &source.mapping, path, &mut sink),
                    _ => csv::read(&source.config, &source.mapping, path, &mut sink),
                }
                .map_err(|error| TaskError::Source(SourceFailure::of(&source.config.id, &error)))?;
            }
            let read = reader.finish()?;
            let id = &source.config.id;
            let mut outputs = vec![
                output(&mark::TABLE, id, read.marks),
                output(&reject::TABLE, id, read.rejects),
                output(&issue::TABLE, id, read.issues),
                output(&tally::TABLE, id, read.tallies),
            ];
            let table = declarations(source.config.table).0;
            outputs.extend(read.rows.into_iter().map(|(county, batch)| output(table, &county, batch)));
            Ok(Done { rows_in: Some(rows), outputs })
        }),
    }
}

fn settle_task<'a>(table: Delivered, sources: &[&'a Source], rows: &[Artifact], county: &str) -> Task<'a> {
    let (declared, lineage_table) = declarations(table);
    let rows: Vec<Artifact> = rows.iter().filter(|artifact| artifact.part == county).cloned().collect();
    let delivering = delivering(sources, &rows);
    let configuration: Vec<Value> = delivering
        .iter()
        .map(|(source, _)| {
            json!([
                source.config.id,
                source.config.delivered.map(|date| date.to_string()),
                format!("{:?}", source.mapping.rules.duplicates),
                source.config.absent_is_zero,
            ])
        })
        .collect();
    let county = county.to_owned();
    Task {
        key: county.clone(),
        settings: settings(&json!({ "sources": configuration }), &json!({}), &json!({})),
        inputs: delivering.iter().flat_map(|(_, artifacts)| artifacts.clone()).collect(),
        work: Box::new(move || {
            let batches = county_rows(declared, &delivering)?;
            let settled = settle(table, &county, &batches)?;
            let mut outputs = vec![
                output(declared, &county, settled.rows),
                output(&coverage::TABLE, &county, settled.coverage),
                output(&mark::TABLE, &county, settled.marks),
                output(&reject::TABLE, &county, settled.rejects),
                output(&issue::TABLE, &county, settled.issues),
                output(&tally::TABLE, &county, settled.tallies),
            ];
            if let Some(origins) = lineage_table {
                outputs.push(output(origins, &county, lineage(origins, &settled.origins)?));
            }
            Ok(outputs.into())
        }),
    }
}
