//! The Drain template miner.

use super::masks::{Masks, WILDCARD};
use super::prefix_tree::PrefixTree;
use super::recency::Recency;
use core::fmt;
use evenkeel_core::Error;
use std::collections::BTreeMap;

/// Finds the template of each line of a log as it comes: what its statement in the source always prints, with
/// `<*>` where it prints something else each time.
///
/// *When to use*: before anything that counts log lines. Not for lines that are structured already.
///
/// *Method*: P. He, J. Zhu, Z. Zheng, M. R. Lyu, ICWS 2017, doi:10.1109/ICWS.2017.13, as drain3 0.9.11 has it.
/// A line is split at white space. Its number of tokens and its first tokens lead through a tree of fixed depth
/// to a few templates; the most similar of them, of equal ones that with more wildcards, then the older, gets
/// the line if it is similar enough, and a wildcard wherever they differ; else the line is a new template.
/// [`published`](Self::published) has drain3's settings, [`default`](Self::default) others: variable parts
/// are [masked](Masks) first, one more token leads through the tree, and similarity is the
/// [share of literals](Similarity::Literals), at least 0.7. Mean grouping accuracy on the eight systems of loghub (2,000 lines
/// each) with which it was chosen: 0.886, published 0.676.
///
/// *Bounds*: lines are cut at `max_bytes`; beyond `max_templates` the template that no line had for longest
/// makes room, and takes the branches of the tree with it that lead to it alone (drain3 keeps those, which
/// grows without end). Numbers of templates are never given twice.
///
/// *Missing data*: an empty line has the empty template. *Cost*: O(tokens x templates of the leaf) a line;
/// memory at most `max_templates` times `max_bytes` and the tree.
///
/// ```
/// use evenkeel_locate::logs::Drain;
///
/// let mut drain = Drain::default();
/// let first = drain.update("logged in: user ann from 10.0.0.1");
/// let again = drain.update("logged in: user bob from 10.0.0.2");
/// assert!(first.is_new && !again.is_new && first.id == again.id);
/// assert_eq!(drain.template(first.id).unwrap().to_string(), "logged in: user <*> from <*>");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Drain {
    settings: DrainBuilder,
    tree: PrefixTree,
    slots: Vec<Slot>,
    free: Vec<usize>,
    by_id: BTreeMap<u64, usize>,
    recency: Recency,
    born: u64,
    forgotten: u64,
    cut: u64,
}

/// A template and the way to it.
#[derive(Debug, Clone, PartialEq)]
struct Slot {
    template: Template,
    path: Vec<Box<str>>,
}

/// How similar a line is to a template of as many tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Similarity {
    /// The share of all tokens that are literals of the template and in the line too, as published.
    Tokens,
    /// The share of the template's literals that are in the line too; 1 if it has none.
    Literals,
}

/// A template that was mined; its `Display` is its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    id: u64,
    tokens: Vec<Box<str>>,
    lines: u64,
}

impl Template {
    /// Its number, from 1 on in order of birth.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its tokens; `<*>` stands for what varies.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(AsRef::as_ref)
    }

    /// How many lines had it.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, token) in self.tokens.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token)?;
        }
        Ok(())
    }
}

/// What was found out about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Line {
    /// The number of its template.
    pub id: u64,
    /// Whether it is the first line with this template.
    pub is_new: bool,
    /// Whether the template has lost a literal by it.
    pub is_changed: bool,
}

/// Settings of a [`Drain`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct DrainBuilder {
    threshold: f64,
    similarity: Similarity,
    depth: usize,
    max_children: usize,
    max_templates: usize,
    max_bytes: usize,
    numeric_as_wildcard: bool,
    masks: Masks,
}

impl DrainBuilder {
    /// The similarity from which a line has a template, in [0, 1]; 0.7 by default, 0.4 published. Higher:
    /// more templates.
    pub fn threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    /// The measure of similarity.
    pub fn similarity(self, similarity: Similarity) -> Self {
        Self { similarity, ..self }
    }

    /// The depth of the tree, root and leaf counted, so that `depth - 3` tokens lead through it: 3 to 64; 5
    /// by default, 4 published.
    pub fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// The largest number of children of a node below the first level, at least 1; 100 by default. The last is
    /// the wildcard's.
    pub fn max_children(self, max_children: usize) -> Self {
        Self { max_children, ..self }
    }

    /// The largest number of templates, at least 1; 10,000 by default.
    pub fn max_templates(self, max_templates: usize) -> Self {
        Self { max_templates, ..self }
    }

    /// Where lines are cut, in bytes, at least 1; 16,384 by default.
    pub fn max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// Whether a token with a digit counts as variable in the tree; not by default, for masks see to that, but
    /// so published.
    pub fn numeric_as_wildcard(self, numeric_as_wildcard: bool) -> Self {
        Self { numeric_as_wildcard, ..self }
    }

    /// What is masked in a line first; everything by default, nothing published.
    pub fn masks(self, masks: Masks) -> Self {
        Self { masks, ..self }
    }

    /// The miner.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a setting is outside of its range.
    pub fn build(self) -> Result<Drain, Error> {
        Error::require((0.0..=1.0).contains(&self.threshold), "threshold", "in [0, 1]", self.threshold)?;
        Error::require((3..=64).contains(&self.depth), "depth", "from 3 to 64", self.depth)?;
        Error::require(self.max_children > 0, "max_children", "at least 1", self.max_children)?;
        Error::require(self.max_templates > 0, "max_templates", "at least 1", self.max_templates)?;
        Error::require(self.max_bytes > 0, "max_bytes", "at least 1", self.max_bytes)?;
        Ok(Drain::of(self))
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self::of(Self::builder())
    }
}

impl Drain {
    /// The default settings, to be changed.
    pub fn builder() -> DrainBuilder {
        DrainBuilder {
            threshold: 0.7,
            similarity: Similarity::Literals,
            depth: 5,
            numeric_as_wildcard: false,
            masks: Masks::all(),
            ..Self::published()
        }
    }

    /// The settings of drain3, to be changed: what to compare with.
    pub fn published() -> DrainBuilder {
        DrainBuilder {
            threshold: 0.4,
            similarity: Similarity::Tokens,
            depth: 4,
            max_children: 100,
            max_templates: 10_000,
            max_bytes: 16_384,
            numeric_as_wildcard: true,
            masks: Masks::none(),
        }
    }

    fn of(settings: DrainBuilder) -> Self {
        Self {
            tree: PrefixTree::new(settings.depth - 2, settings.max_children, settings.numeric_as_wildcard),
            settings,
            slots: Vec::new(),
            free: Vec::new(),
            by_id: BTreeMap::new(),
            recency: Recency::new(),
            born: 0,
            forgotten: 0,
            cut: 0,
        }
    }

    /// The template of a line, which is learned.
    pub fn update(&mut self, line: &str) -> Line {
        if line.len() > self.settings.max_bytes {
            self.cut += 1;
        }
        let masked = self.settings.masks.apply(self.within(line));
        let tokens: Vec<&str> = tokens(&masked).collect();
        let Some(slot) = self.search(&tokens) else { return self.create(&tokens) };
        self.recency.touch(slot);
        let template = &mut self.slots[slot].template;
        template.lines += 1;
        let mut is_changed = false;
        for (kept, token) in template.tokens.iter_mut().zip(&tokens) {
            if **kept != **token && **kept != *WILDCARD {
                *kept = WILDCARD.into();
                is_changed = true;
            }
        }
        Line { id: template.id, is_new: false, is_changed }
    }

    /// The template that a line would have, if there is one. Nothing is learned.
    #[must_use]
    pub fn find(&self, line: &str) -> Option<&Template> {
        let masked = self.settings.masks.apply(self.within(line));
        let slot = self.search(&tokens(&masked).collect::<Vec<_>>())?;
        Some(&self.slots[slot].template)
    }

    /// A template by its number; `None` if it was forgotten or never was.
    #[must_use]
    pub fn template(&self, id: u64) -> Option<&Template> {
        self.by_id.get(&id).map(|slot| &self.slots[*slot].template)
    }

    /// The templates, by number.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        self.by_id.values().map(|slot| &self.slots[*slot].template)
    }

    /// How many templates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no template.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// How many templates were forgotten to make room.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// How many lines were cut.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// Forgets all lines and keeps the settings.
    pub fn reset(&mut self) {
        *self = Self::of(self.settings);
    }

    fn within<'a>(&self, line: &'a str) -> &'a str {
        let mut end = self.settings.max_bytes.min(line.len());
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        &line[..end]
    }

    /// The slot of the template that a line has.
    fn search(&self, tokens: &[&str]) -> Option<usize> {
        let mut best: Option<(f64, usize, usize)> = None;
        for slot in self.tree.find(tokens) {
            let (similarity, wildcards) = self.similarity(&self.slots[*slot].template.tokens, tokens);
            if best.is_none_or(|(s, w, _)| similarity > s || (similarity == s && wildcards > w)) {
                best = Some((similarity, wildcards, *slot));
            }
        }
        best.filter(|(similarity, ..)| *similarity >= self.settings.threshold).map(|(.., slot)| slot)
    }

    /// How similar a line is to a template, and how many wildcards that has.
    fn similarity(&self, template: &[Box<str>], tokens: &[&str]) -> (f64, usize) {
        let (mut same, mut wildcards) = (0_usize, 0);
        for (known, token) in template.iter().zip(tokens) {
            if **known == *WILDCARD {
                wildcards += 1;
            } else if **known == **token {
                same += 1;
            }
        }
        let of = match self.settings.similarity {
            Similarity::Tokens => template.len(),
            Similarity::Literals => template.len() - wildcards,
        };
        (if of == 0 { 1.0 } else { same as f64 / of as f64 }, wildcards)
    }

    fn create(&mut self, tokens: &[&str]) -> Line {
        if self.by_id.len() >= self.settings.max_templates
            && let Some(oldest) = self.recency.oldest()
        {
            self.forget(oldest);
        }
        self.born += 1;
        let template = Template {
            id: self.born,
            tokens: tokens.iter().map(|token| (*token).into()).collect(),
            lines: 1,
        };
        let slot = self.free.pop().unwrap_or(self.slots.len());
        let entry = Slot { template, path: self.tree.insert(tokens, slot) };
        if slot == self.slots.len() {
            self.slots.push(entry);
        } else {
            self.slots[slot] = entry;
        }
        self.by_id.insert(self.born, slot);
        self.recency.insert(slot);
        Line { id: self.born, is_new: true, is_changed: false }
    }

    fn forget(&mut self, slot: usize) {
        let Slot { template, path } = &self.slots[slot];
        self.tree.remove(template.tokens.len(), path, slot);
        self.by_id.remove(&template.id);
        self.recency.remove(slot);
        self.free.push(slot);
        self.forgotten += 1;
    }
}

/// What lies between white space. Separators of information (U+001C to U+001F) count as such, as in Python.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
        .filter(|token| !token.is_empty())
}
