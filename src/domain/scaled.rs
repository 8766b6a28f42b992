//! A fraction times a ratio, rounded once, whatever the size of their parts.

use super::ratio::Ratio;

/// `above / below × factor` to the nearest integer, halves away from zero; what does not fit is held at the ends of `i64`.
///
/// `below` is above zero.
#[must_use]
pub fn scaled(above: i64, below: i64, factor: Ratio) -> i64 {
    let numerator = Wide::product(factor.numerator().unsigned_abs(), above.unsigned_abs());
    let denominator = Wide::product(factor.denominator().unsigned_abs(), below.unsigned_abs());
    let size = i128::from(match (numerator.narrow(), denominator.narrow()) {
        (Some(numerator), Some(denominator)) => over(numerator, denominator),
        _ => numerator.over(denominator),
    });
    held(if (above < 0) == (factor.numerator() < 0) { size } else { -size })
}

fn held(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

/// [`Wide::over`] for parts below 2^120, such as most have.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for a guess")]
fn over(numerator: u128, denominator: u128) -> u64 {
    let guess = |numerator: u128| (numerator as f64 / denominator as f64) as u64;
    let mut quotient = guess(numerator);
    if quotient >= 1 << 63 {
        return quotient;
    }
    loop {
        // A guess is too great by a few 2^-53 of it at most, so the product has room.
        let product = denominator * u128::from(quotient);
        if product > numerator {
            quotient -= guess(product - numerator).max(1).min(quotient);
            continue;
        }
        let rest = numerator - product;
        if rest >= denominator {
            quotient += guess(rest).max(1);
            continue;
        }
        return quotient + u64::from(rest >= denominator - rest);
    }
}

/// 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    fn product(left: u128, right: u64) -> Self {
        let right = u128::from(right);
        let (low, high) = ((left & u128::from(u64::MAX)) * right, (left >> 64) * right);
        let (low, carry) = low.overflowing_add(high << 64);
        Self { high: (high >> 64) + u128::from(carry), low }
    }

    /// The same in 128 bits, if it is below 2^120.
    fn narrow(self) -> Option<u128> {
        (self.high == 0 && self.low >> 120 == 0).then_some(self.low)
    }

    /// For products that fit.
    fn times(self, factor: u64) -> Self {
        let low = Self::product(self.low, factor);
        Self { high: self.high * u128::from(factor) + low.high, low: low.low }
    }

    fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { high: self.high - other.high - u128::from(borrow), low }
    }

    #[expect(clippy::cast_precision_loss, reason = "for a guess")]
    fn near(self) -> f64 {
        const HIGH: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;
        match (self.high, u64::try_from(self.low)) {
            (0, Ok(low)) => low as f64,
            (0, Err(_)) => self.low as f64,
            _ => self.high as f64 * HIGH + self.low as f64,
        }
    }

    /// About `self / other`, or the greatest.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "for a guess; it holds at the ends")]
    fn guess(self, other: Self) -> u64 {
        (self.near() / other.near()) as u64
    }

    /// The nearest integer to `self / other`, halves up, or about the greatest. Doubles guess, integers make it exact.
    fn over(self, other: Self) -> u64 {
        let mut quotient = self.guess(other);
        if quotient >= 1 << 63 {
            return quotient;
        }
        loop {
            let product = other.times(quotient);
            if product > self {
                quotient -= product.minus(self).guess(other).max(1).min(quotient);
                continue;
            }
            let rest = self.minus(product);
            if rest >= other {
                quotient += rest.guess(other).max(1);
                continue;
            }
            return quotient + u64::from(rest >= other.minus(rest));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_away_from_zero_however_great_the_parts() {
        // 1/2 × 3 = 1.5.
        let wide = Ratio::new(3 << 100, 1 << 100);
        for (above, expected) in [(1, 2), (-1, -2), (0, 0), (5, 8), (-5, -8)] {
            assert_eq!(scaled(above, 2, Ratio::whole(3)), expected);
            assert_eq!(scaled(above << 40, 2 << 40, wide), expected);
        }
        assert_eq!(scaled(i64::MAX, 1, Ratio::new(i128::MAX, 1)), i64::MAX);
        assert_eq!(scaled(i64::MAX, 1, Ratio::new(-i128::MAX, 1)), i64::MIN);
        assert_eq!(scaled(i64::MIN, 1, Ratio::new(i128::MAX, 1)), i64::MIN);
    }

    #[test]
    fn a_guess_that_goes_too_far_comes_back() {
        // 142875366206271313 × 926360594164342627 − 1.
        let factor = Ratio::new(132_354_109_130_289_533_051_765_573_453_159_250, 1);
        assert_eq!(scaled(1, 926_360_594_164_342_627, factor), 142_875_366_206_271_313);
    }

    proptest! {
        /// Where quotients are great and all but whole, guesses err most.
        #[test]
        fn all_but_whole_quotients_are_rounded(quotient in 0..1_u128 << 62, below in 2..1_u128 << 57, off in -1..2_i128) {
            let above = (quotient * below).saturating_add_signed(off);
            prop_assert_eq!(u128::from(over(above, below)), (2 * above + below) / (2 * below));
        }

        /// By the division of integers, where 128 bits hold the parts.
        #[test]
        fn it_is_the_nearest_integer(above in any::<i64>(), below in 1_i64.., up in any::<i32>(), down in 1_i32..) {
            let expected = Ratio::new(i128::from(above) * i128::from(up), i128::from(below) * i128::from(down)).round().0;
            prop_assert_eq!(scaled(above, below, Ratio::new(up.into(), down.into())), held(expected));
        }

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
