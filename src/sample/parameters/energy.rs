//! What enterprises use.

use serde::{Deserialize, Serialize};

use super::section::{Bounds, check, refused, section};
use crate::sample::SampleError;

/// An energy carrier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// As ledgers write it.
    pub name: String,
    /// As the policy does.
    pub carrier: String,
    /// Unit of the ledgers, but for electricity, whose unit is a county's.
    pub unit: String,
    /// Median use per mu and year, in that unit; electricity in 10,000 kWh.
    pub median_per_mu: f64,
    /// Share of the enterprises that use it.
    pub users: f64,
}

section! {
    /// What enterprises use.
    Energy = "energy" {
        /// Years with a ledger, up to the last one that is judged.
        years: u16 = 3, "years", Bounds::Of(1.0, 30.0);
        /// Standard deviation of the logarithm of use per mu.
        sigma: f64 = 0.8, "", Bounds::Of(0.0, 3.0);
        /// Carriers: name in the ledger, name in the policy, unit (electricity: as the county writes it), median use per mu
        /// and year (electricity: 10,000 kWh), share of the enterprises that use it.
        carriers: Vec<Carrier> = carriers(), "", Bounds::Words("units kwh, m3, t, gj; medians above 0; users of 0 to 1");
    }
}

fn carriers() -> Vec<Carrier> {
    const CARRIERS: [(&str, &str, &str, f64, f64); 6] = [
        ("电力", "electricity", "kwh", 5.0, 1.0),
        ("天然气", "natural_gas", "m3", 1_800.0, 0.2),
        ("原煤", "raw_coal", "t", 6.0, 0.05),
        ("热力", "heat", "gj", 60.0, 0.1),
        ("柴油", "diesel", "t", 0.4, 0.1),
        ("汽油", "gasoline", "t", 0.2, 0.05),
    ];
    let carrier = |(name, carrier, unit, median_per_mu, users): (&str, &str, &str, f64, f64)| Carrier {
        name: name.to_owned(),
        carrier: carrier.to_owned(),
        unit: unit.to_owned(),
        median_per_mu,
        users,
    };
    CARRIERS.map(carrier).to_vec()
}

impl Energy {
    pub(super) fn check(&self) -> Result<(), SampleError> {
        check(self)?;
        for carrier in &self.carriers {
            if !["kwh", "m3", "t", "gj"].contains(&carrier.unit.as_str()) {
                return Err(refused::<Self>("carriers.unit", "one of kwh, m3, t, gj", &carrier.unit));
            }
            if (carrier.unit == "kwh") != (carrier.carrier == "electricity") {
                return Err(refused::<Self>(
                    "carriers.unit",
                    "kwh for electricity and for nothing else",
                    &carrier.unit,
                ));
            }
            if carrier.median_per_mu.is_nan() || carrier.median_per_mu <= 0.0 {
                return Err(refused::<Self>("carriers.median_per_mu", "above 0", &carrier.median_per_mu));
            }
            if !(0.0..=1.0).contains(&carrier.users) {
                return Err(refused::<Self>("carriers.users", "0 to 1", &carrier.users));
            }
        }
        Ok(())
    }
}
