//! How large blocks are, and districts that have room for them.

use std::collections::BTreeSet;

use super::{Due, Hang};
use crate::sample::cells::{Cell, Cells};
use crate::sample::draw::Draw;
use crate::sample::parameters::Parameters;
use crate::sample::plan::{DistrictPlan, GAP_M, LARGEST};

/// The largest block is due where the province has so many times its parcels.
const TIMES_MOST: u64 = 40;
/// A block of a larger part of a mean district gets a district of its own, which has so many lots for each member.
const LARGE: f64 = 0.35;
const LOTS: f64 = 1.25;

/// The blocks that are due in a county of so many parcels; one of them may have to have the largest one.
#[must_use]
pub fn due(parameters: &Parameters, parcels: usize, has_most: bool, draw: &mut Draw) -> Vec<Due> {
    let section = &parameters.blocks;
    if section.share <= 0.0 {
        return Vec::new();
    }
    let mut due = Vec::new();
    if has_most && parameters.province.parcels >= TIMES_MOST * section.most {
        due.push(Due { members: section.most as usize, hang: Hang::Whole });
    }
    let wanted = section.share * parcels as f64;
    let mut sum = due.iter().map(|due| due.members as f64).sum::<f64>();
    loop {
        let members = section.least as f64 * libm::pow(1.0 - draw.unit(), -1.0 / section.tail);
        let members = members.floor().min(section.most as f64);
        let hang = match draw.chance(section.chain_share) && members >= 3.0 {
            true if draw.chance(section.broken_share) => Hang::Broken,
            true => Hang::Chain,
            false => Hang::Whole,
        };
        if sum + members / 2.0 > wanted {
            return due;
        }
        sum += members;
        due.push(Due { members: members as usize, hang });
    }
}

/// The districts of the blocks that are too large for a usual one, each on a square of free cells, and the blocks that
/// are left. `parcels` are the county's, `mean` those of a mean district, whose radius is `radius_m`.
pub fn large(
    due: Vec<Due>,
    spots: &mut Vec<Cell>,
    cells: &Cells,
    (parcels, mean, radius_m): (usize, f64, f64),
) -> (Vec<DistrictPlan>, Vec<Due>) {
    let (mut large, mut small) = (Vec::new(), Vec::new());
    let mut left = parcels;
    for due in due {
        if (due.members as f64) <= LARGE * mean {
            small.push(due);
            continue;
        }
        let lots = ((due.members as f64 * LOTS).ceil() as usize + 8).max((0.6 * mean) as usize);
        let side = ((lots as f64 / (LARGEST * mean)).sqrt().ceil() as i32).max(1);
        // Without room the block is left out.
        if lots + mean as usize > left {
            continue;
        }
        if (side * side) as usize + ((left - lots) as f64 / mean).ceil() as usize > spots.len() {
            continue;
        }
        let Some(corner) = take_square(spots, side) else { continue };
        left -= lots;
        let half = f64::from(side) / 2.0;
        large.push(DistrictPlan {
            centre: cells.point(corner, half, half),
            radius_m: f64::from(side) * (radius_m + GAP_M / 2.0) - GAP_M / 2.0,
            parcels: lots,
            due: vec![due],
            is_large: true,
            ..DistrictPlan::default()
        });
    }
    (large, small)
}

/// Takes a square of free cells, so many each way, and gives its lowest one. The first spot stays.
fn take_square(spots: &mut Vec<Cell>, side: i32) -> Option<Cell> {
    let free: BTreeSet<Cell> = spots.iter().skip(1).copied().collect();
    let square = |(x, y): Cell| (0..side).flat_map(move |dx| (0..side).map(move |dy| (x + dx, y + dy)));
    let corner = spots.iter().skip(1).copied().find(|cell| square(*cell).all(|cell| free.contains(&cell)))?;
    let taken: BTreeSet<Cell> = square(corner).collect();
    spots.retain(|cell| !taken.contains(cell));
    Some(corner)
}

/// Gives each district the blocks that it has room for, beside their neighbours.
pub fn spread(due: Vec<Due>, districts: &mut [DistrictPlan], draw: &mut Draw) {
    const TRIES: usize = 8;
    for due in due {
        for _ in 0..TRIES {
            let district = &mut districts[draw.index(districts.len())];
            let taken: usize = district.due.iter().map(|due| 3 * due.members).sum();
            if taken + 2 * due.members <= district.parcels {
                district.due.push(due);
                break;
            }
        }
    }
}
