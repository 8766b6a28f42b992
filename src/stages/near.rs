//! Finding identifiers one character away: one replaced, left out or added.
//!
//! An identifier is cut into four parts. A query is one edit away only if the edit falls into one of them, and the others
//! stand in the query too, before and behind it. So of every query, for each length that an identifier near it may have,
//! the hashes of what lies outside each part are kept, and each known identifier asks for its own four: work in proportion to
//! the identifiers, whatever the alphabet.

use std::ops::Range;

use crate::domain::Map;

/// Multiplier of the polynomial hash.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Longer texts are no identifiers.
const LONGEST: usize = 96;

/// The powers of [`BASE`]; a query may be longer than the identifier by one.
const POWERS: [u64; LONGEST + 1] = powers();

/// Into how many parts an identifier is cut.
const PARTS: usize = 4;

/// Misspelt texts, ready to be asked.
pub struct Misspelt<'a> {
    queries: &'a [String],
    by_hash: Map<u64, Vec<u32>>,
    /// One bit for the low bits of each hash: most questions end here.
    filter: Vec<u64>,
}

impl<'a> Misspelt<'a> {
    /// Prepares `queries`. Empty and overlong ones are near nothing.
    #[must_use]
    pub fn new(queries: &'a [String]) -> Self {
        let mut by_hash: Map<u64, Vec<u32>> = Map::default();
        for (at, query) in (0_u32..).zip(queries) {
            if !query.is_empty() && query.len() <= LONGEST {
                each_hash_of_query(query.as_bytes(), |hash| by_hash.entry(hash).or_default().push(at));
            }
        }
        let mut filter = vec![0; (by_hash.len() / 4).next_power_of_two().max(1)];
        let mask = filter.len() * 64 - 1;
        for hash in by_hash.keys() {
            let bit = slot(*hash) & mask;
            filter[bit / 64] |= 1 << (bit % 64);
        }
        Self { queries, by_hash, filter }
    }

    /// Calls `found` with the number of each query that `id` is at most one edit away from.
    pub fn near(&self, id: &str, mut found: impl FnMut(usize)) {
        if self.by_hash.is_empty() || id.is_empty() || id.len() > LONGEST {
            return;
        }
        let mask = self.filter.len() * 64 - 1;
        let mut candidates: Vec<u32> = Vec::new();
        for hash in hashes(id.as_bytes()) {
            let bit = slot(hash) & mask;
            if self.filter[bit / 64] & (1 << (bit % 64)) != 0 {
                candidates.extend(self.by_hash.get(&hash).into_iter().flatten());
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        for at in candidates.into_iter().map(|at| at as usize) {
            if is_one_edit(self.queries[at].as_bytes(), id.as_bytes()) {
                found(at);
            }
        }
    }
}

/// The well-mixed high bits of a hash.
const fn slot(hash: u64) -> usize {
    (hash >> 17) as usize
}

/// A part of an identifier of that length.
const fn part(length: usize, at: usize) -> Range<usize> {
    length * at / PARTS..length * (at + 1) / PARTS
}

/// The hash of bytes that stand from a position on.
fn hash(bytes: &[u8], from: usize) -> u64 {
    let terms = bytes
        .iter()
        .zip(&POWERS[from..from + bytes.len()])
        .map(|(byte, power)| (u64::from(*byte) + 1).wrapping_mul(*power));
    terms.fold(0, u64::wrapping_add)
}

/// Hashes of an identifier without each of its parts.
fn hashes(id: &[u8]) -> [u64; PARTS] {
    let parts: [u64; PARTS] = std::array::from_fn(|at| {
        let part = part(id.len(), at);
        hash(&id[part.clone()], part.start)
    });
    let whole = parts.into_iter().fold(0, u64::wrapping_add);
    parts.map(|part| whole.wrapping_sub(part))
}

/// The same of every identifier that the query may stand for, as far as the query tells.
fn each_hash_of_query(query: &[u8], mut visit: impl FnMut(u64)) {
    for length in (query.len() - 1).max(1)..=(query.len() + 1).min(LONGEST) {
        for part in (0..PARTS).map(|at| part(length, at)) {
            let behind = length - part.end;
            if part.start + behind <= query.len() {
                let (before, after) = (&query[..part.start], &query[query.len() - behind..]);
                visit(hash(before, 0).wrapping_add(hash(after, part.end)));
            }
        }
    }
}

const fn powers() -> [u64; LONGEST + 1] {
    let mut powers = [1_u64; LONGEST + 1];
    let mut at = 1;
    while at <= LONGEST {
        powers[at] = powers[at - 1].wrapping_mul(BASE);
        at += 1;
    }
    powers
}

/// Whether one byte replaced, left out or added makes one text of the other; equal texts are none apart, and count.
fn is_one_edit(a: &[u8], b: &[u8]) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let same = long.iter().zip(short).take_while(|(left, right)| left == right).count();
    match long.len() - short.len() {
        0 => same == long.len() || long[same + 1..] == short[same + 1..],
        1 => long[same + 1..] == short[same..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Edit distance at most one, by trying everything.
    fn by_hand(a: &str, b: &str) -> bool {
        let taken = |text: &str| -> Vec<String> {
            (0..text.len()).map(|at| format!("{}{}", &text[..at], &text[at + 1..])).collect()
        };
        let replaced =
            a.len() == b.len() && a.bytes().zip(b.bytes()).filter(|(left, right)| left != right).count() <= 1;
        replaced || taken(a).iter().any(|less| less == b) || taken(b).iter().any(|less| less == a)
    }

    fn near(queries: &[String], id: &str) -> Vec<usize> {
        let mut found = Vec::new();
        Misspelt::new(queries).near(id, |at| found.push(at));
        found
    }

    #[test]
    fn one_character_away_means_replaced_left_out_or_added() {
        let queries: Vec<String> = ["9133", "913", "lot/a", ""].map(str::to_owned).to_vec();
        assert_eq!(near(&queries, "9134"), [0, 1]);
        assert_eq!(near(&queries, "91338"), [0]);
        assert_eq!(near(&queries, "LOT/a"), [0; 0]);
        assert_eq!(near(&queries, "lot/ab"), [2]);
        assert_eq!(near(&queries, "Xlot/a"), [2]);
    }

    proptest! {
        #[test]
        fn it_finds_what_trying_everything_finds(
            queries in prop::collection::vec("[abc]{0,6}", 0..12),
            id in "[abc]{1,6}",
        ) {
            let expected: Vec<usize> =
                (0..queries.len()).filter(|at| !queries[*at].is_empty() && by_hand(&queries[*at], &id)).collect();
            prop_assert_eq!(near(&queries, &id), expected);
        }
    }
}
