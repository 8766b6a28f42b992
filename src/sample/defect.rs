//! Defects planted on purpose, and the list that says where each of them lies and which code it must get.

use std::collections::BTreeSet;

use geo::{Coord, LineString, Polygon, Validation};

use super::draw::Draw;
use super::ledger::Row;
use super::occupancy::{Occupancy, Parcel, Register};
use super::parameters::Parameters;
use crate::domain::{IssueCode, Period, RejectCode};

/// One planted defect: a line of `defects.csv`. It never holds an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// Canonical table.
    pub table: &'static str,
    /// File, relative to the output folder.
    pub file: String,
    /// FID of a feature as OGR reads it, or line of a CSV file (its header is line 1); none for a row that is missing.
    pub row: Option<usize>,
    /// Text of a [`RejectCode`] or [`IssueCode`]; else [`SUPERSEDED`], [`ACCEPTED`] or [`MISSING_ROW`].
    pub code: &'static str,
    /// Parcels it touches, joined by `;`.
    pub parcel_id: String,
    /// Period it touches, where it touches one.
    pub period: Option<Period>,
}

/// A second, identical row of one delivery.
pub const SUPERSEDED: &str = "superseded";
/// Odd, but to be taken without a remark.
pub const ACCEPTED: &str = "accepted";
/// A row that should be there and is not.
pub const MISSING_ROW: &str = "missing_row";

/// A feature of a parcel file.
#[derive(Debug, Clone)]
pub struct Feature {
    /// Index of the parcel whose attributes it carries.
    pub parcel: usize,
    /// The code as written.
    pub id: String,
    /// The registered area as written, m².
    pub registered_m2: f64,
    /// Points of the ring as written, the closing one included; none for a null geometry.
    pub ring: Option<Vec<Coord>>,
}

impl Feature {
    /// The parcel as it is.
    #[must_use]
    pub fn of(at: usize, parcel: &Parcel) -> Self {
        let ring = parcel.lot.ring.iter().chain(parcel.lot.ring.first()).copied().collect();
        Self { parcel: at, id: parcel.id.clone(), registered_m2: parcel.lot.registered_m2, ring: Some(ring) }
    }
}

/// Plants one county's defects.
pub struct Planter<'a> {
    parameters: &'a Parameters,
    /// Where the county stands in the sample, and of how many: it has at least one defect of each kind whose turn it is.
    at: usize,
    counties: usize,
    draw: Draw,
    kinds: usize,
    planted: Vec<Planted>,
}

impl<'a> Planter<'a> {
    /// A planter for the county at that place, drawing from `draw`.
    #[must_use]
    pub fn new(parameters: &'a Parameters, at: usize, counties: usize, draw: Draw) -> Self {
        Self { parameters, at, counties, draw, kinds: 0, planted: Vec::new() }
    }

    /// What was planted.
    #[must_use]
    pub fn finish(self) -> Vec<Planted> {
        self.planted
    }

    /// How many defects of the next kind among `rows`: the share, rounded at random. From 2,000 parcels on every
    /// kind occurs: it is the counties' turn one after another.
    fn quota(&mut self, share: f64, rows: usize) -> usize {
        let is_turn = self.kinds % self.counties == self.at && self.parameters.province.parcels >= 2_000 && share > 0.0;
        self.kinds += 1;
        ((share * rows as f64 + self.draw.unit()).floor() as usize).max(usize::from(is_turn))
    }

    /// Parcels and features. `keeps_unclosed`: the format can hold a ring that is not closed. `fid`: a feature's
    /// number by its position. `reserved` parcels are left alone.
    pub fn parcels(
        &mut self,
        file: &str,
        parcels: &[Parcel],
        features: &mut Vec<Feature>,
        keeps_unclosed: bool,
        fid: impl Fn(usize) -> usize,
        reserved: &BTreeSet<usize>,
    ) {
        let share = self.parameters.defects.share;
        let count = parcels.len();
        // What takes a parcel away is planted where nobody is, so that it does not take enterprises with it.
        let (mut occupied, mut empty): (Vec<usize>, Vec<usize>) =
            (0..count).filter(|at| !reserved.contains(at)).partition(|at| parcels[*at].lot.role.is_occupied());
        self.draw.shuffle(&mut occupied);
        self.draw.shuffle(&mut empty);
        let mut planted = Vec::new();
        let mut plant = |at: usize, code: &'static str, id: &str| planted.push((at, code, id.to_owned()));

        // In the order of turns: the first county of a sample delivers a GeoPackage, which holds open rings.
        let unclosed = self.quota(share, count);
        for at in take(&mut occupied, if keeps_unclosed { unclosed } else { 0 }) {
            features[at].ring.as_mut().and_then(Vec::pop);
            plant(at, IssueCode::RingClosed.as_str(), &parcels[at].id);
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            features[at].ring = bow_tie(&parcels[at].lot.ring);
            plant(at, IssueCode::GeometryRepaired.as_str(), &parcels[at].id);
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            features[at].ring = Some(spike(&parcels[at]));
            plant(at, IssueCode::GeometryRepaired.as_str(), &parcels[at].id);
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            if let Some(ring) = &mut features[at].ring {
                let twice = ring[1];
                ring.splice(1..1, [twice, twice]);
            }
            plant(at, ACCEPTED, &parcels[at].id);
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            // Upwards only: an owner's stated share must still fit.
            features[at].registered_m2 =
                (parcels[at].lot.registered_m2 * self.draw.between(108.0, 130.0)).round() / 100.0;
            plant(at, IssueCode::AreaDifference.as_str(), &parcels[at].id);
        }
        for at in take(&mut empty, self.quota(share, count)) {
            features[at].id = malformed(&parcels[at].id, &mut self.draw);
            plant(at, RejectCode::ParcelIdMalformed.as_str(), &parcels[at].id);
        }
        for at in take(&mut empty, self.quota(share, count)) {
            features[at].ring = None;
            plant(at, RejectCode::GeometryMissing.as_str(), &parcels[at].id);
        }
        for at in take(&mut empty, self.quota(share, count)) {
            let mut other = features[at].clone();
            other.ring = Some(shrunk(&parcels[at]));
            plant(at, RejectCode::ParcelIdDuplicate.as_str(), &parcels[at].id);
            plant(features.len(), RejectCode::ParcelIdDuplicate.as_str(), &parcels[at].id);
            features.push(other);
        }
        for at in take(&mut occupied, self.quota(share, count)) {
            plant(features.len(), SUPERSEDED, &parcels[at].id);
            features.push(features[at].clone());
        }
        let line = |(position, code, parcel_id)| Planted {
            table: "parcel",
            file: file.to_owned(),
            row: Some(fid(position)),
            code,
            parcel_id,
            period: None,
        };
        self.planted.extend(planted.into_iter().map(line));
    }

    /// A feature that two counties deliver.
    pub fn in_two_counties(&mut self, file: &str, fid: usize, parcel_id: &str) {
        self.planted.push(Planted {
            table: "parcel",
            file: file.to_owned(),
            row: Some(fid),
            code: RejectCode::ParcelIdTwoCounties.as_str(),
            parcel_id: parcel_id.to_owned(),
            period: None,
        });
    }

    /// Occupancy rows; their numbers count from 0 until the county's rows find their place in the file.
    pub fn occupancy(&mut self, file: &str, rows: &mut [Occupancy]) {
        let quota = self.quota(self.parameters.defects.unknown_parcel_share, rows.len());
        for at in self.victims(rows.len(), quota, &mut BTreeSet::new()) {
            let row = &mut rows[at];
            // No county has parcels 9xxxx: the true one is the only parcel one character away.
            let parcel_id = row.parcel_id.clone();
            row.parcel_id.replace_range(14..15, "9");
            self.planted.push(Planted {
                table: "occupancy",
                file: file.to_owned(),
                row: Some(at),
                code: RejectCode::ParcelUnknown.as_str(),
                parcel_id,
                period: None,
            });
        }
    }

    /// Tax rows.
    pub fn tax(&mut self, file: &str, county: &str, rows: &mut Vec<Row<'_>>, register: &Register, parcels: &[Parcel]) {
        const FOREIGN: &str = "水利建设基金";
        let share = self.parameters.defects.share;
        let present: Vec<usize> =
            (0..register.members.len()).filter(|at| !register.members[*at].parcels.is_empty()).collect();
        let ids = |member: Option<usize>| {
            let held = member.map_or(&[][..], |member| &register.members[member].parcels);
            held.iter().map(|at| parcels[*at].id.as_str()).collect::<Vec<_>>().join(";")
        };
        let quota = self.quota(share, present.len());
        for at in self.victims(present.len(), quota, &mut BTreeSet::new()) {
            let member = Some(present[at]);
            let years = self.parameters.pipeline.years();
            let year = years[self.draw.index(years.len())];
            rows.retain(|row| row.member != member || row.period.year() != year);
            self.planted.push(Planted {
                table: "tax",
                file: file.to_owned(),
                row: None,
                code: MISSING_ROW,
                parcel_id: ids(member),
                period: Some(Period::Year(year)),
            });
        }
        let count = rows.len();
        let mut taken = BTreeSet::new();
        let mut planted = Vec::new();
        for code in [RejectCode::AmountUnreadable, RejectCode::UsccBadCheck, RejectCode::UsccMalformed] {
            let quota = self.quota(share, count);
            for at in self.victims(count, quota, &mut taken) {
                match code {
                    RejectCode::AmountUnreadable => rows[at].unreadable = Some(unreadable(&mut self.draw)),
                    RejectCode::UsccBadCheck => {
                        rows[at].id = Some(miswritten(register.written(&rows[at]), &mut self.draw));
                    }
                    _ => rows[at].id = Some(register.written(&rows[at]).replacen('0', "O", 1)),
                }
                planted.push((at, code));
            }
        }
        for code in [RejectCode::IdNotUscc, RejectCode::ValueUnknown] {
            for _ in 0..self.quota(share, count) {
                if count == 0 {
                    break;
                }
                let mut extra = rows[self.draw.index(count)].clone();
                if code == RejectCode::IdNotUscc {
                    extra.member = None;
                    extra.id = Some(format!("{county}{:09}", self.draw.whole(600_000_000, 699_999_999)));
                } else {
                    // Of an enterprise whose own rows are untouched.
                    if extra.member.is_none() {
                        continue;
                    }
                    extra.id = None;
                    extra.kind = FOREIGN;
                }
                extra.unreadable = None;
                extra.count = 100;
                planted.push((rows.len(), code));
                rows.push(extra);
            }
        }
        self.planted.extend(planted.into_iter().map(|(at, code)| line("tax", file, at, code, &rows[at], &ids)));
    }

    /// Energy rows.
    pub fn energy(&mut self, file: &str, rows: &mut [Row<'_>], register: &Register, parcels: &[Parcel]) {
        let quota = self.quota(self.parameters.defects.share, rows.len());
        let ids = |member: Option<usize>| {
            let held = member.map_or(&[][..], |member| &register.members[member].parcels);
            held.iter().map(|at| parcels[*at].id.as_str()).collect::<Vec<_>>().join(";")
        };
        for at in self.victims(rows.len(), quota, &mut BTreeSet::new()) {
            rows[at].unreadable = Some(unreadable(&mut self.draw));
            self.planted.push(line("energy", file, at, RejectCode::AmountUnreadable, &rows[at], &ids));
        }
    }

    /// Up to `quota` different rows that are not taken, ascending; they are taken then.
    fn victims(&mut self, rows: usize, quota: usize, taken: &mut BTreeSet<usize>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for _ in 0..quota.min(rows) * 4 {
            let at = self.draw.index(rows);
            if found.len() < quota && taken.insert(at) {
                found.insert(at);
            }
        }
        found
    }
}

/// A line for a ledger row: line 1 of the file is the header.
fn line(
    table: &'static str,
    file: &str,
    at: usize,
    code: RejectCode,
    row: &Row<'_>,
    ids: &impl Fn(Option<usize>) -> String,
) -> Planted {
    Planted {
        table,
        file: file.to_owned(),
        row: Some(at + 2),
        code: code.as_str(),
        parcel_id: ids(row.member),
        period: Some(row.period),
    }
}

fn take(from: &mut Vec<usize>, count: usize) -> Vec<usize> {
    from.split_off(from.len().saturating_sub(count))
}

/// The ring with two neighbouring corners exchanged, so that it crosses itself.
fn bow_tie(ring: &[Coord]) -> Option<Vec<Coord>> {
    let swapped = (0..ring.len()).map(|at| {
        let mut ring = ring.to_vec();
        let next = (at + 1) % ring.len();
        ring.swap(at, next);
        ring.push(ring[0]);
        ring
    });
    swapped.into_iter().find(|ring| !Polygon::new(LineString::new(ring.clone()), Vec::new()).is_valid())
}

/// The ring with a trip of some 20 m out of its first corner and back.
fn spike(parcel: &Parcel) -> Vec<Coord> {
    let (ring, corner) = (&parcel.lot.ring, parcel.lot.ring[0]);
    let out = corner - parcel.lot.centre;
    let tip = corner + out * (0.0002 / out.x.hypot(out.y));
    let tip = Coord { x: (tip.x * 1e9).round() / 1e9, y: (tip.y * 1e9).round() / 1e9 };
    [corner, tip].into_iter().chain(ring.iter().copied()).chain([corner]).collect()
}

/// The ring drawn in towards its middle.
fn shrunk(parcel: &Parcel) -> Vec<Coord> {
    let centre = parcel.lot.centre;
    let inner = |point: &Coord| {
        let point = centre + (*point - centre) * 0.9;
        Coord { x: (point.x * 1e9).round() / 1e9, y: (point.y * 1e9).round() / 1e9 }
    };
    parcel.lot.ring.iter().chain(parcel.lot.ring.first()).map(inner).collect()
}

/// A parcel code as hands spoil it: a character lost, a letter for a digit, a feature letter that is none.
fn malformed(id: &str, draw: &mut Draw) -> String {
    match draw.index(3) {
        0 => id[..18].to_owned(),
        1 => format!("{}O{}", &id[..6], &id[7..]),
        _ => id.replace('G', "Q"),
    }
}

/// What stands where an amount should.
fn unreadable(draw: &mut Draw) -> &'static str {
    const TEXTS: [&str; 4] = ["待核实", "见附件", "#VALUE!", "12.3.4"];
    TEXTS[draw.index(TEXTS.len())]
}

/// The identifier with one character of its organisation code altered: its check character no longer fits.
fn miswritten(id: &str, draw: &mut Draw) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let place = 8 + draw.index(9);
    let now = LETTERS.find(&id[place..=place]).unwrap_or_default();
    let other = (now + 1 + draw.index(LETTERS.len() - 1)) % LETTERS.len();
    format!("{}{}{}", &id[..place], &LETTERS[other..=other], &id[place + 1..])
}
