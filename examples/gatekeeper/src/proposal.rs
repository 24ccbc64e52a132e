//! Proposals: a closed set of actions on named targets, a reason, a stated confidence.
//!
//! An action is a verb out of a list and a target out of a list; there is no text in it that anybody could
//! interpret. Whatever does not fit is an error that names the field.

use crate::shop;
use crate::text::{one_line, says_something};
use evenkeel::Timestamp;
use evenkeel::remedy::action::Key;
use evenkeel::remedy::verb::{StandardVerb, Verb as _};
use evenkeel::remedy::{Action, Target};
use serde_json::{Map, Value, json};
use std::fmt;

/// The most characters of a reason.
pub(crate) const MOST_REASON: usize = 500;
/// The largest share of requests that may be proposed to be refused, in percent.
pub(crate) const MOST_SHED: u64 = 50;

/// What can be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Stop and start an instance, or every instance of a component.
    Restart,
    /// Send no more requests to an instance.
    Drain,
    /// Go back to the release before, of a component.
    RollBack,
    /// Let callers do without a component; of the shop that is `catalog`.
    Degrade,
    /// Refuse a share of the requests at `edge`.
    Shed,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Restart, Self::Drain, Self::RollBack, Self::Degrade, Self::Shed];

    /// How it is written in a proposal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Drain => "drain",
            Self::RollBack => "roll_back",
            Self::Degrade => "degrade",
            Self::Shed => "shed",
        }
    }

    /// The components that it can be done to.
    pub fn components(self) -> impl Iterator<Item = &'static str> {
        shop::components().filter(move |component| match self {
            Self::Restart | Self::Drain | Self::RollBack => true,
            Self::Degrade => *component == "catalog",
            Self::Shed => *component == "edge",
        })
    }

    /// The verb of the machine; of those that take a share, with this one, in percent.
    #[must_use]
    pub fn standard(self, percent: u8) -> StandardVerb {
        match self {
            Self::Restart => StandardVerb::Restart,
            Self::Drain => StandardVerb::Drain,
            Self::RollBack => StandardVerb::RollBack,
            Self::Degrade => StandardVerb::Degrade,
            Self::Shed => StandardVerb::Shed { percent },
        }
    }

    /// Whether it is done to an instance: always, never, or either.
    #[must_use]
    pub fn takes_instance(self) -> Option<bool> {
        match self {
            Self::Restart => None,
            Self::Drain => Some(true),
            Self::RollBack | Self::Degrade | Self::Shed => Some(false),
        }
    }
}

/// Why a proposal is not taken: nothing of it went to the guards.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ProposalError {
    /// A field is not as it must be.
    Field {
        /// Which, as a path: `action.verb`.
        field: String,
        /// What it must be.
        must: String,
        /// What it was, in a few words.
        was: String,
    },
    /// There were too many proposals.
    Rate {
        /// How many are taken in a minute.
        most: u32,
        /// In how many seconds the next is taken.
        seconds: u64,
    },
    /// No incident is open that it could be for.
    NoIncident,
    /// Something else is under way in the incident.
    Busy {
        /// The number of the incident.
        incident: u64,
        /// What is under way.
        what: String,
    },
    /// Guards or a person refused the same a moment ago, or nobody answered in time.
    JustRefused {
        /// When it is ruled on again at the earliest.
        until: Timestamp,
        /// What was said.
        why: String,
    },
    /// The gate cannot write down what is proposed, or its journal failed: nothing is done any more.
    Broken(String),
}

impl ProposalError {
    pub(crate) fn field(field: impl Into<String>, must: impl Into<String>, was: &Value) -> Self {
        Self::Field { field: field.into(), must: must.into(), was: outline(was) }
    }
}

impl fmt::Display for ProposalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { field, must, was } => write!(f, "`{field}` must be {must}; it was {was}"),
            Self::Rate { most, seconds } => {
                write!(f, "rate: {most} proposals are taken in a minute; the next in {seconds} s")
            }
            Self::NoIncident => f.write_str("no incident is open, so there is nothing to propose for"),
            Self::Busy { incident, what } => write!(f, "incident {incident} is busy: {what}"),
            Self::JustRefused { until, why } => {
                write!(f, "this came to nothing just now ({why}); it is ruled on again from {until} on")
            }
            Self::Broken(why) => write!(f, "nothing can be proposed: {why}"),
        }
    }
}

impl std::error::Error for ProposalError {}

/// A value that was sent, in a few words that can't be mistaken for the gate's own.
fn outline(value: &Value) -> String {
    match value {
        Value::Null => "missing or null".to_string(),
        Value::Bool(b) => format!("{b}"),
        Value::Number(n) => format!("{n}"),
        Value::String(text) => format!("{:?}", one_line(text, 40)),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
    }
}

/// What an agent proposes, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What is to be done.
    pub action: Action<StandardVerb>,
    /// Why, in the agent's words: text, nothing else; on one line.
    pub reason: String,
    /// How sure the agent says it is that this helps, in [0, 1].
    pub confidence: f64,
    /// For which incident, if that was said.
    pub incident: Option<u64>,
}

impl Draft {
    /// Reads the arguments of the tool `propose`.
    ///
    /// # Errors
    /// [`ProposalError::Field`], which names the first field that does not fit.
    pub fn read(arguments: &Map<String, Value>) -> Result<Self, ProposalError> {
        known(arguments, "", &["action", "reason", "confidence", "incident"])?;
        let null = Value::Null;
        let get = |name: &str| arguments.get(name).unwrap_or(&null);
        let action = read_action(get("action"))?;
        let reason = get("reason");
        let must = format!("a text of 1 to {MOST_REASON} characters");
        let text = reason.as_str().filter(|text| says_something(text));
        let text = text.ok_or_else(|| ProposalError::field("reason", must.as_str(), reason))?;
        let length = text.chars().count();
        if length > MOST_REASON {
            let was = format!("{length} characters long");
            return Err(ProposalError::Field { field: "reason".into(), must, was });
        }
        let stated = get("confidence");
        let confidence = stated.as_f64().filter(|c| (0.0..=1.0).contains(c));
        let confidence =
            confidence.ok_or_else(|| ProposalError::field("confidence", "a number from 0 to 1", stated))?;
        let incident = match get("incident") {
            Value::Null => None,
            value => Some(
                value
                    .as_u64()
                    .ok_or_else(|| ProposalError::field("incident", "the number of an incident", value))?,
            ),
        };
        Ok(Self { action, reason: one_line(text, MOST_REASON), confidence, incident })
    }

    /// The arguments that are read as this.
    #[must_use]
    pub fn arguments(&self) -> Value {
        let Action { verb, target } = &self.action;
        let name =
            Verb::ALL.into_iter().find(|known| known.standard(0).name() == verb.name()).map(Verb::name);
        let mut action = json!({ "verb": name, "component": target.component.as_str() });
        if let Some(instance) = &target.instance {
            action["instance"] = json!(instance.as_str());
        }
        if let StandardVerb::Shed { percent } = verb {
            action["percent"] = json!(percent);
        }
        json!({ "action": action, "reason": self.reason, "confidence": self.confidence, "incident": self.incident })
    }
}

/// No field is there that nobody knows.
pub(crate) fn known(fields: &Map<String, Value>, path: &str, names: &[&str]) -> Result<(), ProposalError> {
    match fields.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(ProposalError::Field {
            field: format!("{path}{}", one_line(name, 40)),
            must: format!("absent: the fields are {}", names.join(", ")),
            was: "there".to_string(),
        }),
        None => Ok(()),
    }
}

fn read_action(value: &Value) -> Result<Action<StandardVerb>, ProposalError> {
    let fields = value.as_object().ok_or_else(|| {
        ProposalError::field(
            "action",
            "an object with `verb`, `component` and, where it applies, `instance` or `percent`",
            value,
        )
    })?;
    known(fields, "action.", &["verb", "component", "instance", "percent"])?;
    let null = Value::Null;
    let get = |name: &str| fields.get(name).unwrap_or(&null);
    let one_of = |names: Vec<&str>| format!("one of {}", names.join(", "));
    let name = get("verb");
    let verb = Verb::ALL.into_iter().find(|verb| Some(verb.name()) == name.as_str());
    let verb = verb.ok_or_else(|| {
        ProposalError::field("action.verb", one_of(Verb::ALL.map(Verb::name).to_vec()), name)
    })?;
    let name = get("component");
    let component = verb.components().find(|component| Some(*component) == name.as_str());
    let component = component
        .ok_or_else(|| ProposalError::field("action.component", one_of(verb.components().collect()), name))?;
    let name = get("instance");
    let target = match (name, verb.takes_instance()) {
        (Value::Null, Some(false) | None) => Target::component(component),
        (_, Some(false)) => {
            return Err(ProposalError::field("action.instance", format!("absent for {}", verb.name()), name));
        }
        _ => {
            let mut of = shop::targets().filter(|target| target.component == *component);
            let found =
                of.find(|target| target.instance.as_ref().map(evenkeel::Name::as_str) == name.as_str());
            found.ok_or_else(|| {
                ProposalError::field(
                    "action.instance",
                    format!("an instance of {component}: {component}-1 and so on"),
                    name,
                )
            })?
        }
    };
    let stated = get("percent");
    let percent = match (verb, stated) {
        (Verb::Shed, value) => {
            let percent = value.as_u64().filter(|percent| (1..=MOST_SHED).contains(percent));
            let percent = percent.and_then(|percent| u8::try_from(percent).ok());
            percent.ok_or_else(|| {
                ProposalError::field(
                    "action.percent",
                    format!("a whole number from 1 to {MOST_SHED}"),
                    stated,
                )
            })?
        }
        (_, Value::Null) => 0,
        (_, value) => {
            return Err(ProposalError::field("action.percent", format!("absent for {}", verb.name()), value));
        }
    };
    Ok(Action::new(verb.standard(percent), target))
}

/// Every action that can be proposed; of those that take a share, 20 %.
pub fn all_actions() -> impl Iterator<Item = Action<StandardVerb>> {
    Verb::ALL.into_iter().flat_map(|verb| {
        let components = verb.components().filter(move |_| verb.takes_instance() != Some(true));
        let instances = shop::targets().filter(move |target| {
            verb.takes_instance() != Some(false)
                && verb.components().any(|component| target.component == *component)
        });
        components
            .map(Target::component)
            .chain(instances)
            .map(move |target| Action::new(verb.standard(20), target))
    })
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fate {
    /// Guards hold it: they wait for a time, or for a person.
    Held {
        /// The key under which a person may agree, if one is asked.
        asks: Option<Key>,
        /// What the guards say.
        why: String,
    },
    /// Guards or a person refused it.
    Refused(String),
    /// A person was asked, and nobody answered in time.
    Expired(String),
    /// Told to people and not done: acting is not switched on for it.
    Advised(String),
    /// It is being done.
    Acting(Key),
    /// It was done, and whether users are fine is being verified.
    Verifying,
    /// It was done, and users were verified to be fine.
    Helped,
    /// It was done, and users were verified not to be fine, or it could not be verified in time.
    DidNotHelp,
    /// It could not be done.
    Failed(String),
    /// It was dropped before anything was done.
    Dropped(String),
    /// It was done, and the incident ended before it was verified.
    Unverified(String),
}

impl Fate {
    /// Whether it is known what came of it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Held { .. } | Self::Acting(_) | Self::Verifying)
    }

    /// Whether it was begun and it is not known yet what came of it.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Acting(_) | Self::Verifying)
    }

    /// Whether it helped, if it was done and that is known. What broke while it was done did not help.
    #[must_use]
    pub fn helped(&self) -> Option<bool> {
        match self {
            Self::Helped => Some(true),
            Self::DidNotHelp | Self::Failed(_) => Some(false),
            _ => None,
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { asks: Some(_), why } => write!(f, "waits for a person to agree ({why})"),
            Self::Held { asks: None, why } => write!(f, "held by guards ({why})"),
            Self::Refused(why) => write!(f, "refused ({why})"),
            Self::Expired(why) => write!(f, "not done, as nobody answered in time ({why})"),
            Self::Advised(why) => write!(f, "advised to people, not done ({why})"),
            Self::Acting(key) => write!(f, "permitted, being done ({key})"),
            Self::Verifying => f.write_str("done, being verified"),
            Self::Helped => f.write_str("done, verified: users are fine"),
            Self::DidNotHelp => f.write_str("done, verified: did not help"),
            Self::Failed(why) => write!(f, "failed ({why})"),
            Self::Dropped(why) => write!(f, "dropped ({why})"),
            Self::Unverified(why) => write!(f, "done, not verified ({why})"),
        }
    }
}

/// A proposal that was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Its number, from 1.
    pub number: u64,
    /// The incident that it is for.
    pub incident: u64,
    /// When it was taken, by the world's clock.
    pub at: Timestamp,
    /// Who sent it, in its own words.
    pub client: String,
    /// What it says.
    pub draft: Draft,
    /// What became of it.
    pub fate: Fate,
    /// What took it back, once that was done.
    pub undone_by: Option<String>,
}
