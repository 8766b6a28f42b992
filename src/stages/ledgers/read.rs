//! Map over sources: each line becomes a typed row, or a reject with a mark on what it may have been about.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use arrow::array::{RecordBatch, StringViewArray};

use super::super::StageError;
use super::super::delivered::{ALWAYS, Amount, DeliveredRows, Fault, SourceFacts, fault, raw_text, smallest_unit};
use super::super::order::text;
use super::super::quality::{Outcome, Quality};
use super::memo::{Last, Memo};
use crate::domain::{DivisionCode, IssueCode, ParcelId, Period, RejectCode, Unit, Uscc};
use crate::table::delivery::{Delivered, Ids, TAX_KINDS};
use crate::table::{energy, enterprise, mark, occupancy, tax};

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

/// Rows of one county, of the source's table.
enum Rows {
    Enterprise(Box<enterprise::Builder>),
    Occupancy(Box<occupancy::Builder>),
    Tax(Box<tax::Builder>),
    Energy(Box<energy::Builder>),
}

impl Rows {
    fn of(table: Delivered) -> Self {
        match table {
            Delivered::Enterprise | Delivered::Parcel => Self::Enterprise(Box::default()),
            Delivered::Occupancy => Self::Occupancy(Box::default()),
            Delivered::Tax => Self::Tax(Box::default()),
            Delivered::Energy => Self::Energy(Box::default()),
        }
    }

    fn finish(&mut self) -> Result<RecordBatch, StageError> {
        Ok(match self {
            Self::Enterprise(rows) => rows.finish()?,
            Self::Occupancy(rows) => rows.finish()?,
            Self::Tax(rows) => rows.finish()?,
            Self::Energy(rows) => rows.finish()?,
        })
    }
}

/// Reads the batches of one source.
pub struct Reader<'a> {
    facts: &'a SourceFacts,
    quality: Quality<'a>,
    counties: BTreeMap<DivisionCode, Rows>,
    marks: mark::Builder,
    memory: Memory,
}

/// What readings gave before.
#[derive(Default)]
struct Memory {
    /// By the text of the period.
    periods: Memo<Result<Period, Fault>>,
    /// By the text of the tax kind or energy carrier.
    kinds: Memo<Result<Rc<str>, Fault>>,
    /// By the text of the energy carrier.
    units: Memo<Result<Unit, Fault>>,
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
    amount: Option<&'b StringViewArray>,
}

/// A line as it is read: what can be told of it is kept even where the rest cannot.
struct Line<'r, 'b> {
    rows: &'r DeliveredRows<'b>,
    at: usize,
    uscc: Option<&'b str>,
    /// Kind of tax, or carrier.
    kind: Option<&'b str>,
    period: Result<Period, Fault>,
    amount: Result<Option<Amount>, Fault>,
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
            kind: rows.column(if self.facts.table == Delivered::Tax { "kind" } else { "carrier" }),
            amount: self.facts.table.amount().and_then(|amount| rows.column(amount)),
        };
        for at in 0..rows.count() {
            self.line(&rows, &columns, at);
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
        let table = self.facts.table;
        let period = match raw_text(columns.period, at) {
            Some(text) => *self.memory.periods.of(text, || rows.period(at)),
            None => rows.period(at),
        };
        let kind = raw_text(columns.kind, at);
        let amount = match (table.amount(), raw_text(columns.amount, at)) {
            (Some(column), Some(text)) => {
                let unit = *self.memory.units.of(kind.unwrap_or_default(), || rows.unit(column, kind));
                unit.and_then(|unit| Amount::read(text, unit, column)).map(Some)
            }
            _ => Ok(None),
        };
        let line = Line { rows, at, uscc: raw_text(columns.uscc, at), kind, period, amount };
        self.count(&line, Outcome::Read);
        if table.amount().is_some() && !matches!(amount, Ok(Some(_))) {
            self.quality.amount(line.year(), "rows", Outcome::Unparsable, 1);
        }
        let is_out_of_scope =
            line.year().is_some_and(|year| !self.facts.periods.iter().any(|asked| asked.year() == year));
        if is_out_of_scope {
            self.count(&line, Outcome::OutOfScope);
            return;
        }
        if let Err(fault) = self.take(&line) {
            self.count(&line, Outcome::Rejected);
            let county = rows.county(at).ok();
            let parcel = self.parcel(&line, county).ok();
            self.quality.reject(rows.row(at), county.as_ref().map(DivisionCode::as_str), parcel.as_deref(), fault);
            self.mark(&line, county, parcel, fault);
        }
    }

    /// Counts the row and, if it could be read, its amount.
    fn count(&mut self, line: &Line<'_, '_>, outcome: Outcome) {
        self.quality.row(line.year(), outcome);
        if let Ok(Some(amount)) = line.amount {
            self.quality.amount(line.year(), smallest_unit(amount.dimension), outcome, amount.count);
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
            Ok(Some(uscc)) => match self.facts.table {
                Delivered::Enterprise | Delivered::Parcel => self.enterprise(line, county, uscc),
                Delivered::Occupancy => self.occupancy(line, county, uscc),
                Delivered::Tax => self.tax(line, county, uscc),
                Delivered::Energy => self.energy(line, county, uscc),
            },
            Ok(None) => Err(fault(RejectCode::IdMissing, "uscc")),
            Err(fault) => Err(*fault),
        };
        self.memory.enterprise = enterprise;
        taken
    }

    /// The text of a closed or mapped column that repeats.
    fn kind(
        &mut self,
        line: &Line<'_, '_>,
        column: &'static str,
        known: Option<&[&'static str]>,
    ) -> Result<Rc<str>, Fault> {
        let read = || match known {
            Some(known) => line.rows.one_of(column, line.at, known).map(Rc::from),
            None => line.rows.required_text(column, line.at).map(Rc::from),
        };
        match line.kind {
            Some(text) => self.memory.kinds.of(text, read).clone(),
            None => read(),
        }
    }

    fn rows_of(&mut self, county: DivisionCode) -> &mut Rows {
        let table = self.facts.table;
        self.counties.entry(county).or_insert_with(|| Rows::of(table))
    }

    fn enterprise(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let established = rows.date("established", at)?;
        let name = rows.text("name", at)?;
        let (industry, status, address) =
            (rows.text("industry_code", at)?, rows.text("status", at)?, rows.text("address", at)?);
        let is_official = self.facts.rules.ids == Ids::Official;
        if is_official && Uscc::parse(uscc).is_ok_and(|uscc| !uscc.has_sound_organisation()) {
            let id = Some(self.facts.id.as_str());
            self.quality.issues.note("enterprise", county.as_str(), IssueCode::OrganisationBadCheck, id, None);
        }
        let (facts, file) = (self.facts, self.quality.file);
        if let Rows::Enterprise(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.county_code.append_value(county.as_str());
            out.name.append_option(name);
            out.industry_code.append_option(industry);
            out.established.append_option(established);
            out.status.append_option(status);
            out.address.append_option(address);
            out.source_id.append_value(&facts.id);
            out.delivered.append_option(facts.delivered);
            out.file.append_value(file);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn occupancy(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let parcel = self.parcel(line, Some(county))?;
        let right = rows.one_of("right", at, &["owned", "leased"])?;
        let basis = rows.one_of("basis", at, &["land", "floor"])?;
        let lessor = rows.enterprise("lessor_uscc", at, county)?;
        let amount = rows.amount("amount_m2", at, None)?;
        let amount = amount.map(|amount| amount.not_negative("amount_m2")).transpose()?;
        if amount.is_none() && right == "leased" {
            return Err(fault(RejectCode::AmountMissing, "amount_m2"));
        }
        let (valid_from, valid_to) = (rows.date("valid_from", at)?.unwrap_or(ALWAYS), rows.date("valid_to", at)?);
        self.note_rounding(county, amount, None);
        let (facts, file) = (self.facts, self.quality.file);
        if let Rows::Occupancy(out) = self.rows_of(county) {
            out.parcel_id.append_value(parcel);
            out.uscc.append_value(uscc);
            out.right.append_value(right);
            out.valid_from.append_value(valid_from);
            out.valid_to.append_option(valid_to);
            out.county_code.append_value(county.as_str());
            out.basis.append_value(basis);
            out.lessor_uscc.append_option(lessor);
            out.amount_cm2.append_option(amount.map(|amount| amount.count));
            out.source_id.append_value(&facts.id);
            out.delivered.append_option(facts.delivered);
            out.file.append_value(file);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn tax(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let period = line.period?;
        let kind = self.kind(line, "kind", Some(TAX_KINDS))?;
        let amount = line.amount?.ok_or(fault(RejectCode::AmountMissing, "tax_yuan"))?;
        self.note_rounding(county, Some(amount), Some(period));
        let (facts, file) = (self.facts, self.quality.file);
        if let Rows::Tax(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.county_code.append_value(county.as_str());
            out.period.append_value(period.to_string());
            out.kind.append_value(kind);
            out.tax_fen.append_value(amount.count);
            out.source_id.append_value(&facts.id);
            out.delivered.append_option(facts.delivered);
            out.file.append_value(file);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn energy(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let period = line.period?;
        let carrier = self.kind(line, "carrier", None)?;
        let amount = line.amount?.ok_or(fault(RejectCode::AmountMissing, "quantity"))?;
        let amount = amount.not_negative("quantity")?;
        self.note_rounding(county, Some(amount), Some(period));
        let (facts, file) = (self.facts, self.quality.file);
        if let Rows::Energy(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.county_code.append_value(county.as_str());
            out.period.append_value(period.to_string());
            out.carrier.append_value(carrier);
            out.quantity.append_value(amount.count);
            out.unit.append_value(smallest_unit(amount.dimension));
            out.source_id.append_value(&facts.id);
            out.delivered.append_option(facts.delivered);
            out.file.append_value(file);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn parcel(&self, line: &Line<'_, '_>, county: Option<DivisionCode>) -> Result<String, Fault> {
        let text = line.rows.raw("parcel_id", line.at).unwrap_or_default();
        let id = match (self.facts.rules.ids, county) {
            (Ids::Official, _) => ParcelId::parse(text).map(String::from),
            (Ids::External, Some(county)) => crate::domain::parcel_id::external_id(county.as_str(), text),
            (Ids::External, None) => Err(RejectCode::ParcelIdMissing),
        };
        id.map_err(|code| fault(code, "parcel_id"))
    }

    fn note_rounding(&mut self, county: DivisionCode, amount: Option<Amount>, period: Option<Period>) {
        if amount.is_some_and(|amount| amount.is_rounded) {
            let (table, id) = (self.facts.table.name(), Some(self.facts.id.as_str()));
            let year = period.map(|period| period.year().to_string());
            self.quality.issues.note(table, county.as_str(), IssueCode::AmountRounded, id, year.as_deref());
        }
    }

    /// Marks what a rejected line may have been about: missing data must never count against anyone.
    fn mark(&mut self, line: &Line<'_, '_>, county: Option<DivisionCode>, parcel: Option<String>, fault: Fault) {
        let is_marking = matches!(self.facts.table, Delivered::Occupancy | Delivered::Tax | Delivered::Energy);
        if !is_marking || fault.code == RejectCode::IdNotUscc {
            return;
        }
        let uscc = county.and_then(|county| line.rows.enterprise("uscc", line.at, county).ok().flatten());
        let raw = |column| line.rows.raw(column, line.at).map(str::trim).filter(|text| text.len() <= 64);
        let marks = &mut self.marks;
        marks.table.append_value(self.facts.table.name());
        marks.county_code.append_option(county.as_ref().map(DivisionCode::as_str));
        marks.period.append_option(line.year().map(|year| year.to_string()));
        marks.unreadable_uscc.append_option(if uscc.is_none() { raw("uscc") } else { None });
        marks.uscc.append_option(uscc);
        marks.unreadable_parcel_id.append_option(if parcel.is_none() { raw("parcel_id") } else { None });
        marks.parcel_id.append_option(parcel);
        marks.row.append_value(line.rows.row(line.at));
    }
}

impl Line<'_, '_> {
    fn year(&self) -> Option<u16> {
        self.period.ok().map(Period::year)
    }
}
