//! Every canonical and published table, declared once: column, type, unit, Chinese label, meaning, key.
//! Schemas, builders, typed views, field metadata and `dictionary.json` are all made from here.

mod blocks;
mod cadastre;
mod declare;
pub mod delivery;
pub mod dictionary;
mod evaluation;
mod findings;
pub mod frame;
mod history;
mod industries;
mod label;
mod ledgers;
mod platforms;
mod projects;
mod quality;
mod sorting;
mod summaries;
pub mod truth;
mod yields;
mod zones;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

pub use blocks::{block, block_edge, block_member, block_target};
pub use cadastre::{geo_block, geo_parcel, parcel, parcel_read, shared_parcel_id};
pub use evaluation::{
    benchmark, enterprise_adjustment, enterprise_evaluation, enterprise_figure, enterprise_group, enterprise_indicator,
    enterprise_sum, evaluation_item, evaluation_population,
};
pub use findings::{parcel_finding, parcel_rule_status, population, rule, rule_benchmark, rule_coverage};
pub use history::{history_benchmark, history_grade};
pub use industries::{dim_industry, enterprise_spread, enterprise_tally, industry_summary};
pub use label::{LabelBuilder, Labels, Repeated, Standing, are_same, label_texts, labelled};
pub use ledgers::{
    coverage, emission, energy, enterprise, enterprise_link, enterprise_scale, mark, occupancy, output, project,
    settled_mark, tag, tax, violation,
};
pub use platforms::{
    dim_platform, platform_adjustment, platform_enterprise, platform_evaluation, platform_figure, platform_indicator,
    platform_summary, platform_tally,
};
pub use projects::project_state;
pub use quality::{issue, reconciliation, reject, tally};
pub use quality::{
    lineage_emission, lineage_energy, lineage_enterprise, lineage_enterprise_link, lineage_enterprise_scale,
    lineage_occupancy, lineage_output, lineage_parcel, lineage_project, lineage_tag, lineage_tax, lineage_violation,
    lineage_zone,
};
pub use sorting::{by_keys, ranks, text_order};
pub use summaries::{dim_division, division_summary, division_tally, parcel_card};
pub use yields::{occupant, parcel_enterprise, parcel_share, parcel_yield, stray};
pub use zones::{geo_zone, parcel_platform, parcel_zone, zone, zone_read};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A small whole number.
    Int32,
    /// A whole number.
    Int64,
    /// A ratio, computed once and never summed.
    Double,
    /// An exact number with this many decimal places.
    Decimal(i8),
    /// Text.
    Text,
    /// Text that repeats: kept as a dictionary between stages, published as text.
    Label,
    /// A calendar date.
    Date,
    /// A polygon or multipolygon as well-known binary, lon/lat in EPSG:4490.
    Geometry,
}

impl Kind {
    /// The kind whose Arrow type that is.
    #[must_use]
    pub fn of(arrow: &DataType) -> Option<Self> {
        let kind = match arrow {
            DataType::Boolean => Self::Bool,
            DataType::Int32 => Self::Int32,
            DataType::Int64 => Self::Int64,
            DataType::Float64 => Self::Double,
            DataType::Decimal128(_, scale) => Self::Decimal(*scale),
            DataType::Utf8 => Self::Text,
            DataType::Dictionary(..) => Self::Label,
            DataType::Date32 => Self::Date,
            DataType::Binary => Self::Geometry,
            _ => return None,
        };
        (kind.arrow() == *arrow).then_some(kind)
    }

    /// The Arrow type.
    #[must_use]
    pub fn arrow(self) -> DataType {
        match self {
            Self::Bool => DataType::Boolean,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Decimal(scale) => DataType::Decimal128(18, scale),
            Self::Text => DataType::Utf8,
            Self::Label => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Date => DataType::Date32,
            Self::Geometry => DataType::Binary,
        }
    }

    /// The name in the dictionary.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Bool => "bool".into(),
            Self::Int32 => "int32".into(),
            Self::Int64 => "int64".into(),
            Self::Double => "double".into(),
            Self::Decimal(scale) => format!("decimal(18,{scale})"),
            Self::Text | Self::Label => "utf8".into(),
            Self::Date => "date32".into(),
            Self::Geometry => "wkb".into(),
        }
    }
}

/// A column's declaration.
#[derive(Debug)]
pub struct Column {
    /// `snake_case` name, unit last.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Whether a value may be absent; absent means unknown.
    pub is_nullable: bool,
    /// Unit, or empty.
    pub unit: &'static str,
    /// Chinese label.
    pub label: &'static str,
    /// What it holds.
    pub meaning: &'static str,
}

/// A table's declaration.
#[derive(Debug)]
pub struct Table {
    /// `snake_case` name.
    pub name: &'static str,
    /// Chinese label.
    pub label: &'static str,
    /// What a row is.
    pub meaning: &'static str,
    /// The columns that tell rows apart, in sort order.
    pub key: &'static [&'static str],
    /// All columns, in file order.
    pub columns: &'static [Column],
}

/// A batch does not fit its declaration: a mistake in the program, never in the data.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A column is missing or has another type.
    #[error("table {table}: column {column} is missing or is not {expected}")]
    Column {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Declared type.
        expected: DataType,
    },
    /// Arrow refused the batch.
    #[error("table {table}: {source}")]
    Arrow {
        /// Table.
        table: &'static str,
        /// Arrow's reason.
        source: ArrowError,
    },
    /// Polars refused the frame; its words are dropped, they can hold values.
    #[error("table {table}: polars could not {action}")]
    Frame {
        /// Table.
        table: &'static str,
        /// What was tried.
        action: &'static str,
    },
}

/// The published batch with its repeating texts as labels again, as the table declares them; it may hold some of the columns.
///
/// # Errors
/// When a column is not of the table, or not of its type.
pub fn declared(batch: &RecordBatch, table: &'static Table) -> Result<RecordBatch, TableError> {
    let failed = |source| TableError::Arrow { table: table.name, source };
    let (schema, there) = (table.schema(), batch.schema());
    let fields: Result<Vec<&Field>, _> =
        there.fields().iter().map(|field| schema.field_with_name(field.name())).collect();
    let fields: Vec<Field> = fields.map_err(failed)?.into_iter().cloned().collect();
    let columns: Result<Vec<ArrayRef>, _> =
        batch.columns().iter().zip(&fields).map(|(column, field)| cast(column, field.data_type())).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.map_err(failed)?).map_err(failed)
}

/// A column of a batch that holds some of a table's columns, by name and type.
///
/// # Errors
/// When it is missing or has another type.
pub fn column<'a, T: 'static>(
    batch: &'a RecordBatch,
    table: &'static Table,
    name: &'static str,
) -> Result<&'a T, TableError> {
    let found = batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref());
    found.ok_or_else(|| not_there(table, name))
}

/// A column of a batch by name and kind.
fn view<'a, K: declare::ColumnKind>(
    batch: &'a RecordBatch,
    table: &'static Table,
    name: &'static str,
) -> Result<K::View<'a>, TableError> {
    let found = batch.column_by_name(name).and_then(|column| K::view(column));
    found.ok_or_else(|| not_there(table, name))
}

/// The labels of a batch that holds some of a table's columns, by name.
///
/// # Errors
/// When the column is missing or has another type.
pub fn labels<'a>(batch: &'a RecordBatch, table: &'static Table, name: &'static str) -> Result<Labels<'a>, TableError> {
    view::<declare::Label>(batch, table, name)
}

fn not_there(table: &'static Table, name: &'static str) -> TableError {
    let declared = table.columns.iter().find(|column| column.name == name).map(|column| column.kind.arrow());
    TableError::Column { table: table.name, column: name, expected: declared.unwrap_or(DataType::Null) }
}

impl Table {
    /// The Arrow schema, with label, unit and meaning in each field's metadata.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &Column| {
            let mut metadata = HashMap::from([
                ("label".to_owned(), column.label.to_owned()),
                ("meaning".to_owned(), column.meaning.to_owned()),
            ]);
            if !column.unit.is_empty() {
                metadata.insert("unit".to_owned(), column.unit.to_owned());
            }
            Field::new(column.name, column.kind.arrow(), column.is_nullable).with_metadata(metadata)
        };
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// The Arrow schema under which readers get the table: labels as text.
    #[must_use]
    pub fn published_schema(&self) -> SchemaRef {
        let schema = self.schema();
        let published = |field: &Arc<Field>| match field.data_type() {
            DataType::Dictionary(_, text) => field.as_ref().clone().with_data_type(text.as_ref().clone()),
            _ => field.as_ref().clone(),
        };
        Arc::new(Schema::new(schema.fields().iter().map(published).collect::<Vec<_>>()))
    }

    /// All batches as one.
    ///
    /// # Errors
    /// When a batch has another schema.
    pub fn concat<'a>(&self, batches: impl IntoIterator<Item = &'a RecordBatch>) -> Result<RecordBatch, TableError> {
        arrow::compute::concat_batches(&self.schema(), batches)
            .map_err(|source| TableError::Arrow { table: self.name, source })
    }
}
