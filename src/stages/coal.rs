//! Standard coal: what a row of energy comes to by the policy's factors.

use super::delivered::smallest_unit;
use crate::domain::{Ratio, Unit};
use crate::policy::RuleSet;

/// Grams of standard coal in the smallest unit of a carrier.
#[derive(Debug, Clone, Copy)]
pub struct Factors {
    equivalent: Ratio,
    calorific: Ratio,
}

impl Factors {
    /// By the policy; none where it has no factor for the carrier in that unit. What is delivered as standard coal is
    /// taken as it is.
    #[must_use]
    pub fn of(set: &RuleSet, carrier: &str, unit: &str) -> Option<Self> {
        match set.energy.get(carrier) {
            Some(factors) if unit_of(factors.unit) == Some(unit) => {
                // In lowest terms products are small, and quickly divided.
                Some(Self { equivalent: factors.equivalent().reduced(), calorific: factors.calorific().reduced() })
            }
            None if unit == "gce" => Some(Self { equivalent: Ratio::ONE, calorific: Ratio::ONE }),
            _ => None,
        }
    }

    /// Grams, equivalent and calorific; none where they are too many to count.
    #[must_use]
    pub fn grams(self, quantity: i64) -> Option<(i64, i64)> {
        let grams = |factor: Ratio| i64::try_from(factor.times(Ratio::new(i128::from(quantity), 1)).round().0).ok();
        Some((grams(self.equivalent)?, grams(self.calorific)?))
    }
}

fn unit_of(unit: Unit) -> Option<&'static str> {
    match unit.dimensions() {
        (dimension, None) => Some(smallest_unit(dimension)),
        _ => None,
    }
}
