//! The list of known gaps.

use super::folder;
use serde::Deserialize;
use std::cell::Cell;
use std::fs;

/// The deliberate gaps of one replay, from `unmatched.toml` beside the committed copy. A gap that is not met
/// while the committed copy is replayed is a failure, so that the list cannot go stale.
///
/// ```
/// let gaps = evenkeel_testing::reference::Unmatched::of("models", &["series.json"]);
/// assert_eq!(gaps.reason("series.json", "Nile"), None);
/// gaps.finish();
/// ```
#[derive(Debug)]
pub struct Unmatched {
    field: String,
    gaps: Vec<(Gap, Cell<bool>)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    gap: Vec<Gap>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gap {
    field: String,
    file: String,
    case: String,
    reason: String,
    #[serde(default)]
    full_set: bool,
}

impl Gap {
    fn covers(&self, file: &str, case: &str) -> bool {
        self.file == file
            && match self.case.strip_suffix('*') {
                Some(start) => case.starts_with(start),
                None => self.case == case,
            }
    }
}

impl Unmatched {
    /// The gaps that are listed for some files of a field.
    ///
    /// # Panics
    /// If `unmatched.toml` cannot be read, or an entry gives no reason.
    #[must_use]
    pub fn of(field: &str, files: &[&str]) -> Self {
        let path = folder::committed().join("unmatched.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(why) => panic!("{}: {why}", path.display()),
        };
        Self::parse(&text, field, files)
    }

    pub(super) fn parse(text: &str, field: &str, files: &[&str]) -> Self {
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(why) => panic!("unmatched.toml: {why}"),
        };
        let gaps =
            file.gap.into_iter().filter(|gap| gap.field == field && files.contains(&gap.file.as_str()));
        let gaps: Vec<_> = gaps.map(|gap| (gap, Cell::new(false))).collect();
        for (gap, _) in &gaps {
            assert!(
                !gap.reason.trim().is_empty(),
                "unmatched.toml: {} {} gives no reason",
                gap.file,
                gap.case
            );
        }
        Self { field: field.to_owned(), gaps }
    }

    /// Why a case is not matched, if it is listed. Asking marks the entry as met.
    #[must_use]
    pub fn reason(&self, file: &str, case: &str) -> Option<&str> {
        let (gap, met) = self.gaps.iter().find(|(gap, _)| gap.covers(file, case))?;
        met.set(true);
        Some(&gap.reason)
    }

    /// To be called at the end of the replay.
    ///
    /// # Panics
    /// If the committed copy was replayed and an entry was not met; those of the full set are excused.
    pub fn finish(self) {
        let unmet = self.unmet();
        assert!(
            !folder::is_committed(&self.field) || unmet.is_empty(),
            "unmatched.toml lists what does not occur (any more): {}",
            unmet.join(", ")
        );
    }

    pub(super) fn unmet(&self) -> Vec<String> {
        let unmet = self.gaps.iter().filter(|(gap, met)| !met.get() && !gap.full_set);
        unmet.map(|(gap, _)| format!("{}/{} {}", gap.field, gap.file, gap.case)).collect()
    }
}
