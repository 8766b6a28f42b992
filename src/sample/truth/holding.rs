//! Who holds how much land at the end of a year, in cm² (1e-4 m²).

use crate::sample::occupancy::{Occupancy, Register, cm2};

/// Occupants may hold so many hundredths of a parcel together: the demo policy's `[occupancy] max_sum`.
const MAX_SUM: i128 = 102;

/// The land of a parcel as the ledgers divide it.
#[derive(Debug, Clone, Copy)]
pub struct Land {
    /// Registered area; 0 above and below the ground.
    pub cm2: i64,
    /// Floor area, where known.
    pub floor_cm2: Option<i64>,
}

/// A member's land on a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Index of the parcel.
    pub parcel: usize,
    /// Index of the member.
    pub member: usize,
    /// Its land.
    pub cm2: i64,
}

/// All holdings at the end of a year, by parcel: what a row gives, less what rows that name it lessor take. Where that is
/// more than the parcel, it is scaled down to it: `exceeded` takes the parcel.
#[must_use]
pub fn holdings(register: &Register, land: &[Land], year: u16, mut exceeded: impl FnMut(usize)) -> Vec<Holding> {
    let mut all: Vec<Holding> = Vec::with_capacity(register.rows.len());
    // The list is ordered by parcel.
    for rows in register.rows.chunk_by(|a, b| a.parcel == b.parcel) {
        let rows: Vec<&Occupancy> = rows.iter().filter(|row| !row.is_lost && row.holds_in(year)).collect();
        let first = all.len();
        for row in &rows {
            let cm2 = given(row, land[row.parcel]);
            match all[first..].iter_mut().find(|holding| holding.member == row.member) {
                Some(holding) => holding.cm2 += cm2,
                None => all.push(Holding { parcel: row.parcel, member: row.member, cm2 }),
            }
        }
        for row in &rows {
            let lessor = all[first..].iter_mut().find(|holding| Some(holding.member) == row.lessor);
            if let Some(holding) = lessor {
                holding.cm2 -= given(row, land[row.parcel]);
            }
        }
        let has_land = rows.first().is_some_and(|row| land[row.parcel].cm2 > 0);
        let mut kept = all.split_off(first);
        kept.retain(|holding| !has_land || holding.cm2 != 0);
        let sum: i128 = kept.iter().map(|holding| i128::from(holding.cm2)).sum();
        if let Some(parcel) = kept.first().map(|holding| holding.parcel)
            && has_land
            && sum * 100 > i128::from(land[parcel].cm2) * MAX_SUM
        {
            kept.sort_by_key(|holding| register.members[holding.member].enterprise.uscc.as_str());
            let held: Vec<i64> = kept.iter().map(|holding| holding.cm2).collect();
            for (holding, cm2) in kept.iter_mut().zip(split(land[parcel].cm2, &held)) {
                holding.cm2 = cm2;
            }
            exceeded(parcel);
        }
        all.extend(kept);
    }
    all
}

/// Land that one row gives: floor is turned into land by the parcel's floor, rounded half up.
fn given(row: &Occupancy, land: Land) -> i64 {
    let Some(amount) = row.amount_m2.map(cm2) else { return land.cm2 };
    match land.floor_cm2 {
        Some(floor) if row.by_floor => {
            let (amount, land, floor) = (i128::from(amount), i128::from(land.cm2), i128::from(floor));
            ((2 * amount * land + floor) / (2 * floor)) as i64
        }
        _ if land.cm2 == 0 => 0,
        _ => amount,
    }
}

/// An amount cut in proportion to land: whole quotients of its size, then one more each for the greatest remainders,
/// the earlier one first; its sign is kept. Parcels are in the order of their codes. Without land, nothing falls.
#[must_use]
pub fn split(amount: i64, land: &[i64]) -> Vec<i64> {
    let whole: i128 = land.iter().map(|land| i128::from(*land)).sum();
    if whole == 0 {
        return Vec::new();
    }
    let size = i128::from(amount.unsigned_abs());
    let mut parts: Vec<i128> = land.iter().map(|land| size * i128::from(*land) / whole).collect();
    let mut order: Vec<usize> = (0..land.len()).collect();
    order.sort_by_key(|at| (std::cmp::Reverse(size * i128::from(land[*at]) % whole), *at));
    let left = size - parts.iter().sum::<i128>();
    for at in order.into_iter().take(left as usize) {
        parts[at] += 1;
    }
    parts.into_iter().map(|part| part as i64 * amount.signum()).collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn row(member: usize, lessor: Option<usize>, amount_m2: Option<f64>) -> Occupancy {
        Occupancy {
            parcel: 0,
            parcel_id: String::new(),
            member,
            lessor,
            by_floor: lessor.is_some(),
            amount_m2,
            from: NaiveDate::default(),
            to: None,
            is_lost: false,
        }
    }

    #[test]
    fn a_tenants_floor_is_taken_from_the_owners_land() {
        let register = Register { rows: vec![row(0, None, None), row(1, Some(0), Some(300.0))], ..Register::default() };
        let land = [Land { cm2: 10_000_000, floor_cm2: Some(9_000_000) }];
        let held: Vec<(usize, i64)> =
            holdings(&register, &land, 2024, |_| {}).iter().map(|holding| (holding.member, holding.cm2)).collect();
        assert_eq!(held, [(0, 6_666_667), (1, 3_333_333)]);
    }

    #[test]
    fn the_greatest_remainders_get_what_is_left() {
        assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(split(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(split(10, &[1, 2, 6]), [1, 2, 7]);
        assert_eq!(split(10, &[0, 0]), Vec::<i64>::new());
    }
}
