//! What is wrong with rows of the tax, energy and output ledgers, and whose years it leaves in doubt.

use std::collections::BTreeSet;

use super::keys::{Key, Keys, key};
use super::{MISSING_ROW, Planted, Planter, STRAY};
use crate::domain::{Period, RejectCode};
use crate::sample::draw::Draw;
use crate::sample::ledger::made::Made;
use crate::sample::ledger::{Amount, Row, Told};
use crate::sample::occupancy::Register;

/// Where a county's ledger is written.
#[derive(Clone, Copy)]
pub struct LedgerFile<'a> {
    /// `tax`, `energy` or `output`.
    pub table: &'static str,
    /// File, relative to the output folder.
    pub path: &'a str,
    /// A row's number by its position.
    pub row: &'a dyn Fn(usize) -> usize,
}

impl Planter<'_> {
    /// Tax rows.
    pub fn tax<'r>(&mut self, file: &LedgerFile<'_>, rows: &mut Vec<Row<'r>>, register: &Register) {
        const FOREIGN: &str = "水利建设基金";
        let share = self.parameters.defects.share;
        let years = self.parameters.pipeline.years();
        self.missing_years(file, rows, register);
        let kept = self.spoilt_years(file, rows, register);
        self.strays(file, rows, register);
        self.unread_visitor(file, rows, register);
        let count = rows.len();
        let mut taken = BTreeSet::new();
        let is_fit = |row: &Row<'r>| is_fit(row, register, &years) && !kept.contains(&key(row));
        for code in [RejectCode::AmountUnreadable, RejectCode::UsccBadCheck, RejectCode::UsccMalformed] {
            let quota = self.quota(share, count);
            for at in self.victims(count, quota, &mut taken, |at| is_fit(&rows[at])) {
                match code {
                    RejectCode::AmountUnreadable => rows[at].unreadable = Some(unreadable(&mut self.draw)),
                    RejectCode::UsccBadCheck => {
                        rows[at].id = Some(miswritten(rows[at].identifier(&register.members), &mut self.draw));
                    }
                    // I is no letter of an identifier; every one has a 1.
                    _ => rows[at].id = Some(rows[at].identifier(&register.members).replacen('1', "I", 1)),
                }
                self.refuse(file, at, &mut rows[at], code);
            }
        }
        for code in [RejectCode::IdNotUscc, RejectCode::ValueUnknown] {
            let quota = self.quota(share, count);
            for at in self.victims(count, quota, &mut taken, |at| is_fit(&rows[at])) {
                let told = Amount { count: 100, ..rows[at].told };
                let mut extra = Row { told, ..rows[at].clone() };
                if code == RejectCode::IdNotUscc {
                    extra.member = None;
                    extra.id = Some(format!("{}{:09}", self.county, self.draw.whole(600_000_000, 699_999_999)));
                } else {
                    extra.kind = FOREIGN;
                }
                self.refuse(file, rows.len(), &mut extra, code);
                rows.push(extra);
            }
        }
    }

    /// Energy rows.
    pub fn energy<'r>(&mut self, file: &LedgerFile<'_>, rows: &mut Vec<Row<'r>>, register: &Register) {
        let years = self.parameters.pipeline.years();
        let kept = self.spoilt_years(file, rows, register);
        let is_fit = |row: &Row<'r>| is_fit(row, register, &years) && !kept.contains(&key(row));
        let (count, mut taken) = (rows.len(), BTreeSet::new());
        let quota = self.quota(self.parameters.defects.share, count);
        for at in self.victims(count, quota, &mut taken, |at| is_fit(&rows[at])) {
            rows[at].unreadable = Some(unreadable(&mut self.draw));
            self.refuse(file, at, &mut rows[at], RejectCode::AmountUnreadable);
        }
        let quota = self.quota(self.parameters.defects.duplicate_key_share, count);
        for at in self.victims(count, quota, &mut taken, |at| is_fit(&rows[at]) && rows[at].told.count > 0) {
            let mut other = Row { told: rows[at].told.and(rows[at].told), ..rows[at].clone() };
            self.refuse(file, at, &mut rows[at], RejectCode::DuplicateKey);
            self.refuse(file, rows.len(), &mut other, RejectCode::DuplicateKey);
            rows.push(other);
        }
    }

    /// Output rows.
    pub fn output<'r>(&mut self, file: &LedgerFile<'_>, rows: &mut Vec<Row<'r, Made>>, register: &Register) {
        let years = self.parameters.pipeline.years();
        let kept = self.spoilt_years(file, rows, register);
        let is_fit = |row: &Row<'r, Made>| is_fit(row, register, &years) && !kept.contains(&key(row));
        let (count, mut taken) = (rows.len(), BTreeSet::new());
        for code in [RejectCode::AmountUnreadable, RejectCode::UsccBadCheck, RejectCode::AmountMissing] {
            let quota = self.quota(self.parameters.defects.share, count);
            for at in self.victims(count, quota, &mut taken, |at| is_fit(&rows[at])) {
                match code {
                    RejectCode::AmountUnreadable => rows[at].unreadable = Some(unreadable(&mut self.draw)),
                    RejectCode::UsccBadCheck => {
                        rows[at].id = Some(miswritten(rows[at].identifier(&register.members), &mut self.draw));
                    }
                    _ => rows[at].told.counts = [None; 4],
                }
                self.refuse(file, at, &mut rows[at], code);
            }
        }
    }

    /// Years with a period too few or too many; their keys are spoilt no further.
    fn spoilt_years<'r, T: Told>(
        &mut self,
        file: &LedgerFile<'_>,
        rows: &mut Vec<Row<'r, T>>,
        register: &Register,
    ) -> Keys<'r> {
        let years = self.parameters.pipeline.years();
        let fits = |row: &Row<'r, T>| is_fit(row, register, &years);
        let mut keys = self.incomplete_years(file, rows, fits);
        keys.extend(self.overlapping_periods(file, rows, |row| fits(row) && !keys.contains(&key(row))));
        keys
    }

    /// Rows of enterprises that hold nothing here.
    fn strays(&mut self, file: &LedgerFile<'_>, rows: &[Row<'_>], register: &Register) {
        let is_stray = |row: &Row<'_>| {
            row.member.is_some_and(|at| !register.members[at].is_local && register.members[at].astray_fen.is_some())
        };
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_stray(row)) {
            self.ledger(file, Some(at), STRAY, row.period);
        }
    }

    /// Members without any tax row in a year.
    fn missing_years(&mut self, file: &LedgerFile<'_>, rows: &mut Vec<Row<'_>>, register: &Register) {
        let years = self.parameters.pipeline.years();
        let present: Vec<usize> = (0..register.members.len())
            .filter(|at| !register.members[*at].parcels.is_empty() && register.members[*at].may_fail())
            .collect();
        let quota = self.quota(self.parameters.defects.share, present.len());
        let mut missing = BTreeSet::new();
        for at in self.victims(present.len(), quota, &mut BTreeSet::new(), |_| true) {
            let year = years[self.draw.index(years.len())];
            missing.insert((Some(present[at]), year));
            self.ledger(file, None, MISSING_ROW, Period::Year(year));
        }
        rows.retain(|row| !missing.contains(&(row.member, row.period.year())));
    }

    /// What the plan has decided of enterprises in two counties: in the last year one of their amounts cannot be read
    /// in the county they visit, and both counties know.
    fn unread_visitor(&mut self, file: &LedgerFile<'_>, rows: &mut [Row<'_>], register: &Register) {
        let year = self.parameters.pipeline.last_year();
        for (at, member) in register.members.iter().enumerate() {
            if !member.elsewhere.is_some_and(|visitor| visitor.is_marked) {
                continue;
            }
            self.doubts.tax.insert((at, year));
            let is_one = |row: &Row<'_>| row.member == Some(at) && row.period.year() == year;
            if let (false, Some(at)) = (member.is_local, rows.iter().position(is_one)) {
                rows[at].unreadable = Some(unreadable(&mut self.draw));
                self.refuse(file, at, &mut rows[at], RejectCode::AmountUnreadable);
            }
        }
    }

    /// Notes that the row will be rejected, and whose year is in doubt for it.
    pub(super) fn refuse<T>(&mut self, file: &LedgerFile<'_>, at: usize, row: &mut Row<'_, T>, code: RejectCode) {
        row.refused = Some(code);
        self.doubt(file, key(row));
        self.ledger(file, Some(at), code.as_str(), row.period);
    }

    /// Notes that a member's year is in doubt, if it is a member's.
    pub(super) fn doubt(&mut self, file: &LedgerFile<'_>, (member, year, _): Key<'_>) {
        let doubts = match file.table {
            "tax" => &mut self.doubts.tax,
            "energy" => &mut self.doubts.energy,
            _ => &mut self.doubts.output,
        };
        doubts.extend(member.map(|member| (member, year)));
    }

    /// Notes a defect of a ledger, of the row at that position if it is one row's.
    pub(super) fn ledger(&mut self, file: &LedgerFile<'_>, at: Option<usize>, code: &'static str, period: Period) {
        self.planted.push(Planted {
            source: format!("{}-{}", file.table, self.county),
            table: file.table,
            file: file.path.to_owned(),
            row: at.map(file.row),
            code,
            about: None,
            period: Some(period),
        });
    }
}

/// Whether a row may be spoilt: it is in scope and sound, and so may be its enterprise.
fn is_fit<T>(row: &Row<'_, T>, register: &Register, years: &[u16]) -> bool {
    is_sound(row, register) && years.contains(&row.period.year())
}

/// Whether a row is sound, and its enterprise may be spoilt.
pub(super) fn is_sound<T>(row: &Row<'_, T>, register: &Register) -> bool {
    row.refused.is_none() && row.member.is_some_and(|member| register.members[member].may_fail())
}

/// What stands where an amount should.
pub(super) fn unreadable(draw: &mut Draw) -> &'static str {
    const TEXTS: [&str; 4] = ["待核实", "见附件", "#VALUE!", "12.3.4"];
    TEXTS[draw.index(TEXTS.len())]
}

/// The identifier with one character of its organisation code altered: its check character no longer fits.
pub(super) fn miswritten(id: &str, draw: &mut Draw) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let place = 8 + draw.index(9);
    let now = LETTERS.find(&id[place..=place]).unwrap_or_default();
    let other = (now + 1 + draw.index(LETTERS.len() - 1)) % LETTERS.len();
    format!("{}{}{}", &id[..place], &LETTERS[other..=other], &id[place + 1..])
}
