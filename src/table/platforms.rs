//! Tables of platforms and micro-parks: who belongs to them, their evaluation, their summary.

use super::declare::table;

table! {
    /// An enterprise that belongs to a platform or micro-park: most of its land in the county is counted to it.
    platform_enterprise "平台企业" [platform_id, county_code, uscc, period] {
        platform_id: Label, "", "平台标识", "Platform or micro-park";
        county_code: Label, "", "县区代码", "County of the enterprise's land; the platform's may be another";
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        period: Label, "", "期间", "Year";
        kind: Label, "", "平台类别", "platform or micro_park";
        land_mu: Double, "亩", "用地面积", "All land it occupies in the county";
        is_land_doubtful: Bool, "", "用地面积存疑", "Whether a part of it is not known: it may then belong elsewhere";
        grade: Label "?", "", "评价等级", "Its grade in the county; null: none";
    }
}

table! {
    /// What a platform or micro-park has besides the sums of its enterprises.
    platform_figure "平台评价数据" [county_code, platform_id, period] {
        platform_id: Text, "", "平台标识", "Platform or micro-park";
        county_code: Label, "", "县区代码", "County that delivers it";
        period: Label, "", "期间", "Year";
        kind: Label, "", "平台类别", "platform or micro_park";
        class: Label "?", "", "平台分类", "Its type";
        enterprises: Int64, "", "企业数", "Enterprises that belong to it";
        grade_a: Int64, "", "A档企业数", "Of them";
        grade_b: Int64, "", "B档企业数", "Of them";
        grade_c: Int64, "", "C档企业数", "Of them";
        grade_d: Int64, "", "D档企业数", "Of them";
        apart: Int64, "", "单列企业数", "Of them";
        land_cm2: Int64, "cm²", "企业用地", "Their land";
        grade_a_cm2: Int64, "cm²", "A档用地", "Their land";
        grade_b_cm2: Int64, "cm²", "B档用地", "Their land";
        grade_c_cm2: Int64, "cm²", "C档用地", "Their land";
        grade_d_cm2: Int64, "cm²", "D档用地", "Their land";
    }
}

table! {
    /// The evaluation of one platform or micro-park in one period.
    platform_evaluation "平台亩均效益综合评价" [platform_id, period] {
        platform_id: Text, "", "平台标识", "Platform or micro-park";
        county_code: Label, "", "县区代码", "County that delivers it, whose set judges it";
        period: Label, "", "期间", "Year that is judged";
        set_id: Label, "", "规则集", "Policy set in force";
        evaluation_id: Label "?", "", "评价组", "Group it is evaluated in";
        standing: Label, "", "评价状态", "ranked; not_judged (a figure is missing that could change the total); excluded; exclusion_unknown; group_none, group_several, group_unknown (it falls into no one group, or that is not known)";
        exclusion_id: Label "?", "", "不参评原因", "Exclusion that holds";
        grade: Label "?", "", "评价等级", "A, B, C, D; T: apart (单列); by the total and the vetoes, or as the exclusion says";
        grade_by_total: Label "?", "", "得分等级", "Grade by the total, before vetoes";
        vetoes: Label "?", "", "一票否决", "Vetoes that hold, separated by commas";
        rank: Int64 "?", "", "名次", "1 for the greatest total; equal totals share the better rank";
        ranked: Int64, "", "参评平台数", "Platforms ranked in the group, of all counties that the set judges";
        total: Double "?", "分值", "总得分", "After coefficients, bonus and penalty";
        item_points: Double "?", "分值", "指标得分", "Sum of the items, before coefficients";
        adjustment_points: Double "?", "分值", "加减分", "Bonus and penalty";
        missing: Label "?", "", "缺失指标", "Indicators that could not be judged, separated by commas";
        land_mu: Double, "亩", "评价用地面积", "Land of its enterprises";
        construction_mu: Double, "亩", "在建用地面积", "Plots of its enterprises in their construction period, left out of that land";
        is_land_doubtful: Bool, "", "用地面积存疑", "Whether nothing is judged by that land: one of them is in doubt";
        tax_yuan: Decimal2 "?", "元", "税收", "Counted tax of its enterprises; a lower bound unless tax_completeness is complete";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none";
        is_provisional: Bool, "", "是否暂定", "Whether a benchmark moves with the data of others";
        is_illustrative: Bool, "", "示例标准", "Whether the group's figures are an example";
        data_as_of: Date "?", "", "数据日期", "Newest delivery used";
    }
}

table! {
    /// One item of a platform's evaluation: value / benchmark × weight, between floor and cap.
    platform_indicator "平台评价指标" [platform_id, period, indicator_id] {
        platform_id: Text, "", "平台标识", "Platform or micro-park";
        county_code: Label, "", "县区代码", "County that delivers it";
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

table! {
    /// A coefficient that multiplies a platform's points, or bonus or penalty that is added to them, one by one.
    platform_adjustment "平台评价调整项" [platform_id, period, kind, item_id] {
        platform_id: Text, "", "平台标识", "Platform or micro-park";
        county_code: Label, "", "县区代码", "County that delivers it";
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
    /// One part's terms of the summary of a platform.
    platform_tally "平台汇总分项" [platform_id, period] {
        platform_id: Text, "", "平台标识", "Platform or micro-park";
        period: Text, "", "期间", "Year";
        parcels: Int64, "", "宗地数", "Surface parcels counted to it";
        industrial_parcels: Int64, "", "工业宗地数", "Of them industrial";
        judged: Int64, "", "已判定", "Of these judged";
        not_judged: Int64, "", "未判定", "Of these not judged";
        low: Int64, "", "低效", "Of these low-efficiency";
        land_cm2: Int64, "cm²", "用地面积", "Of the industrial ones, on the set's basis";
        low_cm2: Int64, "cm²", "低效用地", "Of the low ones";
        tax_fen: Int64, "分", "税收", "Of the industrial ones";
        rated_land_cm2: Int64, "cm²", "参评用地", "Land of those with complete tax";
        rated_tax_fen: Int64, "分", "参评税收", "Tax of those with complete tax";
    }
}

table! {
    /// A platform or micro-park at the end of a judged period: the parcels that the policy counts to it, and the enterprises
    /// that belong to it. A park may lie in a platform: the sums of the two kinds do not add up.
    platform_summary "平台汇总" [platform_id, period] {
        platform_id: Text, "", "平台标识", "Platform or micro-park";
        period: Label, "", "期间", "Year";
        county_code: Label, "", "县区代码", "County that delivers it";
        kind: Label, "", "平台类别", "platform or micro_park";
        parcels: Int64, "", "宗地数", "Surface parcels counted to it, of any county";
        industrial_parcels: Int64, "", "工业宗地数", "Of them industrial";
        judged: Int64, "", "已判定", "Of these judged";
        not_judged: Int64, "", "未判定", "Of these not judged";
        low: Int64, "", "低效", "Of these low-efficiency";
        land_mu: Double, "亩", "工业用地", "Of the industrial ones, on the set's basis";
        low_mu: Double, "亩", "低效用地", "Of the low ones";
        tax_yuan: Decimal2, "元", "税收", "Of the industrial ones; lower bounds included";
        rated_land_mu: Double, "亩", "参评用地", "Land of those with complete tax: the denominator";
        rated_tax_yuan: Decimal2, "元", "参评税收", "Tax of those with complete tax: the numerator";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "rated_tax_yuan per rated_land_mu";
        enterprises: Int64, "", "企业数", "Enterprises that belong to it: most of their land in a county is counted to it";
        grade_a: Int64, "", "A档企业数", "Of them";
        grade_b: Int64, "", "B档企业数", "Of them";
        grade_c: Int64, "", "C档企业数", "Of them";
        grade_d: Int64, "", "D档企业数", "Of them";
        apart: Int64, "", "单列企业数", "Of them graded T";
        ungraded: Int64, "", "未评企业数", "Of them without grade";
        enterprise_mu: Double, "亩", "企业用地", "All land of these enterprises in their county, within it or not";
        grade_a_mu: Double, "亩", "A档用地", "Of those graded A";
        grade_b_mu: Double, "亩", "B档用地", "Of those graded B";
        grade_c_mu: Double, "亩", "C档用地", "Of those graded C";
        grade_d_mu: Double, "亩", "D档用地", "Of those graded D";
    }
}

table! {
    /// A platform or micro-park in force at the end of a judged period, as the last of them saw it.
    dim_platform "产业平台" [platform_id] {
        platform_id: Text, "", "平台标识", "Zone: <county>:<kind>:<id as delivered>";
        kind: Label, "", "平台类别", "platform or micro_park";
        name: Text "?", "", "名称", "Name";
        class: Label "?", "", "平台分类", "Its type (开发区, 高新区, 特色小镇 …)";
        county_code: Label, "", "县区代码", "County that delivers it";
        built: Date "?", "", "建成日期", "Day it was built";
        valid_from: Date, "", "生效日期", "First day of this version";
        valid_to: Date "?", "", "失效日期", "Last day of this version; null = open";
        area_mu: Double, "亩", "椭球面积", "Ellipsoidal area";
        lon: Double, "°", "内点经度", "Interior point's longitude";
        lat: Double, "°", "内点纬度", "Interior point's latitude";
    }
}
