//! Tables of blocks: contiguous low-efficiency land.

use super::declare::table;

table! {
    /// A low-efficiency parcel with what blocks need of it.
    block_target "片区目标宗地" [parcel_id] {
        parcel_id: Text, "", "宗地代码", "Parcel";
        county_code: Text, "", "县区代码", "County";
        area_cm2: Int64, "cm²", "椭球面积", "Ellipsoidal area";
        basis_cm2: Int64, "cm²", "计量面积", "Land on the set's basis";
        tax_fen: Int64 "?", "分", "税收", "Counted tax";
        tax_completeness: Label, "", "税收完整性", "complete, lower_bound or none";
        min_lon: Double, "°", "最小经度", "West edge";
        min_lat: Double, "°", "最小纬度", "South edge";
        max_lon: Double, "°", "最大经度", "East edge";
        max_lat: Double, "°", "最大纬度", "North edge";
        geometry: Geometry, "", "图形", "Polygon";
    }
}

table! {
    /// Two members of one block whose gap is at most the policy's.
    block_edge "片区邻接" [block_id, parcel_id, other_id] {
        block_id: Text, "", "片区编号", "Block";
        parcel_id: Text, "", "宗地代码", "The smaller id";
        other_id: Text, "", "相邻宗地代码", "The greater id";
        gap_m: Double, "m", "间距", "Distance; 0 when they touch";
    }
}

table! {
    /// A member of a block.
    block_member "片区成员" [block_id, parcel_id] {
        block_id: Text, "", "片区编号", "Block";
        parcel_id: Text, "", "宗地代码", "Parcel";
        county_code: Label, "", "县区代码", "County of the parcel";
        period: Label, "", "期间", "Latest judged period";
        role: Label, "", "角色", "target, sliver, retained or enclave";
        area_mu: Double, "亩", "椭球面积", "Ellipsoidal area";
        area_cm2: Int64, "cm²", "椭球面积（平方厘米）", "Ellipsoidal area, exact";
        basis_mu: Double, "亩", "计量面积", "Land on the set's basis";
        basis_cm2: Int64, "cm²", "计量面积（平方厘米）", "Land on the set's basis, exact";
    }
}

table! {
    /// A block of low-efficiency parcels that lie together.
    block "低效片区" [block_id] {
        block_id: Text, "", "片区编号", "B, county of most mu, six digits";
        period: Text, "", "期间", "Latest judged period";
        county_code: Text, "", "县区代码", "County of most mu";
        county_codes: Text, "", "涉及县区", "All counties, joined by commas";
        parcels: Int32, "", "宗地数", "Members";
        targets: Int32, "", "低效宗地数", "Members that are low-efficiency themselves";
        member_mu: Double, "亩", "成员面积", "Sum of the members' ellipsoidal areas";
        overlap_mu: Double, "亩", "重叠面积", "Land registered more than once";
        outline_mu: Double, "亩", "轮廓面积", "Area of the dissolved outline";
        basis_mu: Double, "亩", "计量面积", "Sum of the members on the set's land basis";
        member_cm2: Int64, "cm²", "成员面积（平方厘米）", "Exact";
        overlap_cm2: Int64, "cm²", "重叠面积（平方厘米）", "Exact";
        outline_cm2: Int64, "cm²", "轮廓面积（平方厘米）", "Exact";
        basis_cm2: Int64, "cm²", "计量面积（平方厘米）", "Exact";
        tax_yuan: Decimal2 "?", "元", "税收", "Counted tax of the members; a lower bound unless complete";
        tax_completeness: Text, "", "税收完整性", "complete, lower_bound or none";
        tax_wan_per_mu: Double "?", "万元/亩", "亩均税收", "tax_yuan per basis_mu; null unless every member is complete";
        lon: Double, "°", "内点经度", "Interior point's longitude";
        lat: Double, "°", "内点纬度", "Interior point's latitude";
        geometry: Geometry, "", "图形", "Outline";
    }
}
