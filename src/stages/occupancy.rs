//! Map over counties: each enterprise's land on each parcel at the end of each period, exact to the cm².
//!
//! Land here is the registered area, else the ellipsoidal one; only surface parcels have any.

use super::StageError;
use super::delivered::{days, fault};
use super::marks::Ids;
use super::order::{text, value};
use super::quality::{Issues, Outcome, Refused, Rejects, Tallies};
use crate::domain::{IssueCode, Map, Period, Ratio, RejectCode, apportion};
use crate::table::{column, mark, occupancy, occupant, parcel};
use arrow::array::{Array, RecordBatch};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 4;

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

/// Versions of a county's parcels, by id.
pub struct Parcels<'a> {
    versions: Map<&'a str, Vec<Version>>,
}

/// One version of a parcel.
#[derive(Debug, Clone, Copy)]
struct Version {
    from: i32,
    to: Option<i32>,
    land: i64,
    floor: Option<i64>,
}

impl<'a> Parcels<'a> {
    /// The versions in `batches`, which hold at least [`PARCEL_COLUMNS`].
    ///
    /// # Errors
    /// When a column is missing.
    pub fn of(batches: &'a [RecordBatch]) -> Result<Self, StageError> {
        let mut versions: Map<&str, Vec<Version>> = Map::default();
        for batch in batches {
            let rows = Columns::of(batch)?;
            for row in 0..batch.num_rows() {
                let area = value(rows.registered, row).unwrap_or_else(|| rows.area.value(row));
                versions.entry(rows.id.value(row)).or_default().push(Version {
                    from: rows.from.value(row),
                    to: value(rows.to, row),
                    land: if rows.layer.value(row) == "surface" { area } else { 0 },
                    floor: value(rows.floor, row),
                });
            }
        }
        for list in versions.values_mut() {
            list.sort_by_key(|version| version.from);
        }
        Ok(Self { versions })
    }

    /// The version of a parcel in force on a day: of several, the one that begins last.
    fn on(&self, id: &str, day: i32) -> Option<Version> {
        let versions = self.versions.get(id)?;
        versions.iter().rev().copied().find(|it| it.from <= day && it.to.is_none_or(|to| day <= to))
    }
}

struct Columns<'a> {
    id: &'a arrow::array::StringArray,
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
    parcels: &Parcels<'_>,
    rejected_parcels: &Ids<'_>,
    rights: &RecordBatch,
    judged: &[Judged],
) -> Result<Occupied, StageError> {
    let rights = occupancy::View::of(rights)?;
    let mut work = Work::new(county, &rights);
    let known = work.known_parcels(parcels, rejected_parcels);
    // Rights are sorted by parcel.
    for rows in known.chunk_by(|left, right| rights.parcel_id.value(*left) == rights.parcel_id.value(*right)) {
        work.parcel(parcels, rights.parcel_id.value(rows[0]), rows, judged);
    }
    work.finish()
}

struct Work<'a> {
    county: &'a str,
    rights: &'a occupancy::View<'a>,
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
    fn new(county: &'a str, rights: &'a occupancy::View<'a>) -> Self {
        Self {
            county,
            rights,
            occupants: occupant::Builder::default(),
            accepted: Vec::new(),
            marks: mark::Builder::default(),
            rejects: Rejects::default(),
            issues: Issues::default(),
            tallies: Tallies::default(),
        }
    }

    /// The rows whose parcel exists; the others are rejected.
    fn known_parcels(&mut self, parcels: &Parcels<'_>, rejected_parcels: &Ids<'_>) -> Vec<usize> {
        let mut known = Vec::with_capacity(self.rights.parcel_id.len());
        for row in 0..self.rights.parcel_id.len() {
            let id = self.rights.parcel_id.value(row);
            if parcels.versions.contains_key(id) {
                known.push(row);
            } else if rejected_parcels.contains(id) {
                self.reject(row, RejectCode::ParcelRejected);
            } else {
                self.reject(row, RejectCode::ParcelUnknown);
            }
        }
        known
    }

    fn parcel(&mut self, parcels: &Parcels<'_>, id: &'a str, rows: &[usize], judged: &[Judged]) {
        // Who lets more than it holds in any period loses its rows on this parcel in all of them.
        let mut negative: Vec<&str> = Vec::new();
        for judged in judged {
            let day = days(judged.period.end());
            if let Some(version) = parcels.on(id, day) {
                let land = self.land(version, rows, day);
                negative
                    .extend(land.iter().filter(|(_, land)| land.is_some_and(|land| land < 0)).map(|(uscc, _)| uscc));
            }
        }
        let (refused, kept): (Vec<usize>, Vec<usize>) =
            rows.iter().partition(|row| negative.contains(&self.rights.uscc.value(**row)));
        for row in refused {
            self.reject(row, RejectCode::OccupancyNegative);
        }
        self.accepted.extend_from_slice(&kept);
        for judged in judged {
            let day = days(judged.period.end());
            let Some(version) = parcels.on(id, day) else { continue };
            let mut land = self.land(version, &kept, day);
            land.retain(|(_, land)| version.land == 0 || *land != Some(0));
            self.scale(id, version, &mut land, judged);
            self.append((id, version.land), &kept, &land, judged.period, day);
        }
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
    fn scale(&mut self, id: &str, version: Version, land: &mut Land<'_>, judged: &Judged) {
        let known: Option<Vec<i64>> = land.iter().map(|(_, land)| *land).collect();
        let Some(known) = known else {
            self.issues.note(
                "occupancy",
                self.county,
                IssueCode::OccupancyFloorUnknown,
                Some(id),
                Some(&judged.period.to_string()),
            );
            return;
        };
        let sum: i128 = known.iter().map(|land| i128::from(*land)).sum();
        let bound = judged.max_sum.times(Ratio::new(i128::from(version.land), 1));
        if version.land > 0 && Ratio::new(sum, 1) > bound {
            self.issues.note(
                "occupancy",
                self.county,
                IssueCode::OccupancyExcess,
                Some(id),
                Some(&judged.period.to_string()),
            );
            for ((_, entry), scaled) in land.iter_mut().zip(apportion(version.land, &known)) {
                *entry = Some(scaled);
            }
        }
    }

    fn append(&mut self, (id, whole): (&str, i64), rows: &[usize], land: &Land<'_>, period: Period, day: i32) {
        let period = period.to_string();
        for (uscc, land) in land {
            let own =
                rows.iter().copied().filter(|row| self.is_valid(*row, day) && self.rights.uscc.value(*row) == *uscc);
            let delivered = own.filter_map(|row| value(self.rights.delivered, row)).max();
            self.occupants.parcel_id.append_value(id);
            self.occupants.uscc.append_value(uscc);
            self.occupants.period.append_value(&period);
            self.occupants.county_code.append_value(self.county);
            self.occupants.occupied_cm2.append_option(*land);
            self.occupants.land_cm2.append_value(whole);
            self.occupants.delivered.append_option(delivered);
        }
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
        let occupants = self.occupants.finish()?;
        Ok(Occupied {
            occupants: super::order::sorted(&occupants, occupant::TABLE.key)?,
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
