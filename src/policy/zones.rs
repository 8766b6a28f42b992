//! `[zones.KIND]`: how a parcel is counted to one of the zones of a kind.

use crate::domain::{Decimal, SquareMetres};

/// Two thresholds, of which one is enough, and what settles ties.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Least share of the parcel that lies in the zone; none: it does not count.
    pub min_parcel_share: Option<Decimal>,
    /// Least share of the zone that the parcel takes up; none: it does not count.
    pub min_zone_share: Option<Decimal>,
    /// Classes of zones, the first going before the others; what is not listed comes last.
    pub classes: Vec<String>,
}

impl Assignment {
    /// Whether what a parcel and a zone share reaches a threshold.
    #[must_use]
    pub fn is_reached(&self, shared: SquareMetres, parcel: SquareMetres, zone: SquareMetres) -> bool {
        let reaches = |share: Option<Decimal>, of: SquareMetres| {
            // At most 18 digits by at most 15.
            let product = |factor: i128, area: SquareMetres| factor * i128::from(area.cm2());
            let share = share.map(Decimal::ratio);
            share.is_some_and(|share| product(share.denominator(), shared) >= product(share.numerator(), of))
        };
        reaches(self.min_parcel_share, parcel) || reaches(self.min_zone_share, zone)
    }

    /// The place of a class among those that go first.
    #[must_use]
    pub fn rank(&self, class: Option<&str>) -> usize {
        let listed = self.classes.iter().position(|listed| Some(listed.as_str()) == class);
        listed.unwrap_or(self.classes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_threshold_is_enough_and_is_met_exactly() {
        let how = |parcel: Option<&str>, zone: Option<&str>| Assignment {
            min_parcel_share: parcel.map(|share| share.parse().unwrap()),
            min_zone_share: zone.map(|share| share.parse().unwrap()),
            classes: vec!["高新区".to_owned(), "开发区".to_owned()],
        };
        let area = SquareMetres::from_cm2;
        let is_reached = |how: &Assignment, shared| how.is_reached(area(shared), area(1_000), area(300));
        let half = how(Some("0.5"), None);
        assert!(is_reached(&half, 500) && !is_reached(&half, 499));
        let either = how(Some("0.5"), Some("0.9"));
        assert!(is_reached(&either, 270) && !is_reached(&either, 269));
        assert_eq!([Some("开发区"), Some("特色小镇"), None].map(|class| half.rank(class)), [1, 2, 2]);
    }
}
