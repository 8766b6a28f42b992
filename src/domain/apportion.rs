//! Exact splitting of whole amounts by weight: the largest-remainder method.

use crate::fault::{self, Fault};

/// Splits `total` by `weights` into whole parts that sum to it: each gets its share rounded towards zero, and
/// what is left goes, one by one, to the largest remainders, ties to the first. The sign is kept.
/// With weights that sum to zero nothing can be split, and every part is zero.
///
/// Weights must not be negative; order them by key, so that ties do not depend on where rows stood.
#[must_use]
pub fn apportion(total: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole <= 0 {
        return vec![0; weights.len()];
    }
    let amount = i128::from(total).abs();
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = amount;
    for (at, weight) in weights.iter().enumerate() {
        // An amount and a weight are below 2^63, so the product fits.
        let (part, remainder) = divided(amount * i128::from(*weight), whole);
        // No part exceeds the total, so it fits.
        parts.push(i64::try_from(part).unwrap_or(i64::MAX) * total.signum());
        left -= part;
        remainders.push((std::cmp::Reverse(remainder), at));
    }
    if !fault::is_on(Fault::RemainderByPosition) {
        remainders.sort_unstable();
    }
    // What is left is fewer than the parts: every remainder is below one.
    for (_, at) in remainders.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[at] += total.signum();
    }
    parts
}

/// Quotient and remainder of two numbers that are not negative.
fn divided(product: i128, whole: i128) -> (i128, i128) {
    match (u64::try_from(product), u64::try_from(whole)) {
        // Dividing 128 bits costs ten times as much.
        (Ok(product), Ok(whole)) => ((product / whole).into(), (product % whole).into()),
        _ => (product / whole, product % whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_largest_remainder_gets_the_odd_fen() {
        assert_eq!(apportion(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(apportion(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(apportion(10, &[1, 2, 4]), [1, 3, 6]);
        assert_eq!(apportion(5, &[0, 3]), [0, 5]);
        assert_eq!(apportion(5, &[0, 0]), [0, 0]);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_lie_within_one_of_their_share(
            total in -1_000_000_000_000_000_i64..1_000_000_000_000_000,
            weights in prop::collection::vec(0_i64..1_000_000_000_000, 1..20),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let parts = apportion(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            for (part, weight) in parts.iter().zip(&weights) {
                let error = i128::from(*part) * whole - i128::from(total) * i128::from(*weight);
                prop_assert!(error.abs() < whole);
            }
        }
    }
}
