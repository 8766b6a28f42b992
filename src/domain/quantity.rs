//! Quantities that are summed: integers of one smallest unit each, so that a sum
//! does not depend on the order of its terms.

use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use super::ratio::Ratio;

/// Defines a quantity held as an `i64` count of its smallest unit.
macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $from:ident, $count:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);

            /// The quantity of that many smallest units.
            #[must_use]
            pub const fn $from(count: i64) -> Self {
                Self(count)
            }

            /// The count of smallest units.
            #[must_use]
            pub const fn $count(self) -> i64 {
                self.0
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
                terms.fold(Self::ZERO, Add::add)
            }
        }
    };
}

quantity!(
    /// An area, counted in cm² (1e-4 m²).
    SquareMetres,
    from_cm2,
    cm2
);

quantity!(
    /// An amount of money, counted in fen (1e-2 yuan).
    Fen,
    from_fen,
    fen
);

quantity!(
    /// Energy as standard coal (GB/T 2589), counted in grams (1e-6 tce).
    Tce,
    from_grams,
    grams
);

impl SquareMetres {
    /// The area in m², for display and for kernels that need a float.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "areas stay far below 2^53 cm²")]
    pub fn m2(self) -> f64 {
        self.0 as f64 / 1e4
    }

    /// The area in mu.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "areas stay far below 2^53 cm²")]
    pub fn mu(self) -> Mu {
        Mu(self.0 as f64 * 3.0 / 2e7)
    }
}

impl Tce {
    /// The energy in tonnes of standard coal.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "energies stay far below 2^53 g")]
    pub fn tonnes(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// An amount counted in millionths (fen of 万元, grams of tonnes) per mu of land; none without land.
#[must_use]
pub fn per_mu(millionths: i64, land: SquareMetres) -> Option<Ratio> {
    // 1 mu = 2e7/3 cm².
    (land > SquareMetres::ZERO).then(|| Ratio::new(i128::from(millionths) * 20, i128::from(land.cm2()) * 3))
}

/// An area in mu (1 mu = 2000/3 m²): a ratio, computed once from [`SquareMetres`] and never summed.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Mu(pub f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mu_is_two_thousand_thirds_of_a_square_metre() {
        assert_eq!(SquareMetres::from_cm2(20_000_000).mu(), Mu(3.0));
    }

    #[test]
    fn six_hundred_thousand_yuan_on_six_mu_are_ten_wan_yuan_a_mu() {
        // 6 mu are 4e7 cm².
        assert_eq!(per_mu(60_000_000, SquareMetres::from_cm2(40_000_000)), Some(Ratio::new(10, 1)));
        assert_eq!(per_mu(1, SquareMetres::ZERO), None);
    }

    #[test]
    fn sums_do_not_depend_on_order() {
        let terms = [Fen::from_fen(1), Fen::from_fen(-7), Fen::from_fen(i64::MAX / 4)];
        let forwards: Fen = terms.iter().copied().sum();
        let backwards: Fen = terms.iter().rev().copied().sum();
        assert_eq!(forwards, backwards);
    }
}
