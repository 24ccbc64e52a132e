//! What the fields of a span say about a call.

use std::fmt::{self, Write as _};
use tracing_core::field::{Field, Visit};

/// What is read from the fields of a span.
#[derive(Debug, Default)]
pub(super) struct SpanFields {
    /// The component that does the work: `component`.
    pub(super) component: Option<String>,
    /// The component that is called: `peer.service`.
    pub(super) peer: Option<String>,
    /// Whether it is the called side: `otel.kind = "server"`.
    pub(super) is_server: bool,
    /// Whether it failed, if that is said.
    pub(super) failed: Option<bool>,
}

/// Longer names are no names of components.
const MOST_BYTES: usize = 256;

/// Up to so many bytes of what is formatted.
struct Short(String);

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MOST_BYTES {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

impl SpanFields {
    /// Whether a field of this name is read.
    pub(super) fn knows(name: &str) -> bool {
        matches!(
            name,
            "component"
                | "peer.service"
                | "otel.kind"
                | "otel.status_code"
                | "error"
                | "http.response.status_code"
                | "http.status_code"
        )
    }

    fn text(&mut self, name: &str, value: &str) {
        match name {
            "component" | "peer.service" if value.is_empty() || value.len() > MOST_BYTES => {}
            "component" => self.component = Some(value.into()),
            "peer.service" => self.peer = Some(value.into()),
            "otel.kind" => self.is_server = value.eq_ignore_ascii_case("server"),
            "otel.status_code" => self.failed = Some(value.eq_ignore_ascii_case("error")),
            "error" => self.failed = Some(!value.is_empty() && !value.eq_ignore_ascii_case("false")),
            "http.response.status_code" | "http.status_code" => {
                if let Ok(status) = value.parse::<u64>() {
                    self.status(status);
                }
            }
            _ => {}
        }
    }

    /// As OpenTelemetry has it for the called side: what the client did wrong is no failure.
    fn status(&mut self, status: u64) {
        self.failed = Some(self.failed == Some(true) || status >= 500);
    }
}

impl Visit for SpanFields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if Self::knows(field.name()) {
            let mut text = Short(String::new());
            // What is too long is told as what there was room for: that there is an error.
            let _ = write!(text, "{value:?}");
            self.text(field.name(), &text.0);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "error" {
            self.failed = Some(value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if matches!(field.name(), "http.response.status_code" | "http.status_code") {
            self.status(value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if let Ok(value) = u64::try_from(value) {
            self.record_u64(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, _: &(dyn std::error::Error + 'static)) {
        if field.name() == "error" {
            self.failed = Some(true);
        }
    }
}
