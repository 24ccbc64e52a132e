//! The log of proposals: who said what, what was ruled, who agreed, what came of it. One line of JSON each, beside the machine's journal.

use crate::confidence::{ConfidenceRecord, Stated};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

/// A file of lines of JSON, each on the medium before anything follows from it; or nothing, for simulations.
#[derive(Debug)]
pub struct ProposalLog {
    file: Option<File>,
    next: u64,
}

/// Lines longer than this are not of this log.
const LONGEST: u64 = 64 * 1024;

impl ProposalLog {
    /// One that writes nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { file: None, next: 1 }
    }

    /// Opens or creates it, and reads what of it must not be forgotten: the number of the last proposal, and what came of
    /// stated confidence. An unfinished last line is cut off.
    ///
    /// # Errors
    /// If the file cannot be read or written, or a line of it is not of this log.
    pub fn open(path: &Path) -> io::Result<(Self, ConfidenceRecord)> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let (mut last, mut whole, mut confidence) = (0, 0, ConfidenceRecord::new());
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            let read = io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line)?;
            if read == 0 || line.last() != Some(&b'\n') && (read as u64) < LONGEST {
                break;
            }
            let wrong =
                |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {what}"));
            let value: Value = serde_json::from_slice(&line).map_err(|why| wrong(why.to_string()))?;
            whole += read as u64;
            last = last.max(value["proposal"].as_u64().unwrap_or(0));
            if let (Some("outcome"), Some(stated), Some(helped)) =
                (value["what"].as_str(), value["confidence"].as_f64(), value["helped"].as_bool())
            {
                confidence.add(Stated { confidence: stated, helped });
            }
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        Ok((Self { file: Some(file), next: last + 1 }, confidence))
    }

    /// The number of the next proposal.
    pub fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// Writes a line: when, what, and what else there is to say, an object.
    ///
    /// # Errors
    /// If it cannot be written or is not sure to survive.
    pub fn write(&mut self, at: evenkeel::Timestamp, what: &str, more: Value) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = json!({ "at": at.to_string(), "what": what });
        if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
            line.extend(more);
        }
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    }
}
