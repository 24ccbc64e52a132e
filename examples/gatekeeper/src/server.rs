//! The server: the gate behind a lock, time that passes, MCP over stdio or loopback HTTP, and the operator's
//! channel.

use crate::gate::Gate;
use crate::http_errors::name_errors;
use crate::line_transport::LineTransport;
use crate::mcp::McpServer;
use crate::operator::{fresh_token, router, write_access};
use crate::tools::{Answer, ToolError};
use rmcp::ServiceExt;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;

/// How many calls are answered at once at most.
const CALLS: usize = 64;
/// The longest message that is read, in bytes: a proposal is shorter than 4 KiB.
const LONGEST: usize = 64 * 1024;

/// What all parts of the server share.
#[derive(Debug)]
pub(crate) struct Shared {
    gate: Mutex<Gate>,
    started: Instant,
    pub(crate) calls: Semaphore,
    /// Held while an answer is made.
    making: tokio::sync::Mutex<()>,
    pub(crate) speed: f64,
}

impl Shared {
    /// Does something with the gate on a thread that may wait for the disk; with how long the server runs.
    pub(crate) async fn with_gate<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Gate, Duration) -> T + Send + 'static,
    ) -> Result<T, String> {
        let shared = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            // What panicked may have left the gate half way: then nothing more is done.
            let gate = shared.gate.lock();
            let mut gate = gate.map_err(|_| "the gate failed before; start it again".to_string())?;
            Ok(act(&mut gate, shared.started.elapsed()))
        });
        done.await.map_err(|why| why.to_string())?
    }
}

impl Shared {
    /// Makes an answer on a thread of its own, without the gate.
    pub(crate) async fn finish(&self, begun: Answer) -> Result<Result<String, ToolError>, String> {
        let _turn = self.making.lock().await;
        tokio::task::spawn_blocking(move || begun.finish()).await.map_err(|why| why.to_string())
    }
}

/// How to serve.
#[derive(Debug)]
#[non_exhaustive]
pub struct Serving {
    /// What listens for MCP over HTTP, on loopback; `None` is stdio.
    pub http: Option<std::net::TcpListener>,
    /// How many seconds of the world pass in a second; 0: none, but when the operator says so.
    pub speed: f64,
}

impl Serving {
    /// Over stdio, in real time.
    #[must_use]
    pub fn new() -> Self {
        Self { http: None, speed: 1.0 }
    }
}

impl Default for Serving {
    fn default() -> Self {
        Self::new()
    }
}

/// Serves a gate whose files are in a folder until the client leaves (stdio), or for ever (HTTP). `ready` is
/// told once where MCP is served, if over HTTP, and where the operator's channel is.
///
/// # Errors
/// If HTTP is not on loopback, the speed is not from 0 to 1,000, a port cannot be had, or the journal fails.
pub async fn serve(
    gate: Gate,
    folder: &Path,
    how: Serving,
    ready: impl FnOnce(Option<SocketAddr>, SocketAddr),
) -> io::Result<()> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidInput, why);
    if !(0.0..=1_000.0).contains(&how.speed) {
        return Err(invalid(format!("the speed must be from 0 to 1000, was {}", how.speed)));
    }
    let http_at = how.http.as_ref().map(std::net::TcpListener::local_addr).transpose()?;
    if let Some(address) = http_at.filter(|address| !address.ip().is_loopback()) {
        return Err(invalid(format!("{address} is not on loopback: the gate has no way to know who calls")));
    }
    let listen = |listener: std::net::TcpListener| {
        listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener))
    };
    let http = how.http.map(listen).transpose()?;
    let calls = Semaphore::new(CALLS);
    let shared = Arc::new(Shared {
        gate: Mutex::new(gate),
        started: Instant::now(),
        calls,
        making: tokio::sync::Mutex::new(()),
        speed: how.speed,
    });
    let operator = TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await?;
    let (operator_at, token) = (operator.local_addr()?, fresh_token()?);
    write_access(folder, operator_at, &token)?;
    let channel = axum::serve(operator, router(Arc::clone(&shared), token));
    let server = McpServer::new(Arc::clone(&shared));
    ready(http_at, operator_at);
    let serve_mcp = async {
        match http {
            Some(listener) => serve_http(server, listener).await,
            None => serve_stdio(server).await,
        }
    };
    tokio::select! {
        done = serve_mcp => done,
        done = channel.into_future() => done,
        done = pass_time(&shared) => done,
    }
}

/// Seconds of the world, at its speed. What a busy computer misses is made up for, a minute of the world at a
/// time.
async fn pass_time(shared: &Arc<Shared>) -> io::Result<()> {
    if shared.speed == 0.0 {
        return std::future::pending().await;
    }
    let mut interval = tokio::time::interval(Duration::from_millis(100));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut passed, mut last) = (0.0_f64, Instant::now());
    loop {
        interval.tick().await;
        let now = Instant::now();
        passed = (passed + shared.speed * now.duration_since(last).as_secs_f64()).min(60.0);
        last = now;
        while passed >= 1.0 {
            passed -= 1.0;
            shared.with_gate(|gate, _| gate.tick()).await.map_err(io::Error::other)??;
        }
    }
}

async fn serve_stdio(server: McpServer) -> io::Result<()> {
    let (read, write) = rmcp::transport::io::stdio_pipes();
    let transport = LineTransport::new(read, write, LONGEST);
    let running = server.serve(transport).await.map_err(io::Error::other)?;
    running.waiting().await.map_err(io::Error::other)?;
    Ok(())
}

/// Without sessions, so that nothing is kept of whoever calls; only for hosts, and pages of origins, that are
/// on loopback.
async fn serve_http(server: McpServer, listener: TcpListener) -> io::Result<()> {
    let settings = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(LONGEST)
        .enforce_origin_validation();
    let make = move || Ok(server.clone());
    let service = StreamableHttpService::new(make, Arc::new(NeverSessionManager::default()), settings);
    let router = axum::Router::new()
        .nest_service("/mcp", service)
        .layer(axum::middleware::from_fn(name_errors))
        .layer(axum::extract::DefaultBodyLimit::max(LONGEST));
    axum::serve(listener, router).await
}
