//! What is added up of the enterprises of one cell: a division, an industry and a period.

use crate::domain::SquareMetres;

/// The columns of `enterprise_tally` after its key, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell(pub [i64; Cell::SUMS]);

/// The enterprises for which a measure's numerator and denominator are complete, and the denominator above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rated {
    /// How many.
    pub n: i64,
    /// Their numerators.
    pub above: i64,
    /// Their denominators.
    pub below: i64,
}

/// Grades, as published.
pub(super) const GRADES: [&str; 5] = ["A", "B", "C", "D", "T"];
/// How many measures enterprises are rated by.
pub(super) const MEASURES: usize = 7;

/// Measures by their places in a cell.
pub(super) mod measure {
    pub const TAX: usize = 0;
    pub const REVENUE: usize = 1;
    pub const VALUE_ADDED: usize = 2;
    pub const ENERGY: usize = 3;
    pub const EMISSION: usize = 4;
    pub const RD: usize = 5;
    pub const STAFF: usize = 6;
}

/// The measures whose medians and deciles are told.
pub(super) const SPREAD: [(usize, &str); 2] =
    [(measure::TAX, "tax_wan_per_mu"), (measure::VALUE_ADDED, "value_added_wan_per_mu")];

impl Cell {
    /// How many sums there are.
    pub const SUMS: usize = Self::RATED + 3 * MEASURES;
    /// Enterprises.
    pub const ENTERPRISES: usize = 0;
    /// Of them ranked.
    pub const RANKED: usize = 1;
    /// Of them not judged.
    pub const NOT_JUDGED: usize = 2;
    /// Of them excluded.
    pub const EXCLUDED: usize = 3;
    /// Their land.
    pub const LAND: usize = 4;
    const GRADES: usize = 5;
    const RATED: usize = Self::GRADES + 2 * GRADES.len();

    /// Nothing.
    pub const EMPTY: Self = Self([0; Self::SUMS]);

    /// Counts an enterprise of a grade with its land.
    pub fn grade(&mut self, grade: &str, land: i64) {
        if let Some(at) = GRADES.iter().position(|one| *one == grade) {
            self.0[Self::GRADES + 2 * at] += 1;
            self.0[Self::GRADES + 2 * at + 1] += land;
        }
    }

    /// Counts an enterprise by a measure.
    pub fn rate(&mut self, measure: usize, (above, below): (i64, i64)) {
        let at = Self::RATED + 3 * measure;
        for (slot, term) in [1, above, below].into_iter().enumerate() {
            self.0[at + slot] += term;
        }
    }

    /// Those rated by a measure.
    pub fn rated(&self, measure: usize) -> Rated {
        let at = Self::RATED + 3 * measure;
        Rated { n: self.0[at], above: self.0[at + 1], below: self.0[at + 2] }
    }

    /// Those that are evaluated.
    pub const fn evaluated(&self) -> i64 {
        self.0[Self::RANKED] + self.0[Self::NOT_JUDGED] + self.0[Self::EXCLUDED]
    }

    /// Those of each grade and their land.
    pub fn grades(&self) -> [(i64, SquareMetres); GRADES.len()] {
        std::array::from_fn(|at| {
            let at = Self::GRADES + 2 * at;
            (self.0[at], SquareMetres::from_cm2(self.0[at + 1]))
        })
    }
}
