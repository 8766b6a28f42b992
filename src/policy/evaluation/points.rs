//! Points, counted in 1e-12 of a point: each item is rounded to them once, so sums and ranks are exact.

use std::fmt;

use crate::domain::{Decimal, Ratio};

/// A number of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(i64);

impl Points {
    /// None.
    pub const ZERO: Self = Self(0);
    /// The least that can be told.
    pub const LEAST: Self = Self(i64::MIN);
    /// The most that can be told, about nine million.
    pub const MOST: Self = Self(i64::MAX);
    /// How many of the smallest make one point.
    pub const ONE: i128 = 1_000_000_000_000;

    /// So many 1e-12 points.
    #[must_use]
    pub const fn from_smallest(count: i64) -> Self {
        Self(count)
    }

    /// The count of 1e-12 points.
    #[must_use]
    pub const fn smallest(self) -> i64 {
        self.0
    }

    /// As they are published.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        Ratio::new(self.0.into(), Self::ONE).to_f64()
    }

    /// That many points, halves of the smallest away from zero, held at the ends.
    #[must_use]
    pub fn of(points: Ratio) -> Self {
        let (smallest, _) = points.times(Ratio::whole(Self::ONE)).round();
        Self(i64::try_from(smallest).unwrap_or(if smallest < 0 { i64::MIN } else { i64::MAX }))
    }
}

impl From<Decimal> for Points {
    fn from(number: Decimal) -> Self {
        Self::of(number.ratio())
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::new(self.0.into(), 12))
    }
}
