//! The grades of years that the snapshot does not judge: a line a year.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch};
use serde_json::json;

use super::at;
use super::evaluation::standing_words;
use super::number::Printed;
use super::tree::Section;
use super::voice::{Language, Voice};
use crate::table::{TableError, enterprise_evaluation, history_grade};

/// An enterprise's rows of history, but for what is judged in `judged`; none if there are none.
pub(super) fn history(
    rows: &RecordBatch,
    judged: &enterprise_evaluation::View<'_>,
    places: &BTreeMap<&str, &str>,
    voice: Voice,
) -> Result<Option<Section>, TableError> {
    let of = history_grade::View::of(rows)?;
    let judged: BTreeSet<_> = (0..judged.uscc.len())
        .map(|row| (judged.uscc.value(row), judged.county_code.value(row), judged.period.value(row)))
        .collect();
    let mut earlier: Vec<usize> = (0..rows.num_rows())
        .filter(|row| !judged.contains(&(of.uscc.value(*row), of.county_code.value(*row), of.period.value(*row))))
        .collect();
    earlier.sort_by_key(|row| std::cmp::Reverse((of.period.value(*row), of.county_code.value(*row))));
    let mut section = Section::new("history", voice.say("历年等级", "earlier years"));
    for row in &earlier {
        let row = *row;
        let (county, period, standing) = (of.county_code.value(row), of.period.value(row), of.standing.value(row));
        let (grade, rank, total) = (of.grade.get(row), at(of.rank, row), at(of.total, row));
        let mut text = grade.unwrap_or(standing_words(standing, voice)).to_owned();
        if let (Some(rank), Some(total)) = (rank, total) {
            let (total, ranked) = (Printed::of(total, 4).trimmed(), of.ranked.value(row));
            text = match voice.language {
                Language::Chinese => format!("{text}，第 {rank} 名，共 {ranked} 家，总分 {total}"),
                Language::English => format!("{text}, rank {rank} of {ranked}, total {total}"),
            };
        }
        if of.is_provisional.value(row) {
            text.push_str(voice.say("（暂定）", " (provisional)"));
        }
        let place = places.get(county).map_or(county.to_owned(), |name| format!("{name} {county}"));
        let value = json!({
            "period": period, "county_code": county, "grade": grade, "standing": standing, "rank": rank,
            "ranked": of.ranked.value(row), "total": total, "is_provisional": of.is_provisional.value(row),
            "set_id": of.set_id.value(row), "evaluation_id": of.evaluation_id.get(row),
        });
        section.tell("year", &format!("{period} {place}"), text, value);
    }
    Ok((!earlier.is_empty()).then_some(section))
}
