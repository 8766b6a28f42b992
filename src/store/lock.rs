//! One run at a time: an advisory lock that the system drops when the process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::{StoreError, atomic};

/// The format of the store on disk.
pub const FORMAT: u32 = 1;

/// Held as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Opens the store at `root`, creating it if need be, and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another run holds it, [`StoreError::Format`] for a store of another format.
    pub fn take(root: &Path) -> Result<Self, StoreError> {
        atomic::create_folder(root)?;
        let path = root.join("LOCK");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o640)
            .open(&path)
            .map_err(StoreError::io(&path, "open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { path }),
            Err(TryLockError::Error(source)) => return Err(StoreError::Io { path, action: "lock", source }),
        }
        let format = root.join("FORMAT");
        match std::fs::read_to_string(&format) {
            Ok(found) if found.trim() == FORMAT.to_string() => {}
            Ok(found) => {
                return Err(StoreError::Format { path: format, found: found.trim().to_owned(), expected: FORMAT });
            }
            Err(_) => atomic::replace_file(&format, format!("{FORMAT}\n").as_bytes())?,
        }
        Ok(Self { _file: file })
    }
}
