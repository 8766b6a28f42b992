//! Snapshots: immutable folders, one of which `CURRENT` names.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{StoreError, atomic};

/// What `CURRENT` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    format: u32,
    /// Id of the snapshot.
    pub snapshot: String,
    /// BLAKE3 of its `manifest.json`.
    pub manifest_blake3: String,
}

/// A published file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFile {
    /// Relative to the snapshot.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// Hash.
    pub blake3: String,
    /// Rows, for tables.
    pub rows: Option<u64>,
}

/// A snapshot being written, in a folder that no reader looks at.
#[derive(Debug)]
pub struct Draft {
    store: PathBuf,
    folder: PathBuf,
    files: Vec<PublishedFile>,
}

impl Draft {
    /// An empty draft in the store at `store`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn begin(store: &Path) -> Result<Self, StoreError> {
        let snapshots = store.join("snapshots");
        atomic::create_folder(&snapshots)?;
        atomic::remove_leftovers(&snapshots)?;
        let folder = snapshots.join(format!("{}draft", atomic::TEMPORARY));
        atomic::create_folder(&folder)?;
        Ok(Self { store: store.to_owned(), folder, files: Vec::new() })
    }

    /// The absolute path for a file of the snapshot; its folder is created.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn place(&self, path: &str) -> Result<PathBuf, StoreError> {
        let absolute = self.folder.join(path);
        if let Some(parent) = absolute.parent() {
            atomic::create_folder(parent)?;
        }
        Ok(absolute)
    }

    /// Notes a Parquet file that was written at its place.
    pub fn add_table(&mut self, path: &str, written: super::parquet::Written) {
        self.files.push(PublishedFile {
            path: path.to_owned(),
            bytes: written.bytes,
            blake3: written.hash,
            rows: Some(written.rows),
        });
    }

    /// Writes and notes any other file.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        atomic::write_file(&self.place(path)?, bytes)?;
        self.files.push(PublishedFile {
            path: path.to_owned(),
            bytes: bytes.len() as u64,
            blake3: blake3::hash(bytes).to_hex().to_string(),
            rows: None,
        });
        Ok(())
    }

    /// The snapshot's id: its files' paths, hashes and rows, without manifest, `changes/` and `report/`.
    #[must_use]
    pub fn id(&self) -> String {
        let mut files: Vec<_> = self
            .files
            .iter()
            .filter(|file| !file.path.starts_with("changes/") && !file.path.starts_with("report/"))
            .map(|file| (&file.path, &file.blake3, file.rows))
            .collect();
        files.sort();
        let text = serde_json::to_string(&files).unwrap_or_default();
        blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
    }

    /// Whether the snapshot of this id lies in the store already, whole.
    #[must_use]
    pub fn is_published(&self) -> bool {
        holds(&self.store.join("snapshots").join(self.id()), &self.files)
    }

    /// Drops the draft.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn discard(self) -> Result<(), StoreError> {
        fs::remove_dir_all(&self.folder).map_err(StoreError::io(&self.folder, "remove"))
    }

    /// Writes the manifest (`facts` and the list of files), moves the folder into place and lets `CURRENT` name it.
    ///
    /// # Errors
    /// When the system refuses; `CURRENT` is then as it was.
    pub fn publish(mut self, facts: Value) -> Result<Current, StoreError> {
        let snapshot = self.id();
        self.files.sort_by(|left, right| left.path.cmp(&right.path));
        let mut manifest = facts;
        if let Some(manifest) = manifest.as_object_mut() {
            manifest.insert("format".into(), 1.into());
            manifest.insert("snapshot".into(), snapshot.clone().into());
            manifest.insert("files".into(), serde_json::to_value(&self.files).unwrap_or_default());
        }
        let manifest = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        atomic::write_file(&self.folder.join("manifest.json"), manifest.as_bytes())?;
        for folder in folders_below(&self.folder) {
            atomic::sync_folder(&folder)?;
        }
        let finished = self.store.join("snapshots").join(&snapshot);
        if finished.exists() && !holds(&finished, &self.files) {
            // Damaged since it was written; what the draft holds is whole.
            fs::remove_dir_all(&finished).map_err(StoreError::io(&finished, "remove"))?;
        }
        let manifest_blake3 = if finished.exists() {
            let path = finished.join("manifest.json");
            hash_file(&path)?
        } else {
            blake3::hash(manifest.as_bytes()).to_hex().to_string()
        };
        atomic::publish_folder(&self.folder, &finished)?;
        let current = Current { format: 1, snapshot, manifest_blake3 };
        let text = serde_json::to_string(&current).unwrap_or_default();
        atomic::replace_file(&self.store.join("CURRENT"), format!("{text}\n").as_bytes())?;
        follow(&self.store)?;
        Ok(current)
    }
}

/// Whether the folder holds every one of the files, byte for byte.
fn holds(folder: &Path, files: &[PublishedFile]) -> bool {
    folder.join("manifest.json").exists()
        && files.iter().all(|file| hash_file(&folder.join(&file.path)).is_ok_and(|hash| hash == file.blake3))
}

/// BLAKE3 of a file, hex.
///
/// # Errors
/// When it cannot be read.
pub fn hash_file(path: &Path) -> Result<String, StoreError> {
    let mut hasher = blake3::Hasher::new();
    let file = fs::File::open(path).map_err(StoreError::io(path, "open"))?;
    hasher.update_reader(file).map_err(StoreError::io(path, "read"))?;
    Ok(hasher.finalize().to_hex().to_string())
}

fn folders_below(folder: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            folders.extend(folders_below(&entry.path()));
            folders.push(entry.path());
        }
    }
    folders
}

/// What `CURRENT` names; none in a store that has published nothing yet.
///
/// # Errors
/// When it is there but unreadable: that is never taken for absent.
pub fn current(store: &Path) -> Result<Option<Current>, StoreError> {
    let path = store.join("CURRENT");
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|_| StoreError::CurrentDamaged { path }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Io { path, action: "read", source }),
    }
}

/// A file of the snapshot that `CURRENT` names, found to be what was published; none without a snapshot, or where it has
/// no such file.
///
/// # Errors
/// When the snapshot is damaged.
pub fn file(store: &Path, path: &str) -> Result<Option<PathBuf>, StoreError> {
    #[derive(Deserialize)]
    struct Manifest {
        files: Vec<PublishedFile>,
    }
    let Some(current) = current(store)? else { return Ok(None) };
    let folder = store.join("snapshots").join(&current.snapshot);
    let manifest = folder.join("manifest.json");
    let damaged = |path: &Path| StoreError::SnapshotDamaged { path: path.to_owned() };
    let text = fs::read(&manifest).map_err(|_| damaged(&manifest))?;
    if blake3::hash(&text).to_hex().as_str() != current.manifest_blake3 {
        return Err(damaged(&manifest));
    }
    let found: Manifest = serde_json::from_slice(&text).map_err(|_| damaged(&manifest))?;
    let Some(file) = found.files.iter().find(|file| file.path == path) else { return Ok(None) };
    let path = folder.join(path);
    if hash_file(&path).is_ok_and(|hash| hash == file.blake3) { Ok(Some(path)) } else { Err(damaged(&path)) }
}

/// Lets `latest` follow `CURRENT`; called at every start, since a run can die between the two renames.
///
/// # Errors
/// When the system refuses.
pub fn follow(store: &Path) -> Result<(), StoreError> {
    let Some(current) = current(store)? else { return Ok(()) };
    let link = store.join("latest");
    let target = Path::new("snapshots").join(&current.snapshot);
    if fs::read_link(&link).is_ok_and(|now| now == target) {
        return Ok(());
    }
    let aside = atomic::aside(&link);
    let _ = fs::remove_file(&aside);
    symlink(&target, &aside).map_err(StoreError::io(&aside, "link"))?;
    fs::rename(&aside, &link).map_err(StoreError::io(&link, "replace"))?;
    atomic::sync_folder(store)
}
