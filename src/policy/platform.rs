//! The catalogue of what is known of a platform or micro-park in a period: the sums of the enterprises that belong to it.

use super::enterprise::AMOUNTS;
use super::measure::ColumnKind::{Quantity, Quotient, Text};
use super::measure::{Catalogue, column};

/// What is known of a platform or micro-park. Amounts are as an enterprise's, added up.
pub static PLATFORM: Catalogue = Catalogue::of(&[
    &[
        // The county that delivers it; it may reach into others.
        column("county_code", "县区代码", Text, &[]),
        column("city_code", "市代码", Text, &[]),
        column("platform_id", "产业平台", Text, &["zone"]),
        // platform or micro_park.
        column("kind", "平台类别", Text, &["zone"]),
        column("class", "平台分类", Text, &["zone"]),
        column("enterprises", "企业数", Quantity("ratio"), &["occupancy"]),
        column("land_mu", "评价用地面积", Quantity("mu"), &["occupancy"]),
        // Of its enterprises, those graded A, and the land of those graded D.
        column("grade_a_share", "A档企业占比", Quotient("ratio"), &[]),
        column("grade_d_land_share", "D档用地占比", Quotient("ratio"), &[]),
    ],
    AMOUNTS,
]);
