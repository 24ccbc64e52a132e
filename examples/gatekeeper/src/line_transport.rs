//! MCP over a pair of streams, a message a line. Unlike the transport of `rmcp`, it answers lines that are no
//! message, as JSON-RPC 2.0 wants it; that one drops them, and a client waits for ever.

use crate::json_rpc;
use rmcp::RoleServer;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many answers wait for a client that does not read; then nothing more is read from it for a while, and then
/// it is taken to be gone.
const WAITING: usize = 64;

/// How long a client that sends what is no message, or that leaves, has to read what was answered.
const LAST: Duration = Duration::from_secs(5);

/// Reads lines of a bounded length, and writes through a task of its own, so that neither half of a line is
/// lost when the service turns to something else.
#[derive(Debug)]
pub(crate) struct LineTransport<R> {
    read: BufReader<R>,
    longest: usize,
    line: Vec<u8>,
    /// Whether the rest of a line that is too long is being passed over.
    is_skipping: bool,
    /// An answer that still has to be handed to the writer.
    answer: Option<String>,
    out: Option<mpsc::Sender<String>>,
    writer: Option<JoinHandle<io::Result<()>>>,
}

/// What was read.
enum Line {
    Whole,
    TooLong,
    End,
}

impl<R: AsyncRead + Send + Unpin> LineTransport<R> {
    /// Over these streams, with lines of at most so many bytes. Must be called within a runtime.
    pub(crate) fn new(read: R, write: impl AsyncWrite + Send + Unpin + 'static, longest: usize) -> Self {
        let (out, lines) = mpsc::channel(WAITING);
        let writer = Some(tokio::spawn(write_lines(write, lines)));
        let read = BufReader::new(read);
        Self { read, longest, line: Vec::new(), is_skipping: false, answer: None, out: Some(out), writer }
    }

    /// Reads on until a line is whole. What was read of one stays in `line` if this is given up.
    async fn read_line(&mut self) -> io::Result<Line> {
        loop {
            let bytes = self.read.fill_buf().await?;
            if bytes.is_empty() {
                let is_rest = !self.line.is_empty() && !self.is_skipping;
                return Ok(if is_rest { Line::Whole } else { Line::End });
            }
            let end = bytes.iter().position(|b| *b == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            let was_skipping = self.is_skipping;
            if !was_skipping {
                self.is_skipping = self.line.len() + part.len() > self.longest;
                if self.is_skipping { self.line.clear() } else { self.line.extend_from_slice(part) }
            }
            let is_new = self.is_skipping && !was_skipping;
            let taken = part.len() + usize::from(end.is_some());
            self.read.consume(taken);
            let is_whole = end.is_some() && !self.is_skipping;
            if end.is_some() {
                self.is_skipping = false;
            }
            match (is_new, is_whole) {
                (true, _) => return Ok(Line::TooLong),
                (_, true) => return Ok(Line::Whole),
                _ => {}
            }
        }
    }
}

async fn write_lines(
    mut write: impl AsyncWrite + Send + Unpin,
    mut lines: mpsc::Receiver<String>,
) -> io::Result<()> {
    while let Some(line) = lines.recv().await {
        write.write_all(line.as_bytes()).await?;
        write.write_all(b"\n").await?;
        write.flush().await?;
    }
    Ok(())
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the client does not read any more")
}

impl<R: AsyncRead + Send + Unpin> Transport<RoleServer> for LineTransport<R> {
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let (out, text) = (self.out.clone(), serde_json::to_string(&item));
        async move { out.ok_or_else(gone)?.send(text?).await.map_err(|_| gone()) }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if self.answer.is_some() {
                // Room first: if this is given up meanwhile, the answer is still there.
                let room = self.out.as_ref()?.reserve();
                let room = tokio::time::timeout(LAST, room).await.ok()?.ok()?;
                if let Some(answer) = self.answer.take() {
                    room.send(answer);
                }
            }
            match self.read_line().await.ok()? {
                Line::End => return None,
                Line::TooLong => self.answer = Some(json_rpc::too_long(self.longest)),
                Line::Whole => {
                    let read = match self.line.trim_ascii() {
                        [] => Ok(None),
                        line => json_rpc::read(line),
                    };
                    self.line.clear();
                    match read {
                        Ok(Some(message)) => return Some(message),
                        Ok(None) => {}
                        Err(answer) => self.answer = Some(answer),
                    }
                }
            }
        }
    }

    /// What was handed over is written before, unless the client does not read it.
    async fn close(&mut self) -> io::Result<()> {
        self.out = None;
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        if let Ok(written) = tokio::time::timeout(LAST, &mut writer).await {
            return written.map_err(io::Error::other)?;
        }
        writer.abort();
        Err(gone())
    }
}
