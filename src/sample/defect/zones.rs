//! What is wrong with features of a zone file.

use super::parcels::take;
use super::{Fate, Planted, Planter, SUPERSEDED, shapes};
use crate::domain::{IssueCode, RejectCode};
use crate::sample::zones::{Feature, Kind};

/// A kind that no mapping knows.
const UNKNOWN: &str = "道路红线";

impl Planter<'_> {
    /// Spoils features of the zone file at `path`. Those that do not fit are left alone: their defects would reach others.
    pub fn zones(
        &mut self,
        path: &str,
        fid: &dyn Fn(usize) -> usize,
        features: &mut Vec<Feature>,
        fits: impl Fn(&Feature) -> bool,
    ) {
        let (share, count) = (self.parameters.zones.defect_share, features.len());
        let is_free = |at: &usize| is_alone(features[*at].zone.kind) && fits(&features[*at]);
        let mut free: Vec<usize> = (0..count).filter(is_free).collect();
        self.draw.shuffle(&mut free);
        let is_plain = |at: &usize| features[*at].rings.len() == 1 && features[*at].zone.rings[0].len() == 4;
        let (mut plain, mut rest): (Vec<usize>, Vec<usize>) = free.into_iter().partition(is_plain);
        let mut planted = Vec::new();
        for at in take(&mut plain, self.quota(share, count)) {
            if let Some(ring) = shapes::bow_tie(&features[at].zone.rings[0]) {
                features[at].rings = vec![ring];
                features[at].is_crossed = true;
                planted.push((at, IssueCode::GeometryRepaired.as_str()));
            }
        }
        let twice = take(&mut plain, self.quota(share, count));
        rest.append(&mut plain);
        for at in take(&mut rest, self.quota(share, count)) {
            features[at].number.clear();
            features[at].fate = Fate::Rejected;
            planted.push((at, RejectCode::IdMissing.as_str()));
        }
        for at in take(&mut rest, self.quota(share, count)) {
            features[at].kind = UNKNOWN;
            features[at].fate = Fate::Rejected;
            planted.push((at, RejectCode::ValueUnknown.as_str()));
        }
        for at in twice {
            features[at].fate = Fate::Rejected;
            let mut other = features[at].clone();
            other.rings = vec![shapes::shrunk(&other.zone.rings[0])];
            planted.extend([at, features.len()].map(|at| (at, RejectCode::DuplicateKey.as_str())));
            features.push(other);
        }
        for at in take(&mut rest, self.quota(share, count)) {
            planted.push((features.len(), SUPERSEDED));
            features.push(Feature { fate: Fate::Superseded, ..features[at].clone() });
        }
        let overlapped = features.iter().enumerate().filter(|(_, feature)| feature.zone.is_overlapped);
        planted.extend(overlapped.map(|(at, _)| (at, IssueCode::ZonesOverlap.as_str())));
        for (at, code) in planted {
            self.planted.push(Planted {
                source: format!("zone-{}", self.county),
                table: "zone",
                file: path.to_owned(),
                row: Some(fid(at)),
                code,
                about: Some(features[at].id.clone()),
                period: None,
            });
        }
    }
}

/// Whether nothing hangs on a zone of that kind: uses of the plan lie side by side, parks lie in platforms, and versions of
/// a boundary have one number.
const fn is_alone(kind: Kind) -> bool {
    matches!(kind, Kind::ControlLine | Kind::Farmland | Kind::MicroPark | Kind::Barrier)
}
