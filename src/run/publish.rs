//! Publishing: the tables of all parts become one snapshot, and `CURRENT` names it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::executor::{Executor, county_of};
use super::history::{self, History};
use super::pipeline_file::Pipeline;
use super::report::Step;
use super::resources::Meter;
use super::steps::Products;
use super::{RunError, said, versions};
use crate::domain::Period;
use crate::fault::{self, Fault};
use crate::geometry::{hilbert, wkb};
use crate::policy::RuleSet;
use crate::stages::StageError;
use crate::stages::ledgers::{ledger_column, lineage};
use crate::stages::order::{arranged, ordered, sorted, take};
use crate::stages::quality::reconcile;
use crate::stages::shapes::{PARCEL_COLUMNS, card_columns, shapes};
use crate::stages::zones::scene;
use crate::store::cache::Artifact;
use crate::store::geoparquet::GeoParquetWriter;
use crate::store::parquet;
use crate::store::parquet::{ParquetWriter, Written};
use crate::store::snapshot::{self, Draft};
use crate::table::delivery::Delivered;
use crate::table::{self, Table, dictionary};

/// What was published.
#[derive(Debug)]
pub struct Published {
    /// Snapshot that `CURRENT` names.
    pub snapshot: String,
    /// Whether it is new.
    pub is_new: bool,
    /// Files read, by source.
    pub inputs: Vec<(String, String, String)>,
    /// Hashes of what was carried over of earlier years, by file.
    pub history: BTreeMap<&'static str, String>,
    /// What readers must know of the policy.
    pub notes: Vec<String>,
}

/// A published table: path, declaration, and the columns that stay behind (they name source rows, or hold shapes).
struct Place {
    path: Cow<'static, str>,
    table: &'static Table,
    without: &'static [&'static str],
    /// Whether its artifacts are counties, whatever the parts, and its key begins with the county: then each is
    /// written apart.
    is_by_county: bool,
    /// Of a lineage: the ledger that stands for it where its rows have one origin each.
    ledger: Option<&'static Table>,
    /// What must be delivered for the table to be published at all.
    needs: Option<Delivered>,
}

impl Place {
    /// The columns that are published.
    fn columns(&self) -> Vec<&'static str> {
        self.table.columns.iter().map(|column| column.name).filter(|name| !self.without.contains(name)).collect()
    }
}

const ZONES: &str = "geo/zones.parquet";

const ORIGIN: &[&str] = &["source_id", "delivered", "file", "row"];

const fn place(path: &'static str, table: &'static Table, without: &'static [&'static str]) -> Place {
    Place { path: Cow::Borrowed(path), table, without, is_by_county: false, ledger: None, needs: None }
}

/// A place that is there only where a source delivers that.
const fn place_of(needs: Delivered, path: &'static str, table: &'static Table) -> Place {
    Place { path: Cow::Borrowed(path), table, without: &[], is_by_county: false, ledger: None, needs: Some(needs) }
}

/// The tables that are published as they are, part after part.
static PLACES: &[Place] = &[
    place("bi/parcel_card.parquet", &table::parcel_card::TABLE, &[]),
    place("bi/parcel_yield.parquet", &table::parcel_yield::TABLE, &[]),
    place("bi/parcel_enterprise.parquet", &table::parcel_enterprise::TABLE, &["delivered"]),
    place("bi/parcel_finding.parquet", &table::parcel_finding::TABLE, &[]),
    place("bi/parcel_rule_status.parquet", &table::parcel_rule_status::TABLE, &[]),
    place("bi/rule_benchmark.parquet", &table::rule_benchmark::TABLE, &[]),
    place("bi/rule_coverage.parquet", &table::rule_coverage::TABLE, &[]),
    place("bi/benchmark.parquet", &table::benchmark::TABLE, &[]),
    place("bi/enterprise_evaluation.parquet", &table::enterprise_evaluation::TABLE, &[]),
    place("bi/enterprise_indicator.parquet", &table::enterprise_indicator::TABLE, &[]),
    place("bi/enterprise_adjustment.parquet", &table::enterprise_adjustment::TABLE, &[]),
    place("bi/enterprise_group.parquet", &table::enterprise_group::TABLE, &[]),
    place("bi/block.parquet", &table::block::TABLE, &["geometry"]),
    place("bi/block_member.parquet", &table::block_member::TABLE, &[]),
    place("bi/block_edge.parquet", &table::block_edge::TABLE, &[]),
    place("bi/division_summary.parquet", &table::division_summary::TABLE, &[]),
    place("bi/dim_division.parquet", &table::dim_division::TABLE, &[]),
    place("bi/industry_summary.parquet", &table::industry_summary::TABLE, &[]),
    place("bi/dim_industry.parquet", &table::dim_industry::TABLE, &[]),
    place("bi/enterprise.parquet", &table::enterprise::TABLE, ORIGIN),
    place_of(Delivered::Zone, "bi/parcel_zone.parquet", &table::parcel_zone::TABLE),
    place_of(Delivered::Zone, "bi/platform_enterprise.parquet", &table::platform_enterprise::TABLE),
    place_of(Delivered::Zone, "bi/platform_summary.parquet", &table::platform_summary::TABLE),
    place_of(Delivered::Zone, "bi/dim_platform.parquet", &table::dim_platform::TABLE),
    place_of(Delivered::Zone, "bi/platform_evaluation.parquet", &table::platform_evaluation::TABLE),
    place_of(Delivered::Zone, "bi/platform_indicator.parquet", &table::platform_indicator::TABLE),
    place_of(Delivered::Zone, "bi/platform_adjustment.parquet", &table::platform_adjustment::TABLE),
    place("bi/enterprise_scale.parquet", &table::enterprise_scale::TABLE, ORIGIN),
    place("bi/violation.parquet", &table::violation::TABLE, ORIGIN),
    place("bi/tag.parquet", &table::tag::TABLE, ORIGIN),
    place("bi/enterprise_link.parquet", &table::enterprise_link::TABLE, ORIGIN),
    place("bi/project.parquet", &table::project_state::TABLE, &[]),
    place("quality/rejects.parquet", &table::reject::TABLE, &[]),
    place("quality/issues.parquet", &table::issue::TABLE, &[]),
];

/// A table's path, declaration and rows.
type Said = (&'static str, &'static Table, fn(&[&RuleSet]) -> Result<RecordBatch, StageError>);

/// What the sets in force say, as tables.
const SAID: [Said; 2] = [
    ("bi/rule.parquet", &table::rule::TABLE, said::rules),
    ("bi/evaluation_item.parquet", &table::evaluation_item::TABLE, said::evaluation_items),
];

/// The lineage of a delivered table. Occupancy's and the parcels' are always made.
fn lineage_place(delivered: Delivered) -> Place {
    let is_by_county = delivered.is_by_county();
    Place {
        path: format!("lineage/{}.parquet", delivered.name()).into(),
        table: delivered.declared().lineage,
        without: &[],
        is_by_county,
        ledger: (is_by_county || delivered == Delivered::Enterprise).then_some(delivered.table()),
        needs: (delivered == Delivered::Zone).then_some(delivered),
    }
}

/// Writes a snapshot and, if it is another than `CURRENT` names, publishes it.
///
/// # Errors
/// When a law does not hold or the store fails; `CURRENT` is then as it was.
pub fn publish(
    pipeline: &Pipeline,
    products: &Products,
    history: &History,
    executor: &Executor<'_>,
) -> Result<Published, RunError> {
    let meter = Meter::start();
    let sets = pipeline.sets_in_use(&products.counties)?;
    let mut draft = Draft::begin(&pipeline.store)?;
    let (mut rows, mut bytes) = (0, 0);
    let mut written: Vec<(String, Written)> = Vec::new();
    let lineages: Vec<Place> = Delivered::ALL.iter().copied().map(lineage_place).collect();
    let is_published = |place: &&Place| place.needs.is_none_or(|table| pipeline.delivers(table));
    let places: Vec<&Place> = PLACES.iter().chain(&lineages).filter(is_published).collect();
    let tables: Vec<Result<(String, Written), RunError>> = places
        .par_iter()
        .map(|place| {
            let artifacts = published_artifacts(products, place);
            Ok((place.path.to_string(), write_table(&draft, place, &artifacts)?))
        })
        .collect();
    for table in tables {
        written.push(table?);
    }
    written.extend(write_geo(&draft, products, pipeline.latest())?);
    if pipeline.delivers(Delivered::Zone) {
        written.push((ZONES.to_owned(), write_zones(&draft, products, pipeline.latest())?));
    }
    written.push(("quality/reconciliation.parquet".to_owned(), write_reconciliation(&draft, products)?));
    for (path, table, rows) in SAID {
        let rows = rows(&sets).map_err(failed(table))?;
        written.push((path.to_owned(), parquet::write(&draft.place(path)?, &table.schema(), [&rows])?));
    }
    written.extend(history.write(&draft, &products.artifacts)?);
    for (path, written) in written {
        rows += written.rows;
        bytes += written.bytes;
        draft.add_table(&path, written);
    }
    let mut described: Vec<(&str, &Table, &[&str])> =
        places.iter().map(|place| (place.path.as_ref(), place.table, place.without)).collect();
    described.extend([
        ("quality/reconciliation.parquet", &table::reconciliation::TABLE, &[][..]),
        ("geo/parcels/<county_code>.parquet", &table::geo_parcel::TABLE, &[][..]),
        ("geo/blocks.parquet", &table::geo_block::TABLE, &[][..]),
    ]);
    described.extend(SAID.map(|(path, table, _)| (path, table, &[][..])));
    described.extend(history::PLACES.map(|(path, table)| (path, table, &[][..])));
    if pipeline.delivers(Delivered::Zone) {
        described.push((ZONES, &table::geo_zone::TABLE, &[]));
    }
    let dictionary = serde_json::to_string_pretty(&dictionary::dictionary(&described)).unwrap_or_default();
    draft.add_bytes("dictionary.json", dictionary.as_bytes())?;
    let (inputs, carried) = (products.files.clone(), history.hashes()?);
    let notes = sets.iter().filter_map(|set| set.note(pipeline.as_of)).collect();
    let current = snapshot::current(&pipeline.store)?;
    let published = if current.as_ref().is_some_and(|current| current.snapshot == draft.id()) && draft.is_published() {
        let snapshot = draft.id();
        draft.discard()?;
        Published { snapshot, is_new: false, inputs, history: carried, notes }
    } else {
        let current = draft.publish(facts(pipeline, products, &sets, &carried))?;
        Published { snapshot: current.snapshot, is_new: true, inputs, history: carried, notes }
    };
    executor.report(Step { name: "publish", version: 1 }, meter.read(), rows, bytes);
    Ok(published)
}

/// The artifacts of a published table, in order of their parts; a ledger's where no lineage of its own was left.
fn published_artifacts(products: &Products, place: &Place) -> Vec<Artifact> {
    let mut artifacts = settled_artifacts(products, place.table);
    if let Some(ledger) = place.ledger {
        let mut ledgers = settled_artifacts(products, ledger);
        ledgers.retain(|ledger| artifacts.iter().all(|own| own.part != ledger.part));
        artifacts.append(&mut ledgers);
        artifacts.sort_by(|left, right| left.part.cmp(&right.part));
    }
    if fault::is_on(Fault::LostCounty) && artifacts.len() > 1 {
        artifacts.pop();
    }
    artifacts
}

/// A table's artifacts: of tables that several steps leave (by county, then as a whole), the last.
fn settled_artifacts(products: &Products, table: &Table) -> Vec<Artifact> {
    match table.name {
        "enterprise" | "block_member" | "block_edge" | "block" => products.artifacts.of(table.name, "all"),
        name => products.artifacts.table(name),
    }
}

fn failed(table: &Table) -> impl Fn(StageError) -> RunError {
    let key = table.name.to_owned();
    move |source| RunError::Stage { step: "publish".to_owned(), key: key.clone(), source }
}

/// Writes a table sorted by its full key. Artifacts are sorted each by itself; those whose ranges of the first key
/// column overlap are merged, so that memory holds a county and its neighbours by code, not the province.
fn write_table(draft: &Draft, place: &Place, artifacts: &[Artifact]) -> Result<Written, RunError> {
    let schema = place.table.published_schema();
    let columns = place.columns();
    let published = columns.iter().map(|name| schema.field_with_name(name).cloned()).collect::<Result<Vec<_>, _>>();
    let published = Arc::new(Schema::new(published.map_err(|error| failed(place.table)(error.into()))?));
    let mut writer = ParquetWriter::create(&draft.place(&place.path)?, &published)?;
    let groups =
        if place.is_by_county { artifacts.iter().map(|county| vec![county]).collect() } else { groups(artifacts) };
    for group in groups {
        let batches: Vec<RecordBatch> =
            group.iter().map(|artifact| rows_of(artifact, place.table, &columns)).collect::<Result<_, _>>()?;
        let Some(first) = batches.first() else { continue };
        let merged = concat_batches(&first.schema(), &batches).map_err(|error| failed(place.table)(error.into()))?;
        let (merged, is_unique) = arranged(&merged, place.table.key).map_err(failed(place.table))?;
        // Rejects may repeat: a row can be refused for two reasons.
        if !is_unique && place.table.name != "reject" {
            let what = format!("two rows of {} carry one key", place.table.name);
            return Err(failed(place.table)(StageError::Law { law: "unique keys", what }));
        }
        if place.is_by_county {
            writer.write_apart(&merged)?;
        } else {
            writer.write(&merged)?;
        }
    }
    Ok(writer.finish()?)
}

/// An artifact's rows as the table declares them: those columns, of a lineage that a ledger stands for all.
fn rows_of(artifact: &Artifact, table: &Table, columns: &[&'static str]) -> Result<RecordBatch, RunError> {
    if artifact.table == table.name {
        return Ok(artifact.read(Some(columns))?);
    }
    let columns: Vec<&str> = columns.iter().map(|column| ledger_column(column)).collect();
    lineage(table, &artifact.read(Some(&columns))?).map_err(failed(table))
}

/// Artifacts in order of the first key column, those that overlap together.
fn groups(artifacts: &[Artifact]) -> Vec<Vec<&Artifact>> {
    let mut ranges: Vec<(String, String, &Artifact)> = Vec::new();
    for artifact in artifacts {
        let Some((least, most)) = &artifact.range else { return vec![artifacts.iter().collect()] };
        ranges.push((least.clone(), most.clone(), artifact));
    }
    ranges.sort_by(|left, right| (&left.0, &left.1, &left.2.part).cmp(&(&right.0, &right.1, &right.2.part)));
    let mut groups: Vec<Vec<&Artifact>> = Vec::new();
    let mut reached = String::new();
    for (least, most, artifact) in ranges {
        match groups.last_mut() {
            Some(group) if least <= reached => group.push(artifact),
            _ => groups.push(vec![artifact]),
        }
        reached = reached.max(most);
    }
    groups
}

/// `geo/`: a file a county in Hilbert order, and the blocks.
fn write_geo(draft: &Draft, products: &Products, latest: Period) -> Result<Vec<(String, Written)>, RunError> {
    let mut counties: BTreeMap<String, Vec<(Artifact, Artifact)>> = BTreeMap::new();
    for cards in products.artifacts.table("parcel_card") {
        let parcels = products.artifacts.of("parcel", &cards.part);
        let parts = parcels.into_iter().map(|parcels| (parcels, cards.clone()));
        counties.entry(county_of(&cards.part).to_owned()).or_default().extend(parts);
    }
    let parcels: Vec<Result<(String, Written), RunError>> = counties
        .into_par_iter()
        .map(|(county, parts)| {
            let path = format!("geo/parcels/{county}.parquet");
            let table = &table::geo_parcel::TABLE;
            let mut writer = GeoParquetWriter::create(&draft.place(&path)?, &table.published_schema())?;
            for (parcels, cards) in parts {
                let parcels = parcels.read(Some(PARCEL_COLUMNS))?;
                let cards = cards.read(Some(&card_columns()))?;
                writer.write(&shapes(&parcels, &cards, latest).map_err(failed(table))?)?;
            }
            Ok((path, writer.finish()?))
        })
        .collect();
    let mut written = parcels.into_iter().collect::<Result<Vec<_>, _>>()?;
    let table = &table::geo_block::TABLE;
    let mut writer = GeoParquetWriter::create(&draft.place("geo/blocks.parquet")?, &table.schema())?;
    for artifact in products.artifacts.of("block", "all") {
        writer.write(&geo_blocks(&artifact.read(None)?).map_err(failed(table))?)?;
    }
    written.push(("geo/blocks.parquet".to_owned(), writer.finish()?));
    Ok(written)
}

/// `geo/zones.parquet`, in Hilbert order.
fn write_zones(draft: &Draft, products: &Products, latest: Period) -> Result<Written, RunError> {
    let table = &table::geo_zone::TABLE;
    let mut counties = Vec::new();
    for artifact in products.artifacts.table("zone") {
        counties.push(artifact.read(None)?);
    }
    let zones = table::zone::TABLE.concat(&counties).map_err(|error| failed(table)(error.into()))?;
    let rows = scene(&zones, latest).map_err(failed(table))?;
    let mut writer = GeoParquetWriter::create(&draft.place(ZONES)?, &table.published_schema())?;
    writer.write(&rows)?;
    Ok(writer.finish()?)
}

/// The blocks' published columns, in Hilbert order; checks that their areas agree.
fn geo_blocks(blocks: &RecordBatch) -> Result<RecordBatch, StageError> {
    let rows = table::block::View::of(blocks)?;
    check_land(&rows)?;
    let place = |row: usize| {
        let centre = wkb::extent(rows.geometry.value(row)).map(|(_, bounds)| bounds.centre()).unwrap_or_default();
        hilbert::index(centre.x, centre.y)
    };
    let places: Vec<u32> = (0..blocks.num_rows()).map(place).collect();
    let order = ordered(blocks.num_rows(), |left, right| {
        (places[left], rows.block_id.value(left)).cmp(&(places[right], rows.block_id.value(right)))
    });
    let schema = table::geo_block::TABLE.schema();
    let indexes: Result<Vec<usize>, _> =
        schema.fields().iter().map(|field| blocks.schema().index_of(field.name())).collect();
    let chosen = take(&blocks.project(&indexes?)?, &order)?;
    Ok(RecordBatch::try_new(schema, chosen.columns().to_vec())?)
}

/// Law 3: the outline is the members less what overlaps, within 1e-9 and 1 cm² a member.
fn check_land(rows: &table::block::View<'_>) -> Result<(), StageError> {
    for row in 0..rows.block_id.len() {
        let (members, overlap) = (rows.member_cm2.value(row), rows.overlap_cm2.value(row));
        let difference = (rows.outline_cm2.value(row) - members + overlap).abs();
        let allowed = i64::from(rows.parcels.value(row)) + members / 1_000_000_000 + 1;
        if difference > allowed {
            let what = format!(
                "block {}: outline and members less overlap are {difference} cm² apart, {allowed} are allowed",
                rows.block_id.value(row)
            );
            return Err(StageError::Law { law: "land", what });
        }
    }
    Ok(())
}

fn write_reconciliation(draft: &Draft, products: &Products) -> Result<Written, RunError> {
    let table = &table::reconciliation::TABLE;
    let mut batches = Vec::new();
    for artifact in products.artifacts.table("tally") {
        batches.push(artifact.read(None)?);
    }
    let rows = reconcile(&batches).map_err(failed(table))?;
    let rows = sorted(&rows, table.key).map_err(failed(table))?;
    Ok(parquet::write(&draft.place("quality/reconciliation.parquet")?, &table.schema(), [&rows])?)
}

/// What the manifest says besides its files: inputs, policy, date and versions, but no clock, host or run.
fn facts(
    pipeline: &Pipeline,
    products: &Products,
    sets: &[&RuleSet],
    history: &BTreeMap<&'static str, String>,
) -> Value {
    let inputs: Vec<Value> = products
        .files
        .iter()
        .map(|(source, file, hash)| json!({ "source": source, "file": file, "blake3": hash }))
        .collect();
    let sets: Vec<Value> = sets
        .iter()
        .map(|set| {
            let sections: BTreeMap<&str, String> = crate::policy::Section::ALL
                .iter()
                .map(|section| (section.as_str(), set.section_hash(*section)))
                .collect();
            json!({ "id": set.id, "illustrative": set.illustrative, "sections": sections, "note": set.note(pipeline.as_of) })
        })
        .collect();
    json!({
        "pipeline": pipeline.name,
        "periods": pipeline.periods.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "as_of": pipeline.as_of.to_string(),
        "min_enterprises": pipeline.min_enterprises,
        "inputs": inputs,
        "history": history,
        "policy": sets,
        "versions": versions(),
    })
}
