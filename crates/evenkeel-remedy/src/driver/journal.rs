//! The journal: a write-ahead log in a file.

use crate::driver::log::Log;
use crate::machine::Record;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A log in a file: a line a record, `CHECKSUM SPACE JSON NEWLINE`, where the checksum is the CRC-32 (IEEE)
/// of the JSON as eight hexadecimal digits.
///
/// [`sync`](Log::sync) returns once the system says that the data are on the medium. After an error of either
/// nothing more is appended, and both fail, until it is opened anew: what a failed write left, and what a
/// failed sync lost, is known only by reading.
///
/// When it is opened, what a write left unfinished is found and reported; every whole record is read:
///
/// - A last line without its newline is of a record that nobody was told was durable: it is cut off
///   ([`torn`](Self::torn)).
/// - What stands before the record that is next in order, on the same line or on lines of its own, is of a
///   write that failed and was made again: it is passed over ([`dropped`](Self::dropped)) and stays in the
///   file.
///
/// Anything else that does not fit (a number that is missing, a version, a last line that is whole and wrong)
/// is an error that names the line, and nothing is changed: forgetting an intent is worse than not starting.
/// The file is locked: a second journal on it is refused while the first lives. Its folder is synced as well,
/// so that a new file's name survives.
pub struct Journal<V> {
    file: File,
    next: u64,
    torn: u64,
    dropped: u64,
    /// What went wrong, if anything did.
    broken: Option<String>,
    records: PhantomData<fn(V)>,
}

impl<V> fmt::Debug for Journal<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("next", &self.next)
            .field("torn", &self.torn)
            .field("dropped", &self.dropped)
            .field("broken", &self.broken)
            .finish_non_exhaustive()
    }
}

/// Why a journal cannot be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum JournalError {
    /// The file cannot be read, written or locked.
    Io(io::Error),
    /// A line is not what was written.
    Corrupt {
        /// The number of the line, from 1.
        line: usize,
        /// Where it begins, in bytes.
        offset: u64,
        /// What is wrong with it.
        what: String,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(why) => write!(f, "{why}"),
            Self::Corrupt { line, offset, what } => {
                write!(f, "line {line} (byte {offset}) is corrupt: {what}")
            }
        }
    }
}

impl core::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io(why) => Some(why),
            Self::Corrupt { .. } => None,
        }
    }
}

impl From<io::Error> for JournalError {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

impl<V: DeserializeOwned> Journal<V> {
    /// Opens or creates a journal and reads what is in it, for
    /// [`Remediator::recover`](crate::machine::Remediator::recover).
    ///
    /// Memory is O(size of the file).
    ///
    /// # Errors
    /// If the file cannot be opened, read or locked, or a record is corrupt or missing, other than a torn
    /// last one.
    pub fn open(path: impl AsRef<Path>) -> Result<(Self, Vec<Record<V>>), JournalError> {
        let path = path.as_ref();
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.try_lock().map_err(|why| match why {
            TryLockError::WouldBlock => {
                let what = format!("{} is locked: another journal has it open", path.display());
                io::Error::new(io::ErrorKind::WouldBlock, what)
            }
            TryLockError::Error(why) => why,
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let mut records: Vec<Record<V>> = Vec::new();
        let (mut offset, mut dropped) = (0, 0);
        // The first line that is not what was written, until the record is found that is next.
        let mut odd: Option<JournalError> = None;
        let mut last: &[u8] = &[];
        for (i, line) in bytes[..whole].split_inclusive(|b| *b == b'\n').enumerate() {
            let expected = records.len() as u64;
            let text = &line[..line.len() - 1];
            match find_record(text, expected) {
                Ok((before, record)) if record.sequence() == expected => {
                    dropped += before as u64;
                    (odd, last) = (None, &text[before..]);
                    records.push(record);
                }
                // The last one once more: all of it but its newline had been written when the write failed.
                Ok((before, _)) if text[before..] == *last => {
                    dropped += line.len() as u64;
                    odd = None;
                }
                Ok((_, record)) => {
                    let what = format!("number {}, expected {expected}", record.sequence());
                    odd.get_or_insert(JournalError::Corrupt { line: i + 1, offset, what });
                }
                Err(what) => {
                    dropped += line.len() as u64;
                    odd.get_or_insert(JournalError::Corrupt { line: i + 1, offset, what });
                }
            }
            offset += line.len() as u64;
        }
        if let Some(odd) = odd {
            return Err(odd);
        }
        let torn = (bytes.len() - whole) as u64;
        if torn > 0 {
            file.set_len(offset)?;
        }
        file.seek(SeekFrom::Start(offset))?;
        file.sync_all()?;
        // The name of a new file has to survive as well.
        let folder = path.parent().map(|p| if p.as_os_str().is_empty() { Path::new(".") } else { p });
        if let Some(folder) = folder {
            File::open(folder)?.sync_all()?;
        }
        let next = records.len() as u64;
        Ok((Self { file, next, torn, dropped, broken: None, records: PhantomData }, records))
    }
}

impl<V> Journal<V> {
    /// How many bytes of a torn last record were cut off when it was opened.
    #[must_use]
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// How many bytes of failed writes stand between the records, which were passed over when it was opened.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Why nothing more is appended until it is opened anew, if that is so.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    fn check(&self) -> io::Result<()> {
        match &self.broken {
            Some(why) => {
                Err(io::Error::other(format!("the journal failed before and has to be opened anew: {why}")))
            }
            None => Ok(()),
        }
    }

    /// Does what may fail, and never again if it did.
    fn attempt(&mut self, act: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
        self.check()?;
        act(&mut self.file).inspect_err(|why| self.broken = Some(why.to_string()))
    }
}

/// The record in a line, after so many bytes of a write that failed. Those of a whole record can't be
/// mistaken for that: what follows it has another number.
fn find_record<V: DeserializeOwned>(line: &[u8], expected: u64) -> Result<(usize, Record<V>), String> {
    let what = match read_line(line) {
        Ok(record) => return Ok((0, record)),
        Err(what) => what,
    };
    // Where a record may begin: after eight digits and a space there is a brace.
    let starts = (1..line.len().saturating_sub(9)).filter(|i| {
        line[*i + 8] == b' ' && line[*i + 9] == b'{' && line[*i..*i + 8].iter().all(u8::is_ascii_hexdigit)
    });
    for start in starts {
        if let Ok(record) = read_line::<V>(&line[start..])
            && (record.sequence() == expected || Some(record.sequence()) == expected.checked_sub(1))
        {
            return Ok((start, record));
        }
    }
    Err(what)
}

fn read_line<V: DeserializeOwned>(line: &[u8]) -> Result<Record<V>, String> {
    let short = || "shorter than a checksum".to_string();
    let (sum, rest) = line.split_at_checked(8).ok_or_else(short)?;
    let json = rest.strip_prefix(b" ").ok_or_else(|| "no space after the checksum".to_string())?;
    let sum = core::str::from_utf8(sum).ok().and_then(|text| u32::from_str_radix(text, 16).ok());
    let found = crc32(json);
    match sum {
        None => Err("no checksum".to_string()),
        Some(sum) if sum != found => Err(format!("checksum {sum:08x} of what has {found:08x}")),
        Some(_) => serde_json::from_slice(json).map_err(|why| why.to_string()),
    }
}

impl<V: Serialize + Clone> Log<V> for Journal<V> {
    fn append(&mut self, record: &Record<V>) -> io::Result<()> {
        self.check()?;
        if record.sequence() != self.next {
            let what = format!("record {} where {} is next", record.sequence(), self.next);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let json = serde_json::to_string(record).map_err(io::Error::other)?;
        let line = format!("{:08x} {json}\n", crc32(json.as_bytes()));
        self.attempt(|file| file.write_all(line.as_bytes()))?;
        self.next += 1;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.attempt(|file| file.sync_data())
    }
}

/// CRC-32 of IEEE 802.3 (reflected, polynomial 0xEDB88320), half a byte at a time.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            let mut crc = i as u32;
            let mut bit = 0;
            while bit < 4 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
                bit += 1;
            }
            table[i] = crc;
            i += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |mut crc, byte| {
        crc ^= u32::from(*byte);
        crc = (crc >> 4) ^ TABLE[(crc & 15) as usize];
        (crc >> 4) ^ TABLE[(crc & 15) as usize]
    })
}
