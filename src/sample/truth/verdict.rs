//! The judgement of the demo policy: two rules on tax per mu, a fixed one and one by the county's quantile.

use super::Known;

/// Tax and land of an industrial surface parcel, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Fen; at least, or 0 if nothing is known.
    pub fen: i64,
    /// cm² (1e-4 m²).
    pub cm2: i64,
    /// How much is known of the tax.
    pub known: Known,
    /// Whether registered and measured area are too far apart to judge.
    pub is_area_doubtful: bool,
}

/// A parcel's judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// A rule holds.
    Low,
    /// No rule holds.
    NotLow,
    /// That cannot be said.
    NotJudged,
}

impl Judgement {
    /// As published.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::NotLow => "not_low",
            Self::NotJudged => "not_judged",
        }
    }
}

/// Which rules judge.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Whether tax below 100,000 yuan per mu is low.
    pub has_fixed: bool,
}

/// 100,000 yuan per mu are 10,000,000 fen on 20,000,000/3 cm².
const FIXED: (i64, i64) = (3, 2);

/// Judges a county's industrial surface parcels of one year.
#[must_use]
pub fn judge(cases: &[Case], rules: Rules) -> Vec<Judgement> {
    let quantile = fifth(cases);
    let judgement = |case: &Case| {
        let fixed = rules.has_fixed.then(|| is_below(case, Some(FIXED)));
        let found: Vec<Option<bool>> = fixed.into_iter().chain([is_below(case, quantile)]).collect();
        if found.contains(&Some(true)) {
            Judgement::Low
        } else if found.contains(&None) {
            // Both rules ask for tax alone, which every county delivers.
            Judgement::NotJudged
        } else {
            Judgement::NotLow
        }
    };
    cases.iter().map(judgement).collect()
}

/// Whether the parcel's fen per cm² are below a threshold, if that can be said.
fn is_below(case: &Case, threshold: Option<(i64, i64)>) -> Option<bool> {
    let threshold = threshold?;
    let is_below = less((case.fen, case.cm2), threshold);
    match case.known {
        _ if case.is_area_doubtful => None,
        Known::All => Some(is_below),
        // More tax can only lift it.
        Known::AtLeast if !is_below => Some(false),
        Known::AtLeast | Known::Nothing => None,
    }
}

/// Whether one ratio is less than the other.
fn less(a: (i64, i64), b: (i64, i64)) -> bool {
    i128::from(a.0) * i128::from(b.1) < i128::from(b.0) * i128::from(a.1)
}

/// The ⌈n/5⌉-th of the ratios that are fully known.
fn fifth(cases: &[Case]) -> Option<(i64, i64)> {
    let known = cases.iter().filter(|case| case.known == Known::All && !case.is_area_doubtful);
    let mut ratios: Vec<(i64, i64)> = known.map(|case| (case.fen, case.cm2)).collect();
    ratios.sort_by(|a, b| (i128::from(a.0) * i128::from(b.1)).cmp(&(i128::from(b.0) * i128::from(a.1))));
    ratios.get(ratios.len().div_ceil(5).checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::Judgement::{Low, NotJudged, NotLow};
    use super::*;

    fn case(fen: i64, known: Known) -> Case {
        Case { fen, cm2: 100, known, is_area_doubtful: false }
    }

    #[test]
    fn a_lower_bound_is_never_low() {
        let cases = [
            case(149, Known::All),
            case(150, Known::All),
            case(160, Known::All),
            case(149, Known::AtLeast),
            case(170, Known::AtLeast),
            case(0, Known::Nothing),
            Case { is_area_doubtful: true, ..case(1, Known::All) },
        ];
        let judged = judge(&cases, Rules { has_fixed: true });
        assert_eq!(judged, [Low, NotLow, NotLow, NotJudged, NotLow, NotJudged, NotJudged]);
        // The first of three is the threshold: nothing is below it.
        let judged = judge(&cases, Rules { has_fixed: false });
        assert_eq!(judged, [NotLow, NotLow, NotLow, NotLow, NotLow, NotJudged, NotJudged]);
    }

    #[test]
    fn the_quantile_is_the_nearest_rank() {
        let cases: Vec<Case> = (1..=11).rev().map(|fen| case(fen, Known::All)).collect();
        assert_eq!(fifth(&cases), Some((3, 100)));
        assert_eq!(fifth(&[]), None);
    }
}
