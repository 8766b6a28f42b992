//! Finding identifiers one character away: one replaced, left out or added.
//!
//! Two texts are one edit apart only if they agree once a character is taken out of one or both. So the hashes of every
//! query, whole and with each character taken out, are kept, and each known identifier asks for its own: work in
//! proportion to the identifiers, whatever the alphabet.

use crate::domain::Map;
/// Multiplier of the polynomial hash; odd, so that it has an inverse modulo 2^64.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Longer texts are no identifiers.
const LONGEST: usize = 96;

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
                each_hash(query.as_bytes(), |hash| by_hash.entry(hash).or_default().push(at));
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
        each_hash(id.as_bytes(), |hash| {
            let bit = slot(hash) & mask;
            if self.filter[bit / 64] & (1 << (bit % 64)) != 0 {
                candidates.extend(self.by_hash.get(&hash).into_iter().flatten());
            }
        });
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

/// Hashes of a text whole, then with each of its bytes taken out.
fn each_hash(text: &[u8], mut visit: impl FnMut(u64)) {
    // Σ byte·BASE^position; taking one out moves what follows down a power, that is, over the inverse of BASE.
    const INVERSE: u64 = inverse(BASE);
    let mut power = 1_u64;
    let mut total = 0_u64;
    for byte in text {
        total = total.wrapping_add((u64::from(*byte) + 1).wrapping_mul(power));
        power = power.wrapping_mul(BASE);
    }
    visit(total);
    let (mut before, mut power) = (0_u64, 1_u64);
    for byte in text {
        let through = before.wrapping_add((u64::from(*byte) + 1).wrapping_mul(power));
        visit(before.wrapping_add(total.wrapping_sub(through).wrapping_mul(INVERSE)));
        before = through;
        power = power.wrapping_mul(BASE);
    }
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration.
const fn inverse(odd: u64) -> u64 {
    let mut guess = odd;
    let mut round = 0;
    while round < 6 {
        guess = guess.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(guess)));
        round += 1;
    }
    guess
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
