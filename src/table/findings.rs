//! Tables of identification: rules, benchmarks, findings and what could not be judged.

use super::declare::table;

table! {
    /// A rule's candidate for a computed benchmark: the parcels among which a quantile or mean is taken.
    population "基准总体" [rule_id, period, group] {
        rule_id: Label, "", "规则", "Rule";
        test: Int32, "", "条件序号", "Which of the rule's computed thresholds";
        period: Label, "", "期间", "Year";
        group: Label, "", "分组", "Values of the grouping columns";
        above: Int64, "", "分子", "Numerator in its smallest unit";
        below: Int64, "", "分母", "Denominator in its smallest unit";
    }
}

table! {
    /// A computed benchmark, with the number of parcels behind it.
    rule_benchmark "规则基准" [rule_id, period, group] {
        rule_id: Text, "", "规则", "Rule";
        period: Text, "", "期间", "Year";
        group: Text, "", "分组", "Values of the grouping columns";
        value: Double, "", "基准值", "In the unit of the rule's measure";
        unit: Text, "", "单位", "Unit of the value";
        n: Int64, "", "样本数", "Parcels behind it";
        method: Text, "", "方法", "How it was computed";
        is_frozen: Bool, "", "是否固定", "Whether a file pins it";
        exact: Text, "", "精确值", "Exact ratio in smallest units, as numerator/denominator";
        raw_group: Text, "", "分组值", "Values of the grouping columns alone";
        test: Int32, "", "条件序号", "Which of the rule's computed thresholds";
    }
}

table! {
    /// A rule that holds on a parcel, with the figure and the threshold that put it there.
    parcel_finding "宗地认定依据" [parcel_id, period, rule_id] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        period: Label, "", "期间", "Year";
        rule_id: Label, "", "规则", "Rule";
        county_code: Label, "", "县区代码", "County";
        clause: Label, "", "条款", "Task of the Opinion";
        basis: Label, "", "依据", "Document and article that set the figure";
        kind: Label, "", "类别", "low_efficiency, high_consumption, idle, violation, obligation or notice";
        severity: Int32, "", "程度", "Higher is graver";
        measure: Label "?", "", "处置方式", "What the rule proposes: one of 二(五)'s five measures or of 三(二)'s modes";
        column: Label "?", "", "指标", "Column that was compared";
        figure: Double "?", "", "数值", "The parcel's figure";
        threshold: Double "?", "", "标准", "What it was compared with";
        unit: Label "?", "", "单位", "Unit of both";
        is_provisional: Bool, "", "是否暂定", "Whether an unfrozen benchmark stands behind it";
        is_retained: Bool "?", "", "是否原地保留", "Whether its occupants may stay; null: no ground known";
        is_illustrative: Bool, "", "示例标准", "Whether the rule set is illustrative";
    }
}

table! {
    /// What the rules say of a parcel in a period, and which could not be judged.
    parcel_rule_status "宗地规则状态" [parcel_id, period] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        period: Label, "", "期间", "Year";
        county_code: Label, "", "县区代码", "County";
        judged: Int32, "", "已判定规则数", "Rules that are true or false here";
        held: Int32, "", "成立规则数", "Rules that hold";
        not_judged: Int32, "", "未判定规则数", "Rules left open";
        not_judged_rules: Label "?", "", "未判定规则", "Those of them whose inputs the county delivers, joined by commas";
        judgement: Label "?", "", "认定结果", "low, not_low or not_judged; null off industrial surface land";
        is_low_efficiency_computed: Bool "?", "", "是否低效（规则）", "The rules' word; null when not judged";
        is_low_efficiency: Bool "?", "", "是否低效", "The word that lists and blocks use: a decision in force wins";
        first_rule_id: Label "?", "", "首要规则", "Highest severity, then id, of those that hold";
    }
}

table! {
    /// A rule of a set in force.
    rule "规则" [set_id, rule_id] {
        set_id: Text, "", "规则集", "Rule set";
        rule_id: Text, "", "规则", "Rule";
        clause: Text, "", "条款", "Task of the Opinion";
        basis: Text, "", "依据", "Document and article that set the figure";
        kind: Text, "", "类别", "Kind of rule";
        severity: Int32, "", "程度", "Higher is graver";
        measure: Text "?", "", "处置方式", "Proposed measure";
        condition: Text, "", "条件", "The condition in words";
        is_illustrative: Bool, "", "示例标准", "Whether the set is illustrative";
        valid_from: Date, "", "施行日期", "When the set is law";
        valid_to: Date "?", "", "失效日期", "Until when";
    }
}

table! {
    /// Which rules lack which input in a county and period.
    rule_coverage "规则数据覆盖" [county_code, period, rule_id] {
        county_code: Text, "", "县区代码", "County";
        period: Text, "", "期间", "Year";
        rule_id: Text, "", "规则", "Rule";
        is_covered: Bool, "", "数据是否齐备", "Whether the county delivers every input of the rule";
        missing: Text "?", "", "缺失数据", "What the county does not deliver, joined by commas: a ledger, or of output a measure (output.revenue_yuan …)";
    }
}
