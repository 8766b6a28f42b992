//! Medians and deciles, by nearest rank of exact ratios.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::levels;
use crate::domain::{Map, Ratio};
use crate::table::enterprise_spread;

/// Values as numerator and denominator.
pub(super) type Values = Vec<(i64, i64)>;

/// The values of each division, by it and what `key` makes of industry, period and measure; none where it makes nothing.
pub(super) fn spreads<'a, K: Ord + Copy>(
    batches: &'a [RecordBatch],
    key: impl Fn(&'a str, &'a str, &'a str) -> Option<K>,
) -> Result<BTreeMap<(&'a str, K), Values>, StageError> {
    let mut spreads: BTreeMap<(&str, K), Values> = BTreeMap::new();
    for batch in batches {
        let rows = enterprise_spread::View::of(batch)?;
        let labels = [rows.county_code, rows.industry_code, rows.period, rows.measure];
        // There are many values and few keys, so rows are told apart by numbers.
        let mut own: Map<[usize; 4], Values> = Map::default();
        for row in 0..batch.num_rows() {
            let value = (rows.above.value(row), rows.below.value(row));
            own.entry(labels.map(|labels| labels.code(row))).or_default().push(value);
        }
        for (codes, values) in own {
            let name = |at: usize| labels[at].names().value(codes[at]);
            let Some(key) = key(name(1), name(2), name(3)) else { continue };
            for division in levels(name(0)) {
                spreads.entry((division, key)).or_default().extend(&values);
            }
        }
    }
    Ok(spreads)
}

/// Fen per cm² as it is published.
pub(super) fn wan_per_mu(fen_per_cm2: Ratio) -> f64 {
    fen_per_cm2.times(Ratio::new(20, 3)).to_f64()
}

/// The nine deciles: of n values the ⌈dn/10⌉-th. A nearest rank is the very value of one enterprise, so it is told only
/// where `least` lie on either side of it, itself counted.
pub(super) fn deciles(mut values: Values, least: i64) -> [Option<Ratio>; 9] {
    let ratio = |(above, below): (i64, i64)| Ratio::new(i128::from(above), i128::from(below));
    values.sort_unstable_by_key(|value| (ratio(*value), value.1));
    let (n, least) = (values.len(), usize::try_from(least).unwrap_or(usize::MAX));
    std::array::from_fn(|at| {
        let rank = ((at + 1) * n).div_ceil(10);
        let is_told = rank >= least.max(1) && n - rank + 1 >= least;
        is_told.then(|| ratio(values[rank - 1]))
    })
}
