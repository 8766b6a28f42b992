//! What enterprises pay.

use serde::{Deserialize, Serialize};

use super::section::{Bounds, SHARE, check, refused, section};
use crate::sample::SampleError;
use crate::table::delivery::TAX_KINDS;

/// A kind of tax.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// As ledgers write it.
    pub name: String,
    /// As the canonical table does.
    pub kind: String,
    /// Share of an enterprise's tax, where it pays it.
    pub share: f64,
    /// Share of the enterprises that pay it.
    pub payers: f64,
}

section! {
    /// What enterprises pay.
    Tax = "tax" {
        /// Years with a ledger, up to the last one that is judged; those not judged are out of scope.
        years: u16 = 3, "years", Bounds::Of(1.0, 30.0);
        /// Median tax of an enterprise per mu it occupies and year.
        median_wan_per_mu: f64 = 32.0, "10,000 yuan/mu", Bounds::Of(0.001, 10_000.0);
        /// Standard deviation of its logarithm over the province.
        sigma: f64 = 1.3, "", Bounds::Of(0.0, 3.0);
        /// Share of the logarithm's variance that lies between districts.
        district_variance: f64 = 0.30, "ratio", SHARE;
        /// Share of it that lies between the blocks of a district.
        block_variance: f64 = 0.15, "ratio", SHARE;
        /// Share of enterprises and years that pay a tenth of what is usual.
        bad_year_share: f64 = 0.02, "ratio", SHARE;
        /// Share of enterprises and years with a refund of the first kind.
        refund_share: f64 = 0.01, "ratio", SHARE;
        /// Share of enterprises and years that pay the first kind in two instalments, a row each.
        instalment_share: f64 = 0.1, "ratio", SHARE;
        /// Kinds: name in the ledger, name in the canonical table, share of an enterprise's tax, share of the enterprises that
        /// pay it.
        kinds: Vec<Kind> = kinds(), "", Bounds::Words("canonical kinds, shares above 0, payers of 0 to 1");
    }
}

fn kinds() -> Vec<Kind> {
    const KINDS: [(&str, &str, f64, f64); 7] = [
        ("增值税", "vat", 0.55, 1.0),
        ("企业所得税", "income", 0.25, 0.8),
        ("城建税", "urban_construction", 0.04, 0.95),
        ("房产税", "property", 0.06, 0.6),
        ("城镇土地使用税", "land_use", 0.06, 0.6),
        ("印花税", "stamp", 0.02, 0.5),
        ("环境保护税", "environment", 0.02, 0.1),
    ];
    let kind = |(name, kind, share, payers): (&str, &str, f64, f64)| Kind {
        name: name.to_owned(),
        kind: kind.to_owned(),
        share,
        payers,
    };
    KINDS.map(kind).to_vec()
}

impl Tax {
    /// The standard deviation that is left to the single enterprise.
    #[must_use]
    pub fn enterprise_sigma(&self) -> f64 {
        self.sigma * libm::sqrt((1.0 - self.district_variance - self.block_variance).max(0.0))
    }

    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        let sum = self.district_variance + self.block_variance;
        if sum > 1.0 {
            return Err(refused::<Self>("district_variance + block_variance", "at most 1", &sum));
        }
        if self.kinds.is_empty() {
            return Err(refused::<Self>("kinds", "at least one", &"none"));
        }
        for kind in &self.kinds {
            if !TAX_KINDS.contains(&kind.kind.as_str()) {
                return Err(refused::<Self>("kinds.kind", format!("one of {}", TAX_KINDS.join(", ")), &kind.kind));
            }
            if kind.share.is_nan() || kind.share <= 0.0 {
                return Err(refused::<Self>("kinds.share", "above 0", &kind.share));
            }
            if !(0.0..=1.0).contains(&kind.payers) {
                return Err(refused::<Self>("kinds.payers", "0 to 1", &kind.payers));
            }
        }
        Ok(())
    }
}
