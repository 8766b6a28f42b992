//! `blocks` and `block_ids`: low-efficiency parcels → `block`, `block_member`, `block_edge`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Products, joined, output, read, read_columns, read_each, read_part, sets};
use crate::geometry::adjacency::Bounds;
use crate::policy::{Blocks, Section};
use crate::run::RunError;
use crate::run::executor::{Artifacts, Executor, Task, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::blocks::{
    COMPONENTS_VERSION, EDGES_VERSION, IDS_VERSION, OUTLINES_VERSION, PARCEL_COLUMNS, REACH_COLUMNS, STATUS_COLUMNS,
    TARGETS_VERSION, YIELD_COLUMNS, components, edges, number, outlines, reach, targets,
};
use crate::store::cache::Artifact;
use crate::table::{
    block, block_edge, block_member, block_target, issue, labels, parcel, parcel_rule_status, parcel_yield,
};

/// The columns of a target that components and reach need.
const TARGET_COLUMNS: &[&str] = &["parcel_id", "county_code", "area_cm2", "basis_cm2"];

/// Makes all blocks.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let tasks = products.parts.iter().map(|part| targets_task(pipeline, products, part)).collect();
    let found = executor.run(Step { name: "blocks.targets", version: TARGETS_VERSION }, tasks)?;

    let reaches = reaches(pipeline, products, &found)?;
    let tasks: Result<Vec<_>, _> =
        products.counties.iter().map(|county| edges_task(pipeline, &found, &reaches, county)).collect();
    let linked = executor.run(Step { name: "blocks.edges", version: EDGES_VERSION }, tasks?)?;

    let task = components_task(pipeline, found.table("block_target"), linked.table("block_edge"));
    let joined_up = executor.run(Step { name: "blocks.components", version: COMPONENTS_VERSION }, vec![task])?;

    let tasks: Result<Vec<_>, _> =
        products.counties.iter().map(|county| outlines_task(pipeline, &found, &joined_up, county)).collect();
    let outlined = executor.run(Step { name: "blocks.outlines", version: OUTLINES_VERSION }, tasks?)?;

    let task = ids_task(outlined.table("block"), joined_up.table("block_member"), joined_up.table("block_edge"));
    let numbered = executor.run(Step { name: "block_ids", version: IDS_VERSION }, vec![task])?;
    products.artifacts.add(outlined.table("issue"));
    products.artifacts.extend(numbered);
    Ok(())
}

fn targets_task<'a>(pipeline: &'a Pipeline, products: &Products, part: &str) -> Task<'a> {
    let parcels = products.artifacts.of("parcel", part);
    let yields = products.artifacts.of("parcel_yield", part);
    let status = products.artifacts.of("parcel_rule_status", part);
    let latest = pipeline.latest();
    let part = part.to_owned();
    Task {
        key: part.clone(),
        settings: settings(&json!({ "latest": latest.to_string() }), &json!({}), &json!({})),
        inputs: joined([&parcels, &yields, &status]),
        work: Box::new(move || {
            let parcels = read_part(&parcel::TABLE, &parcels, PARCEL_COLUMNS)?;
            let yields = read_part(&parcel_yield::TABLE, &yields, YIELD_COLUMNS)?;
            let status = read_part(&parcel_rule_status::TABLE, &status, STATUS_COLUMNS)?;
            let rows = targets(&parcels, &yields, &status, latest)?;
            Ok(vec![output(&block_target::TABLE, &part, rows)].into())
        }),
    }
}

/// The policy of blocks for a county in the latest period.
fn policy<'a>(pipeline: &'a Pipeline, county: &str) -> Result<Option<(&'a Blocks, String)>, RunError> {
    let set = sets(pipeline, county)?.pop().map(|(_, set)| set);
    Ok(set.map(|set| (&set.blocks, set.section_hash(Section::Blocks))))
}

/// How far each county's targets reach.
type Reaches = BTreeMap<String, Option<Bounds>>;

fn reaches(pipeline: &Pipeline, products: &Products, found: &Artifacts) -> Result<Reaches, RunError> {
    let mut reaches = Reaches::new();
    for county in &products.counties {
        let gap = policy(pipeline, county)?.map_or(0.0, |(blocks, _)| blocks.gap_m());
        let mut all: Option<Bounds> = None;
        for artifact in found.of_county("block_target", county) {
            let batch = artifact.read(Some(REACH_COLUMNS))?;
            let own = reach(&batch, gap).map_err(|source| RunError::Stage {
                step: "blocks.edges".to_owned(),
                key: county.clone(),
                source,
            })?;
            all = all.into_iter().chain(own).reduce(Bounds::around);
        }
        reaches.insert(county.clone(), all);
    }
    Ok(reaches)
}

fn edges_task<'a>(
    pipeline: &'a Pipeline,
    found: &Artifacts,
    reaches: &Reaches,
    county: &str,
) -> Result<Task<'a>, RunError> {
    let own = found.of_county("block_target", county);
    let own_reach = reaches.get(county).copied().flatten();
    let mut halo: Vec<Artifact> = Vec::new();
    for (other, reach) in reaches.iter().filter(|(other, _)| *other != county) {
        if own_reach.zip(*reach).is_some_and(|(own, other)| own.meets(&other)) {
            halo.extend(found.of_county("block_target", other));
        }
    }
    let (gap, hash) = policy(pipeline, county)?.map_or((0.0, String::new()), |(blocks, hash)| (blocks.gap_m(), hash));
    let county = county.to_owned();
    Ok(Task {
        key: county.clone(),
        settings: settings(&json!({}), &json!({ "blocks": hash }), &json!({})),
        inputs: joined([&own, &halo]),
        work: Box::new(move || {
            let rows = edges(&read(&block_target::TABLE, &own)?, &read_each(&halo)?, gap)?;
            Ok(vec![output(&block_edge::TABLE, &county, rows)].into())
        }),
    })
}

fn components_task<'a>(pipeline: &Pipeline, found: Vec<Artifact>, linked: Vec<Artifact>) -> Task<'a> {
    let latest = pipeline.latest().to_string();
    Task {
        key: "all".to_owned(),
        settings: settings(&json!({ "latest": latest }), &json!({}), &json!({})),
        inputs: joined([&found, &linked]),
        work: Box::new(move || {
            let result = components(&read_columns(&found, TARGET_COLUMNS)?, &read_each(&linked)?, &latest)?;
            let mut outputs = vec![output(&block_edge::TABLE, "all", result.edges)];
            outputs
                .extend(result.members.into_iter().map(|(county, batch)| output(&block_member::TABLE, &county, batch)));
            Ok(outputs.into())
        }),
    }
}

/// A county's task outlines the blocks whose smallest parcel lies in it.
fn outlines_task<'a>(
    pipeline: &'a Pipeline,
    found: &Artifacts,
    joined_up: &Artifacts,
    county: &str,
) -> Result<Task<'a>, RunError> {
    let members = joined_up.of("block_member", county);
    let mut counties: BTreeSet<String> = BTreeSet::new();
    for artifact in &members {
        let batch = artifact.read(Some(&["county_code"]))?;
        let there = labels(&batch, &block_member::TABLE, "county_code").map_err(|source| RunError::Stage {
            step: "blocks.outlines".to_owned(),
            key: county.to_owned(),
            source: source.into(),
        })?;
        counties.extend((0..there.len()).map(|row| there.value(row).to_owned()));
    }
    let targets: Vec<Artifact> = counties.iter().flat_map(|county| found.of_county("block_target", county)).collect();
    let (snap, hash) = policy(pipeline, county)?.map_or((0.0, String::new()), |(blocks, hash)| (blocks.snap_m(), hash));
    let county = county.to_owned();
    Ok(Task {
        key: county.clone(),
        settings: settings(&json!({}), &json!({ "blocks": hash }), &json!({})),
        inputs: joined([&members, &targets]),
        work: Box::new(move || {
            let (rows, issues) = outlines(&read(&block_member::TABLE, &members)?, &read_each(&targets)?, snap)?;
            Ok(vec![output(&block::TABLE, &county, rows), output(&issue::TABLE, &county, issues)].into())
        }),
    })
}

fn ids_task<'a>(blocks: Vec<Artifact>, members: Vec<Artifact>, edges: Vec<Artifact>) -> Task<'a> {
    Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: joined([&blocks, &members, &edges]),
        work: Box::new(move || {
            let members = read(&block_member::TABLE, &members)?;
            let edges = read(&block_edge::TABLE, &edges)?;
            let numbered = number(&read_each(&blocks)?, &members, &edges)?;
            Ok(vec![
                output(&block::TABLE, "all", numbered.blocks),
                output(&block_member::TABLE, "all", numbered.members),
                output(&block_edge::TABLE, "all", numbered.edges),
            ]
            .into())
        }),
    }
}
