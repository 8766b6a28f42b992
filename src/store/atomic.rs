//! Files and folders that are either whole or absent: written aside, fsynced, renamed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::StoreError;

/// Prefix of what is still being written; such leftovers of a killed run are removed at the next start.
pub const TEMPORARY: &str = ".tmp-";

/// Creates `folder` and its parents, readable by owner and group only.
///
/// # Errors
/// When the system refuses.
pub fn create_folder(folder: &Path) -> Result<(), StoreError> {
    DirBuilder::new().recursive(true).mode(0o750).create(folder).map_err(StoreError::io(folder, "create"))
}

/// Creates a file for writing, readable by owner and group only.
///
/// # Errors
/// When the system refuses.
pub fn create_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .open(path)
        .map_err(StoreError::io(path, "create"))
}

/// Makes a folder's entries durable.
///
/// # Errors
/// When the system refuses.
pub fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder).and_then(|handle| handle.sync_all()).map_err(StoreError::io(folder, "sync"))
}

/// Writes a file inside a folder that is itself still temporary: durable, but not renamed.
///
/// # Errors
/// When the system refuses.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = create_file(path)?;
    file.write_all(bytes).map_err(StoreError::io(path, "write"))?;
    file.sync_all().map_err(StoreError::io(path, "sync"))
}

/// Replaces `path` by a file of these bytes, by one rename.
///
/// # Errors
/// When the system refuses.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let aside = aside(path);
    write_file(&aside, bytes)?;
    fs::rename(&aside, path).map_err(StoreError::io(path, "replace"))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Moves a finished temporary folder to its final name; if that exists already (another run made the
/// same bytes), the temporary one is dropped.
///
/// # Errors
/// When the system refuses.
pub fn publish_folder(temporary: &Path, finished: &Path) -> Result<(), StoreError> {
    sync_folder(temporary)?;
    if finished.exists() {
        return fs::remove_dir_all(temporary).map_err(StoreError::io(temporary, "remove"));
    }
    fs::rename(temporary, finished).map_err(StoreError::io(finished, "rename to"))?;
    finished.parent().map_or(Ok(()), sync_folder)
}

/// Removes what a killed run left half-written directly below `folder`.
///
/// # Errors
/// When the system refuses.
pub fn remove_leftovers(folder: &Path) -> Result<(), StoreError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let path = entry.path();
            let removed =
                if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(StoreError::io(&path, "remove"))?;
        }
    }
    Ok(())
}

/// The temporary neighbour of `path`.
#[must_use]
pub fn aside(path: &Path) -> std::path::PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{TEMPORARY}{name}"))
}
