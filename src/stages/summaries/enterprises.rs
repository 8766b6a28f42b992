//! Map over counties: its enterprises, counted and added up by industry and period.

use std::collections::BTreeMap;

use arrow::array::{Int64Array, RecordBatch};

use super::super::StageError;
use super::super::completeness::Completeness;
use super::super::order::value;
use super::cell::{Cell, SPREAD};
use super::sums;
use crate::domain::{Map, industry_division};
use crate::table::{Labels, enterprise_evaluation, enterprise_figure, enterprise_spread, enterprise_tally};

/// The industry of enterprises for which the register tells no readable one.
pub(super) const UNKNOWN: &str = "unknown";

/// A county's `enterprise_tally` and `enterprise_spread`.
///
/// # Errors
/// Never by the data.
pub fn enterprises(figures: &RecordBatch, evaluations: &RecordBatch) -> Result<(RecordBatch, RecordBatch), StageError> {
    let rows = enterprise_figure::View::of(figures)?;
    let words = enterprise_evaluation::View::of(evaluations)?;
    let evaluated: Map<(&str, &str), usize> =
        (0..evaluations.num_rows()).map(|row| ((words.uscc.value(row), words.period.value(row)), row)).collect();
    let mut cells: BTreeMap<[&str; 3], [i64; Cell::SUMS]> = BTreeMap::new();
    let mut spread = enterprise_spread::Builder::default();
    // Who is evaluated together counts as one: its head's row has the sums.
    for row in (0..figures.num_rows()).filter(|row| rows.link_standing.get(*row) != Some("member")) {
        let (county, period) = (rows.county_code.value(row), rows.period.value(row));
        let industry = rows.industry_code.get(row).and_then(industry_division).unwrap_or(UNKNOWN);
        let land = rows.land_cm2.value(row);
        let mut cell = Cell::EMPTY;
        cell.0[Cell::ENTERPRISES] = 1;
        cell.0[Cell::LAND] = land;
        if let Some(at) = evaluated.get(&(rows.uscc.value(row), period)) {
            match words.standing.value(*at) {
                "ranked" => cell.0[Cell::RANKED] = 1,
                "excluded" => cell.0[Cell::EXCLUDED] = 1,
                "group_none" => {}
                _ => cell.0[Cell::NOT_JUDGED] = 1,
            }
            if let Some(grade) = words.grade.get(*at) {
                cell.grade(grade, land);
            }
        }
        let whole = |amounts: &Int64Array, completeness: Labels<'_>| {
            let is_whole = Completeness::named(completeness.value(row)) == Completeness::Complete;
            value(amounts, row).filter(|_| is_whole)
        };
        let land = (!rows.is_land_doubtful.value(row)).then_some(land);
        let revenue = whole(rows.revenue_fen, rows.revenue_completeness);
        let value_added = whole(rows.value_added_fen, rows.value_added_completeness);
        // In the order of the tally's columns.
        let pairs = [
            (whole(rows.tax_fen, rows.tax_completeness), land),
            (revenue, land),
            (value_added, land),
            (value_added, whole(rows.energy_equivalent_g, rows.energy_completeness)),
            (value_added, whole(rows.emission_g, rows.emission_completeness)),
            (whole(rows.rd_fen, rows.rd_completeness), revenue),
            (value_added, whole(rows.staff, rows.staff_completeness)),
        ];
        let pairs = pairs.map(|(above, below)| above.zip(below.filter(|below| *below > 0)));
        for (measure, pair) in pairs.iter().enumerate() {
            if let Some(pair) = pair {
                cell.rate(measure, *pair);
            }
        }
        for (measure, name) in SPREAD {
            if let Some((above, below)) = pairs[measure] {
                spread.county_code.append_value(county);
                spread.industry_code.append_value(industry);
                spread.period.append_value(period);
                spread.measure.append_value(name);
                spread.above.append_value(above);
                spread.below.append_value(below);
            }
        }
        sums::add(cells.entry([county, industry, period]).or_insert([0; Cell::SUMS]), &cell.0);
    }
    Ok((sums::batch(&enterprise_tally::TABLE, &cells)?, spread.finish()?))
}
