//! The catalogue of what is known of an enterprise in a county and a period: what evaluations are made of.

use super::measure::ColumnKind::{Bool, Quantity, Quotient, Text};
use super::measure::{Catalogue, Column, column};

/// Whether a row of the register was refused that may be about the enterprise.
pub const REGISTER_LOST: &str = "is_register_lost";

/// Amounts of the evaluated land and of the set's kinds of tax: an enterprise's, or a platform's enterprises' added up.
pub(super) const AMOUNTS: &[Column] = &[
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
    // 等价值.
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
    // Serious ones, dated within the period.
    column("safety_violations", "安全生产违法次数", Quantity("ratio"), &["violation"]),
    column("environment_violations", "环境违法次数", Quantity("ratio"), &["violation"]),
    column("tax_violations", "涉税违法次数", Quantity("ratio"), &["violation"]),
    column("wage_violations", "欠薪违法次数", Quantity("ratio"), &["violation"]),
];

/// What is known of an enterprise.
pub static ENTERPRISE: Catalogue = Catalogue::of(&[
    &[
        column("county_code", "县区代码", Text, &[]),
        column("city_code", "市代码", Text, &[]),
        column("industry_code", "行业代码", Text, &[]),
        column("industry_division", "行业大类", Text, &[]),
        column("platform_id", "产业平台", Text, &["zone"]),
        column("is_above_scale", "是否规上", Bool, &["enterprise_scale"]),
        column("is_micro_park", "是否小微企业园内", Bool, &["zone"]),
        column("is_under_construction", "是否在建设期", Bool, &["project"]),
        column("is_high_tech", "是否高新技术企业", Bool, &["tag"]),
        column("is_specialised", "是否专精特新企业", Bool, &["tag"]),
        column("is_key", "是否重点企业", Bool, &["tag"]),
        column(REGISTER_LOST, "登记行是否被退回", Bool, &[]),
        // Land of its own, whatever it leases besides.
        column("owns_land", "是否有自有用地", Bool, &[]),
        // Owned + leased in − leased out, without plots in their construction period.
        column("land_mu", "评价用地面积", Quantity("mu"), &[]),
        // Whole years at the period's end.
        column("years_in_production", "投产年数", Quantity("ratio"), &[]),
        // Enterprises that lease from it.
        column("tenants", "承租企业数", Quantity("ratio"), &[]),
        // Of the obligations due by the period's end.
        column("obligations_met_share", "履约率", Quotient("ratio"), &["project"]),
        column("obligations_missed", "未履约项数", Quantity("ratio"), &["project"]),
    ],
    AMOUNTS,
]);
