//! What plans, platforms and parks lie over the districts.

use super::section::{Bounds, SHARE, section};

section! {
    /// Zones over the districts: uses of the plan, control lines, urban boundaries, farmland, platforms, micro-parks and
    /// barriers. Most are bounded by straight lines along and across a district's lanes, each of which cuts a lot. A
    /// district over a border has them of its host county alone.
    Zones = "zones" {
        /// Share of the districts with zones, of a county's at least one; 0: none are delivered.
        share: f64 = 1.0, "ratio", SHARE;
        /// Where a line cuts the lot that it is drawn through, as parts of the lot's width or depth: the ends leave slivers.
        cuts: Vec<f64> = vec![0.02, 0.2, 0.4, 0.6, 0.8, 0.98], "ratio", Bounds::Of(0.0, 1.0);
        /// How far the plan reaches beyond the lots.
        margin_m: f64 = 15.0, "m", Bounds::Of(1.0, 40.0);
        /// Points on each side of a zone besides its corners; barriers and parks have none.
        points: u64 = 2, "points", Bounds::Of(0.0, 1_000.0);
        /// Uses of the plan side by side in a district.
        plan_columns: u64 = 2, "zones", Bounds::Of(1.0, 50.0);
        /// Rows of them.
        plan_rows: u64 = 2, "zones", Bounds::Of(1.0, 50.0);
        /// Share of these districts with a control line.
        control_line_share: f64 = 0.8, "ratio", SHARE;
        /// Share of the control lines that leave out a piece in their middle.
        hole_share: f64 = 0.5, "ratio", SHARE;
        /// Share of these districts with an urban boundary.
        urban_boundary_share: f64 = 0.8, "ratio", SHARE;
        /// Share of the urban boundaries that were drawn anew two years before the last one that is judged, and will be
        /// after it.
        version_share: f64 = 0.5, "ratio", SHARE;
        /// Share of these districts with farmland along their edge.
        farmland_share: f64 = 0.5, "ratio", SHARE;
        /// Share of these districts with a platform.
        platform_share: f64 = 0.6, "ratio", SHARE;
        /// Share of the platforms that another one of a higher or lower class overlaps.
        overlap_share: f64 = 0.3, "ratio", SHARE;
        /// Micro-parks in a district, inside its platform if it has one.
        micro_parks: u64 = 2, "zones", Bounds::Of(0.0, 50.0);
        /// Share of these districts with a barrier across.
        barrier_share: f64 = 0.4, "ratio", SHARE;
        /// Share of the zones with a defect of each kind.
        defect_share: f64 = 0.01, "ratio", Bounds::Of(0.0, 0.05);
        /// Width of a barrier.
        barrier_m: f64 = 8.0, "m", Bounds::Of(1.0, 100.0);
    }
}

impl Zones {
    /// Whether any are delivered.
    #[must_use]
    pub fn are_delivered(&self) -> bool {
        self.share > 0.0
    }
}
