//! Tables of the enterprises' summaries: by industry and division, and the industries themselves.

use super::declare::table;

table! {
    /// A county's share of the enterprises' summaries: integers only, so that counties add up. «Rated» are the enterprises
    /// for which numerator and denominator are complete, and the denominator above zero.
    enterprise_tally "企业汇总（分县）" [county_code, industry_code, period] {
        county_code: Text, "", "县区代码", "County";
        industry_code: Text, "", "行业大类", "Division of two digits, or unknown";
        period: Text, "", "期间", "Year";
        enterprises: Int64, "", "企业数", "Enterprises";
        ranked: Int64, "", "参评", "Of them ranked";
        not_judged: Int64, "", "未判定", "Of them not judged";
        excluded: Int64, "", "不参评", "Of them excluded";
        land_cm2: Int64, "cm²", "用地", "Land they occupy";
        grade_a: Int64, "", "A档企业数", "Graded A";
        grade_a_cm2: Int64, "cm²", "A档用地", "Their land";
        grade_b: Int64, "", "B档企业数", "Graded B";
        grade_b_cm2: Int64, "cm²", "B档用地", "Their land";
        grade_c: Int64, "", "C档企业数", "Graded C";
        grade_c_cm2: Int64, "cm²", "C档用地", "Their land";
        grade_d: Int64, "", "D档企业数", "Graded D";
        grade_d_cm2: Int64, "cm²", "D档用地", "Their land";
        grade_t: Int64, "", "单列企业数", "Apart";
        grade_t_cm2: Int64, "cm²", "单列用地", "Their land";
        tax_n: Int64, "", "企业数", "Rated by tax per land";
        tax_fen: Int64, "分", "税收", "Their tax";
        tax_land_cm2: Int64, "cm²", "用地", "Their land";
        revenue_n: Int64, "", "企业数", "Rated by revenue per land";
        revenue_fen: Int64, "分", "营业收入", "Their revenue";
        revenue_land_cm2: Int64, "cm²", "用地", "Their land";
        value_added_n: Int64, "", "企业数", "Rated by value added per land";
        value_added_fen: Int64, "分", "工业增加值", "Their value added";
        value_added_land_cm2: Int64, "cm²", "用地", "Their land";
        energy_n: Int64, "", "企业数", "Rated by value added per energy";
        energy_value_added_fen: Int64, "分", "工业增加值", "Their value added";
        energy_g: Int64, "克标煤", "综合能耗", "Their energy";
        emission_n: Int64, "", "企业数", "Rated by value added per emission";
        emission_value_added_fen: Int64, "分", "工业增加值", "Their value added";
        emission_g: Int64, "克", "污染物排放", "Their emissions";
        rd_n: Int64, "", "企业数", "Rated by R&D per revenue";
        rd_fen: Int64, "分", "研发费用", "Their R&D";
        rd_revenue_fen: Int64, "分", "营业收入", "Their revenue";
        staff_n: Int64, "", "企业数", "Rated by value added per person";
        staff_value_added_fen: Int64, "分", "工业增加值", "Their value added";
        staff: Int64, "人", "从业人员", "Their staff";
    }
}

table! {
    /// A value that stands behind medians and deciles: one a rated enterprise and measure.
    enterprise_spread "企业指标分布" [county_code, industry_code, period, measure] {
        county_code: Label, "", "县区代码", "County";
        industry_code: Label, "", "行业大类", "Division of two digits, or unknown";
        period: Label, "", "期间", "Year";
        measure: Label, "", "指标", "tax_wan_per_mu or value_added_wan_per_mu";
        above: Int64, "分", "分子", "Numerator";
        below: Int64, "cm²", "分母", "Denominator";
    }
}

table! {
    /// The enterprises of one industry in a county, city or the province, in one year that a policy set evaluates there. Sums
    /// are of counties: an enterprise that is known in several counties counts once in each. Rated are those for whom
    /// numerator and denominator are complete, and the denominator above zero; where fewer of them than the pipeline's
    /// `min_enterprises` stand behind an amount, or behind what the division above would leave over for it, it is
    /// withheld: null.
    industry_summary "行业汇总" [division_code, industry_code, period] {
        division_code: Text, "", "区划代码", "County, city or province";
        industry_code: Text, "", "行业大类", "Division of GB/T 4754-2017, as dim_industry.industry_division; unknown: the register tells none";
        period: Text, "", "期间", "Year";
        level: Text, "", "层级", "province, city or county";
        name: Text "?", "", "区划名称", "Name of the division";
        industry_name: Text "?", "", "行业名称", "Name of the industry";
        enterprises: Int64, "", "企业数", "Enterprises that occupy land there or that a ledger of the year names; once in each county. Those evaluated together are one, of its head's industry";
        evaluated: Int64, "", "评价企业数", "Of them evaluated: ranked + not_judged + excluded; the others fall into no group";
        ranked: Int64, "", "参评企业数", "Of them ranked";
        not_judged: Int64, "", "未判定企业数", "Of them not judged, since something is not known";
        excluded: Int64, "", "不参评企业数", "Of them excluded";
        land_mu: Double, "亩", "评价用地", "Land that they occupy, as far as it is known";
        grade_a: Int64, "", "A档企业数", "Graded A";
        grade_b: Int64, "", "B档企业数", "Graded B";
        grade_c: Int64, "", "C档企业数", "Graded C";
        grade_d: Int64, "", "D档企业数", "Graded D";
        grade_t: Int64, "", "单列企业数", "Apart (单列)";
        grade_a_mu: Double, "亩", "A档用地", "Land of those graded A";
        grade_b_mu: Double, "亩", "B档用地", "Land of those graded B";
        grade_c_mu: Double, "亩", "C档用地", "Land of those graded C";
        grade_d_mu: Double, "亩", "D档用地", "Land of those graded D";
        grade_t_mu: Double, "亩", "单列用地", "Land of those apart";
        tax_n: Int64, "", "税收样本数", "Enterprises rated by tax per mu";
        rated_tax_yuan: Decimal2 "?", "元", "税收", "Their counted tax: the numerator";
        tax_land_mu: Double "?", "亩", "税收对应用地", "Their land: the denominator";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "rated_tax_yuan per tax_land_mu";
        tax_wan_per_mu_p10: Double "?", "万元/亩", "亩均税收10%分位", "Nearest rank: the ⌈n/10⌉-th least of tax_n; null unless as many as an amount needs lie on either side, itself counted";
        tax_wan_per_mu_p20: Double "?", "万元/亩", "亩均税收20%分位", "Likewise";
        tax_wan_per_mu_p30: Double "?", "万元/亩", "亩均税收30%分位", "Likewise";
        tax_wan_per_mu_p40: Double "?", "万元/亩", "亩均税收40%分位", "Likewise";
        tax_wan_per_mu_p50: Double "?", "万元/亩", "亩均税收中位数", "Likewise: the median";
        tax_wan_per_mu_p60: Double "?", "万元/亩", "亩均税收60%分位", "Likewise";
        tax_wan_per_mu_p70: Double "?", "万元/亩", "亩均税收70%分位", "Likewise";
        tax_wan_per_mu_p80: Double "?", "万元/亩", "亩均税收80%分位", "Likewise";
        tax_wan_per_mu_p90: Double "?", "万元/亩", "亩均税收90%分位", "Likewise";
        revenue_n: Int64, "", "营业收入样本数", "Enterprises rated by revenue per mu";
        rated_revenue_yuan: Decimal2 "?", "元", "营业收入", "Their revenue: the numerator";
        revenue_land_mu: Double "?", "亩", "营业收入对应用地", "Their land: the denominator";
        revenue_wan_per_mu: Double "?", "万元/亩", "亩均营业收入", "rated_revenue_yuan per revenue_land_mu";
        value_added_n: Int64, "", "增加值样本数", "Enterprises rated by value added per mu";
        rated_value_added_yuan: Decimal2 "?", "元", "工业增加值", "Their value added: the numerator";
        value_added_land_mu: Double "?", "亩", "增加值对应用地", "Their land: the denominator";
        value_added_wan_per_mu: Double "?", "万元/亩", "亩均增加值", "rated_value_added_yuan per value_added_land_mu";
        value_added_wan_per_mu_p10: Double "?", "万元/亩", "亩均增加值10%分位", "Nearest rank: the ⌈n/10⌉-th least of value_added_n; null unless as many as an amount needs lie on either side, itself counted";
        value_added_wan_per_mu_p20: Double "?", "万元/亩", "亩均增加值20%分位", "Likewise";
        value_added_wan_per_mu_p30: Double "?", "万元/亩", "亩均增加值30%分位", "Likewise";
        value_added_wan_per_mu_p40: Double "?", "万元/亩", "亩均增加值40%分位", "Likewise";
        value_added_wan_per_mu_p50: Double "?", "万元/亩", "亩均增加值中位数", "Likewise: the median";
        value_added_wan_per_mu_p60: Double "?", "万元/亩", "亩均增加值60%分位", "Likewise";
        value_added_wan_per_mu_p70: Double "?", "万元/亩", "亩均增加值70%分位", "Likewise";
        value_added_wan_per_mu_p80: Double "?", "万元/亩", "亩均增加值80%分位", "Likewise";
        value_added_wan_per_mu_p90: Double "?", "万元/亩", "亩均增加值90%分位", "Likewise";
        energy_n: Int64, "", "能耗样本数", "Enterprises rated by value added per tce";
        energy_value_added_yuan: Decimal2 "?", "元", "能耗对应增加值", "Their value added: the numerator";
        rated_energy_tce: Double "?", "吨标煤", "综合能耗（等价值）", "Their energy: the denominator";
        value_added_wan_per_tce: Double "?", "万元/吨标煤", "单位能耗增加值", "energy_value_added_yuan per rated_energy_tce";
        emission_n: Int64, "", "排放样本数", "Enterprises rated by value added per tonne of emissions";
        emission_value_added_yuan: Decimal2 "?", "元", "排放对应增加值", "Their value added: the numerator";
        rated_emission_t: Double "?", "吨", "污染物排放", "Their emissions, weighted by the policy: the denominator";
        value_added_wan_per_emission_t: Double "?", "万元/吨", "单位排放增加值", "emission_value_added_yuan per rated_emission_t";
        rd_n: Int64, "", "研发样本数", "Enterprises rated by R&D per revenue";
        rated_rd_yuan: Decimal2 "?", "元", "研发费用", "Their R&D: the numerator";
        rd_revenue_yuan: Decimal2 "?", "元", "研发对应营业收入", "Their revenue: the denominator";
        rd_share: Double "?", "", "研发费用占比", "rated_rd_yuan per rd_revenue_yuan";
        staff_n: Int64, "", "从业人员样本数", "Enterprises rated by value added per person";
        staff_value_added_yuan: Decimal2 "?", "元", "从业人员对应增加值", "Their value added: the numerator";
        rated_staff: Int64 "?", "人", "从业人员", "Their staff: the denominator";
        value_added_wan_per_person: Double "?", "万元/人", "全员劳动生产率", "staff_value_added_yuan per rated_staff";
        is_suppressed: Bool, "", "是否隐去", "Whether an amount is withheld: its count is above zero, and it is null";
    }
}

table! {
    /// An industry: sections and divisions of GB/T 4754-2017's industry (B, C, D), and every code that the register delivers.
    dim_industry "行业" [industry_code] {
        industry_code: Text, "", "行业代码", "Code, as the register delivers it; unknown: of enterprises without a readable one";
        level: Text, "", "层级", "section, division, group, class (letter, 2, 3, 4 digits), or unknown";
        name: Text "?", "", "名称", "Name of sections and divisions; null: not known here";
        parent_code: Text "?", "", "上级代码", "Industry that it is a part of";
        section_code: Text "?", "", "门类", "Its section";
        industry_division: Text "?", "", "大类", "Its division, or unknown: joins industry_summary.industry_code; null of sections";
    }
}
