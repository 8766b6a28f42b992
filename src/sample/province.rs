//! The real counties of Zhejiang that the sample stands on: codes, names, outlines, neighbours.

use std::collections::{BTreeMap, BTreeSet};

use geo::{BoundingRect, Contains, Coord, LineString, MultiPolygon, Polygon, Rect};
use serde::Deserialize;

use super::SampleError;
use crate::domain::DivisionCode;

const OUTLINES: &str = include_str!("../../data/zhejiang/zhejiang_county.geojson");

/// A county and its outline in degrees (GCJ-02, taken as if it were CGCS2000; see `data/README.md`).
#[derive(Debug, Clone)]
pub struct County {
    /// Six digits.
    pub code: DivisionCode,
    /// As 萧山区.
    pub name: String,
    /// As 杭州市.
    pub city: String,
    /// Where it lies.
    pub outline: MultiPolygon,
    /// The box round the outline.
    pub bounds: Rect,
}

impl County {
    /// The 3-degree zone of the middle of the county: 39, 40 or 41.
    #[must_use]
    pub fn zone(&self) -> u32 {
        match self.bounds.center().x {
            x if x < 118.5 => 39,
            x if x > 121.5 => 41,
            _ => 40,
        }
    }

    /// Whether the point lies in the outline.
    #[must_use]
    pub fn holds(&self, point: Coord) -> bool {
        self.bounds.contains(&point) && self.outline.contains(&point)
    }

    /// Its name without 区, 县, 市.
    #[must_use]
    pub fn short_name(&self) -> &str {
        self.name.trim_end_matches("畲族自治县").trim_end_matches(['区', '县', '市'])
    }

    /// Its code as a number, to draw by.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.code.as_str().bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    }
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    code: String,
    name: String,
    city: String,
}

#[derive(Deserialize)]
struct Geometry {
    coordinates: Vec<Vec<Vec<(f64, f64)>>>,
}

/// The 90 counties, sorted by code.
///
/// # Errors
/// [`SampleError::Embedded`] if the outlines that the binary carries are broken.
pub fn counties() -> Result<Vec<County>, SampleError> {
    let broken = |what: String| SampleError::Embedded { what };
    let collection: Collection = serde_json::from_str(OUTLINES).map_err(|error| broken(error.to_string()))?;
    let mut counties = Vec::with_capacity(collection.features.len());
    for Feature { properties, geometry } in collection.features {
        let polygons = geometry.coordinates.into_iter().map(|rings| {
            let mut rings = rings.into_iter().map(LineString::from);
            Polygon::new(rings.next().unwrap_or_else(|| LineString::new(Vec::new())), rings.collect())
        });
        let outline = MultiPolygon::new(polygons.collect());
        let bounds = outline.bounding_rect().ok_or_else(|| broken(format!("{} has no outline", properties.code)))?;
        let code = properties.code.parse().map_err(|error| broken(format!("{error}")))?;
        counties.push(County { code, name: properties.name, city: properties.city, outline, bounds });
    }
    counties.sort_by_key(|county| county.code);
    Ok(counties)
}

/// For each county the indices of those it shares a piece of border with, ascending.
#[must_use]
pub fn neighbours(counties: &[County]) -> Vec<Vec<usize>> {
    let mut owners: BTreeMap<[u64; 4], usize> = BTreeMap::new();
    let mut found = vec![BTreeSet::new(); counties.len()];
    for (at, county) in counties.iter().enumerate() {
        for line in county.outline.iter().flat_map(|polygon| polygon.exterior().lines()) {
            let ends = [line.start, line.end].map(|point| [point.x.to_bits(), point.y.to_bits()]);
            let [low, high] = if ends[0] < ends[1] { ends } else { [ends[1], ends[0]] };
            if let Some(other) = owners.insert([low[0], low[1], high[0], high[1]], at) {
                found[at].insert(other);
                found[other].insert(at);
            }
        }
    }
    found.into_iter().map(|set| set.into_iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use geo::Validation;

    use super::*;

    #[test]
    fn the_binary_carries_ninety_valid_outlines_that_agree_with_the_division_table() {
        let counties = counties().unwrap();
        assert_eq!(counties.len(), 90);
        assert!(counties.iter().all(|county| county.outline.is_valid()));
        let table = include_str!("../../data/zhejiang/zhejiang_divisions.csv");
        for county in &counties {
            assert!(table.contains(&format!("{},county,{},{}", county.code, county.name, county.code.city())));
        }
    }

    #[test]
    fn neighbours_share_borders() {
        let counties = counties().unwrap();
        let neighbours = neighbours(&counties);
        let pairs: usize = neighbours.iter().map(Vec::len).sum();
        assert!((420..=440).contains(&pairs), "{pairs} of 2 x 219 known ones");
        let at = |code: &str| counties.iter().position(|county| county.code.as_str() == code).unwrap();
        assert!(neighbours[at("330102")].contains(&at("330105")));
    }
}
