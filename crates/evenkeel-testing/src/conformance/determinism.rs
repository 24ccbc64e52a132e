//! Contract 6: deterministic.

use super::erased::{Fresh, erased};
use super::outputs::{outputs, said, same_outputs};
use super::stream::mixed;
use super::{Broken, Input, Options, Promise, Subject};
use std::thread;

/// Runs fresh stages over the same stream: one after the other, one with another stage fed in between, one in
/// another thread. All outputs are the same, bit for bit.
///
/// # Errors
/// The promise that was broken, and where.
pub fn is_deterministic<I: Input, S: Subject<I>>(
    make: impl Fn() -> S,
    options: &Options,
) -> Result<(), Broken> {
    checked::<I>(&erased(make), options)
}

fn checked<I: Input>(make: Fresh<'_, I>, options: &Options) -> Result<(), Broken> {
    let stream = mixed::<I>(71, options.round(3000));
    let other = mixed::<I>(72, stream.len());
    let expected = outputs(&mut *make(), &stream);
    same_outputs(Promise::Deterministic, "a second instance", &outputs(&mut *make(), &stream), &expected)?;

    let (mut stage, mut disturbing) = (make(), make());
    let mut heard = Vec::with_capacity(stream.len());
    for (input, noise) in stream.iter().zip(&other) {
        disturbing.observe(noise, &mut |_| ());
        heard.push(said(&mut *stage, input));
    }
    same_outputs(Promise::Deterministic, "an instance beside another", &heard, &expected)?;

    let mut stage = make();
    let elsewhere = thread::spawn(move || outputs::<I>(&mut *stage, &stream)).join();
    let heard = elsewhere.map_err(|_| Broken::new(Promise::Total, "panicked in another thread"))?;
    same_outputs(Promise::Deterministic, "an instance in another thread", &heard, &expected)
}
