//! `dictionary.json`: what every published column means, made from the declarations.

use serde_json::{Value, json};

use super::Table;
use crate::domain::{IssueCode, RejectCode};

/// What is said of the column `bbox`, which GeoParquet files have besides.
pub const COVERING: [(&str, &str); 3] = [
    ("unit", "°"),
    ("label", "外接矩形"),
    ("meaning", "Box around the shape, rounded outwards: its covering, by which readers leave out row groups"),
];

/// The dictionary of `tables`, each with the path under which it is published and the columns that are not,
/// and of all codes.
#[must_use]
pub fn dictionary(tables: &[(&str, &Table, &[&str])]) -> Value {
    let tables: Vec<Value> = tables.iter().map(|(path, table, without)| describe(path, table, without)).collect();
    let rejects: Vec<Value> = RejectCode::ALL
        .iter()
        .map(|code| json!({ "code": code.as_str(), "label": code.label(), "meaning": code.meaning() }))
        .collect();
    let issues: Vec<Value> = IssueCode::ALL
        .iter()
        .map(|code| json!({ "code": code.as_str(), "label": code.label(), "meaning": code.meaning() }))
        .collect();
    json!({ "format": 1, "tables": tables, "reject_codes": rejects, "issue_codes": issues })
}

fn describe(path: &str, table: &Table, without: &[&str]) -> Value {
    let mut columns: Vec<Value> = table
        .columns
        .iter()
        .filter(|column| !without.contains(&column.name))
        .map(|column| {
            json!({
                "name": column.name,
                "type": column.kind.name(),
                "nullable": column.is_nullable,
                "unit": column.unit,
                "label": column.label,
                "meaning": column.meaning,
            })
        })
        .collect();
    if path.starts_with("geo/") {
        let mut bbox = json!({
            "name": "bbox",
            "type": "struct<xmin: float, ymin: float, xmax: float, ymax: float>",
            "nullable": false,
        });
        for (key, text) in COVERING {
            bbox[key] = text.into();
        }
        columns.push(bbox);
    }
    json!({
        "table": table.name,
        "path": path,
        "label": table.label,
        "meaning": table.meaning.trim(),
        "key": table.key,
        "columns": columns,
    })
}
