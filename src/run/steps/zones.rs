//! `zones`: vector sources → `zone`.

use serde_json::{Value, json};

use super::cadastre::{read_features, require_rows, source_files};
use super::{Products, counties_of, county_rows, delivering, output};
use crate::run::RunError;
use crate::run::executor::{Executor, Task, settings};
use crate::run::pipeline_file::{Pipeline, Source};
use crate::run::report::Step;
use crate::stages::zones::{READ_VERSION, SETTLE_VERSION, settle};
use crate::table::delivery::Delivered;
use crate::table::{issue, lineage_zone, reject, tally, zone, zone_read};

/// Reads and settles all zones, if any source delivers some.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    if !pipeline.delivers(Delivered::Zone) {
        return Ok(());
    }
    let sources: Vec<&Source> =
        pipeline.sources.iter().filter(|source| source.config.table == Delivered::Zone).collect();
    let found = source_files(&sources, products)?;
    let tasks =
        sources.iter().zip(found).map(|(source, found)| read_features::<zone_read::Builder>(source, found)).collect();
    let read_rows = executor.run(Step { name: "zones.read", version: READ_VERSION }, tasks)?;
    products.artifacts.extend(read_rows);
    require_rows(pipeline, products, Delivered::Zone, executor)?;
    let counties = counties_of(&products.artifacts.table("zone_read"));
    let tasks = counties.iter().map(|county| settle_task(&sources, products, county)).collect();
    let settled = executor.run(Step { name: "zones.settle", version: SETTLE_VERSION }, tasks)?;
    products.artifacts.extend(settled);
    Ok(())
}

fn settle_task<'a>(sources: &[&'a Source], products: &Products, county: &str) -> Task<'a> {
    let rows = products.artifacts.of("zone_read", county);
    let delivering = delivering(sources, &rows);
    let declared: Vec<Value> = delivering.iter().map(|(source, _)| source.settling()).collect();
    let county = county.to_owned();
    Task {
        key: county.clone(),
        settings: settings(&json!({ "sources": declared }), &json!({}), &json!({})),
        inputs: rows,
        work: Box::new(move || {
            let settled = settle(&county, &county_rows(&zone_read::TABLE, &delivering)?)?;
            Ok(vec![
                output(&zone::TABLE, &county, settled.zones),
                output(&lineage_zone::TABLE, &county, settled.lineage),
                output(&reject::TABLE, &county, settled.rejects),
                output(&issue::TABLE, &county, settled.issues),
                output(&tally::TABLE, &county, settled.tallies),
            ]
            .into())
        }),
    }
}
