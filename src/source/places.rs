//! Points that have been brought to lon/lat: a ring ends where it begins, and neighbours share their corners, so that half
//! of a file's points have been seen a moment before.

use crate::domain::Map;

/// Points that are remembered before all are forgotten.
const MOST: usize = 1 << 15;

/// Where points lie in lon/lat.
#[derive(Default)]
pub(super) struct Places {
    /// By the bits of both coordinates.
    known: Map<(u64, u64), usize>,
    lon: Vec<f64>,
    lat: Vec<f64>,
    /// The place of each point that is asked for.
    asked: Vec<usize>,
}

impl Places {
    /// Puts lon and lat in place of x and y: by `transform`, where they are not known. It must ask for nothing but the
    /// point. False where it fails.
    pub fn bring(
        &mut self,
        x: &mut [f64],
        y: &mut [f64],
        transform: impl FnOnce(&mut [f64], &mut [f64]) -> bool,
    ) -> bool {
        if self.lon.len() > MOST {
            self.forget();
        }
        let from = self.lon.len();
        self.asked.clear();
        for (x, y) in x.iter().zip(y.iter()) {
            let next = self.lon.len();
            let place = *self.known.entry((x.to_bits(), y.to_bits())).or_insert(next);
            if place == next {
                self.lon.push(*x);
                self.lat.push(*y);
            }
            self.asked.push(place);
        }
        if self.lon.len() > from && !transform(&mut self.lon[from..], &mut self.lat[from..]) {
            self.forget();
            return false;
        }
        for ((x, y), place) in x.iter_mut().zip(y.iter_mut()).zip(&self.asked) {
            (*x, *y) = (self.lon[*place], self.lat[*place]);
        }
        true
    }

    fn forget(&mut self) {
        self.known.clear();
        self.lon.clear();
        self.lat.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_point_is_transformed_once() {
        let mut places = Places::default();
        let mut seen = Vec::new();
        let mut bring = |mut x: Vec<f64>, mut y: Vec<f64>, is_sound: bool| {
            let is_done = places.bring(&mut x, &mut y, |x, y| {
                seen.push(x.len());
                for (x, y) in x.iter_mut().zip(y) {
                    *x += 100.0;
                    *y += 10.0;
                }
                is_sound
            });
            is_done.then_some((x, y))
        };
        let brought = bring(vec![1.0, 2.0, 1.0], vec![0.5, 0.5, 0.5], true);
        assert_eq!(brought, Some((vec![101.0, 102.0, 101.0], vec![10.5, 10.5, 10.5])));
        assert_eq!(bring(vec![2.0, 1.0], vec![0.5, 0.5], true), Some((vec![102.0, 101.0], vec![10.5, 10.5])));
        assert_eq!(bring(vec![2.0, 2.0], vec![0.5, 1.5], true), Some((vec![102.0, 102.0], vec![10.5, 11.5])));
        assert_eq!(bring(vec![2.0, 3.0], vec![0.5, 0.5], false), None);
        // What failed is not taken for known.
        assert_eq!(bring(vec![3.0], vec![0.5], true), Some((vec![103.0], vec![10.5])));
        assert_eq!(seen, [2, 1, 1, 1]);
    }
}
