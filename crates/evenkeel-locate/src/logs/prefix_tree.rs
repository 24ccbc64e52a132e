//! The tree that leads from the length and the first tokens of a line to the templates it may have.

use super::masks::WILDCARD;
use std::collections::HashMap;

/// A node: its children by token, and the slots of the templates that end here, in order of birth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Node {
    children: HashMap<Box<str>, usize>,
    slots: Vec<usize>,
}

/// The tree. The children of the root are numbers of tokens; below are the first tokens of templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrefixTree {
    lengths: HashMap<usize, usize>,
    nodes: Vec<Node>,
    free: Vec<usize>,
    /// How many levels lie below the root.
    levels: usize,
    max_children: usize,
    numeric_as_wildcard: bool,
}

impl PrefixTree {
    pub(super) fn new(levels: usize, max_children: usize, numeric_as_wildcard: bool) -> Self {
        Self {
            lengths: HashMap::new(),
            nodes: Vec::new(),
            free: Vec::new(),
            levels,
            max_children,
            numeric_as_wildcard,
        }
    }

    /// How many of so many tokens lead to a leaf.
    fn prefix(&self, tokens: usize) -> usize {
        (self.levels - 1).min(tokens.saturating_sub(1))
    }

    /// The slots in the leaf of a line.
    pub(super) fn find(&self, tokens: &[&str]) -> &[usize] {
        let leaf = self.lengths.get(&tokens.len()).and_then(|first| {
            tokens[..self.prefix(tokens.len())].iter().try_fold(*first, |node, token| {
                let children = &self.nodes[node].children;
                children.get(*token).or_else(|| children.get(WILDCARD)).copied()
            })
        });
        leaf.map_or(&[], |leaf| &self.nodes[leaf].slots)
    }

    /// Puts the slot of a new template into its leaf. Gives the keys that lead there, by which it is removed.
    pub(super) fn insert(&mut self, tokens: &[&str], slot: usize) -> Vec<Box<str>> {
        let mut node = match self.lengths.get(&tokens.len()) {
            Some(node) => *node,
            None => {
                let node = self.create();
                self.lengths.insert(tokens.len(), node);
                node
            }
        };
        let mut path = Vec::new();
        for token in &tokens[..self.prefix(tokens.len())] {
            let key = self.key(node, token);
            node = match self.nodes[node].children.get(key) {
                Some(child) => *child,
                None => {
                    let child = self.create();
                    self.nodes[node].children.insert(key.into(), child);
                    child
                }
            };
            path.push(key.into());
        }
        self.nodes[node].slots.push(slot);
        path
    }

    /// The child that a new template goes to. The last free child is kept for the wildcard.
    fn key<'a>(&self, node: usize, token: &'a str) -> &'a str {
        let children = &self.nodes[node].children;
        if children.contains_key(token) {
            token
        } else if self.numeric_as_wildcard && token.chars().any(char::is_numeric) {
            WILDCARD
        } else if children.contains_key(WILDCARD) {
            if children.len() < self.max_children { token } else { WILDCARD }
        } else if children.len() + 1 < self.max_children {
            token
        } else {
            WILDCARD
        }
    }

    fn create(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.nodes.push(Node::default());
            self.nodes.len() - 1
        })
    }

    /// Takes a slot out of its leaf, and the nodes that lead to nothing any more.
    pub(super) fn remove(&mut self, tokens: usize, path: &[Box<str>], slot: usize) {
        let Some(first) = self.lengths.get(&tokens).copied() else { return };
        let mut nodes = vec![first];
        for key in path {
            let Some(child) = self.nodes[nodes[nodes.len() - 1]].children.get(key) else { return };
            nodes.push(*child);
        }
        self.nodes[nodes[nodes.len() - 1]].slots.retain(|known| *known != slot);
        for depth in (0..nodes.len()).rev() {
            let node = &self.nodes[nodes[depth]];
            if !node.slots.is_empty() || !node.children.is_empty() {
                break;
            }
            self.free.push(nodes[depth]);
            if depth == 0 {
                self.lengths.remove(&tokens);
            } else {
                self.nodes[nodes[depth - 1]].children.remove(&path[depth - 1]);
            }
        }
    }
}
