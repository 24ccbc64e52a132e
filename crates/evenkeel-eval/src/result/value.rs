//! Values that are reported of a case.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is said of a case: a JSON value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Value {
    /// Nothing is known.
    Null,
    /// A truth value: yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number. One that is not finite is written as nothing.
    Number(f64),
    /// A text of any length.
    Text(String),
    /// Several values in order.
    List(Vec<Value>),
    /// Several values by name.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// A finite number, whole or not.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Integer(x) => Some(*x as f64),
            Self::Number(x) => Some(*x).filter(|x| x.is_finite()),
            _ => None,
        }
    }

    /// A text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(x: bool) -> Self {
        Self::Bool(x)
    }
}

impl From<i64> for Value {
    fn from(x: i64) -> Self {
        Self::Integer(x)
    }
}

impl From<usize> for Value {
    fn from(x: usize) -> Self {
        Self::Integer(i64::try_from(x).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Self::Number(x)
    }
}

impl From<&str> for Value {
    fn from(x: &str) -> Self {
        Self::Text(x.to_owned())
    }
}

impl From<String> for Value {
    fn from(x: String) -> Self {
        Self::Text(x)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(x: Option<T>) -> Self {
        x.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(x: Vec<T>) -> Self {
        Self::List(x.into_iter().map(Into::into).collect())
    }
}
