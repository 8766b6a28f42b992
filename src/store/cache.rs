//! The stage cache: one folder per finished task, `stages/<step>/<key>/<fingerprint>/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kept::{Kept, Slot};
use super::texts::{Range, Texts};
use super::{StoreError, atomic, tables};
use crate::table::Table;

/// The format of what tasks leave ([`tables`]); results in another are not looked at.
pub const FORMAT: u32 = 4;

/// The file of all tables that a task leaves.
const TABLES: &str = "tables";

/// A table of one part, as a task leaves it.
#[derive(Debug)]
pub struct Output {
    /// Its declaration.
    pub table: &'static Table,
    /// The part it belongs to.
    pub part: String,
    /// Its rows.
    pub batch: RecordBatch,
}

/// A table of one part on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Artifact {
    /// Table's name.
    pub table: String,
    /// Part.
    pub part: String,
    /// BLAKE3 of its bytes.
    pub hash: String,
    /// Rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Least and greatest value of the table's first key column, if that is text and no enterprise: records tell none.
    pub range: Option<(String, String)>,
    /// Where its bytes begin among those of its task's tables.
    start: u64,
    #[serde(skip)]
    folder: PathBuf,
    /// Whether it is an earlier build that stands for one to come.
    #[serde(skip)]
    is_foreseen: bool,
    /// Whether this run wrote the file, or has found it to be what was written.
    #[serde(skip)]
    is_checked: Arc<AtomicBool>,
    /// The rows, while this run keeps them.
    #[serde(skip)]
    kept: Slot,
}

impl Artifact {
    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(TABLES)
    }

    /// The artifact as it will be once its task has run under `fingerprint`: the same place, other bytes.
    #[must_use]
    pub fn foreseen(mut self, fingerprint: &str) -> Self {
        self.hash = format!("to be built: {fingerprint}");
        self.is_foreseen = true;
        self
    }

    /// Whether the task of that key left it.
    #[must_use]
    pub fn is_of(&self, key: &str) -> bool {
        self.folder.parent().and_then(Path::file_name).is_some_and(|name| name == key)
    }

    /// Its rows: all columns, or those named.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, columns: Option<&[&str]>) -> Result<RecordBatch, StoreError> {
        if let Some(kept) = self.kept.get() {
            return chosen(kept, columns)
                .map_err(|_| StoreError::Damaged { path: self.path(), what: "a stage's table" });
        }
        let is_known = self.is_foreseen || self.is_checked.load(Ordering::Relaxed);
        let range = (self.start..self.start + self.bytes, self.rows);
        let rows = tables::read(&self.path(), range, (!is_known).then_some(self.hash.as_str()), columns)?;
        self.is_checked.store(true, Ordering::Relaxed);
        Ok(rows)
    }
}

/// A batch's columns: all, or those named.
fn chosen(batch: RecordBatch, columns: Option<&[&str]>) -> Result<RecordBatch, ArrowError> {
    let Some(columns) = columns else { return Ok(batch) };
    let places: Result<Vec<usize>, _> = columns.iter().map(|name| batch.schema_ref().index_of(name)).collect();
    batch.project(&places?)
}

/// A finished task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finished {
    format: u32,
    /// What the fingerprint was made of: told when it changes.
    pub made_of: Value,
    /// Rows that went in.
    pub rows_in: u64,
    /// What the task left.
    pub artifacts: Vec<Artifact>,
}

/// The cache below a store.
#[derive(Debug, Clone)]
pub struct StageCache {
    root: PathBuf,
    kept: Kept,
}

impl StageCache {
    /// The cache of the store at `store`.
    #[must_use]
    pub fn of(store: &Path) -> Self {
        Self { root: store.join("stages"), kept: Kept::default() }
    }

    fn folder(&self, step: &str, key: &str) -> PathBuf {
        self.root.join(step).join(key)
    }

    /// What the task left under that fingerprint, if it is finished.
    ///
    /// # Errors
    /// When its record is there but damaged.
    pub fn find(&self, step: &str, key: &str, fingerprint: &str) -> Result<Option<Finished>, StoreError> {
        read_record(&self.folder(step, key).join(fingerprint))
    }

    /// The newest finished build of the task under any fingerprint, to tell why it must run again.
    #[must_use]
    pub fn newest(&self, step: &str, key: &str) -> Option<Finished> {
        let entries = fs::read_dir(self.folder(step, key)).ok()?;
        let mut builds: Vec<_> = entries
            .flatten()
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with(atomic::TEMPORARY))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.file_name(), entry.path())))
            .collect();
        builds.sort();
        builds.pop().and_then(|(_, _, folder)| read_record(&folder).ok().flatten())
    }

    /// The keys of all tasks of a step that were ever finished, sorted.
    #[must_use]
    pub fn keys(&self, step: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(step)).into_iter().flatten().flatten();
        let mut keys: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        keys.sort();
        keys
    }

    /// Writes a task's outputs aside, makes them durable and renames the folder into place.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn store(
        &self,
        step: &str,
        key: &str,
        fingerprint: &str,
        made_of: Value,
        (rows_in, outputs): (u64, &[Output]),
    ) -> Result<Finished, StoreError> {
        let parent = self.folder(step, key);
        atomic::create_folder(&parent)?;
        atomic::remove_leftovers(&parent)?;
        let finished = parent.join(fingerprint);
        let temporary = atomic::aside(&finished);
        atomic::create_folder(&temporary)?;
        let mut artifacts = Vec::with_capacity(outputs.len());
        let path = temporary.join(TABLES);
        let mut file = atomic::create_file(&path)?;
        let mut start = 0;
        // A table without rows is told by its absence.
        for output in outputs.iter().filter(|output| output.batch.num_rows() > 0) {
            let written = tables::write(&mut file, &path, &output.batch)?;
            artifacts.push(Artifact {
                table: output.table.name.to_owned(),
                part: output.part.clone(),
                hash: written.hash,
                rows: written.rows,
                bytes: written.bytes,
                range: range(output),
                start,
                folder: finished.clone(),
                is_foreseen: false,
                is_checked: Arc::new(AtomicBool::new(true)),
                kept: self.kept.keep(&output.batch),
            });
            start += written.bytes;
        }
        file.sync_all().map_err(StoreError::io(&path, "sync"))?;
        let record = Finished { format: FORMAT, made_of, rows_in, artifacts };
        let text = serde_json::to_string_pretty(&record).unwrap_or_default();
        atomic::write_file(&temporary.join("part.json"), text.as_bytes())?;
        atomic::publish_folder(&temporary, &finished)?;
        Ok(record)
    }

    /// Removes builds older than `keep` that are not among `used` (`step`, `key`, `fingerprint`).
    ///
    /// # Errors
    /// When the system refuses.
    pub fn prune(
        &self,
        used: &std::collections::HashSet<(String, String, String)>,
        keep: std::time::Duration,
    ) -> Result<(), StoreError> {
        for step in subfolders(&self.root) {
            for key in subfolders(&self.root.join(&step)) {
                let folder = self.folder(&step, &key);
                for build in subfolders(&folder) {
                    let path = folder.join(&build);
                    let age = path.metadata().ok().and_then(|data| data.modified().ok()?.elapsed().ok());
                    if age.is_some_and(|age| age > keep) && !used.contains(&(step.clone(), key.clone(), build)) {
                        fs::remove_dir_all(&path).map_err(StoreError::io(&path, "remove"))?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Least and greatest text of the first key column, unless that names enterprises.
fn range(output: &Output) -> Option<(String, String)> {
    let first = output.table.key.first().filter(|first| **first != "uscc")?;
    let (least, most) = Range::of(&Texts::of(output.batch.column_by_name(first)?)?).ends?;
    Some((least.to_owned(), most.to_owned()))
}

fn subfolders(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The record in a task's folder: whole, absent, or damaged; damaged is never taken for absent.
fn read_record(folder: &Path) -> Result<Option<Finished>, StoreError> {
    let path = folder.join("part.json");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StoreError::Io { path, action: "read", source }),
    };
    let damaged = || StoreError::Damaged { path: path.clone(), what: "a stage's record" };
    let mut finished: Finished = serde_json::from_str(&text).map_err(|_| damaged())?;
    // Of another format's result it is of use why it was made, and nothing else.
    if finished.format != FORMAT {
        finished.artifacts.clear();
        return Ok(Some(finished));
    }
    let tables = folder.join(TABLES);
    let bytes = finished.artifacts.iter().map(|artifact| artifact.bytes).sum::<u64>();
    if tables.metadata().map_or(true, |found| found.len() != bytes) {
        return Err(StoreError::Damaged { path: tables, what: "a stage's tables" });
    }
    for artifact in &mut finished.artifacts {
        folder.clone_into(&mut artifact.folder);
    }
    Ok(Some(finished))
}
