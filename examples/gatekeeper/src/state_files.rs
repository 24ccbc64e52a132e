//! The files of a gate in its folder: the journal, the log of proposals, the notes of the world. They vouch for
//! each other, so a gate goes on only where they fit together; else it says what is wrong, and changes nothing.

use crate::audit::{Audit, read_proposals, read_world};
use crate::private_file::{new_private_folder, private, private_folder};
use crate::proposal_log::{ProposalLog, Remembered};
use evenkeel::remedy::driver::{Journal, JournalError};
use evenkeel::remedy::machine::Record;
use evenkeel::remedy::verb::StandardVerb;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub(crate) const JOURNAL: &str = "journal";
pub(crate) const PROPOSALS: &str = "proposals.jsonl";
pub(crate) const WORLD: &str = "world.jsonl";

/// The files, open, and what was read of them.
pub(crate) struct StateFiles {
    pub(crate) journal: Journal<StandardVerb>,
    pub(crate) records: Vec<Record<StandardVerb>>,
    pub(crate) log: ProposalLog,
    pub(crate) remembered: Remembered,
    pub(crate) notes: File,
    /// What was set aside, and why, if anything was.
    pub(crate) set_aside: Option<SetAside>,
}

/// Files that did not fit together, and were set aside.
pub(crate) struct SetAside {
    /// The name of the folder that they are in now, within that of the gate.
    pub(crate) into: String,
    /// What was wrong with them.
    pub(crate) why: String,
}

/// Why files are not gone on with.
enum Trouble {
    /// They cannot be read or written now.
    Io(io::Error),
    /// They are not what was written.
    Unfit(String),
}

impl From<io::Error> for Trouble {
    fn from(why: io::Error) -> Self {
        match why.kind() {
            io::ErrorKind::InvalidData => Self::Unfit(why.to_string()),
            _ => Self::Io(why),
        }
    }
}

fn in_folder(folder: &Path, why: &io::Error) -> io::Error {
    if why.kind() == io::ErrorKind::AlreadyExists {
        let what = format!("{} is no folder; a gate needs one for its files", folder.display());
        return io::Error::new(io::ErrorKind::NotADirectory, what);
    }
    io::Error::new(why.kind(), format!("the folder {}: {why}", folder.display()))
}

impl StateFiles {
    /// Opens them, or makes them where there are none.
    ///
    /// # Errors
    /// If they cannot be read or written, another gate has them, or they do not fit together. With
    /// `begin_anew` the last is no error: they are set aside, and new ones are made.
    pub(crate) fn open(folder: &Path, begin_anew: bool) -> io::Result<Self> {
        private_folder(folder).map_err(|why| in_folder(folder, &why))?;
        let why = match Self::try_open(folder) {
            Ok(files) => return Ok(files),
            Err(Trouble::Io(why)) => return Err(why),
            Err(Trouble::Unfit(why)) => why,
        };
        if !begin_anew {
            let told = format!(
                "the files in {} do not fit together, so the gate does not start: {why}. Nothing was changed. If that is understood, \
                 and they are not to be mended from a copy, start it with --begin-anew: they are set aside, and it begins without them",
                folder.display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, told));
        }
        let into = set_aside(folder)?;
        let mut files = Self::try_open(folder).map_err(|trouble| match trouble {
            Trouble::Io(why) => why,
            Trouble::Unfit(why) => io::Error::new(io::ErrorKind::InvalidData, why),
        })?;
        files.set_aside = Some(SetAside { into, why });
        Ok(files)
    }

    fn try_open(folder: &Path) -> Result<Self, Trouble> {
        let path = |name: &str| folder.join(name);
        if !path(JOURNAL).exists() {
            // To open one that is not there would make an empty one.
            let others = [PROPOSALS, WORLD].into_iter().find(|name| has_something(&path(name)));
            if let Some(other) = others {
                return Err(Trouble::Unfit(format!("the journal is gone, and {other} is there")));
            }
            // For its owner alone, also in a folder that others can read.
            private().append(true).open(path(JOURNAL))?;
        }
        let opened = Journal::open(path(JOURNAL)).map_err(|why| match why {
            JournalError::Io(why) if why.kind() == io::ErrorKind::WouldBlock => {
                let what = format!("another gate runs on {}: its journal is locked", folder.display());
                Trouble::Io(io::Error::new(io::ErrorKind::WouldBlock, what))
            }
            JournalError::Io(why) => {
                let what = format!("{}: {why}", path(JOURNAL).display());
                Trouble::Io(io::Error::new(why.kind(), what))
            }
            why => Trouble::Unfit(format!("the journal: {why}")),
        });
        let (journal, records) = opened?;
        let (told, proposed) = (read_world(&path(WORLD))?, read_proposals(&path(PROPOSALS))?);
        let problems = Audit::compare(&records, &told, Some(&proposed)).problems;
        if let [first, rest @ ..] = problems.as_slice() {
            let more = if rest.is_empty() { String::new() } else { format!(" (and {} more)", rest.len()) };
            return Err(Trouble::Unfit(format!("{first}{more}")));
        }
        let (log, remembered) = ProposalLog::open(&path(PROPOSALS))?;
        let notes = open_notes(&path(WORLD))?;
        Ok(Self { journal, records, log, remembered, notes, set_aside: None })
    }
}

fn has_something(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.len() > 0)
}

/// Opens the notes of the world to be written on. A last line that was not finished is cut off: what it would
/// have noted was not done.
fn open_notes(path: &Path) -> io::Result<File> {
    let mut file = private().read(true).write(true).truncate(false).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |end| end as u64 + 1);
    file.set_len(whole)?;
    file.seek(SeekFrom::Start(whole))?;
    file.flush()?;
    Ok(file)
}

/// Moves the files into a new folder within that of the gate, unless another gate has them. Gives its name.
fn set_aside(folder: &Path) -> io::Result<String> {
    let lock = match OpenOptions::new().read(true).write(true).open(folder.join(JOURNAL)) {
        Ok(journal) => Some(journal),
        Err(why) if why.kind() == io::ErrorKind::NotFound => None,
        Err(why) => return Err(why),
    };
    match lock.as_ref().map(File::try_lock) {
        None | Some(Ok(())) => {}
        Some(Err(TryLockError::WouldBlock)) => {
            let what = format!("another gate runs on {}: its journal is locked", folder.display());
            return Err(io::Error::new(io::ErrorKind::WouldBlock, what));
        }
        Some(Err(TryLockError::Error(why))) => return Err(why),
    }
    let mut number = 1_u32;
    let into = loop {
        let name = format!("before-{number}");
        match new_private_folder(&folder.join(&name)) {
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => number += 1,
            made => break made.map(|()| name)?,
        }
    };
    for name in [JOURNAL, PROPOSALS, WORLD] {
        let (from, to): (PathBuf, PathBuf) = (folder.join(name), folder.join(&into).join(name));
        match std::fs::rename(from, to) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
    }
    Ok(into)
}
