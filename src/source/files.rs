//! Which files a source is, and what they hold by hash.

use std::path::{Path, PathBuf};

use super::SourceError;

/// The files that `pattern` matches, sorted; at least one.
///
/// # Errors
/// When nothing matches or the pattern is malformed.
pub fn matching(pattern: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let text = pattern.to_string_lossy();
    let refused = |why| SourceError::Path { path: text.clone().into_owned(), why };
    if pattern.is_file() {
        return Ok(vec![pattern.to_owned()]);
    }
    let paths = glob::glob(&text).map_err(|_| refused("not a valid pattern"))?;
    let mut files: Vec<PathBuf> = paths.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    files.sort();
    if files.is_empty() { Err(SourceError::NoFile(pattern.to_owned())) } else { Ok(files) }
}

/// The files whose bytes decide what is read from `file`: itself and, for a shapefile, its companions.
#[must_use]
pub fn companions(file: &Path) -> Vec<PathBuf> {
    let is_shapefile = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("shp"));
    let mut files = vec![file.to_owned()];
    if is_shapefile {
        for extension in ["dbf", "shx", "prj", "cpg", "DBF", "SHX", "PRJ", "CPG"] {
            let companion = file.with_extension(extension);
            if companion.is_file() {
                files.push(companion);
            }
        }
    }
    files
}
