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
