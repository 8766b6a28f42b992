//! Stable codes of what is refused (rejects) and of what is taken with a remark (issues).
//! They are published and scheduled on: a code is never reused with another meaning.

use std::fmt;

/// Declares an enum of codes: `snake_case` text, Chinese label, what it means and what to do.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $text:literal $label:literal $meaning:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $meaning] $variant),+
        }

        impl $name {
            /// Every code, in order of declaration.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable text in snake case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The Chinese label.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// What it means, and the remedy.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Why a source row was rejected.
    RejectCode {
        ParcelIdMissing "parcel_id_missing" "宗地代码缺失" "The row has no parcel code; deliver it with one.",
        ParcelIdMalformed "parcel_id_malformed" "宗地代码格式错误" "Not a 19-character 宗地代码 nor a 28-character 不动产单元代码; correct it, or map with ids = \"external\".",
        ParcelIdDuplicate "parcel_id_duplicate" "宗地代码重复" "Several differing rows of one delivery carry this parcel code; all are refused until one remains.",
        ParcelIdTwoCounties "parcel_id_two_counties" "宗地代码跨县重复" "Two counties deliver this parcel code; refused in both until one gives it up.",
        ParcelUnknown "parcel_unknown" "宗地不存在" "The row names a parcel that no accepted parcel row has.",
        ParcelRejected "parcel_rejected" "宗地已拒收" "The row names a parcel whose own row was rejected; mend that one.",
        IdMissing "id_missing" "标识缺失" "The row has no identifier.",
        IdNotUscc "id_not_uscc" "非统一社会信用代码" "A 15-digit registration number, as the self-employed have; it marks nobody.",
        ExternalIdMalformed "external_id_malformed" "外部标识格式错误" "An external id is at most 64 printable ASCII characters.",
        UsccMalformed "uscc_malformed" "统一社会信用代码格式错误" "Not 18 characters of the GB 32100 alphabet (no I O S V Z).",
        UsccBadCheck "uscc_bad_check" "统一社会信用代码校验位错误" "The check character does not fit; at least one character is wrong.",
        DuplicateKey "duplicate_key" "主键重复" "Several differing rows of one delivery carry the same key; all are refused until one remains, or the mapping's `duplicates` says what such rows mean.",
        DivisionMalformed "division_malformed" "区划代码格式错误" "The county field is not a code of six digits.",
        AmountMissing "amount_missing" "数值缺失" "The amount is empty; an absent amount is unknown, never zero.",
        AmountUnreadable "amount_unreadable" "数值无法识别" "The amount is not a decimal number.",
        AmountOutOfRange "amount_out_of_range" "数值超出范围" "The amount is negative where it cannot be, or larger than a province could have.",
        PeriodUnreadable "period_unreadable" "期间无法识别" "The period is none of 2024, 2024Q3, 2024-07.",
        PeriodNotYear "period_not_year" "期间不是年度" "The list is yearly; deliver it by years, as 2024.",
        PeriodOverlap "period_overlap" "期间重叠" "Years, quarters and months are mixed for one key; deliver one of them.",
        DateUnreadable "date_unreadable" "日期无法识别" "The date is none of 2024-01-31, 20240131, 2024/1/31.",
        ValueUnknown "value_unknown" "取值不在映射中" "The value is not listed in the mapping's values, and otherwise = \"reject\".",
        FieldMissing "field_missing" "必填字段缺失" "A required column is empty.",
        TextTooLong "text_too_long" "文本过长" "A text of more than 1,000 characters.",
        EncodingBroken "encoding_broken" "编码错误" "The text is not valid in the file's encoding; declare the right one.",
        RowMalformed "row_malformed" "行格式错误" "The row has more or fewer fields than the header.",
        GeometryMissing "geometry_missing" "图形缺失" "The feature has no geometry, or an empty one.",
        GeometryNotPolygon "geometry_not_polygon" "图形非面" "The geometry is not a polygon or multipolygon.",
        GeometryUnreadable "geometry_unreadable" "图形无法读取" "The geometry's bytes are not well-known binary.",
        GeometryTooLarge "geometry_too_large" "图形过大" "More vertices than one parcel can have.",
        GeometryNotFinite "geometry_not_finite" "坐标非有限数" "A coordinate is not a finite number.",
        GeometryCollapsed "geometry_collapsed" "图形退化" "Nothing of the geometry is left on the 0.1 mm grid, or after repair.",
        GeometryInvalid "geometry_invalid" "图形无效" "The geometry is invalid and could not be repaired.",
        CoordinatesOutside "coordinates_outside" "坐标超出范围" "The coordinates cannot be transformed, or lie outside the coordinate system's area; the declared system is likely wrong.",
        OccupancyNegative "occupancy_negative" "占用面积为负" "More land is let than the lessor occupies on this parcel.",
    }
}

codes! {
    /// A remark on something that was taken.
    IssueCode {
        RingClosed "ring_closed" "已闭合环" "A ring's last point was not its first; it was closed.",
        GeometryRepaired "geometry_repaired" "图形已修复" "The geometry was invalid and was repaired by the odd-even rule; check it against the survey.",
        AreaDifference "area_difference" "登记面积与量算面积不符" "Registered and measured area differ by more than the policy allows; the parcel is not judged by yield.",
        AreaRegisteredMissing "area_registered_missing" "登记面积缺失" "No registered area; the ellipsoidal one stands in for it.",
        DivisionDisagrees "division_disagrees" "区划不一致" "The parcel code's county is not the county it is delivered for.",
        VersionsOverlap "versions_overlap" "宗地版本重叠" "Two versions of one parcel or zone are valid at once; the one that begins later is taken.",
        DeliverySuperseded "delivery_superseded" "交付被替代" "A newer delivery of the same table, county and year replaces these rows.",
        EvaluationGroups "evaluation_groups" "评价组重叠" "An enterprise or platform falls into several groups of the evaluation and is evaluated in none: part their conditions in the policy set.",
        LinkCycle "link_cycle" "企业关联成环" "Enterprises belong to each other in a circle, so that nobody heads them: none of them is evaluated where the set evaluates them together. They stand in `bi/enterprise_evaluation` (`standing` `links_cycle`), the file and row of each of their links in `lineage/enterprise_link`: correct that list.",
        LinkHeads "link_heads" "企业关联多头" "Enterprises that belong together have several heads: none of them is evaluated where the set evaluates them together. They stand in `bi/enterprise_evaluation` (`standing` `links_several`), the file and row of each of their links in `lineage/enterprise_link`: correct that list, or end what no longer holds.",
        FrozenClass "frozen_class" "固定基准缺分组" "A frozen benchmark has no value for this class (id: the policy set whose `frozen` names the file, the benchmark, the class), so nothing of it is measured: freeze the benchmarks anew, or take `frozen` out of that set.",
        DeliveryTie "delivery_tie" "交付日期相同" "Two deliveries of one table, county and year carry the same date; the source with the greater id replaces the other. If both are parts of one delivery, give them to one source.",
        DivisionFar "division_far" "位置远离县区" "The parcel or zone lies more than 20 km outside its county: the coordinate system is likely declared wrong.",
        YearIncomplete "year_incomplete" "年度不完整" "The quarters or months of the year are not all there: its sum is a lower bound.",
        OccupancyExcess "occupancy_excess" "占用面积超宗地面积" "Occupants together hold more than the parcel; their shares are scaled down.",
        OccupancyFloorUnknown "floor_unknown" "建筑面积未知" "Occupied by floor, but the parcel's floor area is unknown: amounts cannot be allocated here.",
        AmountRounded "amount_rounded" "数值已舍入" "Amounts finer than the smallest unit were rounded half away from zero.",
        EnterpriseConflict "enterprise_conflict" "企业信息冲突" "Two deliveries describe one enterprise differently; the newer is kept.",
        IndustryUnknown "industry_unknown" "行业代码不在工业门类" "The industry code is none of GB/T 4754-2017's sections B, C and D, or cannot be read; the enterprise is kept under its code, without a name.",
        OrganisationBadCheck "organisation_bad_check" "组织机构代码校验位错误" "The organisation code inside the USCC breaks its own check (GB 11714); old codes do.",
        GrantedAfterDue "granted_after_due" "供地日期晚于约定日期" "An obligation of this project was due before its land was granted: one of both dates is wrong. They are taken as they are; where it is the completion, its plot is in no construction period.",
        PolicyNameUnused "policy_name_unused" "政策名称无对应数据" "A policy set names this carrier, pollutant, class of zones (after its kind) or use code, and no accepted row has it (of a carrier: in a unit that its factor fits), while rows have what their set lacks (`policy_name_lacking`): one of both may be misspelt.",
        PolicyNameLacking "policy_name_lacking" "数据名称不在政策中" "Rows have this carrier (or in a unit that its factor does not fit), pollutant, class or, in a county without industrial land, use code; their policy set does not name it, while it names what no row has (`policy_name_unused`). Energy without a factor leaves sums that are lower bounds; other names are not counted.",
        ZonesOverlap "zones_overlap" "区域重叠" "The zone shares more than 1 m² with another plan use or platform of its county; which of them a parcel there is counted to follows the policy's order.",
        BlockUndissolved "block_undissolved" "片区边界未合并" "The members' outlines could not be merged; they are published side by side.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_snake_case() {
        let mut texts: Vec<_> = RejectCode::ALL.iter().map(|code| code.as_str()).collect();
        texts.extend(IssueCode::ALL.iter().map(|code| code.as_str()));
        let count = texts.len();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), count);
        assert!(texts.iter().all(|text| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }
}
