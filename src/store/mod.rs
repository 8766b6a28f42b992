//! What is on disk: atomic files, Parquet and `GeoParquet`, the stage cache, snapshots and the lock.

pub mod atomic;
pub mod cache;
mod chunk;
mod column;
mod encoding;
pub mod geoparquet;
mod hashing;
mod kept;
pub mod lock;
mod numbers;
pub mod parquet;
pub mod snapshot;
mod tables;
mod texts;

use std::path::{Path, PathBuf};

use hashing::Hashing;

/// The store could not be read or written. Names the file; never holds a value from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused.
    #[error("{path}: cannot {action}: {source}")]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file that a finished write left is not readable any more.
    #[error("{path}: {what} is damaged; remove the folder it lies in and run again")]
    Damaged {
        /// File.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
    },
    /// A file of the snapshot that `CURRENT` names is not what was published.
    #[error(
        "{path}: the snapshot that CURRENT names is damaged, and with it the history that this run would carry on; restore the file from a copy, or remove CURRENT (snapshots stay) and run again, with --history FOLDER for the history of another snapshot"
    )]
    SnapshotDamaged {
        /// File.
        path: PathBuf,
    },
    /// `CURRENT` is not readable.
    #[error("{path}: CURRENT is damaged; remove this one file (snapshots stay) and run again")]
    CurrentDamaged {
        /// File.
        path: PathBuf,
    },
    /// The folder holds a store of another format.
    #[error("{path}: the store has format {found}, this version reads format {expected}; use another store folder")]
    Format {
        /// `FORMAT` file.
        path: PathBuf,
        /// Format found.
        found: String,
        /// Format known.
        expected: u32,
    },
    /// Another run holds the lock.
    #[error("{path}: another run holds this store; wait for it, or use another --store")]
    Locked {
        /// `LOCK` file.
        path: PathBuf,
    },
}

impl StoreError {
    /// Ties an I/O error to a path and an action, for `map_err`.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, action, source }
    }
}
