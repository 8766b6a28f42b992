//! Tables of allocation and yield: who occupies how much, what falls on each parcel, what it yields per mu.

use super::declare::table;

table! {
    /// An enterprise's land on one parcel at the end of a period.
    occupant "占用" [parcel_id, uscc, period] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        uscc: Text, "", "统一社会信用代码", "Occupant";
        period: Label, "", "期间", "Year";
        county_code: Label, "", "县区代码", "County of the parcel";
        occupied_cm2: Int64 "?", "cm²", "占用土地", "Null where floor cannot be turned into land";
        land_cm2: Int64, "cm²", "宗地土地", "Land of the parcel: registered, else ellipsoidal; none above or below ground";
        delivered: Date "?", "", "交付日期", "Newest delivery used";
    }
}

table! {
    /// A ledger row, converted to the policy's units, whose enterprise occupies nothing in the row's county.
    stray "异地台账" [uscc, county_code, period, measure] {
        uscc: Label, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County of the row";
        period: Label, "", "期间", "Year";
        measure: Label, "", "指标", "tax, tax_other, energy, revenue or value_added";
        amount: Int64 "?", "", "数量", "fen, or grams of standard coal (equivalent); null where the policy has no factor, or counts no such tax";
        calorific: Int64 "?", "克标煤", "当量值", "Energy, calorific";
        unit: Label, "", "单位", "Unit of the balance";
        balance: Int64, "", "对账数量", "Amount of the row in its own unit";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
    }
}

table! {
    /// What of an enterprise's ledgers falls on one parcel: of its own county's rows for every occupant, of others' for those that get some.
    parcel_share "宗地分摊" [occupant] {
        occupant: Int64, "", "占用序号", "Row of the occupant among those of the parcel's county";
        tax_fen: Int64 "?", "分", "税收", "Counted tax; null: no row could be allocated";
        tax_is_open: Bool, "", "税收是否未尽", "A row came that cannot be allocated: the amount is a lower bound";
        tax_delivered: Date "?", "", "税收交付日期", "Delivery";
        energy_equivalent_g: Int64 "?", "克标煤", "能耗（等价值）", "Energy; null: no row could be allocated";
        energy_calorific_g: Int64 "?", "克标煤", "能耗（当量值）", "Energy";
        energy_is_open: Bool, "", "能耗是否未尽", "A row came that cannot be allocated: the amount is a lower bound";
        energy_delivered: Date "?", "", "能耗交付日期", "Delivery";
        revenue_fen: Int64 "?", "分", "营业收入", "Revenue; null: no row told it";
        revenue_is_open: Bool, "", "营业收入是否未尽", "A row came that does not tell it, or cannot be allocated";
        value_added_fen: Int64 "?", "分", "工业增加值", "Value added; null: no row told it";
        value_added_is_open: Bool, "", "工业增加值是否未尽", "A row came that does not tell it, or cannot be allocated";
        output_delivered: Date "?", "", "产出交付日期", "Delivery";
    }
}

table! {
    /// One enterprise on one parcel in one period, with its share of land and amounts.
    parcel_enterprise "宗地企业" [parcel_id, uscc, period] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        uscc: Text, "", "统一社会信用代码", "Occupant";
        period: Label, "", "期间", "Year";
        county_code: Label, "", "县区代码", "County of the parcel";
        occupied_cm2: Int64 "?", "cm²", "占用土地（平方厘米）", "Occupied land, exact";
        occupied_mu: Double "?", "亩", "占用土地", "Occupied land";
        land_share: Double "?", "", "占地比例", "Of the parcel's land";
        tax_yuan: Decimal2 "?", "元", "税收", "Counted tax allocated here; null: no accepted row";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none, of this enterprise here";
        energy_tce_equivalent: Double "?", "吨标煤", "能耗（等价值）", "Energy allocated here";
        energy_equivalent_g: Int64 "?", "克标煤", "能耗（等价值，克）", "Energy allocated here, exact";
        energy_calorific_g: Int64 "?", "克标煤", "能耗（当量值，克）", "Energy allocated here, exact";
        energy_completeness: Label, "", "能耗完整性", "complete, lower_bound or none, of this enterprise here";
        revenue_yuan: Decimal2 "?", "元", "营业收入", "Revenue allocated here; null: no accepted row tells it";
        revenue_completeness: Label, "", "营业收入完整性", "complete, lower_bound or none, of this enterprise here";
        value_added_yuan: Decimal2 "?", "元", "工业增加值", "Value added allocated here; null: no accepted row tells it";
        value_added_completeness: Label, "", "工业增加值完整性", "complete, lower_bound (a part is known; what is missing may be negative) or none, of this enterprise here";
        delivered: Date "?", "", "数据日期", "Newest delivery used";
    }
}

table! {
    /// One parcel in one period: what it yields per mu, with numerators, denominators and completeness.
    parcel_yield "宗地亩均效益" [parcel_id, period] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        period: Label, "", "期间", "Year";
        county_code: Label, "", "县区代码", "County";
        layer: Label, "", "权利层", "surface, above or below; only surface counts as land";
        use_code: Label "?", "", "土地用途代码", "Land use code";
        is_industrial: Bool, "", "是否工业用地", "Whether the policy counts its use as industrial";
        land_basis: Label, "", "面积口径", "registered, ellipsoidal or occupied: what land_mu is";
        land_cm2: Int64, "cm²", "用地面积（平方厘米）", "Land on the set's basis, exact";
        land_mu: Double, "亩", "用地面积", "Land on the set's basis: the denominator";
        area_cm2: Int64, "cm²", "椭球面积（平方厘米）", "Ellipsoidal area, exact";
        area_mu: Double, "亩", "椭球面积", "Ellipsoidal area (TD/T 1055)";
        registered_mu: Double "?", "亩", "登记面积", "Registered area";
        is_area_doubtful: Bool, "", "面积存疑", "Registered and measured area differ by more than the policy allows: yield rules are not judged";
        enterprises: Int32, "", "企业数", "Occupants";
        tax_yuan: Decimal2 "?", "元", "税收", "Counted tax: the numerator; null where tax_completeness is none";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "Counted tax per mu";
        energy_tce_equivalent: Double "?", "吨标煤", "能耗（等价值）", "Energy";
        energy_tce_calorific: Double "?", "吨标煤", "能耗（当量值）", "Energy";
        energy_equivalent_g: Int64 "?", "克标煤", "能耗（等价值，克）", "Energy, exact";
        energy_calorific_g: Int64 "?", "克标煤", "能耗（当量值，克）", "Energy, exact";
        energy_completeness: Label, "", "能耗完整性", "complete, lower_bound or none";
        energy_tce_per_mu: Double "?", "吨标煤/亩", "亩均能耗", "Energy (equivalent) per mu";
        revenue_yuan: Decimal2 "?", "元", "营业收入", "Revenue; null where revenue_completeness is none";
        revenue_completeness: Label, "", "营业收入完整性", "complete, lower_bound or none";
        revenue_wan_per_mu: Double "?", "万元/亩", "亩均营业收入", "Revenue per mu";
        value_added_yuan: Decimal2 "?", "元", "工业增加值", "Industrial value added; null where value_added_completeness is none";
        value_added_completeness: Label, "", "工业增加值完整性", "complete, lower_bound (a part is known; what is missing may be negative) or none";
        value_added_wan_per_mu: Double "?", "万元/亩", "亩均增加值", "Value added per mu";
        value_added_wan_per_tce: Double "?", "万元/吨标煤", "单位能耗增加值", "Value added per tce (equivalent); null unless both are complete";
        data_as_of: Date "?", "", "数据日期", "Newest delivery used";
    }
}
