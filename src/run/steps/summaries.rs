//! `summaries`: cards of parcels, summaries of divisions.

use std::sync::Arc;

use serde_json::json;

use super::{Products, Shared, joined, output, read, read_each, read_part};
use crate::domain::Divisions;
use crate::run::RunError;
use crate::run::executor::{Executor, Task, county_of, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::cards::{self, Members, Part, cards};
use crate::stages::summaries::{self, dimension, summarise, tally};
use crate::table::{
    block_member, dim_division, division_summary, division_tally, parcel, parcel_card, parcel_enterprise,
    parcel_finding, parcel_rule_status, parcel_yield,
};

/// Makes all cards and summaries.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let members = Shared::new();
    let tasks = products.parts.iter().map(|part| cards_task(pipeline, products, &members, part)).collect();
    let made = executor.run(Step { name: "summaries.cards", version: cards::VERSION }, tasks)?;
    products.artifacts.extend(made);
    let tasks = products.parts.iter().map(|part| tally_task(products, part)).collect();
    let tallies = executor.run(Step { name: "summaries.tally", version: summaries::VERSION }, tasks)?;
    let task = divisions_task(pipeline, products, tallies.table("division_tally"));
    let summed = executor.run(Step { name: "summaries.divisions", version: summaries::VERSION }, vec![task])?;
    products.artifacts.extend(summed);
    Ok(())
}

fn cards_task<'a>(pipeline: &'a Pipeline, products: &Products, found: &Arc<Shared<Members>>, part: &str) -> Task<'a> {
    let of = |table| products.artifacts.of(table, part);
    let (parcels, yields) = (of("parcel"), of("parcel_yield"));
    let (status, findings) = (of("parcel_rule_status"), of("parcel_finding"));
    let enterprises = products.artifacts.of("parcel_enterprise", county_of(part));
    let members = products.artifacts.of("block_member", "all");
    let latest = pipeline.latest();
    let (part, found) = (part.to_owned(), found.clone());
    Task {
        key: part.clone(),
        settings: settings(&json!({ "latest": latest.to_string() }), &json!({}), &json!({})),
        inputs: joined([&parcels, &yields, &status, &findings, &enterprises, &members]),
        work: Box::new(move || {
            let parcels = read_part(&parcel::TABLE, &parcels, cards::PARCEL_COLUMNS)?;
            let yields = read(&parcel_yield::TABLE, &yields)?;
            let status = read(&parcel_rule_status::TABLE, &status)?;
            let findings = read(&parcel_finding::TABLE, &findings)?;
            let enterprises = read(&parcel_enterprise::TABLE, &enterprises)?;
            let members = found.get(|| Ok(Members::of(&read(&block_member::TABLE, &members)?)?))?;
            let whole = Part {
                parcels: &parcels,
                yields: &yields,
                status: &status,
                findings: &findings,
                enterprises: &enterprises,
                members: &members,
            };
            let made = cards(&whole, latest, &Divisions::zhejiang())?;
            Ok(vec![output(&parcel_card::TABLE, &part, made)].into())
        }),
    }
}

fn tally_task<'a>(products: &Products, part: &str) -> Task<'a> {
    let yields = products.artifacts.of("parcel_yield", part);
    let status = products.artifacts.of("parcel_rule_status", part);
    let part = part.to_owned();
    Task {
        key: part.clone(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: joined([&yields, &status]),
        work: Box::new(move || {
            let yields = read(&parcel_yield::TABLE, &yields)?;
            let rows = tally(&yields, &read(&parcel_rule_status::TABLE, &status)?)?;
            Ok(vec![output(&division_tally::TABLE, &part, rows)].into())
        }),
    }
}

fn divisions_task<'a>(
    pipeline: &Pipeline,
    products: &Products,
    tallies: Vec<crate::store::cache::Artifact>,
) -> Task<'a> {
    let members = products.artifacts.of("block_member", "all");
    let latest = pipeline.latest().to_string();
    let counties = products.counties.iter().cloned().collect();
    Task {
        key: "all".to_owned(),
        settings: settings(&json!({ "latest": latest, "counties": products.counties }), &json!({}), &json!({})),
        inputs: joined([&tallies, &members]),
        work: Box::new(move || {
            let divisions = Divisions::zhejiang();
            let members = read(&block_member::TABLE, &members)?;
            let rows = summarise(&read_each(&tallies)?, &members, &divisions, &latest)?;
            Ok(vec![
                output(&division_summary::TABLE, "all", rows),
                output(&dim_division::TABLE, "all", dimension(&divisions, &counties)?),
            ]
            .into())
        }),
    }
}
