//! `evaluate`: occupancy, ledgers and `parcel_yield` → `benchmark`, `enterprise_evaluation`, `enterprise_indicator`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use serde_json::json;

use super::{Products, Shared, joined, occupants_of, output, policy_hashes, read, read_columns, read_each, sets};
use crate::domain::Period;
use crate::policy::{RuleSet, Section};
use crate::run::RunError;
use crate::run::executor::{Artifacts, Executor, Task, TaskError, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::completeness::Marks;
use crate::stages::evaluate::{self, Known, Ledgers, Lists, Register};
use crate::store::cache::Artifact;
use crate::table::{
    benchmark, coverage, emission, energy, enterprise_adjustment, enterprise_evaluation, enterprise_figure,
    enterprise_indicator, enterprise_scale, enterprise_sum, evaluation_population, issue, occupancy, occupant,
    output as made, project_state, settled_mark, tag, tax, violation,
};

/// What all counties read of the province, parsed once.
#[derive(Clone)]
struct Province {
    marks: Arc<Shared<Marks>>,
    register: Arc<Shared<Register>>,
}

/// Evaluates the enterprises of the counties whose sets have groups.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let mut counties: Vec<(String, Vec<(Period, &RuleSet)>)> = Vec::new();
    for county in &products.ledger_counties {
        let sets = sets(pipeline, county)?;
        if sets.iter().any(|(_, set)| !set.evaluations.is_empty()) {
            counties.push((county.clone(), sets));
        }
    }
    if counties.is_empty() {
        return Ok(());
    }
    let province = Province { marks: Shared::new(), register: Shared::new() };
    let tasks = counties.iter().map(|(county, sets)| sums_task(products, county, sets)).collect();
    let sums = executor.run(Step { name: "evaluate.sums", version: evaluate::VERSION }, tasks)?;
    let task = strays_task(sums.table("enterprise_sum"), products.artifacts.table("occupant"));
    let strays = executor.run(Step { name: "evaluate.strays", version: evaluate::VERSION }, vec![task])?;
    let tasks = counties
        .iter()
        .map(|(county, sets)| figures_task(products, [&sums, &strays], &province, county, sets))
        .collect();
    let figures = executor.run(Step { name: "evaluate.figures", version: evaluate::VERSION }, tasks)?;
    let tasks = counties.iter().map(|(county, sets)| population_task(&figures, county, sets)).collect();
    let populations = executor.run(Step { name: "evaluate.population", version: evaluate::VERSION }, tasks)?;
    let task = benchmark_task(populations.table("evaluation_population"), &counties);
    let benchmarks = executor.run(Step { name: "evaluate.benchmarks", version: evaluate::VERSION }, vec![task])?;
    let tasks = counties.iter().map(|(county, sets)| grade_task(&figures, &benchmarks, county, sets)).collect();
    let graded = executor.run(Step { name: "evaluate.grades", version: evaluate::VERSION }, tasks)?;
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
    let periods: Vec<String> = sets.iter().map(|(period, _)| period.to_string()).collect();
    let (county, sets, province) = (county.to_owned(), sets.to_vec(), province.clone());
    Task {
        key: county.clone(),
        settings: settings(&json!({ "periods": periods }), &json!({}), &json!({})),
        inputs: joined([
            &occupants,
            &rights,
            &own,
            &strays,
            &scales,
            &tags,
            &violations,
            &promises,
            &covered,
            &yields,
            &register,
            &marks,
        ]),
        work: Box::new(move || {
            let marks = province.marks.get(|| Ok(Marks::of(&read(&settled_mark::TABLE, &marks)?)?))?;
            let register = province.register.get(|| {
                let batches = read_columns(&register, Register::COLUMNS)?;
                Ok(Register::of(batches.into_iter().next()))
            })?;
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
                promises: &read(&project_state::TABLE, &promises)?,
                covered: &read(&coverage::TABLE, &covered)?,
            };
            let rows = evaluate::figures(&county, &known, &register, &marks, &sets)?;
            Ok(vec![output(&enterprise_figure::TABLE, &county, rows)].into())
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
            let rows = evaluate::populations(&read(&enterprise_figure::TABLE, &figures)?, &sets)?;
            Ok(vec![output(&evaluation_population::TABLE, &county, rows)].into())
        }),
    }
}

fn benchmark_task<'a>(populations: Vec<Artifact>, counties: &[(String, Vec<(Period, &'a RuleSet)>)]) -> Task<'a> {
    let in_use: BTreeMap<(Period, &str), &'a RuleSet> =
        counties.iter().flat_map(|(_, sets)| sets).map(|(period, set)| ((*period, set.id.as_str()), *set)).collect();
    let hash = |((period, id), set): (&(Period, &str), &&RuleSet)| {
        (format!("{period} {id}"), json!(set.section_hash(Section::Evaluation)))
    };
    let policy: serde_json::Map<_, _> = in_use.iter().map(hash).collect();
    let sets: Vec<(Period, &RuleSet)> = in_use.into_iter().map(|((period, _), set)| (period, set)).collect();
    Task {
        key: "all".to_owned(),
        settings: settings(&json!({}), &serde_json::Value::Object(policy), &json!({})),
        inputs: populations.clone(),
        work: Box::new(move || {
            let rows = evaluate::benchmarks(&read_each(&populations)?, &sets)?;
            Ok(vec![output(&benchmark::TABLE, "all", rows)].into())
        }),
    }
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
            let result = evaluate::evaluate(&county, &figures, &benchmarks, &sets)?;
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
