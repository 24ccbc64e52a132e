//! What survives a restart, in a file.

use crate::alerts::Alerts;
use evenkeel::ingest::Labels;
use evenkeel::ingest::alertmanager::Alert;
use evenkeel::keeper::{Observer, State};
use evenkeel::{Name, Snapshot, Timestamp, restore};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

/// The version of the form of the file; the observer's own is in its snapshot.
const VERSION: u32 = 1;

/// What comes first; the snapshot of the observer follows.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    version: u32,
    saved_at: i64,
    alerts: Vec<SavedAlert>,
    open: Vec<(u64, Vec<Name>)>,
    breached: Vec<Name>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SavedAlert {
    labels: Vec<(String, String)>,
    annotations: Vec<(String, String)>,
    start: i64,
    end: Option<i64>,
}

/// What was saved.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) observer: State,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) open: Vec<(u64, Vec<Name>)>,
    pub(crate) breached: Vec<Name>,
}

/// Writes the file anew; the old one stays until the new one is whole.
pub(crate) fn write(path: &Path, now: Timestamp, observer: &Observer, alerts: &Alerts) -> io::Result<()> {
    let other = |why: postcard::Error| io::Error::other(why.to_string());
    let alert = |alert: &Alert| SavedAlert {
        labels: alert.labels.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        annotations: alert.annotations.clone().into_iter().collect(),
        start: alert.start.as_nanos(),
        end: alert.end.map(Timestamp::as_nanos),
    };
    let header = Header {
        version: VERSION,
        saved_at: now.as_nanos(),
        alerts: alerts.sink.held().map(alert).collect(),
        open: alerts.open.iter().map(|(i, symptoms)| (*i, symptoms.iter().cloned().collect())).collect(),
        breached: alerts.breached.iter().cloned().collect(),
    };
    let new = path.with_extension("new");
    // Bit by bit: a copy of all of it would take as much memory again.
    let target = postcard::to_io(&header, BufWriter::new(File::create(&new)?)).map_err(other)?;
    let target = postcard::to_io(&observer.state().snapshot(), target).map_err(other)?;
    target.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&new, path)
}

/// Reads the file; `None` if there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Restored>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let refused = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let (file, rest): (Header, _) =
        postcard::take_from_bytes(&bytes).map_err(|why| refused(why.to_string()))?;
    if file.version != VERSION {
        return Err(refused(format!("version {} instead of {VERSION}", file.version)));
    }
    let mut reader = postcard::Deserializer::from_bytes(rest);
    let observer: State = restore(&mut reader).map_err(|why: postcard::Error| refused(why.to_string()))?;
    let alert = |saved: SavedAlert| -> Result<Alert, evenkeel::Error> {
        let mut alert = Alert::new(Labels::new(saved.labels)?, Timestamp::from_nanos(saved.start));
        alert.annotations = saved.annotations.into_iter().collect();
        alert.end = saved.end.map(Timestamp::from_nanos);
        Ok(alert)
    };
    let alerts: Result<Vec<Alert>, _> = file.alerts.into_iter().map(alert).collect();
    let alerts = alerts.map_err(|why| refused(why.to_string()))?;
    Ok(Some(Restored { observer, alerts, open: file.open, breached: file.breached }))
}
