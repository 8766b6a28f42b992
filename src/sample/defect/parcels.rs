//! What is wrong with features of a parcel file.

use std::collections::BTreeSet;

use super::{ACCEPTED, Fate, Feature, Planted, Planter, SUPERSEDED, shapes};
use crate::domain::{IssueCode, RejectCode};
use crate::sample::district::Role;
use crate::sample::occupancy::Parcel;

/// Where a county's features are written.
pub struct Place<'a> {
    /// File, relative to the output folder.
    pub path: &'a str,
    /// Whether the format can hold a ring that is not closed.
    pub keeps_unclosed: bool,
    /// Whether it can hold a feature without a shape.
    pub keeps_shapeless: bool,
    /// A feature's number by its position.
    pub fid: &'a dyn Fn(usize) -> usize,
}

impl Planter<'_> {
    /// Spoils features. `reserved` parcels are left alone.
    pub fn parcels(
        &mut self,
        file: &Place<'_>,
        parcels: &[Parcel],
        features: &mut Vec<Feature>,
        reserved: &BTreeSet<usize>,
    ) {
        let share = self.parameters.defects.share;
        let count = parcels.len();
        // What takes a parcel away is planted where nobody is, so that it does not take enterprises with it.
        let (mut occupied, mut empty): (Vec<usize>, Vec<usize>) = (0..count)
            // Shapes with holes stay as they are.
            .filter(|at| !reserved.contains(at) && parcels[*at].lot.holes.is_empty())
            .partition(|at| parcels[*at].lot.role.is_occupied());
        self.draw.shuffle(&mut occupied);
        self.draw.shuffle(&mut empty);
        let mut planted = Vec::new();
        let mut plant = |at: usize, code: &'static str, id: &str| planted.push((at, code, id.to_owned()));

        // In the order of turns: the first county of a sample delivers a GeoPackage, which holds open rings.
        let unclosed = self.quota(share, count);
        for at in take(&mut occupied, if file.keeps_unclosed { unclosed } else { 0 }) {
            features[at].ring.as_mut().and_then(Vec::pop);
            plant(at, IssueCode::RingClosed.as_str(), &parcels[at].id);
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            if let Some(ring) = shapes::bow_tie(&parcels[at].lot.ring) {
                features[at].ring = Some(ring);
                features[at].is_crossed = true;
                plant(at, IssueCode::GeometryRepaired.as_str(), &parcels[at].id);
            }
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            features[at].ring = Some(shapes::spike(&parcels[at]));
            plant(at, IssueCode::GeometryRepaired.as_str(), &parcels[at].id);
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            if let Some(ring) = &mut features[at].ring {
                let twice = ring[1];
                ring.splice(1..1, [twice, twice]);
            }
            plant(at, ACCEPTED, &parcels[at].id);
        }
        // Not where tenants hold floor: their land would grow with the area, the owner's stated land would not.
        let is_let = |at: &usize| matches!(parcels[*at].lot.role, Role::Let(_));
        let (mut alone, mut rest): (Vec<usize>, Vec<usize>) = occupied.into_iter().partition(|at| !is_let(at));
        for at in take(&mut alone, self.quota(share, count)) {
            // Upwards only: an owner's stated share must still fit.
            features[at].registered_m2 =
                (parcels[at].lot.registered_m2 * self.draw.between(108.0, 130.0)).round() / 100.0;
            plant(at, IssueCode::AreaDifference.as_str(), &parcels[at].id);
        }
        for at in take(&mut empty, self.quota(share, count)) {
            features[at].id = shapes::malformed(&parcels[at].id, &mut self.draw);
            features[at].fate = Fate::Rejected;
            plant(at, RejectCode::ParcelIdMalformed.as_str(), &parcels[at].id);
        }
        let shapeless = self.quota(share, count);
        for at in take(&mut empty, if file.keeps_shapeless { shapeless } else { 0 }) {
            features[at].ring = None;
            features[at].fate = Fate::Rejected;
            plant(at, RejectCode::GeometryMissing.as_str(), &parcels[at].id);
        }
        for at in take(&mut empty, self.quota(share, count)) {
            features[at].fate = Fate::Rejected;
            let mut other = features[at].clone();
            other.ring = Some(shapes::shrunk(&parcels[at].lot.ring));
            plant(at, RejectCode::ParcelIdDuplicate.as_str(), &parcels[at].id);
            plant(features.len(), RejectCode::ParcelIdDuplicate.as_str(), &parcels[at].id);
            features.push(other);
        }
        rest.append(&mut alone);
        for at in take(&mut rest, self.quota(share, count)) {
            plant(features.len(), SUPERSEDED, &parcels[at].id);
            features.push(Feature { fate: Fate::Superseded, ..features[at].clone() });
        }
        for (position, code, parcel_id) in planted {
            self.feature(file, position, code, parcel_id);
        }
    }

    /// A feature that two counties deliver.
    pub fn in_two_counties(&mut self, file: &Place<'_>, position: usize, feature: &mut Feature) {
        feature.fate = Fate::Rejected;
        self.feature(file, position, RejectCode::ParcelIdTwoCounties.as_str(), feature.id.clone());
    }

    fn feature(&mut self, file: &Place<'_>, position: usize, code: &'static str, parcel_id: String) {
        self.planted.push(Planted {
            source: format!("parcel-{}", self.county),
            table: "parcel",
            file: file.path.to_owned(),
            row: Some((file.fid)(position)),
            code,
            about: Some(parcel_id),
            period: None,
        });
    }
}

/// The last so many, or all.
pub(super) fn take(from: &mut Vec<usize>, count: usize) -> Vec<usize> {
    from.split_off(from.len().saturating_sub(count))
}
