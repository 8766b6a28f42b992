//! What an officer asks of the sets by hand: a place that there is, and a period that a set may be meant for.
//!
//! A run takes county codes as they are delivered and judges the periods that its pipeline lists; who asks by hand may mistype either.

use chrono::{Datelike, NaiveDate};

use super::book::{PolicyBook, PolicyError};
use super::place::Place;
use super::set::RuleSet;
use super::setting::Setting;
use crate::domain::division::Division;
use crate::domain::{DivisionCode, Divisions, Period};

impl PolicyBook {
    /// [`Self::settings_for`], of a county that there is, and of a period that the set names or that fits its time as law.
    ///
    /// # Errors
    /// As `settings_for`, and where the county is neither in `divisions` nor named by a set, or the period is outside the set's time.
    pub fn asked_for(
        &self,
        county: &DivisionCode,
        period: &Period,
        as_of: NaiveDate,
        divisions: &Divisions,
    ) -> Result<(&RuleSet, &[Setting]), PolicyError> {
        // Functional zones report under codes of their own, which no list of divisions has.
        let is_named = self.sets().any(|set| set.names(*county));
        if divisions.name(county.as_str()).is_none() && !is_named {
            return Err(PolicyError::NoCounty { county: *county, known: neighbours(*county, divisions) });
        }
        let found = self.settings_for(county, period, as_of)?;
        let set = found.0;
        if set.may_judge(*period) {
            return Ok(found);
        }
        let (id, period) = (set.id.clone(), *period);
        Err(PolicyError::NotItsTime { id, period, valid_from: set.valid_from, valid_to: set.valid_to })
    }

    /// Each set with its places and periods.
    pub(super) fn scopes(&self) -> String {
        let list = |names: Option<Vec<String>>, all: &str| names.map_or(all.to_owned(), |names| names.join(" "));
        let scope = |set: &RuleSet| {
            let places = set.counties.as_ref().map(|places| places.iter().map(Place::to_string).collect());
            let periods = set.periods.as_ref().map(|periods| periods.iter().map(Period::to_string).collect());
            format!("`{}` ({}; {})", set.id, list(places, "everywhere"), list(periods, "every period"))
        };
        self.sets().map(scope).collect::<Vec<_>>().join(", ")
    }
}

impl RuleSet {
    fn names(&self, county: DivisionCode) -> bool {
        self.counties.iter().flatten().any(|place| place.closeness(&county).is_some())
    }

    /// Whether it names the period; where it names none, whether it is law in a part of it, or of the year after: notices are
    /// published in the year after the one they judge.
    fn may_judge(&self, period: Period) -> bool {
        let first = i32::from(period.year());
        let is_after = self.valid_to.is_some_and(|last| last.year() < first);
        self.periods.is_some() || !(is_after || first + 1 < self.valid_from.year())
    }
}

/// The counties of its city, or else the cities.
fn neighbours(county: DivisionCode, divisions: &Divisions) -> String {
    let of_city = |one: &&Division| one.level == "county" && one.code.starts_with(county.city());
    let is_city = |one: &&Division| one.level == "city";
    let mut some: Vec<&Division> = divisions.iter().filter(of_city).collect();
    if some.is_empty() {
        some = divisions.iter().filter(is_city).collect();
    }
    some.iter().map(|one| format!("{} {}", one.code, one.name)).collect::<Vec<_>>().join(", ")
}
