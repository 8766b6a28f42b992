//! What every reading and settling stage keeps beside its rows: rejects, issues and the balance.

use arrow::array::RecordBatch;
use std::collections::BTreeMap;

use super::StageError;
use super::delivered::{Fault, SourceFacts};
use crate::domain::IssueCode;
use crate::table::delivery::{Amount, Delivered};
use crate::table::{issue, reconciliation, reject, tally};

/// The outcome of a row or an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Read.
    Read,
    /// Accepted.
    Accepted,
    /// Rejected.
    Rejected,
    /// Superseded by a newer or an equal row.
    Superseded,
    /// Out of scope.
    OutOfScope,
    /// The amount could not be read.
    Unparsable,
    /// Allocated to parcels.
    Allocated,
    /// Not allocated.
    Unallocated,
}

impl Outcome {
    /// As it stands in tallies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
            Self::OutOfScope => "out_of_scope",
            Self::Unparsable => "unparsable",
            Self::Allocated => "allocated",
            Self::Unallocated => "unallocated",
        }
    }
}

/// Adds up the terms of the balance.
#[derive(Debug, Default)]
pub struct Tallies(BTreeMap<Term, i64>);

/// Source, table, period, measure, outcome, reason.
type Term = (String, String, Option<String>, &'static str, Outcome, Option<&'static str>);

impl Tallies {
    /// Adds one term.
    pub fn add(
        &mut self,
        (source, table): (&str, &str),
        period: Option<&str>,
        measure: &'static str,
        (outcome, reason): (Outcome, Option<&'static str>),
        value: i64,
    ) {
        let key = (source.to_owned(), table.to_owned(), period.map(str::to_owned), measure, outcome, reason);
        *self.0.entry(key).or_default() += value;
    }

    /// The terms as a batch.
    ///
    /// # Errors
    /// Never by the data.
    pub fn finish(self) -> Result<RecordBatch, StageError> {
        let mut rows = tally::Builder::default();
        for ((source, table, period, measure, outcome, reason), value) in self.0 {
            rows.source_id.append_value(source);
            rows.table.append_value(table);
            rows.period.append_option(period);
            rows.measure.append_value(measure);
            rows.outcome.append_value(outcome.as_str());
            rows.reason.append_option(reason);
            rows.value.append_value(value);
        }
        Ok(rows.finish()?)
    }
}

/// Rows and amounts by what became of them. There are few terms and many rows, so rows are added up under keys that
/// compare quickly before they enter the balance.
#[derive(Debug)]
pub struct Counts<K> {
    terms: Vec<(K, i64, i64)>,
    last: usize,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self { terms: Vec::new(), last: 0 }
    }
}

/// A term of the balance: source and table, period, measure of the amount, outcome and reason.
pub type Balanced<'a> = ((&'a str, &'a str), Option<&'a str>, Option<&'static str>, (Outcome, Option<&'static str>));

impl<K: PartialEq> Counts<K> {
    /// Adds rows and their amount.
    pub fn add(&mut self, key: K, rows: i64, amount: i64) {
        if self.terms.get(self.last).is_none_or(|(known, ..)| *known != key) {
            let known = self.terms.iter().position(|(known, ..)| *known == key);
            self.last = known.unwrap_or(self.terms.len());
            if known.is_none() {
                self.terms.push((key, 0, 0));
            }
        }
        let (_, sum_of_rows, sum) = &mut self.terms[self.last];
        *sum_of_rows += rows;
        *sum += amount;
    }

    /// Enters all terms into a balance.
    pub fn enter<'a>(self, tallies: &mut Tallies, term: impl Fn(K) -> Balanced<'a>) {
        for (key, rows, amount) in self.terms {
            let (source, period, measure, outcome) = term(key);
            if rows != 0 {
                tallies.add(source, period, "rows", outcome, rows);
            }
            if let Some(measure) = measure {
                tallies.add(source, period, measure, outcome, amount);
            }
        }
    }
}

/// Remarks, counted by table, county, code, id and period.
#[derive(Debug, Default)]
pub struct Issues(BTreeMap<Remark, i64>);

/// Table, county, code, id, period.
type Remark = (&'static str, String, IssueCode, Option<String>, Option<String>);

impl Issues {
    /// Notes one remark.
    pub fn note(&mut self, table: &'static str, county: &str, code: IssueCode, id: Option<&str>, period: Option<&str>) {
        self.note_rows(table, county, code, id, period, 1);
    }

    /// Notes a remark on so many rows.
    pub fn note_rows(
        &mut self,
        table: &'static str,
        county: &str,
        code: IssueCode,
        id: Option<&str>,
        period: Option<&str>,
        rows: i64,
    ) {
        let key = (table, county.to_owned(), code, id.map(str::to_owned), period.map(str::to_owned));
        *self.0.entry(key).or_default() += rows;
    }

    /// Notes that the file that pins a benchmark of the set lacks a class, which so many rows are of. It is told of no county: classes need not be any.
    pub fn note_unpinned(
        &mut self,
        table: &'static str,
        (set, benchmark, class): (&str, &str, &str),
        period: &str,
        rows: usize,
    ) {
        let (id, rows) = (format!("{set}: {benchmark} {class}"), i64::try_from(rows).unwrap_or(i64::MAX));
        self.note_rows(table, "", IssueCode::FrozenClass, Some(id.trim_end()), Some(period), rows);
    }

    /// The remarks as a batch.
    ///
    /// # Errors
    /// Never by the data.
    pub fn finish(self) -> Result<RecordBatch, StageError> {
        let mut rows = issue::Builder::default();
        for ((table, county, code, id, period), count) in self.0 {
            rows.table.append_value(table);
            rows.county_code.append_value(county);
            rows.code.append_value(code.as_str());
            rows.id.append_option(id);
            rows.period.append_option(period);
            rows.count.append_value(count);
            rows.meaning.append_value(code.meaning());
        }
        Ok(rows.finish()?)
    }
}

/// A row that is refused, as far as it may be told: neither amounts nor enterprises.
#[derive(Debug, Clone, Copy)]
pub struct Refused<'a> {
    /// Source.
    pub source: &'a str,
    /// Delivery.
    pub delivered: Option<i32>,
    /// Table.
    pub table: &'a str,
    /// County, if readable.
    pub county: Option<&'a str>,
    /// File.
    pub file: &'a str,
    /// Line or feature id.
    pub row: i64,
    /// Parcel, if readable.
    pub parcel_id: Option<&'a str>,
}

/// Rejected rows.
#[derive(Default)]
pub struct Rejects(reject::Builder);

impl Rejects {
    /// Notes one.
    pub fn note(&mut self, row: Refused<'_>, fault: Fault) {
        let rows = &mut self.0;
        rows.source_id.append_value(row.source);
        rows.delivered.append_option(row.delivered);
        rows.table.append_value(row.table);
        rows.county_code.append_option(row.county);
        rows.file.append_value(row.file);
        rows.row.append_value(row.row);
        rows.parcel_id.append_option(row.parcel_id);
        rows.code.append_value(fault.code.as_str());
        rows.column.append_option(fault.column);
        rows.reason.append_value(fault.code.meaning());
    }

    /// The rejects as a batch.
    ///
    /// # Errors
    /// Never by the data.
    pub fn finish(mut self) -> Result<RecordBatch, StageError> {
        Ok(self.0.finish()?)
    }
}

/// The rows of one year and outcome, and their amounts by measure.
struct Counted {
    of: (Option<u16>, Outcome),
    rows: i64,
    amounts: Vec<(&'static str, i64)>,
}

/// Rejects, issues and balance of one source while it is read.
pub struct Quality<'a> {
    facts: &'a SourceFacts,
    /// File being read.
    pub file: &'a str,
    /// Rejected rows.
    pub rejects: Rejects,
    /// Remarks.
    pub issues: Issues,
    counts: Vec<Counted>,
    /// Where the row before was counted.
    last: usize,
}

impl<'a> Quality<'a> {
    /// Empty tables for the source.
    #[must_use]
    pub fn new(facts: &'a SourceFacts, file: &'a str) -> Self {
        let (rejects, issues) = (Rejects::default(), Issues::default());
        Self { facts, file, rejects, issues, counts: Vec::new(), last: 0 }
    }

    /// Counts one row.
    pub fn row(&mut self, year: Option<u16>, outcome: Outcome) {
        self.row_of(year, outcome, std::iter::empty());
    }

    /// Counts one row and its amounts by measure.
    pub fn row_of(&mut self, year: Option<u16>, outcome: Outcome, amounts: impl Iterator<Item = (&'static str, i64)>) {
        let counted = self.counted(year, outcome);
        counted.rows += 1;
        for (measure, value) in amounts {
            // By place: a name that stands at two has two sums here, and one in the balance.
            match counted.amounts.iter_mut().find(|(known, _)| std::ptr::eq(*known, measure)) {
                Some((_, sum)) => *sum += value,
                None => counted.amounts.push((measure, value)),
            }
        }
    }

    #[inline]
    fn counted(&mut self, year: Option<u16>, outcome: Outcome) -> &mut Counted {
        let of = (year, outcome);
        if self.counts.get(self.last).is_none_or(|known| known.of != of) {
            let known = self.counts.iter().position(|known| known.of == of);
            self.last = known.unwrap_or(self.counts.len());
            if known.is_none() {
                self.counts.push(Counted { of, rows: 0, amounts: Vec::new() });
            }
        }
        &mut self.counts[self.last]
    }

    /// The balance.
    #[must_use]
    pub fn tallies(&self) -> Tallies {
        let mut tallies = Tallies::default();
        for Counted { of: (year, outcome), rows, amounts } in &self.counts {
            let year = year.map(|year| year.to_string());
            let source = (self.facts.id.as_str(), self.facts.table.name());
            for (measure, value) in [("rows", *rows)].iter().chain(amounts) {
                tallies.add(source, year.as_deref(), measure, (*outcome, None), *value);
            }
        }
        tallies
    }

    /// Notes a rejected row.
    pub fn reject(&mut self, row: i64, county: Option<&str>, parcel_id: Option<&str>, fault: Fault) {
        let refused = Refused {
            source: &self.facts.id,
            delivered: self.facts.delivered,
            table: self.facts.table.name(),
            county,
            file: self.file,
            row,
            parcel_id,
        };
        self.rejects.note(refused, fault);
    }
}

/// The balance of every source, from all terms; a law broken stops the run.
///
/// # Errors
/// [`StageError::Law`] when rows or amounts of a source do not balance.
pub fn reconcile(tallies: &[RecordBatch]) -> Result<RecordBatch, StageError> {
    #[derive(Default)]
    struct Balance {
        by_outcome: BTreeMap<String, i64>,
        reasons: BTreeMap<String, i64>,
    }
    let mut balances: BTreeMap<(String, String, String, String), Balance> = BTreeMap::new();
    for batch in tallies {
        let rows = tally::View::of(batch)?;
        for row in 0..batch.num_rows() {
            let period = super::order::text(rows.period, row).unwrap_or_default().to_owned();
            let key = (
                rows.source_id.value(row).to_owned(),
                period,
                rows.measure.value(row).to_owned(),
                rows.table.value(row).to_owned(),
            );
            let balance = balances.entry(key).or_default();
            *balance.by_outcome.entry(rows.outcome.value(row).to_owned()).or_default() += rows.value.value(row);
            if let Some(reason) = super::order::text(rows.reason, row) {
                *balance.reasons.entry(reason.to_owned()).or_default() += rows.value.value(row);
            }
        }
    }
    let mut out = reconciliation::Builder::default();
    for ((source, period, measure, table), balance) in balances {
        let of = |outcome: Outcome| balance.by_outcome.get(outcome.as_str()).copied().unwrap_or(0);
        let (read, accepted) = (of(Outcome::Read), of(Outcome::Accepted));
        let elsewhere = of(Outcome::Rejected) + of(Outcome::Superseded) + of(Outcome::OutOfScope);
        let amounts = Delivered::named(&table).map_or(&[][..], Delivered::amounts);
        let falls = |amount: &Amount| amount.is_allocated && amount.balance.is_none_or(|balance| balance == measure);
        let is_allocated = measure != "rows" && amounts.iter().any(falls);
        let settled = of(Outcome::Allocated) + of(Outcome::Unallocated);
        let law = if measure == "rows" { "rows" } else { "money" };
        if read != accepted + elsewhere {
            let what = format!("{source} {period} {measure}: what was read is not what was accounted for");
            return Err(StageError::Law { law, what });
        }
        if is_allocated && accepted != settled {
            let what = format!("{source} {period} {measure}: what was accepted is not what was allocated or not");
            return Err(StageError::Law { law, what });
        }
        let reasons: Vec<String> = balance.reasons.iter().map(|(reason, value)| format!("{reason}:{value}")).collect();
        out.source_id.append_value(source);
        out.table.append_value(table);
        out.period.append_value(period);
        out.measure.append_value(&measure);
        out.read.append_value(read);
        out.corrections.append_value(0);
        out.accepted.append_value(accepted);
        out.rejected.append_value(of(Outcome::Rejected));
        out.superseded.append_value(of(Outcome::Superseded));
        out.out_of_scope.append_value(of(Outcome::OutOfScope));
        out.unparsable.append_value(of(Outcome::Unparsable));
        out.allocated.append_option(is_allocated.then(|| of(Outcome::Allocated)));
        out.unallocated.append_option(is_allocated.then(|| of(Outcome::Unallocated)));
        out.unallocated_reasons.append_option((!reasons.is_empty()).then(|| reasons.join(",")));
    }
    Ok(out.finish()?)
}
