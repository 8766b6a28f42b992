//! What is wrong with rows of the occupancy list and of the ledgers, and whom it leaves in doubt.

use std::collections::BTreeSet;

use super::{MISSING_ROW, Planted, Planter};
use crate::domain::{Period, RejectCode};
use crate::sample::draw::Draw;
use crate::sample::ledger::Row;
use crate::sample::occupancy::{Occupancy, Register};

/// Where a county's ledger is written.
pub struct LedgerFile<'a> {
    /// `tax` or `energy`.
    pub table: &'static str,
    /// File, relative to the output folder.
    pub path: &'a str,
    /// A row's number by its position.
    pub row: &'a dyn Fn(usize) -> usize,
}

impl Planter<'_> {
    /// Occupancy rows; their numbers count from 0 until the county's rows find their place in the file.
    pub fn occupancy(&mut self, file: &str, register: &mut Register) {
        // Who is known elsewhere is left alone: the doubt would reach the other county.
        let is_local = |row: &Occupancy| register.members[row.member].elsewhere.is_none();
        let shared: BTreeSet<usize> = register.rows.iter().filter(|row| !is_local(row)).map(|row| row.parcel).collect();
        let rows = &mut register.rows;
        let quota = self.quota(self.parameters.defects.unknown_parcel_share, rows.len());
        let fits = |at: usize| !shared.contains(&rows[at].parcel);
        for at in self.victims(rows.len(), quota, &mut BTreeSet::new(), fits) {
            let row = &mut rows[at];
            // No county has parcels 9xxxx: the true one is the only parcel one character away.
            let parcel_id = row.parcel_id.clone();
            row.parcel_id.replace_range(14..15, "9");
            row.is_lost = true;
            self.doubts.members.insert(row.member);
            self.doubts.parcels.insert(row.parcel);
            self.planted.push(Planted {
                source: "occupancy".to_owned(),
                table: "occupancy",
                file: file.to_owned(),
                row: Some(at),
                code: RejectCode::ParcelUnknown.as_str(),
                parcel_id: Some(parcel_id),
                period: None,
            });
        }
        // The others on such a parcel seem to hold more of it than they do.
        let last = self.parameters.pipeline.years();
        for row in rows.iter().filter(|row| !row.is_lost && last.iter().any(|year| row.holds_in(*year))) {
            if self.doubts.parcels.contains(&row.parcel) {
                self.doubts.members.insert(row.member);
            }
        }
    }

    /// Tax rows.
    pub fn tax(&mut self, file: &LedgerFile<'_>, rows: &mut Vec<Row<'_>>, register: &Register) {
        const FOREIGN: &str = "水利建设基金";
        let share = self.parameters.defects.share;
        let years = self.parameters.pipeline.years();
        self.missing_years(file, rows, register);
        self.unread_visitor(file, rows, register);
        let count = rows.len();
        let mut taken = BTreeSet::new();
        for code in [RejectCode::AmountUnreadable, RejectCode::UsccBadCheck, RejectCode::UsccMalformed] {
            let quota = self.quota(share, count);
            for at in self.victims(count, quota, &mut taken, |at| is_fit(&rows[at], register, &years)) {
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
            for at in self.victims(count, quota, &mut taken, |at| is_fit(&rows[at], register, &years)) {
                let mut extra = Row { count: 100, ..rows[at].clone() };
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
    pub fn energy(&mut self, file: &LedgerFile<'_>, rows: &mut [Row<'_>], register: &Register) {
        let years = self.parameters.pipeline.years();
        let quota = self.quota(self.parameters.defects.share, rows.len());
        let fits = |at: usize| is_fit(&rows[at], register, &years);
        for at in self.victims(rows.len(), quota, &mut BTreeSet::new(), fits) {
            rows[at].unreadable = Some(unreadable(&mut self.draw));
            self.refuse(file, at, &mut rows[at], RejectCode::AmountUnreadable);
        }
    }

    /// Members without any tax row in a year.
    fn missing_years(&mut self, file: &LedgerFile<'_>, rows: &mut Vec<Row<'_>>, register: &Register) {
        let years = self.parameters.pipeline.years();
        let present: Vec<usize> = (0..register.members.len())
            .filter(|at| !register.members[*at].parcels.is_empty() && register.members[*at].elsewhere.is_none())
            .collect();
        let quota = self.quota(self.parameters.defects.share, present.len());
        for at in self.victims(present.len(), quota, &mut BTreeSet::new(), |_| true) {
            let (member, year) = (Some(present[at]), years[self.draw.index(years.len())]);
            rows.retain(|row| row.member != member || row.period.year() != year);
            self.planted.push(Planted {
                source: format!("tax-{}", self.county),
                table: "tax",
                file: file.path.to_owned(),
                row: None,
                code: MISSING_ROW,
                parcel_id: None,
                period: Some(Period::Year(year)),
            });
        }
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
    fn refuse(&mut self, file: &LedgerFile<'_>, at: usize, row: &mut Row<'_>, code: RejectCode) {
        row.refused = Some(code);
        if let Some(member) = row.member {
            let doubts = if file.table == "tax" { &mut self.doubts.tax } else { &mut self.doubts.energy };
            doubts.insert((member, row.period.year()));
        }
        self.planted.push(Planted {
            source: format!("{}-{}", file.table, self.county),
            table: file.table,
            file: file.path.to_owned(),
            row: Some((file.row)(at)),
            code: code.as_str(),
            parcel_id: None,
            period: Some(row.period),
        });
    }
}

/// Whether a row may be spoilt: it is in scope and sound, and its enterprise is known to this county alone.
fn is_fit(row: &Row<'_>, register: &Register, years: &[u16]) -> bool {
    let is_local = row.member.is_some_and(|member| register.members[member].elsewhere.is_none());
    is_local && row.refused.is_none() && years.contains(&row.period.year())
}

/// What stands where an amount should.
fn unreadable(draw: &mut Draw) -> &'static str {
    const TEXTS: [&str; 4] = ["待核实", "见附件", "#VALUE!", "12.3.4"];
    TEXTS[draw.index(TEXTS.len())]
}

/// The identifier with one character of its organisation code altered: its check character no longer fits.
fn miswritten(id: &str, draw: &mut Draw) -> String {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let place = 8 + draw.index(9);
    let now = LETTERS.find(&id[place..=place]).unwrap_or_default();
    let other = (now + 1 + draw.index(LETTERS.len() - 1)) % LETTERS.len();
    format!("{}{}{}", &id[..place], &LETTERS[other..=other], &id[place + 1..])
}
