//! Tables of the cadastre: parcels as read, as settled, and as published with their geometry.

use super::declare::table;

table! {
    /// A parcel row of one source, valid by itself, before duplicates and deliveries are settled.
    parcel_read "宗地（入库前）" [parcel_id, valid_from, row] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        valid_from: Date, "", "生效日期", "First day of this version";
        valid_to: Date "?", "", "失效日期", "Last day of this version; null = open";
        county_code: Text, "", "县区代码", "County it is delivered for";
        layer: Text, "", "权利层", "surface, above or below";
        use_code: Text "?", "", "土地用途代码", "Land use code";
        right_kind: Text "?", "", "权利类型", "Kind of right";
        holder_name: Text "?", "", "权利人", "Holder as registered";
        address: Text "?", "", "坐落", "Address";
        registered_cm2: Int64 "?", "cm²", "登记面积", "Registered area";
        floor_cm2: Int64 "?", "cm²", "建筑面积", "Floor area";
        area_cm2: Int64, "cm²", "椭球面积", "Ellipsoidal area (TD/T 1055)";
        hilbert: Int64, "", "希尔伯特序号", "Hilbert index of order 16 of the bounding box's centre";
        min_lon: Double, "°", "最小经度", "West edge";
        min_lat: Double, "°", "最小纬度", "South edge";
        max_lon: Double, "°", "最大经度", "East edge";
        max_lat: Double, "°", "最大纬度", "North edge";
        lon: Double, "°", "内点经度", "Interior point's longitude";
        lat: Double, "°", "内点纬度", "Interior point's latitude";
        geometry: Geometry, "", "图形", "Polygon";
        ring_closed: Bool, "", "已闭合环", "Whether a ring had to be closed";
        repaired: Bool, "", "图形已修复", "Whether the geometry had to be repaired";
        rounded: Bool, "", "数值已舍入", "Whether an area was finer than 1 cm²";
        file: Text, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Feature id in the file";
    }
}

table! {
    /// One version of one parcel, settled: unique by its key, in Hilbert order.
    parcel "宗地" [parcel_id, valid_from] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        valid_from: Date, "", "生效日期", "First day of this version";
        valid_to: Date "?", "", "失效日期", "Last day of this version; null = open";
        county_code: Text, "", "县区代码", "County";
        layer: Text, "", "权利层", "surface, above or below";
        use_code: Text "?", "", "土地用途代码", "Land use code";
        right_kind: Text "?", "", "权利类型", "Kind of right";
        holder_name: Text "?", "", "权利人", "Holder as registered";
        address: Text "?", "", "坐落", "Address";
        registered_cm2: Int64 "?", "cm²", "登记面积", "Registered area";
        floor_cm2: Int64 "?", "cm²", "建筑面积", "Floor area";
        area_cm2: Int64, "cm²", "椭球面积", "Ellipsoidal area (TD/T 1055)";
        hilbert: Int64, "", "希尔伯特序号", "Hilbert index of order 16 of the bounding box's centre";
        min_lon: Double, "°", "最小经度", "West edge";
        min_lat: Double, "°", "最小纬度", "South edge";
        max_lon: Double, "°", "最大经度", "East edge";
        max_lat: Double, "°", "最大纬度", "North edge";
        lon: Double, "°", "内点经度", "Interior point's longitude";
        lat: Double, "°", "内点纬度", "Interior point's latitude";
        delivered: Date "?", "", "交付日期", "Delivery it comes from";
        geometry: Geometry, "", "图形", "Polygon";
    }
}

table! {
    /// A parcel id that more than one county delivers.
    shared_parcel_id "跨县重复宗地代码" [parcel_id] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
    }
}

table! {
    /// One parcel of the latest judged period, with its geometry and its state.
    geo_parcel "宗地（空间）" [parcel_id] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        period: Label, "", "期间", "Latest judged period";
        county_code: Label, "", "县区代码", "County";
        layer: Text, "", "权利层", "surface, above or below";
        use_code: Text "?", "", "土地用途代码", "Land use code";
        is_industrial: Bool, "", "是否工业用地", "Whether the policy counts its use as industrial";
        area_m2: Decimal4, "m²", "椭球面积", "Ellipsoidal area (TD/T 1055)";
        area_mu: Double, "亩", "椭球面积（亩）", "Ellipsoidal area";
        registered_mu: Double "?", "亩", "登记面积（亩）", "Registered area";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "Counted tax per mu; a lower bound unless tax_completeness is complete";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none";
        energy_tce_per_mu: Double "?", "吨标煤/亩", "亩均能耗", "Energy (equivalent) per mu";
        revenue_wan_per_mu: Double "?", "万元/亩", "亩均营业收入", "Revenue per mu";
        revenue_completeness: Label, "", "营业收入完整性", "complete, lower_bound or none";
        value_added_wan_per_mu: Double "?", "万元/亩", "亩均增加值", "Industrial value added per mu";
        value_added_completeness: Label, "", "工业增加值完整性", "complete, lower_bound (a part is known; what is missing may be negative) or none";
        judgement: Label "?", "", "认定结果", "low, not_low or not_judged; null off industrial surface land";
        is_low_efficiency: Bool "?", "", "是否低效", "The word that lists and blocks use";
        block_id: Label "?", "", "片区编号", "Block it lies in";
        geometry: Geometry, "", "图形", "Polygon, EPSG:4490";
    }
}

table! {
    /// One block of low-efficiency parcels with its dissolved outline.
    geo_block "低效片区（空间）" [block_id] {
        block_id: Text, "", "片区编号", "Block";
        period: Text, "", "期间", "Latest judged period";
        county_code: Text, "", "县区代码", "County of most mu";
        parcels: Int32, "", "宗地数", "Members";
        member_mu: Double, "亩", "成员面积", "Sum of the members' ellipsoidal areas";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "Null unless every member's tax is complete";
        geometry: Geometry, "", "图形", "Outline, EPSG:4490";
    }
}
