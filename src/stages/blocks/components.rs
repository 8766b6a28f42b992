//! Reduce: connected components, named by their smallest parcel until they get ids.

use arrow::array::{Array, RecordBatch};
use std::collections::BTreeMap;

use super::super::StageError;
use super::super::order::{runs, take};
use super::outlines::Member;
use crate::domain::{Map, SquareMetres};
use crate::table::{block_edge, block_member, block_target, column};

/// The only role so far: slivers, retained parcels and enclaves come later.
const ROLE: &str = "target";

/// Members and edges of all components.
pub struct Component {
    /// Members by the county of the component's smallest parcel; in each sorted by component (as `block_id`)
    /// and parcel. `county_code` is the parcel's own.
    pub members: Vec<(String, RecordBatch)>,
    /// Edges by component, sorted.
    pub edges: RecordBatch,
}

/// Joins targets along edges. `targets` need no geometry.
///
/// # Errors
/// When an edge names a parcel that is no target: a mistake in the program.
pub fn components(targets: &[RecordBatch], edges: &[RecordBatch], period: &str) -> Result<Component, StageError> {
    let mut parcels: Vec<Member<'_>> = Vec::new();
    let views: Result<Vec<_>, _> = targets.iter().map(TargetColumns::of).collect();
    let views = views?;
    for view in &views {
        parcels.extend((0..view.id.len()).map(|row| Member {
            parcel_id: view.id.value(row),
            county: view.county.value(row),
            area: SquareMetres::from_cm2(view.area.value(row)),
            basis: SquareMetres::from_cm2(view.basis.value(row)),
        }));
    }
    parcels.sort_unstable_by_key(|member| member.parcel_id);
    let position: Map<&str, usize> = parcels.iter().enumerate().map(|(at, member)| (member.parcel_id, at)).collect();
    let mut forest = Forest::new(parcels.len());
    let mut links = Vec::new();
    for batch in edges {
        let rows = block_edge::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let (left, right) = (rows.parcel_id.value(row), rows.other_id.value(row));
            let (Some(a), Some(b)) = (position.get(left), position.get(right)) else {
                return Err(StageError::Law { law: "land", what: format!("edge {left}–{right} has no target") });
            };
            forest.join(*a, *b);
            links.push((*a, *b, rows.gap_m.value(row)));
        }
    }
    let mut members: Vec<(usize, usize)> = (0..parcels.len()).map(|at| (forest.root(at), at)).collect();
    members.sort_unstable();
    let mut out = block_member::Builder::default();
    for (root, at) in members {
        let member = &parcels[at];
        out.block_id.append_value(parcels[root].parcel_id);
        out.parcel_id.append_value(member.parcel_id);
        out.county_code.append_value(member.county);
        out.period.append_value(period);
        out.role.append_value(ROLE);
        out.area_mu.append_value(member.area.mu().0);
        out.area_cm2.append_value(member.area.cm2());
        out.basis_mu.append_value(member.basis.mu().0);
        out.basis_cm2.append_value(member.basis.cm2());
    }
    links.sort_unstable_by_key(|(a, b, _)| (forest.root(*a), *a, *b));
    let mut linked = block_edge::Builder::default();
    for (a, b, gap) in links {
        linked.block_id.append_value(parcels[forest.root(a)].parcel_id);
        linked.parcel_id.append_value(parcels[a].parcel_id);
        linked.other_id.append_value(parcels[b].parcel_id);
        linked.gap_m.append_value(gap);
    }
    Ok(Component { members: by_county(&out.finish()?)?, edges: linked.finish()? })
}

/// The members of each county's components.
fn by_county(members: &RecordBatch) -> Result<Vec<(String, RecordBatch)>, StageError> {
    let rows = block_member::View::of(members)?;
    let mut counties: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let all: Vec<usize> = (0..members.num_rows()).collect();
    for component in runs(&all, |left, right| rows.block_id.value(left) == rows.block_id.value(right)) {
        counties.entry(rows.county_code.value(component[0])).or_default().extend(component);
    }
    counties.into_iter().map(|(county, chosen)| Ok((county.to_owned(), take(members, &chosen)?))).collect()
}

struct TargetColumns<'a> {
    id: &'a arrow::array::StringArray,
    county: &'a arrow::array::StringArray,
    area: &'a arrow::array::Int64Array,
    basis: &'a arrow::array::Int64Array,
}

impl<'a> TargetColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, StageError> {
        Ok(Self {
            id: column(batch, &block_target::TABLE, "parcel_id")?,
            county: column(batch, &block_target::TABLE, "county_code")?,
            area: column(batch, &block_target::TABLE, "area_cm2")?,
            basis: column(batch, &block_target::TABLE, "basis_cm2")?,
        })
    }
}

/// A disjoint-set forest whose roots are the smallest members.
struct Forest(Vec<usize>);

impl Forest {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (smaller, greater) = if a < b { (a, b) } else { (b, a) };
        self.0[greater] = smaller;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_one_component_named_by_its_smallest_member() {
        let mut forest = Forest::new(6);
        for (a, b) in [(4, 5), (3, 4), (1, 3)] {
            forest.join(a, b);
        }
        let roots: Vec<_> = (0..6).map(|at| forest.root(at)).collect();
        assert_eq!(roots, [0, 1, 2, 1, 1, 1]);
    }
}
