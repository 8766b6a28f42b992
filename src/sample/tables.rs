//! The tables that are no maps: registers of the whole province and ledgers of one county, with Chinese headers.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use super::SampleError;
use super::ledger::{Row, Told};
use super::occupancy::Register;
use super::parameters::delivery::{Ledger, Names};

/// Header of the enterprise register.
pub const ENTERPRISE: [&str; 8] =
    ["统一社会信用代码", "企业名称", "行业代码", "成立日期", "投产日期", "经营状态", "住所", "区划代码"];
/// Header of the occupancy list.
pub const OCCUPANCY: [&str; 9] =
    ["宗地代码", "统一社会信用代码", "占用方式", "计量方式", "出租方代码", "面积", "起始日期", "终止日期", "区划代码"];

/// The header of a tax or energy ledger: identifier, name, period, kind, amount.
#[must_use]
pub const fn headers(names: Names, is_energy: bool) -> [&'static str; 5] {
    match (names, is_energy) {
        (Names::Standard, false) => ["统一社会信用代码", "企业名称", "所属期", "税种", "入库税额"],
        (Names::Standard, true) => ["统一社会信用代码", "企业名称", "所属期", "能源品种", "消费量"],
        (Names::Local, false) => ["纳税人识别号", "纳税人名称", "税款所属期", "征收项目", "实缴金额"],
        (Names::Local, true) => ["用能单位代码", "用能单位", "统计期", "品种", "用量"],
    }
}

/// The header of an output ledger: identifier, name, period, revenue, value added, R&D, staff.
#[must_use]
pub const fn output_header(names: Names) -> [&'static str; 7] {
    match names {
        Names::Standard => ["统一社会信用代码", "企业名称", "所属期", "营业收入", "工业增加值", "研发费用", "从业人员"],
        Names::Local => ["法人单位代码", "单位名称", "报告期", "营收", "增加值", "研发投入", "用工人数"],
    }
}

/// Records as CSV, quoted where they must be.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn csv<R>(records: impl IntoIterator<Item = R>) -> Result<Vec<u8>, SampleError>
where
    R: IntoIterator<Item: AsRef<str>>,
{
    let failed = |source| SampleError::Csv { source };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        for field in record {
            writer.write_field(field.as_ref()).map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| SampleError::Csv { source: error.into_error().into() })
}

/// The county's own enterprises.
pub fn enterprises<'a>(register: &'a Register, county: &'a str) -> impl Iterator<Item = [String; 8]> + 'a {
    register.members.iter().filter(|member| member.is_local).map(move |member| {
        let enterprise = &member.enterprise;
        [
            enterprise.uscc.clone(),
            enterprise.name.clone(),
            enterprise.industry.clone(),
            enterprise.established.to_string(),
            enterprise.production_since.map(|day| day.to_string()).unwrap_or_default(),
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

/// A county's ledger as a file.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn ledger<T: Told>(
    rows: &[Row<'_, T>],
    register: &Register,
    header: &[&str],
    form: Ledger,
) -> Result<Vec<u8>, SampleError> {
    let records = rows.iter().map(|row| {
        let name = row.member.map_or("个体工商户（示例）", |member| &register.members[member].enterprise.name);
        let kind = (!row.kind.is_empty()).then_some(Cow::Borrowed(row.kind));
        let before = [row.identifier(&register.members).into(), name.into(), row.period.to_string().into()];
        before.into_iter().chain(kind).chain(row.cells().into_iter().map(Cow::Owned)).collect::<Vec<Cow<'_, str>>>()
    });
    let names = || header.iter().copied().map(Cow::Borrowed).collect();
    match form {
        Ledger::Parquet => parquet(header, records),
        Ledger::Csv => csv(std::iter::once(names()).chain(records)),
        Ledger::CsvGb18030 => {
            let text = csv(std::iter::once(names()).chain(records))?;
            Ok(encoding_rs::GB18030.encode(&String::from_utf8_lossy(&text)).0.into_owned())
        }
    }
}

/// Records as Parquet, all columns text.
fn parquet<'a>(names: &[&str], records: impl Iterator<Item = Vec<Cow<'a, str>>>) -> Result<Vec<u8>, SampleError> {
    let failed = |error: ParquetError| SampleError::Embedded { what: error.to_string() };
    let mut columns: Vec<StringBuilder> = names.iter().map(|_| StringBuilder::new()).collect();
    for record in records {
        for (column, text) in columns.iter_mut().zip(record) {
            column.append_value(text);
        }
    }
    let columns = names.iter().zip(columns).map(|(name, mut column)| {
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
