//! Runbooks as text: TOML and JSON.

use crate::policy::measure::Measure;
use crate::policy::runbook::Runbook;
use crate::verb::StandardVerb;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use core::time::Duration;
use evenkeel_core::{Error, FaultKind};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Which rule is read: its number from 1, and the name of its fault once that is known.
type Place = RefCell<(usize, String)>;

impl Runbook<StandardVerb> {
    /// Reads a runbook from TOML.
    ///
    /// ```
    /// use evenkeel_core::FaultKind;
    /// use evenkeel_remedy::Runbook;
    ///
    /// let runbook = Runbook::from_toml(r#"
    ///     min_probability = 0.6
    ///     patience_seconds = 120
    ///     optional = ["recommendations"]
    ///
    ///     [[rule]]
    ///     fault = "bad change"
    ///     measures = [{ verb = "roll back", on = "component" }]
    ///
    ///     [[rule]]
    ///     fault = "CPU exhausted"
    ///     measures = [
    ///         { verb = "drain", on = "instance", keep_seconds = 600 },
    ///         { verb = "restart", on = "instance", settle_seconds = 20 },
    ///     ]
    /// "#)?;
    /// assert_eq!(runbook.measures(FaultKind::CpuExhausted).len(), 2);
    ///
    /// let wrong = "[[rule]]\nfault = \"dead\"\nmeasures = []\n\n[[rule]]\nfault = \"slow\"\nmeasures = [{ verb = \"reboot\", on = \"instance\" }]";
    /// let error = Runbook::from_toml(wrong).unwrap_err().to_string();
    /// assert!(error.starts_with("line 7") && error.contains("rule 2 (slow)") && error.contains("reboot"), "{error}");
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// | key | value | default |
    /// | --- | --- | --- |
    /// | `min_probability` | in (0, 1] | 0.5 |
    /// | `patience_seconds`, `retry_seconds` | at least 0 | 60, 15 |
    /// | `max_refusals`, `max_tries` | at least 1 | 3, 2 |
    /// | `optional` | names of components | none |
    /// | `rule` | a list, each with `fault` and `measures` | none |
    ///
    /// A fault is one of: CPU exhausted, memory exhausted, disk exhausted, pool exhausted, network fault, slow,
    /// errors, not answering (or dead), bad change, overloaded; each at most once. A measure has a `verb`:
    /// restart, drain, undrain, roll back, degrade, restore, admit, shed (with `percent`), scale (with `from`
    /// and `to`) or canary (with `from` and `to` in percent); `on`: instance or component; and, if wanted,
    /// `settle_seconds`, `keep_seconds` and `optional_only`.
    ///
    /// # Errors
    /// [`Error::Parse`] with the line, the column and the rule.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let place = Place::default();
        let parse = |why: &toml::de::Error| {
            let offset = why.span().map_or(0, |span| span.start.min(text.len()));
            let before = &text.as_bytes()[..offset];
            let line = 1 + before.iter().filter(|b| **b == b'\n').count();
            let column = 1 + before.iter().rev().take_while(|b| **b != b'\n').count();
            parse_error(line, column, why.message(), &place)
        };
        let reader = toml::Deserializer::parse(text).map_err(|why| parse(&why))?;
        Book(&place).deserialize(reader).map_err(|why| parse(&why))
    }

    /// Reads a runbook from JSON: the same keys as [TOML](Self::from_toml).
    ///
    /// # Errors
    /// [`Error::Parse`] with the line, the column and the rule.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let place = Place::default();
        let mut reader = serde_json::Deserializer::from_str(text);
        let book = Book(&place).deserialize(&mut reader).and_then(|book| reader.end().map(|()| book));
        book.map_err(|why| {
            let text = why.to_string();
            // The position stands at its end as well.
            let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
            parse_error(why.line(), why.column(), what, &place)
        })
    }
}

fn parse_error(line: usize, column: usize, what: &str, place: &Place) -> Error {
    let (number, fault) = &*place.borrow();
    let what = match (number, fault.is_empty()) {
        (0, _) => what.to_string(),
        (number, true) => format!("rule {number}: {what}"),
        (number, false) => format!("rule {number} ({fault}): {what}"),
    };
    Error::Parse { line, column, what }
}

/// A runbook.
struct Book<'a>(&'a Place);

impl<'de> DeserializeSeed<'de> for Book<'_> {
    type Value = Runbook;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Runbook, D::Error> {
        deserializer.deserialize_map(self)
    }
}

const KEYS: &[&str] = &[
    "min_probability",
    "patience_seconds",
    "retry_seconds",
    "max_refusals",
    "max_tries",
    "optional",
    "rule",
];

impl<'de> Visitor<'de> for Book<'_> {
    type Value = Runbook;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a runbook: a table with rules")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Runbook, A::Error> {
        let mut book = Runbook::new();
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(de::Error::custom(format!("`{key}` is there twice")));
            }
            match &*key {
                "min_probability" => book = map.next_value::<Probability>()?.set(book),
                "patience_seconds" => book = book.patience(map.next_value::<Seconds>()?.0),
                "retry_seconds" => book = book.retry(map.next_value::<Seconds>()?.0),
                "max_refusals" => book = book.max_refusals(map.next_value::<Times>()?.0),
                "max_tries" => book = book.max_tries(map.next_value::<Times>()?.0),
                "optional" => book = book.optional(map.next_value::<Vec<String>>()?),
                "rule" => {
                    for (kind, measures) in map.next_value_seed(Rules(self.0))? {
                        book = book.rule(kind, measures);
                    }
                    *self.0.borrow_mut() = (0, String::new());
                }
                _ => return Err(de::Error::unknown_field(&key, KEYS)),
            }
            seen.push(key);
        }
        Ok(book)
    }
}

/// A probability in (0, 1].
#[derive(serde::Deserialize)]
#[serde(try_from = "f64")]
struct Probability(f64);

impl TryFrom<f64> for Probability {
    type Error = Error;

    fn try_from(p: f64) -> Result<Self, Error> {
        let _ = Runbook::<StandardVerb>::new().min_probability(p)?;
        Ok(Self(p))
    }
}

impl Probability {
    fn set(self, book: Runbook) -> Runbook {
        // It was checked.
        book.clone().min_probability(self.0).unwrap_or(book)
    }
}

/// A length of time, up to a year.
#[derive(serde::Deserialize)]
#[serde(try_from = "f64")]
struct Seconds(Duration);

impl TryFrom<f64> for Seconds {
    type Error = Error;

    fn try_from(seconds: f64) -> Result<Self, Error> {
        Error::require((0.0..=31_536_000.0).contains(&seconds), "seconds", "from 0 to a year", seconds)?;
        Ok(Self(Duration::from_secs_f64(seconds)))
    }
}

/// How often, at least once.
#[derive(serde::Deserialize)]
#[serde(try_from = "u32")]
struct Times(u32);

impl TryFrom<u32> for Times {
    type Error = Error;

    fn try_from(times: u32) -> Result<Self, Error> {
        Error::require(times > 0, "times", "at least 1", times)?;
        Ok(Self(times))
    }
}

/// The rules.
struct Rules<'a>(&'a Place);

impl<'de> DeserializeSeed<'de> for Rules<'_> {
    type Value = Vec<(FaultKind, Vec<Measure>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rules<'_> {
    type Value = Vec<(FaultKind, Vec<Measure>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rules")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rules: Vec<(FaultKind, Vec<Measure>)> = Vec::new();
        loop {
            *self.0.borrow_mut() = (rules.len() + 1, String::new());
            let known: Vec<FaultKind> = rules.iter().map(|(kind, _)| *kind).collect();
            match list.next_element_seed(Rule(self.0, &known))? {
                Some(rule) => rules.push(rule),
                None => return Ok(rules),
            }
        }
    }
}

/// One rule, and the kinds that there are rules for already.
struct Rule<'a>(&'a Place, &'a [FaultKind]);

impl<'de> DeserializeSeed<'de> for Rule<'_> {
    type Value = (FaultKind, Vec<Measure>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Rule<'_> {
    type Value = (FaultKind, Vec<Measure>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule: a table with `fault` and `measures`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut fault, mut measures): (Option<FaultKind>, Option<Vec<Measure>>) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "fault" if fault.is_none() => {
                    let Fault(kind) = map.next_value_seed(NewFault(self.1))?;
                    self.0.borrow_mut().1 = kind.to_string();
                    fault = Some(kind);
                }
                "measures" if measures.is_none() => {
                    let parsed: Vec<Parsed> = map.next_value()?;
                    measures = Some(parsed.into_iter().map(|p| p.0).collect());
                }
                "fault" | "measures" => return Err(de::Error::custom(format!("`{key}` is there twice"))),
                _ => return Err(de::Error::unknown_field(&key, &["fault", "measures"])),
            }
        }
        let fault = fault.ok_or_else(|| de::Error::missing_field("fault"))?;
        let measures = measures.ok_or_else(|| de::Error::missing_field("measures"))?;
        Ok((fault, measures))
    }
}

/// A kind of fault, by its name.
#[derive(serde::Deserialize)]
#[serde(try_from = "String")]
struct Fault(FaultKind);

/// One that there is no rule for yet.
struct NewFault<'a>(&'a [FaultKind]);

impl<'de> DeserializeSeed<'de> for NewFault<'_> {
    type Value = Fault;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fault, D::Error> {
        let fault = Fault::deserialize(deserializer)?;
        if self.0.contains(&fault.0) {
            return Err(de::Error::custom(format!("there is a rule for `{}` already", fault.0)));
        }
        Ok(fault)
    }
}

impl TryFrom<String> for Fault {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        const ALL: [FaultKind; 10] = [
            FaultKind::CpuExhausted,
            FaultKind::MemoryExhausted,
            FaultKind::DiskExhausted,
            FaultKind::PoolExhausted,
            FaultKind::Network,
            FaultKind::Slow,
            FaultKind::Errors,
            FaultKind::Dead,
            FaultKind::BadChange,
            FaultKind::Overload,
        ];
        if name == "dead" {
            return Ok(Self(FaultKind::Dead));
        }
        let found = ALL.into_iter().find(|kind| kind.to_string() == name);
        let names: Vec<String> = ALL.iter().map(ToString::to_string).collect();
        found
            .map(Self)
            .ok_or_else(|| format!("unknown fault `{name}`, expected one of: {}", names.join(", ")))
    }
}

/// A measure, as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    verb: String,
    on: On,
    settle_seconds: Option<Seconds>,
    keep_seconds: Option<Seconds>,
    #[serde(default)]
    optional_only: bool,
    percent: Option<u8>,
    from: Option<u32>,
    to: Option<u32>,
}

#[derive(serde::Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum On {
    Instance,
    Component,
}

#[derive(serde::Deserialize)]
#[serde(try_from = "Written")]
struct Parsed(Measure);

impl TryFrom<Written> for Parsed {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let verb = verb(&written)?;
        let measure = match written.on {
            On::Instance => Measure::instance(verb),
            On::Component => Measure::component(verb),
        };
        let measure = if written.optional_only { measure.optional_only() } else { measure };
        let measure = written.settle_seconds.map_or(measure.clone(), |s| measure.settle(s.0));
        Ok(Self(written.keep_seconds.map_or(measure.clone(), |s| measure.keep_for(s.0))))
    }
}

fn verb(written: &Written) -> Result<StandardVerb, String> {
    let Written { verb, percent, from, to, .. } = written;
    let share = |value: u32| u8::try_from(value).ok().filter(|p| *p <= 100);
    let plain = match &**verb {
        "restart" => Some(StandardVerb::Restart),
        "drain" => Some(StandardVerb::Drain),
        "undrain" => Some(StandardVerb::Undrain),
        "roll back" => Some(StandardVerb::RollBack),
        "degrade" => Some(StandardVerb::Degrade),
        "restore" => Some(StandardVerb::Restore),
        "admit" => Some(StandardVerb::Admit),
        _ => None,
    };
    match (plain, &**verb, percent, from, to) {
        (Some(verb), _, None, None, None) => Ok(verb),
        (Some(_), ..) => Err(format!("`{verb}` takes no numbers")),
        (None, "shed", Some(percent), None, None) if *percent <= 100 => {
            Ok(StandardVerb::Shed { percent: *percent })
        }
        (None, "shed", ..) => Err("`shed` takes `percent`, from 0 to 100".into()),
        (None, "scale", None, Some(from), Some(to)) => Ok(StandardVerb::Scale { from: *from, to: *to }),
        (None, "scale", ..) => Err("`scale` takes `from` and `to`".into()),
        (None, "canary", None, Some(from), Some(to)) => match (share(*from), share(*to)) {
            (Some(from), Some(to)) => Ok(StandardVerb::Canary { from, to }),
            _ => Err("`canary` takes `from` and `to`, from 0 to 100".into()),
        },
        (None, "canary", ..) => Err("`canary` takes `from` and `to`, from 0 to 100".into()),
        (None, ..) => Err(format!(
            "unknown verb `{verb}`, expected one of: restart, drain, undrain, roll back, degrade, restore, admit, shed, scale, canary"
        )),
    }
}
