//! Tables of the evaluation of enterprises (亩均效益综合评价): figures, benchmarks, points and grades.

use super::declare::table;

table! {
    /// What the ledgers of a county, or strays from others, sum up to for one enterprise.
    enterprise_sum "企业台账合计" [uscc, period] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County of the ledgers; of strays' sums the county of the land";
        period: Label, "", "期间", "Year";
        is_stray: Bool, "", "是否异地", "Whether it occupies nothing in the county at the period's end";
        tax_fen: Int64 "?", "分", "税收", "Counted tax";
        energy_equivalent_g: Int64 "?", "克标煤", "综合能耗（等价值）", "Energy";
        electricity_wh: Int64 "?", "Wh", "用电量", "Electricity";
        revenue_fen: Int64 "?", "分", "营业收入", "Revenue";
        value_added_fen: Int64 "?", "分", "工业增加值", "Industrial value added";
        rd_fen: Int64 "?", "分", "研发费用", "Spending on research and development";
        staff: Int64 "?", "人", "从业人员", "Persons";
        emission_g: Int64 "?", "克", "污染物排放", "Emissions, weighted by the policy";
        open: Int32, "", "未尽项", "Of the amounts above, in their order, one bit each: whether a row came that does not tell it";
        delivered: Date "?", "", "交付日期", "Newest delivery used";
    }
}

table! {
    /// What is known of an enterprise in one county and period: numerators and denominators of its indicators.
    enterprise_figure "企业评价数据" [county_code, uscc, period] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year";
        industry_code: Label "?", "", "行业代码", "GB/T 4754-2017 code, as registered";
        land_cm2: Int64, "cm²", "评价用地面积", "Land it occupies in the county at the period's end, on the set's land basis: owned + leased in − leased out, without plots in their construction period";
        construction_cm2: Int64, "cm²", "在建用地面积", "Plots of its own projects in their construction period, left out of its land";
        is_under_construction: Bool "?", "", "是否在建设期", "Whether all its land in the county is in its construction period; null: not known";
        is_land_doubtful: Bool, "", "用地面积存疑", "Whether a part of it is not known, or registered and measured area lie too far apart";
        owns_land: Bool, "", "是否有自有用地", "Whether it owns land in the county, whatever it leases besides";
        tenants: Int32, "", "承租企业数", "Enterprises that lease from it in the county";
        lessor_uscc: Text "?", "", "出租方", "Who lets to it in the county, if that is one enterprise";
        platform_id: Label "?", "", "产业平台", "Platform that most of its land is counted to; none: to no platform; null: not known";
        micro_park_id: Label "?", "", "小微企业园", "Likewise its micro-park";
        tax_fen: Int64 "?", "分", "税收", "Counted tax";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none";
        energy_equivalent_g: Int64 "?", "克标煤", "综合能耗（等价值）", "Energy";
        electricity_wh: Int64 "?", "Wh", "用电量", "Electricity";
        energy_completeness: Label, "", "能耗完整性", "complete, lower_bound or none";
        revenue_fen: Int64 "?", "分", "营业收入", "Revenue";
        revenue_completeness: Label, "", "营业收入完整性", "complete, lower_bound or none";
        value_added_fen: Int64 "?", "分", "工业增加值", "Industrial value added";
        value_added_completeness: Label, "", "工业增加值完整性", "complete, lower_bound (what is missing may be negative) or none";
        rd_fen: Int64 "?", "分", "研发费用", "Spending on research and development";
        rd_completeness: Label, "", "研发费用完整性", "complete, lower_bound or none";
        staff: Int64 "?", "人", "从业人员", "Persons";
        staff_completeness: Label, "", "从业人员完整性", "complete, lower_bound or none";
        emission_g: Int64 "?", "克", "污染物排放", "Emissions, weighted by the policy";
        emission_completeness: Label, "", "排放完整性", "complete, lower_bound or none";
        is_above_scale: Bool "?", "", "是否规上", "By the county's list; null: not known";
        is_high_tech: Bool "?", "", "是否高新技术企业", "By the county's lists; null: not known";
        is_specialised: Bool "?", "", "是否专精特新企业", "By the county's lists; null: not known";
        is_key: Bool "?", "", "是否重点企业", "By the county's lists; null: not known";
        safety_violations: Int32 "?", "", "安全生产违法次数", "Serious ones of the year; null: not known";
        environment_violations: Int32 "?", "", "环境违法次数", "Serious ones of the year; null: not known";
        tax_violations: Int32 "?", "", "涉税违法次数", "Serious ones of the year; null: not known";
        wage_violations: Int32 "?", "", "欠薪违法次数", "Serious ones of the year; null: not known";
        are_violations_whole: Bool, "", "违法清单是否完整", "Whether these are all of them";
        obligations_due: Int32 "?", "", "到期履约项数", "Obligations due by the period's end; null: not known";
        obligations_met: Int32 "?", "", "按期履约项数", "Of these, met by their day";
        obligations_missed: Int32 "?", "", "未履约项数", "Of these, not met by their day";
        obligations_completeness: Label, "", "履约完整性", "complete; lower_bound (of some it is not known whether they were met); none (nothing is told, or some may be missing)";
        years_in_production: Int32 "?", "", "投产年数", "Whole years at the period's end, since the register's day or else the first on which an obligation of production was met; null: not known";
        is_register_lost: Bool, "", "登记行是否被退回", "Whether a row of the register was refused that may be about it (of a group: about one of its members)";
        group_uscc: Text "?", "", "评价主体", "Head of the group it is evaluated with; its row has the group's figures";
        link_standing: Label "?", "", "关联状态", "member, links_unknown, links_cycle or links_several: it is not evaluated by itself; null: it is";
        delivered: Date "?", "", "交付日期", "Newest delivery used";
    }
}

table! {
    /// What an enterprise adds to the figures of the group that it is evaluated with, in one county and period.
    enterprise_group "企业合并评价构成" [county_code, period, group_uscc, uscc] {
        group_uscc: Text, "", "评价主体", "Head of the group";
        county_code: Label, "", "县区代码", "County that evaluates it";
        period: Label, "", "期间", "Year that is judged";
        uscc: Text, "", "统一社会信用代码", "Enterprise: the head itself too, where it has figures of its own there";
        land_mu: Double, "亩", "评价用地面积", "Land it occupies in the county";
        tax_yuan: Decimal2 "?", "元", "税收", "Counted tax";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none; likewise below";
        energy_tce_equivalent: Double "?", "吨标煤", "综合能耗（等价值）", "Energy";
        energy_completeness: Label, "", "能耗完整性", "Of energy";
        revenue_yuan: Decimal2 "?", "元", "营业收入", "Revenue";
        revenue_completeness: Label, "", "营业收入完整性", "Of revenue";
        value_added_yuan: Decimal2 "?", "元", "工业增加值", "Industrial value added";
        value_added_completeness: Label, "", "工业增加值完整性", "Of value added";
        staff: Int64 "?", "人", "从业人员", "Persons";
        staff_completeness: Label, "", "从业人员完整性", "Of staff";
    }
}

table! {
    /// A value that stands behind a computed benchmark of the evaluation.
    evaluation_population "评价基准总体" [set_id, evaluation_id, period, indicator_id, class] {
        set_id: Label, "", "规则集", "Policy set that states the group";
        evaluation_id: Label, "", "评价组", "Group";
        period: Label, "", "期间", "Year that is judged";
        data_of: Label, "", "数据期间", "Year that the value is of";
        indicator_id: Label, "", "指标", "Indicator";
        class: Label, "", "分组", "Values of the grouping columns";
        above: Int64, "", "分子", "Numerator in its smallest unit";
        below: Int64, "", "分母", "Denominator in its smallest unit";
    }
}

table! {
    /// What an indicator is measured against.
    benchmark "评价基准" [set_id, evaluation_id, period, indicator_id, class] {
        set_id: Text, "", "规则集", "Policy set that states the group";
        evaluation_id: Text, "", "评价组", "Group";
        period: Text, "", "期间", "Year that is judged";
        indicator_id: Text, "", "指标", "Indicator";
        class: Text, "", "分组", "Values of the grouping columns; empty: one for the whole group";
        value: Double, "", "基准值", "In the unit beside it";
        unit: Text, "", "单位", "Unit of the value";
        n: Int64 "?", "", "样本数", "Enterprises behind it; null where the policy gives it";
        method: Text, "", "方法", "given, or how it was computed";
        is_frozen: Bool, "", "是否固定", "Whether it does not move with the data";
        exact: Text, "", "精确值", "Exact ratio in smallest units, as numerator/denominator";
    }
}

table! {
    /// The evaluation of one enterprise in one county and period.
    enterprise_evaluation "企业亩均效益综合评价" [county_code, uscc, period] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County that evaluates it";
        period: Label, "", "期间", "Year that is judged";
        set_id: Label, "", "规则集", "Policy set in force";
        evaluation_id: Label "?", "", "评价组", "Group it is evaluated in";
        standing: Label, "", "评价状态", "ranked; not_judged (a figure is missing that could change the total); excluded; exclusion_unknown; group_none, group_several, group_unknown (it falls into no one group, or that is not known); member (its figures are summed under group_uscc, whose grade it has); links_unknown, links_cycle, links_several (to whom it belongs is not known, a circle, or several)";
        group_uscc: Text "?", "", "评价主体", "Head of the group whose figures are evaluated as one; null: it is evaluated by itself";
        exclusion_id: Label "?", "", "不参评原因", "Exclusion that holds";
        grade: Label "?", "", "评价等级", "A, B, C, D; T: apart (单列); by the total and the vetoes, or as the exclusion says (of its lessor)";
        grade_by_total: Label "?", "", "得分等级", "Grade by the total, before vetoes";
        vetoes: Label "?", "", "一票否决", "Vetoes that hold, separated by commas";
        rank: Int64 "?", "", "名次", "1 for the greatest total; equal totals share the better rank";
        ranked: Int64, "", "参评企业数", "Enterprises ranked in the group";
        total: Double "?", "分值", "总得分", "After coefficients, bonus and penalty";
        item_points: Double "?", "分值", "指标得分", "Sum of the items, before coefficients";
        adjustment_points: Double "?", "分值", "加减分", "Bonus and penalty";
        missing: Label "?", "", "缺失指标", "Indicators that could not be judged, separated by commas";
        land_mu: Double, "亩", "评价用地面积", "Land it occupies in the county, without plots in their construction period";
        construction_mu: Double, "亩", "在建用地面积", "Its plots in their construction period, left out of its land";
        is_land_doubtful: Bool, "", "用地面积存疑", "Whether nothing is judged by that land";
        tax_yuan: Decimal2 "?", "元", "税收", "Counted tax; a lower bound unless tax_completeness is complete";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none";
        is_provisional: Bool, "", "是否暂定", "Whether a benchmark moves with the data of others";
        is_illustrative: Bool, "", "示例标准", "Whether the group's figures are an example";
        data_as_of: Date "?", "", "数据日期", "Newest delivery used";
    }
}

table! {
    /// A coefficient that multiplies an enterprise's points, or bonus or penalty that is added to them, one by one. What
    /// does not apply has no row.
    enterprise_adjustment "企业评价调整项" [county_code, uscc, period, kind, item_id] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County that evaluates it";
        period: Label, "", "期间", "Year that is judged";
        evaluation_id: Label, "", "评价组", "Group it is evaluated in";
        kind: Label, "", "类别", "coefficient or adjust";
        item_id: Label, "", "项目", "Coefficient, or bonus or penalty";
        indicator_id: Label "?", "", "作用指标", "What a coefficient multiplies; null: the sum of the items";
        factor: Double "?", "", "系数", "Of a coefficient; null: whether it applies is not known";
        points: Double "?", "分值", "加减分", "Of a bonus or penalty; null: what it comes to is not known";
    }
}

table! {
    /// What a group of the evaluation consists of, as the sets in force say it.
    evaluation_item "评价规则项" [set_id, evaluation_id, kind, item_id] {
        set_id: Text, "", "规则集", "Policy set in force";
        evaluation_id: Text, "", "评价组", "Group";
        subject: Text, "", "评价对象", "Who is evaluated: enterprise or platform";
        kind: Text, "", "类别", "group, indicator, coefficient, adjust, veto or exclusion";
        item_id: Text, "", "项目", "Group, indicator, …";
        ordinal: Int32, "", "序号", "Its place among those of its kind, from 1: coefficients apply, and exclusions count, in this order";
        label: Text "?", "", "名称", "What officers call it; of an indicator its column's";
        column: Text "?", "", "指标列", "What an indicator scores, or an adjust counts";
        unit: Text "?", "", "单位", "Unit of that column";
        weight: Double "?", "分值", "权重", "Of an indicator: points for a value equal to the benchmark";
        cap: Double "?", "分值", "封顶", "Most points of an indicator or adjust";
        floor: Double "?", "分值", "保底", "Least points of an indicator or adjust";
        benchmark: Text "?", "", "基准", "Of an indicator: the number that is given, or how it is computed; its value stands in benchmark";
        factor: Double "?", "", "系数", "Of a coefficient";
        indicator_id: Text "?", "", "作用指标", "What a coefficient multiplies; null: the sum of the items";
        points: Double "?", "分值", "加减分", "Of an adjust: once, or for each that column counts";
        above: Int64 "?", "", "起算数", "Of an adjust with a column: only what is above it counts";
        grade: Text "?", "", "等级", "Of a veto the best grade that is left; of an exclusion apart, owner (as the owner of its land) or a grade";
        condition: Text "?", "", "条件", "Who is in the group, or to whom the item applies, in words; null: to all";
        missing: Text "?", "", "缺失处理", "What becomes of an enterprise of which too little is known";
        basis: Text, "", "依据", "Document that sets the group's figures";
    }
}

table! {
    /// One item of an enterprise's evaluation: value / benchmark × weight, between floor and cap.
    enterprise_indicator "企业评价指标" [county_code, uscc, period, indicator_id] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County that evaluates it";
        period: Label, "", "期间", "Year that is judged";
        indicator_id: Label, "", "指标", "Indicator";
        evaluation_id: Label, "", "评价组", "Group it is evaluated in";
        column: Label, "", "指标列", "What is scored";
        value: Double "?", "", "指标值", "In the unit beside it";
        completeness: Label, "", "完整性", "complete, lower_bound or none";
        benchmark: Double "?", "", "基准值", "In the unit beside it";
        unit: Label, "", "单位", "Unit of value and benchmark";
        weight: Double, "分值", "权重", "Points for a value equal to the benchmark";
        raw_points: Double "?", "分值", "封顶前得分", "Before cap and floor";
        points: Double "?", "分值", "得分", "As they count";
        origin: Label, "", "得分来源", "value; bound (a part of the value gives the most points already); zero, group_mean, spread (the value is not known, and the set says so); not_judged; no_benchmark";
    }
}
