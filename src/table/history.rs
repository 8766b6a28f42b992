//! Tables of `history/`: what earlier runs found of the latest years, kept when a year is not judged any more.

use super::declare::table;

table! {
    /// The grade of an enterprise in a county and year, as it was judged last.
    history_grade "历年评价等级" [county_code, uscc, period] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County that evaluated it";
        period: Label, "", "期间", "Year that was judged";
        set_id: Label, "", "规则集", "Policy set that was in force";
        evaluation_id: Label "?", "", "评价组", "Group it was evaluated in";
        standing: Label, "", "评价状态", "As in enterprise_evaluation";
        grade: Label "?", "", "评价等级", "A, B, C, D; T: apart (单列)";
        grade_by_total: Label "?", "", "得分等级", "Grade by the total, before vetoes";
        vetoes: Label "?", "", "一票否决", "Vetoes that held, separated by commas";
        rank: Int64 "?", "", "名次", "1 for the greatest total; equal totals share the better rank";
        ranked: Int64, "", "参评企业数", "Enterprises ranked in the group";
        total: Double "?", "分值", "总得分", "After coefficients, bonus and penalty";
        is_provisional: Bool, "", "是否暂定", "Whether a benchmark moved with the data of others";
        is_illustrative: Bool, "", "示例标准", "Whether the group's figures were an example";
        data_as_of: Date "?", "", "数据日期", "Newest delivery used";
    }
}

table! {
    /// What an indicator was measured against in a year, and the year's own mean, which the next may be measured against.
    history_benchmark "历年评价基准" [set_id, evaluation_id, period, indicator_id, class] {
        set_id: Text, "", "规则集", "Policy set that states the group";
        evaluation_id: Text, "", "评价组", "Group";
        period: Text, "", "期间", "Year that was judged";
        indicator_id: Text, "", "指标", "Indicator";
        class: Text, "", "分组", "Values of the grouping columns; empty: one for the whole group";
        column: Text, "", "指标列", "What is measured";
        by_columns: Text, "", "分组列", "Grouping columns, separated by commas";
        value: Double "?", "", "基准值", "In the unit beside it; null: there was none";
        unit: Text, "", "单位", "Unit of the value";
        n: Int64 "?", "", "样本数", "Enterprises or platforms behind it; null where the policy gives it";
        method: Text "?", "", "方法", "given, or how it was computed";
        is_frozen: Bool "?", "", "是否固定", "Whether it did not move with the data";
        exact: Text "?", "", "精确值", "Exact ratio in smallest units, as numerator/denominator";
        mean_exact: Text "?", "", "当年均值精确值", "Σ numerator / Σ denominator of the year's own ranked members, likewise; null: nobody's value is known, or the policy gives the benchmark";
        mean_n: Int64 "?", "", "当年均值样本数", "Enterprises or platforms behind that mean";
    }
}
