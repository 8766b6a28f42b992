//! What an enterprise promised of its plots, and how that stands at the end of each period.

use arrow::array::{Array, RecordBatch};
use serde_json::json;

use super::tree::Section;
use super::voice::{Language, Voice};
use crate::table::{TableError, project_state};

/// Its obligations, a fact each and period.
pub(super) fn promises(
    batch: &RecordBatch,
    is_asked: &dyn Fn(&str) -> bool,
    voice: Voice,
) -> Result<Section, TableError> {
    let rows = project_state::View::of(batch)?;
    let mut order: Vec<usize> = (0..batch.num_rows()).filter(|row| is_asked(rows.period.value(*row))).collect();
    order.sort_by_key(|row| (rows.period.value(*row), rows.project_id.value(*row), rows.due_date.value(*row)));
    let mut section = Section::new("obligations", voice.say("履约", "obligations"));
    for row in order {
        let (period, project) = (rows.period.value(row), rows.project_id.value(row));
        let (obligation, state) = (rows.obligation.value(row), rows.state.value(row));
        let date = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string());
        let due = date(rows.due_date.value_as_date(row));
        let met_on = date(rows.met_on.is_valid(row).then(|| rows.met_on.value_as_date(row)).flatten());
        let is_building = rows.is_under_construction.is_valid(row) && rows.is_under_construction.value(row);
        let parcel = rows.parcel_id.is_valid(row).then(|| rows.parcel_id.value(row));
        let (told, day) = (words(state, voice), due.as_deref().unwrap_or("-"));
        let mut text = match voice.language {
            Language::Chinese => format!("约定 {day}，{told}"),
            Language::English => format!("due {day}: {told}"),
        };
        if let Some(met_on) = met_on.as_deref().filter(|_| matches!(state, "met" | "met_late")) {
            text = format!("{text} ({met_on})");
        }
        if is_building {
            let plot = parcel.unwrap_or_else(|| voice.say("未指明的宗地", "a plot that is not named"));
            text = match voice.language {
                Language::Chinese => format!("{text}；{plot} 在建设期"),
                Language::English => format!("{text}; {plot} is under construction"),
            };
        }
        let value = json!({ "project_id": project, "obligation": obligation, "period": period, "parcel_id": parcel,
            "due_date": due, "met_on": met_on, "state": state, "is_under_construction": is_building });
        section.tell("obligation", &format!("{period} {project} {}", name(obligation, voice)), text, value);
    }
    Ok(section)
}

fn words(state: &str, voice: Voice) -> &str {
    match state {
        "not_due" => voice.say("未到期", "not yet due"),
        "met" => voice.say("已履约", "met"),
        "met_late" => voice.say("逾期履约，计为未履约", "met late, which counts as not met"),
        "not_met" => voice.say("未履约", "not met"),
        "unknown" => voice.say("是否履约未知", "whether it was met is not known"),
        other => other,
    }
}

fn name(obligation: &str, voice: Voice) -> &str {
    if voice.language == Language::English {
        return obligation;
    }
    match obligation {
        "start" => "开工",
        "completion" => "竣工",
        "production" => "达产",
        "investment" => "投资强度",
        "tax" => "亩均税收",
        "output" => "产出",
        "energy" => "能耗",
        "floor_area" => "容积率",
        other => other,
    }
}
