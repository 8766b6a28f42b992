//! Tables that the scene reads first: cards, summaries by division, and the divisions themselves.

use super::declare::table;

table! {
    /// One row a parcel: its state in the latest judged period.
    parcel_card "宗地卡片" [parcel_id] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        period: Label, "", "期间", "Latest judged period";
        province_code: Label, "", "省代码", "Province";
        province_name: Label "?", "", "省", "Province";
        city_code: Label, "", "市代码", "City";
        city_name: Label "?", "", "市", "City";
        county_code: Label, "", "县区代码", "County";
        county_name: Label "?", "", "县区", "County";
        lon: Double, "°", "经度", "Interior point's longitude";
        lat: Double, "°", "纬度", "Interior point's latitude";
        is_industrial: Bool, "", "是否工业用地", "Whether the policy counts its use as industrial";
        land_basis: Label, "", "面积口径", "registered, ellipsoidal or occupied";
        land_mu: Double, "亩", "用地面积", "Land on the set's basis: the denominator";
        area_mu: Double, "亩", "椭球面积", "Ellipsoidal area";
        enterprises: Int32, "", "企业数", "Occupants";
        main_uscc: Text "?", "", "主要企业", "Most land, then most tax, then id";
        tax_yuan: Decimal2 "?", "元", "税收", "Counted tax: the numerator";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "Counted tax per mu";
        energy_tce_equivalent: Double "?", "吨标煤", "能耗（等价值）", "Energy: the numerator";
        energy_completeness: Label, "", "能耗完整性", "complete, lower_bound or none";
        energy_tce_per_mu: Double "?", "吨标煤/亩", "亩均能耗", "Energy per mu";
        revenue_yuan: Decimal2 "?", "元", "营业收入", "Revenue: the numerator";
        revenue_completeness: Label, "", "营业收入完整性", "complete, lower_bound or none";
        revenue_wan_per_mu: Double "?", "万元/亩", "亩均营业收入", "Revenue per mu";
        value_added_yuan: Decimal2 "?", "元", "工业增加值", "Industrial value added: the numerator";
        value_added_completeness: Label, "", "工业增加值完整性", "complete, lower_bound (a part is known; what is missing may be negative) or none";
        value_added_wan_per_mu: Double "?", "万元/亩", "亩均增加值", "Value added per mu";
        value_added_wan_per_tce: Double "?", "万元/吨标煤", "单位能耗增加值", "Value added per tce (equivalent); null unless both are complete";
        judgement: Label "?", "", "认定结果", "low, not_low or not_judged; null off industrial surface land";
        is_low_efficiency_computed: Bool "?", "", "是否低效（规则）", "The rules' word";
        is_low_efficiency: Bool "?", "", "是否低效", "The word that lists and blocks use; without a decision: 疑似低效";
        finding_count: Int32, "", "依据数", "Rules that hold";
        first_rule_id: Label "?", "", "首要规则", "Highest severity, then id";
        block_id: Label "?", "", "片区编号", "Block";
        block_role: Label "?", "", "片区角色", "Role in the block";
        data_as_of: Date "?", "", "数据日期", "Newest delivery used";
    }
}

table! {
    /// A part's share of a county's summary: integers only, so that parts add up.
    division_tally "县区汇总（分部）" [county_code, period] {
        county_code: Text, "", "县区代码", "County";
        period: Text, "", "期间", "Year";
        parcels: Int64, "", "宗地数", "All parcels";
        industrial_parcels: Int64, "", "工业宗地数", "Industrial surface parcels";
        judged: Int64, "", "已判定", "Of them judged";
        not_judged: Int64, "", "未判定", "Of them not judged";
        low: Int64, "", "低效", "Of them low-efficiency";
        land_cm2: Int64, "cm²", "用地", "Of industrial surface parcels, on the set's basis";
        low_cm2: Int64, "cm²", "低效用地", "Of the low ones";
        tax_fen: Int64, "分", "税收", "Of industrial surface parcels";
        rated_land_cm2: Int64, "cm²", "参评用地", "Of those with complete tax";
        rated_tax_fen: Int64, "分", "参评税收", "Of those with complete tax";
        value_added_land_cm2: Int64, "cm²", "增加值对应用地", "Of those with complete value added";
        rated_value_added_fen: Int64, "分", "工业增加值", "Of those with complete value added";
        energy_land_cm2: Int64, "cm²", "能耗对应用地", "Of those with complete energy";
        rated_energy_g: Int64, "克标煤", "综合能耗（等价值）", "Of those with complete energy";
        energy_value_added_fen: Int64, "分", "能耗对应增加值", "Of those with both complete, and energy above zero";
        value_added_energy_g: Int64, "克标煤", "增加值对应能耗", "Of those with both complete, and energy above zero";
    }
}

table! {
    /// A county, city or the province in one period.
    division_summary "区划汇总" [division_code, period] {
        division_code: Text, "", "区划代码", "County, city or province";
        period: Text, "", "期间", "Year";
        level: Text, "", "层级", "province, city or county";
        name: Text "?", "", "名称", "Name";
        parcels: Int64, "", "宗地数", "All parcels";
        industrial_parcels: Int64, "", "工业宗地数", "Industrial surface parcels";
        judged: Int64, "", "已判定", "Of them judged";
        not_judged: Int64, "", "未判定", "Of them not judged";
        low: Int64, "", "低效", "Of them low-efficiency";
        land_mu: Double, "亩", "工业用地", "Of industrial surface parcels, on the set's basis";
        low_mu: Double, "亩", "低效用地", "Of the low ones";
        tax_yuan: Decimal2, "元", "税收", "Of industrial surface parcels; lower bounds included";
        rated_land_mu: Double, "亩", "参评用地", "Land of those with complete tax: the denominator";
        rated_tax_yuan: Decimal2, "元", "参评税收", "Tax of those with complete tax: the numerator";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "rated_tax_yuan per rated_land_mu";
        blocks: Int32 "?", "", "片区数", "Blocks that touch it; latest period only";
        block_mu: Double "?", "亩", "片区面积", "Their members' mu here; latest period only";
        value_added_land_mu: Double, "亩", "增加值对应用地", "Land of those with complete value added: the denominator";
        rated_value_added_yuan: Decimal2, "元", "工业增加值", "Value added of those with complete value added: the numerator";
        value_added_wan_per_mu: Double "?", "万元/亩", "亩均增加值", "rated_value_added_yuan per value_added_land_mu";
        energy_land_mu: Double, "亩", "能耗对应用地", "Land of those with complete energy: the denominator";
        rated_energy_tce: Double, "吨标煤", "综合能耗（等价值）", "Energy of those with complete energy: the numerator";
        energy_tce_per_mu: Double "?", "吨标煤/亩", "亩均能耗", "rated_energy_tce per energy_land_mu";
        energy_value_added_yuan: Decimal2, "元", "能耗对应增加值", "Value added of those with both complete, and energy above zero: the numerator";
        value_added_energy_tce: Double, "吨标煤", "增加值对应能耗", "Their energy: the denominator";
        value_added_wan_per_tce: Double "?", "万元/吨标煤", "单位能耗增加值", "energy_value_added_yuan per value_added_energy_tce";
        enterprises: Int64 "?", "", "企业数", "Enterprises that occupy land here or that a ledger of the year names; of cities and the province a sum of counties: an enterprise of several counties counts once in each, those evaluated together as one. This and what follows: null where no policy set evaluates enterprises";
        evaluated: Int64 "?", "", "评价企业数", "Of them evaluated: ranked, not judged or excluded; the others fall into no group";
        ranked: Int64 "?", "", "参评企业数", "Of them ranked";
        not_judged_enterprises: Int64 "?", "", "未判定企业数", "Of them not judged, since something is not known";
        excluded: Int64 "?", "", "不参评企业数", "Of them excluded";
        enterprise_mu: Double "?", "亩", "企业评价用地", "Land that the enterprises occupy, as far as it is known";
        grade_a: Int64 "?", "", "A档企业数", "Graded A";
        grade_b: Int64 "?", "", "B档企业数", "Graded B";
        grade_c: Int64 "?", "", "C档企业数", "Graded C";
        grade_d: Int64 "?", "", "D档企业数", "Graded D";
        grade_t: Int64 "?", "", "单列企业数", "Apart (单列)";
        grade_a_mu: Double "?", "亩", "A档用地", "Land of those graded A";
        grade_b_mu: Double "?", "亩", "B档用地", "Land of those graded B";
        grade_c_mu: Double "?", "亩", "C档用地", "Land of those graded C";
        grade_d_mu: Double "?", "亩", "D档用地", "Land of those graded D";
        grade_t_mu: Double "?", "亩", "单列用地", "Land of those apart";
        enterprise_tax_n: Int64 "?", "", "企业亩均税收样本数", "Enterprises with complete tax and land, and land above zero";
        enterprise_tax_wan_per_mu_p10: Double "?", "万元/亩", "企业亩均税收10%分位", "Nearest rank: the ⌈n/10⌉-th least of enterprise_tax_n; null unless min_enterprises lie on either side, itself counted";
        enterprise_tax_wan_per_mu_p20: Double "?", "万元/亩", "企业亩均税收20%分位", "Likewise";
        enterprise_tax_wan_per_mu_p30: Double "?", "万元/亩", "企业亩均税收30%分位", "Likewise";
        enterprise_tax_wan_per_mu_p40: Double "?", "万元/亩", "企业亩均税收40%分位", "Likewise";
        enterprise_tax_wan_per_mu_p50: Double "?", "万元/亩", "企业亩均税收中位数", "Likewise: the median";
        enterprise_tax_wan_per_mu_p60: Double "?", "万元/亩", "企业亩均税收60%分位", "Likewise";
        enterprise_tax_wan_per_mu_p70: Double "?", "万元/亩", "企业亩均税收70%分位", "Likewise";
        enterprise_tax_wan_per_mu_p80: Double "?", "万元/亩", "企业亩均税收80%分位", "Likewise";
        enterprise_tax_wan_per_mu_p90: Double "?", "万元/亩", "企业亩均税收90%分位", "Likewise";
    }
}

table! {
    /// A division of the province.
    dim_division "行政区划" [division_code] {
        division_code: Text, "", "区划代码", "Code of 2, 4 or 6 digits";
        level: Text, "", "层级", "province, city or county";
        name: Text, "", "名称", "Name";
        parent_code: Text "?", "", "上级代码", "Division it lies in";
    }
}
