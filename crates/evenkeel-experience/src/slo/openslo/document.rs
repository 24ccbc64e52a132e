//! YAML documents as trees of which every node knows its place.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use evenkeel_core::Error;
use granit_parser::{Event, Options, Parser, ScalarStyle, Tag};

/// The most bytes of a text.
pub(super) const MOST_BYTES: usize = 1 << 20;
/// The most nodes of all documents of a text, what aliases repeat included.
pub(super) const MOST_NODES: usize = 100_000;
/// The deepest nesting, what aliases repeat included.
pub(super) const DEEPEST: usize = 32;
/// The most keys of a mapping, which are compared with one another.
pub(super) const MOST_KEYS: usize = 1_000;

/// Where something stands in a text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    pub(super) fn error(self, what: String) -> Error {
        Error::Parse { line: self.line, column: self.column, what }
    }
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Its text, and whether it is a string by its quotes, its block style or its tag.
    Scalar {
        text: String,
        is_string: bool,
    },
    Sequence(Vec<Node>),
    /// In the order of the text, without two equal keys.
    Mapping(Vec<(String, Place, Node)>),
}

/// A node of a document.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) content: Content,
    /// How many nodes it holds, itself included.
    size: usize,
    /// How many levels it has, itself included.
    depth: usize,
}

impl Node {
    /// Whether it says nothing: `null`, `~`, or no value at all.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, is_string: false }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.content {
            _ if self.is_null() => "nothing",
            Content::Scalar { .. } => "a value",
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }
}

/// A collection that is being read.
struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<(String, Place)>,
}

/// Reads the documents of a text.
struct Reader {
    documents: Vec<Node>,
    open: Vec<Open>,
    /// What aliases may repeat, by the number of its anchor.
    anchored: Vec<(usize, Node)>,
    nodes: usize,
}

/// The documents of a text, empty ones left out.
///
/// A text of hostile origin costs time and memory in proportion to its length: there are limits on its bytes,
/// on its depth, and on its nodes, where an alias counts as often as it repeats something.
pub(super) fn documents(text: &str) -> Result<Vec<Node>, Error> {
    let start = Place { line: 1, column: 1 };
    if text.len() > MOST_BYTES {
        return Err(start.error(format!("a text of {} bytes; at most {MOST_BYTES} are read", text.len())));
    }
    let mut options = Options::default();
    // One more than ours, so that the limit that is met first is ours, with a sentence about it.
    options.flow_nesting_limit = DEEPEST + 1;
    options.block_nesting_limit = DEEPEST + 1;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { documents: Vec::new(), open: Vec::new(), anchored: Vec::new(), nodes: 0 };
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| {
            let at = Place { line: error.marker().line(), column: error.marker().col() + 1 };
            at.error(format!("no YAML: {}", error.info()))
        })?;
        reader.take(event, Place { line: span.start.line(), column: span.start.col() + 1 })?;
    }
    Ok(reader.documents)
}

impl Reader {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Error> {
        match event {
            Event::DocumentStart(..) | Event::DocumentEnd => self.anchored.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let is_string = style != ScalarStyle::Plain || is_string_tag(tag.as_deref(), place)?;
                let content = Content::Scalar { text: text.into_owned(), is_string };
                self.count(1, place)?;
                self.close(Node { place, content, size: 1, depth: 1 }, anchor)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Content::Sequence(Vec::new()), anchor, tag.as_deref(), place)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Content::Mapping(Vec::new()), anchor, tag.as_deref(), place)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.close(open.node, open.anchor)?;
                }
            }
            Event::Alias(anchor) => {
                let found = self.anchored.iter().rev().find(|(number, _)| *number == anchor);
                let Some((_, node)) = found else {
                    return Err(place.error("an alias inside of what it repeats".to_owned()));
                };
                // Counted before it is copied.
                let size = node.size;
                self.count(size, place)?;
                let found = self.anchored.iter().rev().find(|(number, _)| *number == anchor);
                if let Some((_, node)) = found {
                    let repeated = node.clone();
                    self.close(repeated, 0)?;
                }
            }
            Event::StreamStart | Event::StreamEnd => {}
            other => return Err(place.error(format!("unexpected YAML: {other:?}"))),
        }
        Ok(())
    }

    fn count(&mut self, nodes: usize, place: Place) -> Result<(), Error> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MOST_NODES {
            let what = format!("more than {MOST_NODES} nodes, what aliases repeat included");
            return Err(place.error(what));
        }
        Ok(())
    }

    fn begin(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<&Tag>,
        place: Place,
    ) -> Result<(), Error> {
        self.count(1, place)?;
        if self.open.len() >= DEEPEST {
            return Err(place.error(format!("nested more than {DEEPEST} deep")));
        }
        let own = if matches!(content, Content::Sequence(_)) { "seq" } else { "map" };
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema_tag(own)) {
            return Err(place.error("a tag, which has no meaning here".to_owned()));
        }
        self.open.push(Open { node: Node { place, content, size: 1, depth: 1 }, anchor, key: None });
        Ok(())
    }

    /// Puts a node that is read to its end where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Error> {
        if anchor > 0 {
            // The copy is memory, too.
            self.count(node.size, node.place)?;
            self.anchored.push((anchor, node.clone()));
        }
        // Levels that an alias brought along are not among those that are open.
        if self.open.len() + node.depth > DEEPEST {
            return Err(node.place.error(format!("nested more than {DEEPEST} deep")));
        }
        let Some(parent) = self.open.last_mut() else {
            if !node.is_null() {
                self.documents.push(node);
            }
            return Ok(());
        };
        parent.node.size += node.size;
        parent.node.depth = parent.node.depth.max(node.depth + 1);
        match &mut parent.node.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping(entries) => match parent.key.take() {
                Some((key, place)) => entries.push((key, place, node)),
                None => {
                    let Content::Scalar { text, .. } = node.content else {
                        return Err(node.place.error(format!("{} as a key", node.kind())));
                    };
                    if text == "<<" {
                        let what = "a merge key (<<), which YAML 1.2 does not have".to_owned();
                        return Err(node.place.error(what));
                    }
                    if entries.len() >= MOST_KEYS {
                        return Err(node.place.error(format!("more than {MOST_KEYS} keys in a mapping")));
                    }
                    if entries.iter().any(|(key, ..)| *key == text) {
                        return Err(node.place.error(format!("`{text}` twice")));
                    }
                    parent.key = Some((text, node.place));
                }
            },
            Content::Scalar { .. } => {}
        }
        Ok(())
    }
}

fn is_string_tag(tag: Option<&Tag>, place: Place) -> Result<bool, Error> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema_tag("str") => Ok(true),
        Some(tag) => Err(place.error(format!("the tag `{}`, which has no meaning here", tag.original()))),
    }
}
