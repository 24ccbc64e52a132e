//! Where the files are.

use super::Number;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The field that is made here and therefore always read from the committed copy.
const OWN_FIELD: &str = "stats";

/// Where a reference file is: below the folder that `$EVENKEEL_REFERENCE` names (relative to the workspace),
/// else in the committed copy. The field `stats` is always read from the committed copy.
#[must_use]
pub fn path(field: &str, file: &str) -> PathBuf {
    root(field).join(field).join(file)
}

/// Reads a reference file.
///
/// # Panics
/// If it is not there or does not deserialize, with its path and the cause.
#[must_use]
pub fn load<T: DeserializeOwned>(field: &str, file: &str) -> T {
    let path = path(field, file);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) => panic!("reference file {}: {why}", path.display()),
    };
    match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(why) => panic!("reference file {}: {why}", path.display()),
    }
}

/// A file or folder of public data that is not part of the repository: below `$EVENKEEL_DATA` (default
/// `../shared/data`, seen from the workspace). `None` if it is not there; the caller then says what was
/// skipped.
#[must_use]
pub fn data(relative: impl AsRef<Path>) -> Option<PathBuf> {
    let root = named("EVENKEEL_DATA").unwrap_or_else(|| workspace().join("../shared/data"));
    let path = root.join(relative);
    path.exists().then_some(path)
}

/// A series of `models/series.json`, NaN where a value is missing. One that is not in the file and is called
/// `M4_H<k>` is read from the M4 competition's hourly data, `m4/Hourly-train.csv` among the public [`data`].
/// `None` if it is not there; the caller then says what was skipped.
///
/// # Panics
/// If a file that is there cannot be read.
#[must_use]
pub fn series(name: &str) -> Option<Vec<f64>> {
    #[derive(Deserialize)]
    struct Entry {
        y: Vec<Number>,
    }

    let mut all: BTreeMap<String, Entry> = load("models", "series.json");
    if let Some(entry) = all.remove(name) {
        return Some(entry.y.into_iter().map(f64::from).collect());
    }
    let id = name.strip_prefix("M4_")?;
    let path = data("m4/Hourly-train.csv")?;
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(why) => panic!("{}: {why}", path.display()),
    };
    m4_row(&text, id)
}

/// The values of one row of an M4 file: quoted fields, the first of them the name, trailing ones empty.
pub(super) fn m4_row(text: &str, id: &str) -> Option<Vec<f64>> {
    text.lines().find_map(|line| {
        let mut fields = line.split(',').map(|field| field.trim().trim_matches('"'));
        if fields.next() != Some(id) {
            return None;
        }
        fields.take_while(|field| !field.is_empty()).map(|field| field.parse().ok()).collect()
    })
}

/// Whether the values come from the committed copy.
pub(super) fn is_committed(field: &str) -> bool {
    root(field) == committed()
}

/// The copy that is part of the repository.
pub(super) fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reference")
}

fn root(field: &str) -> PathBuf {
    if field == OWN_FIELD {
        return committed();
    }
    named("EVENKEEL_REFERENCE").unwrap_or_else(committed)
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder an environment variable names, relative to the workspace; unset and empty are the same.
fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|value| !value.is_empty())?;
    Some(workspace().join(value))
}
