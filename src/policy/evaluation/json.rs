//! A group as canonical JSON, for the hash of its section: every key present, numbers as decimal text.

use serde_json::{Value, json};

use super::super::hash::{condition, frozen};
use super::model::{Evaluation, Grades, Indicator, Measure};

/// All of the group that can change what follows from it.
pub fn evaluation_json(of: &Evaluation) -> Value {
    json!({
        "adjust": of.adjustments.iter().map(|one| json!({
            "id": one.id,
            "label": one.label,
            "least": one.least.to_string(),
            "missing": one.missing.as_str(),
            "most": one.most.to_string(),
            "per": one.per.as_ref().map(|per| json!([per.column.name, per.above])),
            "points": one.points.to_string(),
            "when": one.condition.as_ref().map(condition),
        })).collect::<Vec<_>>(),
        "basis": of.basis,
        "coefficient": of.coefficients.iter().map(|one| json!({
            "factor": one.factor.to_string(),
            "id": one.id,
            "label": one.label,
            "missing": one.missing.as_str(),
            "of": one.indicator.map(|at| of.indicators[at].id.as_str()),
            "when": condition(&one.condition),
        })).collect::<Vec<_>>(),
        "exclude": of.exclusions.iter().map(|one| json!({
            "graded": one.graded.as_str(),
            "id": one.id,
            "label": one.label,
            "missing": one.missing.as_str(),
            "when": condition(&one.condition),
        })).collect::<Vec<_>>(),
        "grades": match &of.grades {
            Grades::Shares(shares) => json!({ "shares": shares.map(|share| share.to_string()) }),
            Grades::Scores(scores) => json!({ "scores": scores.map(|score| score.to_string()) }),
        },
        "id": of.id,
        "indicator": of.indicators.iter().map(indicator).collect::<Vec<_>>(),
        "label": of.label,
        "veto": of.vetoes.iter().map(|one| json!({
            "best": one.best.as_str(),
            "id": one.id,
            "label": one.label,
            "missing": one.missing.as_str(),
            "when": condition(&one.condition),
        })).collect::<Vec<_>>(),
        "when": condition(&of.condition),
    })
}

fn indicator(of: &Indicator) -> Value {
    json!({
        "benchmark": match &of.benchmark {
            Measure::Given(constant) => json!(format!("{} {}", constant.number, constant.unit)),
            Measure::Computed(of) => json!({
                "by": of.by.iter().map(|column| column.name).collect::<Vec<_>>(),
                "frozen": frozen(&of.frozen),
                "statistic": of.statistic.to_string(),
            }),
        },
        "cap": of.cap.to_string(),
        "column": of.column.name,
        "floor": of.floor.to_string(),
        "id": of.id,
        "missing": of.missing.as_str(),
        "weight": of.weight.to_string(),
    })
}
