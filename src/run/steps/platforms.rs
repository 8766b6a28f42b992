//! The platforms' steps: `enterprise_figure`, `enterprise_evaluation`, `zone` → `platform_evaluation` and what it stands on;
//! `parcel_platform`, `parcel_yield`, `parcel_rule_status` → `platform_summary`, `dim_platform`.

use serde_json::{Value, json};

use super::{Products, joined, output, policy_hashes, read, read_columns, read_each, sets};
use crate::domain::Period;
use crate::policy::evaluation::Subject;
use crate::policy::{RuleSet, Section};
use crate::run::RunError;
use crate::run::executor::{Artifacts, Executor, Task, settings};
use crate::run::history::History;
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::evaluate::{self, GRADE_COLUMNS, LastMeans, PLATFORM_COLUMNS, evaluate_platforms, platform_figures};
use crate::stages::summaries::platforms::{self, dimension, summarise, tally};
use crate::table::delivery::Delivered;
use crate::table::{
    benchmark, dim_platform, history_benchmark, issue, parcel_platform, parcel_rule_status, parcel_yield,
    platform_adjustment, platform_enterprise, platform_evaluation, platform_figure, platform_indicator,
    platform_summary, platform_tally,
};

/// Adds up the enterprises of each platform, and evaluates those whose sets have groups of platforms.
pub fn evaluated(
    pipeline: &Pipeline,
    history: &History,
    executor: &Executor<'_>,
    products: &Products,
    [figures, graded]: [&Artifacts; 2],
) -> Result<Artifacts, RunError> {
    let zones = products.artifacts.table("zone");
    let (figures, evaluations) = (figures.table("enterprise_figure"), graded.table("enterprise_evaluation"));
    let mut counties: Vec<(String, Vec<(Period, &RuleSet)>)> = Vec::new();
    for county in &zones {
        counties.push((county.part.clone(), sets(pipeline, &county.part)?));
    }
    let hash = |(county, sets): &(String, Vec<_>)| {
        (county.clone(), policy_hashes(sets, &[Section::Header, Section::Platforms]))
    };
    let policy: serde_json::Map<String, Value> = counties.iter().map(hash).collect();
    let periods = pipeline.periods.clone();
    let names: Vec<String> = periods.iter().map(ToString::to_string).collect();
    let in_use: Vec<(Period, &RuleSet)> = counties.iter().flat_map(|(_, sets)| sets).copied().collect();
    let asks = evaluate::are_asked(Subject::Platform, &in_use);
    let files = if asks { json!({ "history": history.benchmark_hash()? }) } else { json!({}) };
    let task = Task {
        key: "platforms".to_owned(),
        settings: settings(&json!({ "periods": names }), &Value::Object(policy), &files),
        inputs: joined([&zones, &figures, &evaluations]),
        work: Box::new(move || {
            let zones = read_columns(&zones, PLATFORM_COLUMNS)?;
            let evaluations = read_columns(&evaluations, GRADE_COLUMNS)?;
            let known = platform_figures(&zones, &read_each(&figures)?, &evaluations, &periods)?;
            let last = if asks { LastMeans::of(history.benchmarks())? } else { LastMeans::default() };
            let evaluated = evaluate_platforms(&known.figures, &known.facts, &counties, &last)?;
            let part = "platforms";
            Ok(vec![
                output(&platform_figure::TABLE, part, known.facts),
                output(&platform_enterprise::TABLE, part, known.members),
                output(&platform_evaluation::TABLE, part, evaluated.evaluations),
                output(&platform_indicator::TABLE, part, evaluated.indicators),
                output(&platform_adjustment::TABLE, part, evaluated.adjustments),
                output(&benchmark::TABLE, part, evaluated.benchmarks),
                output(&history_benchmark::TABLE, part, evaluated.history),
                output(&issue::TABLE, part, evaluated.issues),
            ]
            .into())
        }),
    };
    executor.run(Step { name: "evaluate.platforms", version: evaluate::VERSION }, vec![task])
}

/// Sums up each platform, if any source delivers zones.
pub fn summarised(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    if !pipeline.delivers(Delivered::Zone) {
        return Ok(());
    }
    let tasks = products.parts.iter().map(|part| tally_task(products, part)).collect();
    let tallies = executor.run(Step { name: "summaries.platform_tally", version: platforms::VERSION }, tasks)?;
    let task = summary_task(pipeline, products, &tallies);
    let summed = executor.run(Step { name: "summaries.platforms", version: platforms::VERSION }, vec![task])?;
    products.artifacts.extend(summed);
    Ok(())
}

fn tally_task<'a>(products: &Products, part: &str) -> Task<'a> {
    let of = |table| products.artifacts.of(table, part);
    let (assigned, yields, status) = (of("parcel_platform"), of("parcel_yield"), of("parcel_rule_status"));
    let part = part.to_owned();
    Task {
        key: part.clone(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: joined([&assigned, &yields, &status]),
        work: Box::new(move || {
            let (yields, status) = (read(&parcel_yield::TABLE, &yields)?, read(&parcel_rule_status::TABLE, &status)?);
            let rows = tally(&read(&parcel_platform::TABLE, &assigned)?, &yields, &status)?;
            Ok(vec![output(&platform_tally::TABLE, &part, rows)].into())
        }),
    }
}

fn summary_task<'a>(pipeline: &Pipeline, products: &Products, tallies: &Artifacts) -> Task<'a> {
    let (zones, tallies) = (products.artifacts.table("zone"), tallies.table("platform_tally"));
    let figures = products.artifacts.table("platform_figure");
    let periods = pipeline.periods.clone();
    let names: Vec<String> = periods.iter().map(ToString::to_string).collect();
    Task {
        key: "all".to_owned(),
        settings: settings(&json!({ "periods": names }), &json!({}), &json!({})),
        inputs: joined([&zones, &figures, &tallies]),
        work: Box::new(move || {
            let rows = summarise(&read(&platform_figure::TABLE, &figures)?, &read_each(&tallies)?)?;
            let known = dimension(&read_columns(&zones, platforms::ZONE_COLUMNS)?, &periods)?;
            Ok(vec![output(&platform_summary::TABLE, "all", rows), output(&dim_platform::TABLE, "all", known)].into())
        }),
    }
}
