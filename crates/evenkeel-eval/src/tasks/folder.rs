//! The files and folders in a folder.

use crate::failure::Failure;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files of a folder, without `.gz`, in order: those for which `wanted` holds.
pub(super) fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Failure> {
    let because = |why: std::io::Error| Failure::new(format!("{}: {why}", folder.display()));
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(because)? {
        let entry = entry.map_err(because)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        // A link to a file is one, so the path is asked, not the entry.
        if wanted(name) && entry.path().is_file() {
            names.insert(name.to_owned());
        }
    }
    Ok(names.into_iter().collect())
}

/// The folders in a folder, in order.
pub(super) fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let because = |why: std::io::Error| Failure::new(format!("{}: {why}", folder.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(because)? {
        let entry = entry.map_err(because)?;
        if entry.path().is_dir() {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Fails if a folder holds no case.
pub(super) fn not_empty<T>(cases: Vec<T>, folder: &Path) -> Result<Vec<T>, Failure> {
    if cases.is_empty() {
        return Err(Failure::new(format!("{}: there is no case", folder.display())));
    }
    Ok(cases)
}
