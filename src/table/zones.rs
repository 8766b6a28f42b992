//! Tables of zones: as read, as settled, as published, and what of each parcel lies in each.

use super::declare::table;

table! {
    /// A zone row of one source, valid by itself, before duplicates and deliveries are settled.
    zone_read "区域（入库前）" [zone_id, valid_from, row] {
        zone_id: Text, "", "区域标识", "Zone: <county>:<kind>:<id as delivered>";
        valid_from: Date, "", "生效日期", "First day of this version";
        valid_to: Date "?", "", "失效日期", "Last day of this version; null = open";
        county_code: Text, "", "县区代码", "County it is delivered for";
        kind: Text, "", "区域类别", "plan_use, control_line, urban_boundary, farmland, platform, micro_park or barrier";
        name: Text "?", "", "区域名称", "Name";
        class: Text "?", "", "区域分类", "Class within the kind: the plan's use code, the platform's type …";
        built: Date "?", "", "建成日期", "Day it was built";
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
        file: Text, "", "文件", "File of the delivery";
        row: Int64, "", "行号", "Feature id in the file";
    }
}

table! {
    /// One version of one zone, settled: unique by its key, in Hilbert order.
    zone "区域" [zone_id, valid_from] {
        zone_id: Text, "", "区域标识", "Zone";
        valid_from: Date, "", "生效日期", "First day of this version";
        valid_to: Date "?", "", "失效日期", "Last day of this version; null = open";
        county_code: Text, "", "县区代码", "County it is delivered for";
        kind: Text, "", "区域类别", "plan_use, control_line, urban_boundary, farmland, platform, micro_park or barrier";
        name: Text "?", "", "区域名称", "Name";
        class: Text "?", "", "区域分类", "Class within the kind";
        built: Date "?", "", "建成日期", "Day it was built";
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
    /// One zone in force at the end of the latest judged period.
    geo_zone "区域（空间）" [zone_id] {
        zone_id: Text, "", "区域标识", "Zone: <county>:<kind>:<id as delivered>";
        period: Label, "", "期间", "Latest judged period";
        county_code: Label, "", "县区代码", "County it is delivered for";
        kind: Label, "", "区域类别", "plan_use, control_line, urban_boundary, farmland, platform, micro_park or barrier";
        name: Text "?", "", "区域名称", "Name";
        class: Label "?", "", "区域分类", "Class within the kind: the plan's use code, the platform's type …";
        built: Date "?", "", "建成日期", "Day it was built";
        valid_from: Date, "", "生效日期", "First day of this version";
        valid_to: Date "?", "", "失效日期", "Last day of this version; null = open";
        area_m2: Decimal4, "m²", "椭球面积", "Ellipsoidal area (TD/T 1055)";
        area_mu: Double, "亩", "椭球面积（亩）", "Ellipsoidal area";
        lon: Double, "°", "内点经度", "Interior point's longitude";
        lat: Double, "°", "内点纬度", "Interior point's latitude";
        geometry: Geometry, "", "图形", "Polygon, EPSG:4490";
    }
}

table! {
    /// What a surface parcel and a zone share, both in force at the end of the latest judged period.
    parcel_zone "宗地与区域" [parcel_id, zone_id] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        zone_id: Label, "", "区域标识", "Zone";
        period: Label, "", "期间", "Latest judged period";
        county_code: Label, "", "县区代码", "The parcel's county; the zone's may be another";
        kind: Label, "", "区域类别", "plan_use, control_line, urban_boundary, farmland, platform, micro_park or barrier";
        class: Label "?", "", "区域分类", "The zone's class within its kind";
        name: Label "?", "", "区域名称", "The zone's name";
        overlap_m2: Decimal4, "m²", "重叠面积", "Land that both share, in the equal-area plane in which areas are taken";
        overlap_mu: Double, "亩", "重叠面积（亩）", "The same";
        parcel_share: Double, "", "占宗地比例", "Of the parcel's ellipsoidal area";
        zone_share: Double, "", "占区域比例", "Of the zone's ellipsoidal area";
        is_assigned: Bool "?", "", "是否归入", "Whether the policy counts the parcel to this zone, at most one of a kind; null where it does not say how";
    }
}

table! {
    /// The platform or micro-park that a surface parcel is counted to, both in force at the end of a judged period.
    parcel_platform "宗地归属平台" [parcel_id, period, kind] {
        parcel_id: Text, "", "宗地代码", "Parcel code";
        period: Label, "", "期间", "Year";
        kind: Label, "", "区域类别", "platform or micro_park";
        platform_id: Label, "", "平台标识", "Zone";
        county_code: Label, "", "县区代码", "The parcel's county; the zone's may be another";
    }
}
