//! Fields of a document, each of which knows its path.

use super::document::{Content, Node, Place};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// A field: its value, and where it is for who has to mend it.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    /// Of which document, as in "document 2 (SLO `checkout`)".
    pub(super) document: String,
    /// From the root of the document, as in `spec.objectives[0].target`; empty at the root.
    pub(super) path: String,
    pub(super) node: &'a Node,
}

impl<'a> Field<'a> {
    /// An error about it.
    pub(super) fn error(&self, what: &str) -> Error {
        self.error_at(self.node.place, what)
    }

    fn error_at(&self, place: Place, what: &str) -> Error {
        let path = if self.path.is_empty() { String::new() } else { format!(", {}", self.path) };
        place.error(format!("{}{path}: {what}", self.document))
    }

    fn expected(&self, what: &str) -> Error {
        self.error(&format!("expected {what}, found {}", self.node.kind()))
    }

    fn below(&self, key: &str, node: &'a Node) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Field { document: self.document.clone(), path, node }
    }

    /// What it holds by name.
    pub(super) fn mapping(&self) -> Result<Mapping<'a>, Error> {
        match &self.node.content {
            Content::Mapping(entries) => {
                let left = entries.iter().map(|(key, place, node)| (key.as_str(), *place, node)).collect();
                Ok(Mapping { of: self.clone(), left })
            }
            _ => Err(self.expected("a mapping")),
        }
    }

    /// What it holds in order.
    pub(super) fn items(&self) -> Result<Vec<Field<'a>>, Error> {
        match &self.node.content {
            Content::Sequence(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(i, node)| Field {
                    document: self.document.clone(),
                    path: format!("{}[{i}]", self.path),
                    node,
                })
                .collect()),
            _ => Err(self.expected("a list")),
        }
    }

    /// The text of a scalar, of whatever type.
    pub(super) fn text(&self) -> Result<&'a str, Error> {
        match &self.node.content {
            Content::Scalar { text, .. } if !self.node.is_null() => Ok(text),
            _ => Err(self.expected("a text")),
        }
    }

    /// A text that is not empty.
    pub(super) fn word(&self) -> Result<&'a str, Error> {
        let text = self.text()?;
        if text.trim().is_empty() { Err(self.error("expected a text, found an empty one")) } else { Ok(text) }
    }

    /// A name: from 1 to 255 characters that can be printed.
    pub(super) fn name(&self) -> Result<&'a str, Error> {
        let text = self.word()?;
        if text.chars().count() > 255 || text.chars().any(char::is_control) {
            return Err(self.error("expected a name of at most 255 characters that can be printed"));
        }
        Ok(text)
    }

    /// A finite number that is not in quotes.
    pub(super) fn number(&self) -> Result<f64, Error> {
        match &self.node.content {
            Content::Scalar { text, is_string: false } => match text.parse::<f64>() {
                // The words that Rust reads as numbers are none in YAML.
                Ok(x) if x.is_finite() && text.bytes().any(|byte| byte.is_ascii_digit()) => Ok(x),
                _ => Err(self.error(&format!("expected a number, found `{text}`"))),
            },
            Content::Scalar { .. } => Err(self.error("expected a number, found a text in quotes")),
            _ => Err(self.expected("a number")),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, Error> {
        match &self.node.content {
            Content::Scalar { text, is_string: false } if text.eq_ignore_ascii_case("true") => Ok(true),
            Content::Scalar { text, is_string: false } if text.eq_ignore_ascii_case("false") => Ok(false),
            Content::Scalar { text, .. } => {
                Err(self.error(&format!("expected true or false, found `{text}`")))
            }
            _ => Err(self.expected("true or false")),
        }
    }

    /// Which of several words it is, regardless of capitals.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Error> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        found.map(|(_, value)| *value).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.error(&format!("expected {}, found `{text}`", known.join(" or ")))
        })
    }

    /// All scalars in it with their paths below it, in their order.
    pub(super) fn flattened(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        collect(self.node, String::new(), &mut all);
        all
    }
}

fn collect(node: &Node, path: String, all: &mut Vec<(String, String)>) {
    match &node.content {
        Content::Scalar { text, .. } => all.push((path, text.clone())),
        Content::Sequence(items) => {
            for (i, item) in items.iter().enumerate() {
                collect(item, format!("{path}[{i}]"), all);
            }
        }
        Content::Mapping(entries) => {
            for (key, _, value) in entries {
                collect(value, if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, all);
            }
        }
    }
}

/// The fields of a mapping that nobody has asked for yet.
#[derive(Debug)]
pub(super) struct Mapping<'a> {
    pub(super) of: Field<'a>,
    left: Vec<(&'a str, Place, &'a Node)>,
}

impl<'a> Mapping<'a> {
    /// A field; none also where it is null.
    pub(super) fn optional(&mut self, key: &str) -> Option<Field<'a>> {
        let at = self.left.iter().position(|(name, ..)| *name == key)?;
        let (_, _, node) = self.left.remove(at);
        (!node.is_null()).then(|| self.of.below(key, node))
    }

    pub(super) fn required(&mut self, key: &str) -> Result<Field<'a>, Error> {
        self.optional(key).ok_or_else(|| self.of.error(&format!("`{key}` is missing")))
    }

    /// All fields that are left, whatever their names.
    pub(super) fn all(self) -> Vec<(&'a str, Field<'a>)> {
        self.left.iter().map(|(key, _, node)| (*key, self.of.below(key, node))).collect()
    }

    /// Refuses what nobody has asked for.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.left.first() {
            None => Ok(()),
            Some((key, place, node)) => {
                let field = self.of.below(key, node);
                Err(field.error_at(*place, "no field of OpenSLO v1 here; what is not understood is refused"))
            }
        }
    }
}
