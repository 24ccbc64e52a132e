//! `show stat`, as CSV.

use crate::error::Error;
use crate::limits::{Limits, within};
use std::sync::Arc;

/// What HAProxy says of a server, a frontend or a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Up; on its way down if checks have begun to fail.
    Up,
    /// Down; on its way up if checks have begun to pass.
    Down,
    /// Gets no new sessions but those that belong to it.
    Drain,
    /// In maintenance.
    Maintenance,
    /// Up, but asks for no new sessions (NOLB).
    NotBalanced,
    /// Not checked: taken to be up.
    NoCheck,
    /// A frontend that takes connections.
    Open,
    /// A frontend that is full, stopped or waiting.
    Closed,
    /// Something else; see the field `status` of the row.
    Other,
}

/// A row of `show stat`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRow {
    names: Arc<[String]>,
    fields: Vec<String>,
}

impl ServerRow {
    /// The value of a column; `None` if it is empty or this version has no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&str> {
        let at = self.names.iter().position(|name| name == column)?;
        self.fields.get(at).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a column as a whole number.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<i64> {
        self.get(column)?.parse().ok()
    }

    /// All columns with a value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.names.iter().zip(&self.fields);
        pairs.map(|(name, value)| (name.as_str(), value.as_str())).filter(|pair| !pair.1.is_empty())
    }

    /// The proxy it belongs to.
    #[must_use]
    pub fn proxy(&self) -> &str {
        self.get("pxname").unwrap_or_default()
    }

    /// The name of the server, or `FRONTEND` or `BACKEND`.
    #[must_use]
    pub fn server(&self) -> &str {
        self.get("svname").unwrap_or_default()
    }

    /// Whether it is a server, not the sum over a proxy.
    #[must_use]
    pub fn is_server(&self) -> bool {
        match self.number("type") {
            Some(kind) => kind == 2,
            None => !matches!(self.server(), "FRONTEND" | "BACKEND"),
        }
    }

    /// What it is said to be.
    #[must_use]
    pub fn status(&self) -> Status {
        let text = self.get("status").unwrap_or_default();
        match text.split(' ').next().unwrap_or_default() {
            "UP" => Status::Up,
            "DOWN" => Status::Down,
            "DRAIN" => Status::Drain,
            "MAINT" => Status::Maintenance,
            "NOLB" => Status::NotBalanced,
            "no" if text == "no check" => Status::NoCheck,
            "OPEN" => Status::Open,
            "FULL" | "STOP" | "WAITING" | "PAUSED" => Status::Closed,
            _ => Status::Other,
        }
    }

    /// Why it is so: `agent`, `via be/s4`, `resolution`. An agent's drain says nothing of who drained.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        let (_, after) = self.get("status")?.split_once('(')?;
        after.split(')').next()
    }

    /// How many checks of how many have passed while it is down (`DOWN 1/2`), or are left while it is up.
    #[must_use]
    pub fn progress(&self) -> Option<(u32, u32)> {
        let (_, after) = self.get("status")?.split_once(' ')?;
        let (done, of) = after.split_once('/')?;
        Some((done.parse().ok()?, of.parse().ok()?))
    }

    /// Whether new sessions are sent to it: it is up or not checked, and its weight is not 0.
    #[must_use]
    pub fn takes_traffic(&self) -> bool {
        matches!(self.status(), Status::Up | Status::NoCheck)
            && self.number("weight").is_some_and(|weight| weight > 0)
    }

    /// Whether the last check is finished and has passed. While one is in flight (`* L7OK`) nothing is known,
    /// although a result is shown.
    #[must_use]
    pub fn passed_check(&self) -> bool {
        self.get("check_status").is_some_and(|status| status.ends_with("OK") && !status.starts_with('*'))
    }
}

/// Reads `show stat`. Columns are found by their names, so that versions may have more or fewer; fields may be
/// quoted.
///
/// # Errors
/// [`Error::Malformed`] with line and field if the first line does not name the columns `pxname`, `svname` and
/// `status`, a row has another number of fields than columns, or a quote is not closed; [`Error::TooLarge`].
pub fn statistics(text: &str, limits: &Limits) -> Result<Vec<ServerRow>, Error> {
    limits.check_body(text.as_bytes())?;
    let mut lines = text.lines().enumerate();
    let header = lines.next().and_then(|(_, line)| line.strip_prefix("# "));
    let header = header.ok_or_else(|| Error::at(1, 1, "expected # and the names of columns"))?;
    within(header.len(), limits.line, "bytes of a line")?;
    let names: Arc<[String]> = split(header, 1)?.into();
    for wanted in ["pxname", "svname", "status"] {
        if !names.iter().any(|name| name == wanted) {
            return Err(Error::at(1, 1, format!("the column {wanted} is missing")));
        }
    }
    let mut rows = Vec::new();
    for (i, line) in lines.filter(|line| !line.1.is_empty()) {
        within(line.len(), limits.line, "bytes of a line")?;
        let fields = split(line, i + 1)?;
        if fields.len() != names.len() {
            return Err(Error::at(
                i + 1,
                fields.len(),
                format!("{} fields, expected {}", fields.len(), names.len()),
            ));
        }
        rows.push(ServerRow { names: Arc::clone(&names), fields });
        limits.check_points(rows.len())?;
    }
    Ok(rows)
}

/// The fields of a line; HAProxy puts a comma after the last.
fn split(line: &str, number: usize) -> Result<Vec<String>, Error> {
    let mut fields = Vec::new();
    let mut rest = line.strip_suffix(',').unwrap_or(line);
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(mut inner) => {
                let mut field = String::new();
                loop {
                    let unclosed = || Error::at(number, fields.len() + 1, "the quote is not closed");
                    let end = inner.find('"').ok_or_else(unclosed)?;
                    field.push_str(&inner[..end]);
                    inner = &inner[end + 1..];
                    // Two quotes stand for one.
                    match inner.strip_prefix('"') {
                        Some(after) => {
                            field.push('"');
                            inner = after;
                        }
                        None => break (field, inner),
                    }
                }
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(fields),
            None => return Err(Error::at(number, fields.len(), "text after a quoted field")),
        }
    }
}
