//! Explaining one enterprise, parcel or platform: what is read of the snapshot that `CURRENT` names, and nothing of what made it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arrow::array::{RecordBatch, StringArray};

use super::Exit;
use crate::domain::{ParcelId, RejectCode, Uscc};
use crate::report::{
    EnterpriseTables, Lineage, ParcelTables, PlatformTables, Section, Voice, enterprise, parcel, platform,
};
use crate::stages::overlay::PLATFORM_KINDS;
use crate::store::parquet::{self, Matching};
use crate::store::{StoreError, snapshot};
use crate::table::delivery::Delivered;
use crate::table::{self, Table, TableError, column, labels};

/// Why nothing was explained. Holds no enterprise's code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// The id is none.
    #[error("the id of {length} characters is neither an enterprise's code nor a parcel's: {}", .reason.meaning())]
    Malformed {
        /// Characters, without spaces.
        length: usize,
        /// What is wrong with it.
        reason: RejectCode,
    },
    /// Nothing is published there.
    #[error(
        "{store}: no snapshot is published there; publish one (mujun run PIPELINE.toml --store {store}), or name another --store"
    )]
    NoSnapshot {
        /// Store folder.
        store: PathBuf,
    },
    /// The snapshot has no such enterprise.
    #[error(
        "no enterprise of that code in snapshot {snapshot}: it is not registered, occupies nothing and stands in no ledger; check the code, or whether its county was delivered"
    )]
    NoEnterprise {
        /// Snapshot.
        snapshot: String,
    },
    /// The snapshot has no such parcel.
    #[error("no parcel {id} in snapshot {snapshot}{}", .hints.join(""))]
    NoParcel {
        /// Parcel.
        id: String,
        /// Snapshot.
        snapshot: String,
        /// The nearest ids, and rows that name it and were refused.
        hints: Vec<String>,
    },
    /// The snapshot has no such platform.
    #[error("no platform {id} in snapshot {snapshot}: none of that id is in force at the end of a judged period")]
    NoPlatform {
        /// Platform.
        id: String,
        /// Snapshot.
        snapshot: String,
    },
    /// The snapshot does not judge the period.
    #[error("snapshot {snapshot} does not judge {period}; it judges {judged}")]
    NoPeriod {
        /// Snapshot.
        snapshot: String,
        /// Asked for.
        period: String,
        /// Those it judges.
        judged: String,
    },
    /// The snapshot cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table of the snapshot is not what this version publishes.
    #[error("{0}; was it published by another version? run again")]
    Table(#[from] TableError),
}

impl ExplainError {
    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Malformed { .. } | Self::NoSnapshot { .. } => Exit::BadInput,
            _ => Exit::Failed,
        }
    }
}

/// What an id names.
enum Subject {
    Enterprise(String),
    Parcel(String),
    /// Another register's id, of an enterprise or a parcel.
    Either(String),
    /// `<county>:<kind>:<id>`.
    Platform(String),
}

impl Subject {
    fn read(text: &str) -> Result<Self, ExplainError> {
        let is_external = |(county, id): (&str, &str)| {
            county.len() == 6 && county.bytes().all(|byte| byte.is_ascii_digit()) && !id.is_empty()
        };
        if text.split_once(':').is_some_and(is_external) {
            let kind = text.split(':').nth(1).filter(|_| text.split(':').count() > 2);
            if kind.is_some_and(|kind| PLATFORM_KINDS.contains(&kind)) {
                return Ok(Self::Platform(text.to_owned()));
            }
            return Ok(Self::Either(text.to_owned()));
        }
        let length = text.chars().filter(|character| !character.is_whitespace()).count();
        match (ParcelId::parse(text), Uscc::parse(text)) {
            (Ok(id), _) => Ok(Self::Parcel(id.into())),
            (_, Ok(uscc)) => Ok(Self::Enterprise(uscc.as_str().to_owned())),
            (Err(reason), _) if matches!(length, 19 | 28) => Err(ExplainError::Malformed { length, reason }),
            (_, Err(reason)) => Err(ExplainError::Malformed { length, reason }),
        }
    }
}

/// What was explained, and of which snapshot.
#[derive(Debug)]
pub struct Explained {
    /// Id of the snapshot.
    pub snapshot: String,
    /// The explanation.
    pub section: Section,
}

/// Explains an enterprise, a parcel or a platform from what the store at `store` publishes, of one period or all.
///
/// # Errors
/// See [`ExplainError`].
pub fn explain(store: &Path, id: &str, period: Option<&str>, voice: Voice) -> Result<Explained, ExplainError> {
    let subject = Subject::read(id)?;
    let Some(current) = snapshot::current(store)? else {
        return Err(ExplainError::NoSnapshot { store: store.to_owned() });
    };
    let folder = store.join("snapshots").join(&current.snapshot);
    let snapshot = Snapshot { folder, id: current.snapshot };
    if let Some(period) = period {
        snapshot.check(period)?;
    }
    let missing = |id| Err(ExplainError::NoEnterprise { snapshot: id });
    let section = match subject {
        Subject::Enterprise(uscc) => match snapshot.enterprise(&uscc, period, voice)? {
            Some(section) => section,
            None => return missing(snapshot.id),
        },
        Subject::Parcel(id) => match snapshot.parcel(&id, period, voice)? {
            Some(section) => section,
            None => return Err(snapshot.no_parcel(id)?),
        },
        Subject::Either(id) => match snapshot.parcel(&id, period, voice)? {
            Some(section) => section,
            None => match snapshot.enterprise(&id, period, voice)? {
                Some(section) => section,
                None => return missing(snapshot.id),
            },
        },
        Subject::Platform(id) => match snapshot.platform(&id, period, voice)? {
            Some(section) => section,
            None => return Err(ExplainError::NoPlatform { id, snapshot: snapshot.id }),
        },
    };
    Ok(Explained { snapshot: snapshot.id, section })
}

/// The snapshot that is read.
struct Snapshot {
    folder: PathBuf,
    id: String,
}

impl Snapshot {
    /// Rows of a table whose column has one of the values, or all.
    fn rows(
        &self,
        path: &str,
        table: &'static Table,
        matching: Option<(&str, &[&str])>,
    ) -> Result<RecordBatch, ExplainError> {
        let matching = matching.map(|(column, values)| Matching { column, values });
        let path = self.folder.join(format!("{path}.parquet"));
        Ok(table::declared(&parquet::select(&path, None, matching)?, table)?)
    }

    fn lineages(&self, tables: &[&'static Table], key: &str, id: &str) -> Result<Vec<Lineage>, ExplainError> {
        let read = |table: &&'static Table| {
            let name = table.name.trim_start_matches("lineage_");
            let rows = self.rows(&format!("lineage/{name}"), table, Some((key, &[id])))?;
            Ok(Lineage { table, rows })
        };
        tables.iter().map(read).collect()
    }

    /// Refuses a period that is not judged.
    fn check(&self, period: &str) -> Result<(), ExplainError> {
        let rows = parquet::select(&self.folder.join("bi/division_summary.parquet"), Some(&["period"]), None)?;
        let periods: &StringArray = column(&rows, &table::division_summary::TABLE, "period")?;
        let judged: BTreeSet<&str> = periods.iter().flatten().collect();
        if judged.contains(period) {
            return Ok(());
        }
        let judged = judged.into_iter().collect::<Vec<_>>().join(", ");
        Err(ExplainError::NoPeriod { snapshot: self.id.clone(), period: period.to_owned(), judged })
    }

    fn enterprise(&self, uscc: &str, period: Option<&str>, voice: Voice) -> Result<Option<Section>, ExplainError> {
        let own = Some(("uscc", [uscc]));
        let own = own.as_ref().map(|(column, values)| (*column, values.as_slice()));
        let evaluations = "bi/enterprise_evaluation";
        let rows = self.rows(evaluations, &table::enterprise_evaluation::TABLE, own)?;
        let counties = labels(&rows, &table::enterprise_evaluation::TABLE, "county_code")?;
        let counties: BTreeSet<&str> = (0..counties.len()).map(|row| counties.value(row)).collect();
        let counties: Vec<&str> = counties.into_iter().collect();
        let heads: &StringArray = column(&rows, &table::enterprise_evaluation::TABLE, "group_uscc")?;
        let heads: BTreeSet<&str> = heads.iter().flatten().collect();
        let heads: Vec<&str> = heads.into_iter().collect();
        let tables = EnterpriseTables {
            register: self.rows("bi/enterprise", &table::enterprise::TABLE, own)?,
            evaluations: self.rows(
                evaluations,
                &table::enterprise_evaluation::TABLE,
                Some(("county_code", &counties)),
            )?,
            indicators: self.rows("bi/enterprise_indicator", &table::enterprise_indicator::TABLE, own)?,
            adjustments: self.rows("bi/enterprise_adjustment", &table::enterprise_adjustment::TABLE, own)?,
            items: self.rows("bi/evaluation_item", &table::evaluation_item::TABLE, None)?,
            groups: self.rows("bi/enterprise_group", &table::enterprise_group::TABLE, Some(("group_uscc", &heads)))?,
            history: self.rows("history/grade", &table::history_grade::TABLE, own)?,
            benchmarks: self.rows("bi/benchmark", &table::benchmark::TABLE, None)?,
            holdings: self.rows("bi/parcel_enterprise", &table::parcel_enterprise::TABLE, own)?,
            promises: self.rows("bi/project", &table::project_state::TABLE, own)?,
            divisions: self.rows("bi/dim_division", &table::dim_division::TABLE, None)?,
            lineages: self.lineages(
                &Delivered::ledgers().map(|ledger| ledger.declared().lineage).collect::<Vec<_>>(),
                "uscc",
                uscc,
            )?,
        };
        let is_there =
            rows.num_rows() + tables.register.num_rows() + tables.holdings.num_rows() + tables.history.num_rows() > 0
                || tables.lineages.iter().any(|lineage| lineage.rows.num_rows() > 0);
        Ok(if is_there { Some(enterprise(uscc, &tables, period, voice)?) } else { None })
    }

    fn platform(&self, id: &str, period: Option<&str>, voice: Voice) -> Result<Option<Section>, ExplainError> {
        let ids = [id];
        let own = Some(("platform_id", ids.as_slice()));
        if !self.folder.join("bi/dim_platform.parquet").exists() {
            return Ok(None);
        }
        let known = self.rows("bi/dim_platform", &table::dim_platform::TABLE, own)?;
        if known.num_rows() == 0 {
            return Ok(None);
        }
        let members = self.rows("bi/platform_enterprise", &table::platform_enterprise::TABLE, own)?;
        let codes: &StringArray = column(&members, &table::platform_enterprise::TABLE, "uscc")?;
        let codes: BTreeSet<&str> = codes.iter().flatten().collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let evaluated = &table::enterprise_evaluation::TABLE;
        let tables = PlatformTables {
            known,
            of_members: self.rows("bi/enterprise_evaluation", evaluated, Some(("uscc", &codes)))?,
            members: members.clone(),
            evaluations: self.rows("bi/platform_evaluation", &table::platform_evaluation::TABLE, None)?,
            indicators: self.rows("bi/platform_indicator", &table::platform_indicator::TABLE, own)?,
            adjustments: self.rows("bi/platform_adjustment", &table::platform_adjustment::TABLE, own)?,
            items: self.rows("bi/evaluation_item", &table::evaluation_item::TABLE, None)?,
            benchmarks: self.rows("bi/benchmark", &table::benchmark::TABLE, None)?,
            summaries: self.rows("bi/platform_summary", &table::platform_summary::TABLE, own)?,
            divisions: self.rows("bi/dim_division", &table::dim_division::TABLE, None)?,
        };
        Ok(Some(platform(id, &tables, period, voice)?))
    }

    fn parcel(&self, id: &str, period: Option<&str>, voice: Voice) -> Result<Option<Section>, ExplainError> {
        let ids = [id];
        let own = Some(("parcel_id", ids.as_slice()));
        let yields = self.rows("bi/parcel_yield", &table::parcel_yield::TABLE, own)?;
        if yields.num_rows() == 0 {
            return Ok(None);
        }
        let counties = labels(&yields, &table::parcel_yield::TABLE, "county_code")?;
        let county = [counties.value(0)];
        let tables = ParcelTables {
            card: self.rows("bi/parcel_card", &table::parcel_card::TABLE, own)?,
            findings: self.rows("bi/parcel_finding", &table::parcel_finding::TABLE, own)?,
            statuses: self.rows("bi/parcel_rule_status", &table::parcel_rule_status::TABLE, own)?,
            rules: self.rows("bi/rule", &table::rule::TABLE, None)?,
            coverage: self.rows("bi/rule_coverage", &table::rule_coverage::TABLE, Some(("county_code", &county)))?,
            occupants: self.rows("bi/parcel_enterprise", &table::parcel_enterprise::TABLE, own)?,
            issues: self.rows("quality/issues", &table::issue::TABLE, Some(("id", &ids)))?,
            rejects: self.rows("quality/rejects", &table::reject::TABLE, own)?,
            lineages: self.lineages(
                &[&table::lineage_parcel::TABLE, &table::lineage_occupancy::TABLE],
                "parcel_id",
                id,
            )?,
            yields,
        };
        Ok(Some(parcel(id, &tables, period, voice)?))
    }

    /// That there is no such parcel, with the ids nearest to it and the refused rows that name it.
    fn no_parcel(&self, id: String) -> Result<ExplainError, ExplainError> {
        const SHOWN: usize = 3;
        /// Letters that may differ.
        const NEAR: usize = 3;
        let ids = parquet::select(&self.folder.join("bi/parcel_card.parquet"), Some(&["parcel_id"]), None)?;
        let ids: &StringArray = column(&ids, &table::parcel_card::TABLE, "parcel_id")?;
        let distances = ids.iter().flatten().map(|other| (strsim::levenshtein(&id, other), other));
        let mut near: Vec<(usize, &str)> = distances.filter(|(distance, _)| *distance <= NEAR).collect();
        near.sort_unstable();
        near.truncate(SHOWN);
        let mut hints: Vec<String> = near.iter().map(|(_, other)| format!("\n  hint: there is {other}")).collect();
        let rows = self.rows("quality/rejects", &table::reject::TABLE, Some(("parcel_id", &[&id])))?;
        let rejects = table::reject::View::of(&rows)?;
        hints.extend((0..rows.num_rows()).map(|row| {
            let (file, line, code) = (rejects.file.value(row), rejects.row.value(row), rejects.code.value(row));
            format!("\n  a row that names it was refused: {file} row {line}: {code}: {}", rejects.reason.value(row))
        }));
        Ok(ExplainError::NoParcel { id, snapshot: self.id.clone(), hints })
    }
}
