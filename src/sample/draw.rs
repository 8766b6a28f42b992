//! Chance, from the seed alone: one stream per thing drawn, so that no draw depends on threads or on order.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// A stream of random numbers and the distributions the sample draws from.
#[derive(Debug, Clone)]
pub struct Draw(Pcg64);

impl Draw {
    /// The stream of one thing: the seed, what is drawn for, and two numbers that tell it from its like.
    #[must_use]
    pub fn of(seed: u64, purpose: &str, which: u64, serial: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        for number in [seed, which, serial] {
            hasher.update(&number.to_le_bytes());
        }
        hasher.update(purpose.as_bytes());
        Self(Pcg64::from_seed(*hasher.finalize().as_bytes()))
    }

    /// Uniform in 0..1.
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// Uniform in `low..high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with that probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal (Box–Muller; `libm`, so that every processor draws the same).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// Lognormal of that median and that σ of its logarithm.
    pub fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// An index below `length`; 0 if that is 0.
    pub fn index(&mut self, length: usize) -> usize {
        if length == 0 { 0 } else { self.0.random_range(0..length as u64) as usize }
    }

    /// A whole number in `low..=high`.
    pub fn whole(&mut self, low: u32, high: u32) -> u32 {
        self.0.random_range(low..=high)
    }

    /// One of the entries.
    pub fn pick<'a, T: ?Sized>(&mut self, entries: &[&'a T]) -> &'a T {
        entries[self.index(entries.len())]
    }

    /// The index of one of the weights, drawn in their proportion.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (at, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return at;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Puts the entries into random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, entries: &mut [T]) {
        for at in (1..entries.len()).rev() {
            entries.swap(at, self.index(at + 1));
        }
    }
}

/// `total` cut in proportion to the weights by largest remainder: the shares' sum is exactly `total`.
#[must_use]
pub fn apportion(total: usize, weights: &[f64]) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    if weights.is_empty() || sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| total as f64 * weight / sum).collect();
    let mut shares: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| (exact[*b].fract()).total_cmp(&exact[*a].fract()).then(a.cmp(b)));
    let missing = total.saturating_sub(shares.iter().sum());
    for at in order.into_iter().cycle().take(missing) {
        shares[at] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_repeatable_and_apart() {
        let first = |seed, which| Draw::of(seed, "a", which, 0).unit();
        assert!((first(1, 2) - first(1, 2)).abs() < f64::EPSILON);
        assert!((first(1, 2) - first(1, 3)).abs() > f64::EPSILON);
        assert!((first(1, 2) - first(2, 2)).abs() > f64::EPSILON);
    }

    #[test]
    fn shares_add_up() {
        assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(apportion(7, &[0.0, 2.0]), [0, 7]);
        assert_eq!(apportion(7, &[]), Vec::<usize>::new());
    }
}
