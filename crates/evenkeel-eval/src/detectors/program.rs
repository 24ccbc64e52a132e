//! A detector that is a program of its own.

use super::usage::{self, Usage};
use crate::Cost;
use crate::failure::Failure;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A detector that is a program of its own, in any language. The shell starts it once for each series. It
/// reads one row a line from its standard input: the values of the columns, separated by commas, `NaN` for a
/// missing one. It answers each row with one line on its standard output, a score of at least 0, larger =
/// more abnormal. The next row is given only after the answer, so it cannot know what comes. An empty line or
/// `NaN` means that it has nothing to say, and the last score stands. Where a format has a history, its rows
/// come first, in the same way.
///
/// The whole of a detector in Python:
///
/// ```text
/// import sys
/// last = None
/// for line in sys.stdin:
///     value = float(line)
///     print(0 if last is None else abs(value - last), flush=True)  # each line at once
///     last = value
/// ```
///
/// A program that ends early, answers with anything but a number, answers before it is asked, or takes too
/// long is stopped. It is then left out of that case, and the reason includes the last line that it wrote to
/// its standard error.
///
/// ```no_run
/// use evenkeel_eval::{Contest, detectors::Program};
///
/// let result = Contest::new("nab", "nab")?.program("mine", Program::new("python3 mine.py")).run()?;
/// print!("{}", result.table());
/// # Ok::<(), evenkeel_eval::Failure>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    command: String,
    patience: Duration,
}

/// How long an answer may take: also that to the first row, before which an interpreter loads its libraries.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest line that is taken for a score, in bytes.
const LONGEST: u64 = 1_000;
/// How much of the standard error is kept, in bytes.
const COMPLAINT: usize = 400;
/// How long a program may take to end after its input has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Program {
    /// A program by its command, which the shell runs.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), patience: PATIENCE }
    }

    /// Waits so long for an answer instead of a minute.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The command.
    #[must_use]
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Starts it for a series.
    pub(super) fn start(&self) -> Result<Session, Failure> {
        let mut command = shell(&self.command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().map_err(|why| Failure::new(format!("cannot start `{}`: {why}", self.command)))?;
        let missing = || Failure::new(format!("`{}` has no pipes", self.command));
        let (input, output, complaints) = (
            child.stdin.take().ok_or_else(missing)?,
            child.stdout.take().ok_or_else(missing)?,
            child.stderr.take().ok_or_else(missing)?,
        );
        // Each pipe has a thread of its own, so that nothing here ever waits for a pipe: neither a program
        // that does not read nor one that writes without end holds anything up. The threads are not joined:
        // they end with their pipes, which something that the program started may keep open.
        let (rows, given) = channel::<String>();
        thread::spawn(move || write_rows(input, &given));
        let (answer, answers) = sync_channel(1);
        thread::spawn(move || read_answers(output, &answer));
        let complaint = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&complaint);
        let listener = thread::spawn(move || keep_last(complaints, &kept));
        let patience = self.patience;
        let (started, spent) = (Instant::now(), Spent::default());
        Ok(Session {
            child,
            rows: Some(rows),
            answers,
            complaint,
            listener,
            patience,
            row: 0,
            started,
            spent,
        })
    }
}

/// A command of the shell, in a group of processes of its own so that all of it can be stopped.
fn shell(command: &str) -> Command {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).process_group(0);
        shell
    }
    #[cfg(not(unix))]
    {
        let mut shell = Command::new("cmd");
        shell.arg("/C").arg(command);
        shell
    }
}

fn write_rows(mut input: impl Write, rows: &Receiver<String>) {
    while let Ok(row) = rows.recv() {
        // One that reads no more has ended or will be found silent.
        if input.write_all(row.as_bytes()).and_then(|()| input.flush()).is_err() {
            return;
        }
    }
}

fn read_answers(output: impl Read, answers: &SyncSender<String>) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        match output.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(1..) => {}
            _ => return,
        }
        if answers.send(String::from_utf8_lossy(&line).trim().to_owned()).is_err() {
            return;
        }
    }
}

fn keep_last(mut complaints: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut part = [0; 1_024];
    while let Ok(n @ 1..) = complaints.read(&mut part) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(&part[..n]);
        let surplus = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..surplus);
    }
}

/// A program that is running.
pub(super) struct Session {
    child: Child,
    rows: Option<Sender<String>>,
    answers: Receiver<String>,
    complaint: Arc<Mutex<Vec<u8>>>,
    listener: thread::JoinHandle<()>,
    patience: Duration,
    row: usize,
    started: Instant,
    spent: Spent,
}

/// What a program has taken so far.
#[derive(Default)]
struct Spent {
    /// Until its first answer, and for the answers after it.
    starting: Duration,
    answering: Duration,
    /// After its first answer, and the last time it was looked at.
    first: Option<Usage>,
    last: Option<Usage>,
    /// The most memory that its processes had.
    peak: u64,
}

impl Session {
    /// The score of a row; `None` if the program gives none.
    pub(super) fn score(&mut self, row: &[f64]) -> Result<Option<f64>, Failure> {
        if let Ok(early) = self.answers.try_recv() {
            return Err(self.failure(&format!("answered {early:?} before it was given")));
        }
        let given = Instant::now();
        let fields: Vec<String> = row.iter().map(f64::to_string).collect();
        if let Some(rows) = &self.rows {
            // If the thread that writes has ended, so has the program, which the answer that does not come
            // will tell.
            let _ = rows.send(format!("{}\n", fields.join(",")));
        }
        let answer = match self.answers.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                let waited = self.patience.as_secs_f64();
                return Err(self.failure(&format!("got no answer within {waited} s")));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.status();
                return Err(self.failure(&format!("got no answer: the program ended{status}")));
            }
        };
        self.row += 1;
        match self.row {
            1 => self.spent.starting = self.started.elapsed(),
            _ => self.spent.answering += given.elapsed(),
        }
        // Seldom, as it takes longer than many a row.
        if self.row.is_power_of_two() {
            self.look();
        }
        if answer.is_empty() {
            return Ok(None);
        }
        match answer.parse::<f64>() {
            Ok(score) if score.is_infinite() => {
                self.row -= 1;
                Err(self.failure("got an infinite score"))
            }
            Ok(score) => Ok(Some(score).filter(|score| !score.is_nan())),
            Err(_) => {
                self.row -= 1;
                let start: String = answer.chars().take(60).collect();
                Err(self.failure(&format!("got {start:?}, which is no number")))
            }
        }
    }

    /// Looks at what its processes use.
    fn look(&mut self) {
        // Elsewhere it is no group of its own.
        if !cfg!(unix) {
            return;
        }
        let Some(usage) = usage::of_group(self.child.id()) else { return };
        self.spent.first.get_or_insert(usage);
        self.spent.last = Some(usage);
        self.spent.peak = self.spent.peak.max(usage.peak);
    }

    /// What it has cost so far.
    pub(super) fn cost(&mut self) -> Cost {
        self.look();
        let Spent { starting, answering, first, last, peak } = self.spent;
        let rows = self.row.saturating_sub(1);
        let micros = |seconds: f64| 1e6 * seconds / rows.max(1) as f64;
        Cost {
            rows,
            microseconds_per_row: micros(answering.as_secs_f64()),
            processor_microseconds_per_row: first
                .zip(last)
                .map(|(first, last)| micros(last.processor - first.processor)),
            seconds_to_start: Some(starting.as_secs_f64()),
            peak_bytes: Some(peak).filter(|peak| *peak > 0),
        }
    }

    /// With which status it ended, as far as that is known soon.
    fn status(&mut self) -> String {
        let deadline = Instant::now() + LAST_WORDS;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return format!(" ({status})"),
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
                _ => return String::new(),
            }
        }
    }

    /// What went wrong at the present row.
    fn failure(&mut self, what: &str) -> Failure {
        // What it complained about may still be on its way; of one that has ended, all of it comes.
        let has_ended = matches!(self.child.try_wait(), Ok(Some(_)));
        let wait = if has_ended { LAST_WORDS } else { Duration::from_millis(20) };
        let deadline = Instant::now() + wait;
        while !self.listener.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        let kept = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept);
        let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
        let last = last.map_or(String::new(), |line| format!("; it said: {line}"));
        Failure::new(format!("row {} {what}{last}", self.row + 1))
    }

    /// Stops it, and whatever it has started.
    fn stop(&mut self) {
        #[cfg(unix)]
        {
            let group = format!("-{}", self.child.id());
            let mut kill = Command::new("kill");
            kill.args(["-KILL", "--", &group]).stdout(Stdio::null()).stderr(Stdio::null());
            // Where there is no such command, the program itself is stopped at least.
            let _ = kill.status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its input ends; one that keeps to the contract ends with it.
        self.rows = None;
        if self.status().is_empty() {
            self.stop();
        }
    }
}
