//! The search for numbers that are not finite in an output.

use std::fmt::{self, Debug, Write};

/// Whether every float in an output is finite, told from what `Debug` writes.
pub(super) fn is_finite(opinion: &dyn Debug) -> bool {
    let mut words = Words::default();
    // Writing cannot fail; what cannot be written is not finite.
    write!(words, "{opinion:?}").is_ok() && words.finish()
}

/// Looks for the words `NaN` and `inf` in a text that comes in pieces.
#[derive(Default)]
struct Words {
    word: [u8; 4],
    length: usize,
    found: bool,
}

impl Words {
    fn end_of_word(&mut self) {
        self.found |= self.length == 3 && (&self.word[..3] == b"NaN" || &self.word[..3] == b"inf");
        self.length = 0;
    }

    fn finish(mut self) -> bool {
        self.end_of_word();
        !self.found
    }
}

impl Write for Words {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        for byte in piece.bytes() {
            if byte.is_ascii_alphanumeric() || byte == b'_' {
                if let Some(place) = self.word.get_mut(self.length) {
                    *place = byte;
                    self.length += 1;
                }
            } else {
                self.end_of_word();
            }
        }
        Ok(())
    }
}
