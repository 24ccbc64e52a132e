//! An audit from outside: what the world says it was told to do, against what the journal says was permitted,
//! against what was proposed and agreed to.
//!
//! It shares no state with the gate: it reads the three files that a run leaves, or takes copies of what was
//! kept in memory. The journal is read without its lock, so a gate that runs can be audited.

use crate::approval::is_unanswered;
use crate::private_file::new_private_folder;
use crate::state_files::{JOURNAL, PROPOSALS, WORLD};
use crate::world::Note;
use evenkeel::remedy::action::Key;
use evenkeel::remedy::driver::Journal;
use evenkeel::remedy::executor::Applied;
use evenkeel::remedy::machine::{Entry, Record};
use evenkeel::remedy::verb::StandardVerb;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the world says it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Under which key, as text.
    pub key: String,
    /// What, as text.
    pub action: String,
    /// Whether it takes something back.
    pub undo: bool,
}

impl From<&Note> for Told {
    fn from(note: &Note) -> Self {
        Self { key: note.key.to_string(), action: note.action.to_string(), undo: note.undo }
    }
}

/// What was proposed, and under which keys somebody agreed; where that was written down.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposed {
    /// The incident and the action of each proposal.
    pub proposals: Vec<(u64, String)>,
    /// The incident and the step of each agreement.
    pub approved: Vec<(u64, u32)>,
    /// How many rulings of guards were written down.
    pub rulings: usize,
    /// How many proposals have a verified outcome.
    pub outcomes: usize,
    /// How many records the journal had when the gate was started last; 0 if it was never.
    pub started: usize,
    /// Where files were set aside when the gate began anew, and why, in sentences.
    pub began_anew: Vec<String>,
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Audit {
    /// How often the world was told to do something.
    pub told: usize,
    /// How many intents were written and not withdrawn.
    pub permits: usize,
    /// How many of them take something back.
    pub undone: usize,
    /// How many actions guards or people refused.
    pub refused: usize,
    /// How many came to nothing because nobody answered in time.
    pub expired: usize,
    /// How many proposals were taken; `None` if they were not written down.
    pub proposals: Option<usize>,
    /// What this cannot vouch for, in sentences: files that were set aside.
    pub notes: Vec<String>,
    /// What is not as it must be, in sentences; none if all is well.
    pub problems: Vec<String>,
}

impl Audit {
    /// Compares. Without `proposed` it is not asked who proposed and agreed.
    #[must_use]
    pub fn compare(records: &[Record<StandardVerb>], told: &[Told], proposed: Option<&Proposed>) -> Self {
        let mut audit =
            Self { told: told.len(), proposals: proposed.map(|p| p.proposals.len()), ..Self::default() };
        let mut intents: BTreeMap<String, (Key, String, bool)> = BTreeMap::new();
        let mut withdrawn: Vec<String> = Vec::new();
        let mut done: Vec<String> = Vec::new();
        for record in records {
            match record.entry() {
                Entry::Intent { key, action, undo, .. } => {
                    if *undo && !audit.undoes(records, record, *key, &action.to_string()) {
                        audit.problems.push(format!("{action} ({key}) takes nothing back that was done"));
                    }
                    let intent = (*key, action.to_string(), *undo);
                    if intents.insert(key.to_string(), intent).is_some() {
                        audit.problems.push(format!("the key {key} was used twice"));
                    }
                }
                Entry::Withdrawn { key } => withdrawn.push(key.to_string()),
                Entry::Settled { key, outcome: Applied::Done } => done.push(key.to_string()),
                Entry::Refused { reasons, .. } if reasons.iter().any(is_unanswered) => audit.expired += 1,
                Entry::Refused { .. } => audit.refused += 1,
                _ => {}
            }
        }
        if let Some(proposed) = proposed {
            audit.notes.clone_from(&proposed.began_anew);
            audit.problems.extend(missing(records, proposed));
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for Told { key, action, undo } in told {
            if !seen.insert(key) {
                audit.problems.push(format!("the world was told {key} twice"));
            }
            match intents.get(key) {
                None => audit
                    .problems
                    .push(format!("the world was told `{action}` ({key}), and no intent was written")),
                Some((_, intended, is_undo)) if intended != action || is_undo != undo => {
                    audit.problems.push(format!(
                        "the world was told `{action}` ({key}), and `{intended}` was intended"
                    ));
                }
                Some(_) if withdrawn.contains(key) => {
                    audit
                        .problems
                        .push(format!("the world was told `{action}` ({key}), whose permit was withdrawn"));
                }
                Some(_) => {}
            }
        }
        for key in done.iter().filter(|key| !seen.contains(key.as_str())) {
            audit.problems.push(format!("{key} is said to be done, and the world was never told"));
        }
        let permitted = intents.iter().filter(|(key, _)| !withdrawn.contains(key)).map(|(_, intent)| intent);
        let named = proposed.map(|proposed| proposed.proposals.iter());
        let named: BTreeSet<(u64, &str)> =
            named.into_iter().flatten().map(|(incident, action)| (*incident, action.as_str())).collect();
        for (key, action, undo) in permitted {
            audit.permits += 1;
            audit.undone += usize::from(*undo);
            let Some(proposed) = proposed.filter(|_| !undo) else { continue };
            if !named.contains(&(key.incident, action.as_str())) {
                audit.problems.push(format!("`{action}` ({key}) was permitted, and nobody proposed it"));
            }
            if !proposed.approved.contains(&(key.incident, key.step)) {
                audit.problems.push(format!("`{action}` ({key}) was permitted, and nobody agreed to it"));
            }
        }
        audit
    }

    /// Whether an earlier intent of the incident is undone by this action.
    fn undoes(
        &self,
        records: &[Record<StandardVerb>],
        this: &Record<StandardVerb>,
        key: Key,
        action: &str,
    ) -> bool {
        let earlier = records.iter().take_while(|record| record.sequence() < this.sequence());
        let mut earlier = earlier.filter_map(|record| match record.entry() {
            Entry::Intent { key: other, action, undo: false, .. } if other.incident == key.incident => {
                action.undo()
            }
            _ => None,
        });
        earlier.any(|undo| undo.to_string() == action)
    }

    /// Audits what a run left in its folder.
    ///
    /// # Errors
    /// If there is nothing of a gate, a file cannot be read, or a whole line of it is not what was written. A
    /// journal that is gone while the others are there is a problem that is found, and no error.
    pub fn of_folder(folder: &Path) -> io::Result<Self> {
        let mut audit = Self::read_folder(folder)?;
        // A gate that runs may write between the reading of one file and of the next; what is wrong stays so.
        for _ in 0..2 {
            if !audit.problems.is_empty() {
                std::thread::sleep(Duration::from_millis(50));
                audit = Self::read_folder(folder)?;
            }
        }
        Ok(audit)
    }

    fn read_folder(folder: &Path) -> io::Result<Self> {
        let (journal, world, proposals) = (folder.join(JOURNAL), folder.join(WORLD), folder.join(PROPOSALS));
        let (told, proposed) = (read_world(&world)?, read_proposals(&proposals)?);
        let is_gone = !journal.exists();
        if is_gone && !world.exists() && !proposals.exists() {
            let what = format!(
                "{}: nothing of a gate is there: no journal, no notes, no proposals",
                folder.display()
            );
            return Err(io::Error::new(io::ErrorKind::NotFound, what));
        }
        let records = if is_gone { Vec::new() } else { checked_journal(&journal)? };
        let mut audit = Self::compare(&records, &told, Some(&proposed));
        if is_gone {
            audit.problems.insert(0, format!("the journal is gone: {}", journal.display()));
        }
        Ok(audit)
    }
}

/// What the log of proposals knows to have been in the journal, and is not.
fn missing(records: &[Record<StandardVerb>], proposed: &Proposed) -> Vec<String> {
    let mut problems = Vec::new();
    if records.len() < proposed.started {
        problems.push(format!(
            "the journal has {} records, and had {} when the gate was started last",
            records.len(),
            proposed.started
        ));
    }
    let known: BTreeSet<u64> = records.iter().filter_map(|record| record.entry().incident()).collect();
    let named: BTreeSet<u64> = proposed.proposals.iter().map(|(incident, _)| *incident).collect();
    for incident in named.difference(&known) {
        problems.push(format!(
            "something was proposed for incident {incident}, of which the journal has no record"
        ));
    }
    problems
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { told, permits, undone, refused, .. } = self;
        write!(
            f,
            "{told} executor calls, {permits} permits ({undone} take something back), {refused} refused"
        )?;
        if self.expired > 0 {
            write!(f, ", {} not answered in time", self.expired)?;
        }
        if let Some(proposals) = self.proposals {
            write!(f, ", {proposals} proposals taken")?;
        }
        for note in &self.notes {
            write!(f, "; NOTE: {note}")?;
        }
        match self.problems.as_slice() {
            [] => f.write_str("; every call had its permit"),
            problems => write!(f, "; PROBLEMS: {}", problems.join("; ")),
        }
    }
}

/// The whole lines of a file; none if there is no file.
fn lines(path: &Path) -> io::Result<Vec<String>> {
    let text = match std::fs::read_to_string(path) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", path.display())))?,
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    Ok(whole.lines().map(str::to_string).collect())
}

fn wrong(path: &Path, line: usize, why: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{}, line {}: {why}", path.display(), line + 1))
}

/// The records of a journal whose checksums and numbers are as they were written. It is read from a copy: opening a journal takes its
/// lock, and cuts off a line that was not finished.
fn checked_journal(path: &Path) -> io::Result<Vec<Record<StandardVerb>>> {
    let of_path = |why: &dyn fmt::Display| io::Error::other(format!("{}: {why}", path.display()));
    static COPIES: AtomicU64 = AtomicU64::new(0);
    let name = format!("gatekeeper-audit-{}-{}", std::process::id(), COPIES.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    new_private_folder(&folder)?;
    let copy = folder.join("journal");
    let opened = std::fs::copy(path, &copy)
        .map_err(|why| of_path(&why))
        .and_then(|_| Journal::open(&copy).map_err(|why| of_path(&why)));
    let removed = std::fs::remove_dir_all(&folder);
    let (_, records) = opened?;
    removed.map(|()| records)
}

/// The notes of the world.
///
/// # Errors
/// If the file cannot be read, or a line is no note.
pub fn read_world(path: &Path) -> io::Result<Vec<Told>> {
    let parse = |(i, line): (usize, String)| {
        let value: Value = serde_json::from_str(&line).map_err(|why| wrong(path, i, why))?;
        let text = |name: &str| {
            value[name].as_str().map(str::to_string).ok_or_else(|| wrong(path, i, format!("no `{name}`")))
        };
        let undo = value["undo"].as_bool().ok_or_else(|| wrong(path, i, "no `undo`"))?;
        Ok(Told { key: text("key")?, action: text("action")?, undo })
    };
    lines(path)?.into_iter().enumerate().map(parse).collect()
}

/// What was proposed and agreed to.
///
/// # Errors
/// If the file cannot be read, or a line is not of it.
pub fn read_proposals(path: &Path) -> io::Result<Proposed> {
    let mut proposed = Proposed::default();
    for (i, line) in lines(path)?.into_iter().enumerate() {
        let value: Value = serde_json::from_str(&line).map_err(|why| wrong(path, i, why))?;
        match value["what"].as_str() {
            Some("proposed") => {
                let of = value["incident"].as_u64().zip(value["action"].as_str());
                let (incident, action) = of.ok_or_else(|| wrong(path, i, "no `incident` or `action`"))?;
                proposed.proposals.push((incident, action.to_string()));
            }
            Some("approved") => {
                let key =
                    value["key"].as_str().and_then(read_key).ok_or_else(|| wrong(path, i, "no `key`"))?;
                proposed.approved.push((key.incident, key.step));
            }
            Some("ruling") => proposed.rulings += 1,
            Some("outcome") => proposed.outcomes += 1,
            Some("started") => {
                let records = value["records"].as_u64().and_then(|records| usize::try_from(records).ok());
                proposed.started = records.ok_or_else(|| wrong(path, i, "no `records`"))?;
            }
            Some("began_anew") => {
                let of = value["set_aside"].as_str().zip(value["why"].as_str());
                let (into, why) = of.ok_or_else(|| wrong(path, i, "no `set_aside` or `why`"))?;
                proposed
                    .began_anew
                    .push(format!("the gate began anew, and what was before is in {into} ({why})"));
            }
            Some(_) => {}
            None => return Err(wrong(path, i, "no `what`")),
        }
    }
    Ok(proposed)
}

/// A key as it is written: `INCIDENT.STEP.ATTEMPT`.
#[must_use]
pub fn read_key(text: &str) -> Option<Key> {
    let mut parts = text.split('.');
    let key = Key {
        incident: parts.next()?.parse().ok()?,
        step: parts.next()?.parse().ok()?,
        attempt: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(key)
}
