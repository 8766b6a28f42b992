//! Map over counties: each enterprise's land on each parcel at the end of each period, exact to the cm².
//!
//! Land here is the registered area, else the ellipsoidal one; only surface parcels have any.

use std::borrow::Cow;

use arrow::array::{Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;

use super::StageError;
use super::delivered::{days, fault};
use super::marks::Ids;
use super::order::{beside, runs, text, value};
use super::quality::{Issues, Outcome, Refused, Rejects, Tallies};
use crate::domain::{IssueCode, Period, Ratio, RejectCode, apportion};
use crate::table::{column, mark, occupancy, occupant, parcel, text_order};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 5;

/// The columns of `parcel` that the stage reads.
pub const PARCEL_COLUMNS: &[&str] =
    &["parcel_id", "valid_from", "valid_to", "layer", "registered_cm2", "floor_cm2", "area_cm2"];

/// A judged period and the policy's bound on occupied land over a parcel's land in it.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// Period.
    pub period: Period,
    /// `[occupancy] max_sum`.
    pub max_sum: Ratio,
}

/// What the stage leaves.
pub struct Occupied {
    /// Occupants by parcel, enterprise and period, sorted.
    pub occupants: RecordBatch,
    /// Rows of `occupancy` that stay accepted.
    pub accepted: Vec<usize>,
    /// Marks.
    pub marks: RecordBatch,
    /// Rejects.
    pub rejects: RecordBatch,
    /// Issues.
    pub issues: RecordBatch,
    /// Balance.
    pub tallies: RecordBatch,
}

/// Versions of a county's parcels, by id and first day.
pub struct Parcels {
    ids: StringArray,
    versions: Vec<Version>,
}

/// One version of a parcel.
#[derive(Debug, Clone, Copy)]
struct Version {
    from: i32,
    to: Option<i32>,
    land: i64,
    floor: Option<i64>,
}

impl Parcels {
    /// The versions in `batches`, which hold [`PARCEL_COLUMNS`].
    ///
    /// # Errors
    /// When a column is missing.
    pub fn of(batches: &[RecordBatch]) -> Result<Self, StageError> {
        let Some(first) = batches.first() else {
            return Ok(Self { ids: StringArray::new_null(0), versions: Vec::new() });
        };
        let all = concat_batches(&first.schema(), batches)?;
        let rows = Columns::of(&all)?;
        let mut order = text_order(rows.id);
        for one in order.chunk_by_mut(|left, right| rows.id.value(*left) == rows.id.value(*right)) {
            one.sort_by_key(|row| rows.from.value(*row));
        }
        let version = |row: &usize| Version {
            from: rows.from.value(*row),
            to: value(rows.to, *row),
            land: match rows.layer.value(*row) {
                "surface" => value(rows.registered, *row).unwrap_or_else(|| rows.area.value(*row)),
                _ => 0,
            },
            floor: value(rows.floor, *row),
        };
        let ids = order.iter().map(|row| Some(rows.id.value(*row))).collect();
        Ok(Self { ids, versions: order.iter().map(version).collect() })
    }
}

/// The version of a parcel in force on a day: of several, the one that begins last.
fn on(versions: &[Version], day: i32) -> Option<Version> {
    versions.iter().rev().copied().find(|it| it.from <= day && it.to.is_none_or(|to| day <= to))
}

struct Columns<'a> {
    id: &'a StringArray,
    from: &'a arrow::array::Date32Array,
    to: &'a arrow::array::Date32Array,
    layer: &'a arrow::array::StringArray,
    registered: &'a arrow::array::Int64Array,
    floor: &'a arrow::array::Int64Array,
    area: &'a arrow::array::Int64Array,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, StageError> {
        Ok(Self {
            id: column(batch, &parcel::TABLE, "parcel_id")?,
            from: column(batch, &parcel::TABLE, "valid_from")?,
            to: column(batch, &parcel::TABLE, "valid_to")?,
            layer: column(batch, &parcel::TABLE, "layer")?,
            registered: column(batch, &parcel::TABLE, "registered_cm2")?,
            floor: column(batch, &parcel::TABLE, "floor_cm2")?,
            area: column(batch, &parcel::TABLE, "area_cm2")?,
        })
    }
}

/// Works out who occupies what in a county.
///
/// # Errors
/// Never by the data.
pub fn occupied(
    county: &str,
    parcels: &Parcels,
    rejected_parcels: &Ids<'_>,
    rights: &RecordBatch,
    judged: &[Judged],
) -> Result<Occupied, StageError> {
    let rights = occupancy::View::of(rights)?;
    let judged: Vec<Year> = judged.iter().map(Year::of).collect();
    let mut work = Work::new(county, &rights, &judged);
    let all: Vec<usize> = (0..rights.parcel_id.len()).collect();
    // Rights are sorted by parcel.
    let by_parcel: Vec<&[usize]> =
        runs(&all, |left, right| rights.parcel_id.value(left) == rights.parcel_id.value(right)).collect();
    let ids = by_parcel.iter().map(|rows| rights.parcel_id.value(rows[0]));
    let versions: Vec<&[Version]> = beside(ids, &parcels.ids).map(|known| &parcels.versions[known]).collect();
    for (rows, _) in by_parcel.iter().zip(&versions).filter(|(_, versions)| versions.is_empty()) {
        let is_rejected = rejected_parcels.contains(rights.parcel_id.value(rows[0]));
        let code = if is_rejected { RejectCode::ParcelRejected } else { RejectCode::ParcelUnknown };
        rows.iter().for_each(|row| work.reject(*row, code));
    }
    for (rows, versions) in by_parcel.iter().zip(versions).filter(|(_, versions)| !versions.is_empty()) {
        work.parcel(versions, rows);
    }
    work.finish()
}

/// A judged period as occupancy is told in it.
struct Year {
    name: String,
    /// Its last day.
    day: i32,
    max_sum: Ratio,
}

impl Year {
    fn of(judged: &Judged) -> Self {
        Self { name: judged.period.to_string(), day: days(judged.period.end()), max_sum: judged.max_sum }
    }
}

struct Work<'a> {
    county: &'a str,
    rights: &'a occupancy::View<'a>,
    judged: &'a [Year],
    occupants: occupant::Builder,
    accepted: Vec<usize>,
    marks: mark::Builder,
    rejects: Rejects,
    issues: Issues,
    tallies: Tallies,
}

/// Land of the occupants of one parcel, by enterprise; none where floor cannot be turned into land.
type Land<'a> = Vec<(&'a str, Option<i64>)>;

impl<'a> Work<'a> {
    fn new(county: &'a str, rights: &'a occupancy::View<'a>, judged: &'a [Year]) -> Self {
        Self {
            county,
            rights,
            judged,
            occupants: occupant::Builder::default(),
            accepted: Vec::new(),
            marks: mark::Builder::default(),
            rejects: Rejects::default(),
            issues: Issues::default(),
            tallies: Tallies::default(),
        }
    }

    fn parcel(&mut self, versions: &[Version], rows: &[usize]) {
        let negative = self.negative(versions, rows);
        let kept: Cow<'_, [usize]> = if negative.is_empty() {
            rows.into()
        } else {
            let is_kept = |row: &usize| !negative.contains(&self.rights.uscc.value(*row));
            let (kept, refused): (Vec<usize>, Vec<usize>) = rows.iter().partition(|row| is_kept(row));
            for row in refused {
                self.reject(row, RejectCode::OccupancyNegative);
            }
            kept.into()
        };
        self.accepted.extend_from_slice(&kept);
        let id = self.rights.parcel_id.value(rows[0]);
        let judged = self.judged;
        let mut held: Vec<(&'a str, &'a Year, i64, Option<i64>)> = Vec::new();
        for year in judged {
            let Some(version) = on(versions, year.day) else { continue };
            let mut land = self.land(version, &kept, year.day);
            land.retain(|(_, land)| version.land == 0 || *land != Some(0));
            self.scale(id, version, &mut land, year);
            held.extend(land.into_iter().map(|(uscc, land)| (uscc, year, version.land, land)));
        }
        // Periods are in order.
        held.sort_by_key(|(uscc, ..)| *uscc);
        for (uscc, year, whole, land) in held {
            let own = kept.iter().copied();
            let own = own.filter(|row| self.rights.uscc.value(*row) == uscc && self.is_valid(*row, year.day));
            let delivered = own.filter_map(|row| value(self.rights.delivered, row)).max();
            self.occupants.parcel_id.append_value(id);
            self.occupants.uscc.append_value(uscc);
            self.occupants.period.append_value(&year.name);
            self.occupants.county_code.append_value(self.county);
            self.occupants.occupied_cm2.append_option(land);
            self.occupants.land_cm2.append_value(whole);
            self.occupants.delivered.append_option(delivered);
        }
    }

    /// Who lets more than it holds in any period: it loses its rows on this parcel in all of them.
    fn negative(&self, versions: &[Version], rows: &[usize]) -> Vec<&'a str> {
        let mut negative: Vec<&str> = Vec::new();
        if rows.iter().all(|row| {
            self.rights.lessor_uscc.is_null(*row)
                && value(self.rights.amount_cm2, *row).is_none_or(|amount| amount >= 0)
        }) {
            return negative;
        }
        for year in self.judged {
            let Some(version) = on(versions, year.day) else { continue };
            let land = self.land(version, rows, year.day).into_iter();
            negative.extend(land.filter(|(_, land)| land.is_some_and(|land| land < 0)).map(|(uscc, _)| uscc));
        }
        negative
    }

    fn is_valid(&self, row: usize, day: i32) -> bool {
        self.rights.valid_from.value(row) <= day && value(self.rights.valid_to, row).is_none_or(|to| day <= to)
    }

    /// Land of each occupant on a day: what it holds less what it lets.
    fn land(&self, version: Version, rows: &[usize], day: i32) -> Land<'a> {
        let mut land: Land<'a> = Vec::new();
        for row in rows.iter().copied().filter(|row| self.is_valid(*row, day)) {
            let (uscc, held) = (self.rights.uscc.value(row), self.held(version, row));
            match land.iter_mut().find(|(known, _)| *known == uscc) {
                Some((_, entry)) => *entry = entry.zip(held).map(|(sum, held)| sum + held),
                None => land.push((uscc, held)),
            }
        }
        for row in rows.iter().copied().filter(|row| self.is_valid(*row, day)) {
            let Some(lessor) = text(self.rights.lessor_uscc, row) else { continue };
            if let Some((_, entry)) = land.iter_mut().find(|(known, _)| *known == lessor) {
                *entry = entry.zip(self.held(version, row)).map(|(sum, held)| sum - held);
            }
        }
        land.sort_unstable_by_key(|(uscc, _)| *uscc);
        land
    }

    /// Land that one row holds.
    fn held(&self, version: Version, row: usize) -> Option<i64> {
        let Some(amount) = value(self.rights.amount_cm2, row) else { return Some(version.land) };
        if version.land == 0 {
            return Some(0);
        }
        if self.rights.basis.value(row) == "land" {
            return Some(amount);
        }
        let floor = version.floor.filter(|floor| *floor > 0)?;
        let land = Ratio::new(i128::from(amount) * i128::from(version.land), i128::from(floor)).round().0;
        i64::try_from(land).ok()
    }

    /// Occupants that together hold more than the policy allows are scaled down to the parcel.
    fn scale(&mut self, id: &str, version: Version, land: &mut Land<'_>, year: &Year) {
        let sum: Option<i128> = land.iter().map(|(_, land)| land.map(i128::from)).sum();
        let Some(sum) = sum else {
            self.note(IssueCode::OccupancyFloorUnknown, id, year);
            return;
        };
        let bound = year.max_sum.times(Ratio::new(i128::from(version.land), 1));
        if version.land > 0 && Ratio::new(sum, 1) > bound {
            self.note(IssueCode::OccupancyExcess, id, year);
            let known: Vec<i64> = land.iter().filter_map(|(_, land)| *land).collect();
            for ((_, entry), scaled) in land.iter_mut().zip(apportion(version.land, &known)) {
                *entry = Some(scaled);
            }
        }
    }

    fn note(&mut self, code: IssueCode, id: &str, year: &Year) {
        self.issues.note("occupancy", self.county, code, Some(id), Some(&year.name));
    }

    fn reject(&mut self, row: usize, code: RejectCode) {
        let source = (self.rights.source_id.value(row), "occupancy");
        self.tallies.add(source, None, "rows", (Outcome::Accepted, None), -1);
        self.tallies.add(source, None, "rows", (Outcome::Rejected, None), 1);
        let id = self.rights.parcel_id.value(row);
        let refused = Refused {
            source: source.0,
            delivered: value(self.rights.delivered, row),
            table: "occupancy",
            county: Some(self.county),
            file: self.rights.file.value(row),
            row: self.rights.row.value(row),
            parcel_id: Some(id),
        };
        self.rejects.note(refused, fault(code, "parcel_id"));
        self.marks.table.append_value("occupancy");
        self.marks.county_code.append_value(self.county);
        self.marks.period.append_null();
        self.marks.uscc.append_value(self.rights.uscc.value(row));
        self.marks.unreadable_uscc.append_null();
        self.marks.parcel_id.append_value(id);
        self.marks.unreadable_parcel_id.append_null();
        self.marks.row.append_value(self.rights.row.value(row));
    }

    fn finish(mut self) -> Result<Occupied, StageError> {
        Ok(Occupied {
            occupants: self.occupants.finish()?,
            accepted: self.accepted,
            marks: self.marks.finish()?,
            rejects: self.rejects.finish()?,
            issues: self.issues.finish()?,
            tallies: self.tallies.finish()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_read_are_declared() {
        let declared: Vec<_> = parcel::TABLE.columns.iter().map(|column| column.name).collect();
        assert!(PARCEL_COLUMNS.iter().all(|name| declared.contains(name)));
    }
}
