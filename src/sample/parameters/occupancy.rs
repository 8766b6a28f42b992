//! Who occupies what.

use super::section::{Bounds, SHARE, check, refused, section};
use crate::sample::SampleError;

section! {
    /// Who occupies what.
    Occupancy = "occupancy" {
        /// Share of the industrial parcels that nobody occupies.
        vacant_share: f64 = 0.05, "ratio", SHARE;
        /// Share of the industrial parcels that are let to several tenants.
        let_share: f64 = 0.12, "ratio", SHARE;
        /// Share of the industrial parcels whose owner also owns the parcel before it.
        same_owner_share: f64 = 0.12, "ratio", SHARE;
        /// Most tenants of a let parcel, at least 2.
        tenants_most: u32 = 5, "enterprises", Bounds::Of(2.0, 50.0);
        /// Share of the let parcels whose leases are by floor (else by land).
        by_floor_share: f64 = 0.6, "ratio", SHARE;
        /// Share of the let parcels whose first tenant is the last tenant of the one before.
        returning_tenant_share: f64 = 0.15, "ratio", SHARE;
        /// Share of the owners whose row states an area (else it means the whole parcel).
        stated_share: f64 = 0.25, "ratio", SHARE;
        /// Share of the occupied parcels with a tenant that left before the first period.
        former_tenant_share: f64 = 0.01, "ratio", SHARE;
    }
}

impl Occupancy {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        let sum = self.vacant_share + self.let_share + self.same_owner_share;
        if sum > 1.0 {
            return Err(refused::<Self>("vacant_share + let_share + same_owner_share", "at most 1", &sum));
        }
        Ok(())
    }
}
