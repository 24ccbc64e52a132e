//! Bodies that real programs sent: from the folder that `EVENKEEL_CAPTURES` names (seen from the workspace),
//! else from the copy beside these tests.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    match std::env::var_os("EVENKEEL_CAPTURES").filter(|value| !value.is_empty()) {
        Some(named) => here.join("../..").join(named),
        None => here.join("tests/captures"),
    }
}

pub(crate) fn bytes(file: &str) -> Vec<u8> {
    let path = root().join(file);
    std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

pub(crate) fn text(file: &str) -> String {
    String::from_utf8(bytes(file)).unwrap()
}

/// The files of a folder with an ending, sorted by name.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<String> {
    let path = root().join(folder);
    let entries = std::fs::read_dir(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> =
        names.filter(|name| name.ends_with(ending)).map(|name| format!("{folder}/{name}")).collect();
    names.sort();
    assert!(!names.is_empty(), "no file {ending} in {}", path.display());
    names
}

/// A reference file as bytes.
pub(crate) fn reference(file: &str) -> Vec<u8> {
    let path = evenkeel_testing::reference::path("remedy", &format!("ingest/{file}"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}
