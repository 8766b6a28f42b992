//! The macro that turns a declaration into schema, builder, columns and typed view.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryBuilder, BooleanArray, BooleanBuilder, Date32Array, Date32Builder,
    Decimal128Array, Decimal128Builder, Float64Array, Float64Builder, Int32Array, Int32Builder, Int64Array,
    Int64Builder, StringArray, StringBuilder,
};

use super::Kind;
use super::label::{LabelBuilder, Labels};

/// Ties a declared kind to Arrow's builder and array.
pub trait ColumnKind {
    /// The declared kind.
    const KIND: Kind;
    /// Its builder.
    type Builder;
    /// What a column of it is read by.
    type View<'a>;
    /// An empty builder.
    fn builder() -> Self::Builder;
    /// What was appended so far; the builder is empty afterwards.
    fn finish(builder: &mut Self::Builder) -> ArrayRef;
    /// The column, if it is of this kind.
    fn view(column: &dyn Array) -> Option<Self::View<'_>>;
}

macro_rules! kinds {
    ($($name:ident = $kind:expr, $builder:ident $array:ident $new:expr;)+) => {$(
        #[doc = concat!("Marker of [`Kind`] `", stringify!($name), "`.")]
        pub struct $name;
        impl ColumnKind for $name {
            const KIND: Kind = $kind;
            type Builder = $builder;
            type View<'a> = &'a $array;
            fn builder() -> $builder {
                $new
            }
            fn finish(builder: &mut $builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
            fn view(column: &dyn Array) -> Option<&$array> {
                column.as_any().downcast_ref()
            }
        }
    )+};
}

/// A decimal builder of precision 18; the scale is one of the declared ones, so it is always accepted.
fn decimal(scale: i8) -> Decimal128Builder {
    Decimal128Builder::new().with_data_type(arrow::datatypes::DataType::Decimal128(18, scale))
}

kinds! {
    Bool = Kind::Bool, BooleanBuilder BooleanArray BooleanBuilder::new();
    Int32 = Kind::Int32, Int32Builder Int32Array Int32Builder::new();
    Int64 = Kind::Int64, Int64Builder Int64Array Int64Builder::new();
    Double = Kind::Double, Float64Builder Float64Array Float64Builder::new();
    Decimal2 = Kind::Decimal(2), Decimal128Builder Decimal128Array decimal(2);
    Decimal4 = Kind::Decimal(4), Decimal128Builder Decimal128Array decimal(4);
    Text = Kind::Text, StringBuilder StringArray StringBuilder::new();
    Date = Kind::Date, Date32Builder Date32Array Date32Builder::new();
    Geometry = Kind::Geometry, BinaryBuilder BinaryArray BinaryBuilder::new();
}

/// Marker of [`Kind::Label`].
pub struct Label;

impl ColumnKind for Label {
    const KIND: Kind = Kind::Label;
    type Builder = LabelBuilder;
    type View<'a> = Labels<'a>;
    fn builder() -> LabelBuilder {
        LabelBuilder::default()
    }
    fn finish(builder: &mut LabelBuilder) -> ArrayRef {
        builder.finish()
    }
    fn view(column: &dyn Array) -> Option<Labels<'_>> {
        Labels::of(column)
    }
}

/// Declares a table as a module with `TABLE`, `Builder` and `View`.
macro_rules! table {
    ($(#[doc = $meaning:literal])+ $module:ident $label:literal [$($key:ident),*] {
        $($column:ident: $kind:ident $($null:literal)?, $unit:literal, $clabel:literal, $cmeaning:literal;)+
    }) => {
        $(#[doc = $meaning])+
        #[expect(missing_docs, reason = "the columns' meaning stands in their declaration")]
        pub mod $module {
            use arrow::array::RecordBatch;
            use $crate::table::declare::ColumnKind;
            use $crate::table::{Column, Table, TableError};

            /// The declaration.
            pub static TABLE: Table = Table {
                name: stringify!($module),
                label: $label,
                meaning: concat!($($meaning),+),
                key: &[$(stringify!($key)),*],
                columns: &[$(Column {
                    name: stringify!($column),
                    kind: <$crate::table::declare::$kind as ColumnKind>::KIND,
                    is_nullable: !concat!($($null)?).is_empty(),
                    unit: $unit,
                    label: $clabel,
                    meaning: $cmeaning,
                }),+],
            };

            /// One builder a column, in file order.
            pub struct Builder {
                $(pub $column: <$crate::table::declare::$kind as ColumnKind>::Builder,)+
            }

            impl Default for Builder {
                fn default() -> Self {
                    Self { $($column: <$crate::table::declare::$kind as ColumnKind>::builder(),)+ }
                }
            }

            impl Builder {
                /// The rows appended so far as one batch; the builder is empty afterwards.
                ///
                /// # Errors
                /// When columns differ in length or a required value is null: a mistake in the program.
                pub fn finish(&mut self) -> Result<RecordBatch, TableError> {
                    let columns = vec![$(<$crate::table::declare::$kind as ColumnKind>::finish(&mut self.$column)),+];
                    RecordBatch::try_new(TABLE.schema(), columns)
                        .map_err(|source| TableError::Arrow { table: TABLE.name, source })
                }
            }

            /// One array a column, in file order: for what is made column by column.
            pub struct Columns {
                $(pub $column: arrow::array::ArrayRef,)+
            }

            impl Columns {
                /// The columns as one batch.
                ///
                /// # Errors
                /// When columns differ in length, are of another type or lack a required value: a mistake in the program.
                pub fn finish(self) -> Result<RecordBatch, TableError> {
                    RecordBatch::try_new(TABLE.schema(), vec![$(self.$column),+])
                        .map_err(|source| TableError::Arrow { table: TABLE.name, source })
                }
            }

            /// A batch's columns by name and type.
            pub struct View<'a> {
                $(pub $column: <$crate::table::declare::$kind as ColumnKind>::View<'a>,)+
            }

            impl<'a> View<'a> {
                /// The typed columns of `batch`.
                ///
                /// # Errors
                /// When a column is missing or has another type.
                pub fn of(batch: &'a RecordBatch) -> Result<Self, TableError> {
                    Ok(Self {
                        $($column: $crate::table::view::<$crate::table::declare::$kind>(batch, &TABLE, stringify!($column))?,)+
                    })
                }
            }
        }
    };
}

pub(crate) use table;
