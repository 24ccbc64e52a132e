//! What a client sends, read as JSON-RPC 2.0 wants it, and the answer to what is no message.

use rmcp::RoleServer;
use rmcp::model::ErrorCode;
use rmcp::service::RxJsonRpcMessage;
use serde_json::{Value, json};

/// Reads one message. `None` is what is passed over and never answered: a notification of a kind that nobody
/// knows, or a response that answers nothing.
///
/// # Errors
/// The answer, as the text of a JSON-RPC error: −32700 if it is no JSON, −32600 if it is JSON and no message,
/// −32602 if it is a request and its parameters cannot be those of any. Its `id` is that of the request where
/// it can be read, else null.
pub(crate) fn read(text: &[u8]) -> Result<Option<RxJsonRpcMessage<RoleServer>>, String> {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let value: Value = serde_json::from_slice(text)
        .map_err(|why| error(ErrorCode::PARSE_ERROR, &format!("this is no JSON: {why}"), &Value::Null))?;
    let why = match serde_json::from_slice(text) {
        Ok(message) => return Ok(Some(message)),
        Err(why) => why,
    };
    let is_of_version = value["jsonrpc"] == "2.0";
    let is_notification = value["method"].is_string() && value.get("id").is_none();
    let is_response = value.get("method").is_none() && (value.get("result").or(value.get("error"))).is_some();
    if is_of_version && (is_notification || is_response) {
        return Ok(None);
    }
    let id = value.get("id").filter(|id| id.is_string() || id.is_number()).unwrap_or(&Value::Null);
    if is_of_version && value["method"].is_string() && (id.is_string() || id.is_i64() || id.is_u64()) {
        let what = "`params` must be an object, as the protocol has it for this method";
        return Err(error(ErrorCode::INVALID_PARAMS, what, id));
    }
    let what = match &value {
        Value::Array(_) => "messages are taken one at a time, not as a list".to_string(),
        Value::Object(_) if !is_of_version => "`jsonrpc` must be \"2.0\"".to_string(),
        Value::Object(_) => format!("this is no message of JSON-RPC: {why}"),
        _ => "a message must be an object".to_string(),
    };
    Err(error(ErrorCode::INVALID_REQUEST, &what, id))
}

/// The answer to a message of more bytes than are read.
pub(crate) fn too_long(most: usize) -> String {
    let what = format!("a message must be of at most {most} bytes; it was passed over");
    error(ErrorCode::INVALID_REQUEST, &what, &Value::Null)
}

fn error(code: ErrorCode, what: &str, id: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code.0, "message": what } }).to_string()
}
