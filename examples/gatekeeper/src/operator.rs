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
            "reason": reason, "ruling": p.ruling, "since": p.since.to_string(), "until": p.until.to_string(),
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
/// If there is no such gate, it does not answer, or it answers that something is wrong. The error names the
/// folder, and what to do where that is known.
pub fn ask(folder: &Path, path: &str, body: Option<&Value>) -> io::Result<String> {
    let (name, file) = (folder.display(), folder.join(FILE));
    let because = |why: &io::Error, what: String| io::Error::new(why.kind(), what);
    let text = std::fs::read_to_string(&file).map_err(|why| {
        because(&why, match why.kind() {
            io::ErrorKind::NotFound => format!("no gate was served from {name}: there is no {}; give --state the folder that `gatekeeper serve` was started with", file.display()),
            _ => format!("{}: {why}", file.display()),
        })
    })?;
    let broken = || {
        let what = format!("{} is not what a gate writes; start the gate again", file.display());
        io::Error::new(io::ErrorKind::InvalidData, what)
    };
    let access: Value = serde_json::from_str(&text).map_err(|_| broken())?;
    let address: SocketAddr = access["address"].as_str().and_then(|a| a.parse().ok()).ok_or_else(broken)?;
    let token = access["token"].as_str().ok_or_else(broken)?;
    let silent = |why: io::Error| {
        let what = format!(
            "the gate of {name} does not answer at {address} ({why}): it was stopped, or is about to be; start it with `gatekeeper serve --state {name}`"
        );
        because(&why, what)
    };
    let (head, body) = talk(address, token, path, body).map_err(silent)?;
    match head.split_whitespace().nth(1).unwrap_or("") {
        "200" => Ok(body),
        "401" => Err(io::Error::other(format!(
            "what answers at {address} does not take the token of {}: the gate was stopped; start it with `gatekeeper serve --state {name}`",
            file.display()
        ))),
        "" => Err(io::Error::other(format!("what answers at {address} is no gate"))),
        _ => Err(io::Error::other(body.trim().to_string())),
    }
}

/// One request and its answer: head and body.
fn talk(address: SocketAddr, token: &str, path: &str, body: Option<&Value>) -> io::Result<(String, String)> {
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
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    Ok((head.to_string(), body.to_string()))
}

/// What `/pending` answers, as a table for people.
///
/// # Errors
/// If it is not what a gate answers.
pub fn pending_table(answer: &str) -> io::Result<String> {
    let all: Vec<Value> = serde_json::from_str(answer)?;
    if all.is_empty() {
        return Ok("nothing waits for a person\n".to_string());
    }
    let text = |value: &Value| value.as_str().map_or("-".to_string(), |text| one_line(text, 600));
    let head = ["KEY", "ACTION", "STATED", "ASKED (shop's time)", "TOO LATE AT"].map(str::to_string);
    let row = |p: &Value| {
        let stated = p["confidence"].as_f64().map_or("-".to_string(), |stated| format!("{stated:.2}"));
        [text(&p["key"]), text(&p["action"]), stated, text(&p["since"]), text(&p["until"])]
    };
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(all.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |row: &[String; 5]| {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let mut table = line(&rows[0]);
    for (row, p) in rows[1..].iter().zip(&all) {
        table += &line(row);
        table += &format!("    its reason: {:?}\n    guards: {}\n", text(&p["reason"]), text(&p["ruling"]));
    }
    Ok(table
        + "Answer with `approve KEY --by NAME` or `decline KEY --by NAME`. A reason is an agent's words, and may be false.\n")
}
