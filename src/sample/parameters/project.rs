//! What enterprises promised of their plots.

use super::section::{Bounds, SHARE, section};

section! {
    /// Obligations of plots (标准地) and what became of them; at least one plot of a county, which is being built on.
    Project = "project" {
        /// Share of the owned plots with a project; 0: there is no such ledger.
        share: f64 = 0.03, "ratio", SHARE;
        /// Share of the projects that are built in the years judged; of the others completion was due before their end.
        building_share: f64 = 0.4, "ratio", SHARE;
        /// Of these, the most days between the last year and the day of completion; less than `completion_months`.
        ahead_days: u32 = 540, "days", Bounds::Of(1.0, 3600.0);
        /// Of the others, the most days between the day of completion and the end of the last year.
        past_days: u32 = 1600, "days", Bounds::Of(1.0, 3600.0);
        /// Months from the grant to the day of starting.
        start_months: u32 = 6, "months", Bounds::Of(0.0, 120.0);
        /// Months from the grant to the day of completion, of investment and of floor area.
        completion_months: u32 = 30, "months", Bounds::Of(0.0, 120.0);
        /// Months from the grant to the day of full production.
        production_months: u32 = 42, "months", Bounds::Of(0.0, 120.0);
        /// Months from the grant to the day of tax, output and energy.
        yield_months: u32 = 54, "months", Bounds::Of(0.0, 120.0);
        /// Share of the projects whose day of the grant is told.
        granted_share: f64 = 0.8, "ratio", SHARE;
        /// Share of the obligations of which nothing is told.
        unknown_share: f64 = 0.05, "ratio", SHARE;
        /// Share of the others that are met late, or not yet where the delivery is before that.
        late_share: f64 = 0.15, "ratio", SHARE;
        /// Share of those met in time whose day is told; of the others, that they are met.
        dated_share: f64 = 0.8, "ratio", SHARE;
        /// The most days between the day on which one is due and that on which it is met.
        apart_days: u32 = 300, "days", Bounds::Of(1.0, 3600.0);
    }
}

impl Project {
    /// Months from the grant to the day on which an obligation is due.
    #[must_use]
    pub fn months(&self, obligation: &str) -> u32 {
        match obligation {
            "start" => self.start_months,
            "completion" | "investment" | "floor_area" => self.completion_months,
            "production" => self.production_months,
            _ => self.yield_months,
        }
    }
}
