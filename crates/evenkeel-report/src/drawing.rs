//! A drawing as SVG.

use crate::element::{Element, label};
use core::fmt;

/// The style of drawings: classes and custom properties, light and, where the reader prefers it, dark.
///
/// All colors are custom properties of the class `ek` (`--surface`, `--ink`, `--value`, `--alert`, …), which a page of
/// your own can set to others. Text has a contrast of at least 4.5 to what is behind it, lines of at least 3, in both.
pub const STYLE: &str = include_str!("../style/drawing.css");

/// A finished drawing: an SVG of a given width.
///
/// Its `Display` is a file of its own, with the [style](STYLE) in it: nothing is loaded and nothing runs. In a page
/// that has the style once, take [`fragment`](Self::fragment). A screen reader is told the title and the
/// [description](Self::description), which says in words what is drawn.
///
/// All text in it is escaped, whatever names it was given; what XML does not allow is written as U+FFFD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    title: String,
    description: String,
    width: u32,
    height: u32,
    content: String,
}

/// Narrower drawings are laid out for this width.
pub(crate) const NARROWEST: f64 = 240.0;
/// Wider drawings are laid out for this width.
const WIDEST: f64 = 4_000.0;
/// Left and right of what is drawn, in pixels.
pub(crate) const MARGIN: f64 = 12.0;
/// Below this width drawings are laid out for a phone.
pub(crate) const PHONE: f64 = 520.0;

/// The width that a drawing of a wanted width gets.
pub(crate) fn possible_width(width: u32) -> f64 {
    f64::from(width).clamp(NARROWEST, WIDEST)
}

impl Drawing {
    /// A drawing of elements, with its title as the first line, for which they leave room.
    pub(crate) fn new(
        title: &str,
        description: String,
        (width, height): (f64, f64),
        elements: impl IntoIterator<Item = Element>,
    ) -> Self {
        let mut content = String::new();
        if !title.is_empty() {
            let short = crate::text_layout::cut(title, 14.5, width - 2.0 * MARGIN);
            content += &label(MARGIN, 20.0, "ek-title", short).to_string();
        }
        for element in elements {
            content += &element.to_string();
        }
        let (width, height) = (width.round() as u32, height.round().max(1.0) as u32);
        Self { title: title.to_string(), description, width, height, content }
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What is drawn, in words.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The size in pixels, width and height.
    #[must_use]
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The drawing for a page that has the [`STYLE`]; `id` names it in the page and is the stem of the identifiers of
    /// its title and description. Characters other than ASCII letters, digits and `-` are left out of it.
    #[must_use]
    pub fn fragment(&self, id: &str) -> String {
        self.root(id, None).to_string()
    }

    fn root(&self, id: &str, style: Option<&str>) -> Element {
        let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let (title, description) = (format!("{id}-title"), format!("{id}-description"));
        let root = Element::new("svg").class("ek").attribute("xmlns", "http://www.w3.org/2000/svg");
        let mut root = root
            .attribute("width", self.width)
            .attribute("height", self.height)
            .attribute("viewBox", format_args!("0 0 {} {}", self.width, self.height))
            .attribute("role", "img")
            .attribute("aria-labelledby", format_args!("{title} {description}"))
            .child(&Element::new("title").attribute("id", &title).text(&self.title))
            .child(&Element::new("desc").attribute("id", &description).text(&self.description));
        if let Some(style) = style {
            root = root.child(&Element::new("style").text_as_is(style));
        }
        let size = (f64::from(self.width), f64::from(self.height));
        root.child(&crate::element::rectangle((0.0, 0.0), size, "ek-surface")).markup(&self.content)
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root("ek", Some(STYLE)))
    }
}
