//! What enterprises make.

use super::section::{Bounds, SHARE, section};

section! {
    /// What enterprises make: revenue, value added, R&D and staff.
    Output = "output" {
        /// Years with a ledger, up to the last one that is judged.
        years: u16 = 3, "years", Bounds::Of(1.0, 30.0);
        /// Share of the enterprises that report; 0: there is no such ledger.
        reporting_share: f64 = 0.9, "ratio", SHARE;
        /// Median revenue of an enterprise per mu it occupies and year.
        median_wan_per_mu: f64 = 550.0, "10,000 yuan/mu", Bounds::Of(0.001, 100_000.0);
        /// The power of an enterprise's tax per mu, over the median, that its revenue follows; 0: none.
        tax_power: f64 = 0.7, "", Bounds::Of(0.0, 2.0);
        /// Standard deviation of the logarithm of revenue per mu beside that.
        sigma: f64 = 0.5, "", Bounds::Of(0.0, 3.0);
        /// Value added as a share of revenue, on average.
        value_added_share: f64 = 0.22, "ratio", SHARE;
        /// Standard deviation of that share.
        value_added_spread: f64 = 0.08, "ratio", SHARE;
        /// Share of enterprises and years whose value added is negative.
        loss_share: f64 = 0.04, "ratio", SHARE;
        /// R&D as a share of revenue, on average.
        rd_share: f64 = 0.025, "ratio", SHARE;
        /// Revenue per head of staff.
        revenue_wan_per_head: f64 = 120.0, "10,000 yuan", Bounds::Of(0.1, 100_000.0);
        /// Share of the cells that are empty: missing, not zero. A year of which a quarter is missing is incomplete.
        empty_share: f64 = 0.01, "ratio", SHARE;
    }
}

impl Output {
    /// Whether there is such a ledger.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        self.reporting_share > 0.0
    }
}
