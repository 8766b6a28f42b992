//! What a county's enterprises promised of their plots (标准地), and what became of it.

use chrono::{Days, Months, NaiveDate};

use super::draw::Draw;
use super::ledger::{Row, Told};
use super::occupancy::{Parcel, Register};
use super::parameters::Parameters;
use crate::domain::Period;

/// Obligations: as ledgers write them, and canonical.
pub const OBLIGATIONS: [(&str, &str); 8] = [
    ("开工", "start"),
    ("竣工", "completion"),
    ("达产", "production"),
    ("投资强度", "investment"),
    ("亩均税收", "tax"),
    ("亩均产出", "output"),
    ("单位能耗", "energy"),
    ("容积率", "floor_area"),
];

/// An obligation of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise<'a> {
    /// Number of the project in its county.
    pub project: usize,
    /// Code of the plot, as written.
    pub parcel: &'a str,
    /// Day by which it is due.
    pub due: NaiveDate,
    /// Whether it is said to be met.
    pub says: Option<bool>,
    /// Day on which it was.
    pub met_on: Option<NaiveDate>,
    /// Day on which the land was granted.
    pub granted: Option<NaiveDate>,
}

impl Promise<'_> {
    /// The project as the county numbers it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("BZD{:05}", self.project + 1)
    }
}

impl Told for Promise<'_> {
    fn written(self) -> Vec<String> {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let says = self.says.map(|says| if says { "是" } else { "否" }).unwrap_or_default();
        let (due, met_on, granted) = (day(Some(self.due)), day(self.met_on), day(self.granted));
        vec![due, self.id(), self.parcel.to_owned(), says.to_owned(), met_on, granted]
    }
}

/// The rows of a county: of some of the plots that one enterprise owns, all obligations. At least one plot is being built on.
#[must_use]
pub fn promises<'a>(
    register: &Register,
    parcels: &'a [Parcel],
    parameters: &Parameters,
    draw: &mut Draw,
) -> Vec<Row<'static, Promise<'a>>> {
    let section = &parameters.project;
    let mut rows = Vec::new();
    if section.share <= 0.0 {
        return rows;
    }
    let end = Period::Year(parameters.pipeline.last_year()).end();
    let delivered: NaiveDate = parameters.delivery.delivered.parse().unwrap_or_default();
    let mut project = 0;
    let owned = register.rows.iter().filter(|row| row.lessor.is_none() && row.to.is_none() && !row.is_lost);
    for row in owned {
        if !(draw.chance(section.share) || project == 0) {
            continue;
        }
        let is_building = draw.chance(section.building_share) || project == 0;
        let days = Days::new(draw.whole(1, if is_building { section.ahead_days } else { section.past_days }).into());
        let completion = if is_building { end + days } else { end - days };
        let granted = completion - Months::new(section.completion_months);
        let is_granted_told = draw.chance(section.granted_share);
        for (kind, name) in OBLIGATIONS {
            let due = granted + Months::new(section.months(name));
            let (says, met_on) = became(due, granted, delivered, parameters, draw);
            let told = Promise {
                project,
                parcel: &parcels[row.parcel].id,
                due,
                says,
                met_on,
                granted: is_granted_told.then_some(granted),
            };
            let period = Period::Year(parameters.pipeline.last_year());
            rows.push(Row { member: Some(row.member), id: None, period, kind, told, unreadable: None, refused: None });
        }
        project += 1;
    }
    rows
}

/// What is told of an obligation by the day of the delivery.
fn became(
    due: NaiveDate,
    granted: NaiveDate,
    delivered: NaiveDate,
    parameters: &Parameters,
    draw: &mut Draw,
) -> (Option<bool>, Option<NaiveDate>) {
    let section = &parameters.project;
    if draw.chance(section.unknown_share) {
        return (None, None);
    }
    let is_late = draw.chance(section.late_share);
    let days = Days::new(draw.whole(1, section.apart_days).into());
    let day = if is_late { due + days } else { (due - days).max(granted) };
    let is_dated = is_late || draw.chance(section.dated_share);
    match (day <= delivered, is_dated) {
        (true, true) => (Some(true), Some(day)),
        (true, false) => (Some(true), None),
        (false, _) => (Some(false).filter(|_| due <= delivered), None),
    }
}
