//! `evaluate`: occupancy, ledgers and `parcel_yield` → `benchmark`, `enterprise_evaluation`, `enterprise_indicator`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use serde_json::json;

use super::{
    Products, Shared, joined, occupants_of, output, platforms, policy_hashes, read, read_columns, read_each, read_part,
    sets,
};
use crate::domain::Period;
use crate::policy::evaluation::Subject;
use crate::policy::{RuleSet, Section};
use crate::run::RunError;
use crate::run::executor::{Artifacts, Executor, Task, TaskError, settings};
use crate::run::history::History;
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::completeness::Marks;
use crate::stages::evaluate::{
    self, Known, LastMeans, Ledgers, Links, Lists, Overlaid, REJECT_COLUMNS, Register, Subjects, ZONE_COLUMNS,
};
use crate::store::cache::Artifact;
use crate::table::delivery::Delivered;
use crate::table::{
    benchmark, coverage, emission, energy, enterprise_adjustment, enterprise_evaluation, enterprise_figure,
    enterprise_group, enterprise_indicator, enterprise_link, enterprise_scale, enterprise_sum, evaluation_population,
    history_benchmark, issue, lineage_zone, occupancy, occupant, output as made, project_state, settled_mark, tag, tax,
    violation,
};

/// What all counties read of the province, parsed once.
#[derive(Clone)]
struct Province {
    marks: Arc<Shared<Marks>>,
    register: Arc<Shared<Register>>,
    links: Arc<Shared<Links>>,
}

/// Evaluates the enterprises of the counties whose sets have groups.
pub fn run(
    pipeline: &Pipeline,
    history: &History,
    executor: &Executor<'_>,
    products: &mut Products,
) -> Result<(), RunError> {
    // Enterprises are known wherever they are evaluated, or may belong to a platform.
    let has_platforms = pipeline.delivers(Delivered::Zone);
    let is_evaluated = |sets: &[(Period, &RuleSet)]| sets.iter().any(|(_, set)| !set.evaluations.is_empty());
    let mut counties: Vec<(String, Vec<(Period, &RuleSet)>)> = Vec::new();
    for county in &products.ledger_counties {
        let sets = sets(pipeline, county)?;
        if has_platforms || is_evaluated(&sets) {
            counties.push((county.clone(), sets));
        }
    }
    if counties.is_empty() {
        return Ok(());
    }
    let province = Province { marks: Shared::new(), register: Shared::new(), links: Shared::new() };
    let tasks = counties.iter().map(|(county, sets)| sums_task(products, county, sets)).collect();
    let sums = executor.run(Step { name: "evaluate.sums", version: evaluate::VERSION }, tasks)?;
    let task = strays_task(sums.table("enterprise_sum"), products.artifacts.table("occupant"));
    let strays = executor.run(Step { name: "evaluate.strays", version: evaluate::VERSION }, vec![task])?;
    let zones = pipeline.sources.iter().filter(|source| source.config.table == Delivered::Zone);
    let zones: Vec<&str> = zones.map(|source| source.config.id.as_str()).collect();
    let tasks = counties
        .iter()
        .map(|(county, sets)| figures_task(products, [&sums, &strays], &province, &zones, county, sets))
        .collect();
    let figures = executor.run(Step { name: "evaluate.figures", version: evaluate::VERSION }, tasks)?;
    counties.retain(|(_, sets)| is_evaluated(sets));
    let tasks = counties.iter().map(|(county, sets)| population_task(&figures, county, sets)).collect();
    let populations = executor.run(Step { name: "evaluate.population", version: evaluate::VERSION }, tasks)?;
    let task = benchmark_task(populations.table("evaluation_population"), &counties, history)?;
    let benchmarks = executor.run(Step { name: "evaluate.benchmarks", version: evaluate::VERSION }, vec![task])?;
    let tasks = counties.iter().map(|(county, sets)| grade_task(&figures, &benchmarks, county, sets)).collect();
    let graded = executor.run(Step { name: "evaluate.grades", version: evaluate::VERSION }, tasks)?;
    if has_platforms {
        let platforms = platforms::evaluated(pipeline, history, executor, products, [&figures, &graded])?;
        products.artifacts.extend(platforms);
    }
    products.artifacts.extend(figures);
    products.artifacts.extend(benchmarks);
    products.artifacts.extend(graded);
    Ok(())
}

fn sums_task<'a>(products: &Products, county: &str, sets: &[(Period, &'a RuleSet)]) -> Task<'a> {
    let of = |table| products.artifacts.of(table, county);
    let (taxes, energies, outputs, emissions) = (of("tax"), of("energy"), of("output"), of("emission"));
    let occupants = of("occupant");
    let policy = policy_hashes(sets, &[Section::Tax, Section::Energy, Section::Emission]);
    let (county, sets) = (county.to_owned(), sets.to_vec());
    Task {
        key: county.clone(),
        settings: settings(&json!({}), &policy, &json!({})),
        inputs: joined([&taxes, &energies, &outputs, &emissions, &occupants]),
        work: Box::new(move || {
            let ledgers = Ledgers {
                taxes: &read(&tax::TABLE, &taxes)?,
                energies: &read(&energy::TABLE, &energies)?,
                outputs: &read(&made::TABLE, &outputs)?,
                emissions: &read(&emission::TABLE, &emissions)?,
            };
            let rows = evaluate::sums(&county, &ledgers, &read(&occupant::TABLE, &occupants)?, &sets)?;
            Ok(vec![output(&enterprise_sum::TABLE, &county, rows)].into())
        }),
    }
}

fn strays_task<'a>(sums: Vec<Artifact>, occupants: Vec<Artifact>) -> Task<'a> {
    Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &json!({}), &json!({})),
        inputs: joined([&sums, &occupants]),
        work: Box::new(move || {
            let strays = sums.iter().map(|artifact| Ok(evaluate::only_strays(&artifact.read(None)?)?));
            let strays: Vec<RecordBatch> = strays.collect::<Result<_, TaskError>>()?;
            let places = occupants_of(&evaluate::enterprises(&strays)?, &occupants)?;
            let places: Vec<RecordBatch> = places.into_iter().map(|(_, rows)| rows).collect();
            let moved = evaluate::strays(&strays, &places)?;
            let outputs: Vec<_> =
                moved.into_iter().map(|(county, rows)| output(&enterprise_sum::TABLE, &county, rows)).collect();
            Ok(outputs.into())
        }),
    }
}

fn figures_task<'a>(
    products: &Products,
    sums: [&Artifacts; 2],
    province: &Province,
    zones: &[&str],
    county: &str,
    sets: &[(Period, &'a RuleSet)],
) -> Task<'a> {
    let of = |table| products.artifacts.of(table, county);
    let (occupants, rights, covered) = (of("occupant"), of("occupancy"), of("coverage"));
    let [own, strays] = sums.map(|sums| sums.of("enterprise_sum", county));
    let (scales, tags, violations) = (of("enterprise_scale"), of("tag"), of("violation"));
    let promises = of("project_state");
    let yields = products.artifacts.of_county("parcel_yield", county);
    let register = products.artifacts.of("enterprise", "all");
    let marks = products.artifacts.table("settled_mark");
    let (assigned, delivered) = (products.artifacts.of_county("parcel_platform", county), of("lineage_zone"));
    let mut sections = vec![Section::Together];
    let mut rejects = Vec::new();
    if !zones.is_empty() {
        rejects = of("reject");
        rejects.extend(zones.iter().flat_map(|source| products.artifacts.of("reject", source)));
        sections.push(Section::Zones);
    }
    let periods: Vec<String> = sets.iter().map(|(period, _)| period.to_string()).collect();
    // Whom an enterprise belongs to, another county may tell.
    let is_together = sets.iter().any(|(_, set)| !set.together.is_empty());
    let links = if is_together { products.artifacts.table("enterprise_link") } else { Vec::new() };
    let policy = policy_hashes(sets, &sections);
    let (county, sets, province) = (county.to_owned(), sets.to_vec(), province.clone());
    Task {
        key: county.clone(),
        settings: settings(&json!({ "periods": periods }), &policy, &json!({})),
        inputs: joined([
            &occupants,
            &rights,
            &own,
            &strays,
            &scales,
            &tags,
            &violations,
            &links,
            &promises,
            &covered,
            &yields,
            &register,
            &marks,
            &assigned,
            &delivered,
            &rejects,
        ]),
        work: Box::new(move || {
            let marks = province.marks.get(|| Ok(Marks::of(&read(&settled_mark::TABLE, &marks)?)?))?;
            let register = province.register.get(|| {
                let batches = read_columns(&register, Register::COLUMNS)?;
                Ok(Register::of(batches.into_iter().next()))
            })?;
            let links_of = || Ok(Links::of(read(&enterprise_link::TABLE, &links)?)?);
            let links = if is_together { province.links.get(links_of)? } else { Arc::new(links_of()?) };
            let known = Known {
                occupants: &read(&occupant::TABLE, &occupants)?,
                rights: &read(&occupancy::TABLE, &rights)?,
                yields: &read_columns(&yields, evaluate::YIELD_COLUMNS)?,
                sums: [&read(&enterprise_sum::TABLE, &own)?, &read(&enterprise_sum::TABLE, &strays)?],
                lists: Lists {
                    scales: &read(&enterprise_scale::TABLE, &scales)?,
                    tags: &read(&tag::TABLE, &tags)?,
                    violations: &read(&violation::TABLE, &violations)?,
                },
                links: &links,
                promises: &read(&project_state::TABLE, &promises)?,
                covered: &read(&coverage::TABLE, &covered)?,
                overlaid: Overlaid {
                    assigned: &read_each(&assigned)?,
                    zones: &read_part(&lineage_zone::TABLE, &delivered, ZONE_COLUMNS)?,
                    rejects: &read_columns(&rejects, REJECT_COLUMNS)?,
                },
            };
            let figured = evaluate::figures(&county, &known, &register, &marks, &sets)?;
            Ok(vec![
                output(&enterprise_figure::TABLE, &county, figured.figures),
                output(&enterprise_group::TABLE, &county, figured.shares),
            ]
            .into())
        }),
    }
}

fn population_task<'a>(figures: &Artifacts, county: &str, sets: &[(Period, &'a RuleSet)]) -> Task<'a> {
    let figures = figures.of("enterprise_figure", county);
    let (county, sets) = (county.to_owned(), sets.to_vec());
    Task {
        key: county.clone(),
        settings: settings(&json!({}), &policy_hashes(&sets, &[Section::Evaluation]), &json!({})),
        inputs: figures.clone(),
        work: Box::new(move || {
            let rows =
                evaluate::populations(Subjects::enterprises(&read(&enterprise_figure::TABLE, &figures)?), &sets)?;
            Ok(vec![output(&evaluation_population::TABLE, &county, rows)].into())
        }),
    }
}

fn benchmark_task<'a>(
    populations: Vec<Artifact>,
    counties: &[(String, Vec<(Period, &'a RuleSet)>)],
    history: &'a History,
) -> Result<Task<'a>, RunError> {
    let in_use: BTreeMap<(Period, &str), &'a RuleSet> =
        counties.iter().flat_map(|(_, sets)| sets).map(|(period, set)| ((*period, set.id.as_str()), *set)).collect();
    let hash = |((period, id), set): (&(Period, &str), &&RuleSet)| {
        (format!("{period} {id}"), json!(set.section_hash(Section::Evaluation)))
    };
    let policy: serde_json::Map<_, _> = in_use.iter().map(hash).collect();
    let sets: Vec<(Period, &RuleSet)> = in_use.into_iter().map(|((period, _), set)| (period, set)).collect();
    let asks = evaluate::are_asked(Subject::Enterprise, &sets);
    let files = if asks { json!({ "history": history.benchmark_hash()? }) } else { json!({}) };
    Ok(Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &serde_json::Value::Object(policy), &files),
        inputs: populations.clone(),
        work: Box::new(move || {
            let last = if asks { LastMeans::of(history.benchmarks())? } else { LastMeans::default() };
            let reduced = evaluate::benchmarks(Subject::Enterprise, &read_each(&populations)?, &sets, &last)?;
            Ok(vec![
                output(&benchmark::TABLE, "all", reduced.benchmarks),
                output(&history_benchmark::TABLE, "all", reduced.history),
                output(&issue::TABLE, "all", reduced.issues),
            ]
            .into())
        }),
    })
}

fn grade_task<'a>(
    figures: &Artifacts,
    benchmarks: &Artifacts,
    county: &str,
    sets: &[(Period, &'a RuleSet)],
) -> Task<'a> {
    let (figures, benchmarks) = (figures.of("enterprise_figure", county), benchmarks.of("benchmark", "all"));
    let (county, sets) = (county.to_owned(), sets.to_vec());
    Task {
        key: county.clone(),
        settings: settings(&json!({}), &policy_hashes(&sets, &[Section::Header, Section::Evaluation]), &json!({})),
        inputs: joined([&figures, &benchmarks]),
        work: Box::new(move || {
            let figures = read(&enterprise_figure::TABLE, &figures)?;
            let benchmarks = read(&benchmark::TABLE, &benchmarks)?;
            let result = evaluate::evaluate(Subjects::enterprises(&figures), &benchmarks, &sets)?;
            Ok(vec![
                output(&enterprise_evaluation::TABLE, &county, result.evaluations),
                output(&enterprise_indicator::TABLE, &county, result.indicators),
                output(&enterprise_adjustment::TABLE, &county, result.adjustments),
                output(&issue::TABLE, &county, result.issues),
            ]
            .into())
        }),
    }
}
