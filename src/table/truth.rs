//! What is true of a sample province: what a right pipeline must accept, reject, sum up, judge and join.
//! Written by `mujun sample` below `truth/`, compared by `tests/it/truth.rs`; nothing else reads them.

use super::Table;
use super::declare::table;

table! {
    /// Parcels that must be accepted.
    parcel "宗地" [parcel_id] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        county_code: Text, "", "县区代码", "County that delivers it";
        valid_from: Date, "", "生效日期", "Start of the land-use right";
        layer: Text, "", "层", "surface, above or below";
        use_code: Text, "", "用途代码", "Land use";
        is_industrial: Bool, "", "是否工业", "Whether the demo policy counts it as industrial";
        registered_cm2: Int64, "cm2", "登记面积", "Registered area, 1e-4 m²";
        floor_cm2: Int64 "?", "cm2", "建筑面积", "Floor area, 1e-4 m²";
    }
}

table! {
    /// Area of the accepted parcels as PROJ's cylindrical equal-area plane has it.
    parcel_area "宗地面积" [parcel_id] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        area_m2: Double, "m2", "面积", "Shoelace in +proj=cea +ellps=GRS80";
        bound_m2: Double, "m2", "误差界", "How far a right area may lie from it";
    }
}

table! {
    /// Enterprises that must be accepted.
    enterprise "企业" [uscc] {
        uscc: Text, "", "统一社会信用代码", "Identifier";
        county_code: Text, "", "县区代码", "County that registers it";
        name: Text, "", "企业名称", "Name";
        industry_code: Text, "", "行业代码", "Division of GB/T 4754-2017";
    }
}

table! {
    /// Occupancy rows that must be accepted.
    occupancy "用地关系" [parcel_id, uscc, right, valid_from] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        uscc: Text, "", "统一社会信用代码", "Occupant";
        right: Text, "", "权利", "owned or leased";
        valid_from: Date, "", "起始日期", "From";
        valid_to: Date "?", "", "终止日期", "To; null = open";
        basis: Text, "", "计量方式", "land or floor";
        lessor_uscc: Text "?", "", "出租方代码", "Lessor";
        amount_cm2: Int64 "?", "cm2", "面积", "1e-4 m²; null = the whole parcel";
    }
}

table! {
    /// Tax that must be accepted, by year.
    tax "税收" [uscc, county_code, period, kind] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the ledger";
        period: Text, "", "期间", "Year";
        kind: Text, "", "税种", "Kind";
        tax_fen: Int64, "fen", "税额", "Sum of the accepted rows";
    }
}

table! {
    /// Energy that must be accepted, by year.
    energy "能源" [uscc, county_code, period, carrier] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the ledger";
        period: Text, "", "期间", "Year";
        carrier: Text, "", "能源品种", "Carrier";
        quantity: Int64, "", "消费量", "Sum of the accepted rows, in the smallest unit";
        unit: Text, "", "单位", "Wh, g, dm3 or kJ";
    }
}

table! {
    /// What is wrong on purpose, row by row, and the code it must get.
    defect "缺陷" [source_id, file, row, code] {
        source_id: Text, "", "来源", "Source of the pipeline";
        table: Text, "", "表", "Table";
        file: Text, "", "文件", "File, relative to the sample";
        row: Int64 "?", "", "行号", "Line of a ledger (its header is line 1), feature id of a vector file; null for a row that is missing";
        code: Text, "", "代码", "Code of a reject or an issue; superseded, accepted (odd, but to be taken without a remark), stray (tax where the payer holds nothing: it falls on all its parcels), missing_row";
        parcel_id: Text "?", "", "宗地代码", "Parcel it is about";
        period: Text "?", "", "期间", "Period it is about";
    }
}

table! {
    /// Remarks that follow from occupancy and ledgers: years of which periods are missing or refused, parcels that are
    /// occupied beyond their land.
    issue "提示" [table, county_code, code, id, period] {
        table: Text, "", "表", "Table";
        county_code: Text, "", "县区代码", "County";
        code: Text, "", "代码", "year_incomplete or occupancy_excess";
        id: Text "?", "", "宗地代码", "Parcel it is about, if it is about one";
        period: Text, "", "期间", "Year";
        count: Int64, "", "数量", "How many of an enterprise's years of a kind or carrier; 1 for a parcel";
    }
}

table! {
    /// What becomes of each source's rows and amounts (laws 1 and 2).
    sums "对账" [source_id, period, measure] {
        source_id: Text, "", "来源", "Source of the pipeline";
        period: Text, "", "期间", "Year; empty where the table has none";
        measure: Text, "", "度量", "rows, or the smallest unit: fen, Wh, g, dm3, kJ";
        read: Int64, "", "读入", "Read";
        accepted: Int64, "", "接收", "Accepted";
        rejected: Int64, "", "拒收", "Rejected";
        superseded: Int64, "", "被替代", "Superseded";
        out_of_scope: Int64, "", "范围外", "Out of scope";
    }
}

table! {
    /// Figures and judgement of the accepted parcels under the demo policy.
    parcel_period "宗地年度" [parcel_id, period] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        period: Text, "", "期间", "Year";
        enterprises: Int32, "", "企业数", "Occupants at the year's end";
        tax_fen: Int64 "?", "fen", "税额", "What falls on it; null where nothing is known";
        tax_completeness: Text, "", "税收完整性", "complete, lower_bound or none";
        energy_g: Int64 "?", "g", "能耗", "Standard coal, equivalent value; null where nothing is known";
        energy_completeness: Text, "", "能耗完整性", "complete, lower_bound or none";
        judgement: Text "?", "", "认定", "low, not_low or not_judged; null where it is no industrial surface parcel";
    }
}

table! {
    /// Which low parcels lie together in the latest year.
    block_member "片区成员" [parcel_id] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        block: Text, "", "片区", "The smallest parcel code of its block";
    }
}

table! {
    /// Blocks that were laid out on purpose, under a rule set with a fixed threshold.
    planned_block "规划片区" [block, parcel_id] {
        block: Text, "", "片区", "County and district of the layout, and the block's number there";
        parcel_id: Text, "", "宗地代码", "Parcel code";
        part: Text, "", "角色", "member; link: a member without which the block would fall into two; between: not low, and so no member, else it would join the block to the next";
    }
}

table! {
    /// Output that must be accepted, by year: sums of the accepted rows, null where none tells it. `sums` balances each
    /// by its column's name.
    output "产出" [uscc, county_code, period] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the ledger";
        period: Text, "", "期间", "Year";
        revenue_fen: Int64 "?", "fen", "营业收入", "Revenue";
        value_added_fen: Int64 "?", "fen", "工业增加值", "Value added";
        rd_fen: Int64 "?", "fen", "研发费用", "R&D";
        staff: Int64 "?", "person", "从业人员", "Staff, of yearly rows alone";
    }
}

table! {
    /// What of output falls on the accepted parcels.
    parcel_output "宗地产出" [parcel_id, period] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        period: Text, "", "期间", "Year";
        revenue_fen: Int64 "?", "fen", "营业收入", "What falls on it; null where nothing is known";
        revenue_completeness: Text, "", "营业收入完整性", "complete, lower_bound or none";
        value_added_fen: Int64 "?", "fen", "工业增加值", "What falls on it; null where nothing is known";
        value_added_completeness: Text, "", "工业增加值完整性", "complete, lower_bound (a part is known) or none";
    }
}

table! {
    /// The same of each enterprise there.
    enterprise_output "宗地企业产出" [parcel_id, uscc, period] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        uscc: Text, "", "统一社会信用代码", "Occupant";
        period: Text, "", "期间", "Year";
        revenue_fen: Int64 "?", "fen", "营业收入", "What falls on it; null where nothing is known";
        revenue_completeness: Text, "", "营业收入完整性", "complete, lower_bound or none";
        value_added_fen: Int64 "?", "fen", "工业增加值", "What falls on it; null where nothing is known";
        value_added_completeness: Text, "", "工业增加值完整性", "complete, lower_bound (a part is known) or none";
    }
}

table! {
    /// Who must be found above scale; who is not here is below.
    enterprise_scale "规上企业名单" [uscc, county_code, period] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the list";
        period: Text, "", "期间", "Year";
        scale: Text, "", "规模", "above";
    }
}

table! {
    /// Violations that must be accepted.
    violation "违法违规" [uscc, county_code, field, date] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the list";
        period: Text, "", "期间", "Year";
        field: Text, "", "领域", "Field of law";
        date: Date, "", "日期", "Day";
        is_serious: Bool, "", "是否严重", "Whether it is a serious one";
    }
}

table! {
    /// Tags that must be accepted.
    tag "企业标签" [uscc, county_code, period, tag] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the list";
        period: Text, "", "期间", "Year";
        tag: Text, "", "标签", "Tag";
    }
}

table! {
    /// Emissions that must be accepted, by year.
    emission "污染物排放" [uscc, county_code, period, pollutant] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the ledger";
        period: Text, "", "期间", "Year";
        pollutant: Text, "", "污染物", "Pollutant";
        quantity: Int64, "g", "排放量", "Sum of the accepted rows";
    }
}

table! {
    /// Links that must be accepted.
    enterprise_link "企业关联" [uscc, county_code, related_uscc, kind] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Text, "", "县区代码", "County of the list";
        related_uscc: Text, "", "关联企业", "Whom it belongs to";
        kind: Text, "", "关联类型", "group, branch or successor";
        valid_from: Date, "", "生效日期", "First day";
    }
}

table! {
    /// Zones that must be accepted.
    zone "区域" [zone_id, valid_from] {
        zone_id: Text, "", "区域标识", "Zone: <county>:<kind>:<id as delivered>";
        valid_from: Date "?", "", "生效日期", "First day of this version; null: it is not told";
        valid_to: Date "?", "", "失效日期", "Last day of this version; null = open";
        county_code: Text, "", "县区代码", "County that delivers it";
        kind: Text, "", "区域类别", "Kind";
        name: Text, "", "区域名称", "Name";
        class: Text "?", "", "区域分类", "Class within the kind";
        built: Date "?", "", "建成日期", "Day it was built";
        is_in_force: Bool, "", "是否有效", "Whether it is in force at the end of the latest year";
        area_m2: Double, "m2", "面积", "Shoelace in +proj=cea +ellps=GRS80";
        bound_m2: Double, "m2", "误差界", "How far a right area may lie from it";
    }
}

table! {
    /// What accepted surface parcels and zones in force share in the latest year. What is within its bound may be missing.
    parcel_zone "宗地与区域" [parcel_id, zone_id] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        zone_id: Text, "", "区域标识", "Zone";
        shared_m2: Double, "m2", "重叠面积", "Shared land in +proj=cea +ellps=GRS80";
        bound_m2: Double, "m2", "误差界", "How far a right area may lie from it";
        is_assigned: Bool "?", "", "是否归入", "Whether the demo policy counts the parcel to the zone; null where that is too close to call, for barriers, and where another policy judges";
    }
}

table! {
    /// What is wrong with zones on purpose, feature by feature, and the code it must get.
    zone_defect "区域缺陷" [source_id, row, code] {
        source_id: Text, "", "来源", "Source of the pipeline";
        file: Text, "", "文件", "File, relative to the sample";
        row: Int64, "", "行号", "Feature id";
        code: Text, "", "代码", "Code of a reject or an issue; superseded";
        zone_id: Text, "", "区域标识", "Zone it is about";
    }
}

table! {
    /// Obligations that must be accepted, and how each stands at the end of a year.
    project "标准地履约情况" [county_code, project_id, obligation, period] {
        project_id: Text, "", "项目", "Project";
        county_code: Text, "", "县区代码", "County of the ledger";
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        parcel_id: Text, "", "宗地代码", "The plot";
        obligation: Text, "", "履约事项", "What was promised";
        period: Text, "", "期间", "Year";
        due_date: Date, "", "约定日期", "Day by which it is due";
        state: Text, "", "履约状态", "not_due, met, met_late, not_met or unknown";
        is_under_construction: Bool "?", "", "是否在建设期", "Of a completion: whether the plot is being built on";
    }
}

/// Those of every sample.
pub static TABLES: [&Table; 12] = [
    &parcel::TABLE,
    &parcel_area::TABLE,
    &enterprise::TABLE,
    &occupancy::TABLE,
    &tax::TABLE,
    &energy::TABLE,
    &defect::TABLE,
    &issue::TABLE,
    &sums::TABLE,
    &parcel_period::TABLE,
    &block_member::TABLE,
    &planned_block::TABLE,
];

/// Those of a sample with output besides.
pub static OUTPUT_TABLES: [&Table; 3] = [&output::TABLE, &parcel_output::TABLE, &enterprise_output::TABLE];

/// Those of a sample with zones besides.
pub static ZONE_TABLES: [&Table; 3] = [&zone::TABLE, &parcel_zone::TABLE, &zone_defect::TABLE];

/// Those of a sample with lists and emissions, each where it has them.
pub static LIST_TABLES: [&Table; 6] = [
    &enterprise_scale::TABLE,
    &violation::TABLE,
    &tag::TABLE,
    &emission::TABLE,
    &enterprise_link::TABLE,
    &project::TABLE,
];
