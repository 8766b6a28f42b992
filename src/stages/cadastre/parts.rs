//! How a county is cut into parts: along the quadrants of the fixed grid, which are ranges of the Hilbert index.

use std::ops::Range;

use crate::geometry::hilbert;

/// Deepest quadrant: one cell of the grid.
const MAX_DEPTH: u32 = 16;

/// The parts of a county whose rows have these Hilbert indexes, ascending: name and range of rows.
/// A county within `max_rows`, or with land outside the grid, is one part.
pub fn cut(county: &str, indexes: &[u32], has_land_outside: bool, max_rows: usize) -> Vec<(String, Range<usize>)> {
    let mut parts = Vec::new();
    if indexes.len() <= max_rows || has_land_outside {
        parts.push((county.to_owned(), 0..indexes.len()));
    } else {
        quarter(county, indexes, 0..indexes.len(), 1, max_rows, &mut parts);
    }
    parts
}

fn quarter(
    county: &str,
    indexes: &[u32],
    rows: Range<usize>,
    depth: u32,
    max_rows: usize,
    parts: &mut Vec<(String, Range<usize>)>,
) {
    let mut start = rows.start;
    while start < rows.end {
        let path = hilbert::path(indexes[start], depth);
        let shift = 2 * (MAX_DEPTH - depth);
        let length = indexes[start..rows.end].partition_point(|index| index >> shift == indexes[start] >> shift);
        if length <= max_rows || depth == MAX_DEPTH {
            parts.push((format!("{county}-{path}"), start..start + length));
        } else {
            quarter(county, indexes, start..start + length, depth + 1, max_rows, parts);
        }
        start += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_all_rows_in_order_and_keep_the_bound() {
        let mut indexes: Vec<u32> = (0..5_000_u32).map(|n| n.wrapping_mul(2_654_435_761)).collect();
        indexes.sort_unstable();
        let parts = cut("330106", &indexes, false, 100);
        assert_eq!(parts.first().map(|(_, rows)| rows.start), Some(0));
        assert_eq!(parts.last().map(|(_, rows)| rows.end), Some(indexes.len()));
        assert!(parts.windows(2).all(|pair| pair[0].1.end == pair[1].1.start && pair[0].0 < pair[1].0));
        assert!(parts.iter().all(|(_, rows)| rows.len() <= 100));
    }

    #[test]
    fn a_county_with_land_outside_the_grid_is_not_cut() {
        assert_eq!(cut("330106", &[1; 500], true, 10).len(), 1);
        assert_eq!(cut("330106", &[1; 5], false, 10), [("330106".to_owned(), 0..5)]);
    }

    #[test]
    fn many_parcels_in_one_cell_stay_together() {
        assert_eq!(cut("330106", &[7; 500], false, 10).len(), 1);
    }
}
