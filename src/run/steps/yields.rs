//! `yields`: `parcel`, `parcel_enterprise` → `parcel_yield`.

use std::sync::Arc;

use serde_json::json;

use super::{Products, Shared, joined, output, policy_hashes, read, read_part, sets};
use crate::policy::Section;
use crate::run::RunError;
use crate::run::executor::{Executor, Task, county_of, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::completeness::Marks;
use crate::stages::yields::{self, PARCEL_COLUMNS};
use crate::table::{issue, parcel, parcel_enterprise, parcel_yield, settled_mark};

/// Works out all yields.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let settled = Shared::new();
    let tasks: Result<Vec<_>, _> = products.parts.iter().map(|part| task(pipeline, products, &settled, part)).collect();
    let yields = executor.run(Step { name: "yields", version: yields::VERSION }, tasks?)?;
    products.artifacts.extend(yields);
    Ok(())
}

fn task<'a>(
    pipeline: &'a Pipeline,
    products: &Products,
    settled: &Arc<Shared<Marks>>,
    part: &str,
) -> Result<Task<'a>, RunError> {
    let parcels = products.artifacts.of("parcel", part);
    let enterprises = products.artifacts.of("parcel_enterprise", county_of(part));
    let marks = products.artifacts.table("settled_mark");
    let sets = sets(pipeline, county_of(part))?;
    let policy = policy_hashes(&sets, &[Section::Land]);
    let (part, settled) = (part.to_owned(), settled.clone());
    Ok(Task {
        key: part.clone(),
        settings: settings(&json!({}), &policy, &json!({})),
        inputs: joined([&parcels, &enterprises, &marks]),
        work: Box::new(move || {
            let parcels = read_part(&parcel::TABLE, &parcels, PARCEL_COLUMNS)?;
            let enterprises = read(&parcel_enterprise::TABLE, &enterprises)?;
            let marks = settled.get(|| Ok(Marks::of(&read(&settled_mark::TABLE, &marks)?)?))?;
            let (rows, issues) = yields::yields(&parcels, &enterprises, &sets, &marks)?;
            Ok(vec![output(&parcel_yield::TABLE, &part, rows), output(&issue::TABLE, &part, issues)].into())
        }),
    })
}
