//! The catalogue of what is known of a platform or micro-park in a period: the sums of the enterprises that belong to it.

use super::measure::ColumnKind::{Quantity, Quotient, Text};
use super::measure::{Catalogue, column};

/// What is known of a platform or micro-park. Amounts are as an enterprise's, added up.
pub static PLATFORM: Catalogue = Catalogue::of(&[
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
    column("tax_yuan", "税收", Quantity("yuan"), &["tax"]),
    column("tax_wan_per_mu", "亩均税收", Quotient("wan_yuan/mu"), &["tax"]),
    column("tax_wan_per_tce", "单位能耗税收", Quotient("wan_yuan/tce"), &["tax", "energy"]),
    column("tax_yuan_per_kwh", "单位用电税收", Quotient("yuan/kwh"), &["tax", "energy"]),
    column("revenue_yuan", "营业收入", Quantity("yuan"), &["output.revenue_yuan"]),
    column("revenue_wan_per_mu", "亩均营业收入", Quotient("wan_yuan/mu"), &["output.revenue_yuan"]),
    column("value_added_yuan", "工业增加值", Quantity("yuan"), &["output.value_added_yuan"]),
    column("value_added_wan_per_mu", "亩均增加值", Quotient("wan_yuan/mu"), &["output.value_added_yuan"]),
    column(
        "value_added_wan_per_person",
        "全员劳动生产率",
        Quotient("wan_yuan/person"),
        &["output.value_added_yuan", "output.staff"],
    ),
    column(
        "value_added_wan_per_tce",
        "单位能耗增加值",
        Quotient("wan_yuan/tce"),
        &["energy", "output.value_added_yuan"],
    ),
    column(
        "value_added_wan_per_emission_t",
        "单位排放增加值",
        Quotient("wan_yuan/t"),
        &["emission", "output.value_added_yuan"],
    ),
    column("rd_share", "研发费用占比", Quotient("ratio"), &["output.rd_yuan", "output.revenue_yuan"]),
    column("staff", "从业人员", Quantity("person"), &["output.staff"]),
    column("energy_tce_equivalent", "综合能耗（等价值）", Quantity("tce"), &["energy"]),
    column("safety_violations", "安全生产违法次数", Quantity("ratio"), &["violation"]),
    column("environment_violations", "环境违法次数", Quantity("ratio"), &["violation"]),
    column("tax_violations", "涉税违法次数", Quantity("ratio"), &["violation"]),
    column("wage_violations", "欠薪违法次数", Quantity("ratio"), &["violation"]),
]);
