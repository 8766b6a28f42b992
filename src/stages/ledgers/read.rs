//! Map over sources: each line becomes a typed row, or a reject with a mark on what it may have been about.

use std::collections::BTreeSet;

use arrow::array::RecordBatch;

use super::super::StageError;
use super::super::delivered::{Amount, DeliveredRows, Fault, Field, SourceFacts, fault, smallest_unit};
use super::super::order::text;
use super::super::quality::{Outcome, Quality};
use super::memo::{LastEnterprise, Memo};
use super::rows::{Counties, Others};
use crate::domain::{DivisionCode, Period, RejectCode, Unit};
use crate::table::delivery::{self, Deliverable, Delivered, Reading as Declared, Sheet};
use crate::table::{Repeated, mark};

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

/// What the texts of rows were read as. It is of one county, as codes are, and ids that differ by county.
#[derive(Default)]
struct Memory<'b> {
    county: Option<DivisionCode>,
    periods: Memo<'b, Account>,
    kinds: Memo<'b, Kind<'b>>,
    enterprise: LastEnterprise<'b>,
}

/// What was read for each county.
#[derive(Default)]
struct Memories<'b> {
    all: Vec<Memory<'b>>,
    /// The county of the row before.
    last: usize,
}

impl<'b> Memories<'b> {
    fn of(&mut self, county: Option<DivisionCode>) -> &mut Memory<'b> {
        if self.all.get(self.last).is_none_or(|memory| memory.county != county) {
            let known = self.all.iter().position(|memory| memory.county == county);
            self.last = known.unwrap_or(self.all.len());
            if known.is_none() {
                self.all.push(Memory { county, ..Memory::default() });
            }
        }
        &mut self.all[self.last]
    }
}

/// The period of a row.
pub(super) struct Account {
    pub period: Result<Period, Fault>,
    /// As it is written; empty where it could not be read.
    pub written: Repeated<String>,
    /// Whether it is one of those asked for, or could not be read.
    is_in_scope: bool,
}

/// Kind of tax, energy carrier: what repeats in a closed or mapped column.
pub(super) struct Kind<'b> {
    name: Result<Repeated<&'b str>, Fault>,
    /// The units of the table's amounts, which may depend on it.
    units: Vec<Result<Unit, Fault>>,
    /// The smallest unit of the first.
    pub smallest_unit: Repeated<&'static str>,
}

/// The columns that lines of a ledger are asked for.
pub(super) struct Columns<'b> {
    uscc: Field<'b>,
    /// Named by what is refused.
    parcel: Field<'b>,
    /// A date tells the period where there is one.
    period: Field<'b>,
    kind: Option<(&'static Deliverable, Field<'b>)>,
    amounts: Vec<(&'static delivery::Amount, Field<'b>)>,
    /// Those of the table alone.
    pub others: Others<'b>,
}

/// A line as it is read: what can be told of it is kept even where the rest cannot.
pub(super) struct Line<'r, 'b> {
    pub rows: &'r DeliveredRows<'b>,
    pub columns: &'r Columns<'b>,
    pub at: usize,
    county: Result<DivisionCode, Fault>,
    pub kind: &'r Kind<'b>,
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
        let columns = Columns::of(self.facts.table, &rows);
        let (mut memories, mut amounts) = (Memories::default(), Vec::new());
        for at in 0..rows.count() {
            let county = rows.county(at);
            self.line(&rows, &columns, (at, county), (memories.of(county.ok()), &mut amounts));
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
        (at, county): (usize, Result<DivisionCode, Fault>),
        (memory, amounts): (&mut Memory<'b>, &mut Vec<Reading>),
    ) {
        let period = columns.period.raw(at).unwrap_or_default();
        let account = memory.periods.of(period, || self.account(columns.period.period(at)));
        let text = columns.kind.and_then(|(_, kind)| kind.raw(at));
        let kind = memory.kinds.of(text.unwrap_or_default(), || {
            let name = columns.kind.map_or(Ok(""), |(kind, column)| match kind.reading {
                Declared::OneOf(known) => column.one_of(at, known),
                _ => column.required_text(at),
            });
            Kind::of(name, columns.amounts.iter().map(|(_, column)| column.unit(text)).collect())
        });
        amounts.clear();
        for ((amount, column), unit) in columns.amounts.iter().zip(&kind.units) {
            let read = |text| unit.and_then(|unit| Amount::read(text, unit, amount.name));
            amounts.push(column.raw(at).map(read).transpose());
        }
        let line = Line { rows, columns, at, county, kind, account, amounts };
        self.settle(&line, &mut memory.enterprise);
    }

    fn account(&self, period: Result<Period, Fault>) -> Account {
        let is_asked = |period: Period| self.facts.periods.iter().any(|asked| asked.year() == period.year());
        let written = period.map_or_else(|_| String::new(), |period| period.to_string());
        Account { period, written: Repeated::new(written), is_in_scope: period.map_or(true, is_asked) }
    }

    /// Takes a line, or refuses it, or leaves it aside.
    fn settle<'b>(&mut self, line: &Line<'_, 'b>, enterprise: &mut LastEnterprise<'b>) {
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
            let (row, county) = (line.rows.row(line.at), line.county.ok());
            let parcel = line.columns.parcel.parcel(line.at, county).ok();
            self.quality.reject(row, county.as_ref().map(DivisionCode::as_str), parcel.as_deref(), fault);
            self.mark(line, county, parcel.as_deref(), fault);
        }
    }

    /// Counts the row and those of its amounts that could be read.
    fn count(&mut self, line: &Line<'_, '_>, outcome: Outcome) {
        let amounts = line.columns.amounts.iter().zip(line.amounts);
        let told = amounts.filter_map(|((declared, _), reading)| {
            let amount = reading.ok().flatten()?;
            Some((declared.balance.unwrap_or_else(|| smallest_unit(amount.dimension)), amount.count))
        });
        self.quality.row_of(line.year(), outcome, told);
    }

    fn take<'b>(&mut self, line: &Line<'_, 'b>, enterprise: &mut LastEnterprise<'b>) -> Result<(), Fault> {
        let (uscc, at) = (&line.columns.uscc, line.at);
        line.rows.fault(at)?;
        let county = line.county?;
        let read = || uscc.enterprise(at, county).map(|uscc| uscc.map(Repeated::new));
        match enterprise.of(uscc.raw(at).unwrap_or_default(), read) {
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
        // A lost link may part both who belongs and whom it belongs to from their group.
        for &column in self.facts.table.enterprises() {
            let column = line.rows.field(column);
            let uscc = county.and_then(|county| column.enterprise(line.at, county).ok().flatten());
            let marks = &mut self.marks;
            marks.table.append_value(self.facts.table.name());
            marks.county_code.append_option(county.as_ref().map(DivisionCode::as_str));
            marks.period.append_option(line.year().map(|year| year.to_string()));
            marks.unreadable_uscc.append_option(if uscc.is_none() { unread(column, line.at) } else { None });
            marks.uscc.append_option(uscc);
            let lost = if parcel.is_none() { unread(line.columns.parcel, line.at) } else { None };
            marks.unreadable_parcel_id.append_option(lost);
            marks.parcel_id.append_option(parcel);
            marks.row.append_value(line.rows.row(line.at));
        }
    }
}

/// The text of a cell that could not be read, unless it is too long to be an identifier.
fn unread(column: Field<'_>, at: usize) -> Option<&str> {
    column.raw(at).map(str::trim).filter(|text| text.len() <= 64)
}

impl<'b> Columns<'b> {
    fn of(table: Delivered, rows: &DeliveredRows<'b>) -> Self {
        let declared = table.declared();
        let date = rows.field("date");
        Self {
            uscc: rows.field("uscc"),
            parcel: rows.field("parcel_id"),
            period: if date.is_there() { date } else { rows.field("period") },
            kind: declared.kind().map(|kind| (kind, rows.field(kind.name))),
            amounts: declared.amounts.iter().map(|amount| (amount, rows.field(amount.name))).collect(),
            others: Others::of(table, rows),
        }
    }
}

impl<'b> Kind<'b> {
    fn of(name: Result<&'b str, Fault>, units: Vec<Result<Unit, Fault>>) -> Self {
        let first = units.first().and_then(|unit| unit.ok());
        let smallest = first.map_or("", |unit| smallest_unit(unit.dimensions().0));
        Self { name: name.map(Repeated::new), units, smallest_unit: Repeated::new(smallest) }
    }
}

impl<'r, 'b> Line<'r, 'b> {
    /// The name of its kind.
    pub fn kind(&self) -> Result<&'r Repeated<&'b str>, Fault> {
        self.kind.name.as_ref().map_err(|fault| *fault)
    }

    fn year(&self) -> Option<u16> {
        self.account.period.ok().map(Period::year)
    }
}
