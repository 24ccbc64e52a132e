//! An instance as the parent has it: a child process.

use super::defect::Defect;
use super::node::{ENVIRONMENT, PORT};
use super::settings::Program;
use super::wire::Wire;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const START: Duration = Duration::from_secs(5);
const ASK: Duration = Duration::from_millis(200);

/// A running child process; ended and waited for when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    address: SocketAddr,
    /// Stays open: a program around the instance may have something to say, and would end if nobody could
    /// hear it.
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts an instance and waits until it tells its port.
    pub(super) fn start(program: &Program, name: &str, defect: &Defect) -> io::Result<Self> {
        let path = match &program.path {
            Some(path) => path.clone(),
            None => std::env::current_exe()?,
        };
        // The pipe of standard input is what ends it: it must not be inherited by anybody else, and std's
        // pipes are not.
        let mut child = Command::new(path)
            .args(&program.arguments)
            .env(ENVIRONMENT, format!("{name}|{defect}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (sender, receiver) = mpsc::channel();
        let output = child.stdout.take().map(BufReader::new);
        let reading = thread::spawn(move || {
            let mut output = output?;
            let lines = output.by_ref().lines();
            let port = lines.map_while(Result::ok).find_map(|l| l.strip_prefix(PORT)?.trim().parse().ok());
            let _ = sender.send(port);
            Some(output)
        });
        let port: Option<u16> = receiver.recv_timeout(START).ok().flatten();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or(0)));
        let mut process = Self { child, address, output: None };
        if port.is_none() {
            // Ends the process, and so the reading.
            drop(process);
            let _ = reading.join();
            return Err(io::Error::other(format!("{name} ended before it told its port")));
        }
        process.output = reading.join().ok().flatten();
        Ok(process)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

/// Tells an instance something, and hears that it was understood.
pub(super) fn tell(address: SocketAddr, line: &str) -> io::Result<()> {
    match Wire::ask_once(address, line, ASK)?.as_str() {
        "ok" => Ok(()),
        other => Err(io::Error::other(format!("`{line}`: {other}"))),
    }
}

/// How many requests an instance is handling.
pub(super) fn inflight(address: SocketAddr) -> io::Result<usize> {
    Wire::ask_once(address, "inflight", ASK)?.parse().map_err(io::Error::other)
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
