//! Attributes, and what has them.

use crate::finding::{FindingKind, Findings};
use evenkeel_core::Name;
use std::borrow::Cow;
use std::fmt;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum AttributeValue {
    /// Nothing: sent as empty, or as a null.
    #[default]
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Several values.
    List(Vec<Self>),
    /// Values by name, in the order they were sent.
    Map(Vec<(String, Self)>),
}

/// Attributes in the order they were sent.
pub type Attributes = Vec<(String, AttributeValue)>;

impl AttributeValue {
    /// True for the value true and the text `true`.
    #[must_use]
    pub fn is_true(&self) -> bool {
        match self {
            Self::Bool(value) => *value,
            Self::Text(text) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }
}

impl AttributeValue {
    /// As [`Display`](fmt::Display) writes it; a text is not copied.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            other => other.to_string().into(),
        }
    }
}

/// As a label would spell it: texts bare, lists and maps in brackets, bytes in hexadecimal, nothing for
/// nothing.
impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::List(values) => {
                f.write_str("[")?;
                for (i, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if i > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Map(values) => {
                f.write_str("{")?;
                for (i, (name, value)) in values.iter().enumerate() {
                    write!(f, "{}{name}:{value}", if i > 0 { "," } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The service of what says no name for its own.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// What sent something: a service, most often one of its instances.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Resource {
    /// The attribute `service.name`, or [`UNKNOWN_SERVICE`].
    pub service: Name,
    /// All of its attributes.
    pub attributes: Attributes,
}

impl Resource {
    /// From its attributes.
    #[must_use]
    pub fn new(attributes: Attributes) -> Self {
        let name = attributes.iter().find(|pair| pair.0 == "service.name").map(|pair| pair.1.to_string());
        let service = name.filter(|name| !name.is_empty()).map_or(UNKNOWN_SERVICE.into(), Name::from);
        Self { service, attributes }
    }

    /// A service of which only the name is known.
    pub(crate) fn named(service: Option<&str>) -> Self {
        let service = service.filter(|name| !name.is_empty()).unwrap_or(UNKNOWN_SERVICE);
        Self { service: service.into(), attributes: Vec::new() }
    }

    /// The attribute `service.instance.id`, if there is one.
    #[must_use]
    pub fn instance(&self) -> Option<Name> {
        let id = self.attributes.iter().find(|pair| pair.0 == "service.instance.id")?.1.to_string();
        (!id.is_empty()).then(|| id.into())
    }
}

/// Keeps the first of several attributes with one name, and reports the others.
pub(crate) fn distinct(attributes: &mut Attributes, findings: &mut Findings) {
    let mut repeated: Vec<usize> = if attributes.len() <= 32 {
        // The usual few: no memory is taken.
        let before = |i: usize| attributes[..i].iter().any(|pair| pair.0 == attributes[i].0);
        (1..attributes.len()).filter(|&i| before(i)).collect()
    } else {
        let mut order: Vec<usize> = (0..attributes.len()).collect();
        order.sort_by(|&a, &b| attributes[a].0.cmp(&attributes[b].0));
        let again = order.windows(2).filter(|pair| attributes[pair[0]].0 == attributes[pair[1]].0);
        again.map(|pair| pair[1]).collect()
    };
    if repeated.is_empty() {
        return;
    }
    findings.add(
        FindingKind::UnreadableAttribute,
        "repeated",
        u64::try_from(repeated.len()).unwrap_or(u64::MAX),
    );
    repeated.sort_unstable();
    let mut i = 0;
    attributes.retain(|_| {
        i += 1;
        repeated.binary_search(&(i - 1)).is_err()
    });
}
