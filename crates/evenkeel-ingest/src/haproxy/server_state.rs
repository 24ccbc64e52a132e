//! `show servers state`.

use crate::error::Error;
use crate::limits::{Limits, within};

/// The state of a server as HAProxy keeps it across reloads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerState {
    /// The name of the backend.
    pub backend: String,
    /// The name of the server.
    pub server: String,
    /// The address; `-` while it is not resolved.
    pub address: String,
    /// What it does: 0 stopped, 1 starting, 2 running, 3 stopping.
    pub operation: u8,
    /// What was asked of it, as bits: 1 maintenance, 2 maintenance of a tracked server, 4 maintenance by the
    /// configuration, 8 drain, 16 drain of a tracked server, 32 maintenance as the name is not resolved.
    pub admin: u32,
    /// The weight at run time.
    pub weight: u32,
    /// The weight of the configuration.
    pub initial_weight: u32,
    /// Seconds since the last change.
    pub since: u64,
}

impl ServerState {
    /// Whether a drain was asked for, also where `show stat` hides it since the server is down.
    #[must_use]
    pub const fn is_drained(&self) -> bool {
        self.admin & (8 | 16) != 0
    }

    /// Whether it is in maintenance, for whatever reason.
    #[must_use]
    pub const fn is_in_maintenance(&self) -> bool {
        self.admin & (1 | 2 | 4 | 32) != 0
    }
}

const FIELDS: [&str; 9] = [
    "be_name",
    "srv_name",
    "srv_addr",
    "srv_op_state",
    "srv_admin_state",
    "srv_uweight",
    "srv_iweight",
    "srv_time_since_last_change",
    "srv_id",
];

/// Reads `show servers state`, version 1 of its form. Columns are found by their names.
///
/// # Errors
/// [`Error::Unsupported`] for another version, [`Error::Malformed`] with the place of what is not as it should
/// be, [`Error::TooLarge`].
pub fn server_states(text: &str, limits: &Limits) -> Result<Vec<ServerState>, Error> {
    limits.check_body(text.as_bytes())?;
    let mut lines = text.lines().enumerate();
    match lines.next() {
        Some((_, "1")) => {}
        Some((_, other)) => {
            return Err(Error::Unsupported {
                what: "version of servers state",
                was: other.chars().take(32).collect(),
            });
        }
        None => return Err(Error::at(1, 1, "empty")),
    }
    let header = lines.next().and_then(|(_, line)| line.strip_prefix("# "));
    let header: Vec<&str> =
        header.ok_or_else(|| Error::at(2, 1, "expected the names of columns"))?.split(' ').collect();
    let mut places = [0; FIELDS.len()];
    for (place, field) in places.iter_mut().zip(FIELDS) {
        let at = header.iter().position(|name| *name == field);
        *place = at.ok_or_else(|| Error::at(2, 1, format!("the column {field} is missing")))?;
    }
    let mut states = Vec::new();
    for (i, line) in lines.filter(|line| !line.1.is_empty()) {
        within(line.len(), limits.line, "bytes of a line")?;
        let fields: Vec<&str> = line.split(' ').collect();
        if fields.len() < header.len() {
            return Err(Error::at(i + 1, 1, format!("{} fields, expected {}", fields.len(), header.len())));
        }
        let text = |field: usize| fields[places[field]];
        let number = |field: usize| {
            let found = text(field).parse::<u64>();
            found.map_err(|_| {
                Error::at(i + 1, places[field] + 1, format!("{} must be a whole number", FIELDS[field]))
            })
        };
        let small = |field: usize| {
            let found = number(field)?;
            u32::try_from(found)
                .map_err(|_| Error::at(i + 1, places[field] + 1, format!("{} is too large", FIELDS[field])))
        };
        let operation = number(3)?;
        let operation = u8::try_from(operation).ok().filter(|&state| state <= 3);
        states.push(ServerState {
            backend: text(0).into(),
            server: text(1).into(),
            address: text(2).into(),
            operation: operation
                .ok_or_else(|| Error::at(i + 1, places[3] + 1, "srv_op_state must be 0 to 3"))?,
            admin: small(4)?,
            weight: small(5)?,
            initial_weight: small(6)?,
            since: number(7)?,
        });
        limits.check_points(states.len())?;
    }
    Ok(states)
}
