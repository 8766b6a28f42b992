//! Exchange: what ledgers tell of enterprises in counties where they occupy nothing goes where their land is.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::order::{sorted, take, value};
use super::sums::Sums;
use crate::domain::Map;
use crate::table::{enterprise_sum, occupant};

/// An enterprise and a period.
type Key<'a> = (&'a str, &'a str);

/// The strays among a county's `enterprise_sum`.
///
/// # Errors
/// When the batch is no such table.
pub fn only_strays(sums: &RecordBatch) -> Result<RecordBatch, StageError> {
    let is_stray = enterprise_sum::View::of(sums)?.is_stray;
    let rows: Vec<usize> = (0..sums.num_rows()).filter(|row| is_stray.value(*row)).collect();
    take(sums, &rows)
}

/// The enterprises of some `enterprise_sum`.
///
/// # Errors
/// When a batch is no such table.
pub fn enterprises(sums: &[RecordBatch]) -> Result<BTreeSet<String>, StageError> {
    let mut enterprises = BTreeSet::new();
    for batch in sums {
        enterprises.extend(enterprise_sum::View::of(batch)?.uscc.iter().flatten().map(str::to_owned));
    }
    Ok(enterprises)
}

/// `enterprise_sum` of strays, by the county in which the enterprise occupies land, given the occupants of all counties (at
/// least those of the strays' enterprises): split by occupied land where that lies in several, and left
/// in the ledgers' county where it lies in none.
///
/// # Errors
/// When a batch is no such table.
pub fn strays(strays: &[RecordBatch], occupants: &[RecordBatch]) -> Result<Vec<(String, RecordBatch)>, StageError> {
    let mut lands: Map<Key<'_>, BTreeMap<&str, Option<i64>>> = Map::default();
    for batch in occupants {
        let rows = occupant::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let counties = lands.entry((rows.uscc.value(row), rows.period.value(row))).or_default();
            let land = counties.entry(rows.county_code.value(row)).or_insert(Some(0));
            *land = land.zip(value(rows.occupied_cm2, row)).map(|(land, more)| land + more);
        }
    }
    let mut moved: BTreeMap<&str, Map<Key<'_>, Sums>> = BTreeMap::new();
    for batch in strays {
        let rows = enterprise_sum::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let key = (rows.uscc.value(row), rows.period.value(row));
            let home = BTreeMap::from([(rows.county_code.value(row), Some(1))]);
            let counties = lands.get(&key).unwrap_or(&home);
            for (county, part) in counties.keys().zip(Sums::at(&rows, row).split(&weights(counties))) {
                moved.entry(county).or_default().entry(key).or_default().join(&part);
            }
        }
    }
    let rows = |(county, sums): (&str, Map<Key<'_>, Sums>)| {
        let mut out = enterprise_sum::Builder::default();
        for ((uscc, period), sums) in &sums {
            sums.append(&mut out, (uscc, county, period), false);
        }
        Ok((county.to_owned(), sorted(&out.finish()?, enterprise_sum::TABLE.key)?))
    };
    moved.into_iter().map(rows).collect()
}

/// By what land amounts are split over counties; a single one needs none, and of several all must be known.
fn weights(counties: &BTreeMap<&str, Option<i64>>) -> Vec<Option<i64>> {
    match counties.len() {
        1 => vec![Some(1)],
        _ => counties.values().copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sums::Measure;
    use super::*;

    const FIRM: &str = "91330106MAH9QPYM2R";

    /// 100 fen of tax, told in 330110 and 330111, of an enterprise with such land.
    fn moved(lands: &[(&str, Option<i64>)]) -> Vec<(String, Option<i64>, i32)> {
        let mut sums = enterprise_sum::Builder::default();
        for county in ["330110", "330111"] {
            let mut paid = Sums::default();
            paid.add(Measure::Tax, Some(50));
            paid.append(&mut sums, (FIRM, county, "2024"), true);
        }
        let mut occupants = occupant::Builder::default();
        for (county, land) in lands {
            occupants.parcel_id.append_value(format!("{county}001001GB00001"));
            occupants.uscc.append_value(FIRM);
            occupants.period.append_value("2024");
            occupants.county_code.append_value(county);
            occupants.occupied_cm2.append_option(*land);
            occupants.land_cm2.append_value(1);
            occupants.delivered.append_option(None);
        }
        let told = |(county, batch): (String, RecordBatch)| {
            let rows = enterprise_sum::View::of(&batch).unwrap();
            (county, value(rows.tax_fen, 0), rows.open.value(0))
        };
        let moved = strays(&[sums.finish().unwrap()], &[occupants.finish().unwrap()]).unwrap();
        moved.into_iter().map(told).collect()
    }

    #[test]
    fn amounts_follow_the_land() {
        let county = |code: &str| code.to_owned();
        // Two rows of 50 by 1 : 2 are twice 17 and 33: 16.67 and 33.33 by largest remainder.
        let split = [("330106", Some(1)), ("330108", Some(2))];
        assert_eq!(moved(&split), [(county("330106"), Some(34), 0), (county("330108"), Some(66), 0)]);
        // Of one county's land nothing need be known; of several's all must be: both know that something came.
        assert_eq!(moved(&[("330106", None)]), [(county("330106"), Some(100), 0)]);
        let unknown = [("330106", Some(1)), ("330108", None)];
        assert_eq!(moved(&unknown), [(county("330106"), None, 1), (county("330108"), None, 1)]);
        // Who occupies nothing anywhere stays where it is named.
        assert_eq!(moved(&[]), [(county("330110"), Some(50), 0), (county("330111"), Some(50), 0)]);
    }
}
