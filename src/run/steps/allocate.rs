//! `allocate`: occupancy and ledgers → `parcel_enterprise`, exact to the fen and the gram.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch, StringArray};
use serde_json::{Value, json};

use super::{
    Products, Shared, joined, occupants_of, output, policy_hashes, read, read_columns, read_each, read_part, sets,
};
use crate::domain::Set;
use crate::policy::Section;
use crate::run::RunError;
use crate::run::executor::{Executor, Task, TaskError, settings};
use crate::run::pipeline_file::Pipeline;
use crate::run::report::Step;
use crate::stages::allocate::{
    self, ENERGY_COLUMNS, OUTPUT_COLUMNS, Sets, TAX_COLUMNS, allocate, allocate_strays, stray_enterprises,
};
use crate::stages::completeness::{self, Marks, gather};
use crate::stages::ledgers::lineage;
use crate::stages::marks::{self, Known, Occupants, Stranger};
use crate::stages::occupancy::{self, Judged, PARCEL_COLUMNS, Parcels, occupied};
use crate::stages::order;
use crate::store::cache::Artifact;
use crate::table::delivery::Delivered;
use crate::table::{
    Labels, coverage, energy, issue, lineage_occupancy, mark, occupancy as right, occupant, output as made,
    parcel_enterprise, parcel_share, reject, settled_mark, stray, tally, tax,
};

fn nothing() -> Value {
    json!({})
}

/// Allocates all ledgers.
pub fn run(pipeline: &Pipeline, executor: &Executor<'_>, products: &mut Products) -> Result<(), RunError> {
    let tasks: Result<Vec<_>, _> =
        products.ledger_counties.iter().map(|county| occupants_task(pipeline, products, county)).collect();
    let occupants = executor.run(Step { name: "allocate.occupants", version: occupancy::VERSION }, tasks?)?;
    products.artifacts.extend(occupants);

    let marks = executor.run(Step { name: "allocate.marks", version: marks::VERSION }, vec![marks_task(products)])?;
    products.artifacts.extend(marks);

    let tasks: Result<Vec<_>, _> =
        products.ledger_counties.iter().map(|county| allocate_task(pipeline, products, county)).collect();
    let shares = executor.run(Step { name: "allocate.local", version: allocate::VERSION }, tasks?)?;
    let strays = shares.table("stray");
    products.artifacts.extend(shares.clone());

    let task = strays_task(strays, products.artifacts.table("occupant"));
    let from_elsewhere = executor.run(Step { name: "allocate.strays", version: allocate::VERSION }, vec![task])?;

    let marks = products.artifacts.table("settled_mark");
    let settled = Shared::new();
    let tasks = products
        .ledger_counties
        .iter()
        .map(|county| {
            let own = shares.of("parcel_share", county);
            gather_task(
                products,
                own,
                from_elsewhere.of("parcel_share", county),
                (marks.clone(), settled.clone()),
                county,
            )
        })
        .collect();
    let gathered = executor.run(Step { name: "allocate.gather", version: completeness::VERSION }, tasks)?;
    products.artifacts.add(from_elsewhere.table("tally"));
    products.artifacts.extend(gathered);
    Ok(())
}

fn occupants_task<'a>(pipeline: &'a Pipeline, products: &Products, county: &str) -> Result<Task<'a>, RunError> {
    let parcels = products.artifacts.of_county("parcel", county);
    let rights = products.artifacts.of("occupancy", county);
    let mut rejects: Vec<Artifact> = products.artifacts.of("reject", county);
    for source in
        pipeline.sources.iter().filter(|source| source.facts.county.is_none_or(|code| code.as_str() == county))
    {
        rejects.extend(products.artifacts.of("reject", &source.config.id));
    }
    let sets = sets(pipeline, county)?;
    let policy = policy_hashes(&sets, &[Section::Occupancy]);
    let judged: Vec<Judged> =
        sets.iter().map(|(period, set)| Judged { period: *period, max_sum: set.occupancy.max_sum.ratio() }).collect();
    let county = county.to_owned();
    Ok(Task {
        key: county.clone(),
        settings: settings(&nothing(), &policy, &nothing()),
        inputs: joined([&parcels, &rights, &rejects]),
        work: Box::new(move || {
            let batches = read_columns(&parcels, PARCEL_COLUMNS)?;
            let parcels = Parcels::of(&batches)?;
            let rejected = read_each(&rejects)?;
            let rejected = rejected_parcels(&rejected)?;
            let rights = read(&right::TABLE, &rights)?;
            let result = occupied(&county, &parcels, &rejected, &rights, &judged)?;
            // Rights are sorted by what their lineage is sorted by.
            let origins = order::take(&lineage(&lineage_occupancy::TABLE, &rights)?, &result.accepted)?;
            Ok(vec![
                output(&occupant::TABLE, &county, result.occupants),
                output(&mark::TABLE, &county, result.marks),
                output(&reject::TABLE, &county, result.rejects),
                output(&issue::TABLE, &county, result.issues),
                output(&tally::TABLE, &county, result.tallies),
                output(&lineage_occupancy::TABLE, &county, origins),
            ]
            .into())
        }),
    })
}

/// The ids of parcels whose own rows were rejected.
fn rejected_parcels(rejects: &[RecordBatch]) -> Result<Set<&str>, TaskError> {
    let mut ids = Set::default();
    for batch in rejects {
        let rows = reject::View::of(batch)?;
        let own = (0..batch.num_rows()).filter(|row| rows.table.value(*row) == "parcel");
        ids.extend(own.filter_map(|row| order::text(rows.parcel_id, row)));
    }
    Ok(ids)
}

fn marks_task<'a>(products: &Products) -> Task<'a> {
    let marks = products.artifacts.table("mark");
    let register = products.artifacts.of("enterprise", "all");
    let occupants = products.artifacts.table("occupant");
    let parcels = products.artifacts.table("parcel");
    let ledgers = Delivered::ledgers().filter(|table| table.is_by_county());
    let ledgers: Vec<Artifact> = ledgers.flat_map(|table| products.artifacts.table(table.name())).collect();
    let rejects = products.artifacts.table("reject");
    Task {
        key: "all".to_owned(),
        settings: settings(&nothing(), &nothing(), &nothing()),
        inputs: joined([&marks, &register, &occupants, &parcels, &ledgers, &rejects]),
        work: Box::new(move || {
            let registered = read_columns(&register, &["uscc"])?;
            let occupying = read_columns(&occupants, &["parcel_id", "uscc"])?;
            let mut enterprises: Vec<&StringArray> =
                registered.iter().map(|batch| batch.column(0).as_string()).collect();
            let mut places = Vec::new();
            for (artifact, batch) in occupants.iter().zip(&occupying) {
                let (parcels, usccs) = (batch.column(0).as_string(), batch.column(1).as_string());
                enterprises.push(usccs);
                places.push(Occupants { county: &artifact.part, parcels, enterprises: usccs });
            }
            // Only external ids lack a check character.
            let external: Set<&str> =
                enterprises.iter().flat_map(|ids| ids.iter()).flatten().filter(|id| id.contains(':')).collect();
            let mut named = Vec::new();
            for artifact in ledgers.iter().filter(|_| !external.is_empty()) {
                let Some(ledger) = Delivered::named(&artifact.table) else { continue };
                let columns = &["uscc", "county_code", "period"][..if ledger.has_period() { 3 } else { 2 }];
                named.push((ledger, artifact.read(Some(columns))?));
            }
            let mut strangers = Vec::new();
            for (ledger, batch) in &named {
                strangers.extend(strangers_in(batch, ledger.name(), &external));
            }
            let batches = read_each(&marks)?;
            let ids = read_columns(&parcels, &["parcel_id"])?;
            let refused = read_each(&rejects)?;
            let known = Known {
                enterprises,
                parcels: ids.iter().map(|batch| batch.column(0).as_string::<i32>()).collect(),
                rejected_parcels: rejected_parcels(&refused)?,
                occupants: places,
            };
            let settled = marks::settle(&batches, &known, &strangers)?;
            Ok(vec![output(&settled_mark::TABLE, "all", settled)].into())
        }),
    }
}

fn strangers_in<'a>(batch: &'a RecordBatch, measure: &'static str, known: &Set<&str>) -> Vec<Stranger<'a>> {
    let labels = |name: &str| batch.column_by_name(name).and_then(|column| Labels::of(column));
    let (Some(ids), Some(counties)) = (labels("uscc"), labels("county_code")) else { return Vec::new() };
    let periods = labels("period");
    let period = |row| periods.map(|periods| periods.value(row));
    let is_strange = |id: Option<&str>| id.is_some_and(|id| id.contains(':') && !known.contains(id));
    let by_code: Vec<bool> = ids.names().iter().map(is_strange).collect();
    (0..ids.len())
        .filter(|row| by_code[ids.code(*row)])
        .map(|row| Stranger { measure, id: ids.value(row), county: counties.value(row), period: period(row) })
        .collect()
}

fn allocate_task<'a>(pipeline: &'a Pipeline, products: &Products, county: &str) -> Result<Task<'a>, RunError> {
    let occupants = products.artifacts.of("occupant", county);
    let (taxes, energies) = (products.artifacts.of("tax", county), products.artifacts.of("energy", county));
    let outputs = products.artifacts.of("output", county);
    let in_force = sets(pipeline, county)?;
    let policy = policy_hashes(&in_force, &[Section::Tax, Section::Energy]);
    let sets: Sets<'a> = in_force.into_iter().map(|(period, set)| (period.to_string(), set)).collect();
    let county = county.to_owned();
    Ok(Task {
        key: county.clone(),
        settings: settings(&nothing(), &policy, &nothing()),
        inputs: joined([&occupants, &taxes, &energies, &outputs]),
        work: Box::new(move || {
            let occupants = read(&occupant::TABLE, &occupants)?;
            let taxes = read_part(&tax::TABLE, &taxes, TAX_COLUMNS)?;
            let energies = read_part(&energy::TABLE, &energies, ENERGY_COLUMNS)?;
            let outputs = read_part(&made::TABLE, &outputs, OUTPUT_COLUMNS)?;
            let result = allocate(&occupants, &taxes, &energies, &outputs, &sets)?;
            Ok(vec![
                output(&parcel_share::TABLE, &county, result.shares),
                output(&stray::TABLE, &county, result.strays),
                output(&tally::TABLE, &county, result.tallies),
            ]
            .into())
        }),
    })
}

fn strays_task<'a>(strays: Vec<Artifact>, occupants: Vec<Artifact>) -> Task<'a> {
    Task {
        key: "all".to_owned(),
        settings: settings(&nothing(), &nothing(), &nothing()),
        inputs: joined([&strays, &occupants]),
        work: Box::new(move || {
            let strays = read_each(&strays)?;
            let places = occupants_of(&stray_enterprises(&strays)?, &occupants)?;
            let result = allocate_strays(&strays, &places)?;
            let mut outputs = vec![output(&tally::TABLE, "all", result.tallies)];
            outputs
                .extend(result.shares.into_iter().map(|(county, batch)| output(&parcel_share::TABLE, &county, batch)));
            Ok(outputs.into())
        }),
    }
}

fn gather_task<'a>(
    products: &Products,
    own: Vec<Artifact>,
    strays: Vec<Artifact>,
    (marks, settled): (Vec<Artifact>, Arc<Shared<Marks>>),
    county: &str,
) -> Task<'a> {
    let occupants = products.artifacts.of("occupant", county);
    let covered = products.artifacts.of("coverage", county);
    let county = county.to_owned();
    Task {
        key: county.clone(),
        settings: settings(&nothing(), &nothing(), &nothing()),
        inputs: joined([&occupants, &own, &strays, &covered, &marks]),
        work: Box::new(move || {
            let occupants = read(&occupant::TABLE, &occupants)?;
            let covered = read(&coverage::TABLE, &covered)?;
            let marks = settled.get(|| Ok(Marks::of(&read(&settled_mark::TABLE, &marks)?)?))?;
            let (own, strays) = (read(&parcel_share::TABLE, &own)?, read(&parcel_share::TABLE, &strays)?);
            let rows = gather(&county, &occupants, [&own, &strays], &covered, &marks)?;
            Ok(vec![output(&parcel_enterprise::TABLE, &county, rows)].into())
        }),
    }
}
