//! `overlay`: `parcel`, `zone` → `parcel_zone`, `parcel_platform`.

use serde_json::json;

use super::{Products, joined, output, policy_hashes, read, read_part, sets};
use crate::geometry::adjacency::Bounds;
use crate::policy::Section;
use crate::run::RunError;
use crate::run::executor::{Executor, Task, county_of, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::overlay::{self, BOX_COLUMNS, PARCEL_COLUMNS, reach};
use crate::store::cache::Artifact;
use crate::table::delivery::Delivered;
use crate::table::{Table, parcel, parcel_platform, parcel_zone, zone};

/// Lays all zones over all parcels, if any source delivers some.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    if !pipeline.delivers(Delivered::Zone) {
        return Ok(());
    }
    let mut zones = Vec::new();
    for artifact in products.artifacts.table("zone") {
        zones.push((reach_of(&artifact, &zone::TABLE)?, artifact));
    }
    let tasks: Result<Vec<_>, _> = products.parts.iter().map(|part| task(pipeline, products, &zones, part)).collect();
    let shared = executor.run(Step { name: "overlay", version: overlay::VERSION }, tasks?)?;
    products.artifacts.extend(shared);
    Ok(())
}

fn reach_of(artifact: &Artifact, table: &'static Table) -> Result<Option<Bounds>, RunError> {
    reach(&artifact.read(Some(BOX_COLUMNS))?, table).map_err(|source| RunError::Stage {
        step: "overlay".to_owned(),
        key: artifact.part.clone(),
        source,
    })
}

/// A part's task reads the zones of every county that may reach it.
fn task<'a>(
    pipeline: &'a Pipeline,
    products: &Products,
    zones: &[(Option<Bounds>, Artifact)],
    part: &str,
) -> Result<Task<'a>, RunError> {
    let parcels = products.artifacts.of("parcel", part);
    let mut own: Option<Bounds> = None;
    for artifact in &parcels {
        own = own.into_iter().chain(reach_of(artifact, &parcel::TABLE)?).reduce(Bounds::around);
    }
    let meets = |other: &Option<Bounds>| own.zip(*other).is_some_and(|(own, other)| own.meets(&other));
    let near = zones.iter().filter(|(reach, _)| meets(reach)).map(|(_, artifact)| artifact.clone());
    let near: Vec<Artifact> = near.collect();
    let sets = sets(pipeline, county_of(part))?;
    let part = part.to_owned();
    Ok(Task {
        key: part.clone(),
        settings: settings(&json!({}), &policy_hashes(&sets, &[Section::Zones]), &json!({})),
        inputs: joined([&parcels, &near]),
        work: Box::new(move || {
            let parcels = read_part(&parcel::TABLE, &parcels, PARCEL_COLUMNS)?;
            let zones = read(&zone::TABLE, &near)?;
            let overlaid = overlay::overlay(&parcels, &zones, &sets)?;
            Ok(vec![
                output(&parcel_zone::TABLE, &part, overlaid.shared),
                output(&parcel_platform::TABLE, &part, overlaid.platforms),
            ]
            .into())
        }),
    })
}
