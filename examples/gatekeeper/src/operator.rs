//! The operator's channel: HTTP on loopback, with a token from a file that only its owner can read. No tool
//! of an agent leads here.

use crate::audit::read_key;
use crate::server::Shared;
use crate::text::{one_line, says_something};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The file, in the folder of the gate, that says where the channel is and holds its token.
const FILE: &str = "operator.json";
/// The largest body of a request, in bytes.
const LARGEST: usize = 4_096;
/// The longest stretch of time that can be asked for at once, in seconds.
const LONGEST: u64 = 3_600;

#[derive(Debug)]
struct Channel {
    shared: Arc<Shared>,
    token: String,
}

type Answer = Result<String, (StatusCode, String)>;

/// A fresh token, 256 bits in hexadecimal.
pub(crate) fn fresh_token() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes down where the channel is, readable by the owner alone.
pub(crate) fn write_access(folder: &Path, address: SocketAddr, token: &str) -> io::Result<()> {
    let path = folder.join(FILE);
    match std::fs::remove_file(&path) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let text = json!({ "address": address.to_string(), "token": token, "pid": std::process::id() });
    options.open(path)?.write_all(format!("{text}\n").as_bytes())
}

/// What answers on the channel.
pub(crate) fn router(shared: Arc<Shared>, token: String) -> Router {
    let channel = Arc::new(Channel { shared, token });
    Router::new()
        .route("/pending", get(pending))
        .route("/answer", post(answer))
        .route("/halt", post(halt))
        .route("/advance", post(advance))
        .layer(axum::extract::DefaultBodyLimit::max(LARGEST))
        .with_state(channel)
}

impl Channel {
    /// Compares without telling by the time it takes where they differ.
    fn check(&self, headers: &HeaderMap) -> Result<(), (StatusCode, String)> {
        let given =
            headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        let given = given.unwrap_or_default();
        let token = self.token.as_bytes();
        let differs =
            given.iter().zip(token).fold(given.len() ^ token.len(), |d, (a, b)| d | usize::from(a ^ b));
        if differs == 0 {
            Ok(())
        } else {
            Err((StatusCode::UNAUTHORIZED, "the token does not fit\n".to_string()))
        }
    }

    async fn with_gate<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut crate::Gate) -> io::Result<T> + Send + 'static,
    ) -> Result<T, (StatusCode, String)> {
        let wrong = |status, why: String| (status, format!("{why}\n"));
        let done = self.shared.with_gate(move |gate, _| act(gate)).await;
        let done = done.map_err(|why| wrong(StatusCode::INTERNAL_SERVER_ERROR, why))?;
        done.map_err(|why| match why.kind() {
            io::ErrorKind::NotFound => wrong(StatusCode::NOT_FOUND, why.to_string()),
            _ => wrong(StatusCode::INTERNAL_SERVER_ERROR, why.to_string()),
        })
    }
}

fn read(body: &Bytes) -> Result<Value, (StatusCode, String)> {
    serde_json::from_slice(body).map_err(|why| (StatusCode::BAD_REQUEST, format!("{why}\n")))
}

fn name(value: &Value) -> Result<String, (StatusCode, String)> {
    let by = value["by"].as_str().filter(|by| says_something(by)).map(|by| one_line(by, 60));
    by.ok_or_else(|| (StatusCode::BAD_REQUEST, "`by` must be the name of a person\n".to_string()))
}

async fn pending(State(channel): State<Arc<Channel>>, headers: HeaderMap) -> Answer {
    channel.check(&headers)?;
    let all = channel.with_gate(|gate| Ok(gate.pending())).await?;
    let describe = |p: &crate::Pending| {
        let (reason, confidence) = p.said.clone().map_or((None, None), |(why, sure)| (Some(why), Some(sure)));
        json!({
            "key": p.key.to_string(), "proposal": p.proposal, "action": p.action, "confidence": confidence,
            "reason": reason, "ruling": p.ruling, "since": p.since.to_string(),
        })
    };
    Ok(format!("{}\n", Value::Array(all.iter().map(describe).collect())))
}

async fn answer(State(channel): State<Arc<Channel>>, headers: HeaderMap, body: Bytes) -> Answer {
    channel.check(&headers)?;
    let value = read(&body)?;
    let by = name(&value)?;
    let key = value["key"].as_str().and_then(read_key);
    let key = key
        .ok_or_else(|| (StatusCode::BAD_REQUEST, "`key` must be a key that is asked about\n".to_string()))?;
    let agrees = value["agrees"].as_bool();
    let agrees =
        agrees.ok_or_else(|| (StatusCode::BAD_REQUEST, "`agrees` must be true or false\n".to_string()))?;
    channel.with_gate(move |gate| gate.answer(key, &by, agrees)).await?;
    Ok(format!("{} {key}\n", if agrees { "agreed to" } else { "declined" }))
}

async fn halt(State(channel): State<Arc<Channel>>, headers: HeaderMap, body: Bytes) -> Answer {
    channel.check(&headers)?;
    let value = read(&body)?;
    let by = name(&value)?;
    let halted = value["halted"].as_bool();
    let halted =
        halted.ok_or_else(|| (StatusCode::BAD_REQUEST, "`halted` must be true or false\n".to_string()))?;
    channel.with_gate(move |gate| gate.halt(&by, halted)).await?;
    Ok(format!("{}\n", if halted { "halted" } else { "resumed" }))
}

/// Lets the world's time pass, where it does not pass by itself.
async fn advance(State(channel): State<Arc<Channel>>, headers: HeaderMap, body: Bytes) -> Answer {
    channel.check(&headers)?;
    if channel.shared.speed > 0.0 {
        return Err((StatusCode::CONFLICT, "time passes by itself: this is for `--speed 0`\n".to_string()));
    }
    let seconds = read(&body)?["seconds"].as_u64().filter(|seconds| (1..=LONGEST).contains(seconds));
    let seconds = seconds
        .ok_or_else(|| (StatusCode::BAD_REQUEST, format!("`seconds` must be from 1 to {LONGEST}\n")))?;
    channel.with_gate(move |gate| (0..seconds).try_for_each(|_| gate.tick())).await?;
    Ok(format!("{seconds} s passed\n"))
}

/// Asks the channel of a running gate, as its operator: `body` is sent if there is one. Gives the answer's
/// text.
///
/// # Errors
/// If there is no such gate, or it answers that something is wrong.
pub fn ask(folder: &Path, path: &str, body: Option<&Value>) -> io::Result<String> {
    let access: Value = serde_json::from_str(&std::fs::read_to_string(folder.join(FILE))?)?;
    let broken = || io::Error::new(io::ErrorKind::InvalidData, format!("{FILE} is not of a gate"));
    let address: SocketAddr = access["address"].as_str().and_then(|a| a.parse().ok()).ok_or_else(broken)?;
    let token = access["token"].as_str().ok_or_else(broken)?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    let (method, body) = body.map_or(("GET", String::new()), |body| ("POST", body.to_string()));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut text = String::new();
    stream.take(1 << 20).read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split_whitespace().nth(1).unwrap_or("");
    if status == "200" {
        Ok(body.to_string())
    } else {
        Err(io::Error::other(format!("{status}: {}", body.trim())))
    }
}
