//! Errors of HTTP for bodies that are no message. `rmcp` answers each of them with 415, as if the media type
//! were wrong; here it is 400, with the error of JSON-RPC.

use crate::json_rpc;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets a request through, and says what is wrong with its body if that turns out to be no message. Hosts,
/// origins and media types are checked before, by what is called. The body's length is bounded by the layer
/// around this.
pub(crate) async fn name_errors(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let media = head.headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    let is_json = media.is_some_and(|media| media.starts_with(b"application/json"));
    if head.method != Method::POST || !is_json {
        return next.run(Request::from_parts(head, body)).await;
    }
    let bytes = match Bytes::from_request(Request::from_parts(head.clone(), body), &()).await {
        Ok(bytes) => bytes,
        Err(why) => return why.into_response(),
    };
    let response = next.run(Request::from_parts(head, Body::from(bytes.clone()))).await;
    if response.status() != StatusCode::UNSUPPORTED_MEDIA_TYPE {
        return response;
    }
    match json_rpc::read(&bytes) {
        Err(text) => {
            (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Ok(None) => StatusCode::ACCEPTED.into_response(),
        Ok(Some(_)) => response,
    }
}
