//! What the blocking clients have in common.

use crate::client_error::ClientError;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::limits::Limits;
use core::time::Duration;
use std::fmt;

/// A server and how it is spoken to.
#[derive(Clone)]
pub(crate) struct Http {
    base: String,
    pub(crate) timeout: Duration,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) limits: Limits,
    agent: ureq::Agent,
}

/// An answer with its status.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// No redirects: what is posted elsewhere would be somebody else's.
fn agent(timeout: Duration) -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false);
    config.max_redirects(0).build().new_agent()
}

fn failed(why: &ureq::Error) -> ClientError {
    ClientError::Transport { what: why.to_string() }
}

impl Http {
    pub(crate) fn new(base: &str) -> Result<Self, Error> {
        let host = base.strip_prefix("http://").unwrap_or_default();
        let fits = !host.is_empty() && !host.contains(['?', '#', ' ']);
        evenkeel_core::Error::require(fits, "base", "an address that begins with http://", base)?;
        let timeout = Duration::from_secs(30);
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self {
            base,
            timeout,
            headers: Vec::new(),
            credentials: None,
            limits: Limits::default(),
            agent: agent(timeout),
        })
    }

    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
        self.agent = agent(timeout);
    }

    fn headed<B>(
        &self,
        mut request: ureq::RequestBuilder<B>,
    ) -> Result<ureq::RequestBuilder<B>, ClientError> {
        if let Some(credentials) = &self.credentials {
            request = request.header("Authorization", credentials.header()?);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Ok(request)
    }

    fn read(&self, mut response: ureq::http::Response<ureq::Body>) -> Result<Answered, ClientError> {
        let status = response.status().as_u16();
        let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let limit = u64::try_from(self.limits.body).unwrap_or(u64::MAX).saturating_add(1);
        let body =
            response.body_mut().with_config().limit(limit).read_to_vec().map_err(|why| failed(&why))?;
        Ok(Answered { status, content_type, body })
    }

    pub(crate) fn get(&self, path: &str, accept: &str) -> Result<Answered, ClientError> {
        let request = self.headed(self.agent.get(format!("{}{path}", self.base)))?;
        self.read(request.header("Accept", accept).call().map_err(|why| failed(&why))?)
    }

    pub(crate) fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Result<Answered, ClientError> {
        let request = self.headed(self.agent.post(format!("{}{path}", self.base)))?;
        self.read(request.send_form(form.iter().copied()).map_err(|why| failed(&why))?)
    }

    pub(crate) fn post_json(&self, path: &str, body: &[u8]) -> Result<Answered, ClientError> {
        let request = self.headed(self.agent.post(format!("{}{path}", self.base)))?;
        self.read(request.header("Content-Type", "application/json").send(body).map_err(|why| failed(&why))?)
    }
}

/// Without the values of headers, which may be secrets.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|header| header.0.as_str()).collect();
        f.debug_struct("Http")
            .field("base", &self.base)
            .field("timeout", &self.timeout)
            .field("headers", &headers)
            .field("credentials", &self.credentials)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
