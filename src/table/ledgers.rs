//! Tables of the ledgers: the register of enterprises, who occupies what, taxes, energy, output and emissions, the lists that
//! enterprises stand on, what they promised, and what is known of their completeness.

use super::declare::table;

table! {
    /// One enterprise of the register.
    enterprise "企业" [uscc] {
        uscc: Text, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County that registers it";
        name: Text "?", "", "企业名称", "Name";
        industry_code: Label "?", "", "行业代码", "GB/T 4754-2017 code";
        established: Date "?", "", "成立日期", "Date of establishment";
        production_since: Date "?", "", "投产日期", "First day in production, wherever that was";
        status: Label "?", "", "状态", "Status as registered";
        address: Text "?", "", "地址", "Address";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// One right of an enterprise on a parcel.
    occupancy "用地关系" [parcel_id, uscc, right, valid_from] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        uscc: Text, "", "统一社会信用代码", "Occupant";
        right: Label, "", "权利", "owned or leased";
        valid_from: Date, "", "生效日期", "First day";
        valid_to: Date "?", "", "失效日期", "Last day; null = open";
        county_code: Label, "", "县区代码", "County";
        basis: Label, "", "计量基础", "land or floor";
        lessor_uscc: Text "?", "", "出租方", "Who lets, for a leased row";
        amount_cm2: Int64 "?", "cm²", "占用面积", "Occupied land or floor; an owner's default is the parcel";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// Tax of one kind that an enterprise paid in a county and period.
    tax "税收" [uscc, county_code, period, kind] {
        uscc: Label, "", "统一社会信用代码", "Taxpayer";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year";
        kind: Label, "", "税种", "Kind of tax";
        tax_fen: Int64, "分", "税额", "Amount; refunds are negative";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file (of the first payment, where payments are summed)";
    }
}

table! {
    /// Energy of one carrier that an enterprise used in a county and period.
    energy "能源消费" [uscc, county_code, period, carrier] {
        uscc: Label, "", "统一社会信用代码", "Consumer";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year";
        carrier: Label, "", "能源品种", "Energy carrier";
        quantity: Int64, "", "数量", "In the unit beside it";
        unit: Label, "", "单位", "Smallest unit: Wh, g, dm3, kJ, or gce (g of standard coal)";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// What an enterprise made in a county and period. A measure is null where it was not delivered.
    output "产出" [uscc, county_code, period] {
        uscc: Label, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year";
        revenue_fen: Int64 "?", "分", "营业收入", "Revenue";
        value_added_fen: Int64 "?", "分", "工业增加值", "Industrial value added; may be negative";
        rd_fen: Int64 "?", "分", "研发费用", "Spending on research and development";
        staff: Int64 "?", "人", "从业人员", "Persons, of yearly rows alone: heads do not add up over quarters or months";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file (of the first row, where rows are summed)";
    }
}

table! {
    /// Whether an enterprise stands above scale in a year, by the county's list.
    enterprise_scale "规上企业名单" [uscc, county_code, period] {
        uscc: Label, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year";
        scale: Label, "", "规模", "above (规上) or below (规下)";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// A violation that was found with an enterprise.
    violation "违法违规" [uscc, county_code, field, date] {
        uscc: Label, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year of the date";
        field: Label, "", "领域", "safety, environment, tax, wage, land, energy or quality";
        date: Date, "", "日期", "Day of the decision";
        is_serious: Bool, "", "是否严重", "Whether it is a serious one; where the list does not say, all are";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// A list of honour or duty that an enterprise stands on in a year.
    tag "企业标签" [uscc, county_code, period, tag] {
        uscc: Label, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year";
        tag: Label, "", "标签", "high_tech (高新技术), specialised (专精特新), key (重点) or advanced_cluster (先进制造业集群)";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// That an enterprise belongs to another. One that is linked to itself heads its own group.
    enterprise_link "企业关联" [uscc, county_code, related_uscc, kind] {
        uscc: Label, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County that tells it";
        related_uscc: Label, "", "关联企业", "Whom it belongs to: the group's head, the company of a branch, the successor";
        kind: Label, "", "关联类型", "group (集团成员), branch (分支机构) or successor (承继)";
        valid_from: Date, "", "生效日期", "First day";
        valid_to: Date "?", "", "失效日期", "Last day; null = open";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// What an enterprise emitted of one pollutant in a county and period.
    emission "污染物排放" [uscc, county_code, period, pollutant] {
        uscc: Label, "", "统一社会信用代码", "Enterprise";
        county_code: Label, "", "县区代码", "County";
        period: Label, "", "期间", "Year";
        pollutant: Label, "", "污染物", "Pollutant, as the policy names it";
        quantity: Int64, "", "数量", "In the unit beside it";
        unit: Label, "", "单位", "g";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// What was promised of a plot with its contract (标准地), and by when.
    project "标准地项目" [county_code, project_id, obligation] {
        project_id: Label, "", "项目", "Project, as its county numbers it";
        county_code: Label, "", "县区代码", "County";
        uscc: Label, "", "统一社会信用代码", "Enterprise that promised";
        parcel_id: Text "?", "", "宗地代码", "The plot";
        obligation: Label, "", "履约事项", "start, completion, production (达产), investment, tax, output, energy or floor_area";
        due_date: Date, "", "约定日期", "Day by which it is due";
        is_met: Bool "?", "", "是否履约", "As told; null: not known";
        met_on: Date "?", "", "履约日期", "Day on which it was met; where it is told, it decides";
        granted: Date "?", "", "供地日期", "Day on which the land was granted";
        source_id: Label, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        file: Label, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// Which source delivers an input of rules for a county and period.
    coverage "数据覆盖" [input, county_code, period] {
        input: Text, "", "输入", "Ledger; of output, one of its measures: output.revenue_yuan …";
        county_code: Text, "", "县区代码", "County";
        period: Text "?", "", "期间", "Year; null where the table has no period";
        source_id: Text, "", "来源", "Source in force";
        delivered: Date "?", "", "交付日期", "Delivery";
        absent_is_zero: Bool, "", "缺行为零", "Whether the sender declared the list complete";
        rows: Int64, "", "行数", "Accepted rows that tell of it";
    }
}

table! {
    /// What a rejected ledger row may have said something about, as far as it could be read.
    mark "待定标记" [table, county_code, row] {
        table: Text, "", "表", "Ledger of the rejected row";
        county_code: Text "?", "", "县区代码", "County, if readable";
        period: Text "?", "", "期间", "Year; null = unreadable or none";
        uscc: Text "?", "", "统一社会信用代码", "Enterprise, if readable";
        unreadable_uscc: Text "?", "", "无法识别的代码", "The identifier as it stands";
        parcel_id: Text "?", "", "宗地代码", "Parcel, if readable";
        unreadable_parcel_id: Text "?", "", "无法识别的宗地代码", "The parcel code as it stands";
        row: Int64, "", "行号", "Line in the file";
    }
}

table! {
    /// What is marked incomplete, and for which measure.
    settled_mark "不完整标记" [measure, scope, id, county_code, period] {
        measure: Text, "", "指标", "A ledger, or all: what it occupies";
        scope: Text, "", "范围", "enterprise, silent (every enterprise of the county without an accepted row), parcel, or county";
        id: Text "?", "", "标识", "Enterprise or parcel";
        county_code: Text "?", "", "县区代码", "County; null = any";
        period: Text "?", "", "期间", "Year; null = all";
    }
}
