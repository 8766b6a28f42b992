//! A fraction times a ratio, rounded once, whatever the size of their parts.

use std::cmp::Ordering;

use super::ratio::Ratio;

/// `above / below × factor` to the nearest integer, halves away from zero; what does not fit is held at the ends of `i64`.
///
/// `below` is above zero.
#[must_use]
pub fn scaled(above: i64, below: i64, factor: Ratio) -> i64 {
    let numerator = i128::from(above).checked_mul(factor.numerator());
    let denominator = i128::from(below).checked_mul(factor.denominator());
    if let (Some(numerator), Some(denominator)) = (numerator, denominator) {
        return held(Ratio::new(numerator, denominator).round().0);
    }
    let numerator = Wide::product(above.unsigned_abs(), factor.numerator().unsigned_abs());
    let denominator = Wide::product(below.unsigned_abs(), factor.denominator().unsigned_abs());
    let size = i128::from(numerator.over(denominator));
    held(if (above < 0) == (factor.numerator() < 0) { size } else { -size })
}

fn held(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    fn product(left: u64, right: u128) -> Self {
        let (left, low_half) = (u128::from(left), u128::from(u64::MAX));
        let (low, high) = (left * (right & low_half), left * (right >> 64));
        let (low, carry) = low.overflowing_add(high << 64);
        Self { high: (high >> 64) + u128::from(carry), low }
    }

    fn bits(self) -> u32 {
        if self.high > 0 { 256 - self.high.leading_zeros() } else { 128 - self.low.leading_zeros() }
    }

    fn doubled(self) -> Self {
        Self { high: self.high << 1 | self.low >> 127, low: self.low << 1 }
    }

    fn halved(self) -> Self {
        Self { high: self.high >> 1, low: self.low >> 1 | self.high << 127 }
    }

    fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrow), low }
    }

    /// The nearest integer to `self / other`, halves up, or the greatest: long division, bit by bit.
    fn over(self, other: Self) -> u64 {
        let steps = self.bits().saturating_sub(other.bits());
        if steps > 63 {
            return u64::MAX;
        }
        let mut divisor = other;
        for _ in 0..steps {
            divisor = divisor.doubled();
        }
        let (mut rest, mut quotient) = (self, 0_u64);
        for _ in 0..=steps {
            quotient <<= 1;
            if rest >= divisor {
                rest = rest.minus(divisor);
                quotient |= 1;
            }
            divisor = divisor.halved();
        }
        match rest.doubled().cmp(&other) {
            Ordering::Less => quotient,
            Ordering::Equal | Ordering::Greater => quotient.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_away_from_zero_on_both_roads() {
        // 1/2 × 3 = 1.5, by parts that fit and by parts that do not.
        let wide = Ratio::new(3 << 100, 1 << 100);
        for (above, expected) in [(1, 2), (-1, -2), (0, 0), (5, 8), (-5, -8)] {
            assert_eq!(scaled(above, 2, Ratio::whole(3)), expected);
            assert_eq!(scaled(above << 40, 2 << 40, wide), expected);
        }
        assert_eq!(scaled(i64::MAX, 1, Ratio::new(i128::MAX, 1)), i64::MAX);
        assert_eq!(scaled(i64::MAX, 1, Ratio::new(-i128::MAX, 1)), i64::MIN);
        assert_eq!(scaled(i64::MIN, 1, Ratio::new(i128::MAX, 1)), i64::MIN);
    }

    proptest! {
        /// Parts blown up beyond 128 bits give what the same in small gives.
        #[test]
        fn wide_equals_small(above in any::<i32>(), below in 1_i32.., up in -1_000_000_i64..1_000_000, down in 1_i64..1_000_000) {
            let small = scaled(above.into(), below.into(), Ratio::new(up.into(), down.into()));
            let blown = 1_i128 << 100;
            let factor = Ratio::new(i128::from(up) * blown, i128::from(down) * blown);
            prop_assert_eq!(scaled(i64::from(above) << 30, i64::from(below) << 30, factor), small);
        }
    }
}
