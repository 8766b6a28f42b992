//! Who belongs to whom at a period's end, by the kinds of links that a set evaluates together.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::completeness::Marks;
use super::super::delivered::days;
use super::super::order::value;
use crate::domain::{Map, Period};
use crate::policy::RuleSet;
use crate::table::delivery::Delivered;
use crate::table::{coverage, enterprise_link};

/// The links of the province, to be followed from either end.
pub struct Links {
    rows: RecordBatch,
    of: Map<String, Vec<usize>>,
}

/// From whom to whom; nobody to itself.
pub(super) type Edges<'a> = BTreeSet<(&'a str, &'a str)>;

/// Whom an enterprise is evaluated with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Belongs<'a> {
    /// With all that have this head; by itself, where nobody else of the county has.
    To(&'a str),
    /// A row that was lost, or is not delivered, may say otherwise.
    Unknown,
    /// The links go round in a circle.
    Cycle,
    /// Those who are linked have several heads.
    Several,
}

impl Belongs<'_> {
    /// As it is told of who is not evaluated.
    pub const fn standing(self) -> Option<&'static str> {
        match self {
            Self::To(_) => None,
            Self::Unknown => Some("links_unknown"),
            Self::Cycle => Some("links_cycle"),
            Self::Several => Some("links_several"),
        }
    }
}

impl Links {
    /// The links in `rows`, of all counties.
    ///
    /// # Errors
    /// When it is no batch of links.
    pub fn of(rows: RecordBatch) -> Result<Self, StageError> {
        let links = enterprise_link::View::of(&rows)?;
        let mut of: Map<String, Vec<usize>> = Map::default();
        for row in 0..rows.num_rows() {
            for uscc in [links.uscc.value(row), links.related_uscc.value(row)] {
                of.entry(uscc.to_owned()).or_default().push(row);
            }
        }
        Ok(Self { rows, of })
    }

    /// For each of the enterprises of a county, whom it belongs to at the end of the period. What was lost of any of those
    /// who are linked leaves all of them unknown: any of them may belong elsewhere, or lack a member.
    pub(super) fn belonging<'a>(
        &'a self,
        enterprises: &BTreeSet<&'a str>,
        (county, period): (&str, Period),
        set: &RuleSet,
        (covered, marks): (&RecordBatch, &Marks),
    ) -> Result<BTreeMap<&'a str, Belongs<'a>>, StageError> {
        let links = enterprise_link::View::of(&self.rows)?;
        let (day, year, list) = (days(period.end()), period.to_string(), Delivered::EnterpriseLink.name());
        let is_listed = is_complete(covered, county)?;
        let is_in_force = |row: &usize| {
            set.together.contains(links.kind.value(*row))
                && links.valid_from.value(*row) <= day
                && value(links.valid_to, *row).is_none_or(|to| day <= to)
        };
        let mut all: BTreeMap<&str, Belongs<'_>> = BTreeMap::new();
        for uscc in enterprises {
            if all.contains_key(uscc) {
                continue;
            }
            let (mut linked, mut edges, mut open) = (BTreeSet::from([*uscc]), Edges::new(), vec![*uscc]);
            let mut is_named = false;
            while let Some(one) = open.pop() {
                for row in self.of.get(one).into_iter().flatten().copied().filter(is_in_force) {
                    let (from, to) = (links.uscc.value(row), links.related_uscc.value(row));
                    is_named = true;
                    if from != to {
                        edges.insert((from, to));
                    }
                    open.extend([from, to].into_iter().filter(|other| linked.insert(other)));
                }
            }
            let is_lost = linked.iter().any(|one| marks.marks_enterprise(one, list, &year))
                || (!is_named && marks.marks_silent(county, list, &year));
            let belongs = match head(uscc, &edges) {
                Belongs::To(_) if is_lost || !is_listed => Belongs::Unknown,
                known => known,
            };
            all.extend(linked.into_iter().map(|one| (one, belongs)));
        }
        Ok(all)
    }
}

/// Whether the county's sender declared its list of links complete, and delivered something: else who is not on it may
/// belong to somebody all the same.
fn is_complete(covered: &RecordBatch, county: &str) -> Result<bool, StageError> {
    let rows = coverage::View::of(covered)?;
    Ok((0..covered.num_rows()).any(|row| {
        rows.input.value(row) == Delivered::EnterpriseLink.name()
            && rows.county_code.value(row) == county
            && rows.absent_is_zero.value(row)
            && rows.rows.value(row) > 0
    }))
}

/// The one at the end of every chain of enterprises that are linked; `alone` where there are no links.
fn head<'a>(alone: &'a str, edges: &Edges<'a>) -> Belongs<'a> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::from([(alone, 0)]);
    for (from, to) in edges {
        *left.entry(from).or_default() += 1;
        left.entry(to).or_default();
    }
    let ends: Vec<&str> = left.iter().filter(|(_, left)| **left == 0).map(|(one, _)| *one).collect();
    // Chains are taken up from their ends: what is left over goes round.
    let (mut open, mut passed) = (ends.clone(), 0);
    while let Some(end) = open.pop() {
        passed += 1;
        for (from, _) in edges.iter().filter(|(_, to)| *to == end) {
            if let Some(left) = left.get_mut(from) {
                *left -= 1;
                open.extend((*left == 0).then_some(*from));
            }
        }
    }
    match ends.as_slice() {
        _ if passed < left.len() => Belongs::Cycle,
        [head] => Belongs::To(head),
        _ => Belongs::Several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_stands_at_the_end_of_every_chain() {
        for (edges, expected) in [
            (&[][..], Belongs::To("a")),
            (&[("a", "b")], Belongs::To("b")),
            // A chain, and a shortcut past it.
            (&[("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")], Belongs::To("c")),
            (&[("a", "b"), ("a", "c")], Belongs::Several),
            (&[("b", "a"), ("b", "c")], Belongs::Several),
            (&[("a", "b"), ("b", "a")], Belongs::Cycle),
            // A circle with a way out is one all the same.
            (&[("a", "b"), ("b", "a"), ("b", "c")], Belongs::Cycle),
            (&[("a", "b"), ("c", "d"), ("d", "c"), ("c", "b")], Belongs::Cycle),
        ] {
            assert_eq!(head("a", &edges.iter().copied().collect()), expected, "{edges:?}");
        }
    }
}
