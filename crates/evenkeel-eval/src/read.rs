//! Files of benchmarks, plain or compressed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The path of a file, as it is or with `.gz` appended; `None` if there is neither.
#[must_use]
pub fn find(path: &Path) -> Option<PathBuf> {
    if path.is_file() {
        return Some(path.to_path_buf());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".gz");
    let compressed = PathBuf::from(name);
    compressed.is_file().then_some(compressed)
}

/// The text of a file, plain or with `.gz` appended to its name and compressed.
///
/// # Errors
/// A sentence that names the file, if it is not there, cannot be read, is cut off, or is not UTF-8.
pub fn text(path: &Path) -> Result<String, String> {
    let found = find(path).ok_or_else(|| format!("{} is not there", path.display()))?;
    let because = |why: std::io::Error| format!("{}: {why}", found.display());
    let mut file = File::open(&found).map_err(because)?;
    let mut text = String::new();
    if found.extension().is_some_and(|extension| extension == "gz") && found != path {
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).map_err(because)?;
    } else {
        file.read_to_string(&mut text).map_err(because)?;
    }
    Ok(text)
}

/// A table of numbers with named columns, all of one length.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Table {
    /// The names of the columns, each once.
    pub names: Vec<String>,
    /// The columns; what is missing is NaN.
    pub columns: Vec<Vec<f64>>,
}

impl Table {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// A column by its name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let place = self.names.iter().position(|known| known == name)?;
        Some(&self.columns[place])
    }
}

/// Reads a table of numbers from comma-separated text whose first line names the columns. Empty fields and
/// `NaN`, `NA`, `null`, in any case, are missing; so are infinite numbers.
///
/// # Errors
/// A sentence that names the place, if a line has another number of fields than the first, a field is no
/// number, or a column comes twice.
pub fn table(text: &str) -> Result<Table, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names: Vec<String> =
        reader.headers().map_err(|why| why.to_string())?.iter().map(str::to_owned).collect();
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) {
            return Err(format!("column {name} comes twice"));
        }
    }
    let mut columns = vec![Vec::new(); names.len()];
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|why| why.to_string())? {
        for ((field, column), name) in record.iter().zip(&mut columns).zip(&names) {
            let line = record.position().map_or(0, csv::Position::line);
            column.push(
                number(field).ok_or_else(|| format!("line {line}, column {name}: {field:?} is no number"))?,
            );
        }
    }
    Ok(Table { names, columns })
}

/// A number as files have it: empty fields and `NaN`, `NA`, `null`, in any case, are missing, which is NaN;
/// so are infinite numbers. `None` if it is none.
#[must_use]
pub fn number(field: &str) -> Option<f64> {
    if ["", "nan", "na", "null"].iter().any(|missing| field.eq_ignore_ascii_case(missing)) {
        return Some(f64::NAN);
    }
    field.parse().ok().map(|x: f64| if x.is_finite() { x } else { f64::NAN })
}
