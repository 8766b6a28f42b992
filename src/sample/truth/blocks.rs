//! Which low parcels lie together: a union–find over the pairs that the layout knows to be near.

use std::collections::BTreeMap;

/// For each of `count` things the smallest one it is joined with.
#[must_use]
pub fn joined(count: usize, pairs: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..count).collect();
    for (a, b) in pairs {
        let (a, b) = (root(&parent, a), root(&parent, b));
        let (smaller, greater) = (a.min(b), a.max(b));
        parent[greater] = smaller;
    }
    (0..count).map(|at| root(&parent, at)).collect()
}

fn root(parent: &[usize], mut at: usize) -> usize {
    while parent[at] != at {
        at = parent[at];
    }
    at
}

/// A low parcel of a district: the lot's number there, and its code.
pub type LowLot = (usize, String);

/// The blocks of a district: each low parcel's code with the smallest code of its block.
#[must_use]
pub fn blocks(low: &[LowLot], near: &[(usize, usize)]) -> Vec<(String, String)> {
    let mut sorted: Vec<&LowLot> = low.iter().collect();
    sorted.sort_by(|a, b| a.1.cmp(&b.1));
    let place: BTreeMap<usize, usize> = sorted.iter().enumerate().map(|(at, (lot, _))| (*lot, at)).collect();
    let pairs = near.iter().filter_map(|(a, b)| Some((*place.get(a)?, *place.get(b)?)));
    let roots = joined(sorted.len(), pairs);
    sorted.iter().zip(roots).map(|((_, code), root)| (code.clone(), sorted[root].1.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_one_block_named_by_its_smallest_code() {
        assert_eq!(joined(6, [(4, 5), (3, 4), (1, 3)].into_iter()), [0, 1, 2, 1, 1, 1]);
        let low = [(7, "c".to_owned()), (2, "a".to_owned()), (5, "b".to_owned())];
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(blocks(&low, &[(2, 7), (5, 6)]), [pair("a", "a"), pair("b", "b"), pair("c", "a")]);
    }
}
