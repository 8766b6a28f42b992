//! `names`: policy sets and the names in all accepted rows → issues.

use std::collections::BTreeSet;

use serde_json::{Map, json};

use super::{Products, counties_of, output, read_columns, sets};
use crate::domain::Period;
use crate::policy::{RuleSet, Section};
use crate::run::RunError;
use crate::run::executor::{Executor, Task, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::names::{COLUMNS, Names, VERSION};
use crate::store::cache::Artifact;
use crate::table::{issue, zone};

/// A county's sets, and its rows by table.
type County<'a> = (String, Vec<(Period, &'a RuleSet)>, Vec<(&'static str, Vec<Artifact>)>);

/// Compares what the sets name with what rows have.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let of_zones = counties_of(&products.artifacts.table(zone::TABLE.name));
    let delivering: BTreeSet<&String> = products.ledger_counties.iter().chain(&of_zones).collect();
    let (mut counties, mut in_force, mut policy): (Vec<County<'_>>, _, _) = (Vec::new(), Map::new(), Map::new());
    for county in delivering {
        let sets = sets(pipeline, county)?;
        for (period, set) in &sets {
            in_force.insert(format!("{county} {period}"), json!(set.id));
            for section in [Section::Land, Section::Energy, Section::Emission, Section::Zones] {
                policy.insert(format!("{} {}", set.id, section.as_str()), json!(set.section_hash(section)));
            }
        }
        let rows = COLUMNS.iter().map(|(table, _)| (*table, products.artifacts.of_county(table, county)));
        counties.push((county.clone(), sets, rows.collect()));
    }
    let artifacts =
        |(_, _, rows): &County<'_>| -> Vec<Artifact> { rows.iter().flat_map(|(_, rows)| rows.clone()).collect() };
    let task = Task {
        key: "all".to_owned(),
        settings: settings(&json!({ "sets": in_force }), &policy.into(), &json!({})),
        inputs: counties.iter().flat_map(artifacts).collect(),
        work: Box::new(move || {
            let mut names = Names::default();
            for (county, sets, rows) in &counties {
                let mut read = Vec::new();
                for ((table, artifacts), (_, columns)) in rows.iter().zip(COLUMNS) {
                    read.push((*table, read_columns(artifacts, columns)?));
                }
                names.add(county, sets, &read)?;
            }
            Ok(vec![output(&issue::TABLE, "all", names.issues()?)].into())
        }),
    };
    let compared = executor.run(Step { name: "names", version: VERSION }, vec![task])?;
    products.artifacts.extend(compared);
    Ok(())
}
