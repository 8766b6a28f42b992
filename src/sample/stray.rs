//! Tax that enterprises pay in a county where they hold nothing: it belongs to all their parcels.

use std::collections::BTreeSet;

use super::draw::Draw;
use super::parameters::Parameters;

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

/// Chooses enterprises of every county, and another county for each to pay in: its index stands before them. A county is
/// told by its number and how many parcels it has; the `first` enterprises of each visit other counties already.
#[must_use]
pub fn choose(counties: &[(u64, usize)], first: u32, parameters: &Parameters) -> Vec<(usize, Stray)> {
    let share = parameters.defects.stray_share;
    let mut chosen = Vec::new();
    if share <= 0.0 || counties.len() < 2 {
        return chosen;
    }
    for (home, (number, parcels)) in counties.iter().enumerate() {
        let mut draw = Draw::of(parameters.province.seed, "stray", *number, 0);
        // One in two parcels has an enterprise of its own, and more.
        let enterprises = (parcels / 2).saturating_sub(first as usize);
        let least = usize::from(home == 0 && parameters.province.meets_every_kind());
        let wanted = ((share * *parcels as f64 + draw.unit()).floor() as usize).max(least).min(enterprises / 4);
        let mut serials = BTreeSet::new();
        while serials.len() < wanted {
            serials.insert(first + draw.index(enterprises) as u32);
        }
        for serial in serials {
            let host = (home + 1 + draw.index(counties.len() - 1)) % counties.len();
            let wan = draw.lognormal(parameters.tax.median_wan_per_mu, parameters.tax.sigma).min(1e6);
            chosen.push((host, Stray { home, serial, fen: ((wan * 1e4).round() as i64).max(1) * 100 }));
        }
    }
    chosen
}
