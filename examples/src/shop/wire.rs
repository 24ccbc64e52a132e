//! The wire protocol: lines over TCP.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const CONNECT: Duration = Duration::from_millis(200);

/// A connection over which a line is answered by a line.
#[derive(Debug)]
pub(super) struct Wire {
    reader: BufReader<TcpStream>,
}

impl Wire {
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::new(TcpStream::connect_timeout(&address, CONNECT)?)
    }

    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    /// Connects, asks one thing, hangs up.
    pub(super) fn ask_once(address: SocketAddr, line: &str, timeout: Duration) -> io::Result<String> {
        let mut wire = Self::connect(address)?;
        wire.send(line)?;
        wire.receive(Instant::now() + timeout)
    }

    pub(super) fn send(&mut self, line: &str) -> io::Result<()> {
        self.reader.get_mut().write_all(format!("{line}\n").as_bytes())
    }

    /// The next line; an error when the other side has hung up or the deadline is over.
    pub(super) fn receive(&mut self, deadline: Instant) -> io::Result<String> {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.reader.get_ref().set_read_timeout(Some(left))?;
        self.receive_whenever()
    }

    /// The next line, whenever it comes.
    pub(super) fn receive_whenever(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        match line.strip_suffix('\n') {
            Some(text) => Ok(text.to_string()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
