//! What is wrong with rows of the occupancy list, and whom it leaves in doubt.

use std::collections::BTreeSet;

use super::{Feature, Planted, Planter};
use crate::domain::{IssueCode, RejectCode};
use crate::sample::occupancy::{Occupancy, Parcel, Register, cents};

impl Planter<'_> {
    /// Occupancy rows; their numbers count from 0 until the county's rows find their place in the file.
    pub fn occupancy(&mut self, file: &str, parcels: &[Parcel], features: &[Feature], register: &mut Register) {
        let may_fail = |row: &Occupancy| register.members[row.member].may_fail();
        let kept: BTreeSet<usize> = register.rows.iter().filter(|row| !may_fail(row)).map(|row| row.parcel).collect();
        let rows = &mut register.rows;
        let quota = self.quota(self.parameters.defects.unknown_parcel_share, rows.len());
        let fits = |at: usize| !kept.contains(&rows[at].parcel);
        for at in self.victims(rows.len(), quota, &mut BTreeSet::new(), fits) {
            let row = &mut rows[at];
            // No county has parcels 9xxxx: the true one is the only parcel one character away.
            let parcel_id = row.parcel_id.clone();
            row.parcel_id.replace_range(14..15, "9");
            self.lose(row);
            self.right(file, at, RejectCode::ParcelUnknown.as_str(), parcel_id);
        }
        self.let_too_much(file, parcels, &kept, rows);
        self.hold_too_much(file, features, rows);
        // The others on such a parcel seem to hold more of it than they do.
        let last = self.parameters.pipeline.years();
        for row in rows.iter().filter(|row| !row.is_lost && last.iter().any(|year| row.holds_in(*year))) {
            if self.doubts.parcels.contains(&row.parcel) {
                self.doubts.members.insert(row.member);
            }
        }
    }

    /// Owners whose tenants hold more than they themselves do: their rows are refused.
    fn let_too_much(&mut self, file: &str, parcels: &[Parcel], kept: &BTreeSet<usize>, rows: &mut [Occupancy]) {
        let year = self.parameters.pipeline.last_year();
        // The list is ordered by parcel, its owner first or last.
        let mut let_m2: Vec<(usize, f64)> = Vec::new();
        let mut at = 0;
        for run in rows.chunk_by(|a, b| a.parcel == b.parcel) {
            let is_sound = run.iter().all(|row| !row.is_lost) && !kept.contains(&run[0].parcel);
            let tenants = run.iter().filter(|row| row.lessor.is_some() && row.holds_in(year));
            let land: f64 = tenants.map(|row| land_m2(row, &parcels[row.parcel])).sum();
            let owner = run.iter().position(|row| row.lessor.is_none() && row.holds_in(year));
            if let (true, true, Some(owner)) = (is_sound, land > 1.0, owner) {
                let_m2.push((at + owner, land));
            }
            at += run.len();
        }
        let quota = self.quota(self.parameters.defects.negative_occupancy_share, let_m2.len());
        for victim in self.victims(let_m2.len(), quota, &mut BTreeSet::new(), |_| true) {
            let (at, land) = let_m2[victim];
            let row = &mut rows[at];
            row.amount_m2 = Some(cents(land * self.draw.between(0.2, 0.9)));
            self.lose(row);
            self.right(file, at, RejectCode::OccupancyNegative.as_str(), row.parcel_id.clone());
        }
    }

    /// Owners whose row gives clearly more than the parcel: everybody's land on it is scaled down.
    fn hold_too_much(&mut self, file: &str, features: &[Feature], rows: &mut [Occupancy]) {
        let fits = |row: &Occupancy| row.lessor.is_none() && !self.doubts.parcels.contains(&row.parcel);
        let owners: Vec<usize> = (0..rows.len()).filter(|at| fits(&rows[*at])).collect();
        let quota = self.quota(self.parameters.defects.excess_occupancy_share, owners.len());
        for victim in self.victims(owners.len(), quota, &mut BTreeSet::new(), |_| true) {
            let at = owners[victim];
            let row = &mut rows[at];
            row.amount_m2 = Some(cents(features[row.parcel].registered_m2 * self.draw.between(1.05, 1.6)));
            self.right(file, at, IssueCode::OccupancyExcess.as_str(), row.parcel_id.clone());
        }
    }

    /// Notes that the row will be rejected, and who is in doubt for it.
    fn lose(&mut self, row: &mut Occupancy) {
        row.is_lost = true;
        self.doubts.members.insert(row.member);
        self.doubts.parcels.insert(row.parcel);
    }

    fn right(&mut self, file: &str, at: usize, code: &'static str, parcel_id: String) {
        self.planted.push(Planted {
            source: "occupancy".to_owned(),
            table: "occupancy",
            file: file.to_owned(),
            row: Some(at),
            code,
            about: Some(parcel_id),
            period: None,
        });
    }
}

/// Land that a tenant's row gives, m².
fn land_m2(row: &Occupancy, parcel: &Parcel) -> f64 {
    let amount = row.amount_m2.unwrap_or(0.0);
    match parcel.floor_m2 {
        Some(floor) if row.by_floor => amount * parcel.lot.registered_m2 / floor,
        _ => amount,
    }
}
