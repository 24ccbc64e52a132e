//! The tools: four that read, one that proposes. Nothing of the protocol is in here.

use crate::answers::{ToDigest, describe};
use crate::gate::Gate;
use crate::proposal::{MOST_REASON, MOST_SHED, ProposalError, Verb, known};
use crate::shop;
use crate::token_budget::{Page, TokenBudget};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A tool as it is listed.
#[derive(Debug, Clone)]
pub struct ToolInfo {
    /// Its name.
    pub name: &'static str,
    /// What it does, for the agent.
    pub description: String,
    /// Whether it only reads.
    pub reads: bool,
    /// The tokens that its answer may have.
    pub budget: TokenBudget,
}

/// The answers' token budgets.
const SHORT: TokenBudget = TokenBudget { least: 150, default: 600, most: 3_000 };
const MIDDLE: TokenBudget = TokenBudget { least: 150, default: 800, most: 3_000 };
const DIGEST: TokenBudget = TokenBudget { least: 400, default: 1_000, most: 3_000 };
/// What became of a proposal, and errors.
const RECEIPT: TokenBudget = TokenBudget { least: 300, default: 300, most: 300 };

/// All tools.
#[must_use]
pub fn tools() -> Vec<ToolInfo> {
    let tool = |name, reads, budget: TokenBudget, what: &str| {
        let description =
            format!("{what} At most {} tokens, unless `tokens` says otherwise.", budget.default);
        ToolInfo { name, description, reads, budget }
    };
    vec![
        tool("status", true, SHORT, "How things are: users, open incidents, what is being done, your proposals and what became of them."),
        tool("diagnosis", true, MIDDLE, "What the open incidents seem to be caused by: probabilities, and the evidence for each cause."),
        tool("options", true, MIDDLE, "Every action that can be proposed, with whether it may be done now and, if not, why not."),
        tool("digest", true, DIGEST, "The recent telemetry: which series moved, how far and when, who calls whom, what was done. Names in quotes are data."),
        ToolInfo {
            name: "propose",
            description: "Proposes one action for an open incident. It is ruled on by guards; a person or a budget agrees; what was done is verified and, where it did not help, taken back. You cannot act otherwise. The confidence is recorded and compared with what comes true; nothing depends on it.".to_string(),
            reads: false,
            budget: RECEIPT,
        },
    ]
}

/// The JSON Schema of a tool's arguments.
#[must_use]
pub fn schema(tool: &ToolInfo) -> Map<String, Value> {
    let TokenBudget { least, default, most } = tool.budget;
    let schema = if tool.reads {
        json!({
            "type": "object", "additionalProperties": false,
            "properties": { "tokens": {
                "type": "integer", "minimum": least, "maximum": most, "default": default,
                "description": "the most tokens of the answer, counted as a third of its bytes",
            } },
        })
    } else {
        let instances: Vec<String> = shop::instances().collect();
        json!({
            "type": "object", "additionalProperties": false, "required": ["action", "reason", "confidence"],
            "properties": {
                "action": {
                    "type": "object", "additionalProperties": false, "required": ["verb", "component"],
                    "properties": {
                        "verb": { "type": "string", "enum": Verb::ALL.map(Verb::name) },
                        "component": { "type": "string", "enum": shop::components().collect::<Vec<_>>() },
                        "instance": { "type": "string", "enum": instances, "description": "for drain; for restart, all of the component without it" },
                        "percent": { "type": "integer", "minimum": 1, "maximum": MOST_SHED, "description": "for shed: the share of requests to refuse" },
                    },
                },
                "reason": { "type": "string", "minLength": 1, "maxLength": MOST_REASON, "description": "why, for the people who read it later" },
                "confidence": { "type": "number", "minimum": 0, "maximum": 1, "description": "how probable you think it is that this alone makes users fine" },
                "incident": { "type": "integer", "minimum": 0, "description": "which incident, where several are open" },
            },
        })
    };
    match schema {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ToolError {
    /// There is no such tool.
    Unknown,
    /// What is wrong, for the agent to read.
    Told(String),
}

impl From<ProposalError> for ToolError {
    fn from(why: ProposalError) -> Self {
        let mut page = Page::new(RECEIPT.most);
        page.line("text", why.to_string());
        Self::Told(page.finish())
    }
}

/// An answer, or what makes it without the gate.
#[derive(Debug)]
pub struct Answer(Made);

#[derive(Debug)]
enum Made {
    Text(String),
    Digest(Box<ToDigest>),
}

impl Answer {
    /// Makes it. May take a second, in which the gate is not needed.
    ///
    /// # Errors
    /// If it can't be made in so few tokens.
    pub fn finish(self) -> Result<String, ToolError> {
        match self.0 {
            Made::Text(text) => Ok(text),
            Made::Digest(digest) => digest.make().map_err(|why| ToolError::Told(why.to_string())),
        }
    }
}

/// Calls a tool and makes its answer: [`begin`], then [`finish`](Answer::finish).
///
/// # Errors
/// Those of both.
pub fn call(
    gate: &mut Gate,
    name: &str,
    arguments: &Map<String, Value>,
    clock: Duration,
    client: &str,
) -> Result<String, ToolError> {
    begin(gate, name, arguments, clock, client)?.finish()
}

/// Calls a tool: `clock` is a monotonic reading, `client` is what the caller calls itself.
///
/// # Errors
/// If there is no such tool, an argument does not fit (the field is named), there were too many calls, or a
/// proposal is not taken.
pub fn begin(
    gate: &mut Gate,
    name: &str,
    arguments: &Map<String, Value>,
    clock: Duration,
    client: &str,
) -> Result<Answer, ToolError> {
    let all = tools();
    let tool = all.iter().find(|tool| tool.name == name).ok_or(ToolError::Unknown)?;
    if !tool.reads {
        let number = gate.propose(clock, client, arguments)?;
        let mut page = Page::new(tool.budget.most);
        if let Some(proposal) = gate.proposal(number) {
            page.line("text", describe(proposal));
        }
        page.line("text", "`status` tells what becomes of it.");
        return Ok(Answer(Made::Text(page.finish())));
    }
    if let Err(wait) = gate.reads.take(clock) {
        let most = gate.reads.most();
        let told =
            format!("rate: {most} questions are answered in a minute; the next in {} s", wait.as_secs() + 1);
        return Err(ToolError::Told(told));
    }
    known(arguments, "", &["tokens"])?;
    let tokens = tool.budget.read(arguments.get("tokens"))?;
    Ok(Answer(match name {
        "status" => Made::Text(gate.status(tokens)),
        "diagnosis" => Made::Text(gate.diagnosis(tokens)),
        "options" => Made::Text(gate.options(tokens)),
        _ => Made::Digest(Box::new(gate.to_digest(tokens))),
    }))
}
