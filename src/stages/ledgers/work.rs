//! What settling a ledger keeps beside its rows, and the columns by which rows are told apart.

use std::sync::Arc;

use arrow::array::{Array, Date32Array, Int64Array, RecordBatch, StringArray};

use super::super::StageError;
use super::super::delivered::{energy_unit, fault};
use super::super::order::text;
use super::super::quality::{Issues, Outcome, Refused, Rejects, Tallies};
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

/// Rows of one outcome and their amounts: many rows, in few places of source, period and unit.
pub(super) struct Counts {
    outcome: Outcome,
    rows: Vec<i64>,
    /// By the table's amounts: how many rows tell it, and its sum.
    amounts: Vec<Vec<(i64, i64)>>,
}

/// The columns of a ledger that settling needs, by row.
pub(super) struct Columns<'b> {
    pub source: Labels<'b>,
    pub file: Labels<'b>,
    pub row: &'b Int64Array,
    /// By the table's enterprises.
    enterprises: Vec<Texts<'b>>,
    pub period: Option<Labels<'b>>,
    unit: Option<Labels<'b>>,
    /// Those of source, period and unit of which there are several, and how far the places of two that follow each other lie apart.
    several: Vec<(Labels<'b>, usize)>,
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
        let source = labels(batch, declared, "source_id")?;
        let (period, unit) = (optional("period")?, optional("unit")?);
        let steps = [(Some(source), distinct(period) * distinct(unit)), (period, distinct(unit)), (unit, 1)];
        let several = steps
            .into_iter()
            .filter_map(|(labels, step)| Some((labels.filter(|labels| labels.names().len() > 1)?, step)));
        Ok(Self {
            source,
            file: labels(batch, declared, "file")?,
            row: column(batch, declared, "row")?,
            enterprises: table
                .enterprises()
                .iter()
                .map(|name| Texts::of(batch, declared, name))
                .collect::<Result<_, _>>()?,
            period,
            unit,
            several: several.collect(),
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

    /// Counts of no row.
    pub fn counts(&self, outcome: Outcome) -> Counts {
        let places = self.source.names().len() * distinct(self.period) * distinct(self.unit);
        Counts { outcome, rows: vec![0; places], amounts: vec![vec![(0, 0); places]; self.amounts.len()] }
    }

    /// Counts a row and its amounts.
    #[inline]
    pub fn count(&self, counts: &mut Counts, row: usize) {
        let place = self.several.iter().fold(0, |place, (labels, step)| place + labels.code(row) * step);
        counts.rows[place] += 1;
        for ((_, amounts), sums) in self.amounts.iter().zip(&mut counts.amounts) {
            if amounts.is_valid(row) {
                let (rows, sum) = &mut sums[place];
                (*rows, *sum) = (*rows + 1, *sum + amounts.value(row));
            }
        }
    }

    /// The balance of what was counted.
    pub fn enter(&self, table: Delivered, counts: &Counts, tallies: &mut Tallies) {
        let name = |labels: Option<Labels<'b>>, code: usize| labels.map(|labels| labels.names().value(code));
        let outcome = (counts.outcome, None);
        for (place, rows) in counts.rows.iter().enumerate().filter(|(_, rows)| **rows > 0) {
            let (period, unit) = (place / distinct(self.unit), place % distinct(self.unit));
            let source = (self.source.names().value(period / distinct(self.period)), table.name());
            let period = name(self.period, period % distinct(self.period)).map(year_of);
            tallies.add(source, period, "rows", outcome, *rows);
            for ((declared, _), sums) in self.amounts.iter().zip(&counts.amounts) {
                let (told, sum) = sums[place];
                if let Some(measure) = balanced_as(declared, name(self.unit, unit)).filter(|_| told > 0) {
                    tallies.add(source, period, measure, outcome, sum);
                }
            }
        }
    }

    /// A row's amounts and what they are balanced as.
    fn balances(&self, row: usize) -> impl Iterator<Item = (i64, &'static str)> {
        let there = self.amounts.iter().filter(move |(_, amounts)| amounts.is_valid(row));
        let unit = self.unit.as_ref().map(|units| units.value(row));
        there.filter_map(move |(declared, amounts)| Some((amounts.value(row), balanced_as(declared, unit)?)))
    }
}

/// How many codes labels have; one where there are none.
pub(super) fn distinct(labels: Option<Labels<'_>>) -> usize {
    labels.map_or(1, |labels| labels.names().len())
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
