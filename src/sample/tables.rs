//! The CSV files: registers of the whole province and ledgers of one county, with Chinese headers.

use super::SampleError;
use super::ledger::Row;
use super::occupancy::Register;

/// Header of the enterprise register.
pub const ENTERPRISE: [&str; 7] =
    ["统一社会信用代码", "企业名称", "行业代码", "成立日期", "经营状态", "住所", "区划代码"];
/// Header of the occupancy list.
pub const OCCUPANCY: [&str; 9] =
    ["宗地代码", "统一社会信用代码", "占用方式", "计量方式", "出租方代码", "面积", "起始日期", "终止日期", "区划代码"];
/// Header of a tax ledger.
pub const TAX: [&str; 5] = ["统一社会信用代码", "企业名称", "所属期", "税种", "入库税额"];
/// Header of an energy ledger.
pub const ENERGY: [&str; 5] = ["统一社会信用代码", "企业名称", "所属期", "能源品种", "消费量"];
/// Records as CSV, quoted where they must be.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn csv<const N: usize>(records: impl IntoIterator<Item = [String; N]>) -> Result<Vec<u8>, SampleError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(|source| SampleError::Csv { source })?;
    }
    writer.into_inner().map_err(|error| SampleError::Csv { source: error.into_error().into() })
}

/// A header as a record.
#[must_use]
pub fn header<const N: usize>(names: [&str; N]) -> [String; N] {
    names.map(str::to_owned)
}

/// The county's own enterprises.
pub fn enterprises<'a>(register: &'a Register, county: &'a str) -> impl Iterator<Item = [String; 7]> + 'a {
    register.members.iter().filter(|member| member.is_local).map(move |member| {
        let enterprise = &member.enterprise;
        [
            enterprise.uscc.clone(),
            enterprise.name.clone(),
            enterprise.industry.clone(),
            enterprise.established.to_string(),
            enterprise.status.to_owned(),
            enterprise.address.clone(),
            county.to_owned(),
        ]
    })
}

/// The county's occupancy rows.
pub fn occupancy<'a>(register: &'a Register, county: &'a str) -> impl Iterator<Item = [String; 9]> + 'a {
    let uscc = |member: usize| register.members[member].enterprise.uscc.clone();
    register.rows.iter().map(move |row| {
        [
            row.parcel_id.clone(),
            uscc(row.member),
            if row.lessor.is_some() { "租赁" } else { "自有" }.to_owned(),
            if row.by_floor { "建筑" } else { "土地" }.to_owned(),
            row.lessor.map(uscc).unwrap_or_default(),
            row.amount_m2.map(|amount| format!("{amount:.2}")).unwrap_or_default(),
            row.from.to_string(),
            row.to.map(|to| to.to_string()).unwrap_or_default(),
            county.to_owned(),
        ]
    })
}

/// A county's tax or energy ledger.
pub fn ledger<'a>(rows: &'a [Row<'a>], register: &'a Register) -> impl Iterator<Item = [String; 5]> + 'a {
    rows.iter().map(|row| {
        let name = row.member.map_or("个体工商户（示例）", |member| &register.members[member].enterprise.name);
        [register.written(row).to_owned(), name.to_owned(), row.period.to_string(), row.kind.to_owned(), row.amount()]
    })
}
