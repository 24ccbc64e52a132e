//! Answers within a token budget: lines by importance, as many as fit, and what was left out.

use crate::proposal::ProposalError;
use serde_json::Value;

/// A third of the bytes, rounded up: how evenkeel's digest counts, on the safe side for English and numbers.
#[must_use]
pub fn count_tokens(text: &str) -> usize {
    text.len().div_ceil(3)
}

/// How many tokens an answer may have: what a tool gives by default, and the range that may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBudget {
    /// The least that may be asked for.
    pub least: usize,
    /// What is given if nothing is asked for.
    pub default: usize,
    /// The most that may be asked for.
    pub most: usize,
}

impl TokenBudget {
    /// What was asked for by `tokens`.
    ///
    /// # Errors
    /// If it is not a whole number in the range.
    pub fn read(self, value: Option<&Value>) -> Result<usize, ProposalError> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(self.default) };
        let Self { least, most, .. } = self;
        let tokens =
            value.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| (least..=most).contains(n));
        tokens.ok_or_else(|| {
            ProposalError::field("tokens", format!("a whole number from {least} to {most}"), value)
        })
    }
}

/// A page of lines that is never longer than its budget. The more important lines are added first.
///
/// ```
/// use evenkeel_gatekeeper::{Page, count_tokens};
///
/// let mut page = Page::new(40);
/// for i in 0..20 {
///     page.line("facts", format!("fact number {i} of twenty"));
/// }
/// let text = page.finish();
/// assert!(count_tokens(&text) <= 40);
/// assert!(text.ends_with("left out, in lines: 18 of facts"));
/// ```
#[derive(Debug, Clone)]
pub struct Page {
    text: String,
    room: usize,
    left_out: Vec<(&'static str, usize)>,
}

/// Bytes that are kept for what is left out to be told.
const KEPT: usize = 44;

impl Page {
    /// A page of at most so many tokens.
    #[must_use]
    pub fn new(tokens: usize) -> Self {
        Self { text: String::new(), room: 3 * tokens, left_out: Vec::new() }
    }

    /// Adds a line, or counts it as left out under this name. Once one of a name was left out, the rest of
    /// that name is as well, so that what is there is the beginning of a list and not a choice from it.
    pub fn line(&mut self, name: &'static str, line: impl AsRef<str>) {
        let line = line.as_ref();
        let names = self.left_out.len() + 1;
        let dropped = self.left_out.iter_mut().find(|(dropped, _)| *dropped == name);
        if let Some((_, n)) = dropped {
            *n += 1;
            return;
        }
        if self.text.len() + line.len() + 1 + KEPT + 16 * names <= self.room {
            self.text.push_str(line);
            self.text.push('\n');
        } else {
            self.left_out.push((name, 1));
        }
    }

    /// The page.
    #[must_use]
    pub fn finish(mut self) -> String {
        if self.left_out.is_empty() {
            self.text.truncate(self.text.trim_end().len());
            return self.text;
        }
        let names: Vec<String> = self.left_out.iter().map(|(name, n)| format!("{n} of {name}")).collect();
        let told = format!("left out, in lines: {}", names.join(", "));
        // A list of many names may not fit; how much is left out does.
        let n: usize = self.left_out.iter().map(|(_, n)| n).sum();
        let fits = self.text.len() + told.len() <= self.room;
        self.text.push_str(&if fits { told } else { format!("left out: {n} lines") });
        self.text
    }
}
