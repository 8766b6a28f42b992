//! Where rows come from: source, delivery, file and line.

use std::collections::BTreeMap;

use arrow::array::{Array, Date32Array, Int64Array, RecordBatch, StringArray};
use serde_json::json;

use super::tree::Section;
use super::voice::{Language, Voice};
use crate::table::{Table, TableError, column, labels};

/// Rows of a lineage table.
#[derive(Debug)]
pub struct Lineage {
    /// Which.
    pub table: &'static Table,
    /// Its rows.
    pub rows: RecordBatch,
}

/// A file of a delivery, of one table and period, with who the rows are about.
type Origin = (String, String, String, Option<String>, String);

/// The source rows, a fact a file; of the year and its quarters and months, where one is asked for. `who` names an enterprise.
pub(super) fn sources(
    lineages: &[Lineage],
    period: Option<&str>,
    who: &dyn Fn(&str) -> String,
    voice: Voice,
) -> Result<Section, TableError> {
    let mut section = Section::new("sources", voice.say("来源行", "source rows"));
    for lineage in lineages {
        let mut origins: BTreeMap<Origin, Vec<i64>> = BTreeMap::new();
        for row in 0..lineage.rows.num_rows() {
            let (origin, line) = origin(lineage, row, who)?;
            if origin.0.is_empty() || period.is_none_or(|year| origin.0.starts_with(year)) {
                origins.entry(origin).or_default().push(line);
            }
        }
        let name = lineage.table.name.trim_start_matches("lineage_");
        let label = voice.say(lineage.table.label.trim_end_matches("溯源"), name);
        for ((period, who, source, delivery, file), mut lines) in origins {
            lines.sort_unstable();
            let list = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let label =
                [label, &period, &who].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            let delivered = delivery.as_deref().unwrap_or("-");
            let text = match voice.language {
                Language::Chinese => format!("来源 {source}，交付 {delivered}，文件 {file}，行 {list}"),
                Language::English => format!("source {source}, delivery {delivered}, file {file}, row {list}"),
            };
            let value = json!({ "table": name, "period": period, "source_id": source, "delivery": delivery, "file": file,
                "rows": lines });
            section.tell("source", &label, text, value);
        }
    }
    Ok(section)
}

/// Where a row comes from, and its line.
fn origin(lineage: &Lineage, row: usize, who: &dyn Fn(&str) -> String) -> Result<(Origin, i64), TableError> {
    let Lineage { table, rows } = lineage;
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    let period = if has("period") { labels(rows, table, "period")?.value(row).to_owned() } else { String::new() };
    // Only who stands on a parcel needs to be told apart.
    let who = if table.name == "lineage_occupancy" {
        who(column::<StringArray>(rows, table, "uscc")?.value(row))
    } else {
        String::new()
    };
    let delivery: &Date32Array = column(rows, table, "delivery")?;
    let delivery = delivery.is_valid(row).then(|| delivery.value_as_date(row)).flatten().map(|date| date.to_string());
    let text = |name| labels(rows, table, name).map(|labels| labels.value(row).to_owned());
    let line = column::<Int64Array>(rows, table, "row")?.value(row);
    Ok(((period, who, text("source_id")?, delivery, text("file")?), line))
}
