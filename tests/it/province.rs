//! A small province in a scratch folder, and what a run of the program publishes for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type};

use crate::scratch::Scratch;

/// The program under test.
pub fn mujun() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mujun"));
    command.env_remove("POLARS_MAX_THREADS");
    command
}

/// A sample province.
pub struct Province {
    pub folder: Scratch,
}

impl Province {
    /// A province of so many parcels.
    pub fn new(parcels: u32, seed: u32) -> Self {
        let folder = Scratch::new();
        let made = mujun()
            .args(["sample", "--parcels", &parcels.to_string(), "--seed", &seed.to_string()])
            .arg(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { folder }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Replaces text in a file; it must be there.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{path} lacks {from}");
        fs::write(self.path(path), text.replace(from, to)).unwrap();
    }

    /// Runs the pipeline into `store`.
    pub fn run_with(&self, store: &str, change: impl FnOnce(&mut Command)) -> Output {
        let mut command = mujun();
        command.arg("run").arg(self.path("pipeline.toml")).arg("--store").arg(self.path(store));
        change(&mut command);
        command.output().unwrap()
    }

    /// Runs the pipeline into `store`; it must succeed.
    pub fn run(&self, store: &str) -> Snapshot {
        let output = self.run_with(store, |_| {});
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        self.snapshot(store)
    }

    /// What `CURRENT` names in `store`.
    pub fn snapshot(&self, store: &str) -> Snapshot {
        let store = self.path(store);
        let current: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(store.join("CURRENT")).unwrap()).unwrap();
        let id = current["snapshot"].as_str().unwrap().to_owned();
        Snapshot { folder: store.join("snapshots").join(&id), id }
    }
}

/// A published snapshot.
pub struct Snapshot {
    pub folder: PathBuf,
    pub id: String,
}

impl Snapshot {
    /// Hashes of its files.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        collect(&self.folder, &self.folder, &mut files);
        files
    }

    /// Its files without those that name source files and rows (law 4).
    pub fn files_but_origins(&self) -> BTreeMap<String, String> {
        let mut files = self.files();
        files.retain(|path, _| {
            path != "manifest.json" && path != "quality/rejects.parquet" && !path.starts_with("lineage/")
        });
        files
    }

    /// A table.
    pub fn table(&self, path: &str) -> RecordBatch {
        mujun::store::parquet::read(&self.folder.join(path)).unwrap()
    }

    /// The parcels that are low-efficiency.
    pub fn low(&self) -> std::collections::BTreeSet<String> {
        let cards = self.table("bi/parcel_card.parquet");
        let ids = texts(&cards, "parcel_id");
        let low = cards.column_by_name("is_low_efficiency").unwrap().as_boolean().clone();
        ids.into_iter().zip(low.iter()).filter(|(_, low)| *low == Some(true)).map(|(id, _)| id).collect()
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, blake3::hash(&fs::read(&path).unwrap()).to_hex().to_string());
        }
    }
}

/// A text column; null is empty.
pub fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let column = batch.column_by_name(column).unwrap().as_string::<i32>().clone();
    column.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

/// An integer column; null is none.
pub fn integers(batch: &RecordBatch, column: &str) -> Vec<Option<i64>> {
    batch.column_by_name(column).unwrap().as_primitive::<Int64Type>().iter().collect()
}

/// A decimal column in its smallest unit.
pub fn decimals(batch: &RecordBatch, column: &str) -> Vec<Option<i128>> {
    batch.column_by_name(column).unwrap().as_primitive::<Decimal128Type>().iter().collect()
}

/// Standard error as text.
pub fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The records of all finished tasks of a store.
pub fn records(store: &Path) -> Vec<serde_json::Value> {
    let entries = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let tasks = entries(&store.join("stages")).into_iter().flat_map(|step| entries(&step));
    let record = |build: PathBuf| serde_json::from_slice(&fs::read(build.join("part.json")).unwrap()).unwrap();
    tasks.flat_map(|task| entries(&task)).map(record).collect()
}
