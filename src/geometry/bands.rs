//! Spans of latitude sorted into bands of equal height: whoever asks which of them reach a latitude looks at its bands alone.

/// Bands, from south to north.
pub(super) struct Bands {
    south: f64,
    per_degree: f64,
    /// Where each band begins in `items`, and one more, where the last ends.
    starts: Vec<Start>,
    /// The numbers of the spans, once for each band that they reach.
    items: Vec<usize>,
}

/// Where a band begins: with what comes from the band before it, then with what begins in it.
#[derive(Clone, Copy, Default)]
struct Start {
    coming: usize,
    beginning: usize,
}

impl Bands {
    /// Bands for items that are named by their place; `span` tells the southern and the northern latitude of one.
    pub(super) fn of<T>(items: &[T], span: impl Fn(&T) -> (f64, f64)) -> Self {
        let (mut south, mut north, mut sum) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
        for (from, to) in items.iter().map(&span) {
            (south, north) = (south.min(from), north.max(to));
            sum += to - from;
        }
        // As high as the mean span: of each item there are then at most three on average.
        let count = number(number_of(items.len()) * (north - south) / sum).clamp(1, items.len().max(1));
        let per_degree = number_of(count) / (north - south);
        let mut bands = Self { south, per_degree, starts: vec![Start::default(); count + 1], items: Vec::new() };
        let reached: Vec<(usize, usize)> =
            items.iter().map(span).map(|(from, to)| (bands.band(from), bands.band(to))).collect();
        for (first, last) in &reached {
            bands.starts[*first].beginning += 1;
            for band in &mut bands.starts[first + 1..=*last] {
                band.coming += 1;
            }
        }
        let mut end = 0;
        for start in &mut bands.starts {
            let beginning = end + start.coming;
            (start.coming, end, start.beginning) = (end, beginning + start.beginning, beginning);
        }
        bands.items = vec![0; end];
        let mut next = bands.starts.clone();
        for (item, (first, last)) in reached.into_iter().enumerate() {
            bands.items[next[first].beginning] = item;
            next[first].beginning += 1;
            for band in &mut next[first + 1..=last] {
                bands.items[band.coming] = item;
                band.coming += 1;
            }
        }
        bands
    }

    /// The items of the bands that these latitudes reach, each once: all whose span meets them, and others near.
    pub(super) fn near(&self, south: f64, north: f64) -> impl Iterator<Item = &[usize]> {
        let (first, last) = (self.band(south), self.band(north));
        // What comes from the band before was there already: so the first band whole, and of the others what begins there.
        let whole = self.starts[first].coming..self.starts[first + 1].coming;
        let begin = (first + 1..=last).map(|band| self.starts[band].beginning..self.starts[band + 1].coming);
        std::iter::once(whole).chain(begin).map(|places| &self.items[places])
    }

    /// Rises with the latitude, so that spans which meet share a band; what lies beyond counts to the outermost.
    fn band(&self, lat: f64) -> usize {
        number((lat - self.south) * self.per_degree).min(self.starts.len() - 2)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held at both ends, and 0 if undefined")]
const fn number(from: f64) -> usize {
    from as usize
}

#[expect(clippy::cast_precision_loss, reason = "how many bands there are changes no result")]
const fn number_of(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_meets_is_found_once(
            spans in prop::collection::vec((-20..20_i32, prop_oneof![Just(0), 0..3_i32, 0..40_i32]), 0..40),
            (south, height) in (-25..25_i32, prop_oneof![Just(0), 0..50_i32]),
        ) {
            let degrees = |units: i32| 30.0 + f64::from(units) / 7.0;
            let spans: Vec<(f64, f64)> =
                spans.into_iter().map(|(from, height)| (degrees(from), degrees(from + height))).collect();
            let (south, north) = (degrees(south), degrees(south + height));
            let bands = Bands::of(&spans, |span| *span);
            let mut near: Vec<usize> = bands.near(south, north).flatten().copied().collect();
            near.sort_unstable();
            prop_assert!(near.windows(2).all(|pair| pair[0] != pair[1]), "{near:?}");
            for (item, (from, to)) in spans.iter().enumerate() {
                let meets = *from <= north && south <= *to;
                prop_assert!(!meets || near.contains(&item), "{item} {spans:?}");
            }
            prop_assert!(bands.items.len() <= 3 * spans.len());
        }
    }

    #[test]
    fn of_a_fan_of_edges_few_are_near() {
        // A thousand spans of one height one above another: a band each, and so at most three in two bands.
        let spans: Vec<(f64, f64)> = (0..1_000_u32).map(|at| (f64::from(at), f64::from(at + 1))).collect();
        let bands = Bands::of(&spans, |span| *span);
        assert!((0..999_u32).all(|at| bands.near(f64::from(at) + 0.25, f64::from(at) + 0.75).flatten().count() <= 3));
    }
}
