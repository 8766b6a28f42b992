//! The canonical row that a line becomes, or why it becomes none.

use arrow::array::{ArrayBuilder, RecordBatch};

use super::super::StageError;
use super::super::delivered::{ALWAYS, Amount, Fault, SourceFacts, fault, smallest_unit};
use super::read::{Line, Reader};
use crate::domain::{DivisionCode, IssueCode, Period, RejectCode, Uscc};
use crate::table::delivery::{Delivered, Ids, YES_NO};
use crate::table::{
    emission, energy, enterprise, enterprise_link, enterprise_scale, occupancy, output, project, tag, tax, violation,
};

/// Declares the ledgers: the builder of one's rows, and what reads a line of it.
macro_rules! ledgers {
    ($($name:ident $read:ident),+) => {
        /// Rows of one county, of the source's table.
        pub(super) enum Rows {
            $($name(Box<$read::Builder>)),+
        }

        impl Rows {
            fn of(table: Delivered) -> Self {
                match table {
                    // Parcels and zones come as shapes, and are read elsewhere.
                    Delivered::Parcel | Delivered::Zone => Self::Enterprise(Box::default()),
                    $(Delivered::$name => Self::$name(Box::default())),+
                }
            }

            /// Says of the rows since the last call where they come from: they are of one county and file.
            pub fn of_file(&mut self, county: DivisionCode, facts: &SourceFacts, file: &str) {
                match self {
                    $(Self::$name(rows) => {
                        let count = rows.row.len();
                        rows.county_code.fill(county.as_str(), count);
                        rows.source_id.fill(&facts.id, count);
                        rows.file.fill(file, count);
                        let dated = rows.delivered.len();
                        match facts.delivered {
                            Some(date) => rows.delivered.append_value_n(date, count - dated),
                            None => rows.delivered.append_nulls(count - dated),
                        }
                    }),+
                }
            }

            pub fn finish(&mut self) -> Result<RecordBatch, StageError> {
                Ok(match self {
                    $(Self::$name(rows) => rows.finish()?),+
                })
            }
        }

        impl Reader<'_> {
            /// Takes a line of the source's table.
            pub(super) fn row(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
                match self.facts.table {
                    Delivered::Parcel | Delivered::Zone => Ok(()),
                    $(Delivered::$name => self.$read(line, county, uscc)),+
                }
            }
        }
    };
}

ledgers! {
    Enterprise enterprise, Occupancy occupancy, Tax tax, Energy energy, Output output,
    EnterpriseScale enterprise_scale, Violation violation, Tag tag, Emission emission,
    EnterpriseLink enterprise_link, Project project
}

/// Rows by county.
#[derive(Default)]
pub(super) struct Counties {
    rows: Vec<(DivisionCode, Rows)>,
    last: usize,
}

impl Counties {
    /// The rows of a county: mostly that of the row before.
    fn of(&mut self, table: Delivered, county: DivisionCode) -> &mut Rows {
        if self.rows.get(self.last).is_none_or(|(known, _)| *known != county) {
            let known = self.rows.iter().position(|(known, _)| *known == county);
            self.last = known.unwrap_or(self.rows.len());
            if known.is_none() {
                self.rows.push((county, Rows::of(table)));
            }
        }
        &mut self.rows[self.last].1
    }

    /// Says of the rows since the last call which file they come from.
    pub fn of_file(&mut self, facts: &SourceFacts, file: &str) {
        for (county, rows) in &mut self.rows {
            rows.of_file(*county, facts, file);
        }
    }

    /// The rows by county.
    pub fn finish(mut self) -> Result<Vec<(String, RecordBatch)>, StageError> {
        self.rows.sort_by_key(|(county, _)| *county);
        self.rows.iter_mut().map(|(county, rows)| Ok((county.to_string(), rows.finish()?))).collect()
    }
}

impl Reader<'_> {
    fn rows_of(&mut self, county: DivisionCode) -> &mut Rows {
        self.counties.of(self.facts.table, county)
    }

    fn enterprise(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let (established, production_since) = (rows.date("established", at)?, rows.date("production_since", at)?);
        let name = rows.text("name", at)?;
        let (industry, status, address) =
            (rows.text("industry_code", at)?, rows.text("status", at)?, rows.text("address", at)?);
        let is_official = self.facts.rules.ids == Ids::Official;
        if is_official && Uscc::parse(uscc).is_ok_and(|uscc| !uscc.has_sound_organisation()) {
            let id = Some(self.facts.id.as_str());
            self.quality.issues.note("enterprise", county.as_str(), IssueCode::OrganisationBadCheck, id, None);
        }
        if let Rows::Enterprise(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.name.append_option(name);
            out.industry_code.append_option(industry);
            out.established.append_option(established);
            out.production_since.append_option(production_since);
            out.status.append_option(status);
            out.address.append_option(address);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn occupancy(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let parcel = rows.parcel("parcel_id", at, Some(county))?;
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
        if let Rows::Occupancy(out) = self.rows_of(county) {
            out.parcel_id.append_value(parcel);
            out.uscc.append_value(uscc);
            out.right.append_value(right);
            out.valid_from.append_value(valid_from);
            out.valid_to.append_option(valid_to);
            out.basis.append_value(basis);
            out.lessor_uscc.append_option(lessor);
            out.amount_cm2.append_option(amount.map(|amount| amount.count));
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn tax(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let period = line.account.period?;
        let kind = line.kind?;
        let amount = line.amount("tax_yuan")?;
        self.note_rounding(county, Some(amount), Some(period));
        if let Rows::Tax(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.period.append_value(&line.account.written);
            out.kind.append_value(kind);
            out.tax_fen.append_value(amount.count);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn energy(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let period = line.account.period?;
        let carrier = line.kind?;
        let amount = line.amount("quantity")?.not_negative("quantity")?;
        self.note_rounding(county, Some(amount), Some(period));
        if let Rows::Energy(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.period.append_value(&line.account.written);
            out.carrier.append_value(carrier);
            out.quantity.append_value(amount.count);
            out.unit.append_value(smallest_unit(amount.dimension));
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    /// A row of output has at least one measure. Only value added may be negative: so what is missing can but add to
    /// the others.
    fn output(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let period = line.account.period?;
        let mut amounts = [None; 4];
        for ((amount, reading), declared) in amounts.iter_mut().zip(line.amounts).zip(Delivered::Output.amounts()) {
            let is_signed = declared.name == "value_added_yuan";
            let checked = |read: Amount| if is_signed { Ok(read) } else { read.not_negative(declared.name) };
            *amount = (*reading)?.map(checked).transpose()?;
        }
        if amounts.iter().all(Option::is_none) {
            return Err(Fault { code: RejectCode::AmountMissing, column: None });
        }
        for amount in amounts {
            self.note_rounding(county, amount, Some(period));
        }
        let [revenue, value_added, rd, staff] = amounts.map(|amount| amount.map(|amount| amount.count));
        if let Rows::Output(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.period.append_value(&line.account.written);
            out.revenue_fen.append_option(revenue);
            out.value_added_fen.append_option(value_added);
            out.rd_fen.append_option(rd);
            out.staff.append_option(staff);
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn enterprise_scale(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        line.whole_year()?;
        let scale = line.kind?;
        if let Rows::EnterpriseScale(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.period.append_value(&line.account.written);
            out.scale.append_value(scale);
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn violation(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        line.account.period?;
        let date = rows.required_date("date", at)?;
        let field = line.kind?;
        let says = rows.column("serious").map(|_| rows.one_of("serious", at, YES_NO)).transpose()?;
        if let Rows::Violation(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.period.append_value(&line.account.written);
            out.field.append_value(field);
            out.date.append_value(date);
            out.is_serious.append_value(says != Some("no"));
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn tag(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        line.whole_year()?;
        let tag = line.kind?;
        if let Rows::Tag(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.period.append_value(&line.account.written);
            out.tag.append_value(tag);
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn emission(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let period = line.account.period?;
        let pollutant = line.kind?;
        let amount = line.amount("quantity")?.not_negative("quantity")?;
        self.note_rounding(county, Some(amount), Some(period));
        if let Rows::Emission(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.period.append_value(&line.account.written);
            out.pollutant.append_value(pollutant);
            out.quantity.append_value(amount.count);
            out.unit.append_value(smallest_unit(amount.dimension));
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn enterprise_link(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let related = rows.enterprise("related_uscc", at, county)?;
        let related = related.ok_or(fault(RejectCode::IdMissing, "related_uscc"))?;
        let kind = line.kind?;
        let (valid_from, valid_to) = (rows.date("valid_from", at)?.unwrap_or(ALWAYS), rows.date("valid_to", at)?);
        if let Rows::EnterpriseLink(out) = self.rows_of(county) {
            out.uscc.append_value(uscc);
            out.related_uscc.append_value(related);
            out.kind.append_value(kind);
            out.valid_from.append_value(valid_from);
            out.valid_to.append_option(valid_to);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn project(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &str) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let project = rows.required_text("project_id", at)?;
        let parcel = rows.raw("parcel_id", at).map(|_| rows.parcel("parcel_id", at, Some(county))).transpose()?;
        let obligation = line.kind?;
        let due = rows.required_date("due_date", at)?;
        let says = rows.raw("met", at).map(|_| rows.one_of("met", at, YES_NO)).transpose()?;
        let (met_on, granted) = (rows.date("met_on", at)?, rows.date("granted", at)?);
        if let Rows::Project(out) = self.rows_of(county) {
            out.project_id.append_value(project);
            out.uscc.append_value(uscc);
            out.parcel_id.append_option(parcel);
            out.obligation.append_value(obligation);
            out.due_date.append_value(due);
            out.is_met.append_option(says.map(|says| says == "yes"));
            out.met_on.append_option(met_on);
            out.granted.append_option(granted);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn note_rounding(&mut self, county: DivisionCode, amount: Option<Amount>, period: Option<Period>) {
        if amount.is_some_and(|amount| amount.is_rounded) {
            let (table, id) = (self.facts.table.name(), Some(self.facts.id.as_str()));
            let year = period.map(|period| period.year().to_string());
            self.quality.issues.note(table, county.as_str(), IssueCode::AmountRounded, id, year.as_deref());
        }
    }
}

impl Line<'_, '_> {
    /// The period of a list that is yearly.
    fn whole_year(&self) -> Result<Period, Fault> {
        self.account.period.and_then(|period| match period {
            Period::Year(_) => Ok(period),
            Period::Quarter(..) | Period::Month(..) => Err(fault(RejectCode::PeriodNotYear, "period")),
        })
    }

    /// The only amount of the row, which must be there.
    fn amount(&self, column: &'static str) -> Result<Amount, Fault> {
        self.amounts.first().copied().unwrap_or(Ok(None))?.ok_or(fault(RejectCode::AmountMissing, column))
    }
}
