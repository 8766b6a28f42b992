//! Map over sources: each line becomes a typed row, or a reject with a mark on what it may have been about.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use arrow::array::{RecordBatch, StringViewArray};

use super::super::StageError;
use super::super::delivered::{Amount, DeliveredRows, Fault, SourceFacts, fault, raw_text, smallest_unit};
use super::super::order::text;
use super::super::quality::{Outcome, Quality};
use super::memo::{Last, Memo};
use super::rows::Rows;
use crate::domain::{DivisionCode, ParcelId, Period, RejectCode, Unit};
use crate::table::delivery::{self, Ids};
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

/// Reads the batches of one source.
pub struct Reader<'a> {
    pub(super) facts: &'a SourceFacts,
    pub(super) quality: Quality<'a>,
    pub(super) counties: BTreeMap<DivisionCode, Rows>,
    marks: mark::Builder,
    pub(super) memory: Memory,
}

/// An amount as it is read; none where the cell is empty.
pub(super) type Reading = Result<Option<Amount>, Fault>;

/// What readings gave before.
#[derive(Default)]
pub(super) struct Memory {
    /// By the text of the period; with the text it is written as.
    periods: Memo<(Result<Period, Fault>, Rc<str>)>,
    /// By the text of the tax kind or energy carrier.
    pub kinds: Memo<Result<Rc<str>, Fault>>,
    /// Of each amount, by the text of the energy carrier.
    units: Vec<Memo<Result<Unit, Fault>>>,
    /// The amounts of the row before: room for the next.
    amounts: Vec<Reading>,
    /// The enterprise of the row before.
    enterprise: Last<Result<Option<String>, Fault>>,
    /// The county that enterprises were read for: external ids differ by it.
    county: Option<DivisionCode>,
}

/// The columns that every line of a ledger is asked for.
struct Columns<'b> {
    uscc: Option<&'b StringViewArray>,
    period: Option<&'b StringViewArray>,
    kind: Option<&'b StringViewArray>,
    amounts: Vec<(&'static delivery::Amount, Option<&'b StringViewArray>)>,
}

/// A line as it is read: what can be told of it is kept even where the rest cannot.
pub(super) struct Line<'r, 'b> {
    pub rows: &'r DeliveredRows<'b>,
    pub at: usize,
    uscc: Option<&'b str>,
    /// Kind of tax, or carrier.
    pub kind: Option<&'b str>,
    pub period: Result<Period, Fault>,
    /// The period as it is written; empty where it could not be read.
    pub written: Rc<str>,
    /// In the order of the table's amounts.
    pub amounts: &'r [Reading],
}

impl<'a> Reader<'a> {
    /// A reader for the source.
    #[must_use]
    pub fn new(facts: &'a SourceFacts) -> Self {
        Self {
            facts,
            quality: Quality::new(facts, ""),
            counties: BTreeMap::new(),
            marks: mark::Builder::default(),
            memory: Memory::default(),
        }
    }

    /// Reads one delivered batch of `file`.
    pub fn read(&mut self, file: &'a str, batch: &RecordBatch) {
        self.quality.file = file;
        let schema = batch.schema();
        let rows = DeliveredRows::of(self.facts, batch, &schema);
        let columns = Columns {
            uscc: rows.column("uscc"),
            period: rows.column("period"),
            kind: self.facts.table.declared().kind.and_then(|kind| rows.column(kind)),
            amounts: self.facts.table.amounts().iter().map(|amount| (amount, rows.column(amount.name))).collect(),
        };
        self.memory.units.resize_with(columns.amounts.len(), Memo::default);
        for at in 0..rows.count() {
            self.line(&rows, &columns, at);
        }
        for (county, rows) in &mut self.counties {
            rows.of_file(*county, self.facts, file);
        }
    }

    /// The tables of the source.
    ///
    /// # Errors
    /// Never by the data.
    pub fn finish(mut self) -> Result<Read, StageError> {
        let mut rows = Vec::with_capacity(self.counties.len());
        for (county, mut builder) in self.counties {
            rows.push((county.to_string(), builder.finish()?));
        }
        Ok(Read {
            rows,
            marks: self.marks.finish()?,
            tallies: self.quality.tallies().finish()?,
            rejects: self.quality.rejects.finish()?,
            issues: self.quality.issues.finish()?,
        })
    }

    fn line(&mut self, rows: &DeliveredRows<'_>, columns: &Columns<'_>, at: usize) {
        let read = || {
            let period = rows.period(at);
            (period, period.map_or_else(|_| Rc::from(""), |period| period.to_string().into()))
        };
        let (period, written) = match raw_text(columns.period, at) {
            Some(text) => self.memory.periods.of(text, read).clone(),
            None => read(),
        };
        let kind = raw_text(columns.kind, at);
        let mut amounts = std::mem::take(&mut self.memory.amounts);
        amounts.clear();
        for ((amount, column), units) in columns.amounts.iter().zip(&mut self.memory.units) {
            let read = |text| {
                let unit = *units.of(kind.unwrap_or_default(), || rows.unit(amount.name, kind));
                unit.and_then(|unit| Amount::read(text, unit, amount.name))
            };
            amounts.push(raw_text(*column, at).map(read).transpose());
        }
        self.settle(&Line { rows, at, uscc: raw_text(columns.uscc, at), kind, period, written, amounts: &amounts });
        self.memory.amounts = amounts;
    }

    /// Takes a line, or refuses it, or leaves it aside.
    fn settle(&mut self, line: &Line<'_, '_>) {
        let rows = line.rows;
        self.count(line, Outcome::Read);
        let is_told = |reading: &Reading| matches!(reading, Ok(Some(_)));
        if line.amounts.iter().any(Result::is_err) || !(line.amounts.is_empty() || line.amounts.iter().any(is_told)) {
            self.quality.amount(line.year(), "rows", Outcome::Unparsable, 1);
        }
        let is_out_of_scope =
            line.year().is_some_and(|year| !self.facts.periods.iter().any(|asked| asked.year() == year));
        if is_out_of_scope {
            self.count(line, Outcome::OutOfScope);
            return;
        }
        if let Err(fault) = self.take(line) {
            self.count(line, Outcome::Rejected);
            let county = rows.county(line.at).ok();
            let parcel = self.parcel(line, county).ok();
            self.quality.reject(rows.row(line.at), county.as_ref().map(DivisionCode::as_str), parcel.as_deref(), fault);
            self.mark(line, county, parcel.as_deref(), fault);
        }
    }

    /// Counts the row and those of its amounts that could be read.
    fn count(&mut self, line: &Line<'_, '_>, outcome: Outcome) {
        self.quality.row(line.year(), outcome);
        for (declared, reading) in self.facts.table.amounts().iter().zip(line.amounts) {
            if let Ok(Some(amount)) = reading {
                let measure = declared.balance.unwrap_or_else(|| smallest_unit(amount.dimension));
                self.quality.amount(line.year(), measure, outcome, amount.count);
            }
        }
    }

    fn take(&mut self, line: &Line<'_, '_>) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        rows.fault(at)?;
        let county = rows.county(at)?;
        if self.memory.county != Some(county) {
            self.memory.enterprise = Last::default();
            self.memory.county = Some(county);
        }
        // Taken out while the row is appended, since that needs the whole reader.
        let mut enterprise = std::mem::take(&mut self.memory.enterprise);
        let text = line.uscc.unwrap_or_default();
        let taken = match enterprise.of(text, || rows.enterprise("uscc", at, county)) {
            Ok(Some(uscc)) => self.row(line, county, uscc),
            Ok(None) => Err(fault(RejectCode::IdMissing, "uscc")),
            Err(fault) => Err(*fault),
        };
        self.memory.enterprise = enterprise;
        taken
    }

    pub(super) fn parcel(&self, line: &Line<'_, '_>, county: Option<DivisionCode>) -> Result<String, Fault> {
        let text = line.rows.raw("parcel_id", line.at).unwrap_or_default();
        let id = match (self.facts.rules.ids, county) {
            (Ids::Official, _) => ParcelId::parse(text).map(String::from),
            (Ids::External, Some(county)) => crate::domain::parcel_id::external_id(county.as_str(), text),
            (Ids::External, None) => Err(RejectCode::ParcelIdMissing),
        };
        id.map_err(|code| fault(code, "parcel_id"))
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
        self.period.ok().map(Period::year)
    }
}
