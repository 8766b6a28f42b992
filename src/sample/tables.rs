//! The tables that are no maps: registers of the whole province and ledgers of one county, with Chinese headers.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use super::SampleError;
use super::ledger::Row;
use super::occupancy::Register;
use super::parameters::delivery::{Ledger, Names};

/// Header of the enterprise register.
pub const ENTERPRISE: [&str; 7] =
    ["统一社会信用代码", "企业名称", "行业代码", "成立日期", "经营状态", "住所", "区划代码"];
/// Header of the occupancy list.
pub const OCCUPANCY: [&str; 9] =
    ["宗地代码", "统一社会信用代码", "占用方式", "计量方式", "出租方代码", "面积", "起始日期", "终止日期", "区划代码"];
/// Columns of a ledger: identifier, name, period, kind, amount.
pub type Header = [&'static str; 5];

/// The header of a tax or energy ledger.
#[must_use]
pub const fn headers(names: Names, is_energy: bool) -> Header {
    match (names, is_energy) {
        (Names::Standard, false) => ["统一社会信用代码", "企业名称", "所属期", "税种", "入库税额"],
        (Names::Standard, true) => ["统一社会信用代码", "企业名称", "所属期", "能源品种", "消费量"],
        (Names::Local, false) => ["纳税人识别号", "纳税人名称", "税款所属期", "征收项目", "实缴金额"],
        (Names::Local, true) => ["用能单位代码", "用能单位", "统计期", "品种", "用量"],
    }
}

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

/// A county's tax or energy ledger as a file.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn ledger(rows: &[Row<'_>], register: &Register, names: Header, form: Ledger) -> Result<Vec<u8>, SampleError> {
    let records = rows.iter().map(|row| {
        let name = row.member.map_or("个体工商户（示例）", |member| &register.members[member].enterprise.name);
        [
            row.identifier(&register.members).to_owned(),
            name.to_owned(),
            row.period.to_string(),
            row.kind.to_owned(),
            row.amount(),
        ]
    });
    match form {
        Ledger::Parquet => parquet(names, records),
        Ledger::Csv => csv(std::iter::once(header(names)).chain(records)),
        Ledger::CsvGb18030 => {
            let text = csv(std::iter::once(header(names)).chain(records))?;
            Ok(encoding_rs::GB18030.encode(&String::from_utf8_lossy(&text)).0.into_owned())
        }
    }
}

/// Records as Parquet, all columns text.
fn parquet(names: Header, records: impl Iterator<Item = [String; 5]>) -> Result<Vec<u8>, SampleError> {
    let failed = |error: ParquetError| SampleError::Embedded { what: error.to_string() };
    let mut columns: [StringBuilder; 5] = std::array::from_fn(|_| StringBuilder::new());
    for record in records {
        for (column, text) in columns.iter_mut().zip(record) {
            column.append_value(text);
        }
    }
    let columns = names.into_iter().zip(columns).map(|(name, mut column)| {
        let column: ArrayRef = Arc::new(column.finish());
        (name, column)
    });
    let batch = RecordBatch::try_from_iter(columns).map_err(|error| failed(error.into()))?;
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.close().map_err(failed)?;
    Ok(bytes)
}
