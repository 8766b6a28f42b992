//! Tables of quality and lineage: what was refused, what was remarked on, that nothing was lost, where each row comes from.

use super::declare::table;

table! {
    /// A source row that was refused. Holds no amounts and no enterprise identifiers.
    reject "拒收" [source_id, file, row, code] {
        source_id: Text, "", "来源", "Source";
        delivered: Date "?", "", "交付日期", "Delivery";
        table: Text, "", "表", "Table it was meant for";
        county_code: Text "?", "", "县区代码", "County, if readable";
        file: Text, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "CSV: line of the file, the header being line 1. Parquet: row, from 1. GeoPackage: fid. Shapefile, FlatGeobuf, GeoJSON: feature in the file's own order, from 0 (an index changes the order of a FlatGeobuf), of GeoJSON its id where that is a whole number";
        parcel_id: Text "?", "", "宗地代码", "Parcel, if readable";
        code: Text, "", "代码", "Stable code";
        column: Text "?", "", "字段", "Column at fault";
        reason: Text, "", "原因", "What it means, and the remedy";
    }
}

table! {
    /// A remark on something that was taken.
    issue "提示" [table, county_code, code, id, period] {
        table: Text, "", "表", "Table";
        county_code: Text, "", "县区代码", "County";
        code: Text, "", "代码", "Stable code";
        id: Text "?", "", "标识", "What it is about: a parcel, zone, project, source, benchmark, or a name in policy or rows";
        period: Text "?", "", "期间", "Year, where it is about one";
        count: Int64, "", "数量", "How many rows it stands for";
        meaning: Text, "", "说明", "What it means, and the remedy";
    }
}

table! {
    /// One term of the balance of a source; terms add up.
    tally "对账分项" [source_id, period, measure, outcome, reason] {
        source_id: Text, "", "来源", "Source";
        table: Text, "", "表", "Table";
        period: Text "?", "", "期间", "Year; null = unreadable or none";
        measure: Text, "", "度量", "rows, fen, Wh …";
        outcome: Text, "", "去向", "read, accepted, rejected, superseded, out_of_scope, unparsable, allocated, unallocated";
        reason: Text "?", "", "原因", "Why unallocated";
        value: Int64, "", "数值", "Count or amount";
    }
}

table! {
    /// The balance of a source: nothing is lost between file and parcel.
    reconciliation "对账" [source_id, period, measure] {
        source_id: Text, "", "来源", "Source";
        table: Text, "", "表", "Table";
        period: Text, "", "期间", "Year; empty = unreadable or none";
        measure: Text, "", "度量", "rows, or the smallest unit: fen, cm2, Wh, g, dm3, kJ, gce; of output, its measures: revenue_fen, value_added_fen, rd_fen, staff";
        read: Int64, "", "读入", "Read";
        corrections: Int64, "", "更正", "Added by corrections";
        accepted: Int64, "", "接收", "Accepted";
        rejected: Int64, "", "拒收", "Rejected";
        superseded: Int64, "", "被替代", "Superseded by a newer or equal row";
        out_of_scope: Int64, "", "范围外", "Out of scope: a period not asked for";
        unparsable: Int64, "", "无法识别", "Rows whose amount could not be read";
        allocated: Int64 "?", "", "已分摊", "Allocated to parcels; null where nothing is allocated";
        unallocated: Int64 "?", "", "未分摊", "Not allocated";
        unallocated_reasons: Text "?", "", "未分摊原因", "Reason:amount, joined by commas";
    }
}

macro_rules! lineage {
    ($module:ident $label:literal [$($key:ident),+] { $($column:ident: $kind:ident, $clabel:literal;)+ }) => {
        table! {
            /// Which source row a canonical row comes from.
            $module $label [$($key),+, file, row] {
                $($column: $kind, "", $clabel, "Key of the row";)+
                source_id: Label, "", "来源", "Source";
                delivery: Date "?", "", "交付日期", "Delivery";
                file: Label, "", "文件", "File of the delivery";
                row: Int64, "", "行号", "Counted as in quality/rejects";
            }
        }
    };
}

lineage! { lineage_parcel "宗地溯源" [parcel_id, valid_from] { parcel_id: Text, "宗地代码"; valid_from: Date, "生效日期"; } }
lineage! { lineage_zone "区域溯源" [zone_id, valid_from] { zone_id: Text, "区域标识"; valid_from: Date, "生效日期"; } }
lineage! { lineage_enterprise "企业溯源" [uscc] { uscc: Text, "统一社会信用代码"; } }
lineage! { lineage_occupancy "用地关系溯源" [parcel_id, uscc, right, valid_from] {
    parcel_id: Text, "宗地代码"; uscc: Text, "统一社会信用代码"; right: Label, "权利"; valid_from: Date, "生效日期";
} }
// County by county, as the ledgers come: a province's rows need not be held at once to be sorted.
lineage! { lineage_tax "税收溯源" [county_code, uscc, period, kind] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; period: Label, "期间"; kind: Label, "税种";
} }
lineage! { lineage_energy "能源溯源" [county_code, uscc, period, carrier] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; period: Label, "期间"; carrier: Label, "能源品种";
} }
lineage! { lineage_output "产出溯源" [county_code, uscc, period] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; period: Label, "期间";
} }
lineage! { lineage_enterprise_scale "规上企业名单溯源" [county_code, uscc, period] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; period: Label, "期间";
} }
lineage! { lineage_violation "违法违规溯源" [county_code, uscc, field, date] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; field: Label, "领域"; date: Date, "日期";
} }
lineage! { lineage_tag "企业标签溯源" [county_code, uscc, period, tag] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; period: Label, "期间"; tag: Label, "标签";
} }
lineage! { lineage_enterprise_link "企业关联溯源" [county_code, uscc, related_uscc, kind] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; related_uscc: Label, "关联企业"; kind: Label, "关联类型";
} }
lineage! { lineage_emission "污染物排放溯源" [county_code, uscc, period, pollutant] {
    uscc: Label, "统一社会信用代码"; county_code: Label, "县区代码"; period: Label, "期间"; pollutant: Label, "污染物";
} }
lineage! { lineage_project "标准地项目溯源" [county_code, project_id, obligation] {
    project_id: Label, "项目"; county_code: Label, "县区代码"; uscc: Label, "统一社会信用代码"; obligation: Label, "履约事项";
} }
