//! What settling a ledger keeps beside its rows, and the columns by which rows are told apart.

use std::sync::Arc;

use arrow::array::{Array, Date32Array, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::delivered::{energy_unit, fault};
use super::super::order::text;
use super::super::quality::{Counts, Issues, Outcome, Refused, Rejects, Tallies};
use crate::domain::RejectCode;
use crate::fault::{self, Fault};
use crate::table::delivery::{Amount, Delivered};
use crate::table::{Labels, Table, TableError, column, labels, mark};

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

/// Codes of source and period, the amount and its unit's code, and the outcome.
pub(super) type Counted = (usize, Option<usize>, Option<(usize, Option<usize>)>, Outcome);

/// The columns of a ledger that settling needs, by row.
pub(super) struct Columns<'b> {
    pub source: Labels<'b>,
    pub file: Labels<'b>,
    pub row: &'b Int64Array,
    /// By the table's enterprises.
    enterprises: Vec<Texts<'b>>,
    pub period: Option<Labels<'b>>,
    unit: Option<Labels<'b>>,
    parcel: Option<&'b StringArray>,
    /// By the table's amounts.
    pub amounts: Vec<(&'static Amount, &'b Int64Array)>,
    delivered: &'b Date32Array,
}

/// Enterprises stand as labels where they repeat, else as text.
enum Texts<'b> {
    Labels(Labels<'b>),
    Plain(&'b StringArray),
}

impl<'b> Texts<'b> {
    fn of(batch: &'b RecordBatch, declared: &'static Table, name: &'static str) -> Result<Self, TableError> {
        match labels(batch, declared, name) {
            Ok(labels) => Ok(Self::Labels(labels)),
            Err(_) => Ok(Self::Plain(column(batch, declared, name)?)),
        }
    }

    fn value(&self, row: usize) -> &str {
        match self {
            Self::Labels(labels) => labels.value(row),
            Self::Plain(texts) => texts.value(row),
        }
    }
}

impl<'b> Columns<'b> {
    pub fn of(table: Delivered, batch: &'b RecordBatch) -> Result<Self, StageError> {
        let declared = table.table();
        let has = |name: &'static str| declared.columns.iter().any(|column| column.name == name);
        let optional = |name| has(name).then(|| labels(batch, declared, name)).transpose();
        Ok(Self {
            source: labels(batch, declared, "source_id")?,
            file: labels(batch, declared, "file")?,
            row: column(batch, declared, "row")?,
            enterprises: table
                .enterprises()
                .iter()
                .map(|name| Texts::of(batch, declared, name))
                .collect::<Result<_, _>>()?,
            period: optional("period")?,
            unit: optional("unit")?,
            parcel: if has("parcel_id") { Some(column(batch, declared, "parcel_id")?) } else { None },
            amounts: amounts_of(table, batch)?,
            delivered: column(batch, declared, "delivered")?,
        })
    }

    /// The year of a row's period.
    pub fn year(&self, row: usize) -> Option<&'b str> {
        self.period.as_ref().map(|periods| year_of(periods.value(row)))
    }

    /// The parcel that a row names.
    fn parcel(&self, row: usize) -> Option<&'b str> {
        self.parcel.and_then(|parcels| text(parcels, row))
    }

    /// Counts a row and its amounts under an outcome.
    pub fn count(&self, counts: &mut Counts<Counted>, row: usize, outcome: Outcome) {
        let code = |labels: &Option<Labels<'_>>| labels.as_ref().map(|labels| labels.code(row));
        let key = |amount| (self.source.code(row), code(&self.period), amount, outcome);
        // The row is counted with the first of its amounts.
        let mut rows = 1;
        for (at, (_, amounts)) in self.amounts.iter().enumerate().filter(|(_, (_, amounts))| amounts.is_valid(row)) {
            counts.add(key(Some((at, code(&self.unit)))), rows, amounts.value(row));
            rows = 0;
        }
        if rows > 0 {
            counts.add(key(None), rows, 0);
        }
    }

    /// The balance of what was counted.
    pub fn enter(&self, table: Delivered, counts: Counts<Counted>, tallies: &mut Tallies) {
        let name = |labels: &Option<Labels<'b>>, code: Option<usize>| {
            labels.as_ref().zip(code).map(|(labels, code)| labels.names().value(code))
        };
        counts.enter(tallies, |(source, period, amount, outcome)| {
            let measure = amount.and_then(|(at, unit)| balanced_as(self.amounts[at].0, name(&self.unit, unit)));
            let source = (self.source.names().value(source), table.name());
            (source, name(&self.period, period).map(year_of), measure, (outcome, None))
        });
    }

    /// A row's amounts and what they are balanced as.
    fn balances(&self, row: usize) -> impl Iterator<Item = (i64, &'static str)> {
        let there = self.amounts.iter().filter(move |(_, amounts)| amounts.is_valid(row));
        let unit = self.unit.as_ref().map(|units| units.value(row));
        there.filter_map(move |(declared, amounts)| Some((amounts.value(row), balanced_as(declared, unit)?)))
    }
}

/// A ledger's amounts, with their columns.
pub(super) fn amounts_of(
    table: Delivered,
    batch: &RecordBatch,
) -> Result<Vec<(&'static Amount, &Int64Array)>, StageError> {
    let amounts = table.amounts().iter();
    amounts.map(|amount| Ok((amount, column(batch, table.table(), amount.column)?))).collect()
}

/// What an amount is balanced as, given the unit that may stand beside it.
fn balanced_as(amount: &Amount, unit: Option<&str>) -> Option<&'static str> {
    amount.balance.or_else(|| unit.and_then(energy_unit))
}

/// What is known of a sum of some rows: of what they tell, and whether some tell it and others do not.
pub(super) fn sum_of(amounts: &Int64Array, rows: &[usize]) -> (Option<i64>, bool) {
    let told = || rows.iter().filter(|row| amounts.is_valid(**row));
    let count = told().count();
    let sum = (count > 0).then(|| told().map(|row| amounts.value(*row)).sum());
    (sum, count > 0 && count < rows.len())
}

/// The batch with other amounts.
pub(super) fn with_amounts(
    batch: &RecordBatch,
    table: Delivered,
    amounts: Vec<Int64Array>,
) -> Result<RecordBatch, StageError> {
    let schema = batch.schema();
    let mut columns = batch.columns().to_vec();
    for (declared, amounts) in table.amounts().iter().zip(amounts) {
        columns[schema.index_of(declared.column)?] = Arc::new(amounts);
    }
    Ok(RecordBatch::try_new(schema, columns)?)
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

    /// An accepted row turns out to be rejected.
    pub fn take_back(&mut self, columns: &Columns<'_>, row: usize) {
        let key = (columns.source.value(row), self.table.name());
        let year = columns.year(row);
        for (outcome, sign) in [(Outcome::Accepted, -1), (Outcome::Rejected, 1)] {
            self.tallies.add(key, year, "rows", (outcome, None), sign);
            for (amount, unit) in columns.balances(row) {
                self.tallies.add(key, year, unit, (outcome, None), sign * amount);
            }
        }
    }

    /// Rejects a row and marks what it was about.
    pub fn reject(&mut self, columns: &Columns<'_>, row: usize, code: RejectCode) {
        let parcel = columns.parcel(row);
        let refused = Refused {
            source: columns.source.value(row),
            delivered: columns.delivered.is_valid(row).then(|| columns.delivered.value(row)),
            table: self.table.name(),
            county: Some(self.county),
            file: columns.file.value(row),
            row: columns.row.value(row),
            parcel_id: if fault::is_on(Fault::CodeTold) { Some(columns.enterprises[0].value(row)) } else { parcel },
        };
        self.rejects.note(refused, fault(code, "uscc"));
        self.mark(columns, row);
    }

    /// Marks the enterprises (and parcel) of a row.
    pub fn mark(&mut self, columns: &Columns<'_>, row: usize) {
        for uscc in &columns.enterprises {
            self.marks.table.append_value(self.table.name());
            self.marks.county_code.append_value(self.county);
            self.marks.period.append_option(columns.year(row));
            self.marks.uscc.append_value(uscc.value(row));
            self.marks.unreadable_uscc.append_null();
            self.marks.parcel_id.append_option(columns.parcel(row));
            self.marks.unreadable_parcel_id.append_null();
            self.marks.row.append_value(columns.row.value(row));
        }
    }
}
