//! `summaries`: cards of parcels, summaries of divisions and industries.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::{Products, Shared, counties_of, joined, output, read, read_columns, read_each, read_part};
use crate::domain::{Divisions, Industries};
use crate::run::RunError;
use crate::run::executor::{Artifacts, Executor, Task, county_of, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::cards::{self, Members, Part, cards};
use crate::stages::summaries::{self, Enterprises, REGISTER_COLUMNS};
use crate::store::cache::Artifact;
use crate::table::{
    block_member, dim_division, dim_industry, division_summary, division_tally, enterprise_evaluation,
    enterprise_figure, enterprise_spread, enterprise_tally, industry_summary, issue, parcel, parcel_card,
    parcel_enterprise, parcel_finding, parcel_rule_status, parcel_yield,
};

/// Makes all cards and summaries.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let (members, divisions) = (Shared::new(), Arc::new(Divisions::zhejiang()));
    let task = |part: &String| cards_task(pipeline, products, (&members, &divisions), part);
    let tasks = products.parts.iter().map(task).collect();
    let made = executor.run(Step { name: "summaries.cards", version: cards::VERSION }, tasks)?;
    products.artifacts.extend(made);
    let tasks = products.parts.iter().map(|part| tally_task(products, part)).collect();
    let tallies = executor.run(Step { name: "summaries.tally", version: summaries::VERSION }, tasks)?;
    let counties = counties_of(&products.artifacts.table("enterprise_figure"));
    let tasks = counties.iter().map(|county| enterprises_task(products, county)).collect();
    let counted = executor.run(Step { name: "summaries.enterprises", version: summaries::VERSION }, tasks)?;
    let task = divisions_task(pipeline, products, tallies.table("division_tally"), &counted);
    let summed = executor.run(Step { name: "summaries.divisions", version: summaries::VERSION }, vec![task])?;
    let task = industries_task(pipeline, products, &counted);
    let by_industry = executor.run(Step { name: "summaries.industries", version: summaries::VERSION }, vec![task])?;
    products.artifacts.extend(summed);
    products.artifacts.extend(by_industry);
    Ok(())
}

fn cards_task<'a>(
    pipeline: &'a Pipeline,
    products: &Products,
    (found, divisions): (&Arc<Shared<Members>>, &Arc<Divisions>),
    part: &str,
) -> Task<'a> {
    let of = |table| products.artifacts.of(table, part);
    let (parcels, yields) = (of("parcel"), of("parcel_yield"));
    let (status, findings) = (of("parcel_rule_status"), of("parcel_finding"));
    let enterprises = products.artifacts.of("parcel_enterprise", county_of(part));
    let members = products.artifacts.of("block_member", "all");
    let latest = pipeline.latest();
    let (part, found, divisions) = (part.to_owned(), found.clone(), divisions.clone());
    Task {
        key: part.clone(),
        settings: settings(&json!({ "latest": latest.to_string() }), &json!({}), &json!({})),
        inputs: joined([&parcels, &yields, &status, &findings, &enterprises, &members]),
        work: Box::new(move || {
            let parcels = read_part(&parcel::TABLE, &parcels, cards::PARCEL_COLUMNS)?;
            let yields = read_part(&parcel_yield::TABLE, &yields, &cards::yield_columns())?;
            let status = read_part(&parcel_rule_status::TABLE, &status, cards::STATUS_COLUMNS)?;
            let findings = read_part(&parcel_finding::TABLE, &findings, cards::FINDING_COLUMNS)?;
            let enterprises = read_part(&parcel_enterprise::TABLE, &enterprises, cards::ENTERPRISE_COLUMNS)?;
            let members = found.get(|| Ok(Members::of(&read(&block_member::TABLE, &members)?)?))?;
            let whole = Part {
                parcels: &parcels,
                yields: &yields,
                status: &status,
                findings: &findings,
                enterprises: &enterprises,
                members: &members,
            };
            let made = cards(&whole, latest, &divisions)?;
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
            let yields = read_part(&parcel_yield::TABLE, &yields, summaries::YIELD_COLUMNS)?;
            let status = read_part(&parcel_rule_status::TABLE, &status, summaries::STATUS_COLUMNS)?;
            let rows = summaries::tally(&yields, &status)?;
            Ok(vec![output(&division_tally::TABLE, &part, rows)].into())
        }),
    }
}

fn enterprises_task<'a>(products: &Products, county: &str) -> Task<'a> {
    let figures = products.artifacts.of("enterprise_figure", county);
    let evaluations = products.artifacts.of("enterprise_evaluation", county);
    let county = county.to_owned();
    Task {
        key: county.clone(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: joined([&figures, &evaluations]),
        work: Box::new(move || {
            let figures = read(&enterprise_figure::TABLE, &figures)?;
            let evaluations = read(&enterprise_evaluation::TABLE, &evaluations)?;
            let (tally, spread) = summaries::enterprises(&figures, &evaluations)?;
            Ok(vec![
                output(&enterprise_tally::TABLE, &county, tally),
                output(&enterprise_spread::TABLE, &county, spread),
            ]
            .into())
        }),
    }
}

fn divisions_task<'a>(
    pipeline: &Pipeline,
    products: &Products,
    tallies: Vec<Artifact>,
    counted: &Artifacts,
) -> Task<'a> {
    let members = products.artifacts.of("block_member", "all");
    let (counts, spreads) = (counted.table("enterprise_tally"), counted.table("enterprise_spread"));
    let (latest, least) = (pipeline.latest().to_string(), pipeline.min_enterprises);
    let mut counties: BTreeSet<String> = products.counties.iter().cloned().collect();
    counties.extend(counties_of(&counts));
    let configuration = json!({ "latest": latest, "counties": counties, "min_enterprises": least });
    Task {
        key: "all".to_owned(),
        settings: settings(&configuration, &json!({}), &json!({})),
        inputs: joined([&tallies, &counts, &spreads, &members]),
        work: Box::new(move || {
            let divisions = Divisions::zhejiang();
            let (counts, spreads) = (read_each(&counts)?, read_each(&spreads)?);
            let enterprises = Enterprises { tallies: &counts, spreads: &spreads, least };
            let members = read(&block_member::TABLE, &members)?;
            let rows = summaries::divisions(&read_each(&tallies)?, enterprises, &members, &divisions, &latest)?;
            Ok(vec![
                output(&division_summary::TABLE, "all", rows),
                output(&dim_division::TABLE, "all", summaries::dim_divisions(&divisions, &counties)?),
            ]
            .into())
        }),
    }
}

fn industries_task<'a>(pipeline: &Pipeline, products: &Products, counted: &Artifacts) -> Task<'a> {
    let register = products.artifacts.of("enterprise", "all");
    let (counts, spreads) = (counted.table("enterprise_tally"), counted.table("enterprise_spread"));
    let least = pipeline.min_enterprises;
    Task {
        key: "all".to_owned(),
        settings: settings(&json!({ "min_enterprises": least }), &json!({}), &json!({})),
        inputs: joined([&counts, &spreads, &register]),
        work: Box::new(move || {
            let (counts, spreads) = (read_each(&counts)?, read_each(&spreads)?);
            let enterprises = Enterprises { tallies: &counts, spreads: &spreads, least };
            let industries = Industries::national();
            let rows = summaries::industries(enterprises, &Divisions::zhejiang(), &industries)?;
            let register = read_columns(&register, REGISTER_COLUMNS)?;
            let (dimension, issues) = summaries::dim_industries(&industries, &register)?;
            Ok(vec![
                output(&industry_summary::TABLE, "all", rows),
                output(&dim_industry::TABLE, "all", dimension),
                output(&issue::TABLE, "all", issues),
            ]
            .into())
        }),
    }
}
