//! What can be checked, and how it is run.

use super::erased::Erased;
use super::{Broken, Input, Promise};
use crate::Source;
use evenkeel_core::{Snapshot, Stage};
use std::fmt::{self, Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A stage that can be checked with an input. Nothing to implement: every stage is one that is
/// `Clone + Debug + PartialEq + Snapshot + Send + Sync` and whose output is `Debug`.
pub trait Subject<I: Input>: Clone + Debug + PartialEq + Snapshot + Send + Sync + 'static {
    /// The output.
    type Opinion: Debug;

    /// Takes one input.
    fn observe(&mut self, input: &I::Owned) -> Option<Self::Opinion>;

    /// Resets.
    fn forget(&mut self);
}

impl<I, S, O> Subject<I> for S
where
    I: Input,
    S: for<'a> Stage<I::Item<'a>, Output = O> + Clone + Debug + PartialEq + Snapshot + Send + Sync + 'static,
    O: Debug,
{
    type Opinion = O;

    fn observe(&mut self, input: &I::Owned) -> Option<O> {
        self.update(I::lend(input))
    }

    fn forget(&mut self) {
        <Self as Stage<I::Item<'static>>>::reset(self);
    }
}

/// An ordinary stream.
pub(super) fn ordinary<I: Input>(seed: u64, length: usize) -> Vec<I::Owned> {
    let mut source = Source::new(seed);
    (0..length).map(|_| I::ordinary(&mut source)).collect()
}

/// An ordinary stream in which some inputs are missing and some are hostile.
pub(super) fn mixed<I: Input>(seed: u64, length: usize) -> Vec<I::Owned> {
    let mut source = Source::new(seed);
    let hostile: Vec<I::Owned> = I::hostile(&mut source).into_iter().flat_map(|(_, stream)| stream).collect();
    (0..length)
        .map(|_| {
            let input = I::ordinary(&mut source);
            let missing = I::missing(&input);
            match source.below(20) {
                0 if !missing.is_empty() => missing[source.below(missing.len())].clone(),
                1 if !hostile.is_empty() => hostile[source.below(hostile.len())].clone(),
                _ => input,
            }
        })
        .collect()
}

/// Feeds one input and writes down the output, with every bit of every float in it.
pub(super) fn said<I: Input>(stage: &mut dyn Erased<I>, input: &I::Owned) -> String {
    let mut text = String::new();
    stage.observe(input, &mut |opinion| text = format!("{opinion:?}"));
    text
}

/// Feeds a stream and writes down each output.
pub(super) fn outputs<I: Input>(stage: &mut dyn Erased<I>, stream: &[I::Owned]) -> Vec<String> {
    stream.iter().map(|input| said(stage, input)).collect()
}

/// Feeds a stream and hears nothing.
pub(super) fn feed<I: Input>(stage: &mut dyn Erased<I>, stream: &[I::Owned]) {
    for input in stream {
        stage.observe(input, &mut |_| ());
    }
}

/// What is heard of an output that is not kept.
pub(super) struct Heard {
    /// Whether there was one.
    pub(super) some: bool,
    /// How it reads, if a float in it is not finite.
    pub(super) not_finite: Option<String>,
}

impl Heard {
    /// Of an output.
    pub(super) fn of(opinion: Option<&dyn Debug>) -> Self {
        let not_finite = (!is_finite(&opinion)).then(|| format!("{opinion:?}"));
        Self { some: opinion.is_some(), not_finite }
    }

    /// Of the output to an input.
    pub(super) fn from<I: Input>(stage: &mut dyn Erased<I>, input: &I::Owned) -> Self {
        let mut heard = Self { some: false, not_finite: None };
        stage.observe(input, &mut |opinion| heard = Self::of(opinion));
        heard
    }
}

/// Compares two lists of outputs.
pub(super) fn same_outputs(
    promise: Promise,
    what: &str,
    actual: &[String],
    expected: &[String],
) -> Result<(), Broken> {
    match actual.iter().zip(expected).position(|(a, b)| a != b) {
        None => Ok(()),
        Some(i) => Err(Broken::new(
            promise,
            format!("{what}: output {i} should have been {}, was {}", expected[i], actual[i]),
        )),
    }
}

/// Runs what should not panic; the panic's message if it does.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
    })
}

/// Whether every float in an output is finite, told from what `Debug` writes.
fn is_finite(opinion: &dyn Debug) -> bool {
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

#[cfg(test)]
mod tests {
    use super::is_finite;

    #[test]
    fn words_are_found_whole() {
        assert!(is_finite(&(1.0, Some(-2e300), "infinite", "info")));
        assert!(!is_finite(&Some(f64::NAN)));
        assert!(!is_finite(&[1.0, f64::NEG_INFINITY]));
        assert!(!is_finite(&f64::INFINITY));
    }
}
