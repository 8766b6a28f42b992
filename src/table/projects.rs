//! What became of the promises of a plot's contract.

use super::declare::table;

table! {
    /// How an obligation (标准地) stands at the end of a judged period.
    project_state "标准地履约情况" [county_code, project_id, obligation, period] {
        project_id: Label, "", "项目", "Project, as its county numbers it";
        county_code: Label, "", "县区代码", "County";
        uscc: Label, "", "统一社会信用代码", "Enterprise that promised";
        parcel_id: Text "?", "", "宗地代码", "The plot";
        obligation: Label, "", "履约事项", "start, completion, production (达产), investment, tax, output, energy or floor_area";
        period: Label, "", "期间", "Year at whose end it is looked at";
        due_date: Date, "", "约定日期", "Day by which it is due";
        met_on: Date "?", "", "履约日期", "Day on which it was met";
        granted: Date "?", "", "供地日期", "Day on which the land was granted";
        state: Label, "", "履约状态", "not_due (due after the period's end), met, met_late (after its day, and so not met at it), not_met, unknown (nothing told, or a no told before its day)";
        is_under_construction: Bool "?", "", "是否在建设期", "Of a completion: whether the plot is granted, not completed and the day of completion still to come; null: another obligation";
    }
}
