//! An executor that runs a program.

use crate::action::Key;
use crate::executor::Permit;
use crate::executor::{Applied, Executor};
use crate::verb::Verb;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

/// An executor that runs a program for every action, and asks it what became of one.
///
/// It runs `program ARGUMENTS… apply KEY TOKEN VERB COMPONENT [INSTANCE]`, where the verb is its `Display` as
/// one argument, and `program ARGUMENTS… probe KEY`. No shell is involved. The exit status says what became
/// of it:
///
/// | status | meaning |
/// | --- | --- |
/// | 0 | done |
/// | 1 | failed; what it changed is not known |
/// | 2 | not done, and never will be: to be answered only if an order that is still under way will be turned down too |
/// | 3 | under way |
/// | anything else, a signal, a time-out | nobody can say |
///
/// The program must do a key at most once, and must turn down a token smaller than one it has seen. A program
/// that takes longer than the time-out (default 30 s) is killed, and what it did is in doubt. What it writes
/// to its standard error, the first 4 KiB, is the reason given; its standard input and output are not
/// connected.
pub struct CommandExecutor<V> {
    program: OsString,
    arguments: Vec<OsString>,
    timeout: Duration,
    verbs: PhantomData<fn(V)>,
}

impl<V> Clone for CommandExecutor<V> {
    fn clone(&self) -> Self {
        let Self { program, arguments, timeout, .. } = self;
        Self { program: program.clone(), arguments: arguments.clone(), timeout: *timeout, verbs: PhantomData }
    }
}

impl<V> fmt::Debug for CommandExecutor<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandExecutor")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// How much of a program's complaint is kept, in bytes.
const COMPLAINT: u64 = 4096;

impl<V> CommandExecutor<V> {
    /// Runs this program.
    pub fn new(program: impl Into<OsString>) -> Self {
        let timeout = Duration::from_secs(30);
        Self { program: program.into(), arguments: Vec::new(), timeout, verbs: PhantomData }
    }

    /// One more argument, before those that say what to do.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// After so long it is killed.
    #[must_use]
    pub fn timeout(mut self, length: Duration) -> Self {
        self.timeout = length;
        self
    }

    fn run(&self, order: &[String]) -> Applied {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(order);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            // It never ran: nothing was done.
            Err(why) => {
                return Applied::Absent { why: format!("{} cannot be run: {why}", self.program.display()) };
            }
        };
        // Read beside waiting: a program that complains at length must not block on a full pipe.
        let complaint = child.stderr.take().map(|pipe| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                let mut pipe = pipe;
                // What cannot be read is not needed: the status decides.
                let _ = pipe.by_ref().take(COMPLAINT).read_to_end(&mut text);
                let _ = std::io::copy(&mut pipe, &mut std::io::sink());
                String::from_utf8_lossy(&text).trim().to_string()
            })
        });
        let Some(status) = self.wait(&mut child) else { return Applied::Unknown };
        let why = || {
            let text = complaint.and_then(|thread| thread.join().ok()).filter(|text| !text.is_empty());
            text.unwrap_or_else(|| format!("{status}"))
        };
        match status.code() {
            Some(0) => Applied::Done,
            Some(1) => Applied::Failed { why: why() },
            Some(2) => Applied::Absent { why: why() },
            Some(3) => Applied::Running,
            _ => Applied::Unknown,
        }
    }

    /// Waits for the end; `None` if it had to be killed or cannot be waited for.
    fn wait(&self, child: &mut Child) -> Option<ExitStatus> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if started.elapsed() < self.timeout => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(50));
                }
                Ok(None) | Err(_) => {
                    // It may have ended in between; either way nobody can say what it did.
                    let _ = child.kill();
                    let _ = child.wait();
                    return None;
                }
            }
        }
    }
}

impl<V: Verb> Executor<V> for CommandExecutor<V> {
    fn apply(&mut self, permit: Permit<V>) -> Applied {
        let action = permit.action();
        let mut order = alloc::vec![
            "apply".to_string(),
            permit.key().to_string(),
            permit.token().to_string(),
            action.verb.to_string(),
            action.target.component.to_string(),
        ];
        order.extend(action.target.instance.as_ref().map(ToString::to_string));
        self.run(&order)
    }

    fn probe(&mut self, key: Key) -> Applied {
        // What could not even be asked is not known: an absence would be final.
        match self.run(&["probe".to_string(), key.to_string()]) {
            Applied::Absent { why } if why.contains("cannot be run") => Applied::Unknown,
            answer => answer,
        }
    }
}
