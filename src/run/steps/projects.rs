//! `projects`: `project` → `project_state`.

use serde_json::json;

use super::{Products, output, read};
use crate::run::RunError;
use crate::run::executor::{Executor, Task, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::projects::{self, states};
use crate::store::cache::Artifact;
use crate::table::{issue, project, project_state};

/// Says of every obligation how it stands at the end of each period.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let tasks: Vec<_> = products.artifacts.table("project").into_iter().map(|own| task(pipeline, own)).collect();
    if !tasks.is_empty() {
        let states = executor.run(Step { name: "projects", version: projects::VERSION }, tasks)?;
        products.artifacts.extend(states);
    }
    Ok(())
}

fn task(pipeline: &Pipeline, projects: Artifact) -> Task<'_> {
    let periods: Vec<String> = pipeline.periods.iter().map(ToString::to_string).collect();
    let county = projects.part.clone();
    Task {
        key: county.clone(),
        settings: settings(&json!({ "periods": periods }), &json!({}), &json!({})),
        inputs: vec![projects.clone()],
        work: Box::new(move || {
            let (rows, issues) = states(&read(&project::TABLE, std::slice::from_ref(&projects))?, &pipeline.periods)?;
            Ok(vec![output(&project_state::TABLE, &county, rows), output(&issue::TABLE, &county, issues)].into())
        }),
    }
}
