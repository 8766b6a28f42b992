//! The order in which parcels are stored: a Hilbert curve of order 16 over one fixed grid,
//! lon 117–124, lat 26–33, whose quadrants also cut counties into parts.

/// Order of the curve: 2^16 cells a side, so an index fills 32 bits.
pub const ORDER: u32 = 16;
const MIN_LON: f64 = 117.0;
const MIN_LAT: f64 = 26.0;
const SIDE: f64 = 7.0;

/// Whether the point lies in the fixed grid (lower edges included, upper ones not).
#[must_use]
pub fn contains(lon: f64, lat: f64) -> bool {
    (MIN_LON..MIN_LON + SIDE).contains(&lon) && (MIN_LAT..MIN_LAT + SIDE).contains(&lat)
}

/// Hilbert index of the cell of a point in degrees; points outside are clamped to the grid.
#[must_use]
pub fn index(lon: f64, lat: f64) -> u32 {
    let (mut x, mut y) = (cell(lon - MIN_LON), cell(lat - MIN_LAT));
    let mut index = 0;
    for level in (0..ORDER).rev() {
        let (right, upper) = ((x >> level) & 1, (y >> level) & 1);
        index = index << 2 | (3 * right) ^ upper;
        // Turn the quadrant so that the curve inside it starts at its lower left.
        if upper == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
    }
    index
}

/// The quadrant of depth `depth` (at most [`ORDER`]) that holds `index`: its first `depth` base-4 digits.
/// A quadrant is a contiguous range of indexes, and paths of one depth sort as their indexes do.
#[must_use]
pub fn path(index: u32, depth: u32) -> String {
    (1..=depth.min(ORDER)).map(|level| char::from(b'0' + ((index >> (2 * (ORDER - level))) & 3) as u8)).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 16 bits")]
fn cell(offset: f64) -> u32 {
    (offset / SIDE * 65_536.0).floor().clamp(0.0, 65_535.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Centre of cell (x, y) of a 2^depth grid.
    fn at(x: u32, y: u32, depth: u32) -> (f64, f64) {
        let step = SIDE / f64::from(1 << depth);
        (MIN_LON + (f64::from(x) + 0.5) * step, MIN_LAT + (f64::from(y) + 0.5) * step)
    }

    #[test]
    fn the_curve_visits_every_cell_once_and_steps_to_a_neighbour() {
        const DEPTH: u32 = 5;
        let mut cells = Vec::new();
        for x in 0..1 << DEPTH {
            for y in 0..1 << DEPTH {
                let (lon, lat) = at(x, y, DEPTH);
                cells.push((index(lon, lat) >> (2 * (ORDER - DEPTH)), x, y));
            }
        }
        cells.sort_unstable();
        for (expected, cell) in (0..).zip(&cells) {
            assert_eq!(cell.0, expected);
        }
        for pair in cells.windows(2) {
            assert_eq!(pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2), 1);
        }
    }

    #[test]
    fn the_curve_runs_from_south_west_to_south_east() {
        assert_eq!(index(117.0, 26.0), 0);
        assert_eq!(index(123.999_999_9, 26.0), u32::MAX);
        assert_eq!(index(0.0, 0.0), index(117.0, 26.0));
        assert_eq!(index(200.0, 90.0), index(123.999_999_9, 32.999_999_9));
    }

    #[test]
    fn paths_are_prefixes_and_sort_as_indexes() {
        let hangzhou = index(120.15, 30.28);
        let mut previous = String::new();
        for depth in 0..=ORDER {
            let path = path(hangzhou, depth);
            assert_eq!(path.len(), depth as usize);
            assert!(path.starts_with(&previous));
            previous = path;
        }
        let digits = previous.chars().fold(0, |value, digit| value * 4 + digit.to_digit(4).unwrap());
        assert_eq!(digits, hangzhou);
    }

    #[test]
    fn the_grid_is_half_open() {
        assert!(contains(117.0, 26.0) && contains(120.0, 30.0));
        assert!(
            !contains(124.0, 30.0) && !contains(120.0, 33.0) && !contains(116.999, 30.0) && !contains(f64::NAN, 30.0)
        );
    }
}
