//! What the sets in force say, as tables.

use arrow::array::RecordBatch;

use crate::policy::evaluation::model::Measure;
use crate::policy::evaluation::{Evaluation, Indicator, Points};
use crate::policy::{Column, Condition, RuleSet};
use crate::stages::StageError;
use crate::stages::delivered::days;
use crate::stages::order::sorted;
use crate::table::{evaluation_item, rule};

/// What stands for the document that sets the figures, where there is none.
const EXAMPLE: &str = "示例标准";

/// `rule`, sorted by key.
pub fn rules(sets: &[&RuleSet]) -> Result<RecordBatch, StageError> {
    let mut rows = rule::Builder::default();
    for (set, rule) in sets.iter().flat_map(|set| set.rules.iter().map(move |rule| (set, rule))) {
        rows.set_id.append_value(&set.id);
        rows.rule_id.append_value(&rule.id);
        rows.clause.append_value(&rule.clause);
        rows.basis.append_value(rule.basis.as_deref().unwrap_or(EXAMPLE));
        rows.kind.append_value(rule.kind.as_str());
        rows.severity.append_value(i32::from(rule.severity));
        rows.measure.append_option(rule.measure.as_deref());
        rows.condition.append_value(rule.condition.to_string());
        rows.is_illustrative.append_value(set.illustrative);
        rows.valid_from.append_value(days(set.valid_from));
        rows.valid_to.append_option(set.valid_to.map(days));
    }
    sorted(&rows.finish()?, rule::TABLE.key)
}

/// `evaluation_item`, sorted by key.
pub fn evaluation_items(sets: &[&RuleSet]) -> Result<RecordBatch, StageError> {
    let mut rows = evaluation_item::Builder::default();
    for (set, group) in sets.iter().flat_map(|set| set.all_evaluations().map(move |group| (set, group))) {
        for (kind, items) in items(group) {
            for (item, ordinal) in items.into_iter().zip(1..) {
                append(&mut rows, &set.id, group, kind, ordinal, &item);
            }
        }
    }
    sorted(&rows.finish()?, evaluation_item::TABLE.key)
}

/// One row, less what all have.
#[derive(Default)]
struct Item<'a> {
    id: &'a str,
    label: Option<&'a str>,
    column: Option<&'static Column>,
    weight: Option<f64>,
    cap: Option<Points>,
    floor: Option<Points>,
    benchmark: Option<String>,
    factor: Option<f64>,
    indicator: Option<&'a str>,
    points: Option<f64>,
    above: Option<i64>,
    grade: Option<&'a str>,
    condition: Option<&'a Condition>,
    missing: Option<&'a str>,
}

/// The group and all it consists of, kind by kind.
fn items(group: &Evaluation) -> [(&'static str, Vec<Item<'_>>); 6] {
    let whole = Item { id: &group.id, label: Some(&group.label), condition: Some(&group.condition), ..Item::default() };
    let coefficients = group.coefficients.iter().map(|one| Item {
        id: &one.id,
        label: one.label.as_deref(),
        factor: Some(one.factor.ratio().to_f64()),
        indicator: one.indicator.map(|at| group.indicators[at].id.as_str()),
        condition: Some(&one.condition),
        missing: Some(one.missing.as_str()),
        ..Item::default()
    });
    let adjustments = group.adjustments.iter().map(|one| Item {
        id: &one.id,
        label: one.label.as_deref(),
        column: one.per.as_ref().map(|per| per.column),
        cap: Some(one.most).filter(|most| *most < Points::MOST),
        floor: Some(one.least).filter(|least| *least > Points::LEAST),
        points: Some(one.points.ratio().to_f64()),
        above: one.per.as_ref().map(|per| per.above),
        condition: one.condition.as_ref(),
        missing: Some(one.missing.as_str()),
        ..Item::default()
    });
    let vetoes = group.vetoes.iter().map(|one| Item {
        id: &one.id,
        label: Some(&one.label),
        grade: Some(one.best.as_str()),
        condition: Some(&one.condition),
        missing: Some(one.missing.as_str()),
        ..Item::default()
    });
    let exclusions = group.exclusions.iter().map(|one| Item {
        id: &one.id,
        label: Some(&one.label),
        grade: Some(one.graded.as_str()),
        condition: Some(&one.condition),
        missing: Some(one.missing.as_str()),
        ..Item::default()
    });
    [
        ("group", vec![whole]),
        ("indicator", group.indicators.iter().map(indicator).collect()),
        ("coefficient", coefficients.collect()),
        ("adjust", adjustments.collect()),
        ("veto", vetoes.collect()),
        ("exclusion", exclusions.collect()),
    ]
}

fn indicator(of: &Indicator) -> Item<'_> {
    let benchmark = match &of.benchmark {
        Measure::Given(constant) => format!("{} {}", constant.number, constant.unit),
        Measure::Computed(of) => of.to_string(),
    };
    Item {
        id: &of.id,
        label: Some(of.column.label),
        column: Some(of.column),
        weight: Some(of.weight.ratio().to_f64()),
        cap: Some(of.cap),
        floor: Some(of.floor),
        benchmark: Some(benchmark),
        missing: Some(of.missing.as_str()),
        ..Item::default()
    }
}

fn append(
    rows: &mut evaluation_item::Builder,
    set: &str,
    group: &Evaluation,
    kind: &str,
    ordinal: i32,
    item: &Item<'_>,
) {
    rows.set_id.append_value(set);
    rows.evaluation_id.append_value(&group.id);
    rows.subject.append_value(group.subject.as_str());
    rows.kind.append_value(kind);
    rows.item_id.append_value(item.id);
    rows.ordinal.append_value(ordinal);
    rows.label.append_option(item.label);
    rows.column.append_option(item.column.map(|column| column.name));
    rows.unit.append_option(item.column.and_then(Column::unit).map(|unit| unit.to_string()));
    rows.weight.append_option(item.weight);
    rows.cap.append_option(item.cap.map(Points::to_f64));
    rows.floor.append_option(item.floor.map(Points::to_f64));
    rows.benchmark.append_option(item.benchmark.as_deref());
    rows.factor.append_option(item.factor);
    rows.indicator_id.append_option(item.indicator);
    rows.points.append_option(item.points);
    rows.above.append_option(item.above);
    rows.grade.append_option(item.grade);
    rows.condition.append_option(item.condition.map(ToString::to_string));
    rows.missing.append_option(item.missing);
    rows.basis.append_value(group.basis.as_deref().unwrap_or(EXAMPLE));
}
