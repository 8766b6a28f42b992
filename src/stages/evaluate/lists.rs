//! What lists say of an enterprise: its scale, its tags, its violations.

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::completeness::{Marks, Zero};
use super::periods::places;
use crate::domain::Map;
use crate::table::{Labels, enterprise_figure, enterprise_scale, tag, violation};

/// The lists of a county.
pub struct Lists<'a> {
    /// `enterprise_scale`.
    pub scales: &'a RecordBatch,
    /// `tag`.
    pub tags: &'a RecordBatch,
    /// `violation`.
    pub violations: &'a RecordBatch,
}

/// The fields of violations, in the order of [`Listed::violations`].
const FIELDS: [&str; 4] = ["safety", "environment", "tax", "wage"];
/// The tags, in the order of [`Listed::tags`].
const TAGS: [&str; 3] = ["high_tech", "specialised", "key"];

/// What lists say of an enterprise in a period.
#[derive(Default)]
pub(super) struct Listed {
    is_above_scale: Option<bool>,
    tags: [bool; TAGS.len()],
    violations: [i32; FIELDS.len()],
}

impl<'a> Lists<'a> {
    /// What the lists say of each enterprise that they name, by place of the period among the judged ones. A list alone makes
    /// nobody an enterprise of the county.
    pub(super) fn by_enterprise(&self, periods: &[String]) -> Result<Map<(&'a str, usize), Listed>, StageError> {
        let mut all = Map::default();
        let scales = enterprise_scale::View::of(self.scales)?;
        each(&mut all, scales.uscc, scales.period, periods, |listed, row| {
            listed.is_above_scale = Some(scales.scale.value(row) == "above");
        });
        let tags = tag::View::of(self.tags)?;
        each(&mut all, tags.uscc, tags.period, periods, |listed, row| {
            if let Some(which) = TAGS.iter().position(|tag| *tag == tags.tag.value(row)) {
                listed.tags[which] = true;
            }
        });
        let violations = violation::View::of(self.violations)?;
        each(&mut all, violations.uscc, violations.period, periods, |listed, row| {
            let which = FIELDS.iter().position(|field| *field == violations.field.value(row));
            if let Some(which) = which.filter(|_| violations.is_serious.value(row)) {
                listed.violations[which] += 1;
            }
        });
        Ok(all)
    }
}

/// Notes each row of a list with the enterprise it names, where the row's period is judged.
fn each<'a>(
    all: &mut Map<(&'a str, usize), Listed>,
    enterprises: Labels<'a>,
    years: Labels<'_>,
    periods: &[String],
    mut note: impl FnMut(&mut Listed, usize),
) {
    let at = places(years, periods);
    for row in 0..enterprises.len() {
        if let Some(at) = at[years.code(row)] {
            note(all.entry((enterprises.value(row), at)).or_default(), row);
        }
    }
}

impl Listed {
    /// Writes what is known. Who is on no list is on none for certain only where the sender declared it complete, and no row
    /// was lost that may have named it.
    pub(super) fn append(
        &self,
        out: &mut enterprise_figure::Builder,
        (uscc, county, period): (&str, &str, &str),
        zero: &Zero<'_>,
        marks: &Marks,
    ) {
        let is_whole = |list: &str| {
            let is_marked = marks.marks_enterprise(uscc, list, period) || marks.marks_silent(county, list, period);
            zero.contains(&(list, period)) && !is_marked
        };
        let below = is_whole("enterprise_scale").then_some(false);
        out.is_above_scale.append_option(self.is_above_scale.or(below));
        let has_no_other = is_whole("tag").then_some(false);
        for (column, has) in
            [&mut out.is_high_tech, &mut out.is_specialised, &mut out.is_key].into_iter().zip(self.tags)
        {
            column.append_option(if has { Some(true) } else { has_no_other });
        }
        let is_all = is_whole("violation");
        for (column, count) in [
            &mut out.safety_violations,
            &mut out.environment_violations,
            &mut out.tax_violations,
            &mut out.wage_violations,
        ]
        .into_iter()
        .zip(self.violations)
        {
            column.append_option((is_all || count > 0).then_some(count));
        }
        out.are_violations_whole.append_value(is_all);
    }
}
