//! Elements of XML, every text and attribute of which is escaped.

use core::fmt::{self, Display, Write};

/// An element of SVG. There is no way to put text into it that is not escaped: names of elements, attributes and
/// classes are constants of this crate, and everything else goes through [`Escaped`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, attributes: String::new(), content: String::new() }
    }

    pub(crate) fn class(self, class: &'static str) -> Self {
        self.attribute("class", class)
    }

    pub(crate) fn attribute(mut self, name: &'static str, value: impl Display) -> Self {
        let _ = write!(self.attributes, " {name}=\"");
        let _ = write!(Escaping(&mut self.attributes), "{value}");
        self.attributes.push('"');
        self
    }

    /// A coordinate or a length, in pixels to a tenth.
    pub(crate) fn number(self, name: &'static str, value: f64) -> Self {
        self.attribute(name, Tenth(value))
    }

    pub(crate) fn text(mut self, text: impl Display) -> Self {
        let _ = write!(Escaping(&mut self.content), "{text}");
        self
    }

    pub(crate) fn child(mut self, child: &Self) -> Self {
        let _ = write!(self.content, "{child}");
        self
    }

    /// What elements were written as.
    pub(crate) fn markup(mut self, written: &str) -> Self {
        self.content.push_str(written);
        self
    }

    /// A constant of this crate that is no markup for XML either: a style sheet without `<` and `&`.
    pub(crate) fn text_as_is(mut self, style: &str) -> Self {
        debug_assert!(!style.contains(['<', '&']), "it would be markup");
        self.content.push_str(style);
        self
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, attributes, content } = self;
        if content.is_empty() {
            write!(f, "<{name}{attributes}/>")
        } else {
            write!(f, "<{name}{attributes}>{content}</{name}>")
        }
    }
}

/// Writes what is written to it with the characters of markup as references, and what XML 1.0 does not allow (control
/// characters) or what would reorder the text around it (controls of writing direction) as U+FFFD.
struct Escaping<'a>(&'a mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if is_unsafe(c) => self.0.push('\u{FFFD}'),
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

/// Whether a character must not stand in a drawing or a digest: a control character or noncharacter, or one that
/// changes the direction of the text behind it.
pub(crate) fn is_unsafe(c: char) -> bool {
    let is_direction =
        matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let is_forbidden = c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    is_direction || is_forbidden || (u32::from(c) & 0xFFFE) == 0xFFFE
}

/// A number of pixels to a tenth, without a needless ".0". What is not finite, which geometry never is, is 0.
struct Tenth(f64);

impl Display for Tenth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (10.0 * self.0).round();
        if !tenths.is_finite() || tenths == 0.0 {
            return f.write_str("0");
        }
        if tenths % 10.0 == 0.0 {
            write!(f, "{:.0}", tenths / 10.0)
        } else {
            write!(f, "{:.1}", tenths / 10.0)
        }
    }
}

/// A text at a place.
pub(crate) fn label(x: f64, y: f64, class: &'static str, text: impl Display) -> Element {
    Element::new("text").class(class).number("x", x).number("y", y).text(text)
}

/// A line from place to place.
pub(crate) fn line(from: (f64, f64), to: (f64, f64), class: &'static str) -> Element {
    let line = Element::new("line").class(class).number("x1", from.0).number("y1", from.1);
    line.number("x2", to.0).number("y2", to.1)
}

/// A rectangle by its left upper corner and its size.
pub(crate) fn rectangle(corner: (f64, f64), size: (f64, f64), class: &'static str) -> Element {
    let rectangle = Element::new("rect").class(class).number("x", corner.0).number("y", corner.1);
    rectangle.number("width", size.0.max(0.0)).number("height", size.1.max(0.0))
}
