//! A reader of the M4 files.

use super::scores::scale;
use crate::{Failure, Skipped, read};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A series with what was to be forecast.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// The name of the series.
    pub name: String,
    /// How many values make a season; 1 for none.
    pub season: usize,
    /// The values that are known to forecasters.
    pub train: Vec<f64>,
    /// The values to be forecast.
    pub test: Vec<f64>,
}

/// Reads the series of a folder, and those that cannot be scored, with the reason. `season` is that of all
/// files instead of what their names say; of each file the first `limit` series are read.
///
/// # Errors
/// If the folder or a file cannot be read, or a field is no number; the reason names the place.
pub fn read(
    folder: &Path,
    season: Option<usize>,
    limit: Option<usize>,
) -> Result<(Vec<Case>, Vec<Skipped>), Failure> {
    let unreadable = |why: std::io::Error| Failure::new(format!("{}: {why}", folder.display()));
    let [trains, tests] = ["Train", "Test"].map(|part| folder.join(part));
    // The repository has the parts apart.
    let [trains, tests] = if trains.is_dir() && tests.is_dir() {
        [trains, tests]
    } else {
        [folder.to_path_buf(), folder.to_path_buf()]
    };
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(&trains).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(group) = name.trim_end_matches(".gz").strip_suffix("-train.csv") {
            files.push((group.to_owned(), trains.join(format!("{group}-train.csv"))));
        }
    }
    files.sort_unstable();
    files.dedup();
    if files.is_empty() {
        return Err(Failure::new(format!("{} holds no file NAME-train.csv", folder.display())));
    }
    let (mut cases, mut skipped) = (Vec::new(), Vec::new());
    for (group, train) in files {
        let season = season.unwrap_or_else(|| season_of(&group));
        let test = tests.join(format!("{group}-test.csv"));
        let mut tests: HashMap<String, Vec<f64>> = rows(&test)?.into_iter().collect();
        for (name, train) in rows(&train)?.into_iter().take(limit.unwrap_or(usize::MAX)) {
            let why = match tests.remove(&name) {
                None => "there is no test part",
                Some(test) if test.is_empty() => "the test part is empty",
                Some(_) if train.len() <= season => "the training part is no longer than a season",
                Some(_) if scale(&train, season) == 0.0 => "nothing changes in the training part",
                Some(test) => {
                    cases.push(Case { name, season, train, test });
                    continue;
                }
            };
            skipped.push(Skipped::new(name, why));
        }
    }
    Ok((cases, skipped))
}

/// The season of a file, as the competition had it.
fn season_of(group: &str) -> usize {
    match group {
        "Hourly" => 24,
        "Monthly" => 12,
        "Quarterly" => 4,
        _ => 1,
    }
}

/// The rows of a file: names, and values up to the first empty field.
fn rows(path: &Path) -> Result<Vec<(String, Vec<f64>)>, Failure> {
    let text = read::text(path).map_err(Failure::new)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |why: String| Failure::new(format!("{}: {why}", path.display()));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|why| wrong(why.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut fields = record.iter();
        let name = fields.next().unwrap_or_default().to_owned();
        let mut values = Vec::new();
        for (column, field) in fields.take_while(|field| !field.is_empty() && *field != "NA").enumerate() {
            let value = field.parse().ok().filter(|x: &f64| x.is_finite());
            values.push(value.ok_or_else(|| {
                wrong(format!("line {line}, column {}: {field:?} is no number", column + 2))
            })?);
        }
        rows.push((name, values));
    }
    Ok(rows)
}
