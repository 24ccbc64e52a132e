//! The log of proposals: who said what, what was ruled, who agreed, what came of it. One line of JSON each,
//! beside the machine's journal.

use crate::confidence::{ConfidenceRecord, Stated};
use crate::private_file::private;
use crate::proposal::{Draft, Fate, Proposal};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

/// A file of lines of JSON, each on the medium before anything follows from it; or nothing, for simulations.
#[derive(Debug)]
pub struct ProposalLog {
    file: Option<File>,
    next: u64,
}

/// What a log remembers of an earlier run.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    /// What was stated, and what came of it.
    pub confidence: ConfidenceRecord,
    /// The last proposal of each incident that had not ended.
    pub open: BTreeMap<u64, Proposal>,
}

/// No gate takes so many proposals.
const MOST_PROPOSALS: u64 = 1 << 53;
/// Lines longer than this are not of this log.
const LONGEST: u64 = 64 * 1024;

impl ProposalLog {
    /// One that writes nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { file: None, next: 1 }
    }

    /// Opens or creates it, and reads what of it must not be forgotten: the number of the last proposal, what
    /// came of stated confidence, and what was proposed for incidents that had not ended. An unfinished last
    /// line is cut off.
    ///
    /// # Errors
    /// If the file cannot be read or written, or a line of it is not of this log.
    pub fn open(path: &Path) -> io::Result<(Self, Remembered)> {
        let mut file = private().read(true).write(true).truncate(false).open(path)?;
        let (mut last, mut whole, mut remembered) = (0, 0, Remembered::default());
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        for line_number in 1_u64.. {
            line.clear();
            let read = io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line)?;
            if read == 0 || line.last() != Some(&b'\n') && (read as u64) < LONGEST {
                break;
            }
            let wrong = |what: String| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("{}, line {line_number}: {what}", path.display()),
                )
            };
            let value: Value = serde_json::from_slice(&line).map_err(|why| wrong(why.to_string()))?;
            whole += read as u64;
            let number = value["proposal"].as_u64().unwrap_or(0);
            if number > MOST_PROPOSALS {
                return Err(wrong(format!("`proposal` is {number}")));
            }
            last = last.max(number);
            remembered
                .take(&value)
                .ok_or_else(|| wrong("a field is missing, or not as it was written".into()))?;
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        Ok((Self { file: Some(file), next: last + 1 }, remembered))
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

impl Remembered {
    /// Takes in a line; `None` if it lacks something.
    fn take(&mut self, line: &Value) -> Option<()> {
        match line["what"].as_str()? {
            "proposed" => {
                let (number, incident) = (line["proposal"].as_u64()?, line["incident"].as_u64()?);
                let at = evenkeel::Timestamp::from_nanos(line["nanos"].as_i64()?);
                let draft = Draft::read(line["arguments"].as_object()?).ok()?;
                let client = line["client"].as_str()?.to_string();
                let fate = Fate::Held { asks: None, why: "from before a restart".into() };
                let proposal = Proposal { number, incident, at, client, draft, fate, undone_by: None };
                self.open.insert(incident, proposal);
            }
            "outcome" => {
                let (confidence, helped) = (line["confidence"].as_f64()?, line["helped"].as_bool()?);
                (0.0..=1.0)
                    .contains(&confidence)
                    .then(|| self.confidence.add(Stated { confidence, helped }))?;
            }
            // What is known is not open; whether it is taken back is for the machine.
            "fate" if line["final"].as_bool()? => {
                let number = line["proposal"].as_u64()?;
                self.open.retain(|_, proposal| proposal.number != number);
            }
            "fate" if line["under_way"].as_bool()? => {
                let number = line["proposal"].as_u64()?;
                let begun = self.open.values_mut().find(|proposal| proposal.number == number);
                begun.into_iter().for_each(|proposal| proposal.fate = Fate::Verifying);
            }
            "closed" => {
                self.open.remove(&line["incident"].as_u64()?);
            }
            _ => {}
        }
        Some(())
    }
}
