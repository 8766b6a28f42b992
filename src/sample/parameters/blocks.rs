//! Blocks of low-efficiency parcels that are laid out on purpose.

use super::section::{Bounds, SHARE, check, refused, section};
use crate::sample::SampleError;

section! {
    /// Blocks of low-efficiency parcels that are laid out on purpose: each of their parcels has one owner who pays little and
    /// holds nothing else, and no defect; whoever lies beside them pays much. So their members are known when they are
    /// planted (`truth/planned_block.parquet`). Others come about by chance.
    Blocks = "blocks" {
        /// Share of the parcels that are members of such blocks.
        share: f64 = 0.03, "ratio", Bounds::Of(0.0, 0.3);
        /// Fewest members of a block.
        least: u64 = 2, "parcels", Bounds::Of(2.0, 5_000.0);
        /// Most members. A province of 40 times as many parcels has a block of that size at least.
        most: u64 = 500, "parcels", Bounds::Of(2.0, 5_000.0);
        /// How fast sizes thin out: of the blocks of n parcels or more, one in k^tail has k times n or more.
        tail: f64 = 1.2, "", Bounds::Of(0.2, 10.0);
        /// Share of the blocks of 3 parcels or more that hang by one: two groups, and a parcel between them that alone is near
        /// to both.
        chain_share: f64 = 0.2, "ratio", SHARE;
        /// Share of these whose parcel in between is not low, so that two blocks are left.
        broken_share: f64 = 0.4, "ratio", SHARE;
        /// What members pay a year: far below the demo policy's fixed threshold of 10.
        member_wan_per_mu: f64 = 1.0, "10,000 yuan/mu", Bounds::Of(0.001, 5.0);
        /// What those beside them pay.
        beside_wan_per_mu: f64 = 150.0, "10,000 yuan/mu", Bounds::Of(100.0, 10_000.0);
        /// Widest lane of districts where a block of more than `compact` members is due: its rows must lie together.
        lane_most_m: f64 = 12.0, "m", Bounds::Of(1.0, 19.0);
        /// Most members of a block that finds room between lanes of any width.
        compact: u64 = 8, "parcels", Bounds::Of(2.0, 5_000.0);
    }
}

impl Blocks {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        if self.most < self.least {
            return Err(refused::<Self>("most", format!("at least least ({})", self.least), &self.most));
        }
        Ok(())
    }
}
