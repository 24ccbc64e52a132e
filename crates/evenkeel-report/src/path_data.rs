//! The data of a path of SVG, in few bytes.

use core::fmt::Write;

/// Places in half pixels, as relative steps of whole numbers: some five bytes a place. A drawing of it has to be scaled
/// by a half.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PathData {
    text: String,
    last: (i32, i32),
    /// Whether the last place only began a line.
    begun: bool,
}

impl PathData {
    fn halves((x, y): (f64, f64)) -> (i32, i32) {
        ((2.0 * x).round() as i32, (2.0 * y).round() as i32)
    }

    /// Begins a line at a place.
    pub(crate) fn begin(&mut self, at: (f64, f64)) {
        self.finish_dot();
        let (x, y) = Self::halves(at);
        let _ = write!(self.text, "M{x} {y}l");
        (self.last, self.begun) = ((x, y), true);
    }

    /// Goes on to a place. Steps of nothing are left out.
    pub(crate) fn go(&mut self, to: (f64, f64)) {
        let to = Self::halves(to);
        let (x, y) = (to.0.wrapping_sub(self.last.0), to.1.wrapping_sub(self.last.1));
        if (x, y) == (0, 0) {
            return;
        }
        let space = if self.text.ends_with('l') || x < 0 { "" } else { " " };
        let _ = write!(self.text, "{space}{x}");
        let _ = if y < 0 { write!(self.text, "{y}") } else { write!(self.text, " {y}") };
        (self.last, self.begun) = (to, false);
    }

    /// Closes the area.
    pub(crate) fn close(&mut self) {
        self.finish_dot();
        if self.text.ends_with(|c: char| c.is_ascii_digit()) {
            self.text.push('z');
        }
    }

    /// A line of one place is drawn as a dot, by its round ends.
    fn finish_dot(&mut self) {
        if self.begun {
            self.text.push_str("0 0");
            self.begun = false;
        }
    }

    /// The value of the attribute `d`.
    pub(crate) fn finish(mut self) -> String {
        self.finish_dot();
        self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}
