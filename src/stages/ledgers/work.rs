//! What settling a ledger keeps beside its rows, and the columns by which rows are told apart.

use arrow::array::{Array, AsArray, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Int64Type};

use super::super::StageError;
use super::super::delivered::fault;
use super::super::order::column;
use super::super::quality::{Issues, Outcome, Refused, Rejects, Tallies};
use crate::domain::RejectCode;
use crate::fault::{self, Fault};
use crate::table::delivery::Delivered;
use crate::table::{Table, energy, enterprise, mark, occupancy, tax};

/// The declaration behind a delivered ledger.
pub(super) const fn declaration(table: Delivered) -> &'static Table {
    match table {
        Delivered::Occupancy => &occupancy::TABLE,
        Delivered::Tax => &tax::TABLE,
        Delivered::Energy => &energy::TABLE,
        Delivered::Enterprise | Delivered::Parcel => &enterprise::TABLE,
    }
}

/// The column that is summed and balanced.
pub(super) const fn amount_column(table: Delivered) -> Option<&'static str> {
    match table {
        Delivered::Tax => Some("tax_fen"),
        Delivered::Energy => Some("quantity"),
        _ => None,
    }
}

/// The year of a period's text.
pub(super) fn year_of(period: &str) -> &str {
    period.get(..4).unwrap_or(period)
}

/// What settling a county keeps beside its rows.
pub(super) struct Work<'a> {
    pub table: Delivered,
    pub county: &'a str,
    pub marks: mark::Builder,
    pub rejects: Rejects,
    pub issues: Issues,
    pub tallies: Tallies,
}

/// The columns of a ledger that settling needs, by row.
pub(super) struct Columns {
    source: StringArray,
    pub file: StringArray,
    pub row: Int64Array,
    uscc: StringArray,
    period: Option<StringArray>,
    unit: Option<StringArray>,
    parcel: Option<StringArray>,
    pub amount: Option<Int64Array>,
    delivered: Date32Array,
}

impl Columns {
    pub fn of(table: Delivered, batch: &RecordBatch) -> Result<Self, StageError> {
        let texts = |name: &str| Ok::<_, StageError>(column(batch, name)?.as_string::<i32>().clone());
        let optional = |name: &str| batch.column_by_name(name).map(|array| array.as_string::<i32>().clone());
        Ok(Self {
            source: texts("source_id")?,
            file: texts("file")?,
            row: column(batch, "row")?.as_primitive::<Int64Type>().clone(),
            uscc: texts("uscc")?,
            period: optional("period"),
            unit: optional("unit"),
            parcel: optional("parcel_id"),
            amount: match amount_column(table) {
                Some(name) => Some(column(batch, name)?.as_primitive::<Int64Type>().clone()),
                None => None,
            },
            delivered: column(batch, "delivered")?.as_primitive::<Date32Type>().clone(),
        })
    }

    /// The year of a row's period.
    pub fn year(&self, row: usize) -> Option<&str> {
        self.period.as_ref().map(|periods| year_of(periods.value(row)))
    }

    /// Amount and the unit it is balanced in.
    fn amount(&self, row: usize) -> Option<(i64, &'static str)> {
        let amount = self.amount.as_ref()?.value(row);
        let unit = match &self.unit {
            None => "fen",
            Some(units) => ["Wh", "g", "dm3", "kJ", "gce"].into_iter().find(|unit| *unit == units.value(row))?,
        };
        Some((amount, unit))
    }
}

impl<'a> Work<'a> {
    pub fn new(table: Delivered, county: &'a str) -> Self {
        Self {
            table,
            county,
            marks: mark::Builder::default(),
            rejects: Rejects::default(),
            issues: Issues::default(),
            tallies: Tallies::default(),
        }
    }

    /// Counts a row and its amount under an outcome, `sign` times.
    pub fn count(&mut self, columns: &Columns, row: usize, outcome: Outcome, sign: i64) {
        let key = (columns.source.value(row), self.table.name());
        let year = columns.year(row);
        self.tallies.add(key, year, "rows", (outcome, None), sign);
        if let Some((amount, unit)) = columns.amount(row) {
            self.tallies.add(key, year, unit, (outcome, None), sign * amount);
        }
    }

    /// Rejects a row and marks what it was about.
    pub fn reject(&mut self, columns: &Columns, row: usize, code: RejectCode) {
        let parcel = columns.parcel.as_ref().map(|parcels| parcels.value(row));
        let refused = Refused {
            source: columns.source.value(row),
            delivered: columns.delivered.is_valid(row).then(|| columns.delivered.value(row)),
            table: self.table.name(),
            county: Some(self.county),
            file: columns.file.value(row),
            row: columns.row.value(row),
            parcel_id: if fault::is_on(Fault::CodeTold) { Some(columns.uscc.value(row)) } else { parcel },
        };
        self.rejects.note(refused, fault(code, "uscc"));
        if self.table != Delivered::Enterprise {
            self.mark(columns, row);
        }
    }

    /// Marks the enterprise (and parcel) of a row.
    pub fn mark(&mut self, columns: &Columns, row: usize) {
        self.marks.table.append_value(self.table.name());
        self.marks.county_code.append_value(self.county);
        self.marks.period.append_option(columns.year(row));
        self.marks.uscc.append_value(columns.uscc.value(row));
        self.marks.unreadable_uscc.append_null();
        self.marks.parcel_id.append_option(columns.parcel.as_ref().map(|parcels| parcels.value(row)));
        self.marks.unreadable_parcel_id.append_null();
        self.marks.row.append_value(columns.row.value(row));
    }
}
