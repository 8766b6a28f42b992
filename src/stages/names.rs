//! `names`: what policy sets name and no accepted row has, while rows have names that their set lacks. One of both may be
//! misspelt, and would leave the rows uncounted without a word.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, RecordBatch};

use super::StageError;
use super::coal::Factors;
use super::order::column;
use super::quality::Issues;
use crate::domain::{IssueCode, Map, Period};
use crate::policy::RuleSet;
use crate::table::{Labels, emission, energy, parcel, zone};

/// Changes whenever the same inputs give other outputs.
pub const VERSION: u32 = 1;

/// The columns that are read of each table.
pub const COLUMNS: &[(&str, &[&str])] = &[
    (energy::TABLE.name, &["period", "carrier", "unit"]),
    (emission::TABLE.name, &["period", "pollutant"]),
    (zone::TABLE.name, &["kind", "class"]),
    (parcel::TABLE.name, &["use_code"]),
];

/// Whether a delivered name has the form of an enterprise's code, which no remark may tell: a mapping may take the wrong field.
fn may_be_code(name: &str) -> bool {
    let count = |is: fn(&u8) -> bool| name.bytes().filter(is).count();
    count(u8::is_ascii_alphanumeric) >= 15 && count(u8::is_ascii_digit) >= 6
}

/// The table, and of zones the kind.
type Of = (&'static str, String);

/// Name, county, year.
type Lacking = (String, String, Option<String>);

/// Names of policy sets beside those of rows.
#[derive(Debug, Default)]
pub struct Names {
    named: BTreeMap<Of, BTreeSet<String>>,
    delivered: BTreeMap<Of, BTreeSet<String>>,
    /// Rows whose name their set lacks.
    lacking: BTreeMap<Of, BTreeMap<Lacking, i64>>,
}

impl Names {
    /// Adds what the sets of a county name, and what its rows of each table have ([`COLUMNS`]; several batches of one).
    ///
    /// # Errors
    /// Never by the data.
    pub fn add(
        &mut self,
        county: &str,
        sets: &[(Period, &RuleSet)],
        rows: &[(&str, Vec<RecordBatch>)],
    ) -> Result<(), StageError> {
        for (_, set) in sets {
            self.named(energy::TABLE.name, "", set.energy.keys());
            self.named(emission::TABLE.name, "", set.emission.keys());
            self.named(parcel::TABLE.name, "", &set.industrial_codes);
            for (kind, how) in &set.zones {
                self.named(zone::TABLE.name, kind, &how.classes);
            }
        }
        for (table, batches) in rows {
            let batches = batches.as_slice();
            match *table {
                "energy" => self.by_year(
                    (energy::TABLE.name, county),
                    sets,
                    batches,
                    ["carrier", "unit"],
                    |set, name, unit| Factors::of(set, name, unit).is_some(),
                )?,
                "emission" => {
                    let columns = ["pollutant", "pollutant"];
                    let is_known = |set: &RuleSet, name: &str, _: &str| set.emission.contains_key(name);
                    self.by_year((emission::TABLE.name, county), sets, batches, columns, is_known)?;
                }
                "zone" => self.zones(county, sets, batches)?,
                _ => self.uses(county, sets, batches)?,
            }
        }
        Ok(())
    }

    fn named<'n>(&mut self, table: &'static str, kind: &str, names: impl IntoIterator<Item = &'n String>) {
        self.named.entry((table, kind.to_owned())).or_default().extend(names.into_iter().cloned());
    }

    fn lack(&mut self, of: &Of, key: (&str, &str, Option<&str>), rows: i64) {
        let key = (key.0.to_owned(), key.1.to_owned(), key.2.map(str::to_owned));
        *self.lacking.entry(of.clone()).or_default().entry(key).or_default() += rows;
    }

    /// A ledger whose rows have a name each, and beside it what else decides whether the year's set knows it.
    fn by_year(
        &mut self,
        (table, county): (&'static str, &str),
        sets: &[(Period, &RuleSet)],
        batches: &[RecordBatch],
        [name, beside]: [&str; 2],
        is_known: impl Fn(&RuleSet, &str, &str) -> bool,
    ) -> Result<(), StageError> {
        let sets: Map<String, &RuleSet> = sets.iter().map(|(period, set)| (period.to_string(), *set)).collect();
        let of = (table, String::new());
        for batch in batches {
            let columns = [column(batch, "period")?, column(batch, name)?, column(batch, beside)?];
            let [Some(periods), Some(names), Some(others)] = columns.each_ref().map(|column| Labels::of(column)) else {
                continue;
            };
            let text = |labels: Labels<'_>, code: usize| labels.names().value(code).to_owned();
            // There are few names, and many rows.
            let mut rows: Map<[usize; 3], i64> = Map::default();
            for row in 0..batch.num_rows() {
                *rows.entry([periods.code(row), names.code(row), others.code(row)]).or_default() += 1;
            }
            for ([period, name, other], rows) in rows {
                let (period, name) = (text(periods, period), text(names, name));
                let Some(set) = sets.get(&period) else { continue };
                if is_known(set, &name, &text(others, other)) {
                    self.delivered.entry(of.clone()).or_default().insert(name);
                } else {
                    self.lack(&of, (&name, county, Some(&period)), rows);
                }
            }
        }
        Ok(())
    }

    fn zones(&mut self, county: &str, sets: &[(Period, &RuleSet)], batches: &[RecordBatch]) -> Result<(), StageError> {
        for batch in batches {
            let (kinds, classes) = (column(batch, "kind")?, column(batch, "class")?);
            for (kind, class) in kinds.as_string::<i32>().iter().zip(classes.as_string::<i32>()) {
                let (Some(kind), Some(class)) = (kind, class) else { continue };
                let of = (zone::TABLE.name, kind.to_owned());
                let known =
                    |set: &&RuleSet| set.zones.get(kind).is_some_and(|how| how.classes.iter().any(|one| one == class));
                if sets.iter().any(|(_, set)| known(set)) {
                    self.delivered.entry(of).or_default().insert(class.to_owned());
                } else {
                    self.lack(&of, (class, county, None), 1);
                }
            }
        }
        Ok(())
    }

    /// Most uses of land are none of industry: only a county without any industrial land has codes that may be missed.
    fn uses(&mut self, county: &str, sets: &[(Period, &RuleSet)], batches: &[RecordBatch]) -> Result<(), StageError> {
        let mut rows: BTreeMap<String, i64> = BTreeMap::new();
        for batch in batches {
            for code in column(batch, "use_code")?.as_string::<i32>().iter().flatten() {
                match rows.get_mut(code) {
                    Some(count) => *count += 1,
                    None => drop(rows.insert(code.to_owned(), 1)),
                }
            }
        }
        let of = (parcel::TABLE.name, String::new());
        let listed = sets.iter().flat_map(|(_, set)| &set.industrial_codes);
        let found: BTreeSet<&String> =
            listed.filter(|listed| rows.keys().any(|code| code.starts_with(listed.as_str()))).collect();
        if found.is_empty() {
            for (code, count) in &rows {
                self.lack(&of, (code, county, None), *count);
            }
        }
        self.delivered.entry(of).or_default().extend(found.into_iter().cloned());
        Ok(())
    }

    /// The remarks, where both sides have something that the other lacks.
    ///
    /// # Errors
    /// Never by the data.
    pub fn issues(self) -> Result<RecordBatch, StageError> {
        let mut issues = Issues::default();
        for (of, lacking) in &self.lacking {
            let ((table, kind), none) = (of, BTreeSet::new());
            let delivered = self.delivered.get(of).unwrap_or(&none);
            let unused: Vec<&String> = self.named.get(of).unwrap_or(&none).difference(delivered).collect();
            let id = |name: &str| format!("{kind} {name}").trim_start().to_owned();
            for name in &unused {
                issues.note(table, "", IssueCode::PolicyNameUnused, Some(&id(name)), None);
            }
            for ((name, county, year), rows) in lacking.iter().filter(|_| !unused.is_empty()) {
                let (code, id) = (IssueCode::PolicyNameLacking, (!may_be_code(name)).then(|| id(name)));
                issues.note_rows(table, county, code, id.as_deref(), year.as_deref(), *rows);
            }
        }
        issues.finish()
    }
}
