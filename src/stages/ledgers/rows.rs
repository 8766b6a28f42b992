//! The canonical row that a line becomes, or why it becomes none.

use arrow::array::{ArrayBuilder, RecordBatch};

use super::super::StageError;
use super::super::delivered::{ALWAYS, Amount, DeliveredRows, Fault, Field, SourceFacts, fault};
use super::memo::Id;
use super::read::{Line, Reader};
use crate::domain::{DivisionCode, IssueCode, Period, RejectCode, Uscc};
use crate::table::delivery::{Delivered, Ids, YES_NO};
use crate::table::{
    emission, energy, enterprise, enterprise_link, enterprise_scale, occupancy, output, project, tag, tax, violation,
};

/// Declares the ledgers: the builder of one's rows, what reads a line of it, and the columns that it alone is asked for.
macro_rules! ledgers {
    ($($name:ident $read:ident [$($column:ident),*];)+) => {
        /// The columns of a sheet that the source's table alone has.
        pub(super) enum Others<'b> {
            $($name([Field<'b>; <[&str]>::len(&[$(stringify!($column)),*])])),+
        }

        impl<'b> Others<'b> {
            pub fn of(table: Delivered, rows: &DeliveredRows<'b>) -> Self {
                match table {
                    $(Delivered::$name => Self::$name([$(rows.field(stringify!($column))),*]),)+
                    // Parcels and zones come as shapes, and are read elsewhere.
                    Delivered::Parcel | Delivered::Zone => Self::Output([]),
                }
            }
        }

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
            pub(super) fn row(&mut self, line: &Line<'_, '_>, county: DivisionCode, uscc: &Id<'_>) -> Result<(), Fault> {
                match &line.columns.others {
                    $(Others::$name(columns) => self.$read((line, columns), county, uscc)),+
                }
            }
        }
    };
}

ledgers! {
    Enterprise enterprise [name, industry_code, established, production_since, status, address];
    Occupancy occupancy [parcel_id, right, basis, lessor_uscc, amount_m2, valid_from, valid_to];
    Tax tax [];
    Energy energy [];
    Output output [];
    EnterpriseScale enterprise_scale [];
    Violation violation [date, serious];
    Tag tag [];
    Emission emission [];
    EnterpriseLink enterprise_link [related_uscc, valid_from, valid_to];
    Project project [project_id, parcel_id, due_date, met, met_on, granted];
}

/// A line, and the columns that its table alone is asked for.
type Asked<'r, const N: usize> = (&'r Line<'r, 'r>, &'r [Field<'r>; N]);

/// Rows by county.
#[derive(Default)]
pub(super) struct Counties {
    rows: Vec<(DivisionCode, Rows)>,
    last: usize,
}

impl Counties {
    /// The rows of a county: mostly that of the row before.
    #[inline]
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

    fn enterprise(
        &mut self,
        (line, [name, industry, established, production_since, status, address]): Asked<'_, 6>,
        county: DivisionCode,
        uscc: &Id<'_>,
    ) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let (established, production_since) = (established.date(at)?, production_since.date(at)?);
        let name = name.text(at)?;
        let (industry, status, address) = (industry.text(at)?, status.text(at)?, address.text(at)?);
        let is_official = self.facts.rules.ids == Ids::Official;
        if is_official && Uscc::parse(uscc.text()).is_ok_and(|uscc| !uscc.has_sound_organisation()) {
            let id = Some(self.facts.id.as_str());
            self.quality.issues.note("enterprise", county.as_str(), IssueCode::OrganisationBadCheck, id, None);
        }
        if let Rows::Enterprise(out) = self.rows_of(county) {
            out.uscc.append_value(uscc.text());
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

    fn occupancy(
        &mut self,
        (line, [parcel, right, basis, lessor, amount, valid_from, valid_to]): Asked<'_, 7>,
        county: DivisionCode,
        uscc: &Id<'_>,
    ) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let parcel = parcel.parcel(at, Some(county))?;
        let right = right.one_of(at, &["owned", "leased"])?;
        let basis = basis.one_of(at, &["land", "floor"])?;
        let lessor = lessor.enterprise(at, county)?;
        let amount = amount.amount(at, None)?;
        let amount = amount.map(|amount| amount.not_negative("amount_m2")).transpose()?;
        if amount.is_none() && right == "leased" {
            return Err(fault(RejectCode::AmountMissing, "amount_m2"));
        }
        let (valid_from, valid_to) = (valid_from.date(at)?.unwrap_or(ALWAYS), valid_to.date(at)?);
        self.note_rounding(county, amount, None);
        if let Rows::Occupancy(out) = self.rows_of(county) {
            out.parcel_id.append_value(parcel);
            out.uscc.append_value(uscc.text());
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

    fn tax(&mut self, (line, []): Asked<'_, 0>, county: DivisionCode, uscc: &Id<'_>) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let period = line.account.period?;
        let kind = line.kind()?;
        let amount = line.amount("tax_yuan")?;
        self.note_rounding(county, Some(amount), Some(period));
        if let Rows::Tax(out) = self.rows_of(county) {
            out.uscc.append_repeated(uscc);
            out.period.append_repeated(&line.account.written);
            out.kind.append_repeated(kind);
            out.tax_fen.append_value(amount.count);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn energy(&mut self, (line, []): Asked<'_, 0>, county: DivisionCode, uscc: &Id<'_>) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let period = line.account.period?;
        let carrier = line.kind()?;
        let amount = line.amount("quantity")?.not_negative("quantity")?;
        self.note_rounding(county, Some(amount), Some(period));
        if let Rows::Energy(out) = self.rows_of(county) {
            out.uscc.append_repeated(uscc);
            out.period.append_repeated(&line.account.written);
            out.carrier.append_repeated(carrier);
            out.quantity.append_value(amount.count);
            out.unit.append_repeated(&line.kind.smallest_unit);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    /// A row of output has at least one measure. Only value added may be negative: so what is missing can but add to
    /// the others.
    fn output(&mut self, (line, []): Asked<'_, 0>, county: DivisionCode, uscc: &Id<'_>) -> Result<(), Fault> {
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
            out.uscc.append_repeated(uscc);
            out.period.append_repeated(&line.account.written);
            out.revenue_fen.append_option(revenue);
            out.value_added_fen.append_option(value_added);
            out.rd_fen.append_option(rd);
            out.staff.append_option(staff);
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn enterprise_scale(&mut self, (line, []): Asked<'_, 0>, county: DivisionCode, uscc: &Id<'_>) -> Result<(), Fault> {
        line.whole_year()?;
        let scale = line.kind()?;
        if let Rows::EnterpriseScale(out) = self.rows_of(county) {
            out.uscc.append_repeated(uscc);
            out.period.append_repeated(&line.account.written);
            out.scale.append_repeated(scale);
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn violation(
        &mut self,
        (line, [date, serious]): Asked<'_, 2>,
        county: DivisionCode,
        uscc: &Id<'_>,
    ) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        line.account.period?;
        let date = date.required_date(at)?;
        let field = line.kind()?;
        let says = serious.is_there().then(|| serious.one_of(at, YES_NO)).transpose()?;
        if let Rows::Violation(out) = self.rows_of(county) {
            out.uscc.append_repeated(uscc);
            out.period.append_repeated(&line.account.written);
            out.field.append_repeated(field);
            out.date.append_value(date);
            out.is_serious.append_value(says != Some("no"));
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn tag(&mut self, (line, []): Asked<'_, 0>, county: DivisionCode, uscc: &Id<'_>) -> Result<(), Fault> {
        line.whole_year()?;
        let tag = line.kind()?;
        if let Rows::Tag(out) = self.rows_of(county) {
            out.uscc.append_repeated(uscc);
            out.period.append_repeated(&line.account.written);
            out.tag.append_repeated(tag);
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn emission(&mut self, (line, []): Asked<'_, 0>, county: DivisionCode, uscc: &Id<'_>) -> Result<(), Fault> {
        let period = line.account.period?;
        let pollutant = line.kind()?;
        let amount = line.amount("quantity")?.not_negative("quantity")?;
        self.note_rounding(county, Some(amount), Some(period));
        if let Rows::Emission(out) = self.rows_of(county) {
            out.uscc.append_repeated(uscc);
            out.period.append_repeated(&line.account.written);
            out.pollutant.append_repeated(pollutant);
            out.quantity.append_value(amount.count);
            out.unit.append_repeated(&line.kind.smallest_unit);
            out.row.append_value(line.rows.row(line.at));
        }
        Ok(())
    }

    fn enterprise_link(
        &mut self,
        (line, [related, valid_from, valid_to]): Asked<'_, 3>,
        county: DivisionCode,
        uscc: &Id<'_>,
    ) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let related = related.enterprise(at, county)?;
        let related = related.ok_or(fault(RejectCode::IdMissing, "related_uscc"))?;
        let kind = line.kind()?;
        let (valid_from, valid_to) = (valid_from.date(at)?.unwrap_or(ALWAYS), valid_to.date(at)?);
        if let Rows::EnterpriseLink(out) = self.rows_of(county) {
            out.uscc.append_repeated(uscc);
            out.related_uscc.append_value(related);
            out.kind.append_repeated(kind);
            out.valid_from.append_value(valid_from);
            out.valid_to.append_option(valid_to);
            out.row.append_value(rows.row(at));
        }
        Ok(())
    }

    fn project(
        &mut self,
        (line, [project, parcel, due, met, met_on, granted]): Asked<'_, 6>,
        county: DivisionCode,
        uscc: &Id<'_>,
    ) -> Result<(), Fault> {
        let (rows, at) = (line.rows, line.at);
        let project = project.required_text(at)?;
        let parcel = parcel.raw(at).map(|_| parcel.parcel(at, Some(county))).transpose()?;
        let obligation = line.kind()?;
        let due = due.required_date(at)?;
        let says = met.raw(at).map(|_| met.one_of(at, YES_NO)).transpose()?;
        let (met_on, granted) = (met_on.date(at)?, granted.date(at)?);
        if let Rows::Project(out) = self.rows_of(county) {
            out.project_id.append_value(project);
            out.uscc.append_repeated(uscc);
            out.parcel_id.append_option(parcel);
            out.obligation.append_repeated(obligation);
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
