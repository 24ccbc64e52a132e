//! What is no message is answered all the same, over either transport: as JSON-RPC 2.0 has it, with what HTTP
//! has for it.

#![expect(clippy::disallowed_types, reason = "the tests start the gate; the gate starts nothing")]

use crate::folder::Folder;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Server(Child);

impl Server {
    fn start(folder: &Folder, more: &[&str]) -> Self {
        let mut gate = Command::new(env!("CARGO_BIN_EXE_gatekeeper"));
        gate.args(["serve", "--speed", "0", "--state"]).arg(&folder.0).args(more);
        gate.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(gate.spawn().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const LIST: &str = r#"{"jsonrpc":"2.0","id":8,"method":"tools/list"}"#;
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":"a","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

/// What is sent, and the code and the number of the error.
fn broken() -> Vec<(String, i64, Value)> {
    let case = |text: &str, code: i64, id: Value| (text.to_string(), code, id);
    vec![
        case("{\"jsonrpc\":", -32_700, Value::Null),
        case("no JSON", -32_700, Value::Null),
        case("[]", -32_600, Value::Null),
        case("7", -32_600, Value::Null),
        case(r#"{"jsonrpc":"2.0","id":3}"#, -32_600, json!(3)),
        case(r#"{"id":"four","method":"ping"}"#, -32_600, json!("four")),
        case(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":[1]}"#, -32_602, json!(5)),
        case(
            r#"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"arguments":{}}}"#,
            -32_602,
            json!(6),
        ),
        case(r#"{"jsonrpc":"2.0","id":7,"method":"no/such"}"#, -32_601, json!(7)),
    ]
}

#[test]
fn over_stdio_every_line_is_answered() {
    let folder = Folder::new("stdio-lines");
    let mut server = Server::start(&folder, &[]);
    let mut input = server.0.stdin.take().unwrap();
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
    let mut answer = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    // Before the handshake as well.
    writeln!(input, "no JSON\n{INITIALIZE}").unwrap();
    assert_eq!(answer()["error"]["code"], -32_700);
    assert_eq!(answer()["result"]["serverInfo"]["name"], "evenkeel-gatekeeper");
    writeln!(input, r#"{{"jsonrpc":"2.0","method":"notifications/initialized"}}"#).unwrap();
    for (text, code, id) in broken() {
        writeln!(input, "{text}").unwrap();
        let told = answer();
        assert_eq!((&told["error"]["code"], told.get("id")), (&json!(code), Some(&id)), "{text}: {told}");
    }
    input.write_all(b"\xff\xfe\n").unwrap();
    assert_eq!(answer()["error"]["code"], -32_700);
    // The longest line that is read, and one that is longer by a byte; what follows is read again.
    for (length, code) in [(65_536, -32_700), (65_537, -32_600), (1 << 20, -32_600)] {
        writeln!(input, "{}", "x".repeat(length)).unwrap();
        assert_eq!(answer()["error"]["code"], code, "{length}");
    }
    // Nothing is said to what wants no answer: of what is not known, and of an answer.
    writeln!(input, r#"{{"jsonrpc":"2.0","method":"notifications/odd","params":7}}"#).unwrap();
    writeln!(input, r#"{{"jsonrpc":"2.0","id":null,"error":{{"code":"x"}}}}"#).unwrap();
    write!(input, "\n\r\n{LIST}").unwrap();
    drop(input);
    let told = answer();
    assert!(
        told["id"] == 8 && told["result"]["tools"].as_array().is_some_and(|all| all.len() == 5),
        "{told}"
    );
    assert!(lines.next().is_none());
}

/// The status and the body of an answer.
fn post(address: &str, media: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: {media}\r\nAccept: application/json, text/event-stream\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_string())
}

#[test]
fn over_http_what_is_no_message_is_a_bad_request() {
    let folder = Folder::new("http-bodies");
    // By name; it is on loopback under each of its addresses.
    let mut server = Server::start(&folder, &["--http", "localhost:0"]);
    let mut told = String::new();
    BufReader::new(server.0.stderr.take().unwrap()).read_line(&mut told).unwrap();
    let address = told.split("http://").nth(1).unwrap().split("/mcp").next().unwrap();
    let port = address.rsplit_once(':').unwrap().1;
    for (text, code, id) in broken() {
        let (status, body) = post(address, "application/json", text.as_bytes());
        let told: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{text}: {status} {body}"));
        assert_eq!((&told["error"]["code"], told.get("id")), (&json!(code), Some(&id)), "{text}: {told}");
        let wanted: &[u16] = if [-32_700, -32_600].contains(&code) { &[400] } else { &[200, 400, 404] };
        assert!(wanted.contains(&status), "{text}: {status}");
    }
    assert_eq!(post(address, "text/plain", LIST.as_bytes()).0, 415, "here it is the media type");
    assert_eq!(post(address, "application/json; charset=utf-8", LIST.as_bytes()).0, 200);
    assert_eq!(post(address, "application/json", "x".repeat(70_000).as_bytes()).0, 413);
    // Still only for hosts on loopback, whatever is sent.
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "POST /mcp HTTP/1.1\r\nHost: evil.example:{port}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 403"), "{text}");
}
