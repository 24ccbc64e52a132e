//! Feeding a stage, and comparing its outputs.

use super::erased::Erased;
use super::finite::is_finite;
use super::{Broken, Input, Promise};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Feeds a stream and ignores the outputs.
pub(super) fn feed<I: Input>(stage: &mut dyn Erased<I>, stream: &[I::Owned]) {
    for input in stream {
        stage.observe(input, &mut |_| ());
    }
}

/// What a check looks at in an output.
pub(super) struct Heard {
    /// Whether there was one.
    pub(super) some: bool,
    /// Its `Debug` text, if a float in it is not finite.
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

/// Runs a closure that should not panic; the message if it panics.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
    })
}
