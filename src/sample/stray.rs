//! Tax that enterprises pay in a county where they hold nothing: it belongs to all their parcels.

use std::collections::BTreeSet;

use super::draw::Draw;
use super::parameters::Parameters;
use super::plan::{CountyPlan, MEETS_EVERY_KIND, VISITORS_MOST};

/// One enterprise's payment in the last year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stray {
    /// Index of its home county.
    pub home: usize,
    /// Its number there.
    pub serial: u32,
    /// What it pays: fen, of the first kind of tax, a whole number of yuan, which every ledger can write.
    pub fen: i64,
}

/// Chooses enterprises of every county, and another county for each to pay in.
pub fn plan(counties: &mut [CountyPlan], parameters: &Parameters) {
    let share = parameters.defects.stray_share;
    if share <= 0.0 || counties.len() < 2 {
        return;
    }
    for home in 0..counties.len() {
        let county = &counties[home];
        let mut draw = Draw::of(parameters.province.seed, "stray", county.county.number(), 0);
        // One in two parcels has an enterprise of its own, and more. The first ones visit other counties.
        let enterprises = (county.parcels / 2).saturating_sub(VISITORS_MOST as usize);
        let least = usize::from(home == 0 && parameters.province.parcels >= MEETS_EVERY_KIND);
        let wanted = ((share * county.parcels as f64 + draw.unit()).floor() as usize).max(least).min(enterprises / 4);
        let mut serials = BTreeSet::new();
        while serials.len() < wanted {
            serials.insert(VISITORS_MOST + draw.index(enterprises) as u32);
        }
        for serial in serials {
            let host = (home + 1 + draw.index(counties.len() - 1)) % counties.len();
            let wan = draw.lognormal(parameters.tax.median_wan_per_mu, parameters.tax.sigma).min(1e6);
            let stray = Stray { home, serial, fen: ((wan * 1e4).round() as i64).max(1) * 100 };
            counties[home].astray.push(stray);
            counties[host].strays.push(stray);
        }
    }
}
