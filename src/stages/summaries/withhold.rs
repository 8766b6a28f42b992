//! Which divisions' amounts are withheld, so that no difference between those that are told is about a few enterprises.

use std::collections::{BTreeMap, BTreeSet};

/// The divisions to be withheld of those with `counts` enterprises behind a figure, counties added up to cities and the
/// province: those with fewer than `least`, and, where these are fewer together than `least` below one division that is
/// told, the next smaller beside them, which could be had by subtraction else. Whatever lies in a withheld division is
/// withheld too.
pub(super) fn withheld<'a>(counts: &BTreeMap<&'a str, i64>, least: i64) -> BTreeSet<&'a str> {
    let mut withheld = BTreeSet::new();
    below("", counts, least, &mut withheld);
    withheld
}

fn below<'a>(whole: &str, counts: &BTreeMap<&'a str, i64>, least: i64, withheld: &mut BTreeSet<&'a str>) {
    let is_part = |code: &str| code.len() == whole.len() + 2 && code.starts_with(whole);
    let mut parts: Vec<(i64, &'a str)> =
        counts.iter().filter(|(code, n)| is_part(code) && **n > 0).map(|(code, n)| (*n, *code)).collect();
    parts.sort_unstable();
    let mut hidden = 0;
    for (n, part) in parts {
        if n < least || (0 < hidden && hidden < least && !whole.is_empty()) {
            hidden += n;
            withheld.extend(counts.keys().copied().filter(|code| code.starts_with(part)));
        } else {
            below(part, counts, least, withheld);
        }
    }
}
