//! Exact ratios: what thresholds are compared with, and what a figure is until it is published.

use std::cmp::Ordering;

use crate::fault::{self, Fault};

/// `numerator / denominator`, with a denominator above zero. Not reduced.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// One.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i128) -> Self {
        Self { numerator: number, denominator: 1 }
    }

    /// `numerator / denominator`; a negative denominator moves its sign up.
    ///
    /// # Panics
    /// When `denominator` is zero.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Self {
        assert!(denominator != 0, "a ratio needs a denominator");
        if denominator < 0 {
            Self { numerator: -numerator, denominator: -denominator }
        } else {
            Self { numerator, denominator }
        }
    }

    /// The part above the line.
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// The part below the line, above zero.
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// `self × other`, reduced first where it would not fit otherwise.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        if let (Some([above, below]), Some([by, over])) = (self.small(), other.small()) {
            return Self {
                numerator: i128::from(above) * i128::from(by),
                denominator: i128::from(below) * i128::from(over),
            };
        }
        let left = gcd(self.numerator, other.denominator);
        let right = gcd(other.numerator, self.denominator);
        Self {
            numerator: (self.numerator / left) * (other.numerator / right),
            denominator: (self.denominator / right) * (other.denominator / left),
        }
    }

    /// The same in lowest terms.
    #[must_use]
    pub fn reduced(self) -> Self {
        let common = gcd(self.numerator, self.denominator);
        Self { numerator: self.numerator / common, denominator: self.denominator / common }
    }

    /// [`Self::times`] in lowest terms, or none where that does not fit.
    #[must_use]
    pub fn checked_times(self, other: Self) -> Option<Self> {
        let (left, right) = (self.reduced(), other.reduced());
        let (down, up) = (gcd(left.numerator, right.denominator), gcd(right.numerator, left.denominator));
        Some(Self {
            numerator: (left.numerator / down).checked_mul(right.numerator / up)?,
            denominator: (left.denominator / up).checked_mul(right.denominator / down)?,
        })
    }

    /// `1 / self`, or none for zero.
    #[must_use]
    pub fn inverse(self) -> Option<Self> {
        (self.numerator != 0).then(|| Self::new(self.denominator, self.numerator))
    }

    /// The nearest integer, halves away from zero, and whether anything was rounded off.
    #[must_use]
    pub fn round(self) -> (i128, bool) {
        let is_up = !fault::is_on(Fault::RoundTowardsZero);
        // Numbers of 128 bits cost ten times as much.
        if let Some([above, below]) = self.small() {
            let (quotient, remainder) = (above / below, above % below);
            let rest = remainder.unsigned_abs();
            let up = is_up && rest >= below.unsigned_abs() - rest;
            return (i128::from(quotient) + if up { i128::from(above.signum()) } else { 0 }, remainder != 0);
        }
        let (quotient, remainder) = (self.numerator / self.denominator, self.numerator % self.denominator);
        let is_half = remainder.unsigned_abs() * 2 >= self.denominator.unsigned_abs();
        (quotient + if is_half && is_up { self.numerator.signum() } else { 0 }, remainder != 0)
    }

    /// Both parts, if they fit in 63 bits: products of such parts need no check.
    fn small(self) -> Option<[i64; 2]> {
        Some([i64::try_from(self.numerator).ok()?, i64::try_from(self.denominator).ok()?])
    }

    /// The nearest double to the ratio.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the one place where a figure becomes a double")]
    pub fn to_f64(self) -> f64 {
        // Parts that a double holds exactly need not be reduced: the quotient is rounded once either way.
        if self.numerator.unsigned_abs() < EXACT && self.denominator.unsigned_abs() < EXACT {
            return self.numerator as f64 / self.denominator as f64;
        }
        let common = gcd(self.numerator, self.denominator);
        (self.numerator / common) as f64 / (self.denominator / common) as f64
    }
}

/// Whole numbers below it are exact in a double.
const EXACT: u128 = 1 << 53;

/// The greatest common divisor, at least 1.
fn gcd(left: i128, right: i128) -> i128 {
    let (mut a, mut b) = (left.unsigned_abs(), right.unsigned_abs());
    while b != 0 {
        if let (Ok(mut small), Ok(mut smaller)) = (u64::try_from(a), u64::try_from(b)) {
            while smaller != 0 {
                (small, smaller) = (smaller, small % smaller);
            }
            return i128::from(small.max(1));
        }
        (a, b) = (b, a % b);
    }
    i128::try_from(a.max(1)).unwrap_or(1)
}

impl Ord for Ratio {
    /// Compares exactly: whole parts first, then remainders as continued fractions,
    /// so that no product is needed and nothing can overflow.
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Some([a, b]), Some([c, d])) = (self.small(), other.small()) {
            return (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
        }
        if let (Some(left), Some(right)) =
            (self.numerator.checked_mul(other.denominator), other.numerator.checked_mul(self.denominator))
        {
            return left.cmp(&right);
        }
        let (mut a, mut b) = (*self, *other);
        let mut flipped = false;
        loop {
            let whole_a = a.numerator.div_euclid(a.denominator);
            let whole_b = b.numerator.div_euclid(b.denominator);
            let rest_a = a.numerator.rem_euclid(a.denominator);
            let rest_b = b.numerator.rem_euclid(b.denominator);
            let order = whole_a.cmp(&whole_b).then_with(|| match (rest_a, rest_b) {
                (0, 0) => Ordering::Equal,
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                _ => Ordering::Equal,
            });
            if order != Ordering::Equal || rest_a == 0 {
                return if flipped { order.reverse() } else { order };
            }
            a = Self { numerator: a.denominator, denominator: rest_a };
            b = Self { numerator: b.denominator, denominator: rest_b };
            flipped = !flipped;
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ratio {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_ratios_are_equal_however_written() {
        assert_eq!(Ratio::new(1, 3), Ratio::new(-2, -6));
        assert!(Ratio::new(1, 3) < Ratio::new(334, 1000));
    }

    #[test]
    fn order_is_exact_where_products_overflow() {
        let big = i128::MAX / 2;
        assert!(Ratio::new(big, big - 1) < Ratio::new(big - 1, big - 2));
        assert!(Ratio::new(-big, big - 1) > Ratio::new(-(big - 1), big - 2));
        assert_eq!(Ratio::new(big, big - 1), Ratio::new(big, big - 1));
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(Ratio::new(5, 2).round(), (3, true));
        assert_eq!(Ratio::new(-5, 2).round(), (-3, true));
        assert_eq!(Ratio::new(7, 3).round(), (2, true));
        assert_eq!(Ratio::new(6, 3).round(), (2, false));
    }

    proptest! {
        #[test]
        fn small_parts_round_and_compare_as_large_ones(
            (n, d) in (any::<i64>(), 1_i64..), (m, e) in (any::<i64>(), 1_i64..),
        ) {
            let large = |above: i64, below: i64| Ratio::new(i128::from(above) << 62, i128::from(below) << 62);
            let (left, right) = (Ratio::new(n.into(), d.into()), Ratio::new(m.into(), e.into()));
            prop_assert_eq!(left.round(), large(n, d).round());
            prop_assert_eq!(left.cmp(&right), large(n, d).cmp(&large(m, e)));
        }
    }
}
