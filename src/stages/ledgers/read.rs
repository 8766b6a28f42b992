//! Map over sources: each line becomes a typed row, or a reject with a mark on what it may have been about.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::delivered::{Amount, DeliveredRows, Fault, SourceFacts, fault, smallest_unit};
use super::super::order::text;
use super::super::quality::{Outcome, Quality};
use super::memo::{LastEnterprise, Memo};
use super::rows::Counties;
use crate::domain::{DivisionCode, Period, RejectCode, Unit};
use crate::table::delivery::{self, Column, Deliverable, Reading as Declared, Sheet};
use crate::table::mark;

/// What reading one source leaves.
pub struct Read {
    /// Rows by county.
    pub rows: Vec<(String, RecordBatch)>,
    /// Marks.
    pub marks: RecordBatch,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// The years of a county's rows that one source's marks tell of; `""` for those without a period.
///
/// # Errors
/// When it is no batch of marks.
pub fn refused_years(marks: &RecordBatch, county: &str) -> Result<BTreeSet<String>, StageError> {
    let rows = mark::View::of(marks)?;
    let of_county = (0..marks.num_rows()).filter(|row| text(rows.county_code, *row) == Some(county));
    Ok(of_county.map(|row| text(rows.period, row).unwrap_or_default().to_owned()).collect())
}

/// Reads the sheets of one source.
pub struct Reader<'a> {
    pub(super) facts: &'a SourceFacts,
    pub(super) quality: Quality<'a>,
    pub(super) counties: Counties,
    marks: mark::Builder,
}

/// An amount as it is read; none where the cell is empty.
pub(super) type Reading = Result<Option<Amount>, Fault>;

/// What a sheet's texts were read as.
#[derive(Default)]
struct Memory<'b> {
    periods: Memo<'b, Account>,
    kinds: Memo<'b, Kind<'b>>,
    enterprise: LastEnterprise<'b>,
}

/// The period of a row.
pub(super) struct Account {
    pub period: Result<Period, Fault>,
    /// As it is written; empty where it could not be read.
    pub written: String,
    /// Whether it is one of those asked for, or could not be read.
    is_in_scope: bool,
}

/// Kind of tax, energy carrier: what repeats in a closed or mapped column.
struct Kind<'b> {
    name: Result<&'b str, Fault>,
    /// The units of the table's amounts, which may depend on it.
    units: Vec<Result<Unit, Fault>>,
}

/// The columns that every line of a ledger is asked for.
struct Columns<'b> {
    uscc: Option<Column<'b>>,
    /// A date tells the period where there is one.
    period: Option<Column<'b>>,
    kind: Option<(&'static Deliverable, Option<Column<'b>>)>,
    amounts: Vec<(&'static delivery::Amount, Option<Column<'b>>)>,
}

/// A line as it is read: what can be told of it is kept even where the rest cannot.
pub(super) struct Line<'r, 'b> {
    pub rows: &'r DeliveredRows<'b>,
    pub at: usize,
    uscc: Option<&'b str>,
    pub kind: Result<&'b str, Fault>,
    pub account: &'r Account,
    /// In the order of the table's amounts.
    pub amounts: &'r [Reading],
}

impl<'a> Reader<'a> {
    /// A reader for the source.
    #[must_use]
    pub fn new(facts: &'a SourceFacts) -> Self {
        let quality = Quality::new(facts, "");
        Self { facts, quality, counties: Counties::default(), marks: mark::Builder::default() }
    }

    /// Reads one sheet of `file`.
    pub fn read(&mut self, file: &'a str, sheet: &Sheet<'_>) {
        self.quality.file = file;
        let rows = DeliveredRows::of(self.facts, sheet);
        let declared = self.facts.table.declared();
        let columns = Columns {
            uscc: rows.column("uscc"),
            period: rows.column("date").or_else(|| rows.column("period")),
            kind: declared.kind().map(|kind| (kind, rows.column(kind.name))),
            amounts: declared.amounts.iter().map(|amount| (amount, rows.column(amount.name))).collect(),
        };
        let (mut memory, mut amounts) = (Memory::default(), Vec::new());
        for at in 0..rows.count() {
            self.line(&rows, &columns, at, (&mut memory, &mut amounts));
        }
        self.counties.of_file(self.facts, file);
    }

    /// The tables of the source.
    ///
    /// # Errors
    /// Never by the data.
    pub fn finish(mut self) -> Result<Read, StageError> {
        Ok(Read {
            rows: self.counties.finish()?,
            marks: self.marks.finish()?,
            tallies: self.quality.tallies().finish()?,
            rejects: self.quality.rejects.finish()?,
            issues: self.quality.issues.finish()?,
        })
    }

    fn line<'b>(
        &mut self,
        rows: &DeliveredRows<'b>,
        columns: &Columns<'b>,
        at: usize,
        (memory, amounts): (&mut Memory<'b>, &mut Vec<Reading>),
    ) {
        let raw = |column: Option<Column<'b>>| column.and_then(|all| all.get(at));
        let account = memory.periods.of(raw(columns.period).unwrap_or_default(), || self.account(rows.period(at)));
        let text = columns.kind.and_then(|(_, column)| raw(column));
        let kind = memory.kinds.of(text.unwrap_or_default(), || Kind {
            name: columns.kind.map_or(Ok(""), |(kind, _)| match kind.reading {
                Declared::OneOf(known) => rows.one_of(kind.name, at, known),
                _ => rows.required_text(kind.name, at),
            }),
            units: columns.amounts.iter().map(|(amount, _)| rows.unit(amount.name, text)).collect(),
        });
        amounts.clear();
        for ((amount, column), unit) in columns.amounts.iter().zip(&kind.units) {
            let read = |text| unit.and_then(|unit| Amount::read(text, unit, amount.name));
            amounts.push(raw(*column).map(read).transpose());
        }
        let line = Line { rows, at, uscc: raw(columns.uscc), kind: kind.name, account, amounts };
        self.settle(&line, &mut memory.enterprise);
    }

    fn account(&self, period: Result<Period, Fault>) -> Account {
        let is_asked = |period: Period| self.facts.periods.iter().any(|asked| asked.year() == period.year());
        let written = period.map_or_else(|_| String::new(), |period| period.to_string());
        Account { period, written, is_in_scope: period.map_or(true, is_asked) }
    }

    /// Takes a line, or refuses it, or leaves it aside.
    fn settle<'b>(&mut self, line: &Line<'_, 'b>, enterprise: &mut LastEnterprise<'b>) {
        let rows = line.rows;
        self.count(line, Outcome::Read);
        let is_told = |reading: &Reading| matches!(reading, Ok(Some(_)));
        if line.amounts.iter().any(Result::is_err) || !(line.amounts.is_empty() || line.amounts.iter().any(is_told)) {
            self.quality.row(line.year(), Outcome::Unparsable);
        }
        if !line.account.is_in_scope {
            self.count(line, Outcome::OutOfScope);
            return;
        }
        if let Err(fault) = self.take(line, enterprise) {
            self.count(line, Outcome::Rejected);
            let county = rows.county(line.at).ok();
            let parcel = rows.parcel("parcel_id", line.at, county).ok();
            self.quality.reject(rows.row(line.at), county.as_ref().map(DivisionCode::as_str), parcel.as_deref(), fault);
            self.mark(line, county, parcel.as_deref(), fault);
        }
    }

    /// Counts the row and those of its amounts that could be read.
    fn count(&mut self, line: &Line<'_, '_>, outcome: Outcome) {
        let amounts = self.facts.table.amounts().iter().zip(line.amounts);
        let told = amounts.filter_map(|(declared, reading)| {
            let amount = reading.ok().flatten()?;
            Some((declared.balance.unwrap_or_else(|| smallest_unit(amount.dimension)), amount.count))
        });
        self.quality.row_of(line.year(), outcome, told);
    }

    fn take<'b>(&mut self, line: &Line<'_, 'b>, enterprise: &mut LastEnterprise<'b>) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        rows.fault(at)?;
        let county = rows.county(at)?;
        let text = line.uscc.unwrap_or_default();
        match enterprise.of(county, text, || rows.enterprise("uscc", at, county)) {
            Ok(Some(uscc)) => self.row(line, county, uscc),
            Ok(None) => Err(fault(RejectCode::IdMissing, "uscc")),
            Err(fault) => Err(*fault),
        }
    }

    /// Marks what a rejected line may have been about: missing data must never count against anyone.
    fn mark(&mut self, line: &Line<'_, '_>, county: Option<DivisionCode>, parcel: Option<&str>, fault: Fault) {
        if fault.code == RejectCode::IdNotUscc && fault.column != Some("related_uscc") {
            return;
        }
        let raw = |column| line.rows.raw(column, line.at).map(str::trim).filter(|text| text.len() <= 64);
        // A lost link may part both who belongs and whom it belongs to from their group.
        for &column in self.facts.table.enterprises() {
            let uscc = county.and_then(|county| line.rows.enterprise(column, line.at, county).ok().flatten());
            let marks = &mut self.marks;
            marks.table.append_value(self.facts.table.name());
            marks.county_code.append_option(county.as_ref().map(DivisionCode::as_str));
            marks.period.append_option(line.year().map(|year| year.to_string()));
            marks.unreadable_uscc.append_option(if uscc.is_none() { raw(column) } else { None });
            marks.uscc.append_option(uscc);
            marks.unreadable_parcel_id.append_option(if parcel.is_none() { raw("parcel_id") } else { None });
            marks.parcel_id.append_option(parcel);
            marks.row.append_value(line.rows.row(line.at));
        }
    }
}

impl Line<'_, '_> {
    fn year(&self) -> Option<u16> {
        self.account.period.ok().map(Period::year)
    }
}
