//! What is wrong with rows of the projects' ledger.

use std::collections::BTreeSet;

use super::ledgers::{is_sound, miswritten, unreadable};
use super::{LedgerFile, Planted, Planter};
use crate::domain::RejectCode;
use crate::sample::ledger::Row;
use crate::sample::occupancy::Register;
use crate::sample::projects::Promise;

impl Planter<'_> {
    /// Project rows: a day, an enterprise, a plot or an obligation that cannot be read.
    pub fn projects(&mut self, file: &LedgerFile<'_>, rows: &mut [Row<'_, Promise<'_>>], register: &Register) {
        let (count, mut taken) = (rows.len(), BTreeSet::new());
        for code in [
            RejectCode::DateUnreadable,
            RejectCode::UsccBadCheck,
            RejectCode::ParcelIdMalformed,
            RejectCode::ValueUnknown,
        ] {
            // A county may have few projects, and a run stops where too many of its rows are refused.
            let quota = self.quota(self.parameters.defects.share, count).min(count / 40);
            for at in self.victims(count, quota, &mut taken, |at| is_sound(&rows[at], register)) {
                let row = &mut rows[at];
                match code {
                    RejectCode::DateUnreadable => row.unreadable = Some(unreadable(&mut self.draw)),
                    RejectCode::UsccBadCheck => {
                        row.id = Some(miswritten(row.identifier(&register.members), &mut self.draw));
                    }
                    RejectCode::ParcelIdMalformed => row.told.parcel = "待编",
                    _ => row.kind = "绿化",
                }
                row.refused = Some(code);
                self.planted.push(Planted {
                    source: format!("project-{}", self.county),
                    table: "project",
                    file: file.path.to_owned(),
                    row: Some((file.row)(at)),
                    code: code.as_str(),
                    about: None,
                    period: None,
                });
            }
        }
    }
}
