//! `identify`: `parcel_yield` → `rule_benchmark`, `parcel_finding`, `parcel_rule_status`.

use serde_json::json;

use super::{Products, joined, output, policy_hashes, read, read_each, read_part, sets};
use crate::policy::Section;
use crate::run::RunError;
use crate::run::executor::{Executor, Task, county_of, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::identify;
use crate::table::{
    coverage, issue, parcel_finding, parcel_rule_status, parcel_yield, population, rule_benchmark, rule_coverage,
};

const SECTIONS: &[Section] = &[Section::Header, Section::Rules];

/// Judges all parcels.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let tasks: Result<Vec<_>, _> =
        products.parts.iter().map(|part| population_task(pipeline, products, part)).collect();
    let populations = executor.run(Step { name: "identify.population", version: identify::VERSION }, tasks?)?;
    let task = benchmark_task(pipeline, populations.table("population"), &products.counties)?;
    let benchmarks = executor.run(Step { name: "identify.benchmarks", version: identify::VERSION }, vec![task])?;
    products.artifacts.extend(benchmarks);
    let tasks: Result<Vec<_>, _> = products.parts.iter().map(|part| judge_task(pipeline, products, part)).collect();
    let judged = executor.run(Step { name: "identify.judge", version: identify::VERSION }, tasks?)?;
    products.artifacts.extend(judged);
    let task = coverage_task(pipeline, products)?;
    let coverage = executor.run(Step { name: "identify.coverage", version: identify::VERSION }, vec![task])?;
    products.artifacts.extend(coverage);
    Ok(())
}

fn population_task<'a>(pipeline: &'a Pipeline, products: &Products, part: &str) -> Result<Task<'a>, RunError> {
    let yields = products.artifacts.of("parcel_yield", part);
    let sets = sets(pipeline, county_of(part))?;
    let part = part.to_owned();
    Ok(Task {
        key: part.clone(),
        settings: settings(&json!({}), &policy_hashes(&sets, SECTIONS), &json!({})),
        inputs: yields.clone(),
        work: Box::new(move || {
            let yields = read_part(&parcel_yield::TABLE, &yields, identify::YIELD_COLUMNS)?;
            let rows = identify::populations(&yields, &sets)?;
            Ok(vec![output(&population::TABLE, &part, rows)].into())
        }),
    })
}

fn benchmark_task<'a>(
    pipeline: &'a Pipeline,
    populations: Vec<crate::store::cache::Artifact>,
    counties: &[String],
) -> Result<Task<'a>, RunError> {
    let mut rules = identify::Rules::new();
    let mut hashes = serde_json::Map::new();
    for county in counties {
        for (period, set) in sets(pipeline, county)? {
            hashes.insert(format!("{period} {} rules", set.id), json!(set.section_hash(Section::Rules)));
            rules.extend(set.rules.iter().map(|rule| ((period.to_string(), rule.id.clone()), rule)));
        }
    }
    Ok(Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &serde_json::Value::Object(hashes), &json!({})),
        inputs: populations.clone(),
        work: Box::new(move || {
            let (rows, issues) = identify::benchmarks(&read_each(&populations)?, &rules)?;
            Ok(vec![output(&rule_benchmark::TABLE, "all", rows), output(&issue::TABLE, "all", issues)].into())
        }),
    })
}

fn judge_task<'a>(pipeline: &'a Pipeline, products: &Products, part: &str) -> Result<Task<'a>, RunError> {
    let yields = products.artifacts.of("parcel_yield", part);
    let covered = products.artifacts.of("coverage", county_of(part));
    let benchmarks = products.artifacts.of("rule_benchmark", "all");
    let sets = sets(pipeline, county_of(part))?;
    let part = part.to_owned();
    Ok(Task {
        key: part.clone(),
        settings: settings(&json!({}), &policy_hashes(&sets, SECTIONS), &json!({})),
        inputs: joined([&yields, &covered, &benchmarks]),
        work: Box::new(move || {
            let yields = read_part(&parcel_yield::TABLE, &yields, identify::YIELD_COLUMNS)?;
            let covered = read(&coverage::TABLE, &covered)?;
            let benchmarks = read(&rule_benchmark::TABLE, &benchmarks)?;
            let result = identify::identify(&yields, &covered, &benchmarks, &sets)?;
            Ok(vec![
                output(&parcel_finding::TABLE, &part, result.findings),
                output(&parcel_rule_status::TABLE, &part, result.status),
            ]
            .into())
        }),
    })
}

fn coverage_task<'a>(pipeline: &'a Pipeline, products: &Products) -> Result<Task<'a>, RunError> {
    let mut counties = Vec::new();
    let mut hashes = serde_json::Map::new();
    for county in &products.counties {
        let sets = sets(pipeline, county)?;
        for (_, set) in &sets {
            hashes.insert(format!("{} rules", set.id), json!(set.section_hash(Section::Rules)));
        }
        counties.push((county.clone(), products.artifacts.of("coverage", county), sets));
    }
    Ok(Task {
        key: "all".to_owned(),
        settings: settings(&json!({ "counties": products.counties }), &serde_json::Value::Object(hashes), &json!({})),
        inputs: counties.iter().flat_map(|(_, covered, _)| covered.clone()).collect(),
        work: Box::new(move || {
            let mut all = Vec::new();
            for (county, covered, sets) in &counties {
                let covered = read(&coverage::TABLE, covered)?;
                all.push(identify::Covered { county: county.clone(), covered, sets: sets.clone() });
            }
            Ok(vec![output(&rule_coverage::TABLE, "all", identify::rule_coverage(&all)?)].into())
        }),
    })
}
